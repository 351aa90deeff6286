"""Labels of one's own in answers: spelled, in other forms, by synonyms, beside what the taxonomy knows."""

from __future__ import annotations

import pytest

from cuewise.labels import LabelSet, find_labels
from cuewise.labels.concepts import lists_all_forms
from cuewise.labels.names import names_any
from cuewise.labels.reading import read_label
from cuewise.records import LabelMeans, LabelStatus

OWN = LabelSet(
    ("Sarcastic", "Skeptical", "Confused/Lost", "Burnt out", "沉思", "Nostalgic"),
    (("Burnt out", ("worn out", "spent", "running on empty")), ("沉思", ("pensive", "deep in thought"))),
)


@pytest.mark.parametrize(
    ("answer", "label", "means"),
    [
        ("Final answer: sarcastic", "Sarcastic", LabelMeans.SPELLED),
        ("Final answer: Sarcasm", "Sarcastic", LabelMeans.INFLECTED),  # the taxonomy knows the word
        ("Emotion: skepticism.", "Skeptical", LabelMeans.INFLECTED),
        ("The person is clearly confused/lost.", "Confused/Lost", LabelMeans.SPELLED),
        ("Final answer: lost", "Confused/Lost", LabelMeans.SPELLED),
        ("Final answer: **confusion**", "Confused/Lost", LabelMeans.INFLECTED),
        ("The answer is burnt-out.", "Burnt out", LabelMeans.SPELLED),
        ("Final answer: worn out", "Burnt out", LabelMeans.SYNONYM),
        ("The person is running on empty.", "Burnt out", LabelMeans.SYNONYM),
        ("最终答案：沉思", "沉思", LabelMeans.SPELLED),
        ("她在沉思。", "沉思", LabelMeans.SPELLED),
        ("Final answer: pensive", "沉思", LabelMeans.TRANSLATED),
        ("Final answer: pensiveness", "沉思", LabelMeans.TRANSLATED),
        ("Final answer: nostalgia", "Nostalgic", LabelMeans.INFLECTED),
        ("She speaks nostalgically.", "Nostalgic", LabelMeans.INFLECTED),
        ("Not nostalgic but burnt out.", "Burnt out", LabelMeans.SPELLED),
        ("It may look nostalgic. Wait. Final answer: spent", "Burnt out", LabelMeans.SYNONYM),
    ],
)
def test_own_labels_are_read(answer: str, label: str, means: LabelMeans) -> None:
    reading = read_label(answer, OWN)
    assert (reading.status, reading.labels, reading.means) == (LabelStatus.MATCHED, (label,), means)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Persuading", "wants to persuade"),
        ("Persuading", "tries persuasion; she persuaded him"),
        ("Flirting", "flirts"),
        ("Teasing", "teases"),
        ("Teasing", "wants to tease"),
        ("Desperate", "desperation"),
        ("Moody", "moodily"),
        ("Awkwardness", "awkward"),
        ("Empathy", "empathetic"),
        ("Optimistic", "optimism"),
        ("Enthusiasm", "enthusiastically"),
        ("Energetic", "energy"),
        ("Self-confident", "self-confidence"),
        ("Alert", "alertness"),
        ("Warm", "warmth"),
        ("Sincere", "sincerity"),
        ("Tense", "tensely"),
        ("Skeptical", "skeptically"),
        ("In two minds", "in two mind"),
    ],
)
def test_other_forms_of_own_words_are_known(label: str, said: str) -> None:
    assert not lists_all_forms(label)
    assert find_labels(f"The person {said}.", [label, "none of it"]) == (label,)


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("Final answer: no emotion", "No emotion"),
        ("Final answer: Not sure", "Not sure"),
        ("Final answer: none of these", "None of these"),
        ("The emotion is unclear.", "Unclear"),  # elsewhere a refusal
    ],
)
def test_labels_that_sound_like_no_answer(answer: str, label: str) -> None:
    reading = read_label(answer, ("No emotion", "Not sure", "None of these", "Unclear"))
    assert (reading.labels, reading.certain) == ((label,), True)
    assert read_label("The emotion is unclear.", ("Dry", "Warm")).status is LabelStatus.REFUSED


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Belonging", "It takes long."),
        ("Caring", "Cars drive by, a car stops."),
        ("Alert", "A learner looks up."),
        ("Burnt out", "The light went out."),
        ("Flirting", "A flirtation with danger is not it."),
        ("Persuading", "A suave man."),
    ],
)
def test_other_words_are_not_taken_for_them(label: str, text: str) -> None:
    assert find_labels(text, [label, "something else"]) == ()


def test_a_candidate_goes_before_a_form_or_synonym_of_another() -> None:
    labels = LabelSet(("Tense", "Tensely", "Spent"), (("Tense", ("spending",)),))
    assert find_labels("He looks, tensely", labels) == ("Tensely",)
    assert find_labels("spent", labels) == ("Spent",)
    # A form that two of them have stands for both, and so tells neither.
    assert find_labels("nostalgically", ["Nostalgic", "Nostalgia", "glad"]) == ()
    assert read_label("Final answer: nostalgically", ["Nostalgic", "Nostalgia"]).status is LabelStatus.SEVERAL


def test_own_synonyms_go_before_the_taxonomys() -> None:
    assert find_labels("She is exhausted.", ["Burnt out", "Fatigue"]) == ("Fatigue",)
    own = LabelSet(("Burnt out", "Fatigue"), (("Burnt out", ("exhausted",)),))
    assert find_labels("She is exhausted.", own) == ("Burnt out",)
    assert find_labels("She shows exhaustion, or she is tired.", own) == ("Burnt out", "Fatigue")


def test_synonyms_are_kept_apart_by_label_set() -> None:
    """Readings are remembered: the same labels without their synonyms are another set."""
    bare = ("Burnt out", "Fresh")
    assert find_labels("He is spent.", LabelSet(bare, (("Burnt out", ("spent",)),))) == ("Burnt out",)
    assert find_labels("He is spent.", bare) == ()
    assert names_any("not spent", LabelSet(bare, (("Burnt out", ("spent",)),))) == ("Burnt out",)


def test_a_label_set_is_its_labels() -> None:
    assert (next(iter(OWN)), OWN[3], OWN[-2:], len(OWN)) == (
        "Sarcastic",
        "Burnt out",
        ("沉思", "Nostalgic"),
        6,
    )
    assert "Skeptical" in OWN and "spent" not in OWN
    some = OWN.only(["沉思", "Sarcastic"])
    assert (some.labels, some.synonyms) == (("沉思", "Sarcastic"), (OWN.synonyms[1],))
    assert LabelSet.of(OWN) is OWN
    assert hash(LabelSet.of(["a", "b"])) == hash(LabelSet(("a", "b")))
