"""Confusions: counts by hand, quasi-independence solved on paper, planted and null confusions."""

from __future__ import annotations

import random

import numpy as np
import pytest

from cuewise.analysis.answers import TaskAnswers, task_answers
from cuewise.analysis.confusions import (
    ConfusedPair,
    LabelErrors,
    confused_pairs,
    confusions,
    label_errors,
    nearness,
    row_shares,
)
from cuewise.analysis.quasi import expected_counts
from support.small_tables import Row, small_table

EMOTIONS = ("anger", "fear", "sad", "surprise", "happy", "disgust")


def _answers(rows: list[Row]) -> TaskAnswers:
    table = small_table(rows)
    (found,) = task_answers(table, np.arange(len(table.samples)))
    return found


def _pair(pairs: tuple[ConfusedPair, ...], *labels: str) -> ConfusedPair:
    return next(pair for pair in pairs if {pair.first, pair.second} == set(labels))


def test_matrix_by_hand() -> None:
    rows = [
        Row("1", ("anger",), ("anger",)),
        Row("2", ("anger",), ("fear",)),
        Row("3", ("fear",), ("fear", "sad"), status="several"),
        Row("4", ("sad",), (), status="none"),
        Row("5", ("sad",), None, kind="refused"),
    ]
    found = confusions(_answers(rows))
    assert found.labels == ("anger", "fear", "sad", "surprise")
    # Columns: the four labels, several at once, no label.
    assert found.counts == ((1, 1, 0, 0, 0, 0), (0, 0, 0, 0, 1, 0), (0, 0, 0, 0, 0, 2), (0, 0, 0, 0, 0, 0))
    assert found.totals == (2, 1, 2, 0)


def test_shares_of_a_row_take_answers_to_one_sample_together() -> None:
    # Of 40 answers to sad 10 name fear: of 40 samples, and of 20 whose two answers are alike.
    each = [Row(str(n), ("sad",), ("fear",) if n % 4 == 0 else ("sad",)) for n in range(40)]
    twice = [row for row in each[:20] for _ in range(2)]
    widths = []
    for rows in (each, twice):
        (shares,) = row_shares(_answers(rows)).values()
        fear = shares[1]
        assert fear is not None
        assert (fear.percent, fear.count) == (25, 40)
        assert fear.interval is not None
        widths.append(fear.interval.high - fear.interval.low)
    assert widths[1] > 1.3 * widths[0]  # of half as many, the root of 2


def test_spellings_of_sources_are_one_label_and_candidates_of_one_sample_never() -> None:
    rows = [
        Row("1", ("joy",), ("sadness",), label_set=("joy", "sadness")),
        Row("2", ("happy",), ("happy",), label_set=("happy", "sad")),
        Row("3", ("happy",), ("sad",), label_set=("happy", "sad")),
    ]
    found = confusions(_answers(rows))
    assert found.labels == ("happy", "sad")
    assert found.counts == ((1, 2, 0, 0), (0, 0, 0, 0))
    assert found.merged == {"happy": ("happy", "joy"), "sad": ("sad", "sadness")}
    apart = confusions(_answers([Row("1", ("joy",), ("happy",), label_set=("joy", "happy"))]))
    assert apart.counts == ((0, 1, 0, 0), (0, 0, 0, 0))


def test_quasi_independence_on_paper() -> None:
    # Three categories: a_i b_j beside the diagonal with a = (1, 2, 3), b = (3, 2, 1) are rows 0 2 1, 6 0 2, 9 6 0.
    observed = np.array([[0, 2, 1], [6, 0, 2], [9, 6, 0]], dtype=np.float64)
    assert expected_counts(observed, 1 - np.eye(3)) == pytest.approx(observed, abs=1e-4)
    # Four categories, all totals 3: nothing tells the cells apart, so 1 each, whatever is observed.
    pairs = np.array([[0, 3, 0, 0], [3, 0, 0, 0], [0, 0, 0, 3], [0, 0, 3, 0]], dtype=np.float64)
    assert expected_counts(pairs, 1 - np.eye(4)) == pytest.approx(1 - np.eye(4), abs=1e-6)
    # The same if what stands out is set apart: nothing is left but one wrong label per row, spread evenly.
    assert expected_counts(pairs, 1 - np.eye(4), pairs > 0) == pytest.approx(1 - np.eye(4), abs=1e-6)
    # Chances weigh: row 0 could name label 2 twice as often as label 1, and both are as popular.
    chances = np.array([[0, 1, 2], [1, 0, 1], [1, 1, 0]], dtype=np.float64)
    assert expected_counts(3 * chances, chances) == pytest.approx(3 * chances, abs=1e-6)


def test_lift_by_hand() -> None:
    # The table above: fear and anger are named for each other 6 times, where 2 are expected, of the 6 wrong answers.
    rows = [
        Row(f"{gold}{said}{n}", (gold,), (said,))
        for gold, said in (("anger", "fear"), ("fear", "anger"), ("sad", "surprise"), ("surprise", "sad"))
        for n in range(3)
    ]
    pair = _pair(confused_pairs(_answers(rows)), "anger", "fear")
    assert (pair.observed, pair.forward, pair.chances) == (6, 3, 6)
    assert (pair.expected, pair.lift) == pytest.approx((2, 3), abs=1e-4)
    # All six chances were taken: (1/3)^6, times six pairs.
    assert pair.p_adjusted == pytest.approx(6 * 3.0**-6, rel=1e-3)
    assert pair.samples == ("angerfear0", "angerfear1", "angerfear2")
    # And times the tasks that are looked at together, at most 1.
    for tasks, adjusted in ((5, 30 * 3.0**-6), (1000, 1)):
        pair = _pair(confused_pairs(_answers(rows), tasks=tasks), "anger", "fear")
        assert pair.p_adjusted == pytest.approx(adjusted, rel=1e-3)


def _run(seed: int, *, planted: bool, n: int = 600) -> list[Row]:
    """40 % right; wrong labels are drawn alike, or where planted mostly surprise for fear and the reverse. Surprise is
    named often in any case, so that frequency alone makes it stand in for others."""
    dice = random.Random(seed)
    near = {"fear": "surprise", "surprise": "fear"}
    rows = []
    for number in range(n):
        gold = dice.choice(EMOTIONS)
        others = [label for label in EMOTIONS if label != gold]
        weights = [4 if label == "surprise" else 1 for label in others]
        said = gold if dice.random() < 0.4 else dice.choices(others, weights)[0]
        if planted and said != gold and gold in near and dice.random() < 0.6:
            said = near[gold]
        rows.append(Row(f"{number}", (gold,), (said,), label_set=EMOTIONS))
    return rows


def test_similar_emotions_are_confused() -> None:
    """The paper's finding, planted: fear and surprise. It is found each time, and hardly ever another pair."""
    others = 0
    for seed in range(20):
        pairs = confused_pairs(_answers(_run(seed, planted=True)))
        planted = _pair(pairs, "fear", "surprise")
        assert planted.is_certain
        assert planted.low is not None
        assert planted.low > 1
        others += any(pair.is_certain for pair in pairs if pair is not planted)
    # 5 % of 20 are 1; more than 4 have a probability below 1 %.
    assert others <= 4


def test_a_label_that_is_named_often_is_no_confusion() -> None:
    false_alarms = [
        any(pair.is_certain for pair in confused_pairs(_answers(_run(seed, planted=False))))
        for seed in range(60)
    ]
    # 5 % of 60 are 3; more than 8 have a probability below 1 %.
    assert sum(false_alarms) <= 8
    # That surprise is named for everything shows in the counts all the same.
    counts = np.array(confusions(_answers(_run(1, planted=False))).counts)[:, :6]
    np.fill_diagonal(counts, 0)
    assert counts.sum(axis=0).argmax() == EMOTIONS.index("surprise")


def test_repeated_answers_are_no_further_evidence() -> None:
    rows = _run(1, planted=True, n=100)
    once = _pair(confused_pairs(_answers(rows)), "fear", "surprise")
    often = _pair(confused_pairs(_answers([row for row in rows for _ in range(6)])), "fear", "surprise")
    assert often.observed == 6 * once.observed
    # Alone they are independent; together their variance is estimated, with Student's quantile.
    assert (often.low, often.high) == pytest.approx((once.low, once.high), rel=0.07)
    assert often.lift == pytest.approx(once.lift, rel=0.05)


def test_three_candidates_leave_nothing_to_find() -> None:
    dice = random.Random(2)
    signs = ("negative", "neutral", "positive")
    rows = [
        Row(
            f"{n}", (dice.choice(signs),), (dice.choice(signs[:2]) if n % 3 else "positive",), label_set=signs
        )
        for n in range(300)
    ]
    pairs = confused_pairs(_answers(rows))
    assert [pair.lift for pair in pairs] == pytest.approx([1.0] * len(pairs), abs=1e-3)
    assert not any(pair.is_certain for pair in pairs)


def test_multi_label_by_hand() -> None:
    rows = [
        Row("1", ("anger", "fear"), ("anger", "sad"), multi_label=True),
        Row("2", ("fear",), ("sad",), multi_label=True),
        Row("3", ("sad",), ("sad", "anger"), multi_label=True),
        Row("4", ("surprise",), None, multi_label=True, kind="refused"),
    ]
    answers = _answers(rows)
    assert label_errors(answers) == (
        LabelErrors("anger", gold=1, named=2, missed=0, added=1),
        LabelErrors("fear", gold=2, named=0, missed=2, added=0),
        LabelErrors("sad", gold=1, named=3, missed=0, added=2),
        LabelErrors("surprise", gold=0, named=0, missed=0, added=0),
    )
    # Two answers miss one and add one: both miss fear and add sad, as they must, for sad is added in all that could.
    (pair,) = confused_pairs(answers)
    assert (pair.first, pair.second, pair.observed, pair.forward) == ("fear", "sad", 2, 2)
    assert (pair.expected, pair.lift) == pytest.approx((2, 1))


def test_nearness_by_hand() -> None:
    # Six wrong answers. Gold anger, fear (negative): fear, fear, anger are of their valence, happy is not; gold happy
    # has no second label of its valence. 3 of 6.
    label_set = ("anger", "fear", "happy")
    said = [
        ("anger", "fear"),
        ("anger", "fear"),
        ("fear", "anger"),
        ("anger", "happy"),
        ("happy", "anger"),
        ("happy", "fear"),
    ]
    found = nearness(
        _answers([Row(f"{n}", (a,), (b,), label_set=label_set) for n, (a, b) in enumerate(said)])
    )
    assert found is not None
    assert (found.observed, found.beyond.count) == (50.0, 6)
    # With three labels quasi-independence leaves one degree of freedom; its fit keeps the totals: anger and fear.
    assert 0 < found.expected < 100
    assert found.beyond.value == pytest.approx(found.observed - found.expected)
    assert found.beyond.p_value is None  # six answers tell too little
    assert nearness(_answers([Row("1", ("anger",), ("anger",))])) is None


def _nearness(seed: int, near: float) -> bool:
    """Of wrong labels, which are otherwise drawn alike, some are of the gold label's valence for being so."""
    dice = random.Random(seed)
    negative = {"anger", "fear", "sad", "disgust"}
    rows = []
    for number in range(300):
        gold = dice.choice(EMOTIONS)
        others = [label for label in EMOTIONS if label != gold]
        same = [label for label in others if gold in negative and label in negative]
        said = dice.choice(same if same and dice.random() < near else others)
        rows.append(Row(f"{number}", (gold,), (said,), label_set=EMOTIONS))
    found = nearness(_answers(rows))
    assert found is not None
    assert found.beyond.p_value is not None
    return found.beyond.p_value < 0.05 and found.beyond.value > 0


def test_errors_near_the_truth_are_found_and_no_others() -> None:
    assert all(_nearness(seed, 0.9) for seed in range(5))
    # One-sided 2.5 % of 80 are 2; more than 6 have a probability below 1 %. The fit takes some of chance away.
    assert sum(_nearness(seed, 0.0) for seed in range(80)) <= 6


def test_pairs_of_several_tasks_are_corrected_together() -> None:
    answers = _answers(_run(1, planted=True))
    alone, together = (_pair(confused_pairs(answers, tasks=tasks), "fear", "surprise") for tasks in (1, 8))
    assert alone.p_adjusted is not None
    assert together.p_adjusted == pytest.approx(8 * alone.p_adjusted)


def test_few_videos_are_not_tested() -> None:
    table = small_table(_run(1, planted=True))
    (answers,) = task_answers(table, np.arange(len(table.samples)) % 6)
    pair = _pair(confused_pairs(answers), "fear", "surprise")
    assert (pair.low, pair.high, pair.p_adjusted, pair.is_certain) == (None, None, None, False)


def test_no_answers_and_all_right() -> None:
    right = _answers([Row("1", ("anger",), ("anger",)), Row("2", ("fear",), ("fear",))])
    silent = _answers([Row("1", ("anger",), None, kind="refused")])
    for answers in (right, silent):
        assert confused_pairs(answers) == ()
        assert nearness(answers) is None
    assert label_errors(silent)[0] == LabelErrors("anger", 0, 0, 0, 0)


def test_labels_that_are_no_candidates() -> None:
    """A gold label that is not among its sample's candidates is a row; one that an answer names is no label."""
    found = confusions(
        _answers(
            [
                Row("1", ("joy",), ("anger",)),
                Row("2", ("anger",), ("boredom",)),
                Row("3", ("fear",), ("fear",)),
            ]
        )
    )
    assert found.labels == ("anger", "fear", "sad", "surprise", "joy")
    assert found.counts[4][0] == 1
    assert found.counts[0][-1] == 1
