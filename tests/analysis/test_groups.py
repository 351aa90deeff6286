"""Sums over groups, and means of many parts, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cuewise.analysis.clustered import shares_of_parts
from cuewise.analysis.groups import group_sums, means_by_part, means_over
from cuewise.analysis.uncertainty import Resampler


def test_sums_where_every_sample_is_a_group() -> None:
    assert group_sums(np.array([[1.0], [2.0], [3.0]]), np.array([2, 0, 1]), 3).tolist() == [[2], [3], [1]]


def test_sums_where_there_are_as_many_samples_as_groups_but_not_one_in_each() -> None:
    assert group_sums(np.array([[1.0], [2.0], [4.0]]), np.array([0, 2, 0]), 3).tolist() == [[5], [0], [2]]


def test_means_of_parts_where_rows_are_as_many_as_groups_times_parts() -> None:
    """Four rows, two groups, two parts: three of the rows are of the first group and in the first part."""
    values = np.array([[1.0], [1.0], [0.0], [1.0]])
    part, groups = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 1])
    found = means_by_part(values, part, groups, 2)
    assert found.count.tolist() == [3, 1]
    assert found.mean == pytest.approx([2 / 3, 1])
    shares = shares_of_parts(
        values, np.array([[True, True, True, False], [False, False, False, True]]), groups
    )
    assert [one.value for (one,) in shares if one is not None] == pytest.approx([2 / 3, 1])


def test_means_of_groups_with_a_gap_in_their_numbers() -> None:
    # Groups 0 and 2 of three samples: mean 2; the sums of residuals are -1 and 1, and by Bell and McCaffrey the
    # variance is (1 / (1 - 2/3) + 1 / (1 - 1/3)) / 9 = 4.5 / 9.
    found = means_over(np.array([[1.0], [2.0], [3.0]]), np.array([0, 0, 2]))
    assert (found.mean[0], found.groups[0]) == (2, 2)
    assert found.variance[0] == pytest.approx(0.5)


def test_resampled_means_of_a_task_with_as_many_samples_as_there_are_groups() -> None:
    """Three samples of a task, two of them of one video, of three videos in all."""
    resampler = Resampler(["a", "a", "b", "c"], n_resamples=50, seed=3)
    values, places = np.array([1.0, 0.5, 0.0]), np.array([0, 1, 2])
    weights = resampler.weights(places).astype(np.float64)
    drawn = resampler.means(values, places)[:, 0]
    known = weights.sum(axis=1) > 0
    assert np.isnan(drawn[~known]).all()
    assert drawn[known] == pytest.approx((weights[known] @ values) / weights[known].sum(axis=1))
