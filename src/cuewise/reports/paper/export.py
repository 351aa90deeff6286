"""Every figure and table of sections as files for a paper: SVG and PNG, CSV, LaTeX."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

from cuewise.agreement.cells import as_cell
from cuewise.errors import RunError
from cuewise.reports.blocks import (
    Block,
    Details,
    Figure,
    Gallery,
    Section,
    Table,
    Text,
    Unit,
    Value,
    Words,
)
from cuewise.reports.formats import settled
from cuewise.reports.numbers import known
from cuewise.reports.paper.figures import chart_of, load_altair
from cuewise.reports.paper.latex import latex_table
from cuewise.reports.tabular import figure_table, gallery_table
from cuewise.samples.problems import printable
from cuewise.whole_files import write_whole

PPI: Final = 300
"""Of PNG files: pixels per inch at the size that a figure has on paper."""

_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names that Windows keeps for devices."""


def write_figures(sections: Iterable[Section], folder: Path) -> list[Path]:
    """Write all figures and tables; files of the same name are replaced, others stay.

    A figure `NAME` gives `NAME.svg`, `NAME.png` and `NAME.csv`, or the last alone where it has no number to draw; a
    table gives `NAME.csv` and `NAME.tex`, a gallery its texts as `NAME.csv`. The same sections give the same bytes.

    Returns:
        The files, in the order of the sections.

    Raises:
        InputError: the extra is not installed; nothing is written.
        RunError: a file cannot be written.
    """
    load_altair()
    written: list[Path] = []
    taken: set[str] = set()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for block in _drawn(block for section in sections for block in section.blocks):
            name = file_name(block.id, taken)
            for ending, content in _files(block, name):
                path = folder / f"{name}{ending}"
                write_whole(path, content)
                written.append(path)
    except OSError as error:
        raise RunError(
            f"the folder {printable(folder)} cannot be written to: {error.strerror}; choose another with --figures"
        ) from error
    return written


def file_name(id_: str, taken: set[str]) -> str:
    """A name that every file system takes and that no other block has; it is added to those taken.

    >>> file_name("task-map", set()), file_name("../x/ä", set()), file_name("con", set())
    ('task-map', 'x', 'figure-con')
    >>> file_name("A", {"a"})
    'A-2'
    """
    name = re.sub(r"[^A-Za-z0-9]+", "-", id_).strip("-")[:80].strip("-") or "figure"
    if _RESERVED.fullmatch(name):
        name = f"figure-{name}"
    free, number = name, 1
    while free.lower() in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free.lower())
    return free


def table_csv(table: Table) -> str:
    """The table as CSV: numbers in full, with interval, count and mark in columns of their own where there are any."""
    lines = io.StringIO()
    rows = csv.writer(lines, lineterminator="\n")
    parts = [_parts(table.rows, at) for at in range(len(table.columns))]
    units = [column.unit for column in table.columns]
    heads: list[str] = []
    for column, extra in zip(table.columns, parts, strict=True):
        unit = {"percent": " (percent)", "points": " (percentage points)"}.get(column.unit, "")
        heads += [as_cell(column.title + unit), *(as_cell(f"{column.title} {part}") for part in extra)]
    rows.writerow(heads)
    for row in table.rows:
        cells: list[str] = []
        for cell, extra, unit in zip(row, parts, units, strict=True):
            if isinstance(cell, Text):
                cells += [
                    as_cell(f"{cell.text} ({cell.sub})" if cell.sub else cell.text),
                    *("" for _ in extra),
                ]
            else:
                cells += [
                    _exact(cell.value, unit) or as_cell(cell.shown),
                    *(_part(cell, part, unit) for part in extra),
                ]
        rows.writerow(cells)
    return lines.getvalue()


_PARTS: Final = ("low", "high", "n", "mark")


def _parts(rows: Sequence[Sequence[Text | Value]], at: int) -> list[str]:
    values = [row[at] for row in rows]
    return [
        part for part in _PARTS if any(isinstance(one, Value) and _part(one, part, "none") for one in values)
    ]


def _part(value: Value, part: str, unit: Unit) -> str:
    if part == "mark":
        return as_cell(value.mark)
    if part == "n":
        return "" if value.n is None else str(value.n)
    return _exact(value.low if part == "low" else value.high, unit)


def _exact(value: float | None, unit: Unit) -> str:
    """Without the last bits of figures, which say nothing; a p-value may be small."""
    value = known(value)
    if value is None:
        return ""
    return f"{(value if unit == 'none' else settled(value)) + 0.0:.10g}"


def _drawn(blocks: Iterable[Block]) -> Iterator[Table | Figure | Gallery]:
    """Whatever becomes a file, folded away or not."""
    for block in blocks:
        if isinstance(block, Details):
            yield from _drawn(block.blocks)
        elif not isinstance(block, Words):
            yield _without_controls(block)


def _without_controls(thing: Any) -> Any:
    """The same block with only such signs in its strings as XML can hold."""
    if isinstance(thing, str):
        spaced = "".join(" " if sign.isspace() else sign for sign in thing)
        return "".join(sign for sign in spaced if unicodedata.category(sign) not in ("Cc", "Cs", "Cn"))
    if isinstance(thing, tuple):
        return tuple(map(_without_controls, thing))
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(
            thing, **{one.name: _without_controls(getattr(thing, one.name)) for one in fields(thing)}
        )
    return thing


def _files(block: Table | Figure | Gallery, name: str) -> Iterator[tuple[str, bytes]]:
    """Endings and contents."""
    if isinstance(block, Table):
        yield ".csv", table_csv(block).encode()
        yield ".tex", latex_table(block).encode()
        return
    if isinstance(block, Gallery):
        yield ".csv", table_csv(gallery_table(block)).encode()
        return
    chart = chart_of(block)
    if chart is not None:
        import vl_convert

        drawn = io.StringIO()
        chart.save(drawn, format="svg")
        svg = _own_ids(drawn.getvalue(), name)
        yield ".svg", svg.encode()
        yield ".png", vl_convert.svg_to_png(svg, ppi=PPI)
    yield ".csv", table_csv(figure_table(block)).encode()


def _own_ids(svg: str, name: str) -> str:
    """Ids that begin with the figure's name, since Vega counts on over all that a process draws."""
    seen: dict[str, int] = {}

    def renamed(match: re.Match[str]) -> str:
        return f"{match[1]}{name}-{seen.setdefault(match[2], len(seen))}"

    return re.sub(r'(\bid="|url\(#)((?:gradient_|clip)\d+)', renamed, svg)
