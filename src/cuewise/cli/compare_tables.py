"""What `cuewise compare` shows on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.markup import escape
from rich.table import Table

from cuewise.analysis.compared_skill import SkillDifference
from cuewise.analysis.comparison import LEVEL, Change, Comparison, SampleChange, ScoreDifference
from cuewise.cli.output import new_console, new_table
from cuewise.cli.tables import number
from cuewise.counts import how_many
from cuewise.reports.formats import DASH, signed
from cuewise.reports.spread import spread_order
from cuewise.reports.words.paired import TESTS, grouped, p_words
from cuewise.samples.problems import printable
from cuewise.scores.clusters import MIN_GROUPS

SCORES: Final = {"recognition": "Recognition", "reasoning": "Reasoning", "cot": "CoT"}
CHANGES: Final = {
    Change.RIGHT_TO_WRONG: "Right to\nwrong",
    Change.WRONG_TO_RIGHT: "Wrong to\nright",
    Change.POINTS: "Other\npoints",
    Change.LABEL: "Other\nlabel",
    Change.OUTCOME: "Other\noutcome",
}
"""Columns by change."""


def print_run_comparison(
    found: Comparison,
    a: str,
    b: str,
    *,
    skills: Sequence[SkillDifference],
    made: Mapping[str, str],
    notes: Sequence[str],
    verdicts: Sequence[str],
    examples: int,
) -> None:
    """What can be concluded first, then what it rests on.

    Args:
        a: name of the first run.
        b: name of the second.
        skills: of both, above the baselines.
        made: what differs in how they were made, by name.
        notes: what must be known before the figures are read.
        verdicts: what can be concluded.
        examples: changed samples to list at most.
    """
    console = new_console()
    console.print(f"{escape(b)} against {escape(a)}", style="bold")
    for line in (*notes, *verdicts):
        console.print(escape(printable(line, limit=4000)))
    console.print()
    console.print("What differs in how they were made", style="bold")
    for name, words in made.items():
        console.print(f"  {escape(printable(name))}: {escape(printable(words, limit=1000))}")
    if not made:
        console.print("  nothing: the settings, versions and commands are the same")
    console.print()
    console.print(_scores(found, a, b))
    for line in _how(found):
        console.print(line)
    console.print()
    if skills:
        console.print(_skills(skills))
        console.print()
    console.print(_changes(found))
    for sample in _spread(found.changed, examples):
        console.print(_line(sample))


def _scores(found: Comparison, a: str, b: str) -> Table:
    table = new_table("Differences, percentage points")
    table.add_column("", overflow="fold")
    for head in ("A", "B", "B - A", "95 %\ninterval", "p", "adjusted", "Can\nshow"):
        table.add_column(head, justify="right", no_wrap=True)
    for score, title in SCORES.items():
        for one in (*found.overall, *found.tasks):
            if one.score == score:
                name = f"  {escape(one.task)}" if one.task else title
                table.add_row(name, *_cells(one), style="" if one.task else "bold")
        table.add_section()
    table.caption = f"A: {escape(a)}. B: {escape(b)}. * real: adjusted p below {LEVEL:g}."
    table.caption_justify = "left"
    return table


def _skills(skills: Sequence[SkillDifference]) -> Table:
    table = new_table("Skill in recognition, percent of what the better baseline leaves to gain")
    table.add_column("", overflow="fold")
    for head in ("Baseline", "A", "B", "B - A", "95 %\ninterval"):
        table.add_column(head, justify="right", no_wrap=True)
    for one in skills:
        interval = DASH
        if one.low is not None and one.high is not None:
            interval = f"{signed(one.low)} to {signed(one.high)}"
        cells = (number(one.baseline), number(one.a), number(one.b), signed(one.difference), interval)
        table.add_row(
            f"  {escape(one.task)}" if one.task else "All samples", *cells, style="" if one.task else "bold"
        )
    return table


def _cells(one: ScoreDifference) -> list[str]:
    result = one.result
    interval = result.interval
    adjusted = result.p_value if result.p_adjusted is None else result.p_adjusted
    return [
        number(one.a),
        number(one.b),
        signed(result.difference),
        DASH if interval is None else f"{signed(interval.low)} to {signed(interval.high)}",
        _p(result.p_value),
        _p(adjusted) + ("*" if one.real else " "),
        number(one.detectable),
    ]


def _p(p: float) -> str:
    return p_words(p).removeprefix("p ").removeprefix("= ")


def _how(found: Comparison) -> list[str]:
    """How the figures came about: what was tested, over what, corrected for how many."""
    tests = dict.fromkeys(one.result.test for one in (*found.overall, *found.tasks))
    by_task = f", and over the {len(found.tasks)} tests by task" if found.tasks else ""
    return [
        f"{grouped(found.shared)} Tested by {' or '.join(TESTS[test] for test in tests)}; adjusted by Holm’s procedure"
        f" over the {len(found.overall)} scores{by_task}.",
        "Intervals and p are of each difference by itself; only the adjusted p allows for how many are tested, so that"
        " an interval may leave 0 out where nothing is called real. With fewer than"
        f" {MIN_GROUPS} clips or videos there is no interval, and nothing is called real.",
        "Can show: the true difference that would be called real in 4 of 5 cases, after that correction, as far as"
        " these runs differ.",
    ]


def _changes(found: Comparison) -> Table:
    counts = found.counts()
    changed = {task: sum(sample.row.task == task for sample in found.changed) for task in found.shared.tasks}
    table = new_table(f"{how_many(len(found.changed), 'changed sample')} of {len(found.shared):,}")
    table.add_column("Task", overflow="fold")
    for head in ("Samples", "Changed", *CHANGES.values()):
        table.add_column(head, justify="right", no_wrap=True)
    for task, places in found.shared.tasks.items():
        ways = [str(counts[task][change]) for change in CHANGES]
        table.add_row(escape(task), str(len(places)), str(changed[task]), *ways)
    if len(counts) > 1:
        table.add_section()
        ways = [str(sum(of[change] for of in counts.values())) for change in CHANGES]
        table.add_row("All samples", str(len(found.shared)), str(len(found.changed)), *ways, style="bold")
    return table


def _spread(changed: Sequence[SampleChange], examples: int) -> list[SampleChange]:
    """Some of them, of every task and kind of change, those whose points changed first."""
    moved: list[SampleChange] = []
    others: list[SampleChange] = []
    for sample in changed:
        (moved if sample.changes[0] in (Change.RIGHT_TO_WRONG, Change.WRONG_TO_RIGHT) else others).append(
            sample
        )
    chosen = []
    for group in (moved, others):
        order = spread_order([(sample.row.task, sample.changes[0]) for sample in group])
        chosen += [group[place] for place in order]
    return chosen[:examples]


def _line(sample: SampleChange) -> str:
    """`ER-Lab/a: anger; said sad (0 %), now anger (100 %)`."""
    before, after = (
        f"{printable(said(labels) or kinds[0].replace('_', ' '))} ({100 * points[0]:.0f} %)"
        for labels, kinds, points in (
            (sample.labels_a, sample.kinds_a, sample.points_a),
            (sample.labels_b, sample.kinds_b, sample.points_b),
        )
    )
    gold = printable(", ".join(sample.row.labels))
    return escape(f"{printable(sample.row.id)}, gold {gold}: {before} to {after}")


def said(labels: Sequence[tuple[str, ...] | None]) -> str:
    """What each answer named, parted by `|`; empty where no answer came so far or named a candidate."""
    return " | ".join(", ".join(named or ()) for named in labels) if any(labels) else ""
