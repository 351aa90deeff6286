"""A run's label figures by hand: what is in which denominator, scales, and the judge beside the taxonomy."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import (
    Answer,
    Clip,
    Decision,
    Evidence,
    EvidenceKind,
    LabelReading,
    LabelStatus,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
    Step,
    Verdict,
    Vote,
)
from cuewise.samples.tasks import tasks
from cuewise.scores.figures import Figures, wilson
from cuewise.scores.label_figures import LabelFigures
from cuewise.scores.sample import score_verdicts
from cuewise.scores.summary import SummaryTally

EMOTIONS = ("anger", "fear", "happiness", "sadness", "surprise")
SCALE = tasks()["FG-SA"].sources[0].label_set
FRAME = Evidence(id="F1", kind=EvidenceKind.FRAME, start_s=0, end_s=0)


def outcome(
    gold: str | tuple[str, ...],
    *said: str,
    of: tuple[str, ...] = EMOTIONS,
    protocol: Protocol = Protocol.MME_EMOTION,
    judged: float = 0,
    judge_reads: tuple[str, ...] | None = None,
    certain: bool = True,
    decisions: tuple[Decision, ...] = (),
    judges: tuple[str, ...] = (),
) -> Outcome:
    """A scored answer whose reasons are decided as said, by as many judges as are named."""
    multi_label = isinstance(gold, tuple)
    sample = Sample(
        id="T/a",
        task="T",
        clip=Clip(id="a"),
        question="?",
        label_set=of,
        labels=gold if isinstance(gold, tuple) else (gold,),
        multi_label=multi_label,
    )
    status = LabelStatus.MATCHED if said else LabelStatus.OUTSIDE
    if len(said) > 1 and not multi_label:
        status = LabelStatus.SEVERAL
    reading = LabelReading(status=status, labels=said, certain=certain, taxonomy=1)
    count = len(decisions) + 1
    steps = tuple(Step(index=at, text=f"Claim {at}.") for at in range(1, count + 1))
    reasons = [
        Verdict(
            step=at,
            rating=float(decision is Decision.SUPPORTED),
            decision=decision,
            relevant=True,
            evidence=("F1",),
        )
        for at, decision in enumerate(decisions, 1)
    ]
    verdicts = (*reasons, Verdict(step=count, rating=judged, labels=judge_reads))
    return Outcome(
        sample=sample,
        protocol=protocol,
        kind=OutcomeKind.SCORED,
        answer=Answer(text="x"),
        steps=steps,
        reading=reading,
        verdicts=verdicts,
        votes=tuple(Vote(judge=name, repeat=0, verdicts=verdicts) for name in judges),
        score=score_verdicts(sample, steps, verdicts, reading, protocol=protocol, evidence=(FRAME,)),
    )


def failed(
    kind: OutcomeKind, gold: str, of: tuple[str, ...] = EMOTIONS, *, answered: bool = False
) -> Outcome:
    answer = Answer(text="x") if answered else None
    of_scored = outcome(gold, of=of)
    return Outcome(sample=of_scored.sample, protocol=of_scored.protocol, kind=kind, answer=answer)


def overall(*outcomes: Outcome) -> Figures:
    """Of samples of a clip each."""
    tally = SummaryTally()
    for number, each in enumerate(outcomes):
        sample = each.sample.model_copy(update={"clip": Clip(id=f"{number}.mp4")})
        tally.add(each.model_copy(update={"sample": sample}))
    return tally.summary().overall()


def labels_of(*outcomes: Outcome) -> LabelFigures:
    figures = overall(*outcomes).labels
    assert figures is not None
    return figures


def test_scores_are_over_all_samples_to_which_they_apply() -> None:
    figures = labels_of(
        outcome("anger", "anger"),
        outcome("fear", "anger"),  # wrong family, right valence
        outcome("surprise", "surprise"),  # has no valence
        failed(OutcomeKind.MODEL_FAILURE, "fear"),
        failed(OutcomeKind.REFUSED, "surprise", answered=True),
    )
    assert figures.exact is not None
    assert figures.family is not None
    assert figures.valence is not None
    assert (figures.exact.percent, figures.exact.count) == (40, 5)  # 2 of 5
    assert figures.exact.interval == wilson(2, 5)
    assert (figures.family.percent, figures.family.count) == (40, 5)
    assert (figures.valence.percent, figures.valence.count) == (pytest.approx(200 / 3), 3)  # type: ignore[comparison-overlap]
    assert figures.precision is figures.recall is figures.f1 is figures.jaccard is None
    assert figures.ordinal is None


def test_mapped_and_certain() -> None:
    figures = labels_of(
        outcome("anger", "anger"),
        outcome("anger", "anger", "fear", certain=False),
        outcome("anger"),
        failed(OutcomeKind.REFUSED, "anger", answered=True),
        failed(OutcomeKind.MODEL_FAILURE, "anger"),  # no answer: not in this denominator
    )
    assert figures.mapped is not None
    assert figures.certain is not None
    assert (figures.mapped.percent, figures.mapped.count) == (50, 4)  # two of four answers
    assert (figures.certain.percent, figures.certain.count) == (50, 2)
    assert figures.statuses == {"matched": 1, "outside": 1, "several": 1}


def test_sets_of_labels() -> None:
    figures = labels_of(
        outcome(("anger", "fear"), "anger"), outcome(("anger",), *EMOTIONS), outcome("fear", "fear")
    )
    assert figures.recall is not None
    assert figures.precision is not None
    assert (figures.recall.percent, figures.recall.count) == (75, 2)  # (1/2 + 1) / 2
    assert (figures.precision.percent, figures.precision.count) == (60, 2)  # (1 + 1/5) / 2


def test_a_scale_by_hand() -> None:
    """Gold 0, 4, 8 read as 1, 4, 4; one more, gold 6, is not read and could be 6 off, one failed, gold 4, 4 off."""
    figures = labels_of(
        outcome(SCALE[0], SCALE[1], of=SCALE),
        outcome(SCALE[4], SCALE[4], of=SCALE),
        outcome(SCALE[8], SCALE[4], of=SCALE),
        outcome(SCALE[6], of=SCALE),
        failed(OutcomeKind.JUDGE_FAILURE, SCALE[4], SCALE),
    ).ordinal
    assert figures is not None
    assert (figures.levels, figures.count, figures.matched) == (9, 5, 3)
    assert figures.mae == pytest.approx(5 / 3)  # (1 + 0 + 4) / 3
    assert figures.mae_bound == 3  # (5 + 6 + 4) / 5
    # Squares 1 + 0 + 16 = 17. Expected over 9 pairs: gold 0 with 1, 4, 4: 1 + 16 + 16; gold 4: 9 + 0 + 0;
    # gold 8: 49 + 16 + 16; in all 123. kappa = 1 - 3 x 17 / 123 = 24/41.
    assert figures.kappa == pytest.approx(24 / 41)


def test_scales_are_not_mixed() -> None:
    assert labels_of(outcome(SCALE[0], of=SCALE), outcome(SCALE[0], of=SCALE[:5])).ordinal is None


def test_the_judge_beside_the_taxonomy() -> None:
    figures = labels_of(
        *[outcome("anger", "anger", judged=1)] * 3,
        outcome("anger", "fear", judged=1),
        outcome("anger", judged=1),  # only the judge sees a label
        *[outcome("anger", "fear", judged=0)] * 3,
        outcome(("anger", "fear"), "anger", judged=0.5),  # C/K on both sides
    ).judge
    assert figures is not None
    assert figures.equal.percent == pytest.approx(700 / 9)
    # Over eight single labels: both 3, the judge alone 2, neither 3. 8 x 2 disagreements against
    # 3 x 3 + 5 x 5 = 34 by chance: kappa = 1 - 16/34.
    assert (figures.kappa, figures.kappa_count) == (pytest.approx(9 / 17), 8)  # type: ignore[comparison-overlap]


def test_a_grounded_judge_counts_where_it_says_what_it_reads() -> None:
    grounded = Protocol.GROUNDED
    assert labels_of(outcome("anger", "anger", protocol=grounded, judged=1)).judge is None
    figures = labels_of(
        outcome("anger", "anger", protocol=grounded, judged=1, judge_reads=("anger",)),
        outcome("anger", "fear", protocol=grounded, judged=1, judge_reads=("anger",)),
        outcome("anger", protocol=grounded, judged=0, judge_reads=()),
    ).judge
    assert figures is not None
    assert figures.equal.count == 3
    assert figures.equal.percent == pytest.approx(200 / 3)


def test_reasons_against_the_evidence() -> None:
    supported, contradicted, unverifiable = Decision
    figures = overall(
        outcome("anger", protocol=Protocol.GROUNDED, decisions=(supported, supported, contradicted)),
        outcome("anger", protocol=Protocol.GROUNDED, decisions=(unverifiable,)),
        outcome("anger", protocol=Protocol.GROUNDED),
        failed(OutcomeKind.JUDGE_FAILURE, "anger"),
    ).grounding
    assert figures is not None
    shares = (
        figures.supported,
        figures.contradicted,
        figures.unverifiable,
        figures.relevant,
        figures.earning,
    )
    assert [share and (share.percent, share.count) for share in shares] == [
        (50, 4),
        (25, 4),
        (25, 4),
        (100, 4),
        (50, 4),
    ]
    assert figures.repeated is not None
    assert figures.face is not None
    assert figures.voice is not None
    assert (figures.repeated.percent, figures.samples) == (0, 3)
    assert figures.face.percent == pytest.approx(100 / 3)  # one of three scored answers
    assert (figures.voice.percent, figures.voice.count) == (0, 3)


def test_without_labels_or_grounds_there_are_no_such_figures() -> None:
    figures = overall(failed(OutcomeKind.MODEL_FAILURE, "anger"))
    assert (figures.labels, figures.grounding, figures.panel) == (None, None, None)
    assert overall(outcome("anger", "anger")).grounding is None


OUTCOMES = st.builds(
    outcome,
    st.sampled_from(EMOTIONS),
    st.sampled_from(EMOTIONS),
    protocol=st.just(Protocol.GROUNDED),
    judged=st.sampled_from([0.0, 1.0]),
    judge_reads=st.just(("anger",)),
    decisions=st.lists(st.sampled_from(list(Decision)), max_size=4).map(tuple),
    judges=st.sampled_from([(), ("a", "a"), ("a", "b", "a")]),
)


@given(st.lists(OUTCOMES, min_size=1, max_size=15), st.randoms(use_true_random=False))
def test_order_changes_no_digit_and_json_keeps_every_figure(outcomes: list[Outcome], chance: Random) -> None:
    shuffled = list(outcomes)
    chance.shuffle(shuffled)
    document = overall(*outcomes).to_json()
    assert document == overall(*shuffled).to_json()
    assert json.loads(json.dumps(document, allow_nan=False)) == document


@given(st.lists(OUTCOMES, min_size=1, max_size=8), st.lists(OUTCOMES, min_size=1, max_size=8))
def test_a_pooled_figure_is_the_weighted_mean_of_its_parts(
    some: list[Outcome], others: list[Outcome]
) -> None:
    parts = [labels_of(*some).exact, labels_of(*others).exact]
    whole = labels_of(*some, *others).exact
    assert whole is not None
    assert whole.count == sum(part.count for part in parts if part)
    assert whole.percent * whole.count == pytest.approx(
        sum(part.percent * part.count for part in parts if part)
    )


def test_figures_of_answers_take_those_to_one_sample_together() -> None:
    """Two samples, asked twice: angry and fear for anger; fear named, and once nothing, for fear. A panel of two
    agrees on both reasons of the first answer and gives the others none."""
    tally, grounded = SummaryTally(epochs=2), Protocol.GROUNDED
    supported, contradicted, _ = Decision
    reasons = (supported, contradicted)
    tally.add(
        outcome(
            "anger", "anger", protocol=grounded, decisions=reasons, judges=("a", "b"), judge_reads=("anger",)
        ),
        outcome("anger", "fear", protocol=grounded, decisions=(supported,), judge_reads=("anger",)),
    )
    tally.add(
        outcome("fear", "fear", protocol=grounded, decisions=(supported,)),
        outcome("fear", protocol=grounded),
    )
    figures = tally.summary().overall()
    labels, grounding, panel = figures.labels, figures.grounding, figures.panel
    assert labels is not None
    assert labels.exact is not None
    assert (labels.exact.percent, labels.exact.count) == (50, 2)  # the mean of 1/2 and 1/2
    assert labels.mapped is not None
    assert (labels.mapped.percent, labels.mapped.count) == (75, 4)
    # 2 of 2 and 1 of 2: R = 3/4, residuals 1/2 and -1/2, variance 2/16 x 1/2 = 1/16, effective 3/16 x 16 = 3.
    assert labels.mapped.interval == replace(wilson(9 / 4, 3), method="wilson-clustered")
    assert labels.judge is not None
    assert labels.judge.equal.count == 2
    assert grounding is not None
    assert grounding.samples == 2
    assert grounding.supported is not None
    assert (grounding.supported.percent, grounding.supported.count) == (75, 4)
    assert grounding.face is not None
    assert (grounding.face.percent, grounding.face.count) == (75, 4)  # three of four answers
    assert panel is not None
    assert (panel.samples, panel.steps) == (1, 2)
