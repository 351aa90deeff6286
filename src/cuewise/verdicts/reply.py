"""The judge that asks a multimodal LLM: how its reply is read. A rating is never guessed at."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from cuewise.errors import ReplyError
from cuewise.prompting import read_json_reply
from cuewise.records import Evidence, EvidenceKind, Sample, Step, Verdict

MAX_REASON_CHARS: Final = 500
"""Longer reasons are cut to this."""


def label_points(sample: Sample) -> int:
    """Points that the label step can reach: K for a multi-label sample with K gold labels, else 1."""
    return len(sample.labels) if sample.multi_label else 1


def shown_to_judge(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """What an LLM judge gets to see: everything but annotated cues."""
    return tuple(piece for piece in evidence if piece.kind is not EvidenceKind.CUE)


def parse_judgement(
    text: str, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence]
) -> tuple[Verdict, ...]:
    """Reads `{"ratings": [{"step", "rating", "evidence", "reason"}, ...]}` as one verdict per step.

    Reasoning steps are rated 0 or 1; the last step 0 or 1, or for a multi-label sample 0 to K, which becomes
    C/K. Ratings must be JSON integers, the steps 1..N in order, each once.

    Raises:
        ReplyError: the reply has any other form, or cites evidence that was not shown.
    """
    reply = read_json_reply(text)
    if set(reply) != {"ratings"} or not isinstance(reply["ratings"], list):
        raise ReplyError('the reply must have one key, "ratings", holding a list')
    entries = reply["ratings"]
    if len(entries) != len(steps):
        raise ReplyError(f"{len(entries)} ratings for {len(steps)} steps")
    known = {piece.id for piece in shown_to_judge(evidence)}
    verdicts = []
    for number, (entry, step) in enumerate(zip(entries, steps, strict=True), 1):
        points = label_points(sample) if number == len(steps) else 1
        rating, cited, reason = _read_entry(entry, number, points, known)
        verdicts.append(Verdict(step=step.index, rating=rating / points, evidence=cited, reason=reason))
    return tuple(verdicts)


def _read_entry(entry: Any, number: int, points: int, known: set[str]) -> tuple[int, tuple[str, ...], str]:
    """(points given, ids cited, reason) of one entry."""
    if not isinstance(entry, dict) or set(entry) != {"step", "rating", "evidence", "reason"}:
        raise ReplyError(f'rating {number} must have exactly the keys "step", "rating", "evidence", "reason"')
    if _integer(entry["step"]) != number:
        raise ReplyError(
            f"rating {number} is for step {entry['step']!r:.40}; steps must come in order, each once"
        )
    rating = _integer(entry["rating"])
    if rating is None or not 0 <= rating <= points:
        raise ReplyError(f"the rating of step {number} must be an integer from 0 to {points}")
    cited = entry["evidence"]
    if not isinstance(cited, list) or not all(isinstance(item, str) for item in cited):
        raise ReplyError(f'"evidence" of step {number} must be a list of ids')
    if unknown := [item for item in cited if item not in known]:
        raise ReplyError(f"step {number} cites {unknown[0]!r:.40}, which was not given")
    if not isinstance(entry["reason"], str):
        raise ReplyError(f'"reason" of step {number} must be a string')
    return rating, tuple(dict.fromkeys(cited)), _clean(entry["reason"])


def _integer(value: object) -> int | None:
    """The value if it is a JSON integer; true, 1.0 and "1" are not."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _clean(reason: str) -> str:
    """One line within bounds, without characters that cannot be stored or would steer a terminal."""
    line = " ".join(reason.split())
    kept = "".join(char for char in line if unicodedata.category(char) not in {"Cc", "Cs"})
    return kept if len(kept) <= MAX_REASON_CHARS else kept[: MAX_REASON_CHARS - 1] + "…"
