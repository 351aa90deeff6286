"""The checks of published tables, made on the figures of runs as they would be printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from cuewise.audits.run.findings import Kind, RunFinding, add_up
from cuewise.audits.table.checks import (
    cot_findings,
    overall_findings,
    same_column_findings,
    same_scores_findings,
)
from cuewise.audits.table.files import SCORES, Printed, Row
from cuewise.records import Protocol

if TYPE_CHECKING:
    from cuewise.result import RunResult
    from cuewise.scores.figures import Figures


def figure_findings(runs: Sequence[RunResult]) -> Iterator[RunFinding]:
    """Findings on what runs score."""
    yield from add_up(Kind.BELOW_BASELINE, ((place, *_below(run)) for place, run in enumerate(runs)))
    for protocol in Protocol:
        places = [place for place, run in enumerate(runs) if run.manifest.settings.protocol is protocol]
        yield from _same_scores(runs, places)
    rows = [_rows(place, run) for place, run in enumerate(runs)]
    yield from add_up(Kind.SAME_COLUMNS, ((place, _repeats(own), 1) for place, own in enumerate(rows)))
    yield from add_up(Kind.MEAN_OFF, ((place, *_off(place, run)) for place, run in enumerate(runs)))


def _below(run: RunResult) -> tuple[int, int]:
    held = [one.baselines for one in run.summary.tasks().values() if one.baselines is not None]
    return sum(one.below for one in held), len(held)


def _same_scores(runs: Sequence[RunResult], places: Sequence[int]) -> Iterator[RunFinding]:
    rows: dict[tuple[str, str], Row] = {}
    tasks: dict[str, None] = {}
    for place in places:
        own = _rows(place, runs[place])
        rows |= own
        tasks |= dict.fromkeys(task for _, task in own)
    found = same_scores_findings(rows, list(tasks), [str(place) for place in places])
    pairs = [tuple(map(int, one.where)) for one in found]
    if pairs:
        concerned = tuple(sorted({place for pair in pairs for place in pair}))
        of = len(places) * (len(places) - 1) // 2
        yield RunFinding(Kind.SAME_SCORES, len(pairs), of, concerned)


def _repeats(rows: Mapping[tuple[str, str], Row]) -> int:
    tasks = [task for _, task in rows]
    models = list(dict.fromkeys(model for model, _ in rows))
    return int(
        any(found.subject.startswith("all tasks") for found in same_column_findings(rows, tasks, models))
    )


def _off(place: int, run: RunResult) -> tuple[int, int]:
    """Means that do not hold, and all that were checked."""
    rows, name = _rows(place, run), str(place)
    overall = _row(name, None, run.summary.overall())
    tasks = [task for _, task in rows]
    counts = {task: figures.count for task, figures in run.summary.tasks().items()}
    findings = list(overall_findings(rows, {name: overall}, tasks, counts))
    checked = len(SCORES)
    if run.manifest.settings.alpha == 0.5:
        findings += cot_findings([*rows.values(), overall])
        checked += len(rows) + 1
    return len(findings), checked


def _rows(place: int, run: RunResult) -> dict[tuple[str, str], Row]:
    name = str(place)
    return {(name, task): _row(name, task, figures) for task, figures in run.summary.tasks().items()}


def _row(name: str, task: str | None, figures: Figures) -> Row:
    return Row(name, name, task, {score: _printed(getattr(figures, score)) for score in SCORES})


def _printed(score: float | None) -> Printed | None:
    return None if score is None else Printed(Fraction(f"{score:.1f}"), 1)
