"""The runs of a page, those of one protocol together, with what several sections count of them, made once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from cuewise.analysis.answers import TaskAnswers, task_answers
from cuewise.analysis.groups import numbered
from cuewise.analysis.pairs import Pair, compare_pairs
from cuewise.analysis.pooled import Pooled, pool
from cuewise.analysis.ranking import RankInterval, rank_intervals
from cuewise.analysis.scoreboard import RunScores, score_runs
from cuewise.analysis.table import Integers
from cuewise.analysis.together import Together, put_together
from cuewise.analysis.units import grouped
from cuewise.records import Protocol
from cuewise.reports.sections.links import SampleLinks
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.words.phrases import named, nature
from cuewise.reports.words.protocols import NAMES, SCORED_BY
from cuewise.reports.words.scoreboard import leader_sentence

UNIT: Final = "video"
"""What samples are taken to share their luck: those cut from one source video, or else of one clip."""


class Group:
    """Runs whose scores are by the same rules."""

    def __init__(
        self, protocol: Protocol, runs: Sequence[AnalysedRun], numbers: Sequence[int], alone: bool
    ) -> None:
        self.protocol = protocol
        self.runs = tuple(runs)
        self.numbers = tuple(numbers)
        """Place of each run on the page."""
        self._alone = alone

    def in_order(self, order: Sequence[int]) -> Group:
        """The same runs in another order, or some of them.

        Args:
            order: places of those.
        """
        runs, numbers = [self.runs[place] for place in order], [self.numbers[place] for place in order]
        made = Group(self.protocol, runs, numbers, self._alone)
        made.scores = [self.scores[place] for place in order]
        return made

    @cached_property
    def contenders(self) -> Group:
        """Those that are ranked with each other; all where none is, as a study's `together` has no sample yet."""
        kept = [place for place, run in enumerate(self.runs) if run.contends]
        return self if len(kept) in (0, len(self.runs)) else self.in_order(kept)

    @cached_property
    def scores(self) -> list[RunScores]:
        """Of each run over its own samples."""
        return score_runs([run.table for run in self.runs], self.protocol)

    @cached_property
    def shared(self) -> Together | None:
        """The runs over the samples that all of them have; None where there is none."""
        return put_together([run.table for run in self.runs])

    @cached_property
    def pairs(self) -> dict[str, list[Pair]]:
        """All pairs of runs by score; none where they share no sample, or too few to test."""
        return {} if self.shared is None else compare_pairs(self.shared)

    def ranks(self, score: str) -> tuple[RankInterval, ...]:
        """Each run's rank by a score, and the ranks that the samples leave open; none where there is nothing to
        rank."""
        if self.shared is None or len(self.runs) < 2:
            return ()
        return rank_intervals(self.shared.points[score].mean(axis=0), self.pairs[score])

    @property
    def leader(self) -> str:
        """Which run has the highest CoT score, and how certain that is; for one run its score."""
        ranked = self.contenders
        names = [named(run.name, nature(run.model)) for run in ranked.runs]
        return self.headed([leader_sentence(names, ranked.scores, ranked.ranks("cot"))])[0]

    @cached_property
    def pooled(self) -> Pooled:
        """The answers of all runs."""
        return pool([run.table for run in self.runs])

    @cached_property
    def clusters(self) -> Integers:
        """Of the pooled samples."""
        return numbered(grouped(self.pooled.table.samples, UNIT))

    def clusters_of(self, run: int) -> Integers:
        """Of one run's samples."""
        return self.clusters[self.pooled.places[run]]

    @cached_property
    def tasks(self) -> tuple[TaskAnswers, ...]:
        """The pooled answers to each task."""
        return task_answers(self.pooled.table, self.clusters)

    def title(self, title: str) -> str:
        """A figure's title, with the rules where runs by other rules stand on the page too."""
        return title if self._alone else f"{title}, {NAMES[self.protocol]}"

    def id(self, id: str) -> str:
        """A figure's id, of its own for each protocol."""
        return id if self._alone else f"{id}-{self.protocol.value}"

    @property
    def heading(self) -> str:
        """Begins the words on this group; empty where it is the only one."""
        return "" if self._alone else f"By {SCORED_BY[self.protocol]}: "

    def headed(self, sentences: Sequence[str]) -> tuple[str, ...]:
        """Paragraphs on this group, the first of which begins with the rules."""
        first, *others = filter(None, sentences)
        return self.heading + first, *others

    @property
    def together(self) -> str:
        """What pooled figures are over, to end a title."""
        return "" if len(self.runs) == 1 else f", {len(self.runs)} runs together"


class PageRuns:
    """The runs of one page, in the order in which they stand there."""

    def __init__(self, runs: Sequence[AnalysedRun]) -> None:
        self.runs = tuple(runs)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """By protocol; a run without samples is in none."""
        known = [(number, run) for number, run in enumerate(self.runs) if len(run.table)]
        held = [protocol for protocol in Protocol if any(run.protocol is protocol for _, run in known)]
        groups = []
        for protocol in held:
            numbers, members = zip(*(each for each in known if each[1].protocol is protocol), strict=True)
            groups.append(Group(protocol, members, numbers, alone=len(held) == 1))
        return tuple(groups)

    @cached_property
    def links(self) -> SampleLinks:
        """To the pages of samples."""
        return SampleLinks(self.runs)
