"""The strict reading: each known fault of judged files is either read rightly or refused with a reason."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.scores.judged import JudgedEntry, Reading, Unread
from cuewise.scores.strict import Refusal, count_steps, read_strict, strict_figures


def judged(score: str | None, n_steps: int = 2, gold: str | None = "sad") -> JudgedEntry:
    step = "<step>" + " ".join(f"Step {k}: claim." for k in range(1, n_steps + 1)) + "</step>"
    return JudgedEntry("f.json", 1, "a.mp4", gold, step, score)


def read(score: str | None, n_steps: int = 2) -> tuple[float, ...] | str:
    return told(read_strict(judged(score, n_steps), separator=None))


def told(reading: Reading | Unread) -> tuple[float, ...] | str:
    if isinstance(reading, Reading):
        return reading.ratings
    assert reading.reason
    return reading.code


@pytest.mark.parametrize(
    "score",
    [
        "<score>Step 1: 1/1, Step 2: 0/1</score>",
        "<score>\nStep 1: 1/1\nStep 2: 0/1\n</score>",
        "<score>\r\nStep 1: 1/1,\r\nStep 2: 0/1.</score>\n",
        "<score>Step1:1/1, Step2:0/1</score>",
        "<score>Step 1: 1/1; step 2 : 0 / 1</score>",
        "<score>- **Step 1: 1/1**\n- **Step 2: 0/1**</score>",
        "Here is my rating. <score>Step 1: 1/1, Step 2: 0/1</score> I hope it helps.",
        "<Score>Step 1: 1/1, Step 2: 0/1</Score >",
    ],
)
def test_forms_that_mean_one_thing_are_read(score: str) -> None:
    assert read(score) == (1, 0)


@pytest.mark.parametrize(
    ("score", "refusal"),
    [
        (None, Refusal.NO_JUDGEMENT),
        (" \n", Refusal.NO_JUDGEMENT),
        ("I am sorry, I cannot rate this.", Refusal.NO_BLOCK),
        ("Step 1: 1/1, Step 2: 0/1", Refusal.NO_BLOCK),
        ("<score>Step 1: 1/1, Step 2: 0/1", Refusal.OPEN_BLOCK),
        ("Step 1: 1/1, Step 2: 0/1</score>", Refusal.OPEN_BLOCK),
        ("</score>Step 1: 1/1, Step 2: 0/1<score>", Refusal.OPEN_BLOCK),
        ("<score><score>Step 1: 1/1, Step 2: 0/1</score></score>", Refusal.OPEN_BLOCK),
        (
            "The format is <score>Step 1: 1/1</score>. <score>Step 1: 1/1, Step 2: 0/1</score>",
            Refusal.SECOND_BLOCK,
        ),
        (
            "<score>Step 1: 1/1, Step 2: 0/1</score><score>Step 1: 1/1, Step 2: 0/1</score>",
            Refusal.SECOND_BLOCK,
        ),
        ("<score>Step 1: 1/1, Step 2: 0/1, Overall: 1/1</score>", Refusal.SECOND_READING),
        ("<score>Step 1: 1/1, Step 2: 0/1</score> Overall: 1/1", Refusal.SECOND_READING),
        ("Step 2: wrong. <score>Step 1: 1/1, Step 2: 0/1</score>", Refusal.SECOND_READING),
        ("<score>Step 1: 1/1, Step 2: 0/1 or so</score>", Refusal.SECOND_READING),
        ("<score>Step 1: 1/1.5, Step 2: 0/1</score>", Refusal.SECOND_READING),
        ("<score>Step 1: 1/1/1, Step 2: 0/1</score>", Refusal.SECOND_READING),
        ("<score>Step 1: 1/1, Step 2: N/A</score>", Refusal.UNRATED_STEP),
        ("<score>Step 1: 1/1, Step 2: -1/1</score>", Refusal.UNRATED_STEP),
        ("<score>Step 1: 1/1, Step 2: ١/١</score>", Refusal.UNRATED_STEP),
        ("<score> , </score>", Refusal.UNRATED_STEP),
        ("<score>Step 2: 1/1, Step 1: 0/1</score>", Refusal.ORDER),
        ("<score>Step 1: 1/1, Step 1: 0/1</score>", Refusal.ORDER),
        ("<score>Step 0: 1/1, Step 1: 0/1</score>", Refusal.ORDER),
        ("<score>Step 1: 1/1</score>", Refusal.STEP_COUNT),
        ("<score>Step 1: 1/1, Step 2: 1/1, Step 3: 0/1</score>", Refusal.STEP_COUNT),
        ("<score>Step 1: 1/10, Step 2: 1/10</score>", Refusal.OFF_SCALE),
        ("<score>Step 1: 1/1, Step 2: 2/1</score>", Refusal.OFF_SCALE),
        ("<score>Step 1: 3/2, Step 2: 1/1</score>", Refusal.OFF_SCALE),
        ("<score>Step 1: 1/1, Step 2: 1/2</score>", Refusal.OFF_SCALE),
        ("<score>Step 1: 1/1, Step 2: 0/0</score>", Refusal.OFF_SCALE),
        ("<score>Step 1: 01/1, Step 2: 1/1</score>", Refusal.OFF_SCALE),
        (f"<score>Step 1: 1/1, Step 2: {'9' * 5000}/1</score>", Refusal.OFF_SCALE),
    ],
)
def test_everything_else_is_refused_with_a_reason(score: str | None, refusal: Refusal) -> None:
    assert read(score) == refusal


def test_reasons_are_short_and_name_the_step() -> None:
    reading = read_strict(judged(f"<score>Step 1: 1/1, Step 2: {'9' * 5000}/1</score>"), separator=None)
    assert isinstance(reading, Unread)
    assert "step 2" in reading.reason
    assert len(reading.reason) < 100


@pytest.mark.parametrize(
    ("gold", "rated", "wanted"),
    [
        ("sad", "1/1", (1, 1)),
        ("sad, angry", "1/2", (1, 0.5)),
        ("sad,angry,calm,", "2/3", (1, 2 / 3)),
        ("sad,sad", "1/1", (1, 1)),
        ("sad,angry", "1/1", Refusal.OFF_SCALE),
        ("sad,angry", "3/2", Refusal.OFF_SCALE),
        ("sad,angry", "1/3", Refusal.OFF_SCALE),
        (" , ", "1/1", Refusal.GOLD_UNCLEAR),
        (None, "1/1", Refusal.GOLD_UNCLEAR),
    ],
)
def test_the_last_step_of_a_multi_label_task_counts_gold_labels(
    gold: str | None, rated: str, wanted: object
) -> None:
    entry = judged(f"<score>Step 1: 1/1, Step 2: {rated}</score>", gold=gold)
    assert told(read_strict(entry, separator=",")) == wanted


def test_reasoning_steps_of_a_multi_label_task_are_right_or_wrong() -> None:
    entry = judged("<score>Step 1: 1/2, Step 2: 1/2</score>", gold="a;b")
    assert told(read_strict(entry, separator=";")) == Refusal.OFF_SCALE


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("<step>Step 1: He frowns. Step 2: Sad.</step>", 2),
        ("<step>\nStep 1: He frowns.\nStep 2: Sad.\n</step>", 2),
        ("Step 1: He frowns.\nStep 2: Sad.", 2),
        ("**Step 1:** He frowns.\n**Step 2:** Sad.", 2),
        ("Sure! <step>Step 1: Sad.</step> Done.", 1),
        ("Step 1: He frowns.\nStep 2: As Step 1: says, sad.", 2),  # lines begin with steps
        ("Step 1: He frowns. Step 2: He sighs.\nStep 3: Sad.", 3),
        ("Step 1: He frowns. Step 2: As Step 1: says, sad.", None),  # or a repeated first step
        ("Step 1: a.\nStep 3: b.", None),
        ("Step 2: a. Step 1: b.", None),
        ("Step 0: a. Step 1: b.", None),
        ("<step>Step 1: a. Step 2:", None),  # cut off
        ("<step>Step 1: x</step> <step>Step 1: a. Step 2: b.</step>", None),
        ("<step>Step 1: a.</step>\n<step>Step 2: b.</step>", 2),
        ("Error: the server did not answer", None),
        ("<step></step>", None),
        ("", None),
    ],
)
def test_steps_are_counted_only_where_they_can_be(text: str, count: int | None) -> None:
    assert count_steps(text) == count


def test_an_entry_whose_steps_cannot_be_counted_is_unscored() -> None:
    entry = JudgedEntry("f.json", 1, "a", "sad", "Error: timeout", "<score>Step 1: 1/1</score>")
    assert told(read_strict(entry, separator=None)) == Refusal.STEPS_UNCLEAR


def test_a_defect_matters_where_the_field_is_needed() -> None:
    entry = JudgedEntry(
        "f.json",
        1,
        "a",
        None,
        "Step 1: x",
        "<score>Step 1: 1/1</score>",
        {"ground_truth": "`ground_truth` is absent"},
    )
    assert told(read_strict(entry, separator=None)) == (1,)
    assert told(read_strict(entry, separator=",")) == Refusal.DEFECTIVE_ENTRY


def test_sixty_right_and_forty_failed_is_sixty_with_coverage_sixty() -> None:
    entries = [judged("<score>Step 1: 1/1, Step 2: 1/1</score>")] * 60 + [judged(None)] * 40
    figures = strict_figures((entry, read_strict(entry, separator=None)) for entry in entries)
    assert (figures.count, figures.scored, figures.coverage) == (100, 60, 60)
    assert (figures.recognition, figures.reasoning, figures.cot, figures.avg_step) == (60, 60, 60, 2)
    assert figures.outcomes == {"scored": 60, "no_judgement": 40}


def test_figures_by_hand() -> None:
    scores = ["<score>Step 1: 1/1, Step 2: 0/1</score>", "<score>Step 1: 0/1, Step 2: 1/1</score>", None, "?"]
    entries = [judged(score) for score in scores]
    figures = strict_figures((entry, read_strict(entry, separator=None)) for entry in entries)
    assert (figures.recognition, figures.reasoning, figures.cot) == (25, 25, 25)  # (1 + 0 + 0 + 0) / 4 each


@pytest.mark.parametrize(
    "hostile",
    [
        "<score>" * 100_000,
        "<" + " " * 100_000,
        "<score>" + "Step" + " " * 100_000 + "</score>",
        "<score>Step 1: 1/1" + " ," * 100_000 + "x</score>",
        "<score>" + "1 " * 100_000 + "</score>" + "1 " * 100_000,
    ],
)
def test_hostile_texts_take_no_long_time(hostile: str) -> None:
    start = time.thread_time()
    assert isinstance(read(hostile), str)
    count_steps(hostile.replace("score", "step"))
    assert time.thread_time() - start < 5


PIECES = st.sampled_from(
    [
        *("<score>", "</score>", "<step>", "</step>", "Step 1", "Step 2", "Step 3", ": ", ":", ", ", "\n"),
        *("1/1", "0/1", "1/2", "2/2", "3/2", "1/10", "N/A", "Overall", "x"),
    ]
)
TEXTS = st.one_of(st.none(), st.text(), st.lists(PIECES, max_size=30).map("".join))


@given(score=TEXTS, step=TEXTS, gold=TEXTS, separator=st.sampled_from([None, ",", ";"]))
def test_no_text_crashes_it_and_ratings_stay_in_range(
    score: str | None, step: str | None, gold: str | None, separator: str | None
) -> None:
    reading = read_strict(JudgedEntry("f.json", 1, None, gold, step, score), separator=separator)
    if isinstance(reading, Reading):
        assert reading.n_steps == count_steps(step or "")
        assert all(0 <= rating <= 1 for rating in reading.ratings)
    else:
        assert reading.code in set(Refusal)


@given(st.lists(st.integers(0, 1), min_size=1, max_size=12), st.sampled_from([", ", "\n", ",\n", "; "]))
def test_what_is_written_in_form_is_read_back(points: list[int], separator: str) -> None:
    score = separator.join(f"Step {step}: {point}/1" for step, point in enumerate(points, start=1))
    assert read(f"<score>{score}</score>", n_steps=len(points)) == tuple(points)
