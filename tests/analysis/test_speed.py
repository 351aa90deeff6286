"""How long twenty models take, in processor time, against the plain matrix product that no method can do without."""

from __future__ import annotations

from time import process_time

import numpy as np

from cuewise.analysis.uncertainty import Resampler, means_with_intervals


def test_twenty_models_over_all_questions_and_tasks() -> None:
    """20 models x 3 scores over 6,500 samples and 8 tasks, 1,000 resamples: about 0.5 s where the bound is 1.5 s. On a
    slow machine the bound is what 60 products of weights and scores take."""
    dice = np.random.default_rng(0)
    points = dice.random((6500, 60))
    points[:, :20] = points[:, :20] < 0.4
    clusters = dice.integers(0, 3200, 6500).tolist()
    tasks = np.sort(dice.integers(0, 8, 6500))
    weights, columns = dice.random((1000, 6500), dtype=np.float32), points.astype(np.float32)

    started = process_time()
    for _ in range(20):
        weights @ columns
    product = process_time() - started

    started = process_time()
    resampler = Resampler(clusters)
    found = means_with_intervals(points, clusters, "video", resampler)
    for task in range(8):
        places = np.flatnonzero(tasks == task)
        found += means_with_intervals(
            points[places], [clusters[place] for place in places], "video", resampler, places
        )
    taken = process_time() - started
    print(f"{taken:.2f} s of processor time; 20 products {product:.2f} s")
    assert sum(one is not None and one.bootstrap is not None for one in found) == 60 * 9
    assert taken < max(1.5, 3 * product)
