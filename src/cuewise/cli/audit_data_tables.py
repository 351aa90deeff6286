"""What `cuewise audit data` shows on a terminal: every shared clip first, the conclusion last."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cuewise.audits.data.audit import DataAudit
from cuewise.audits.data.baselines import Expected
from cuewise.audits.data.clips import ClipAudit
from cuewise.audits.data.shared import Agreement, SharedPair
from cuewise.audits.table.audit import BelowBaseline
from cuewise.cli.audit_tables import below_table
from cuewise.cli.output import new_table
from cuewise.counts import how_many
from cuewise.samples.problems import count_problems, printable

_LISTED = 10
"""Ids, or problems, listed of one kind; the JSON document holds all."""


_LEAKS_NOTE = (
    "First 5 letters: those of any gold label stand in the clue, in any case. Joined: several gold labels are taken for"
    " one text as the files join them, so that only the first one's letters are looked for. As a word: a gold label,"
    " another form of it or a synonym, by the label taxonomy, and not denied."
)
_BASELINES_NOTE = (
    "Random: uniformly from the candidates. Prior: the gold labels of a question drawn by lot. All labels: every"
    " candidate at once. Multi-label tasks score C/K, the share of the gold labels that are named; below it F1."
)


def print_data_audit(audit: DataAudit, below: Sequence[BelowBaseline] | None = None) -> None:
    """All shared clips, in each table those first whose labels disagree; then tables, then the conclusion."""
    console = Console(highlight=False)
    for pair in audit.pairs:
        console.print(_shared_clips(audit, pair))
    _print_lines(console, "Problems in the dataset", [str(problem) for problem in audit.problems])
    console.print(_counts(audit))
    _print_lines(console, "Labels", _label_lines(audit))
    if audit.pairs:
        console.print(_pairs(audit))
    console.print(_leaks(audit))
    _print_note(console, _LEAKS_NOTE)
    console.print(_baselines(audit))
    _print_note(console, _BASELINES_NOTE)
    if below is not None:
        console.print(below_table(below))
    _print_lines(console, "Clip files", _clip_lines(audit.clips))
    _print_lines(console, "In short", _conclusions(audit))


def _print_lines(console: Console, title: str, lines: Collection[str]) -> None:
    if lines:
        console.print(Text(title, style="bold"))
        for line in lines:
            console.print(Padding(Text(line), (0, 0, 0, 2)))
        console.print()


def _print_note(console: Console, note: str) -> None:
    console.print(Padding(Text(note), (0, 0, 1, 2)))


def _titled(title: str) -> Table:
    table = new_table(title)
    table.title_style = "bold"
    return table


def _shared_clips(audit: DataAudit, pair: SharedPair) -> Table:
    first, second = pair.tasks
    both = first if first == second else f"{first} and {second}"
    table = _titled(f"{how_many(pair.n_clips, 'clip')} of {both}")
    table.add_column("Clip", no_wrap=True, overflow="fold")
    table.add_column(first, overflow="fold")
    table.add_column(second, overflow="fold")
    table.add_column("Valence", no_wrap=True)
    of_pair = [one for one in audit.shared if one.tasks == pair.tasks]
    for one in sorted(of_pair, key=lambda one: one.agreement is not Agreement.DISAGREE):
        disagree = one.agreement is Agreement.DISAGREE
        table.add_row(
            Text(printable(one.clip, 200)),
            *(Text(printable(", ".join(use.labels), 200)) for use in one.uses),
            Text(_MARKS[one.agreement], style="bold red" if disagree else ""),
        )
    return table


_MARKS = {Agreement.AGREE: "agree", Agreement.DISAGREE: "disagree", Agreement.NOT_COMPARABLE: "–"}


def _counts(audit: DataAudit) -> Table:
    table = _titled("Questions by task and corpus")
    table.add_column("Task", no_wrap=True)
    table.add_column("Corpus", overflow="fold")
    for name in ("Questions", "Published", "Clips", "Labels"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Never gold", overflow="fold")
    sets = {(one.task, one.source): one for one in audit.label_sets}
    task = None
    for count in audit.counts:
        if task is not None and count.task != task:
            table.add_section()
        label_set = sets[count.task, count.source]
        table.add_row(
            count.task if count.task != task else "",
            Text(printable(count.source or "–")),
            f"{count.n_questions:,}",
            "–" if count.n_published is None else f"{count.n_published:,}",
            f"{count.n_clips:,}",
            str(len(label_set.label_set)),
            Text(printable(", ".join(label_set.never_gold), 200) or "–"),
        )
        task = count.task
    table.add_section()
    published = sum(count.n_published or 0 for count in audit.counts)
    table.add_row(
        "All",
        "",
        f"{audit.n_questions:,}",
        f"{published:,}",
        f"{audit.clips.n_clips:,}",
        "",
        "",
        style="bold",
    )
    return table


def _label_lines(audit: DataAudit) -> list[str]:
    lines = []
    for gold in audit.gold:
        if gold.several:
            total = sum(gold.by_count.values())
            spread = ", ".join(f"{number} in {of}" for number, of in gold.by_count.items())
            joined = f", joined by {gold.separator!r}" if gold.separator else ""
            lines.append(
                f"{gold.task}: {gold.several} of {total} questions have several gold labels{joined}: {spread}"
            )
    for task, sources in audit.reordered.items():
        lines.append(
            f"{task}: the same candidates in different orders in {printable(', '.join(sources), 200)}"
        )
    for one in audit.label_sets:
        if one.n_orders > 1:
            lines.append(
                f"{one.task}, {printable(one.source or 'no corpus')}: {one.n_sets} different sets of candidates in"
                f" {one.n_orders} orders"
            )
        if one.outside:
            lines.append(
                f"{one.task}: gold labels outside the candidates: {printable(', '.join(one.outside), 200)}"
            )
    for task, labels in audit.unmapped.items():
        lines.append(f"{task}: labels unknown to the taxonomy: {printable(', '.join(labels), 200)}")
    lines += [
        f"{count.task}, {printable(count.source or 'no corpus')}: {count.n_repeated} questions about a clip that the"
        " task has asked about before"
        for count in audit.counts
        if count.n_repeated
    ]
    if not audit.unmapped:
        lines.append("The label taxonomy knows every label.")
    return lines


def _pairs(audit: DataAudit) -> Table:
    table = _titled("Clips that serve two tasks: valence of their gold labels, and the labels themselves")
    table.add_column("Tasks", no_wrap=True)
    for name in ("Clips", "Agree", "Disagree", "Not compared", "Same", "Partly", "Other"):
        table.add_column(name, justify="right")
    for pair in audit.pairs:
        overlap = (
            [str(pair.overlap[kind]) for kind in ("same", "partly", "none")] if pair.overlap else ["–"] * 3
        )
        table.add_row(
            " and ".join(pair.tasks),
            str(pair.n_clips),
            *(str(pair.agreement[kind.value]) for kind in Agreement),
            *overlap,
        )
    return table


def _leaks(audit: DataAudit) -> Table:
    table = _titled("Audio clues that name a gold label, percent of questions")
    table.add_column("Task", no_wrap=True)
    table.add_column("Questions", justify="right", no_wrap=True)
    table.add_column("With a clue", justify="right")
    table.add_column("First 5 letters", justify="right")
    table.add_column("Joined labels", justify="right")
    table.add_column("As a word", justify="right")
    for leaks in audit.leaks:
        table.add_row(
            leaks.task,
            f"{leaks.any_label.of:,}",
            str(leaks.with_clue),
            str(leaks.any_label),
            "" if leaks.joined is None else str(leaks.joined),
            str(leaks.as_word),
        )
    return table


def _baselines(audit: DataAudit) -> Table:
    table = _titled("Expected recognition of a model that sees and hears nothing, percent")
    table.add_column("Task", no_wrap=True)
    table.add_column("Most frequent label")
    for name in ("Always it", "Random", "Prior", "All labels"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in audit.baselines:
        columns = (one.most_frequent, one.random, one.prior, one.all_labels)
        label = Text(printable(one.label))
        table.add_row(one.task, label, *(_points(column) for column in columns))
        if one.all_labels is not None:
            table.add_row("", "  as F1", *(_f1(column) for column in columns), style="dim")
    return table


def _points(expected: Expected | None) -> str:
    return "" if expected is None else f"{expected.points:.2f}"


def _f1(expected: Expected | None) -> str:
    return "" if expected is None else f"{expected.f1:.2f}"


def _clip_lines(clips: ClipAudit) -> list[str]:
    lines = [f"{clips.n_found:,} of {clips.n_clips:,} clips are there"]
    if clips.missing:
        lines.append(f"{len(clips.missing):,} missing: {_listed(clips.missing)}")
    if clips.empty:
        lines.append(f"{len(clips.empty):,} empty or unreadable: {_listed(clips.empty)}")
    for groups, what in (
        (clips.differ_by_case, "ids that differ by case alone"),
        (clips.one_file, "ids of one file"),
        (clips.probe.identical if clips.probe else (), "files with the same content"),
    ):
        lines += [f"{what}: {_listed(group)}" for group in groups[:_LISTED]]
        if len(groups) > _LISTED:
            lines.append(f"and {len(groups) - _LISTED:,} more groups of {what}")
    if clips.probe:
        broken = clips.probe.broken
        lines.append(f"{len(broken):,} of {clips.n_found:,} are broken")
        lines += [printable(message, 300) for message in list(broken.values())[:_LISTED]]
        if len(broken) > _LISTED:
            lines.append(f"and {len(broken) - _LISTED:,} more; --json lists all")
    elif clips.n_found:
        lines.append("Not decoded: --probe finds broken ones and ones with the same content.")
    return lines


def _listed(ids: Sequence[str]) -> str:
    shown = ", ".join(printable(one) for one in ids[:3])
    return f"{shown}, ..." if len(ids) > 3 else shown


def _conclusions(audit: DataAudit) -> list[str]:
    lines = [f"{how_many(audit.n_questions, 'question')} over {how_many(audit.clips.n_clips, 'clip')}"]
    if audit.shared:
        found = {kind: sum(one.agreement is kind for one in audit.shared) for kind in Agreement}
        compared = found[Agreement.AGREE] + found[Agreement.DISAGREE]
        lines.append(
            f"{how_many(audit.n_shared_clips, 'clip')} {'serves' if audit.n_shared_clips == 1 else 'serve'} more than"
            " one question; their labels agree in valence in"
            f" {found[Agreement.AGREE]:,} of {compared:,} pairs that can be compared"
        )
        disagree = {pair.tasks: pair.agreement[Agreement.DISAGREE.value] for pair in audit.pairs}
        if where := ", ".join(f"{n:,} of {a} and {b}" for (a, b), n in disagree.items() if n):
            lines.append(
                f"{found[Agreement.DISAGREE]:,} of these pairs disagree: {where}; they head their tables"
            )
    leaks = sum(leaks.any_label.count for leaks in audit.leaks)
    with_clue = sum(leaks.with_clue.count for leaks in audit.leaks)
    if with_clue:
        lines.append(f"{leaks:,} of {with_clue:,} supplied audio clues name a gold label")
    if n := count_problems(audit.problems):
        lines.append(f"{how_many(n, 'problem')}: entries that are in none of these figures")
    return lines
