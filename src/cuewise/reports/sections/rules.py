"""Runs by the rules that score them: points under different rules are different things, and stand in no one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cuewise.records import Protocol
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.words.protocols import NAMES


@dataclass(frozen=True)
class RuleGroup:
    """The runs under one protocol."""

    protocol: Protocol
    runs: tuple[AnalysedRun, ...]
    alone: bool
    """Whether all runs are under it."""

    @property
    def contenders(self) -> tuple[AnalysedRun, ...]:
        """Those that are ranked with each other; all where none is, as a study's `together` has no sample yet."""
        return tuple(run for run in self.runs if run.contends) or self.runs

    def id(self, name: str) -> str:
        """The name of a block about these runs."""
        return name if self.alone else f"{name}-{self.protocol.value}"

    def title(self, words: str) -> str:
        """The title of such a block."""
        return words if self.alone else f"{words}, {NAMES[self.protocol]}"


def by_rules(runs: Sequence[AnalysedRun]) -> list[RuleGroup]:
    """The runs that have samples, the paper's rules first."""
    known = [run for run in runs if run.table.samples]
    groups = [(protocol, tuple(run for run in known if run.protocol is protocol)) for protocol in Protocol]
    held = [group for group in groups if group[1]]
    return [RuleGroup(protocol, those, alone=len(held) == 1) for protocol, those in held]
