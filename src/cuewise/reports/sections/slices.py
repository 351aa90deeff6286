"""Scores by source, gold label, language, length, sound, number of gold labels and agreement of repeated answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from cuewise.analysis.clustered import MIN_SIDE, Estimated, shares
from cuewise.analysis.groups import numbered
from cuewise.analysis.slices import (
    NOT_KNOWN,
    Facet,
    Slice,
    agreement_of_answers,
    compared,
    corrected,
    facets_of,
    parts_of,
    slice_means,
    slices,
)
from cuewise.reports.blocks import (
    Bar,
    Bars,
    Block,
    Column,
    Details,
    HeatMap,
    Section,
    Table,
    Text,
    Unit,
    Value,
)
from cuewise.reports.formats import decimal
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.phrases import TOO_FEW, UNCORRECTED, plural, points_inside, value_of, words
from cuewise.reports.sections.values import BELOW
from cuewise.reports.words.phrases import listed
from cuewise.scores.baselines import baselines_of, gold_tallies, skill

SCORE: Final = "recognition"
"""What slices are compared by; the tables give CoT beside it."""

STANDING_OUT: Final = 12
"""Slices drawn as standing out."""

MANY: Final = 20
"""Slices of which it is to be said that some stand out by chance where they are not marked."""


def slices_section(page: PageRuns) -> Section | None:
    """Scores by what is known of the samples; None where no run has a sample."""
    blocks: list[Block] = []
    for group in page.groups:
        blocks += _blocks(group)
    return (
        Section("slices", "Where models are good and where they are not", tuple(blocks)) if blocks else None
    )


def _blocks(group: Group) -> list[Block]:
    table = group.pooled.table
    facets = facets_of(table.samples)
    tasks = numbered([row.task for row in table.samples])
    found = slices(table.score(SCORE), facets, tasks, group.clusters)
    others = np.stack([table.score("reasoning"), table.score("cot")], axis=1)
    means = slice_means(others, facets, group.clusters)
    pairs = [(one, cot) for one, (_, cot) in zip(found, means, strict=True)]
    sources, labels, clips = (
        [(one, text, other) for one, other in pairs for text in [second(one)] if text is not None]
        for second in (_of("source"), _of("gold label"), _of_clips)
    )
    agreement = _agreement(group)
    further = _further(group, facets, found, [reasoning for reasoning, _ in means])
    return [
        words(_sentences(group, facets, found, has_repeats=bool(agreement))),
        *_standing_out(group, found),
        _table(group, "source", "Scores by source", ("Source", "Task"), sources, further),
        _table(group, "clips", "Scores by what is known of clips", ("Slice", "By"), clips, further),
        *agreement,
        *(_by_run(group, facets) if len(group.runs) > 1 else ()),
        Details(
            group.title("Scores by gold label"),
            (_table(group, "gold-label", "Scores by gold label", ("Gold label", "Task"), labels, further),),
        ),
    ]


Second = Callable[[Slice], str | None]
"""The second cell of a slice's row, or None where it does not belong to the table."""


def _of(facet: str) -> Second:
    return lambda one: one.task if one.facet == facet else None


def _of_clips(one: Slice) -> str | None:
    return None if one.facet in ("source", "gold label") else one.facet


# --- sentences ---------------------------------------------------------------------------------------


def _sentences(
    group: Group, facets: Sequence[Facet], found: Sequence[Slice], *, has_repeats: bool
) -> list[str]:
    tested = sum(one.difference is not None and one.difference.p_value is not None for one in found)
    certain = _certain(found)
    if certain:
        told = [
            f"{_name(one)} ({decimal(one.mean.value)} %, {points_inside(one.difference)})"
            for one in certain[:4]
            if one.difference is not None
        ]
        first = (
            f"Of {plural(tested, 'slice')} compared, {len(certain)}"
            f" {'differs' if len(certain) == 1 else 'differ'} in recognition from the rest of the same tasks by more"
            f" than chance explains{', most of all' if len(certain) > len(told) else ':'} {listed(told)}."
        )
    elif tested:
        first = (
            f"None of {plural(tested, 'slice')} compared is shown to differ in recognition from the rest of its"
            " tasks."
        )
    else:
        alone = all(one.difference is None for one in found)
        first = (
            "No slice can be compared with the rest of its tasks."
            if alone
            else f"Whether any slice differs from the rest of its tasks {TOO_FEW}."
        )
    sentences = [group.heading + first]
    if tested > MANY:
        sentences.append(
            f"With {tested} comparisons some slices stand out by chance: at the usual level of 5 % about"
            f" {round(tested / 20)} would, were there no differences at all. Marked are those that remain after"
            " Holm’s correction over all of them."
        )
    unknown = [
        f"{facet.name} of {plural(int(part.members.sum()), 'sample')}"
        for facet in facets
        if facet.name not in ("source", "gold label")
        for part in facet.parts
        if part.name == NOT_KNOWN
    ]
    if unknown:
        sentences.append(
            f"Not known is the {listed(unknown)}: these are slices of their own, and nothing is guessed."
        )
    if not has_repeats:
        sentences.append(
            "No sample was asked twice, so nothing is said of the agreement of repeated answers."
        )
    sentences.append(
        "A slice differs in more than its name: sources have their own labels, languages and recording, so a difference"
        " is no proof that its name is the cause."
    )
    return sentences


def _certain(found: Sequence[Slice]) -> list[Slice]:
    certain = [one for one in found if one.is_certain]
    return sorted(certain, key=lambda one: -abs(one.difference.value if one.difference else 0.0))


def _name(one: Slice) -> str:
    """With its facet, as it stands apart from the facet's table."""
    of = f" in {one.task}" if one.task else ""
    kind = "" if one.facet in ("source", "gold label") else f"{one.facet}: "
    return f"{kind}{one.name}{of}"


# --- figures -----------------------------------------------------------------------------------------


def _standing_out(group: Group, found: Sequence[Slice]) -> list[Block]:
    certain = _certain(found)[:STANDING_OUT]
    if not certain:
        return []
    ordered = sorted(certain, key=lambda one: one.difference.value if one.difference else 0.0)
    return [
        Bars(
            id=group.id("slices-standing-out"),
            title=group.title(
                f"Recognition: slices that differ from the rest of their tasks{group.together}"
            ),
            unit="points",
            bars=tuple(
                Bar(f"{_name(one)} (n = {one.mean.count:,})", value_of(one.difference), group=one.facet)
                for one in ordered
            ),
            reference=(("no difference", 0.0),),
            note="Differences in percentage points with 95 % intervals, after Holm’s correction over all slices.",
        )
    ]


def _table(
    group: Group,
    id: str,
    title: str,
    heads: tuple[str, str],
    rows: Sequence[tuple[Slice, str, Estimated]],
    further: Further = MappingProxyType({}),
) -> Table:
    """A row per slice: what the second column says, recognition, skill and reasoning where they are known, CoT."""
    return Table(
        group.id(f"slices-{id}"),
        group.title(f"{title}{group.together if id != 'agreement' else ''}"),
        (
            Column(heads[0]),
            Column(heads[1]),
            Column("Samples", "count"),
            Column("Recognition", "percent"),
            *(Column(*column) for column in _FURTHER if further),
            Column("Difference from the rest", "points", "Of recognition, from the rest of the same tasks"),
            Column("CoT", "percent"),
        ),
        tuple(
            (
                Text(one.name),
                Text(second),
                Value(one.mean.count),
                value_of(one.mean),
                *further.get((one.facet, one.name, one.task), ()),
                value_of(one.difference, _mark(one)),
                value_of(other),
            )
            for one, second, other in rows
        ),
        _NOTES[id],
    )


def _mark(one: Slice) -> str:
    if one.difference is not None and one.difference.p_value is None:
        return "cannot be told"
    return "differs" if one.is_certain else ""


_FURTHER: Final[tuple[tuple[str, Unit, str], ...]] = (
    (
        "Skill",
        "percent",
        "Recognition above the better of the most frequent gold label of each task in the slice and labels by lot",
    ),
    ("Reasoning", "percent", ""),
)

Further = Mapping[tuple[str, str, str | None], tuple[Value, Value]]
"""By facet, name and task of a slice, the cells of `_FURTHER`."""


def _further(
    group: Group, facets: Sequence[Facet], found: Sequence[Slice], reasoning: Sequence[Estimated]
) -> Further:
    """Skill and reasoning by slice. Within one gold label there is no skill: always naming it would be all right."""
    samples = group.pooled.table.samples
    cells = {}
    for (facet, part), one, reasons in zip(parts_of(facets), found, reasoning, strict=True):
        held = None
        if facet.name != "gold label":
            rows = [samples[place] for place in np.flatnonzero(part.members).tolist()]
            held = baselines_of(list(gold_tallies(rows).values()), group.protocol)
        skills = Value(None)
        if held is not None:
            value, low, high = (
                skill(end, held.best) for end in (one.mean.value, one.mean.low, one.mean.high)
            )
            skills = Value(value, low, high, mark=BELOW if value is not None and value < 0 else "")
        cells[facet.name, part.name, part.task] = (skills, value_of(reasons))
    return cells


_NOTES: Final = {
    "source": "Samples without a score count as 0. 95 % intervals by samples of one source video together; marked"
    " differences are more than chance explains, after Holm’s correction over all slices. It cannot be"
    f" told of slices in fewer than {MIN_SIDE} source videos, or in all but fewer than {MIN_SIDE}. {UNCORRECTED}",
    "clips": "Language as the corpus documents it, length and sound as decoded; gold labels: their number, in tasks"
    " where several may hold.",
    "gold-label": "Spellings of several sources are pooled; a sample with several gold labels counts for each.",
    "agreement": "Whether a sample’s answers name the same labels; most: more than half of them."
    f" Marks after Holm’s correction over this table. {UNCORRECTED}",
}


def _agreement(group: Group) -> list[Block]:
    """By run, as answers of different runs are no repeats of each other."""
    found: list[Slice] = []
    others: list[tuple[str, Estimated]] = []
    for number, run in enumerate(group.runs):
        facet = agreement_of_answers(run.table)
        if facet is None:
            continue
        clusters = group.clusters_of(number)
        tasks = numbered([row.task for row in run.table.samples])
        found += compared(run.table.score(SCORE), [facet], tasks, clusters)
        means = slice_means(run.table.score("cot")[:, None], [facet], clusters)
        others += [(run.name, cot) for (cot,) in means]
    rows = [(one, *other) for one, other in zip(corrected(found), others, strict=True)]
    title = "Scores by agreement of repeated answers"
    return [_table(group, "agreement", title, ("Agreement", "Run"), rows)] if rows else []


def _by_run(group: Group, facets: Sequence[Facet]) -> list[Block]:
    """Recognition by slice and run; gold labels, which are many, are left to the category maps."""
    parts = parts_of([facet for facet in facets if facet.name != "gold label"])
    points = np.full((len(group.clusters), len(group.runs)), np.nan)
    for number, run in enumerate(group.runs):
        points[group.pooled.places[number], number] = run.table.score(SCORE)
    rows = [shares(points[part.members], group.clusters[part.members]) for _, part in parts]
    return [
        HeatMap(
            id=group.id("slices-runs"),
            title=group.title("Recognition by slice and run"),
            unit="percent",
            row_title="Slice",
            column_title="Run",
            rows=tuple(_part_name(facet, part.name, part.task) for facet, part in parts),
            columns=tuple(run.name for run in group.runs),
            cells=tuple(
                tuple(value_of(None if one is None else one.times(100)) for one in row) for row in rows
            ),
        )
    ]


def _part_name(facet: Facet, name: str, task: str | None) -> str:
    return f"{facet.name.capitalize()}: {name}" + (f", {task}" if task else "")
