"""Loopback servers that check OpenAI's and Anthropic's batches as strictly as `chat_server` checks single calls.

    with BatchServer(reply, ends=["expired"], route_faults={"create": [RESET_AFTER]}) as server:
        ... server.base_url, server.batches, server.executed, server.problems

Files, batches and results are made as the maker documents them. A batch is carried out when it has been asked about
often enough; its calls are answered by the same functions, and checked by the same checks, as calls made one by one,
which the server takes too.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import BodyPartReader, web

from support.chat_server import ChatServer, Fault, Json, _break_off, _error, _respond
from support.vendor_servers import AnthropicServer, ResponsesServer

RESET_AFTER: Final = Fault("reset_after", end="reset")
"""The request takes effect, and its reply never arrives."""


@dataclass
class Batch:
    """A batch as the server keeps it."""

    id: str
    input: str
    endpoint: str
    metadata: dict[str, str]
    end: str
    """The status that it comes to, or `no_room`, or `faulty` with lines to blame."""
    lines: list[Json]
    status: str = "validating"
    polls: int = 0
    output: str | None = None
    errors_file: str | None = None
    errors: list[Json] | None = None
    counts: Json = field(default_factory=lambda: {"total": 0, "completed": 0, "failed": 0})


class BatchRoutes(ChatServer):
    """What a server has beside its calls.

    Args:
        ends: how each batch ends, by order of creation; `completed` where the list is at its end.
        route_faults: of each kind of request (`upload`, `create`, `list`, `poll`, `content`), by order of arrival.
        line_faults: of calls in batches, by order of execution.
        faulty_lines: to blame where a batch ends `faulty`, counted from 1.
        polls: questions after which a batch has ended.
        mangle: changes the lines of an output file.
        max_open: batches of one model that may be under way at once; for others there is no room.
    """

    endpoint = "/v1/chat/completions"

    def __init__(
        self,
        *arguments: Any,
        ends: Sequence[str] = (),
        route_faults: Mapping[str, Sequence[Fault | None]] | None = None,
        line_faults: Sequence[Fault | None] = (),
        faulty_lines: Sequence[int] = (),
        polls: int = 2,
        mangle: Callable[[list[bytes]], list[bytes]] = lambda lines: lines,
        max_open: int | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(*arguments, **settings)
        self.batches: list[Batch] = []
        self.files: dict[str, bytes] = {}
        self.executed: Counter[str] = Counter()
        """How often each call was carried out in a batch, by its name."""
        self.requests: list[str] = []
        """Method and path of everything that came."""
        self.batch_problems: list[str] = []
        self._ends = list(ends)
        self._route_faults = {kind: list(faults) for kind, faults in (route_faults or {}).items()}
        self._line_faults = list(line_faults)
        self._faulty_lines = tuple(faulty_lines)
        self._polls = polls
        self._mangle = mangle
        self._max_open = max_open

    @property
    def problems(self) -> list[str]:
        return [*super().problems, *self.batch_problems]

    def _add_routes(self, app: web.Application) -> None:
        super()._add_routes(app)
        app.router.add_post("/v1/files", self._take_upload)
        app.router.add_get("/v1/files/{id}/content", self._content)
        app.router.add_post("/v1/batches", self._create)
        app.router.add_get("/v1/batches", self._list)
        app.router.add_get("/v1/batches/{id}", self._poll)

    def _need(self, holds: bool, problem: str) -> bool:
        if not holds:
            self.batch_problems.append(problem)
        return holds

    def _enter(self, request: web.Request, kind: str) -> web.Response | Fault | None:
        """A refusal, a fault that this request meets, or nothing."""
        self.requests.append(f"{request.method} {request.path}")
        if self._api_key is not None and self._key_in(request) != self._key_wanted():
            return _respond(
                _error(401, f"Incorrect API key provided: {self._key_in(request)}", "invalid_api_key")
            )
        faults = self._route_faults.get(kind)
        fault = faults.pop(0) if faults else None
        if fault is not None and fault.body is not None and fault.end == "whole":
            return _respond(fault)
        return fault

    # files

    async def _take_upload(self, request: web.Request) -> web.StreamResponse:
        before = len(self.batch_problems)
        self._need(request.content_type == "multipart/form-data", f"upload as {request.content_type}")
        reader = await request.multipart()
        names = []
        data = b""
        async for part in reader:
            assert isinstance(part, BodyPartReader)
            names.append(part.name)
            if part.name == "purpose":
                self._need(await part.text() == "batch", "purpose")
            if part.name == "file":
                data = bytes(await part.read())
                self._need(str(part.filename).endswith(".jsonl"), f"name of the file {part.filename!r}")
        entered = self._enter(request, "upload")
        if isinstance(entered, web.Response):
            return entered
        self._need(names == ["purpose", "file"], f"parts of the form {names}")
        self._check_lines(data, request)
        if len(self.batch_problems) > before:
            return _respond(_error(400, "; ".join(self.batch_problems[before:])))
        file_id = f"file-{len(self.files) + 1:06}"
        self.files[file_id] = data
        body = {
            "id": file_id,
            "object": "file",
            "bytes": len(data),
            "created_at": 1,
            "filename": "calls.jsonl",
            "purpose": "batch",
            "status": "processed",
        }
        return await self._reply_json(request, body, entered)

    def _check_lines(self, data: bytes, request: web.Request) -> None:
        lines = data.split(b"\n")
        self._need(lines.pop() == b"", "the last line does not end")
        self._need(0 < len(lines) <= 50_000, f"{len(lines)} lines")
        self._need(len(data) <= 200_000_000, f"{len(data)} bytes")
        names, models = [], set()
        for line in lines:
            call = json.loads(line)
            if not self._need(list(call) == ["custom_id", "method", "url", "body"], f"fields {list(call)}"):
                continue
            self._need(call["method"] == "POST", "method")
            self._need(call["url"] == self.endpoint, f"url {call['url']}")
            self._need(isinstance(call["custom_id"], str) and 0 < len(call["custom_id"]) <= 64, "custom_id")
            names.append(call["custom_id"])
            check = self._new_check(request)
            body = check.read(json.dumps(call["body"]).encode(), "application/json")
            self.batch_problems += check.problems
            models.add(body.get("model"))
        self._need(len(set(names)) == len(names), "a custom_id twice")
        self._need(len(models) == 1, f"models {models}")

    async def _content(self, request: web.Request) -> web.StreamResponse:
        entered = self._enter(request, "content")
        if isinstance(entered, web.Response):
            return entered
        data = self.files.get(request.match_info["id"])
        if data is None:
            return _respond(_error(404, "No such File object"))
        if entered is not None:
            return await _break_off(request, entered, data)
        return web.Response(body=data, content_type="application/octet-stream")

    # batches

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        entered = self._enter(request, "create")
        if isinstance(entered, web.Response):
            return entered
        fields = {"input_file_id", "endpoint", "completion_window", "metadata"}
        self._need(body.keys() == fields, f"fields of a batch {list(body)}")
        self._need(request.content_type == "application/json", f"a batch as {request.content_type}")
        self._need(body["endpoint"] == self.endpoint, f"endpoint {body['endpoint']}")
        self._need(body["completion_window"] == "24h", "completion_window")
        metadata = body["metadata"]
        proper = isinstance(metadata, dict) and len(metadata) <= 16
        self._need(
            proper
            and all(len(k) <= 64 and isinstance(v, str) and len(v) <= 512 for k, v in metadata.items()),
            f"metadata {metadata}",
        )
        if body["input_file_id"] not in self.files:
            return _respond(_error(400, "no such input file"))
        lines = [json.loads(line) for line in self.files[body["input_file_id"]].splitlines()]
        model = lines[0]["body"]["model"]
        open_now = sum(
            batch.status in ("validating", "in_progress") and batch.lines[0]["body"]["model"] == model
            for batch in self.batches
        )
        end = self._ends.pop(0) if self._ends else "completed"
        if self._max_open is not None and open_now >= self._max_open:
            end = "no_room"
        batch = Batch(
            f"batch_{len(self.batches) + 1:06}", body["input_file_id"], body["endpoint"], metadata, end, lines
        )
        self.batches.append(batch)
        return await self._reply_json(request, self._object(batch), entered)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        entered = self._enter(request, "list")
        if isinstance(entered, web.Response):
            return entered
        limit = int(request.query.get("limit", 20))
        self._need(1 <= limit <= 100, f"limit {limit}")
        newest = [self._object(batch) for batch in reversed(self.batches)]
        if after := request.query.get("after"):
            ids = [batch["id"] for batch in newest]
            newest = newest[ids.index(after) + 1 :]
        page = newest[:limit]
        body: Json = {"object": "list", "data": page, "has_more": len(newest) > limit}
        if page:
            body |= {"first_id": page[0]["id"], "last_id": page[-1]["id"]}
        return await self._reply_json(request, body, entered)

    async def _poll(self, request: web.Request) -> web.StreamResponse:
        entered = self._enter(request, "poll")
        if isinstance(entered, web.Response):
            return entered
        batch = next((batch for batch in self.batches if batch.id == request.match_info["id"]), None)
        if batch is None:
            return _respond(_error(404, f"No batch found with id '{request.match_info['id']}'."))
        self._advance(batch)
        return await self._reply_json(request, self._object(batch), entered)

    def _advance(self, batch: Batch) -> None:
        batch.polls += 1
        if batch.status in ("completed", "failed", "expired", "cancelled"):
            return
        if batch.polls < self._polls:
            batch.status = "in_progress"
            batch.counts["total"] = len(batch.lines)
            return
        if batch.end in ("failed", "faulty", "no_room"):
            batch.status = "failed"
            message = {"message": "This line is not right.", "param": None}
            if batch.end == "faulty":
                batch.errors = [{"code": "invalid_request", "line": n, **message} for n in self._faulty_lines]
            elif batch.end == "no_room":
                told = (
                    "Enqueued token limit reached for m in organization org-1. Limit: 90,000 enqueued tokens."
                )
                batch.errors = [
                    {"code": "token_limit_exceeded", "line": None, "message": told, "param": None}
                ]
            else:
                batch.errors = [{"code": "invalid_file", "line": None, **message}]
            return
        batch.status = batch.end
        made = batch.lines if batch.end == "completed" else batch.lines[: len(batch.lines) // 2]
        good: list[bytes] = []
        bad: list[bytes] = []
        for line in made:
            self._carry_out(line, good, bad)
        code = f"batch_{batch.end}"
        for line in batch.lines[len(made) :]:
            error = {"code": code, "message": "This request could not be executed before the end."}
            bad.append(_result(line, None, error))
        batch.counts = {"total": len(batch.lines), "completed": len(good), "failed": len(bad)}
        good.reverse()  # the order of results is not that of the calls
        batch.output, batch.errors_file = self._keep(self._mangle(good)), self._keep(bad)

    def _carry_out(self, line: Json, good: list[bytes], bad: list[bytes]) -> None:
        self.executed[line["custom_id"]] += 1
        fault = self._line_faults.pop(0) if self._line_faults else None
        if fault is not None and fault.body is not None:
            response = {"status_code": fault.status, "request_id": "req_1", "body": _json(fault.body)}
            (good if fault.status == 200 else bad).append(_result(line, response, None))
            return
        raw = json.dumps(line["body"], separators=(",", ":")).encode()
        check = self._new_check(self._last)
        body = check.read(raw, "application/json")
        payload = self._completion(self._reply(check.as_chat(body)), body, raw, fault)
        response = {"status_code": 200, "request_id": "req_1", "body": json.loads(payload)}
        good.append(_result(line, response, None))

    def _keep(self, lines: list[bytes]) -> str | None:
        if not lines:
            return None
        file_id = f"file-out{len(self.files) + 1:06}"
        self.files[file_id] = b"".join(line + b"\n" for line in lines)
        return file_id

    def _object(self, batch: Batch) -> Json:
        errors = None if batch.errors is None else {"object": "list", "data": batch.errors}
        return {
            "id": batch.id,
            "object": "batch",
            "endpoint": batch.endpoint,
            "errors": errors,
            "input_file_id": batch.input,
            "completion_window": "24h",
            "status": batch.status,
            "output_file_id": batch.output,
            "error_file_id": batch.errors_file,
            "created_at": 1,
            "request_counts": batch.counts,
            "metadata": batch.metadata,
        }

    async def _reply_json(self, request: web.Request, body: Json, fault: Fault | None) -> web.StreamResponse:
        self._last = request
        data = json.dumps(body).encode()
        if fault is not None:
            return await _break_off(request, fault, data)
        return web.Response(body=data, content_type="application/json")


class BatchServer(BatchRoutes):
    """Chat completions, one by one and by batch."""


class ResponsesBatchServer(BatchRoutes, ResponsesServer):
    """The Responses API, one by one and by batch."""

    endpoint = "/v1/responses"


_TYPES: Final = {
    400: "invalid_request_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


@dataclass
class MessageBatch:
    """A batch as Anthropic keeps it."""

    id: str
    requests: list[Json]
    end: str
    created_at: str
    polls: int = 0
    results: bytes | None = None
    counts: Counter[str] = field(default_factory=Counter)


class AnthropicBatchServer(AnthropicServer):
    """Anthropic's messages, one by one and by batch.

    Args:
        ends: how each batch ends, by order of creation: `ended`, or `expired` or `canceled` after half of its calls.
        create_faults: of requests that begin a batch, by order of arrival.
        line_faults: of calls in batches, by order of execution.
        polls: questions after which a batch has ended.
    """

    def __init__(
        self,
        *arguments: Any,
        ends: Sequence[str] = (),
        create_faults: Sequence[Fault | None] = (),
        line_faults: Sequence[Fault | None] = (),
        polls: int = 2,
        **settings: Any,
    ) -> None:
        super().__init__(*arguments, **settings)
        self.batches: list[MessageBatch] = []
        self.executed: Counter[str] = Counter()
        """How often each call was carried out in a batch, by its name."""
        self.batch_problems: list[str] = []
        self._ends, self._polls = list(ends), polls
        self._create_faults, self._line_faults = list(create_faults), list(line_faults)

    @property
    def problems(self) -> list[str]:
        return [*super().problems, *self.batch_problems]

    def _add_routes(self, app: web.Application) -> None:
        super()._add_routes(app)
        app.router.add_post("/v1/messages/batches", self._begin)
        app.router.add_get("/v1/messages/batches", self._list)
        app.router.add_get("/v1/messages/batches/{id}", self._poll)
        app.router.add_get("/v1/messages/batches/{id}/results", self._results)

    def _refused(self, request: web.Request) -> web.Response | None:
        if self._api_key is not None and self._key_in(request) != self._key_wanted():
            return _respond(_error(401, "invalid x-api-key"))
        return None

    def _need(self, holds: bool, problem: str) -> None:
        if not holds:
            self.batch_problems.append(problem)

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refused(request)) is not None:
            return refused
        raw = await request.read()
        self._need(request.content_type == "application/json", f"a batch as {request.content_type}")
        self._need(request.content_length == len(raw) <= 256 * 2**20, f"length {request.content_length}")
        body = json.loads(raw)
        self._need(list(body) == ["requests"], f"fields {list(body)}")
        names = []
        for call in body["requests"]:
            self._need(list(call) == ["custom_id", "params"], f"fields of a call {list(call)}")
            names.append(call["custom_id"])
            self._need(bool(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", names[-1])), f"custom_id {names[-1]}")
            check = self._new_check(request)
            check.read(json.dumps(call["params"]).encode(), "application/json")
            self.batch_problems += check.problems
        self._need(0 < len(names) == len(set(names)), "no call, or a custom_id twice")
        fault = self._create_faults.pop(0) if self._create_faults else None
        if fault is not None and fault.body is not None and fault.end == "whole":
            return _respond(fault)
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        end = self._ends.pop(0) if self._ends else "ended"
        batch = MessageBatch(f"msgbatch_{len(self.batches) + 1:06}", body["requests"], end, now)
        batch.counts["processing"] = len(names)
        self.batches.append(batch)
        data = json.dumps(self._object(batch)).encode()
        if fault is not None:
            return await _break_off(request, fault, data)
        return web.Response(body=data, content_type="application/json")

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refused(request)) is not None:
            return refused
        limit = int(request.query.get("limit", 20))
        self._need(1 <= limit <= 1000, f"limit {limit}")
        newest = [self._object(batch) for batch in reversed(self.batches)]
        if after := request.query.get("after_id"):
            newest = newest[[batch["id"] for batch in newest].index(after) + 1 :]
        return web.json_response({"data": newest[:limit], "has_more": len(newest) > limit})

    def _named(self, request: web.Request) -> MessageBatch | None:
        return next((batch for batch in self.batches if batch.id == request.match_info["id"]), None)

    async def _poll(self, request: web.Request) -> web.StreamResponse:
        batch = self._named(request)
        if batch is None or self._refused(request) is not None:
            return _respond(_error(404, "not found"))
        batch.polls += 1
        if batch.polls >= self._polls and batch.results is None:
            self._carry_out(batch, request)
        return web.json_response(self._object(batch))

    async def _results(self, request: web.Request) -> web.StreamResponse:
        batch = self._named(request)
        if batch is None or batch.results is None or self._refused(request) is not None:
            return _respond(_error(404, "not found"))
        return web.Response(body=batch.results, content_type="application/x-jsonl")

    def _carry_out(self, batch: MessageBatch, request: web.Request) -> None:
        made = len(batch.requests) if batch.end == "ended" else len(batch.requests) // 2
        lines = []
        batch.counts.clear()
        for n, call in enumerate(batch.requests):
            result = self._message(call, request) if n < made else {"type": batch.end}
            batch.counts[result["type"]] += 1
            lines.append(json.dumps({"custom_id": call["custom_id"], "result": result}).encode() + b"\n")
        batch.results = b"".join(reversed(lines))  # the order of results is not that of the calls

    def _message(self, call: Json, request: web.Request) -> Json:
        self.executed[call["custom_id"]] += 1
        fault = self._line_faults.pop(0) if self._line_faults else None
        if fault is not None and fault.status != 200:
            error = {"type": _TYPES[fault.status], "message": "as planned"}
            return {"type": "errored", "error": {"type": "error", "error": error, "request_id": "req_1"}}
        raw = json.dumps(call["params"], separators=(",", ":")).encode()
        check = self._new_check(request)
        body = check.read(raw, "application/json")
        message = json.loads(self._completion(self._reply(check.as_chat(body)), body, raw, fault))
        return {"type": "succeeded", "message": message}

    def _object(self, batch: MessageBatch) -> Json:
        kinds = ("processing", "succeeded", "errored", "canceled", "expired")
        results = None if batch.results is None else f"{self.base_url}/v1/messages/batches/{batch.id}/results"
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": "in_progress" if batch.results is None else "ended",
            "request_counts": {kind: batch.counts[kind] for kind in kinds},
            "ended_at": None if batch.results is None else batch.created_at,
            "created_at": batch.created_at,
            "expires_at": batch.created_at,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": results,
        }


def _result(line: Json, response: Json | None, error: Json | None) -> bytes:
    found = {"id": "batch_req_1", "custom_id": line["custom_id"], "response": response, "error": error}
    return json.dumps(found).encode()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()
