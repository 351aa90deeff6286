"""Labels in answers: phrasings and expectations written by hand."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.labels import find_labels, read_final_labels, same_label

LAB = ("Anger", "Sadness", "Surprise", "Happiness", "Excited", "Fear", "Frustration", "Neutral", "Other")
VLOG = ("surprised", "happy", "sad", "angry", "sarcastic", "shy", "scared", "disgusted")
FINE = (
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
BODY = ("Happiness", "Doubt/Confusion", "Confidence", "Pain", "Engagement", "Peace", "Anger", "Surprise")
INTENT = (
    "neutral",
    "questioning",
    "consoling",
    "suggesting",
    "encouraging",
    "agreeing",
    "wishing",
    "acknowledging",
)


@pytest.mark.parametrize(
    ("text", "label_set", "expected"),
    [
        ("Anger", LAB, ["Anger"]),
        ("ANGER!", LAB, ["Anger"]),
        ("She is angry.", LAB, ["Anger"]),
        ("He answers angrily.", LAB, ["Anger"]),
        ("the man's anger", LAB, ["Anger"]),
        ("anger's grip", LAB, ["Anger"]),
        ("anger, sadness and fear", LAB, ["Anger", "Sadness", "Fear"]),
        ("fear, then anger", LAB, ["Fear", "Anger"]),
        ("an angry, sad man", LAB, ["Anger", "Sadness"]),
        ("joyful", LAB, ["Happiness"]),
        ("furious", LAB, ["Anger"]),
        ("jealous", LAB, []),
        ("annoyed", LAB, []),  # anger, or frustration
        ("dangerous", LAB, []),
        ("fearless", LAB, []),
        ("unhappy", LAB, ["Sadness"]),
        ("non-neutral", LAB, []),
        ("surprisingly calm", LAB, []),
        ("anger-management", LAB, []),
        ("happy-sad", VLOG, ["happy", "sad"]),
        ("no other option", LAB, []),
        ("on the other hand", LAB, []),
        ("other", LAB, ["Other"]),
        ("The label is Other.", LAB, ["Other"]),
        ("not angry", LAB, []),
        ("isn't angry", LAB, []),
        ("She isn’t really angry.", LAB, []),
        ("not angry but sad", LAB, ["Sadness"]),
        ("not angry, sad or fearful", LAB, []),
        ("neither sad nor angry", LAB, []),
        ("no sign of fear", LAB, []),
        ("without anger", LAB, []),
        ("sadness rather than anger", LAB, ["Sadness"]),
        ("sad instead of angry", LAB, ["Sadness"]),
        ("not only angry but also sad", LAB, ["Anger", "Sadness"]),
        ("I do not think she is angry", LAB, []),
        ("hardly happy", VLOG, []),
        ("anything but happy", VLOG, []),
        ("far from happy; it's sad", VLOG, ["sad"]),
        ("less sad than angry", VLOG, ["angry"]),
        ("more sad than angry", VLOG, ["sad"]),
        ("less than happy", VLOG, []),
        ("It is unlikely that the emotion is sad.", VLOG, []),
        ("unlikely to be sad", VLOG, []),
        ("I can't tell whether happy or sad", VLOG, []),
        ("It is unclear whether she is happy or sad.", VLOG, []),
        ("not sure whether the speaker is sad", VLOG, []),
        ("She asks whether he is sad", VLOG, ["sad"]),
        ("very strong negative", FINE, ["very strong negative"]),
        ("strong negative", FINE, ["strong negative"]),
        ("Very Strong-Negative", FINE, ["very strong negative"]),
        ("very_strong_negative", FINE, ["very strong negative"]),
        ("very strongly positive", FINE, ["very strong positive"]),
        ("weakly negative", FINE, ["weak negative"]),
        ("a negative sentiment", FINE, ["negative"]),
        ("strong,\n negative", FINE, ["negative"]),  # a comma parts the words
        ("Doubt/Confusion", BODY, ["Doubt/Confusion"]),
        ("doubt / confusion", BODY, ["Doubt/Confusion"]),
        ("She looks confused.", BODY, ["Doubt/Confusion"]),
        ("doubt and confusion", BODY, ["Doubt/Confusion"]),
        ("I say this with high confidence", BODY, []),
        ("Surprise (confidence: 0.9)", BODY, ["Surprise"]),
        ("Confidence", BODY, ["Confidence"]),
        ("a rising tone, suggesting a plea", INTENT, []),
        ("The intent is suggesting.", INTENT, ["suggesting"]),
        ("the question whether he agrees", INTENT, ["agreeing"]),
        ("情绪是angry。", LAB, ["Anger"]),
        ("她很愤怒", ("愤怒", "高兴"), ["愤怒"]),
        ("她不高兴", ("愤怒", "高兴"), []),
        ("sad", ("sad", "sadness"), ["sad"]),
        ("saddened", ("sad", "sadness"), []),  # could be either
        ("doubt", ("doubt", "doubt/fear"), ["doubt"]),
        ("fearful", ("doubt", "doubt/fear"), ["doubt/fear"]),
        ("sad->happy", ("sad", "happy", "sad->happy"), ["sad->happy"]),
        ("", LAB, []),
    ],
)
def test_finds_the_labels_that_a_text_names(
    text: str, label_set: tuple[str, ...], expected: list[str]
) -> None:
    assert list(find_labels(text, label_set)) == expected


@pytest.mark.parametrize(
    ("text", "label_set", "expected"),
    [
        ("Final answer: Surprise", LAB, ["Surprise"]),
        ("**Final Answer:** *surprise*", LAB, ["Surprise"]),
        ("Final answer\nSurprise", LAB, ["Surprise"]),
        ("## Final Answer\n\n- **Surprise**", LAB, ["Surprise"]),
        ("**Final answer**:\n\nSurprise.", LAB, ["Surprise"]),
        ("The final answer is: fear", LAB, ["Fear"]),
        ("My final answer would be anger.", LAB, ["Anger"]),
        ("Predicted label: anger", LAB, ["Anger"]),
        ("Answer: sad\nI am sure she is not happy.", VLOG, ["sad"]),
        ("Emotion: Fear\nThere may be traces of anger and surprise.", LAB, ["Fear"]),
        ("The emotion is fear.", LAB, ["Fear"]),
        ("The emotion is fear. Surprise and anger are less likely.", LAB, ["Fear"]),
        ("The emotion is not fear; it is surprise.", LAB, ["Surprise"]),
        ("The most likely emotion of the woman in the clip is sadness.", LAB, ["Sadness"]),
        ("The dominant emotion appears to be anger, with a hint of fear.", LAB, ["Anger"]),
        ("The emotion is anger because she is not happy about the surprise.", LAB, ["Anger"]),
        ("I would classify this as happiness.", LAB, ["Happiness"]),
        ("I choose sadness.", LAB, ["Sadness"]),
        ("Therefore, the speaker is frustrated.", LAB, ["Frustration"]),
        ("She was surprised at first. In conclusion, she is happy.", LAB, ["Happiness"]),
        ("At first there is fear. In the end she is happy.", LAB, ["Happiness"]),
        ("He fears the worst. He is sad. That is all.", LAB, ["Sadness"]),
        ("Based on the fear in her eyes and her surprise, the woman feels sadness.", LAB, ["Sadness"]),
        ("Could it be anger? Is it fear? Her face shows sadness.", LAB, ["Sadness"]),
        ("Sadness. But is it anger?", LAB, ["Sadness"]),
        ("What is the emotion?", LAB, []),
        ("\\boxed{Fear}", LAB, ["Fear"]),
        ("Some thoughts about anger.\n$\\boxed{\\text{Fear}}$", LAB, ["Fear"]),
        ("<think>maybe anger</think><answer>fear</answer>", LAB, ["Fear"]),
        ('{"emotion": "happy", "reasoning": "not sad, surprised at most"}', VLOG, ["happy"]),
        ('{"reasoning": "she looks sad", "answer": "angry"}', VLOG, ["angry"]),
        ('{"labels": ["happy", "shy"]}', VLOG, ["happy", "shy"]),
        ("Labels: happiness, surprise", BODY, ["Happiness", "Surprise"]),
        ("Final answer: Doubt/Confusion; Pain", BODY, ["Doubt/Confusion", "Pain"]),
        ("Sentiment: very strong negative", FINE, ["very strong negative"]),
        ("The sentiment is weakly positive overall, not strong positive.", FINE, ["weak positive"]),
        ("The speaker's intent is consoling.", INTENT, ["consoling"]),
        ("Final answer: joy", LAB, ["Happiness"]),
        ("**Final step:** Anger. The others (fear, sadness) do not fit.", LAB, ["Anger"]),
        ("Final answer: The person is angry (not sad).", LAB, ["Anger"]),
        ("Final answer: Anger/Frustration", LAB, ["Anger", "Frustration"]),
        ("Step 4: Therefore, the intent is suggesting.", INTENT, ["suggesting"]),
        (
            "The tone rises, suggesting doubt. The intent is best described as questioning.",
            INTENT,
            ["questioning"],
        ),
        (
            "Considering all this, the best fitting label is **Frustration** rather than Anger.",
            LAB,
            ["Frustration"],
        ),
        ("The clip shows excitement rather than mere happiness.", LAB, ["Excited"]),
        ("After weighing anger against fear, the label that fits best is Fear", LAB, ["Fear"]),
        ("The speaker seems neither happy nor sad, which points to Neutral.", LAB, ["Neutral"]),
        ("The man might be angry, or frustrated.", LAB, ["Anger", "Frustration"]),
        ("最终答案：Fear", LAB, ["Fear"]),
        ("因此，她的情绪是 Anger。", LAB, ["Anger"]),
        ("Happiness", LAB, ["Happiness"]),
        ("1. The brows are up.\n2. The voice is loud.\nFinal label: Fear", LAB, ["Fear"]),
        ("I cannot say.", LAB, []),
        ("", LAB, []),
        ("unlikely that the emotion is sad; the emotion is anger", VLOG, ["angry"]),
        ("My answer is sad. Let me reconsider: the answer should be angry.", VLOG, ["angry"]),
        ("Emotion: sad. Wait, the emotion is angry.", VLOG, ["angry"]),
        ("Final answer: sad. On second thought, the emotion must be anger.", VLOG, ["angry"]),
        ("Final answer: neutral, but sad is also plausible", ("neutral", "sad"), ["neutral"]),
        ("Final answer: angry, but also sad", VLOG, ["angry", "sad"]),
        ("The emotion is not anger, but sadness.", VLOG, ["sad"]),
        ("I can't tell whether happy or sad", VLOG, []),
        ("The answer is: between happy and neutral, I choose neutral", ("happy", "neutral"), ["neutral"]),
        ("answer is: between happy and neutral, I choose neutral", ("happy", "neutral"), ["neutral"]),
        ("<think>maybe sad</think> happy", VLOG, ["happy"]),
        ("<think>maybe sad</think>", VLOG, []),
        ("happy\n<think>no, rather sad", VLOG, ["happy"]),
        ("it could be sad\n</think>\nhappy", VLOG, ["happy"]),
        ("<thinking>\nsad\n</thinking>\n\n**happy**", VLOG, ["happy"]),
        ("The answer: angry. The final emotion of the clip is preceded by sadness", VLOG, ["angry"]),
        ("The final emotion of the clip is sadness", VLOG, ["sad"]),
    ],
)
def test_reads_what_an_answer_settles_on(text: str, label_set: tuple[str, ...], expected: list[str]) -> None:
    assert list(read_final_labels(text, label_set)) == expected


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Angry", "anger", True),
        ("Sad", "sadness", True),
        ("Doubt/Confusion", "doubt / confusion", True),
        ("weak negative", "negative", False),
        ("happy", "joy", False),
        ("very strong negative", "Very-Strong Negative", True),
        ("fear", "scared", False),
    ],
)
def test_compares_labels(a: str, b: str, same: bool) -> None:
    assert same_label(a, b) is same
    assert same_label(b, a) is same


@pytest.mark.shared
def test_every_candidate_of_the_benchmark_names_itself_alone(shared_data: Path) -> None:
    sets = {
        tuple(entry["label_set"])
        for path in sorted(shared_data.glob("mme-emotion/*/question/*.json"))
        for entry in json.loads(path.read_text(encoding="utf-8"))
    }
    assert len(sets) >= 8
    for label_set in sets:
        for label in label_set:
            for text in (
                label,
                label.upper(),
                f"Final answer: {label}",
                f"The answer is **{label.lower()}**.",
            ):
                assert read_final_labels(text, label_set) == (label,), text


@given(st.text(max_size=400), st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=6, unique=True))
def test_only_candidates_are_ever_found(text: str, label_set: list[str]) -> None:
    assert set(find_labels(text, label_set)) <= set(label_set)
    assert set(read_final_labels(text, label_set)) <= set(label_set)


@given(st.sampled_from(LAB), st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=5))
def test_a_label_inside_a_longer_made_up_word_is_not_found(label: str, letters: str) -> None:
    assert find_labels(f"zz{label}{letters}", LAB) == ()


@pytest.mark.parametrize(
    "text",
    [
        "angry or " * 8000,
        "not in a in a " * 6000,
        "." * 60_000,
        '"' * 60_000,
        "Answer: " * 9000,
        "a. " * 20_000,
        "very strong " * 6000,
        "(" * 60_000,
        "because " * 9000,
        "\n" * 60_000,
        "* " * 30_000,
        "the emotion " * 6000,
    ],
)
def test_hostile_length_costs_little(text: str) -> None:
    start = time.thread_time()
    read_final_labels(text + "x", FINE)
    assert time.thread_time() - start < 3
