"""Replies that come in pieces, as Alibaba's server sends them for Qwen-Omni."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import TransientModelError
from cuewise.models.cards import UNKNOWN
from cuewise.models.openai_compatible import OpenAICompatible
from cuewise.models.openai_wire import read_completion
from cuewise.models.protocol import Completion, MediaPart, Message, Modality, Request, TextPart
from support.chat_server import FAULTS, ChatServer
from support.loop import longest_step
from support.media import Shelf, wav


def read(payload: bytes) -> Completion:
    return read_completion(payload, model_id="qwen3-omni-flash", scrub=str)


def event(**chunk: Any) -> str:
    return f"data: {json.dumps(chunk)}\n\n"


def piece(finish: str | None = None, **delta: Any) -> str:
    return event(model="qwen", choices=[{"index": 0, "delta": delta, "finish_reason": finish}])


USAGE = event(
    choices=[],
    usage={
        "prompt_tokens": 90,
        "completion_tokens": 7,
        "completion_tokens_details": {"reasoning_tokens": 3},
    },
)
DONE = "data: [DONE]\n\n"


def test_a_stream_is_one_reply() -> None:
    stream = [
        piece(role="assistant", content=""),
        piece(reasoning_content="I look "),
        piece(reasoning_content="at the mouth."),
        piece(content="ha"),
        piece(content="ppy", reasoning_content=None),
        piece("stop"),
        USAGE,
        DONE,
    ]
    assert read("".join(stream).encode()) == Completion(
        text="happy",
        thinking="I look at the mouth.",
        model="qwen",
        input_tokens=90,
        output_tokens=7,
        thinking_tokens=3,
    )


@given(
    pieces=st.lists(st.text(max_size=5), min_size=1, max_size=6),
    newline=st.sampled_from(["\n", "\r\n"]),
    noise=st.sampled_from(["", ": keep-alive\n\n", "event: message\n", "id: 7\n", "retry: 10\n"]),
)
def test_any_text_comes_together_again(pieces: list[str], newline: str, noise: str) -> None:
    text = "".join(pieces)
    stream = [noise + piece(content=part) for part in pieces] + [noise, piece("stop"), DONE]
    completion = read("".join(stream).replace("\n", newline).encode())
    assert completion.text == Completion(text=text).text
    assert completion.finish == "stop"


def test_a_refusal_and_a_bound_come_through() -> None:
    assert (
        read((piece(refusal="I ca") + piece("stop", refusal="nnot.") + DONE).encode()).refusal == "I cannot."
    )
    assert read((piece(content="ha") + piece("length") + DONE).encode()).finish == "length"


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (piece(content="hap"), "bad_body"),  # cut off: neither a reason nor an end
        (piece(content="hap") + 'data: {"choices": [{"del', "bad_body"),
        (piece(content="hap") + "data: 7\n\n" + DONE, "bad_body"),
        (piece(content="hap") + event(error={"message": "overloaded"}) + DONE, "server_error"),
        (": nothing else\n\n", "bad_body"),
        (DONE, "empty_reply"),
        (piece("error", content="x") + DONE, "server_error"),
    ],
)
def test_a_stream_that_is_no_reply(payload: str, kind: str) -> None:
    with pytest.raises(TransientModelError) as caught:
        read(payload.encode())
    assert caught.value.kind == kind


@given(st.binary(max_size=80).map(lambda tail: b"data: " + tail))
def test_no_stream_breaks_the_reader(payload: bytes) -> None:
    try:
        assert isinstance(read(payload), Completion)
    except TransientModelError as error:
        assert error.status == 200


def adapter(server: ChatServer, shelf: Shelf, **settings: Any) -> OpenAICompatible:
    return OpenAICompatible(
        "lab/omni",
        "omni",
        base_url=server.base_url,
        api_key=None,
        read_media=shelf.read,
        takes=frozenset(Modality),
        card=UNKNOWN,
        **settings,
    )


def show(*parts: MediaPart) -> Request:
    return Request(messages=(Message(role="user", parts=(*parts, TextPart(text="How does she feel?"))),))


def test_asked_and_answered_in_that_style() -> None:
    shelf = Shelf()
    sound = shelf.put(wav(), "audio/wav")

    async def ask(server: ChatServer) -> Completion:
        model = adapter(server, shelf, delivery={"style": "dashscope"})
        try:
            return await model.generate(show(sound))
        finally:
            await model.close()

    with ChatServer("She sounds sad.") as server:
        completion = asyncio.run(ask(server))
    assert server.problems == []
    assert server.calls[0].sounds == (sound.media.sha256,)
    assert (completion.text, completion.output_tokens) == ("She sounds sad.", 3)
    with ChatServer(faults=[FAULTS["cut_off"]]) as server, pytest.raises(TransientModelError) as caught:
        asyncio.run(ask(server))
    assert caught.value.kind == "bad_body"


def test_a_large_file_does_not_keep_the_loop() -> None:
    shelf = Shelf()
    # No video at all, which the server says too; what matters here is that 30 MB arrived whole.
    video = shelf.put(bytes(range(256)) * 120_000, "video/mp4")

    async def send(server: ChatServer) -> None:
        model = adapter(server, shelf, timeout_s=60)
        results = await asyncio.gather(
            *(model.generate(show(video)) for _ in range(3)), return_exceptions=True
        )
        assert all("video/mp4" in str(result) for result in results)
        await model.close()

    with ChatServer() as server:
        longest = asyncio.run(longest_step(send(server)))
    assert [call.videos for call in server.calls] == [(video.media.sha256,)] * 3
    assert longest < 0.050
