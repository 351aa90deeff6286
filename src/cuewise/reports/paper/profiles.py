"""Profiles for print: dots along one scale, all series together or a panel of each."""

from __future__ import annotations

from statistics import median
from typing import Any

from cuewise.reports.blocks import Profile
from cuewise.reports.drawing.profiles import MAX_TOGETHER, profile_scale
from cuewise.reports.drawing.svg import shapes
from cuewise.reports.numbers import axis_title, known
from cuewise.reports.palette import MODELS
from cuewise.reports.paper.figures import GREY, NUMBERS, WIDTH, Rows, has_interval, legend_of, unlike
from cuewise.reports.paper.plots import SHAPES
from cuewise.reports.tabular import on_axes

_PANELS = 4
"""Side by side."""


def chart(alt: Any, profile: Profile) -> Any:
    """Dots with their intervals; None where there is no number."""
    names, axes = unlike([series.name for series in profile.series]), unlike(profile.axes)
    rows: Rows = [
        {
            "name": name,
            "axis": axis,
            "value": known(one.value),
            "low": known(one.low),
            "high": known(one.high),
        }
        for name, series in zip(names, profile.series, strict=True)
        for axis, one in zip(axes, on_axes(profile, series), strict=True)
        if known(one.value) is not None
    ]
    if not rows:
        return None
    scale = profile_scale(profile, 0, WIDTH)
    across = alt.Scale(domain=[scale.low, scale.high], nice=False)
    colours = [MODELS[series.colour % len(MODELS)] for series in profile.series]
    if len(names) > MAX_TOGETHER:
        return _panels(alt, profile, rows, names, axes, across, colours)
    forms = [SHAPES[form] for form in shapes(series.colour for series in profile.series)]
    legend = legend_of(alt, names) if len(names) > 1 else None
    y = alt.Y("axis:N", sort=axes, title=None, scale=alt.Scale(domain=axes, padding=0)).axis(
        ticks=False, domain=False, grid=True, labelOverlap=False, bandPosition=1, tickBand="extent"
    )
    offset = alt.YOffset("name:N", sort=names, scale=alt.Scale(domain=names, paddingOuter=0.6))
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=y,
        yOffset=offset,
        color=alt.Color("name:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
    )
    x = alt.X("value:Q", scale=across, title=axis_title(profile.unit) or None).axis(
        values=list(scale.ticks), format=NUMBERS
    )
    dots = base.mark_point(filled=True, opacity=1, size=42).encode(
        x=x, shape=alt.Shape("name:N", scale=alt.Scale(domain=names, range=forms), legend=legend)
    )
    lines = base.transform_filter("isValid(datum.low) && isValid(datum.high)").mark_rule(opacity=0.6)
    whiskers = lines.encode(x=alt.X("low:Q", scale=across), x2="high:Q")
    height = len(axes) * max(24, 7 * len(names) + 8)
    return alt.layer(*([whiskers] if any(map(has_interval, rows)) else []), dots).properties(
        width=WIDTH, height=height
    )


def _panels(
    alt: Any, profile: Profile, rows: Rows, names: list[str], axes: list[str], across: Any, colours: list[str]
) -> Any:
    middles = {
        axis: median(found)
        for axis in axes
        if (found := [row["value"] for row in rows if row["axis"] == axis])
    }
    rows = [row | {"middle": middles[row["axis"]]} for row in rows]
    y = alt.Y("axis:N", sort=axes, title=None, scale=alt.Scale(domain=axes)).axis(
        ticks=False, domain=False, labelLimit=90, labelOverlap=False
    )
    colour = alt.Color("name:N", scale=alt.Scale(domain=names, range=colours), legend=None)
    x = alt.X("value:Q", scale=across, title=axis_title(profile.unit) or None).axis(
        tickCount=3, format=NUMBERS
    )
    base = alt.Chart().encode(y=y)
    middle = base.mark_tick(color=GREY, thickness=1.2, size=10).encode(x=alt.X("middle:Q", scale=across))
    whiskers = base.transform_filter("isValid(datum.low) && isValid(datum.high)").mark_rule(opacity=0.6)
    dots = base.mark_point(filled=True, opacity=1, size=34).encode(x=x, color=colour)
    layered = alt.layer(
        middle, whiskers.encode(x=alt.X("low:Q", scale=across), x2="high:Q", color=colour), dots
    )
    return (
        layered.properties(width=104, height=len(axes) * 14)
        .facet(
            facet=alt.Facet("name:N", sort=names, title=None).header(labelAnchor="start", labelLimit=150),
            columns=_PANELS,
            data=alt.InlineData(values=rows),
        )
        .properties(spacing={"row": 18, "column": 14})
    )
