"""The authors' own figures: parity on every expected figure, and each rule by hand."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cuewise.scores.judged import JudgedEntry, Reading, Unread, read_judged_file
from cuewise.scores.official import (
    OfficialFigures,
    official_categories,
    official_category,
    official_figures,
    read_official,
)

TASKS = ("ER-Lab", "ER-Wild", "Noise-ER", "FG-ER", "ML-ER", "SA", "FG-SA", "IR")
MULTI_LABEL = ("FG-ER", "ML-ER")


def judged(score: str | None, gold: str = "sad") -> JudgedEntry:
    return JudgedEntry("f.json", 1, "a.mp4", gold, None, score)


def ratings(score: str | None, *, fractions: bool = False) -> tuple[float, ...] | str:
    reading = read_official(judged(score), fractions=fractions)
    return reading.ratings if isinstance(reading, Reading) else reading.code


def printed(figures: OfficialFigures) -> dict[str, Any]:
    """As the authors' scripts print: one decimal."""
    means = ("recognition", "reasoning", "cot", "avg_step")
    return {"count": figures.count} | {name: float(f"{getattr(figures, name):.1f}") for name in means}


@pytest.fixture(scope="module")
def parity(shared_data: Path) -> Path:
    return shared_data / "official-parity"


@pytest.fixture(scope="module")
def expected(parity: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((parity / "expected.json").read_text(encoding="utf-8"))
    return document


@pytest.mark.shared
@pytest.mark.parametrize("task", TASKS)
def test_task_and_category_figures_equal_the_authors(
    task: str, parity: Path, expected: dict[str, Any]
) -> None:
    entries = read_judged_file(parity / f"{task}_eval.json")
    wanted = dict(expected[task])
    categories = wanted.pop("categories", {})
    multi_label = task in MULTI_LABEL
    assert (
        printed(official_figures(read_official(entry, fractions=multi_label) for entry in entries)) == wanted
    )
    assert bool(categories) is not multi_label
    if categories:
        ours = {label: printed(row) for label, row in official_categories(task, entries).items()}
        for row in ours.values():
            row.pop("count")  # the expected rows have none
        assert ours == categories


@pytest.mark.shared
def test_the_overall_figure_equals_the_authors(parity: Path, expected: dict[str, Any]) -> None:
    entries = [entry for task in TASKS for entry in read_judged_file(parity / f"{task}_eval.json")]
    assert set(expected) == {*TASKS, "Overall"}
    assert (
        printed(official_figures(read_official(entry, fractions=True) for entry in entries))
        == expected["Overall"]
    )


@pytest.mark.parametrize(
    ("score", "of_six_tasks", "of_fractions"),
    [
        ("<score>Step 1: 1/1, Step 2: 0/1</score>", (1, 0), (1, 0)),
        ("<score>Step 1: 1/1, Step 2: 3/4</score>", (1,), (1, 0.75)),  # the last rating goes missing
        ("<score>Step 1:1/1, Step 2: 0/1</score>", (0,), (1, 0)),
        ("<score>Step 1:  1/1</score>", "no_ratings", (1,)),  # two spaces
        ("<score>Step 1: 1/10</score>", (1,), (0.1,)),
        ("<score>Step 1: 12/1</score>", "no_ratings", (12,)),
        ("<score>Step 1: 2/1</score>", (2,), (2,)),
        ("<score>Step 1: 3/2</score>", "no_ratings", (1.5,)),
        ("<score>Step 1: 1/0</score>", "no_ratings", (0,)),
        ("<score>Step 1: 0/1, Overall: 1/1</score>", (0, 1), (0, 1)),
        ("Use <score>Step 1: 1/1</score>. <score>Step 1: 0/1</score>", (1,), (1,)),  # the first pair
        ("<score>a <score>b: 0/1</score>", (0,), (0,)),
        ("</score><score>: 1/1</score>", (1,), (1,)),
        ("<score>\n: 0/1</score>\n<score>: 1/1</score>", (1,), (1,)),  # the first on one line
        ("<score>\nStep 1: 1/1</score>", "no_block", "no_block"),
        ("<score>Step 1: 1/1", "no_block", "no_block"),
        ("<Score>Step 1: 1/1</Score>", "no_block", "no_block"),
        ("<score></score>", "no_ratings", "no_ratings"),
        ("", "no_block", "no_block"),
        (None, "no_judgement", "no_judgement"),
    ],
)
def test_each_rule(score: str | None, of_six_tasks: object, of_fractions: object) -> None:
    assert ratings(score) == of_six_tasks
    assert ratings(score, fractions=True) == of_fractions


def test_what_cannot_be_read_leaves_the_denominator() -> None:
    entries = [judged("<score>Step 1: 1/1</score>")] * 60 + [judged(None)] * 40
    figures = official_figures(read_official(entry, fractions=False) for entry in entries)
    assert (figures.count, figures.recognition) == (60, 100)


def test_nothing_read_is_undefined() -> None:
    assert official_figures([Unread("no_block", "")]) == OfficialFigures(0, None, None, None, None)
    assert official_categories("SA", [judged(None)]) == {}


def test_categories_are_pooled_in_er_wild_alone() -> None:
    aliases = {
        "angry": "anger",
        "disgusted": "disgust",
        "happy": "happiness",
        "sad": "sadness",
        "surprised": "surprise",
    }
    for label, pooled in aliases.items():
        assert official_category("ER-Wild", judged(None, label)) == pooled
        assert official_category("Noise-ER", judged(None, label)) == label
    assert official_category("ER-Wild", judged(None, "Happy")) == "Happy"
    rows = official_categories(
        "ER-Wild", [judged("<score>: 1/1</score>", "sad"), judged("<score>: 0/1</score>", "sadness")]
    )
    assert rows == {"sadness": OfficialFigures(2, 50, 0, 25, 1)}


@pytest.mark.parametrize("rating", ["9" * 5000 + "/1", "9" * 400 + "/1", "1/" + "9" * 5000])
def test_numbers_past_what_python_converts_are_skipped(rating: str) -> None:
    assert ratings(f"<score>Step 1: {rating}</score>", fractions=True) == "number_too_long"


@pytest.mark.parametrize("hostile", ["<score>" * 200_000, "<score>" + ": " * 400_000 + "</score>"])
def test_hostile_texts_take_no_long_time(hostile: str) -> None:
    start = time.thread_time()
    assert ratings(hostile, fractions=True) in {"no_block", "no_ratings"}
    assert time.thread_time() - start < 5


PIECES = st.sampled_from(
    [
        "<score>",
        "</score>",
        "<step>",
        "</step>",
        "Step 1",
        "Step 2",
        ": ",
        ":",
        "1/1",
        "0/1",
        "3/2",
        "\n",
        "٣",
        "/",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)), st.booleans())
@example("<score>: ²/1</score>", True)
def test_no_text_crashes_it(text: str, fractions: bool) -> None:
    reading = read_official(judged(text), fractions=fractions)
    if isinstance(reading, Reading):
        assert reading.ratings
        assert all(rating >= 0 for rating in reading.ratings)
