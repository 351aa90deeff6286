"""OpenAI's Batch API: a file of calls goes up, a batch is created from it, and files of results come back.

Five kinds of request: `POST /files` (multipart), `POST /batches`, `GET /batches/ID`, `GET /batches` to find one whose
creation brought no word, and `GET /files/ID/content`. What was checked of it stands in `docs/decisions/016-batches.md`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from cuewise.errors import InputError, ModelError, PermanentModelError, TransientModelError
from cuewise.models.batches import BatchResult, BatchState, Submission
from cuewise.models.failures import is_out_of_quota
from cuewise.models.http import Reply
from cuewise.models.json_wire import count, encode_json, mapping, objects, parse_json, string
from cuewise.models.protocol import Completion, Request
from cuewise.models.served_batches import ServedBatches

MAX_CALLS: Final = 50_000
MAX_BYTES: Final = 200_000_000
PAGES: Final = 100
"""Pages of batches that are looked through for one; the newest come first, a hundred on each."""
TOKEN: Final = "cuewise"  # noqa: S105 - the name of a field
"""The field of a batch's metadata that holds our name for it."""

_ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled"})
_NO_ROOM: Final = "token_limit_exceeded"
"""More is enqueued than the organisation may have waiting; more fits in when a batch has ended."""
_UNFINISHED: Final = {
    "batch_expired": "expired",
    "batch_cancelled": "cancelled",
    "request_timeout": "timeout",
}
"""Errors of calls that were not made to their end, and their kind."""


class OpenAIBatches(ServedBatches):
    """Batches of calls to one model; see `BatchApi`."""

    max_calls = MAX_CALLS
    max_bytes = MAX_BYTES
    where = "/batches"

    @property
    def endpoint(self) -> str:
        return f"/v1{self.model.path}"

    async def check(self) -> None:
        if self.model.delivery.get("style") == "dashscope":
            raise InputError(
                f"{self.model.name}: style=dashscope has replies streamed, which those of a batch cannot be:"
                " leave --batch or the setting out"
            )
        await super().check()

    async def line(self, key: str, request: Request) -> bytes:
        body = await self.model.body(request)
        head = {"custom_id": key, "method": "POST", "url": self.endpoint}
        return b"".join((encode_json(head)[:-1], b',"body":', body, b"}\n"))

    async def upload(self, path: Path) -> str:
        reply = self.good(
            await self.model.http.upload("/files", {"purpose": "batch"}, path, "application/jsonl")
        )
        return self.named(self.reader.object(reply.payload).get("id"), "a file")

    async def create(self, submission: Submission) -> BatchState:
        body = {
            "input_file_id": submission.file,
            "endpoint": self.endpoint,
            "completion_window": "24h",
            "metadata": {TOKEN: submission.token},
        }
        reply = self.good(await self.model.http.send("POST", "/batches", encode_json(body)))
        return self._state(self.reader.parsed(reply.payload))

    async def find(self, submission: Submission) -> BatchState | None:
        after = ""
        for _ in range(PAGES):
            reply = self.good(await self.model.http.send("GET", f"/batches?limit=100{after}"))
            page = self.reader.object(reply.payload)
            batches = objects(page.get("data"))
            for batch in batches:
                ours = mapping(batch.get("metadata")).get(TOKEN) == submission.token
                if ours or batch.get("input_file_id") == submission.file:
                    return self._state(batch)
            if page.get("has_more") is not True or not batches:
                return None
            after = f"&after={quote(self.named(batches[-1].get('id'), 'a batch'), safe='')}"
        return None

    async def state(self, batch_id: str) -> BatchState:
        reply = self.good(await self.model.http.send("GET", f"/batches/{quote(batch_id, safe='')}"))
        return self._state(self.reader.parsed(reply.payload))

    async def fetch(self, file: str, to: Path) -> None:
        self.good(await self.model.http.download(f"/files/{quote(file, safe='')}/content", to))

    def read(self, line: bytes) -> BatchResult | None:
        data = mapping(parse_json(line))
        key = string(data.get("custom_id"))
        if key is None:
            return None
        response, error = mapping(data.get("response")), mapping(data.get("error"))
        status = count(response.get("status_code"))
        if status is None:
            return BatchResult(key, self._unfinished(error, line))
        reply = Reply(status, {}, encode_json(response.get("body")))
        result: Completion | ModelError
        try:
            result = self.model.completion(reply)
        except ModelError as failure:
            result = failure
        return BatchResult(key, result)

    def _unfinished(self, error: dict[str, Any] | Any, line: bytes) -> ModelError:
        """What an error means that stands in the place of a reply."""
        kind = _UNFINISHED.get(str(error.get("code")), "server_error")
        return TransientModelError(
            f"{self.model.model_id}: not made in its batch: {self.reader.quote(line)}", kind=kind
        )

    def _state(self, batch: dict[str, Any]) -> BatchState:
        """
        Raises:
            TransientModelError: it is no batch.
        """
        batch_id, status = self.named(batch.get("id"), "a batch"), batch.get("status")
        if not isinstance(status, str):
            raise self.reader.broken("bad_body", "a batch without status")
        counts = mapping(batch.get("request_counts"))
        files = (string(batch.get(field)) for field in ("output_file_id", "error_file_id"))
        unfinished, faulty, no_room = self._why(batch, status)
        return BatchState(
            id=batch_id,
            ended=status in _ENDED,
            calls=count(counts.get("total")) or 0,
            done=(count(counts.get("completed")) or 0) + (count(counts.get("failed")) or 0),
            files=tuple(self.named(file, "a file") for file in files if file is not None),
            unfinished=unfinished,
            faulty=faulty,
            no_room=no_room,
        )

    def _why(
        self, batch: dict[str, Any], status: str
    ) -> tuple[ModelError | None, tuple[tuple[int, ModelError], ...], bool]:
        """Why calls of a batch have no result, which lines are to blame, and whether there was no room for it."""
        if status == "completed" or status not in _ENDED:
            return None, (), False
        errors = objects(mapping(batch.get("errors")).get("data"))
        model_id = self.model.model_id
        words = "; ".join(
            self.reader.scrub(str(error.get("message") or error.get("code"))) for error in errors[:3]
        )
        told = f"{model_id}: its batch {status}" + (f": {words}" if words else "")
        faulty = tuple(
            (
                line,
                PermanentModelError(f"{told} (check what the model takes)", status=400, kind="bad_request"),
            )
            for error in errors
            if (line := count(error.get("line"))) is not None
        )
        codes = {code for error in errors if isinstance(code := error.get("code"), str)}
        if is_out_of_quota(codes):
            quota = PermanentModelError(
                f"{told} (the account has no quota left: see its billing page)", kind="quota"
            )
            return quota, (), False
        kind = "batch_failed" if status == "failed" else status
        return TransientModelError(told, kind=kind), faulty, _NO_ROOM in codes
