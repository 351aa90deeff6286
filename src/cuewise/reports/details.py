"""One outcome as the report's sample page needs it."""

from __future__ import annotations

from typing import Any, Final

from cuewise.records import Evidence, Outcome, Step, Verdict
from cuewise.reports.private import scrub

MAX_ANSWER: Final = 4000
"""Characters of an answer that are shown; the run's store holds the whole."""

MAX_TEXT: Final = 1500
"""Characters of any other text."""


def predicted(outcome: Outcome) -> tuple[str, ...] | None:
    """The labels that the answer settled on; None where no label step was reached."""
    return outcome.steps[-1].labels if outcome.steps else None


def detail(outcome: Outcome) -> dict[str, Any]:
    """Answer, steps with their verdicts, and evidence as plain data; what is empty is left out.

    The keys are those that the report's script reads: `answer`, `whole` (characters of an answer that was
    cut), `thinking`, `sent`, `cause`, `steps`, `evidence`, `usage`.
    """
    verdicts = {verdict.step: verdict for verdict in outcome.verdicts}
    answer = outcome.answer
    text = answer.text if answer else ""
    thinking = (answer.thinking if answer else None) or ""
    fields = {
        "answer": text[:MAX_ANSWER],
        "whole": len(text) if len(text) > MAX_ANSWER else 0,
        "thinking": _cut(thinking, MAX_ANSWER),
        "sent": list(outcome.sent),
        "cause": outcome.cause,
        "steps": [_step(step, verdicts.get(step.index)) for step in outcome.steps],
        "evidence": [_evidence(piece) for piece in outcome.evidence],
        "usage": [
            [stage, usage.calls, usage.input_tokens, usage.output_tokens]
            for stage, usage in outcome.usage.items()
        ],
    }
    return _filled(fields)


def shown_message(outcome: Outcome) -> str:
    """What happened to the sample, without what belongs to this machine alone."""
    return _cut(scrub(outcome.message[: 4 * MAX_TEXT]))


def _step(step: Step, verdict: Verdict | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"text": _cut(step.text)}
    if step.labels is not None:
        fields["labels"] = list(step.labels)
    if verdict is not None:
        fields["rating"] = round(verdict.rating, 3)
        fields |= _filled(
            {
                "decision": verdict.decision and verdict.decision.value,
                "cites": list(verdict.evidence),
                "reason": _cut(verdict.reason),
            }
        )
    return fields


def _evidence(piece: Evidence) -> dict[str, Any]:
    text = piece.text or ""
    if not text and piece.cue is not None:
        text = f"{piece.cue.channel}: {piece.cue.value}"
    if not text and piece.measure is not None:
        text = f"{piece.measure.name} {piece.measure.value:.4g} {piece.measure.unit}"
    return {
        "id": piece.id,
        "kind": piece.kind.value,
        "start": round(piece.start_s, 2),
        "end": round(piece.end_s, 2),
        "text": _cut(text),
    }


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _cut(text: str, limit: int = MAX_TEXT) -> str:
    return text if len(text) <= limit else text[:limit] + " …"
