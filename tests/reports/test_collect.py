"""What goes into the sample table and the sample pages, and what is left out where it grows too large."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.analysis.digest import RunNotes, digest_of, predicted
from cuewise.records import Cue, Outcome, OutcomeKind
from cuewise.reports.collect import BLOCK, Collection, Details
from cuewise.reports.details import MAX_TEXT, detail
from cuewise.reports.embedding import json_block
from cuewise.reports.spread import spread_order
from cuewise.runs.outcomes import by_sample
from support.outcomes import make_outcome, make_outcomes, make_samples, repeat_outcomes
from support.report_page import unpacked_details, unpacked_rows, unpacked_samples


def _collected(*runs: Sequence[Outcome]) -> Collection:
    collection = Collection()
    for outcomes in runs:
        collection.add_run(digest_of(by_sample(outcomes)))
    return collection


def _details(
    collection: Collection, *runs: Sequence[Outcome], order: Sequence[int] | None = None, budget: int = 10**9
) -> Details:
    readers = [
        lambda ids, outcomes=outcomes: [each for each in outcomes if each.sample.id in ids]
        for outcomes in runs
    ]
    return collection.details(collection.order() if order is None else order, readers, budget)


def _unpacked(details: Details, run: int) -> dict[int, Any]:
    return unpacked_details(details.shown, details.blocks, run)


def test_details_come_back_in_blocks() -> None:
    outcomes = make_outcomes(make_samples(2 * BLOCK + 1))
    packed = _details(_collected(outcomes), outcomes)
    assert len(packed.blocks) == 3
    assert _unpacked(packed, 0) == {place: detail(outcome) for place, outcome in enumerate(outcomes)}


def test_a_row_says_how_the_sample_ended() -> None:
    (sample,) = make_samples(1, only=["IR"])
    outcome = make_outcome(sample, failure=OutcomeKind.JUDGE_FAILURE)
    index = _collected([outcome]).index()
    (row,) = unpacked_rows(index, 0)
    tokens = outcome.answer and outcome.answer.output_tokens
    assert row == ["judge_failure", predicted(outcome), *[None] * 4, tokens, outcome.message, None]
    assert unpacked_samples(index) == [[sample.id, "IR", sample.labels, sample.label_set, sample.question]]


def test_all_answers_to_a_sample_have_one_row_and_one_list() -> None:
    """Three answers: two alike of five steps, one refused."""
    (sample,) = make_samples(1, only=["ER-Lab"])
    scored = make_outcome(sample)
    refused = make_outcome(sample, failure=OutcomeKind.REFUSED)
    answers = [each.model_copy(update={"epoch": at}) for at, each in enumerate((refused, scored, scored))]
    collection = _collected(answers)
    ((*row, own),) = unpacked_rows(collection.index(), 0)
    assert scored.score is not None
    assert row[:2] == ["scored", predicted(scored)]
    points = (scored.score.recognition, scored.score.reasoning, scored.score.cot)
    assert row[2:5] == [pytest.approx(200 * value / 3, abs=0.06) for value in points]
    assert row[5] == scored.score.n_steps
    assert row[7:] == [refused.message, "matched"]
    (alone,) = unpacked_rows(_collected([scored]).index(), 0)
    assert own[1] == own[2] == alone
    assert own[0] == ["refused", *[None] * 6, refused.message, None]
    assert _unpacked(_details(collection, answers), 0) == {0: [detail(each) for each in answers]}


@pytest.mark.parametrize("missing", [0, 1])
def test_samples_of_two_runs_that_are_not_asked_the_same(missing: int) -> None:
    """Three and two samples, the second run without one of them and asked twice."""
    samples = make_samples(3)
    outcomes = make_outcomes(samples)
    fewer = [each for each in repeat_outcomes(samples, 2, seed="b") if each.sample != samples[missing]]
    collection = _collected(outcomes, fewer)
    index = collection.index()
    assert [row[0] for row in unpacked_samples(index)] == [sample.id for sample in samples]
    rows = unpacked_rows(index, 1)
    assert [place for place, row in enumerate(rows) if row == 0] == [missing]
    for sample, row in zip(samples, rows, strict=True):
        own = [each for each in fewer if each.sample == sample]
        assert row == 0 or [one[0] for one in row[9]] == [each.kind.value for each in own]
        assert row == 0 or [one[1] for one in row[9]] == [predicted(each) for each in own]
    packed = _details(collection, outcomes, fewer)
    assert _unpacked(packed, 0) == {place: detail(each) for place, each in enumerate(outcomes)}
    assert _unpacked(packed, 1)[missing] == 0
    assert all(len(told) == 2 for place, told in _unpacked(packed, 1).items() if place != missing)


def test_what_is_counted_of_samples_counts_repeated_ones_once() -> None:
    (sample,) = make_samples(1)
    cue = Cue(channel="brows", value="raised", start_s=0, end_s=1)
    sample = sample.model_copy(update={"cues": (cue,)})
    outcome = make_outcome(sample).model_copy(update={"withheld": ("audio clue: names anger",)})
    notes = digest_of([(outcome, outcome.model_copy(update={"epoch": 1}))]).notes
    assert (notes.cued, notes.withheld) == (1, {"audio clue": 1})


def test_samples_that_never_reached_the_model_are_counted() -> None:
    """Three: no clip, a broken one in both epochs, and no transcript to send. Not those with an answer, of which one
    lost its clip later, nor one that was asked in one of two epochs, nor a call that failed.
    """
    missing, broken, silent, kept, lost, half, failed = make_samples(7)
    no_words = make_outcome(silent, failure=OutcomeKind.MODEL_FAILURE)
    answered = make_outcome(lost)
    outcomes = [
        make_outcome(missing, failure=OutcomeKind.MISSING_CLIP),
        *_twice(make_outcome(broken, failure=OutcomeKind.BROKEN_CLIP)),
        no_words.model_copy(update={"kind": OutcomeKind.EVIDENCE_FAILURE}),
        make_outcome(kept).model_copy(update={"kind": OutcomeKind.EVIDENCE_FAILURE}),
        answered.model_copy(update={"kind": OutcomeKind.BROKEN_CLIP}),
        make_outcome(half, failure=OutcomeKind.BROKEN_CLIP),
        make_outcome(half, failure=OutcomeKind.REFUSED).model_copy(update={"epoch": 1}),
        make_outcome(failed, failure=OutcomeKind.MODEL_FAILURE),
    ]
    notes = RunNotes()
    for answers in by_sample(outcomes):
        notes.add(*answers)
    assert notes.unasked == 3


def _twice(outcome: Outcome) -> list[Outcome]:
    return [outcome, outcome.model_copy(update={"epoch": 1})]


def test_over_budget_rare_outcomes_stay() -> None:
    """Of 400 samples 26 end without a score, some kinds of failure three times only: all of those stay."""
    outcomes = make_outcomes(make_samples(400))
    collection = _collected(outcomes)
    whole = sum(map(len, _details(collection, outcomes).blocks))
    packed = _details(collection, outcomes, budget=whole // 3)
    assert sum(map(len, packed.blocks)) <= whole // 3
    assert 50 < len(packed.shown) < 200
    assert _unpacked(packed, 0) == {place: detail(outcomes[place]) for place in packed.shown}
    kept = Counter(outcomes[place].kind for place in packed.shown)
    asked = Counter(outcome.kind for outcome in outcomes)
    for kind in set(asked) - {OutcomeKind.SCORED}:
        assert kept[kind] == asked[kind]


def test_a_budget_of_nothing_keeps_nothing() -> None:
    outcomes = make_outcomes(make_samples(60))
    packed = _details(_collected(outcomes), outcomes, budget=0)
    assert (packed.shown, packed.blocks) == ([], [])


def test_two_runs_are_thinned_alike() -> None:
    samples = make_samples(120)
    runs = make_outcomes(samples, seed="a"), make_outcomes(samples, seed="b")
    packed = _details(_collected(*runs), *runs, budget=6000)
    assert 0 < len(packed.shown) < 120
    assert list(_unpacked(packed, 0)) == list(_unpacked(packed, 1)) == packed.shown


def test_only_what_is_shown_is_read() -> None:
    """With room for about 67 of 400 samples, a few more than those are read, not all."""
    outcomes = make_outcomes(make_samples(400))
    collection = _collected(outcomes)
    read: list[str] = []

    def reader(ids: Sequence[str]) -> list[Outcome]:
        read.extend(ids)
        return [each for each in outcomes if each.sample.id in ids]

    packed = collection.details(collection.order(), [reader], budget=6000)
    assert 10 < len(packed.shown) < len(read) < 3 * BLOCK


def test_many_runs_are_spread_over_the_tasks_as_one_is() -> None:
    """Ten runs that end in ever other ways: the first 24 samples are of all eight tasks."""
    samples = sorted(make_samples(160), key=lambda sample: sample.task)
    runs = [make_outcomes(samples, seed=str(run), fail_every=7 + run) for run in range(10)]
    first = _collected(*runs).order()[:24]
    assert len({samples[place].task for place in first}) == 8


def test_a_step_carries_its_verdict() -> None:
    (sample,) = make_samples(1, only=["ER-Lab"])
    outcome = make_outcome(sample)
    told = detail(outcome)
    verdict = outcome.verdicts[0]
    assert verdict.decision is not None
    assert told["steps"][0] == {
        "text": outcome.steps[0].text,
        "rating": verdict.rating,
        "decision": verdict.decision.value,
        "cites": list(verdict.evidence),
        "reason": verdict.reason,
    }
    assert told["steps"][-1]["labels"] == list(outcome.steps[-1].labels or ())
    assert told["evidence"][3]["text"] == "The voice is high."
    assert told["evidence"][5]["text"] == "brows: furrowed"


def test_long_texts_are_cut() -> None:
    (sample,) = make_samples(1)
    outcome = make_outcome(sample)
    step = outcome.steps[0].model_copy(update={"text": "word " * 20_000})
    told = detail(outcome.model_copy(update={"steps": (step, *outcome.steps[1:])}))
    assert len(told["steps"][0]["text"]) == MAX_TEXT + len(" …")


@given(st.lists(st.integers(0, 5), max_size=200))
def test_spread_order_is_a_permutation_and_every_beginning_is_even(groups: list[int]) -> None:
    order = spread_order(groups)
    assert sorted(order) == list(range(len(groups)))
    sizes = Counter(groups)
    taken: Counter[int] = Counter()
    for position in order:
        taken[groups[position]] += 1
        # No group is ahead by more than one turn of a group that still has members.
        waiting = [taken[group] for group in sizes if taken[group] < sizes[group]]
        assert not waiting or max(taken.values()) - min(waiting) <= 1


_JSON = st.recursive(
    st.text(st.characters(exclude_categories=())) | st.integers() | st.none(),
    lambda inner: st.lists(inner),
    max_leaves=10,
)


@given(_JSON)
def test_embedded_json_round_trips_and_cannot_leave_its_element(value: Any) -> None:
    text = str(json_block(value))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value
    text.encode("utf-8")
