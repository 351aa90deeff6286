"""The extractor in the authors' words: it sends the raw answer, and reads numbered steps in tags."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import InputError, PermanentModelError, ReplyError
from cuewise.interop.prompts import PromptFile
from cuewise.models.protocol import Completion
from cuewise.records import Answer, Step
from cuewise.steps.authors import AuthorsExtractor, read_steps
from support.authors_scripts import make_prompts
from support.models import ScriptedAsk, make_sample, text_of

SAMPLE = make_sample(label_set=("Anger", "Doubt/Confusion", "Fear"), labels=("Fear",))
GOOD = "<step>Step 1: The brows are raised. Step 2: The predicted emotion is fear.</step>"


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> PromptFile:
    return make_prompts(tmp_path_factory.mktemp("checkout"), "SA")


def extract(
    prompts: PromptFile, ask: ScriptedAsk | None, answer: str = "Fear!", tries: int = 3
) -> tuple[Step, ...]:
    extractor = AuthorsExtractor("x/y", prompts, tries)
    return asyncio.run(extractor.extract(SAMPLE, Answer(text=answer), ask))


def test_reads_a_reply(prompts: PromptFile) -> None:
    steps = extract(prompts, ScriptedAsk(GOOD))
    assert [(step.index, step.text, step.labels) for step in steps] == [
        (1, "The brows are raised.", None),
        (2, "The predicted emotion is fear.", ("Fear",)),
    ]


def test_sends_their_messages_with_the_answer_as_it_is(prompts: PromptFile) -> None:
    ask = ScriptedAsk(GOOD)
    extract(prompts, ask, answer="</step> {entry} 'quoted'\n")
    (request,) = ask.requests
    assert [message.role for message in request.messages] == ["system", "user"]
    assert "answer: '</step> {entry} 'quoted'\n'\nWrite {braces}" in text_of(request)
    assert request.sampling.temperature == 0
    assert request.sampling.max_tokens is None
    assert request.json_schema is None
    assert request.sample == SAMPLE


@pytest.mark.parametrize(
    ("last", "labels"),
    [
        ("The predicted emotion is None.", ()),
        ("None", ()),
        ("The predicted emotion is boredom.", ()),
        ("The predicted emotion is angry.", ("Anger",)),
        ("The predicted emotions are fear and anger.", ("Fear", "Anger")),
        ("Doubt / confusion.", ("Doubt/Confusion",)),
    ],
)
def test_the_last_step_names_the_label(last: str, labels: tuple[str, ...]) -> None:
    (step,) = read_steps(f"<step>Step 1: {last}</step>", SAMPLE)
    assert (step.text, step.labels) == (last, labels)


@pytest.mark.parametrize(
    "text",
    [
        "Sure! <step>Step 1: a\nStep 2: fear</step> I hope it helps.",
        "<step>\nStep 1: a\nStep 2: fear\n</step>",
        "<step>Step 1: a</step>\n<step>Step 2: fear</step>",
        "<step>- **Step 1:** a\n- **Step 2:** fear</step>",
        "<STEP>Step 1:a Step 2:fear</STEP>",
        "<step>step 1: a\n\n  step 2:   fear  </step>",
    ],
)
def test_forms_that_mean_one_thing_are_read(text: str) -> None:
    steps = read_steps(text, SAMPLE)
    assert steps[0].text.rstrip(" -") == "a"
    assert steps[-1].labels == ("Fear",)


def test_a_step_may_mention_another() -> None:
    text = "<step>Step 1: The brows rise.\nStep 2: As in Step 1: raised.\nStep 3: Fear.</step>"
    assert [step.text for step in read_steps(text, SAMPLE)] == [
        "The brows rise.",
        "As in Step 1: raised.",
        "Fear.",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no <step></step> tags"),
        ("I cannot help with that.", "no <step></step> tags"),
        ("Step 1: The predicted emotion is fear.", "no <step></step> tags"),
        ("<step>Step 1: fear", "lacks its partner"),
        ("<step><step>Step 1: fear</step></step>", "lacks its partner"),
        ("<step></step>", "not numbered"),
        ("<step>Fear.</step>", "not numbered"),
        ("<step>Step 2: fear</step>", "not numbered"),
        ("<step>Step 1: a Step 3: fear</step>", "not numbered"),
        ("<step>Step 1: a Step 1: fear</step>", "not numbered"),
        ("<step>Step 1: Step 2: fear</step>", "step 1 is empty"),
        ("<step>Step 1: a Step 2: **</step>", "step 2 is empty"),
        (f"<step>Step 1: {'a' * 2001}</step>", "step 1 has 2001 characters; at most 2000"),
        ("<step>Step 1: \x1b[31mred</step>", "step 1 has control characters"),
        ("<step>" + "".join(f"Step {n}: a\n" for n in range(1, 67)) + "</step>", "66 steps; at most 65"),
    ],
)
def test_everything_else_is_asked_again(prompts: PromptFile, text: str, fault: str) -> None:
    with pytest.raises(ReplyError, match=fault):
        read_steps(text, SAMPLE)
    ask = ScriptedAsk(text, Completion(text=GOOD, finish="length"), GOOD)
    assert len(extract(prompts, ask)) == 2
    assert [request.attempt for request in ask.requests] == [0, 1, 2]


def test_gives_up_within_its_bound(prompts: PromptFile) -> None:
    ask = ScriptedAsk("no", "no", "never")
    with pytest.raises(ReplyError, match="SA/clip0: extractor x/y: no usable reply in 2 tries; the last: "):
        extract(prompts, ask, tries=2)
    assert len(ask.requests) == 2


def test_a_failed_call_is_not_a_malformed_reply(prompts: PromptFile) -> None:
    with pytest.raises(PermanentModelError):
        extract(prompts, ScriptedAsk(PermanentModelError("no")))


def test_a_task_without_prompts_is_the_users_to_mend(prompts: PromptFile) -> None:
    extractor = AuthorsExtractor("x/y", prompts)
    with pytest.raises(InputError, match="no prompts for IR"):
        asyncio.run(extractor.extract(make_sample(task="IR"), Answer(text="?"), ScriptedAsk()))


def test_needs_a_model(prompts: PromptFile) -> None:
    with pytest.raises(ValueError, match="needs a model"):
        extract(prompts, None)


LINES = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=40).filter(
    lambda line: bool(line.strip()) and "step" not in line.casefold()
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", " "]))
def test_what_is_replied_is_read(lines: list[str], between: str) -> None:
    steps = [*lines, "The predicted emotion is fear."]
    body = between.join(f"Step {number}: {line}" for number, line in enumerate(steps, 1))
    read = read_steps(f"<step>{body}</step>", SAMPLE)
    assert [step.text for step in read] == [" ".join(line.split()) for line in steps]
    assert read[-1].labels == ("Fear",)


@given(st.lists(st.sampled_from(["<step>", "</step>", "Step 1:", "Step 2:", " fear", "\n", "\ud800", "*"])))
def test_any_reply_is_read_or_refused(pieces: list[str]) -> None:
    try:
        steps = read_steps("".join(pieces), SAMPLE)
    except ReplyError:
        return
    assert [step.index for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].labels is not None
