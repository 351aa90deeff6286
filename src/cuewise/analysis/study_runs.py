"""The runs of a modality study side by side: which answers belong to which condition, and to the same samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from cuewise.ablation.conditions import ALONE, MODALITIES, ConditionKind
from cuewise.analysis.citing import Sense, cited, not_given
from cuewise.analysis.table import Floats, Integers, RunTable, SampleRow, table_of
from cuewise.analysis.units import grouped
from cuewise.media.treatments import Treatment
from cuewise.records import Outcome, OutcomeKind
from cuewise.runs.manifest import Settings

_NOT_GIVEN: Final = frozenset({OutcomeKind.MISSING_CLIP.value, OutcomeKind.BROKEN_CLIP.value})
"""Ends of samples that could not be given to the model in a condition, and so take no part in it."""
_EXAMPLES: Final = 5


@dataclass(frozen=True)
class Invention:
    """A step that cites what its model was not given."""

    sample: str
    step: str
    senses: tuple[Sense, ...]


@dataclass
class Citations:
    """What the reasoning steps of one run's answers cite; counts by sample, (answers or steps with it, all)."""

    answers: list[tuple[int, int]] = field(default_factory=list)
    """Of each sample: answers that cite what was not given, answers with steps."""
    steps: list[tuple[int, int]] = field(default_factory=list)
    by_sense: Counter[Sense] = field(default_factory=Counter)
    """Steps that cite what was not given, by what that is."""
    examples: list[Invention] = field(default_factory=list)
    """Of different samples, the first ones."""


@dataclass(frozen=True)
class ConditionRun:
    """One condition's answers."""

    run: str
    """Name of the run."""
    settings: Settings
    kind: ConditionKind
    table: RunTable
    citations: Citations
    sound_labels: tuple[tuple[str, ...], ...]
    """By sample: gold labels of the clip whose sound it was lent; empty for its own."""
    sound_from: tuple[str | None, ...]
    """By sample: id of the sample whose sound it was lent."""

    @property
    def treatment(self) -> Treatment | None:
        return self.settings.treatment

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(name for name in MODALITIES if name in self.settings.modalities)

    @property
    def name(self) -> str:
        return self.kind.value if self.treatment is None else self.treatment.name


def read_condition(run: str, settings: Settings, answers: Iterable[Sequence[Outcome]]) -> ConditionRun:
    """One run of a study, read once.

    Args:
        answers: the outcomes of each sample together, as `by_sample` of a store gives them.
    """
    citations = Citations()
    lent: list[tuple[str | None, tuple[str, ...]]] = []
    missing = not_given(settings.modalities)

    def passing() -> Iterator[Sequence[Outcome]]:
        for outcomes in answers:
            source = outcomes[0].sample.sound_from
            lent.append((None, ()) if source is None else (source.sample, source.labels))
            _cite(citations, outcomes, missing)
            yield outcomes

    table = table_of(passing())
    return ConditionRun(
        run=run,
        settings=settings,
        kind=kind_of(settings),
        table=table,
        citations=citations,
        sound_labels=tuple(labels for _, labels in lent),
        sound_from=tuple(source for source, _ in lent),
    )


def _cite(citations: Citations, outcomes: Sequence[Outcome], missing: frozenset[Sense]) -> None:
    inventing = answers = invented = steps = 0
    for outcome in outcomes:
        reasons = [step.text for step in outcome.steps[:-1]]
        answers += bool(outcome.steps)
        steps += len(reasons)
        # Reading takes a quarter of a millisecond a step: it is spared where nothing could be invented.
        found = [(text, senses) for text in reasons if missing and (senses := cited(text) & missing)]
        inventing += bool(found)
        invented += len(found)
        citations.by_sense.update(sense for _, senses in found for sense in senses)
        if found and len(citations.examples) < _EXAMPLES and outcome is outcomes[0]:
            text, senses = found[0]
            citations.examples.append(Invention(outcome.sample.id, text, tuple(sorted(senses))))
    citations.answers.append((inventing, answers))
    citations.steps.append((invented, steps))


def kind_of(settings: Settings) -> ConditionKind:
    """Which condition a run's settings are; whether one modality is all that the study has is for the study to say."""
    if settings.treatment is not None:
        return ConditionKind(settings.treatment.kind.value)
    if not settings.modalities:
        return ConditionKind.NOTHING
    if len(settings.modalities) == 1:
        return next(kind for kind, modality in ALONE.items() if modality == settings.modalities[0])
    return ConditionKind.TOGETHER


@dataclass(frozen=True)
class StudyRuns:
    """The runs of one study: the same model, dataset and judge, given in several ways."""

    together: ConditionRun
    others: tuple[ConditionRun, ...]
    """In the order of `ConditionKind`, by level within a kind, weakest first."""

    @property
    def samples(self) -> tuple[SampleRow, ...]:
        return self.together.table.samples

    @cached_property
    def clips(self) -> tuple[Hashable, ...]:
        """The clip of each sample: samples of one clip are drawn together."""
        return grouped(self.samples, "clip")

    def of(self, *kinds: ConditionKind) -> tuple[ConditionRun, ...]:
        """The other runs of some kinds."""
        return tuple(run for run in self.others if run.kind in kinds)

    def alone(self) -> tuple[ConditionRun, ...]:
        """The runs of one modality each."""
        return self.of(*ALONE)

    def points(self, run: ConditionRun, score: str = "recognition") -> Floats:
        """Points of a run by sample of `together`, 0..1; NaN for a sample that takes no part in it.

        A sample takes no part where its clip could not be given in this way: it is missing or broken, has no sound, or
        too few frames, or no partner. Whatever else ends without a score counts as 0, as in the scores themselves.
        """
        found = np.full(len(self.samples), np.nan)
        places = self._places(run)
        here = places >= 0
        values = run.table.score(score)
        values[~takes_part(run.table)] = np.nan
        found[here] = values[places[here]]
        return found

    def _places(self, run: ConditionRun) -> Integers:
        """Of each sample of `together` its place in the run; -1 where that does not have it."""
        known = {row.question: place for place, row in enumerate(run.table.samples)}
        return np.array([known.get(row.question, -1) for row in self.samples], dtype=np.int64)


def takes_part(table: RunTable) -> np.ndarray:
    """Which samples could be given to the model, (n_samples,)."""
    given = np.array([kind not in _NOT_GIVEN for kind in table.kind], dtype=float)
    return np.bincount(table.sample, weights=given, minlength=len(table.samples)) > 0


_OWN: Final = frozenset({"modalities", "treatment", "transcribe"})
"""Settings by which the runs of one study may differ."""


def study_among(runs: Sequence[ConditionRun]) -> StudyRuns | None:
    """The study that runs are of; None where they are of none.

    Runs of a study have all settings in common but how the clips are given, and give them in at least two ways. Its
    `together` is the untreated run with the most modalities.
    """
    if len(runs) < 2 or any(runs[0].settings.differences(run.settings).keys() - _OWN for run in runs[1:]):
        return None
    untreated = [run for run in runs if run.treatment is None and run.modalities]
    if not untreated or len({(run.modalities, str(run.treatment)) for run in runs}) < len(runs):
        return None
    together = max(untreated, key=lambda run: len(run.modalities))
    order = list(ConditionKind)
    others = [run for run in runs if run is not together]
    others.sort(key=lambda run: (order.index(run.kind), _strength(run)))
    return StudyRuns(together, tuple(others))


def _strength(run: ConditionRun) -> float:
    """Rises with the strength of a degradation."""
    if run.treatment is None or run.treatment.level is None:
        return 0.0
    return run.treatment.level if run.kind is ConditionKind.BLUR else -run.treatment.level
