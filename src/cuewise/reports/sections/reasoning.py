"""Reasoning against recognition: whether the answers with the right label have the better reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.analysis.clustered import share, signs
from cuewise.analysis.model_effects import over_models
from cuewise.analysis.reasoning import POOR, Accord, Conflict, accords
from cuewise.records import Protocol
from cuewise.reports.blocks import (
    Block,
    Cell,
    Column,
    Details,
    Plot,
    Section,
    Series,
    Table,
    Text,
    Value,
)
from cuewise.reports.formats import decimal, hundredths
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.links import SampleLinks
from cuewise.reports.sections.model_effects import model_point
from cuewise.reports.sections.phrases import TOO_FEW, percent, plural, points, ratio, some_of, value_of, words
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.words.phrases import listed

FEW_RUNS: Final = 3
"""Of more runs the page has no tables by task; the files of `--figures` have."""

Found = list[tuple[int, AnalysedRun, tuple[Accord, ...]]]
"""Place in the group, run, and its accords: all tasks first."""


def reasoning_section(page: PageRuns, *, full: bool = False) -> Section | None:
    """How reasoning goes with recognition, over samples and over models; None where nothing is scored.

    Args:
        full: whether to show every run by task, however many runs there are.
    """
    links = page.links
    blocks: list[Block] = []
    for group in page.groups:
        by_task = len(group.runs) <= FEW_RUNS or full
        each = [
            (number, run, found)
            for number, run in enumerate(group.runs)
            if (found := accords(run.table, group.clusters_of(number), by_task=by_task))
        ]
        if not each:
            continue
        blocks.append(words(_sentences(group, each)))
        if len(each) > 1:
            blocks += [_plot(group, each), *_run_tables(group, each)]
        tables = [
            block for found in each for block in _task_tables(group, *found, links, alone=len(each) == 1)
        ]
        if len(each) == 1:
            blocks += tables
        elif by_task:
            blocks.append(Details(group.title("Reasoning and recognition by task"), tuple(tables)))
        else:
            blocks.append(
                words(["Tables by task are left out for so many runs; “cuewise report --figures” has them."])
            )
    return Section("reasoning", "Reasoning against recognition", tuple(blocks)) if blocks else None


# --- sentences ---------------------------------------------------------------------------------------


def _sentences(group: Group, each: Found) -> list[str]:
    first = _on_run(each[0][2][0]) if len(each) == 1 else _on_runs(each)
    sentences = [group.heading + first]
    models = [
        one for one in over_models([model_point(run) for _, run, _ in each]) if one.first == "reasoning"
    ]
    for one in models:
        if one.second == "recognition":
            interval = (
                "" if one.low is None else f" (95 % interval {hundredths(one.low)} to {hundredths(one.high)})"
            )
            sentences.append(
                f"Over {one.count} runs, mean reasoning correlates {hundredths(one.value)}{interval} with mean"
                " recognition: "
                + (
                    "runs that recognise better also reason better."
                    if one.low is not None and one.low > 0
                    else "it is not shown that runs which recognise better reason better."
                )
            )
    if group.protocol is Protocol.MME_EMOTION:
        sentences.append(
            "Under these rules the judge knows the gold label while it rates the reasons. Part of any relation may be"
            " the judge’s: a reason for a wrong label looks wrong to one who knows the right one."
        )
    sentences.append("A relation does not show that the reasons led to the label.")
    return sentences


def _on_run(accord: Accord) -> str:
    if accord.pearson is None or accord.difference is None:
        return (
            f"Of {plural(accord.count, 'scored answer')}, reasoning or recognition is the same in all: nothing can be"
            " said of their relation."
        )
    right, wrong = accord.given_right, accord.given_wrong
    assert right is not None and wrong is not None  # else there were no difference
    sure = (
        f"Whether right labels go with better reasons {TOO_FEW}"
        if accord.difference.low is None
        else "Right labels go with better reasons"
        if accord.difference.is_certain and accord.difference.value > 0
        else "Right labels go with poorer reasons"
        if accord.difference.is_certain
        else "It is not shown that right labels go with better reasons"
    )
    told = (
        f"{sure}: reasoning is {percent(right)} where the label is right and {percent(wrong)} where it is wrong; within"
        f" tasks the difference is {points(accord.difference)} and the correlation {ratio(accord.pearson)}."
    )
    conflicts = [
        f"{decimal(one.percent.value)} % {words}"
        for one, words in (
            (accord.right_poor, "a right label with poor reasons"),
            (accord.right_without_reason, "a right label without any"),
            (accord.wrong_good, "a wrong label with good reasons"),
        )
        if one is not None
    ]
    return (
        f"{told} Of scored answers, {listed(conflicts).replace(' % ', ' % have ', 1)}." if conflicts else told
    )


def _on_runs(each: Found) -> str:
    found = signs([accords[0].difference for _, _, accords in each])
    better, poorer = found.count(1), found.count(-1)
    if all(one is None or one.p_value is None for one in (accords[0].difference for _, _, accords in each)):
        return f"Whether right labels go with better reasons {TOO_FEW}."
    if not better + poorer:
        return f"In none of {len(each)} runs is it shown that right labels go with better reasons, or with poorer ones."
    return (
        f"Right labels go with better reasons in {some_of(better, len(each))} runs, with poorer ones in"
        f" {some_of(poorer, len(each))}, by more than chance explains (after Holm’s correction over runs)."
    )


# --- figures -----------------------------------------------------------------------------------------


def _plot(group: Group, each: Found) -> Plot:
    series = []
    for number, run, _ in each:
        clusters = group.clusters_of(number)
        recognition = 100 * float(run.table.score("recognition").mean())
        found = share(run.table.score("reasoning"), clusters)
        value = value_of(None if found is None else found.times(100))
        series.append(Series(run.name, run.colour, (recognition,), (value,)))
    return Plot(
        id=group.id("reasoning-models"),
        title=group.title("Reasoning and recognition, one point per run"),
        x_title="Recognition, mean",
        y_title="Reasoning, mean",
        x_unit="percent",
        y_unit="percent",
        series=tuple(series),
        note="Means over all samples, unscored ones being 0; 95 % intervals of reasoning.",
    )


_COLUMNS: Final = (
    Column("Scored answers", "count"),
    Column("Correlation", "ratio", "Point-biserial (Pearson’s) of reasoning with recognition"),
    Column("Rank correlation", "ratio", "Spearman’s"),
    Column("Reasoning, label right", "percent", "Mean reasoning of answers with the right label"),
    Column("Reasoning, label wrong", "percent", "Mean reasoning of answers with a wrong label"),
    Column("Difference", "points", "Of these two"),
)

_PARTING: Final = (
    Column("Right, poor reasons", "percent", f"Right label, reasoning below {100 * POOR:g} %"),
    Column("Right, no reason", "percent", "Right label without any reason"),
    Column("Wrong, good reasons", "percent", f"Wrong label, reasoning of {100 * POOR:g} % or more"),
)

_NOTE: Final = (
    "Over scored answers. Where several labels may hold, right means all points and wrong"
    " none. 95 % intervals by samples of one source video together."
)


def _cells(accord: Accord) -> tuple[Cell, ...]:
    return (
        Value(accord.count),
        value_of(accord.pearson),
        value_of(accord.spearman),
        value_of(accord.given_right),
        value_of(accord.given_wrong),
        value_of(accord.difference),
    )


def _parting(accord: Accord) -> tuple[Cell, ...]:
    """Shares of answers whose label and reasons part."""
    conflicts = (accord.right_poor, accord.right_without_reason, accord.wrong_good)
    return tuple(Value(0.0) if one is None else value_of(one.percent) for one in conflicts)


def _tables(
    id: str, titles: tuple[str, str], head: str, rows: Sequence[tuple[Text, Accord]], note: str
) -> list[Block]:
    """Reasoning by label, and how often they part, with a row each."""
    return [
        Table(
            id, titles[0], (Column(head), *_COLUMNS), tuple((text, *_cells(one)) for text, one in rows), note
        ),
        Table(
            f"{id}-parting",
            titles[1],
            (Column(head), *_PARTING),
            tuple((text, *_parting(one)) for text, one in rows),
            "Percent of scored answers. Poor reasons earn less than half of their points, good ones half or more.",
        ),
    ]


def _run_tables(group: Group, each: Found) -> list[Block]:
    rows = [(Text(run.name, sub=run.model), found[0]) for _, run, found in each]
    titles = "Reasoning given the label, by run", "How often label and reasons part, by run"
    note = _NOTE + " Correlations and differences are those within tasks."
    return _tables(
        group.id("reasoning-runs"), (group.title(titles[0]), group.title(titles[1])), "Run", rows, note
    )


def _task_tables(
    group: Group, number: int, run: AnalysedRun, found: Sequence[Accord], links: SampleLinks, *, alone: bool
) -> list[Block]:
    of = "" if alone else f", {run.name}"
    suffix = "" if alone else f"-run{group.numbers[number] + 1}"
    rows = [(Text(one.task or "All, within tasks"), one) for one in found]
    titles = f"Reasoning given the label, by task{of}", f"How often label and reasons part, by task{of}"
    id = group.id(f"reasoning-tasks{suffix}")
    return [
        *_tables(id, (group.title(titles[0]), group.title(titles[1])), "Task", rows, _NOTE),
        *_example_table(group, run, found[0], links, of, suffix),
    ]


def _example_table(
    group: Group, run: AnalysedRun, accord: Accord, links: SampleLinks, of: str, suffix: str
) -> list[Block]:
    kinds: tuple[tuple[str, Conflict | None], ...] = (
        ("Right label, poor reasons", accord.right_poor),
        ("Right label, no reason", accord.right_without_reason),
        ("Wrong label, good reasons", accord.wrong_good),
    )
    rows: list[tuple[Cell, ...]] = [
        (links.example(id, run), Text(links.task(id)), Text(how), Value(conflict.number))
        for how, conflict in kinds
        if conflict is not None
        for id in conflict.samples
    ]
    if not rows:
        return []
    return [
        Table(
            group.id(f"reasoning-examples{suffix}"),
            group.title(f"Examples of answers whose label and reasons part{of}"),
            (Column("Clip"), Column("Task"), Column("How"), Column("Such answers", "count")),
            tuple(rows),
        )
    ]
