"""How often intervals hold a planted truth, and paired tests reject a true hypothesis: 1,000 simulations and more.

Seeds are the number of the decision page (docs/decisions/020-resampling.md) and the case's place, fixed beforehand. Of
2,000 simulations of an exact method 95 +- 1 % would hold the truth, twice the standard error; of 1,000, 95 +- 1.4 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from conftest import SHARED
from cuewise.analysis.groups import group_sums, means_over, numbered
from cuewise.analysis.paired import difference_interval, mcnemar, sign_flip
from cuewise.analysis.table import Floats, Integers
from cuewise.analysis.uncertainty import (
    Resampler,
    means_with_intervals,
    percentile_interval,
)
from cuewise.analysis.units import grouped
from cuewise.samples.units import PRINTED
from cuewise.scores.intervals import Interval
from cuewise.scores.metrics.classes import macro_f1
from cuewise.scores.metrics.confusion import Cells
from support.jackknife import Statistic, statistic_with_intervals
from support.real import real_rows

pytestmark = pytest.mark.slow

SEED = 20
RUNS = 2000
FEWER = 1000
"""Of what is larger or slower."""
MADE_UP = {  # sizes of groups where the real ones are not at hand, alike in number and spread
    "ER-Lab": [
        31,
        31,
        26,
        25,
        24,
        20,
        20,
        19,
        18,
        17,
        17,
        17,
        16,
        16,
        16,
        16,
        15,
        15,
        15,
        15,
        15,
        14,
        14,
        13,
        13,
        10,
        10,
        8,
        6,
        4,
        4,
    ],
    "FG-ER": [62, 58, 47, 47, 42, 32, 29, 28, 26, 23, 22, 20, 18, 17, 29],
    "SA": [25, 24, 20] * 10 + [8, 3, 2, 1] * 65,
    "FG-SA": [
        30,
        28,
        26,
        26,
        23,
        20,
        20,
        18,
        18,
        17,
        17,
        16,
        16,
        16,
        15,
        15,
        15,
        14,
        14,
        14,
        14,
        13,
        13,
        12,
        12,
        11,
        11,
        10,
        10,
        10,
        10,
    ],
    "IR": [1] * 290 + [2] * 60 + [3] * 30,
}


def groups_of(task: str) -> Integers:
    """The video of each sample of a task, or of them all."""
    if SHARED.is_dir():
        rows = [one for one in real_rows(SHARED) if task in ("all", one.task)]
        return numbered(grouped(rows, PRINTED))
    if task == "all":
        return np.concatenate([groups_of(name) + 10_000 * k for k, name in enumerate(MADE_UP)])
    return np.repeat(np.arange(len(MADE_UP[task])), MADE_UP[task])


def leanings(
    dice: np.random.Generator, share: float, correlation: float, count: int, runs: int = RUNS
) -> Floats:
    """Chance of a right answer in each group, so that two samples of a group correlate, (count, runs)."""
    return dice.beta(share * (1 / correlation - 1), (1 - share) * (1 / correlation - 1), (count, runs))


def held(intervals: Sequence[Interval | None], truth: float) -> float:
    """Percent of the intervals that hold a truth, percent; one that is missing holds nothing."""
    return 100 * float(np.mean([one is not None and one.low <= truth <= one.high for one in intervals]))


def check(values: Floats, clusters: Sequence[int] | None, truth: float) -> None:
    """Both kinds of interval, over the runs in the columns of values (n, runs)."""
    resampler = Resampler(range(len(values)) if clusters is None else clusters, seed=SEED)
    found = means_with_intervals(values, clusters, "video", resampler)
    by_formula = held([one.analytic if one else None for one in found], 100 * truth)
    by_resampling = held([one.bootstrap if one else None for one in found], 100 * truth)
    print(f"{truth} of {len(values)}: by formula {by_formula:.1f} %, by resampling {by_resampling:.1f} %")
    assert 93 <= by_formula <= 97
    assert 93 <= by_resampling <= 97


@pytest.mark.parametrize(
    ("n", "share"), [(500, 0.05), (500, 0.2), (500, 0.4), (500, 0.75), (500, 0.95), (6500, 0.05), (6500, 0.4)]
)
def test_shares_of_independent_samples(n: int, share: float) -> None:
    dice = np.random.default_rng([SEED, n, int(100 * share)])
    runs = FEWER if n > 1000 else RUNS
    check((dice.random((n, runs), dtype=np.float32) < share).astype(float), None, share)


@pytest.mark.parametrize("task", ["ER-Lab", "FG-ER", "SA", "FG-SA", "IR"])
@pytest.mark.parametrize(("share", "correlation"), [(0.4, 0.05), (0.4, 0.15), (0.2, 0.05), (0.2, 0.15)])
def test_shares_of_samples_in_videos(task: str, share: float, correlation: float) -> None:
    """In the same groups gold labels correlate by 0.00 to 0.05 in FG-ER, up to 0.13 in FG-SA, 0.44 in ER-Lab."""
    dice = np.random.default_rng([SEED, len(task), int(100 * share), int(100 * correlation)])
    groups = groups_of(task)
    chance = leanings(dice, share, correlation, groups.max() + 1)
    check((dice.random((len(groups), RUNS)) < chance[groups]).astype(float), groups.tolist(), share)


def test_shares_over_all_tasks() -> None:
    dice = np.random.default_rng([SEED, 1])
    groups = groups_of("all")
    chance = leanings(dice, 0.35, 0.1, groups.max() + 1, FEWER)
    check(
        (dice.random((len(groups), FEWER), dtype=np.float32) < chance[groups]).astype(float),
        groups.tolist(),
        0.35,
    )


@pytest.mark.parametrize("task", [None, "FG-SA"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_means_of_fractions(task: str | None, share: float) -> None:
    """Reasoning scores: the share of one to five steps that earn their point, all of an answer leaning one way."""
    dice = np.random.default_rng([SEED, 2, int(100 * share)])
    groups = np.arange(500) if task is None else groups_of(task)
    n = len(groups)
    chance = leanings(dice, share, 0.1, groups.max() + 1)[groups] if task else np.full((n, RUNS), share)
    answer = dice.beta(2 * chance + 1e-3, 2 * (1 - chance) + 1e-3)
    steps = dice.integers(1, 6, (n, RUNS))
    # A beta with 1e-3 more on both sides has the mean (2 m + 0.001) / 2.002.
    truth = (2 * share + 1e-3) / 2.002
    check(dice.binomial(steps, answer) / steps, None if task is None else groups.tolist(), truth)


def macro_f1_by(cells: Cells) -> Statistic:
    return lambda weights: macro_f1(cells.counts(weights))


def test_macro_f1() -> None:
    """Of five classes, the rarest with five samples, the gold labels being what they are."""
    dice, labels = np.random.default_rng([SEED, 3]), "abcde"
    support = [5, 12, 30, 53, 100]
    chances = 0.6 * dice.dirichlet(np.full(6, 2.0), 5)
    chances[np.arange(5), np.arange(5)] += 0.4
    truth = 100 * float(macro_f1(np.array(support)[:, None] * chances))
    gold = np.repeat(np.arange(5), support)
    resampler = Resampler(range(200), seed=SEED, n_resamples=500)
    found = []
    for _ in range(FEWER):
        said = (np.cumsum(chances, axis=1)[gold] < dice.random((200, 1))).sum(axis=1)
        cells = Cells.of_labels([labels[k] for k in gold], [(*labels, None)[k] for k in said], labels)
        found.append(statistic_with_intervals(macro_f1_by(cells), range(200), "sample", resampler))
    by_formula = held([one.analytic if one else None for one in found], truth)
    by_resampling = held([one.bootstrap if one else None for one in found], truth)
    print(f"macro F1 {truth:.1f}: by formula {by_formula:.1f} %, by resampling {by_resampling:.1f} %")
    assert 93 <= by_formula <= 97
    assert 93 <= by_resampling <= 97


@dataclass(frozen=True)
class Null:
    """Two runs that are equally good."""

    a: Floats
    """Points, (n, RUNS)."""
    b: Floats
    groups: Integers


def equally_good(task: str, *, fractions: bool) -> Null:
    """Half of the groups are as easy for one run as for the other, the rest are not; samples within them differ."""
    dice = np.random.default_rng([SEED, 4, len(task), fractions])
    groups = np.arange(500) if task == "independent" else groups_of(task)
    count = int(groups.max()) + 1
    first, other = leanings(dice, 0.35, 0.15, count), leanings(dice, 0.35, 0.15, count)
    second = np.where(dice.random((count, RUNS)) < 0.5, first, other)
    steps = dice.integers(1, 6, (2, len(groups), RUNS)) if fractions else np.ones((2, 1, 1), dtype=np.int64)
    return Null(
        dice.binomial(steps[0], first[groups]) / steps[0],
        dice.binomial(steps[1], second[groups]) / steps[1],
        groups,
    )


@pytest.mark.parametrize("task", ["independent", "ER-Lab", "FG-ER", "SA"])
@pytest.mark.parametrize("fractions", [False, True])
def test_sign_flips_keep_their_error(task: str, fractions: bool) -> None:
    null = equally_good(task, fractions=fractions)
    differences = null.b - null.a
    count = int(null.groups.max()) + 1
    rejected = 100 * np.mean(sign_flip(group_sums(differences, null.groups, count)) <= 0.05)
    intervals = [
        difference_interval(
            differences[:, run], null.groups, binary=not fractions and count == len(null.groups)
        )
        for run in range(RUNS)
    ]
    drawn, means = (
        Resampler(null.groups.tolist(), seed=SEED).means(differences),
        means_over(differences, null.groups),
    )
    resampled = [percentile_interval(drawn[:, run], means.freedom[run]) for run in range(RUNS)]
    by_formula, by_resampling = held(intervals, 0), held(resampled, 0)
    print(
        f"{task}, fractions {fractions}: {rejected:.1f} % rejected, {by_formula:.1f} and {by_resampling:.1f} % held"
    )
    assert 3.5 <= rejected <= 6.5
    assert 93 <= by_formula <= 97
    assert 93 <= by_resampling <= 97


@pytest.mark.parametrize(
    ("n", "share", "alike"), [(500, 0.4, 0.5), (6500, 0.4, 0.5), (500, 0.1, 0.5), (500, 0.4, 0.0)]
)
def test_mcnemar_keeps_its_error(n: int, share: float, alike: float) -> None:
    """It is exact, so that it rejects at most 5 %: some 4 % where 120 samples differ, 3 % where 45 do."""
    dice = np.random.default_rng([SEED, 5, n, int(100 * share), int(100 * alike)])
    differing = share * (1 - share) * (1 - alike)  # each way
    drawn = dice.multinomial(n, [differing, differing, 1 - 2 * differing], 2 * RUNS)
    rejected = 100 * np.mean([mcnemar(int(better), int(worse)) <= 0.05 for better, worse, _ in drawn])
    print(f"{n} samples, {200 * differing:.0f} % differ: {rejected:.1f} % rejected")
    assert 2.5 <= rejected <= 5.7  # 5 % and twice the standard error of 4,000 runs
