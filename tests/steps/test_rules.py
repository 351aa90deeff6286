"""The extractor by rules: answers in many layouts, with the steps that a careful reader would list."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.prose import split_sentences
from cuewise.records import Answer, Clip, Sample
from cuewise.steps.protocol import MAX_STEPS
from cuewise.steps.rules import RuleExtractor, extract_by_rules

LABELS = ("anger", "sadness", "surprise", "happiness", "fear", "neutral")

# (answer, reasoning steps, text of the label step, labels)
ANSWERS: list[tuple[str, list[str], str, tuple[str, ...]]] = [
    (
        "1. The brows are raised.\n2. The voice is loud.\nFinal answer: surprise",
        ["The brows are raised.", "The voice is loud."],
        "Final answer: surprise",
        ("surprise",),
    ),
    (
        "Step 1: The brows are raised.\nStep 2: The voice is loud.\nStep 3: The emotion is surprise.",
        ["The brows are raised.", "The voice is loud."],
        "The emotion is surprise.",
        ("surprise",),
    ),
    (
        "- brows raised\n* voice loud\n• mouth open\n\nAnswer: surprise",
        ["brows raised", "voice loud", "mouth open"],
        "Answer: surprise",
        ("surprise",),
    ),
    (
        "## Visual cues\n\n1) **Brows:** raised\n2) *Mouth:* open\n\n---\n\n**Conclusion:**\nsurprise",
        ["Brows: raised", "Mouth: open"],
        "Conclusion: surprise",
        ("surprise",),
    ),
    (
        "Let's think step by step. Her brows are raised. Her voice is loud. The emotion is surprise.",
        ["Her brows are raised.", "Her voice is loud."],
        "The emotion is surprise.",
        ("surprise",),
    ),
    (
        "Sure! Here is my analysis:\n\nHer lips tremble at 1.2 s. Then, e.g. at 2.5 s, she sobs.\n\n"
        "So she feels sadness.",
        ["Her lips tremble at 1.2 s.", "Then, e.g. at 2.5 s, she sobs."],
        "So she feels sadness.",
        ("sadness",),
    ),
    (
        'He says "Leave me. Now." and turns away. Final answer: anger',
        ['He says "Leave me. Now." and turns away.'],
        "Final answer: anger",
        ("anger",),
    ),
    (
        "她的眉毛上扬。她的声音很大！最终答案：surprise",
        ["她的眉毛上扬。", "她的声音很大！"],
        "最终答案：surprise",
        ("surprise",),
    ),
    (
        "The person is angry because her brows are furrowed.",
        ["her brows are furrowed."],
        "The person is angry",
        ("anger",),
    ),
    (
        "Because her voice breaks, the emotion is sadness.",
        ["her voice breaks"],
        "the emotion is sadness.",
        ("sadness",),
    ),
    (
        "The emotion is fear. Her eyes are wide, and she backs off. Final answer: fear",
        ["Her eyes are wide, and she backs off."],
        "Final answer: fear",
        ("fear",),
    ),
    ("The emotion is fear.\n\nHer eyes are wide.", ["Her eyes are wide."], "The emotion is fear.", ("fear",)),
    ("surprise", [], "surprise", ("surprise",)),
    ("**Surprise**", [], "Surprise", ("surprise",)),
    ("She gasps.\n\n**Surprise**", ["She gasps."], "Surprise", ("surprise",)),
    ("She gasps.\n\n**Final answer: surprise**", ["She gasps."], "Final answer: surprise", ("surprise",)),
    ("She gasps.\n### Final Answer: Surprise", ["She gasps."], "Final Answer: Surprise", ("surprise",)),
    (
        "### Step 1: Face\n- She gasps.\n**Step 2: Voice**\nIt is loud.\n### Anger\nNo.\nAnswer: fear",
        ["She gasps.", "It is loud.", "No."],
        "Answer: fear",
        ("fear",),
    ),
    ("Final answer: surprise", [], "Final answer: surprise", ("surprise",)),
    ("The brows are raised. She is thrilled.", ["The brows are raised."], "She is thrilled.", ()),
    (
        "The brows are raised.\nFinal answer: nostalgia",
        ["The brows are raised."],
        "Final answer: nostalgia",
        (),
    ),
    (
        "Final answer: nostalgia\nThe brows are raised.",
        ["The brows are raised."],
        "Final answer: nostalgia",
        (),
    ),
    (
        "She is not angry. Her smile is broad. Final answer: happiness; surprise",
        ["She is not angry.", "Her smile is broad."],
        "Final answer: happiness; surprise",
        ("happiness", "surprise"),
    ),
    (
        "<think>\nHer brows are raised.\n</think>\nHer mouth is open.\n<answer>surprise</answer>",
        ["Her mouth is open."],
        "surprise",
        ("surprise",),
    ),
    ("Her brows are raised.\n<think>Final answer: fear", [], "Her brows are raised.", ()),
    ("<think>Her brows are raised. Final answer: fear", [], "", ()),
    ("The emotion" + " " * 30_000 + "is fear.", [], "The emotion is fear.", ("fear",)),
    (
        "```\n1. Her brows are raised.\n```\nEmotion: surprise",
        ["Her brows are raised."],
        "Emotion: surprise",
        ("surprise",),
    ),
    (
        "1. Her brows\n   are raised.\n2. She shouts.\n\nTherefore the emotion is anger.",
        ["Her brows are raised.", "She shouts."],
        "Therefore the emotion is anger.",
        ("anger",),
    ),
    (
        "First, her pitch is 220.5 Hz on average. Second, the level is -18.2 dB. Thus: anger.",
        ["First, her pitch is 220.5 Hz on average.", "Second, the level is -18.2 dB."],
        "Thus: anger.",
        ("anger",),
    ),
    ("", [], "", ()),
    ("...", [], "...", ()),
]


@pytest.mark.parametrize(("text", "reasons", "label_text", "labels"), ANSWERS)
def test_reads_answers(text: str, reasons: list[str], label_text: str, labels: tuple[str, ...]) -> None:
    steps = extract_by_rules(text, LABELS)
    assert [step.text for step in steps] == [*reasons, label_text]
    assert [step.labels for step in steps] == [None] * len(reasons) + [labels]


def test_the_extractor_asks_nobody() -> None:
    sample = Sample(
        id="T/a", task="T", clip=Clip(id="a"), question="?", label_set=LABELS, labels=("surprise",)
    )
    steps = asyncio.run(RuleExtractor().extract(sample, Answer(text="She gasps. Answer: surprise"), None))
    assert [(step.index, step.text, step.labels) for step in steps] == [
        (1, "She gasps.", None),
        (2, "Answer: surprise", ("surprise",)),
    ]


def test_a_long_answer_keeps_its_ends_and_as_many_steps_as_an_llm_may_give() -> None:
    for filler in ("She nods. ", "- She nods.\n", "she nods and ", "nod"):
        steps = extract_by_rules(f"Her brows are raised.\n{filler * 20_000}\n\nFinal answer: fear", LABELS)
        assert len(steps) <= MAX_STEPS + 1
        assert steps[0].text == "Her brows are raised."
        assert (steps[-1].text, steps[-1].labels) == ("Final answer: fear", ("fear",))


def test_no_word_is_cut_in_two_where_the_middle_is_left_out() -> None:
    for shift in range(12):
        text = "x" * shift + " unhappiness" * 5000
        words = {word for step in extract_by_rules(text, LABELS) for word in step.text.split()}
        assert words <= {"unhappiness", "x" * shift}


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It lasts 1.2 s. Then it ends.", ["It lasts 1.2 s.", "Then it ends."]),
        ("all lower case. still two.", ["all lower case.", "still two."]),
        (
            "Cues, e.g. the brows, i.e. Their ends, vs. hers.",
            ["Cues, e.g. the brows, i.e. Their ends, vs. hers."],
        ),
        ("At 3 p.m. she left. At 4 p.m. He came.", ["At 3 p.m. she left.", "At 4 p.m.", "He came."]),
        ("Brows, eyes, etc. are tense.", ["Brows, eyes, etc. are tense."]),
        ("Mr. Li nods! Does Dr. Wu? Yes.", ["Mr. Li nods!", "Does Dr. Wu?", "Yes."]),
        ('"Really?" she asks. "Stop." He leaves.', ['"Really?" she asks.', '"Stop."', "He leaves."]),
        ("She waits... and waits. Done", ["She waits... and waits.", "Done"]),
        ("她笑了。他说：「走吧。快走。」然后离开。", ["她笑了。", "他说：「走吧。快走。」", "然后离开。"]),
        ("(See frame 2. It is dark.) She smiles.", ["(See frame 2. It is dark.)", "She smiles."]),
        ("One\n\nTwo", ["One", "Two"]),
        ("  ", []),
    ],
)
def test_cuts_sentences(text: str, sentences: list[str]) -> None:
    assert list(split_sentences(text)) == sentences


@given(st.text())
def test_cutting_loses_nothing(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@given(st.text(), st.booleans())
def test_any_text_gives_numbered_steps_in_its_own_words(text: str, as_list: bool) -> None:
    answer = f"1. {text}\n2. x\nFinal answer: fear" if as_list else text
    steps = extract_by_rules(answer, LABELS)
    assert [step.index for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.labels is None for step in steps[:-1])
    assert steps[-1].labels is not None
    assert all(step.text.strip() == step.text for step in steps)


@given(st.lists(st.sampled_from(["The brows are raised.", "She nods.", "The voice is loud."]), max_size=6))
def test_a_list_gives_one_step_per_item(items: list[str]) -> None:
    lines = [f"{number}. {item}" for number, item in enumerate(items, 1)]
    steps = extract_by_rules("\n".join([*lines, "Final answer: fear"]), LABELS)
    assert [step.text for step in steps] == [*items, "Final answer: fear"]
