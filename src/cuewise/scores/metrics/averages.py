"""Averages of a metric over tasks. They differ wherever tasks differ in size, so each is printed by its name."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from statistics import fmean


def micro_average(values: Sequence[float], counts: Sequence[int]) -> float:
    """The mean over all samples, each task counting by its number of samples: sum n_t x_t / sum n_t.

    The benchmark's overall figure.

    Args:
        values: of each task.
        counts: samples of each, not all 0.

    >>> micro_average([20, 50], [100, 200])
    40.0
    """
    return fsum(n * x for n, x in zip(counts, values, strict=True)) / sum(counts)


def macro_average(values: Sequence[float]) -> float:
    """The mean over tasks, at least one, each counting alike whatever its size: sum x_t / T.

    >>> macro_average([20, 50])
    35.0
    """
    return fmean(values)
