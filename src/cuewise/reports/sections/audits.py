"""What weakens the figures on a page: findings on samples, judges and figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cuewise.audits.run.audit import audit_runs
from cuewise.audits.run.findings import RunFinding
from cuewise.reports.blocks import Block, Cell, Column, Section, Table, Text, Value
from cuewise.reports.formats import decimal
from cuewise.reports.sections.phrases import words
from cuewise.reports.words.audits import ABOUT, audit_sentences, means, whole
from cuewise.reports.words.phrases import kept_together, listed

if TYPE_CHECKING:
    from cuewise.result import RunResult

NAMED: Final = 2
"""Runs that a row names at most."""


def audits_section(runs: Sequence[RunResult]) -> Section | None:
    """Findings of an audit of the runs; None where no run has samples."""
    if not any(len(run.table()) for run in runs):
        return None
    findings = audit_runs(runs)
    blocks: tuple[Block, ...] = (words(audit_sentences(findings)),)
    if findings:
        blocks += (_table(runs, findings),)
    return Section("audits", "Audit: what weakens these figures", blocks)


def _table(runs: Sequence[RunResult], findings: Sequence[RunFinding]) -> Table:
    columns = (
        Column("Finding"),
        Column("How many", "count"),
        Column("Share", "percent"),
        Column("What it means"),
        Column("What to do"),
        Column("Runs"),
    )
    return Table(
        "audit-findings",
        "Findings",
        columns if len(runs) > 1 else columns[:-1],
        tuple(_row(runs, one) for one in findings),
        "Those first that weaken figures most. Numbers are over all runs together.",
    )


def _row(runs: Sequence[RunResult], finding: RunFinding) -> tuple[Cell, ...]:
    about = ABOUT[finding.kind]
    cells: tuple[Cell, ...] = (
        Text(about.found),
        Value(float(finding.count), mark=whole(finding)),
        Value(100 * finding.count / finding.of),
        Text(means(finding)),
        Text(about.do),
    )
    return (*cells, _who(runs, finding)) if len(runs) > 1 else cells


def _who(runs: Sequence[RunResult], finding: RunFinding) -> Text:
    names = [runs[place].name for place in finding.runs]
    if len(names) == len(runs):
        told = f"all {len(names)}"
    elif len(names) <= NAMED:
        told = listed(names)
    else:
        told = f"{len(names)} of {len(runs)}"
    if finding.most is None or len(names) == 1 or finding.most[1] == 100:
        return Text(told)
    place, percent = finding.most
    return Text(told, sub=kept_together(f"most: {runs[place].name}, {decimal(percent)} %"))
