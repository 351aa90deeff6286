"""What people say of the steps: read from a file, and settled where several rated the same step.

A file (`.csv` with a header, or `.jsonl`) has a row per rating: `sample` (its id in the run), `step` (from 1),
`right` (`1` or `right`, `0` or `wrong`, `cannot tell`) and, where several people rated, `rater`. Rows without `right`
are those of a sheet not yet filled in. Other columns are left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cuewise.errors import InputError
from cuewise.records import CANNOT_TELL, Protocol
from cuewise.samples.files import Entry, is_encodable, read_csv, read_json_lines
from cuewise.samples.problems import Problem, printable

PROBLEMS_TOLD: Final = 3
"""How many problems an error message quotes."""

_READERS: Final[dict[str, Callable[[Path, str], Iterator[Entry | Problem]]]] = {
    ".csv": read_csv,
    ".jsonl": read_json_lines,
}
_SAID: Final = {
    "1": True,
    "right": True,
    "0": False,
    "wrong": False,
    CANNOT_TELL: None,
    "cannot_tell": None,
}
_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,6}")


RIGHT_MEANS: Final = {
    Protocol.MME_EMOTION: (
        "nothing that can be seen or heard in the clip contradicts the step; what cannot be checked is right"
    ),
    Protocol.GROUNDED: (
        "what the step states can be seen, heard or read in the clip, and it speaks for or against the label that the"
        " answer names; what is so but says nothing of that label is wrong, as is what the clip does not show"
    ),
}
"""What a rater is asked: whether the step should earn its point under the rules that the judge goes by. A rater who is
asked anything else makes a good judge look kind or strict."""


class Truth(StrEnum):
    """What is known of a step."""

    RIGHT = "right"
    WRONG = "wrong"
    CANNOT_TELL = CANNOT_TELL
    """No rater could tell, or the annotated cues do not cover it."""
    TIED = "tied"
    """As many raters say right as wrong."""


@dataclass(frozen=True, slots=True)
class StepRating:
    """What one person says of one step."""

    sample: str
    step: int
    """Index of the step, from 1."""
    right: bool | None
    """None for cannot tell."""
    rater: str = ""
    where: str = ""
    """File and line, for messages."""


@dataclass(frozen=True, slots=True)
class SettledStep:
    """What all raters of a step come to."""

    truth: Truth
    where: str
    """Where the first of them was read."""


@dataclass(frozen=True, slots=True)
class RatingsFile:
    """What a file of ratings holds."""

    ratings: tuple[StepRating, ...]
    """At least one."""
    empty: int
    """Rows left out, as their `right` is empty."""
    others: int = 0
    """Rows left out, as their `run` is another one."""


def read_ratings(path: Path, *, run: str = "") -> RatingsFile:
    """Read a file of ratings; one bad row and nothing of it is used.

    Args:
        run: rows that name another run in a column `run`, as tables of studies have, are left out; empty for all rows.

    Raises:
        InputError: the file cannot be read, holds no ratings, or has rows that are not in form.
    """
    name = printable(path.name)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{name} is no file of ratings: give one whose name ends in .csv or .jsonl")
    ratings: list[StepRating] = []
    problems: list[str] = []
    empty = 0
    others: Counter[str] = Counter()
    try:
        for entry in reader(path, name):
            if isinstance(entry, Problem):
                problems.append(str(entry))
                continue
            of_run = entry.values.get("run")
            if run and of_run not in (None, "", run):
                others[str(of_run)] += 1
                continue
            if entry.values.get("right") in (None, ""):
                empty += 1
                continue
            try:
                ratings.append(_rating(entry))
            except InputError as error:
                problems.append(str(error))
    except OSError as error:
        raise InputError(
            f"{printable(path)} cannot be read: {error.strerror or error}; check the path"
        ) from error
    if problems:
        raise InputError(first_of(problems))
    if not ratings and others:
        runs = ", ".join(printable(name) for name in sorted(others)[:PROBLEMS_TOLD])
        raise InputError(
            f"{name} holds no ratings of run {run}: its column `run` names {runs}. Name that run; or, where answers and"
            " steps are the same, as in a run that was judged again, leave out the column"
        )
    if not ratings:
        found = f" ({empty} rows, each without `right`)" if empty else ""
        raise InputError(
            f"{name} holds no ratings{found}: it needs a row for each, with `sample`, `step` and `right`;"
            " `cuewise export ratings RUN` writes a sheet to fill in"
        )
    return RatingsFile(tuple(ratings), empty, others.total())


def settle(ratings: Iterable[StepRating]) -> dict[str, dict[int, SettledStep]]:
    """What the raters of each step come to, by sample and step: what most say of those who could tell.

    To be unable to tell is to abstain; it is no vote against those who could.

    Raises:
        InputError: someone rated the same step twice.
    """
    votes: dict[tuple[str, int], Counter[bool | None]] = {}
    seen: dict[tuple[str, int, str], StepRating] = {}
    first: dict[tuple[str, int], str] = {}
    for rating in ratings:
        key = (rating.sample, rating.step)
        if (before := seen.setdefault((*key, rating.rater), rating)) is not rating:
            raise InputError(_twice(before, rating))
        votes.setdefault(key, Counter())[rating.right] += 1
        first.setdefault(key, rating.where)
    settled: dict[str, dict[int, SettledStep]] = {}
    for (sample, step), counts in votes.items():
        settled.setdefault(sample, {})[step] = SettledStep(_most(counts), first[sample, step])
    return settled


def first_of(problems: list[str]) -> str:
    """The first few of several messages, and how many there are beside."""
    more = len(problems) - PROBLEMS_TOLD
    return "\n".join([*problems[:PROBLEMS_TOLD], *([f"and {more} more"] if more > 0 else [])])


def _most(counts: Counter[bool | None]) -> Truth:
    right, wrong = counts[True], counts[False]
    if right == wrong:
        return Truth.TIED if right else Truth.CANNOT_TELL
    return Truth.RIGHT if right > wrong else Truth.WRONG


def _twice(before: StepRating, rating: StepRating) -> str:
    who = f"rater {printable(rating.rater)}" if rating.rater else "the same rater"
    hint = "keep one of them" if rating.rater else "name the raters in a column `rater`, or keep one of them"
    return (
        f"{rating.where}: step {rating.step} of sample {printable(rating.sample)} is rated by {who} a second time,"
        f" after {before.where}; {hint}"
    )


def _rating(entry: Entry) -> StepRating:
    values = entry.values
    missing = [name for name in ("sample", "step") if values.get(name) is None]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        raise InputError(f"{entry.where}: has no {names}; every rating needs sample, step and right")
    return StepRating(
        sample=_text(entry, "sample"),
        step=step_of(entry),
        right=right_of(entry),
        rater="" if values.get("rater") is None else _text(entry, "rater"),
        where=entry.where,
    )


def _text(entry: Entry, name: str) -> str:
    value: Any = entry.values[name]
    if isinstance(value, str) and value.strip() and is_encodable(value):
        return value.strip()
    raise InputError(f"{entry.where}: `{name}` is {printable(repr(value))}; write it as text")


def step_of(entry: Entry) -> int:
    """The step that a row is about; it must have `step`.

    Raises:
        InputError: it is no number from 1.
    """
    value: Any = entry.values["step"]
    text = value.strip() if isinstance(value, str) else str(value) if type(value) is int else ""
    if _WHOLE_NUMBER.fullmatch(text) and int(text) >= 1:
        return int(text)
    raise InputError(f"{entry.where}: `step` is {printable(repr(value))}; write the step's number, from 1")


def right_of(entry: Entry) -> bool | None:
    """What a row says of its step, None for cannot tell; it must have `right`.

    Raises:
        InputError: it is none of the words for that.
    """
    value: Any = entry.values["right"]
    if isinstance(value, bool):
        return value
    text = value.strip().lower() if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    if text in _SAID:
        return _SAID[text]
    raise InputError(
        f"{entry.where}: `right` is {printable(repr(value))}; write 1 or right, 0 or wrong, or {CANNOT_TELL}"
    )
