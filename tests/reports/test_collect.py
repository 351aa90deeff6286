"""What goes into the sample table and the sample pages, and what is left out where it grows too large."""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import Cue, Outcome, OutcomeKind
from cuewise.reports.collect import BLOCK, Collection, Packed
from cuewise.reports.details import MAX_TEXT, detail, predicted
from cuewise.reports.embedding import json_block
from cuewise.reports.spread import spread_order
from support.outcomes import make_outcome, make_outcomes, make_samples


def _unpacked(packed: Packed, run: int) -> list[Any]:
    return [
        one for block in packed.blocks[run] for one in json.loads(zlib.decompress(base64.b64decode(block)))
    ]


def test_details_come_back_in_blocks() -> None:
    outcomes = make_outcomes(make_samples(2 * BLOCK + 1))
    collection = Collection()
    collection.add_run(outcomes)
    packed = collection.pack(collection.order())
    assert len(packed.blocks[0]) == 3
    assert packed.index["shown"] is None
    assert _unpacked(packed, 0) == [detail(outcome) for outcome in outcomes]


def test_a_row_says_how_the_sample_ended() -> None:
    (sample,) = make_samples(1, only=["IR"])
    outcome = make_outcome(sample, failure=OutcomeKind.JUDGE_FAILURE)
    collection = Collection()
    collection.add_run([outcome])
    index = collection.pack([0]).index
    kind, labels, *scores, message, status = index["rows"][0][0]
    assert index["strings"][kind] == "judge_failure"
    assert tuple(index["strings"][at] for at in labels) == predicted(outcome)
    assert scores[:4] == [None] * 4
    assert index["strings"][message] == outcome.message
    assert status == -1
    id_, task, gold, candidates, question = index["samples"][0]
    assert (id_, index["strings"][task], index["strings"][question]) == (sample.id, "IR", sample.question)
    assert tuple(index["strings"][at] for at in gold) == sample.labels
    assert tuple(index["strings"][at] for at in candidates) == sample.label_set


def test_all_answers_to_a_sample_have_one_row_and_one_list() -> None:
    """Three answers: two alike of five steps, one refused."""
    (sample,) = make_samples(1, only=["ER-Lab"])
    scored = make_outcome(sample)
    refused = make_outcome(sample, failure=OutcomeKind.REFUSED)
    answers = [each.model_copy(update={"epoch": at}) for at, each in enumerate((refused, scored, scored))]
    collection = Collection()
    collection.add_run(answers)
    packed = collection.pack([0])
    assert packed.total == 1
    (row,) = packed.index["rows"][0]
    strings = packed.index["strings"]
    assert scored.score is not None
    assert strings[row[0]] == "scored"
    assert tuple(strings[at] for at in row[1]) == predicted(scored)
    points = (scored.score.recognition, scored.score.reasoning, scored.score.cot)
    assert row[2:5] == [pytest.approx(200 * value / 3, abs=0.06) for value in points]
    assert row[5] == scored.score.n_steps
    assert strings[row[7]] == refused.message
    one = Collection()
    one.add_run([scored])
    alone = one.pack([0]).index
    assert [strings[row[9][1][0]], *row[9][1][2:7]] == [
        alone["strings"][alone["rows"][0][0][0]],
        *alone["rows"][0][0][2:7],
    ]
    assert [strings[each[0]] for each in row[9]] == ["refused", "scored", "scored"]
    assert _unpacked(packed, 0) == [[detail(each) for each in answers]]
    assert collection.notes[0].causes == {("refused", "worded"): 1}


def test_what_is_counted_of_samples_counts_repeated_ones_once() -> None:
    (sample,) = make_samples(1)
    cue = Cue(channel="brows", value="raised", start_s=0, end_s=1)
    sample = sample.model_copy(update={"cues": (cue,)})
    outcome = make_outcome(sample).model_copy(update={"withheld": ("audio clue: names anger",)})
    collection = Collection()
    collection.add_run([outcome, outcome.model_copy(update={"epoch": 1})])
    assert (collection.notes[0].cued, collection.notes[0].withheld) == (1, {"audio clue": 1})


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
    collection = Collection()
    collection.add_run(outcomes)
    assert collection.notes[0].unasked == 3


def _twice(outcome: Outcome) -> list[Outcome]:
    return [outcome, outcome.model_copy(update={"epoch": 1})]


def test_over_budget_rare_outcomes_stay() -> None:
    """Of 400 samples 26 end without a score, some kinds of failure three times only: all of those stay."""
    outcomes = make_outcomes(make_samples(400))
    collection = Collection()
    collection.add_run(outcomes)
    order = collection.order()
    whole = sum(map(len, collection.pack(order).blocks[0]))
    packed = collection.pack(order, budget=whole // 3)
    assert sum(map(len, packed.blocks[0])) <= whole // 3
    assert 50 < len(packed.shown) < 200
    assert packed.total == 400
    assert list(packed.shown) == packed.index["shown"] == sorted(packed.shown)
    assert _unpacked(packed, 0) == [detail(outcomes[place]) for place in packed.shown]
    kept = Counter(outcomes[place].kind for place in packed.shown)
    asked = Counter(outcome.kind for outcome in outcomes)
    for kind in set(asked) - {OutcomeKind.SCORED}:
        assert kept[kind] == asked[kind]


def test_a_budget_of_nothing_keeps_nothing() -> None:
    collection = Collection()
    collection.add_run(make_outcomes(make_samples(60)))
    packed = collection.pack(collection.order(), budget=0)
    assert packed.shown == ()
    assert packed.blocks == [[]]


def test_two_runs_are_thinned_alike() -> None:
    samples = make_samples(120)
    collection = Collection()
    collection.add_run(make_outcomes(samples, seed="a"))
    collection.add_run(make_outcomes(samples, seed="b"))
    packed = collection.pack(collection.order(), budget=6000)
    assert 0 < len(packed.shown) < 120
    assert len(_unpacked(packed, 0)) == len(_unpacked(packed, 1)) == len(packed.shown)


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
