"""Score tables on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.markup import escape
from rich.table import Column, Table

from cuewise.cli.output import NAME_WIDTH, ROOMY, in_lines, new_console, new_table, signless
from cuewise.cli.repeat_tables import repeated_answers
from cuewise.counts import how_many
from cuewise.records import Protocol
from cuewise.result import RunResult
from cuewise.runs.manifest import RULES
from cuewise.scores.intervals import Mean
from cuewise.scores.summary import Figures


def print_scores(runs: Sequence[RunResult]) -> None:
    """For one run, a table by task; for several, a row per run. What stands behind the scores follows."""
    console = new_console()
    narrow = console.width < ROOMY
    console.print(_by_task(runs[0], narrow=narrow) if len(runs) == 1 else _by_run(runs, narrow=narrow))
    for run in runs:
        lines = [*_unscored(run)]
        if len(runs) == 1:
            lines += [*_baselines(run), *_labels(run), *_panel(run)]
        for line in lines:
            console.print(line)
        for block in repeated_answers(run):
            console.print(block)


def _by_task(run: RunResult, *, narrow: bool) -> Table:
    settings = run.manifest.settings
    judges = " and ".join(judge.name for judge in settings.judges)
    title = f"{settings.model.name}, {settings.protocol}, judged by {judges}"
    grounded = settings.protocol is Protocol.GROUNDED
    more = ("Contra-\ndicted", "Unveri-\nfiable") if grounded else ("Steps", "Samples")
    if grounded:  # for want of room in 80 columns
        title += f", {how_many(run.manifest.settings.n_samples, 'sample')}"
    table = _table(title, "Task", *more, "Coverage")
    for task, figures in run.summary.tasks().items():
        table.add_row(escape(task), *_cells(figures, grounded=grounded, narrow=narrow))
    table.add_section()
    overall = _cells(run.summary.overall(), grounded=grounded, narrow=narrow)
    table.add_row("All samples", *overall, style="bold")
    table.caption, table.caption_justify = SKILL, "left"
    return table


def _by_run(runs: Sequence[RunResult], *, narrow: bool) -> Table:
    """A row per run; where they are of several protocols, a model's runs stand together."""
    several = len({run.manifest.settings.protocol for run in runs}) > 1
    table = _table("All samples of each run", "Model", *(() if several else ("Steps", "Samples")), "Coverage")
    if several:
        table.columns.insert(1, Column("Protocol", no_wrap=True))
    before = ""
    for run in runs:
        settings, figures = run.manifest.settings, run.summary.overall()
        name = settings.model.name
        shown = escape(in_lines(name, 15 if several else NAME_WIDTH) if narrow else name)
        if several:
            scores = [*_scores(figures, narrow=narrow), skill(figures, narrow=narrow)]
            table.add_row(
                "" if name == before else shown, settings.protocol.value, *scores, _coverage(figures)
            )
        else:
            table.add_row(shown, *_cells(figures, grounded=False, narrow=narrow))
        before = name
    table.caption, table.caption_justify = SKILL, "left"
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = new_table(escape(title))
    table.add_column(first, overflow="fold")  # the only one that gives way where there is little room
    for name in ("Recognition", "Reasoning", "CoT", "Skill", *others):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cells(figures: Figures, *, grounded: bool, narrow: bool) -> list[str]:
    grounding = figures.grounding
    if grounded:
        shares = (grounding.contradicted, grounding.unverifiable) if grounding else (None, None)
        middle = [_percent(share) for share in shares]
    else:
        middle = [number(figures.avg_step), str(figures.count)]
    return [*_scores(figures, narrow=narrow), skill(figures, narrow=narrow), *middle, _coverage(figures)]


def _scores(figures: Figures, *, narrow: bool) -> list[str]:
    gap = "\n" if narrow else " "
    return [_score(figures, name, gap) for name in ("recognition", "reasoning", "cot")]


SKILL: Final = (
    "Skill: recognition over always naming the most frequent label / over labels drawn by lot;"
    " 100: all right, 0: no better, below 0: worse."
)


def skill(figures: Figures, *, narrow: bool = False) -> str:
    """Skill over both baselines; a dash where there are none."""
    baselines = figures.baselines
    if baselines is None:
        return number(None)
    both = (baselines.over_majority, baselines.over_random)
    return ("\n" if narrow else " / ").join(map(signless, both))


def _baselines(run: RunResult) -> list[str]:
    """What always naming the most frequent label gains, and where the run does not gain as much."""
    overall = run.summary.overall().baselines
    if overall is None or overall.random is None:
        return []
    line = (
        f"Recognition of always naming a task's most frequent label: {overall.majority:.1f}; of labels drawn by lot:"
        f" {overall.random:.1f}."
    )
    found = {task: each.baselines for task, each in run.summary.tasks().items() if each.baselines is not None}
    below = [f"{escape(task)} ({each.best:.1f})" for task, each in found.items() if each.below]
    if below:
        line += f" Below the better of the two: {', '.join(below)}."
    return [line]


def _coverage(figures: Figures) -> str:
    return number(figures.coverage, " %")


def _percent(estimate: Mean | None) -> str:
    return number(None if estimate is None else estimate.percent)


def _unscored(run: RunResult) -> list[str]:
    unscored = {
        kind.replace("_", " "): n
        for kind, n in run.summary.overall().outcomes.items()
        if kind != "scored" and n
    }
    if not unscored:
        return []
    listed = ", ".join(f"{kind} {n}" for kind, n in unscored.items())
    of = f", of {run.summary.overall().asked} answers" if run.epochs > 1 else ""
    return [
        f"Not scored in {escape(run.name)}{of}: {listed}. They count as 0; in brackets: if all were right."
    ]


_LABEL_LEVELS: Final = (
    ("exact", "exact"),
    ("family", "emotion family"),
    ("valence", "valence"),
    ("f1", "F1 of label sets"),
)


def _labels(run: RunResult) -> list[str]:
    """How the labels were read, and recognition at the other levels."""
    labels = run.summary.overall().labels
    if labels is None:
        return []
    levels = [
        f"{words} {estimate.percent:.1f}" + (f" (of {estimate.count})" if name != "exact" else "")
        for name, words in _LABEL_LEVELS
        if (estimate := getattr(labels, name)) is not None
    ]
    line = f"Labels alone: {', '.join(levels)}."
    if labels.mapped is not None:
        line += f" Read without a judge from {labels.mapped.percent:.1f} % of the answers"
        # The rules' reading of the label comes from the same reader: that they agree tells nothing.
        if labels.judge is not None and any(judge.name != RULES for judge in run.manifest.settings.judges):
            line += f"; the judge agrees on {labels.judge.equal.percent:.1f} %"
        line += "."
    if (ordinal := labels.ordinal) is not None and ordinal.mae is not None:
        line += (
            f" On the scale: mean absolute error {ordinal.mae:.2f} of {how_many(ordinal.levels - 1, 'step')},"
            f" quadratic kappa {'–' if ordinal.kappa is None else format(ordinal.kappa, '.2f')}."
        )
    return [line]


def _panel(run: RunResult) -> list[str]:
    """How far the judges agree."""
    panel = run.summary.overall().panel
    if panel is None or panel.agreement is None:
        return []
    parts = [f"all votes {panel.agreement.percent:.1f} %"]
    if panel.between is not None:
        parts.append(f"different judges {panel.between.percent:.1f} %")
    if panel.retest is not None:
        parts.append(f"one judge with itself {panel.retest.percent:.1f} %")
    return [f"Votes on one reason that agree: {', '.join(parts)}."]


def _score(figures: Figures, name: str, gap: str) -> str:
    """A score, and where samples went unscored its upper bound in brackets behind `gap`."""
    bounds = figures.bounds[name]
    if bounds is None or figures.scored == figures.asked:
        return number(getattr(figures, name))
    return f"{number(bounds.low)}{gap}[{number(bounds.high)}]"


def number(value: float | None, unit: str = "") -> str:
    """One decimal, or a dash where a figure is undefined."""
    return "–" if value is None else f"{round(value, 1) + 0.0:.1f}{unit}".replace("-", "−")
