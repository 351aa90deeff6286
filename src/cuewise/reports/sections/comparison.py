"""Which runs differ: pairs with tests, ranks with what the samples leave open, and groups that are not told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from cuewise.analysis.pairs import Pair, compare_pairs
from cuewise.analysis.scoreboard import indistinct, ranks
from cuewise.analysis.together import Together, put_together
from cuewise.counts import how_many
from cuewise.reports.blocks import Bar, Bars, Block, Cell, Column, HeatMap, Section, Table, Text, Value, Words
from cuewise.reports.charts import SCORES
from cuewise.reports.formats import count
from cuewise.reports.sections.rules import RuleGroup, by_rules
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.words.paired import p_words, warnings
from cuewise.reports.words.phrases import listed

TABLE_UP_TO: Final = 6
"""Runs up to which each pair has a row; the pairs of more stand in heat maps."""

GROUPS_UP_TO: Final = 5
"""Sets of runs that are not told apart which are named one by one."""

_UNITS: Final = {"clip": "clip", "video": "source video"}


def comparison_section(runs: Sequence[AnalysedRun]) -> Section | None:
    """The differences between runs, by the rules that they are under; None where no two can be compared."""
    contending = [run for run in runs if run.contends]
    blocks = [block for group in by_rules(contending) if len(group.runs) > 1 for block in _compared(group)]
    return Section("comparison", "Which runs differ", tuple(blocks)) if blocks else None


def _compared(group: RuleGroup) -> list[Block]:
    together = put_together([run.table for run in group.runs])
    if together is None:
        return [
            Words((group.title("The runs share no sample, so that none can be compared with another") + ".",))
        ]
    pairs = {score: compare_pairs(together, score) for score in SCORES}
    if not pairs["cot"]:
        return [
            Words(
                (
                    f"The {how_many(len(together), 'sample')} that the runs share are of too few"
                    f" {_UNITS[together.unit]}s to tell runs apart.",
                )
            )
        ]
    blocks: list[Block] = [Words(tuple(_conclusions(group, together, pairs)))]
    if told := _warnings(group):
        blocks.append(Words(told, warning=True))
    if len(group.runs) <= TABLE_UP_TO:
        blocks.append(_pair_table(group, together, pairs))
    else:
        blocks += [_pair_map(group, together, score, pairs[score]) for score in ("recognition", "cot")]
    blocks += [_rank_bars(group, together, score) for score in ("recognition", "cot")]
    return blocks


def _conclusions(group: RuleGroup, together: Together, pairs: dict[str, list[Pair]]) -> list[str]:
    """For recognition and CoT: how many pairs differ, and which neighbours are not told apart."""
    told = []
    for score in ("recognition", "cot"):
        name = SCORES[score] if score == "cot" else SCORES[score].lower()
        real, whole = sum(pair.real for pair in pairs[score]), len(pairs[score])
        which = (
            f"the two runs {'differ' if real else 'are not told apart'}"
            if whole == 1
            else f"{count(real)} of {count(whole)} pairs of runs differ by more than chance explains"
        )
        sentence = f"In {name}, {which}."
        same = indistinct(together, [run.name for run in group.runs], score)
        if same and len(same) <= GROUPS_UP_TO and whole > 1:
            sentence += f" Not told apart: {'; '.join(map(listed, same))}."
        elif same and whole > 1:
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


def _warnings(group: RuleGroup) -> tuple[str, ...]:
    """Why differences may not be the models' own."""
    first, *others = group.runs
    return tuple(dict.fromkeys(text for run in others for text in warnings(first.settings, run.settings)))


def _pair_table(group: RuleGroup, together: Together, pairs: dict[str, list[Pair]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for place, pair in enumerate(pairs["cot"]):
        cells: list[Cell] = []
        for score in SCORES:
            one = pairs[score][place]
            mark = "real" if one.real else ""
            cells += [
                Value(one.difference, one.low, one.high, mark=mark),
                Text(p_words(one.p_adjusted).removeprefix("p = ")),
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
                for column in (Column(title, "points"), Column("p, adjusted", help=f"Of {title}"))
            ),
        ),
        rows=tuple(rows),
        note=_how(together, len(pairs["cot"])),
    )


def _pair_map(group: RuleGroup, together: Together, score: str, pairs: Sequence[Pair]) -> HeatMap:
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


def _rank_bars(group: RuleGroup, together: Together, score: str) -> Bars:
    found = ranks(together, [run.name for run in group.runs], score)
    ordered = sorted(zip(found, group.runs, strict=True), key=lambda one: (one[0].rank, one[0].name))
    return Bars(
        id=group.id(f"ranks-{score}"),
        title=group.title(f"Ranks by {SCORES[score] if score == 'cot' else SCORES[score].lower()}"),
        unit="count",
        bars=tuple(Bar(run.name, Value(one.rank, one.low, one.high), run.colour) for one, run in ordered),
        low=0.5,  # off 0, so that ranks are dots: a bar's length would mean nothing
        high=len(found) + 0.5,
        note="1 is best. The line shows the ranks that the samples leave open, by all differences at once.",
    )


def _how(together: Together, pairs: int) -> str:
    unit = _UNITS[together.unit]
    return (
        f"95 % intervals, and p-values by Student’s test of the mean difference, samples of one {unit} taken together;"
        f" adjusted by Holm’s procedure over {how_many(pairs, 'pair')}."
    )
