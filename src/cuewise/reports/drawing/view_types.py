"""What the template is given of blocks: texts as they will stand, colours as classes of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from cuewise.reports.drawing.cards import GalleryView
from cuewise.reports.drawing.svg import Drawing, KeyEntry


@dataclass(frozen=True, slots=True)
class HeadView:
    """A column's head."""

    title: str
    unit: str
    help: str
    numeric: bool
    rising: bool


@dataclass(frozen=True, slots=True)
class TableView:
    """A table."""

    id: str
    title: str
    note: str
    heads: tuple[HeadView, ...]
    rows: tuple[Markup, ...]
    """All cells of each."""
    filtered: bool
    kind: Literal["table"] = "table"

    @property
    def helped(self) -> list[HeadView]:
        """Columns that are explained."""
        return [head for head in self.heads if head.help]


@dataclass(frozen=True, slots=True)
class HeatView:
    """A heat map: a table whose cells are coloured."""

    id: str
    title: str
    note: str
    row_title: str
    column_title: str
    columns: tuple[str, ...]
    turned: bool
    """Whether the columns' heads are written upwards."""
    rows: tuple[tuple[str, Markup], ...]
    """Name, and all cells."""
    ramp: tuple[str, ...]
    """Classes of the legend."""
    ends: tuple[str, str]
    kind: Literal["heat"] = "heat"


@dataclass(frozen=True, slots=True)
class PanelView:
    """One drawing of a figure."""

    name: str
    """What stands above it; empty where the figure has only one."""
    spoken: str
    """What a screen reader says in its place."""
    wide: Drawing
    narrow: Drawing | None
    """None where one drawing fits every width."""


@dataclass(frozen=True, slots=True)
class Key:
    """What tells points, lines or profiles apart."""

    widths: Literal["any", "wide", "narrow"]
    """Of the drawings that it goes with."""
    entries: tuple[KeyEntry, ...]


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure as drawings, with its key and its numbers."""

    id: str
    title: str
    note: str
    panels: tuple[PanelView, ...]
    """None where there is no number to draw."""
    keys: tuple[Key, ...]
    data: TableView | None
    n_listed: int
    """How many numbers there are, where they are too many to be listed; else 0."""
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True, slots=True)
class WordsView:
    """Paragraphs."""

    paragraphs: tuple[str, ...]
    warning: bool
    kind: Literal["words"] = "words"


@dataclass(frozen=True)
class DetailsView:
    """What is folded away."""

    summary: str
    blocks: tuple[BlockView, ...]
    kind: Literal["details"] = "details"


BlockView = TableView | HeatView | FigureView | GalleryView | WordsView | DetailsView
