"""Ratings from any CSV file in long form: columns, gaps, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuewise.agreement.long_form import LongFile, read_long
from cuewise.errors import InputError

CROWD = """\
,localid,clipName,queryType,respEmo,ttr
1,r1,1001_IEO_ANG,1,A,2.5
2,r2,1001_IEO_ANG,1,A,
3,r1,1001_IEO_ANG,2,N,3
4,r2,1002_DFA_SAD,1,,4
5,r1,1002_DFA_SAD,1,S,1.5
"""


def crowd(folder: Path, text: str | bytes) -> LongFile:
    path = folder / "crowd.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_long(
        path,
        rater="localid",
        unit=["clipName", "queryType"],
        answer="respEmo",
        cluster="clipName",
        seconds="ttr",
    )


def test_columns_of_a_crowd_study(tmp_path: Path) -> None:
    found = crowd(tmp_path, CROWD)
    assert list(found.ratings.rows()) == [
        (("1001_IEO_ANG", "1"), "r1", "A"),
        (("1001_IEO_ANG", "1"), "r2", "A"),
        (("1001_IEO_ANG", "2"), "r1", "N"),
        (("1002_DFA_SAD", "1"), "r1", "S"),
    ]
    assert found.ratings.cluster.tolist() == [0, 0, 1]
    assert (found.ratings.cluster_kind, found.empty) == ("clipName", 1)
    assert found.seconds is not None
    np.testing.assert_array_equal(found.seconds, [2.5, np.nan, 3, 1.5])


def test_numbers_and_single_columns(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("Rater , sample,score\nana,s1,0.5\nben,s1,1\n")
    found = read_long(path, rater="rater", unit="sample", answer="Score", numeric=True)
    assert list(found.ratings.rows()) == [("s1", "ana", 0.5), ("s1", "ben", 1.0)]
    assert found.seconds is None
    path.write_text("rater,sample,score\nana,s1,good\nben,s1,nan\n")
    with pytest.raises(InputError) as raised:
        read_long(path, rater="rater", unit="sample", answer="score", numeric=True)
    assert str(raised.value).splitlines() == [
        "scores.csv, line 2: `score` is 'good'; write a number",
        "scores.csv, line 3: `score` is 'nan'; write a number",
    ]


def test_categories_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("rater,step,right\nana,1,right\nben,1,wrong\n")
    scale = ("wrong", "cannot tell", "right")
    found = read_long(path, rater="rater", unit="step", answer="right", categories=scale)
    assert found.ratings.categories == scale
    with pytest.raises(InputError, match="a rating is wrong, which is none of the categories"):
        read_long(path, rater="rater", unit="step", answer="right", categories=("right",))


HEADER = CROWD.splitlines()[0] + "\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "crowd.csv: is empty"),
        (HEADER, "crowd.csv holds no ratings: it needs a row for each"),
        (HEADER + "1,r1,c,1,,2\n", r"holds no ratings \(1 rows, each without `respemo`\)"),
        ("localid;clipName;queryType;respEmo;ttr\n", "semicolons"),
        (HEADER + "1,,c,1,A,2\n", "line 2: has no `localid`; every rating needs one"),
        (HEADER + "1,r1,c,,A,2\n", "line 2: has no `querytype`"),
        (HEADER + "1,r1,c,1,A,soon\n", "line 2: `ttr` is 'soon'; write a number"),
        (
            HEADER + "1,r1,c,1,A,2\n\n2,r2,c,1,B,2\n3,r1,c,1,B,2\n",
            "line 5: the rater rated this unit before",
        ),
        (HEADER.encode() + b"1,r\xff,c,1,A,2\n", "line 2: `localid` has bytes that are not UTF-8"),
        (HEADER + '1,"r1,c,1,A,2\n', "line 2: is not CSV"),
        (HEADER + "1,r1,c,1,A,2,7,8\n", "has 8 cells under 6 columns"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        crowd(tmp_path, text)


def test_a_unit_is_of_one_cluster(tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("rater,step,video,right\nana,1,v1,1\nben,1,v\x1b2,1\n")
    with pytest.raises(InputError) as raised:
        read_long(path, rater="rater", unit="step", answer="right", cluster="video")
    assert str(raised.value) == (
        r"steps.csv, line 3: the unit is of v\x1b2, and before it was of v1; a unit is of one `video`"
    )


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.csv cannot be read: No such file"):
        read_long(tmp_path / "none.csv", rater="rater", unit="step", answer="right")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    try:
        found = crowd(tmp_path, HEADER.encode() + data)
    except InputError:
        return
    assert len(found.ratings) > 0
