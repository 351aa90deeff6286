"""Which outcomes a list shows, and the query of an address that says so."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from cuewise.records import MOST, OutcomeKind
from cuewise.samples.problems import printable
from cuewise.viewer.text import has_words

Named = TypeVar("Named", bound=StrEnum)
Value = TypeVar("Value", bound=str)

NO_LABEL: Final = "(none)"
"""Among predictions: answers whose label step names no candidate."""
LONGEST_TEXT: Final = 300
"""Characters of a text that is searched for."""
LONGEST_VALUE: Final = 1000
"""Characters of any other value of a query."""
MOST_VALUES: Final = 200
"""Values of one filter, so that no address makes a long statement of SQL."""


class Rightness(StrEnum):
    """What recognition comes to; only scored outcomes are any of it."""

    RIGHT = "right"
    """Recognition is 1."""
    PARTLY = "partly"
    """Recognition lies between 0 and 1, as for a multi-label sample."""
    WRONG = "wrong"
    """Recognition is 0."""


class Disagreement(StrEnum):
    """Who says different things of one answer, or of one sample."""

    RUNS = "runs"
    """Another run has another recognition for the same sample (same id, labels and candidates), in the same epoch and
    under the same protocol, both being scored. Where a list is of several chosen runs, another of these has."""
    JUDGES = "judges"
    """Votes on a reasoning step differ, in points or in decision: see `scores.panel.PanelFigures.split`."""
    LABEL = "label"
    """The judge's rating of the label step is not the recognition that the label taxonomy gives."""


class Sort(StrEnum):
    """What a list is in order of. Outcomes that are equal in it are in the dataset's order, then by run and epoch."""

    POSITION = "position"
    """Place in the dataset."""
    SAMPLE = "sample"
    RUN = "run"
    TASK = "task"
    RECOGNITION = "recognition"
    """An outcome without a score stands below 0, as in the next two."""
    REASONING = "reasoning"
    COT = "cot"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Range:
    """Scores from `low` to `high` percent, both included, each in 0..100. Outcomes without a score are in no range."""

    low: float = 0.0
    high: float = 100.0

    def __post_init__(self) -> None:
        """
        Raises:
            ValueError: it is no part of 0..100.
        """
        if not 0 <= self.low <= self.high <= 100:
            raise ValueError(f"{self.low} to {self.high} is no range within 0 to 100")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which outcomes are shown: those that every filter lets through. An empty one lets all through.

    Of several values of one filter, any will do.
    """

    runs: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """Gold labels."""
    predictions: tuple[str, ...] = ()
    """Labels that recognition is scored by, or `NO_LABEL`."""
    kinds: tuple[OutcomeKind, ...] = ()
    rightness: tuple[Rightness, ...] = ()
    recognition: Range | None = None
    reasoning: Range | None = None
    cot: Range | None = None
    disagreements: tuple[Disagreement, ...] = ()
    epoch: int | None = None
    """From 0."""
    text: str = ""
    """Words that all occur in the sample's id, the answer, its steps or the reasons of its verdicts, see
    `viewer.text`."""

    @property
    def among_chosen(self) -> bool:
        """Whether runs are held against one another only where chosen: where several are."""
        return len(self.runs) > 1

    @classmethod
    def from_query(cls, items: Iterable[tuple[str, str]]) -> tuple[Filters, tuple[str, ...]]:
        """Read the query of an address.

        Keys that are none of a filter's are ignored, as are empty values, which forms send.

        Args:
            items: names and values, already decoded.

        Returns:
            The filters, and in words what of them could not be used.
        """
        values: dict[str, list[str]] = {}
        for key, value in items:
            if value.strip():
                values.setdefault(key, []).append(value)
        reader = _Reader(values)
        found = cls(
            runs=reader.words("run"),
            tasks=reader.words("task"),
            labels=reader.words("label"),
            predictions=reader.words("predicted"),
            kinds=reader.members("kind", OutcomeKind),
            rightness=reader.members("right", Rightness),
            recognition=reader.range("recognition"),
            reasoning=reader.range("reasoning"),
            cot=reader.range("cot"),
            disagreements=reader.members("disagree", Disagreement),
            epoch=reader.number("epoch"),
            text=reader.text("q"),
        )
        return found, tuple(reader.messages)

    def to_query(self) -> tuple[tuple[str, str], ...]:
        """Names and values for an address, not yet encoded; `from_query` reads the same filters from them."""
        return tuple(self._query())

    def _query(self) -> Iterator[tuple[str, str]]:
        several = {
            "run": self.runs,
            "task": self.tasks,
            "label": self.labels,
            "predicted": self.predictions,
            "kind": self.kinds,
            "right": self.rightness,
            "disagree": self.disagreements,
        }
        for key, values in several.items():
            yield from ((key, str(value)) for value in values)
        ranges = {"recognition": self.recognition, "reasoning": self.reasoning, "cot": self.cot}
        for key, found in ranges.items():
            if found is not None:
                yield f"{key}-min", repr(found.low)
                yield f"{key}-max", repr(found.high)
        if self.epoch is not None:
            yield "epoch", str(self.epoch)
        if self.text:
            yield "q", self.text


class _Reader:
    """Reads values one filter at a time; gathers what is wrong with them."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._values = values
        self.messages: list[str] = []

    def words(self, key: str) -> tuple[str, ...]:
        return self._several(key, lambda value: value if len(value) <= LONGEST_VALUE else None, "is too long")

    def members(self, key: str, kind: type[Named]) -> tuple[Named, ...]:
        known = {member.value: member for member in kind}
        return self._several(key, known.get, f"is none of {', '.join(known)}")

    def range(self, key: str) -> Range | None:
        low, high = (self._percent(f"{key}-{end}") for end in ("min", "max"))
        if low is None and high is None:
            return None
        low, high = 0.0 if low is None else low, 100.0 if high is None else high
        if low > high:
            self.messages.append(f"{key}-min={low:g} is above {key}-max={high:g}: both are ignored")
            return None
        return Range(low, high)

    def number(self, key: str) -> int | None:
        value = self._one(key)
        if value is None:
            return None
        if (number := whole_number(value, MOST)) is None:
            self._ignore(key, value, "is no whole number from 0")
        return number

    def text(self, key: str) -> str:
        value = " ".join(_encodable(self._one(key) or "").replace("\0", " ").split())
        if len(value) > LONGEST_TEXT:
            self.messages.append(f"only the first {LONGEST_TEXT} characters of the text are searched for")
            value = value[:LONGEST_TEXT].rstrip()
        if value and not has_words(value):
            self._ignore(key, value, "has no letter or digit to search for")
            return ""
        return value

    def _percent(self, key: str) -> float | None:
        value = self._one(key)
        if value is None:
            return None
        try:
            percent = float(value)
        except ValueError:
            percent = math.nan
        if 0 <= percent <= 100:
            return percent
        self._ignore(key, value, "is no number from 0 to 100")
        return None

    def _one(self, key: str) -> str | None:
        """The last value, as browsers' own code reads a query that says something twice."""
        return self._values.get(key, [None])[-1]

    def _several(self, key: str, read: Callable[[str], Value | None], what: str) -> tuple[Value, ...]:
        found: dict[Value, None] = {}
        for value in self._values.get(key, ()):
            read_value = read(_encodable(value))
            if read_value is None:
                self._ignore(key, value, what)
            else:
                found[read_value] = None
        if len(found) > MOST_VALUES:
            self.messages.append(f"only the first {MOST_VALUES} values of {key} are used")
        return tuple(found)[:MOST_VALUES]

    def _ignore(self, key: str, value: str, what: str) -> None:
        self.messages.append(f"{key}={printable(value, 40)} {what}: it is ignored")


def whole_number(text: str, most: int) -> int | None:
    """A whole number from 0 to `most`; None where the text is none. Long digits are not even read, which takes time."""
    if len(text) <= len(str(most)) and text.isascii() and text.isdigit() and int(text) <= most:
        return int(text)
    return None


def _encodable(text: str) -> str:
    """Half a surrogate pair, which no database takes, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
