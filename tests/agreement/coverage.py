"""How often the intervals of `cuewise.agreement` hold a planted truth.

`python tests/agreement/coverage.py` prints the table of docs/decisions/008-calibration.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from cuewise.agreement.calibration import Calibration, JudgedSample, calibrate

METHODS = ("raw", "rated_alone", "corrected", "rogan_gladen")


@dataclass(frozen=True)
class Plan:
    """A run to be simulated."""

    samples: int
    rated: int
    sensitivity: float
    specificity: float
    dependence: float
    """Share of answers whose steps are all right or all wrong together; the others' are independent."""
    right: float = 0.6
    """Planted share of right steps: the true reasoning score, as answers of any length are alike."""


PLANS = {
    "good judge": Plan(600, 100, 0.95, 0.85, 0.3),
    "kind judge": Plan(600, 100, 0.97, 0.5, 0.3),
    "kind judge, steps dependent": Plan(600, 100, 0.97, 0.5, 0.8),
    "strict judge": Plan(600, 100, 0.7, 0.95, 0.3),
    "noisy judge, few rated": Plan(600, 40, 0.8, 0.6, 0.3),
    "good answers, kind judge": Plan(600, 100, 0.98, 0.5, 0.3, right=0.9),
    "all rated": Plan(150, 150, 0.9, 0.6, 0.3),
}


def simulate(plan: Plan, dice: Random) -> Calibration:
    """One run under a plan, with a random part of its samples rated without error."""
    samples = []
    for number in range(plan.samples):
        length = dice.randint(2, 7)
        if dice.random() < plan.dependence:
            truth = [dice.random() < plan.right] * length
        else:
            truth = [dice.random() < plan.right for _ in range(length)]
        points = tuple(
            float(dice.random() < (plan.sensitivity if right else 1 - plan.specificity)) for right in truth
        )
        known = tuple(truth) if number < plan.rated else (None,) * length
        samples.append(JudgedSample(str(number), points, known))
    return calibrate(samples)


def coverage(plan: Plan, runs: int, seed: int = 0) -> dict[str, tuple[float, float, float]]:
    """By method: percent of runs whose interval holds the truth, mean error and mean width in points."""
    dice = Random(seed)
    results = [simulate(plan, dice) for _ in range(runs)]
    target, found = 100 * plan.right, {}
    for method in METHODS:
        estimates = [estimate for result in results if (estimate := getattr(result, method)) is not None]
        found[method] = (
            100 * sum(each.low <= target <= each.high for each in estimates) / runs,
            sum(each.value - target for each in estimates) / len(estimates),
            sum(each.high - each.low for each in estimates) / len(estimates),
        )
    return found


def main() -> None:
    """Print coverage, mean error and mean width of 1000 runs for each plan."""
    for name, plan in PLANS.items():
        cells = coverage(plan, 1000)
        told = ", ".join(f"{key} {a:.1f} % {b:+.1f} {c:.1f}" for key, (a, b, c) in cells.items())
        print(f"{name}: {told}")


if __name__ == "__main__":
    main()
