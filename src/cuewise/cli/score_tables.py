"""What `cuewise score` shows on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cuewise.cli.output import new_console, signless
from cuewise.counts import how_many
from cuewise.samples.problems import printable
from cuewise.scores.compare import Difference, TaskComparison, compare_overall
from cuewise.scores.figures import Figures
from cuewise.scores.judged import Reading
from cuewise.scores.official import OfficialFigures

LISTED_ONE_BY_ONE = 20
"""Up to so many differences are told one to a row; more are told by reason."""


def print_comparison(comparisons: Sequence[TaskComparison]) -> None:
    """Both readings of each task, then every entry where they part."""
    console = new_console()
    console.print(_figures_table(comparisons))
    console.print("Count: official takes the entries it can read, strict takes all (unscored = 0).")
    console.print(_baseline_line(comparisons))
    if any(_reads_by_two_rules(task) for task in comparisons):
        console.print(
            "Official reads only digit/1 for a single-label task, but any number/number for its Overall, "
            "so the two can disagree on one file."
        )
    console.print()
    differences = [difference for task in comparisons for difference in task.differences]
    if not any(task.strict.count for task in comparisons):
        console.print("There are no entries in these files, so there is nothing to score.")
    elif not differences:
        console.print("Both readings agree on every entry.")
    elif len(differences) <= LISTED_ONE_BY_ONE:
        _print_one_by_one(console, differences)
    else:
        _print_by_reason(console, differences)


def _figures_table(comparisons: Sequence[TaskComparison]) -> Table:
    table = Table(
        title="Official and strict reading, scores in percent",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        padding=(0, 1),
        collapse_padding=True,  # all columns in 80 signs
    )
    table.add_column("Task", no_wrap=True)
    table.add_column("Reading", no_wrap=True)
    for name in ("Recognition", "Reasoning", "CoT", "Skill", "Steps", "Count", "Coverage"):
        table.add_column(name, justify="right", no_wrap=True)
    for task in comparisons:
        _add_rows(table, task.task, task.official, task.strict)
    if len(comparisons) > 1 or _reads_by_two_rules(comparisons[0]):
        _add_rows(table, "Overall", *compare_overall(comparisons))
    return table


def _baseline_line(comparisons: Sequence[TaskComparison]) -> str:
    """What skill is over, and which tasks do not reach it."""
    found = {task.task: task.strict.baselines for task in comparisons if task.strict.baselines is not None}
    line = (
        "Skill: recognition over always naming the most frequent gold label of all entries; 100: all right, 0: no"
        " better."
    )
    below = [f"{task} ({each.best:.1f})" for task, each in found.items() if each.below]
    return f"{line} Below it: {', '.join(below)}." if below else line


def _reads_by_two_rules(task: TaskComparison) -> bool:
    """Whether the official overall figure of the task's entries is not the task's official figure."""
    return compare_overall([task])[0] != task.official


def _add_rows(table: Table, name: str, official: OfficialFigures, strict: Figures) -> None:
    read = 100 * official.count / strict.count if strict.count else None
    skill = strict.baselines.over_majority if strict.baselines else None
    table.add_row(name, "official", *_means(official, None), str(official.count), _number(read, " %"))
    table.add_row("", "strict", *_means(strict, skill), str(strict.count), _number(strict.coverage, " %"))
    table.add_section()


def _means(figures: OfficialFigures | Figures, skill: float | None) -> list[str]:
    scores = (figures.recognition, figures.reasoning, figures.cot)
    return [*map(_number, scores), signless(skill), _number(figures.avg_step)]


def _print_one_by_one(console: Console, differences: Sequence[Difference]) -> None:
    title = f"Where they part: {how_many(len(differences), 'entry')} (recognition / reasoning, percent)"
    console.print(Text(title, style="bold"))
    for difference in differences:
        console.print()
        console.print(_place(difference))
        official = _pair(difference.official, "left out")
        strict = _pair(difference.strict, "unscored")
        reason = printable(difference.reason, limit=160)
        console.print(_indented(Text(f"official {official}, strict {strict}: {reason}", style="dim")))


def _print_by_reason(console: Console, differences: Sequence[Difference]) -> None:
    groups: dict[tuple[str, bool], list[Difference]] = {}
    for difference in differences:
        groups.setdefault((difference.code, difference.official is None), []).append(difference)
    console.print(Text(f"Where they part: {how_many(len(differences), 'entry')}, by reason", style="bold"))
    for (code, left_out), members in sorted(groups.items(), key=lambda group: -len(group[1])):
        first = members[0]
        official = "left out by official" if left_out else "scored by official"
        strict = "unscored by strict" if first.strict is None else "scored by strict"
        console.print()
        console.print(
            Text.assemble(
                (code.replace("_", " "), "bold"), f": {how_many(len(members), 'entry')}, {official}, {strict}"
            )
        )
        console.print(_indented(Text(f"e.g. {printable(first.reason, limit=160)}", style="dim")))
        console.print(_indented(Columns([_place(member) for member in members], padding=(0, 2))))


def _place(difference: Difference) -> Text:
    entry = difference.entry
    return Text(f"{difference.task} {entry.number}  {printable(entry.video_id or entry.file)}")


def _indented(block: RenderableType) -> Padding:
    return Padding(block, (0, 0, 0, 2), expand=False)


def _pair(reading: Reading | None, otherwise: str) -> str:
    return f"{100 * reading.recognition:.0f} / {100 * reading.reasoning:.0f}" if reading else otherwise


def _number(value: float | None, unit: str = "") -> str:
    return "–" if value is None else f"{value:.1f}{unit}"
