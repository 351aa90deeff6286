"""What is said in each clip, what is felt or meant, and which questions the clip answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SEVEN: Final = ("anger", "happy", "neutral", "surprise", "sad", "fear", "disgust")
_MAFW_TEN: Final = (
    "disappointment", "fear", "contempt", "disgust", "sadness",
    "anger", "anxiety", "happiness", "surprise", "helplessness",
)  # fmt: skip
_INTENTS: Final = (
    "neutral", "questioning", "consoling", "suggesting", "encouraging", "agreeing", "wishing", "acknowledging",
)  # fmt: skip

LABEL_SETS: Final[dict[str, tuple[str, ...]]] = {
    "ER-Lab": (
        "Anger", "Sadness", "Surprise", "Happiness", "Excited", "Fear", "Frustration", "Neutral", "Other",
    ),
    "ER-Wild/MC-EIU": _SEVEN,
    "ER-Wild/CAER": ("disgust", "anger", "surprise", "neutral", "fear", "happy", "sad"),
    "ER-Wild/MELD": ("neutral", "surprise", "joy", "disgust", "anger", "fear", "sadness"),
    "ER-Wild/E3": ("surprised", "happy", "sad", "angry", "sarcastic", "shy", "scared", "disgusted"),
    "ER-Wild/MAFW": (
        "disappointment", "disgust", "fear", "sadness", "contempt", "anxiety",
        "helplessness", "happiness", "neutral", "anger", "surprise",
    ),
    "Noise-ER": ("happy", "neutral", "angry", "surprise", "sad", "worried"),
    "FG-ER": (
        "Excitement", "Engagement", "Fatigue", "Disquietment", "Anticipation", "Fear", "Affection",
        "Confidence", "Happiness", "Disconnection", "Annoyance", "Pain", "Sympathy", "Embarrassment",
        "Suffering", "Pleasure", "Sadness", "Sensitivity", "Peace", "Anger", "Esteem", "Doubt/Confusion",
        "Disapproval", "Surprise", "Aversion", "Yearning",
    ),
    "ML-ER/MAFW": _MAFW_TEN,
    "ML-ER/CMU-MOSEI": ("happy", "fear", "disgust", "anger", "sad", "surprise"),
    "SA": ("neutral", "positive", "negative"),
    "FG-SA": (
        "very strong negative", "strong negative", "negative", "weak negative", "neutral",
        "weak positive", "positive", "strong positive", "very strong positive",
    ),
    "IR": _INTENTS,
}  # fmt: skip
"""Candidate labels by task and, where a task's sources differ, by `task/source`; in the benchmark's spelling."""

MULTI_LABEL_TASKS: Final = frozenset({"FG-ER", "ML-ER"})


@dataclass(frozen=True)
class Question:
    """One question that a clip answers."""

    asked: str
    """Key of `LABEL_SETS`."""
    labels: tuple[str, ...]

    @property
    def task(self) -> str:
        return self.asked.partition("/")[0]

    @property
    def label_set(self) -> tuple[str, ...]:
        return LABEL_SETS[self.asked]


@dataclass(frozen=True)
class Take:
    """One clip to be made."""

    profiles: tuple[str, ...]
    """One profile, or two to be mixed."""
    lines: tuple[str, ...]
    """One line, or two: then the first is spoken in the neutral manner and the expression sets in with the second."""
    questions: tuple[Question, ...]

    @property
    def transcript(self) -> str:
        return " ".join(self.lines)

    @property
    def noisy(self) -> bool:
        return any(question.task == "Noise-ER" for question in self.questions)


def _take(profiles: str, questions: str, *lines: str) -> Take:
    """`profiles` as `a+b`; `questions` as `task/source:label,label`, several joined with `|`."""
    parsed = []
    for part in questions.split("|"):
        asked, _, labels = part.partition(":")
        parsed.append(Question(asked, tuple(labels.split(","))))
    return Take(tuple(profiles.split("+")), lines, tuple(parsed))


TAKES: Final = (
    _take("anger", "ER-Lab:Anger", "I told you about this on Monday already."),
    _take("sadness", "ER-Lab:Sadness", "The old house by the river is gone now."),
    _take("happiness", "ER-Lab:Happiness", "The whole family is coming on Sunday."),
    _take("fear", "ER-Lab:Fear", "There was somebody at the door again last night."),
    _take("surprise", "ER-Lab:Surprise", "I opened the box.", "It was full of letters!"),
    _take("neutral", "ER-Lab:Neutral", "The train to the coast leaves at a quarter past ten."),
    _take("frustration", "ER-Lab:Frustration", "It worked this morning.", "Now it is stuck again!"),
    _take("disgust", "ER-Wild/CAER:disgust", "Something in this kitchen smells like fish."),
    _take("anger", "ER-Wild/MELD:anger", "Who moved all of my papers off the kitchen table?"),
    _take("happiness", "ER-Wild/MELD:joy", "We got the keys to the new apartment today!"),
    _take("contempt", "ER-Wild/MAFW:contempt", "So this is what they call a finished plan."),
    _take("shyness", "ER-Wild/E3:shy", "Well, I made a small drawing for you."),
    _take("fear", "ER-Wild/MC-EIU:fear", "Please stay close to me until we reach the street lights."),
    _take("happiness", "Noise-ER:happy", "My sister called, and she is coming home in June."),
    _take("neutral", "Noise-ER:neutral", "The meeting has been moved to the second floor."),
    _take("anger", "Noise-ER:angry", "You can not just leave the engine running all night."),
    _take("surprise", "Noise-ER:surprise", "I turned around.", "You were standing there!"),
    _take("sadness", "Noise-ER:sad", "I kept a chair for her at the table."),
    _take("anxiety", "Noise-ER:worried", "He should have been back from the market by seven."),
    _take("engagement", "FG-ER:Engagement,Happiness", "And then we follow the blue line up to the bridge."),
    _take("confusion", "FG-ER:Doubt/Confusion", "This map does not match the road we are on."),
    _take("fatigue", "FG-ER:Fatigue,Disconnection", "I have been up since four o'clock."),
    _take("affection", "FG-ER:Affection,Pleasure", "You still carry that little book."),
    _take("annoyance", "FG-ER:Disapproval,Annoyance", "That is the third time this week."),
    _take("disgust+anger", "ML-ER/MAFW:disgust,anger", "He put his boots on the clean bed again."),
    _take("fear+surprise", "ML-ER/MAFW:fear,surprise", "The light went out.", "Something touched my arm!"),
    _take("sadness+helplessness", "ML-ER/MAFW:sadness,helplessness", "There is nothing left for us to try."),
    _take(
        "happiness+surprise", "ML-ER/CMU-MOSEI:happy,surprise", "They chose my picture for the front cover!"
    ),
    _take("sadness+anger", "ML-ER/CMU-MOSEI:anger,sad", "Nobody even told me that he had left."),
    _take("positive", "SA:positive|FG-SA:positive", "The second half of the story is rather good."),
    _take("negative", "SA:negative|FG-SA:negative", "The chairs were hard and the soup was cold."),
    _take("neutral", "SA:neutral|FG-SA:neutral", "The film is two hours long and set in Lisbon."),
    _take(
        "strong positive",
        "SA:positive|FG-SA:strong positive",
        "I would watch that show again tonight, really!",
    ),
    _take("weak negative", "FG-SA:weak negative", "It is fine, but a little too long."),
    _take(
        "very strong negative",
        "SA:negative|FG-SA:very strong negative",
        "That was the worst two hours of the whole year.",
    ),
    _take("questioning", "IR:questioning", "Did you leave the window open last night?"),
    _take("consoling", "IR:consoling", "It is all right, we have time."),
    _take("suggesting", "IR:suggesting", "We could walk there instead of taking the bus."),
    _take(
        "encouraging",
        "IR:encouraging|ER-Wild/MC-EIU:happy",
        "You are nearly there, just one more page to go!",
    ),
    _take("agreeing", "IR:agreeing", "Yes, that is what I thought as well."),
    _take("wishing", "IR:wishing", "I hope the snow stays for the holiday."),
)
