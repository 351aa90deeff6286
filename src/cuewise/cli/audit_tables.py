"""What `cuewise audit table` shows on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cuewise.audits.table.audit import BelowBaseline, TableAudit
from cuewise.audits.table.findings import Check, Finding, Severity
from cuewise.cli.output import new_table
from cuewise.counts import how_many
from cuewise.samples.problems import printable

_NAMES = {
    "recognition": "recognition",
    "reasoning": "reasoning",
    "cot": "CoT",
    "recognition_macro": "recognition, mean of tasks",
    "cot_macro": "CoT, mean of tasks",
    "avg_step": "steps",
    "avg_token": "tokens",
}
_CHECKED = {
    "cells": "cells are scores between 0 and 100",
    "cot-mean": "CoT scores against the mean of recognition and reasoning",
    "overall-mean": "overall scores against the tasks' mean, weighted by questions",
    "impossible-value": "recognition scores against k right answers out of n questions",
    "same-scores": "pairs of models for the same figures throughout",
}
_MANY = 40
"""Findings of one kind that are listed all; of more the first `_SHOWN` are, and the JSON document holds the rest."""
_SHOWN = 20


def print_table_audit(audit: TableAudit) -> None:
    """Orders and correlations first, then what was checked, what was found, and the conclusion."""
    console = Console(highlight=False)
    if audit.n_models > 1:  # one model has no order
        console.print(_orders(audit))
        if audit.correlations:
            console.print(_correlations(audit))
    if audit.below_baseline:
        console.print(below_table(audit.below_baseline))
    console.print(
        Text(
            f"Checked: {how_many(audit.n_models, 'model')}, {how_many(len(audit.tasks), 'task')}",
            style="bold",
        )
    )
    for check, number in audit.checked.items():
        console.print(Text(f"  {number:>6,}  {_CHECKED[check]}"))
    if audit.unchecked:
        console.print(Text("\nNot checked", style="bold"))
        for what in audit.unchecked:
            console.print(Padding(Text(what), (0, 0, 0, 2)))
    console.print()
    if audit.findings:
        shown, left_out = _first_of_each_kind(audit.findings)
        console.print(_findings(shown))
        for kind, number in left_out.items():
            console.print(f"  and {number:,} more of {kind.value}; --json lists all")
        if left_out:
            console.print()
    console.print(Text(_conclusion(audit), style="bold"))


def _first_of_each_kind(findings: Sequence[Finding]) -> tuple[list[Finding], dict[Check, int]]:
    """The findings to be listed, and by kind how many are not."""
    found, seen, shown = Counter(finding.check for finding in findings), Counter[Check](), []
    for finding in findings:
        seen[finding.check] += 1
        if found[finding.check] <= _MANY or seen[finding.check] <= _SHOWN:
            shown.append(finding)
    return shown, {kind: number - _SHOWN for kind, number in found.items() if number > _MANY}


def _findings(findings: Sequence[Finding]) -> Table:
    table = new_table("Findings")
    table.title_style = "bold"
    table.add_column("Finding", no_wrap=True)
    table.add_column("Where", ratio=3)
    table.add_column("Found", ratio=2)
    table.add_column("Expected", ratio=4)
    table.add_column("Off", justify="right", no_wrap=True)
    for finding in findings:
        error = finding.severity is Severity.ERROR
        table.add_row(
            Text(finding.check.value, style="bold red" if error else "yellow"),
            Text("\n".join((finding.subject, *finding.where))),
            Text(finding.found),
            Text(finding.expected),
            Text("" if finding.off is None else f"{finding.off:.2f}"),
        )
    return table


def _conclusion(audit: TableAudit) -> str:
    errors = sum(finding.severity is Severity.ERROR for finding in audit.findings)
    warnings = len(audit.findings) - errors
    told = how_many(warnings, "warning")
    if errors:
        return f"Not consistent: {how_many(errors, 'error')}, {told}."
    short = sum(finding.check is Check.IMPOSSIBLE_VALUE for finding in audit.findings)
    means = "The means are consistent within rounding"
    if short:
        return f"{means}; {told}, {short} of them a score that needs fewer questions than the task has."
    return f"{means}; {told if warnings else 'nothing was found'}."


def _orders(audit: TableAudit) -> Table:
    table = new_table(f"Order of the {audit.n_models} models by one score and by another")
    table.title_style = "bold"
    table.add_column("By")
    table.add_column("And by")
    table.add_column("Pairs", justify="right", no_wrap=True)
    table.add_column("Swapped", justify="right", no_wrap=True)
    table.add_column("Tau", justify="right", no_wrap=True)
    table.add_column("Moves furthest")
    for order in audit.orders:
        moved = "–"
        if order.furthest is not None:
            moved = f"{printable(order.furthest)}, {order.furthest_from} to {order.furthest_to}"
        table.add_row(
            _NAMES[order.first],
            _NAMES[order.second],
            str(order.n_pairs),
            str(order.swapped),
            _two(order.tau),
            Text(moved),
        )
    return table


def _correlations(audit: TableAudit) -> Table:
    table = new_table("Correlation over the models (Pearson)")
    table.title_style = "bold"
    table.add_column("Of")
    table.add_column("With")
    table.add_column("Models", justify="right", no_wrap=True)
    table.add_column("r", justify="right", no_wrap=True)
    for one in audit.correlations:
        table.add_row(_NAMES[one.first], _NAMES[one.second], str(one.n_models), _two(one.value))
    return table


def below_table(below: Sequence[BelowBaseline]) -> Table:
    """Models that always naming the most frequent label would beat."""
    table = new_table("Models below the most frequent label")
    table.title_style = "bold"
    table.add_column("Task", no_wrap=True)
    table.add_column("Always")
    table.add_column("Scores", justify="right", no_wrap=True)
    table.add_column("Models below", justify="right", no_wrap=True)
    for one in below:
        table.add_row(
            one.task,
            Text(printable(one.label)),
            f"{one.baseline:.2f}",
            f"{len(one.models)} of {one.n_models}",
        )
    return table


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
