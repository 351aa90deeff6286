"""How the replies of judging LLMs are read. A rating is never guessed at."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from typing import Any, Final

from cuewise.errors import ReplyError
from cuewise.prompting import read_json_reply
from cuewise.records import Evidence, Sample, Step, Verdict
from cuewise.verdicts.showing import shown_to_judge

MAX_REASON_CHARS: Final = 500
"""Longer reasons are cut to this."""


def label_points(sample: Sample) -> int:
    """Points that the label step can reach: K for a multi-label sample with K gold labels, else 1."""
    return len(sample.labels) if sample.multi_label else 1


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
    entries = numbered_entries(
        reply["ratings"], len(steps), what="rating", keys=("step", "rating", "evidence", "reason")
    )
    shown = tuple(piece.id for piece in shown_to_judge(evidence))
    verdicts = []
    for number, (entry, step) in enumerate(zip(entries, steps, strict=True), 1):
        last = number == len(steps)
        points = label_points(sample) if last else 1
        rating = integer(entry["rating"])
        if rating is None or not 0 <= rating <= points:
            raise ReplyError(f"the rating of step {number} must be an integer from 0 to {points}")
        verdicts.append(
            Verdict(
                step=step.index,
                rating=rating / points,
                evidence=cited_ids(entry["evidence"], shown, f"step {number}"),
                reason=read_reason(entry["reason"], f"step {number}"),
                checked=() if last else shown,
            )
        )
    return tuple(verdicts)


def numbered_entries(
    entries: list[Any], count: int, *, what: str, keys: Sequence[str]
) -> list[dict[str, Any]]:
    """One object per step with exactly these keys, in order, each once.

    Args:
        what: what an entry is called in messages.
        keys: the keys, `step` among them.

    Raises:
        ReplyError: anything else.
    """
    if len(entries) != count:
        raise ReplyError(f"{len(entries)} {what}s for {count} steps")
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or set(entry) != set(keys):
            listed_keys = ", ".join(f'"{key}"' for key in keys)
            raise ReplyError(f"{what} {number} must have exactly the keys {listed_keys}")
        if integer(entry["step"]) != number:
            raise ReplyError(
                f"{what} {number} is for step {entry['step']!r:.40}; steps must come in order, each once"
            )
    return entries


def cited_ids(cited: Any, shown: Collection[str], where: str) -> tuple[str, ...]:
    """The ids of a list that names only evidence that was shown, each once.

    Raises:
        ReplyError: anything else.
    """
    if not isinstance(cited, list) or not all(isinstance(item, str) for item in cited):
        raise ReplyError(f'"evidence" of {where} must be a list of ids')
    if unknown := [item for item in cited if item not in shown]:
        raise ReplyError(f"{where} cites {unknown[0]!r:.40}, which was not given")
    return tuple(dict.fromkeys(cited))


def read_reason(reason: Any, where: str) -> str:
    """One line within bounds, without characters that cannot be stored or would steer a terminal.

    Raises:
        ReplyError: it is no text.
    """
    if not isinstance(reason, str):
        raise ReplyError(f'"reason" of {where} must be a string')
    line = " ".join(reason.split())
    kept = "".join(char for char in line if unicodedata.category(char) not in {"Cc", "Cs"})
    return kept if len(kept) <= MAX_REASON_CHARS else kept[: MAX_REASON_CHARS - 1] + "…"


def integer(value: object) -> int | None:
    """The value if it is a JSON integer; true, 1.0 and "1" are not."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
