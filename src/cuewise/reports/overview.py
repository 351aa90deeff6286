"""What the report's tables show of the runs, ready for the template."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cuewise.records import OutcomeKind, Usage
from cuewise.reports.charts import COLOURS, Chart, score_charts
from cuewise.reports.private import scrub_command
from cuewise.reports.words import OUTCOMES, judge_nature, nature, summary_sentences
from cuewise.samples.tasks import tasks
from cuewise.scores.figures import Figures

if TYPE_CHECKING:
    from cuewise.result import RunResult
    from cuewise.runs.manifest import Manifest

PROBLEMS_SHOWN = 200

_STAGES = ("answer", "steps", "verdicts")

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """One line of the methods."""

    name: str
    value: str


@dataclass(frozen=True)
class OutcomeLine:
    """One way in which samples ended."""

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
class RunView:
    """One run."""

    name: str
    model: str
    badge: str | None
    judge: str
    judge_badge: str | None
    colour: int
    sentences: tuple[str, ...]
    overall: Figures
    tasks: tuple[TaskView, ...]
    outcomes: tuple[OutcomeLine, ...]
    usage: tuple[tuple[str, Usage], ...]
    settings: tuple[Setting, ...]
    prompts: tuple[Setting, ...]
    versions: tuple[Setting, ...]
    problems: tuple[tuple[str, str, str], ...]
    """Where, what, and what to do about it."""
    n_problems: int
    finished: bool


def view_run(place: int, run: RunResult, causes: Counter[tuple[str, str]]) -> RunView:
    """One run for the template.

    Args:
        place: its place in the report, from 0.
        causes: how often a kind of outcome had which cause.
    """
    summary, settings = run.summary, run.manifest.settings
    overall = summary.overall()
    return RunView(
        name=run.name,
        model=settings.model.name,
        badge=nature(settings.model.name),
        judge=settings.judge.name,
        judge_badge=judge_nature(settings.judge.name),
        colour=place % COLOURS,
        sentences=tuple(summary_sentences(settings, overall, finished=run.finished)),
        overall=overall,
        tasks=tuple(
            TaskView(name, figures, tuple(_in_order(summary.categories(name), _label_order(name))))
            for name, figures in _in_order(summary.tasks(), settings.tasks)
        ),
        outcomes=tuple(_outcome_lines(overall, causes)),
        usage=tuple(_in_order(run.usage, _STAGES)),
        settings=tuple(_settings(run.manifest)),
        prompts=tuple(Setting(name, digest) for name, digest in settings.prompts.items()),
        versions=tuple(_versions(run.manifest)),
        problems=tuple(
            (problem.where, problem.what, problem.hint) for problem in run.problems[:PROBLEMS_SHOWN]
        ),
        n_problems=len(run.problems),
        finished=run.finished,
    )


def charts(runs: Sequence[RunView]) -> list[Chart]:
    """The three scores over all samples and by task."""
    names = list(dict.fromkeys(task.name for run in runs for task in run.tasks))
    figures = [{task.name: task.figures for task in run.tasks} for run in runs]
    rows: list[tuple[str, Sequence[Figures | None]]] = [("All samples", [run.overall for run in runs])]
    if len(names) > 1:
        rows += [(task, [of_run.get(task) for of_run in figures]) for task in names]
    return score_charts(rows)


def _in_order(entries: Mapping[str, T], order: Sequence[str]) -> list[tuple[str, T]]:
    """By a known order, then by name: samples finish in any order, and the report must not show it."""
    places = {name: place for place, name in enumerate(order)}
    return sorted(entries.items(), key=lambda entry: (places.get(entry[0], len(places)), entry[0]))


def _label_order(task: str) -> tuple[str, ...]:
    """From low to high where the labels form a scale, else as published."""
    known = tasks().get(task)
    return () if known is None else known.scale or known.labels


def _outcome_lines(overall: Figures, causes: Counter[tuple[str, str]]) -> list[OutcomeLine]:
    lines = []
    for kind, (words, lies_with) in OUTCOMES.items():
        found = [(cause, number) for (of_kind, cause), number in causes.most_common() if of_kind == kind]
        if (number := overall.outcomes.get(kind.value, 0)) or kind is OutcomeKind.SCORED:
            lines.append(OutcomeLine(words, lies_with, number, tuple(found)))
    return lines


def _settings(manifest: Manifest) -> list[Setting]:
    settings = manifest.settings
    lines = [
        ("dataset", settings.dataset),
        ("hash of its annotations", settings.dataset_sha256),
        ("tasks", ", ".join(settings.tasks)),
        ("samples", str(settings.n_samples)),
        ("protocol", settings.protocol),
        ("model", settings.model.name),
        ("model parameters", _plain(settings.model.parameters)),
        ("sent to the model", ", ".join(settings.modalities) or "nothing of the clip"),
        ("frames", settings.frame_rule),
        ("sampling of answers", _plain(settings.sampling)),
        ("extractor", settings.extractor.name),
        ("extractor parameters", _plain(settings.extractor.parameters)),
        ("judge", settings.judge.name),
        ("judge parameters", _plain(settings.judge.parameters)),
        ("weight of recognition in CoT", f"{settings.alpha:g}"),
        ("hash of all settings", settings.sha256()),
        ("begun (UTC)", manifest.created_at),
        ("command", scrub_command(manifest.command)),
    ]
    return [Setting(name, value) for name, value in lines if value]


def _versions(manifest: Manifest) -> list[Setting]:
    lines = {
        "cuewise": manifest.cuewise,
        "source commit": manifest.git_commit or "",
        "python": manifest.python,
        "platform": manifest.platform,
        **manifest.versions,
    }
    return [Setting(name, value) for name, value in lines.items() if value]


def _plain(values: dict[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
