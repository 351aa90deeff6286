"""A run's metrics: hand arithmetic, the standard library's statistics, and a fixed denominator."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.analysis.uncertainty import mean_with_intervals
from cuewise.records import Answer, Clip, Outcome, OutcomeKind, Protocol, Sample, Score
from cuewise.scores.figures import Bounds, wilson
from cuewise.scores.summary import Summary, SummaryTally

UNSCORED = [kind for kind in OutcomeKind if kind is not OutcomeKind.SCORED]


def outcome(
    kind: OutcomeKind = OutcomeKind.SCORED,
    *,
    recognition: float = 0.0,
    reasoning: float = 0.0,
    n_steps: int = 2,
    task: str = "SA",
    labels: tuple[str, ...] = ("positive",),
    tokens: int | None = None,
    answered: bool = True,
    clip: str = "a",
) -> Outcome:
    score = Score(
        recognition=recognition,
        reasoning=reasoning,
        cot=0.5 * recognition + 0.5 * reasoning,
        n_steps=n_steps,
    )
    return Outcome(
        sample=Sample(
            id=f"{task}/a",
            task=task,
            clip=Clip(id=clip),
            question="?",
            label_set=("positive", "neutral", "negative"),
            labels=labels,
            multi_label=len(labels) > 1,
        ),
        protocol=Protocol.MME_EMOTION,
        kind=kind,
        answer=Answer(text="x", output_tokens=tokens) if answered else None,
        score=score if kind is OutcomeKind.SCORED else None,
    )


def summary(*outcomes: Outcome) -> Summary:
    """Of samples of a clip each."""
    tally = SummaryTally()
    for number, one in enumerate(outcomes):
        sample = one.sample.model_copy(update={"clip": Clip(id=f"{number}.mp4")})
        tally.add(one.model_copy(update={"sample": sample}))
    return tally.summary()


def test_nothing_added_is_undefined_not_zero() -> None:
    empty = summary()
    figures = empty.overall()
    assert figures.count == 0
    assert figures.outcomes == {}
    for value in (figures.recognition, figures.reasoning, figures.cot, figures.avg_step, figures.avg_tokens):
        assert value is None
    assert figures.coverage is None
    assert figures.bounds == dict.fromkeys(("recognition", "reasoning", "cot"))
    assert figures.interval == dict.fromkeys(("recognition", "reasoning", "cot"))
    assert empty.tasks() == {}
    assert empty.categories("SA") == {}


def test_sixty_right_and_forty_failed_is_sixty_not_a_hundred() -> None:
    right = [outcome(recognition=1, reasoning=1)] * 60
    failed = [outcome(OutcomeKind.JUDGE_FAILURE)] * 40
    figures = summary(*right, *failed).overall()
    assert (figures.recognition, figures.reasoning, figures.cot) == (60, 60, 60)
    assert (figures.count, figures.scored, figures.coverage) == (100, 60, 60)
    assert figures.bounds == dict.fromkeys(("recognition", "reasoning", "cot"), Bounds(60, 100))
    assert figures.outcomes == {"scored": 60, "judge_failure": 40}


@pytest.mark.parametrize("kind", UNSCORED)
def test_every_unscored_kind_counts_in_the_denominator(kind: OutcomeKind) -> None:
    figures = summary(outcome(recognition=1, n_steps=3), outcome(kind)).overall()
    assert figures.recognition == 50
    assert figures.coverage == 50
    assert figures.avg_step == 3  # over scored samples alone
    assert figures.outcomes == {"scored": 1, kind.value: 1}


def test_all_unscored_has_no_steps_and_bounds_from_nothing_to_all() -> None:
    figures = summary(outcome(OutcomeKind.MODEL_FAILURE, answered=False)).overall()
    assert (figures.recognition, figures.coverage, figures.avg_step, figures.avg_tokens) == (0, 0, None, None)
    assert figures.bounds["cot"] == Bounds(0, 100)


def test_tokens_are_averaged_over_answers_whose_server_counted_them() -> None:
    figures = summary(
        outcome(tokens=100),
        outcome(tokens=None),
        outcome(OutcomeKind.JUDGE_FAILURE, tokens=50),  # answered, if not scored
        outcome(OutcomeKind.MISSING_CLIP, answered=False),
    ).overall()
    assert figures.avg_tokens == 75  # (100 + 50) / 2


def test_overall_pools_samples_rather_than_tasks() -> None:
    result = summary(
        *[outcome(recognition=1, task="SA")] * 3,
        outcome(recognition=0, task="IR", labels=("negative",)),
    )
    assert result.overall().recognition == 75  # 3 of 4, not (100 + 0) / 2
    assert {task: figures.recognition for task, figures in result.tasks().items()} == {"SA": 100, "IR": 0}


def test_a_sample_of_two_labels_counts_under_each() -> None:
    result = summary(
        outcome(recognition=0.5, labels=("positive", "neutral")),
        outcome(recognition=1, labels=("neutral",)),
    )
    categories = result.categories("SA")
    assert {label: (each.count, each.recognition) for label, each in categories.items()} == {
        "positive": (1, 50),
        "neutral": (2, 75),  # (0.5 + 1) / 2
    }
    assert result.overall().count == 2


def test_wilson_by_hand() -> None:
    # n = 10, k = 5, z^2 = 3.841459: centre 0.5; half = 1.959964 / 1.3841459 x sqrt(0.025 + 0.00960365)
    #   = 1.416010 x 0.186021 = 0.263407.
    interval = wilson(5, 10)
    assert interval.low == pytest.approx(23.6593, abs=1e-3)
    assert interval.high == pytest.approx(76.3407, abs=1e-3)
    # k = 0: low 0, high z^2 / (n + z^2) = 3.841459 / 13.841459.
    assert wilson(0, 10).low == pytest.approx(0, abs=1e-9)
    assert wilson(0, 10).high == pytest.approx(27.7533, abs=1e-3)


def test_recognition_of_single_labels_has_a_wilson_interval() -> None:
    figures = summary(*[outcome(recognition=1)] * 5, *[outcome(recognition=0)] * 5).overall()
    assert figures.interval["recognition"] == wilson(5, 10)


def test_the_interval_of_fractions_by_hand() -> None:
    reasoning = [0.0, 0.0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1.0]
    figures = summary(
        *[outcome(reasoning=value) for value in reasoning], outcome(OutcomeKind.REFUSED)
    ).overall()
    # Ten clips, the refused one being 0: mean 4 / 10, squares 2 (1 + 4 + 9) / 16 + 1 = 2.75; squared deviations 2.75 -
    # 1.6 = 1.15, variance of the mean 1.15 / (10 x 9) = 0.0127778. Effective: 0.24 / 0.0127778 = 18.7826, times
    # (1.959964 / 2.262157)^2 = 0.750674 for Student's t with 9 degrees of freedom: 14.09962.
    interval, expected = figures.interval["reasoning"], wilson(0.4 * 14.09962, 14.09962)
    assert interval is not None
    assert interval.method == "wilson-t"
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-3)


def test_values_without_spread_do_not_claim_certainty() -> None:
    # Each of 20 clips counts as one sample, times (1.959964 / 2.093024)^2 = 0.876896: t with 19 degrees of freedom.
    figures = summary(*[outcome(reasoning=0.5)] * 20).overall()
    interval, expected = figures.interval["reasoning"], wilson(0.5 * 17.53792, 17.53792)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-3)


def test_fractions_of_nine_clips_have_no_interval() -> None:
    figures = summary(*[outcome(recognition=1, reasoning=0.5)] * 9).overall()
    assert figures.interval == {"recognition": wilson(9, 9), "reasoning": None, "cot": None}


def test_clips_of_one_film_count_as_little_as_they_tell() -> None:
    """Ten films of five clips each, all right in four films: told by 10 films as by 10 clips, and not by 50."""
    tally = SummaryTally()
    for film in range(10):
        for number in range(5):
            one = outcome(recognition=float(film < 4), clip=f"BOLD/video/abcdefghij{film}_00{number}_0.mp4")
            tally.add(one.model_copy(update={"sample": one.sample.model_copy(update={"source": "BOLD"})}))
    # Of each film sum 5 or 0, n_g mean = 2: squared residuals 4 x 9 + 6 x 4 = 60, over 1 - 1/10: 66.667, over 50^2:
    # 0.0266667. Effective: 0.24 / 0.0266667 = 9, times 0.750674 as above: 6.75607.
    interval, expected = tally.summary().overall().interval["recognition"], wilson(0.4 * 6.75607, 6.75607)
    assert interval is not None
    assert interval.method == "wilson-t"
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-3)


def test_headline_of_five_hundred_is_good_to_about_four_points() -> None:
    figures = summary(*[outcome(recognition=1)] * 200, *[outcome(recognition=0)] * 300).overall()
    interval = figures.interval["recognition"]
    assert interval is not None
    assert (interval.high - interval.low) / 2 == pytest.approx(4.3, abs=0.05)


@pytest.mark.parametrize(
    "broken",
    [
        outcome().model_copy(update={"score": None}),
        outcome(OutcomeKind.REFUSED).model_copy(update={"score": outcome().score}),
    ],
)
def test_an_outcome_that_contradicts_itself_is_refused(broken: Outcome) -> None:
    tally = SummaryTally()
    with pytest.raises(ValueError, match="SA/a"):
        tally.add(broken)
    assert tally.summary().overall().count == 0


def test_json_has_every_figure_and_survives_a_round_trip() -> None:
    document = summary(
        outcome(recognition=1, reasoning=1 / 3, tokens=7), outcome(OutcomeKind.REFUSED)
    ).to_json()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    figures = document["tasks"]["SA"]
    assert figures == document["overall"]
    assert figures["reasoning"] == 100 * (1 / 3) / 2  # not rounded
    assert figures["outcomes"] == {"scored": 1, "refused": 1}
    assert figures["bounds"]["recognition"] == {"low": 50, "high": 100}
    assert set(figures["interval"]["recognition"]) == {"low", "high", "method"}
    assert figures["interval"]["cot"] is None  # fractions of two clips
    assert set(figures) >= {"count", "recognition", "reasoning", "cot", "avg_step", "avg_tokens", "coverage"}


@given(
    st.lists(
        st.tuples(st.sampled_from(list(OutcomeKind)), st.floats(0, 1), st.floats(0, 1)),
        min_size=1,
        max_size=40,
    )
)
def test_against_numpy(cases: list[tuple[OutcomeKind, float, float]]) -> None:
    figures = summary(
        *[
            outcome(kind, recognition=recognition, reasoning=reasoning)
            for kind, recognition, reasoning in cases
        ]
    ).overall()
    for name, position in (("recognition", 1), ("reasoning", 2)):
        exact = np.array([case[position] if case[0] is OutcomeKind.SCORED else 0.0 for case in cases])
        values = np.rint(exact * 2.0**60) / 2.0**60  # as sums keep them
        headline = getattr(figures, name)
        assert headline == pytest.approx(100 * values.mean(), abs=1e-9)
        bounds, interval = figures.bounds[name], figures.interval[name]
        assert isinstance(bounds, Bounds)
        assert bounds.low == headline
        assert bounds.low <= bounds.high <= 100
        whole = bool(np.isin(values, (0, 1)).all())
        assert (interval is None) == (len(values) < 10 and not whole)
        if interval is not None:
            assert 0 <= interval.low <= headline + 1e-9
            assert headline - 1e-9 <= interval.high <= 100
        found = mean_with_intervals(values, list(range(len(values))))
        assert found is not None
        if interval is None or found.analytic is None:
            assert interval is found.analytic
        else:  # the report's analysis comes to the same by another way
            assert (interval.low, interval.high) == pytest.approx(
                (found.analytic.low, found.analytic.high), abs=1e-5
            )
            assert interval.method == found.analytic.method


@given(
    st.lists(
        st.tuples(st.fractions(0, 1, max_denominator=12), st.fractions(0, 1, max_denominator=12)), min_size=1
    ),
    st.randoms(),
)
def test_the_order_in_which_samples_finish_changes_no_digit(
    scores: list[tuple[Fraction, Fraction]], chance: Random
) -> None:
    outcomes = [outcome(recognition=float(a), reasoning=float(b)) for a, b in scores]
    shuffled = list(outcomes)
    chance.shuffle(shuffled)
    assert summary(*outcomes).to_json() == summary(*shuffled).to_json()


# --- several answers to each sample ----------------------------------------------------------------


def test_answers_to_one_sample_are_one_sample() -> None:
    """Two samples, three times each: right, right, wrong; and refused, right, refused."""
    right, wrong = (
        outcome(recognition=1, reasoning=0.5, n_steps=3, tokens=10),
        outcome(reasoning=0.5, n_steps=5),
    )
    refused = outcome(OutcomeKind.REFUSED, answered=False)
    tally = SummaryTally(epochs=3)
    tally.add(right, right, wrong)
    tally.add(refused, right, refused)
    result = tally.summary()
    figures = result.overall()
    assert (figures.count, figures.scored, figures.asked) == (2, 4, 6)
    assert figures.outcomes == {"refused": 2, "scored": 4}
    assert figures.recognition == 50  # (2/3 + 1/3) / 2
    assert figures.reasoning == pytest.approx(100 / 3)  # (1/2 + 1/6) / 2
    assert figures.coverage == pytest.approx(400 / 6)
    assert figures.avg_step == 3.5  # (3 + 3 + 5 + 3) / 4
    assert figures.avg_tokens == 10
    bounds = figures.bounds["recognition"]
    assert bounds is not None
    assert (bounds.low, bounds.high) == pytest.approx((50, 250 / 3))  # with two of six answers right as well
    assert figures.variation is not None
    assert figures.variation.end_changes.percent == 50
    assert result.tasks()["SA"] == figures
    assert result.categories("SA")["positive"] == replace(figures, baselines=None)


def test_figures_of_one_answer_each_do_not_speak_of_variation() -> None:
    twice_asked = SummaryTally(epochs=2)
    twice_asked.add(outcome(), outcome())
    once, twice = summary(outcome()), twice_asked.summary()
    assert "variation" not in once.to_json()["overall"]
    assert twice.to_json()["overall"]["variation"]["epochs"] == 2
    assert json.loads(json.dumps(twice.to_json(), allow_nan=False)) == twice.to_json()


def test_a_summary_is_read_back_as_it_was() -> None:
    """Of two tasks, three labels, refused and scored answers, asked twice."""
    tally = SummaryTally(["IR", "SA"], epochs=2)
    tally.add(outcome(recognition=1, reasoning=1 / 3, tokens=7), outcome(OutcomeKind.REFUSED))
    tally.add(outcome(task="IR", reasoning=0.1), outcome(task="IR"))
    for made in (tally.summary(), summary()):
        document = json.loads(json.dumps(made.to_json(categories=True), allow_nan=False))
        assert Summary.from_json(document) == made
        assert list(Summary.from_json(document).tasks()) == list(made.tasks())


def test_answers_of_several_samples_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="IR/a: cannot be counted as an answer to SA/a"):
        SummaryTally(epochs=2).add(outcome(), outcome(task="IR"))


points = st.floats(0, 1).map(lambda value: round(value, 9))
"""What lies below the unit of exact sums, 2^-60, counts as 0 there."""


@given(st.lists(st.tuples(points, points, points), min_size=2, max_size=20))
def test_the_mean_of_samples_is_the_pooled_mean(samples: list[tuple[float, float, float]]) -> None:
    tally = SummaryTally(epochs=3)
    for number, answers in enumerate(samples):
        tally.add(*(outcome(reasoning=value, clip=f"{number}.mp4") for value in answers))
    values = np.array(samples)
    figures = tally.summary().overall()
    assert figures.reasoning == pytest.approx(100 * values.mean(), abs=1e-9)
    interval, found = figures.interval["reasoning"], mean_with_intervals(values.mean(axis=1))
    assert found is not None
    if interval is None or found.analytic is None:
        assert interval is found.analytic
    else:  # over the samples' means
        expected = (found.analytic.low, found.analytic.high)
        assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-5)
