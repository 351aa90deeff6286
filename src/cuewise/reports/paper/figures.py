"""Figures for print, drawn by Altair: black on white, letters of 9 to 11 points, one scale for all sizes.

Labels are placed by the same arithmetic as on our pages. A profile is never drawn around a circle here: places along
one scale are read more exactly than lengths at angles (Cleveland and McGill 1984).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from cuewise.errors import InputError
from cuewise.reports.blocks import Bars, Figure, HeatMap, Plot, Profile
from cuewise.reports.drawing.labels import width_of, wrap
from cuewise.reports.numbers import known

if TYPE_CHECKING:
    import altair

WIDTH: Final = 430
"""Of what lies between the axes, points; with its labels a figure fits a page of two columns."""

SIZE: Final = 10.0
"""Of letters, points."""

GREY: Final = "#57636c"
_LINE: Final = "#d9ddde"
_FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"

NUMBERS: Final = ",.6~g"
"""How d3 writes numbers at an axis."""

Rows = list[dict[str, Any]]


def load_altair() -> Any:
    """The drawing library.

    Raises:
        InputError: the extra is not installed.
    """
    try:
        import altair
        import vl_convert  # noqa: F401 - it turns charts into files
    except ImportError as error:
        raise InputError(
            "figures as files need Altair; install it with: pip install 'cuewise[figures]'"
        ) from error
    return altair


def chart_of(figure: Figure) -> altair.TopLevelMixin | None:
    """The figure as a chart; None where it has no number to show.

    Raises:
        InputError: the extra is not installed.
    """
    from cuewise.reports.paper import bars, heatmaps, plots, profiles

    alt = load_altair()
    match figure:
        case HeatMap():
            chart = heatmaps.chart(alt, figure)
        case Plot():
            chart = plots.chart(alt, figure)
        case Bars():
            chart = bars.chart(alt, figure)
        case Profile():
            chart = profiles.chart(alt, figure)
    return None if chart is None else _dressed(chart, figure)


def _dressed(chart: Any, figure: Figure) -> Any:
    """With title and note above, and quiet axes."""
    lines = [line for line in wrap(figure.note, WIDTH, SIZE - 1, lines=6) if line]
    title = {
        "text": list(wrap(figure.title, WIDTH, SIZE + 2)),
        "anchor": "start",
        "frame": "bounds",
        "offset": 14,
    }
    if lines:
        title |= {"subtitle": lines, "subtitleFontSize": SIZE - 1, "subtitleColor": GREY}
    axis = {
        "labelFontSize": SIZE,
        "titleFontSize": SIZE,
        "titleFontWeight": "normal",
        "titleColor": GREY,
        "labelColor": "#000000",
        "labelPadding": 5,
        "gridColor": _LINE,
        "gridWidth": 0.8,
        "domainColor": "#9aa4aa",
        "tickColor": "#9aa4aa",
        "labelLimit": 230,
        "labelFlush": False,
        "maxExtent": 300,
        "titleLimit": WIDTH,
    }
    return chart.properties(title=title, background="white", padding=8).configure(
        font=_FONT,
        axis=axis,
        view={"stroke": None},
        title={"fontSize": SIZE + 2, "fontWeight": "bold"},
        legend={
            "labelFontSize": SIZE,
            "titleFontSize": SIZE,
            "symbolSize": 55,
            "symbolOpacity": 1,
        },
        header={"labelFontSize": SIZE, "labelFontWeight": "bold", "labelLimit": 190},
    )


def words(chart: Any, **look: Any) -> tuple[Any, Any]:
    """Text of a chart's rows with a white edge, so that a line under it does not strike it through.

    Args:
        chart: with everything encoded but the text, which is the rows' field `text`.
        look: of `mark_text`.
    """
    edge = look | {"color": "white"}
    return (
        chart.mark_text(fontSize=SIZE, stroke="white", strokeWidth=3, **edge).encode(text="text:N"),
        chart.mark_text(fontSize=SIZE, **look).encode(text="text:N"),
    )


def unlike(names: Sequence[str]) -> list[str]:
    """The names with a number behind those that were there before: an axis has no two places of one name.

    >>> unlike(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    seen: set[str] = set()
    made = []
    for name in names:
        shown, number = name, 1
        while shown in seen:
            number += 1
            shown = f"{name} ({number})"
        seen.add(shown)
        made.append(shown)
    return made


def legend_of(alt: Any, names: Sequence[str]) -> Any:
    """A legend below the figure in as many columns as fit, in which no name is cut that fits a line."""
    widest = max((width_of(name, SIZE) for name in names), default=0.0) + 8
    columns = max(1, min(3, int((WIDTH + 60) / (widest + 30))))
    return alt.Legend(title=None, orient="bottom", columns=columns, labelLimit=min(widest, WIDTH + 60))


def has_interval(row: dict[str, Any]) -> bool:
    """Whether both ends of a row's interval are there to be drawn."""
    return known(row["low"]) is not None and known(row["high"]) is not None
