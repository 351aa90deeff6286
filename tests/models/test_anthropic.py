"""Claude: what is sent and what comes back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from cuewise.errors import PermanentModelError, TransientModelError
from cuewise.models.anthropic import DEFAULT_MAX_TOKENS, Anthropic, read_message
from cuewise.models.cards import card_for
from cuewise.models.json_wire import Reader
from cuewise.models.protocol import Completion, Message, Modality, Request, Sampling, TextPart
from support.media import Shelf, jpeg
from support.models import ask_text
from support.vendor_servers import AnthropicServer

KEY = "sk-ant-test-0123456789"


def adapter(base_url: str, shelf: Shelf | None = None, **settings: Any) -> Anthropic:
    model_id = settings.pop("model_id", "claude-sonnet-4-5")
    defaults: dict[str, Any] = {"api_key": KEY, "takes": frozenset({Modality.VIDEO}), "timeout_s": 10.0}
    read = (shelf or Shelf()).read
    return Anthropic(
        f"anthropic/{model_id}", model_id, base_url=base_url, read_media=read, **defaults | settings
    )


def run(model: Anthropic, *requests: Request) -> list[Completion]:
    async def all_of_them() -> list[Completion]:
        try:
            return [await model.generate(request) for request in requests]
        finally:
            await model.close()

    return asyncio.run(all_of_them())


CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string", "enum": ["x", "y"]}},
    "required": ["a"],
    "additionalProperties": False,
}


def test_a_request_on_the_wire() -> None:
    shelf = Shelf()
    picture = shelf.put(jpeg(1), "image/jpeg")
    request = Request(
        messages=(
            Message(role="system", parts=(TextPart(text="You judge."),)),
            Message(role="system", parts=(TextPart(text="Be brief."),)),
            Message(role="user", parts=(picture, TextPart(text="A"))),
            Message(role="assistant", parts=(TextPart(text="C"),)),
            Message(role="user", parts=(TextPart(text="D"),)),
        ),
        sampling=Sampling(temperature=0.5, max_tokens=50),
        json_schema=CLOSED,
    )
    with AnthropicServer("happy", api_key=KEY) as server:
        (completion,) = run(adapter(server.base_url, shelf, parameters={"reasoning_effort": "low"}), request)
    assert server.problems == []
    source = {"type": "base64", "media_type": "image/jpeg", "data": f"sha256:{picture.media.sha256}"}
    assert server.calls[0].request == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 50,
        "temperature": 0.5,
        "system": "You judge.\n\nBe brief.",
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": CLOSED}},
        "messages": [
            {"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": "A"}]},
            {"role": "assistant", "content": "C"},
            {"role": "user", "content": "D"},
        ],
    }
    assert server.calls[0].authorization == KEY
    assert completion.text == "happy"
    assert completion.model == "claude-sonnet-4-5-20260101"
    assert (completion.output_tokens, completion.thinking_tokens) == (4, 3)  # one word and three of thinking


def test_a_bound_of_tokens_is_always_sent() -> None:
    with AnthropicServer() as server:
        run(adapter(server.base_url), ask_text("?", sampling=Sampling(temperature=None)))
    assert server.problems == []
    assert server.calls[0].request == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 16_384,
        "messages": [{"role": "user", "content": "?"}],
    }
    assert DEFAULT_MAX_TOKENS == 16_384  # stored calls rest on it


@pytest.mark.parametrize(
    ("model_id", "temperature", "schema"),
    [
        ("claude-3-5-sonnet-20241022", True, False),
        ("claude-opus-4-20250514", True, False),
        ("claude-sonnet-4-0", True, False),
        ("claude-opus-4-1", True, False),
        ("claude-haiku-4-5-20251001", True, True),
        ("claude-opus-4-6", True, True),
        ("claude-opus-4.6", True, True),
        ("claude-opus-4-7", False, True),
        ("claude-opus-5-5", False, True),
        ("claude-mythos-preview", False, True),
        ("claude-not-yet-out", False, True),
    ],
)
def test_what_each_generation_takes(model_id: str, temperature: bool, schema: bool) -> None:
    card = card_for(model_id)
    assert card.takes == {Modality.VIDEO, Modality.TEXT}
    assert (not card.fixed_temperature, card.json_schema) == (temperature, schema)
    with AnthropicServer() as server:
        run(adapter(server.base_url, model_id=model_id), ask_text("?", json_schema=CLOSED))
    assert server.problems == []
    assert ("temperature" in server.calls[0].request) is temperature
    version = "2023-06-01" if temperature else "2026-10-21"  # which has none
    assert adapter("http://localhost", model_id=model_id).headers(None) == {"anthropic-version": version}
    assert ("output_config" in server.calls[0].request) is schema


def test_thinking_is_asked_for_and_kept_apart() -> None:
    with AnthropicServer("happy") as server:
        model = adapter(server.base_url, model_id="claude-opus-4-6", parameters={"show_thinking": True})
        (completion,) = run(model, ask_text("?"))
    assert server.problems == []  # a temperature would be one
    assert server.calls[0].request["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert (completion.text, completion.thinking) == ("happy", "I look at the mouth.")


def test_a_seed_that_cannot_be_sent_is_not_dropped() -> None:
    with AnthropicServer() as server, pytest.raises(PermanentModelError, match="leave --seed out"):
        run(adapter(server.base_url), ask_text("?", sampling=Sampling(seed=1)))
    assert server.calls == []


# --- what comes back -------------------------------------------------------------------------------


def message(*content: Any, reason: Any = "end_turn", **rest: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": list(content), "stop_reason": reason, **rest}


def read(reply: Any) -> Completion:
    return read_message(json.dumps(reply).encode(), Reader("m", str))


SAID = {"type": "text", "text": "a"}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (message(SAID, {"type": "text", "text": "b"}), Completion(text="ab")),
        (message(THOUGHT, SAID), Completion(text="a", thinking="hm")),
        (message({"type": "redacted_thinking", "data": "x"}, SAID), Completion(text="a")),
        (message({"type": "thinking", "thinking": "", "signature": "x"}, SAID), Completion(text="a")),
        (message({"type": "text", "text": ""}), Completion(text="")),
        (message(SAID, reason="stop_sequence"), Completion(text="a")),
        (message(SAID, reason="max_tokens"), Completion(text="a", finish="length")),
        (message(THOUGHT, reason="max_tokens"), Completion(text="", finish="length", thinking="hm")),
        (message(SAID, reason="model_context_window_exceeded"), Completion(text="a", finish="length")),
        (message(reason="refusal"), Completion(text="", finish="filter")),
        (message(SAID, reason="refusal", stop_details={"type": "refusal", "explanation": "no", "category": None}),
         Completion(text="a", finish="filter", refusal="no")),
        (message(SAID, stop_details={"explanation": "none"}), Completion(text="a")),
        (message(SAID, reason="tool_use"), Completion(text="a", finish="other")),
        (message(SAID, reason="pause_turn"), Completion(text="a", finish="other")),
        (message(SAID, reason=None), Completion(text="a", finish="other")),
        (message(SAID, model="claude-x", usage={
            "input_tokens": 10, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 7, "output_tokens": 3,
            "output_tokens_details": {"thinking_tokens": 2}}),
         Completion(text="a", model="claude-x", input_tokens=22, output_tokens=3, thinking_tokens=2)),
        (message(SAID, usage={"input_tokens": 10, "cache_read_input_tokens": None, "output_tokens": -1}),
         Completion(text="a", input_tokens=10)),
    ],
)  # fmt: skip
def test_replies_are_read(reply: Any, expected: Completion) -> None:
    assert read(reply) == expected


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({}, "bad_body"),
        ({"content": "a"}, "bad_body"),
        (message(), "empty_reply"),
        (message(THOUGHT), "empty_reply"),
        (message({"type": "text", "text": 5}), "empty_reply"),
        ({"type": "error", "error": {"type": "api_error", "message": "x"}}, "server_error"),
    ],
)
def test_broken_replies_are_worth_another_try(reply: Any, kind: str) -> None:
    with pytest.raises(TransientModelError) as caught:
        read(reply)
    assert caught.value.kind == kind
