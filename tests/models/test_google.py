"""Gemini: what is sent, what comes back, and media that is too large for one request."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from cuewise.errors import ModelError, PermanentModelError, TransientModelError
from cuewise.models import google
from cuewise.models.cards import Card, card_for
from cuewise.models.google import Google
from cuewise.models.google_files import MARGIN_S, POLL_S
from cuewise.models.google_wire import read_content
from cuewise.models.json_wire import Reader
from cuewise.models.protocol import Completion, MediaPart, Message, Modality, Request, Sampling, TextPart
from cuewise.records import MediaRef
from support.chat_server import FAULTS, Fault
from support.loop import longest_step
from support.media import Shelf, jpeg, wav
from support.models import ask_text
from support.vendor_servers import GoogleServer, VendorServerProcess

KEY = "AIza-test-0123456789abcdef"


class Sleeper:
    """Sleeps no time, and keeps count."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


def adapter(base_url: str, shelf: Shelf | None = None, **settings: Any) -> Google:
    model_id = settings.pop("model_id", "gemini-2.5-flash")
    defaults: dict[str, Any] = {"api_key": KEY, "takes": frozenset(Modality), "timeout_s": 10.0}
    read = (shelf or Shelf()).read
    return Google(f"google/{model_id}", model_id, base_url=base_url, read_media=read, **defaults | settings)


def run(model: Google, *requests: Request) -> list[Completion]:
    async def all_of_them() -> list[Completion]:
        try:
            return [await model.generate(request) for request in requests]
        finally:
            await model.close()

    return asyncio.run(all_of_them())


def show(*parts: MediaPart, text: str = "?") -> Request:
    return Request(messages=(Message(role="user", parts=(*parts, TextPart(text=text))),))


# --- what is sent ----------------------------------------------------------------------------------


def test_a_request_on_the_wire() -> None:
    request = Request(
        messages=(
            Message(role="system", parts=(TextPart(text="You judge."),)),
            Message(role="user", parts=(TextPart(text="A"), TextPart(text="B"))),
            Message(role="assistant", parts=(TextPart(text="C"),)),
        ),
        sampling=Sampling(temperature=0.5, max_tokens=50, seed=7),
        json_schema={"type": "object"},
    )
    settings = {"top_p": 0.9, "reasoning_effort": "low", "show_thinking": True}
    with GoogleServer("happy", api_key=KEY) as server:
        (completion,) = run(adapter(server.base_url, parameters=settings), request)
    assert server.problems == []
    assert server.calls[0].request == {
        "model": "gemini-2.5-flash",  # from the address
        "systemInstruction": {"parts": [{"text": "You judge."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "A"}, {"text": "B"}]},
            {"role": "model", "parts": [{"text": "C"}]},
        ],
        "generationConfig": {
            "temperature": 0.5,
            "topP": 0.9,
            "maxOutputTokens": 50,
            "seed": 7,
            "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object"},
            "thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": True},
        },
    }
    assert server.calls[0].authorization == KEY
    assert completion.text == "happy"
    assert completion.thinking == "I look at the mouth."
    assert completion.model == "gemini-2.5-flash-001"
    assert (completion.output_tokens, completion.thinking_tokens) == (4, 3)  # one word and three of thoughts


def test_what_is_not_set_is_left_out() -> None:
    with GoogleServer() as server:
        run(adapter(server.base_url), ask_text("?", sampling=Sampling(temperature=None)))
        run(adapter(server.base_url, model_id="gemini-3.5-flash"), ask_text("?"))  # wants no temperature
    assert server.problems == []
    assert [call.request.keys() for call in server.calls] == [{"model", "contents"}] * 2


def test_a_name_cannot_lead_elsewhere() -> None:
    with GoogleServer() as server:
        run(adapter(server.base_url, model_id="../files/x?y#z"), ask_text("?"))
    assert server.calls[0].request["model"] == "../files/x?y#z"


def test_cards() -> None:
    heard_and_seen = frozenset(Modality)
    assert card_for("gemini-2.5-pro") == Card(
        "gemini-[12].*",
        heard_and_seen,
        video_files=True,
        json_schema=True,
        family="gemini",
        access="closed",
        note="GEMINI_API_KEY",
    )
    assert card_for("gemini-3.8-flash").fixed_temperature


# --- what comes back -------------------------------------------------------------------------------


def candidate(*parts: Any, reason: Any = "STOP", **rest: Any) -> dict[str, Any]:
    content = {"role": "model", "parts": list(parts)}
    return {"candidates": [{"content": content, "finishReason": reason, **rest}]}


def read(reply: Any) -> Completion:
    return read_content(json.dumps(reply).encode(), Reader("m", str))


SAID = {"text": "a"}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (candidate(SAID, {"text": "b"}), Completion(text="ab")),
        (candidate({"text": "hm", "thought": True}, SAID), Completion(text="a", thinking="hm")),
        (candidate({"text": ""}), Completion(text="")),
        (candidate(SAID, {"thoughtSignature": "c2ln"}), Completion(text="a")),
        (candidate(SAID, reason="MAX_TOKENS"), Completion(text="a", finish="length")),
        (candidate({"text": "hm", "thought": True}, reason="MAX_TOKENS"),
         Completion(text="", finish="length", thinking="hm")),
        ({"candidates": [{"finishReason": "MAX_TOKENS"}]}, Completion(text="", finish="length")),
        ({"candidates": [{"finishReason": "SAFETY"}]}, Completion(text="", finish="filter")),
        (candidate(reason="RECITATION", finishMessage="recited"),
         Completion(text="", finish="filter", refusal="recited")),
        (candidate(SAID, reason="BLOCKLIST"), Completion(text="a", finish="filter")),
        (candidate(reason="PROHIBITED_CONTENT"), Completion(text="", finish="filter")),
        (candidate(reason="SPII"), Completion(text="", finish="filter")),
        (candidate(SAID, reason="LANGUAGE"), Completion(text="a", finish="other")),
        (candidate(SAID, reason=["STOP"]), Completion(text="a", finish="other")),
        (candidate(SAID, finishMessage="said"), Completion(text="a")),
        ({"promptFeedback": {"blockReason": "SAFETY"}},
         Completion(text="", finish="filter", refusal="the prompt was blocked: SAFETY")),
        ({"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": "no"}, "candidates": [],
          "usageMetadata": {"promptTokenCount": 4}},
         Completion(text="", finish="filter", refusal="no", input_tokens=4)),
        (candidate(SAID) | {"modelVersion": "m-1", "usageMetadata": {
            "promptTokenCount": 10, "candidatesTokenCount": 2, "thoughtsTokenCount": 5, "totalTokenCount": 17}},
         Completion(text="a", model="m-1", input_tokens=10, output_tokens=7, thinking_tokens=5)),
        (candidate(SAID) | {"usageMetadata": {"promptTokenCount": "10", "candidatesTokenCount": 2}},
         Completion(text="a", output_tokens=2)),
    ],
)  # fmt: skip
def test_replies_are_read(reply: Any, expected: Completion) -> None:
    assert read(reply) == expected


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({}, "bad_body"),
        ({"candidates": []}, "bad_body"),
        ({"candidates": ["a"], "promptFeedback": {}}, "bad_body"),
        (candidate(), "empty_reply"),
        (candidate({"text": "hm", "thought": True}), "empty_reply"),
        (candidate(reason="MALFORMED_RESPONSE"), "empty_reply"),
        ({"error": {"code": 503, "message": "later"}}, "server_error"),
    ],
)
def test_broken_replies_are_worth_another_try(reply: Any, kind: str) -> None:
    with pytest.raises(TransientModelError) as caught:
        read(reply)
    assert caught.value.kind == kind


# --- large media -----------------------------------------------------------------------------------


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(autouse=True)
def small_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Media of more than 2000 bytes of base64 in all is too large."""
    monkeypatch.setattr(google, "MAX_INLINE_BYTES", 2000)


def test_what_is_too_large_is_uploaded_and_the_rest_goes_along(shelf: Shelf) -> None:
    picture, sound = shelf.put(jpeg(1), "image/jpeg"), shelf.put(wav(4000), "audio/wav")
    sleep = Sleeper()
    with GoogleServer(api_key=KEY, polls=2) as server:
        run(adapter(server.base_url, shelf, sleep=sleep), show(picture, sound))
    assert server.problems == []
    assert server.upload_problems == []
    inline, named, _ = server.calls[0].request["contents"][0]["parts"]
    assert inline["inlineData"]["mimeType"] == "image/jpeg"
    uri = f"{server.base_url}/v1beta/files/f-1"
    assert named == {"fileData": {"mimeType": "audio/wav", "fileUri": uri}}
    # What arrived is what was stored, byte for byte, one way or the other.
    assert server.calls[0].images == (picture.media.sha256,)
    assert server.calls[0].sounds == (sound.media.sha256,)
    assert [file["sha"] for file in server.uploads] == [sound.media.sha256]
    assert server.uploads[0]["polls"] == 2
    assert sleep.slept == [POLL_S, POLL_S]


def test_an_upload_and_the_wait_for_it_leave_the_loop_free(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google, "MAX_INLINE_BYTES", 1000)
    sounds = [shelf.put(wav(1000 + number), "audio/wav") for number in range(4)]
    read = shelf.read

    def slowly(ref: MediaRef) -> bytes:
        time.sleep(0.4)  # a disk that spins up
        return read(ref)

    monkeypatch.setattr(shelf, "read", slowly)
    with VendorServerProcess("google") as server:
        model = adapter(server.base_url, shelf)

        async def send() -> None:
            await asyncio.gather(*(model.generate(show(sound)) for sound in sounds))
            await model.close()

        longest = asyncio.run(longest_step(send(), asleep=True))
        assert server.stats()["requests"] == len(sounds)
    # Half of what the disk takes: a busy machine may keep Python's lock with another thread for some of that.
    assert longest < 0.2


def test_a_sound_of_more_than_twenty_megabytes(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the real bound
    # 16-bit samples: 11 million are 22 MB, some 11 minutes; 6.5 million are 13 MB and 17.3 MB of base64.
    large, small = shelf.put(wav(11_000_000), "audio/wav"), shelf.put(wav(6_500_000), "audio/wav")
    with GoogleServer() as server:
        model = adapter(server.base_url, shelf, timeout_s=60)

        async def send() -> None:
            await model.generate(show(large))
            await model.generate(show(small))
            await model.close()

        longest = asyncio.run(longest_step(send()))
    assert server.problems == []
    assert [file["sha"] for file in server.uploads] == [large.media.sha256]
    assert [call.sounds for call in server.calls] == [(large.media.sha256,), (small.media.sha256,)]
    assert longest < 0.050


def test_an_upload_may_take_as_long_as_its_size_asks_for(shelf: Shelf) -> None:
    class Slow(GoogleServer):
        async def _upload(self, request: web.Request) -> web.Response:
            if request.headers.get("X-Goog-Upload-Command") != "start":
                await asyncio.sleep(1.3)
            return await super()._upload(request)

    sound = shelf.put(wav(40_000), "audio/wav")  # 80 kB: at 50 kB/s, 1.6 s more than a call's second
    with Slow() as server:
        run(adapter(server.base_url, shelf, timeout_s=1), show(sound))
    assert server.calls[0].sounds == (sound.media.sha256,)


def test_the_same_bytes_go_up_once_while_the_server_keeps_them(shelf: Shelf) -> None:
    sound = shelf.put(wav(4000), "audio/wav")
    expires_s = 4_102_444_800.0  # 2100-01-01, 00:00:00 UTC
    now_s = expires_s - MARGIN_S - 10.0
    with GoogleServer(lifetime="2100-01-01T00:00:00Z") as server:
        model = adapter(server.base_url, shelf, clock=lambda: now_s)

        async def many(first: int) -> None:
            calls = (model.generate(show(sound, text=str(number))) for number in range(first, first + 8))
            await asyncio.gather(*calls)
            await model.close()

        asyncio.run(many(0))
        asyncio.run(many(8))  # in another loop
        assert len(server.uploads) == 1
        now_s += 10.0
        run(model, show(sound))
        assert len(server.uploads) == 2
    assert len(server.calls) == 17
    assert server.problems == []


def test_a_file_without_a_known_end_is_used_for_a_while(shelf: Shelf) -> None:
    sound = shelf.put(wav(4000), "audio/wav")
    now_s = 1000.0
    with GoogleServer(lifetime=None) as server:
        model = adapter(server.base_url, shelf, clock=lambda: now_s)
        run(model, show(sound), show(sound))
        now_s += 3600.0
        run(model, show(sound))
    assert len(server.uploads) == 2


def upload_failure(
    shelf: Shelf, faults: Sequence[Fault | None] = (), sleep: Sleeper | None = None, **server_settings: Any
) -> tuple[ModelError, GoogleServer]:
    sound = shelf.put(wav(4000), "audio/wav")
    with GoogleServer(upload_faults=faults, **server_settings) as server:
        with pytest.raises(ModelError) as caught:
            run(adapter(server.base_url, shelf, sleep=sleep or Sleeper(), timeout_s=5), show(sound))
        assert server.calls == []  # nothing was paid for
    assert KEY not in str(caught.value)
    return caught.value, server


ECHO = Fault("echo", 401, {}, json.dumps({"error": {"message": f"bad key {KEY}"}}).encode())


@pytest.mark.parametrize("step", [0, 1, 2], ids=["start", "send", "poll"])
@pytest.mark.parametrize(
    ("fault", "kind", "error"),
    [
        (FAULTS["rate_limit"], "rate_limit", TransientModelError),
        (FAULTS["server_error"], "server_error", TransientModelError),
        (FAULTS["html"], "bad_body", TransientModelError),
        (FAULTS["empty_body"], "bad_body", TransientModelError),
        (FAULTS["bad_request"], "bad_request", PermanentModelError),
        (FAULTS["content_filter"], "bad_request", PermanentModelError),
        (ECHO, "auth", PermanentModelError),
        (Fault("away", 307, {"Location": "http://localhost:1/"}, b""), "redirect", PermanentModelError),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else None,
)
def test_uploads_that_fail(shelf: Shelf, step: int, fault: Fault, kind: str, error: type[ModelError]) -> None:
    caught, _ = upload_failure(shelf, [*[None] * step, fault], polls=3)
    assert (caught.kind, type(caught)) == (kind, error)


def test_a_file_that_cannot_be_processed(shelf: Shelf) -> None:
    caught, server = upload_failure(shelf, polls=1, last_state="FAILED")
    assert (caught.kind, type(caught)) == ("unsupported_media", PermanentModelError)
    assert len(server.uploads) == 1


def test_a_file_that_is_never_ready(shelf: Shelf) -> None:
    sleep = Sleeper()
    caught, _ = upload_failure(shelf, sleep=sleep, polls=10**6)
    assert (caught.kind, type(caught)) == ("timeout", TransientModelError)
    assert sum(sleep.slept) == 6.0  # the first pause by which 5 s have passed, at 2 s each


def test_a_hostile_name_of_a_file_is_not_asked_for(shelf: Shelf) -> None:
    told = {"file": {"name": "files/../../x", "uri": "u", "state": "PROCESSING"}}
    fault = Fault("name", 200, {"X-Goog-Upload-Status": "final"}, json.dumps(told).encode())
    caught, _ = upload_failure(shelf, [None, fault])
    assert caught.kind == "bad_body"


@pytest.mark.parametrize("url", ["", "http://[::1", "mailto:x", "https://h/a b", "https://h/\u00fc"])
def test_an_address_for_uploads_that_is_none(shelf: Shelf, url: str) -> None:
    fault = Fault("url", 200, {"X-Goog-Upload-URL": url}, b"{}")
    caught, _ = upload_failure(shelf, [fault])
    assert caught.kind == "bad_body"


def test_waiting_for_one_file_holds_up_nobody(shelf: Shelf) -> None:
    sound = shelf.put(wav(4000), "audio/wav")
    ready = asyncio.Event()

    async def sleep(_: float) -> None:
        await ready.wait()

    with GoogleServer(polls=1) as server:
        model = adapter(server.base_url, shelf, sleep=sleep)

        async def both() -> None:
            waiting = asyncio.create_task(model.generate(show(sound)))
            started = time.monotonic()
            assert (await model.generate(ask_text("?"))).text == "happy"
            assert time.monotonic() - started < 5
            assert not waiting.done()
            ready.set()
            assert (await waiting).text == "happy"
            await model.close()

        asyncio.run(both())


def test_nothing_of_a_small_request_is_uploaded(shelf: Shelf) -> None:
    picture = shelf.put(jpeg(1), "image/jpeg")
    assert hashlib.sha256(jpeg(1)).hexdigest() == picture.media.sha256
    with GoogleServer() as server:
        run(adapter(server.base_url, shelf), show(picture))
    assert server.uploads == []
    assert server.calls[0].images == (picture.media.sha256,)
