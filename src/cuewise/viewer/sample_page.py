"""One sample in one run or several: the model of the page, made of outcomes and manifests alone.

For a route, such as `/runs/RUN/samples/SAMPLE?with=RUN2&with=RUN3&epoch=1`::

    asked = [InRun(name, manifest, tuple(store.of([sample_id]))) for …]      # the run of the address first
    clip = find_clip(asked, media_store, clip_paths)
    view = sample_view(asked, clip, epoch=1, around=Around(previous=…, next=…, back=…), links=links)
    return pages.page("sample.html", view=view)

with `Pages("cuewise.viewer", ("sample.css", "sample.js", …))`, and the calls of an answer, which the page fetches when
they are opened, by `calls_page.calls_view` and `calls.html` under `Links.calls`. Runs that lack the sample are left
out by whoever calls. The page's steps have the ids `step-3`, and in further columns `step-3-in-2`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cuewise.analysis.digest import predicted
from cuewise.media.clip_paths import ClipPaths
from cuewise.media.store import MediaStore
from cuewise.records import (
    Audio,
    ClipFacts,
    Evidence,
    EvidenceKind,
    Outcome,
    OutcomeKind,
    Sample,
)
from cuewise.reports.private import scrub, shown_settings
from cuewise.reports.words.phrases import nature
from cuewise.reports.words.protocols import NAMES_IN_FULL
from cuewise.runs.manifest import Manifest
from cuewise.viewer.answer_words import about, given, marks, reading_words, standing, usage_words
from cuewise.viewer.steps import Look, StepView, label_words, step_views
from cuewise.web.player import Material, Player, clip_type, make_player
from cuewise.web.timeline import span_words

COLOURS: Final = 8
MOST_EVIDENCE: Final = 1000
"""Pieces in the table of evidence."""


@dataclass(frozen=True)
class InRun:
    """A sample's outcomes in one run."""

    name: str
    manifest: Manifest
    outcomes: tuple[Outcome, ...]
    """One per epoch, in order; at least one."""


@dataclass(frozen=True)
class ClipHere:
    """What of a clip is on this machine."""

    audio: Audio | None = None
    """Decoded sound."""
    file_type: str | None = None
    """Type of the clip's file, as `clip_type` gives it."""


@dataclass(frozen=True)
class Around:
    """Where one can go from a sample."""

    back: str
    """Address of the list that it was chosen from."""
    previous: str | None = None
    next: str | None = None
    place: str = ""
    """Where in the list it is, such as `3 of 120`."""


@dataclass(frozen=True)
class Links:
    """Addresses that the page leads to."""

    calls: Callable[[str, int], str]
    """Of a run's calls for this sample in an epoch."""
    epoch: Callable[[int], str]
    """Of this page in another epoch."""
    run: Callable[[str], str]
    """Of a run's own page."""
    prefix: str = ""
    """Before `/clip/…` and `/media/…`."""


@dataclass(frozen=True)
class EpochLink:
    """One of several answers to the sample."""

    number: int
    """From 1."""
    url: str
    is_shown: bool
    said: str
    """What it came to, in words."""
    look: Look


@dataclass(frozen=True)
class EvidenceLine:
    """A piece of evidence in the table."""

    id: str
    when: str
    text: str


@dataclass(frozen=True)
class Column:
    """One run's answer."""

    number: int
    """From 0."""
    run: str
    run_url: str
    model: str
    nature: str | None
    """What must be known of a model that is no real one."""
    rules: str
    judges: str
    colour: int
    ended: str
    """Right, partly right or wrong; how it ended where there is no score."""
    look: Look
    message: str
    """What happened, where there is no score."""
    given: str
    """What of the clip the model was given."""
    predicted: tuple[str, ...] | None
    """None where no label was reached."""
    marks: tuple[tuple[str, str], ...]
    """Names and figures."""
    reading: tuple[tuple[str, str], ...]
    """How the label was read, each part with what it means; empty where it was not."""
    withheld: tuple[str, ...]
    epochs: tuple[EpochLink, ...]
    """Empty where the sample was asked once."""
    steps: tuple[StepView, ...]
    layer: int
    """Which of the player's layers has its evidence."""
    answer: str
    usage: str
    calls_url: str | None
    """Where its calls are told; None where no model was asked."""
    remarks: tuple[str, ...]
    """What of this run's sample or clip is not as in the first one's."""


@dataclass(frozen=True)
class Candidate:
    """A label that could be chosen."""

    label: str
    is_gold: bool
    by: int
    """Answers on the page that name it."""


@dataclass(frozen=True)
class SamplePage:
    """Everything that the page shows."""

    sample: Sample
    around: Around
    candidates: tuple[Candidate, ...]
    n_answers: int
    """Answers that came to a label or to none."""
    clip: Player
    columns: tuple[Column, ...]
    evidence: tuple[tuple[str, tuple[EvidenceLine, ...]], ...]
    """Per layer of the player: whose it is, and its pieces but frames."""
    about: tuple[str, ...] = field(default=())
    """Task, source, clip's length and size, in words."""


def find_clip(asked: Sequence[InRun], store: MediaStore, paths: ClipPaths) -> ClipHere:
    """What of the sample's clip is here: the sound that was decoded for a run, and the type of its file."""
    facts = _facts(asked)
    if facts is None:
        return ClipHere()
    rules = dict.fromkeys(one.manifest.settings.frame_rule for one in asked)
    found = (store.lookup_key(facts.sha256, rule) for rule in rules)
    media = next((one for one in found if one is not None), None)
    return ClipHere(media.audio if media else None, clip_type(paths, facts))


def sample_view(
    asked: Sequence[InRun], clip: ClipHere, *, around: Around, links: Links, epoch: int = 0
) -> SamplePage:
    """The page of a sample.

    Args:
        asked: the runs in the order of the columns; at least one. Of each its answer of the epoch is shown, or its
            last one where it has fewer.
        epoch: from 0.
    """
    shown = [_of_epoch(one.outcomes, epoch) for one in asked]
    layers, places = _layers(asked, shown)
    columns = tuple(
        _column(at, run, outcome, links, layer=layer, first=shown[0])
        for at, (run, outcome, layer) in enumerate(zip(asked, shown, places, strict=True))
    )
    sample, facts = shown[0].sample, _facts(asked)
    said = [column.predicted for column in columns if column.predicted is not None]
    player = make_player(
        facts,
        [Material.of(layer.evidence, layer.name) for layer in layers],
        audio=clip.audio,
        file_type=clip.file_type,
        prefix=links.prefix,
        why=next((scrub(one.message) for one in shown if one.kind in _NO_CLIP and one.message), ""),
        notes=_clip_notes(sample),
    )
    return SamplePage(
        sample=sample,
        around=around,
        candidates=tuple(
            Candidate(label, label in sample.labels, sum(label in labels for labels in said))
            for label in sample.label_set
        ),
        n_answers=len(said),
        clip=player,
        columns=columns,
        evidence=tuple((layer.name, _lines(layer.evidence)) for layer in layers),
        about=about(sample, facts),
    )


def _of_epoch(outcomes: Sequence[Outcome], epoch: int) -> Outcome:
    return next((outcome for outcome in outcomes if outcome.epoch == epoch), outcomes[-1])


_NO_CLIP: Final = (OutcomeKind.MISSING_CLIP, OutcomeKind.BROKEN_CLIP)


def _facts(asked: Sequence[InRun]) -> ClipFacts | None:
    return next((o.facts for one in asked for o in one.outcomes if o.facts is not None), None)


@dataclass
class _Layer:
    """A set of evidence on the timeline, and the runs that have it."""

    evidence: tuple[Evidence, ...]
    runs: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"Evidence of {', '.join(self.runs)}"


def _layers(asked: Sequence[InRun], shown: Sequence[Outcome]) -> tuple[list[_Layer], list[int]]:
    """Each set of evidence once, and for each run which of them it has.

    An answer that was not judged has none, and stands beside the first.
    """
    layers: dict[tuple[object, ...], _Layer] = {}
    places = []
    for run, outcome in zip(asked, shown, strict=True):
        if not outcome.evidence:
            places.append(0)
            continue
        key = tuple(map(_told_of, outcome.evidence))
        layers.setdefault(key, _Layer(outcome.evidence)).runs.append(run.name)
        places.append(list(layers).index(key))
    return list(layers.values()), places


def _told_of(piece: Evidence) -> tuple[object, ...]:
    """What the page shows of a piece. To compare whole records takes longer than all else on the page."""
    image, cue = piece.image, piece.cue
    return (
        piece.id,
        piece.start_s,
        piece.end_s,
        piece.text,
        image and image.sha256,
        cue and (cue.channel, cue.value),
        tuple((word.text, word.start_s, word.end_s) for word in piece.words),
    )


def _column(number: int, run: InRun, outcome: Outcome, links: Links, *, layer: int, first: Outcome) -> Column:
    settings = shown_settings(run.manifest.settings)
    ended, look = standing(outcome)
    return Column(
        number=number,
        run=run.name,
        run_url=links.run(run.name),
        model=settings.model.name,
        nature=nature(settings.model.name),
        rules=NAMES_IN_FULL[outcome.protocol],
        judges=", ".join(judge.name for judge in settings.judges),
        colour=number % COLOURS,
        ended=ended,
        look=look,
        message=scrub(outcome.message),
        given=given(settings, outcome),
        predicted=predicted(outcome),
        marks=marks(outcome),
        reading=reading_words(outcome),
        withheld=outcome.withheld,
        epochs=_epochs(run, outcome, links),
        steps=step_views(outcome),
        layer=layer,
        answer=outcome.answer.text if outcome.answer else "",
        usage=usage_words(outcome),
        calls_url=links.calls(run.name, outcome.epoch)
        if outcome.calls or (outcome.answer and outcome.answer.thinking)
        else None,
        remarks=_remarks(outcome, first),
    )


def _epochs(run: InRun, shown: Outcome, links: Links) -> tuple[EpochLink, ...]:
    if len(run.outcomes) < 2:
        return ()
    made = []
    for outcome in run.outcomes:
        said, look = standing(outcome)
        labels = predicted(outcome)
        words = said if outcome.score is None or labels is None else f"{label_words(labels)}, {said}"
        url = links.epoch(outcome.epoch)
        made.append(EpochLink(outcome.epoch + 1, url, outcome is shown, words, look))
    return tuple(made)


def _remarks(outcome: Outcome, first: Outcome) -> tuple[str, ...]:
    """What cannot be held against the first column without knowing it."""
    remarks = []
    mine, its = outcome.sample, first.sample
    if (mine.question, mine.label_set, mine.labels) != (its.question, its.label_set, its.labels):
        remarks.append("Another question, other candidates or other gold labels than in the first column.")
    if outcome.facts and first.facts and outcome.facts.sha256 != first.facts.sha256:
        remarks.append(
            "The clip’s file was another one than in the first column, which is the one that plays."
        )
    return tuple(remarks)


def _clip_notes(sample: Sample) -> list[str]:
    if sample.sound_from is None:
        return []
    return [
        f"In place of its own sound this clip was given that of {sample.sound_from.sample}"
        f" ({label_words(sample.sound_from.labels)}). Here it plays with its own; evidence of voice and words is of"
        " the other."
    ]


def _lines(evidence: Sequence[Evidence]) -> tuple[EvidenceLine, ...]:
    told = [piece for piece in evidence if piece.kind is not EvidenceKind.FRAME][:MOST_EVIDENCE]
    return tuple(
        EvidenceLine(piece.id, span_words(piece.start_s, piece.end_s), piece.text or _cue_words(piece))
        for piece in told
    )


def _cue_words(piece: Evidence) -> str:
    return f"{piece.cue.channel}: {piece.cue.value}" if piece.cue else ""
