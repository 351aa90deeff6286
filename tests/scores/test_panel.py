"""Agreement of several judgements, by hand."""

from __future__ import annotations

import pytest

from cuewise.records import Decision, Verdict, Vote
from cuewise.scores.panel import PanelFigures, VoteTally, count_votes


def vote(judge: str, *ratings: float, repeat: int = 0, decision: Decision | None = None) -> Vote:
    """A vote on as many reasons as there are ratings, and on a label step."""
    verdicts = [Verdict(step=at, rating=rating, decision=decision) for at, rating in enumerate(ratings, 1)]
    label = Verdict(step=len(ratings) + 1, rating=0)
    return Vote(judge=judge, repeat=repeat, verdicts=(*verdicts, label))


def figures(*answers: list[Vote]) -> PanelFigures | None:
    tally = VoteTally()
    for votes in answers:
        counts = count_votes(votes)
        if counts is not None:
            tally.add(counts)
    return tally.figures()


def test_by_hand() -> None:
    """Two judges, one of them twice, on 4 reasons and then on 1.

    First answer: a and its repeat differ on reason 4; b differs from a on 1, from the repeat on 1 and 4.
    Second answer: all agree.
    """
    found = figures(
        [vote("a", 1, 1, 0, 1), vote("a", 1, 1, 0, 0, repeat=1), vote("b", 0, 1, 0, 1)],
        [vote("b", 1), vote("a", 1), vote("a", 1, repeat=1)],
    )
    assert found is not None
    assert (found.samples, found.steps) == (2, 5)
    assert found.retest is not None
    assert found.between is not None
    assert found.agreement is not None
    assert found.split is not None
    assert (found.retest.percent, found.retest.count) == (80, 5)  # 4 of 5
    assert (found.between.percent, found.between.count) == (70, 10)  # 3 + 2 of 8, and 2 of 2
    assert found.agreement.percent == pytest.approx(1100 / 15)
    assert found.split.percent == 40  # reasons 1 and 4 of five
    assert [(pair.first, pair.second, pair.agreement.percent) for pair in found.pairs] == [
        ("a", "a", 80),
        ("a", "b", 70),
    ]


def test_decisions_are_compared_where_both_say_one() -> None:
    supported, unverifiable = (
        vote(judge, 1, decision=decision)
        for judge, decision in (("a", Decision.SUPPORTED), ("b", Decision.UNVERIFIABLE))
    )
    differ, one_silent = figures([supported, unverifiable]), figures([supported, vote("b", 1)])
    assert differ is not None
    assert one_silent is not None
    assert differ.between is not None
    assert one_silent.between is not None
    assert (differ.between.percent, one_silent.between.percent) == (0, 100)
    assert differ.retest is None


def test_the_label_step_is_no_reason() -> None:
    found = figures([vote("a"), vote("b")])
    assert found is not None
    assert (found.samples, found.steps, found.agreement, found.pairs) == (1, 0, None, [])


def test_one_vote_tells_nothing() -> None:
    assert figures([], [vote("a", 1)]) is None


def test_votes_on_other_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="same steps"):
        count_votes([vote("a", 1), vote("b", 1, 1)])
