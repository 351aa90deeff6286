"""Metrics of single labels against scikit-learn, with labels that never occur and answers without a label."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from cuewise.scores.metrics.classes import (
    f1_per_class,
    macro_f1,
    recall_per_class,
    unweighted_average_recall,
    weighted_f1,
)
from cuewise.scores.metrics.confusion import Cells

LABELS = ("anger", "fear", "joy", "sadness")
PAIRS = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from((*LABELS, None))), min_size=1, max_size=40
)
WEIGHTS = st.lists(st.integers(0, 3), min_size=40, max_size=40)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():  # scikit-learn warns of predictions that are no gold label
        warnings.simplefilter("ignore")
        yield


def split(pairs: list[tuple[str, str | None]]) -> tuple[list[str], list[str | None], list[str]]:
    """Gold labels, predictions, and these with a word for none, which scikit-learn takes as one more label."""
    gold, said = [one for one, _ in pairs], [other for _, other in pairs]
    return gold, said, ["(none)" if one is None else one for one in said]


@given(PAIRS, WEIGHTS)
def test_against_scikit_learn(pairs: list[tuple[str, str | None]], drawn: list[int]) -> None:
    gold, said, named = split(pairs)
    for weights in (np.ones(len(pairs)), np.array(drawn[: len(pairs)], dtype=np.float64)):
        if not weights.any():
            continue
        counts = Cells.of_labels(gold, said, LABELS).counts(weights)
        has = [one for one, weight in zip(gold, weights, strict=True) if weight]
        given_ = [one for one, weight in zip(named, weights, strict=True) if weight]
        sample_weight = weights[weights > 0]
        known = {"sample_weight": sample_weight, "zero_division": 0.0}
        occurring = [label for label in LABELS if label in has or label in given_]
        assert unweighted_average_recall(counts) == pytest.approx(
            reference.balanced_accuracy_score(has, given_, sample_weight=sample_weight)
        )
        for ours, theirs in (
            (recall_per_class, reference.recall_score),
            (f1_per_class, reference.f1_score),
        ):
            expected = theirs(has, given_, labels=LABELS, average=None, **known)
            # Where scikit-learn is told to put 0 for what is undefined, ours says that it is.
            assert np.nan_to_num(ours(counts)) == pytest.approx(expected)
        assert weighted_f1(counts) == pytest.approx(
            reference.f1_score(has, given_, labels=LABELS, average="weighted", **known)
        )
        if occurring:
            assert macro_f1(counts) == pytest.approx(
                reference.f1_score(has, given_, labels=occurring, average="macro", **known)
            )


@given(PAIRS)
def test_the_matrix_holds_every_answer(pairs: list[tuple[str, str | None]]) -> None:
    gold, said, named = split(pairs)
    found = Cells.of_labels(gold, said, LABELS).counts()
    order = [*LABELS, "(none)"]
    assert found.tolist() == reference.confusion_matrix(gold, named, labels=order)[:-1].tolist()
    assert found.sum() == len(pairs)


def test_by_hand() -> None:
    # Gold a a a b b c; said a b - b b a. Recall 1/3, 1, 0; F1 2/5, 4/5, 0.
    counts = Cells.of_labels(
        ["a", "a", "a", "b", "b", "c"], ["a", "b", None, "b", "b", "a"], ["a", "b", "c", "d"]
    ).counts()
    assert counts.tolist() == [[1, 1, 0, 0, 1], [0, 2, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    assert unweighted_average_recall(counts) == pytest.approx(4 / 9)
    assert macro_f1(counts) == pytest.approx((2 / 5 + 4 / 5 + 0) / 3)
    assert weighted_f1(counts) == pytest.approx((3 * 2 / 5 + 2 * 4 / 5) / 6)
    assert recall_per_class(counts)[:3] == pytest.approx([1 / 3, 1, 0])
    assert np.isnan(recall_per_class(counts)[3])


def test_many_weights_are_each_weight() -> None:
    dice = np.random.default_rng(0)
    gold = [LABELS[k] for k in dice.integers(0, 4, 50)]
    said = [(*LABELS, None)[k] for k in dice.integers(0, 5, 50)]
    cells, weights = Cells.of_labels(gold, said, LABELS), dice.integers(0, 3, (20, 50)).astype(np.float32)
    for metric in (unweighted_average_recall, macro_f1, weighted_f1, f1_per_class):
        assert metric(cells.counts(weights)) == pytest.approx(
            np.array([metric(cells.counts(one)) for one in weights]), nan_ok=True
        )


def test_an_answer_outside_the_classes_is_one_without_a_label() -> None:
    assert Cells.of_labels(["a"], ["nostalgia"], ["a", "b"]).counts().tolist() == [[0, 0, 1], [0, 0, 0]]


def test_nothing_is_undefined() -> None:
    counts = Cells.of_labels([], [], ["a", "b"]).counts()
    assert counts.shape == (2, 3)
    for metric in (unweighted_average_recall, macro_f1, weighted_f1):
        assert np.isnan(metric(counts))


@pytest.mark.parametrize(
    ("gold", "said", "labels", "message"),
    [
        (["a"], [], ["a"], "1 gold labels and 0 predictions"),
        (["c"], ["a"], ["a", "b"], "'c' is not one of the classes"),
        (["a"], ["a"], ["a", "a"], "named twice"),
    ],
)
def test_what_cannot_be_counted(gold: list[str], said: list[str], labels: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Cells.of_labels(gold, said, labels)
