"""Ratings of another study are refused, also where its items have the same numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.study.exchange.bringing_in import FileFormat, read_ratings
from cuewise.study.exchange.document import document
from cuewise.study.exchange.label_studio import tasks
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


@pytest.mark.parametrize("asks", list(StudyKind))
def test_a_table_of_the_other_kind_is_refused(tmp_path: Path, asks: StudyKind) -> None:
    """Of the very same samples, told by them alone: nothing else could tell."""
    run = rated_run(tmp_path, n=12)
    studies = {kind: study_of([run], tmp_path, n=10, kind=kind, attention=0) for kind in StudyKind}
    [other] = studies.keys() - {asks}
    path = as_table(tmp_path, rows_of(studies[other]), without=(*UNTOLD, "item"))
    assert len(read_ratings(path, FileFormat.CSV, studies[other])) == 10
    has, lacks = ("right", "labels") if other is StudyKind.STEPS else ("labels", "right")
    told = rf"^rows\.csv, line 2: has `{has}`, as in a study of kind {other}, and no `{lacks}`; study is of kind {asks}"
    with pytest.raises(InputError, match=told):
        read_ratings(path, FileFormat.CSV, studies[asks])


@pytest.mark.parametrize("column", ["step", "right", "label_holds", "label"])
def test_a_column_of_steps_beside_labels_is_no_harm(question: Study, tmp_path: Path, column: str) -> None:
    """Any of them tells a table of steps, but where labels are named too."""
    first, *others = (row | {column: "1"} for row in rows_of(question))
    assert len(read_ratings(as_table(tmp_path, [first, *others]), FileFormat.CSV, question)) == 12
    nothing_said = [{**first, "labels": "", "done": "0"}, *others]
    # What tells its study is of this one, whatever else stands in it.
    read = read_ratings(as_table(tmp_path, nothing_said), FileFormat.CSV, question)
    assert [one.said.label for one in read].count(None) == 1
    without = as_table(tmp_path, nothing_said, without=["study_sha256"])
    with pytest.raises(InputError, match=f"line 2: has `{column}`, .* and no `labels`"):
        read_ratings(without, FileFormat.CSV, question)


def as_file(tmp_path: Path, file_format: FileFormat, study: Study, said: Sequence[Said]) -> Path:
    """Answers of ana as they are exported, or as Label Studio exports them."""
    path = tmp_path / f"said.{'csv' if file_format is FileFormat.CSV else 'json'}"
    if file_format is FileFormat.CSV:
        with path.open("w", encoding="utf-8", newline="") as file:
            write_table(study, said, file)
    elif file_format is FileFormat.JSON:
        ratings = [one.model_dump(mode="json", exclude_defaults=True) for one in said]
        path.write_text(json.dumps({**document(study, None), "ratings": ratings}))
    else:
        by_item = {
            task["data"]["item"]: task["data"] for task in tasks(study, lambda item: item.sample.clip.id)
        }
        exported = []
        for one in said:
            item = study.item(one.item)
            assert item is not None
            steps = [(f"step_{item.rated.index(step)}", [value]) for step, value in one.steps.items()]
            label = [] if one.label is None else [("label", list(one.label))]
            result = [{"from_name": name, "value": {"choices": values}} for name, values in (*steps, *label)]
            exported.append(
                {"data": by_item[one.item], "annotations": [{"completed_by": "ana", "result": result}]}
            )
        path.write_text(json.dumps(exported))
    return path


@pytest.mark.parametrize("file_format", list(FileFormat))
@pytest.mark.parametrize("kind", list(StudyKind))
def test_what_is_done_has_an_answer(tmp_path: Path, kind: StudyKind, file_format: FileFormat) -> None:
    """In a study of the question it would count as one who names nothing; and nothing else of the file is used."""
    study = study_of([rated_run(tmp_path, n=40)], tmp_path, n=12, kind=kind, attention=0)
    sound = [all_said(study, item) for item in study.drawn]
    assert len(read_ratings(as_file(tmp_path, file_format, study, sound), file_format, study)) == 12
    empty = Said(rater="ana", item=sound[3].item, note="", done=True)
    path = as_file(tmp_path, file_format, study, [*sound[:3], empty, *sound[4:]])
    asked = "the label" if kind is StudyKind.QUESTION else "step 1"
    told = f"item {empty.item}: is done, and nothing that is asked is answered; missing: {asked}"
    with pytest.raises(InputError, match=told):
        read_ratings(path, file_format, study)
    begun = empty.model_copy(update={"note": "hard", "done": False})
    if file_format is not FileFormat.LABEL_STUDIO:  # where all that is handed in is done
        path = as_file(tmp_path, file_format, study, [*sound[:3], begun, *sound[4:]])
        assert len(read_ratings(path, file_format, study)) == 12
