"""A run's outcomes as columns, which is what every analysis reads.

Rows are answers in the dataset's order, those of one sample in order of epoch. Points lie in 0..1; NaN stands where a
column has nothing to say of an answer, such as the points of one that was not scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from cuewise.records import Outcome, Record, Sample
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

    @property
    def scored(self) -> npt.NDArray[np.bool_]:
        """Which answers have a score."""
        return ~np.isnan(self.points["recognition"])

    def by_sample(self, values: Floats) -> Floats:
        """The mean over the answers to each sample, (n_samples,). An answer without a value counts as 0, as it does in
        the scores themselves."""
        filled = np.nan_to_num(values, nan=0.0)
        sums = np.bincount(self.sample, weights=filled, minlength=len(self.samples))
        return sums / np.maximum(np.bincount(self.sample, minlength=len(self.samples)), 1)

    def score(self, name: str) -> Floats:
        """One of the three scores by sample, 0..1, unscored answers being 0, (n_samples,)."""
        return self.by_sample(self.points[name])

    def tasks(self) -> dict[str, Integers]:
        """Places of each task's samples, in the order in which tasks appear."""
        places: dict[str, list[int]] = {}
        for place, row in enumerate(self.samples):
            places.setdefault(row.task, []).append(place)
        return {task: np.array(found) for task, found in places.items()}


def sample_row(sample: Sample, outcomes: Sequence[Outcome]) -> SampleRow:
    """What is known of a sample from its outcomes."""
    facts = next((outcome.facts for outcome in outcomes if outcome.facts is not None), None)
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
    )


def table_of(answers: Iterable[Sequence[Outcome]]) -> RunTable:
    """The table of outcomes.

    Args:
        answers: the outcomes of each sample together, as `by_sample` of a store gives them.
    """
    samples: list[SampleRow] = []
    rows: list[Outcome] = []
    places: list[int] = []
    for outcomes in answers:
        samples.append(sample_row(outcomes[0].sample, outcomes))
        rows += outcomes
        places += [len(samples) - 1] * len(outcomes)
    scores = [outcome.score for outcome in rows]
    labels = [None if score is None else score.labels for score in scores]
    grounding = [None if score is None else score.grounding for score in scores]
    answered = [outcome.answer for outcome in rows]
    return RunTable(
        samples=tuple(samples),
        sample=np.array(places, dtype=np.int64),
        epoch=np.array([outcome.epoch for outcome in rows], dtype=np.int64),
        kind=tuple(outcome.kind.value for outcome in rows),
        cause=tuple(outcome.cause for outcome in rows),
        labels=tuple(None if outcome.reading is None else outcome.reading.labels for outcome in rows),
        status=tuple(None if outcome.reading is None else outcome.reading.status.value for outcome in rows),
        steps=np.array([0 if score is None else score.n_steps for score in scores], dtype=np.int64),
        characters=_numbers([None if answer is None else len(answer.text) for answer in answered]),
        tokens=_column(answered, "output_tokens"),
        points={name: _column(scores, name) for name in POINTS},
        judged=_column(scores, "judged_recognition"),
        label_points={name: _column(labels, name) for name in LABEL_POINTS},
        grounding={name: _column(grounding, name) for name in GROUNDING},
    )


def _column(records: Sequence[Record | None], name: str) -> Floats:
    """A field of each record, NaN where there is no record or nothing in the field."""
    return _numbers([None if record is None else getattr(record, name) for record in records])


def _numbers(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
