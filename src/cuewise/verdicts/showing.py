"""What every judge that asks an LLM shows it: evidence under ids and times, steps in fences, the reply's shape."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cuewise.models.protocol import MediaPart, TextPart
from cuewise.prompting import fence, load_prompt
from cuewise.records import Evidence, EvidenceKind, Step


def shown_to_judge(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """What an LLM judge gets to see: everything but annotated cues, which are the truth it is measured by."""
    return tuple(piece for piece in evidence if piece.kind is not EvidenceKind.CUE)


def listed(evidence: Sequence[Evidence], kind: EvidenceKind) -> str:
    """The worded evidence of one kind, each piece in a fence, headed by its id and times; "none" if there is none."""
    return (
        "\n".join(
            f"{piece.id}, {piece.start_s:.2f} to {piece.end_s:.2f} s:\n{fence(piece.text, piece.id)}"
            for piece in evidence
            if piece.kind is kind and piece.text is not None
        )
        or "none"
    )


def fenced(steps: Sequence[Step]) -> str:
    """The steps, each in a fence of its own that it cannot close."""
    return "\n\n".join(fence(step.text, f"step-{number}") for number, step in enumerate(steps, 1))


def as_json_list(labels: Sequence[str]) -> str:
    """Labels as one line that no label can leave."""
    return json.dumps(list(labels), ensure_ascii=False)


def seen_parts(evidence: Sequence[Evidence]) -> tuple[TextPart | MediaPart, ...]:
    """The pictures, each announced by its id and time, and what was described of them, if anything was.

    A request without descriptions is the same as before there were any, so that judgements stay paid for.
    """
    parts: list[TextPart | MediaPart] = []
    for piece in evidence:
        if piece.kind is EvidenceKind.FRAME and piece.image is not None:
            parts += [TextPart(text=f"{piece.id}, at {piece.start_s:.2f} s:"), MediaPart(media=piece.image)]
    if any(piece.kind is EvidenceKind.DESCRIPTION for piece in evidence):
        template = load_prompt("cuewise.verdicts", "descriptions")
        parts.append(
            TextPart(text=template.substitute(descriptions=listed(evidence, EvidenceKind.DESCRIPTION)))
        )
    return tuple(parts)


def exact_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object that has exactly these keys, in the form that strict servers ask for."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of a list."""
    return {"type": "array", "items": dict(items)}
