"""The human baseline: how often people name the annotated labels, alone and by majority, beside the runs.

Figures over all tasks are of all samples that could be drawn: each stratum counts by how many the run has of it,
however many answers there are of it. A task's own are plain means, as strata are tasks, or there is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from cuewise.agreement.matrix import Ratings
from cuewise.agreement.stratified_means import stratified_comparison, stratified_share, weigh_alike
from cuewise.analysis.clustered import Estimated
from cuewise.analysis.paired import PairedResult
from cuewise.errors import CuewiseError
from cuewise.records import Outcome, Protocol, Sample
from cuewise.reports.private import scrub, scrub_all
from cuewise.study.records import Said
from cuewise.study.report.corrected import OpenRun
from cuewise.study.report.raters import Among, agreement_of
from cuewise.study.report.table import RatedStudy

NAMED: Final = "named"
NOT_NAMED: Final = "not named"

Points = Callable[[Sample, Sequence[str]], float]
RULES: Final[Mapping[Protocol, Points]] = {
    Protocol.MME_EMOTION: lambda sample, labels: sample.label_points(labels),
    Protocol.GROUNDED: lambda sample, labels: sample.label_f1(labels),
}


@dataclass(frozen=True)
class Recognition:
    """Points for labels, 0..1, by the rules of both protocols; they differ in multi-label tasks alone."""

    who: str
    task: str
    """Empty for all tasks."""
    items: int
    """Different samples."""
    answers: int
    cannot_tell: int
    """Answers without a label, which earn nothing."""
    mme: Estimated | None
    """Under `mme-emotion`: recall of the annotated labels."""
    f1: Estimated | None
    """Under `grounded`."""
    weighted: bool = False
    """Whether these are no plain means of the answers: tasks have more or fewer of them than is their share of the
    run's samples, be it by how items were drawn or by who answered which."""


@dataclass(frozen=True)
class BesideRun:
    """People and a run on the very same samples, by the run's protocol; 0..1."""

    run: str
    model: str
    protocol: str
    task: str
    """Empty for all tasks."""
    items: int
    run_points: Estimated | None
    people: Estimated | None
    """Mean over the raters of a sample."""
    difference: PairedResult | None
    """The run less people, percentage points."""
    why_none: str = ""
    weighted: bool = False
    """As in `Recognition`, of the samples."""


@dataclass(frozen=True)
class HumanBaseline:
    """What people make of the benchmark's own questions."""

    pooled: tuple[Recognition, ...]
    """All raters' answers: over all, then by task."""
    by_rater: tuple[Recognition, ...]
    """Over all tasks, then by task, rater by rater."""
    majority: tuple[Recognition, ...]
    """What most raters of a sample name; over all, then by task."""
    agreement: tuple[Among, ...] = field(default=())
    """By task."""
    beside: tuple[BesideRun, ...] = ()
    unanswered: tuple[str, ...] = ()
    """Strata of which nobody has answered a question: figures over all tasks are of the others."""

    @property
    def weighted(self) -> bool:
        """Whether any figure is no plain mean of its answers."""
        people = (*self.pooled, *self.by_rater, *self.majority)
        return any(one.weighted for one in people) or any(one.weighted for one in self.beside)


def human_baseline(rated: RatedStudy, open_run: OpenRun) -> HumanBaseline:
    """All of it, for a study of the question."""
    tasks = ("", *rated.groups(lambda item: item.sample.task))
    raters = [
        (seat, tuple(one for one in rated.said if one.rater == name)) for name, seat in rated.seats.items()
    ]
    answered = {rated.stratum(item) for item in rated.said_of}
    votes = {item: vote(rated.items[item].sample, said) for item, said in rated.said_of.items()}
    return HumanBaseline(
        pooled=tuple(_recognition(rated, "All raters", task, rated.said) for task in tasks),
        by_rater=tuple(
            _recognition(rated, seat, task, said) for seat, said in raters if said for task in tasks
        ),
        majority=tuple(_by_vote(rated, task, votes) for task in tasks),
        agreement=tuple(
            agreement_of(answers(part), task, len(part.said_of))
            for task in tasks[1:]
            for part in [rated.part(lambda item: item.sample.task, task)]
        ),
        beside=tuple(one for name in rated.study.plan.runs for one in _beside(rated, name, open_run, tasks)),
        unanswered=tuple(sorted({rated.stratum(item.id) for item in rated.study.drawn} - answered)),
    )


def answers(rated: RatedStudy) -> Ratings | None:
    """What raters name, as categories. One label: the label. Several: of each candidate, whether it is named."""
    rows: list[tuple[tuple[str, str], str, str]] = []
    for one in rated.said:
        sample = rated.items[one.item].sample
        if not one.label:
            continue
        if sample.multi_label:
            rows += [
                ((one.item, label), rated.seats[one.rater], NAMED if label in one.label else NOT_NAMED)
                for label in sample.label_set
            ]
        else:
            rows.append(((one.item, ""), rated.seats[one.rater], " + ".join(sorted(one.label))))
    return rated.ratings(rows)


def vote(sample: Sample, said: Sequence[Said]) -> tuple[tuple[str, ...], ...]:
    """What most raters name: the sets of labels that are tied for it, one where none are; empty where nobody names any.

    One label: the most frequent. Several: each that more than half of those name who name any; none if none is.
    """
    named = [one.label for one in said if one.label]
    if not named:
        return ()
    counts = Counter(label for labels in named for label in labels)
    if sample.multi_label:
        return (tuple(label for label in sample.label_set if 2 * counts[label] > len(named)),)
    most = max(counts.values())
    return tuple((label,) for label in sample.label_set if counts[label] == most)


def _recognition(rated: RatedStudy, who: str, task: str, said: Sequence[Said]) -> Recognition:
    own = [one for one in said if task in ("", rated.items[one.item].sample.task)]
    samples = [rated.items[one.item].sample for one in own]
    points = {
        protocol: [rule(sample, one.label or ()) for sample, one in zip(samples, own, strict=True)]
        for protocol, rule in RULES.items()
    }
    return _figures(rated, who, task, [one.item for one in own], sum(not one.label for one in own), points)


def _by_vote(rated: RatedStudy, task: str, votes: Mapping[str, tuple[tuple[str, ...], ...]]) -> Recognition:
    """Sets that are tied earn the mean of their points."""
    items = [item for item in votes if task in ("", rated.items[item].sample.task)]
    points = {
        protocol: [
            float(np.mean([rule(rated.items[item].sample, labels) for labels in votes[item]] or [0.0]))
            for item in items
        ]
        for protocol, rule in RULES.items()
    }
    return _figures(rated, "Majority", task, items, sum(not votes[item] for item in items), points)


def _figures(
    rated: RatedStudy,
    who: str,
    task: str,
    items: Sequence[str],
    unable: int,
    points: Mapping[Protocol, Sequence[float]],
) -> Recognition:
    return Recognition(
        who=who,
        task=task,
        items=len(set(items)),
        answers=len(items),
        cannot_tell=unable,
        mme=_mean(rated, items, points[Protocol.MME_EMOTION]),
        f1=_mean(rated, items, points[Protocol.GROUNDED]),
        weighted=_is_weighted(rated, items),
    )


def _mean(rated: RatedStudy, items: Sequence[str], points: Sequence[float]) -> Estimated | None:
    return stratified_share(np.array(points, dtype=np.float64), *_drawn(rated, items))


def _is_weighted(rated: RatedStudy, items: Sequence[str]) -> bool:
    return not weigh_alike([rated.stratum(item) for item in items], rated.sizes)


def _drawn(
    rated: RatedStudy, items: Sequence[str]
) -> tuple[list[str], Mapping[str, int], list[tuple[str, ...]]]:
    """The strata of items, the sizes of all strata, and the videos of the items."""
    return [rated.stratum(item) for item in items], rated.sizes, [rated.cluster(item) for item in items]


def _beside(rated: RatedStudy, name: str, open_run: OpenRun, tasks: Sequence[str]) -> list[BesideRun]:
    by_sample = {rated.items[item].sample.id: item for item in rated.said_of}
    model: dict[str, float] = {}
    try:
        run = open_run(name)
        for outcome in run.outcomes_of(by_sample):
            item = by_sample[outcome.sample.id]
            if outcome.epoch == 0 and outcome.sample.labels == rated.items[item].sample.labels:
                model[item] = _run_points(outcome)
    except CuewiseError as error:
        return [
            BesideRun(name, "", "", "", 0, None, None, None, f"the run cannot be read: {scrub(str(error))}")
        ]
    settings = run.manifest.settings
    rule = RULES[settings.protocol]
    people = {
        item: float(np.mean([rule(rated.items[item].sample, one.label or ()) for one in rated.said_of[item]]))
        for item in model
    }
    found = []
    for task in tasks:
        items = [item for item in model if task in ("", rated.items[item].sample.task)]
        ours, theirs = ([points[item] for item in items] for points in (people, model))
        found.append(
            BesideRun(
                run=name,
                model=scrub_all(settings.model.name),
                protocol=settings.protocol.value,
                task=task,
                items=len(items),
                run_points=_mean(rated, items, theirs),
                people=_mean(rated, items, ours),
                difference=stratified_comparison(
                    np.array(ours, dtype=np.float64),
                    np.array(theirs, dtype=np.float64),
                    *_drawn(rated, items),
                ),
                why_none="" if items else "no sample of the run is rated yet",
                weighted=_is_weighted(rated, items),
            )
        )
    return found


def _run_points(outcome: Outcome) -> float:
    """The run's own recognition; an answer without a score earns nothing."""
    return 0.0 if outcome.score is None else outcome.score.recognition
