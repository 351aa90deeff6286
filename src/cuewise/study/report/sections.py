"""A report as sections of blocks, for the page and the terminal alike."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.counts import how_many
from cuewise.reports.blocks import Bar, Bars, Block, Cell, Column, Section, Table, Text, Value, Words
from cuewise.reports.words.modality import pvalue
from cuewise.study.report import cells
from cuewise.study.report.corrected import Corrected
from cuewise.study.report.disputed import DisputedItem, DisputedStep
from cuewise.study.report.judge_blocks import judge_section
from cuewise.study.report.people_blocks import people_section
from cuewise.study.report.raters import RaterRow
from cuewise.study.report.reporting import StudyReport
from cuewise.study.report.words import doubts, percent, summary

ALL = "All"
VIEWER = "http://127.0.0.1:8321"
"""Where `cuewise view` listens unless told otherwise."""
SHOWN = 600
"""Letters of a text from an answer or a note that a table shows."""


def sections(report: StudyReport) -> list[Section]:
    """All parts that have something to show."""
    words: list[Block] = [Words(summary(report))]
    words += [Words((line,), warning=True) for line in doubts(report)]
    found = [Section("summary", "Summary", tuple(words))]
    if not report.rated_items:
        return found
    if report.baseline is not None:
        found.append(people_section(report.baseline, weighted=report.weighted))
    else:
        found += [_corrected(report.corrected), judge_section(report)]
    found += [_agreement(report), _raters(report)]
    if report.disputed_steps:
        found.append(_disputed(report))
    return found


def _agreement(report: StudyReport) -> Section:
    question = report.baseline is not None
    heads = {"alpha": "Alpha", "fleiss": "Fleiss’ kappa", "cohen": "Mean Cohen’s kappa", "ac1": "AC1"}
    if not question:
        heads["icc"] = "ICC of scores"
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Text(one.group or ALL),
            Value(one.items),
            cells.percent(one.raw),
            *(cells.ratio(getattr(one, name)) for name in heads),
        )
        for one in report.among
    )
    why = cells.reasons(
        (one.group or ALL, title, getattr(one, name))
        for one in report.among
        for name, title in {"raw": "Raw", **heads}.items()
    )
    counted = f"{cells.STANDS_FOR}. " if report.weighted and not question else ""
    table = Table(
        id="among",
        title="Raters among themselves",
        columns=(
            Column("Task"),
            Column("Items", "count", "That anybody rated"),
            Column("Raw", "percent", "Agreeing pairs of ratings of a unit, averaged over units"),
            Column(
                heads["alpha"], "ratio", "Krippendorff’s, nominal: beyond chance, with ratings missing or not"
            ),
            Column(heads["fleiss"], "ratio", "In Gwet’s form where not everybody rated everything"),
            Column(heads["cohen"], "ratio", "Over the pairs of raters with ten units in common or more"),
            Column(heads["ac1"], "ratio", "Gwet’s: not low only because nearly everything is of one kind"),
            *(
                ()
                if question
                else (
                    Column(
                        heads["icc"],
                        "ratio",
                        "(2,1), absolute agreement, where every rater rated every item, else (1,1)",
                    ),
                )
            ),
        ),
        rows=rows,
        note=f"{_intervals(report)} {counted}Quote alpha. {why}".strip(),
    )
    named = [one for one in report.among if one.group and one.alpha.value is not None]
    figure = Bars(
        id="alpha-by-task",
        title="Alpha by task",
        unit="ratio",
        bars=tuple(Bar(one.group, cells.ratio(one.alpha)) for one in named),
        high=1.0,
        note=f"1 is full agreement, 0 what chance gives. {_intervals(report)}",
    )
    return Section("agreement", "How far raters agree", (table, *((figure,) if len(named) > 1 else ())))


def _raters(report: StudyReport) -> Section:
    table = Table(
        id="raters",
        title="Rater by rater",
        columns=(
            Column(
                "Rater",
                help="By number: those of the plan in its order, then those whose ratings were imported",
            ),
            Column("Done", help="Items, attention items included"),
            Column("With others", "percent", "Units where the rater says what most of the others do"),
            Column(
                "By chance", "percent", "The same, were the rater’s own answers given to the units at random"
            ),
            Column(
                "p",
                help="That it is no more than chance: permutation of the rater’s own answers",
                rising=True,
            ),
            Column("Cannot tell", "percent", "Of ratings", rising=True),
            Column("Instructed", help="Items that ask for a certain rating and were given it"),
            Column("With self", "percent", "Of ratings given twice, those given alike"),
            Column("Seconds", "count", "Median of an item"),
        ),
        rows=tuple(_rater(one) for one in report.raters),
        note="Each rater is tested by itself at 5 %: of twenty who do well one may be flagged for nothing. A p of 5 %"
        " or more flags nobody by itself: flagged is who also lies below the others, on the same units and each beside"
        " their own chance, by more than 95 % of the permutations reach.",
    )
    again = report.retest
    words = (
        f"{how_many(again.items, 'item')} {'was' if again.items == 1 else 'were'} shown twice to the same rater:"
        f" {percent(again.agreement)} of {how_many(again.steps, 'rating')} were given alike."
        if again.items
        else "No item was rated twice by the same rater: how far raters agree with themselves cannot be told."
    )
    return Section("raters", "The raters", (table, Words((words,))))


def _rater(one: RaterRow) -> tuple[Cell, ...]:
    quality = one.quality
    return (
        Text(one.rater, sub="; ".join(one.flags)),
        Text(
            f"{one.beyond:,}, imported" if one.is_imported else f"{one.done:,} of {one.assigned:,}",
            sub=f"{one.beyond:,} more, not assigned" if one.beyond and not one.is_imported else "",
        ),
        cells.percent(None if quality is None else quality.agreement),
        Value(None if quality is None or quality.by_chance is None else 100 * quality.by_chance),
        Value(None)
        if quality is None or quality.p_chance is None
        else Value(quality.p_chance, shown=pvalue(quality.p_chance)),
        Value(None if quality is None else 100 * quality.cannot_tell),
        Text(f"{one.attention_right} of {one.attention_items}" if one.attention_items else "–"),
        cells.percent(one.retest.agreement),
        Value(one.median_seconds),
    )


def _corrected(found: tuple[Corrected, ...]) -> Section:
    why = " ".join(
        f"{one.run}: no figure, as {one.why_none}."
        if one.score is None
        else f"{one.run}: none after Rogan and Gladen, as {one.score.why_none}."
        for one in found
        if one.score is None or one.score.why_none
    )
    table = Table(
        id="corrected",
        title="Reasoning score of each run by people",
        columns=(
            Column("Run"),
            Column("Samples rated", "count", "Of those with judged reasons"),
            Column("As judged", "percent"),
            Column(
                "Corrected",
                "percent",
                "From people’s ratings and the judge’s view of all samples: the one to quote",
            ),
            Column("People alone", "percent", "From the rated samples, weighted"),
            Column("Rogan-Gladen", "percent", "From how often the judge errs, weighted"),
            Column(
                "Judge’s bias", "points", "What the judge gives more than people: as judged less corrected"
            ),
        ),
        rows=tuple(
            (
                Text(one.run, sub=one.model),
                Value(one.rated),
                cells.estimate(one.raw),
                cells.estimate(None if one.score is None else one.score.corrected),
                cells.estimate(None if one.score is None else one.score.people),
                cells.estimate(None if one.score is None else one.score.rogan_gladen),
                cells.estimate(None if one.score is None else one.score.bias),
            )
            for one in found
        ),
        note=(
            "Over all samples asked, those without judged reasons as 0. Each rated sample counts for as many as it"
            f" stands for. 95 % intervals, samples as units. {why}"
        ).strip(),
    )
    return Section("corrected", "What the scores are by people", (table,))


def _disputed(report: StudyReport) -> Section:
    steps = Table(
        id="disputed-steps",
        title="Steps that raters are split over",
        columns=(
            Column("Step"),
            Column("Raters say"),
            Column("Judge says"),
            Column("Split", "ratio", "Entropy of the answers, bits: 1 where as many say right as wrong"),
        ),
        rows=tuple(
            (
                Text(f"S{place}. {_cut(one.text)}", sub=f"{one.sample}{_notes(one)}"),
                Text(", ".join(f"{count} {answer}" for answer, count in one.answers.items())),
                Text(one.judge or "–", sub=_cut(one.reason)),
                Value(one.entropy),
            )
            for place, one in enumerate(report.disputed_steps, 1)
        ),
    )
    items = Table(
        id="disputed-items",
        title="Answers that raters are split over",
        columns=(
            Column("Answer"),
            Column("Steps", "count"),
            Column("Split", "ratio", "Mean over its steps, bits"),
        ),
        rows=tuple(
            (Text(f"A{place}. {one.sample}"), Value(one.steps), Value(one.entropy))
            for place, one in enumerate(report.disputed_items, 1)
        ),
    )
    found: list[Block] = [steps, items]
    # Below the tables, whose cells would break them.
    addresses = [*_addresses("S", report.disputed_steps), *_addresses("A", report.disputed_items)]
    if addresses:
        where = f"Where `cuewise view` shows them, after its own address, such as {VIEWER}:"
        found.append(Words((where, *addresses)))
    return Section("disputed", "What raters are split over", tuple(found))


def _addresses(letter: str, listed: Sequence[DisputedStep | DisputedItem]) -> list[str]:
    return [f"{letter}{place}: {one.address}" for place, one in enumerate(listed, 1) if one.address]


def _notes(one: DisputedStep) -> str:
    return "".join(f" · note: {_cut(note)}" for note in one.notes)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _intervals(report: StudyReport) -> str:
    return f"95 % intervals by resampling whole {report.cluster_kind}s, for these raters."
