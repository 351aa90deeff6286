"""Submissions are foreign files: whatever is in them, they are read or refused with a reason, and nothing else."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import InputError
from cuewise.submissions import reading
from cuewise.submissions.verify import verify
from support.submissions import Document, made_run, submission_of, tampered


@pytest.fixture(scope="module")
def submission(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("submission")
    return submission_of(made_run(folder, n=16), folder / "run.jsonl")


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        verify(path)
    return str(caught.value)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JSON"),
        (b"\n\n", "no JSON"),
        (b"[1]", "does not say"),
        (b"{}", "does not say"),
        (b'{"format": "cuewise-submission", "version": 7}', "version 7"),
        (b'{"format": "cuewise-submission", "version": NaN}', "no JSON"),
        (b'{"format": "cuewise-submission", "version": 1}', "line 1"),
        (b"[" * 100_000, "no JSON"),
        (b"\x1f\x8b\x08\x00", "cut off|no whole gzip"),
        (b"\xff\xfe\x00", "no JSON"),
    ],
    ids=["empty", "blank", "list", "object", "newer", "nan", "bare", "deep", "gzip", "binary"],
)
def test_what_is_no_submission(content: bytes, why: str, tmp_path: Path) -> None:
    assert re.search(why, refused(write(tmp_path / "a.jsonl", content)))


def test_a_folder_and_nothing(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path)
    assert "cannot be read" in refused(tmp_path / "absent.jsonl")


def test_a_file_that_is_cut_off(submission: Path, tmp_path: Path) -> None:
    whole = gzip.compress(submission.read_bytes())
    for size in (len(whole) // 2, len(whole) - 4):
        assert "cut off" in refused(write(tmp_path / "cut.gz", whole[:size]))
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    refused(write(tmp_path / "damaged.gz", bytes(damaged)))


def test_empty_lines_at_the_end_are_none(submission: Path, tmp_path: Path) -> None:
    whole = submission.read_bytes()
    assert verify(write(tmp_path / "more.jsonl", whole + b"\n \r\n")).reproduces
    first, rest = whole.split(b"\n", 1)
    assert "gap.jsonl, line 2: empty" in refused(write(tmp_path / "gap.jsonl", first + b"\n\n" + rest))


def test_an_endless_line_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_LINE", 10_000)
    bomb = gzip.compress(b"a" * 5_000_000)
    assert len(bomb) < 10_000
    assert "longer than 10,000 bytes" in refused(write(tmp_path / "bomb.gz", bomb))


def test_a_file_that_unpacks_to_too_much(
    submission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 20_000)
    assert "more than 20,000 bytes" in refused(submission)


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1].update(epoch=-1),
        lambda lines: lines[1].update(epoch="0x"),
        lambda lines: lines[1].update(kind="won"),
        lambda lines: lines[1].update(unknown=1),
        lambda lines: lines[1]["sample"].update(labels="anger"),
        lambda lines: lines[1]["verdicts"][0].update(rating=float("nan")),
        lambda lines: lines[1]["verdicts"][0].update(rating=2),
        lambda lines: lines[1]["score"].update(cot=float("inf")),
        lambda lines: lines[1]["evidence"][0].update(id="../../etc/passwd"),
        lambda lines: lines.insert(1, None),
        lambda lines: lines.insert(1, [[]] * 10),
        lambda lines: lines[0]["settings"].update(epochs=10**9),
        lambda lines: lines[0]["settings"].update(epochs=0),
        lambda lines: lines[0]["settings"].update(sampling={"temperature": float("nan")}),
        lambda lines: lines[0].update(overall=None),
        lambda lines: lines[0].update(costs_usd={"answer": "much"}),
        lambda lines: lines[0].update(costs_usd={"answer": -1.0}),
        lambda lines: lines[0].update(costs_usd={"dinner": 1.0}),
        lambda lines: lines[0]["settings"].update(judge_repeats=0),
        lambda lines: lines[0]["settings"].update(judge_repeats=30_000_000),
        lambda lines: lines[0]["settings"].update(prompts={f"prompt {at}": "0" * 64 for at in range(20_000)}),
        lambda lines: lines[0].update(versions={f"package {at}": "1" for at in range(20_000)}),
        lambda lines: lines[1]["answer"].update(output_tokens=10**400),
        lambda lines: lines[1]["score"].update(n_steps=10**400),
        lambda lines: lines[1]["steps"][0].update(index=10**400),
        lambda lines: lines[1]["sample"]["clip"].update(path="/etc/passwd"),
    ],
)
def test_what_does_not_fit_is_refused_by_line(change: Any, submission: Path) -> None:
    assert "tampered-run.jsonl" in refused(tampered(submission, change))


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[0]["settings"].update(n_samples=10**18),
        lambda lines: lines[0]["settings"].update(tasks=[]),
        lambda lines: lines[0]["settings"].update(n_samples=10**400),
        lambda lines: lines[0]["settings"].update(judge_repeats=1000),
        lambda lines: lines[0]["settings"].update(more_judges=[{"name": "j"}] * 9_000, judge_repeats=1000),
        lambda lines: lines[1]["answer"].update(output_tokens=2**53),
        lambda lines: lines[1]["score"].update(n_steps=2**53),
        lambda lines: lines[1]["sample"].update(id="\x1b[2J../../x"),
        lambda lines: lines[1]["sample"].update(labels=[]),
        lambda lines: lines[1]["sample"].update(labels=["nobody"]),
        lambda lines: lines[1]["sample"].update(label_set=["a"], labels=["a"]),
        lambda lines: lines[1]["sample"].update(label_set=[f"label {at}" for at in range(501)]),
        lambda lines: lines[1]["sample"].update(scale=["x", "y"]),
        lambda lines: lines[1].update(steps=[]),
        lambda lines: lines[1].update(verdicts=[]),
        lambda lines: lines[1].pop("answer"),
        lambda lines: lines[1].pop("reading"),
        lambda lines: lines[1].pop("score"),
        lambda lines: lines[1]["steps"][0].update(index=9),
        lambda lines: lines[1]["answer"].update(text="\ud83d"),
        lambda lines: lines[1]["answer"].update(text=""),
        lambda lines: lines[1]["steps"][-1].update(labels=["nobody"]),
    ],
)
def test_what_is_odd_does_not_crash(change: Any, submission: Path) -> None:
    """It is refused, or differs; and what is told of it steers no terminal."""
    try:
        found = verify(tampered(submission, change))
    except InputError as error:
        assert str(error).isprintable()
        return
    assert all(str(one).isprintable() for one in found.differences)
    assert not found.reproduces


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=_json, data=st.data())
def test_any_value_anywhere_is_refused_or_checked(value: Any, data: st.DataObject, submission: Path) -> None:
    def put(lines: list[Document]) -> None:
        place: Any = lines[data.draw(st.integers(0, 3), "line")]
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys), "key")
            if not place[key] or not isinstance(place[key], dict | list) or data.draw(st.booleans(), "here"):
                place[key] = value
                return
            place = place[key]

    try:
        verify(tampered(submission, put)).to_json()
    except InputError as error:
        assert str(error)
