"""Confusion matrices: which labels are named where which are gold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from cuewise.analysis.answers import TaskAnswers
from cuewise.analysis.clustered import signs
from cuewise.analysis.confusions import Confusions, confusions, label_errors, nearness, row_shares
from cuewise.analysis.uncertainty import Uncertain
from cuewise.reports.blocks import Block, Column, Details, HeatMap, Section, Table, Text, Value
from cuewise.reports.formats import decimal
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.ids import slugs
from cuewise.reports.sections.phrases import plural, words
from cuewise.reports.words.phrases import listed

FEW_RUNS: Final = 3
"""Of more runs the page has no matrices one by one; the files of `--figures` have."""


def confusion_section(page: PageRuns, *, full: bool = False) -> Section | None:
    """Confusion matrices of all runs together, and of each run; None where no run has a sample.

    Args:
        full: whether to show every run's own matrices, however many runs there are.
    """
    blocks: list[Block] = []
    for group in page.groups:
        blocks.append(words(_sentences(group)))
        blocks += _matrices(group, group.tasks, "", "")
        if len(group.runs) > 1:
            blocks += _by_run(group, full)
    return Section("confusions", "Confusions", tuple(blocks)) if blocks else None


def _by_run(group: Group, full: bool) -> list[Block]:
    if len(group.runs) > FEW_RUNS and not full:
        left_out = f"The matrices of each of the {len(group.runs)} runs are left out here"
        return [words([f"{left_out}; “cuewise report --figures” has them."])]
    return [
        Details(
            group.title(f"Confusions of {run.name}"),
            tuple(
                _matrices(
                    group,
                    [answers.only(group.pooled.run[answers.places] == number) for answers in group.tasks],
                    f", {run.name}",
                    f"-run{group.numbers[number] + 1}",
                )
            ),
        )
        for number, run in enumerate(group.runs)
    ]


def _matrices(group: Group, tasks: Sequence[TaskAnswers], of: str, suffix: str) -> list[Block]:
    """One block per task that has something to count.

    Args:
        of: ends each title.
        suffix: ends each id.
    """
    blocks: list[Block] = []
    names = slugs(answers.task for answers in tasks)
    for answers in tasks:
        id = group.id(f"confusions-{names[answers.task]}{suffix}")
        if answers.multi_label:
            if answers.named.any():
                blocks.append(_errors(group, answers, id, of))
        elif len(answers):
            blocks.append(_matrix(group, answers, id, of))
    return blocks


def _matrix(group: Group, answers: TaskAnswers, id: str, of: str) -> HeatMap:
    found = confusions(answers)
    counts = np.array(found.counts)
    kept = counts.sum(axis=1) > 0
    shares = row_shares(answers)
    # A last column in which nothing stands says less than it costs.
    shown = [*range(len(found.labels)), *(at for at in (-2, -1) if counts[:, at].any())]
    names = (*found.labels, "several at once", "no label")
    rows = [(at, name, int(counts[at].sum())) for at, name in enumerate(found.labels) if kept[at]]
    return HeatMap(
        id=id,
        title=group.title(f"{answers.task}: gold label against label named{of}"),
        unit="percent",
        row_title="Gold label",
        column_title="Label named",
        rows=tuple(f"{name} ({total:,})" for _, name, total in rows),
        columns=tuple(names[at] for at in shown),
        cells=tuple(
            tuple(_cell(shares[row][at], int(counts[row, at])) for at in shown) for row, _, _ in rows
        ),
        note=_note(found),
    )


def _cell(found: Uncertain | None, count: int) -> Value:
    ends = None if found is None else found.interval
    low, high = (None, None) if ends is None else (ends.low, ends.high)
    return Value(None if found is None else found.percent, low, high, n=count)


def _note(found: Confusions) -> str:
    note = "Percent of the answers to samples with the gold label of the row, their number in brackets;"
    note += " 95 % intervals by samples of one source video together."
    if found.merged:
        merged = "; ".join(f"{name}: {', '.join(spellings)}" for name, spellings in found.merged.items())
        note += f" Sources spell some labels differently; pooled by the label taxonomy are {merged}."
        note += " Not every source has every label."
    return note


def _errors(group: Group, answers: TaskAnswers, id: str, of: str) -> Table:
    rows = [one for one in label_errors(answers) if one.gold or one.named]
    merged = answers.labels.merged()
    pooled = "; ".join(f"{name}: {', '.join(spellings)}" for name, spellings in merged.items())
    return Table(
        id=id,
        title=group.title(f"{answers.task}: labels missed and labels added{of}"),
        columns=(
            Column("Label"),
            Column("Gold", "count", "Answers to samples that have this gold label"),
            Column("Named", "count", "Answers that name it"),
            Column("Missed", "percent", "Of answers where it is gold, those that do not name it"),
            Column("Added", "percent", "Of answers that name it, those where it is not gold"),
        ),
        rows=tuple(
            (
                Text(one.label),
                Value(one.gold),
                Value(one.named),
                Value(100 * one.missed / one.gold if one.gold else None, n=one.gold),
                Value(100 * one.added / one.named if one.named else None, n=one.named),
            )
            for one in rows
        ),
        note="Over answers that name a label; several may hold at once."
        + (f" Pooled by the label taxonomy are {pooled}." if pooled else ""),
    )


def _sentences(group: Group) -> list[str]:
    """What the matrices show, and what they cannot."""
    single = [answers for answers in group.tasks if not answers.multi_label]
    hardest = [text for answers in single if (text := _hardest(answers)) is not None]
    sentences = []
    if hardest:
        sentences.append(f"Of gold labels with {_SOME} answers or more, missed most is {listed(hardest)}.")
    near = [(answers.task, found) for answers in single if (found := nearness(answers)) is not None]
    near = [(task, found) for task, found in near if found.expected < _ALL]
    certain = signs([found.beyond for _, found in near])
    if near:
        told = listed(
            [
                f"{decimal(found.observed)} % in {task} ({decimal(found.expected)} % expected)"
                for task, found in near
            ]
        )
        sentences.append(
            f"Of the wrong labels, those of the gold label’s own valence (negative for negative) are {told};"
            " expected is what the labels’ frequencies alone would give."
            f" {_on_nearness([task for task, _ in near], certain)}"
        )
    sentences.append(
        "A matrix shows what is taken for what, not why: the gold labels are people’s, and labels that people"
        " confuse are confused here too."
    )
    return [group.heading + sentences[0], *sentences[1:]]


def _on_nearness(tasks: Sequence[str], certain: Sequence[int]) -> str:
    """In which tasks errors lie nearer to the truth than expected, by signs of the differences."""
    nearer = [task for task, sign in zip(tasks, certain, strict=True) if sign > 0]
    if not nearer:
        return "In none is it shown to be more than that."
    return f"By more than chance explains it is more in {listed(nearer)}, after Holm’s correction over tasks."


def _hardest(answers: TaskAnswers) -> str | None:
    """The gold label of a task that is named least often where it is gold, among those of some size."""
    found = confusions(answers)
    rows = [
        (row[at] / total, name, total)
        for at, (name, row, total) in enumerate(zip(found.labels, found.counts, found.totals, strict=True))
        if total >= _SOME
    ]
    if len(rows) < 2:
        return None
    recall, name, total = min(rows)
    return f"{name} in {answers.task} (named in {decimal(100 * recall)} % of {plural(total, 'answer')})"


_ALL: Final = 99.95
"""Percent that is printed as 100: where no other valence can be named wrongly, nothing can be told."""
_SOME: Final = 10
"""Answers that a gold label must have to be spoken of."""
