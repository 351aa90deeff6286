"""How far repeated answers vary, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.markup import escape

from cuewise.analysis.reliability import AGREEMENT, answer_reliability, reliability_sentence
from cuewise.cli.output import new_table
from cuewise.cli.reliability_tables import reliability_table
from cuewise.counts import how_many
from cuewise.result import RunResult
from cuewise.scores.ended import SCORES
from cuewise.scores.intervals import Mean
from cuewise.scores.variation import VariationFigures


def repeated_answers(run: RunResult) -> Iterator[RenderableType]:
    """Tables and what they mean; nothing where every sample was asked once."""
    overall = run.summary.overall().variation
    if overall is None:
        return
    title = f"{overall.epochs} answers to each of {how_many(overall.samples, 'sample')}"
    by_answer = new_table(escape(f"{run.name}: {title}"))
    by_answer.add_column("")
    for name in ("Recognition", "Reasoning", "CoT"):
        by_answer.add_column(name, justify="right", no_wrap=True)
    scores = [getattr(overall, name) for name in SCORES]
    for epoch in range(overall.epochs):
        by_answer.add_row(f"Answer {epoch + 1}", *(f"{score.by_epoch[epoch]:.1f}" for score in scores))
    by_answer.add_section()
    by_answer.add_row("Standard deviation", *(f"{score.deviation:.1f}" for score in scores))
    by_answer.add_row("Highest less lowest", *(f"{score.spread:.1f}" for score in scores))
    by_answer.add_row("Wavering, %", *(_number(score.wavering) for score in scores))
    yield by_answer

    by_task = new_table("Recognition and labels from answer to answer, percent")
    by_task.add_column("Task", overflow="fold")
    for name in (
        "Mean",
        "SD",
        "By most\nanswers",
        "In any\nanswer",
        "In every\nanswer",
        "Same\nlabel",
        "Label\nchanges",
    ):
        by_task.add_column(name, justify="right", no_wrap=True)
    for task, figures in run.summary.tasks().items():
        if figures.variation is not None:
            by_task.add_row(escape(task), _number(figures.recognition), *_cells(figures.variation))
    by_task.add_section()
    mean = run.summary.overall().recognition
    by_task.add_row("All samples", _number(mean), *_cells(overall), style="bold")
    yield by_task
    yield (
        "Wavering: share of the variance of points that lies between answers to one sample. By most answers: if only"
        " the labels named most often counted. Same label: of all pairs of answers to one sample. Label changes: of"
        " samples with a label in two or more answers."
    )
    found = answer_reliability(run.table())
    if found is not None:
        title = "Agreement of answers as confidence in the label that most of them name, percent"
        yield reliability_table(found, title, "Answers that name it", "Label right", "Samples")
        yield reliability_sentence(found, confidence=AGREEMENT, of="samples")


def consistency(run: RunResult) -> dict[str, Any]:
    """The confidence that lies in the agreement of answers, as plain data; nothing where samples were asked once."""
    found = answer_reliability(run.table()) if run.epochs > 1 else None
    return {} if found is None else {"consistency": found.to_json()}


def _cells(variation: VariationFigures) -> list[str]:
    shares = (
        variation.majority,
        variation.ever_right,
        variation.always_right,
        variation.agreement,
        variation.label_changes,
    )
    return [f"{variation.recognition.deviation:.1f}", *map(_percent, shares)]


def _percent(estimate: Mean | None) -> str:
    return _number(None if estimate is None else estimate.percent)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
