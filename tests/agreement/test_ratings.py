"""Files of ratings: what is read, what several raters come to, and what is refused with file and line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.agreement.ratings import StepRating, Truth, read_ratings, settle
from cuewise.errors import InputError

HEADER = "sample,step,right\n"


def write(folder: Path, text: str | bytes, name: str = "ratings.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def rate(*said: bool | None, step: int = 1) -> list[StepRating]:
    return [StepRating("a", step, right, str(number)) for number, right in enumerate(said)]


def test_every_way_to_say_it_in_csv(tmp_path: Path) -> None:
    said = ["1", "right", " Right ", "0", "WRONG", "cannot tell", "cannot_tell"]
    path = write(tmp_path, HEADER + "".join(f"SA/a,{n},{word}\n" for n, word in enumerate(said, 1)))
    ratings = read_ratings(path).ratings
    assert [rating.right for rating in ratings] == [True, True, True, False, False, None, None]
    assert [rating.step for rating in ratings] == [1, 2, 3, 4, 5, 6, 7]
    assert ratings[0] == StepRating("SA/a", 1, True, "", "ratings.csv, line 2")


def test_every_way_to_say_it_in_json(tmp_path: Path) -> None:
    said = [1, True, "right", "1", 0, False, "wrong", "cannot tell"]
    rows = [{"sample": "a", "step": n, "right": word, "rater": None} for n, word in enumerate(said, 1)]
    path = write(tmp_path, "\n".join(json.dumps(row) for row in rows), "ratings.jsonl")
    assert [rating.right for rating in read_ratings(path).ratings] == [True] * 4 + [False] * 3 + [None]


def test_raters_and_other_columns(tmp_path: Path) -> None:
    path = write(tmp_path, 'Rater,notes,sample,step,right\nana,"said, twice",a,1,1\nben,,a,1,0\n')
    assert [rating.rater for rating in read_ratings(path).ratings] == ["ana", "ben"]


def test_of_a_table_of_several_runs_one_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "sample,step,right,rater,run\na,1,1,ana,mine\na,1,0,ana,other\na,2,bad,ana,other\na,2,0,ana,\n",
    )
    read = read_ratings(path, run="mine")
    assert [(one.step, one.right) for one in read.ratings] == [(1, True), (2, False)]
    assert (read.empty, read.others) == (0, 2)
    assert settle(read.ratings)["a"][1].truth is Truth.RIGHT
    alone = write(tmp_path, "sample,step,right,run\na,1,1,mine\n", "alone.csv")
    with pytest.raises(InputError, match="no ratings of run third: its column `run` names mine"):
        read_ratings(alone, run="third")


def test_a_row_that_names_no_run_is_of_any(tmp_path: Path) -> None:
    rows = [
        {"sample": "a", "step": step, "right": 1, "run": run}
        for step, run in enumerate(("", None, "mine", "other"), 1)
    ]
    path = write(tmp_path, "\n".join(json.dumps(row) for row in rows), "ratings.jsonl")
    read = read_ratings(path, run="mine")
    assert ([one.step for one in read.ratings], read.others) == ([1, 2, 3], 1)


def test_without_a_run_asked_for_all_rows_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, "sample,step,right,run\na,1,1,mine\na,2,1,other\na,3,1,\n")
    read = read_ratings(path)
    assert ([one.step for one in read.ratings], read.others) == ([1, 2, 3], 0)


def test_rows_not_filled_in_are_left_out_and_counted(tmp_path: Path) -> None:
    read = read_ratings(write(tmp_path, HEADER + "a,1,1\na,2,\na,3,  \n,,\nb,1,cannot tell\n"))
    assert [(rating.sample, rating.step) for rating in read.ratings] == [("a", 1), ("b", 1)]
    assert read.empty == 2
    rows = '{"sample": "a", "step": 1, "right": null}\n{"sample": "a", "step": 2, "right": 0}\n'
    read = read_ratings(write(tmp_path, rows, "ratings.jsonl"))
    assert ([rating.right for rating in read.ratings], read.empty) == ([False], 1)


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).filter(
    lambda text: text == text.strip()
)
RATINGS = st.lists(
    st.tuples(TEXT, st.integers(1, 999_999), st.sampled_from([True, False, None]), TEXT),
    min_size=1,
    max_size=10,
)


@given(RATINGS)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, bool | None, str]]
) -> None:
    words = {True: "right", False: "wrong", None: "cannot tell"}
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["sample", "step", "right", "rater"])
    writer.writerows([sample, step, words[right], rater] for sample, step, right, rater in rows)
    lines = "\n".join(
        json.dumps({"sample": sample, "step": step, "right": words[right], "rater": rater})
        for sample, step, right, rater in rows
    )
    folder = tmp_path_factory.mktemp("ratings")
    for path in (write(folder, text.getvalue()), write(folder, lines, "ratings.jsonl")):
        read = read_ratings(path).ratings
        assert [(each.sample, each.step, each.right, each.rater) for each in read] == rows


@given(st.binary(max_size=300), st.sampled_from(["ratings.csv", "ratings.jsonl"]))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    path = write(tmp_path_factory.mktemp("ratings"), content, name)
    try:
        assert read_ratings(path).ratings
    except InputError as error:
        assert name in str(error)
        assert str(error).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",1,1", "line 2: has no `sample`"),
        ("a,0,1", "line 2: `step` is '0'"),
        ("a,-1,1", "`step` is '-1'"),
        ("a,1.0,1", "`step` is '1.0'"),
        ("a,١,1", "`step` is"),
        ("a,99999999999999999999,1", "`step` is"),
        ("a,1,yes", "line 2: `right` is 'yes'; write 1 or right, 0 or wrong, or cannot tell"),
        ("a,1,0.5", "`right` is '0.5'"),
        ("a,1,1,1", "4 cells under 3 columns"),
        ('a,1,"1', "is not CSV"),
        ("a,1,\x1b[2J", r"\x1b"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read_ratings(write(tmp_path, HEADER + row + "\n"))
    assert str(caught.value).startswith("ratings.csv, line 2")
    assert problem in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "row",
    [
        '{"sample": ["a"], "step": 1, "right": 1}',
        '{"sample": "a", "step": true, "right": 1}',
        '{"sample": "a", "step": 1.0, "right": 1}',
        '{"sample": "a", "step": 1, "right": 2}',
        '{"sample": "a", "step": 1, "right": {}}',
        '{"sample": "a", "step": 1, "right": 1, "rater": 7}',
        '{"sample": "\\ud800", "step": 1, "right": 1}',
        '{"sample": "a", "step": ' + "9" * 5000 + ', "right": 1}',
        "[1]",
        "[" * 100_000,
        "{",
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, row: str) -> None:
    with pytest.raises(InputError, match=r"ratings\.jsonl, line 1"):
        read_ratings(write(tmp_path, row, "ratings.jsonl"))


def test_many_bad_rows_are_counted(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_ratings(write(tmp_path, HEADER + "a,1,yes\n" * 10))
    lines = str(caught.value).split("\n")
    assert len(lines) == 4
    assert lines[-1] == "and 7 more"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("ratings.csv", "", "is empty"),
        ("ratings.csv", HEADER, "holds no ratings"),
        ("ratings.csv", "clip,step,right\na,1,1\n", "has no `sample`"),
        ("ratings.csv", "sample,step\na,1\na,2\n", r"no ratings \(2 rows, each without `right`\)"),
        ("ratings.xlsx", "PK", "ends in .csv or .jsonl"),
    ],
)
def test_files_that_hold_no_ratings(tmp_path: Path, name: str, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_ratings(write(tmp_path, text, name))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_ratings(tmp_path / "ratings.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        read_ratings(tmp_path / "folder.csv")


@pytest.mark.parametrize(
    ("said", "truth"),
    [
        ((True,), Truth.RIGHT),
        ((False,), Truth.WRONG),
        ((None,), Truth.CANNOT_TELL),
        ((True, True, False), Truth.RIGHT),
        ((True, False, False, None), Truth.WRONG),
        ((True, False), Truth.TIED),
        ((None, None), Truth.CANNOT_TELL),
        # To be unable to tell is no vote.
        ((True, None), Truth.RIGHT),
        ((False, None, None), Truth.WRONG),
        ((True, False, None), Truth.TIED),
        ((True, True, None, None, None, False), Truth.RIGHT),
    ],
)
def test_what_several_raters_come_to(said: tuple[bool | None, ...], truth: Truth) -> None:
    assert settle(rate(*said))["a"][1].truth is truth


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=9), st.randoms())
def test_the_order_of_raters_does_not_matter(said: list[bool | None], dice: object) -> None:
    shuffled = list(said)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random made by hypothesis
    assert settle(rate(*said))["a"][1].truth is settle(rate(*shuffled))["a"][1].truth


def test_the_same_rater_twice(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a,1,1\na,2,1\na,1,1\n")
    with pytest.raises(
        InputError, match=r"line 4: step 1 of sample a .* after ratings.csv, line 2; name the raters"
    ):
        settle(read_ratings(path).ratings)
    path = write(tmp_path, "sample,step,right,rater\na,1,1,ana\na,1,0,ben\na,1,0,ana\n")
    with pytest.raises(InputError, match="rated by rater ana a second time"):
        settle(read_ratings(path).ratings)
