"""Audit runs: what of their samples, their judges and their figures weakens what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cuewise.analysis.pooled import same_samples
from cuewise.audits.run.figures import figure_findings
from cuewise.audits.run.findings import Kind, RunFinding
from cuewise.audits.run.judge import judge_findings
from cuewise.audits.run.samples import sample_findings

if TYPE_CHECKING:
    from cuewise.result import RunResult


def audit_runs(runs: Sequence[RunResult]) -> tuple[RunFinding, ...]:
    """All findings, those first that weaken figures most.

    Samples that several runs were asked are looked at once. What only the dataset's folder tells (clip files, audio
    clues of the paper's rules) and only a trial of the judge (`cuewise audit judge`) is not looked for.
    """
    sets: list[list[int]] = []
    for place, run in enumerate(runs):
        rows = run.table().samples
        known = next((one for one in sets if same_samples(rows, runs[one[0]].table().samples)), None)
        if known is None:
            sets.append([place])
        else:
            known.append(place)
    found = [
        *judge_findings(runs),
        *(one for places in sets for one in sample_findings(runs[places[0]].table().samples, tuple(places))),
        *figure_findings(runs),
    ]
    order = list(Kind)
    return tuple(sorted(found, key=lambda one: order.index(one.kind)))
