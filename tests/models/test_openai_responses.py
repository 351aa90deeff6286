"""OpenAI's Responses API: what is sent and what comes back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from cuewise.errors import ModelError, PermanentModelError, TransientModelError
from cuewise.models.json_wire import Reader
from cuewise.models.openai_responses import OpenAIResponses, read_response
from cuewise.models.protocol import Completion, Message, Modality, Request, Sampling, TextPart
from support.media import Shelf, jpeg
from support.models import ask_text
from support.vendor_servers import ResponsesServer

KEY = "sk-test-0123456789abcdef"


def adapter(base_url: str, shelf: Shelf | None = None, **settings: Any) -> OpenAIResponses:
    model_id = settings.pop("model_id", "gpt-4o")
    defaults: dict[str, Any] = {"api_key": KEY, "takes": frozenset({Modality.VIDEO}), "timeout_s": 10.0}
    read = (shelf or Shelf()).read
    return OpenAIResponses(
        f"openai/{model_id}", model_id, base_url=base_url, read_media=read, **defaults | settings
    )


def run(model: OpenAIResponses, *requests: Request) -> list[Completion]:
    async def all_of_them() -> list[Completion]:
        try:
            return [await model.generate(request) for request in requests]
        finally:
            await model.close()

    return asyncio.run(all_of_them())


def test_a_request_on_the_wire() -> None:
    shelf = Shelf()
    picture = shelf.put(jpeg(1), "image/jpeg")
    schema = {"type": "object", "properties": {"a": {}}}
    request = Request(
        messages=(
            Message(role="system", parts=(TextPart(text="You judge."),)),
            Message(role="user", parts=(picture, TextPart(text="A"))),
            Message(role="assistant", parts=(TextPart(text="B"), TextPart(text="C"))),
        ),
        sampling=Sampling(temperature=0.5, max_tokens=50),
        json_schema=schema,
    )
    settings = {"top_p": 0.5, "image_detail": "low", "reasoning_effort": "high", "show_thinking": True}
    with ResponsesServer("happy", api_key=KEY) as server:
        (completion,) = run(adapter(server.base_url, shelf, parameters=settings), request)
    assert server.problems == []
    image = {"type": "input_image", "detail": "low", "image_url": f"sha256:{picture.media.sha256}"}
    assert server.calls[0].request == {
        "model": "gpt-4o",
        "store": False,
        "temperature": 0.5,
        "top_p": 0.5,
        "max_output_tokens": 50,
        "text": {"format": {"type": "json_schema", "name": "reply", "schema": schema, "strict": False}},
        "reasoning": {"effort": "high", "summary": "auto"},
        "input": [
            {"role": "system", "content": "You judge."},
            {"role": "user", "content": [image, {"type": "input_text", "text": "A"}]},
            {
                "role": "assistant",
                "content": [{"type": "output_text", "text": "B"}, {"type": "output_text", "text": "C"}],
            },
        ],
    }
    assert server.calls[0].authorization == f"Bearer {KEY}"
    assert (completion.text, completion.thinking) == ("happy", "I look at the mouth.")
    assert completion.model == "gpt-4o-2026-01-01"
    assert (completion.output_tokens, completion.thinking_tokens) == (4, 3)  # one word and three of reasoning


def test_what_is_not_set_is_left_out() -> None:
    with ResponsesServer() as server:
        run(adapter(server.base_url, model_id="o3-pro"), ask_text("?"))
    assert server.problems == []
    assert server.calls[0].request.keys() == {"model", "store", "input"}


def test_a_seed_that_cannot_be_sent_is_not_dropped() -> None:
    with ResponsesServer() as server, pytest.raises(PermanentModelError, match="leave --seed out"):
        run(adapter(server.base_url), ask_text("?", sampling=Sampling(seed=1)))
    assert server.calls == []


# --- what comes back -------------------------------------------------------------------------------


def said(*content: Any, **rest: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "status": "completed", "content": list(content), **rest}


def response(*output: Any, status: str = "completed", **rest: Any) -> dict[str, Any]:
    return {"object": "response", "status": status, "error": None, "output": list(output), **rest}


def read(reply: Any) -> Completion:
    return read_response(json.dumps(reply).encode(), Reader("m", str))


A = {"type": "output_text", "text": "a", "annotations": []}
B = {"type": "output_text", "text": "b"}
NO = {"type": "refusal", "refusal": "no"}


def reasoning(*summary: str, **rest: Any) -> dict[str, Any]:
    return {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": text} for text in summary],
        **rest,
    }


def incomplete(reason: Any, *output: Any) -> dict[str, Any]:
    return response(*output, status="incomplete", incomplete_details={"reason": reason})


def failed(code: Any) -> dict[str, Any]:
    return response(status="failed") | {"error": {"code": code, "message": "why"}}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (response(said(A)), Completion(text="a")),
        (response(said(A, B), said(B)), Completion(text="abb")),
        (response(reasoning("hm", "so"), said(A)), Completion(text="a", thinking="hm\n\nso")),
        (response(reasoning(), said(A)), Completion(text="a")),
        (response(reasoning("short", content=[{"type": "reasoning_text", "text": "in full"}]), said(A)),
         Completion(text="a", thinking="in full")),
        (response(said(B, phase="commentary"), said(A, phase="final_answer")), Completion(text="a", thinking="b")),
        (response(said(NO)), Completion(text="", refusal="no")),
        (response(said({"type": "output_text", "text": ""})), Completion(text="")),
        (incomplete("max_output_tokens", said(A)), Completion(text="a", finish="length")),
        (incomplete("max_output_tokens", reasoning()), Completion(text="", finish="length")),
        (incomplete("content_filter"), Completion(text="", finish="filter")),
        (incomplete("steered", said(A)), Completion(text="a", finish="other")),
        (incomplete(None, said(A)), Completion(text="a", finish="other")),
        (failed("invalid_prompt"), Completion(text="", finish="filter", refusal="why")),
        (failed("image_content_policy_violation"), Completion(text="", finish="filter", refusal="why")),
        (response(said(A), model="gpt-x", usage={"input_tokens": 9, "output_tokens": 5,
                                                 "output_tokens_details": {"reasoning_tokens": 4}}),
         Completion(text="a", model="gpt-x", input_tokens=9, output_tokens=5, thinking_tokens=4)),
        (response(said(A), usage={"input_tokens": True, "output_tokens_details": []}), Completion(text="a")),
    ],
)  # fmt: skip
def test_replies_are_read(reply: Any, expected: Completion) -> None:
    assert read(reply) == expected


@pytest.mark.parametrize(
    ("reply", "kind", "error"),
    [
        ({}, "bad_body", TransientModelError),
        ({"status": "completed"}, "bad_body", TransientModelError),
        (response(said(A), status="in_progress"), "bad_body", TransientModelError),
        (response(said(A), status="cancelled"), "bad_body", TransientModelError),
        (response(), "empty_reply", TransientModelError),
        (response(reasoning("hm")), "empty_reply", TransientModelError),
        (response(said(A, phase="commentary")), "empty_reply", TransientModelError),
        (failed("server_error"), "server_error", TransientModelError),
        (failed("rate_limit_exceeded"), "rate_limit", TransientModelError),
        (failed(None), "server_error", TransientModelError),
        (failed("invalid_image"), "bad_request", PermanentModelError),
    ],
)
def test_replies_that_are_no_completions(reply: Any, kind: str, error: type[ModelError]) -> None:
    with pytest.raises(ModelError) as caught:
        read(reply)
    assert (caught.value.kind, type(caught.value)) == (kind, error)
