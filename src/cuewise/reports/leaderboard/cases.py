"""Samples whose answers are shown side by side, as the paper's case studies are."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Final

from cuewise.analysis.instructive import KINDS, Pick, instructive
from cuewise.errors import CuewiseError
from cuewise.records import Decision, Evidence, EvidenceKind, MediaRef, Outcome, Sample, Step, Verdict
from cuewise.reports.formats import DASH, decimal
from cuewise.reports.leaderboard.entries import Details, Entry, Slugs
from cuewise.reports.leaderboard.standing import Group
from cuewise.reports.words.grounding import DECISIONS
from cuewise.reports.words.outcomes import OUTCOMES

LONGEST: Final = 4000
"""Signs of an answer that are shown, and of a thought before it."""
MOST_STEPS: Final = 30
MOST_EVIDENCE: Final = 40
MOST_FRAMES: Final = 10
FRAME_SIDE: Final = 240
"""Longer side of a frame, pixels."""
FRAME_QUALITY: Final = 70


Why = tuple[str, str]
"""Why a sample was chosen: in fixed words, with the group whose models show it, and which of them and how."""


@dataclass(frozen=True)
class CaseStep:
    """A step with its verdict, as texts."""

    number: int
    text: str
    label: bool
    """Whether it names the label."""
    sign: str
    """What the judge decided or the rating, as a short sign."""
    look: str
    """`right`, `wrong` or `open`."""
    verdict: str
    cited: str


@dataclass(frozen=True)
class CaseAnswer:
    """What one model said of a sample."""

    entry: Entry
    ended: str
    """How it ended, in words; empty where it was scored."""
    named: str
    look: str
    scores: tuple[tuple[str, str], ...]
    """Names and figures, percent."""
    text: str
    cut: bool
    steps: tuple[CaseStep, ...]
    more_steps: int
    """Steps that are not shown."""
    evidence: tuple[tuple[str, str, str], ...]
    """What its judge was given: id, times, and what it says."""
    times: int
    """How often the sample was asked; the first answer with a score is shown."""


@dataclass(frozen=True)
class Case:
    """One page."""

    slug: str
    number: int
    sample: Sample
    why: tuple[Why, ...]
    answers: tuple[CaseAnswer, ...]
    right: int
    """Answers that earn all points in recognition."""
    frames: tuple[tuple[float, str], ...]
    """Time in seconds, and the picture as base64 of a JPEG; empty unless they are wanted."""


def choose_cases(groups: Sequence[Group], most: int) -> dict[str, tuple[Why, ...]]:
    """Ids of samples worth showing, with why: reasons take turns, so that each kind has its share.

    Args:
        groups: rows that were judged alike; the published models have no samples to show.
        most: how many.
    """
    queues: list[list[tuple[str, Why]]] = []
    for group in groups:
        tables = [entry.details.table for entry in group.entries if entry.details is not None]
        if not tables:
            continue
        picks = instructive(tables)
        for turn, kind in enumerate(KINDS):
            found = [(pick.id, _why(pick, group)) for pick in picks if pick.kind == kind]
            # Each kind has its tasks in the same order, so each begins with another one.
            at = turn % len(found) if found else 0
            queues.append(found[at:] + found[:at])
    chosen: dict[str, list[Why]] = {}
    for one in chain.from_iterable(zip_longest(*queues)):
        if one is None:
            continue
        identifier, why = one
        if identifier in chosen:
            chosen[identifier].append(why)
        elif len(chosen) < most:
            chosen[identifier] = [why]
    return {identifier: tuple(reasons) for identifier, reasons in chosen.items()}


def _why(pick: Pick, group: Group) -> Why:
    return f"{KINDS[pick.kind]} (group {group.letter})", f"{group.entries[pick.run].title}: {pick.reason}"


def make_cases(
    chosen: dict[str, tuple[Why, ...]], entries: Sequence[Entry], *, with_frames: bool
) -> Iterator[Case]:
    """The pages of chosen samples, in the order in which they were chosen."""
    found: dict[str, list[tuple[Entry, Outcome, int]]] = {identifier: [] for identifier in chosen}
    readers: dict[str, Callable[[MediaRef], bytes] | None] = {}
    for entry in entries:
        if entry.details is None:
            continue
        for identifier, outcomes in _first(entry.details, list(chosen)).items():
            shown = next((one for one in outcomes if one.score is not None), outcomes[0])
            found[identifier].append((entry, shown, len(outcomes)))
        readers[entry.slug] = entry.details.read_media
    slugs = Slugs()
    for number, (identifier, why) in enumerate(chosen.items(), 1):
        sample = found[identifier][0][1].sample
        same = [one for one in found[identifier] if _question(one[1].sample) == _question(sample)]
        answers = tuple(_answer(*one) for one in same)
        frames = (
            next(filter(None, (_frames(o, readers[e.slug]) for e, o, _ in same)), ()) if with_frames else ()
        )
        yield Case(
            slug=slugs.take(sample.id[:80]),
            number=number,
            sample=sample,
            why=why,
            answers=answers,
            right=sum(answer.look == "right" for answer in answers),
            frames=frames,
        )


def _first(details: Details, wanted: Sequence[str]) -> dict[str, list[Outcome]]:
    grouped: dict[str, list[Outcome]] = {}
    for outcome in details.outcomes_of(wanted):
        grouped.setdefault(outcome.sample.id, []).append(outcome)
    return grouped


def _question(sample: Sample) -> tuple[object, ...]:
    return sample.id, sample.question, sample.label_set, sample.labels


def _answer(entry: Entry, outcome: Outcome, times: int) -> CaseAnswer:
    score, reading = outcome.score, outcome.reading
    labels = reading.labels if reading is not None else None
    named = DASH if labels is None else ", ".join(labels) or "no candidate"
    text = outcome.answer.text if outcome.answer else ""
    words, _ = OUTCOMES[outcome.kind]
    verdicts = {verdict.step: verdict for verdict in outcome.verdicts}
    shown = outcome.steps[:MOST_STEPS]
    return CaseAnswer(
        entry=entry,
        ended="" if score is not None else words,
        named=named,
        look="open" if score is None else _look(score.recognition),
        scores=()
        if score is None
        else tuple(
            (name, decimal(100 * value))
            for name, value in (
                ("recognition", score.recognition),
                ("reasoning", score.reasoning),
                ("CoT", score.cot),
            )
        ),
        text=text[:LONGEST],
        cut=len(text) > LONGEST,
        steps=tuple(_step(step, verdicts.get(step.index), step is outcome.steps[-1]) for step in shown),
        more_steps=len(outcome.steps) - len(shown),
        evidence=tuple(map(_told, outcome.evidence[:MOST_EVIDENCE])),
        times=times,
    )


def _told(piece: Evidence) -> tuple[str, str, str]:
    """A piece of evidence as texts."""
    times = f"{decimal(piece.start_s)}" + (f"–{decimal(piece.end_s)}" if piece.end_s != piece.start_s else "")
    said = piece.text or piece.kind.value if piece.cue is None else f"{piece.cue.channel}: {piece.cue.value}"
    return piece.id, f"{times} s", said[:LONGEST]


def _look(points: float) -> str:
    return "right" if points == 1 else "wrong" if points == 0 else "open"


def _step(step: Step, verdict: Verdict | None, label: bool) -> CaseStep:
    if verdict is None:
        return CaseStep(step.index, step.text[:LONGEST], label, DASH, "open", "not judged", "")
    sign = f"{verdict.rating:.2g}/1"
    look, decision = _look(verdict.rating), ""
    if verdict.decision is not None and not label:
        decision = verdict.decision.value
        sign = f"{DECISIONS[verdict.decision]} {sign}"
        look = {Decision.SUPPORTED: "right", Decision.CONTRADICTED: "wrong"}.get(verdict.decision, "open")
    said = ", ".join(filter(None, (decision, _bearing(verdict))))
    verdict_text = f"{said}: {verdict.reason}" if said and verdict.reason else said or verdict.reason
    return CaseStep(
        step.index,
        step.text[:LONGEST],
        label,
        sign,
        look,
        verdict_text[:LONGEST],
        " ".join(verdict.evidence[:20]),
    )


def _bearing(verdict: Verdict) -> str:
    if verdict.repeats is not None:
        return f"repeats step {verdict.repeats}"
    return "does not bear on the label" if verdict.relevant is False else ""


def _frames(outcome: Outcome, read: Callable[[MediaRef], bytes] | None) -> tuple[tuple[float, str], ...]:
    """The frames among the evidence that can be read."""
    from cuewise.media.images import thumbnail

    if read is None:
        return ()
    pictures: list[tuple[float, str]] = []
    for piece in outcome.evidence:
        if piece.kind is not EvidenceKind.FRAME or piece.image is None or len(pictures) == MOST_FRAMES:
            continue
        try:
            small = thumbnail(read(piece.image), FRAME_SIDE, FRAME_QUALITY)
        except (CuewiseError, OSError, ValueError):
            continue  # the workspace no longer holds it
        pictures.append((piece.start_s, base64.b64encode(small).decode("ascii")))
    return tuple(pictures)
