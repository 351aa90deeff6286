"""The checking servers see what is wrong: a body that an adapter wrote, with one thing changed."""

from __future__ import annotations

import base64
import copy
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from cuewise.models.anthropic import Anthropic
from cuewise.models.google import Google
from cuewise.models.openai_responses import OpenAIResponses
from cuewise.models.protocol import Message, Modality, Request, Sampling, TextPart
from cuewise.models.served import ServedModel
from support.media import Shelf, jpeg
from support.vendor_servers import AnthropicServer, GoogleServer, ResponsesServer, VendorServer

Json = dict[str, Any]
Change = Callable[[Json], object]
WIRES: dict[str, tuple[type[ServedModel], type[VendorServer], str]] = {
    "responses": (OpenAIResponses, ResponsesServer, "gpt-4o"),
    "anthropic": (Anthropic, AnthropicServer, "claude-sonnet-4-5"),
    "google": (Google, GoogleServer, "gemini-2.5-pro"),
}


def good_call(wire: str) -> tuple[ServedModel, Json]:
    """An adapter, and the body of a call with everything in it."""
    adapter, _, model_id = WIRES[wire]
    shelf = Shelf()
    picture = shelf.put(jpeg(1), "image/jpeg")
    request = Request(
        messages=(
            Message(role="system", parts=(TextPart(text="You judge."),)),
            Message(role="user", parts=(picture, TextPart(text="?"))),
        ),
        sampling=Sampling(temperature=0.0, max_tokens=9),
        json_schema={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
    )
    model = adapter(
        f"x/{model_id}",
        model_id,
        base_url="http://localhost",
        api_key="key-123456",
        read_media=shelf.read,
        takes=frozenset(Modality),
    )
    return model, json.loads(model.encode(request, {picture.media.sha256: base64.b64encode(jpeg(1))}))


def send(wire: str, body: Json, headers: dict[str, str] | None = None) -> list[str]:
    """What the server finds wrong with a body."""
    model, _ = good_call(wire)
    _, server_class, _ = WIRES[wire]
    with server_class() as server:
        request = urllib.request.Request(
            server.base_url + model.path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", **model.headers("key-123456"), **(headers or {})},
        )
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except urllib.error.HTTPError as error:
            assert error.code == 400
            error.close()
    return server.problems


@pytest.mark.parametrize("wire", WIRES)
def test_a_good_call_is_taken(wire: str) -> None:
    assert send(wire, good_call(wire)[1]) == []


CHANGES: list[tuple[str, Change]] = [
    ("responses", lambda body: body.update(messages=[])),
    ("responses", lambda body: body.pop("input")),
    ("responses", lambda body: body.update(store=True)),
    ("responses", lambda body: body.update(max_output_tokens="9")),
    ("responses", lambda body: body.update(max_tokens=9)),
    ("responses", lambda body: body.update(model="o3-pro")),  # which takes no temperature
    ("responses", lambda body: body["text"]["format"].pop("name")),
    ("responses", lambda body: body["text"]["format"].update(type="json_object")),
    ("responses", lambda body: body["input"][0].update(type="text")),
    ("responses", lambda body: body["input"][1]["content"][1].update(type="text")),
    ("responses", lambda body: body["input"][1]["content"][1].update(type="output_text")),
    ("responses", lambda body: body["input"][1]["content"][0].pop("detail")),
    ("responses", lambda body: body["input"][1]["content"][0].update(image_url="https://host/x.jpg")),
    ("responses", lambda body: body["input"][1].update(role="model")),
    ("anthropic", lambda body: body.pop("max_tokens")),
    ("anthropic", lambda body: body.update(max_tokens=0)),
    ("anthropic", lambda body: body.update(temperature=1.5)),
    ("anthropic", lambda body: body.update(model="claude-opus-4-7")),  # which takes no temperature
    ("anthropic", lambda body: body.update(seed=1)),
    ("anthropic", lambda body: body.update(system="")),
    ("anthropic", lambda body: body["messages"].insert(0, {"role": "system", "content": "x"})),
    ("anthropic", lambda body: body["messages"][0].update(name="x")),
    ("anthropic", lambda body: body["messages"][0]["content"][1].update(text="")),
    ("anthropic", lambda body: body["messages"][0]["content"][0]["source"].pop("media_type")),
    ("anthropic", lambda body: body["messages"][0]["content"][0]["source"].update(data="x!")),
    ("anthropic", lambda body: body["messages"][0]["content"][0]["source"].update(media_type="image/png")),
    ("anthropic", lambda body: body["output_config"]["format"]["schema"].pop("additionalProperties")),
    ("anthropic", lambda body: body["output_config"]["format"].update(name="reply")),
    ("anthropic", lambda body: body.update(thinking={"type": "adaptive", "display": "summarized"})),
    ("google", lambda body: body.pop("contents")),
    ("google", lambda body: body.update(model="x")),
    ("google", lambda body: body["contents"][0].update(role="assistant")),
    ("google", lambda body: body["contents"][0]["parts"][1].update(type="text")),
    ("google", lambda body: body["contents"][0]["parts"][0]["inlineData"].update(data="/9j/4AA=")),
    ("google", lambda body: body["contents"][0]["parts"][0]["inlineData"].pop("mimeType")),
    ("google", lambda body: body["contents"][0]["parts"][0]["inlineData"].update(mimeType="audio/wav")),
    ("google", lambda body: body["contents"][0]["parts"].append(
        {"fileData": {"mimeType": "audio/wav", "fileUri": "https://host/files/f-1"}})),
    ("google", lambda body: body["generationConfig"].pop("responseMimeType")),
    ("google", lambda body: body["generationConfig"].update(max_output_tokens=9)),
    ("google", lambda body: body["generationConfig"].update(temperature=True)),
    ("google", lambda body: body["generationConfig"].update(thinkingConfig={"thinkingLevel": "low"})),
    ("google", lambda body: body.update(system_instruction={"parts": []})),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "change"), CHANGES)
def test_one_thing_wrong_is_seen(wire: str, change: Change) -> None:
    body = copy.deepcopy(good_call(wire)[1])
    change(body)
    assert send(wire, body)


@pytest.mark.parametrize(
    ("wire", "headers"),
    [
        ("anthropic", {"anthropic-version": "2020-01-01"}),
        ("anthropic", {"anthropic-version": "2026-10-21"}),  # which has no temperature
        ("anthropic", {"Authorization": "Bearer x"}),
        ("google", {"x-api-key": "x"}),
        ("responses", {"Content-Type": "text/plain"}),
    ],
)
def test_a_wrong_header_is_seen(wire: str, headers: dict[str, str]) -> None:
    assert send(wire, good_call(wire)[1], headers)
