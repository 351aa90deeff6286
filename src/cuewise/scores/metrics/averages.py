"""Averages of a metric over tasks. They differ wherever tasks differ in size, so each is printed by its name."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from statistics import fmean


def micro_average(values: Sequence[float], counts: Sequence[int]) -> float | None:
    """The mean over all samples, each task counting by its number of samples: sum n_t x_t / sum n_t.

    The benchmark's overall figure. None without samples.

    >>> micro_average([20, 50], [100, 200])
    40.0
    """
    whole = sum(counts)
    return fsum(n * x for n, x in zip(counts, values, strict=True)) / whole if whole else None


def macro_average(values: Sequence[float]) -> float | None:
    """The mean over tasks, each counting alike whatever its size: sum x_t / T. None without tasks.

    >>> macro_average([20, 50])
    35.0
    """
    return fmean(values) if values else None
