from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import ReplyError
from cuewise.prompting import fence, read_json_reply


@given(st.text())
def test_nothing_in_a_text_closes_its_fence(text: str) -> None:
    fenced = fence(text, "answer")
    opening, _, rest = fenced.partition("\n")
    closing = "</" + opening[1:]
    assert rest.endswith("\n" + closing)
    assert rest.count(closing) == 1
    assert rest.removesuffix("\n" + closing) == text


def test_a_text_that_knows_an_earlier_fence_cannot_use_it() -> None:
    earlier = fence("hello", "answer")
    again = fence("hello" + earlier.rpartition("\n")[2], "answer")
    assert again.rpartition("\n")[2] != earlier.rpartition("\n")[2]


def test_a_fence_is_the_same_each_time() -> None:
    assert fence("x", "step") == fence("x", "step")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), _json, max_size=4), st.booleans())
def test_an_object_is_read_back_bare_or_in_a_code_fence(value: dict[str, object], fenced: bool) -> None:
    text = json.dumps(value)
    assert read_json_reply(f"```json\n{text}\n```" if fenced else f"  {text}\n") == value


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "no JSON",
        "[1]",
        "3",
        '{"a": 1} and more',
        'Here it is: {"a": 1}',
        '{"a": 1}{"a": 2}',
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1',
        "```json\n{}\n```\n```json\n{}\n```",
        '{"a":' * 100_000,
    ],
)
def test_anything_else_is_malformed(reply: str) -> None:
    with pytest.raises(ReplyError):
        read_json_reply(reply)


@given(st.text())
def test_any_text_is_read_or_refused(reply: str) -> None:
    with suppress(ReplyError):
        read_json_reply(reply)
