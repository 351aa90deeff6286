"""OpenAI's batches at the level of the wire: what goes up, and what is made of what comes back."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import ModelError, PermanentModelError, TransientModelError
from cuewise.models.batches import BatchApi, Submission, batch_api
from cuewise.models.openai_batches import OpenAIBatches
from cuewise.models.openai_compatible import OpenAICompatible
from cuewise.models.protocol import Completion, Message, Modality, Request, TextPart
from cuewise.models.registry import open_model
from support.batch_server import RESET_AFTER, BatchServer
from support.chat_server import FAULTS, Fault, Json
from support.loop import longest_step
from support.media import Shelf, jpeg
from support.models import ask_text

KEY = "sk-test-0123456789abcdef0123456789abcdef"
T = TypeVar("T")


def adapter(base_url: str, shelf: Shelf | None = None, **settings: Any) -> OpenAICompatible:
    model = OpenAICompatible(
        "openai/gpt-4o",
        "gpt-4o",
        base_url=base_url,
        api_key=KEY,
        read_media=(shelf or Shelf()).read,
        takes=frozenset(Modality),
        **{"timeout_s": 10.0, **settings},
    )
    model.batches = OpenAIBatches(model)
    return model


def with_api(server: BatchServer, work: Callable[[BatchApi], Awaitable[T]]) -> T:
    async def go() -> T:
        model = adapter(server.base_url)
        assert model.batches is not None
        try:
            return await work(model.batches)
        finally:
            await model.close()

    return asyncio.run(go())


def test_whose_models_have_batches() -> None:
    def opened(name: str, base_url: str | None = None) -> BatchApi | None:
        environ = {
            "OPENAI_API_KEY": KEY,
            "ANTHROPIC_API_KEY": KEY,
            "GEMINI_API_KEY": KEY,
            "LAB_BASE_URL": "http://localhost/v1",
        }
        return batch_api(open_model(name, read_media=Shelf().read, base_url=base_url, environ=environ))

    assert opened("openai/gpt-4o") is not None
    assert opened("openai/o3-pro") is not None
    assert opened("openai/gpt-4o", "http://localhost/v1") is not None
    assert opened("anthropic/claude-opus-5-5") is not None
    assert opened("google/gemini-3.5-flash") is None
    assert opened("openai-api/lab/x") is None
    assert opened("mine", "http://localhost/v1") is None
    assert opened("baseline/majority") is None


def test_a_line_holds_the_body_of_the_call_byte_by_byte() -> None:
    shelf = Shelf()
    words = TextPart(text='"Ü"\n\u2028 and a picture')
    request = Request(
        messages=(Message(role="user", parts=(words, shelf.put(jpeg(1), "image/jpeg"))),), epoch=3
    )
    model = adapter("http://localhost:1/v1", shelf)
    assert model.batches is not None
    line = asyncio.run(model.batches.line("a" * 64, request))
    body = asyncio.run(model.body(request))
    head = {"custom_id": "a" * 64, "method": "POST", "url": "/v1/chat/completions"}
    assert json.loads(line) == {**head, "body": json.loads(body)}
    assert body in line
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


def test_from_calls_to_results_and_back(tmp_path: Path) -> None:
    """Three calls, of which one is refused: two results in one file, one in the other."""

    async def work(api: BatchApi) -> list[Any]:
        await api.check()
        path = tmp_path / "calls.jsonl"
        path.write_bytes(b"".join([await api.line(key, ask_text(f"Take {key}")) for key in "abc"]))
        file = await api.upload(path)
        ours = Submission("t0ken", path, file, 3, 0.0)
        first = await api.create(ours)
        assert not first.ended
        assert await api.find(replace(ours, token="another")) == first
        assert await api.find(replace(ours, file="file-another")) == first
        assert await api.find(replace(ours, token="another", file="file-another")) is None
        running = await api.state(first.id)
        assert (running.ended, running.calls, running.done) == (False, 3, 0)
        ended = await api.state(first.id)
        assert (ended.ended, ended.calls, ended.done, ended.unfinished) == (True, 3, 3, None)
        found = []
        for file in ended.files:
            await api.fetch(file, tmp_path / "results.jsonl")
            found += [api.read(line) for line in (tmp_path / "results.jsonl").read_bytes().splitlines()]
        return found

    with BatchServer("happy", api_key=KEY, line_faults=[None, FAULTS["bad_request"]]) as server:
        results = {result.key: result.result for result in with_api(server, work)}
        assert server.problems == []
    assert [results[key].text for key in "ac"] == ["happy", "happy"]
    assert isinstance(results["b"], PermanentModelError)
    assert (results["b"].status, results["b"].kind) == (400, "bad_request")


def read(line: bytes) -> Any:
    api = adapter("http://localhost:1/v1").batches
    assert api is not None
    result = api.read(line)
    return None if result is None else result.result


def said(**fields: Any) -> bytes:
    return json.dumps({"id": "batch_req_1", "custom_id": "a", **fields}).encode()


def replied(status: int, body: Any) -> bytes:
    return said(response={"status_code": status, "request_id": "r", "body": body}, error=None)


CHAT: Json = {"choices": [{"message": {"role": "assistant", "content": "happy"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    ("line", "kind", "status"),
    [
        (said(response=None, error={"code": "batch_expired", "message": "x"}), "expired", None),
        (said(response=None, error={"code": "batch_cancelled", "message": "x"}), "cancelled", None),
        (said(response=None, error={"code": "request_timeout", "message": "x"}), "timeout", None),
        (said(response=None, error={"code": ["odd"], "message": 7}), "server_error", None),
        (said(response=None, error=None), "server_error", None),
        (replied(429, {"error": {"code": "rate_limit_exceeded", "message": "x"}}), "rate_limit", 429),
        (replied(429, {"error": {"code": "insufficient_quota", "message": "x"}}), "quota", 429),
        (replied(500, None), "server_error", 500),
        (replied(401, {"error": {"message": f"wrong key {KEY}"}}), "auth", 401),
        (replied(200, {"error": {"message": "upstream"}}), "server_error", 200),
        (replied(200, "not an object"), "bad_body", 200),
    ],
)
def test_errors_of_lines(line: bytes, kind: str, status: int | None) -> None:
    error = read(line)
    assert isinstance(error, ModelError)
    assert (error.kind, error.status) == (kind, status)
    assert isinstance(error, PermanentModelError) == (kind in ("quota", "auth"))
    assert KEY not in str(error)


def test_a_filtered_call_is_a_refusal_and_no_key_is_kept() -> None:
    filtered = read(replied(400, {"error": {"code": "content_filter", "message": "no"}}))
    assert isinstance(filtered, Completion)
    assert (filtered.finish, filtered.refusal) == ("filter", "no")
    echo = json.loads(json.dumps(CHAT).replace("happy", f"you sent {KEY}"))
    assert read(replied(200, echo)).text == "you sent [key]"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["custom_id", "response", "error", "status_code", "body", "choices", "code"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_line_breaks_the_reader(line: bytes) -> None:
    read(line)


@given(
    st.builds(lambda r, e: said(response=r, error=e), JSON, JSON) | st.builds(replied, st.integers(), JSON)
)
def test_no_result_breaks_the_reader(line: bytes) -> None:
    assert isinstance(read(line), Completion | ModelError)


class Saying(BatchServer):
    """Says the same to every question about batches."""

    said: Any = None

    async def _poll(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.said)


ENDED = {"id": "batch_1", "status": "failed", "request_counts": {"total": 5, "completed": 1, "failed": 2}}


def state(said: Any) -> Any:
    with Saying() as server:
        server.said = said
        return with_api(server, lambda api: api.state("batch_1"))


def test_why_a_batch_was_not_begun() -> None:
    full = state({**ENDED, "errors": {"data": [{"code": "token_limit_exceeded", "message": "Enqueued"}]}})
    assert (full.ended, full.no_room, full.faulty, full.done) == (True, True, (), 3)
    broke = state({**ENDED, "errors": {"data": [{"code": "billing_hard_limit_reached", "message": "x"}]}})
    assert isinstance(broke.unfinished, PermanentModelError)
    assert broke.unfinished.kind == "quota"
    errors = [{"code": "invalid_json_line", "line": 3, "message": f"bad {KEY}"}, {"line": "x"}, 7]
    faulty = state({**ENDED, "errors": {"data": errors}})
    ((line, error),) = faulty.faulty
    assert (line, error.kind) == (3, "bad_request")
    assert isinstance(faulty.unfinished, TransientModelError)
    assert KEY not in f"{error} {faulty.unfinished}"


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        "batch",
        {},
        {"id": "batch_1"},
        {"id": "", "status": "completed"},
        {"id": "../../x y", "status": "completed"},
        {"id": "b" * 201, "status": "completed"},
        {"id": 3, "status": "completed"},
        {"id": "batch_1", "status": 3},
        {"id": "batch_1", "status": "completed", "output_file_id": "a/b?c"},
    ],
)
def test_what_is_no_batch_may_be_one_in_a_minute(odd: Any) -> None:
    with pytest.raises(TransientModelError):
        state(odd)


@pytest.mark.parametrize(
    "odd",
    [{"request_counts": None}, {"request_counts": {"total": -1}}, {"errors": "no"}, {"errors": {"data": {}}}],
)
def test_odd_fields_are_left_aside(odd: Json) -> None:
    found = state({"id": "batch_1", "status": "in_progress", **odd})
    assert (found.ended, found.calls, found.done, found.files) == (False, 0, 0, ())


@pytest.mark.parametrize("fault", [FAULTS["cut_off"], FAULTS["reset"], RESET_AFTER, FAULTS["bad_key"]])
def test_no_key_in_any_error(tmp_path: Path, fault: Fault) -> None:
    path = tmp_path / "calls.jsonl"

    async def work(api: BatchApi) -> None:
        path.write_bytes(await api.line("a", ask_text("x")))
        await api.upload(path)

    async def fetch(api: BatchApi) -> None:
        await api.fetch("file-1", tmp_path / "out")

    for kind, what in (("upload", work), ("content", fetch)):
        with BatchServer(api_key=KEY, route_faults={kind: [fault]}) as server:
            server.files["file-1"] = b"x" * 100
            with pytest.raises(ModelError) as caught:
                with_api(server, what)
        assert KEY not in "".join(traceback.format_exception(caught.value))
        assert caught.value.__context__ is None


class Unchecked(BatchServer):
    """Takes any file."""

    def _check_lines(self, data: bytes, request: web.Request) -> None:
        pass


@pytest.mark.slow
def test_large_files_come_and_go_without_holding_up_the_loop(tmp_path: Path) -> None:
    path, back = tmp_path / "calls.jsonl", tmp_path / "back.jsonl"
    block = bytes(range(256)) * 4096
    with path.open("wb") as file:
        for _ in range(64):
            file.write(block)

    async def work(api: BatchApi) -> None:
        await api.fetch(await api.upload(path), back)

    with Unchecked(api_key=KEY) as server:
        longest = with_api(server, lambda api: longest_step(_as_coroutine(work(api))))
    assert back.stat().st_size == path.stat().st_size == 64 * 2**20
    assert back.read_bytes() == path.read_bytes()
    assert longest < 0.050


async def _as_coroutine(work: Awaitable[None]) -> None:
    await work
