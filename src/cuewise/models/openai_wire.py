"""The wire format of `POST /chat/completions`: requests to bytes, replies and failures to records.

Pure functions; the network is in `openai_compatible`. What servers send is hostile input: every field is
checked, and their words are scrubbed of keys and control characters before they enter a message.
"""

from __future__ import annotations

import html
import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal
from urllib.parse import quote

from cuewise.errors import ModelError, PermanentModelError, TransientModelError
from cuewise.models.cards import Card
from cuewise.models.protocol import Completion, MediaPart, Message, Request, TextPart

MAX_QUOTE: Final = 300
"""Characters of a server's own words that enter a message."""

_BEFORE_MEDIA: Final = {
    "image/jpeg": b'{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,',
    "image/png": b'{"type":"image_url","image_url":{"url":"data:image/png;base64,',
    "audio/wav": b'{"type":"input_audio","input_audio":{"format":"wav","data":"',
}

# --- requests --------------------------------------------------------------------------------------


def encode_request(
    model_id: str, request: Request, card: Card, parameters: Mapping[str, Any], media: Mapping[str, bytes]
) -> bytes:
    """The body of a call.

    Media is spliced in as it is: running hundreds of kilobytes of base64 through a JSON encoder costs more
    than the rest of a call.

    Args:
        parameters: further fields of the body; `image_detail` goes to each image instead.
        media: base64 of every piece of media in the request, by SHA-256.

    Raises:
        PermanentModelError: media of a kind that the wire has no place for.
    """
    fields = dict(parameters)
    detail = fields.pop("image_detail", None)
    fields["model"] = model_id
    sampling = request.sampling
    if sampling.temperature is not None and not card.fixed_temperature:
        fields["temperature"] = sampling.temperature
    if sampling.max_tokens is not None:
        fields[card.max_tokens_field] = sampling.max_tokens
    if sampling.seed is not None:
        fields["seed"] = sampling.seed
    if request.json_schema is not None and card.json_schema:
        schema = request.json_schema
        held_to = {"name": "reply", "schema": schema, "strict": _can_be_strict(schema)}
        fields["response_format"] = {"type": "json_schema", "json_schema": held_to}
    chunks = [json.dumps(fields).encode()[:-1], b',"messages":[']
    for number, message in enumerate(request.messages):
        if number:
            chunks.append(b",")
        chunks.extend(_encode_message(message, detail, media))
    chunks.append(b"]}")
    return b"".join(chunks)


def _encode_message(message: Message, detail: str | None, media: Mapping[str, bytes]) -> Iterator[bytes]:
    match message.parts:
        case [TextPart(text=text)]:  # a plain string: the form that every server takes, for every role
            yield json.dumps({"role": message.role, "content": text}).encode()
            return
    yield b'{"role":"%s","content":[' % message.role.encode()
    for number, part in enumerate(message.parts):
        if number:
            yield b","
        if isinstance(part, TextPart):
            yield json.dumps({"type": "text", "text": part.text}).encode()
        else:
            yield from _encode_media(part, detail, media)
    yield b"]}"


def _encode_media(part: MediaPart, detail: str | None, media: Mapping[str, bytes]) -> Iterator[bytes]:
    mime = part.media.mime
    if mime not in _BEFORE_MEDIA:
        told = f"media of type {mime!r} cannot be sent; {', '.join(_BEFORE_MEDIA)} can"
        raise PermanentModelError(told, kind="unsupported_media")
    yield _BEFORE_MEDIA[mime]
    yield media[part.media.sha256]
    if detail is not None and mime.startswith("image/"):
        yield b'","detail":' + json.dumps(detail).encode() + b"}}"
    else:
        yield b'"}}'


def _can_be_strict(schema: Any) -> bool:
    """Whether every object in a schema closes itself and requires all it names, as strict mode demands."""
    if isinstance(schema, list):
        return all(map(_can_be_strict, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != set(schema.get("properties", ())):
            return False
    return all(map(_can_be_strict, schema.values()))


# --- replies ---------------------------------------------------------------------------------------

_FINISH: Final[Mapping[str, Literal["stop", "length", "filter"]]] = {
    "stop": "stop",
    "end_turn": "stop",
    "eos": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "filter",
}


def read_completion(payload: bytes, *, model_id: str, scrub: Callable[[str], str]) -> Completion:
    """The completion in a body that came with status 200.

    Raises:
        TransientModelError: of kind `bad_body` where the body is not a completion, `server_error` where
            it is an error message, `empty_reply` where the completion has nothing in it.
    """

    def broken(kind: str, what: str) -> TransientModelError:
        return TransientModelError(f"{model_id}: the server sent {what}", status=200, kind=kind)

    if not payload.strip():
        raise broken("bad_body", "an empty body")
    data = _json(payload)
    if not isinstance(data, dict):
        raise broken("bad_body", f"something else than a JSON object: {_quoted(payload, scrub)}")
    if data.get("error"):
        raise broken("server_error", f"an error as a reply: {_quoted(payload, scrub)}")
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise broken("bad_body", "a reply without a choice")
    reason = choice.get("finish_reason")
    if reason == "error":
        raise broken("server_error", "a reply that an error broke off")
    finish = _FINISH.get(reason, "other") if isinstance(reason, str) else "other"
    text, refusal = _content(message)
    if text is None and refusal is None and finish not in ("length", "filter"):
        raise broken("empty_reply", "a reply without content")
    usage = data.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Completion(
        text=text or "",
        finish=finish,
        refusal=refusal,
        thinking=_string(message.get("reasoning_content")) or _string(message.get("reasoning")),
        model=_string(data.get("model")),
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
    )


def _content(message: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Text and refusal of a message whose content is a string, a list of parts, or absent."""
    content, refusal = message.get("content"), _string(message.get("refusal"))
    if not isinstance(content, list):
        return (_sound(content) if isinstance(content, str) else None), refusal
    parts = [part for part in content if isinstance(part, dict)]
    texts = [part.get("text") for part in parts if part.get("type") == "text"]
    refusals = [part.get("refusal") for part in parts if part.get("type") == "refusal"]
    text = _sound("".join(text for text in texts if isinstance(text, str))) if texts else None
    return text, refusal or _string("".join(text for text in refusals if isinstance(text, str)))


def _string(value: object) -> str | None:
    return _sound(value) if isinstance(value, str) and value else None


def _sound(text: str) -> str:
    """The text with pairs of escaped surrogates joined and lone ones replaced, so that it can be stored."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


# --- failures --------------------------------------------------------------------------------------

_TRANSIENT: Final = {408: "timeout", 409: "conflict", 425: "too_early", 429: "rate_limit", 529: "overloaded"}
_OUT_OF_QUOTA: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_FILTERED: Final = frozenset({"content_filter", "content_policy_violation", "data_inspection_failed"})


def read_failure(
    status: int,
    headers: Mapping[str, str],
    payload: bytes,
    *,
    model_id: str,
    url: str,
    key_variable: str,
    scrub: Callable[[str], str],
    now_s: float,
) -> ModelError | Completion:
    """What a reply with another status than 200 means.

    A request that the server's content filter turned down is a completion with finish `filter`: the question
    was asked and answered, with a refusal.

    Args:
        headers: of the reply; looked up without regard to case.
        now_s: seconds since 1970, for a `Retry-After` that is a date.
    """
    codes = _error_codes(payload)
    if status == 400 and codes & _FILTERED:
        return Completion(text="", finish="filter", refusal=_quoted(payload, scrub))
    told = f"{model_id}: status {status} from {url}: {_quoted(payload, scrub)}"
    if status == 429 and codes & _OUT_OF_QUOTA:
        return PermanentModelError(
            f"{told} (the account behind {key_variable} has no quota left: see its billing page)",
            status=status,
            kind="quota",
        )
    if status in _TRANSIENT or status >= 500:
        kind = _TRANSIENT.get(status, "server_error")
        wait_s = retry_after_s(headers, now_s)
        return TransientModelError(told, status=status, kind=kind, retry_after_s=wait_s)
    kind, advice = _permanent(status, key_variable)
    return PermanentModelError(f"{told} ({advice})", status=status, kind=kind)


def _permanent(status: int, key_variable: str) -> tuple[str, str]:
    """Kind and what to do."""
    if 300 <= status < 400:
        return "redirect", "not followed, so that no key travels: set the base URL to where it leads"
    match status:
        case 401:
            return "auth", f"the key is missing or wrong: set {key_variable}"
        case 403:
            return "auth", f"the key in {key_variable} may not use this model: choose another key or model"
        case 404:
            return "not_found", "check the model's name and the base URL"
        case 413:
            return "too_large", "send fewer or smaller frames, or less audio"
    return "bad_request", "the server does not take this request: check what the model takes"


def retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `Retry-After` (seconds or a date); None without either."""
    if (wait_ms := _number(headers.get("retry-after-ms", ""))) is not None:
        return wait_ms / 1000
    value = headers.get("Retry-After", "")
    if (wait_s := _number(value)) is not None:
        return wait_s
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now_s)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None


def _json(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def _error(payload: bytes) -> Any:
    """The error in a body: `{"error": {...}}`, the same in a list of one, or the whole of it."""
    data = _json(payload)
    if isinstance(data, list) and data:
        data = data[0]
    return data.get("error") or data if isinstance(data, dict) else data


def _error_codes(payload: bytes) -> set[str]:
    """The words by which an error names itself."""
    error = _error(payload)
    if not isinstance(error, dict):
        return set()
    inner = error.get("innererror")
    named = [error.get("code"), error.get("type"), inner.get("code") if isinstance(inner, dict) else None]
    return {name for name in named if isinstance(name, str)}


def _quoted(payload: bytes, scrub: Callable[[str], str]) -> str:
    """The server's own words: the error's message, else the body's beginning."""
    error = _error(payload)
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail")
    return scrub(error if isinstance(error, str) and error else payload.decode("utf-8", "replace"))


# --- scrubbing -------------------------------------------------------------------------------------

_KEYLIKE: Final = re.compile(
    r"(?i:\bbearer)\s+\S+|\bsk-[\w*.-]{3,}|\b(?:hf|gsk|xai|ghp)[_-][\w-]{8,}|\bAIza[\w-]{16,}"
)


def scrubber(api_key: str | None) -> Callable[[str], str]:
    """A function that makes a server's words fit for a message.

    It drops control and other invisible characters, blots out the key that is in use, in plain or escaped
    form, and whatever looks like a key, and shortens the rest to `MAX_QUOTE` characters.
    """
    key = api_key or ""
    forms = {key, json.dumps(key)[1:-1], quote(key, safe=""), html.escape(key)} - {""}
    ordered = sorted(forms, key=len, reverse=True)

    def scrub(text: str) -> str:
        text = " ".join(text[: 64 * MAX_QUOTE].split())
        text = "".join(letter for letter in text if unicodedata.category(letter)[0] != "C")
        for form in ordered:
            text = text.replace(form, "[key]")
        text = _KEYLIKE.sub("[key]", text)
        return text if len(text) <= MAX_QUOTE else text[: MAX_QUOTE - 3] + "..."

    return scrub
