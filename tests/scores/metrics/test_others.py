"""Metrics of sets, scales, valence and confidence, and averages: against scikit-learn, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference
from sklearn.preprocessing import MultiLabelBinarizer

from cuewise.records import Clip, Sample
from cuewise.scores.kappa import Weighting
from cuewise.scores.metrics.averages import macro_average, micro_average
from cuewise.scores.metrics.confidence import expected_calibration_error
from cuewise.scores.metrics.confusion import Cells
from cuewise.scores.metrics.ordinal import kappa, mean_absolute_error
from cuewise.scores.metrics.sets import set_f1, set_jaccard, set_match, set_precision, set_recall

LABELS = ("anger", "fear", "joy", "sadness")
SETS = st.lists(
    st.tuples(st.sets(st.sampled_from(LABELS), min_size=1), st.sets(st.sampled_from(LABELS))),
    min_size=1,
    max_size=20,
)
PLACES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


@given(SETS)
def test_sets_against_scikit_learn(pairs: list[tuple[set[str], set[str]]]) -> None:
    binarizer = MultiLabelBinarizer(classes=LABELS)
    gold, said = (binarizer.fit_transform([pair[side] for pair in pairs]) for side in (0, 1))
    for ours, theirs in (
        (set_precision, reference.precision_score),
        (set_recall, reference.recall_score),
        (set_f1, reference.f1_score),
        (set_jaccard, reference.jaccard_score),
    ):
        expected = theirs(gold, said, average="samples", zero_division=0)
        assert np.mean([ours(*pair) for pair in pairs]) == pytest.approx(expected)
    assert np.mean([set_match(*pair) for pair in pairs]) == pytest.approx(
        reference.accuracy_score(gold, said)
    )


@given(st.sets(st.sampled_from(LABELS), min_size=1), st.sets(st.sampled_from(LABELS)))
def test_sets_are_what_the_records_score(gold: set[str], said: set[str]) -> None:
    sample = Sample(
        id="T/a",
        task="T",
        clip=Clip(id="a"),
        question="?",
        label_set=LABELS,
        labels=tuple(sorted(gold)),
        multi_label=True,
    )
    assert set_f1(gold, said) == sample.label_f1(said)
    assert set_recall(gold, said) == sample.label_points(said)


@pytest.mark.parametrize("metric", [set_recall, set_f1, set_jaccard, set_match])
def test_a_sample_without_gold_labels_is_refused(metric: object) -> None:
    with pytest.raises(ValueError, match="without a gold label"):
        metric(set(), {"joy"})  # type: ignore[operator]


WEIGHTINGS: tuple[Weighting, ...] = ("unweighted", "linear", "quadratic")


@given(PLACES)
def test_scales_against_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    gold, said = [one for one, _ in pairs], [other for _, other in pairs]
    names = ["--", "-", "0", "+", "++"]
    counts = Cells.of_labels([names[one] for one in gold], [names[one] for one in said], names).counts()
    assert mean_absolute_error(counts) == pytest.approx(reference.mean_absolute_error(gold, said))
    for weighting in WEIGHTINGS:
        if len({*gold, *said}) > 1:
            weights = None if weighting == "unweighted" else weighting
            expected = reference.cohen_kappa_score(gold, said, labels=list(range(5)), weights=weights)
            assert kappa(counts, weighting=weighting) == pytest.approx(expected)
        else:
            assert np.isnan(kappa(counts, weighting=weighting))


def test_an_answer_without_a_place_has_no_distance() -> None:
    # Gold low high low, named high, none, low: one step and no step.
    counts = Cells.of_labels(["low", "high", "low"], ["high", None, "low"], ["low", "high"]).counts()
    assert mean_absolute_error(counts) == 0.5
    assert np.isnan(mean_absolute_error(Cells.of_labels(["low"], [None], ["low", "high"]).counts()))


def test_calibration_by_hand() -> None:
    # Two bins: 0.1, 0.5 lie in the first (one of two right, mean 0.3), 0.6, 0.9, 1.0 in the second (all right, mean
    # 5/6): 2/5 x 0.2 + 3/5 x 1/6 = 0.18.
    found = expected_calibration_error([0.1, 0.5, 0.6, 0.9, 1.0], [False, True, True, True, True], bins=2)
    assert found == pytest.approx(0.18)
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0
    assert expected_calibration_error([1.0, 0.0], [False, True]) == 1
    assert expected_calibration_error([], []) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40), st.integers(1, 20))
def test_calibration_is_the_definition_bin_by_bin(pairs: list[tuple[float, bool]], bins: int) -> None:
    edges = [b / bins for b in range(bins + 1)]
    found = expected_calibration_error([p for p, _ in pairs], [r for _, r in pairs], bins=bins)
    total = 0.0
    for b in range(bins):
        inside = [
            (p, r)
            for p, r in pairs
            # as the definition has it; on an edge, what the product rounds to
            if max(0, min(bins - 1, int(np.ceil(p * bins)) - 1)) == b
        ]
        assert all(edges[b] - 1e-9 <= p <= edges[b + 1] + 1e-9 for p, _ in inside)
        if inside:
            total += abs(sum(r for _, r in inside) - sum(p for p, _ in inside)) / len(pairs)
    assert found == pytest.approx(total)


@pytest.mark.parametrize(
    ("confidence", "right", "message"),
    [
        ([0.5], [], "1 confidences and 0 answers"),
        ([1.5], [True], "not in 0..1"),
        ([float("nan")], [True], "0..1"),
    ],
)
def test_confidence_that_is_none(confidence: list[float], right: list[bool], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expected_calibration_error(confidence, right)


def test_averages_over_tasks() -> None:
    assert micro_average([10, 40, 70], [1, 1, 2]) == 47.5
    assert macro_average([10, 40, 70]) == 40
