"""The published scores of twenty models, read from `figures.toml` (arXiv 2508.09210 and its site)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from cuewise.records import Protocol
from cuewise.samples.tasks import tasks as all_tasks
from cuewise.scores.ended import SCORES
from cuewise.scores.metrics.averages import macro_average, micro_average


@dataclass(frozen=True, slots=True)
class Scores:
    """The three scores as printed, percent with one decimal."""

    recognition: float
    reasoning: float
    cot: float


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """One model's row of the published tables."""

    name: str
    access: str
    """`open` or `closed`: whether its weights can be had."""
    size: str | None
    """Of its language model, such as `7B`; None where the maker does not say."""
    modalities: tuple[str, ...]
    """What it was given: `video`, `audio`, `text`."""
    steps: float
    """Mean steps per answer, the label step included."""
    tokens: float
    """Mean tokens per answer."""
    overall: Scores
    """Over all samples, as the paper's table has them."""
    tasks: Mapping[str, Scores]
    """By task, as the site's table has them."""


@dataclass(frozen=True, slots=True)
class PublishedBaseline:
    """What a task's score is without looking or listening, percent, computed from the published annotations."""

    label: str | None
    """The task's most frequent gold label; None over all tasks."""
    majority: float
    """Naming that label for every question."""
    random: float
    """Labels drawn from the question's candidates."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A cell in which the paper's task heat map and the site's table differ."""

    model: str
    task: str
    score: str
    """`reasoning` or `cot`."""
    site: float
    heat_map: float
    site_agrees: bool
    """Whether the site's CoT score is the mean of the other two, within what rounding explains."""
    heat_map_agrees: bool
    """The same of the heat map's."""


@dataclass(frozen=True, slots=True)
class Published:
    """All of it."""

    source: str
    judge: str
    extractor: str
    protocol: Protocol
    questions_sha256: str
    """Of the 6,500 questions, as a dataset's."""
    unknown: tuple[str, ...]
    """What is not known of the figures; sentences."""
    baselines: Mapping[str, PublishedBaseline]
    """By task."""
    disagreements: tuple[Disagreement, ...]
    models: tuple[PublishedModel, ...]
    """In the order of the paper's table."""

    def means(self) -> Scores:
        """Plain means over the models of their overall scores; the paper prints 29.4, 49.5 and 39.5."""
        return _mean([model.overall for model in self.models])

    def task_means(self) -> dict[str, Scores]:
        """The same by task."""
        return {task: _mean([model.tasks[task] for model in self.models]) for task in all_tasks()}

    def overall_baseline(self) -> PublishedBaseline:
        """Over all questions: each task's own baseline, weighted by its questions."""
        each = list(self.baselines.values())
        sizes = [all_tasks()[name].n_questions for name in self.baselines]
        majority = micro_average([one.majority for one in each], sizes)
        random = micro_average([one.random for one in each], sizes)
        return PublishedBaseline(label=None, majority=majority, random=random)


def _mean(rows: list[Scores]) -> Scores:
    return Scores(*(macro_average([getattr(row, name) for row in rows]) for name in SCORES))


@cache
def published() -> Published:
    """The published figures."""
    table = tomllib.loads(files("cuewise.published").joinpath("figures.toml").read_text(encoding="utf-8"))
    models = tuple(_model(entry) for entry in table["model"])
    by_name = {model.name: model for model in models}
    return Published(
        source=table["source"],
        judge=table["judge"],
        extractor=table["extractor"],
        protocol=Protocol(table["protocol"]),
        questions_sha256=table["questions_sha256"],
        unknown=tuple(table["unknown"]),
        baselines={name: PublishedBaseline(**entry) for name, entry in table["baselines"].items()},
        disagreements=_disagreements(table["disagreement"], by_name),
        models=models,
    )


def _model(entry: dict[str, Any]) -> PublishedModel:
    return PublishedModel(
        name=entry["name"],
        access=entry["access"],
        size=entry.get("size"),
        modalities=tuple(entry["modalities"]),
        steps=entry["steps"],
        tokens=entry["tokens"],
        overall=Scores(*entry["overall"]),
        tasks={name: Scores(*entry["tasks"][name]) for name in all_tasks()},
    )


def _disagreements(
    entries: list[dict[str, Any]], models: Mapping[str, PublishedModel]
) -> tuple[Disagreement, ...]:
    """The cells, each with whether the row that it stands in agrees with itself, on the site and in the heat map."""
    found = []
    for entry in entries:
        model, task = entry["model"], entry["task"]
        site = models[model].tasks[task]
        drawn = {
            other["score"]: other["heat_map"]
            for other in entries
            if (other["model"], other["task"]) == (model, task)
        }
        row = Scores(**{name: drawn.get(name, getattr(site, name)) for name in SCORES})
        found.append(
            Disagreement(
                **entry, site_agrees=agrees_with_itself(site), heat_map_agrees=agrees_with_itself(row)
            )
        )
    return tuple(found)


def agrees_with_itself(scores: Scores) -> bool:
    """Whether the CoT score can be the mean of the other two, all three being rounded to one decimal.

    Each of them stands for what lies within 0.05 of it, so the printed CoT score may be 0.1 off.
    """
    off = abs(scores.cot - (scores.recognition + scores.reasoning) / 2)
    return off <= 0.1 + 1e-9
