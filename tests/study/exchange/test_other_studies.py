"""Ratings of another study are refused, also where its items have the same numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.study.exchange.bringing_in import FileFormat, read_ratings
from cuewise.study.exchange.table import write_table
from cuewise.study.records import Item, Said, Study, StudyKind
from support.studies import rated_run, study_of

UNTOLD = ("study_sha256",)
"""What a table that was made by hand, or by an earlier version, does not tell."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    workspace = tmp_path_factory.mktemp("workspace")
    return study_of([rated_run(workspace, n=40)], workspace, n=12)


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Study:
    workspace = tmp_path_factory.mktemp("workspace")
    return study_of([rated_run(workspace, n=40)], workspace, n=12, kind=StudyKind.QUESTION)


def all_said(study: Study, item: Item) -> Said:
    """All that is asked of an item, by ana: every step is right, the first label holds."""
    steps = dict.fromkeys(item.rated, "right")
    asked = study.labels_asked(item)
    return Said(rater="ana", item=item.id, steps=steps, label=asked[:1] if asked else None, done=True)


def rows_of(study: Study) -> list[dict[str, str]]:
    """The table of a study of which all is said."""
    file = io.StringIO()
    write_table(study, [all_said(study, item) for item in study.drawn], file)
    return list(csv.DictReader(io.StringIO(file.getvalue())))


def as_table(tmp_path: Path, rows: Sequence[dict[str, str]], *, without: Sequence[str] = ()) -> Path:
    """The rows in a file, without some of their columns."""
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = [column for column in rows[0] if column not in without]
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("kind", list(StudyKind))
def test_numbers_of_items_are_not_enough(tmp_path: Path, kind: StudyKind) -> None:
    """Studies of one run by other lots have items of the same numbers, which are of other samples."""
    run = rated_run(tmp_path, n=40)
    one, other = (study_of([run], tmp_path, n=12, kind=kind, attention=0, seed=seed) for seed in (1, 2))
    rows = rows_of(one)
    assert {row["item"] for row in rows} == {item.id for item in other.drawn}
    path = as_table(tmp_path, rows, without=UNTOLD)
    assert len(read_ratings(path, FileFormat.CSV, one)) == 12
    with pytest.raises(
        InputError, match=r"rows\.csv, line [0-9]+: item i[0-9]+ is of sample .* Import them into"
    ):
        read_ratings(path, FileFormat.CSV, other)


@pytest.mark.parametrize("column", ["sample", "clip", "run", "epoch"])
def test_what_a_row_says_of_its_item_must_be_so(study: Study, tmp_path: Path, column: str) -> None:
    """One row alone is wrong."""
    first, *others = (row | {"epoch": "0"} for row in rows_of(study))
    assert len(read_ratings(as_table(tmp_path, [first, *others]), FileFormat.CSV, study)) == 12
    wrong = as_table(tmp_path, [{**first, column: "7"}, *others])
    with pytest.raises(
        InputError, match=rf"line 2: item {first['item']} is of {column} .* and not of 7; are"
    ):
        read_ratings(wrong, FileFormat.CSV, study)


@pytest.mark.parametrize(("column", "as_told"), [("question", ""), ("run", "mine")])
def test_of_the_question_too(question: Study, tmp_path: Path, column: str, as_told: str) -> None:
    """Also where an item is told by its sample."""
    first, *others = rows_of(question)
    sound = {**first, column: as_told or first[column]}
    for without in ((), ("item",)):
        path = as_table(tmp_path, [sound, *others], without=without)
        assert len(read_ratings(path, FileFormat.CSV, question)) == 12
    with pytest.raises(InputError, match=f"line 2: item i[0-9]+ is of {column} .* and not of 7; are"):
        read_ratings(as_table(tmp_path, [{**first, column: "7"}, *others]), FileFormat.CSV, question)


@pytest.mark.parametrize("kind", list(StudyKind))
def test_a_table_knows_its_study(tmp_path: Path, kind: StudyKind) -> None:
    """Another one of the same samples, made at another time, has the same items."""
    one = study_of([rated_run(tmp_path, n=40)], tmp_path, n=12, kind=kind)
    other = one.model_copy(update={"plan": one.plan.model_copy(update={"created_at": "2026-01-02"})})
    rows = rows_of(one)
    assert {row["study_sha256"] for row in rows} == {one.sha256()}
    assert len(read_ratings(as_table(tmp_path, rows), FileFormat.CSV, one)) == 12
    with pytest.raises(
        InputError, match=r"^rows\.csv, line 2: holds ratings of another study than study, .*$"
    ):
        read_ratings(as_table(tmp_path, rows), FileFormat.CSV, other)
    untold = as_table(tmp_path, rows, without=UNTOLD)
    assert len(read_ratings(untold, FileFormat.CSV, other)) == 12
    some_untold = as_table(tmp_path, [*rows[:-1], {**rows[-1], "study_sha256": ""}])
    assert len(read_ratings(some_untold, FileFormat.CSV, one)) == 12
