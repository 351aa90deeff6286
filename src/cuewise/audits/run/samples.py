"""What the samples of a run say against its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cuewise.analysis.table import SampleRow
from cuewise.audits.data.baselines import compute_baselines
from cuewise.audits.data.labels import find_label_sets, find_unmapped
from cuewise.audits.data.shared import Agreement, pair_up
from cuewise.audits.run.findings import Kind, RunFinding

EASY: Final = 50.0
"""Percent that naming one label always scores from which on a task is called easy."""


def sample_findings(samples: Sequence[SampleRow], runs: tuple[int, ...]) -> Iterator[RunFinding]:
    """Findings on one set of samples.

    Args:
        runs: places of the runs that were asked them.
    """
    if not samples:
        return
    yield from _of_clips(samples, runs)
    yield from _of_labels(samples, runs)


def _of_clips(samples: Sequence[SampleRow], runs: tuple[int, ...]) -> Iterator[RunFinding]:
    shared = pair_up((row.clip, row) for row in samples)
    if not shared:
        return
    clips = len({one.clip for one in shared})
    tasks = tuple(dict.fromkeys(task for one in shared for task in one.tasks))
    yield RunFinding(Kind.SHARED_CLIPS, clips, len({row.clip for row in samples}), runs, tasks)
    apart = [one for one in shared if one.agreement is Agreement.DISAGREE]
    if apart:
        compared = sum(one.agreement is not Agreement.NOT_COMPARABLE for one in shared)
        tasks = tuple(dict.fromkeys(task for one in apart for task in one.tasks))
        yield RunFinding(Kind.LABELS_CONTRADICT, len(apart), compared, runs, tasks)


def _of_labels(samples: Sequence[SampleRow], runs: tuple[int, ...]) -> Iterator[RunFinding]:
    baselines = compute_baselines(samples)
    if easy := tuple(one.task for one in baselines if one.most_frequent.points >= EASY):
        yield RunFinding(Kind.EASY_TASK, len(easy), len(baselines), runs, easy)
    # Questions with equal candidates and labels tell the same.
    kinds = list({(row.task, row.source, row.label_set, row.labels): row for row in samples}.values())
    sets = find_label_sets(kinds)
    if outside := [label for one in sets for label in one.outside]:
        gold = len({(row.task, row.source, label) for row in kinds for label in row.labels})
        yield RunFinding(Kind.GOLD_OUTSIDE, len(outside), gold, runs, tuple(dict.fromkeys(outside)))
    if unknown := {label for labels in find_unmapped(kinds).values() for label in labels}:
        known = {label for row in kinds for label in (*row.label_set, *row.labels)}
        yield RunFinding(Kind.UNKNOWN_LABEL, len(unknown), len(known), runs, tuple(sorted(unknown)))
