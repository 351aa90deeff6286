"""Which runs differ: pairs with tests, ranks with what the samples leave open, and groups that are not told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from cuewise.analysis.comparison import compare_runs
from cuewise.analysis.pairs import Pair, not_told_apart
from cuewise.analysis.together import Together
from cuewise.counts import how_many
from cuewise.reports.blocks import Bar, Bars, Block, Cell, Column, HeatMap, Section, Table, Text, Value, Words
from cuewise.reports.charts import SCORES
from cuewise.reports.formats import count, decimal
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.phrases import UNCORRECTED
from cuewise.reports.words.paired import conclusions, left_out, p_words, warnings
from cuewise.reports.words.phrases import listed
from cuewise.reports.words.scoreboard import UNITS
from cuewise.scores.clusters import MIN_GROUPS

TABLE_UP_TO: Final = 6
"""Runs up to which each pair has a row; the pairs of more stand in heat maps."""

GROUPS_UP_TO: Final = 5
"""Sets of runs that are not told apart which are named one by one."""


def comparison_section(page: PageRuns) -> Section | None:
    """The differences between runs, by the rules that they are under; None where no two can be compared."""
    contending = [group.contenders for group in page.groups]
    blocks = [block for group in contending if len(group.runs) > 1 for block in _compared(group)]
    return Section("comparison", "Which runs differ", tuple(blocks)) if blocks else None


def _compared(group: Group) -> list[Block]:
    together = group.shared
    if together is None:
        return [Words(group.headed(["The runs share no sample, so that none can be compared with another."]))]
    pairs = group.pairs
    if not pairs["cot"]:
        return [Words(group.headed([_not_testable(together)]))]
    told = _of_two(group) if len(group.runs) == 2 else _conclusions(group, together, pairs)
    blocks: list[Block] = [Words(group.headed(told))]
    if warned := _warnings(group):
        blocks.append(Words(warned, warning=True))
    if len(group.runs) <= TABLE_UP_TO:
        blocks.append(_pair_table(group, together, pairs))
    else:
        blocks += [_pair_map(group, together, score, pairs[score]) for score in ("recognition", "cot")]
    blocks += [_rank_bars(group, score) for score in ("recognition", "cot")]
    return blocks


def _not_testable(together: Together) -> str:
    """Why no two runs can be compared; that none was found to differ says nothing then."""
    unit, groups = UNITS[together.unit], len(set(together.groups))
    why = (
        f"with fewer than {MIN_GROUPS} no test can be relied on"
        if groups < MIN_GROUPS
        else "a few of these hold most of the samples, so that no test can be relied on"
    )
    return (
        f"Which runs differ cannot be told: the {how_many(len(together), 'sample')} that they share are of"
        f" {how_many(groups, unit)}, and {why}."
    )


def _conclusions(group: Group, together: Together, pairs: dict[str, list[Pair]]) -> list[str]:
    """For recognition and CoT: how many pairs differ, and which neighbours are not told apart."""
    told = []
    for score in ("recognition", "cot"):
        name = SCORES[score] if score == "cot" else SCORES[score].lower()
        real, whole = sum(pair.real for pair in pairs[score]), len(pairs[score])
        which = (
            f"{_pairs(real, whole)} of runs {'differs' if real == 1 else 'differ'} by more than chance explains"
            if real
            else f"no pair of {count(whole)} is shown to differ"
        )
        sentence = f"In {name}, {which}."
        if not real and any(pair.difference for pair in pairs[score]):
            widest = max((pair.high - pair.low) / 2 for pair in pairs[score])
            sentence += (
                " That does not show that they are equal: the intervals of the differences reach up to"
                f" {decimal(widest)} points to either side."
            )
        means = together.points[score].mean(axis=0)
        same = [
            [group.runs[place].name for place in places] for places in not_told_apart(pairs[score], means)
        ]
        if same and len(same) <= GROUPS_UP_TO:
            sentence += f" Not told apart: {'; '.join(map(listed, same))}."
        elif same:
            most = max(map(len, same))
            sentence += (
                f" Neighbours by score, at most {most} in a row, are not told apart: see the ranks below."
            )
        told.append(sentence)
    if together.left_out:
        told.append(
            f"Compared are the {count(len(together))} samples that all runs have; {count(together.left_out)} of"
            f" {group.runs[0].name} are left out."
        )
    return told


def _of_two(group: Group) -> list[str]:
    """What `cuewise compare` concludes of two runs, tasks included."""
    first, second = group.runs
    found = compare_runs(first.table, second.table)
    assert found is not None, "they share samples"
    told = conclusions(found, first.name, second.name)
    if not_shared := left_out(found.shared, first.name, second.name):
        told.append(not_shared)
    return told


def _pairs(number: int, whole: int) -> str:
    return f"all {count(whole)} pairs" if number == whole else f"{count(number)} of {count(whole)} pairs"


def _warnings(group: Group) -> tuple[str, ...]:
    """Why differences may not be the models' own."""
    first, *others = group.runs
    return tuple(dict.fromkeys(text for run in others for text in warnings(first.settings, run.settings)))


def _pair_table(group: Group, together: Together, pairs: dict[str, list[Pair]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for place, pair in enumerate(pairs["cot"]):
        cells: list[Cell] = []
        for score in SCORES:
            one = pairs[score][place]
            mark = "real" if one.real else ""
            cells += [
                Value(one.difference, one.low, one.high, mark=mark),
                Value(one.p_adjusted, shown=p_words(one.p_adjusted).removeprefix("p ").removeprefix("= ")),
            ]
        rows.append((Text(f"{group.runs[pair.b].name} against {group.runs[pair.a].name}"), *cells))
    return Table(
        id=group.id("pairs"),
        title=group.title("Differences between runs"),
        columns=(
            Column("Runs"),
            *(
                column
                for title in SCORES.values()
                for column in (
                    Column(title, "points"),
                    Column("p, adjusted", help=f"Of {title}", rising=True),
                )
            ),
        ),
        rows=tuple(rows),
        note=_how(together, len(pairs["cot"])),
    )


def _pair_map(group: Group, together: Together, score: str, pairs: Sequence[Pair]) -> HeatMap:
    """Row less column, rows and columns in order of the score."""
    points = together.points[score].mean(axis=0)
    order = [int(place) for place in np.argsort(-points, kind="stable")]
    by_places = {(pair.a, pair.b): pair for pair in pairs}
    rows = tuple(tuple(_pair_cell(by_places, row, column) for column in order) for row in order)
    largest = max((abs(pair.difference) for pair in pairs), default=0.0)
    reach = max(5.0, 5.0 * np.ceil(largest / 5))
    names = tuple(group.runs[place].name for place in order)
    return HeatMap(
        id=group.id(f"pairs-{score}"),
        title=group.title(f"Differences in {SCORES[score] if score == 'cot' else SCORES[score].lower()}"),
        unit="points",
        row_title="Run",
        column_title="less",
        rows=names,
        columns=names,
        cells=rows,
        low=-float(reach),
        high=float(reach),
        diverging=True,
        note=f"Row less column, percentage points. *: more than chance explains. {_how(together, len(pairs))}",
    )


def _pair_cell(pairs: dict[tuple[int, int], Pair], row: int, column: int) -> Value:
    if row == column:
        return Value(None)
    pair = pairs.get((column, row))
    if pair is not None:
        return Value(pair.difference, pair.low, pair.high, mark=_mark(pair))
    pair = pairs[row, column]
    return Value(-pair.difference, -pair.high, -pair.low, mark=_mark(pair))


def _mark(pair: Pair) -> str:
    return f"adjusted {p_words(pair.p_adjusted)}" if pair.real else ""


def _rank_bars(group: Group, score: str) -> Bars:
    found = group.ranks(score)
    ordered = sorted(zip(found, group.runs, strict=True), key=lambda one: (one[0].rank, one[1].name))
    return Bars(
        id=group.id(f"ranks-{score}"),
        title=group.title(f"Ranks by {SCORES[score] if score == 'cot' else SCORES[score].lower()}"),
        unit="count",
        bars=tuple(Bar(run.name, Value(one.rank, one.low, one.high), run.colour) for one, run in ordered),
        low=0.5,  # off 0, so that ranks are dots: a bar's length would mean nothing
        high=len(found) + 0.5,
        note="1 is best. The line shows the ranks that the samples leave open: those that no tested pair rules out.",
    )


def _how(together: Together, pairs: int) -> str:
    unit = UNITS[together.unit]
    test = "as of “cuewise compare”" if pairs == 1 else "by Student’s test of the mean difference"
    return (
        f"95 % intervals, and p-values {test}, samples of one {unit} taken together; adjusted by Holm’s procedure over"
        f" {how_many(len(SCORES) * pairs, 'test')}, of {'one pair' if pairs == 1 else f'{count(pairs)} pairs'} in"
        f" recognition, reasoning and CoT. {UNCORRECTED}"
    )
