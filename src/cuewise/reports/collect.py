"""Gathers the outcomes of all runs for the report's sample table and sample pages.

The table's rows are small and lie open in the file. The details of the samples are many times larger; they
are packed in deflated blocks of neighbouring samples, and the page unpacks a block when one of them is opened.
"""

from __future__ import annotations

import base64
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Final

from cuewise.records import EvidenceKind, MediaRef, Outcome, OutcomeKind, Sample
from cuewise.reports.details import detail, predicted, shown_message
from cuewise.reports.embedding import compact_json
from cuewise.reports.spread import spread_order
from cuewise.runs.outcomes import by_sample

BLOCK: Final = 50
"""Samples per deflated block."""

BUDGET_PER_RUN: Final = 4_000_000
BUDGET: Final = 24_000_000
"""Bytes of packed details, per run and in all; beyond that an even spread over outcomes is kept."""

_SHRINK: Final = 0.95

_BEFORE: Final = {OutcomeKind.MISSING_CLIP, OutcomeKind.BROKEN_CLIP, OutcomeKind.EVIDENCE_FAILURE}
"""How a sample without an answer ended before the model was asked: the last where the model is sent what an agent
writes down."""

FrameRefs = list[tuple[str, MediaRef]]
"""Evidence id and picture of each frame of a sample."""


@dataclass(frozen=True)
class Packed:
    """What the report's script is given."""

    index: dict[str, Any]
    """The sample table: `strings`, `samples` and per run `rows`; see `Collection.pack`."""
    blocks: list[list[str]]
    """Per run: its details in blocks of `BLOCK` shown samples, each a base64 text of deflated JSON."""
    shown: tuple[int, ...]
    """Samples whose details are in the file, by place in the table."""
    total: int
    """Samples in the table."""


@dataclass
class RunNotes:
    """What is counted of a run's outcomes beside its figures."""

    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a kind of outcome had which cause."""
    withheld: Counter[str] = field(default_factory=Counter)
    """Of how many samples something was kept from the judge, by what it was."""

    cued: int = 0
    """Samples with annotated cues."""
    unasked: int = 0
    """Samples that the model was never asked, as they ended before."""

    def add(self, *outcomes: Outcome) -> None:
        """Count one sample: its outcome, or its outcomes in all epochs."""
        self.cued += bool(outcomes[0].sample.cues)
        self.unasked += all(outcome.answer is None and outcome.kind in _BEFORE for outcome in outcomes)
        self.causes.update((outcome.kind.value, outcome.cause) for outcome in outcomes if outcome.cause)
        # "audio clue: names Anger" is of an audio clue.
        self.withheld.update({what.partition(":")[0] for outcome in outcomes for what in outcome.withheld})


@dataclass
class Collection:
    """All samples of all runs, each sample once.

    Samples of two runs are one where question, candidates and gold labels are the same as well as the id.
    """

    _strings: dict[str, int] = field(default_factory=dict)
    _places: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], int] = field(default_factory=dict)
    _samples: list[list[Any]] = field(default_factory=list)
    _rows: list[dict[int, list[Any]]] = field(default_factory=list)
    _details: list[dict[int, str]] = field(default_factory=list)
    _groups: list[dict[int, tuple[str, str, float | None]]] = field(default_factory=list)
    frames: list[dict[int, FrameRefs]] = field(default_factory=list)
    """Per run and place: the frames among the evidence."""
    notes: list[RunNotes] = field(default_factory=list)
    """Per run."""

    def __len__(self) -> int:
        return len(self._samples)

    def add_run(self, outcomes: Iterable[Outcome]) -> None:
        """Take in the outcomes of one more run, those of a sample one after the other."""
        rows: dict[int, list[Any]] = {}
        details: dict[int, str] = {}
        groups: dict[int, tuple[str, str, float | None]] = {}
        frames: dict[int, FrameRefs] = {}
        notes = RunNotes()
        for answers in by_sample(outcomes):
            first = answers[0]
            place = self._place(first.sample)
            rows[place] = self._row(first) if len(answers) == 1 else self._row_of_several(answers)
            told = [detail(outcome) for outcome in answers]
            details[place] = compact_json(told[0] if len(told) == 1 else told)
            groups[place] = (first.sample.task, first.kind.value, _mean_recognition(answers))
            # The frames are those of the clip, whatever was answered.
            pictures = (
                [
                    (piece.id, piece.image)
                    for piece in outcome.evidence
                    if piece.kind is EvidenceKind.FRAME and piece.image is not None
                ]
                for outcome in answers
            )
            if found := next(filter(None, pictures), None):
                frames[place] = found
            notes.add(*answers)
        self._rows.append(rows)
        self._details.append(details)
        self._groups.append(groups)
        self.frames.append(frames)
        self.notes.append(notes)

    def order(self) -> list[int]:
        """Places so that every beginning is an even spread over the tasks, outcomes and labels got right."""
        return spread_order(
            [tuple(groups.get(place) for groups in self._groups) for place in range(len(self._samples))]
        )

    def pack(self, order: Sequence[int], budget: int | None = None) -> Packed:
        """The table and, as far as the budget allows, the details.

        A sample of the table is `[id, task, gold labels, candidates, question]`; a row of a run is `[outcome,
        predicted labels or null, recognition, reasoning, CoT (percent), steps, tokens, message, status of the label
        reading]`, or 0 where the run has no such sample. Words are places in `strings`, -1 where there is none. Where
        a sample was asked several times, its row holds what most of its answers have and the means of their numbers,
        and ends in a list of the answers' own rows; its details are a list as well.

        Args:
            order: as `order` gives it: which samples to keep first.
            budget: bytes of packed details in all.
        """
        if budget is None:
            budget = min(BUDGET_PER_RUN * len(self._details), BUDGET)
        shown = sorted(order)
        blocks = self._pack(shown)
        while (size := sum(len(block) for run in blocks for block in run)) > budget:
            shown = sorted(order[: int(len(shown) * _SHRINK * budget / size)])
            blocks = self._pack(shown)
        places = range(len(self._samples))
        index = {
            "strings": list(self._strings),
            "samples": self._samples,
            "rows": [[rows.get(place, 0) for place in places] for rows in self._rows],
            "block": BLOCK,
            "shown": None if len(shown) == len(places) else shown,
        }
        return Packed(index, blocks, tuple(shown), len(places))

    def _pack(self, shown: Sequence[int]) -> list[list[str]]:
        return [
            [
                _deflate("[" + ",".join(details.get(place, "0") for place in shown[at : at + BLOCK]) + "]")
                for at in range(0, len(shown), BLOCK)
            ]
            for details in self._details
        ]

    def _place(self, sample: Sample) -> int:
        key = (sample.id, sample.question, sample.label_set, sample.labels)
        place = self._places.setdefault(key, len(self._samples))
        if place == len(self._samples):
            self._samples.append(
                [
                    sample.id,
                    self._string(sample.task),
                    [self._string(label) for label in sample.labels],
                    [self._string(label) for label in sample.label_set],
                    self._string(sample.question),
                ]
            )
        return place

    def _row(self, outcome: Outcome) -> list[Any]:
        labels = predicted(outcome)
        score = outcome.score
        points = (score.recognition, score.reasoning, score.cot) if score else (None, None, None)
        message = shown_message(outcome)
        return [
            self._string(outcome.kind.value),
            None if labels is None else [self._string(label) for label in labels],
            *(_percent(value) for value in points),
            score.n_steps if score else None,
            outcome.answer.output_tokens if outcome.answer else None,
            self._string(message) if message else -1,
            self._string(outcome.reading.status.value) if outcome.reading else -1,
        ]

    def _row_of_several(self, answers: Sequence[Outcome]) -> list[Any]:
        """One row for all answers to a sample; one without a score counts as 0 points."""
        rows = [self._row(outcome) for outcome in answers]
        kinds, labels, recognition, reasoning, cot, steps, tokens, messages, statuses = (
            list(column) for column in zip(*rows, strict=True)
        )
        points = (
            None if column == [None] * len(rows) else round(fmean(value or 0 for value in column), 1)
            for column in (recognition, reasoning, cot)
        )
        counted = ([number for number in column if number is not None] for column in (steps, tokens))
        return [
            _most_frequent(kinds),
            _most_frequent(labels),
            *points,
            *(round(fmean(numbers)) if numbers else None for numbers in counted),
            next((message for message in messages if message >= 0), -1),
            _most_frequent(statuses),
            rows,
        ]

    def _string(self, text: str) -> int:
        return self._strings.setdefault(text, len(self._strings))


def _mean_recognition(answers: Sequence[Outcome]) -> float | None:
    """None where no answer has a score; one without counts as 0 beside others."""
    scores = [outcome.score for outcome in answers]
    return fmean(score.recognition if score else 0.0 for score in scores) if any(scores) else None


def _most_frequent(values: Sequence[Any]) -> Any:
    """Of equally frequent values the first."""
    return max(values, key=values.count)


def _percent(value: float | None) -> float | int | None:
    """Percent with one decimal, written without it where it is a whole number."""
    if value is None:
        return None
    rounded = round(100 * value, 1)
    return int(rounded) if rounded.is_integer() else rounded


def _deflate(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 6)).decode("ascii")
