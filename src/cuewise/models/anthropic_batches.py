"""Anthropic's Message Batches: one request carries all calls and begins the batch; one file of results comes back.

A batch has no place for a name of ours. One whose creation brought no word is told by its time and its number of calls
among those that nobody else here has begun. A stranger's that is taken for it gives us nothing: results are known by
the calls' keys, so it has none of ours, and our calls are made anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from cuewise.errors import ModelError, TransientModelError
from cuewise.models.batches import BatchResult, BatchState, Submission
from cuewise.models.http import Reply
from cuewise.models.json_wire import count, encode_json, mapping, objects, parse_json, string
from cuewise.models.protocol import Completion, Request
from cuewise.models.served_batches import ServedBatches

MAX_CALLS: Final = 100_000
MAX_BYTES: Final = 250_000_000
"""Of a batch, which may have 256 MB in all."""
PAGES: Final = 10
"""Pages of batches that are looked through for one; the newest come first, a hundred on each."""
CLOCKS_DIFFER_S: Final = 600.0
"""A batch of ours may seem so much older than it is."""

_BEGIN, _END = b'{"requests":[', b"]}"
_STATUS: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""What a call would have been answered with directly, by the type of its error."""
_UNFINISHED: Final = {"canceled": "cancelled", "expired": "expired"}


class AnthropicBatches(ServedBatches):
    """Batches of calls to one model; see `BatchApi`."""

    max_calls = MAX_CALLS
    max_bytes = MAX_BYTES
    where = "/v1/messages/batches"

    @property
    def version(self) -> str:
        return self.model.headers(None)["anthropic-version"]

    async def line(self, key: str, request: Request) -> bytes:
        body = await self.model.body(request)
        return b"".join((encode_json({"custom_id": key})[:-1], b',"params":', body, b"}\n"))

    async def upload(self, path: Path) -> str:
        return ""

    async def create(self, submission: Submission) -> BatchState:
        path = submission.path
        # Commas take the place of the lines' ends, but for the last.
        size = len(_BEGIN) + path.stat().st_size - 1 + len(_END)
        reply = self.good(await self.model.http.send_pieces(self.where, _pieces(path), size))
        return self._state(self.reader.object(reply.payload))

    async def find(self, submission: Submission) -> BatchState | None:
        found: BatchState | None = None
        after = ""
        for _ in range(PAGES):
            page = self.reader.object(
                self.good(await self.model.http.send("GET", f"{self.where}?limit=100{after}")).payload
            )
            batches = objects(page.get("data"))
            for batch in batches:
                state = self._state(batch)
                if _seconds(batch.get("created_at")) < submission.since - CLOCKS_DIFFER_S:
                    return found
                if state.calls == submission.calls and state.id not in submission.others:
                    found = state  # the oldest of them: later ones were begun after ours
            if page.get("has_more") is not True or not batches:
                return found
            after = f"&after_id={quote(self.named(batches[-1].get('id'), 'a batch'), safe='')}"
        return found

    async def state(self, batch_id: str) -> BatchState:
        reply = self.good(await self.model.http.send("GET", f"{self.where}/{quote(batch_id, safe='')}"))
        return self._state(self.reader.object(reply.payload))

    async def fetch(self, file: str, to: Path) -> None:
        # Not by the address that the batch gives for its results: the key goes to the server that was named.
        self.good(await self.model.http.download(f"{self.where}/{quote(file, safe='')}/results", to))

    def read(self, line: bytes) -> BatchResult | None:
        data = mapping(parse_json(line))
        key = string(data.get("custom_id"))
        if key is None:
            return None
        result = mapping(data.get("result"))
        kind = result.get("type")
        if kind == "succeeded":
            reply = Reply(200, {}, encode_json(result.get("message")))
        elif kind == "errored":
            error = result.get("error")
            word = mapping(mapping(error).get("error")).get("type")
            reply = Reply(_STATUS.get(str(word), 500), {}, encode_json(error))
        else:
            why = _UNFINISHED.get(str(kind), "server_error")
            told = f"{self.model.model_id}: not made in its batch: {why}"
            return BatchResult(key, TransientModelError(told, kind=why))
        outcome: Completion | ModelError
        try:
            outcome = self.model.completion(reply)
        except ModelError as failure:
            outcome = failure
        return BatchResult(key, outcome)

    def _state(self, batch: dict[str, Any]) -> BatchState:
        """
        Raises:
            TransientModelError: it is no batch.
        """
        batch_id, status = self.named(batch.get("id"), "a batch"), batch.get("processing_status")
        if not isinstance(status, str):
            raise self.reader.broken("bad_body", "a batch without status")
        counts = mapping(batch.get("request_counts"))
        calls = sum(count(number) or 0 for number in counts.values())
        return BatchState(
            id=batch_id,
            ended=status == "ended",
            calls=calls,
            done=calls - (count(counts.get("processing")) or 0),
            files=(batch_id,) if string(batch.get("results_url")) else (),
        )


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    """The body that begins a batch with the calls in a file, piece by piece."""
    with path.open("rb") as file:
        ahead = await asyncio.to_thread(file.readline)
        yield _BEGIN
        while line := ahead:
            ahead = await asyncio.to_thread(file.readline)
            yield line[:-1] + b"," if ahead else line[:-1]
        yield _END


def _seconds(time: object) -> float:
    """Seconds since 1970 of a time in RFC 3339; of anything else, endlessly late."""
    try:
        return datetime.fromisoformat(time).timestamp() if isinstance(time, str) else float("inf")
    except (ValueError, OverflowError):
        return float("inf")
