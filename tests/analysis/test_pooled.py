"""Several runs as one table, and the labels of several sources as one list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cuewise.analysis.pooled import pool, pooled_labels, same_samples
from support.small_tables import Row, small_table

FIRST = small_table(
    [Row("1", ("anger",), ("anger",)), Row("2", ("fear",), ("sad",)), Row("2", ("fear",), ("fear",))]
)


def test_samples_that_runs_share_stand_once() -> None:
    second = small_table(
        [
            Row("2", ("fear",), ("fear",), duration_s=3.0),
            Row("3", ("sad",), ("sad",)),
            Row("1", ("fear",), ("fear",)),  # the same id with another gold label is another sample
            Row("1", ("fear",), ("sad",)),
        ]
    )
    pooled = pool([FIRST, second, second])
    rows = pooled.table.samples
    assert [(row.id, row.labels[0]) for row in rows] == [
        ("1", "anger"),
        ("2", "fear"),
        ("3", "sad"),
        ("1", "fear"),
    ]
    assert rows[1].duration_s == 3.0
    assert [places.tolist() for places in pooled.places] == [[0, 1], [1, 2, 3], [1, 2, 3]]
    assert pooled.run.tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    assert pooled.table.sample.tolist() == [0, 1, 1, 1, 2, 3, 3, 1, 2, 3, 3]
    # Sample 2: answers of 0 and 1, then 1, then 1.
    assert pooled.table.score("recognition").tolist() == [1.0, 0.75, 1.0, 0.5]


def test_equal_samples_are_recognised_without_being_the_same_objects() -> None:
    copy = replace(FIRST, samples=tuple(replace(row, duration_s=2.0) for row in FIRST.samples))
    assert same_samples(FIRST.samples, copy.samples)
    pooled = pool([FIRST, copy])
    assert [row.duration_s for row in pooled.table.samples] == [2.0, 2.0]
    assert pooled.table.sample.tolist() == [0, 1, 1, 0, 1, 1]


def test_one_run_is_itself() -> None:
    assert np.array_equal(pool([FIRST]).table.points["cot"], FIRST.points["cot"])


def test_pooled_labels_follow_a_scale() -> None:
    scale = ("weak negative", "negative", "strong negative")
    row = small_table([Row("1", ("negative",), None, label_set=scale)]).samples[0]
    found = pooled_labels([replace(row, scale=tuple(reversed(scale)))])
    assert found.names == tuple(reversed(scale))
    assert found.number == {"strong negative": 0, "negative": 1, "weak negative": 2}
