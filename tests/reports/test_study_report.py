"""A report on a study: its conclusions are the summary, and its conditions compete with nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from cuewise.media.treatments import Treatment, TreatmentKind
from cuewise.reports.blocks import Bars, Details, Section, Table, Text, Value
from cuewise.reports.html import render
from cuewise.reports.sections.page import sections_of
from cuewise.result import RunResult, open_run
from support.outcomes import make_outcomes, make_run, make_samples

BOTH = ("audio", "video")
WAYS: dict[str, tuple[tuple[str, ...], Treatment | None]] = {
    "video": (("video",), None),
    "together": (BOTH, None),
    "nothing": ((), None),
    "blur": (BOTH, Treatment(kind=TreatmentKind.BLUR, level=0.02)),
}


def study(workspace: Path, model: str) -> list[RunResult]:
    """Four conditions of 24 samples, `together` not the first of them."""
    runs = []
    for name, (given, treatment) in WAYS.items():
        outcomes = make_outcomes(make_samples(24), seed=name, skill=0.9 if name == "blur" else 0.4)
        run = make_run(workspace, f"{model.rpartition('/')[2]}.{name}", outcomes, model=model)
        settings = run.manifest.settings.model_copy(update={"modalities": given, "treatment": treatment})
        run.manifest.model_copy(update={"settings": settings}).write(run.folder.manifest_path)
        runs.append(open_run(run.name, workspace=workspace))
    return runs


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> list[RunResult]:
    return study(tmp_path_factory.mktemp("one"), "lab/one")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> list[RunResult]:
    """Two studies, and a run of neither."""
    workspace = tmp_path_factory.mktemp("mixed")
    other = make_run(workspace, "other", make_outcomes(make_samples(24), seed="o"), model="lab/other")
    return [*study(workspace, "lab/one"), other, *study(workspace, "lab/two")]


def test_the_conclusions_are_the_summary_and_the_study_comes_first(one: list[RunResult]) -> None:
    page = render(one)
    summary, rest = page.split('<section id="summary"')[1].split("</section>", 1)
    assert "lab/one, given its clips in 4 ways" in summary
    assert "Given picture and sound together, lab/one recognises" in summary
    assert "has the highest" not in page
    assert page.count("Given picture and sound together, lab/one recognises") == 1, "said once"
    assert re.findall(r'<section id="([a-z]+)"', rest)[:2] == ["modalities", "scores"]


def test_conditions_have_no_rank_and_are_not_compared_as_runs(one: list[RunResult]) -> None:
    sections = {section.id: section for section in sections_of(one, full=True)}
    assert "comparison" not in sections
    assert ranks(sections["scoreboard"]) == dict.fromkeys((run.name for run in one), None)


def test_in_a_mixed_report_each_study_has_its_part_and_models_are_ranked(mixed: list[RunResult]) -> None:
    found = sections_of(mixed, full=True)
    assert [section.title for section in found[:2]] == ["What lab/one relies on", "What lab/two relies on"]
    ids = [block.id for section in found[:2] for block in parts(section) if isinstance(block, Table | Bars)]
    assert len(ids) == len(set(ids))
    sections = {section.id: section for section in found}
    ranked = {name for name, rank in ranks(sections["scoreboard"]).items() if rank is not None}
    assert ranked == {"one.together", "other", "two.together"}
    (bars,) = [block for block in parts(sections["comparison"]) if getattr(block, "id", "") == "ranks-cot"]
    assert isinstance(bars, Bars)
    assert {bar.name for bar in bars.bars} == ranked
    page = render(mixed)
    plain = page.replace("\u00a0", " ")
    assert "one.together and two.together have the same CoT score" in plain, "of the three that are ranked"
    assert "6 further runs give a model the same clips in another way" in plain


def test_two_plain_runs_are_compared_as_ever(tmp_path: Path) -> None:
    runs = [
        make_run(tmp_path, name, make_outcomes(make_samples(24), seed=name), model=f"lab/{name}")
        for name in ("a", "b")
    ]
    assert "comparison" in {section.id for section in sections_of(runs)}
    assert "lab/a" in render(runs)


def parts(section: Section) -> list[object]:
    """All blocks, folded ones too."""

    def opened(blocks: Sequence[object]) -> list[object]:
        return [
            part
            for block in blocks
            for part in (opened(block.blocks) if isinstance(block, Details) else [block])
        ]

    return opened(section.blocks)


def ranks(scoreboard: Section) -> dict[str, float | None]:
    """CoT rank by run."""
    (table,) = [block for block in parts(scoreboard) if getattr(block, "id", "") == "scoreboard-overall"]
    assert isinstance(table, Table)
    at = [column.title for column in table.columns].index("CoT rank")
    found = {}
    for row in table.rows:
        name, rank = row[0], row[at]
        if isinstance(name, Text) and isinstance(rank, Value) and name.sub != "baseline":
            found[name.text] = rank.value
    return found
