"""One sample's score from its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from cuewise.records import Score, Step, Verdict


def score_verdicts(
    steps: Sequence[Step],
    verdicts: Sequence[Verdict],
    *,
    label_points: float | None = None,
    alpha: float = 0.5,
) -> Score:
    """Points of one answer under the MME-Emotion rules (arXiv 2508.09210).

    Recognition is what the last step earns, which names the label: `label_points` where its labels could be
    read, so that no judge can talk a wrong label right, else the judge's rating. Reasoning is the mean rating of the
    steps before it, 0 where there is none. CoT = alpha x recognition + (1 - alpha) x reasoning.

    Args:
        steps: the steps of one answer, in order; at least one.
        verdicts: one per step, in the same order.
        label_points: points of the label step by its labels, 0..1; None where it names no candidate.
        alpha: weight of recognition in the CoT score, 0..1; the paper uses 0.5.

    Raises:
        ValueError: no steps, not exactly one verdict per step in order, or alpha outside 0..1.

    >>> steps = [Step(index=1, text="She smiles."), Step(index=2, text="Happy.", labels=("happy",))]
    >>> verdicts = [Verdict(step=1, rating=1), Verdict(step=2, rating=0)]
    >>> score = score_verdicts(steps, verdicts)
    >>> score.recognition, score.reasoning, score.cot
    (0.0, 1.0, 0.5)
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie in 0..1, not {alpha}")
    if not steps:
        raise ValueError("an answer without steps cannot be scored; a bare label is one step")
    wanted = [step.index for step in steps]
    rated = [verdict.step for verdict in verdicts]
    if rated != wanted:
        raise ValueError(
            f"one verdict per step in order is needed: steps are {wanted}, verdicts rate {rated}"
        )
    *reasons, judged = (verdict.rating for verdict in verdicts)
    label = judged if label_points is None else label_points
    reasoning = fsum(reasons) / len(reasons) if reasons else 0.0
    return Score(
        recognition=label,
        judged_recognition=judged,
        reasoning=reasoning,
        cot=alpha * label + (1 - alpha) * reasoning,
        n_steps=len(steps),
    )
