"""Bars for print."""

from __future__ import annotations

from typing import Any, Final

from cuewise.reports.blocks import Bars
from cuewise.reports.drawing.bars import bars_scale
from cuewise.reports.drawing.labels import width_of
from cuewise.reports.numbers import axis_title, known, number
from cuewise.reports.palette import MODELS
from cuewise.reports.paper.figures import GREY, NUMBERS, SIZE, WIDTH, Rows, has_interval, unlike, words

_HEADING: Final = "\u2060"
"""Begins the name of a group's own line; it is invisible."""


def chart(alt: Any, bars: Bars) -> Any:
    """Bars from 0, or dots where the axis leaves 0 out; None where there is no number."""
    if all(known(bar.value.value) is None for bar in bars.bars):
        return None
    names, rows = _rows(bars)
    scale = bars_scale(bars, 0, WIDTH)
    across = alt.Scale(domain=[scale.low, scale.high], nice=False, clamp=True)
    axis = alt.Axis(values=list(scale.ticks), format=NUMBERS, orient="bottom")
    x = alt.X("value:Q", scale=across, axis=axis, title=axis_title(bars.unit) or None)
    bold = {
        "condition": {"test": f"indexof(datum.value, '{_HEADING}') === 0", "value": "bold"},
        "value": "normal",
    }
    y = alt.Y("name:N", sort=names, title=None, scale=alt.Scale(domain=names))
    y = y.axis(labelFontWeight=bold, ticks=False, domain=False, labelOverlap=False)
    shown = [row for row in rows if row["value"] is not None]
    base = alt.Chart(alt.InlineData(values=shown)).encode(y=y)
    colour = alt.Color("colour:N", scale=None)
    if scale.low <= 0 <= scale.high:
        layers = [base.mark_bar(height=11, opacity=0.55).encode(x=x, x2=alt.datum(0), color=colour)]
    else:
        layers = [base.mark_point(filled=True, opacity=1, size=45).encode(x=x, color=colour)]
    layers += _references(alt, bars, across)
    if intervals := [row for row in shown if has_interval(row)]:
        whiskers = alt.Chart(alt.InlineData(values=intervals)).encode(y=y)
        layers.append(whiskers.mark_rule().encode(x=alt.X("low:Q", scale=across), x2="high:Q"))
        layers += [
            whiskers.mark_tick(thickness=1, size=6, color="black").encode(x=alt.X(f"{end}:Q", scale=across))
            for end in ("low", "high")
        ]
    text = words(base.encode(x=alt.X("edge:Q", scale=across)), align="left", dx=5)
    missing = alt.Chart(alt.InlineData(values=[row for row in rows if row["value"] is None and row["text"]]))
    dash = missing.mark_text(align="left", fontSize=SIZE, color=GREY).encode(
        y=y, x=alt.value(5), text="text:N"
    )
    return alt.layer(*layers, *text, dash).properties(width=WIDTH, height={"step": 19})


def _rows(bars: Bars) -> tuple[list[str], Rows]:
    """Names from top to bottom, groups' among them, and what is drawn."""
    names: list[str] = []
    rows: Rows = []
    group = ""
    groups = list(dict.fromkeys(bar.group for bar in bars.bars))
    within = {one: iter(unlike([bar.name for bar in bars.bars if bar.group == one])) for one in groups}
    for bar in bars.bars:
        if bar.group and bar.group != group:
            names.append(_HEADING + bar.group)
        group = bar.group
        # Invisible signs tell a name's place in one group from that in another.
        name = next(within[group]) + _HEADING * groups.index(group)
        names.append(name)
        value, high = known(bar.value.value), known(bar.value.high)
        rows.append(
            {
                "name": name,
                "value": value,
                "low": known(bar.value.low),
                "high": high,
                "edge": None if value is None else max(value, 0.0 if value < 0 else value, high or value),
                "text": number(value, bars.unit),
                "colour": MODELS[bar.colour % len(MODELS)],
            }
        )
    return unlike(names), rows


def _references(alt: Any, bars: Bars, across: Any) -> list[Any]:
    layers = []
    drawn = sorted((one for one in bars.reference if known(one[1]) is not None), key=lambda one: -one[1])
    for at, (name, value) in enumerate(drawn):
        text = f"{name}, {number(value, bars.unit)}"
        low, high = across.domain
        place = WIDTH * (value - low) / (high - low)
        half = width_of(text, SIZE) / 2
        centre = min(max(place, half), max(half, WIDTH - half))
        height = -8 - (len(drawn) - 1 - at) * (SIZE + 3)
        one = alt.Chart(alt.InlineData(values=[{"value": value, "text": text}]))
        layers += [
            one.mark_rule(strokeDash=[5, 3], color=GREY).encode(x=alt.X("value:Q", scale=across)),
            one.mark_text(fontSize=SIZE, color=GREY).encode(
                x=alt.value(centre), y=alt.value(height), text="text:N"
            ),
        ]
    return layers
