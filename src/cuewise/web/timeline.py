"""What stands on a clip's timeline, and where: frames, and evidence in rows, so that nothing covers anything else.

Places are percent of the timeline's length, as the page's script puts them; nothing here knows how wide a page is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor, log10
from typing import Final

from cuewise.records import Evidence, EvidenceKind

LANES: Final = 12
"""Lines of one row; what overlaps more than that is left out of the drawing."""
MOST_MARKS: Final = 300
"""Of one row, and rows of annotated cues together with it."""
MOST_CHARS: Final = 300
"""Of a piece's words on the timeline."""
_WHOLE: Final = 0.98
"""What covers so much of the clip is about all of it, and stands beside the axis rather than along it."""
_WORD: Final = 0.11
"""Share of the axis that a word needs to be read."""
_PHRASE: Final = 0.2
"""The same of the beginning of a description, or of a cue."""
_FRAMES_ACROSS: Final = 14
"""So many frames fit beside one another on a small screen."""
_FRAME_LANES: Final = 4


@dataclass(frozen=True)
class Tick:
    """A label of the axis."""

    time_s: float
    x: float
    """Percent."""


@dataclass(frozen=True)
class Mark:
    """A piece of evidence on the timeline. Several marks may be of one piece, such as the words of an utterance."""

    id: str
    start_s: float
    end_s: float
    """As `start_s` for an instant."""
    text: str
    """What is written on it."""
    told: str
    """Id, times and words, as read out."""
    piece: str
    """The same of the piece of evidence, of which this may be a word."""
    is_label: bool = False
    """Whether it is text that begins at its time, rather than a box as long as it takes."""
    x: float = 0.0
    """Percent."""
    width: float = 0.0
    """Percent; of a label at most."""
    lane: int = 0
    """From 0, downwards."""


@dataclass(frozen=True)
class Row:
    """Evidence of one sort."""

    name: str
    kind: EvidenceKind
    whole: tuple[Mark, ...]
    """What is about the whole clip."""
    along: tuple[Mark, ...]
    """What has its time within it."""
    lanes: int
    """Lines that `along` takes."""


@dataclass(frozen=True)
class FramePlace:
    """Where a frame stands: from its time on, at most to the next one on its line."""

    x: float
    width: float
    lane: int


def ticks(duration_s: float) -> tuple[Tick, ...]:
    """About five round times from 0 to the end.

    >>> [tick.time_s for tick in ticks(3.2)], [round(tick.time_s, 2) for tick in ticks(0.45)]
    ([0.0, 1.0, 2.0, 3.0], [0.0, 0.1, 0.2, 0.3, 0.4])
    """
    rough = duration_s / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    times = [at * step for at in range(int(duration_s / step + 1e-9) + 1)]
    return tuple(Tick(time_s, _percent(time_s, duration_s)) for time_s in times)


def place_frames(times_s: Sequence[float], duration_s: float) -> tuple[FramePlace, ...]:
    """Frames in as few lines as leave each of them room to be seen.

    Args:
        times_s: in order.
    """
    least = duration_s / _FRAMES_ACROSS
    lanes = next(
        (
            lanes
            for lanes in range(1, _FRAME_LANES)
            if all(later - time >= least for time, later in zip(times_s, times_s[lanes:], strict=False))
        ),
        _FRAME_LANES,
    )
    ends = [*times_s[lanes:], *[duration_s] * min(lanes, len(times_s))]
    return tuple(
        FramePlace(
            _percent(time_s, duration_s),
            _percent(max(0.0, min(end, duration_s) - time_s), duration_s),
            at % lanes,
        )
        for at, (time_s, end) in enumerate(zip(times_s, ends, strict=True))
    )


def rows(evidence: Iterable[Evidence], duration_s: float) -> tuple[tuple[Row, ...], int]:
    """Evidence but frames in rows, and how many pieces had no room. Annotated cues have a row per channel."""
    pieces = list(evidence)
    made: list[Row] = []
    left = 0
    sorts: list[tuple[str, EvidenceKind, list[Mark]]] = [
        ("Voice", EvidenceKind.AUDIO, _marks(pieces, EvidenceKind.AUDIO, _text)),
        ("Words", EvidenceKind.TRANSCRIPT, _words(pieces)),
        ("Seen", EvidenceKind.DESCRIPTION, _marks(pieces, EvidenceKind.DESCRIPTION, _text)),
    ]
    channels: dict[str, list[Evidence]] = {}
    for piece in pieces:
        if piece.kind is EvidenceKind.CUE:
            channels.setdefault(piece.cue.channel if piece.cue else "cue", []).append(piece)
    for name, cues in list(channels.items())[:LANES]:
        sorts.append((name, EvidenceKind.CUE, _marks(cues, EvidenceKind.CUE, _cue)))
    left += sum(len(cues) for cues in list(channels.values())[LANES:])
    for name, kind, marks in sorts:
        left += max(0, len(marks) - MOST_MARKS)
        row, out = _row(name[:MOST_CHARS], kind, marks[:MOST_MARKS], duration_s)
        left += out
        if row.whole or row.along:
            made.append(row)
    return tuple(made), left


def _row(name: str, kind: EvidenceKind, marks: Sequence[Mark], duration_s: float) -> tuple[Row, int]:
    def is_whole(mark: Mark) -> bool:
        return min(mark.end_s, duration_s) - mark.start_s >= _WHOLE * duration_s

    ends: list[float] = []
    along: list[Mark] = []
    left = 0
    for mark in sorted(marks, key=lambda mark: (mark.start_s, mark.end_s)):
        if is_whole(mark):
            continue
        lane = next((at for at, end in enumerate(ends) if end <= mark.start_s + 1e-9), len(ends))
        if lane >= LANES:
            left += 1
            continue
        if lane == len(ends):
            ends.append(0.0)
        room = (_WORD if kind is EvidenceKind.TRANSCRIPT else _PHRASE) * duration_s if mark.is_label else 0.0
        ends[lane] = max(mark.end_s, mark.start_s + room)
        x = _percent(mark.start_s, duration_s)
        along.append(replace(mark, x=x, width=_percent(mark.end_s, duration_s) - x, lane=lane))
    return Row(name, kind, tuple(filter(is_whole, marks)), _with_room(along), len(ends)), left


def _with_room(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Labels as wide as there is room before the next mark on their line."""
    placed = []
    next_x: dict[int, float] = {}
    for mark in reversed(marks):
        if mark.is_label:
            mark = replace(mark, width=round(next_x.get(mark.lane, 100.0) - mark.x, 3))
        next_x[mark.lane] = mark.x
        placed.append(mark)
    return tuple(reversed(placed))


def _marks(pieces: Iterable[Evidence], kind: EvidenceKind, words: Callable[[Evidence], str]) -> list[Mark]:
    return [_mark(piece, words(piece)) for piece in pieces if piece.kind is kind]


def _mark(piece: Evidence, text: str) -> Mark:
    read, text = told(piece), _cut(text)
    # What is read out has in it what is written: whoever speaks to a browser names a button by what is on it.
    said = read if text in read else f"{read}, {text}"
    is_instant = piece.end_s <= piece.start_s
    return Mark(piece.id, piece.start_s, piece.end_s, text, said, said, is_label=is_instant)


def _words(pieces: Iterable[Evidence]) -> list[Mark]:
    """Utterances, or their words where these have times."""
    made = []
    for piece in pieces:
        if piece.kind is not EvidenceKind.TRANSCRIPT:
            continue
        if not piece.words:
            made.append(_mark(piece, _text(piece)))
        for word in piece.words[:MOST_MARKS]:
            read = f"{piece.id}, {span_words(word.start_s, word.end_s)}: {_cut(word.text)}"
            made.append(
                Mark(piece.id, word.start_s, word.end_s, _cut(word.text), read, told(piece), is_label=True)
            )
    return made


def told(piece: Evidence) -> str:
    """Id, times and words of a piece, as read out."""
    words = _cut(_text(piece)) if piece.kind is not EvidenceKind.FRAME else "frame"
    return f"{piece.id}, {span_words(piece.start_s, piece.end_s)}: {words}"


def span_words(start_s: float, end_s: float) -> str:
    """A time or a stretch of it.

    >>> span_words(1, 1), span_words(0.41, 1.28)
    ('1.0 s', '0.4–1.3 s')
    """
    return f"{start_s:.1f}–{end_s:.1f} s" if end_s > start_s else f"{start_s:.1f} s"


def _text(piece: Evidence) -> str:
    return piece.text or (f"{piece.cue.channel}: {piece.cue.value}" if piece.cue else piece.id)


def _cue(piece: Evidence) -> str:
    return piece.cue.value if piece.cue else _text(piece)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARS else text[:MOST_CHARS] + " …"


def _percent(time_s: float, duration_s: float) -> float:
    return round(100 * min(1.0, max(0.0, time_s / duration_s)), 3)
