"""Messages are read from the syntax tree as Python itself would make them, or not at all."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import InputError
from cuewise.interop.prompts import AgentPrompt, EntryField, FramesPlace
from cuewise.interop.source import EXTRACTION, JUDGEMENT, Shape, SourcePrompt, read_source
from cuewise.models.protocol import MediaPart, Message, TextPart
from cuewise.records import MediaRef
from support.authors_scripts import JUDGE_MESSAGES, extract_script, judge_script

ENTRY = {"model_response": "{entry} </step>", "audio_clue": "a sigh", "ground_truth": "sad", "step": "S"}
FRAMES = [MediaRef(sha256=digit * 64, mime="image/jpeg", size_bytes=1) for digit in "ab"]


def read(source: str, shape: Shape) -> SourcePrompt:
    return read_source(source, "script.py", shape)


def filled(prompt: SourcePrompt) -> list[dict[str, Any]]:
    """The messages in the form that the scripts send, an image given by its hash."""
    agent = AgentPrompt(messages=prompt.messages, source="script.py", source_sha256="0" * 64)
    messages = agent.fill({EntryField(name): text for name, text in ENTRY.items()}, FRAMES)
    return [{"role": message.role, "content": _content(message)} for message in messages]


def _content(message: Message) -> list[dict[str, str]]:
    return [
        {"text": part.text} if isinstance(part, TextPart) else {"image": part.media.sha256}
        for part in message.parts
    ]


def test_an_extraction_script_is_read() -> None:
    prompt = read(extract_script(), EXTRACTION)
    assert filled(prompt) == [
        {"role": "system", "content": [{"text": "You take answers apart."}]},
        {
            "role": "user",
            "content": [
                {
                    "text": "Split the answer into steps.\nanswer: '{entry} </step>'\n"
                    'Write {braces} and 100 % plainly, in <step></step> tags, {like} this: "Step 1: ...".'
                }
            ],
        },
    ]
    assert (prompt.model, prompt.temperature, prompt.max_tokens) == (None, 0.0, 512)


def test_a_judging_script_is_read_to_the_last_blank() -> None:
    prompt = read(judge_script(), JUDGEMENT)
    indent = " " * 24
    assert filled(prompt)[1]["content"] == [
        {
            "text": f"{indent}Sound: 'a sigh'. {indent}Label: 'sad'.\n\n{indent}Claims: 'S'\n\n"
            f"{indent}Reply in <score></score> tags."
        },
        {"image": "a" * 64},
        {"image": "b" * 64},
    ]
    assert (prompt.model, prompt.temperature, prompt.max_tokens) == ("some-judge-2", 0.0, None)


TEXT = '{"type": "text", "text": f"{entry[\'step\']}"}'
IMAGE = '{"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{x}"}}'


@pytest.mark.parametrize(
    ("content", "before"),
    [
        (f"[{TEXT}, *[{IMAGE} for x in frames]]", "pass"),
        (f"[{TEXT}, *({IMAGE} for x in frames)]", "pass"),
        (f"[{TEXT}] + [{IMAGE} for x in frames]", "pass"),
        (f"[{TEXT}] + list(map(lambda x: {IMAGE}, frames))", "pass"),
        (f"[{TEXT}, *map(lambda x: {IMAGE}, frames)]", "pass"),
        (f"[{TEXT}, *list({IMAGE} for x in frames)]", "pass"),
        (f"[{TEXT}, *pictures]", f"pictures = [{IMAGE} for x in frames]"),
        (f"[{TEXT}, *pictures]", f"pictures = list(map(lambda x: {IMAGE}, frames))"),
        (f"[{TEXT}, *frames]", "frames = self.encode(video_id)"),
        (f"[{TEXT}] + image_parts", "image_parts = self.encode(video_id)"),
        (f"[{TEXT}, *[{IMAGE}]]".replace(f"[{IMAGE}]", f"[{IMAGE} for x in frames]"), "pass"),
        (f"[{TEXT}, *[{IMAGE.replace('jpeg;', 'jpg;')} for x in frames]]", "pass"),
        (
            '[{"text": f"{entry[\'step\']}", "type": "text"}, *[{"image_url": {"url":'
            ' "data:image/jpeg;base64," + x}, "type": "image_url"} for x in frames]]',
            "pass",
        ),
    ],
)
def test_frames_may_be_made_in_several_ways(content: str, before: str) -> None:
    messages = f'[{{"role": "user", "content": {content}}}]'
    assert filled(read(judge_script(messages, before=before), JUDGEMENT)) == [
        {"role": "user", "content": [{"text": "S"}, {"image": "a" * 64}, {"image": "b" * 64}]}
    ]


def test_frames_may_stand_first_or_between_texts() -> None:
    content = f'[*[{IMAGE} for x in frames], {TEXT}, {{"type": "text", "text": "End"}}]'
    (message,) = read(judge_script(f'[{{"role": "user", "content": {content}}}]'), JUDGEMENT).messages
    assert isinstance(message.parts[0], FramesPlace)
    assert len(message.parts) == 3


def test_messages_may_be_passed_on_at_once() -> None:
    source = (
        "async def process_entry(entry):\n"
        "    await ask(messages=[{'role': 'user', 'content': f\"{entry['model_response']}\"}],"
        " model='m', temperature=True, max_tokens=-1)"
    )
    prompt = read(source, EXTRACTION)
    assert (prompt.model, prompt.temperature, prompt.max_tokens) == ("m", None, None)


def user(content: str) -> str:
    return f'[{{"role": "user", "content": {content}}}]'


ANSWER = "f\"{entry['model_response']}\""

EXTRACT_FAULTS = [
    # what stands in a text
    (user("f\"{entry['label_set']}\""), "field entry['label_set']"),
    (user("f\"{entry['step']}\""), "field entry['step']"),
    (user("f\"{entry['ground_truth']} {entry['model_response']}\""), "field entry['ground_truth']"),
    (user("f\"{entry.get('model_response')}\""), "a call in an f-string"),
    (user("f\"{entry['model_response'].strip()}\""), "a call in an f-string"),
    (user("f\"{entry['model_response'] if entry else ''}\""), "a conditional expression in an f-string"),
    (user("f\"{entry['model_response']!r}\""), "the conversion !r"),
    (user("f\"{entry['model_response']=}\""), "the conversion !r"),
    (user("f\"{entry['model_response']:>10}\""), "a format specification"),
    (user("f\"{entry['model_response'][0]}\""), "a subscript in an f-string"),
    (user('f"{entry[0]}"'), "a subscript in an f-string"),
    (user('f"{entry[name]}"'), "a subscript in an f-string"),
    (user("f\"{item['model_response']}\""), "a subscript in an f-string"),
    (user('f"{answer}"'), "the name `answer` in an f-string"),
    (user('f"{1 + 1}"'), "an operation in an f-string"),
    (user("f\"{(lambda: 1)()} {entry['model_response']}\""), "a call in an f-string"),
    (user(f'{ANSWER} + "\\ud800"'), "half of a surrogate pair"),
    (user(f"{ANSWER} + HINT"), "the name `HINT`"),
    (user(f"{ANSWER} + 1"), "a literal of type int"),
    (user("PROMPT"), "the name `PROMPT`"),
    (user("1"), "a literal of type int"),
    (user('b"text"'), "a literal of type bytes"),
    (user('"{}".format(entry)'), "a call; expected a string"),
    (user('"%s" % entry'), "an operation"),
    (user(f"{ANSWER} if model else {ANSWER}"), "a conditional expression"),
    (user('"Nothing is quoted."'), "do not quote it; expected entry['model_response']"),
    # parts
    (user(f'[{{"type": "text", "text": {ANSWER}}}, *[{IMAGE} for x in frames]]'), "found frames"),
    (user("[]"), "an empty list"),
    (user(f"[{ANSWER}]"), "an f-string; expected a part"),
    (user(f'[{{"type": "audio", "text": {ANSWER}}}]'), "another type of part"),
    (user('[{"type": "text"}]'), "no key text"),
    (user(f'[{{"type": "text", "text": {ANSWER}, "cache": 1}}]'), "the key cache"),
    (user("[part]"), "the name `part`"),
    # messages
    ("[]", "no list of messages"),
    (f'[{{"content": {ANSWER}}}]', "no list of messages"),
    ("[m for m in make(entry)]", "no list of messages"),
    (f'[SYSTEM, {{"role": "user", "content": {ANSWER}}}]', "the name `SYSTEM`"),
    (f'[*shots, {{"role": "user", "content": {ANSWER}}}]', "an unpacking"),
    (f'[{{"role": "tool", "content": {ANSWER}}}]', "the role tool"),
    (f'[{{"role": role, "content": {ANSWER}}}]', "the name `role`"),
    (f'[{{"role": "user", "content": {ANSWER}, "name": "x"}}]', "the key name"),
    (f'[{{"role": "user", **more, "content": {ANSWER}}}]', "an unpacked dict"),
    (f'[{{"role": "user", 1: 2, "content": {ANSWER}}}]', "a literal of type int"),
    (f'[{{"role": "user", "role": "system", "content": {ANSWER}}}]', "the key role twice"),
    ('[{"role": "user"}]', "no key content"),
    (user(ANSWER) + " + history", "in the midst of an expression"),
    (user(ANSWER) + "[:1]", "in the midst of an expression"),
    (f"{user(ANSWER)} if model else []", "in the midst of an expression"),
    (f"{user(ANSWER)} if model else {user(ANSWER)}", "2 lists of messages"),
    (f"other = {user(ANSWER)}", "in the midst of an expression"),
]


@pytest.mark.parametrize(("messages", "found"), EXTRACT_FAULTS)
def test_a_differing_extraction_script_is_refused(messages: str, found: str) -> None:
    with pytest.raises(InputError, match=re.escape(found)) as caught:
        read(extract_script(messages), EXTRACTION)
    assert re.match(r"script\.py, line [1-9][0-9]*: found .+; expected .+", str(caught.value))


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("pass", "messages.append({})", "another use of the name `messages`"),
        ("pass", "messages[0] = {}", "another use of the name `messages`"),
        ("pass", "messages += []", "another use of the name `messages`"),
        ("pass", "messages = trimmed(messages)", "another use of the name `messages`"),
        ("pass", "shorten(messages)", "another use of the name `messages`"),
        ("pass", "body = {'messages': messages}; body['messages'].clear()", "messages taken out again"),
        ("pass", "ask(messages=shorter)", "the name `shorter` as `messages`"),
        ("pass", "body = {'messages': messages, 'messages': []}", "a list as `messages`"),
        ("pass", "body = dict(messages=make(entry))", "a call as `messages`"),
        ("pass", "messages2 = [{'role': 'user'}]", "2 lists of messages"),
        ("entry = clean(entry)", "pass", "a use of `entry` that may change it"),
        ("entry |= {}", "pass", "a use of `entry` that may change it"),
        ("entry.update(step='')", "pass", "a use of `entry` that may change it"),
        ("clean(entry)", "pass", "a use of `entry` that may change it"),
        ("other = entry", "pass", "a use of `entry` that may change it"),
        ("entry['model_response'] = ''", "pass", "a change of `entry`"),
        ("entry['model_response'] += ''", "pass", "a change of `entry`"),
        ("entry[name] = ''", "pass", "a change of `entry`"),
        ("del entry['model_response']", "pass", "a change of `entry`"),
    ],
)
def test_messages_and_entry_must_stay_as_they_are(before: str, after: str, found: str) -> None:
    with pytest.raises(InputError, match=re.escape(found)):
        read(extract_script(before=before, after=after), EXTRACTION)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("video = entry['video_id'] + entry.get('kind', '')", "save(entry)"),
        ("if 'label_set' in entry: del entry['label_set']", "entry['step'] = entry['error'] = ''"),
    ],
)
def test_what_leaves_the_quoted_fields_alone_is_no_harm(before: str, after: str) -> None:
    assert read(extract_script(before=before, after=after), EXTRACTION).messages


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("", "no function `process_entry`"),
        ("def other(entry):\n    pass\n", "no function `process_entry`"),
        ("def process_entry(entry): pass\n" * 2, "lines 1, 2: 2 functions `process_entry`"),
        ("def process_entry(item):\n    pass\n", "line 1: found process_entry without a parameter `entry`"),
        ("def process_entry(entry):\n    return 1\n", "line 1: found no list of messages"),
        (f"def process_entry(entry):\n    m = {user(ANSWER)}\n", "line 2: found messages that are passed to"),
        (
            f"def process_entry(entry):\n    if entry:\n        m = {user(ANSWER)}\n    ask(messages=m)\n",
            "line 3: found messages under an `if`",
        ),
        (
            f"def process_entry(entry):\n    def inner():\n        ask(messages={user(ANSWER)})\n",
            "line 3: found messages under a nested function",
        ),
        (
            "def process_entry(entry):\n    for n in range(2):\n"
            f"        ask(messages={user(ANSWER)})\n        clean(entry)\n",
            "line 4: found a use of `entry` that may change it",
        ),
        ("def process_entry(entry)\n", "line 1: not Python"),
        ("x = 1\n  y = 2\n", "line 2: not Python"),
        ("x = '\0'\n", "not Python"),
        ("x = " + "1" * 5000, "not Python"),
        ("x = " + "(" * 5000, "script.py"),
        ("x = " + "-" * 500_000 + "1", "nested too deeply"),
        ("x = " + "+".join(["1"] * 200_000), "nested too deeply"),
        ("x = " + "[" * 150 + "]" * 150, "no function"),
    ],
)
def test_other_scripts_are_refused(source: str, found: str) -> None:
    with pytest.raises(InputError, match=re.escape(found)):
        read(source, EXTRACTION)


def test_a_stray_backslash_in_the_script_is_no_warning() -> None:
    content = "f\"\\d {entry['model_response']}\""
    assert filled(read(extract_script(user(content)), EXTRACTION))[0]["content"] == [
        {"text": "\\d {entry} </step>"}
    ]


STEP = '{"type": "text", "text": f"{entry[\'step\']}"}'
SPREAD = IMAGE.replace('{"url"', '{**more, "url"')
DETAILED = IMAGE.replace("}}", ', "detail": "low"}}', 1)


@pytest.mark.parametrize(
    ("content", "before", "found"),
    [
        (f"[{STEP}]", "pass", "messages without frames"),
        (f"[{IMAGE}]", "pass", "the key image_url"),
        ("f\"{entry['step']} {entry['model_response']}\"", "pass", "the field entry['model_response']"),
        (f"[{STEP}, *[{IMAGE} for x in frames if x]]", "pass", "a comprehension"),
        (f"[{STEP}, *[{IMAGE} for x in frames[:10]]]", "pass", "a comprehension"),
        (f"[{STEP}, *[{IMAGE} for y in frames]]", "pass", "another address of an image"),
        (f"[{STEP}, *[{IMAGE} for x in a for y in b]]", "pass", "a comprehension"),
        (f"[{STEP}, *[part(x) for x in frames]]", "pass", "a call"),
        (f"[{STEP}, *[{STEP} for x in frames]]", "pass", "the key text"),
        (f"[{STEP}, *[{STEP}]]", "pass", "a list"),
        (f"[{STEP}, *map(part, frames)]", "pass", "a call"),
        (f"[{STEP}, *self.frames]", "pass", "an attribute"),
        (f"[{STEP}, *few_shot]", "few_shot = self.examples()", "the name `few_shot`"),
        (f"[{STEP}, *few_shot]", f"few_shot = [{STEP}]", "a list"),
        (f"[{STEP}, *frames]", "pass", "the name `frames`"),
        (f"[{STEP}, *frames]", "frames = a(); frames = b()", "which is changed on the way"),
        (f"[{STEP}, *frames]", "frames = []; frames.append(1)", "which is changed on the way"),
        (f"[{STEP}, *frames]", "frames = a(); frames[0] = 1", "which is changed on the way"),
        (
            f"[{STEP}, *[{IMAGE.replace('jpeg', 'png')} for x in frames]]",
            "pass",
            "another address of an image",
        ),
        (f"[{STEP}, *[{IMAGE.replace('{x}', '{x!s}')} for x in frames]]", "pass", "the conversion !s"),
        (f"[{STEP}, *[{IMAGE.replace('{x}', '{x:s}')} for x in frames]]", "pass", "a format specification"),
        (f"[{STEP}, *[{IMAGE.replace('{x}', '{x}{x}')} for x in frames]]", "pass", "another address"),
        (
            f"[{STEP}, *[{DETAILED} for x in frames]]",
            "pass",
            "detail",
        ),
        (f"[{STEP}, *[{SPREAD} for x in f]]", "pass", "an unpacked dict"),
        (f"[{STEP}] + {STEP}", "pass", "a dict"),
        (f'[{STEP}] + "text"', "pass", "a string"),
    ],
)
def test_a_differing_judging_script_is_refused(content: str, before: str, found: str) -> None:
    with pytest.raises(InputError, match=re.escape(found)) as caught:
        read(judge_script(user(content), before=before), JUDGEMENT)
    assert str(caught.value).startswith("script.py, line ")


@pytest.mark.parametrize("name", ["\\x1b[2J", "x" * 10_000, "\\ud800"])
def test_foreign_names_are_shown_harmlessly(name: str) -> None:
    for messages in (user(f"[{{'{name}': 1}}]"), f"[{{'role': '{name}', 'content': ''}}]"):
        with pytest.raises(InputError) as caught:
            read(extract_script(messages), EXTRACTION)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 200


def test_a_long_sum_of_texts_is_read() -> None:
    content = " + ".join([ANSWER, *['"x"'] * 150])
    assert filled(read(extract_script(user(content)), EXTRACTION))[0]["content"][0]["text"].endswith(
        "x" * 150
    )


# --- against Python itself ------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def spelled_in_f_string(words: str) -> str:
    return repr(words)[1:-1].replace('"', '\\"').replace("{", "{{").replace("}", "}}")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A string expression: literals and f-strings, in a row or joined with +."""
    literals = []
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            literals.append(repr(draw(WORDS)))
        else:
            pieces = [
                "{entry['" + draw(st.sampled_from(["step", "audio_clue", "ground_truth"])) + "']}"
                if draw(st.booleans())
                else spelled_in_f_string(draw(WORDS)).replace("\\'", "\\x27")
                for _ in range(draw(st.integers(0, 4)))
            ]
            literals.append('f"' + "".join(pieces) + '"')
    return draw(st.sampled_from([" ", " + "])).join(literals)


@st.composite
def message_lists(draw: st.DrawFn) -> str:
    """Source of a list of messages, of which the last quotes the steps and shows the frames."""
    messages = []
    for _ in range(draw(st.integers(0, 3))):
        role = draw(st.sampled_from(["system", "user", "assistant"]))
        content = draw(texts())
        if draw(st.booleans()):
            content = f'[{{"type": "text", "text": {content}}}]'
        messages.append(f'{{"role": "{role}", "content": {content}}}')
    parts = [f'{{"type": "text", "text": ({draw(texts())})}}' for _ in range(draw(st.integers(0, 2)))]
    parts.insert(draw(st.integers(0, len(parts))), f"*[{IMAGE} for x in frame_base64]")
    parts.append(STEP)
    messages.append(f'{{"role": "user", "content": [{", ".join(parts)}]}}')
    return f"[{', '.join(messages)}]"


def as_python_makes_them(messages: str) -> list[dict[str, Any]]:
    """What the source gives when Python runs it, in the form of `filled`."""
    tree = ast.parse(messages, mode="eval")
    names = {"entry": ENTRY, "frame_base64": ["a" * 64, "b" * 64]}
    return _as_filled(eval(compile(tree, "made", "eval"), names))


def _as_filled(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "role": message["role"],
            "content": [
                {"text": part["text"]}
                if part["type"] == "text"
                else {"image": part["image_url"]["url"][-64:]}
                for part in message["content"]
            ]
            if isinstance(message["content"], list)
            else [{"text": message["content"]}],
        }
        for message in messages
    ]


@given(message_lists())
def test_messages_are_those_that_python_makes(messages: str) -> None:
    assert filled(read(judge_script(messages), JUDGEMENT)) == as_python_makes_them(messages)


def test_the_made_judging_script_is_what_python_makes() -> None:
    assert filled(read(judge_script(), JUDGEMENT)) == as_python_makes_them(JUDGE_MESSAGES)


@given(st.text(st.sampled_from("[]{}()\"'f:,=+\n entryrole\\\0é"), max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for source in (text, extract_script(text), judge_script(text)):
        for shape in (EXTRACTION, JUDGEMENT):
            try:
                read(source, shape)
            except InputError as error:
                assert str(error).startswith("script.py")


def test_media_parts_are_the_frames_in_order() -> None:
    prompt = read(judge_script(), JUDGEMENT)
    agent = AgentPrompt(messages=prompt.messages, source="s", source_sha256="0" * 64)
    (_, message) = agent.fill(dict.fromkeys(EntryField, ""), FRAMES)
    assert [part.media for part in message.parts if isinstance(part, MediaPart)] == FRAMES


# --- against a script that is run ------------------------------------------------------------------------

STATEMENTS = [
    "pass",
    "video = entry['video_id']",
    "entry['label_set'] = []",
    "entry['step'] = 'changed'",
    "entry['audio_clue'] += 'changed'",
    "entry.update(step='changed')",
    "entry = {**entry, 'step': 'changed'}",
    "alias = entry; alias['step'] = 'changed'",
    "messages = list(messages)",
    "messages.append({})",
    "messages[0]['role'] = 'changed'",
    "other = messages; other.pop()",
    "frame_base64 = frame_base64[:]",
    "payload = {'messages': messages}; payload['messages'].clear()",
    "for message in messages: message['role'] = 'changed'",
    "if entry['step']: messages = []",
]


def sent_by(source: str) -> list[dict[str, Any]]:
    """What the script's judge sends when it is run."""
    sent: list[dict[str, Any]] = []

    class Client:
        def post(self, url: str, json: dict[str, Any]) -> None:
            sent.extend(json["messages"])

    made: dict[str, Any] = {"requests": Client()}
    body = source.partition("import requests\n")[2].partition("raise SystemExit")[0]
    exec(compile(body, "made", "exec"), made)
    analyzer = made["Analyzer"]()
    analyzer.extract_key_frames = lambda path: ["a" * 64, "b" * 64]
    analyzer.analyze_video({**ENTRY, "video_id": "v"})
    return sent


@given(st.sampled_from(STATEMENTS), st.sampled_from(STATEMENTS), message_lists())
def test_a_script_that_is_read_sends_what_was_read(before: str, after: str, messages: str) -> None:
    source = judge_script(messages, before=before, after=after)
    try:
        read_messages = filled(read(source, JUDGEMENT))
    except InputError:
        return
    assert read_messages == _as_filled(sent_by(source))


def test_the_made_script_is_read_and_run_alike() -> None:
    assert filled(read(judge_script(), JUDGEMENT)) == _as_filled(sent_by(judge_script()))
