"""What is thinking and what is answer in texts that hold both."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.models import thinking
from cuewise.models.thinking import split_thinking


def test_the_examples_in_its_docstring() -> None:
    assert doctest.testmod(thinking).failed == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # as models begin: DeepSeek-R1, Qwen3, R1-Omni, Kimi-VL, Magistral
        ("<think>\nShe smiles.\n</think>\n\nHappy.", ("She smiles.", "Happy.")),
        ("\n <think>She smiles.</think><answer>happy</answer>", ("She smiles.", "<answer>happy</answer>")),
        ("◁think▷She smiles.◁/think▷Happy.", ("She smiles.", "Happy.")),
        ("[THINK]She smiles.[/THINK]Happy.", ("She smiles.", "Happy.")),
        # thinking turned off, or none needed
        ("<think>\n\n</think>\n\nHappy.", (None, "Happy.")),
        ("\n</think>\n\nHappy.", (None, "Happy.")),
        # the template opened it
        ("She smiles.\n</think>\n\nHappy.", ("She smiles.", "Happy.")),
        ("She smiles.</think>\nHappy.", ("She smiles.", "Happy.")),
        ("She smiles.\n</think>Happy.", ("She smiles.", "Happy.")),
        # cut off, or stopped, in mid-thought
        ("<think>", (None, "")),
        ("<think>She smi", ("She smi", "")),
        ("<think>She smiles.</think>", ("She smiles.", "")),
        ("<think>She smiles.</thi", ("She smiles.</thi", "")),
        # an answer may speak of the marks once its thinking is over
        ("<think>a</think>b </think> c", ("a", "b </think> c")),
        ("a\n</think>\nb\n</think>\nc", ("a", "b\n</think>\nc")),
        # thinking that speaks of them before it ends
        (
            "I close with </think> when done.\n</think>\nHappy.",
            ("I close with </think> when done.", "Happy."),
        ),
        # white space within the answer stays
        ("<think>a</think>\n- b\n- c\n", ("a", "- b\n- c\n")),
    ],
)
def test_thinking_is_told_from_the_answer(text: str, expected: tuple[str | None, str]) -> None:
    assert split_thinking(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Happy.",
        " \n Happy.\n",
        "The tag </think> ends the thinking; she is happy.",
        "`</think>` is a mark. Happy.",
        "She says <think>, then </think>\nand looks happy.",
        "Preface.\n<think>She smiles.</think>\nHappy.",
        "The format:\n```\n<think>\n</think>\n```\nHappy.",
        "The format:\n```\n...\n</think>\n```\nHappy.",
        "She is happy.</think>",
        "She is happy.\n</think>\n",
        "<thinking>x</thinking>",
        "<THINK>x</THINK>",
    ],
)
def test_an_answer_that_speaks_of_the_marks_stays_whole(text: str) -> None:
    assert split_thinking(text) == (None, text)


WORDS = st.text(st.sampled_from("ab \n`é"), max_size=12)
"""Without marks; may have fences of code."""
PIECES = st.lists(
    st.sampled_from(["<think>", "</think>", "◁think▷", "◁/think▷", "[THINK]", "[/THINK]", "```", "\n", " ", "a"]),
    max_size=14,
).map("".join)  # fmt: skip


@given(
    thought=WORDS,
    answer=WORDS,
    marks=st.sampled_from(thinking._MARKS),
    around=st.sampled_from(["", "\n", " \n\n"]),
)
def test_what_is_put_together_comes_apart(
    thought: str, answer: str, marks: tuple[str, str], around: str
) -> None:
    opening, closing = marks
    text = f"{around}{opening}{around}{thought}{around}{closing}{around}{answer}"
    assert split_thinking(text) == (thought.strip() or None, answer.lstrip())


@given(
    thought=WORDS.filter(lambda text: text.count("```") % 2 == 0),
    answer=WORDS.filter(str.strip),
    closing=st.sampled_from([closing for _, closing in thinking._MARKS]),
)
def test_a_template_that_opened_it_changes_nothing(thought: str, answer: str, closing: str) -> None:
    text = f"{thought}\n{closing}\n\n{answer}"
    assert split_thinking(text) == (thought.strip() or None, answer.lstrip())


@given(WORDS)
def test_a_text_without_marks_is_left_alone(text: str) -> None:
    assert split_thinking(text) == (None, text)


@given(PIECES)
def test_nothing_is_made_up_and_only_marks_and_white_space_are_lost(text: str) -> None:
    thought, answer = split_thinking(text)
    assert text.endswith(answer)
    rest = text.removesuffix(answer) if answer else text
    if thought is None:
        # Nothing but marks and white space stands before the answer.
        assert rest.strip() in ("", "<think>", "◁think▷", "[THINK]") or rest.strip().endswith(
            ("</think>", "◁/think▷", "[/THINK]")
        )
    else:
        assert thought == thought.strip() != ""
        assert thought in rest
