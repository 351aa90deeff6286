"""Where words go."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.reports.drawing.labels import Box, box_of, cut, place_labels, spread, width_of, wrap


def test_spread_by_hand() -> None:
    """10, 12 and 13 want first places 10, 2 and -7 at a gap of 10: they share their mean 5/3, so 1.7, 11.7, 21.7."""
    assert spread([10.0, 12.0, 13.0], 10.0, 0.0, 100.0) == [1.7, 11.7, 21.7]
    assert spread([50.0], 10.0, 0.0, 100.0) == [50.0]
    assert spread([], 10.0, 0.0, 100.0) == []
    assert spread([99.0, 98.0], 10.0, 0.0, 100.0) == [100.0, 90.0]


@given(st.lists(st.floats(0, 300), min_size=1, max_size=30))
def test_spread_places_keep_apart_and_in_order(wanted: list[float]) -> None:
    places = spread(wanted, 12.0, 0.0, 300.0)
    gap = min(12.0, 300.0 / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    for first, second in pairwise(order):
        assert places[second] - places[first] >= gap - 0.11
    assert all(-0.1 <= place <= 300.1 for place in places)


def test_words_wrap_where_they_may() -> None:
    assert wrap("question alone, with no media", 90) == ("question alone,", "with no media")
    assert wrap("Noise-ER", 40) == ("Noise-", "ER")
    assert wrap("one two three four five six", 40, lines=2)[-1].endswith("…")
    assert wrap("", 40) == ("",)


@given(st.text(max_size=60), st.floats(10, 200))
def test_cut_text_fits(text: str, width: float) -> None:
    shown = cut(text, width)
    assert shown == text or shown.endswith("…")
    assert width_of(shown) <= width or shown == "…"


def test_wide_letters_are_wide() -> None:
    assert width_of("中文", 10) == 20
    assert width_of("WWWW") > width_of("iiii")


def test_labels_meet_nothing() -> None:
    """Six points near one another: right is taken by neighbours for some, and every label finds a place of its own."""
    points = [(100.0, 100.0), (112.0, 100.0), (100.0, 118.0), (300.0, 100.0), (395.0, 50.0), (10.0, 10.0)]
    texts = [f"model {at}" for at in range(6)]
    placed = place_labels(points, texts, Box(0, 0, 400, 200))
    boxes = []
    for spot, text in zip(placed, texts, strict=True):
        assert spot is not None
        boxes.append(box_of(text, spot))
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))
    for at, (x, y) in enumerate(points):
        dot = Box(x - 5, y - 5, x + 5, y + 5)
        assert not any(box.meets(dot) for place, box in enumerate(boxes) if place != at)
    assert placed[3] is not None and placed[3].anchor == "start", "nothing is right of it"
    assert placed[4] is not None and placed[4].anchor == "end", "right of it is the edge"


def test_a_label_without_room_has_no_place() -> None:
    assert place_labels([(50.0, 50.0)], ["x" * 100], Box(0, 0, 100, 100)) == [None]
    everything = [Box(0, 0, 400, 400)]
    assert place_labels([(50.0, 50.0)], ["x"], Box(0, 0, 400, 400), taken=everything) == [None]


@pytest.mark.parametrize("n", [20, 40])
def test_crowds_get_numbers_placed(n: int) -> None:
    points = [(20.0 + 37 * (at % 8), 20.0 + 29 * (at // 8)) for at in range(n)]
    assert all(place_labels(points, [str(at) for at in range(n)], Box(0, 0, 400, 400)))
