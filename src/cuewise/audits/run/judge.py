"""What the conduct of a run's judge says against its figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from cuewise.audits.run.findings import Kind, RunFinding, add_up
from cuewise.models.cards import kin
from cuewise.records import Protocol

if TYPE_CHECKING:
    from cuewise.analysis.table import Floats, RunTable
    from cuewise.result import RunResult
    from cuewise.scores.intervals import Estimate

RULES: Final = "offline/rules"

_Counted = tuple[int, int]
"""How many, out of how many."""


def judge_findings(runs: Sequence[RunResult]) -> list[RunFinding]:
    """Findings on the judges of runs, and on what they let pass."""
    counted: dict[Kind, list[tuple[int, int, int]]] = {kind: [] for kind in Kind}
    judged_by: dict[int, tuple[str, ...]] = {}
    for place, run in enumerate(runs):
        settings = run.manifest.settings
        judges = [judge.name for judge in settings.judges]
        related = kin(settings.model.name, judges)
        if related:
            judged_by[place] = related
        counted[Kind.RULES_JUDGE].append((place, int(set(judges) == {RULES}), 1))
        counted[Kind.SAME_FAMILY].append((place, int(bool(related)), 1))
        for kind, (count, of) in _of_answers(run).items():
            counted[kind].append((place, count, of))
    related_names = tuple(dict.fromkeys(name for names in judged_by.values() for name in names))
    findings = []
    for kind, of_runs in counted.items():
        findings += add_up(kind, of_runs, related_names if kind is Kind.SAME_FAMILY else ())
    return findings


def _of_answers(run: RunResult) -> dict[Kind, _Counted]:
    figures, table = run.summary.overall(), run.table()
    found: dict[Kind, _Counted] = {}
    if figures.labels is not None and figures.labels.judge is not None:
        found[Kind.LABEL_READ_APART] = _rest(figures.labels.judge.equal)
    if figures.panel is not None:
        found[Kind.PANEL_SPLIT] = _share(figures.panel.split)
    if run.manifest.settings.protocol is Protocol.GROUNDED:
        reasons = _total(table.grounding["reasons"])
        found[Kind.UNVERIFIABLE] = _total(table.grounding["unverifiable"]), reasons
        found[Kind.OFF_LABEL] = reasons - _total(table.grounding["relevant"]), reasons
    else:
        found[Kind.UNCHECKED] = _passed(table)
    withheld = run.digest.notes.withheld
    if withheld:
        found[Kind.CLUE_WITHHELD] = max(withheld.values()), figures.count
    return found


def _passed(table: RunTable) -> _Counted:
    """Reasons that earned their point, and all. Under the paper's rules the reasoning score is their share."""
    reasons = np.maximum(table.steps - 1, 0)
    earned = np.nansum(table.points["reasoning"] * reasons)
    return round(float(earned)), int(reasons.sum())


def _total(counts: Floats) -> int:
    return int(np.nansum(counts))


def _share(estimate: Estimate | None) -> _Counted:
    return (0, 0) if estimate is None else (round(estimate.percent * estimate.count / 100), estimate.count)


def _rest(estimate: Estimate) -> _Counted:
    count, of = _share(estimate)
    return of - count, of
