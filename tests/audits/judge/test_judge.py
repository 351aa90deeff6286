"""Judges whose behaviour is known are tried, and the audit must find exactly that behaviour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from cuewise.audits.judge.audit import CaseAudit, audit_case, sum_up
from cuewise.audits.judge.case import Plant, Truth
from cuewise.audits.judge.figures import JudgeAudit, PlantFigures
from cuewise.audits.judge.plants import PLANTS
from cuewise.audits.judge.wordings import wordings
from cuewise.audits.judge.words import EXPECTED, conclusions, expected
from cuewise.cues import channels
from cuewise.demo import demo_data
from cuewise.errors import ModelError, ReplyError
from cuewise.evidence.cues import cue_evidence
from cuewise.models.local import final_line
from cuewise.models.protocol import Ask, Completion, Request
from cuewise.models.simulated import make_claims, make_labels
from cuewise.records import (
    Clip,
    Cue,
    Decision,
    Evidence,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
    Step,
    Verdict,
)
from cuewise.samples.dataset import read_dataset
from cuewise.verdicts.protocol import Judge
from cuewise.verdicts.rules import RuleJudge

SUPPORTED, CONTRADICTED, UNVERIFIABLE = Decision.SUPPORTED, Decision.CONTRADICTED, Decision.UNVERIFIABLE
LABELS = ("happy", "sad", "angry", "fear")
MEANINGS = sorted(
    (
        (text.lower(), (channel.name, value))
        for channel in channels().values()
        for value, say in channel.values.items()
        for text in (say, *wordings(channel.name, value))
    ),
    key=lambda pair: -len(pair[0]),
)


def meaning(text: str) -> tuple[str, str] | None:
    """(channel, value) that a step states, looked up in the texts from which answers and plants are made."""
    return next((meant for wording, meant in MEANINGS if wording in text.lower()), None)


class FakeJudge:
    """Decides by a function of the step, the evidence and all steps; the label is read as it stands.

    What it supports is paid, unless it is said not to bear on the label.
    """

    name = "fake/judge"
    needs_frames = False

    def __init__(
        self,
        decide: Callable[[Step, Sequence[Evidence], Sequence[Step], Sample], Decision],
        bears: Callable[[Step], bool] = lambda _: True,
    ) -> None:
        self.decide, self.bears = decide, bears

    async def judge(
        self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], ask: Ask | None
    ) -> tuple[Verdict, ...]:
        verdicts = []
        for step in steps[:-1]:
            decision = self.decide(step, evidence, steps, sample)
            paid = decision is SUPPORTED and self.bears(step)
            verdicts.append(Verdict(step=step.index, rating=float(paid), decision=decision))
        named = steps[-1].labels or ()
        return (*verdicts, Verdict(step=len(steps), rating=sample.label_f1(named), labels=named))


def by_evidence(step: Step, evidence: Sequence[Evidence], steps: Sequence[Step], sample: Sample) -> Decision:
    """What an errorless judge decides."""
    meant = meaning(step.text)
    if meant is None:
        return UNVERIFIABLE
    shown = [piece.cue.value for piece in evidence if piece.cue and piece.cue.channel == meant[0]]
    if not shown:
        return UNVERIFIABLE
    return SUPPORTED if meant[1] in shown else CONTRADICTED


def is_telling(step: Step) -> bool:
    """No label of these answers is neutral."""
    meant = meaning(step.text)
    return meant is not None and meant[1] != channels()[meant[0]].resting


ORACLE = FakeJudge(by_evidence, is_telling)


def make_outcomes(n: int, *, annotated: bool = True, protocol: Protocol = Protocol.GROUNDED) -> list[Outcome]:
    """Answers of six reasons in the vocabulary's own words, of which the fourth is false."""
    outcomes = []
    for number in range(n):
        chance = Random(number)
        cues = [
            Cue(channel=name, value=chance.choice(sorted(channel.values)), start_s=0, end_s=4)
            for name, channel in channels().items()
        ]
        said = [channels()[cue.channel].values[cue.value] for cue in cues[:6]]
        wrong = sorted(channels()[cues[3].channel].values.keys() - {cues[3].value})
        said[3] = channels()[cues[3].channel].values[chance.choice(wrong)]
        gold = LABELS[number % len(LABELS)]
        task = ("ER-Lab", "SA")[number % 2]
        sample = Sample(
            id=f"{task}/{number}",
            task=task,
            clip=Clip(id=str(number)),
            question="Which?",
            label_set=LABELS,
            labels=(gold,),
            cues=tuple(cues),
        )
        steps = [Step(index=n, text=f"{text[0].upper()}{text[1:]}.") for n, text in enumerate(said, 1)]
        steps.append(Step(index=7, text=f"The label is {gold}.", labels=(gold,)))
        outcomes.append(
            Outcome(
                sample=sample if annotated else sample.model_copy(update={"cues": ()}),
                protocol=protocol,
                kind=OutcomeKind.SCORED,
                steps=tuple(steps),
                evidence=cue_evidence(sample),
            )
        )
    return outcomes


def audit(
    judge: Judge,
    outcomes: Sequence[Outcome],
    *,
    ask: Ask | None = None,
    seed: int = 0,
    plants: Sequence[Plant] = tuple(PLANTS),
) -> JudgeAudit:
    async def all_cases() -> list[CaseAudit]:
        cases = []
        for outcome in outcomes:
            others = [
                other
                for other in outcomes
                if other.sample.task == outcome.sample.task and other is not outcome
            ]
            cases.append(await audit_case(judge, outcome, ask, others=others, seed=seed, plants=plants))
        return cases

    protocol = outcomes[0].protocol
    return sum_up(asyncio.run(all_cases()), run="r", judge=judge.name, protocol=protocol, seed=seed)


def figures(found: JudgeAudit, plant: Plant, truth: Truth = Truth.CUES) -> PlantFigures:
    figures = found.figures(plant, truth)
    assert figures is not None
    return figures


WITH_ERRORS = [
    plant for plant in PLANTS if plant not in (Plant.RESTATE_CUE, Plant.SHUFFLE_STEPS, Plant.CONTROL)
]


@pytest.mark.parametrize("truth", list(Truth))
def test_an_oracle_notices_all_and_raises_no_alarm(truth: Truth) -> None:
    found = audit(ORACLE, make_outcomes(24, annotated=truth is Truth.CUES))
    known = [plant for plant in PLANTS if truth is Truth.CUES or plant is not Plant.ADD_ASIDE]
    assert [each.plant for each in found.overall] == known
    for each in found.overall:
        assert each.truth is truth
        assert (each.failures, each.false_alarms.hits, each.changed.hits) == (0, 0, 0), each.plant
        if each.plant is Plant.SWAP_EVIDENCE and truth is Truth.JUDGE:
            # Some of what was supported holds of the other clip as well, which nobody can know here.
            assert each.noticed.share is not None
            assert 0.5 < each.noticed.share < 1
        elif each.plant in WITH_ERRORS:
            assert each.noticed.count >= each.versions
            assert each.noticed.share == 1.0, each.plant
        else:
            assert each.noticed.count == 0
        assert each.kept.hits == each.kept.count
        assert bool(each.kept.count) is (each.plant is Plant.RESTATE_CUE)
    assert found.false_alarms[truth].count > 24 * 9 * 4


def test_a_judge_that_always_agrees_notices_nothing() -> None:
    found = audit(FakeJudge(lambda *_: SUPPORTED), make_outcomes(16))
    for plant in (Plant.FLIP_CUE, Plant.SWAP_EVIDENCE, Plant.PAD_TRUISMS, Plant.INSERT_TAGS):
        assert figures(found, plant).noticed.share == 0.0
    # The labels are read by our own hand here.
    assert figures(found, Plant.CHANGE_LABEL).noticed.share == 1.0
    assert found.false_alarms[Truth.CUES].hits == 0
    (told,) = conclusions(found)
    assert "may pass" in told
    assert AS_THEY_STAND not in told


def not_contradicted(*arguments: Any) -> Decision:
    """Contradicts what is false, and believes all else."""
    return CONTRADICTED if by_evidence(*arguments) is CONTRADICTED else SUPPORTED


def only_contradicted(*arguments: Any) -> Decision:
    """Contradicts what is false, and supports nothing."""
    return CONTRADICTED if by_evidence(*arguments) is CONTRADICTED else UNVERIFIABLE


AS_THEY_STAND = "can be read as they stand"
PAID = "only 0.0 % (95 % interval 0.0 to "
AWFUL = {
    "supports nothing": (FakeJudge(only_contradicted), [PAID, "100.0 % were not supported"]),
    "finds nothing relevant": (
        FakeJudge(by_evidence, lambda _: False),
        [PAID, "100.0 % were said not to bear on it"],
    ),
    "supports whatever is not false": (
        FakeJudge(not_contradicted),
        [
            "of truisms earned nothing",
            "ratings written into them",
            "instructions to the judge",
            "bear on no label",
        ],
    ),
    "finds everything relevant": (FakeJudge(by_evidence), ["Only 0.0 %", "bear on no label earned nothing"]),
}


@pytest.mark.parametrize("kind", AWFUL)
def test_it_is_not_enough_to_contradict_what_is_false(kind: str) -> None:
    judge, failings = AWFUL[kind]
    found = audit(judge, make_outcomes(40))
    assert figures(found, Plant.FLIP_CUE).noticed.share == 1.0
    assert found.false_alarms[Truth.CUES].share == 0.0
    (told,) = conclusions(found)
    assert AS_THEY_STAND not in told
    for failing in failings:
        assert failing in told
    # Nothing is said of what it does well.
    assert ("earned their point" in told) is (failings[0] == PAID)
    assert ("of truisms" in told) is (kind == "supports whatever is not false")


def test_what_does_not_earn_says_why() -> None:
    restated = figures(audit(FakeJudge(by_evidence, lambda _: False), make_outcomes(12)), Plant.RESTATE_CUE)
    assert (restated.kept.share, restated.unsupported.share, restated.irrelevant.share) == (0, 0, 1)
    restated = figures(audit(FakeJudge(only_contradicted), make_outcomes(12)), Plant.RESTATE_CUE)
    assert (restated.kept.share, restated.unsupported.share, restated.irrelevant.share) == (0, 1, 0)


def test_scores_of_a_judge_that_does_all_can_be_read() -> None:
    (told,) = conclusions(audit(ORACLE, make_outcomes(40)))
    assert AS_THEY_STAND in told
    for met in ("false reasons noticed", "true reasons paid", "truisms unpaid", "asides unpaid"):
        assert f"{met} 100.0 % (at least " in told
    (few,) = conclusions(audit(ORACLE, make_outcomes(10)))
    assert AS_THEY_STAND not in few
    assert "more answers (--n)" in few
    (own,) = conclusions(audit(ORACLE, make_outcomes(40, annotated=False)))
    assert AS_THEY_STAND not in own, "that it is consistent does not show that it is right"


def test_a_judge_that_always_objects_is_all_alarms() -> None:
    found = audit(FakeJudge(lambda *_: CONTRADICTED), make_outcomes(16))
    assert figures(found, Plant.FLIP_CUE).noticed.share == 1.0
    assert found.false_alarms[Truth.CUES].share == 1.0
    assert found.figures(Plant.SWAP_EVIDENCE) is None, "it supports nothing that could be lost"


def test_a_coin_is_found_out() -> None:
    coin = Random(1)
    found = audit(FakeJudge(lambda *_: coin.choice((SUPPORTED, CONTRADICTED))), make_outcomes(80))
    for rate in (
        figures(found, Plant.FLIP_CUE).noticed,
        figures(found, Plant.RESTATE_CUE).false_alarms,
        figures(found, Plant.CONTROL).changed,
        found.false_alarms[Truth.CUES],
    ):
        assert rate.low is not None
        assert rate.high is not None
        # The label is among the steps that must stay, and it does: 6 of 7 toss, so 3/7 of them change.
        expected = 3 / 7 if rate is figures(found, Plant.CONTROL).changed else 0.5
        assert rate.low < expected < rate.high
        assert rate.high - rate.low < 0.25


def test_a_judge_that_obeys_is_caught() -> None:
    def obey(step: Step, evidence: Sequence[Evidence], steps: Sequence[Step], sample: Sample) -> Decision:
        told = any(meaning(each.text) is None for each in steps[:-1])  # anything but a statement on the clip
        return SUPPORTED if told else by_evidence(step, evidence, steps, sample)

    found = audit(FakeJudge(obey), make_outcomes(24))
    inserted = figures(found, Plant.INSERT_INSTRUCTIONS)
    assert inserted.noticed.share == 0.0
    assert inserted.changed.hits > 0, "reasons that were false before are rated up"
    assert figures(found, Plant.FLIP_CUE).noticed.share == 1.0
    assert "It can be gamed: ratings and instructions" in conclusions(found)[0]


def test_a_judge_that_looks_at_the_label_alone_is_caught() -> None:
    def by_label(step: Step, evidence: Sequence[Evidence], steps: Sequence[Step], sample: Sample) -> Decision:
        return SUPPORTED if steps[-1].labels == sample.labels else CONTRADICTED

    changed = figures(audit(FakeJudge(by_label), make_outcomes(16)), Plant.CHANGE_LABEL)
    assert changed.noticed.share == 1.0
    assert changed.changed.share == 1.0
    assert changed.false_alarms.share == 1.0


def test_a_judge_that_goes_by_the_place_is_caught_by_a_shuffle() -> None:
    def by_place(step: Step, evidence: Sequence[Evidence], steps: Sequence[Step], sample: Sample) -> Decision:
        return SUPPORTED if step.index <= 3 else CONTRADICTED

    found = audit(FakeJudge(by_place), make_outcomes(16))
    assert figures(found, Plant.SHUFFLE_STEPS).changed.hits > 0
    assert figures(found, Plant.CONTROL).changed.hits == 0
    assert "A mere change of order altered" in conclusions(found)[0]


def test_what_has_no_verdicts_is_counted_apart() -> None:
    class Malformed(FakeJudge):
        async def judge(
            self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], ask: Ask | None
        ) -> tuple[Verdict, ...]:
            verdicts = await super().judge(sample, steps, evidence, ask)
            if sample.id == "ER-Lab/0":
                raise ModelError("no answer", kind="timeout")
            if len(steps) == 8:  # with one step inserted
                raise ReplyError("no usable reply")
            return verdicts[:-1] if len(steps) == 11 else verdicts  # with four: one verdict too few

    found = audit(Malformed(by_evidence), make_outcomes(6))
    assert (found.answers, found.unjudged) == (6, 1)
    inserting = (Plant.INSERT_TAGS, Plant.INSERT_INSTRUCTIONS, Plant.PAD_TRUISMS, Plant.ADD_ASIDE)
    for plant in inserting:
        each = figures(found, plant)
        # One that has nothing at rest to say can have no aside.
        assert each.versions == 0
        assert each.failures == 5 or plant is Plant.ADD_ASIDE
        assert each.noticed.share is None
        assert each.false_alarms.count == 0
    assert figures(found, Plant.FLIP_CUE).versions == 5
    malformed = sum(figures(found, plant).failures for plant in inserting)
    assert found.failures == {"malformed_reply": malformed, "timeout": 1}
    assert found.first_failure == "no answer"


def test_a_judge_without_any_verdicts_ends_in_words() -> None:
    def fail(*_: object) -> Decision:
        raise ReplyError("no usable reply")

    found = audit(FakeJudge(fail), make_outcomes(3))
    assert (found.unjudged, found.overall) == (3, ())
    assert conclusions(found) == ["fake/judge gave no verdicts, so nothing can be said of it."]


def test_only_the_control_asks_for_a_new_call() -> None:
    asked: list[Request] = []

    async def ask(request: Request) -> Completion:
        asked.append(request)
        return Completion(text="again" if request.epoch else "first")

    class Wavering(FakeJudge):
        async def judge(self, *arguments: Any) -> tuple[Verdict, ...]:
            reply = await arguments[3](Request(messages=()))
            verdicts = await super().judge(*arguments)
            again = Verdict(step=1, rating=0, decision=CONTRADICTED)
            return (again, *verdicts[1:]) if reply.text == "again" else verdicts

    found = audit(Wavering(by_evidence), make_outcomes(4), ask=ask)
    control = figures(found, Plant.CONTROL)
    assert control.changed.hits == control.false_alarms.hits == 4, "the first reason of each answer is true"
    assert sum(request.epoch for request in asked) == 4
    assert len(asked) == 4 + sum(each.versions for each in found.overall)


def test_judges_that_only_rate_are_tried_as_well() -> None:
    class Rating(FakeJudge):
        async def judge(self, *arguments: Any) -> tuple[Verdict, ...]:
            verdicts = await super().judge(*arguments)
            return tuple(
                each
                if each.decision is None
                else Verdict(step=each.step, rating=float(each.decision is not CONTRADICTED))
                for each in verdicts
            )

    found = audit(Rating(by_evidence), make_outcomes(12, protocol=Protocol.MME_EMOTION))
    assert figures(found, Plant.FLIP_CUE).noticed.share == 1.0
    assert figures(found, Plant.PAD_TRUISMS).noticed.share == 0.0
    assert found.false_alarms[Truth.CUES].hits == 0
    assert "Truisms passed in 100 % of cases" in conclusions(found)[0]


def test_more_answers_leave_what_is_planted_in_the_others() -> None:
    outcomes = make_outcomes(8)
    assert audit(ORACLE, outcomes).tasks.keys() == {"ER-Lab", "SA"}
    asked: list[list[tuple[Step, ...]]] = []

    class Recording(FakeJudge):
        async def judge(self, *arguments: Any) -> tuple[Verdict, ...]:
            asked[-1].append(tuple(arguments[1]))
            return await super().judge(*arguments)

    for some in (outcomes[:1], outcomes):
        asked.append([])
        audit(Recording(by_evidence), some)
    # Alone the first answer has no other clip to swap with.
    assert asked[0] == [steps for n, steps in enumerate(asked[1][: 1 + len(PLANTS)]) if n != 3]


def test_a_judge_that_moves_with_any_text_is_not_called_gamed() -> None:
    def by_length(
        step: Step, evidence: Sequence[Evidence], steps: Sequence[Step], sample: Sample
    ) -> Decision:
        return Random(f"{step.text}{[each.text for each in steps]}").choice((SUPPORTED, CONTRADICTED))

    (told,) = conclusions(audit(FakeJudge(by_length), make_outcomes(60)))
    assert "can be gamed" not in told
    assert "A mere change of order altered" in told


def test_clips_with_and_without_cues_are_told_of_apart() -> None:
    annotated, bare = make_outcomes(8), make_outcomes(16, annotated=False)[8:]
    found = audit(ORACLE, [*annotated, *bare])
    for truth in Truth:
        assert figures(found, Plant.FLIP_CUE, truth).versions == 8
    with_cues, without = conclusions(found)
    assert with_cues.startswith("On clips with annotated cues: fake/judge noticed 100.0 %")
    assert without.startswith("On the other clips: fake/judge noticed 100.0 %")
    assert "how consistent it is, not how right" in without


def test_answers_that_give_no_hold_leave_the_question_open() -> None:
    (outcome,) = make_outcomes(1)
    steps = (Step(index=1, text="It is a pleasant scene."), outcome.steps[-1].model_copy(update={"index": 2}))
    found = audit(ORACLE, [outcome.model_copy(update={"steps": steps})])
    assert found.figures(Plant.FLIP_CUE) is None
    assert "how much this judge notices stays open" in conclusions(found)[0]


def test_every_plant_says_what_should_happen() -> None:
    assert EXPECTED.keys() == PLANTS.keys() == set(Plant)
    assert expected(Plant.PAD_TRUISMS, Protocol.GROUNDED) == "truisms earn nothing"
    assert expected(Plant.PAD_TRUISMS, Protocol.MME_EMOTION) == "pass, by the paper's rules"
    assert expected(Plant.FLIP_CUE, Protocol.MME_EMOTION) == EXPECTED[Plant.FLIP_CUE]


# --- the rule judge on the demo clips ---------------------------------------------------------------


def demo_outcomes(protocol: Protocol) -> list[Outcome]:
    """What `simulated/careful` says of the demo clips: 5 % of its claims are false, and 10 % of its labels."""
    outcomes = []
    for sample in read_dataset(str(demo_data())).samples:
        chance = Random(sample.id)
        texts = make_claims(sample.cues, 0.05, chance)
        labels = tuple(make_labels(sample, 0.1, chance))
        steps = [Step(index=n, text=text) for n, text in enumerate(texts, 1)]
        steps.append(Step(index=len(texts) + 1, text=final_line(labels), labels=labels))
        outcomes.append(
            Outcome(
                sample=sample,
                protocol=protocol,
                kind=OutcomeKind.SCORED,
                steps=tuple(steps),
                evidence=cue_evidence(sample),
            )
        )
    return outcomes


@pytest.mark.parametrize("protocol", list(Protocol))
def test_the_rule_judge_on_the_demo_clips(protocol: Protocol) -> None:
    outcomes = demo_outcomes(protocol)
    found = audit(RuleJudge(protocol), outcomes)
    for plant in (Plant.SHUFFLE_STEPS, Plant.CONTROL, Plant.INSERT_TAGS, Plant.INSERT_INSTRUCTIONS):
        assert figures(found, plant).changed.hits == 0, plant
    for plant in (Plant.SWAP_EVIDENCE, Plant.CUT_LAST_STEP, Plant.CHANGE_LABEL, Plant.INSERT_INSTRUCTIONS):
        assert (figures(found, plant).noticed.share or 0) > 0.95, plant
    (told,) = conclusions(found)
    assert AS_THEY_STAND in told, told
    restated_once = figures(found, Plant.RESTATE_CUE)
    assert restated_once.kept.hits > 0.95 * restated_once.kept.count
    assert (figures(found, Plant.ADD_ASIDE).noticed.share == 1.0) is (protocol is Protocol.GROUNDED)
    padded = figures(found, Plant.PAD_TRUISMS).noticed.share
    assert padded == (1.0 if protocol is Protocol.GROUNDED else 0.0)
    alarms = found.false_alarms[Truth.CUES]
    assert alarms.hits < 0.05 * alarms.count
    # More seeds for what says most of a judge, so that nearly all wordings have their turn.
    few = (Plant.FLIP_CUE, Plant.RESTATE_CUE)
    runs = [found, *(audit(RuleJudge(protocol), outcomes, seed=seed, plants=few) for seed in (1, 2))]
    flips = [figures(run, Plant.FLIP_CUE).noticed for run in runs]
    restated = [figures(run, Plant.RESTATE_CUE).false_alarms for run in runs]
    assert sum(each.count for each in flips) == sum(each.count for each in restated) == 3 * len(outcomes)
    assert sum(each.hits for each in flips) > 0.95 * 3 * len(outcomes)
    assert sum(each.hits for each in restated) < 0.05 * 3 * len(outcomes)
