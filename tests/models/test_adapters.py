"""What holds for every adapter, against a server that checks its wire and breaks in every way that servers do."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import InputError, ModelError, PermanentModelError, TransientModelError
from cuewise.models.anthropic import Anthropic
from cuewise.models.google import Google
from cuewise.models.openai_compatible import OpenAICompatible
from cuewise.models.openai_responses import OpenAIResponses
from cuewise.models.protocol import Completion, MediaPart, Message, Modality, Request, Sampling, TextPart
from cuewise.models.served import ServedModel
from support.chat_server import FAULTS, ChatServer, Fault
from support.loop import SCHEDSTAT, longest_step
from support.media import Shelf, jpeg, wav
from support.models import ask_text
from support.vendor_servers import AnthropicServer, GoogleServer, ResponsesServer, VendorServerProcess

KEY = "sk-test-0123456789abcdef"


@dataclass(frozen=True)
class Wire:
    """An adapter and the server that checks it."""

    name: str
    adapter: type[ServedModel]
    server: type[ChatServer]
    model_id: str
    path: str

    def open(self, base_url: str, shelf: Shelf | None = None, **settings: Any) -> ServedModel:
        model_id = settings.pop("model_id", self.model_id)
        defaults: dict[str, Any] = {"api_key": KEY, "takes": frozenset(Modality), "timeout_s": 10.0}
        return self.adapter(
            f"x/{model_id}",
            model_id,
            base_url=base_url,
            read_media=(shelf or Shelf()).read,
            **defaults | settings,
        )


WIRES = (
    Wire("openai", OpenAICompatible, ChatServer, "gpt-4o", "/chat/completions"),
    Wire("responses", OpenAIResponses, ResponsesServer, "gpt-4o", "/responses"),
    Wire("anthropic", Anthropic, AnthropicServer, "claude-sonnet-4-6", "/v1/messages"),
    Wire("google", Google, GoogleServer, "gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro:generateContent"),
)


@pytest.fixture(params=WIRES, ids=lambda wire: wire.name)
def wire(request: pytest.FixtureRequest) -> Wire:
    chosen: Wire = request.param
    return chosen


def run(model: ServedModel, *requests: Request) -> list[Completion]:
    async def all_of_them() -> list[Completion]:
        try:
            return [await model.generate(request) for request in requests]
        finally:
            await model.close()

    return asyncio.run(all_of_them())


def failure(model: ServedModel) -> ModelError:
    with pytest.raises(ModelError) as caught:
        run(model, ask_text("How does she feel?"))
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None  # aiohttp's errors hold the request's headers
    return caught.value


# --- what is sent ----------------------------------------------------------------------------------


def test_a_conversation_keeps_its_roles_and_words(wire: Wire) -> None:
    heard: list[list[dict[str, Any]]] = []

    def reply(request: dict[str, Any]) -> str:
        heard.append(request["messages"])
        return "  happy\n"

    request = Request(
        messages=(
            Message(role="system", parts=(TextPart(text="You judge."),)),
            Message(role="user", parts=(TextPart(text='"Ü"\n\u2028\x00'),)),
            Message(role="assistant", parts=(TextPart(text="sad"),)),
            Message(role="user", parts=(TextPart(text="Again."),)),
        ),
        sampling=Sampling(max_tokens=50),
    )
    with wire.server(reply, api_key=KEY) as server:
        (completion,) = run(wire.open(server.base_url + "/"), request)
    assert server.problems == []
    assert (completion.text, completion.finish, completion.refusal) == ("  happy\n", "stop", None)
    assert (completion.model or "").startswith(wire.model_id)
    assert [(message["role"], message["content"]) for message in heard[0]] == [
        ("system", "You judge."),
        ("user", '"Ü"\n\u2028\x00'),
        ("assistant", "sad"),
        ("user", "Again."),
    ]


def test_media_arrives_whole_and_in_order(wire: Wire) -> None:
    shelf = Shelf()
    images, sound = [jpeg(1), jpeg(2)], wav()
    parts: list[TextPart | MediaPart] = [
        TextPart(text="F1"),
        shelf.put(images[0], "image/jpeg"),
        TextPart(text="F2"),
        shelf.put(images[1], "image/jpeg"),
    ]
    hears = Modality.AUDIO in wire.adapter.carries
    if hears:
        parts.append(shelf.put(sound, "audio/wav"))
    with wire.server(api_key=KEY) as server:
        run(wire.open(server.base_url, shelf), Request(messages=(Message(role="user", parts=tuple(parts)),)))
    assert server.problems == []
    assert server.calls[0].images == tuple(hashlib.sha256(image).hexdigest() for image in images)
    assert server.calls[0].sounds == ((hashlib.sha256(sound).hexdigest(),) if hears else ())


@pytest.mark.parametrize("mime", ["audio/wav", 'image/"tiff', "video/mp4", 'video/"mp4'])
def test_media_that_the_wire_has_no_place_for(wire: Wire, mime: str) -> None:
    takes_it = {"audio/wav": Modality.AUDIO in wire.adapter.carries, "video/mp4": wire.adapter.carries_files}
    if takes_it.get(mime):
        pytest.skip("this wire has a place for it")
    shelf = Shelf()
    with wire.server() as server:
        request = Request(messages=(Message(role="user", parts=(shelf.put(b"x", mime),)),))
        with pytest.raises(PermanentModelError, match="cannot be sent") as caught:
            run(wire.open(server.base_url, shelf), request)
    assert caught.value.kind == "unsupported_media"
    assert server.calls == []


SCHEMA = {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False}


def test_a_schema_is_sent_where_the_model_can_be_held_to_it(wire: Wire) -> None:
    with wire.server() as server:
        run(wire.open(server.base_url), ask_text("?", json_schema=SCHEMA))
        run(wire.open(server.base_url, model_id="claude-3-opus"), ask_text("?", json_schema=SCHEMA))
    assert server.problems == []
    with_schema, without = (json.dumps(call.request) for call in server.calls)
    assert json.dumps(SCHEMA) in with_schema
    assert '"required"' not in without


@given(texts=st.lists(st.text(st.characters()), min_size=1, max_size=4), blob=st.binary(max_size=40))
@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
def test_any_text_and_media_make_valid_json(wire: Wire, texts: list[str], blob: bytes) -> None:
    image = Shelf().put(blob, "image/png")
    parts = (*(TextPart(text=text) for text in texts), image)
    request = Request(messages=(Message(role="user", parts=parts),))
    model = wire.open("http://localhost")
    body = json.loads(model.encode(request, {image.media.sha256: base64.b64encode(blob)}))
    strings = strings_in(body)
    for text in texts:
        assert text in strings
    assert any(string.endswith(base64.b64encode(blob).decode()) for string in strings)


def strings_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [string for item in inner for string in strings_in(item)]


# --- what goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("rate_limit", "rate_limit"),
        ("server_error", "server_error"),
        ("overloaded", "overloaded"),
        ("reset", None),  # seen as a reset or as a cut-off body, by how much had arrived
        ("cut_off", "bad_body"),
        ("truncated_json", "bad_body"),
        ("html", "bad_body"),
        ("empty_body", "bad_body"),
        ("error_200", "server_error"),
        ("no_choices", "bad_body"),
    ],
)
def test_faults_that_another_try_passes(wire: Wire, fault: str, kind: str | None) -> None:
    with wire.server(faults=[FAULTS[fault]]) as server:
        error = failure(wire.open(server.base_url))
        assert isinstance(error, TransientModelError)
        assert error.kind == kind or (kind is None and error.kind in ("connection", "bad_body"))
        assert error.retry_after_s == (1.0 if fault == "rate_limit" else None)
        assert len(server.calls) == 1  # it does not try again by itself
        assert run(wire.open(server.base_url), ask_text("?"))[0].text == "happy"


@pytest.mark.parametrize("fault", ["bad_request", "bad_key", "not_found", "quota"])
def test_faults_that_last(wire: Wire, fault: str) -> None:
    with wire.server(faults=[FAULTS[fault]]) as server:
        assert isinstance(failure(wire.open(server.base_url)), PermanentModelError)
        assert len(server.calls) == 1


def test_a_body_that_trickles_in_runs_out_of_time(wire: Wire) -> None:
    with wire.server(faults=[FAULTS["slow_body"]]) as server:
        started = time.monotonic()
        error = failure(wire.open(server.base_url, timeout_s=0.3))
        assert time.monotonic() - started < 30  # the body would take 60 s
    assert (error.kind, type(error)) == ("timeout", TransientModelError)


def test_a_redirect_is_not_followed(wire: Wire) -> None:
    with wire.server() as target:
        away = Fault("redirect", 307, {"Location": target.base_url + wire.path}, b"")
        with wire.server(faults=[away]) as server:
            error = failure(wire.open(server.base_url))
        assert target.calls == []
    assert (error.kind, type(error)) == ("redirect", PermanentModelError)


def test_a_key_that_the_server_repeats_is_blotted_out(wire: Wire) -> None:
    with wire.server(api_key="another") as server:
        error = failure(wire.open(server.base_url))  # which looks for the key in it
    assert (error.kind, error.status) == ("auth", 401)
    assert wire.adapter.key_variable in str(error)
    with wire.server(f"my key is {KEY}", api_key=KEY) as server:
        (completion,) = run(wire.open(server.base_url), ask_text("?"))
    assert completion.text == "my key is [key]"


def test_no_key_is_shown_or_is_sent_in_the_clear(wire: Wire) -> None:
    model = wire.open("https://host")
    assert KEY not in repr(model)
    assert KEY not in json.dumps(model.parameters)
    with pytest.raises(InputError, match=wire.adapter.key_variable):
        wire.open("http://example.com")


def test_no_key_is_sent_where_there_is_none(wire: Wire) -> None:
    with wire.server() as server:
        run(wire.open(server.base_url, api_key=None), ask_text("?"))
    assert server.calls[0].authorization is None


def test_connections_are_bounded(wire: Wire) -> None:
    with wire.server(latency_s=0.05) as server:
        model = wire.open(server.base_url, connections=3)

        async def many() -> None:
            await asyncio.gather(*(model.generate(ask_text(str(number))) for number in range(9)))
            await model.close()

        asyncio.run(many())
    assert (server.max_in_flight, len(server.calls)) == (3, 9)


# --- the loop --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_loop_is_never_kept_long(wire: Wire) -> None:
    shelf = Shelf()
    pictures = [shelf.put(jpeg(seed, side=88), "image/jpeg") for seed in range(100)]
    requests = [
        Request(
            messages=(
                Message(
                    role="user",
                    parts=(
                        TextPart(text=str(number)),
                        *(pictures[(number * 7 + offset) % 100] for offset in range(10)),
                    ),
                ),
            )
        )
        for number in range(100)
    ]
    with VendorServerProcess(wire.name, "--latency-ms", "20") as server:
        model = wire.open(server.base_url, shelf, connections=64, timeout_s=60)

        async def send_all() -> None:
            await asyncio.gather(*map(model.generate, requests))
            await model.close()

        longest = asyncio.run(longest_step(send_all(), asleep=SCHEDSTAT.exists()))
        stats = server.stats()
    assert stats["problems"] == []
    assert (stats["requests"], stats["images"], stats["distinct_images"]) == (100, 1000, 100)
    assert stats["max_in_flight"] > 1
    assert longest < 0.050


# --- replies ---------------------------------------------------------------------------------------

NAMES = [
    "candidates", "content", "parts", "text", "thought", "finishReason", "promptFeedback", "blockReason", "usage",
    "usageMetadata", "stop_reason", "stop_details", "type", "output", "status", "error", "code", "message", "phase",
    "summary", "incomplete_details", "reason", "explanation", "thinking",
]  # fmt: skip
WORDS = ["text", "thinking", "message", "output_text", "refusal", "reasoning", "completed", "incomplete", "failed",
         "STOP", "SAFETY", "end_turn", "max_tokens", "server_error", "invalid_prompt"]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=14,
)


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_reply_breaks_the_reader(wire: Wire, payload: bytes) -> None:
    try:
        assert isinstance(wire.open("http://localhost").read(payload), Completion)
    except ModelError as error:
        assert error.status == 200


ECHOES: list[Callable[[str], Any]] = [
    lambda key: {"error": {"message": f"key {key}", "code": key, "details": [{"reason": key}]}},
    lambda key: {
        "type": "error",
        "error": {"type": "authentication_error", "message": f"invalid x-api-key {key}"},
    },
    lambda key: {"headers": {"x-goog-api-key": key}},
]


@pytest.mark.parametrize("status", [200, 400, 401, 402, 429, 500, 529])
@pytest.mark.parametrize("echo", ECHOES)
def test_no_key_in_any_message(wire: Wire, echo: Callable[[str], Any], status: int) -> None:
    fault = Fault("echo", status, {}, json.dumps(echo(KEY)).encode())
    with wire.server(faults=[fault]) as server:
        failure(wire.open(server.base_url))  # which looks for the key in it


@pytest.mark.parametrize(
    ("status", "payload", "headers", "expected"),
    [
        # Google: how long to wait is in the error, not in a header.
        (429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "x", "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37.5s"}]}}, {}, ("rate_limit", 37.5)),
        (429, {"error": {"details": [{"retryDelay": "3s"}]}}, {"Retry-After": "9"}, ("rate_limit", 9.0)),
        (429, {"error": {"details": [{"retryDelay": "soon s"}]}}, {}, ("rate_limit", None)),
        (503, {"error": {"code": 503, "status": "UNAVAILABLE", "message": "overloaded"}}, {}, ("server_error", None)),
        (400, {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "API key not valid.", "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}}, {}, ("auth", None)),
        # Anthropic
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, {},
         ("overloaded", None)),
        (429, {"type": "error", "error": {"type": "rate_limit_error", "message": "slower"}}, {"retry-after": "12"},
         ("rate_limit", 12.0)),
        (429, {"type": "error", "error": {"type": "rate_limit_error", "message": "limit",
                                          "details": {"error_code": "enforced_spend_limit_reached"}}}, {},
         ("quota", None)),
        (402, {"type": "error", "error": {"type": "billing_error", "message": "pay"}}, {}, ("quota", None)),
        (413, {"type": "error", "error": {"type": "request_too_large", "message": "big"}}, {}, ("too_large", None)),
    ],
)  # fmt: skip
def test_errors_in_the_makers_own_words(
    wire: Wire,
    status: int,
    payload: Any,
    headers: Mapping[str, str],
    expected: tuple[str, float | None],
) -> None:
    with wire.server(faults=[Fault("own", status, headers, json.dumps(payload).encode())]) as server:
        error = failure(wire.open(server.base_url))
    assert (error.kind, getattr(error, "retry_after_s", None)) == expected
    assert error.status == status
