"""Confidence held against what is right: hand arithmetic, and data that is calibrated by construction."""

from __future__ import annotations

import numpy as np
import pytest

from cuewise.analysis.reliability import answer_reliability, reliability, reliability_sentence
from cuewise.records import Outcome
from support.written_answers import answer, table


def test_bins_and_error_by_hand() -> None:
    # 20 of 0.9, of which 15 right, and 20 of 0.5, of which 10: gaps 15 and 0 points, half of the cases each.
    confidence = np.repeat([0.9, 0.5], 20)
    right = np.array([1.0] * 15 + [0.0] * 5 + [1.0] * 10 + [0.0] * 10)
    found = reliability(confidence, right, list(range(40)), "sample")
    assert found is not None
    assert [one.confidence for one in found.bins] == pytest.approx([50, 90])
    assert [(one.right.percent, one.right.count) for one in found.bins] == [(50, 20), (75, 20)]
    assert (found.count, found.right.percent) == (40, 62.5)
    assert found.confidence == pytest.approx(70)
    assert found.error == pytest.approx(7.5)
    # sqrt(2 / pi) (sqrt(20 x 0.09) + sqrt(20 x 0.25)) / 40.
    assert found.by_chance == pytest.approx(100 * 0.7978846 * (1.3416408 + 2.2360680) / 40)
    assert reliability(np.array([]), np.array([]), (), "sample") is None


def test_what_chance_gives_is_the_mean_error_of_calibrated_confidence() -> None:
    dice = np.random.default_rng(1)
    confidence = np.repeat([0.2, 0.4, 0.6, 0.8, 1.0], 100)
    errors, expected = [], 0.0
    for _ in range(200):
        right = (dice.random(500) < confidence).astype(np.float64)
        found = reliability(confidence, right, list(range(500)), "sample")
        assert found is not None
        errors.append(found.error)
        expected = found.by_chance
    assert np.mean(errors) == pytest.approx(expected, rel=0.05)


def test_the_agreement_of_answers_by_hand() -> None:
    def asked(name: str, *said: tuple[str, ...] | None) -> list[Outcome]:
        return [
            answer(name, None, gold=("sad",), epoch=epoch)
            if one is None
            else answer(name, float(one == ("sad",)), gold=("sad",), said=one, epoch=epoch)
            for epoch, one in enumerate(said)
        ]

    run = table(
        asked("right", ("sad",), ("sad",), ("happy",)),  # 2 of 3, right
        asked("wrong", ("happy",), ("happy",), ("happy",)),  # 3 of 3, wrong
        asked("tied", ("sad",), ("happy",), None),  # 1 of 3, one of two right
        asked("silent", None, None, None),  # names none
    )
    found = answer_reliability(run)
    assert found is not None
    assert found.count == 3
    assert [one.confidence for one in found.bins] == pytest.approx([100 / 3, 200 / 3, 100])
    assert [one.right.percent for one in found.bins] == [50, 100, 0]
    assert found.error == pytest.approx(100 * (1 / 6 + 1 / 3 + 1) / 3)
    assert answer_reliability(table(asked("once", ("sad",))[0])) is None
    assert answer_reliability(table(asked("silent", None, None))) is None


def test_words_say_whether_confidence_is_too_high() -> None:
    right = np.array([1.0] * 20 + [0.0] * 80)

    def told(confidence: float) -> str:
        found = reliability(np.full(100, confidence), right, list(range(100)), "sample")
        assert found is not None
        return reliability_sentence(found, confidence="confidence", of="steps")

    assert "90.0 % on average, yet only 20.0 % is right" in told(0.9)
    assert "20.0 % on average, which is about how often it is right" in told(0.2)
    assert "5.0 % on average, and 20.0 % is right" in told(0.05)
    assert "Over 100 steps" in told(0.9)
