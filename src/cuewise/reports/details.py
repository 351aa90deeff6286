"""One outcome as the report's sample page needs it."""

from __future__ import annotations

import re
from typing import Any, Final

from cuewise.alignment import Stated, Timed
from cuewise.records import Evidence, LabelReading, Outcome, Step, Verdict
from cuewise.reports.private import scrub, scrub_all
from cuewise.scores.grounding import said_before

MAX_ANSWER: Final = 4000
"""Characters of an answer that are shown; the run's store holds the whole."""

MAX_TEXT: Final = 1500
"""Characters of any other text."""

MAX_ALIGNED: Final = 20
"""Times and quotations shown of one step."""

_MAY_STATE_MORE: Final = re.compile(r"\d|[\"“「'‘]")
"""What every time and every quotation has."""


def detail(outcome: Outcome) -> dict[str, Any]:
    """Answer, label reading, steps with their verdicts, and evidence as plain data; what is empty is left out.

    The keys are those that the report's script reads: `answer`, `whole` (characters of an answer that was
    cut), `thinking`, `sent`, `cause`, `reading`, `levels`, `steps`, `votes`, `evidence`, `withheld`, `usage`.
    """
    answer = outcome.answer
    text = answer.text if answer else ""
    thinking = (answer.thinking if answer else None) or ""
    fields = {
        "answer": text[:MAX_ANSWER],
        "whole": len(text) if len(text) > MAX_ANSWER else 0,
        "thinking": _cut(thinking, MAX_ANSWER),
        "sent": list(outcome.sent),
        "cause": outcome.cause,
        "reading": _reading(outcome.reading),
        "levels": _levels(outcome),
        "steps": _steps(outcome),
        "votes": [
            [scrub_all(vote.judge), vote.repeat, [_verdict(verdict) for verdict in vote.verdicts]]
            for vote in outcome.votes
        ],
        "evidence": [_evidence(piece) for piece in outcome.evidence],
        "withheld": [_cut(what) for what in outcome.withheld],
        "usage": [
            [stage, usage.calls, usage.input_tokens, usage.output_tokens]
            for stage, usage in outcome.usage.items()
        ],
    }
    return _filled(fields)


def shown_message(message: str) -> str:
    """What happened to a sample, without what belongs to this machine alone."""
    return _cut(scrub(message[: 4 * MAX_TEXT]))


def _reading(reading: LabelReading | None) -> dict[str, Any]:
    """`status`, `means`, `doubt` (whether the wording leaves some), `outside`, `from` (where it is not the answer)."""
    if reading is None:
        return {}
    return _filled(
        {
            "status": reading.status.value,
            "means": reading.means and reading.means.value,
            "doubt": not reading.certain,
            "outside": [_cut(word) for word in reading.outside],
            "from": reading.origin if reading.origin != "answer" else None,
        }
    )


def _levels(outcome: Outcome) -> list[float | None]:
    """Points for the family and the valence of the label, percent; empty where neither applies."""
    labels = outcome.score.labels if outcome.score else None
    if labels is None or (labels.family is None and labels.valence is None):
        return []
    return [None if points is None else round(100 * points, 1) for points in (labels.family, labels.valence)]


def _steps(outcome: Outcome) -> list[dict[str, Any]]:
    """Steps with what is said of them; `again` marks one that repeats an earlier one and so does not count."""
    verdicts = {verdict.step: verdict for verdict in outcome.verdicts}
    grounding = outcome.score.grounding if outcome.score else None
    judged = outcome.verdicts[:-1]
    again = said_before(outcome.steps[:-1], judged) if grounding is not None and grounding.repeated else ()
    repeated = {step.index for step, repeats in zip(outcome.steps, again, strict=False) if repeats}
    timed = Timed(outcome.evidence)
    return [
        {
            **_step(step, verdicts.get(step.index), outcome),
            **({"again": True} if step.index in repeated else {}),
            # This takes longer than all the rest, and finds nothing where there is neither a figure nor a quotation.
            **(_stated(timed.stated(step.text)) if _MAY_STATE_MORE.search(step.text) else {}),
        }
        for step in outcome.steps
    ]


def _step(step: Step, verdict: Verdict | None, outcome: Outcome) -> dict[str, Any]:
    fields: dict[str, Any] = {"text": _cut(step.text)}
    if step.labels is not None:
        fields["labels"] = list(step.labels)
    if verdict is None:
        return fields
    fields |= _verdict(verdict)
    votes = (each for vote in outcome.votes for each in vote.verdicts if each.step == step.index)
    cited = set(verdict.evidence)
    others = (
        id_ for each in (verdict, *votes) for id_ in (*each.checked, *each.evidence) if id_ not in cited
    )
    return {**fields, **_filled({"checked": list(dict.fromkeys(others))})}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    fields: dict[str, Any] = {"rating": round(verdict.rating, 3)}
    if verdict.relevant is not None:
        fields["relevant"] = verdict.relevant
    if verdict.confidence is not None:
        fields["sure"] = round(verdict.confidence, 2)
    if verdict.labels is not None:
        fields["read"] = list(verdict.labels)
    return fields | _filled(
        {
            "decision": verdict.decision and verdict.decision.value,
            "cites": list(verdict.evidence),
            "reason": _cut(verdict.reason),
            "repeats": verdict.repeats,
        }
    )


def _stated(stated: Stated) -> dict[str, Any]:
    """Times that a step states, the frames nearest to them, and the words that it quotes."""
    times = [[round(time.start_s, 2), round(time.end_s, 2)] for time in stated.times[:MAX_ALIGNED]]
    quotes = dict.fromkeys(quote.text for quotes in stated.quotes.values() for quote in quotes)
    return _filled(
        {
            "times": times,
            "near": list(stated.near),
            "quotes": [_cut(quote) for quote in list(quotes)[:MAX_ALIGNED]],
        }
    )


def _evidence(piece: Evidence) -> dict[str, Any]:
    text = piece.text or ""
    if not text and piece.cue is not None:
        text = f"{piece.cue.channel}: {piece.cue.value}"
    if not text and piece.measure is not None:
        text = f"{piece.measure.name} {piece.measure.value:.4g} {piece.measure.unit}"
    fields = {
        "id": piece.id,
        "kind": piece.kind.value,
        "start": round(piece.start_s, 2),
        "end": round(piece.end_s, 2),
        "text": _cut(text),
    }
    if piece.cue is not None:
        fields |= {"channel": _cut(piece.cue.channel), "value": _cut(piece.cue.value)}
    return fields


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _cut(text: str, limit: int = MAX_TEXT) -> str:
    return text if len(text) <= limit else text[:limit] + " …"
