"""Several sets of verdicts become one. Expected values counted by hand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import Decision, Verdict, Vote
from cuewise.verdicts.panel import PanelRule, ask_again, combine
from support.models import ScriptedAsk, ask_text

S, C, U = Decision.SUPPORTED, Decision.CONTRADICTED, Decision.UNVERIFIABLE


def vote(*verdicts: Verdict, judge: str = "openai/a", repeat: int = 0) -> Vote:
    return Vote(judge=judge, repeat=repeat, verdicts=verdicts)


def on(step: int, rating: float, decision: Decision | None = None, *evidence: str, **fields: Any) -> Verdict:
    return Verdict(step=step, rating=rating, decision=decision, evidence=evidence, **fields)


def panel(rule: PanelRule, *verdicts: Verdict) -> Verdict:
    return combine([vote(verdict, judge=f"j/{n}") for n, verdict in enumerate(verdicts)], rule)[0]


@pytest.mark.parametrize(
    ("ratings", "majority", "mean"),
    [
        ((1,), 1, 1),
        ((1, 0), 0, 0.5),  # a tie goes against the step
        ((1, 1, 0), 1, 2 / 3),
        ((1, 0, 0), 0, 1 / 3),
        ((1, 1, 0, 0), 0, 0.5),
        ((1, 1, 1, 0, 0), 1, 0.6),
        ((0.5, 1, 0), 0.5, 0.5),  # C/K of a multi-label step: half of the labels is what two of three grant
        ((0.5, 1), 0.5, 0.75),
    ],
)
def test_points_of_a_panel(ratings: tuple[float, ...], majority: float, mean: float) -> None:
    verdicts = [on(1, rating) for rating in ratings]
    assert panel(PanelRule.MAJORITY, *verdicts).rating == majority
    assert panel(PanelRule.MEAN, *verdicts).rating == pytest.approx(mean)


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ((S, S, C), S),
        ((S, C), C),
        ((S, U), U),
        ((C, U), C),
        ((S, S, C, C), C),
        ((U, S, U), U),
        ((S, C, U), C),
    ],
)
def test_of_equally_frequent_decisions_the_gravest_stands(
    decisions: tuple[Decision, ...], expected: Decision
) -> None:
    verdicts = [on(1, float(each is S), each) for each in decisions]
    assert panel(PanelRule.MAJORITY, *verdicts).decision is expected


def test_evidence_and_reason_are_those_of_the_judges_who_decided() -> None:
    combined = panel(
        PanelRule.MAJORITY,
        on(1, 0, C, "F9", reason="no"),
        on(1, 1, S, "F1", "F2", reason="brows are up", relevant=True, confidence=0.8),
        on(1, 1, S, "F2", "A1", reason="second", relevant=True, confidence=0.6),
    )
    assert combined.evidence == ("F1", "F2", "A1")
    assert combined.reason == "brows are up"
    assert combined.confidence == pytest.approx(0.7)
    assert (combined.rating, combined.relevant) == (1, True)


def test_relevance_needs_more_than_half_and_labels_the_most_frequent() -> None:
    verdicts = [
        on(1, 1, relevant=True, labels=("sad",)),
        on(1, 0, relevant=False, labels=("happy",)),
        on(1, 0, labels=("happy",)),
    ]
    combined = panel(PanelRule.MAJORITY, *verdicts)
    assert combined.relevant is False
    assert combined.labels == ("happy",)
    assert panel(PanelRule.MAJORITY, on(1, 1)).labels is None
    assert panel(PanelRule.MAJORITY, on(1, 1)).relevant is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((1,), 1),
        ((1, None), None),  # a tie: it does not repeat
        ((1, 2, None), 1),  # two of three; of equally frequent ones the first
        ((2, 1, None), 1),
        ((2, 1, 2, None), 2),
        ((None, None, 1), None),
    ],
)
def test_a_step_repeats_another_where_more_than_half_say_so(
    said: tuple[int | None, ...], expected: int | None
) -> None:
    verdicts = [on(3, 1, S, "F1", repeats=repeats) for repeats in said]
    for rule in PanelRule:
        assert panel(rule, *verdicts).repeats == expected


def test_a_judge_to_whom_a_step_repeats_another_pays_nothing_for_it() -> None:
    again = on(2, 1, S, "F1", relevant=True, repeats=1)
    paid = on(2, 1, S, "F1", relevant=True)
    unpaid = on(2, 0, U, relevant=False)
    # One of three pays.
    combined = panel(PanelRule.MAJORITY, again, paid, unpaid)
    assert (combined.rating, combined.repeats) == (0, None)
    # The mean is over the two that count it.
    assert panel(PanelRule.MEAN, again, paid, unpaid).rating == 0.5


def test_what_a_majority_supports_and_does_not_pay_for_is_not_relevant() -> None:
    paid = on(1, 1, S, "F1", relevant=True)
    aside = on(1, 0, S, "F1", relevant=False)
    against = on(1, 0, C, "F1", relevant=True)
    combined = panel(PanelRule.MAJORITY, paid, aside, against)
    assert (combined.decision, combined.relevant, combined.rating) == (S, False, 0)


def test_judges_that_only_rate_give_the_evidence_of_those_who_rated_so() -> None:
    combined = panel(PanelRule.MAJORITY, on(1, 0, None, "F1"), on(1, 1, None, "F2"), on(1, 0, None, "F3"))
    assert (combined.rating, combined.evidence) == (0, ("F1", "F3"))


@pytest.mark.parametrize(
    "votes", [[], [vote(on(1, 1)), vote(on(1, 1), on(2, 1))], [vote(on(1, 1)), vote(on(2, 1))]]
)
def test_votes_must_be_on_the_same_steps(votes: list[Vote]) -> None:
    with pytest.raises(ValueError, match="same steps"):
        combine(votes, PanelRule.MAJORITY)


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([S, C, U])), min_size=1, max_size=7),
    st.sampled_from(PanelRule),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_judges_changes_no_points_and_no_decision(
    said: list[tuple[float, Decision]], rule: PanelRule, chance: Any
) -> None:
    verdicts = [on(1, rating, decision) for rating, decision in said]
    shuffled = list(verdicts)
    chance.shuffle(shuffled)
    one, other = panel(rule, *verdicts), panel(rule, *shuffled)
    assert (one.rating, one.decision) == (other.rating, other.decision)
    assert min(rating for rating, _ in said) <= one.rating <= max(rating for rating, _ in said)


def test_a_repeat_is_a_call_of_its_own() -> None:
    ask = ScriptedAsk("a", "b")

    async def go() -> None:
        await ask_again(ask, 0)(ask_text("q"))
        await ask_again(ask, 2)(ask_text("q"))

    asyncio.run(go())
    assert [request.epoch for request in ask.requests] == [0, 2]
