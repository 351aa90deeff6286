"""How the answers of many runs ended and what their calls took: a row per run in place of a table of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cuewise.reports.blocks import Cell, Column, Section, Table, Text, Value
from cuewise.reports.spending import spending_table
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.reports.words.protocols import NAMES

if TYPE_CHECKING:
    from cuewise.result import RunResult

FEW_RUNS: Final = 4
"""Up to so many, a page shows each by itself; more stand side by side, each by itself folded away."""


def costs_section(runs: Sequence[RunResult]) -> Section | None:
    """Outcomes and costs by run; None where the page shows each run by itself.

    Raises:
        RunError: a call store cannot be read.
    """
    if len(runs) <= FEW_RUNS:
        return None
    return Section("costs", "How runs ended, and what they took", (_endings(runs), _costs(runs)))


def _endings(runs: Sequence[RunResult]) -> Table:
    """Only such columns as any run needs."""
    figures = [run.summary.overall() for run in runs]
    kinds = [kind for kind in OUTCOMES if any(one.outcomes.get(kind.value) for one in figures)]
    return Table(
        id="endings-of-runs",
        title="How answers ended",
        columns=(
            Column("Run"),
            Column("Coverage", "percent", "Share of what was asked that has a score"),
            *(Column(OUTCOMES[kind][0], "count") for kind in kinds),
        ),
        rows=tuple(
            (
                _name(run),
                Value(one.coverage, n=one.asked),
                *(Value(float(one.outcomes.get(kind.value, 0))) for kind in kinds),
            )
            for run, one in zip(runs, figures, strict=True)
        ),
        note="Answers without a score count as 0 in all scores.",
    )


def _costs(runs: Sequence[RunResult]) -> Table:
    return Table(
        id="costs-of-runs",
        title="What the calls took",
        columns=(
            Column("Run"),
            Column("Calls", "count"),
            Column("Tokens in", "count"),
            Column("Tokens out", "count"),
            Column("Cost", help="US dollars", rising=True),
        ),
        rows=tuple((_name(run), *_took(run)) for run in runs),
        note="Of all calls behind a run’s outcomes, made for it or reused. Both protocols share the answers.",
    )


def _took(run: RunResult) -> tuple[Cell, ...]:
    total = spending_table(run).total
    if total is None:
        return (Value(None),) * 4
    *counted, cost = total.numbers
    return (*map(Value, counted), Value(cost, shown=total.cost))


def _name(run: RunResult) -> Text:
    return Text(run.name, sub=NAMES[run.manifest.settings.protocol])
