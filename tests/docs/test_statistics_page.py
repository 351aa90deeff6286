"""The page on statistics holds: its example prints what it says, and its table is computed."""

from __future__ import annotations

import re
import subprocess
import sys
from math import sqrt
from pathlib import Path

import pytest

from cuewise.analysis.power import (
    SHARE,
    design_effect,
    detectable_from_baseline,
    minimum_detectable_difference,
)
from cuewise.analysis.units import grouped, sizes
from cuewise.samples.units import PRINTED
from cuewise.scores.baselines import GoldTally, gold_tallies
from cuewise.scores.intervals import Z_95
from support.real import real_rows

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")


def test_the_example_prints_what_it_says() -> None:
    code, output = re.findall(r"```(?:python|text)\n(.*?)```", PAGE, re.DOTALL)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == output


def table_rows(shared_data: Path) -> list[str]:
    rows = real_rows(shared_data)
    found = []
    for task, tally in gold_tallies(rows).items():
        majority = tally.most_frequent().points
        videos = sizes(grouped([one for one in rows if one.task == task], PRINTED))
        n, half = sum(videos), 100 * Z_95 * sqrt(SHARE * (1 - SHARE) / sum(videos))
        figures = (
            half,
            half * sqrt(design_effect(videos, 0.05)),
            minimum_detectable_difference(n),
            minimum_detectable_difference(n, discordance=0.3),
            majority,
            majority + (detectable_from_baseline(n, baseline=majority / 100) or 0),
        )
        cells = [task, f"{n:,}", f"{len(videos):,}", *(f"{figure:.1f}" for figure in figures)]
        found.append(f"| {' | '.join(cells)} |")
    return found


@pytest.mark.shared
def test_the_table_is_computed(shared_data: Path) -> None:
    for row in table_rows(shared_data):
        assert row in PAGE


@pytest.mark.shared
def test_the_majority_of_each_source_is_as_the_page_says(shared_data: Path) -> None:
    rows = real_rows(shared_data)
    found = []
    for task in ("ER-Wild", "SA"):
        by_source: dict[str | None, GoldTally] = {}
        for one in rows:
            if one.task == task:
                tally = by_source.setdefault(one.source, GoldTally())
                tally.add(one.labels, len(one.label_set), multi_label=one.multi_label)
        each = list(by_source.values())
        found.append(
            sum(tally.count * tally.most_frequent().points for tally in each)
            / sum(tally.count for tally in each)
        )
    whole = [gold_tallies([one for one in rows if one.task == task])[task] for task in ("ER-Wild", "SA")]
    wild, sa = (tally.most_frequent().points for tally in whole)
    assert (
        f"naming the most frequent label of each source earns {found[0]:.1f} % in ER-Wild where that of the whole"
        f" task earns {wild:.1f}, and {found[1]:.1f} in SA for {sa:.2f}" in " ".join(PAGE.split())
    )
