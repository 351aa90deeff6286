"""What strata and weights are worth: estimates from many draws of one made-up population, for docs/decisions/027.

PYTHONPATH=src:tests python tests/study/draws.py
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from statistics import fmean, stdev

from cuewise.agreement.truth import counted_points
from cuewise.study.assigning import assign
from cuewise.study.drawing import draw
from cuewise.study.making import candidates
from cuewise.study.records import StudyKind
from support.studies import rated_run

DRAWS = 2000


def main() -> None:
    """Print a line for each number of items and figure, and one for each way of dealing out."""
    with tempfile.TemporaryDirectory() as folder:
        run = rated_run(Path(folder), n=2000, seed="p")
        population = candidates(run, StudyKind.STEPS, Counter())
        points = {
            outcome.sample.id: [*counted_points(outcome).values()]
            for outcome in run.outcomes()
            if counted_points(outcome)
        }
    by_people, agreement = _people(points, random.Random(1))
    for n in (100, 200):
        for figure, values in (("by people", by_people), ("agreement", agreement)):
            truth = fmean(values.values())

            def told(estimate: Callable[[int], float], truth: float = truth) -> str:
                estimates = [estimate(seed) for seed in range(DRAWS)]
                return f"{100 * (fmean(estimates) - truth):+.2f} ± {100 * stdev(estimates):.2f}"

            def plain(seed: int, n: int = n, values: dict[str, float] = values) -> float:
                return fmean(random.Random(seed).sample([*values.values()], n))

            def weighted(seed: int, n: int = n, values: dict[str, float] = values) -> float:
                drawn = draw(population, n, seed).drawn
                total = sum(each.weight for each in drawn)
                return sum(each.weight * values[each.candidate.sample] for each in drawn) / total

            def unweighted(seed: int, n: int = n, values: dict[str, float] = values) -> float:
                return fmean(values[each.candidate.sample] for each in draw(population, n, seed).drawn)

            print(
                f"{n} items, {len(draw(population, n, 0).strata)} strata, {figure} {100 * truth:.1f}: plain lot"
                f" {told(plain)}, weighted {told(weighted)}, weights left out {told(unweighted)}"
            )
        weights = [each.weight for each in draw(population, n, 0).drawn]
        print(f"design effect of the weights {n * sum(w * w for w in weights) / sum(weights) ** 2:.3f}")
    for n_raters, overlap in ((5, 2), (8, 3), (10, 3)):
        dealt = assign([f"i{at}" for at in range(200)], [f"r{at}" for at in range(n_raters)], overlap, 0)
        shared = [len(set(a) & set(b)) for a, b in combinations(dealt.values(), 2)]
        print(
            f"{n_raters} raters, overlap {overlap}: pairs share {min(shared)} to {max(shared)} of 200 items"
        )


def _people(points: dict[str, list[float]], dice: random.Random) -> tuple[dict[str, float], dict[str, float]]:
    """Per sample the share of steps that are right to people, and on which judge and people agree. The judge errs on
    5 % of the steps of half of the samples, and on 35 % of the others'."""
    by_people, agreement = {}, {}
    for sample, steps in points.items():
        share = dice.choice((0.05, 0.35))
        errs = [dice.random() < share for _ in steps]
        by_people[sample] = fmean((step > 0.5) != err for step, err in zip(steps, errs, strict=True))
        agreement[sample] = fmean(not err for err in errs)
    return by_people, agreement


if __name__ == "__main__":
    main()
