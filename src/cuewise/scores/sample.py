"""One sample's score from its verdicts and the labels that its answer settles on."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from cuewise.records import Evidence, LabelReading, Protocol, Sample, Score, Step, Verdict
from cuewise.scores.grounding import ground_reasons, said_before
from cuewise.scores.labels import score_labels


def score_verdicts(
    sample: Sample,
    steps: Sequence[Step],
    verdicts: Sequence[Verdict],
    reading: LabelReading,
    *,
    protocol: Protocol,
    evidence: Sequence[Evidence] = (),
    alpha: float = 0.5,
) -> Score:
    """Points of one answer.

    Under `mme-emotion` (arXiv 2508.09210) recognition is `Sample.label_points` of the labels that were read, so
    that no judge can talk a wrong label right; only where none was read, the judge's rating of the label step,
    the last one. Reasoning is the mean rating of the steps before it.

    Under `grounded` recognition is `Sample.label_f1` of the labels that were read, 0 where there is none. Reasoning
    is the mean rating of the reasons, which is 1 where they are supported and bear on the label; repeated ones
    count neither way.

    Under both, reasoning is 0 where there is no reason, and CoT = alpha x recognition + (1 - alpha) x reasoning.

    Args:
        steps: the steps of one answer, in order; at least one.
        verdicts: one per step, in the same order.
        reading: the labels that the answer settles on.
        evidence: what the judge was given; only `grounded` needs it.
        alpha: weight of recognition in the CoT score, 0..1; the paper uses 0.5.

    Raises:
        ValueError: no steps, not exactly one verdict per step in order, alpha outside 0..1, or a verdict that
            `grounded` cannot count: see `ground_reasons`.

    >>> from cuewise.records import Clip, LabelStatus
    >>> sample = Sample(id="T/a", task="T", clip=Clip(id="a"), question="?", label_set=("happy", "sad"),
    ...                 labels=("sad",))
    >>> steps = [Step(index=1, text="She smiles."), Step(index=2, text="Happy.", labels=("happy",))]
    >>> verdicts = [Verdict(step=1, rating=1), Verdict(step=2, rating=1)]
    >>> reading = LabelReading(status=LabelStatus.MATCHED, labels=("happy",), taxonomy=1)
    >>> score = score_verdicts(sample, steps, verdicts, reading, protocol=Protocol.MME_EMOTION)
    >>> score.recognition, score.judged_recognition, score.reasoning, score.cot
    (0.0, 1.0, 1.0, 0.5)
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
    *reasons, label = verdicts
    grounding = None
    if protocol == Protocol.GROUNDED:
        recognition = sample.label_f1(reading.labels)
        grounding = ground_reasons(steps[:-1], reasons, evidence)
        repeated = said_before(steps[:-1], reasons)
        points = [verdict.rating for verdict, again in zip(reasons, repeated, strict=True) if not again]
    else:
        recognition = sample.label_points(reading.labels) if reading.labels else label.rating
        points = [verdict.rating for verdict in reasons]
    reasoning = fsum(points) / len(points) if points else 0.0
    return Score(
        recognition=recognition,
        judged_recognition=label.rating,
        reasoning=reasoning,
        cot=alpha * recognition + (1 - alpha) * reasoning,
        n_steps=len(steps),
        labels=score_labels(sample, reading.labels),
        grounding=grounding,
    )
