"""What a page of results is made of: sections of words, tables and figures, whatever draws them.

A block says what is shown and nothing of how: the report and the leaderboard draw it as HTML that follows the reader's
light or dark theme, `cuewise report --figures` as SVG and PNG, or as CSV and LaTeX. Figures are percent where their
unit says so. Text from a model or a dataset may stand in any string, so whatever draws a block escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["percent", "points", "count", "ratio", "none"]
"""How a number is written: percent and percentage points with one decimal, counts whole, ratios with two decimals."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number with what is known of how sure it is."""

    value: float | None
    """None where there is nothing to report on."""
    low: float | None = None
    """End of its 95 % interval, as the next."""
    high: float | None = None
    n: int | None = None
    """What it is over: samples, answers, steps."""
    mark: str = ""
    """A short remark on this very number, such as `below the baseline` or `as printed, 7.5`."""
    shown: str = ""
    """How it is written where its unit does not tell, such as `< 0.001` or `$0.02`; it is sorted by the number. Why
    there is no number, where there is none."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    unit: Unit = "none"
    """`none` for text."""
    help: str = ""
    """What it means, where the title does not say it."""
    rising: bool = False
    """Whether the lowest number is what one wants to see first, as of ranks and costs."""


@dataclass(frozen=True, slots=True)
class Text:
    """A cell of words; a row may begin with one that links to a place on the page or the site."""

    text: str
    href: str = ""
    """`#anchor` or a relative address; empty for none."""
    sub: str = ""
    """A second, smaller line."""


Cell = Value | Text


@dataclass(frozen=True)
class Table:
    """A table that can be sorted by any column."""

    id: str
    """Unique on a page, and the file's name: letters, digits and `-`."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    """A cell per column; the first is the row's header."""
    note: str = ""
    """How to read it: what an interval is, what is left out."""


@dataclass(frozen=True)
class HeatMap:
    """Numbers by row and column as colours."""

    id: str
    title: str
    unit: Unit
    row_title: str
    column_title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Value, ...], ...]
    """(n_rows, n_columns)."""
    low: float = 0.0
    """Where the colours begin and end."""
    high: float = 100.0
    diverging: bool = False
    """Whether the colours have a middle, at `(low + high) / 2`."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one model or group."""

    name: str
    colour: int
    """As `colours` gives it."""
    x: tuple[float, ...]
    y: tuple[Value, ...]
    labels: tuple[str, ...] = ()
    """Of the points, where they have names; empty, or one each."""


@dataclass(frozen=True)
class Plot:
    """Points or lines over two axes."""

    id: str
    title: str
    x_title: str
    y_title: str
    x_unit: Unit
    y_unit: Unit
    series: tuple[Series, ...]
    lines: bool = False
    """Whether the points of a series are joined."""
    x_names: tuple[str, ...] = ()
    """Names of x = 0, 1, 2, ...; empty where x is a number."""
    reference: tuple[tuple[str, float], ...] = ()
    """Level lines with their names, such as a baseline's."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar or dot with its interval."""

    name: str
    value: Value
    colour: int = 0
    group: str = ""
    """Bars of one group stand together under its name."""


@dataclass(frozen=True)
class Bars:
    """Numbers side by side, with intervals and reference marks."""

    id: str
    title: str
    unit: Unit
    bars: tuple[Bar, ...]
    reference: tuple[tuple[str, float], ...] = ()
    low: float | None = None
    """Where the axis begins and ends; None to fit the numbers, 0 included."""
    high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Profile:
    """Several scores of several models on parallel axes, or around a circle: which tasks each is good at."""

    id: str
    title: str
    unit: Unit
    axes: tuple[str, ...]
    series: tuple[Series, ...]
    """`y` has a value per axis; `x` is 0, 1, 2, ..."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One thing worth a look, such as a sample."""

    title: str
    """Which one."""
    href: str
    """Where all of it is shown, as in `Text`."""
    above: str
    """Why it is shown, in a few words."""
    lines: tuple[tuple[str, str], ...]
    """What is told of it: names and texts, cut to a length that fits a card."""
    jpeg: str = ""
    """A small picture as base64; empty for none."""
    spoken: str = ""
    """What the picture is, for those who do not see it."""


@dataclass(frozen=True)
class Gallery:
    """Cards side by side."""

    id: str
    title: str
    cards: tuple[Card, ...]
    note: str = ""


@dataclass(frozen=True)
class Words:
    """Paragraphs of plain words."""

    paragraphs: tuple[str, ...]
    warning: bool = False
    """Whether they must not be overlooked."""


@dataclass(frozen=True)
class Details:
    """Blocks that are folded away until someone asks for them."""

    summary: str
    blocks: tuple[Block, ...]


Figure = HeatMap | Plot | Bars | Profile
Block = Table | Figure | Gallery | Words | Details


@dataclass(frozen=True)
class Section:
    """A part of a page."""

    id: str
    title: str
    """What stands in the page's list of parts, and as its heading."""
    blocks: tuple[Block, ...]
    first: bool = False
    """Whether it stands before the scores, right after the page's summary."""
