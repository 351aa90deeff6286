"""Labels of one's own that read like ratings are answers, not ratings of the answer."""

from __future__ import annotations

import pytest

from cuewise.labels.reading import read_label
from cuewise.steps.rules import extract_by_rules

LIKERT = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    "text", ["Rating: 4", "She is tense.\nRating: 4", "She is tense. Score: 4", "Final rating: 4"]
)
def test_a_rating_that_is_a_candidate_is_the_answer(text: str) -> None:
    assert read_label(text, LIKERT).labels == ("4",)
    assert extract_by_rules(text, LIKERT)[-1].labels == ("4",)


@pytest.mark.parametrize(("text", "label"), [("Verdict: yes", "Yes"), ("Decision: no.", "No")])
def test_yes_and_no_are_read_alike(text: str, label: str) -> None:
    assert read_label(text, ("Yes", "No")).labels == (label,)


def test_elsewhere_ratings_still_go() -> None:
    steps = extract_by_rules("Rating: 4\nShe frowns.\nFinal answer: sad", ("happy", "sad"))
    assert [step.text for step in steps] == ["She frowns.", "Final answer: sad"]
