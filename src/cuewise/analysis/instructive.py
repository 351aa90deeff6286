"""Which samples are worth looking at, and why: chosen by rules, the same for the same runs, spread over tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.analysis.clustered import Mask
from cuewise.analysis.pooled import same_samples
from cuewise.analysis.table import Floats, Integers, RunTable

PER_KIND: Final = 8
"""Samples chosen for one reason."""

FEW_RUNS: Final = 3
"""What needs a comparison of runs needs at least so many."""

JUDGE_APART: Final = 0.5
"""Judge and label taxonomy disagree from this difference of points on."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A sample worth looking at."""

    kind: str
    """Why, as a fixed word: a key of `KINDS`."""
    run: int
    """Which of the runs to look at it in."""
    place: int
    """Of the sample in that run's table."""
    id: str
    task: str
    said: tuple[str, ...] | None
    """Labels that this run's answer names; None where there is no answer to read."""
    gold: tuple[str, ...]
    reason: str
    """In words, with numbers."""


KINDS: Final = {
    "best": "Right label, and every reason holds",
    "worst": "Wrong label, and no reason holds",
    "right_for_wrong_reasons": "Right label, though its reasons fail",
    "wrong_for_good_reasons": "Wrong label, though its reasons hold",
    "alone_wrong": "Wrong where every other run is right",
    "alone_right": "Right where every other run is wrong",
    "disagreement": "Runs disagree most",
    "hardest": "No run is right",
    "judge_apart": "Judge and label taxonomy disagree",
}
"""Why samples are chosen, in the order in which they are shown."""


@dataclass(frozen=True)
class _Run:
    """The first scored answer to each sample, or the first at all, all (n_samples,)."""

    recognition: Floats
    reasoning: Floats
    steps: Floats
    judged: Floats
    contradicted: Floats
    named: list[tuple[str, ...] | None]
    """Different labels that answers name; not (n_samples,), of which `said` are the places."""
    said: Integers

    def labels(self, place: int) -> tuple[str, ...] | None:
        """Those that the answer to a sample names."""
        return self.named[int(self.said[place])]


def instructive(tables: Sequence[RunTable]) -> tuple[Pick, ...]:
    """Samples worth looking at, by kind in the order of `KINDS`.

    A sample that was asked several times stands with its first answer that has a score. No sample is chosen twice for
    one reason. Tasks take turns; within a task the most striking come first, then those that stand first.

    Args:
        tables: of runs whose scores are by the same rules.
    """
    runs = [_first_answers(table) for table in tables]
    picks: list[Pick] = []
    taken: dict[str, set[str]] = {kind: set() for kind in KINDS}
    found = {kind: _candidates_alone(kind, tables, runs) for kind in _ALONE}
    if len(tables) >= FEW_RUNS:
        found |= _candidates_together(tables, runs)
    for kind in KINDS:
        for run, place, reason in _spread(found.get(kind, []), tables):
            row = tables[run].samples[place]
            if row.id in taken[kind] or len(taken[kind]) == PER_KIND:
                continue
            taken[kind].add(row.id)
            said = runs[run].labels(place)
            reason = reason or _why(kind, runs[run], place)
            picks.append(Pick(kind, run, place, row.id, row.task, said, row.labels, reason))
    return tuple(picks)


_Candidate = tuple[float, int, int, str]
"""How striking, which run, which sample, and why: empty where `_why` says it, of the few that are chosen."""


def _first_answers(table: RunTable) -> _Run:
    size = len(table.samples)
    chosen = np.full(size, -1, dtype=np.int64)
    backwards = np.arange(len(table))[::-1]
    chosen[table.sample[backwards]] = backwards
    scored = backwards[table.scored[backwards]]
    chosen[table.sample[scored]] = scored
    return _Run(
        recognition=table.points["recognition"][chosen],
        reasoning=table.points["reasoning"][chosen],
        steps=table.steps[chosen].astype(np.float64),
        judged=table.judged[chosen],
        contradicted=table.grounding["contradicted"][chosen],
        named=table.named[0],
        said=table.named[1][chosen],
    )


_ALONE: Final = ("best", "worst", "right_for_wrong_reasons", "wrong_for_good_reasons", "judge_apart")


def _candidates_alone(kind: str, tables: Sequence[RunTable], runs: Sequence[_Run]) -> list[_Candidate]:
    """What one run's answer alone shows."""
    return [
        (float(strength[place]), number, place, "")
        for number, run in enumerate(runs)
        for inside, strength in [_shown_alone(kind, run)]
        for place in _strongest(inside, strength, tables[number])
    ]


def _shown_alone(kind: str, run: _Run) -> tuple[Mask, Floats]:
    right, wrong = run.recognition == 1, run.recognition == 0
    has = run.steps > 1
    if kind == "best":
        return right & has & (run.reasoning == 1), run.steps
    if kind == "worst":
        return wrong & has & (run.reasoning == 0), run.steps
    if kind == "right_for_wrong_reasons":
        contradicted = np.nan_to_num(run.contradicted, nan=0.0)
        return right & has & (run.reasoning < 0.5), 1 - run.reasoning + contradicted
    if kind == "wrong_for_good_reasons":
        return wrong & has & (run.reasoning >= 0.5), run.reasoning * run.steps
    gap = np.nan_to_num(np.abs(run.judged - run.recognition), nan=0.0)
    return gap >= JUDGE_APART, gap


def _why(kind: str, run: _Run, place: int) -> str:
    if kind == "judge_apart":
        judge, read = run.judged[place], run.recognition[place]
        return f"The judge gives the label {100 * judge:.0f} %, the label taxonomy {100 * read:.0f} %."
    reasons = int(run.steps[place]) - 1
    label = "right" if run.recognition[place] == 1 else "wrong"
    whole = "its one reason" if reasons == 1 else f"its {reasons} reasons"
    told = (
        f"The label is {label}; {whole} earn{'s' if reasons == 1 else ''} {100 * run.reasoning[place]:.0f} %."
    )
    contradicted = run.contradicted[place]
    if kind == "right_for_wrong_reasons" and contradicted > 0:
        told += f" {int(contradicted)} contradict{'s' if contradicted == 1 else ''} the evidence."
    return told


def _strongest(inside: Mask, strength: Floats, table: RunTable) -> list[int]:
    """The few of each task that matter, so that 20 runs do not make a list of 100,000."""
    places = np.flatnonzero(inside)
    order = places[np.lexsort((places, -strength[places]))]
    counts: dict[str, int] = {}
    kept = []
    for place in order[: 50 * PER_KIND].tolist():
        task = table.samples[place].task
        counts[task] = counts.get(task, 0) + 1
        if counts[task] <= PER_KIND:
            kept.append(place)
    return kept


def _candidates_together(tables: Sequence[RunTable], runs: Sequence[_Run]) -> dict[str, list[_Candidate]]:
    """What shows only beside other models: over samples that all runs have."""
    places = _shared_places(tables)
    if not len(places):
        return {}
    points = np.stack([run.recognition[places[:, at]] for at, run in enumerate(runs)], axis=1)
    right = points == 1
    wrong = ~(points > 0)  # an answer without a score is not right either
    models = len(tables)
    found: dict[str, list[_Candidate]] = {
        "alone_wrong": [],
        "alone_right": [],
        "hardest": [],
        "disagreement": [],
    }
    others = f"{models - 1} other runs"
    for row, run in np.argwhere(wrong & (right.sum(axis=1) == models - 1)[:, None]).tolist():
        found["alone_wrong"].append((0.0, run, int(places[row, run]), f"All {others} have the right label."))
    for row, run in np.argwhere(right & (wrong.sum(axis=1) == models - 1)[:, None]).tolist():
        found["alone_right"].append((0.0, run, int(places[row, run]), f"No other run of {models} is right."))
    kinds, agreed = _variety(runs, places)
    for row in np.flatnonzero(wrong.all(axis=1)).tolist():
        same = int(agreed[row])
        why = f"No run of {models} is right; "
        why += f"{same} give the same wrong answer." if same > 1 else "no two give the same wrong answer."
        found["hardest"].append((float(agreed[row]), 0, int(places[row, 0]), why))
    for row in np.flatnonzero(~wrong.all(axis=1) & (kinds > 2)).tolist():
        correct = int(right[row].sum())
        why = f"{models} runs give {kinds[row]} different answers; {correct} {'is' if correct == 1 else 'are'} right."
        found["disagreement"].append((float(kinds[row] - agreed[row] / models), 0, int(places[row, 0]), why))
    return found


def _variety(runs: Sequence[_Run], places: Integers) -> tuple[Integers, Integers]:
    """How many different answers each sample has, and how many runs give the most frequent one, (n_shared,) each.

    Answers without a label are no answer here.
    """
    numbers: dict[tuple[str, ...], int] = {}
    columns = [
        np.array(
            [numbers.setdefault(_in_order(one), len(numbers)) if one else -1 for one in run.named],
            dtype=np.int64,
        )[run.said[places[:, at]]]
        for at, run in enumerate(runs)
    ]
    codes = np.sort(np.stack(columns, axis=1), axis=1)
    kinds = (codes[:, 0] >= 0).astype(np.int64) + ((np.diff(codes, axis=1) != 0) & (codes[:, 1:] >= 0)).sum(
        axis=1
    )
    agreed = np.zeros(len(codes), dtype=np.int64)
    length = np.zeros(len(codes), dtype=np.int64)
    for at in range(codes.shape[1]):
        goes_on = codes[:, at] == codes[:, at - 1] if at else np.zeros(len(codes), dtype=np.bool_)
        length = np.where(codes[:, at] < 0, 0, np.where(goes_on, length + 1, 1))
        agreed = np.maximum(agreed, length)
    return kinds, agreed


def _in_order(labels: tuple[str, ...]) -> tuple[str, ...]:
    return labels if len(labels) < 2 else tuple(sorted(labels))


def _shared_places(tables: Sequence[RunTable]) -> Integers:
    """(n_shared, n_runs) places of the samples that all runs have."""
    first = tables[0].samples
    if all(same_samples(table.samples, first) for table in tables):
        return np.repeat(np.arange(len(first))[:, None], len(tables), axis=1)
    numbers = [{row.question: at for at, row in enumerate(table.samples)} for table in tables]
    rows = [
        [number[row.question] for number in numbers]
        for row in tables[0].samples
        if all(row.question in number for number in numbers)
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, len(tables))


def _spread(candidates: list[_Candidate], tables: Sequence[RunTable]) -> list[tuple[int, int, str]]:
    """The candidates in turn by task, each task's most striking first; runs take turns among equals."""
    by_task: dict[str, list[_Candidate]] = {}
    for candidate in sorted(candidates, key=lambda one: (-one[0], one[2], one[1])):
        by_task.setdefault(tables[candidate[1]].samples[candidate[2]].task, []).append(candidate)
    tasks = sorted(by_task)
    longest = max(map(len, by_task.values()), default=0)
    return [
        by_task[task][at][1:]
        for at in range(min(longest, 10 * PER_KIND))
        for task in tasks
        if at < len(by_task[task])
    ]
