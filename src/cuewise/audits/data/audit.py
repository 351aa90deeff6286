"""Audit a dataset: what it asks, how far it agrees with itself, what it gives away, what guessing scores on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cuewise.audits.data.baselines import TaskBaselines, compute_baselines
from cuewise.audits.data.clips import ClipAudit, look_at_clips
from cuewise.audits.data.clues import ClueLeaks, find_leaks
from cuewise.audits.data.labels import (
    GoldCounts,
    LabelSets,
    count_gold,
    find_label_sets,
    find_unmapped,
    reordered,
)
from cuewise.audits.data.shared import SharedClip, SharedPair, find_shared_clips, summarize_shared
from cuewise.records import Sample
from cuewise.samples.problems import Problem
from cuewise.samples.tasks import Task
from cuewise.samples.tasks import tasks as all_tasks


@dataclass(frozen=True)
class SourceCount:
    """The questions of one task on clips of one corpus."""

    task: str
    source: str | None
    """First folder of the clips' ids; None where they have none."""
    n_questions: int
    n_published: int | None
    """How many the benchmark has; None where it has no such corpus in this task."""
    n_clips: int
    """Different clips."""

    @property
    def n_repeated(self) -> int:
        """Questions about a clip that this task has asked about before."""
        return self.n_questions - self.n_clips


@dataclass(frozen=True)
class DataAudit:
    """Everything that was counted."""

    counts: tuple[SourceCount, ...]
    """By task and corpus, in the dataset's order."""
    label_sets: tuple[LabelSets, ...]
    reordered: dict[str, tuple[str, ...]]
    """By task: corpora with the same candidates in different orders."""
    unmapped: dict[str, tuple[str, ...]]
    """By task: labels that the taxonomy does not know."""
    gold: tuple[GoldCounts, ...]
    shared: tuple[SharedClip, ...]
    pairs: tuple[SharedPair, ...]
    leaks: tuple[ClueLeaks, ...]
    baselines: tuple[TaskBaselines, ...]
    clips: ClipAudit
    problems: tuple[Problem, ...]
    """What of the dataset could not be read."""

    @property
    def n_questions(self) -> int:
        return sum(count.n_questions for count in self.counts)

    @property
    def n_shared_clips(self) -> int:
        """Different clips that serve more than one question."""
        return len({one.clip for one in self.shared})

    def to_json(self) -> dict[str, Any]:
        """The audit as plain data; places of files are left out."""
        return {
            "n_questions": self.n_questions,
            "n_clips": self.clips.n_clips,
            "n_shared_clips": self.n_shared_clips,
            "counts": [{**asdict(count), "n_repeated": count.n_repeated} for count in self.counts],
            "label_sets": [asdict(one) for one in self.label_sets],
            "reordered_label_sets": {task: list(sources) for task, sources in self.reordered.items()},
            "unmapped_labels": {task: list(labels) for task, labels in self.unmapped.items()},
            "gold_labels": [
                {
                    **asdict(gold),
                    "by_count": {str(n): of for n, of in gold.by_count.items()},
                    "several": gold.several,
                }
                for gold in self.gold
            ],
            "shared_clips": [one.to_json() for one in self.shared],
            "shared_by_tasks": [asdict(pair) for pair in self.pairs],
            "clue_leaks": [leaks.to_json() for leaks in self.leaks],
            "baselines": [asdict(baselines) for baselines in self.baselines],
            "clips": self.clips.to_json(),
            "problems": [asdict(problem) for problem in self.problems],
        }


def audit_data(
    samples: Sequence[Sample],
    problems: Sequence[Problem] = (),
    *,
    clips: ClipAudit | None = None,
    own_tasks: Sequence[Task] = (),
) -> DataAudit:
    """Audit samples as `read_dataset` gives them.

    Args:
        samples: at least one.
        problems: what could not be read.
        clips: what is known of the clips' files; looked at without opening them where None.
        own_tasks: tasks of one's own among them.
    """
    separators = {task.name: task.separator for task in (*all_tasks().values(), *own_tasks)}
    label_sets = find_label_sets(samples)
    shared = find_shared_clips(samples)
    return DataAudit(
        counts=_counts(samples),
        label_sets=label_sets,
        reordered=reordered(label_sets),
        unmapped=find_unmapped(samples),
        gold=count_gold(samples, separators),
        shared=shared,
        pairs=summarize_shared(shared),
        leaks=find_leaks(samples, separators),
        baselines=compute_baselines(samples),
        clips=look_at_clips(samples) if clips is None else clips,
        problems=tuple(problems),
    )


def most_frequent_scores(baselines: Sequence[TaskBaselines]) -> dict[str, tuple[str, float]]:
    """By task: its most frequent label, and the percent that always naming it scores."""
    return {one.task: (one.label, one.most_frequent.points) for one in baselines}


def _counts(samples: Sequence[Sample]) -> tuple[SourceCount, ...]:
    questions = Counter((sample.task, sample.source) for sample in samples)
    clips = Counter((task, source) for task, source, _ in {(s.task, s.source, s.clip.id) for s in samples})
    published = {
        (task.name, source.name): source.n_questions
        for task in all_tasks().values()
        for source in task.sources
    }
    return tuple(
        SourceCount(task, source, n, published.get((task, source or "")), clips[task, source])
        for (task, source), n in questions.items()
    )
