"""What labels mean: every label of the benchmark, and the table itself."""

from __future__ import annotations

import pytest

from cuewise.labels.concepts import concepts, degrees, table
from cuewise.labels.taxonomy import (
    VERSION,
    are_sentiments,
    family_of,
    feelings_named,
    is_known,
    names_any,
    scale_of,
    valence_of,
)
from cuewise.samples.tasks import tasks

FAMILIES = {"anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"}
SCALE = (
    "very strong negative",
    "strong negative",
    "negative",
    "weak negative",
    "neutral",
    "weak positive",
    "positive",
    "strong positive",
    "very strong positive",
)


def test_the_table_and_the_code_are_of_one_version() -> None:
    assert table()["version"] == VERSION


def test_every_word_means_one_concept_and_all_fields_are_known() -> None:
    words = [word for concept in concepts().values() for word in (*concept.words, *concept.stated)]
    assert len(words) == len(set(words))
    for entry in table()["concepts"].values():
        assert set(entry) <= {"kind", "family", "valence", "words", "synonyms", "stated", "chinese", "near"}
    for concept in concepts().values():
        assert concept.family in FAMILIES | {None}
        assert concept.valence in {"negative", "neutral", "positive", None}
        assert concept.kind in {"emotion", "sentiment", "intent", ""}
        assert set(concept.near) <= set(concepts()) - {concept.name}
    assert {degree for means in degrees().values() for degree in means} == {-1, 0, 1, 2}


@pytest.mark.parametrize(
    ("label", "family", "valence"),
    [
        ("Anger", "anger", "negative"),
        ("angry", "anger", "negative"),
        ("Frustration", "anger", "negative"),
        ("Annoyance", "anger", "negative"),
        ("contempt", "contempt", "negative"),
        ("disgusted", "disgust", "negative"),
        ("Aversion", "disgust", "negative"),
        ("scared", "fear", "negative"),
        ("worried", "fear", "negative"),
        ("disappointment", "sadness", "negative"),
        ("helplessness", "sadness", "negative"),
        ("Suffering", "sadness", "negative"),
        ("joy", "happiness", "positive"),
        ("Excited", "happiness", "positive"),
        ("Pleasure", "happiness", "positive"),
        ("surprised", "surprise", None),
        ("neutral", "neutral", "neutral"),
        ("Embarrassment", None, "negative"),
        ("Doubt/Confusion", None, "negative"),
        ("Affection", None, "positive"),
        ("Anticipation", None, None),
        ("strong negative", None, "negative"),
        ("weak positive", None, "positive"),
        ("Other", None, None),
        ("wishing", None, None),
        ("高兴", "happiness", "positive"),
        ("zebra", None, None),
        ("", None, None),
    ],
)
def test_families_and_valences(label: str, family: str | None, valence: str | None) -> None:
    assert family_of(label) == family
    assert valence_of(label) == valence


def test_every_label_of_every_task_is_known_and_has_what_its_kind_has() -> None:
    for task in tasks().values():
        for source in task.sources:
            for label in source.label_set:
                assert is_known(label), label
                if task.name in {"SA", "FG-SA"}:
                    assert valence_of(label), label
                if task.name in {"ER-Wild", "ML-ER", "Noise-ER"} and label not in {"sarcastic", "shy"}:
                    assert family_of(label), label
    assert not is_known("zebra")


def test_a_scale_is_ordered_from_lowest_to_highest() -> None:
    assert scale_of(SCALE) == SCALE
    assert scale_of(SCALE[::-1]) == SCALE
    assert scale_of(["neutral", "strong positive", "positive"]) == ("neutral", "positive", "strong positive")


@pytest.mark.parametrize(
    "label_set",
    [
        [],
        ["negative", "neutral", "positive"],  # no degrees: valences say all there is
        ["happy", "sad"],
        [*SCALE, "other"],
        ["very positive", "positive"],  # strong, or very strong?
        ["weak positive", "slightly positive", "positive"],
    ],
)
def test_what_is_no_scale(label_set: list[str]) -> None:
    assert scale_of(label_set) == ()


@pytest.mark.parametrize(
    ("text", "labels", "expected"),
    [
        ("The voice sounds joyful.", ("happy", "angry"), ("happy",)),
        ("A voice that is not angry.", ("happy", "angry"), ("angry",)),
        ("neither sorrow nor rage", ("anger", "sadness", "fear"), ("anger", "sadness")),
        ("saddened", ("sad", "sadness"), ("sad", "sadness")),
        ("语气很愤怒", ("happy", "angry"), ("angry",)),
        ("a strongly negative tone", SCALE, ("strong negative",)),
        ("a very negative tone", SCALE, ("very strong negative", "strong negative")),
        ("A loud voice with a rising pitch; dangerous.", ("anger", "fear"), ()),
        ("He asks a question.", ("questioning", "neutral"), ()),
        ("", ("anger", "fear"), ()),
    ],
)
def test_names_what_a_text_mentions_at_all(
    text: str, labels: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert names_any(text, labels) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", ()),
        ("A loud, trembling voice with two pauses.", ()),
        ("Fury, then sadness; no fury is left, and she is sad.", ("anger", "sadness")),
        ("She is surprised and asks a question.", ()),  # no valence; an intent
        ("A very negative, by no means neutral tone.", ("negative", "neutral")),
        ("语气愤怒", ("anger",)),
    ],
)
def test_feelings_that_a_text_names(text: str, named: tuple[str, ...]) -> None:
    assert feelings_named(text) == named


@pytest.mark.parametrize(
    ("labels", "sentiments"),
    [
        (SCALE, True),
        (("neutral", "positive", "negative"), True),
        (("Positive", "NEGATIVE"), True),
        (("neutral", "happy", "sad"), False),
        (("negative", "positive", "mixed feelings"), False),
        (("negative", "positive", "gibberish"), False),
    ],
)
def test_which_sets_are_of_sentiments(labels: tuple[str, ...], sentiments: bool) -> None:
    assert are_sentiments(labels) is sentiments
