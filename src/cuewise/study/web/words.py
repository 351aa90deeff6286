"""What raters are told: what right means, in plain words, and an example that is worked out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from cuewise.records import CANNOT_TELL, Protocol

SHORT: Final = {
    Protocol.MME_EMOTION: "Right: nothing in the clip speaks against the step. Wrong: something does.",
    Protocol.GROUNDED: (
        "Right: the clip shows it, and it speaks for or against the label that the answer names. Wrong: anything else."
    ),
}
"""As `agreement.ratings.RIGHT_MEANS`, in a line."""

IN_FULL: Final = {
    Protocol.MME_EMOTION: (
        "Rate a step as right if nothing that you can see or hear in the clip contradicts it.",
        "What the clip can neither show nor refute is right as well: the step did not say anything false.",
        "Rate it as wrong if the clip contradicts it.",
    ),
    Protocol.GROUNDED: (
        "Rate a step as right if two things hold: what it states can be seen, heard or read in the clip, and it speaks"
        " for or against the label that the answer names.",
        "Rate it as wrong if the clip contradicts it, or does not show it.",
        "What is so but says nothing of that label is wrong as well, such as the colour of a shirt.",
    ),
}
"""As `agreement.ratings.RIGHT_MEANS`, for people who see it for the first time."""

CANNOT_TELL_MEANS: Final = (
    "Choose “cannot tell” where you yourself cannot say: the sound is too faint, the picture too dark, the language"
    " unknown to you, or the step not to be understood. It counts neither for nor against the answer."
)


_LABELS_MEAN: Final = (
    (("neutral",), "“Neutral” means that none of the others shows."),
    (("other", "others"), "“Other” means that something shows which no other label names."),
    (
        ("weak positive", "weak negative"),
        "Where labels are steps of a scale, first say which side it is, then how strong.",
    ),
)


def labels_mean(label_set: Collection[str]) -> tuple[str, ...]:
    """What raters who choose among labels are told of them."""
    there = {label.casefold() for label in label_set}
    return (
        "Take each label in its everyday sense; none has a hidden meaning. Labels come with the clips, so that they"
        " differ from clip to clip, and two of them may be close: take the closer one.",
        *(words for labels, words in _LABELS_MEAN if there & set(labels)),
    )


@dataclass(frozen=True)
class Example:
    """A step of the example, with what a careful rater says of it."""

    step: str
    rating: str
    why: str


EXAMPLE_CLIP: Final = (
    "Three pictures from a clip of a person who looks into the camera. At first the mouth is level. Then the inner"
    " ends of the brows rise and the corners of the mouth turn down. At last the head is lowered. A low, slow voice"
    " says: “I had hoped for more.” Somebody else’s radio makes it hard to hear the end."
)
EXAMPLE_LABEL: Final = "Sad"

_EXAMPLES: Final = (
    (
        "The corners of the mouth turn down.",
        ("right", "You can see it in the second picture."),
        ("right", "You can see it in the second picture, and it speaks for “Sad”."),
    ),
    (
        "The person laughs at the end.",
        ("wrong", "The clip contradicts it: the mouth is turned down, and nobody laughs."),
        ("wrong", "The clip contradicts it: the mouth is turned down, and nobody laughs."),
    ),
    (
        "The person has been turned down for a job.",
        ("right", "Nothing contradicts it. It may be made up, but the clip cannot refute it."),
        ("wrong", "The clip does not show it. It may be so, but it is made up."),
    ),
    (
        "The person looks into the camera.",
        ("right", "So it is."),
        ("wrong", "So it is, but it says nothing for or against “Sad”."),
    ),
    (
        "The voice trembles on the last word.",
        (CANNOT_TELL, "It could be heard, but for the radio. Where you are unsure, do not guess."),
        (CANNOT_TELL, "It could be heard, but for the radio. Where you are unsure, do not guess."),
    ),
)


def examples(protocol: Protocol) -> tuple[Example, ...]:
    """The example's steps, rated by the rules of a protocol."""
    place = 0 if protocol is Protocol.MME_EMOTION else 1
    return tuple(Example(step, *rated[place]) for step, *rated in _EXAMPLES)
