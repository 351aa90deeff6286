"""For every step of an answer: which frames, stretches of sound and words it was held against, and when they are.

Derived from what an outcome stores; nothing is judged again, and no time is given that no evidence has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cuewise.cues import EvidenceModality, modality_of
from cuewise.records import Decision, Evidence, EvidenceKind, Outcome, SpokenWord, Step
from cuewise.verdicts.times import find_times

NEAR_S: Final = 1.0
"""A frame is marked for a time that a step states if it lies no further from it; frames are usually a second apart."""
MAX_CHARS: Final = 2000
"""Times and quotations are looked for in the first so many characters of a step."""
_MAX_QUOTES: Final = 20


@dataclass(frozen=True)
class TimeSpan:
    """A time that a step states, in seconds from the start of the clip; equal for an instant."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class Quote:
    """Words of the transcript that a step quotes."""

    text: str
    """As the transcript has them."""
    start: int
    """Place in the text of the piece of evidence, in characters: `text[start:end]`."""
    end: int
    start_s: float | None = None
    """When they are said, in seconds from the start of the clip; None where the transcript has no times of words."""
    end_s: float | None = None


@dataclass(frozen=True)
class AlignedEvidence:
    """A piece of evidence beside a step."""

    id: str
    kind: EvidenceKind
    modality: EvidenceModality
    start_s: float
    end_s: float
    checked: bool
    """Whether a judge held the step against it; an LLM judge is taken to hold each reason against all it sees."""
    cited: bool
    """Whether the verdict rests on it."""
    nearest: bool
    """For a frame: whether it is the nearest to a time that the step states, or within a stretch that it states."""
    quotes: tuple[Quote, ...]
    """For a transcript: what of it the step quotes."""


@dataclass(frozen=True)
class StepAlignment:
    """A step beside the evidence."""

    step: int
    text: str
    decision: Decision | None
    rating: float | None
    """None where the step was not judged."""
    relevant: bool | None
    """Whether it bears on the label that the answer names; None where the judge does not say, as in the next two."""
    repeats: int | None
    """The earlier step that the judge says it repeats."""
    confidence: float | None
    """The judge's own, 0..1."""
    reason: str
    """Why, in the judge's words; may be empty."""
    times: tuple[TimeSpan, ...]
    """Times that the step states, in its order."""
    evidence: tuple[AlignedEvidence, ...]
    """What was checked or cited, is nearest or is quoted, in the outcome's order."""


@dataclass(frozen=True)
class Stated:
    """What a step itself says of the evidence."""

    times: tuple[TimeSpan, ...]
    """In its order."""
    near: tuple[str, ...]
    """Ids of the frames nearest to them, in the order of the evidence."""
    quotes: dict[str, tuple[Quote, ...]]
    """What it quotes, by id of the transcript's piece."""


class Timed:
    """The evidence of an outcome that has times or words, which its steps may state."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self._frames = [piece for piece in evidence if piece.kind is EvidenceKind.FRAME]
        self._transcripts = [piece for piece in evidence if piece.kind is EvidenceKind.TRANSCRIPT]

    def stated(self, text: str) -> Stated:
        """What the text of a step states of it."""
        text = text[:MAX_CHARS]
        times = tuple(dict.fromkeys(TimeSpan(start_s, end_s) for _, start_s, end_s in find_times(text)))
        found = ((piece.id, _quotes(text, piece)) for piece in self._transcripts)
        return Stated(
            times, _nearest_frames(times, self._frames), {id: quotes for id, quotes in found if quotes}
        )


def align(outcome: Outcome) -> tuple[StepAlignment, ...]:
    """Every step of an outcome, in order, beside the evidence; empty where the answer has no steps."""
    timed = Timed(outcome.evidence)
    return tuple(_aligned(step, outcome, timed.stated(step.text)) for step in outcome.steps)


def _aligned(step: Step, outcome: Outcome, stated: Stated) -> StepAlignment:
    verdict = next((verdict for verdict in outcome.verdicts if verdict.step == step.index), None)
    cited = set(verdict.evidence) if verdict else set()
    votes = [verdict for vote in outcome.votes for verdict in vote.verdicts if verdict.step == step.index]
    judged = [*votes, verdict] if verdict else votes
    checked = cited.union(*(each.checked for each in judged), *(each.evidence for each in judged))
    pieces = []
    for piece in outcome.evidence:
        quotes = stated.quotes.get(piece.id, ())
        if piece.id in checked or piece.id in stated.near or quotes:
            pieces.append(
                AlignedEvidence(
                    id=piece.id,
                    kind=piece.kind,
                    modality=modality_of(piece),
                    start_s=piece.start_s,
                    end_s=piece.end_s,
                    checked=piece.id in checked,
                    cited=piece.id in cited,
                    nearest=piece.id in stated.near,
                    quotes=quotes,
                )
            )
    return StepAlignment(
        step=step.index,
        text=step.text,
        decision=verdict.decision if verdict else None,
        rating=verdict.rating if verdict else None,
        relevant=verdict.relevant if verdict else None,
        repeats=verdict.repeats if verdict else None,
        confidence=verdict.confidence if verdict else None,
        reason=verdict.reason if verdict else "",
        times=stated.times,
        evidence=tuple(pieces),
    )


def _nearest_frames(times: Sequence[TimeSpan], frames: Sequence[Evidence]) -> tuple[str, ...]:
    """Ids of those within each time, or else of the nearest (of two as near the earlier) if it is near."""
    near: set[str] = set()
    for time in times:
        distances = [
            (max(time.start_s - frame.start_s, frame.start_s - time.end_s, 0.0), frame.id) for frame in frames
        ]
        least = min((distance for distance, _ in distances), default=NEAR_S + 1)
        closest = [frame for distance, frame in distances if distance == least]
        if least <= NEAR_S:
            near.update(closest if least == 0 else closest[:1])
    return tuple(frame.id for frame in frames if frame.id in near)


# --- quotations ------------------------------------------------------------------------------------

_QUOTED: Final = re.compile(
    r"\"([^\"\n]{1,300})\"|“([^”\n]{1,300})”|「([^」\n]{1,300})」|(?<!\w)['‘]([^'‘’\n]{1,300}(?:['’]\w[^'‘’\n]{0,300}){0,8})['’](?!\w)"
)
_OPENING: Final = re.compile(r"[\"“「'‘]")
"""What every quotation begins with."""
_WORD: Final = re.compile(r"[^\W_]+")


def _quotes(text: str, piece: Evidence) -> tuple[Quote, ...]:
    """What a step quotes of a piece of the transcript, with times as far as its words have some."""
    if not _OPENING.search(text):
        return ()
    spans: list[tuple[int, int, SpokenWord]] = []
    at = 0
    said = piece.text or ""
    for word in piece.words:
        start = said.find(word.text, at)
        if start >= 0:
            at = start + len(word.text)
            spans.append((start, at, word))
    found = []
    for quote in find_quotes(text, said):
        words = [word for start, end, word in spans if start < quote.end and end > quote.start]
        found.append(replace(quote, start_s=words[0].start_s, end_s=words[-1].end_s) if words else quote)
    return tuple(found)


def find_quotes(text: str, transcript: str) -> tuple[Quote, ...]:
    """What stands in quotation marks in a text and occurs in the transcript, each time that it occurs there.

    Case, punctuation and white space do not matter; whole words do.

    >>> find_quotes('She asks "who is there".', "Hello? Who is there?")
    (Quote(text='Who is there', start=7, end=19, start_s=None, end_s=None),)
    """
    found: dict[Quote, None] = {}
    for quoted in _quotations(text):
        words = _WORD.findall(quoted)
        if not words:
            continue
        spelled = r"[\W_]+".join(map(re.escape, words))
        # In scripts without spaces any place will do.
        opening = r"(?<![^\W_])" if words[0][0].isascii() else ""
        closing = r"(?![^\W_])" if words[-1][-1].isascii() else ""
        for match in re.finditer(f"{opening}{spelled}{closing}", transcript, re.IGNORECASE):
            if len(found) >= _MAX_QUOTES:
                break
            found.setdefault(Quote(match[0], *match.span()))
    return tuple(sorted(found, key=lambda quote: (quote.start, quote.end)))


def _quotations(text: str) -> Iterator[str]:
    for match in _QUOTED.finditer(text):
        yield next(group for group in match.groups() if group is not None)
