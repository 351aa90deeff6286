"""Which steps of a run are right: joined from raters or cues, with every step that is left out counted."""

from __future__ import annotations

from typing import Any

import pytest

from cuewise.agreement.calibration import JudgedSample
from cuewise.agreement.ratings import StepRating, Truth, settle
from cuewise.agreement.truth import judged_by_cues, judged_by_people, truth_by_cues
from cuewise.errors import InputError
from cuewise.records import (
    Cue,
    Decision,
    Evidence,
    EvidenceKind,
    LabelReading,
    LabelStatus,
    Outcome,
    OutcomeKind,
    Protocol,
    Step,
    Verdict,
)
from cuewise.scores.sample import score_verdicts
from support.models import make_sample
from support.outcomes import make_outcomes, make_samples

CUES = (
    Cue(channel="brows", value="raised", start_s=0, end_s=2),
    Cue(channel="loudness", value="loud", start_s=0, end_s=2),
)
TEXTS = ("The brows are raised.", "The voice is quiet.", "Something feels off.", "The brows are RAISED")
"""Right, wrong, not for cues to tell, and the first once more."""


def judged(
    number: int = 1, protocol: Protocol = Protocol.MME_EMOTION, passes: str = "1101", **sample: Any
) -> Outcome:
    """An answer with `TEXTS` as reasons, of which the judge passes those with a 1."""
    made = make_sample(number, **{"cues": CUES, **sample})
    steps = [Step(index=n, text=text) for n, text in enumerate(TEXTS, 1)]
    steps.append(Step(index=5, text="It is positive.", labels=("positive",)))
    decisions = {"1": Decision.SUPPORTED, "0": Decision.CONTRADICTED}
    verdicts = [
        Verdict(step=n, rating=float(mark), decision=decisions[mark], relevant=True, evidence=("F1",))
        for n, mark in enumerate(passes, 1)
    ]
    verdicts.append(Verdict(step=5, rating=1))
    evidence = (Evidence(id="F1", kind=EvidenceKind.FRAME, start_s=0, end_s=0),)
    reading = LabelReading(status=LabelStatus.MATCHED, labels=("positive",), taxonomy=1)
    score = score_verdicts(made, steps, verdicts, reading, protocol=protocol, evidence=evidence)
    return Outcome(
        sample=made,
        protocol=protocol,
        kind=OutcomeKind.SCORED,
        steps=tuple(steps),
        evidence=evidence,
        verdicts=tuple(verdicts),
        reading=reading,
        score=score,
    )


def rate(**said: bool | None) -> list[StepRating]:
    """`s1=True`: step 1 of sample 1 is right."""
    return [
        StepRating("SA/clip1", int(name[1:]), right, "", f"r.csv, line {line}")
        for line, (name, right) in enumerate(said.items(), 2)
    ]


def test_cues_say_what_is_right() -> None:
    run = judged_by_cues([judged()], ["openai/judge"])
    assert run.samples == [JudgedSample("SA/clip1", (1, 1, 0, 1), (True, False, None, True))]
    assert run.left_out == {"cannot be told right or wrong": 1}


def test_repeats_count_nowhere_under_grounded() -> None:
    run = judged_by_cues([judged(protocol=Protocol.GROUNDED)], ["openai/judge"])
    assert run.samples == [JudgedSample("SA/clip1", (1, 1, 0), (True, False, None))]
    assert run.left_out == {"the step repeats an earlier one": 1, "cannot be told right or wrong": 1}


def test_what_the_judge_says_repeats_counts_nowhere_either() -> None:
    outcome = judged(protocol=Protocol.GROUNDED)
    first, second, *others = outcome.verdicts
    again = second.model_copy(update={"repeats": 1})
    run = judged_by_cues([outcome.model_copy(update={"verdicts": (first, again, *others)})], ["openai/judge"])
    assert run.samples == [JudgedSample("SA/clip1", (1, 0), (True, None))]
    assert run.left_out["the step repeats an earlier one"] == 2


def test_what_does_not_bear_on_the_label_earns_nothing_under_grounded() -> None:
    outcome = judged(protocol=Protocol.GROUNDED)
    first, *others = outcome.verdicts
    aside = first.model_copy(update={"relevant": False, "rating": 0.0})
    run = judged_by_cues([outcome.model_copy(update={"verdicts": (aside, *others)})], ["openai/judge"])
    assert run.samples[0].points == (0, 1, 0)


def test_by_cues_what_does_not_bear_on_the_label_is_wrong_under_grounded_alone() -> None:
    rest = (Cue(channel="brows", value="relaxed", start_s=0, end_s=2),)
    steps = (
        Step(index=1, text="The brows are relaxed."),
        Step(index=2, text="Positive.", labels=("positive",)),
    )
    for protocol, truth in ((Protocol.MME_EMOTION, Truth.RIGHT), (Protocol.GROUNDED, Truth.WRONG)):
        outcome = judged(protocol=protocol, cues=rest).model_copy(update={"steps": steps})
        assert truth_by_cues(outcome) == {1: truth}


def test_people_say_what_is_right() -> None:
    ratings = rate(s1=True, s2=None, s3=False, s5=True)
    run = judged_by_people([judged(), judged(2)], settle(ratings))
    assert run.samples == [
        JudgedSample("SA/clip1", (1, 1, 0, 1), (True, None, False, None)),
        JudgedSample("SA/clip2", (1, 1, 0, 1), (None,) * 4),
    ]
    assert run.left_out == {"cannot be told right or wrong": 1, "the step names the label": 1}


def test_ties_are_counted() -> None:
    ratings = [StepRating("SA/clip1", 1, right, str(right)) for right in (True, False)]
    assert judged_by_people([judged()], settle(ratings)).left_out == {"the raters are tied": 1}


def test_samples_without_a_score_are_asked_but_not_judged() -> None:
    failed = Outcome(
        sample=make_sample(1, cues=CUES), protocol=Protocol.MME_EMOTION, kind=OutcomeKind.MODEL_FAILURE
    )
    run = judged_by_people([failed, judged(2)], settle(rate(s1=True, s9=False)))
    assert (run.asked, len(run.samples)) == (2, 1)
    assert run.left_out == {"the sample has no score": 2}


def test_unknown_samples_and_steps_are_told() -> None:
    ratings = [
        *rate(s1=True, s9=True, s7=True),
        StepRating("SA/nowhere\x1b", 1, True, "", "r.csv, line 9"),
        StepRating("SA/elsewhere", 1, True, "", "r.csv, line 10"),
    ]
    with pytest.raises(InputError) as caught:
        judged_by_people([judged()], settle(ratings))
    first, second, third, rest = str(caught.value).split("\n")
    assert first.startswith("r.csv, line 4: sample SA/clip1 has no step 7, only 5;")
    assert second.startswith("r.csv, line 3: sample SA/clip1 has no step 9")
    assert third.startswith(r"r.csv, line 9: the run has no sample SA/nowhere\x1b;")
    assert rest == "and 1 more"


def test_the_rule_judge_is_not_held_against_its_own_cues() -> None:
    for judges in (["offline/rules"], ["openai/judge", "offline/rules"]):
        with pytest.raises(InputError, match="only be held against its own reading"):
            judged_by_cues([judged()], judges)


def test_without_cues_people_are_needed() -> None:
    with pytest.raises(InputError, match="no annotated cues"):
        judged_by_cues([judged(cues=())], ["openai/judge"])


def test_samples_without_cues_stand_beside_those_with_some() -> None:
    run = judged_by_cues([judged(), judged(2, cues=())], ["openai/judge"])
    assert run.samples[1].right == (None,) * 4


@pytest.mark.parametrize("protocol", list(Protocol))
def test_points_add_up_to_the_reasoning_score(protocol: Protocol) -> None:
    for passes in ("1101", "0000", "1111", "0010"):
        outcome = judged(protocol=protocol, passes=passes)
        (sample,) = judged_by_cues([outcome], ["openai/judge"]).samples
        assert outcome.score is not None
        assert sum(sample.points) / len(sample.points) == pytest.approx(outcome.score.reasoning)


def test_points_add_up_to_a_runs_reasoning() -> None:
    outcomes = make_outcomes(make_samples(60))
    run = judged_by_people(outcomes, {})
    total = sum(sum(sample.points) / len(sample.points) for sample in run.samples)
    assert run.asked == 60
    assert total == pytest.approx(sum(outcome.score.reasoning for outcome in outcomes if outcome.score))


def test_what_the_judge_says_of_its_confidence_is_kept_by_step() -> None:
    outcome = judged()
    sure = [
        verdict.model_copy(update={"confidence": 0.1 * verdict.step if verdict.step != 2 else None})
        for verdict in outcome.verdicts
    ]
    run = judged_by_cues([outcome.model_copy(update={"verdicts": tuple(sure)})], ["openai/judge"])
    assert run.samples[0].confidence == (0.1, None, 0.1 * 3, 0.1 * 4)
