"""Points for labels alone, by hand, with the families, valences and scales of the shipped taxonomy."""

from __future__ import annotations

import doctest
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import Clip, LabelScore, Sample
from cuewise.samples.tasks import tasks
from cuewise.scores import labels as module
from cuewise.scores.labels import score_labels

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
SCALE = tasks()["FG-SA"].sources[0].label_set


def sample(*gold: str, of: Sequence[str] = EMOTIONS, multi_label: bool = False) -> Sample:
    return Sample(
        id="T/a",
        task="T",
        clip=Clip(id="a"),
        question="?",
        label_set=tuple(of),
        labels=gold,
        multi_label=multi_label,
    )


def test_docstring() -> None:
    assert doctest.testmod(module).failed == 0


def test_a_single_label() -> None:
    right = score_labels(sample("anger"), ["anger"])
    assert right == LabelScore(exact=1, family=1, valence=1)
    wrong = score_labels(sample("anger"), ["sadness"])
    assert wrong == LabelScore(exact=0, family=0, valence=1)  # both negative
    assert score_labels(sample("anger"), []) == LabelScore(exact=0, family=0, valence=0)


def test_two_words_of_one_family_are_right_as_a_family() -> None:
    lab = tasks()["ER-Lab"].sources[0].label_set
    happy = next(label for label in lab if label.lower().startswith("happ"))
    excited = next(label for label in lab if label.lower().startswith("excit"))
    points = score_labels(sample(happy, of=lab), [happy, excited])
    assert (points.exact, points.family) == (0, 1)
    both_named = score_labels(sample(happy, of=lab), [happy, next(x for x in lab if x.lower() == "other")])
    assert both_named.family == 0  # a label without a family beside the right one still costs


def test_several_labels_as_sets() -> None:
    gold = sample("anger", "sadness", "fear", multi_label=True)
    points = score_labels(gold, ["anger", "happiness"])
    assert points.precision == 1 / 2
    assert points.recall == 1 / 3
    assert points.f1 == 2 / 5  # 2 x 1 / (2 + 3)
    assert points.jaccard == 1 / 4
    assert points.family == 2 / 5
    assert points.valence == 2 / 3  # {negative, positive} against {negative}: 2 x 1 / (2 + 1)
    assert score_labels(gold, []).precision == 0


def test_naming_every_label_has_full_recall_and_nothing_else() -> None:
    points = score_labels(sample("anger", "fear", multi_label=True), EMOTIONS)
    assert (points.recall, points.exact) == (1, 0)
    assert points.precision == points.jaccard == 2 / 7
    assert points.f1 == 4 / 9


@pytest.mark.parametrize(("said", "distance"), [(0, 4), (3, 1), (4, 0), (8, 4)])
def test_distance_along_the_scale(said: int, distance: int) -> None:
    assert score_labels(sample(SCALE[4], of=SCALE), [SCALE[said]]).distance == distance


def test_no_distance_without_one_place_or_without_a_scale() -> None:
    assert score_labels(sample(SCALE[4], of=SCALE), []).distance is None
    assert score_labels(sample(SCALE[4], of=SCALE), SCALE[:2]).distance is None
    assert score_labels(sample("anger"), ["anger"]).distance is None


def test_neutral_among_intents_is_no_emotion() -> None:
    intents = tasks()["IR"].sources[0].label_set
    neutral = next(label for label in intents if label.lower() == "neutral")
    points = score_labels(sample(neutral, of=intents), [neutral])
    assert points == LabelScore(exact=1)


def test_no_level_where_the_gold_label_has_none() -> None:
    assert score_labels(sample("surprise"), ["surprise"]).valence is None


CASES = [(source.label_set, task.multi_label) for task in tasks().values() for source in task.sources]


@given(st.sampled_from(CASES), st.data())
def test_gold_labels_earn_everything_that_applies_and_all_points_agree(
    case: tuple[tuple[str, ...], bool], data: st.DataObject
) -> None:
    label_set, multi_label = case
    sets = st.lists(st.sampled_from(label_set), unique=True, min_size=1, max_size=3 if multi_label else 1)
    gold = sample(*data.draw(sets), of=label_set, multi_label=multi_label)
    full = score_labels(gold, gold.labels).model_dump(exclude={"schema_version", "distance"})
    assert {value for value in full.values() if value is not None} == {1}
    said = data.draw(sets)
    points = score_labels(gold, said)
    assert points == score_labels(gold, said[::-1])
    assert (points.exact == 1) == (gold.label_f1(said) == 1)
    assert points.family is None or points.family >= points.exact
    if points.f1 is not None and points.jaccard is not None:
        assert points.f1 == pytest.approx(2 * points.jaccard / (1 + points.jaccard))
