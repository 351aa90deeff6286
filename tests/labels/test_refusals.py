"""Refusals are told from answers, in doubt as answers."""

from __future__ import annotations

import pytest

from cuewise.labels.refusals import looks_like_refusal

LABELS = ("anger", "sadness", "surprise", "neutral")

REFUSALS = [
    "I'm sorry, but I can't help identify the emotions of people in videos.",
    "I’m sorry, I can’t assist with that request.",
    "Sorry, I cannot help with that.",
    "I apologize, but I am unable to analyze video content.",
    "As an AI language model, I cannot watch videos. Please describe the clip.",
    "I cannot determine the emotion of the person.",
    "I can't tell whether this is anger or sadness.",
    "Unfortunately, I am not able to view the clip.",
    "Thank you for the clip, but I can't make inferences about people.",
    "I won't provide an assessment of this person.",
    "很抱歉，我无法识别视频中的情绪。",
]

ANSWERS = [
    "anger",
    "I'm sorry to hear that. She is sad.",
    "I cannot determine the emotion with certainty, but it seems to be anger.",
    "I can't identify who this is. The emotion is sadness.",
    'She says "I can\'t help it" and cries. Sadness.',
    "The speaker says: I cannot answer. The emotion is anger.",
    "Her brows are raised. I cannot hear any words. Her voice shakes.\nFinal answer: surprise",
    "The person cannot see the camera.",
    "I see raised brows and hear a loud voice.",
    "I'm sorry, but I can't help. " + "Her brows are raised. " * 80,
    "",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_refusals(text: str) -> None:
    assert looks_like_refusal(text, LABELS)


@pytest.mark.parametrize("text", ANSWERS)
def test_answers(text: str) -> None:
    assert not looks_like_refusal(text, LABELS)
