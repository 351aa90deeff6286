"""One sample's score: hand arithmetic under both protocols, and what is refused."""

from __future__ import annotations

import doctest
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import (
    Clip,
    Cue,
    Decision,
    Evidence,
    EvidenceKind,
    Grounding,
    LabelReading,
    LabelStatus,
    Protocol,
    Sample,
    Score,
    Step,
    Verdict,
)
from cuewise.scores import sample as module
from cuewise.scores.sample import score_verdicts

GIVEN = (
    Evidence(id="F1", kind=EvidenceKind.FRAME, start_s=0, end_s=0),
    Evidence(id="A1", kind=EvidenceKind.AUDIO, start_s=0, end_s=1, text="The voice is high."),
    Evidence(id="T1", kind=EvidenceKind.TRANSCRIPT, start_s=0, end_s=1, text="Hello."),
    Evidence(
        id="C1",
        kind=EvidenceKind.CUE,
        start_s=0,
        end_s=1,
        cue=Cue(channel="pitch", value="high", start_s=0, end_s=1),
    ),
)
SUPPORTED, CONTRADICTED, UNVERIFIABLE = Decision.SUPPORTED, Decision.CONTRADICTED, Decision.UNVERIFIABLE


def sample(*gold: str, multi_label: bool = False) -> Sample:
    return Sample(
        id="T/a",
        task="T",
        clip=Clip(id="a"),
        question="?",
        label_set=("happy", "sad", "angry"),
        labels=gold or ("happy",),
        multi_label=multi_label,
    )


def reading(*labels: str) -> LabelReading:
    status = LabelStatus.MATCHED if labels else LabelStatus.NONE
    return LabelReading(status=status, labels=labels, taxonomy=1)


def steps(count: int) -> list[Step]:
    reasons = [Step(index=index, text=f"claim {index}") for index in range(1, count)]
    return [*reasons, Step(index=count, text="happy", labels=("happy",))]


def verdicts(ratings: Sequence[float]) -> list[Verdict]:
    return [Verdict(step=index, rating=rating) for index, rating in enumerate(ratings, start=1)]


def by_the_paper(ratings: Sequence[float], labels: Sequence[str] = (), **kwargs: Any) -> Score:
    return score_verdicts(
        kwargs.pop("of", sample()),
        steps(len(ratings)),
        verdicts(ratings),
        reading(*labels),
        protocol=Protocol.MME_EMOTION,
        **kwargs,
    )


def grounded(
    *reasons: tuple[str, Decision, bool, tuple[str, ...]],
    labels: Sequence[str] = ("happy",),
    of: Sample | None = None,
    judged: float = 0.0,
    repeats: Sequence[int | None] = (),
) -> Score:
    """The score of reasons given as (text, decision, relevant, evidence)."""
    last = len(reasons) + 1
    return score_verdicts(
        of or sample(),
        [
            *(Step(index=at, text=text) for at, (text, *_) in enumerate(reasons, 1)),
            Step(index=last, text="x"),
        ],
        [
            *(
                Verdict(
                    step=at,
                    rating=float(decision is SUPPORTED and relevant),
                    decision=decision,
                    relevant=relevant,
                    evidence=evidence,
                    repeats=repeats[at - 1] if repeats else None,
                )
                for at, (_, decision, relevant, evidence) in enumerate(reasons, 1)
            ),
            Verdict(step=last, rating=judged),
        ],
        reading(*labels),
        protocol=Protocol.GROUNDED,
        evidence=GIVEN,
    )


def test_docstring() -> None:
    assert doctest.testmod(module).failed == 0


def test_last_step_is_recognition_and_the_mean_of_the_others_reasoning() -> None:
    score = by_the_paper([1, 0, 1, 0.5])
    assert score.recognition == 0.5
    assert score.reasoning == pytest.approx(2 / 3)  # (1 + 0 + 1) / 3
    assert score.cot == pytest.approx(7 / 12)  # 1/2 x 1/2 + 1/2 x 2/3
    assert score.n_steps == 4
    assert score.grounding is None


def test_alpha_weighs_recognition() -> None:
    assert by_the_paper([0, 1], alpha=0.25).cot == 0.25  # 0.25 x 1 + 0.75 x 0


def test_a_bare_right_label_gets_half() -> None:
    score = by_the_paper([1])
    assert (score.recognition, score.reasoning, score.cot, score.n_steps) == (1, 0, 0.5, 1)


def test_no_judge_talks_a_label_right_or_wrong() -> None:
    talked_right = by_the_paper([1, 1], ["sad"])
    assert (talked_right.recognition, talked_right.judged_recognition) == (0, 1)
    talked_wrong = by_the_paper([1, 0], ["happy"])
    assert (talked_wrong.recognition, talked_wrong.judged_recognition) == (1, 0)


def test_a_label_too_many_costs_only_under_grounded() -> None:
    two = sample("happy", "sad", multi_label=True)
    every = ("happy", "sad", "angry")
    assert by_the_paper([0], every, of=two).recognition == 1  # 2 of 2 gold labels
    assert grounded(labels=every, of=two).recognition == pytest.approx(0.8)  # 2 x 2 / (3 + 2)


def test_grounded_recognition_is_never_the_judges() -> None:
    score = grounded(labels=(), judged=1)
    assert (score.recognition, score.judged_recognition) == (0, 1)


def test_grounded_reasons_by_hand() -> None:
    """Five reasons, one of them said twice: four count. Two are supported, one of these bears on the label: 1/4."""
    score = grounded(
        ("She smiles.", SUPPORTED, True, ("F1", "T1")),
        ("A person is there.", SUPPORTED, False, ("F1", "C1")),
        ("She shouts.", CONTRADICTED, True, ("A1",)),
        ("She is at home.", UNVERIFIABLE, False, ()),
        ("she  SMILES!", SUPPORTED, True, ("A1",)),
    )
    assert score.grounding == Grounding(
        reasons=4,
        repeated=1,
        supported=2,
        contradicted=1,
        unverifiable=1,
        relevant=2,
        earning=1,
        face=2,  # both supported ones rest on F1
        voice=1,  # the second, on an annotated cue of the voice; what A1 contradicts is not covered by it
        words=1,
    )
    assert score.reasoning == 0.25
    assert score.cot == 0.625  # 1/2 x 1 + 1/2 x 1/4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Her voice breaks", "her voice, breaks…", True),
        ("Ｓｈｅ smiles", "She_smiles \N{GRINNING FACE}", True),
        ("她笑了。", "她 笑了", True),
        ("He frowns", "He frowned", False),
        ("कि", "का", False),  # they differ in a vowel sign alone
    ],
)
def test_repeated_means_word_for_word(one: str, other: str, same: bool) -> None:
    score = grounded((one, SUPPORTED, True, ("F1",)), (other, SUPPORTED, True, ("F1",)))
    assert score.grounding is not None
    assert score.grounding.repeated == same


def test_saying_it_twenty_times_earns_no_more_than_saying_it_once() -> None:
    once = ("She smiles.", SUPPORTED, True, ("F1",))
    other = ("She is sad.", CONTRADICTED, True, ("F1",))
    assert grounded(*[once] * 20, other).reasoning == grounded(once, other).reasoning == 0.5


def test_what_the_judge_says_repeats_counts_nowhere_whether_right_or_wrong() -> None:
    """Two reasons, of which one earns; each said again in other words."""
    first = ("She smiles.", SUPPORTED, True, ("F1",))
    second = ("She is loud.", CONTRADICTED, True, ("A1",))
    again = ("Her lips form a smile.", SUPPORTED, True, ("F1",)), ("She shouts.", CONTRADICTED, True, ("A1",))
    plain = grounded(first, second)
    for padding, repeats in (((again[0],), (1,)), ((again[1],), (2,)), (again * 3, (1, 2) * 3)):
        score = grounded(first, second, *padding, repeats=(None, None, *repeats))
        assert score.grounding is not None
        assert (score.grounding.reasons, score.grounding.repeated) == (2, len(padding))
        assert score.reasoning == plain.reasoning == 0.5
        assert score.grounding.model_copy(update={"repeated": 0}) == plain.grounding


@pytest.mark.parametrize("repeats", [2, 3, 7])
def test_a_step_can_repeat_only_an_earlier_reason(repeats: int) -> None:
    once = ("She smiles.", SUPPORTED, True, ("F1",))
    with pytest.raises(ValueError, match=f"step 2 cannot repeat step {repeats}"):
        grounded(once, once, repeats=(None, repeats))


def test_without_reasons_there_is_no_reasoning() -> None:
    score = grounded()
    assert (score.recognition, score.reasoning, score.cot) == (1, 0, 0.5)


@pytest.mark.parametrize("decision", [SUPPORTED, CONTRADICTED])
def test_a_verdict_must_rest_on_something_that_was_given(decision: Decision) -> None:
    with pytest.raises(ValueError, match="cites no evidence"):
        grounded(("x", decision, True, ()))
    with pytest.raises(ValueError, match="F9, which was not given"):
        grounded(("x", decision, True, ("F9",)))


def test_a_rating_alone_is_no_grounded_verdict() -> None:
    with pytest.raises(ValueError, match="step 1 must say"):
        score_verdicts(
            sample(), steps(2), verdicts([1, 1]), reading("happy"), protocol=Protocol.GROUNDED, evidence=GIVEN
        )


@pytest.mark.parametrize(
    "rated",
    [[], [1], [1, 2, 3], [2, 1], [1, 1], [1, 3]],
    ids=["none", "few", "many", "swapped", "twice", "other"],
)
@pytest.mark.parametrize("protocol", list(Protocol))
def test_anything_but_one_verdict_per_step_in_order_is_refused(rated: list[int], protocol: Protocol) -> None:
    given_verdicts = [Verdict(step=step, rating=1) for step in rated]
    with pytest.raises(ValueError, match="one verdict per step"):
        score_verdicts(sample(), steps(2), given_verdicts, reading(), protocol=protocol)


def test_no_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="without steps"):
        score_verdicts(sample(), [], [], reading(), protocol=Protocol.MME_EMOTION)


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_alpha_outside_its_range_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        by_the_paper([1], alpha=alpha)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0, 1))
def test_scores_stay_in_range_and_cot_lies_between_its_parts(ratings: list[float], alpha: float) -> None:
    score = by_the_paper(ratings, alpha=alpha)
    low, high = sorted((score.recognition, score.reasoning))
    assert low - 1e-12 <= score.cot <= high + 1e-12


REASONS = st.tuples(
    st.sampled_from(["She smiles.", "he frowns", "Loud!", ""]),
    st.sampled_from(list(Decision)),
    st.booleans(),
    st.lists(st.sampled_from([piece.id for piece in GIVEN]), min_size=1).map(tuple),
)


@given(st.lists(REASONS, max_size=12))
def test_every_reason_is_counted_once(reasons: list[tuple[str, Decision, bool, tuple[str, ...]]]) -> None:
    score = grounded(*reasons)
    found = score.grounding
    assert found is not None
    assert found.reasons + found.repeated == len(reasons)
    assert found.supported + found.contradicted + found.unverifiable == found.reasons
    assert found.earning <= min(found.supported, found.relevant) <= found.reasons
    assert max(found.face, found.voice, found.words) <= found.supported
    assert 0 <= score.reasoning <= 1
