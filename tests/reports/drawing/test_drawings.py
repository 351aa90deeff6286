"""Plots, bars and profiles as strokes and words, at places worked out by hand."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import pytest

from cuewise.reports.blocks import Bar, Bars, Plot, Profile, Series, Value
from cuewise.reports.drawing.bars import bars_drawing
from cuewise.reports.drawing.labels import Placed, box_of
from cuewise.reports.drawing.plots import needs_legend, plot_drawing, plot_key
from cuewise.reports.drawing.profiles import is_round, profile_drawing, profile_panels
from cuewise.reports.drawing.svg import (
    NARROW,
    WIDE,
    Drawing,
    Letters,
    Stroke,
    moved,
    polyline,
    shapes,
    sign,
    whisker,
)
from support.blocks import MODELS, bars, cloud, curves, every_block, named_lines, profile, scatter


def _strokes(drawing: Drawing, look: str) -> list[Stroke]:
    return [mark for mark in drawing.marks if isinstance(mark, Stroke) and look in mark.look.split()]


def _letters(drawing: Drawing) -> list[Letters]:
    return [mark for mark in drawing.marks if isinstance(mark, Letters)]


def test_signs_are_moved_whole() -> None:
    assert moved("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", 10, 20) == "M6 20a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"
    assert moved("M-3 -3H3V3H-3z", 10, 20) == "M7 17H13V23H7z"
    assert moved("M0 -5L5 0L0 5L-5 0z", 10, 20) == "M10 15L15 20L10 25L5 20z"
    assert len({sign(at) for at in range(4)}) == 4


def test_paths_by_hand() -> None:
    assert polyline([(0, 1), (2, 3), None, (4, 5)]) == "M0 1L2 3M4 5"
    assert whisker(10, 20, 5, upright=False) == "M10 5H20M10 2v6M20 2v6"
    assert whisker(10, 20, 5, upright=True) == "M5 10V20M2 10h6M2 20h6"


def test_series_of_one_colour_have_unlike_shapes() -> None:
    found = shapes([0, 1, 2, 0, 0, 8 % 8])
    assert found[:3] == [0, 1, 2]
    assert len({found[0], found[3], found[4], found[5]}) == 4


def test_a_bar_is_as_long_as_its_number() -> None:
    """Of an axis from 0 to 100 a bar of 50 covers half, its interval 40 to 60 a fifth."""
    drawing = bars_drawing(
        Bars("b", "B", "percent", (Bar("a", Value(50, 40, 60), 3),), low=0, high=100), WIDE
    )
    path = _strokes(drawing, "bar")[0].path
    left, width = re.match(r"M([\d.]+) [\d.]+h([\d.]+)v", path).groups()  # type: ignore[union-attr]
    ticks = [mark for mark in _letters(drawing) if mark.look == "tick"]
    start, end = ticks[0].x, ticks[-1].x
    assert float(left) == start
    assert float(width) == pytest.approx((end - start) / 2, abs=0.1)
    low, high = re.match(r"M([\d.]+) [\d.]+H([\d.]+)", _strokes(drawing, "whisker")[0].path).groups()  # type: ignore[union-attr]
    assert float(high) - float(low) == pytest.approx((end - start) / 5, abs=0.2)
    assert _strokes(drawing, "bar")[0].look == "bar c3"
    assert _strokes(drawing, "bar")[0].title == "a: 50.0 % (95 % interval 40.0–60.0)"


def test_bars_of_both_signs_meet_at_zero() -> None:
    drawing = bars_drawing(Bars("b", "B", "points", (Bar("a", Value(10)), Bar("b", Value(-10)))), WIDE)
    edges = []
    for stroke in _strokes(drawing, "bar"):
        left, width = re.match(r"M([\d.]+) [\d.]+h([\d.]+)v", stroke.path).groups()  # type: ignore[union-attr]
        edges.append((float(left), float(left) + float(width)))
    assert edges[0][0] == pytest.approx(edges[1][1], abs=0.1)


def test_an_axis_without_zero_has_dots() -> None:
    drawing = bars_drawing(Bars("b", "B", "percent", (Bar("a", Value(61.0)),), low=60, high=66), WIDE)
    assert not _strokes(drawing, "bar")
    assert len(_strokes(drawing, "dot")) == 1


def test_a_missing_bar_is_a_dash() -> None:
    drawing = bars_drawing(Bars("b", "B", "percent", (Bar("a", Value(None)), Bar("b", Value(5)))), NARROW)
    assert len(_strokes(drawing, "bar")) == 1
    assert [mark.text for mark in _letters(drawing) if mark.text == "–"] == ["–"]


def test_references_are_named_with_their_number() -> None:
    drawing = bars_drawing(bars("b"), WIDE)
    assert len(_strokes(drawing, "reference")) == 2
    words = {mark.text for mark in _letters(drawing)}
    assert {"mean of 20 published models, 39.5", "most frequent label, 22.0", "Closed", "Open"} <= words


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("n", [6, 20])
def test_names_in_a_scatter_do_not_overlap(width: float, n: int) -> None:
    drawing = plot_drawing(scatter("s", MODELS[:n]), width)
    named = [mark for mark in _letters(drawing) if mark.look == "halo"]
    assert len(named) == n
    boxes = [box_of(mark.text, Placed(mark.x, mark.y, mark.anchor)) for mark in named]
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))
    assert all(box.left >= 0 and box.right <= width for box in boxes)


def test_points_are_numbered_where_names_have_no_room() -> None:
    few, many = plot_drawing(scatter("s", MODELS[:3]), WIDE), plot_drawing(scatter("s"), NARROW)
    assert not few.numbered
    assert many.numbered
    numbers = {mark.text for mark in _letters(many) if mark.look == "halo"}
    assert numbers == {str(at) for at in range(1, 21)}
    assert [(entry.number, entry.name) for entry in plot_key(scatter("s"), numbered=True)][:2] == [
        (1, MODELS[0]),
        (2, MODELS[1]),
    ]


def test_a_line_breaks_where_a_value_is_missing() -> None:
    drawing = plot_drawing(curves("c", 3), WIDE)
    lines = _strokes(drawing, "line")
    assert [stroke.path.count("M") for stroke in lines] == [1, 2, 1]
    assert len(_strokes(drawing, "band")) == 4, "the broken line's band is broken as well"
    assert len(_strokes(drawing, "dot")) == 3 * 5 - 1


def test_lines_have_bands_then_whiskers_then_neither() -> None:
    few, some, many = (plot_drawing(curves("c", n), WIDE) for n in (3, 7, 20))
    assert _strokes(few, "band") and not _strokes(few, "interval")
    assert _strokes(some, "interval") and not _strokes(some, "band")
    assert not _strokes(many, "band") and not _strokes(many, "interval")


def test_names_of_lines_stand_apart_at_their_ends() -> None:
    drawing = plot_drawing(curves("c", 20), WIDE)
    ends = sorted(mark.y for mark in _letters(drawing) if mark.look.startswith("ink"))
    assert len(ends) == 20
    assert all(later - earlier >= 13 for earlier, later in pairwise(ends))
    assert max(ends) <= drawing.height


def test_named_places_wrap_or_turn() -> None:
    wide, narrow = plot_drawing(named_lines("n"), WIDE), plot_drawing(named_lines("n"), NARROW)
    assert {"video only", "words only"} <= {mark.text for mark in _letters(wide)}
    assert all(mark.turn == 0 for mark in _letters(wide))
    assert sum(mark.turn == -45 for mark in _letters(narrow)) == 5


def test_named_points_of_several_series_need_both_names() -> None:
    """Directly named they need a legend of the series; numbered, each number tells both."""
    series = tuple(
        Series(name, at, (1.0, 2.0), (Value(5.0 + at), Value(6.0 + at)), ("ER-Lab", "SA"))
        for at, name in enumerate(("one", "two"))
    )
    plot = Plot("p", "P", "X", "Y", "count", "percent", series)
    assert not plot_drawing(plot, WIDE).numbered
    assert [(entry.number, entry.name) for entry in plot_key(plot, numbered=False)] == [
        (None, "one"),
        (None, "two"),
    ]
    assert [entry.name for entry in plot_key(plot, numbered=True)] == [
        "one: ER-Lab",
        "one: SA",
        "two: ER-Lab",
        "two: SA",
    ]
    assert plot_key(scatter("s", MODELS[:3]), numbered=False) == ()


def test_many_points_need_a_legend() -> None:
    assert needs_legend(cloud("c"))
    assert not needs_legend(scatter("s"))
    assert not needs_legend(curves("c", 3))


def test_a_profile_takes_the_form_that_can_be_read() -> None:
    assert is_round(profile("p", 4))
    assert not is_round(profile("p", 5))
    assert not is_round(profile("p", 3, ("a", "b", "c", "d")))
    assert not is_round(profile("p", 3, tuple(map(str, range(13)))))


def test_a_circle_by_hand() -> None:
    """Five axes; the first points up. Of a scale from 0 to 1, 0.5 lies half-way, at radius 54 of 108."""
    values = (Value(1.0), Value(0.5), Value(0.5), Value(None), Value(0.5))
    one = Profile("p", "P", "ratio", tuple("abcde"), (Series("s", 0, (0, 1, 2, 3, 4), values),))
    drawing = profile_drawing(one, WIDE)
    x0, y0 = drawing.width / 2, 154
    path = _strokes(drawing, "line")[0].path
    assert path.startswith(f"M{x0:g} {y0 - 108:g}L")
    # cos(-18 degrees) = 0.951, sin(-18 degrees) = -0.309
    assert f"L{x0 + 54 * 0.95106:.1f} {y0 - 54 * 0.30902:.1f}" in path
    assert path.count("M") == 2, "a missing value breaks the outline"


def test_each_of_many_has_a_panel_beside_the_median() -> None:
    panels = profile_panels(profile("p", 20))
    assert [series.name for series, _ in panels] == list(MODELS)
    drawing = panels[0][1]
    assert len(_strokes(drawing, "middle")) == 8
    assert len(_strokes(drawing, "dot")) == 8
    assert len(_strokes(panels[1][1], "dot")) == 7, "one value is missing"


def test_all_words_lie_in_the_figure() -> None:
    for section in every_block():
        for block in section.blocks:
            for width in (WIDE, NARROW):
                match block:
                    case Plot():
                        drawing = plot_drawing(block, width)
                    case Bars():
                        drawing = bars_drawing(block, width)
                    case Profile() if len(block.series) <= 8:
                        drawing = profile_drawing(block, width)
                    case _:
                        continue
                for mark in _letters(drawing):
                    if mark.turn:
                        continue
                    box = box_of(mark.text, Placed(mark.x, mark.y, mark.anchor))
                    assert box.left >= -3 and box.right <= drawing.width + 24, (block.id, width, mark)
                    assert box.bottom <= drawing.height + 1, (block.id, width, mark)
