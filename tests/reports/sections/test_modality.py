"""A study's section: words first, numbers as they were found, nothing where nothing was run."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from cuewise.ablation.document import findings_document
from cuewise.analysis.modality import ModalityFindings, analyse
from cuewise.analysis.study_runs import studies_among
from cuewise.reports.blocks import Bars, Details, HeatMap, Plot, Section, Table, Value, Words
from cuewise.reports.sections.modality import modality_sections, section_of
from support.outcomes import make_outcomes, make_run, make_samples
from support.study import SAMPLES, condition, said, study_runs


@pytest.fixture(scope="module")
def findings() -> ModalityFindings:
    (study,) = studies_among(study_runs())
    return analyse(study)


@pytest.fixture(scope="module")
def section(findings: ModalityFindings) -> Section:
    return section_of(findings)


def words(section: Section) -> str:
    first = section.blocks[0]
    assert isinstance(first, Words)
    return "\n".join(first.paragraphs).replace("\u00a0", " ")


def table(section: Section, name: str) -> Table:
    return next(block for block in section.blocks if isinstance(block, Table) and block.id == name)


def test_words_come_first_and_tell_each_finding(section: Section) -> None:
    text = words(section)
    assert "Given picture and sound together, openai/gpt-4o recognises 80.0 %" in text
    assert "frequent label scores 40.0 %" in text
    assert "44.4 % of answers name the picture's label, 33.3 % the sound's and 22.2 % neither" in text
    assert "given picture alone, 20.0 %" in text
    assert "it keeps 0.0 % at blur of 4 %" in text
    assert "It is not shown that the order of frames matters" in text
    assert "Asked without the clip, the model still scores 20.0 %" in text


def test_fusion_is_not_claimed_where_a_modality_was_not_given_alone() -> None:
    """Together 8 of 10, sound alone none; whether the picture alone would do as well nobody knows."""
    (study,) = studies_among(
        [
            condition(SAMPLES, said("xxxxxxxx.."), ("video", "audio")),
            condition(SAMPLES, said("." * 10), ("audio",)),
        ]
    )
    text = words(section_of(analyse(study)))
    assert "All together are better than the sound alone: +" in text
    assert "not run: the picture alone." in text
    assert "any modality" not in text
    assert "one half of the clips" not in text, "there is nothing to choose from"


def test_several_modalities_that_were_not_given_alone() -> None:
    whole, audio = ("video", "audio", "text"), ("audio",)
    (study,) = studies_among(
        [condition(SAMPLES, said("xxxxxxxx.."), whole), condition(SAMPLES, said("." * 10), audio)]
    )
    assert "not run: the picture alone and the words alone." in words(section_of(analyse(study)))


def test_the_gain_over_the_best_is_told_as_what_it_is(section: Section) -> None:
    told = "decided on one half of the clips and the gain taken on the other"
    assert words(section).count(told) == 1


def test_every_kind_of_block_is_there_with_an_id_of_its_own(section: Section) -> None:
    kinds = [type(block) for block in section.blocks]
    assert {Words, Bars, Table, HeatMap, Plot, Details} <= set(kinds)
    ids = [block.id for block in section.blocks if not isinstance(block, Words | Details)]
    assert len(ids) == len(set(ids))


def test_tables_are_whole(section: Section) -> None:
    for block in section.blocks:
        if isinstance(block, Table):
            assert all(len(row) == len(block.columns) for row in block.rows)
        if isinstance(block, HeatMap):
            assert len(block.cells) == len(block.rows)
            assert all(len(row) == len(block.columns) for row in block.cells)


def test_what_was_given_has_a_dash_in_the_table_of_inventions(section: Section) -> None:
    rows = {row[0].text: row for row in table(section, "modality-invented").rows}  # type: ignore[union-attr]
    assert [cell.value for cell in rows["picture alone"][3:] if isinstance(cell, Value)] == [None, 2, 0]


def test_a_study_without_answers_has_a_section_without_numbers() -> None:
    (study,) = studies_among(
        [condition(SAMPLES, said("-" * 10), given) for given in (("video", "audio"), ("video",))]
    )
    section = section_of(analyse(study))
    assert "nothing can be compared" in words(section)
    assert not _nan(asdict(section))


def test_no_nan_anywhere(section: Section, findings: ModalityFindings) -> None:
    assert not _nan(asdict(section))
    document = findings_document(findings)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["conditions"][0]["condition"] == "together"


def test_the_document_has_each_figure_in_its_place(findings: ModalityFindings) -> None:
    gain = replace(findings.fusion[0], gain=1.5, p_all=0.01, p_adjusted=0.02)
    (told,) = findings_document(replace(findings, fusion=(gain,)))["fusion"]
    assert (told["task"], told["together"], told["alone"]) == ("T", gain.together, gain.alone)
    assert (told["gain"], told["p_better_than_all"], told["p_adjusted"]) == (1.5, 0.01, 0.02)


def test_runs_that_are_no_study_have_no_section(tmp_path: Path) -> None:
    outcomes = make_outcomes(make_samples(8))
    assert modality_sections([make_run(tmp_path, "one", outcomes)]) == ()
    two = [make_run(tmp_path, name, outcomes, model=f"openai/{name}") for name in ("a", "b")]
    assert modality_sections(two) == ()


def _nan(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_nan, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_nan, value))
    return isinstance(value, float) and value != value
