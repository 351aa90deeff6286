"""Confidence beside what is right, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cuewise.analysis.reliability import Reliability
from cuewise.cli.output import new_table

if TYPE_CHECKING:
    from rich.table import Table

    from cuewise.analysis.uncertainty import Uncertain


def reliability_table(found: Reliability, title: str, *heads: str) -> Table:
    """A row per bin, and all together.

    Args:
        heads: of the columns of confidence, of what is right, and of what is counted.
    """
    confidence, right, counted = heads
    table = new_table(title)
    for name in (confidence, right, "95 % interval", counted):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found.bins:
        table.add_row(f"{one.confidence:.1f}", *_cells(one.right))
    table.add_section()
    table.add_row(f"{found.confidence:.1f}", *_cells(found.right), style="bold")
    return table


def _cells(right: Uncertain) -> tuple[str, str, str]:
    ends = right.interval
    interval = "–" if ends is None else f"{ends.low:.1f} to {ends.high:.1f}"
    return f"{right.percent:.1f}", interval, str(right.count)
