"""Answers worded so that a label in them is easily taken the wrong way: read right, or held uncertain."""

from __future__ import annotations

import time

import pytest

from cuewise.labels.plainness import is_undisturbed
from cuewise.labels.reading import read_label

EMOTIONS = ("angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised")
INTENTS = ("neutral", "questioning", "consoling", "suggesting", "encouraging", "wishing", "agreeing")
POLARITY = ("negative", "neutral", "positive")
FILM = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "contempt", "anxiety", "neutral")


def is_safe(text: str, label_set: tuple[str, ...], meant: set[str], *, multi_label: bool = False) -> bool:
    reading = read_label(text, label_set, multi_label=multi_label)
    return set(reading.labels) == meant or not reading.certain


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("The mood is in no sense happy.", set()),
        ("The emotion is by no means sad; it is happy.", {"happy"}),
        ("It is false that this man's emotion is anger.", set()),
        ("It would be a mistake to call the emotion surprise.", set()),
        ("The least likely label is fearful.", set()),
        ("The emotion with the lowest likelihood is fear.", set()),
        ("Her emotion fails to be happiness.", set()),
        ("His feeling is the reverse of happy.", set()),
        ("The answer is angry (2%), neutral (98%).", {"neutral"}),
        ("P(the label is angry) = 0.1 and P(the label is sad) = 0.9", {"sad"}),
        ("Emotion: surprised (wrong). Emotion: neutral (right).", {"neutral"}),
        ('{"excluded_label": "angry", "label": "neutral"}', {"neutral"}),
        ('{"wrong": "sad", "emotion": "happy"}', {"happy"}),
        ("Answer: <s>angry</s> neutral", {"neutral"}),
        ("Label: ~~sad~~ fearful", {"fearful"}),
        ("The emotion would be fear if her eyes were wide.", set()),
        ("Were his fists clenched, the emotion would be anger; the emotion is neutral.", {"neutral"}),
        ("If she wept, the label would be sad; since she does not, the label is happy.", {"happy"}),
        ("I was about to say the label is fear, but it's surprise.", {"surprised"}),
        ("At first I labelled this as sad. It's angry.", {"angry"}),
        ("The emotion is anger on the part of his brother.", set()),
        ("The emotion is a parody of sadness.", set()),
        ("The emotion is happy. Or not.", set()),
        ("The emotion is everything other than happy.", set()),
        ("The emotion is remote from anger.", set()),
        ("The emotion is well short of angry.", set()),
        ("The emotion is the antithesis of happy.", set()),
        ("The emotion, were one to trust the smile, is happy.", set()),
        ("A careless observer's answer is happy.", set()),
        ("Critics claim the emotion is sad.", set()),
        ("The label I rule out is sad.", set()),
        ("The label to avoid is angry.", set()),
        ("What the emotion lacks is fear.", set()),
        ("The emotion ceased to be happy.", set()),
        ("The emotion used to be happy.", set()),
        ("The emotion is at most happy.", set()),
        ("The emotion is on the verge of sad.", set()),
        ("The emotion is a mock anger.", set()),
        ("The emotion is so-called happiness.", set()),
        ("The emotion is happy, I lied.", set()),
        ("Emotion: sad? Wrong. Emotion: angry", {"angry"}),
        ("The emotion is happy - no, sorry, sad.", {"sad"}),
        ("Emotion: happy ❌", set()),
        ("happy ✗ sad ✓", {"sad"}),
        ("The emotion is 0% sad.", set()),
        ("The odds that the emotion is sad are nil.", set()),
        ("他的情绪算不上悲伤。", set()),
        ("答案不会是高兴。", set()),
        ("情绪不可能是惊讶。", set()),
        ("最不可能的情绪是恐惧。", set()),
        ("她的情绪远非高兴。", set()),
        ("情绪是愤怒的反面。", set()),
        ("答案：愤怒（×），悲伤（√）", {"sad"}),
        ("如果他在哭，情绪就是悲伤。", set()),
        ("情绪称不上愤怒", set()),
        ("情绪无关愤怒", set()),
        ("别选愤怒，答案是悲伤", {"sad"}),
        ("情绪几乎是悲伤", set()),
    ],
)
def test_no_emotion_is_read_wrongly_with_confidence(text: str, meant: set[str]) -> None:
    assert is_safe(text, EMOTIONS, meant), read_label(text, EMOTIONS)


@pytest.mark.parametrize(
    ("text", "label_set", "meant"),
    [
        ("The intent is to stop consoling.", INTENTS, set()),
        ("The speaker avoids agreeing.", INTENTS, set()),
        ("The intent is to quit wishing.", INTENTS, set()),
        ("The sentiment is a false negative.", POLARITY, set()),
        ("The sentiment would be negative without the laugh.", POLARITY, set()),
        ("The sentiment is overtly negatively positive.", POLARITY, set()),
    ],
)
def test_no_intent_or_sentiment_either(text: str, label_set: tuple[str, ...], meant: set[str]) -> None:
    assert is_safe(text, label_set, meant), read_label(text, label_set)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("fear: no\ncontempt: yes\nanxiety: yes", {"contempt", "anxiety"}),
        ('{"fear": true, "anger": false, "anxiety": true}', {"fear", "anxiety"}),
        ("The emotions are anything except disgust and contempt.", set()),
        ("The emotions are fear with no trace of either anger or contempt.", {"fear"}),
        ("The emotions are fear; anger is ruled out, and so is contempt.", {"fear"}),
        ("Emotions: fear (0.8), contempt (0.0), anger (0.7)", {"fear", "anger"}),
    ],
)
def test_nor_is_one_of_several(text: str, meant: set[str]) -> None:
    assert is_safe(text, FILM, meant, multi_label=True), read_label(text, FILM, multi_label=True)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The final answer is happy (0%), sad (100%).", "sad"),
        ("happy: 0.1, sad: 0.8, angry: 0.1", "sad"),
        ("Emotion: happy (incorrect); Emotion: sad (correct)", "sad"),
        ("Final answer: ~~happy~~ sad", "sad"),
        ("<s>happy</s> sad", "sad"),
        ("If he smiled, the emotion would be happy; as he does not, the emotion is neutral.", "neutral"),
        ("I was going to say the emotion is happy, but it's sad.", "sad"),
        ("Initially I identified this as happy. It's sad.", "sad"),
        ("答案：高兴（×） 悲伤（√）", "sad"),
    ],
)
def test_what_is_struck_out_or_supposed_gives_way(text: str, label: str) -> None:
    assert read_label(text, EMOTIONS).labels == (label,)


@pytest.mark.parametrize(
    "text",
    [
        "sad",
        "**Sad**",
        "Emotion: sad",
        "Final answer: sad",
        "The emotion is sad.",
        "The person is clearly sad.",
        "I would choose sad.",
        "\\boxed{sad}",
        '{"emotion": "sad"}',
        "She weeps and her voice breaks.\n\nFinal answer: **sad**",
        "最终答案：悲伤",
        "这个人的情绪是悲伤。",
    ],
)
def test_a_plain_answer_is_certain(text: str) -> None:
    reading = read_label(text, EMOTIONS)
    assert (reading.labels, reading.certain) == (("sad",), True)


@pytest.mark.parametrize("line", ["\n", "- \n", " *\n", "\r\n"])
def test_empty_lines_take_no_time_of_their_own_each(line: str) -> None:
    """A line is looked at once, not once more for each line before it; that took a minute of 20,000."""
    began = time.process_time()
    assert is_undisturbed(line * 20_000)
    assert not is_undisturbed(line * 20_000 + "- rejected: sad")
    assert time.process_time() - began < 2
