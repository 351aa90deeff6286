"""Which step of an answer is shown where there is room for one."""

from __future__ import annotations

import pytest

from cuewise.analysis.telling import shown_answer, telling_step
from cuewise.records import Decision, Outcome, OutcomeKind, Step, Verdict
from support.outcomes import make_outcome, make_samples

_SAMPLE = make_samples(1)[0]


def _answer(*verdicts: Verdict) -> Outcome:
    """An answer of four steps, the last of which names the label."""
    steps = tuple(Step(index=at, text=f"step {at}") for at in (1, 2, 3))
    label = Step(index=4, text="so it is joy", labels=_SAMPLE.labels)
    return make_outcome(_SAMPLE).model_copy(update={"steps": (*steps, label), "verdicts": verdicts})


_JUDGED = _answer(
    Verdict(step=1, rating=0, decision=Decision.UNVERIFIABLE, reason="cannot be seen"),
    Verdict(step=2, rating=1, decision=Decision.SUPPORTED),
    Verdict(step=3, rating=0, decision=Decision.CONTRADICTED),
    Verdict(step=4, rating=1),
)


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("best", 2),
        ("wrong_for_good_reasons", 2),
        ("worst", 3),  # of two without points, the contradicted one
        ("right_for_wrong_reasons", 3),
        ("judge_apart", 4),
        ("hardest", 4),
    ],
)
def test_the_step_that_explains_the_choice(kind: str, step: int) -> None:
    told = telling_step(kind, _JUDGED)
    assert told is not None
    assert (told[0].index, told[1].step) == (step, step)


def test_of_equals_one_with_a_reason_then_the_first() -> None:
    verdicts = (
        Verdict(step=1, rating=1),
        Verdict(step=2, rating=1, reason="the smile shows"),
        Verdict(step=3, rating=1, reason="the voice too"),
        Verdict(step=4, rating=0),
    )
    told = telling_step("best", _answer(*verdicts))
    assert told is not None
    assert told[0].index == 2


def test_an_answer_that_names_only_a_label_shows_it() -> None:
    told = telling_step("worst", _answer(Verdict(step=4, rating=0)))
    assert told is not None
    assert told[0].index == 4


def test_what_was_not_judged_has_no_step() -> None:
    assert telling_step("best", _answer()) is None
    refused = make_outcome(_SAMPLE, failure=OutcomeKind.REFUSED)
    assert telling_step("hardest", refused) is None


def test_the_first_scored_answer_is_shown() -> None:
    refused = make_outcome(_SAMPLE, failure=OutcomeKind.REFUSED)
    assert shown_answer([refused, _JUDGED]) is _JUDGED
    assert shown_answer([refused]) is refused
