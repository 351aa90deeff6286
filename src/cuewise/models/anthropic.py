"""Claude by Anthropic's Messages API, `POST {base}/v1/messages`.

Claude sees images and hears nothing. The interface takes no seed, and needs a bound of output tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from cuewise.models.failures import no_seed, unsupported_media
from cuewise.models.json_wire import (
    Base64,
    Reader,
    count,
    encode_json,
    joined,
    mapping,
    objects,
    string,
    total,
)
from cuewise.models.protocol import Completion, MediaPart, Message, Modality, Request, TextPart
from cuewise.models.served import ServedModel

VERSION: Final = "2026-10-21"
"""Of the interface, sent with each request. It has no temperature."""
VERSION_WITH_TEMPERATURE: Final = "2023-06-01"
"""The one before, for the models that take a temperature."""
DEFAULT_MAX_TOKENS: Final = 16_384
"""Bound of output tokens, thinking included, where the request has none. Every Claude from 4 on can write as
much, and it comes well within the ten minutes after which a reply would have to be streamed. Stored calls rest
on this number: it may never change."""

_IMAGES: Final = ("image/jpeg", "image/png")


class Anthropic(ServedModel):
    """A model behind the Messages API; see `ServedModel` for its arguments.

    `parameters` may hold `reasoning_effort` (`output_config.effort`) and `show_thinking` (adaptive thinking,
    summarised in the reply).
    """

    key_variable = "ANTHROPIC_API_KEY"
    carries = frozenset({Modality.VIDEO, Modality.TEXT})
    path = "/v1/messages"

    def headers(self, api_key: str | None) -> dict[str, str]:
        version = VERSION if self.card.fixed_temperature else VERSION_WITH_TEMPERATURE
        return {"anthropic-version": version, **({"x-api-key": api_key} if api_key else {})}

    def encode(self, request: Request, media: Mapping[str, bytes]) -> bytes:
        sampling = request.sampling
        if sampling.seed is not None:
            raise no_seed(self.model_id, "Anthropic's interface")
        thinks = self.settings.get("show_thinking")
        body: dict[str, Any] = {
            "model": self.model_id,
            "max_tokens": sampling.max_tokens or DEFAULT_MAX_TOKENS,
        }
        # The server refuses a temperature together with thinking.
        if sampling.temperature is not None and not self.card.fixed_temperature and not thinks:
            body["temperature"] = sampling.temperature
        if thinks:
            body["thinking"] = {"type": "adaptive", "display": "summarized"}
        output: dict[str, Any] = {}
        if effort := self.settings.get("reasoning_effort"):
            output["effort"] = effort
        if request.json_schema is not None and self.card.json_schema:
            output["format"] = {"type": "json_schema", "schema": request.json_schema}
        if output:
            body["output_config"] = output
        if system := _words(request, "system"):
            body["system"] = system
        body["messages"] = [
            _message(message, media) for message in request.messages if message.role != "system"
        ]
        return encode_json(body)

    def read(self, payload: bytes) -> Completion:
        return read_message(payload, self.reader)


def _words(request: Request, role: str) -> str:
    """All that one role says: instructions stand apart from the turns on this wire."""
    parts = (part for message in request.messages if message.role == role for part in message.parts)
    return "\n\n".join(part.text for part in parts if isinstance(part, TextPart))


def _message(message: Message, media: Mapping[str, bytes]) -> dict[str, Any]:
    content: Any
    match message.parts:
        case [TextPart(text=content)]:
            pass
        case parts:
            content = [
                {"type": "text", "text": part.text} if isinstance(part, TextPart) else _image(part, media)
                for part in parts
            ]
    return {"role": message.role, "content": content}


def _image(part: MediaPart, media: Mapping[str, bytes]) -> dict[str, Any]:
    mime = part.media.mime
    if mime not in _IMAGES:
        raise unsupported_media(mime, _IMAGES)
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": mime, "data": Base64(media[part.media.sha256])},
    }


_FINISH: Final[Mapping[str, Literal["stop", "length", "filter"]]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "filter",
}


def read_message(payload: bytes, reader: Reader) -> Completion:
    """The completion in a body that came with status 200.

    Raises:
        TransientModelError: of kind `bad_body` where the body is not a message, `server_error` where it is an
            error, `empty_reply` where there is nothing in it.
    """
    data = reader.object(payload)
    content = data.get("content")
    if not isinstance(content, list):
        raise reader.broken("bad_body", "a reply without content blocks")
    blocks = objects(content)
    reason = data.get("stop_reason")
    finish = _FINISH.get(reason, "other") if isinstance(reason, str) else "other"
    text = joined([block.get("text") for block in blocks if block.get("type") == "text"])
    if text is None and finish not in ("length", "filter"):
        raise reader.broken("empty_reply", "a reply without content")
    usage = mapping(data.get("usage"))
    return Completion(
        text=text or "",
        finish=finish,
        refusal=string(mapping(data.get("stop_details")).get("explanation")) if finish == "filter" else None,
        thinking=joined([block.get("thinking") for block in blocks if block.get("type") == "thinking"])
        or None,
        model=string(data.get("model")),
        # What was read from or written to a cache is not in `input_tokens`.
        input_tokens=total(
            usage.get("input_tokens"),
            usage.get("cache_creation_input_tokens"),
            usage.get("cache_read_input_tokens"),
        ),
        output_tokens=count(usage.get("output_tokens")),
        thinking_tokens=count(mapping(usage.get("output_tokens_details")).get("thinking_tokens")),
    )
