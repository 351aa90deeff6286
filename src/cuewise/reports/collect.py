"""Gathers the outcomes of all runs for the report's sample table and sample pages.

The table's rows come from the runs' digests and are packed as columns. The details of a sample are many times larger,
so only those of chosen samples are read from the runs' stores; they are packed in deflated blocks of a few samples,
all runs' together, and the page unpacks a block when one of them is opened.
"""

from __future__ import annotations

import base64
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cuewise.analysis.columns import Codes, coded, coded_numbers, planes
from cuewise.analysis.digest import Digest
from cuewise.records import EvidenceKind, MediaRef, Outcome
from cuewise.reports.details import detail, shown_message
from cuewise.reports.embedding import compact_json
from cuewise.reports.places import SamplePlaces
from cuewise.reports.spread import spread_order, take_turns
from cuewise.runs.outcomes import by_sample

BLOCK: Final = 50
"""Outcomes per deflated block, about."""

MOST_OUTCOMES: Final = 2000
"""Whose details are in a report: reading and packing a thousand takes about half a second."""

_SHRINK: Final = 0.95

FrameRefs = list[tuple[str, MediaRef]]
"""Evidence id and picture of each frame of a sample."""

ReadOutcomes = Callable[[Sequence[str]], Iterable[Outcome]]
"""Gives a run's outcomes of samples by their ids, those of one sample one after the other."""

Column = tuple[list[Any], Codes]
"""Different values, and the place of each row's among them."""


@dataclass
class Details:
    """What the report's script is given of the samples that can be opened."""

    shown: list[int] = field(default_factory=list)
    """Their places in the table, in the order in which they are packed."""
    per_block: int = 1
    """Samples in a block."""
    blocks: list[str] = field(default_factory=list)
    """Base64 texts of deflated JSON: per sample a list of what each run has of it, 0 where it has nothing, and a list
    of its answers where it was asked several times."""
    frames: list[dict[int, FrameRefs]] = field(default_factory=list)
    """Per run and place: the frames among the evidence."""


@dataclass(frozen=True)
class _Run:
    """One run's rows."""

    digest: Digest
    places: Codes
    """Place in the table of each of its samples, (n_samples,)."""


@dataclass
class Collection:
    """All samples of all runs, each sample once."""

    _strings: dict[str, int] = field(default_factory=dict)
    _groups: dict[tuple[str, ...], int] = field(default_factory=dict)
    _places: SamplePlaces = field(default_factory=SamplePlaces)
    _runs: list[_Run] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._places)

    def add_run(self, digest: Digest) -> None:
        """Take in one more run."""
        places = self._places.add(digest.table.samples, digest.wording.questions)
        self._runs.append(_Run(digest, places))

    def framed(self) -> int:
        """How many samples have frames among their evidence."""
        found = np.zeros(len(self), dtype=np.bool_)
        for run in self._runs:
            found[run.places[run.digest.wording.framed]] = True
        return int(found.sum())

    def order(self) -> list[int]:
        """Places so that every beginning is an even spread over the tasks, and within each over the rarest way in which
        any run's answer ended, and whether all runs got the labels right, none or some."""
        ends = [_first_kinds(run.digest) for run in self._runs]
        often = Counter(kind for kinds in ends for kind in kinds)
        ranks = {kind: rank for rank, kind in enumerate(sorted(often, key=lambda kind: (often[kind], kind)))}
        rarest = np.full(len(self), len(ranks))
        asked, right, wrong = (np.zeros(len(self), dtype=np.int64) for _ in range(3))
        for run, kinds in zip(self._runs, ends, strict=True):
            of_run = np.array([ranks[kind] for kind in kinds], dtype=np.int64)
            rarest[run.places] = np.minimum(rarest[run.places], of_run)
            recognition = run.digest.table.score("recognition")
            asked[run.places] += 1
            right[run.places] += recognition == 1
            wrong[run.places] += recognition == 0
        standing = np.where(right == asked, 2, np.where(wrong == asked, 0, 1))
        groups = list(zip(rarest.tolist(), standing.tolist(), strict=True))
        members: dict[str, list[int]] = {}
        for place, task in enumerate(self._places.tasks):
            members.setdefault(task, []).append(place)
        return take_turns(
            [
                [places[at] for at in spread_order([groups[place] for place in places])]
                for places in members.values()
            ]
        )

    def index(self) -> dict[str, Any]:
        """The sample table.

        `samples` and each run's `rows` are columns of equal length, packed by `_columns`; of a sample: task, gold
        labels, candidates, question, and apart from them its id; of a run: outcome, predicted labels, recognition,
        reasoning, CoT (percent), steps, tokens, message, status of the label reading, and how often it was asked
        where that was several times. `places` are those of the rows, null where every sample has one, in order. Words
        are places in `strings`, labels together places in `groups`, null where there is none. Where samples were
        asked several times, a row holds what most of the answers have and the means of their numbers, and `answers`
        has the first nine columns of each answer.
        """
        keys = list(self._places.keys)
        ids, questions, label_sets, labels = zip(*keys, strict=True) if keys else ((), (), (), ())
        samples = _columns(
            [
                self._words(self._places.tasks),
                self._labels(labels),
                self._labels(label_sets),
                self._words(questions),
            ]
        )
        rows = [self._rows(run) for run in self._runs]
        return {
            "strings": list(self._strings),
            "groups": [[self._strings[label] for label in group] for group in self._groups],
            "ids": _deflate(compact_json(ids).encode()),
            "samples": samples,
            "rows": rows,
        }

    def details(self, order: Sequence[int], readers: Sequence[ReadOutcomes], budget: int) -> Details:
        """The details of as many samples as there is room for, and of `MOST_OUTCOMES` outcomes at most.

        Args:
            order: places of samples, most wanted first.
            readers: of each run, in the order in which they were added.
            budget: bytes of packed details in all.
        """
        made = Details(per_block=max(1, BLOCK // max(1, len(self._runs))), frames=[{} for _ in self._runs])
        ids = [id_ for id_, *_ in self._places.keys]
        known = [set(run.places.tolist()) for run in self._runs]
        answers = sum(round(len(run.digest.table) / max(1, len(run.places))) for run in self._runs)
        order = order[: MOST_OUTCOMES // max(1, answers)]
        room, at, n = budget, 0, made.per_block
        while at < len(order) and n:
            chosen = order[at : at + n]
            texts: list[dict[int, str]] = []
            for run, read, frames in zip(known, readers, made.frames, strict=True):
                wanted = {ids[place]: place for place in chosen if place in run}
                texts.append(_read_details(wanted, read, frames))
            for start in range(0, len(chosen), made.per_block):
                block = chosen[start : start + made.per_block]
                packed = _block(block, texts)
                while block and len(packed) > room:
                    block = block[: int(len(block) * _SHRINK * room / len(packed))]
                    packed = _block(block, texts)
                if block:
                    room -= len(packed)
                    made.shown += block
                    made.blocks.append(packed)
                if len(block) < min(made.per_block, len(chosen) - start):
                    return made
            at += n
            # As many more as there will be room for, by what these took; whole blocks.
            fit = int(1.05 * room * at / max(1, budget - room))
            n = -(-fit // made.per_block) * made.per_block
        return made

    def _rows(self, run: _Run) -> dict[str, Any]:
        table, wording = run.digest.table, run.digest.wording
        points = [_percent(table.points[name]) for name in ("recognition", "reasoning", "cot")]
        steps = np.where(table.scored, table.steps.astype(np.float64), np.nan)
        kinds, predicted = self._words(table.kind), self._labels(wording.predicted)
        status, messages = self._words(table.status), self._messages(wording.messages)
        answers = [kinds, predicted, *map(_numbers, (*points, steps, table.tokens)), messages, status]
        everywhere = len(run.places) == len(self) and bool((run.places == np.arange(len(self))).all())
        rows: dict[str, Any] = {"places": None if everywhere else run.places.tolist()}
        if len(table) == len(table.samples):
            return rows | {"rows": _columns([*answers, _constant(None, len(table))]), "answers": None}
        starts = np.flatnonzero(np.diff(table.sample, prepend=-1))
        counts = np.diff(starts, append=len(table))
        together = [
            (kinds[0], _most_frequent(kinds[1], starts)),
            (predicted[0], _most_frequent(predicted[1], starts)),
            *(
                _numbers(_percent(_mean_score(values, table.sample, counts)))
                for values in table.points.values()
            ),
            *(
                _numbers(np.round(_mean_counted(values, table.sample, len(counts))))
                for values in (steps, table.tokens)
            ),
            (messages[0], _first_said(messages, starts)),
            (status[0], _most_frequent(status[1], starts)),
            _numbers(counts.astype(np.float64)),
        ]
        return rows | {"rows": _columns(together), "answers": _columns(answers)}

    def _words(self, values: Iterable[str | None]) -> Column:
        different, codes = coded(values)
        return [None if value is None else self._string(value) for value in different], codes

    def _labels(self, values: Iterable[tuple[str, ...] | None]) -> Column:
        different, codes = coded(values)
        return [None if value is None else self._group(value) for value in different], codes

    def _messages(self, values: Iterable[str]) -> Column:
        different, codes = coded(values)
        told = [self._string(shown_message(value)) if value else None for value in different]
        return told, codes

    def _group(self, labels: tuple[str, ...]) -> int:
        for label in labels:
            self._string(label)
        return self._groups.setdefault(labels, len(self._groups))

    def _string(self, text: str) -> int:
        return self._strings.setdefault(text, len(self._strings))


def _read_details(wanted: dict[str, int], read: ReadOutcomes, frames: dict[int, FrameRefs]) -> dict[int, str]:
    """The details of samples of one run as JSON, by place; puts their frames into `frames`."""
    texts = {}
    for answers in by_sample(read(list(wanted))) if wanted else ():
        place = wanted[answers[0].sample.id]
        told = [detail(outcome) for outcome in answers]
        texts[place] = compact_json(told[0] if len(told) == 1 else told)
        # The frames are those of the clip, whatever was answered.
        if found := next(filter(None, map(_frames, answers)), None):
            frames[place] = found
    return texts


def _frames(outcome: Outcome) -> FrameRefs:
    return [
        (piece.id, piece.image)
        for piece in outcome.evidence
        if piece.kind is EvidenceKind.FRAME and piece.image is not None
    ]


def _block(places: Sequence[int], texts: Sequence[dict[int, str]]) -> str:
    samples = ("[" + ",".join(of_run.get(place, "0") for of_run in texts) + "]" for place in places)
    return _deflate(("[" + ",".join(samples) + "]").encode())


def _columns(columns: Sequence[Column]) -> dict[str, Any]:
    """Columns of equal length: for each its different values and the bytes of a code, and all codes one after the
    other."""
    packed = [planes(codes) for _, codes in columns]
    n = len(columns[0][1])
    return {
        "n": n,
        "columns": [
            [values, len(codes) // n if n else 0] for (values, _), codes in zip(columns, packed, strict=True)
        ],
        "codes": _deflate(b"".join(packed)),
    }


def _numbers(values: npt.NDArray[np.float64]) -> Column:
    """Numbers, those that are whole without a decimal point; None for NaN."""
    different, codes = coded_numbers(values)
    return [int(value) if value is not None and value.is_integer() else value for value in different], codes


def _percent(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.round(100 * values, 1)


def _constant(value: Any, n: int) -> Column:
    return [value], np.zeros(n, dtype=np.int64)


def _first_kinds(digest: Digest) -> list[str]:
    """How the first answer to each sample ended."""
    table = digest.table
    return [table.kind[at] for at in np.flatnonzero(np.diff(table.sample, prepend=-1)).tolist()]


def _mean_score(values: npt.NDArray[np.float64], sample: Codes, counts: Codes) -> npt.NDArray[np.float64]:
    """By sample; an answer without a score counts as 0 beside others, NaN where none has one."""
    means = np.bincount(sample, weights=np.nan_to_num(values), minlength=len(counts)) / counts
    scored = np.bincount(sample, weights=~np.isnan(values), minlength=len(counts))
    return np.where(scored > 0, means, np.nan)


def _mean_counted(values: npt.NDArray[np.float64], sample: Codes, n: int) -> npt.NDArray[np.float64]:
    """By sample, over the answers that have a value; NaN where none has."""
    known = np.bincount(sample, weights=~np.isnan(values), minlength=n)
    sums = np.bincount(sample, weights=np.nan_to_num(values), minlength=n)
    return np.where(known > 0, sums / np.maximum(known, 1), np.nan)


def _most_frequent(codes: Codes, starts: Codes) -> Codes:
    """Of each sample's codes the most frequent; of equally frequent ones the first."""
    groups = (group.tolist() for group in np.split(codes, starts[1:]))
    return np.array([max(group, key=group.count) for group in groups], dtype=np.int64)


def _first_said(messages: Column, starts: Codes) -> Codes:
    """Of each sample's messages the first that says something; else one that says nothing."""
    said = [value is not None for value in messages[0]]
    groups = (group.tolist() for group in np.split(messages[1], starts[1:]))
    return np.array(
        [next((code for code in group if said[code]), group[0]) for group in groups], dtype=np.int64
    )


def _deflate(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")
