"""Reading tables of scores from files that others wrote."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.audits.table.files import Printed, read_overall, read_task_scores
from cuewise.errors import InputError

HEADER = "model,task,rec,rea,cot\n"


def file(folder: Path, content: str | bytes) -> Path:
    path = folder / "scores.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "m,ER-Lab,22.6,62.7,42.7\n",
        "\ufeffModel,TASK,Recognition,Reasoning,CoT\r\nm,er_lab,22.6,62.7,42.7\r\n",
        'cot,rea,rec,task,model,note\n42.7, 62.7 ,"22.6",ER-Lab,m,"a, b"\n',
    ],
)
def test_forms_of_one_table(tmp_path: Path, content: str) -> None:
    (row,) = read_task_scores(file(tmp_path, content))
    assert (row.model, row.task, row.where) == ("m", "ER-Lab", "scores.csv, line 2")
    assert row.cells == {
        "recognition": Printed(Fraction(226, 10), 1),
        "reasoning": Printed(Fraction(627, 10), 1),
        "cot": Printed(Fraction(427, 10), 1),
    }


def test_what_a_printed_number_stands_for() -> None:
    number = Printed(Fraction("39.3"), 1)
    assert (number.low, number.high, str(number)) == (Fraction("39.25"), Fraction("39.35"), "39.3")
    whole = Printed(Fraction(39), 0)
    assert (whole.low, whole.high, str(whole)) == (Fraction("38.5"), Fraction("39.5"), "39")


def test_overall_scores_may_say_more(tmp_path: Path) -> None:
    path = file(tmp_path, "model,size,avg_step,recognition,reasoning,cot\nm,7B,3.0,34.1,50.4,42.3\n")
    (row,) = read_overall(path)
    assert row.task is None
    assert row.number("avg_step") == Printed(Fraction(3), 1)
    assert row.number("avg_token") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "scores.csv: is empty"),
        (HEADER, "scores.csv: has no rows"),
        (
            "model;task;rec;rea;cot\nm;ER-Lab;1;2;3\n",
            "(?:has no column model|semicolons between its columns).*commas",
        ),
        ("model,task,rec,rea\nm,IR,1,2\n", "has no column cot with"),
        ("model,task,rea,cot\nm,IR,1,2\n", r"has no column recognition \(or rec\) with"),
        ("model,task,rec,rec,cot\nm,IR,1,2,3\n", "names a column twice"),
        ("model,task,rec,recognition,rea,cot\nm,IR,1,2,3,4\n", "line 2: has two columns for `recognition`"),
        (HEADER + "m,IR,1,2,3\nm,SA,1.0%,2,3\n", "line 3: `recognition` is '1.0%'.*without %"),
        (HEADER + 'm,IR,"22,6",2,3\n', "line 2: `recognition` is '22,6'.*a point"),
        (HEADER + "m,IR,22,6,62,7,42,7\n", "line 2: has 8 cells under 5 columns"),
        (HEADER + ",IR,1,2,3\nm,IR,1,2,3\n", "line 2: names no model"),
        (HEADER + "m,,1,2,3\nm,IR,1,2,3\n", "line 2: names no task"),
        (HEADER + 'm,IR,"1,2,3\n', "line 2: is not CSV"),
        (HEADER.encode() + "mödel,IR,1,2,3\n".encode("latin-1"), "line 2: .*not UTF-8"),
        (HEADER.encode("utf-16"), "not UTF-8"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_task_scores(file(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "model,task,rec,rea,cot\nm,IR,1,2,3\n",
            "has a column `task`.*one row per model: model, recognition",
        ),
        ("model,rec,rea,cot\nm,1,2,3\nn,1,2,3\nm,4,5,6\nn,4,5,6\n", "has each model several times"),
    ],
)
def test_scores_of_single_tasks_are_no_overall_scores(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_overall(file(tmp_path, content))


def test_one_model_twice_among_others_is_a_finding_and_no_error(tmp_path: Path) -> None:
    rows = read_overall(file(tmp_path, "model,rec,rea,cot,task\nm,1,2,3,\nm,1,2,3,\nn,1,2,3,\n"))
    assert [row.model for row in rows] == ["m", "m", "n"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: cannot be read"):
        read_overall(tmp_path / "nowhere.csv")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_bad_input(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = file(tmp_path_factory.getbasetemp(), HEADER.encode() + content)
    try:
        rows = read_task_scores(path)
    except InputError as error:
        assert "scores.csv" in str(error)
        assert str(error).isprintable()
    else:
        assert rows
