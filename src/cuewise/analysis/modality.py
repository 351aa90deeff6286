"""What a modality study says: what each condition scores, what fusion brings, what is followed, what is invented.

Pure: from the runs of one study to findings; `reports.sections.modality` puts them into words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cuewise.ablation.conditions import ConditionKind
from cuewise.analysis.citing import Sense
from cuewise.analysis.conflict import Followed, follow_conflict
from cuewise.analysis.fusion import FusionGain, fusion_gain, with_holm
from cuewise.analysis.inventing import Invention
from cuewise.analysis.paired import PairedResult, compare_points, holm
from cuewise.analysis.robustness import Curve, robustness_curve
from cuewise.analysis.study_runs import ConditionRun, StudyRuns, takes_part
from cuewise.analysis.table import POINTS, Floats, Integers, SampleRow
from cuewise.analysis.uncertainty import Resampler, Uncertain, means_with_intervals
from cuewise.media.treatments import DEGRADING
from cuewise.scores.baselines import gold_tallies
from cuewise.scores.intervals import AnswerShare, Estimate, PooledShare


@dataclass(frozen=True)
class ConditionLine:
    """One condition's scores, over the samples that take part in it."""

    run: ConditionRun
    count: int
    """Samples that take part."""
    scores: dict[str, Uncertain]
    """By name, of `POINTS`; empty where no sample takes part."""
    coverage: float | None
    """Percent of the answers to these samples that were scored."""
    baseline: float | None
    """Recognition of each task's most frequent label, percent, over these samples."""
    difference: PairedResult | None
    """Recognition less that of `together`, over the samples that take part in both, with Holm's correction over all
    conditions; None for `together` itself."""


@dataclass(frozen=True)
class Invented:
    """How often the answers of one condition cite what the model was not given."""

    run: ConditionRun
    missing: tuple[Sense, ...]
    """What was not given."""
    answers: Estimate
    """Answers with at least one such step, of those that have steps."""
    steps: Estimate | None
    """Such steps, of all reasoning steps; the interval minds that steps of one answer are not independent."""
    by_sense: dict[Sense, int]
    """Such steps by what they cite; a step may cite several."""
    examples: tuple[Invention, ...]


@dataclass(frozen=True)
class ModalityFindings:
    """All that a study says."""

    lines: tuple[ConditionLine, ...]
    """`together` first."""
    fusion: tuple[FusionGain, ...]
    """By task, then over all; empty where no single modality was run."""
    conflict: tuple[Followed, ...]
    """Over all, then by task; empty where there is no conflict."""
    invented: tuple[Invented, ...]
    """Of the conditions in which something is not given."""
    curves: tuple[Curve, ...]
    blind: PairedResult | None
    """`nothing` against each task's most frequent label, on the same samples; None where that was not run."""

    def line(self, kind: ConditionKind) -> ConditionLine | None:
        """The first condition of a kind."""
        return next((line for line in self.lines if line.run.kind is kind), None)


def analyse(study: StudyRuns, *, seed: int = 0) -> ModalityFindings:
    """Everything that can be said of a study's runs."""
    baseline = baseline_points(study.samples)
    return ModalityFindings(
        lines=tuple(_lines(study, baseline, seed)),
        fusion=tuple(_fusion(study, seed)),
        conflict=follow_conflict(study),
        invented=tuple(_invented((study.together, *study.others))),
        curves=tuple(_curves(study, baseline, seed)),
        blind=_blind(study, baseline, seed),
    )


def baseline_points(samples: tuple[SampleRow, ...]) -> Floats:
    """Points of the task's most frequent label for every sample, 0..1, by the rules of the paper."""
    label = {task: tally.label for task, tally in gold_tallies(samples).items()}
    return np.array([(label[row.task] in row.labels) / len(row.labels) for row in samples])


def _lines(study: StudyRuns, baseline: Floats, seed: int) -> Iterator[ConditionLine]:
    resampler = Resampler(study.clips, seed=seed)
    whole = study.points(study.together)
    results = [compare_points(whole, study.points(run), study.clips, seed=seed) for run in study.others]
    adjusted = iter(holm([result.p_value for result in results if result is not None]))
    yield _line(study, study.together, baseline, resampler, None)
    for run, result in zip(study.others, results, strict=True):
        difference = None if result is None else replace(result, p_adjusted=next(adjusted))
        yield _line(study, run, baseline, resampler, difference)


def _line(
    study: StudyRuns,
    run: ConditionRun,
    baseline: Floats,
    resampler: Resampler,
    difference: PairedResult | None,
) -> ConditionLine:
    columns = np.column_stack([study.points(run, name) for name in POINTS])
    known = ~np.isnan(columns[:, 0])
    found = means_with_intervals(columns, study.clips, "clip", resampler)
    return ConditionLine(
        run=run,
        count=int(known.sum()),
        scores={name: each for name, each in zip(POINTS, found, strict=True) if each is not None},
        coverage=_coverage(run),
        baseline=100 * float(baseline[known].mean()) if known.any() else None,
        difference=difference,
    )


def _coverage(run: ConditionRun) -> float | None:
    here = takes_part(run.table)[run.table.sample]
    return 100 * float(run.table.scored[here].mean()) if here.any() else None


def _fusion(study: StudyRuns, seed: int) -> Iterator[FusionGain]:
    alone = {run.name: study.points(run) for run in study.alone()}
    if not alone:
        return
    whole = study.points(study.together)

    def gain(task: str, places: Integers) -> FusionGain | None:
        here = {name: points[places] for name, points in alone.items()}
        clips = [study.clips[place] for place in places]
        return fusion_gain(task, whole[places], here, clips, seed=seed)

    found = [gain(task, places) for task, places in study.together.table.tasks().items()]
    yield from with_holm([each for each in found if each is not None])
    if (overall := gain("", np.arange(len(whole)))) is not None:
        yield overall


def _invented(runs: tuple[ConditionRun, ...]) -> Iterator[Invented]:
    for run in runs:
        if (found := run.inventions) is None:
            continue
        answers, steps = AnswerShare(), PooledShare()
        _add(answers, run, found.invented > 0, found.steps > 0)
        _add(steps, run, found.invented, np.maximum(found.steps - 1, 0))
        if (share := answers.estimate()) is not None:
            yield Invented(
                run=run,
                missing=tuple(found.by_sense),
                answers=share,
                steps=steps.estimate(),
                by_sense={sense: int(counts.sum()) for sense, counts in found.by_sense.items()},
                examples=found.examples,
            )


def _add(share: PooledShare, run: ConditionRun, part: np.ndarray, whole: np.ndarray) -> None:
    """Count what is given by answer, sample by sample."""
    n = len(run.table.samples)
    parts, wholes = (np.bincount(run.table.sample, weights=each, minlength=n) for each in (part, whole))
    for a, b in zip(parts.astype(int).tolist(), wholes.astype(int).tolist(), strict=True):
        share.add(a, b)


def _curves(study: StudyRuns, baseline: Floats, seed: int) -> Iterator[Curve]:
    by_kind: dict[str, dict[float, ConditionRun]] = {}
    for run in study.others:
        treatment = run.treatment
        if treatment is not None and treatment.kind in DEGRADING and treatment.level is not None:
            speech = "-speech" if treatment.spectrum == "speech" else ""
            by_kind.setdefault(f"{treatment.kind}{speech}", {})[treatment.level] = run
    resampler = Resampler(study.clips, seed=seed)
    for kind, runs in by_kind.items():
        points = [study.points(run) for run in runs.values()]
        clean = study.points(study.together)
        if (curve := robustness_curve(kind, tuple(runs), clean, points, baseline, resampler)) is not None:
            yield curve


def _blind(study: StudyRuns, baseline: Floats, seed: int) -> PairedResult | None:
    runs = study.of(ConditionKind.NOTHING)
    return compare_points(baseline, study.points(runs[0]), study.clips, seed=seed) if runs else None
