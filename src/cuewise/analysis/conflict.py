"""Which modality a model follows where sound and picture say different things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cuewise.ablation.conditions import ConditionKind
from cuewise.analysis.study_runs import ConditionRun, StudyRuns, takes_part
from cuewise.analysis.table import RunTable
from cuewise.scores.intervals import AnswerShare, Estimate

WAYS = ("picture", "sound", "both", "neither")


@dataclass(frozen=True)
class Followed:
    """Of one task, or over all: what answers name where picture and sound have different labels."""

    task: str
    """Empty over all tasks."""
    shares: dict[str, Estimate]
    """By `WAYS`: shares of the answers that name a label of the picture alone, of the sound alone, of both, of neither.
    Answers without a label are among the last."""
    sound_of_decided: Estimate | None
    """Of the answers that name the picture's or the sound's label, the share that names the sound's."""
    picture_alone: float | None
    """Answers on the same pictures, given alone, that name their label, percent; None where that was not run."""
    sound_alone: float | None
    """Answers on the same sounds, given alone, that name their label, percent."""

    @property
    def expected_sound(self) -> float | None:
        """`sound_of_decided`, percent, of a model that followed each as far as it reads it alone: s / (s + p)."""
        if (
            self.picture_alone is None
            or self.sound_alone is None
            or not self.picture_alone + self.sound_alone
        ):
            return None
        return 100 * self.sound_alone / (self.sound_alone + self.picture_alone)


def follow_conflict(study: StudyRuns) -> tuple[Followed, ...]:
    """Over all tasks, then by task; empty where no sample was lent a sound."""
    runs = study.of(ConditionKind.CONFLICT)
    if not runs:
        return ()
    run = runs[0]
    ways = _ways(run)
    places = [int(place) for place in np.flatnonzero(takes_part(run.table)) if ways[place]]
    tasks = dict.fromkeys(run.table.samples[place].task for place in places)
    if not places:
        return ()
    alone = {
        kind: _named(each.table)
        for kind in (ConditionKind.VIDEO, ConditionKind.AUDIO)
        for each in study.of(kind)
    }

    def followed(task: str, chosen: list[int]) -> Followed:
        sums = {way: AnswerShare() for way in WAYS}
        decided = AnswerShare()
        for place in chosen:
            for way, share in sums.items():
                share.add(ways[place].count(way), len(ways[place]))
            picture, sound = ways[place].count("picture"), ways[place].count("sound")
            decided.add(sound, picture + sound)
        pictures = [run.table.samples[place].id for place in chosen]
        sounds = [source for place in chosen if (source := run.table.samples[place].sound_from) is not None]
        return Followed(
            task,
            {way: estimate for way, share in sums.items() if (estimate := share.estimate()) is not None},
            decided.estimate(),
            _mean(alone.get(ConditionKind.VIDEO), pictures),
            _mean(alone.get(ConditionKind.AUDIO), sounds),
        )

    by_task = {task: [place for place in places if run.table.samples[place].task == task] for task in tasks}
    return (followed("", places), *(followed(task, chosen) for task, chosen in by_task.items()))


def _ways(run: ConditionRun) -> list[list[str]]:
    """For each sample, which way each of its answers goes; empty for a sample that was lent no sound."""
    table = run.table
    found: list[list[str]] = [[] for _ in table.samples]
    for place, labels in zip(table.sample.tolist(), table.labels, strict=True):
        if sound := set(table.samples[place].sound_labels):
            picture = set(table.samples[place].labels)
            found[place].append(_way(set(labels or ()), picture, sound))
    return found


def _way(named: set[str], picture: set[str], sound: set[str]) -> str:
    match bool(named & picture), bool(named & sound):
        case True, True:
            return "both"
        case True, False:
            return "picture"
        case False, True:
            return "sound"
    return "neither"


def _named(table: RunTable) -> dict[str, float]:
    """By sample id: the share of its answers that name a gold label, of the samples that take part."""
    hits = np.array(
        [
            bool(set(labels or ()) & set(table.samples[place].labels))
            for place, labels in zip(table.sample.tolist(), table.labels, strict=True)
        ],
        dtype=float,
    )
    part = takes_part(table)
    shares = table.by_sample(hits)
    return {
        row.id: float(share) for row, share, takes in zip(table.samples, shares, part, strict=True) if takes
    }


def _mean(named: dict[str, float] | None, ids: list[str]) -> float | None:
    known = [named[each] for each in ids if each in named] if named else []
    return 100 * sum(known) / len(known) if known else None
