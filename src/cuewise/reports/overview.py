"""What the report's tables show of the runs, ready for the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from cuewise.records import OutcomeKind, Protocol
from cuewise.reports.charts import Chart, score_charts
from cuewise.reports.methods import Methods, methods_of
from cuewise.reports.private import shown_settings
from cuewise.reports.spending import SpendingTable, spending_table
from cuewise.reports.stacked import StackedChart, stacked_chart
from cuewise.reports.words.judges import family_warning
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.reports.words.phrases import judge_nature, nature
from cuewise.reports.words.protocols import NAMES
from cuewise.reports.words.published import covers_benchmark
from cuewise.reports.words.summary import Paragraph, summarise
from cuewise.samples.problems import Problem, count_problems
from cuewise.samples.tasks import Task, tasks
from cuewise.scores.figures import Figures

if TYPE_CHECKING:
    from cuewise.result import RunResult
    from cuewise.runs.manifest import Settings

PROBLEMS_SHOWN = 200

T = TypeVar("T")


@dataclass(frozen=True)
class OutcomeLine:
    """One way in which samples, or answers where there are several to each, ended."""

    words: str
    lies_with: str
    number: int
    causes: tuple[tuple[str, int], ...]
    """Finer words and how often they held, the most frequent first."""


@dataclass(frozen=True)
class TaskView:
    """One task of one run."""

    name: str
    figures: Figures
    categories: tuple[tuple[str, Figures], ...]
    """By gold label."""


@dataclass(frozen=True)
class JudgeView:
    """One judge of one run."""

    name: str
    badge: str | None


@dataclass(frozen=True)
class RunView:
    """One run."""

    name: str
    model: str
    badge: str | None
    protocol: Protocol
    rules: str
    """The protocol as a reader meets it."""
    judges: tuple[JudgeView, ...]
    kin: str
    """The warning that a judge is of the model's family; empty where none is."""
    colour: int
    summary: tuple[Paragraph, ...]
    overall: Figures
    tasks: tuple[TaskView, ...]
    grounding_chart: StackedChart | None
    """None but under `grounded`."""
    outcomes: tuple[OutcomeLine, ...]
    spending: SpendingTable
    whole_benchmark: bool
    """Whether published figures may stand beside it."""
    settings: Settings
    repeated: bool
    """Whether samples were asked several times."""
    methods: Methods
    problems: tuple[tuple[str, str, str], ...]
    """Of what was left out: where, what, and what to do about it."""
    n_problems: int
    notes: tuple[tuple[str, str, str], ...]
    """The same of what is only to be known."""
    finished: bool


def view_run(run: RunResult, *, colour: int) -> RunView:
    """One run for the template.

    Args:
        colour: as `colours` gives it.

    Raises:
        RunError: the call store cannot be read.
    """
    summary, settings, notes = run.summary, shown_settings(run.manifest.settings), run.digest.notes
    own = {task.name: task for task in run.manifest.own_tasks}
    overall = summary.overall()
    views = tuple(
        TaskView(name, figures, tuple(_in_order(summary.categories(name), _label_order(name, own))))
        for name, figures in _in_order(summary.tasks(), settings.tasks)
    )
    return RunView(
        name=run.name,
        model=settings.model.name,
        badge=nature(settings.model.name),
        protocol=settings.protocol,
        rules=NAMES[settings.protocol],
        judges=tuple(JudgeView(judge.name, judge_nature(judge.name)) for judge in settings.judges),
        kin=family_warning(settings),
        colour=colour,
        summary=tuple(
            summarise(
                settings,
                overall,
                finished=run.finished,
                withheld=notes.withheld,
                cued=notes.cued,
                unasked=notes.unasked,
            )
        ),
        overall=overall,
        tasks=views,
        grounding_chart=stacked_chart(_rows(overall, views)),
        outcomes=tuple(_outcome_lines(overall, notes.causes)),
        spending=spending_table(run),
        whole_benchmark=covers_benchmark(
            settings.protocol, {name: figures.count for name, figures in summary.tasks().items()}
        ),
        settings=settings,
        repeated=settings.epochs > 1,
        methods=methods_of(run.manifest),
        problems=_told(problem for problem in run.problems if not problem.note),
        n_problems=count_problems(run.problems),
        notes=_told(problem for problem in run.problems if problem.note),
        finished=run.finished,
    )


def _told(problems: Iterable[Problem]) -> tuple[tuple[str, str, str], ...]:
    return tuple((problem.where, problem.what, problem.hint) for problem in islice(problems, PROBLEMS_SHOWN))


@dataclass(frozen=True)
class ProtocolView:
    """The runs under one protocol, whose figures compare with each other."""

    title: str
    runs: tuple[RunView, ...]
    charts: tuple[Chart, ...]


def by_protocol(runs: Sequence[RunView]) -> list[ProtocolView]:
    """The runs under the paper's rules, then the grounded ones."""
    views = []
    for protocol in Protocol:
        if own := tuple(run for run in runs if run.protocol is protocol):
            name = NAMES[protocol]
            title = f"{name[:1].upper()}{name[1:]}" + (f" ({protocol})" if name != protocol else "")
            views.append(ProtocolView(title, own, tuple(_charts(own))))
    return views


def shared_warnings(runs: Sequence[RunView]) -> list[tuple[str, tuple[RunView, ...]]]:
    """What must not be overlooked, each warning once with the runs that it is about."""
    about: dict[str, list[RunView]] = {}
    for run in runs:
        for paragraph in run.summary:
            if paragraph.warning:
                about.setdefault(paragraph.text, []).append(run)
    return [(text, tuple(warned)) for text, warned in about.items()]


def _charts(runs: Sequence[RunView]) -> list[Chart]:
    """The three scores over all samples and by task."""
    names = list(dict.fromkeys(task.name for run in runs for task in run.tasks))
    figures = [{task.name: task.figures for task in run.tasks} for run in runs]
    rows: list[tuple[str, Sequence[Figures | None]]] = [("All samples", [run.overall for run in runs])]
    if len(names) > 1:
        rows += [(task, [of_run.get(task) for of_run in figures]) for task in names]
    return score_charts(rows, [run.colour for run in runs])


def _rows(overall: Figures, views: Sequence[TaskView]) -> list[tuple[str, Figures]]:
    """All samples, then by task where there are several."""
    rows = [("All samples", overall)]
    return rows + [(view.name, view.figures) for view in views] if len(views) > 1 else rows


def _in_order(entries: Mapping[str, T], order: Sequence[str]) -> list[tuple[str, T]]:
    """By a known order, then by name: samples finish in any order, and the report must not show it."""
    places = {name: place for place, name in enumerate(order)}
    return sorted(entries.items(), key=lambda entry: (places.get(entry[0], len(places)), entry[0]))


def _label_order(task: str, own: Mapping[str, Task]) -> tuple[str, ...]:
    """From low to high where the labels form a scale, else as published or defined."""
    known = own.get(task) or tasks().get(task)
    return () if known is None else known.scale or known.labels


def _outcome_lines(overall: Figures, causes: Counter[tuple[str, str]]) -> list[OutcomeLine]:
    lines = []
    for kind, (words, lies_with) in OUTCOMES.items():
        found = [(cause, number) for (of_kind, cause), number in causes.most_common() if of_kind == kind]
        if (number := overall.outcomes.get(kind.value, 0)) or kind is OutcomeKind.SCORED:
            lines.append(OutcomeLine(words, lies_with, number, tuple(found)))
    return lines
