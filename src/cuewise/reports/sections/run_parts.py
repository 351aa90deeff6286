"""What the report draws of single runs beside their scores, as blocks: labels, reasons, judges, repeats, outcomes,
calls, methods."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from cuewise.reports.blocks import Bar, Bars, Block, Cell, Column, Section, Table, Text, Value
from cuewise.reports.charts import SCORES
from cuewise.reports.overview import RunView
from cuewise.reports.sections.ids import slugs
from cuewise.reports.sections.run_cells import Rows, by_task, named, score, task_table
from cuewise.reports.sections.values import value_of
from cuewise.reports.words.grounding import DECISIONS
from cuewise.reports.words.labels import STATUSES
from cuewise.scores.figures import Figures

_RUN = Column("Run", help="Second line: its rules")


def parts_section(runs: Sequence[RunView]) -> Section:
    """Everything of each run but its scores."""
    parts = (_labels, _reasons, _judges, _repeats, _outcomes, _calls, _methods)
    return Section("run-parts", "Single runs", tuple(chain.from_iterable(part(runs) for part in parts)))


def _table(id_: str, title: str, columns: Sequence[Column], rows: Rows, note: str = "") -> list[Table]:
    """None where there is no row."""
    return [Table(id_, title, tuple(columns), tuple(rows), note)] if rows else []


# --- labels ----------------------------------------------------------------------------------------


def _labels(runs: Sequence[RunView]) -> list[Table]:
    read = (
        Column("Exact", "percent", "The very gold label"),
        Column("Family", "percent", "Of samples whose gold label has an emotion family"),
        Column("Valence", "percent", "Of samples whose gold label has a valence"),
        Column("Mapped", "percent", "Answers in which at least one candidate was read"),
        *(Column(f"Label {words}", "count") for words in STATUSES.values()),
        Column("Judge reads the same", "percent", "Equal points for the label"),
        Column("Kappa", "ratio", "Cohen’s, over samples with one gold label"),
    )
    sets = ("Recall (C/K)", "Precision", "F1", "Jaccard")
    scale = (
        Column("Accuracy", "percent"),
        Column("Error", "ratio", "Mean absolute error, steps of the scale"),
        Column("Error at most", "ratio", "If each other answer were as far off as the scale allows"),
        Column("Quadratic kappa", "ratio"),
        Column("Places", "count"),
        Column("Answers with a place", "count"),
    )
    return [
        *task_table("labels-by-task", "How labels were read, by task", runs, read, _read),
        *task_table(
            "labels-sets",
            "Where several labels may hold",
            runs,
            [Column(name, "percent") for name in sets],
            _sets,
            "C/K is the paper’s score; it costs nothing to name too many.",
        ),
        *task_table("labels-scales", "Where labels are a scale", runs, scale, _scale),
    ]


def _read(figures: Figures) -> tuple[Cell, ...] | None:
    labels = figures.labels
    if labels is None:
        return None
    judge = labels.judge
    return (
        *map(value_of, (labels.exact, labels.family, labels.valence, labels.mapped)),
        *(Value(labels.statuses.get(status.value, 0)) for status in STATUSES),
        Value(None) if judge is None else value_of(judge.equal),
        Value(None if judge is None else judge.kappa),
    )


def _sets(figures: Figures) -> tuple[Cell, ...] | None:
    labels = figures.labels
    if labels is None or labels.f1 is None:
        return None
    return tuple(map(value_of, (labels.recall, labels.precision, labels.f1, labels.jaccard)))


def _scale(figures: Figures) -> tuple[Cell, ...] | None:
    labels = figures.labels
    if labels is None or labels.ordinal is None:
        return None
    found = labels.ordinal
    numbers = (found.mae, found.mae_bound, found.kappa, found.levels, found.matched)
    return value_of(labels.exact), *map(Value, numbers)


# --- reasons ---------------------------------------------------------------------------------------

_REASONS = {
    "supported": "Of all reasons",
    "contradicted": "Of all reasons",
    "unverifiable": "Of all reasons",
    "relevant": "Of all reasons, those that bear on the label",
    "earning": "Of all reasons, those that earn their point",
    "face": "Of answers, those that rest on the face or what else is seen",
    "voice": "Of answers, those that rest on the voice",
    "words": "Of answers, those that rest on the words spoken",
    "repeated": "Of all steps, those that say an earlier one again",
}


def _reasons(runs: Sequence[RunView]) -> list[Block]:
    columns = [Column(name.capitalize(), "percent", meaning) for name, meaning in _REASONS.items()]
    table = task_table(
        "reasons-by-task", "Reasons against the evidence, by task", runs, columns, _reason_cells
    )
    names = slugs(run.name for run in runs)
    return [*table, *(_reason_bars(run, names[run.name]) for run in runs if run.overall.grounding)]


def _reason_cells(figures: Figures) -> tuple[Cell, ...] | None:
    found = figures.grounding
    return None if found is None else tuple(value_of(getattr(found, name)) for name in _REASONS)


def _reason_bars(run: RunView, name: str) -> Bars:
    return Bars(
        f"reasons-{name}",
        f"Reasons of {run.name} against the evidence",
        "percent",
        tuple(
            Bar(decision.value, value_of(getattr(figures.grounding, decision.value)), colour, task)
            for task, figures in by_task(run)
            if figures.grounding is not None
            for colour, decision in enumerate(DECISIONS)
        ),
        low=0.0,
        high=100.0,
        note="Of all reasons of scored answers, with 95 % intervals.",
    )


# --- judges and repeats ----------------------------------------------------------------------------


def _judges(runs: Sequence[RunView]) -> list[Table]:
    panels = [(run, run.overall.panel) for run in runs if run.overall.panel is not None]
    whole: Rows = [
        (
            named(run),
            *map(value_of, (panel.split, panel.between, panel.retest)),
            Value(panel.steps),
            Value(panel.samples),
        )
        for run, panel in panels
    ]
    pairs: Rows = [
        (
            named(run),
            Text(pair.first),
            Text(pair.second),
            value_of(pair.agreement),
            Value(pair.agreement.count),
        )
        for run, panel in panels
        for pair in panel.pairs
    ]
    columns = (
        Column("Not all agree", "percent", "Of reasons"),
        Column("Different judges agree", "percent"),
        Column("A judge asked again agrees", "percent"),
        Column("Reasons", "count"),
        Column("Samples", "count"),
    )
    of_pairs = (
        _RUN,
        Column("One judge"),
        Column("Another"),
        Column("Agree", "percent"),
        Column("Pairs", "count"),
    )
    return [
        *_table("judges", "How far judges agree", (_RUN, *columns), whole),
        *_table(
            "judge-pairs",
            "How far two judges agree",
            of_pairs,
            pairs,
            "A judge beside itself was asked again: what is missing to 100 is its noise.",
        ),
    ]


def _repeats(runs: Sequence[RunView]) -> list[Table]:
    rows: Rows = [
        (named(run), Text(task), Text(title), *_passes(figures, name))
        for run in runs
        for task, figures in by_task(run)
        if figures.variation is not None
        for name, title in SCORES.items()
    ]
    passes = (
        Column("Each answer’s score, percent"),
        Column("SD", "points"),
        Column("Range", "points"),
        Column("Wavering", "percent", "Of the variance, what lies between answers to one sample"),
    )
    labels = (
        Column("Recognition", "percent", "Mean over the answers"),
        Column("By most answers", "percent"),
        Column("In any", "percent"),
        Column("In every", "percent"),
        Column("Same label", "percent"),
        Column("Label changes", "percent"),
        Column("Ends otherwise", "percent"),
    )
    return [
        *_table(
            "repeats-scores",
            "Scores from answer to answer",
            (_RUN, Column("Task"), Column("Score"), *passes),
            rows,
        ),
        *task_table("repeats-labels", "Labels from answer to answer", runs, labels, _repeated_labels),
    ]


def _passes(figures: Figures, name: str) -> tuple[Cell, ...]:
    found = getattr(figures.variation, name)
    each = " · ".join(f"{percent:.1f}" for percent in found.by_epoch)
    return Text(each), Value(found.deviation), Value(found.spread), Value(found.wavering)


def _repeated_labels(figures: Figures) -> tuple[Cell, ...] | None:
    found = figures.variation
    if found is None:
        return None
    shares = (found.majority, found.ever_right, found.always_right)
    alike = (found.agreement, found.label_changes, found.end_changes)
    return score(figures, "recognition"), *map(value_of, (*shares, *alike))


# --- outcomes, calls, methods ------------------------------------------------------------------------


def _outcomes(runs: Sequence[RunView]) -> list[Table]:
    rows: Rows = [
        (
            named(run),
            Text(line.words),
            Text(line.lies_with),
            Text("; ".join(f"{cause}: {number:,}" for cause, number in line.causes)),
            Value(line.number),
            Value(100 * line.number / run.overall.asked if run.overall.asked else None),
        )
        for run in runs
        for line in run.outcomes
    ]
    columns = (Column("Outcome"), Column("Lies with"), Column("Causes"), Column("Answers", "count"))
    return _table("outcomes", "How answers ended", (_RUN, *columns, Column("Share", "percent")), rows)


def _calls(runs: Sequence[RunView]) -> list[Table]:
    rows: Rows = []
    for run in runs:
        groups = [(heading, line) for heading, lines in run.spending.groups for line in lines]
        groups += [("All", run.spending.total)] if run.spending.total is not None else []
        for heading, line in groups:
            *counted, cost = line.numbers
            rows.append(
                (
                    named(run),
                    Text(heading),
                    Text(line.name),
                    *map(Value, counted),
                    Value(cost, shown=line.cost),
                )
            )
    columns = (Column("Sum"), Column("Calls of"), Column("Calls", "count"), Column("Tokens in", "count"))
    more = (Column("Tokens out", "count"), Column("Cost", help="US dollars", rising=True))
    note = "Calls behind the outcomes, made or reused; one that several runs share stands with each of them."
    return _table("calls", "Calls and costs", (_RUN, *columns, *more), rows, note)


def _methods(runs: Sequence[RunView]) -> list[Table]:
    rows: Rows = [
        (named(run), Text(kind), Text(line.name), Text(line.value))
        for run in runs
        for kind, lines in (
            ("setting", run.methods.settings),
            ("prompt, SHA-256", run.methods.prompts),
            ("version", run.methods.versions),
        )
        for line in lines
    ]
    return _table(
        "methods", "How runs were made", (_RUN, Column("Kind"), Column("Name"), Column("Value")), rows
    )
