"""How often the intervals of agreement between raters hold a planted truth.

`PYTHONPATH=tests python -m agreement.coverage_of_raters` prints the figures of docs/decisions/026-agreement.md. What is
planted is what a coefficient comes to over 200,000 steps of the same kind, or what variances give; the seed is the
decision's number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.agreement.alpha import krippendorff_alpha
from cuewise.agreement.coefficient import Coefficient
from cuewise.agreement.cohen import mean_cohen_kappa
from cuewise.agreement.icc import icc
from cuewise.agreement.matrix import Ratings
from cuewise.agreement.nominal import fleiss_kappa, gwet_ac1, raw_agreement
from cuewise.agreement.paired_scores import bland_altman
from cuewise.analysis.table import Floats
from cuewise.scores.intervals import Z_95
from support.ratings import made_up

SEED: Final = 26
FUNCTIONS: Final = (raw_agreement, fleiss_kappa, krippendorff_alpha, gwet_ac1, mean_cohen_kappa)


@dataclass(frozen=True)
class Steps:
    """Steps of clips, right or wrong."""

    clips: int
    steps: int
    right: float
    accuracy: tuple[float, ...]
    correlation: float = 0.0
    missing: float = 0.0

    def draw(self, dice: np.random.Generator, clips: int) -> Ratings:
        return made_up(
            dice,
            clips=clips,
            steps=self.steps,
            accuracy=self.accuracy,
            right=self.right,
            correlation=self.correlation,
            missing=self.missing,
        )


STEPS: Final = {
    "60 steps, 80 % right": Steps(60, 1, 0.8, (0.9, 0.85, 0.8)),
    "60 steps, 95 % right": Steps(60, 1, 0.95, (0.95, 0.95, 0.95)),
    "30 clips x 4, 70 %, r 0.2": Steps(30, 4, 0.7, (0.9, 0.85, 0.8), 0.2, 0.2),
    "30 clips x 4, 90 %, r 0.2": Steps(30, 4, 0.9, (0.95, 0.9, 0.9), 0.2, 0.2),
    "15 clips x 6, 70 %, r 0.2": Steps(15, 6, 0.7, (0.9, 0.85, 0.8), 0.2, 0.2),
    "100 clips x 5, 90 %, r 0.2": Steps(100, 5, 0.9, (0.95, 0.9, 0.9), 0.2, 0.2),
    "100 clips x 5, 70 %, r 0.2, two raters": Steps(100, 5, 0.7, (0.9, 0.85), 0.2),
}


@dataclass(frozen=True)
class Scores:
    """Numbers given to samples of clips: variance 1 of samples, that of raters and of error beside."""

    clips: int
    samples: int
    raters: int
    alike: float = 0.0
    """Share of the samples' variance that is between clips."""
    rater: float = 0.5
    """Standard deviation of what a rater gives more to all."""
    error: float = 0.7
    missing: float = 0.0

    def draw(self, dice: np.random.Generator, habits: Floats) -> Ratings:
        n = self.clips * self.samples
        clip = np.repeat(dice.normal(0, np.sqrt(self.alike), self.clips), self.samples)
        sample = clip + dice.normal(0, np.sqrt(1 - self.alike), n)
        said = sample[:, None] + habits + dice.normal(0, self.error, (n, self.raters))
        there = dice.random(said.shape) >= self.missing
        there[~there.any(axis=1), 0] = True
        rows = [(int(i), int(j), float(said[i, j])) for i, j in np.argwhere(there)]
        return Ratings.from_rows(rows, cluster_of=clip_of(self.samples), cluster_kind="clip")


SCORES: Final = {
    "40 samples, 3 raters": Scores(40, 1, 3),
    "40 samples, 8 raters": Scores(40, 1, 8),
    "30 clips x 4, 3 raters": Scores(30, 4, 3, alike=0.5),
    "40 samples, 4 raters, 30 % missing": Scores(40, 1, 4, rater=0.0, error=0.8, missing=0.3),
    "30 clips x 4, 4 raters, 30 % missing": Scores(30, 4, 4, alike=0.5, rater=0.0, error=0.8, missing=0.3),
}


def clip_of(size: int) -> Callable[[object], int]:
    """The clip of a unit that is a number, with so many to each."""
    return lambda unit: hash(unit) // size


def holds(found: Coefficient, truth: float | None) -> bool:
    """Whether an interval holds a truth; one that is missing holds nothing."""
    assert truth is not None
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def coverage_of_steps(plan: Steps, runs: int) -> dict[str, float]:
    """Percent of runs whose interval holds the truth, by coefficient."""
    dice = np.random.default_rng(SEED)
    whole = plan.draw(dice, 200_000 // plan.steps)
    truth = {function: function(whole, n_resamples=2).value for function in FUNCTIONS}
    held = dict.fromkeys(FUNCTIONS, 0)
    for run in range(runs):
        ratings = plan.draw(dice, plan.clips)
        for function in FUNCTIONS:
            held[function] += holds(function(ratings, seed=run), truth[function])
    return {function.__name__: 100 * count / runs for function, count in held.items()}


def coverage_of_scores(plan: Scores, runs: int) -> dict[str, float]:
    """The same of ICC(2,1), or (1,1) where ratings are missing: resampled, for the same raters and for others; the
    papers', for others, 0 where samples are not independent, as there is none."""
    dice = np.random.default_rng(SEED)
    these = np.linspace(-plan.rater, plan.rater, plan.raters)
    same = 1 / (1 + plan.error**2 + float(these.var(ddof=1)))
    other = 1 / (1 + plan.error**2 + plan.rater**2)
    held = dict.fromkeys(("same raters", "other raters", "other raters, F"), 0)
    for run in range(runs):
        ratings = plan.draw(dice, dice.normal(0, plan.rater, plan.raters))
        held["same raters"] += holds(icc(plan.draw(dice, these), seed=run), same)
        held["other raters"] += holds(icc(ratings, seed=run), other)
        held["other raters, F"] += holds(icc(ratings, interval="f"), other)
    return {name: 100 * count / runs for name, count in held.items()}


def coverage_of_limits(clips: int, samples: int, runs: int) -> dict[str, float]:
    """The same of bias and limits of agreement: variance 0.36 between clips, 0.64 within, bias 0.3."""
    dice = np.random.default_rng(SEED)
    truth = {"bias": 0.3, "lower": 0.3 - Z_95, "upper": 0.3 + Z_95}
    held = dict.fromkeys(truth, 0)
    n = clips * samples
    for run in range(runs):
        apart = 0.3 + np.repeat(dice.normal(0, 0.6, clips), samples) + dice.normal(0, 0.8, n)
        said = dice.normal(0, 1, n)
        rows = [(i, first, float(said[i] + first * apart[i])) for i in range(n) for first in (True, False)]
        found = bland_altman(
            Ratings.from_rows(rows, cluster_of=clip_of(samples), cluster_kind="clip"), seed=run
        )
        assert found is not None
        for name, planted in truth.items():
            held[name] += holds(getattr(found, name), planted)
    return {name: 100 * count / runs for name, count in held.items()}


def main() -> None:
    """Print what 2,000 runs of steps, and 1,000 of scores and limits, come to."""
    for name, steps in STEPS.items():
        print(name, coverage_of_steps(steps, 2000), flush=True)
    for name, scores in SCORES.items():
        print(name, coverage_of_scores(scores, 1000), flush=True)
    for clips, samples in ((17, 1), (40, 1), (30, 4), (100, 3)):
        print(f"limits, {clips} clips x {samples}", coverage_of_limits(clips, samples, 1000), flush=True)


if __name__ == "__main__":
    main()
