"""Class metrics of a task's answers, with intervals or a reason for none."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from cuewise.analysis.class_metrics import class_metrics
from cuewise.analysis.uncertainty import Resampler

LABELS = ("low", "mid", "high")


def answers(n: int = 240, rare: int = 40) -> tuple[list[str], list[str]]:
    dice = np.random.default_rng(0)
    gold = ["low"] * rare + ["mid"] * ((n - rare) // 2) + ["high"] * (n - rare - (n - rare) // 2)
    said = [one if dice.random() < 0.5 else LABELS[dice.integers(3)] for one in gold]
    return gold, said


def test_against_scikit_learn_each_with_an_interval() -> None:
    gold, said = answers()
    clusters = [n % 60 for n in range(240)]
    found = class_metrics(gold, said, LABELS, clusters, "video", Resampler(clusters), ordinal=True)
    places = [[LABELS.index(one) for one in side] for side in (gold, said)]
    for metric, expected in (
        (found.accuracy, reference.accuracy_score(gold, said)),
        (found.unweighted_average_recall, reference.balanced_accuracy_score(gold, said)),
        (found.macro_f1, reference.f1_score(gold, said, average="macro")),
        (found.weighted_f1, reference.f1_score(gold, said, average="weighted")),
        (found.kappa, reference.cohen_kappa_score(*places, weights="quadratic")),
        (found.recall["low"], reference.recall_score(gold, said, labels=["low"], average=None)[0]),
    ):
        assert metric is not None
        assert metric.percent == pytest.approx(100 * expected)
        assert metric.reason == ""
        for interval in (metric.analytic, metric.bootstrap):
            assert interval is not None
            assert interval.low < metric.percent < interval.high
    assert found.recall["low"].count == 40


def test_a_class_of_few_samples_leaves_its_averages_without_an_interval() -> None:
    gold, said = answers(rare=3)
    found = class_metrics(gold, said, LABELS, range(240))
    assert found.macro_f1 is not None
    assert found.macro_f1.interval is None
    assert found.macro_f1.reason == "low has 3 of the samples: with fewer than 5 no interval can be relied on"
    assert found.unweighted_average_recall is not None
    assert found.unweighted_average_recall.interval is None
    assert found.weighted_f1 is not None
    assert found.weighted_f1.interval is not None


def test_a_class_without_samples_is_no_class_of_few() -> None:
    gold, said = answers()
    found = class_metrics(gold, said, (*LABELS, "never"), range(240))
    assert found.macro_f1 is not None
    assert found.macro_f1.interval is not None
    assert set(found.recall) == set(LABELS)


def test_answers_without_a_label_are_wrong_and_have_no_kappa() -> None:
    found = class_metrics(["low"] * 20, [None] * 20, LABELS, range(20))
    assert found.accuracy is not None
    assert found.accuracy.percent == 0
    assert found.kappa is None
    assert class_metrics([], [], LABELS, []).accuracy is None
