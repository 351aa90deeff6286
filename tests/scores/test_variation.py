"""Repeated answers: a published example, hand arithmetic, and a second library."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.scores import variation as module
from cuewise.scores.ended import Ended
from cuewise.scores.intervals import wilson
from cuewise.scores.variation import ScoreVariation, VariationFigures, VariationTally, majority_points


def answer(recognition: float, *labels: str, reasoning: float = 0.0) -> Ended:
    scores = (recognition, reasoning, (recognition + reasoning) / 2)
    return Ended("scored", scores, 2, frozenset(labels))


REFUSED = Ended("refused")
UNJUDGED = Ended("judge_failure", labels=frozenset({"sad"}))


def figures(*samples: tuple[Ended, ...], epochs: int | None = None) -> VariationFigures | None:
    tally = VariationTally(len(samples[0]) if epochs is None else epochs)
    for ends in samples:
        tally.add(*ends)
    return tally.figures()


def recognition(points: list[list[float]]) -> ScoreVariation:
    found = figures(*[tuple(answer(value, "x") for value in sample) for sample in points])
    assert found is not None
    return found.recognition


def test_shrout_and_fleiss_1979() -> None:
    """Their table 2, six targets by four judges: BMS 11.24, WMS 6.26, ICC(1,1) .17; here as tenths of a point."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    found = recognition([[value / 10 for value in target] for target in ratings])
    assert found.within == pytest.approx(0.0626, abs=5e-5)
    assert found.between == pytest.approx((11.24 - 6.26) / 4 / 100, abs=5e-5)
    assert found.wavering == pytest.approx(100 - 17, abs=0.5)


def test_by_hand() -> None:
    """Three samples by two epochs: right and wrong, right twice, refused and wrong."""
    found = figures(
        (answer(1, "happy", reasoning=0.5), answer(0, "sad", reasoning=0.5)),
        (answer(1, "sad", reasoning=1), answer(1, "sad")),
        (REFUSED, answer(0, "sad")),
    )
    assert found is not None
    assert (found.epochs, found.samples) == (2, 3)
    of = found.recognition
    assert of.by_epoch == [pytest.approx(200 / 3), pytest.approx(100 / 3)]
    assert of.spread == pytest.approx(100 / 3)
    assert of.deviation == pytest.approx(100 / 3 / 2**0.5)  # of two values: their difference over root 2
    # Means of samples 1/2, 1, 0, mean 1/2. Within: (1/4 + 1/4) / 3 = 1/6. MSB = 2 (0 + 1/4 + 1/4) / 2 = 1/2.
    # Between: (1/2 - 1/6) / 2 = 1/6, so half of the variance is wavering.
    assert (of.within, of.between, of.wavering) == pytest.approx((1 / 6, 1 / 6, 50))
    assert found.reasoning.by_epoch == [50, pytest.approx(50 / 3)]
    # Of two pairs of labels one is alike; the third sample has one label and so no pair.
    assert found.agreement is not None
    assert (found.agreement.percent, found.agreement.count) == (50, 2)
    assert found.label_changes is not None
    assert (found.label_changes.percent, found.label_changes.count) == (50, 2)
    assert (found.end_changes.percent, found.end_changes.count) == pytest.approx((100 / 3, 3))
    assert found.majority.percent == pytest.approx(50)  # a tie is worth 1/2, then 1, then a tie of 0 and 0
    assert (found.ever_right.percent, found.always_right.percent) == pytest.approx((200 / 3, 100 / 3))
    assert found.ever_right.interval == wilson(2, 3)


@pytest.mark.parametrize(
    ("ends", "points"),
    [
        ([answer(1, "happy"), answer(0, "sad"), answer(1, "happy")], 1),
        ([answer(1, "happy"), answer(0, "sad"), answer(0, "sad")], 0),
        ([answer(1, "happy"), answer(0, "sad"), answer(0, "anger")], 1 / 3),  # by lot
        ([answer(1, "happy"), REFUSED, UNJUDGED], 0),  # most have no score, whatever label one names
        ([answer(1, "a", "b"), answer(0.5, "a"), answer(0.5, "a")], 0.5),  # sets are counted whole
        ([REFUSED, REFUSED], 0),
    ],
)
def test_the_majority(ends: list[Ended], points: float) -> None:
    assert majority_points(ends) == pytest.approx(points)


def test_answers_that_never_change_do_not_waver() -> None:
    found = figures(*[(answer(1, "a"),) * 3] * 2, *[(answer(0, "b"),) * 3] * 2)
    assert found is not None
    assert (found.recognition.within, found.recognition.wavering, found.recognition.deviation) == (0, 0, 0)
    assert found.agreement is not None
    assert found.agreement.percent == 100
    assert found.majority.percent == found.ever_right.percent == found.always_right.percent == 50


def test_points_that_do_not_vary_have_no_parts() -> None:
    assert recognition([[1.0, 1.0], [1.0, 1.0]]).wavering is None
    alone = recognition([[1.0, 0.0]])
    assert (alone.within, alone.between, alone.wavering) == (0.5, None, None)


def test_a_sample_that_lacks_an_epoch_tells_nothing_yet() -> None:
    whole = (answer(1, "a"), answer(0, "b"))
    assert figures(whole, whole[:1]) == figures(whole)
    assert figures(whole[:1], epochs=2) is None
    assert figures(whole[:1], epochs=1) is None


@given(
    st.integers(2, 6).flatmap(
        lambda k: st.lists(st.lists(st.floats(0, 1), min_size=k, max_size=k), min_size=2)
    )
)
def test_against_numpy(points: list[list[float]]) -> None:
    found, table = recognition(points), np.array(points)
    k = table.shape[1]
    within = table.var(axis=1, ddof=1).mean()
    between = max(0.0, table.mean(axis=1).var(ddof=1) - within / k)
    assert found.within == pytest.approx(within, abs=1e-12)
    assert found.between == pytest.approx(between, abs=1e-12)
    assert found.by_epoch == pytest.approx(list(100 * table.mean(axis=0)), abs=1e-9)
    assert found.deviation == pytest.approx(100 * table.mean(axis=0).std(ddof=1), abs=1e-6)


def test_the_examples() -> None:
    assert doctest.testmod(module).failed == 0
