"""What of an answer to show where there is room for one step: the step that explains why the answer was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.records import Decision, Outcome, Step, Verdict

_OF_HELD_REASONS: Final = ("best", "wrong_for_good_reasons")
_OF_FAILED_REASONS: Final = ("worst", "right_for_wrong_reasons")

_STRENGTH: Final = {Decision.SUPPORTED: 1, Decision.CONTRADICTED: -1}


def shown_answer(answers: Sequence[Outcome]) -> Outcome:
    """Of several answers to one sample that by which it was chosen: the first with a score, else the first."""
    return next((answer for answer in answers if answer.score is not None), answers[0])


def telling_step(kind: str, outcome: Outcome) -> tuple[Step, Verdict] | None:
    """The step to show, with its verdict.

    Where the reasons matter it is the one that holds best or worst: by its points, then by whether the evidence
    supports or contradicts it, then one that the judge gives a reason for, then the first. Elsewhere it is the label
    step.

    Args:
        kind: why the answer was chosen, a key of `instructive.KINDS`.
        outcome: the answer, with its steps in order, the label step last.

    Returns:
        None where no step was judged.
    """
    verdicts = {verdict.step: verdict for verdict in outcome.verdicts}
    judged = [(step, verdicts[step.index]) for step in outcome.steps if step.index in verdicts]
    if not judged:
        return None
    reasons = [pair for pair in judged if pair[0] is not outcome.steps[-1]]
    if not reasons or kind not in (*_OF_HELD_REASONS, *_OF_FAILED_REASONS):
        return judged[-1]
    sign = 1 if kind in _OF_HELD_REASONS else -1

    def striking(pair: tuple[Step, Verdict]) -> tuple[float, int, bool]:
        verdict = pair[1]
        strength = 0 if verdict.decision is None else _STRENGTH.get(verdict.decision, 0)
        return sign * verdict.rating, sign * strength, bool(verdict.reason)

    return max(reasons, key=striking)
