"""A run's outcomes as columns, which is what every analysis reads.

Rows are answers in the dataset's order, those of one sample in order of epoch. Points lie in 0..1; NaN stands where a
column has nothing to say of an answer, such as the points of one that was not scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cuewise.analysis.columns import coded
from cuewise.records import Outcome, Sample
from cuewise.scores.labels import scale_of_sample

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

POINTS: Final = ("recognition", "reasoning", "cot")
LABEL_POINTS: Final = ("exact", "family", "valence", "precision", "recall", "f1", "jaccard", "distance")
GROUNDING: Final = (
    *("reasons", "repeated", "supported", "contradicted", "unverifiable", "relevant", "earning"),
    *("face", "voice", "words"),
)


@dataclass(frozen=True, slots=True)
class SampleRow:
    """What analyses need of a sample."""

    id: str
    task: str
    clip: str
    """Id of its clip; two tasks may share one."""
    source: str | None
    label_set: tuple[str, ...]
    labels: tuple[str, ...]
    multi_label: bool
    scale: tuple[str, ...]
    """`label_set` from lowest to highest; empty where it is no scale."""
    duration_s: float | None
    """Of the clip; None where it was not decoded."""
    has_audio: bool | None
    """Whether the clip has sound; None where it was not decoded."""
    sound_from: str | None = None
    """Id of the sample whose sound it was given; None for its own."""
    sound_labels: tuple[str, ...] = ()
    """Gold labels of that sample."""

    @property
    def question(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """What must be equal for two runs' samples to be one and the same."""
        return self.id, self.label_set, self.labels


@dataclass(frozen=True)
class RunTable:
    """One run's answers; every array and every tuple but `samples` has one entry per answer, (n_answers,)."""

    samples: tuple[SampleRow, ...]
    sample: Integers
    """Place of the answer's sample in `samples`."""
    epoch: Integers
    kind: tuple[str, ...]
    """An `OutcomeKind`'s value."""
    cause: tuple[str | None, ...]
    labels: tuple[tuple[str, ...] | None, ...]
    """Candidates that the answer settles on, empty where it names none; None where it did not come so far."""
    status: tuple[str | None, ...]
    """A `LabelStatus`'s value, of the same reading."""
    steps: Integers
    """Of a scored answer, the label step included; else 0."""
    characters: Floats
    """Length of the answer's text."""
    tokens: Floats
    """Output tokens, as the server counted them."""
    points: dict[str, Floats]
    """By name, of `POINTS`."""
    judged: Floats
    """The judge's rating of the label step."""
    label_points: dict[str, Floats]
    """By name, of `LABEL_POINTS`."""
    grounding: dict[str, Floats]
    """Counts of reasoning steps by name, of `GROUNDING`; all NaN but under `grounded`."""

    def __len__(self) -> int:
        return len(self.kind)

    @cached_property
    def named(self) -> tuple[list[tuple[str, ...] | None], Integers]:
        """The different values of `labels`, few beside the answers, and the place of each answer's among them."""
        return coded(self.labels)

    @property
    def scored(self) -> npt.NDArray[np.bool_]:
        """Which answers have a score."""
        return ~np.isnan(self.points["recognition"])

    def by_sample(self, values: Floats) -> Floats:
        """The mean over the answers to each sample, (n_samples,). An answer without a value counts as 0, as it does in
        the scores themselves."""
        filled = np.where(np.isnan(values), 0.0, values)
        if len(self) == len(self.samples):  # one answer to each
            return filled
        return np.bincount(self.sample, weights=filled, minlength=len(self.samples)) / self._answers

    def score(self, name: str) -> Floats:
        """One of the three scores by sample, 0..1, unscored answers being 0, (n_samples,)."""
        return self.by_sample(self.points[name])

    def tasks(self) -> dict[str, Integers]:
        """Places of each task's samples, in the order in which tasks appear."""
        return self._places

    @cached_property
    def _answers(self) -> Integers:
        """How many there are to each sample."""
        return np.bincount(self.sample, minlength=len(self.samples))

    @cached_property
    def _places(self) -> dict[str, Integers]:
        return places_by_task(self.samples)


def places_by_task(samples: Sequence[SampleRow]) -> dict[str, Integers]:
    """Places of each task's samples, in the order in which tasks appear."""
    names, codes = coded(row.task for row in samples)
    return {task: np.flatnonzero(codes == code) for code, task in enumerate(names)}


def sample_row(sample: Sample, outcomes: Sequence[Outcome]) -> SampleRow:
    """What is known of a sample from its outcomes."""
    facts = next((outcome.facts for outcome in outcomes if outcome.facts is not None), None)
    lent = sample.sound_from
    return SampleRow(
        id=sample.id,
        task=sample.task,
        clip=sample.clip.id,
        source=sample.source,
        label_set=sample.label_set,
        labels=sample.labels,
        multi_label=sample.multi_label,
        scale=scale_of_sample(sample),
        duration_s=None if facts is None else facts.duration_s,
        has_audio=None if facts is None else facts.has_audio,
        sound_from=None if lent is None else lent.sample,
        sound_labels=() if lent is None else lent.labels,
    )


class TableMaker:
    """Gathers a table sample by sample; holds no outcome."""

    def __init__(self) -> None:
        self._samples: list[SampleRow] = []
        self._rows: list[tuple[Any, ...]] = []

    def add(self, *outcomes: Outcome) -> None:
        """Take in one sample: its outcome, or its outcomes in order of epoch."""
        place = len(self._samples)
        self._samples.append(sample_row(outcomes[0].sample, outcomes))
        self._rows += [(place, *_cells(outcome)) for outcome in outcomes]

    def table(self) -> RunTable:
        """What has been taken in so far."""
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * (len(_FIELDS) + len(_NUMBERS))
        values: dict[str, Any] = dict(zip((*_FIELDS, *_NUMBERS), columns, strict=True))
        values |= {name: np.array(values[name], dtype=np.int64) for name in ("sample", "epoch", "steps")}
        values |= {name: np.array(values[name], dtype=np.float64) for name in _NUMBERS}  # None becomes NaN
        groups = {"points": POINTS, "label_points": LABEL_POINTS, "grounding": GROUNDING}
        for group, names in groups.items():
            values[group] = {name: values.pop(name) for name in names}
        return RunTable(samples=tuple(self._samples), **values)


_FIELDS: Final = ("sample", "epoch", "kind", "cause", "labels", "status", "steps")
_NUMBERS: Final = ("characters", "tokens", "judged", *POINTS, *LABEL_POINTS, *GROUNDING)
"""Columns in the order of `_cells`."""

_points = attrgetter("judged_recognition", *POINTS)
_label_points = attrgetter(*LABEL_POINTS)
_grounding = attrgetter(*GROUNDING)
_UNSCORED: Final = (None,) * (1 + len(POINTS))
_UNLABELLED: Final = (None,) * len(LABEL_POINTS)
_UNGROUNDED: Final = (None,) * len(GROUNDING)


def _cells(outcome: Outcome) -> tuple[Any, ...]:
    """One row, from `epoch` on."""
    answer, reading, score = outcome.answer, outcome.reading, outcome.score
    return (
        outcome.epoch,
        outcome.kind.value,
        outcome.cause,
        None if reading is None else reading.labels,
        None if reading is None else reading.status.value,
        0 if score is None else score.n_steps,
        None if answer is None else len(answer.text),
        None if answer is None else answer.output_tokens,
        *(_UNSCORED if score is None else _points(score)),
        *(_UNLABELLED if score is None or score.labels is None else _label_points(score.labels)),
        *(_UNGROUNDED if score is None or score.grounding is None else _grounding(score.grounding)),
    )
