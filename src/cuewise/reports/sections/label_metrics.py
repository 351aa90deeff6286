"""Metrics of the labels that answers name, a table per task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cuewise.analysis.label_metrics import Metric, label_metrics
from cuewise.analysis.together import Together, resampler_of
from cuewise.reports.blocks import Block, Column, Table, Text, Unit, Value
from cuewise.reports.sections.groups import Group
from cuewise.reports.sections.ids import slugs
from cuewise.reports.sections.values import metric_value, resampled_value
from cuewise.reports.words.scoreboard import UNITS

METRICS: Final[dict[str, tuple[str, Unit, str]]] = {
    "accuracy": ("Accuracy", "percent", "Samples whose gold label is named"),
    "exact": ("Exact set", "percent", "Samples whose gold labels, and no others, are named"),
    "uar": ("UAR", "percent", "Unweighted average recall: mean recall of the gold labels"),
    "weighted_f1": ("Weighted F1", "percent", "Mean F1 of the labels, by their number of samples"),
    "macro_f1": ("Macro F1", "percent", "Plain mean F1 of the labels"),
    "set_f1": ("Set F1", "percent", "Mean over samples of 2C / (P + K)"),
    "jaccard": ("Jaccard", "percent", "Mean over samples of intersection over union"),
    "valence": ("Valence", "percent", "Samples whose valence is named, of those whose gold label has one"),
    "mae": ("MAE", "ratio", "Mean absolute error in steps of the scale, over answers that name one place"),
    "kappa": ("Kappa", "ratio", "Cohen’s kappa with quadratic weights, over the same answers"),
}
"""Title, unit and meaning of each metric of labels, in the order of columns."""

RESAMPLED_UP_TO: Final = 4
"""Runs up to which metrics of labels have intervals by resampling too."""


def label_tables(group: Group, together: Together) -> tuple[Block, ...]:
    """A table per task of all metrics that apply to its labels; for few runs another with intervals by resampling."""
    resampler = resampler_of(together.groups) if len(group.runs) <= RESAMPLED_UP_TO else None
    unit = UNITS[together.unit]
    note = (
        f"Of the labels that answers name, whatever a judge said. 95 % intervals by formula, samples of one {unit}"
        " taken together; those of UAR, F1 over labels, MAE and kappa by linearisation."
    )
    if resampler is None:
        note += f" Intervals by resampling are given for up to {RESAMPLED_UP_TO} runs."
    tables: list[Block] = []
    names = slugs(together.tasks)
    for number, (task, places) in enumerate(together.tasks.items()):
        clusters = [together.groups[place] for place in places]
        found = label_metrics([run.table for run in group.runs], places, clusters, resampler)
        title = f"Labels in {task}"
        told = "" if number else note
        tables.append(_label_table(group, f"label-metrics-{names[task]}", title, told, found, metric_value))
        if resampler is not None:
            tables.append(
                _label_table(
                    group,
                    f"label-metrics-{names[task]}-resampled",
                    f"{title}: intervals by resampling",
                    ""
                    if number
                    else f"The same figures, with 95 % intervals from 1,000 draws of whole {unit}s (BCa); without one"
                    " where samples are too few, or nothing varies in the draws.",
                    found,
                    resampled_value,
                )
            )
    return tuple(tables)


def _label_table(
    group: Group,
    id_: str,
    title: str,
    note: str,
    found: Sequence[Mapping[str, Metric]],
    cell: Callable[[Metric | None], Value],
) -> Table:
    names = [name for name in METRICS if any(name in one for one in found)]
    return Table(
        id=group.id(id_),
        title=group.title(title),
        columns=(Column("Run"), *(Column(*METRICS[name]) for name in names)),
        rows=tuple(
            (Text(run.name, sub=run.model), *(cell(one.get(name)) for name in names))
            for run, one in zip(group.runs, found, strict=True)
        ),
        note=note,
    )
