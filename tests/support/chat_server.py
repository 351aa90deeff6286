"""A chat-completions server on loopback that checks what it is sent, breaks on demand, and keeps count.

In a test, in a thread of this process, with any Python function as the model::

    with ChatServer(reply=lambda request: "happy", faults=[FAULTS["rate_limit"], None]) as server:
        ... server.base_url, server.calls, server.problems

For a benchmark, in a process of its own, so that it does not share the interpreter with what is measured::

    with ChatServerProcess("--latency-ms", "100", "--fault-rate", "0.1") as server:
        ... server.base_url, server.stats()

or by hand: `python tests/support/chat_server.py --port 8000 --latency-ms 100`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import hashlib
import importlib.util
import io
import json
import random
import re
import subprocess
import sys
import threading
import time
import urllib.request
import wave
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import av
import simplejpeg
from aiohttp import web

Json = dict[str, Any]

# --- faults ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """How one reply goes wrong."""

    name: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent as it is; None sends the proper completion, changed by `choice`."""
    choice: Json | None = None
    """Replaces fields of the completion's choice."""
    content_type: str = "application/json"
    end: Literal["whole", "cut_off", "reset", "drip"] = "whole"
    """`cut_off` closes and `reset` resets the connection in mid-body; `drip` sends it over `drip_s`."""
    drip_s: float = 60.0


def _error(status: int, message: str, code: str | None = None, **headers: str) -> Fault:
    body = json.dumps({"error": {"message": message, "type": "error", "code": code}}).encode()
    return Fault(
        code or f"status_{status}", status, {k.replace("_", "-"): v for k, v in headers.items()}, body
    )


def _message(**message: Any) -> Json:
    return {"message": {"role": "assistant", **message}}


FAULTS: dict[str, Fault] = {
    "rate_limit": _error(429, "Rate limit reached", "rate_limit_exceeded", Retry_After="1"),
    "quota": _error(429, "You exceeded your current quota", "insufficient_quota"),
    "server_error": _error(500, "The server had an error"),
    "overloaded": _error(529, "Overloaded"),
    "bad_request": _error(400, "Unknown parameter"),
    "bad_key": _error(401, "Incorrect API key provided", "invalid_api_key"),
    "not_found": _error(404, "The model does not exist", "model_not_found"),
    "content_filter": _error(400, "The prompt was filtered", "content_filter"),
    "reset": Fault("reset", end="reset"),
    "cut_off": Fault("cut_off", end="cut_off"),
    "slow_body": Fault("slow_body", end="drip"),
    "truncated_json": Fault("truncated_json", body=b'{"id": "x", "choices": [{"message": {"content": "hap'),
    "html": Fault("html", body=b"<html><body>Bad gateway</body></html>", content_type="text/html"),
    "empty_body": Fault("empty_body", body=b""),
    "error_200": Fault("error_200", body=b'{"error": {"message": "upstream is down", "code": 502}}'),
    "no_choices": Fault("no_choices", body=b'{"id": "x", "object": "chat.completion"}'),
    "empty_choices": Fault("empty_choices", body=b'{"id": "x", "choices": []}'),
    "null_content": Fault("null_content", choice=_message(content=None)),
    "length": Fault("length", choice={"finish_reason": "length"}),
    "filtered": Fault("filtered", choice={**_message(content=None), "finish_reason": "content_filter"}),
    "refusal": Fault("refusal", choice=_message(content=None, refusal="I cannot help with that.")),
}
TRANSIENT = (
    "rate_limit",
    "server_error",
    "overloaded",
    "reset",
    "cut_off",
    "html",
    "empty_body",
    "error_200",
)
"""Faults that another try may pass: what a fault rate draws from by default."""

# --- what is kept ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    request: Json
    """Its body; base64 stands as `sha256:...`."""
    body_sha256: str
    duplicate: bool
    """Whether the same body had been answered properly before."""
    images: tuple[str, ...]
    """SHA-256 of each image."""
    sounds: tuple[str, ...]
    videos: tuple[str, ...]
    """SHA-256 of each video file."""
    authorization: str | None
    """What it had for a key, as it stood in its header."""
    fault: str | None
    """Name of the fault that it met."""
    problems: tuple[str, ...]
    """What was wrong with its form."""


class ChatServer:
    """The server, in a thread of this process; a context manager.

    Args:
        reply: the request's JSON to the text of the answer.
        latency_s: seconds before each reply.
        faults: which fault each request meets, by order of arrival; None, and the end of the list, mean none.
        fault_rate: share of requests that meet a fault drawn from `fault_kinds`. Drawn from the seed, the body
            and how often that body has come, so that it does not depend on the order of arrival.
        api_key: what requests must carry as bearer token; None asks for none.
        models: what `/v1/models` lists; requests for others get status 404. None takes any.
        media_root: folder of which files may be named by `file://` addresses; None allows none.
    """

    def __init__(
        self,
        reply: Callable[[Json], str] | str = "happy",
        *,
        latency_s: float = 0.0,
        faults: Sequence[Fault | None] = (),
        fault_rate: float = 0.0,
        fault_kinds: Sequence[str] = TRANSIENT,
        seed: int = 0,
        api_key: str | None = None,
        models: Sequence[str] | None = None,
        port: int = 0,
        media_root: Path | None = None,
    ) -> None:
        self.base_url = ""
        self.calls: list[Call] = []
        self.in_flight = 0
        self.max_in_flight = 0
        self._reply = (lambda _: reply) if isinstance(reply, str) else reply
        self._latency_s = latency_s
        self._faults = list(faults)
        self._fault_rate = fault_rate
        self._fault_kinds = tuple(fault_kinds)
        self._seed = seed
        self._api_key = api_key
        self._models = None if models is None else tuple(models)
        self._port = port
        self._media_root = media_root
        self._seen: Counter[str] = Counter()
        self._answered: set[str] = set()
        self._valid_media: set[tuple[str, str]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None

    # what tests look at

    @property
    def problems(self) -> list[str]:
        """Everything that was wrong with any request."""
        return [problem for call in self.calls for problem in call.problems]

    def stats(self) -> Json:
        """Counts, as one JSON object; also served at `/stats`."""
        return {
            "requests": len(self.calls),
            "answered": sum(call.fault is None and not call.problems for call in self.calls),
            "duplicates": sum(call.duplicate for call in self.calls),
            "distinct": len(self._seen),
            "faults": dict(Counter(call.fault for call in self.calls if call.fault)),
            "problems": self.problems[:100],
            "images": sum(len(call.images) for call in self.calls),
            "distinct_images": len({sha for call in self.calls for sha in call.images}),
            "max_in_flight": self.max_in_flight,
        }

    # its life

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run_loop, name="chat-server", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(10)
        self._loop.close()

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def start(self) -> None:
        """Listen, in the running loop."""
        app = web.Application(client_max_size=256 * 2**20)
        self._add_routes(app)
        app.router.add_get("/stats", self._serve_stats)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{self.version}"

    async def stop(self) -> None:
        """Close all connections."""
        if self._runner is not None:
            await self._runner.cleanup()

    # its wire, which servers of other makers replace

    version = "/v1"
    """What the base URL ends with."""

    def _add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._list_models)

    def _new_check(self, request: web.Request) -> RequestCheck:
        return RequestCheck(self._valid_media, self._media_root)

    def _key_in(self, request: web.Request) -> str | None:
        return request.headers.get("Authorization")

    def _key_wanted(self) -> str:
        return f"Bearer {self._api_key}"

    # its answers

    async def _serve_stats(self, _: web.Request) -> web.Response:
        return web.json_response(self.stats())

    async def _list_models(self, _: web.Request) -> web.Response:
        models = [{"id": name, "object": "model"} for name in self._models or ()]
        return web.json_response({"object": "list", "data": models})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            return await self._answer(request)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        check = self._new_check(request)
        body = check.read(raw, request.headers.get("Content-Type", ""))
        sha = hashlib.sha256(raw).hexdigest()
        self._seen[sha] += 1
        fault = self._fault(sha)
        call = Call(
            request=body,
            body_sha256=sha,
            duplicate=sha in self._answered,
            images=tuple(check.images),
            sounds=tuple(check.sounds),
            videos=tuple(check.videos),
            authorization=self._key_in(request),
            fault=fault.name if fault else None,
            problems=tuple(check.problems),
        )
        self.calls.append(call)
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        if call.problems:
            return _respond(_error(400, "; ".join(call.problems)))
        if self._api_key is not None and call.authorization != self._key_wanted():
            return _respond(
                _error(401, f"Incorrect API key provided: {call.authorization}", "invalid_api_key")
            )
        if self._models is not None and body.get("model") not in self._models:
            return _respond(FAULTS["not_found"])
        if fault is not None and fault.body is not None and fault.end == "whole":
            return _respond(fault)
        payload = self._completion(self._reply(check.as_chat(body)), body, raw, fault)
        if fault is not None and fault.end != "whole":
            return await _break_off(request, fault, fault.body if fault.body is not None else payload)
        if fault is None or fault.choice is not None:
            self._answered.add(sha)
        if body.get("stream"):
            return web.Response(body=_in_pieces(payload), content_type="text/event-stream")
        return web.Response(body=payload, content_type="application/json")

    def _fault(self, sha: str) -> Fault | None:
        if self._faults:
            return self._faults.pop(0)
        draw = random.Random(f"{self._seed}:{sha}:{self._seen[sha]}")
        return FAULTS[draw.choice(self._fault_kinds)] if draw.random() < self._fault_rate else None

    def _completion(self, text: str, body: Json, raw: bytes, fault: Fault | None) -> bytes:
        choice: Json = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": text},
        }
        if fault is not None and fault.choice is not None:
            choice |= fault.choice
        reply = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": f"{body['model']}-2026-01-01",
            "choices": [choice],
            "usage": {"prompt_tokens": len(raw) // 4, "completion_tokens": len(text.split())},
        }
        return json.dumps(reply).encode()


def _respond(fault: Fault) -> web.Response:
    return web.Response(
        status=fault.status, body=fault.body, headers=fault.headers, content_type=fault.content_type
    )


def _in_pieces(payload: bytes) -> bytes:
    """A completion as the events of a stream, a few letters each; the usage comes last, without a choice."""
    whole = json.loads(payload)
    choice = whole["choices"][0]
    text = choice["message"].get("content") or ""
    pieces: list[Json] = [{"role": "assistant", "content": ""}]
    pieces += [{"content": text[at : at + 7]} for at in range(0, len(text), 7)]
    head = {"id": whole["id"], "object": "chat.completion.chunk", "model": whole["model"]}
    chunks: list[Json] = [
        {**head, "choices": [{"index": 0, "delta": piece, "finish_reason": None}], "usage": None}
        for piece in pieces
    ]
    last = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    chunks += [{**head, "choices": [last], "usage": None}, {**head, "choices": [], "usage": whole["usage"]}]
    events = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return "".join([": a comment\n\n", *events, "data: [DONE]\n\n"]).encode()


async def _break_off(request: web.Request, fault: Fault, payload: bytes) -> web.StreamResponse:
    """Announce the whole body, and deliver half of it, or all of it drop by drop."""
    response = web.StreamResponse(status=fault.status, headers={"Content-Type": fault.content_type})
    response.content_length = len(payload)
    await response.prepare(request)
    half = len(payload) // 2
    await response.write(payload[:half])
    if fault.end == "drip":
        with suppress(ConnectionError):
            for byte in payload[half:]:
                await asyncio.sleep(fault.drip_s / (len(payload) - half))
                await response.write(bytes([byte]))
        return response
    transport = request.transport
    assert transport is not None
    await asyncio.sleep(0.01)  # lets the half arrive first
    if fault.end == "reset":
        transport.abort()
    else:
        transport.close()
    return response


# --- checks ----------------------------------------------------------------------------------------

_DATA_URL = re.compile(r"data:(image/[a-z]+);base64,(.*)", re.DOTALL)
_VIDEO_URL = re.compile(r"data:(video/[a-z0-9-]+);base64,(.*)", re.DOTALL)
_NAMELESS_URL = re.compile(r"data:()?;base64,(.*)", re.DOTALL)
_FIELDS: dict[str, tuple[type, ...]] = {
    "model": (str,),
    "messages": (list,),
    "temperature": (int, float),
    "top_p": (int, float),
    "max_tokens": (int,),
    "max_completion_tokens": (int,),
    "seed": (int,),
    "response_format": (dict,),
    "reasoning_effort": (str,),
    "stream_options": (dict,),
    "modalities": (list,),
}


class RequestCheck:
    """Reads one body strictly, and lists what is wrong with it.

    Args:
        valid_media: hash and kind of media known to be good; good media is added to it.
        media_root: folder of which files may be named by `file://` addresses; None allows none.
    """

    def __init__(self, valid_media: set[tuple[str, str]], media_root: Path | None = None) -> None:
        self.problems: list[str] = []
        self.images: list[str] = []
        self.sounds: list[str] = []
        self.videos: list[str] = []
        self._valid_media = valid_media
        self._media_root = media_root
        self._nameless = False
        """Whether sounds and videos come in data URLs without a name of their kind."""

    def read(self, raw: bytes, content_type: str) -> Json:
        """The body with media replaced by its hash; `{}` where it is no JSON object."""
        self._need(content_type == "application/json", f"content type {content_type!r}")
        try:
            body = json.loads(raw)
        except ValueError as error:
            self.problems.append(f"the body is not JSON: {error}")
            return {}
        if not isinstance(body, dict):
            self.problems.append("the body is not an object")
            return {}
        streamed = body.get("stream") is True
        if streamed or "stream_options" in body:
            # As Alibaba's server wants it of its omni models.
            self._need(body.get("stream_options") == {"include_usage": True}, "stream_options")
            self._need(body.get("modalities") == ["text"], "modalities")
        self._nameless = streamed
        for name, value in body.items():
            if name == "stream" and streamed:
                continue
            kind = _FIELDS.get(name, ())
            self._need(
                isinstance(value, kind) and not isinstance(value, bool), f"field {name!r} = {value!r:.80}"
            )
        self._need(bool(body.get("model")), "no model")
        self._need(bool(body.get("messages")), "no messages")
        self._check_sampling(body)
        self._check_format(body.get("response_format"))
        messages = body.get("messages")
        for message in messages if isinstance(messages, list) else []:
            self._check_message(message)
        return body

    def as_chat(self, body: Json) -> Json:
        """The request in the words of chat completions: what the reply function is given."""
        return body

    def _need(self, holds: bool, problem: str) -> None:
        if not holds:
            self.problems.append(problem)

    def _check_sampling(self, body: Json) -> None:
        self._need(not {"max_tokens", "max_completion_tokens"} <= body.keys(), "two bounds of tokens")
        if re.match(r"(o\d|gpt-5)", str(body.get("model"))):
            self._need("max_tokens" not in body, "Unsupported parameter: 'max_tokens'")
            self._need(body.get("temperature", 1) == 1, "Unsupported value: 'temperature'")
        temperature = body.get("temperature", 0)
        if isinstance(temperature, int | float):
            self._need(0 <= temperature <= 2, f"temperature {temperature}")

    def _check_format(self, response_format: Any) -> None:
        if not isinstance(response_format, dict):
            return
        schema = response_format.get("json_schema")
        self._need(
            response_format.get("type") == "json_schema" and isinstance(schema, dict), "response_format"
        )
        if isinstance(schema, dict):
            self._need(bool(re.fullmatch(r"[\w-]{1,64}", str(schema.get("name", "")))), "name of json_schema")
            self._need(isinstance(schema.get("schema"), dict), "schema of json_schema")
            self._need(isinstance(schema.get("strict"), bool), "strict of json_schema")

    def _check_message(self, message: Any) -> None:
        if not isinstance(message, dict) or message.keys() != {"role", "content"}:
            self.problems.append(f"message {message!r:.80}")
            return
        role, content = message["role"], message["content"]
        self._need(role in ("system", "user", "assistant"), f"role {role!r}")
        if isinstance(content, str):
            return
        if not isinstance(content, list) or not content:
            self.problems.append(f"content {content!r:.80}")
            return
        for part in content:
            self._check_part(part, role)

    def _check_part(self, part: Any, role: str) -> None:
        match part:
            case {"type": "text", "text": str(), **rest} if not rest:
                return
            case {"type": "image_url", "image_url": {"url": str(url), **more} as holder, **rest} if (
                not rest and more.keys() <= {"detail"} and role == "user"
            ):
                found = _DATA_URL.fullmatch(url)
                if url.startswith("file:"):
                    holder["url"] = self._check_file(url, "image/jpeg", self.images)
                    return
                self._need(found is not None, f"image address {url[:40]!r}")
                if found:
                    holder["url"] = self._check_media(found[1], found[2], self.images)
            case {
                "type": "input_audio",
                "input_audio": {"data": str(data), "format": "wav", **more},
                **rest,
            } if not rest and not more and role == "user":
                if self._nameless:
                    self._need(data.startswith("data:;base64,"), f"sound {data[:20]!r}")
                    data = data.removeprefix("data:;base64,")
                part["input_audio"]["data"] = self._check_media("audio/wav", data, self.sounds)
            case {"type": "video_url", "video_url": {"url": str(url), **more} as holder, **rest} if (
                not rest and not more and role == "user"
            ):
                form = _NAMELESS_URL if self._nameless else _VIDEO_URL
                if url.startswith("file:"):
                    holder["url"] = self._check_file(url, "video/mp4", self.videos)
                elif found := form.fullmatch(url):
                    mime = "video/mp4" if self._nameless else found[1]
                    holder["url"] = self._check_media(mime, found[2], self.videos)
                else:
                    self.problems.append(f"video address {url[:40]!r}")
            case {"type": "audio_url", "audio_url": {"url": str(url), **more} as holder, **rest} if (
                not rest and not more and role == "user"
            ):
                holder["url"] = self._check_file(url, "audio/wav", self.sounds)
            case _:
                self.problems.append(f"{role} part {part!r:.80}")

    def _check_media(self, mime: str, text: str, found: list[str]) -> str:
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            self.problems.append(f"{mime} is not base64: {error}")
            return "not base64"
        return self._check_bytes(mime, data, found)

    def _check_file(self, url: str, mime: str, found: list[str]) -> str:
        """As vLLM does: a file below the one folder that is allowed."""
        path = Path(urllib.request.url2pathname(urlsplit(url).path)).resolve()
        if self._media_root is None or not path.is_relative_to(self._media_root.resolve()):
            self.problems.append(f"{mime} at an address that is not allowed")
            return "not allowed"
        return self._check_bytes(mime, path.read_bytes(), found)

    def _check_bytes(self, mime: str, data: bytes, found: list[str]) -> str:
        sha = hashlib.sha256(data).hexdigest()
        found.append(sha)
        if (sha, mime) not in self._valid_media:
            problem = _media_problem(mime, data)
            self._need(problem is None, f"{mime} {sha[:8]}: {problem}")
            if problem is None:
                self._valid_media.add((sha, mime))
        return f"sha256:{sha}"


def _media_problem(mime: str, data: bytes) -> str | None:
    try:
        if mime == "image/jpeg":
            simplejpeg.decode_jpeg(data)
        elif mime.startswith("video/"):
            with av.open(io.BytesIO(data), "r") as container:
                if not any(True for _ in container.decode(container.streams.video[0])):
                    return "a video without a picture"
        elif mime == "audio/wav":
            with wave.open(io.BytesIO(data)) as sound:
                if not sound.readframes(sound.getnframes()):
                    return "silence of no length"
        else:
            return "a kind of media that is not expected here"
    except (ValueError, EOFError, IndexError, OSError, wave.Error) as error:
        return str(error)
    return None


# --- in a process of its own -----------------------------------------------------------------------


class ChatServerProcess:
    """The server in a process of its own; a context manager. Arguments are those of the command line."""

    script = __file__

    def __init__(self, *args: str) -> None:
        self._args = args
        self.base_url = ""

    def __enter__(self) -> ChatServerProcess:
        self._process = subprocess.Popen(
            [sys.executable, self.script, *self._args],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the server did not start: exit code {self._process.wait()}")
        self.base_url = json.loads(line)["base_url"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()  # which it waits for
        self._process.stdout.close()
        self._process.wait(10)

    def stats(self) -> Json:
        """See `ChatServer.stats`."""
        root = self.base_url.removesuffix("/v1")
        with urllib.request.urlopen(f"{root}/stats", timeout=10) as response:
            stats: Json = json.load(response)
        return stats


def _load_reply(where: str) -> Callable[[Json], str]:
    """The function named by `FILE:NAME`."""
    path, _, name = where.rpartition(":")
    spec = importlib.util.spec_from_file_location("chat_server_reply", Path(path))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[[Json], str] = getattr(module, name)
    return function


def main(argv: Sequence[str] | None = None, server_class: type[ChatServer] = ChatServer) -> None:
    """Serve until standard input ends; says where on the first line of standard output."""
    parser = argparse.ArgumentParser(description="A chat-completions server on loopback for tests.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--reply", default="The corners of the mouth are turned up. The emotion is happy.")
    parser.add_argument(
        "--reply-function", help="FILE:NAME of a function of the request's JSON; instead of --reply"
    )
    parser.add_argument("--fault-rate", type=float, default=0)
    parser.add_argument("--fault-kinds", nargs="+", default=list(TRANSIENT), choices=list(FAULTS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    server = server_class(
        _load_reply(options.reply_function) if options.reply_function else options.reply,
        latency_s=options.latency_ms / 1000,
        fault_rate=options.fault_rate,
        fault_kinds=options.fault_kinds,
        seed=options.seed,
        port=options.port,
    )
    with server:
        print(json.dumps({"base_url": server.base_url}), flush=True)
        with suppress(KeyboardInterrupt):
            if sys.stdin.isatty():
                while True:
                    time.sleep(3600)
            sys.stdin.read()


if __name__ == "__main__":
    main()
