"""Agreement of repeated answers as confidence: whether a label that most answers name is as often right."""

from __future__ import annotations

from cuewise.analysis.reliability import AGREEMENT, Reliability, answer_reliability, reliability_sentence
from cuewise.reports.blocks import Block, Column, Plot, Section, Series, Table, Text, Value
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.phrases import words
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.sections.values import value_of

Found = list[tuple[AnalysedRun, Reliability]]


def consistency_section(page: PageRuns) -> Section | None:
    """Of the runs whose samples were asked several times; None where there is none."""
    blocks: list[Block] = []
    for group in page.groups:
        each = [(run, found) for run in group.runs if (found := answer_reliability(run.table)) is not None]
        if each:
            blocks += _blocks(group, each)
    return Section("consistency", "Agreement of answers as confidence", tuple(blocks)) if blocks else None


def _blocks(group: Group, each: Found) -> list[Block]:
    told = [
        f"{'' if len(each) == 1 else f'{run.name}: '}"
        + reliability_sentence(found, confidence=AGREEMENT, of="samples")
        for run, found in each[:4]
    ]
    return [words([group.heading + told[0], *told[1:]]), _plot(group, each), _table(group, each)]


def _plot(group: Group, each: Found) -> Plot:
    return Plot(
        id=group.id("consistency"),
        title=group.title("How often the label that most answers name is right"),
        x_title="Share of the answers that name it",
        y_title="Share of samples where it is right",
        x_unit="percent",
        y_unit="percent",
        series=(
            *(
                Series(
                    run.name,
                    run.colour,
                    tuple(one.confidence for one in found.bins),
                    tuple(value_of(one.right) for one in found.bins),
                )
                for run, found in each
            ),
            Series("as often right as named", _unused(each), (0.0, 100.0), (Value(0.0), Value(100.0))),
        ),
        lines=True,
        note="Below the straight line answers agree more often than they are right. 95 % intervals, samples of one"
        " source video together.",
    )


def _unused(each: Found) -> int:
    """A colour that no run has."""
    taken = {run.colour for run, _ in each}
    return next(colour for colour in range(len(taken) + 1) if colour not in taken)


def _table(group: Group, each: Found) -> Table:
    return Table(
        id=group.id("consistency-error"),
        title=group.title("Agreement of answers held against what is right"),
        columns=(
            Column("Run"),
            Column("Samples", "count", "Of which an answer names a label"),
            Column("Mean agreement", "percent", "Share of answers that name the most frequent label"),
            Column("Label right", "percent", "Samples where that label earns full recognition"),
            Column(
                "Calibration error",
                "points",
                "Expected calibration error: mean distance of the two, by bins of agreement (Guo et al. 2017)",
            ),
            Column("By chance", "points", "What perfect calibration would show on so many samples"),
        ),
        rows=tuple(
            (
                Text(run.name, sub=run.model),
                Value(found.count),
                Value(found.confidence),
                value_of(found.right),
                Value(found.error),
                Value(found.by_chance),
            )
            for run, found in each
        ),
        note="Of several labels named equally often, the share that is right. An answer without a score names none.",
    )
