"""JSON on the wire: bodies with media spliced in, and replies read as the hostile input that they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cuewise.errors import TransientModelError

# --- writing ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Base64:
    """A JSON string of base64, such as a data URL."""

    data: bytes
    """In base64 already."""
    prefix: bytes = b""
    """What stands before it in the string; plain letters that JSON need not escape."""


def encode_json(value: Any) -> bytes:
    """A value with `Base64` in it as JSON.

    Base64 is spliced in as it is: running hundreds of kilobytes of it through a JSON encoder costs more than
    the rest of a call.

    >>> encode_json({"a": [1, Base64(b"aGk=", prefix=b"data:,")]})
    b'{"a":[1,"data:,aGk="]}'
    """
    pieces: list[bytes] = []
    _write(value, pieces.append)
    return b"".join(pieces)


def _write(value: Any, write: Callable[[bytes], None]) -> None:
    match value:
        case Base64(data, prefix):
            write(b'"')
            write(prefix)
            write(data)
            write(b'"')
        case dict():
            separator = b"{"
            for name, inner in value.items():
                write(separator + json.dumps(name).encode() + b":")
                _write(inner, write)
                separator = b","
            write(b"}" if value else b"{}")
        case list():
            separator = b"["
            for inner in value:
                write(separator)
                _write(inner, write)
                separator = b","
            write(b"]" if value else b"[]")
        case _:
            write(json.dumps(value).encode())


# --- reading ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """Reads what one model's server sends."""

    model_id: str
    scrub: Callable[[str], str]
    """Makes a server's words fit for a message."""

    def object(self, payload: bytes) -> dict[str, Any]:
        """The JSON object in a body that came with status 200.

        Raises:
            TransientModelError: of kind `bad_body` where there is none, `server_error` where it is an error
                message.
        """
        data = self.parsed(payload)
        if data.get("error"):
            raise self.broken("server_error", f"an error as a reply: {self.quote(payload)}")
        return data

    def parsed(self, payload: bytes) -> dict[str, Any]:
        """The JSON object in a body, be it an error message.

        Raises:
            TransientModelError: of kind `bad_body` where there is none.
        """
        if not payload.strip():
            raise self.broken("bad_body", "an empty body")
        data = parse_json(payload)
        if not isinstance(data, dict):
            raise self.broken("bad_body", f"something else than a JSON object: {self.quote(payload)}")
        return data

    def broken(self, kind: str, what: str) -> TransientModelError:
        """The error that says what the server sent instead of a completion."""
        return TransientModelError(f"{self.model_id}: the server sent {what}", status=200, kind=kind)

    def quote(self, payload: bytes) -> str:
        """The server's own words: the error's message, else the body's beginning."""
        error = error_in(payload)
        if isinstance(error, dict):
            error = error.get("message") or error.get("detail")
        return self.scrub(error if isinstance(error, str) and error else payload.decode("utf-8", "replace"))


def parse_json(payload: bytes) -> Any:
    """The value in a body; None where it is no JSON."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def error_in(payload: bytes) -> Any:
    """The error in a body: `{"error": {...}}`, the same in a list of one, or the whole of it."""
    data = parse_json(payload)
    if isinstance(data, list) and data:
        data = data[0]
    return data.get("error") or data if isinstance(data, dict) else data


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none of what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def mapping(value: object) -> Mapping[str, Any]:
    """The object itself; an empty one of anything else."""
    return value if isinstance(value, dict) else {}


def string(value: object) -> str | None:
    """The text itself; None of an empty one and of anything else."""
    return value if isinstance(value, str) and value else None


def joined(values: list[object], separator: str = "") -> str | None:
    """All texts among the values as one; None where there is no text at all."""
    texts = [value for value in values if isinstance(value, str)]
    return separator.join(texts) if texts else None


def count(value: object) -> int | None:
    """The whole number itself; None of a negative one and of anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def total(*values: object) -> int | None:
    """The sum of those that are counts; None where none is."""
    counts = [number for value in values if (number := count(value)) is not None]
    return sum(counts) if counts else None
