"""Judged files in the authors' format, and what a reading of one entry gives.

A judged file is a JSON list of `{video_id, ground_truth, model_response, step, score, input_tokens,
output_tokens}`: `step` is what the extractor wrote, `score` what the judge wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cuewise.errors import InputError


@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """One judged answer. Its texts are as the file has them: written by models, and not to be trusted."""

    file: str
    """Name of the file it stands in, without folders."""
    number: int
    """Place in that file, counted from 1."""
    video_id: str | None
    """None where the file has no text there; so for the other texts."""
    ground_truth: str | None
    """Gold label, or several joined with the task's separator."""
    step: str | None
    """The extractor's reply: `<step>Step 1: ... Step N: ...</step>`."""
    score: str | None
    """The judge's reply: `<score>Step 1: 1/1, ...</score>`; None also where the judge gave none."""
    defects: Mapping[str, str] = field(default_factory=dict)
    """By field that is absent or of the wrong type: what is wrong, in words."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The ratings that were read from one entry."""

    ratings: tuple[float, ...]
    """At least one, in the order written; the last is recognition. May pass 1 in the official reading."""

    @property
    def recognition(self) -> float:
        return self.ratings[-1]

    @property
    def reasoning(self) -> float:
        """Mean of all ratings but the last; 0 where there is no other."""
        reasons = self.ratings[:-1]
        return sum(reasons) / len(reasons) if reasons else 0.0

    @property
    def n_steps(self) -> int:
        return len(self.ratings)


@dataclass(frozen=True, slots=True)
class Unread:
    """Why no ratings were read from an entry."""

    code: str
    """A fixed word for tables."""
    reason: str
    """In words; may quote the entry."""


def read_judged_file(path: Path) -> list[JudgedEntry]:
    """All entries of a judged file, in its order.

    An entry with absent or mistyped fields is returned with its `defects`, so that it still counts.

    Raises:
        InputError: the file cannot be read, is not JSON, is not a list, or has an entry that is
            not an object.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}: not JSON: {error.msg} at line {error.lineno}, column {error.colno}; "
            "a judged file is one JSON list"
        ) from error
    except RecursionError as error:
        raise InputError(f"{path}: nested too deeply; a judged file is a list of flat objects") from error
    except ValueError as error:  # an integer with more digits than Python converts
        raise InputError(f"{path}: holds a number too long to read; mend or remove that entry") from error
    if not isinstance(value, list):
        raise InputError(f"{path}: holds {_kind(value)}, not a list of judged entries; is it another file?")
    return [_entry(path, number, item) for number, item in enumerate(value, start=1)]


def _entry(path: Path, number: int, item: Any) -> JudgedEntry:
    if not isinstance(item, dict):
        raise InputError(f"{path}: entry {number} is {_kind(item)}, not an object; mend or remove it")
    texts: dict[str, str | None] = {}
    defects: dict[str, str] = {}
    for name in ("video_id", "ground_truth", "step", "score"):
        value = item.get(name)
        texts[name] = value if isinstance(value, str) else None
        if name not in item:
            defects[name] = f"`{name}` is absent"
        elif value is not None and not isinstance(value, str):
            defects[name] = f"`{name}` is {_kind(value)}, not text"
    return JudgedEntry(file=path.name, number=number, defects=defects, **texts)


_KINDS = {
    type(None): "null",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def _kind(value: Any) -> str:
    return _KINDS[type(value)]
