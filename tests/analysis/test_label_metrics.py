"""Metrics of labels: scikit-learn's values, hand arithmetic, and intervals against the jackknife and resampling."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score, recall_score

from cuewise.analysis.label_metrics import Metric, Statistic, label_metrics, with_intervals
from cuewise.analysis.table import RunTable
from cuewise.analysis.uncertainty import Resampler
from cuewise.records import Outcome, OutcomeKind
from cuewise.scores.metrics.classes import macro_f1, unweighted_average_recall, weighted_f1
from cuewise.scores.metrics.confusion import Cells
from cuewise.scores.metrics.ordinal import kappa
from support.jackknife import Statistic as OfWeights
from support.jackknife import statistic_with_intervals
from support.written_answers import LABELS, answer, table

SCALE = ("very sad", "sad", "glad", "very glad")


def drawn(n: int, seed: int, labels: Sequence[str]) -> tuple[list[str], list[str | None]]:
    """Gold labels and what is named; a twentieth of the answers name nothing."""
    dice = random.Random(seed)
    gold = [dice.choices(labels, (4, 3, 2, 2))[0] for _ in range(n)]
    said = [one if dice.random() < 0.5 else dice.choice(labels) for one in gold]
    return gold, [None if dice.random() < 0.05 else one for one in said]


def made(gold: Sequence[str], said: Sequence[str | None], scale: tuple[str, ...] = ()) -> RunTable:
    outcomes: list[Outcome] = []
    for place, (truth, named) in enumerate(zip(gold, said, strict=True)):
        one = answer(str(place), float(named == truth), gold=(truth,), said=() if named is None else (named,))
        if scale:
            one = one.model_copy(
                update={"sample": one.sample.model_copy(update={"label_set": scale, "scale": scale})}
            )
        outcomes.append(one)
    return table(*outcomes)


def metrics(run: RunTable, clusters: Sequence[int] | None = None) -> dict[str, Metric]:
    n = len(run.samples)
    (found,) = label_metrics([run], np.arange(n), list(range(n)) if clusters is None else clusters)
    return found


def test_values_are_scikit_learns() -> None:
    gold, said = drawn(300, 1, LABELS)
    found = metrics(made(gold, said))
    words = ["" if one is None else one for one in said]  # a prediction that is right for no sample
    assert found["accuracy"].value == pytest.approx(
        100 * np.mean([g == s for g, s in zip(gold, said, strict=True)])
    )
    assert found["uar"].value == pytest.approx(
        100 * recall_score(gold, words, average="macro", labels=list(LABELS))
    )
    for name, average in (("macro_f1", "macro"), ("weighted_f1", "weighted")):
        wanted = f1_score(gold, words, average=average, labels=list(LABELS), zero_division=0)
        assert found[name].value == pytest.approx(100 * wanted)
    assert found["uar"].count == 300


def test_on_a_scale_error_and_kappa_are_over_answers_that_name_a_place() -> None:
    gold, said = drawn(300, 2, SCALE)
    found = metrics(made(gold, said, SCALE))
    pairs = [(SCALE.index(g), SCALE.index(s)) for g, s in zip(gold, said, strict=True) if s is not None]
    assert found["mae"].value == pytest.approx(np.mean([abs(g - s) for g, s in pairs]))
    wanted = cohen_kappa_score(*zip(*pairs, strict=True), weights="quadratic")
    assert found["kappa"].value == pytest.approx(wanted)
    assert found["mae"].count == found["kappa"].count == len(pairs) < 300


@pytest.mark.parametrize("together", [1, 3])
def test_intervals_are_the_jackknifes(together: int) -> None:
    gold, said = drawn(240, 3, SCALE)
    clusters = [place // together for place in range(240)]
    found = metrics(made(gold, said, SCALE), clusters)
    cells = Cells.of_labels(gold, said, SCALE)
    statistics: dict[str, tuple[OfWeights, float]] = {
        "uar": (lambda weights: unweighted_average_recall(cells.counts(weights)), 100),
        "macro_f1": (lambda weights: macro_f1(cells.counts(weights)), 100),
        "weighted_f1": (lambda weights: weighted_f1(cells.counts(weights)), 100),
        "kappa": (lambda weights: kappa(cells.counts(weights), weighting="quadratic"), 1),
    }
    for name, (function, scale) in statistics.items():
        wanted = statistic_with_intervals(function, clusters, bounds=(-1, 1))
        assert wanted is not None
        assert wanted.analytic is not None
        low, high = found[name].low, found[name].high
        assert low is not None
        assert high is not None
        # Both estimate one variance; they part by terms of the order of 1 / n.
        width = (wanted.analytic.high - wanted.analytic.low) * scale / 100
        assert high - low == pytest.approx(width, rel=0.03)


def test_a_candidate_that_is_never_right_does_not_narrow_the_interval() -> None:
    """It has no recall, and the mean is over the others."""
    dice = random.Random(5)
    gold = [dice.choice(LABELS[:3]) for _ in range(240)]
    said = [one if dice.random() < 0.5 else dice.choice(LABELS) for one in gold]
    found = metrics(made(gold, said))["uar"]
    cells = Cells.of_labels(gold, said, LABELS)
    wanted = statistic_with_intervals(
        lambda weights: unweighted_average_recall(cells.counts(weights)), list(range(240))
    )
    assert wanted is not None
    assert wanted.analytic is not None
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(wanted.analytic.high - wanted.analytic.low, rel=0.03)


@pytest.mark.parametrize("together", [1, 3])
def test_intervals_by_resampling_are_those_of_the_statistic_computed_again_in_each_draw(
    together: int,
) -> None:
    gold, said = drawn(240, 3, SCALE)
    clusters = [place // together for place in range(240)]
    resampler = Resampler(clusters)
    (found,) = label_metrics([made(gold, said, SCALE)], np.arange(240), clusters, resampler)
    cells = Cells.of_labels(gold, said, SCALE)
    named = np.array([one is not None for one in said])
    off = np.array(
        [0 if s is None else abs(SCALE.index(g) - SCALE.index(s)) for g, s in zip(gold, said, strict=True)]
    )
    statistics: dict[str, tuple[OfWeights, float]] = {
        "uar": (lambda weights: unweighted_average_recall(cells.counts(weights)), 100),
        "macro_f1": (lambda weights: macro_f1(cells.counts(weights)), 100),
        "weighted_f1": (lambda weights: weighted_f1(cells.counts(weights)), 100),
        "kappa": (lambda weights: kappa(cells.counts(weights), weighting="quadratic"), 1),
        "mae": (lambda weights: (weights @ off) / (weights @ named), 1),
    }
    for name, (function, scale) in statistics.items():
        wanted = statistic_with_intervals(function, clusters, resampler=resampler, bounds=(-1, 3))
        assert wanted is not None
        assert wanted.bootstrap is not None
        ends = (wanted.bootstrap.low * scale / 100, wanted.bootstrap.high * scale / 100)
        width = ends[1] - ends[0]
        assert found[name].resampled == pytest.approx(ends, abs=0.03 * width), (
            name
        )  # by the acceleration alone
    accuracy = found["accuracy"]
    assert accuracy.resampled is not None
    assert accuracy.resampled[0] < accuracy.value < accuracy.resampled[1]
    (without,) = label_metrics([made(gold, said, SCALE)], np.arange(240), clusters)
    assert without["uar"].resampled is None


def test_sets_of_labels_by_hand() -> None:
    # Gold {sad, calm}: {sad} named, F1 2 x 1 / 3, Jaccard 1 / 2. Gold {sad}: {sad, calm}, F1 2 / 3, Jaccard 1 / 2.
    run = table(
        answer("x", 0.5, gold=("sad", "calm"), said=("sad",), multi_label=True),
        answer("y", 1.0, gold=("sad",), said=("sad", "calm"), multi_label=True),
    )
    found = metrics(run)
    assert (found["exact"].value, found["set_f1"].value, found["jaccard"].value) == pytest.approx(
        (0, 200 / 3, 50)
    )
    assert found["set_f1"].low is None  # two samples tell no interval
    assert not found.keys() & {"uar", "macro_f1", "accuracy"}


def test_valence_is_over_samples_whose_gold_label_has_one() -> None:
    # angry and sad are negative, happy positive. Named: sad for angry counts, happy for sad does not; refused is wrong.
    run = table(
        answer("x", 0.0, gold=("angry",), said=("sad",)),
        answer("y", 0.0, gold=("sad",), said=("happy",)),
        answer("z", None, gold=("happy",)),
    )
    found = metrics(run)
    assert found["valence"].value == pytest.approx(100 / 3)
    assert found["accuracy"].value == 0


def test_spellings_of_several_sources_are_one_class() -> None:
    # Two sources spell one emotion in two ways. Gold happy, joy, sad, sad; named happy, sad, sad, sad: recall of
    # happy/joy 1/2, of sad 1; by spelling it would be 1, 0 and 1.
    first, second = ("happy", "sad"), ("joy", "sad")
    asked = [("happy", "happy", first), ("joy", "sad", second), ("sad", "sad", first), ("sad", "sad", second)]
    outcomes = []
    for place, (truth, named, label_set) in enumerate(asked):
        one = answer(str(place), float(truth == named), gold=(truth,), said=(named,))
        sample = one.sample.model_copy(update={"label_set": label_set})
        outcomes.append(one.model_copy(update={"sample": sample}))
    assert metrics(table(*outcomes))["uar"].value == pytest.approx(75)


def test_what_was_read_in_an_answer_without_a_score_counts_for_nothing() -> None:
    right, unscored = answer("x", 1.0, gold=("sad",), said=("sad",)), answer("y", None, gold=("happy",))
    run = table(right, unscored)
    read = replace(run, labels=(("sad",), ("happy",)))
    found = metrics(read)
    assert found["accuracy"].value == found["uar"].value == 50


def test_several_runs_at_once_are_each_as_alone_and_epochs_are_means() -> None:
    gold, said = drawn(60, 4, LABELS)
    other = drawn(60, 5, LABELS)[1]
    first, second = made(gold, said), made(gold, other)
    both = label_metrics([first, second], np.arange(60), list(range(60)))
    for found, one in zip(both, (first, second), strict=True):
        assert found.keys() == metrics(one).keys()
        for name, alone in metrics(one).items():
            assert (found[name].value, found[name].low, found[name].high) == pytest.approx(
                (alone.value, alone.low, alone.high)
            )
    # Two answers, one right: half a point.
    twice = table([answer("x", 1.0), answer("x", 0.0, epoch=1)])
    assert metrics(twice)["accuracy"].value == 50
    assert metrics(twice)["uar"].value == 50


def test_all_right_all_wrong_and_no_answer_have_no_nan() -> None:
    for said in (list(LABELS) * 5, [LABELS[1]] * 20, [None] * 20):
        for one in metrics(made(list(LABELS) * 5, said)).values():
            assert 0 <= one.value <= 100
            assert one.low is None or one.low <= one.value <= (one.high or 0)


def test_answers_without_a_score_name_nothing() -> None:
    """Half of the answers are right, and the others right by their label and not scored: 50 % in every metric."""
    outcomes = []
    for number in range(40):
        one = answer(str(number), 1.0, gold=(LABELS[number % 2],))
        if number % 4 > 1:
            one = one.model_copy(update={"kind": OutcomeKind.JUDGE_FAILURE, "score": None})
            assert one.reading is not None
        outcomes.append(one)
    found = metrics(table(*outcomes))
    assert (found["accuracy"].value, found["uar"].value) == (50, 50)
    # Of each label 10 of 20 are named, and rightly: F1 2 x 10 / (20 + 10).
    assert found["macro_f1"].value == pytest.approx(200 / 3)


@pytest.mark.parametrize(
    ("rare", "videos", "told"), [(9, 9, False), (10, 10, True), (10, 5, True), (10, 4, False)]
)
def test_means_over_labels_have_an_interval_where_each_has_samples_and_videos_enough(
    rare: int, videos: int, told: bool
) -> None:
    dice = random.Random(8)
    gold = [LABELS[0]] * 60 + [LABELS[1]] * rare
    said = [one if dice.random() < 0.6 else LABELS[2] for one in gold]
    clusters = [*range(60), *(100 + number % videos for number in range(rare))]
    found = metrics(made(gold, said), clusters)
    assert [found[name].low is not None for name in ("uar", "macro_f1", "weighted_f1")] == [told, told, True]


def test_statistics_over_a_few_videos_that_hold_most_samples_have_no_interval() -> None:
    gold, said = drawn(300, 9, LABELS)
    clusters = [number % 2 for number in range(290)] + list(range(2, 12))
    assert metrics(made(gold, said), clusters)["weighted_f1"].low is None
    assert metrics(made(gold, said))["weighted_f1"].low is not None


def test_a_statistic_that_no_sample_moves_has_no_interval() -> None:
    still = Statistic(0.5, np.zeros(20), scale=100, low=0, high=1, count=20)
    assert with_intervals([still], np.arange(20)) == [Metric(50, None, None, 20)]
    assert with_intervals([], np.arange(20)) == []
