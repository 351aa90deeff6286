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
from cuewise.analysis.skill import baselines
from cuewise.analysis.units import grouped, sizes
from cuewise.samples.units import PRINTED
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
    for task, baseline in baselines(rows).items():
        videos = sizes(grouped([one for one in rows if one.task == task], PRINTED))
        n, half = sum(videos), 100 * Z_95 * sqrt(SHARE * (1 - SHARE) / sum(videos))
        figures = (
            half,
            half * sqrt(design_effect(videos, 0.05)),
            minimum_detectable_difference(n),
            minimum_detectable_difference(n, discordance=0.3),
            baseline.majority,
            baseline.majority + (detectable_from_baseline(n, baseline=baseline.majority / 100) or 0),
        )
        cells = [task, f"{n:,}", f"{len(videos):,}", *(f"{figure:.1f}" for figure in figures)]
        found.append(f"| {' | '.join(cells)} |")
    return found


@pytest.mark.shared
def test_the_table_is_computed(shared_data: Path) -> None:
    for row in table_rows(shared_data):
        assert row in PAGE
