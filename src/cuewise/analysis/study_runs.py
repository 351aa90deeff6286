"""The runs of a modality study side by side: which answers belong to which condition, and to the same samples."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from cuewise.ablation.conditions import ALONE, MODALITIES, ConditionKind
from cuewise.analysis.digest import Digest
from cuewise.analysis.inventing import Inventions
from cuewise.analysis.table import Floats, Integers, RunTable, SampleRow
from cuewise.analysis.units import grouped
from cuewise.media.treatments import Treatment
from cuewise.records import OutcomeKind
from cuewise.runs.manifest import Settings

_NOT_GIVEN: Final = frozenset({OutcomeKind.MISSING_CLIP.value, OutcomeKind.BROKEN_CLIP.value})
"""Ends of samples that could not be given to the model in a condition, and so take no part in it."""


@dataclass(frozen=True)
class ConditionRun:
    """One condition's answers."""

    run: str
    """Name of the run."""
    settings: Settings
    kind: ConditionKind
    table: RunTable
    inventions: Inventions | None
    """None where the model was given all."""

    @property
    def treatment(self) -> Treatment | None:
        return self.settings.treatment

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(name for name in MODALITIES if name in self.settings.modalities)

    @property
    def name(self) -> str:
        return self.kind.value if self.treatment is None else self.treatment.name


def condition_of(run: str, settings: Settings, digest: Digest) -> ConditionRun:
    """One run of a study, as its digest has it."""
    return ConditionRun(run, settings, kind_of(settings), digest.table, digest.inventions)


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


def group_studies(settings: Sequence[Settings]) -> list[tuple[int, ...]]:
    """Which runs are of one study: for each study their places, `together` first.

    Runs of a study have all settings in common but how the clips are given, and give them in at least two ways, one of
    them with all as it is: `together`, the untreated run with the most modalities. Of runs in the same way only the
    first is of the study.
    """
    alike: list[dict[tuple[frozenset[str], Treatment | None], int]] = []
    for place, own in enumerate(settings):
        for ways in alike:
            first = settings[next(iter(ways.values()))]
            if not first.differences(own).keys() - _OWN:
                ways.setdefault(_way(own), place)
                break
        else:
            alike.append({_way(own): place})
    studies = []
    for ways in alike:
        untreated = [way for way in ways if way[1] is None and way[0]]
        if len(ways) > 1 and untreated:
            whole = max(untreated, key=lambda way: len(way[0]))
            studies.append((ways[whole], *(place for way, place in ways.items() if way != whole)))
    return studies


def further_conditions(settings: Sequence[Settings]) -> frozenset[int]:
    """Places of the runs that are a study's further conditions: they say something of their model, and compete with no
    other run."""
    return frozenset(place for _, *others in group_studies(settings) for place in others)


def studies_among(runs: Sequence[ConditionRun]) -> list[StudyRuns]:
    """The studies that runs are of; a run of none is left out."""
    return [
        StudyRuns(runs[whole], _in_order(runs[place] for place in others))
        for whole, *others in group_studies([run.settings for run in runs])
    ]


def _way(settings: Settings) -> tuple[frozenset[str], Treatment | None]:
    return frozenset(settings.modalities), settings.treatment


def _in_order(runs: Iterable[ConditionRun]) -> tuple[ConditionRun, ...]:
    order = list(ConditionKind)
    return tuple(sorted(runs, key=lambda run: (order.index(run.kind), _strength(run))))


def _strength(run: ConditionRun) -> float:
    """Rises with the strength of a degradation."""
    if run.treatment is None or run.treatment.level is None:
        return 0.0
    return run.treatment.level if run.kind is ConditionKind.BLUR else -run.treatment.level
