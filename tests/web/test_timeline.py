"""Where frames and evidence stand on the timeline."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import Cue, Evidence, EvidenceKind, SpokenWord
from cuewise.web.timeline import LANES, MOST_CHARS, MOST_MARKS, Row, place_frames, rows, ticks


def voice(number: int, start_s: float, end_s: float, text: str = "pitch rising") -> Evidence:
    return Evidence(id=f"A{number}", kind=EvidenceKind.AUDIO, start_s=start_s, end_s=end_s, text=text)


def cue(number: int, channel: str, start_s: float, end_s: float) -> Evidence:
    shown = Cue(channel=channel, value="raised", start_s=start_s, end_s=end_s)
    return Evidence(id=f"C{number}", kind=EvidenceKind.CUE, start_s=start_s, end_s=end_s, cue=shown)


def places(row: Row) -> list[tuple[str, float, float, int]]:
    return [(mark.id, mark.x, mark.width, mark.lane) for mark in row.along]


def test_frames_reach_to_the_next_one_on_their_line() -> None:
    # 4 s: 25 % a second; a fourteenth is 0.29 s, so that one line suffices.
    assert [(one.x, one.width, one.lane) for one in place_frames([0, 1, 2], 4)] == [
        (0, 25, 0),
        (25, 25, 0),
        (50, 50, 0),
    ]


def test_frames_that_stand_too_close_take_more_lines() -> None:
    # 20 s: 5 % a second; a fourteenth is 1.43 s, more than the second between frames and less than two.
    found = place_frames(range(10), 20)
    assert [one.lane for one in found] == [0, 1] * 5
    assert [one.x for one in found] == [5 * at for at in range(10)]
    assert [one.width for one in found] == [10] * 8 + [60, 55]


def test_what_overlaps_lies_below() -> None:
    (row,), left = rows([voice(1, 0, 2), voice(2, 1, 3), voice(3, 2, 4), voice(4, 6, 8)], 10)
    assert places(row) == [("A1", 0, 20, 0), ("A2", 10, 20, 1), ("A3", 20, 20, 0), ("A4", 60, 20, 0)]
    assert (row.name, row.lanes, left) == ("Voice", 2, 0)


def test_what_is_about_the_whole_clip_stands_apart() -> None:
    (row,), _ = rows([voice(1, 0, 10), voice(2, 0.1, 10), voice(3, 0, 5)], 10)
    assert [mark.id for mark in row.whole] == ["A1", "A2"]
    assert [mark.id for mark in row.along] == ["A3"]


def test_cues_have_a_row_for_each_channel_and_words_their_own_times() -> None:
    words = (
        SpokenWord(text="No,", start_s=1, end_s=1.2),
        SpokenWord(text="never.", start_s=1.2, end_s=2),
    )
    said = Evidence(id="T1", kind=EvidenceKind.TRANSCRIPT, start_s=1, end_s=2, text="No, never.", words=words)
    made, _ = rows([cue(1, "brows", 0, 1), said, cue(2, "mouth", 0, 1), cue(3, "brows", 2, 3)], 10)
    assert [row.name for row in made] == ["Words", "brows", "mouth"]
    # "No," takes 2 % of the axis and needs 11 % to be read, so that "never." lies below it.
    assert [(mark.text, mark.x, mark.lane, mark.told) for mark in made[0].along] == [
        ("No,", 10, 0, "T1, 1.0–1.2 s: No,"),
        ("never.", 12, 1, "T1, 1.2–2.0 s: never."),
    ]
    assert {mark.piece for mark in made[0].along} == {"T1, 1.0–2.0 s: No, never."}
    assert [mark.id for mark in made[1].along] == ["C1", "C3"]


def test_what_has_no_length_is_written_up_to_what_comes_next() -> None:
    seen = [
        Evidence(id=f"D{at}", kind=EvidenceKind.DESCRIPTION, start_s=time_s, end_s=time_s, text="She frowns.")
        for at, time_s in enumerate((0, 1, 3, 8), 1)
    ]
    (row,), _ = rows(seen, 10)
    # Each needs a fifth of the axis: D2 lies below D1, D3 beside it again, and D4 behind that.
    assert places(row) == [("D1", 0, 30, 0), ("D2", 10, 90, 1), ("D3", 30, 50, 0), ("D4", 80, 20, 0)]
    assert all(mark.is_label for mark in row.along)


def test_times_beyond_the_clip_stay_on_the_axis() -> None:
    (row,), _ = rows([voice(1, 8, 1e9), voice(2, 30, 40)], 10)
    assert [(mark.x, mark.width) for mark in row.along] == [(80, 20), (100, 0)]


@given(st.lists(st.tuples(st.floats(0, 12), st.floats(0, 3)), max_size=60))
def test_nothing_covers_anything_else(spans: list[tuple[float, float]]) -> None:
    pieces = [voice(at, start, start + length) for at, (start, length) in enumerate(spans, 1)]
    made, left = rows(pieces, 10)
    along = [mark for row in made for mark in row.along]
    assert len(along) + sum(len(row.whole) for row in made) + left == len(spans)
    for lane in range(LANES):
        mine = sorted((mark.start_s, mark.end_s) for mark in along if mark.lane == lane)
        assert all(end <= start + 1e-6 for (_, end), (start, _) in pairwise(mine))


def test_a_flood_of_evidence_is_cut_and_counted() -> None:
    pieces = [cue(at, "brows", at / 1000, at / 1000 + 0.5) for at in range(1, 5001)]
    pieces += [cue(at, f"channel {at}", 0, 1) for at in range(1, 51)]
    pieces.append(voice(1, 0, 1, "a" * 100_000))
    made, left = rows(pieces, 10)
    drawn = sum(len(row.along) + len(row.whole) for row in made)
    assert drawn + left == len(pieces)
    assert len(made) == 1 + LANES
    assert all(len(row.along) <= MOST_MARKS for row in made)
    assert len(made[0].along[0].text) <= MOST_CHARS + 2


@pytest.mark.parametrize("duration_s", [1e-3, 0.3, 1, 2.55, 7, 59.9, 3600, 1e6])
def test_a_handful_of_ticks_whatever_the_length(duration_s: float) -> None:
    made = ticks(duration_s)
    assert 3 <= len(made) <= 7
    assert made[0].time_s == 0
    assert all(tick.x == pytest.approx(100 * tick.time_s / duration_s, abs=1e-3) for tick in made)
