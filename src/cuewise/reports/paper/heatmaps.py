"""Heat maps for print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cuewise.reports.blocks import HeatMap
from cuewise.reports.drawing.labels import width_of, wrap
from cuewise.reports.numbers import known, sign, starred
from cuewise.reports.palette import LEVELS, ink, level, ramp
from cuewise.reports.paper.figures import GREY, NUMBERS, SIZE, WIDTH, Rows, unlike

MOST_TOLD: Final = 14
"""Columns up to which cells have their numbers."""

GAP: Final = 4.0
"""Between the names of two columns, points."""


def chart(alt: Any, heat: HeatMap) -> Any:
    """Coloured cells with their numbers; None where there is none."""
    colours = ramp(diverging=heat.diverging)
    rows, columns = unlike(heat.rows), unlike(heat.columns)
    # Numbers in many narrow cells would be too small to be read: there colours tell, and the CSV file has the numbers.
    told = len(columns) <= MOST_TOLD
    step, heads = _heads(columns, 27.0 if told else 16.0)
    size = SIZE if step >= 34 else 8.5
    named = heads or columns
    lines = 1 + named[0].count("\n")
    step_of = ((heat.high - heat.low) or 1.0) / LEVELS

    def shade(value: float | None) -> float | None:
        value = known(value)
        return None if value is None else heat.low + step_of * level(value, heat.low, heat.high)

    cells: Rows = [
        {
            "row": row,
            "column": column,
            "shade": shade(cell.value),
            "text": starred(cell, heat.unit),
            "ink": GREY
            if known(cell.value) is None
            else ink(colours[level(cell.value or 0.0, heat.low, heat.high)]),
        }
        for row, of_row in zip(rows, heat.cells, strict=True)
        for column, cell in zip(named, of_row, strict=True)
    ]
    if all(cell["shade"] is None for cell in cells):
        return None
    base = alt.Chart(alt.InlineData(values=cells)).encode(
        x=alt.X(
            "column:N",
            sort=named,
            title=heat.column_title,
            axis=alt.Axis(
                orient="top",
                labelAngle=0 if heads else -90,
                labelLineHeight=SIZE + 2,
                labelPadding=5 + (lines - 1) * (SIZE + 2),  # as lines begin there and go down
                labelExpr="split(datum.value, '\\n')",
                labelOverlap=False,
                domain=False,
                ticks=False,
                titleLimit=max(80.0, step * len(columns)),
            ),
        ),
        y=alt.Y(
            "row:N",
            sort=rows,
            title=heat.row_title,
            axis=alt.Axis(domain=False, ticks=False, labelOverlap=False, titleLimit=max(80, 21 * len(rows))),
        ),
    )
    # Cells have their level's colour, as on our pages, so that text is legible on each.
    scale = alt.Scale(
        domain=[heat.low + step_of * at for at in range(LEVELS + 1)], range=list(colours), interpolate="rgb"
    )
    legend = alt.Legend(
        title=sign(heat.unit) or None,
        gradientLength=min(120, max(60, 22 * len(rows))),
        values=[heat.low, (heat.low + heat.high) / 2, heat.high],
        format=NUMBERS,
    )
    squares = base.transform_filter("isValid(datum.shade)").mark_rect(stroke="white", strokeWidth=1.5)
    squares = squares.encode(color=alt.Color("shade:Q", scale=scale, legend=legend))
    texts = [
        base.transform_filter(alt.datum.ink == one).mark_text(fontSize=size, color=one).encode(text="text:N")
        for one in sorted({cell["ink"] for cell in cells} if told else ())
    ]
    return alt.layer(squares, *texts).properties(
        width={"step": step}, height={"step": 22 if size == SIZE else 20 if told else 16}
    )


def _heads(columns: Sequence[str], least: float) -> tuple[float, list[str] | None]:
    """How wide a column is, and the columns' names over as many lines each as they need beside one another; None where
    even so some do not fit, and all stand upright.

    Args:
        columns: their names, each another one.
        least: width of a column that its cells need.
    """
    room = max(least, WIDTH / len(columns))
    step = min(room, max(46.0, *(width_of(name, SIZE) + GAP for name in columns)))
    heads = [wrap(name, step - GAP, SIZE) for name in columns]
    if all(_signs("".join(lines)) == _signs(name) for lines, name in zip(heads, columns, strict=True)):
        most = max(map(len, heads))
        return step, ["\n".join([*("",) * (most - len(lines)), *lines]) for lines in heads]
    return max(least, min(46.0, WIDTH / len(columns))), None


def _signs(text: str) -> str:
    return "".join(text.split())
