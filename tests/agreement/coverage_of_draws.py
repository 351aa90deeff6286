"""How often intervals over all samples hold a planted truth where samples were drawn from strata, unequally.

`PYTHONPATH=tests python -m agreement.coverage_of_draws` prints what 2,000 runs come to. Questions of a stratum differ
in how often people and a model answer them rightly, and those about one video are alike. The truth is the strata's,
each weighted by its size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.agreement.stratified import RatedSample, stratified_score
from cuewise.agreement.stratified_means import stratified_comparison, stratified_share
from cuewise.analysis.clustered import share
from cuewise.analysis.groups import numbered
from cuewise.analysis.table import Floats
from cuewise.study.drawing import allocate

SEED: Final = 27


@dataclass(frozen=True)
class Drawn:
    """A study of the question."""

    strata: Mapping[str, tuple[int, float]]
    """By stratum: samples of the run, and how many people's answers to them are right, 0..1."""
    n: int
    """Samples drawn."""
    raters: int = 3
    spread: float = 0.3
    """How far questions of a stratum differ, 0..1: the correlation of two answers to a question."""
    video: int = 1
    """Samples of a video."""
    most: float = 97.5
    """Percent of intervals that should hold the truth at most, with the error of 400 runs."""


_LARGE: Final = dict.fromkeys(("IR", "FG-SA", "ER-Lab", "ER-Wild", "Noise-ER"), (5, 0.2))
_EIGHT: Final = dict(zip("abcdefgh", (1000, 900, 400, 300, 200, 100, 60, 30), strict=True))

DRAWS: Final = {
    "one large task, 40 drawn": Drawn({"SA": (600, 0.9), **_LARGE}, 40, raters=2, spread=0),
    "one large task, 97 % right, 20 drawn": Drawn(
        {"SA": (600, 0.97), **_LARGE}, 20, raters=2, spread=0, most=99.5
    ),
    "four tasks, 60 drawn": Drawn({"a": (300, 0.85), "b": (60, 0.4), "c": (20, 0.15), "d": (10, 0.6)}, 60),
    "four tasks, 60 drawn, videos of 3": Drawn(
        {"a": (300, 0.85), "b": (60, 0.4), "c": (20, 0.15), "d": (10, 0.6)}, 60, video=3
    ),
    "eight tasks, 100 drawn, videos of 2": Drawn(
        {
            name: (size, right)
            for (name, size), right in zip(
                _EIGHT.items(), (0.8, 0.7, 0.6, 0.9, 0.5, 0.3, 0.6, 0.7), strict=True
            )
        },
        100,
        spread=0.4,
        video=2,
    ),
    "eight tasks, 95 % right, 30 drawn": Drawn(
        {name: (size, 0.95) for name, size in _EIGHT.items()}, 30, spread=0.2, most=99.5
    ),
}


def coverage(plan: Drawn, runs: int) -> dict[str, float]:
    """Percent of runs whose interval holds the truth: of the share of right answers (`share`), the same as the
    corrected score has it (`student`), of the model less people (`difference`), and of a plain mean of the drawn
    (`plain`). And the mean error of the share, percentage points."""
    dice = np.random.default_rng(SEED)
    sizes = {name: size for name, (size, _) in plan.strata.items()}
    drawn = allocate(sizes, plan.n)
    whole = sum(sizes.values())
    truth = sum(size / whole * right for size, right in plan.strata.values())
    apart = 100 * (0.3 - 0.5 * truth)  # the model is right in half as many of them, and 30 % more
    held, error = dict.fromkeys(("share", "student", "difference", "plain"), 0), 0.0
    for _ in range(runs):
        strata, videos, rights = [], [], []
        for name, count in drawn.items():
            strata += [name] * count
            videos += [(name, number // plan.video) for number in range(count)]
            of_videos = _rights(dice, plan.strata[name][1], plan.spread, -(-count // plan.video))
            rights.append(np.repeat(of_videos, plan.video)[:count])
        right = np.concatenate(rights)
        people = (dice.random((len(right), plan.raters)) < right[:, None]).astype(np.float64)
        model = (dice.random(len(right)) < 0.3 + 0.5 * right).astype(np.float64)
        answered = [one for one in strata for _ in range(plan.raters)]
        of_answers = [one for one in videos for _ in range(plan.raters)]
        found = stratified_share(people.ravel(), answered, sizes, of_answers)
        plain = share(people.ravel(), numbered(of_answers))
        compared = stratified_comparison(people.mean(axis=1), model, strata, sizes, videos)
        assert found is not None
        assert plain is not None
        assert compared is not None
        error += 100 * (found.value - truth) / runs
        for key, one in (("share", found), ("plain", plain)):
            held[key] += one.low is not None and one.high is not None and one.low <= truth <= one.high
        rated = [
            RatedSample(name, tuple(one > 0 for one in said), (0.0,) * plan.raters)
            for name, said in zip(strata, people.tolist(), strict=True)
        ]
        student = stratified_score(rated, sizes, np.zeros(whole), np.zeros(whole)).people
        held["student"] += student.low <= 100 * truth <= student.high
        ends = compared.interval
        held["difference"] += ends is not None and ends.low <= apart <= ends.high
    return {**{key: 100 * count / runs for key, count in held.items()}, "error": error}


def _rights(dice: np.random.Generator, right: float, spread: float, count: int) -> Floats:
    if not spread:
        return np.full(count, right)
    both = (1 - spread) / spread
    return dice.beta(right * both, (1 - right) * both, count)


def main() -> None:
    """Print what 2,000 runs of each plan come to."""
    for name, plan in DRAWS.items():
        print(name, {key: round(value, 1) for key, value in coverage(plan, 2000).items()}, flush=True)


if __name__ == "__main__":
    main()
