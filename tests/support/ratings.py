"""Ratings that papers print with their coefficients, and ratings made up for tests."""

from __future__ import annotations

from typing import Final

import numpy as np

from cuewise.agreement.matrix import Ratings

FLEISS: Final = """
0 0 0 6 0
0 3 0 0 3
0 1 4 0 1
0 0 0 0 6
0 3 0 3 0
2 0 4 0 0
0 0 4 0 2
2 0 3 1 0
2 0 0 4 0
0 0 0 0 6
1 0 0 5 0
1 1 0 4 0
0 3 3 0 0
1 0 0 5 0
0 2 0 3 1
0 0 5 0 1
3 0 0 1 2
5 1 0 0 0
0 2 0 4 0
1 0 2 0 3
0 0 0 0 6
0 1 0 5 0
0 2 0 1 3
2 0 0 4 0
1 0 0 4 1
0 5 0 1 0
4 0 0 0 2
0 2 0 4 0
1 0 5 0 0
0 0 0 0 6
"""
"""How many of six psychiatrists gave each of thirty patients each of five diagnoses (Fleiss 1971, table 1)."""

KRIPPENDORFF: Final = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
"""What four observers say of twelve units (Krippendorff 2011, example C)."""

SHROUT_FLEISS: Final = """
9 2 5 8
6 1 3 2
8 4 6 8
7 1 2 6
10 5 6 9
6 2 4 7
"""
"""What four judges give six targets (Shrout and Fleiss 1979, table 2)."""

WRIGHT: Final = (494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427)
MINI: Final = (512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451)
"""Peak expiratory flow of 17 people by two meters, l/min, first readings (Bland and Altman 1986, table 1)."""


def fleiss_1971() -> Ratings:
    """Which psychiatrist gave which diagnosis is not printed; no coefficient of many raters depends on it."""
    return Ratings.from_rows(
        (patient, rater, f"diagnosis {category}")
        for patient, row in enumerate(_table(FLEISS))
        for rater, category in enumerate(np.repeat(np.arange(5), [int(count) for count in row]))
    )


def krippendorff_2011() -> Ratings:
    """As numbers."""
    return Ratings.from_rows(
        (unit, observer, float(value))
        for observer, row in enumerate(_table(KRIPPENDORFF))
        for unit, value in enumerate(row)
        if value != "."
    )


def shrout_fleiss_1979() -> Ratings:
    """As numbers."""
    return of_table([[float(value) for value in row] for row in _table(SHROUT_FLEISS)])


def peak_flow() -> Ratings:
    """Wright's meter first."""
    return of_table(list(zip(WRIGHT, MINI, strict=True)))


def of_table(rows: object) -> Ratings:
    """Ratings from a table (n_units, n_raters) of numbers, NaN where one is missing; each unit its own cluster."""
    table = np.asarray(rows, dtype=np.float64)
    return Ratings.from_rows(
        (unit, rater, float(value))
        for unit, row in enumerate(table)
        for rater, value in enumerate(row)
        if not np.isnan(value)
    )


def made_up(
    dice: np.random.Generator,
    *,
    clips: int,
    steps: int,
    accuracy: tuple[float, ...],
    right: float,
    correlation: float = 0.0,
    missing: float = 0.0,
) -> Ratings:
    """Steps of clips, right or wrong, rated by raters who are each right as often as `accuracy` says.

    Args:
        correlation: of two steps of a clip.
        missing: share of ratings that are not there; each step has one at least.
    """
    leaning = np.full(clips, right)
    if correlation:
        leaning = dice.beta(right * (1 / correlation - 1), (1 - right) * (1 / correlation - 1), clips)
    truth = dice.random((clips, steps)) < leaning[:, None]
    hit = dice.random((clips * steps, len(accuracy))) < np.array(accuracy)
    said = np.where(hit, truth.reshape(-1, 1), ~truth.reshape(-1, 1))
    there = dice.random(said.shape) >= missing
    there[~there.any(axis=1), 0] = True
    unit, rater = np.nonzero(there)
    return Ratings(
        unit=unit,
        rater=rater,
        value=said[unit, rater].astype(np.float64),
        cluster=np.repeat(np.arange(clips), steps),
        unit_names=tuple(range(clips * steps)),
        rater_names=tuple(range(len(accuracy))),
        categories=("wrong", "right"),
        cluster_kind="clip",
    )


def _table(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]
