"""Heat maps for print."""

from __future__ import annotations

from typing import Any, Final

from cuewise.reports.blocks import HeatMap
from cuewise.reports.drawing.labels import width_of
from cuewise.reports.numbers import known, sign, starred
from cuewise.reports.palette import LEVELS, ink, level, ramp
from cuewise.reports.paper.figures import GREY, NUMBERS, SIZE, WIDTH, Rows, unlike

MOST_TOLD: Final = 14
"""Columns up to which cells have their numbers."""


def chart(alt: Any, heat: HeatMap) -> Any:
    """Coloured cells with their numbers; None where there is none."""
    colours = ramp(diverging=heat.diverging)
    rows, columns = unlike(heat.rows), unlike(heat.columns)
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
        for column, cell in zip(columns, of_row, strict=True)
    ]
    if all(cell["shade"] is None for cell in cells):
        return None
    # Numbers in many narrow cells would be too small to be read: there colours tell, and the CSV file has the numbers.
    told = len(columns) <= MOST_TOLD
    step = max(27.0 if told else 16.0, min(46.0, WIDTH / len(columns)))
    size = SIZE if step >= 34 else 8.5
    turned = max(width_of(name, SIZE) for name in columns) > step + 8
    base = alt.Chart(alt.InlineData(values=cells)).encode(
        x=alt.X(
            "column:N",
            sort=columns,
            title=heat.column_title,
            axis=alt.Axis(
                orient="top",
                labelAngle=-90 if turned else 0,
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
        gradientLength=120,
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
