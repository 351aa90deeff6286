"""A chat completion that came in pieces, as server-sent events, put together again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cuewise.models.json_wire import Reader, mapping, objects, parse_json

_DONE: Final = b"[DONE]"
_TEXTS: Final = ("content", "refusal", "reasoning_content", "reasoning")


def is_stream(payload: bytes) -> bool:
    """Whether a body is a stream of events rather than one JSON document.

    >>> is_stream(b": ping\\n\\ndata: {}"), is_stream(b'{"data": 1}')
    (True, False)
    """
    return payload.lstrip()[:6].startswith((b"data:", b":", b"event:", b"id:", b"retry:"))


def joined_stream(payload: bytes, reader: Reader) -> dict[str, Any]:
    """The completion that a stream's chunks come to, as if it had come whole.

    Raises:
        TransientModelError: of kind `bad_body` where the stream ends before the reply does or a chunk is no JSON
            object, `server_error` where a chunk is an error.
    """
    whole: dict[str, Any] = {}
    message: dict[str, str] = {}
    reason: Any = None
    done = False
    for data in _events(payload):
        if data == _DONE:
            done = True
            break
        chunk = parse_json(data)
        if not isinstance(chunk, dict):
            raise reader.broken("bad_body", f"something else than a chunk of a reply: {reader.quote(data)}")
        if chunk.get("error"):
            raise reader.broken("server_error", f"an error in its stream: {reader.quote(data)}")
        whole |= {name: chunk[name] for name in ("model", "usage") if chunk.get(name)}
        for choice in objects(chunk.get("choices"))[:1]:
            delta = mapping(choice.get("delta"))
            for name in _TEXTS:
                if isinstance(text := delta.get(name), str):
                    message[name] = message.get(name, "") + text
            reason = choice.get("finish_reason") or reason
    if not done and reason is None:
        raise reader.broken("bad_body", "a stream that was cut off")
    return {**whole, "choices": [{"message": message, "finish_reason": reason}]}


def _events(payload: bytes) -> Iterator[bytes]:
    """The data of each event; comments and other fields are left out."""
    lines: list[bytes] = []
    for line in (*payload.splitlines(), b""):
        if line.startswith(b"data:"):
            lines.append(line[5:].removeprefix(b" "))
        elif not line and lines:
            yield b"\n".join(lines)
            lines = []
