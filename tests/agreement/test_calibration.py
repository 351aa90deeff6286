"""The calibration as a whole: by hand, against planted truth, and where it must not speak."""

from __future__ import annotations

import json
from dataclasses import asdict
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.coverage import PLANS, Plan, coverage, simulate
from cuewise.agreement.calibration import Confusion, JudgedSample, calibrate, in_words
from cuewise.errors import InputError

Truths = tuple[bool | None, ...]


def several(
    count: int, points: tuple[float, ...], right: Truths | None = None, name: str = "s"
) -> list[JudgedSample]:
    """The same sample a number of times; of unknown truth by default."""
    return [
        JudgedSample(f"{name}{n}", points, (None,) * len(points) if right is None else right)
        for n in range(count)
    ]


BY_HAND = [
    *several(5, (1, 1, 1, 1), (True, True, True, True)),
    *several(5, (1, 1, 1, 0), (True, True, False, False)),
    *several(10, (1, 1, 1, 1)),
    *several(10, (1, 1, 1, 0)),
]


def test_by_hand() -> None:
    result = calibrate(BY_HAND)
    assert (result.asked, result.judged, result.rated, result.steps) == (30, 30, 10, 40)
    # Right steps: 5 x 4 + 5 x 2 = 30, all passed. Wrong: 5 x 2 = 10, every second one passed.
    assert result.confusion == Confusion(30, 0, 5, 5)
    assert result.sensitivity is not None
    assert result.specificity is not None
    assert (result.sensitivity.value, result.specificity.value) == (100, 50)
    # Every sample with wrong steps has the same share of them failed: no spread to go by, so each counts once.
    assert result.specificity.effective == 5
    # As judged: (1 + 0.75) / 2 everywhere. True: (1 + 0.5) / 2.
    assert result.raw.value == result.raw_rated.value == 87.5
    assert result.rated_alone.value == 75
    # Per sample 0 or 0.25 too much: 12.5 points, s^2 = 10 x 0.125^2 / 9, s / sqrt(10) = 0.0416667, times
    # Student's 2.262157 for 9 degrees of freedom: 9.4257 points.
    assert result.bias.value == 12.5
    assert (result.bias.low, result.bias.high) == pytest.approx((3.0743, 21.9257), abs=0.001)
    # Covariance 10 x 0.25 x 0.125 / 9 = 0.0347222; variance of all 30 as judged 30 x 0.125^2 / 29 = 0.0161638;
    # weight 0.0347222 / (1.5 x 0.0161638) = 1.432, cut to 1.
    assert result.weight == 1
    # 0.75 + 0.875 - 0.875. Variance: of truth - judged, 10 x 0.125^2 / 9 / 10 = 0.00173611; of the unrated,
    # 20 x 0.125^2 / 19 / 20 = 0.00082237. Root of the sum 0.0505814, times 2.262157: 11.4423 points.
    assert result.corrected.value == 75
    assert (result.corrected.low, result.corrected.high) == pytest.approx((63.558, 86.442), abs=0.001)
    # (0.875 + 0.5 - 1) / (1 + 0.5 - 1) = 0.375 / 0.5.
    assert result.rogan_gladen is not None
    assert result.rogan_gladen.value == 75
    assert result.warnings == ()
    assert in_words(result) == (
        "The judge is too kind by 12.5 points on the rated steps: without its errors the reasons would score 75.0"
        " (95 % interval 63.6 to 86.4) rather than 87.5."
    )


def test_samples_without_judged_reasons_count_as_zero() -> None:
    result = calibrate(BY_HAND, asked=40)
    assert (result.raw.value, result.rated_alone.value, result.corrected.value) == (65.625, 56.25, 56.25)
    # Half width 0.75 x 11.4423 = 8.5817 points; the share's own, 1.959964 x 75 x sqrt(0.75 x 0.25 / 40) = 10.0642;
    # root of the sum of squares 13.2263.
    assert (result.corrected.low, result.corrected.high) == pytest.approx((43.024, 69.476), abs=0.001)
    with pytest.raises(ValueError, match="only 29 asked"):
        calibrate(BY_HAND, asked=29)


def test_a_panels_fractions() -> None:
    # More than half of the judges must pass a step; the score takes the fraction as it is.
    samples = [
        *several(10, (0.5, 0.75, 1), (True, True, False)),
        *several(10, (0, 0.25, 1), (False, True, True)),
    ]
    result = calibrate(samples)
    assert result.confusion == Confusion(20, 20, 10, 10)
    assert result.raw.value == pytest.approx(100 * (2.25 + 1.25) / 6)


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        (several(9, (1, 0, 1, 0), (True, False, True, False)), "only 36 reasoning steps of 9 samples"),
        (several(14, (1, 0), (True, False)), "only 28 reasoning steps of 14 samples"),
        (several(50, (1, 0)), "only 0 reasoning steps of 0 samples"),
        ([], "only 0 reasoning steps"),
    ],
)
def test_too_little_is_refused(samples: list[JudgedSample], told: str) -> None:
    with pytest.raises(InputError, match=told):
        calibrate(samples)


def test_all_rated_steps_right() -> None:
    result = calibrate([*several(20, (1, 1), (True, True)), *several(20, (1, 0))])
    assert result.specificity is None
    assert result.rogan_gladen is None
    assert any("no rated step is wrong" in warning for warning in result.warnings)
    # No spread in the truth, and none of it follows the judge: Wilson for 20 of 20 samples, 20 / 23.8415.
    assert (result.corrected.value, result.corrected.low) == pytest.approx((100, 83.887), abs=0.001)


def test_all_rated_steps_wrong() -> None:
    result = calibrate(several(20, (1, 0), (False, False)))
    assert result.sensitivity is None
    assert result.rogan_gladen is None
    assert result.corrected.value == 0
    assert any("no rated step is right" in warning for warning in result.warnings)


def test_a_judge_that_cannot_tell_right_from_wrong() -> None:
    result = calibrate(several(20, (1, 0, 1, 0), (True, True, False, False)))
    assert result.rogan_gladen is None
    assert any("no better than chance" in warning for warning in result.warnings)
    assert result.corrected.value == 50


def test_few_wrong_steps_are_told() -> None:
    samples = [*several(20, (1, 1), (True, True)), *several(9, (1, 0), (True, False))]
    assert any("only 9 of the rated steps are wrong" in warning for warning in calibrate(samples).warnings)


def test_many_steps_of_unknown_truth_are_told() -> None:
    four_fifths = several(20, (1, 1, 1, 0, 0), (True, True, False, False, None))
    assert calibrate(four_fifths).warnings == ()
    half = calibrate(several(20, (1, 1, 1, 0), (True, None, None, False)))
    assert any(
        "of the 80 steps of the rated samples it is known of only 40" in each for each in half.warnings
    )


def test_a_sample_that_was_not_drawn_by_lot_is_told() -> None:
    rated = [
        *several(10, (1, 1), (True, True)),
        *several(5, (1, 0), (True, False)),
        *several(5, (1, 0), (False, False)),
    ]
    assert not any(
        "random sample" in warning for warning in calibrate([*rated, *several(40, (1, 0.5))]).warnings
    )
    picked = calibrate([*rated, *several(30, (0, 0)), *several(30, (0, 1))])
    assert any("do not look like a random sample" in warning for warning in picked.warnings)


def test_a_judge_without_errors() -> None:
    dice = Random(1)
    plan = Plan(samples=80, rated=80, sensitivity=1, specificity=1, dependence=0.5)
    result = simulate(plan, dice)
    assert result.sensitivity is not None
    assert result.specificity is not None
    assert result.sensitivity.value == result.specificity.value == 100
    assert result.bias.low == result.bias.high == 0
    assert result.raw == result.raw_rated == result.rated_alone == result.corrected
    assert result.rogan_gladen is not None
    assert result.rogan_gladen.value == pytest.approx(result.raw.value)
    assert in_words(result).startswith("There is no sign")


def test_with_all_rated_every_method_gives_the_rated_truth() -> None:
    plan = Plan(samples=60, rated=60, sensitivity=0.8, specificity=0.6, dependence=0)
    result = simulate(plan, Random(2))
    assert result.weight == 0
    assert result.corrected == result.rated_alone


@settings(max_examples=20)
@given(st.integers(), st.integers(10, 40))
def test_the_order_of_samples_does_not_matter(seed: int, rated: int) -> None:
    dice, samples = Random(seed), []
    for number in range(60):
        points = tuple(float(dice.random() < 0.7) for _ in range(4))
        right: Truths = tuple(dice.random() < 0.6 for _ in range(4)) if number < rated else (None,) * 4
        samples.append(JudgedSample(str(number), points, right))
    first = calibrate(samples)
    dice.shuffle(samples)
    second = calibrate(samples)
    assert second.confusion == first.confusion
    for name in ("raw", "rated_alone", "corrected"):
        assert asdict(getattr(second, name)) == pytest.approx(asdict(getattr(first, name)))


def test_it_is_plain_data() -> None:
    document = json.loads(json.dumps(calibrate(BY_HAND).to_json(), allow_nan=False))
    assert document["corrected"]["value"] == 75
    assert document["sensitivity"]["clustered"]["method"] == "wilson-clustered"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kind judge", "kind judge, steps dependent", "strict judge", "all rated"])
def test_the_interval_holds_the_planted_truth(name: str) -> None:
    found = coverage(PLANS[name], 300, seed=5)
    share, error, width = found["corrected"]
    assert 92 <= share <= 98, "of 300 runs: 95 +- 2.5, and no run's draw is that far off"
    assert abs(error) < 0.6
    assert found["raw"][0] < 20, "the judge's own interval misses the truth"
    assert abs(found["raw"][1]) > 8
    assert found["rogan_gladen"][0] >= 92
    assert width <= found["rated_alone"][2] + 1e-9, "the judge's view of the others narrows the interval"


def test_the_interval_holds_the_planted_truth_briefly() -> None:
    found = coverage(Plan(150, 60, 0.95, 0.5, 0.3), 100, seed=3)
    assert found["corrected"][0] >= 90
    assert found["raw"][0] < 20


def test_the_judges_confidence_is_held_against_its_verdicts() -> None:
    # Per sample a right step passed at 0.9, a right one failed at 0.9, a wrong one failed at 0.6 and one of unknown
    # truth: of 20 verdicts at 0.9 half are right, of 10 at 0.6 all are. Gaps 40 points each.
    points, right = (1.0, 0.0, 0.0, 1.0), (True, True, False, None)
    samples = [JudgedSample(str(n), points, right, (0.9, 0.9, 0.6, 0.9)) for n in range(10)]
    found = calibrate(samples).confidence
    assert found is not None
    assert [one.confidence for one in found.bins] == pytest.approx([60, 90])
    assert [(one.right.percent, one.right.count) for one in found.bins] == [(100, 10), (50, 20)]
    assert found.error == pytest.approx(40)
    assert found.right.clusters == 10
    json.dumps(asdict(found), allow_nan=False)


def test_a_judge_that_says_too_little_of_its_confidence_is_not_held_against_it() -> None:
    assert calibrate(BY_HAND).confidence is None
    points, right = (1.0, 1.0, 0.0), (True, False, False)
    samples = [JudgedSample(str(n), points, right, (0.9, 0.9, None)) for n in range(14)]
    assert calibrate(samples).confidence is None  # 28 steps
