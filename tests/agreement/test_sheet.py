"""The sheet for raters: drawn by lot, blind to the judge, and read again as it was meant."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.agreement.cells import as_cell
from cuewise.agreement.ratings import read_ratings, settle
from cuewise.agreement.sheet import COLUMNS, draw, write_sheet
from cuewise.agreement.truth import judged_by_people
from cuewise.records import Decision, Outcome, OutcomeKind, Protocol, Step
from support.outcomes import make_outcome, make_outcomes, make_samples

OUTCOMES = make_outcomes(make_samples(60), fail_every=4)


def rows_of(outcomes: list[Outcome]) -> list[dict[str, str]]:
    file = io.StringIO()
    n_steps = write_sheet(outcomes, file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert len(rows) == n_steps
    return rows


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 5))
def test_a_smaller_draw_is_the_beginning_of_a_larger(n: int, more: int, seed: int) -> None:
    small, large = draw(OUTCOMES, min(n, more), seed), draw(OUTCOMES, max(n, more), seed)
    assert large[: len(small)] == small
    assert len(large) == min(max(n, more), 45)  # of 60 samples every fourth has no score


def test_only_samples_with_judged_reasons_are_drawn() -> None:
    bare = make_outcome(make_samples(1)[0])
    label = bare.steps[-1].model_copy(update={"index": 1})
    verdict = bare.verdicts[-1].model_copy(update={"step": 1})
    bare = bare.model_copy(update={"steps": (label,), "verdicts": (verdict,)})
    assert draw([bare], 5) == []
    assert all(outcome.kind is OutcomeKind.SCORED for outcome in draw(OUTCOMES, 60))


def test_the_order_of_the_run_and_samples_it_gains_do_not_change_the_order_of_the_lot() -> None:
    assert draw(OUTCOMES[::-1], 60) == draw(OUTCOMES, 60)
    before = [outcome for outcome in draw(OUTCOMES, 60) if outcome in OUTCOMES[:30]]
    assert draw(OUTCOMES[:30], 60) == before


def test_every_sample_is_as_likely_as_the_others() -> None:
    drawn = Counter(outcome.sample.id for seed in range(900) for outcome in draw(OUTCOMES, 15, seed))
    # 900 draws of 15 of 45: 300 each, with a standard deviation of sqrt(900 x 1/3 x 2/3) = 14.1.
    assert len(drawn) == 45
    assert all(abs(count - 300) < 5 * 14.1 for count in drawn.values())


@pytest.mark.parametrize("protocol", list(Protocol))
def test_a_row_is_a_step_that_counts_without_what_the_judge_says(protocol: Protocol) -> None:
    outcome = make_outcome(make_samples(3)[2], protocol=protocol)
    rows = rows_of([outcome])
    assert tuple(rows[0]) == COLUMNS == ("sample", "clip", "step", "text", "label", "right", "rater")
    assert [row["text"] for row in rows] == [step.text for step in outcome.steps[:-1]]
    assert outcome.reading is not None
    assert {row["label"] for row in rows} == {", ".join(outcome.reading.labels) or outcome.steps[-1].text}
    assert {(row["sample"], row["clip"]) for row in rows} == {(outcome.sample.id, outcome.sample.clip.id)}
    assert {(row["right"], row["rater"]) for row in rows} == {("", "")}
    flipped = [
        verdict.model_copy(update={"rating": 1 - verdict.rating, "decision": Decision.UNVERIFIABLE})
        for verdict in outcome.verdicts
    ]
    assert rows_of([outcome.model_copy(update={"verdicts": tuple(flipped)})]) == rows


def test_repeats_are_not_rated_under_grounded() -> None:
    for protocol, n_rows in ((Protocol.MME_EMOTION, 2), (Protocol.GROUNDED, 1)):
        outcome = next(
            made
            for made in (make_outcome(sample, protocol=protocol) for sample in make_samples(40))
            if len(made.steps) == 3
        )
        again = Step(index=2, text=outcome.steps[0].text.upper())
        twice = outcome.model_copy(update={"steps": (outcome.steps[0], again, outcome.steps[2])})
        assert len(rows_of([twice])) == n_rows


def test_a_label_that_is_no_candidate_stands_in_the_answers_own_words() -> None:
    outcome = make_outcome(make_samples(1)[0])
    assert outcome.reading is not None
    reading = outcome.reading.model_copy(update={"labels": ()})
    (label,) = {row["label"] for row in rows_of([outcome.model_copy(update={"reading": reading})])}
    assert label == outcome.steps[-1].text


HOSTILE = st.text(st.sampled_from("=+-@'\"ab,;\n\r\t\x1b é"), min_size=1, max_size=8)


@given(HOSTILE, HOSTILE)
def test_no_cell_is_a_formula_and_what_is_filled_in_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str
) -> None:
    made = make_outcome(make_samples(1)[0])
    sample = made.sample.model_copy(update={"id": f"{name}x"})
    outcome = made.model_copy(update={"sample": sample, "steps": (Step(index=1, text=text), *made.steps[1:])})
    rows = rows_of([outcome])
    assert not [cell for row in rows for cell in row.values() if cell.startswith(tuple("=+-@"))]
    assert "\x1b" not in str(rows)
    path = tmp_path_factory.mktemp("sheet") / "sheet.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({**row, "right": "1"} for row in rows)
    read = read_ratings(path)
    assert read.empty == 0
    (judged,) = judged_by_people([outcome], settle(read.ratings)).samples
    assert judged.right == (True,) * len(rows)


@given(st.text())
def test_a_cell_is_one_line(text: str) -> None:
    cell = as_cell(text)
    assert len(cell.splitlines()) <= 1
    assert as_cell(cell) == cell
