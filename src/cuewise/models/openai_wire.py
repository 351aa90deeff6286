"""The wire format of `POST /chat/completions`: requests to bytes, replies to records.

Pure functions; the network is in `http`. What servers send is hostile input: every field is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from cuewise.models.cards import Card
from cuewise.models.failures import unsupported_media
from cuewise.models.json_wire import Base64, Reader, count, encode_json, joined, mapping, objects, string
from cuewise.models.openai_stream import is_stream, joined_stream
from cuewise.models.protocol import Completion, Message, Request, TextPart
from cuewise.models.thinking import split_thinking
from cuewise.records import MediaRef

IMAGE_PREFIX: Final = {
    "image/jpeg": b"data:image/jpeg;base64,",
    "image/png": b"data:image/png;base64,",
}
"""Beginnings of data URLs by kind of image."""
MEDIA: Final = (
    *IMAGE_PREFIX,
    "audio/wav",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-flv",
    "video/x-msvideo",
)
"""What can be sent; servers decode whatever is in a video file."""

# --- requests --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivery:
    """How media travels, and how the reply does."""

    inline: Mapping[str, bytes]
    """Base64 of the media that goes into the body, by SHA-256."""
    files: Mapping[str, str]
    """Addresses of media that the server reads itself, by SHA-256."""
    dashscope: bool = False
    """Whether the server is Alibaba's, which streams the replies of Qwen-Omni and wants data URLs of its own form."""


def encode_request(
    model_id: str, request: Request, card: Card, parameters: Mapping[str, Any], delivery: Delivery
) -> bytes:
    """The body of a call.

    Args:
        parameters: further fields of the body; `image_detail` goes to each image instead.
        delivery: every piece of media in the request, and the form of the reply.

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
        fields["response_format"] = {"type": "json_schema", "json_schema": held_to(request.json_schema)}
    if delivery.dashscope:
        fields |= {"stream": True, "stream_options": {"include_usage": True}, "modalities": ["text"]}
    fields["messages"] = [_message(message, detail, delivery) for message in request.messages]
    return encode_json(fields)


def _message(message: Message, detail: str | None, delivery: Delivery) -> dict[str, Any]:
    content: Any
    match message.parts:
        case [TextPart(text=content)]:  # a plain string: the form that every server takes, for every role
            pass
        case parts:
            content = [
                {"type": "text", "text": part.text}
                if isinstance(part, TextPart)
                else _media_part(part.media, detail, delivery)
                for part in parts
            ]
    return {"role": message.role, "content": content}


def _media_part(media: MediaRef, detail: str | None, delivery: Delivery) -> dict[str, Any]:
    mime, sha = media.mime, media.sha256
    if mime not in MEDIA:
        raise unsupported_media(mime, MEDIA)
    kind = mime.partition("/")[0]
    if sha in delivery.files:
        return {"type": f"{kind}_url", f"{kind}_url": {"url": delivery.files[sha]}}
    data = delivery.inline[sha]
    nameless = b"data:;base64,"
    if kind == "audio":
        sound = Base64(data, nameless if delivery.dashscope else b"")
        return {"type": "input_audio", "input_audio": {"format": "wav", "data": sound}}
    if kind == "video":
        prefix = nameless if delivery.dashscope else b"data:%s;base64," % mime.encode()
        return {"type": "video_url", "video_url": {"url": Base64(data, prefix)}}
    image: dict[str, Any] = {"url": Base64(data, IMAGE_PREFIX[mime])}
    if detail is not None:
        image["detail"] = detail
    return {"type": "image_url", "image_url": image}


def held_to(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema as OpenAI's interfaces want it: named, and strict where it can be."""
    return {"name": "reply", "schema": schema, "strict": _can_be_strict(schema)}


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

_PATH: Final = re.compile(r"^(?:/|[A-Za-z]:[\\/]|\\\\).*[\\/](?=[^\\/])")
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
    reader = Reader(model_id, scrub)
    data = joined_stream(payload, reader) if is_stream(payload) else reader.object(payload)
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise reader.broken("bad_body", "a reply without a choice")
    reason = choice.get("finish_reason")
    if reason == "error":
        raise reader.broken("server_error", "a reply that an error broke off")
    finish = _FINISH.get(reason, "other") if isinstance(reason, str) else "other"
    text, thinking, refusal = _content(message)
    if text is None and thinking is None and refusal is None and finish not in ("length", "filter"):
        raise reader.broken("empty_reply", "a reply without content")
    usage = mapping(data.get("usage"))
    return Completion(
        text=text or "",
        finish=finish,
        refusal=refusal,
        thinking=thinking,
        model=_served_model(data.get("model")),
        input_tokens=count(usage.get("prompt_tokens")),
        output_tokens=count(usage.get("completion_tokens")),
        thinking_tokens=_thinking_tokens(usage, thinking),
    )


def _content(message: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Text, thinking and refusal of a message whose content is a string, a list of parts, or absent."""
    content, refusal = message.get("content"), string(message.get("refusal"))
    thinking = string(message.get("reasoning_content")) or string(message.get("reasoning"))
    text = content if isinstance(content, str) else None
    if isinstance(content, list):
        parts = objects(content)
        texts = [part.get("text") for part in parts if part.get("type") == "text"]
        text = (joined(texts) or "") if texts else None
        refusal = refusal or joined([part.get("refusal") for part in parts if part.get("type") == "refusal"])
        thoughts = (part.get("thinking") for part in parts if part.get("type") == "thinking")  # Mistral's
        thinking = thinking or joined(
            [piece.get("text") for thought in thoughts for piece in objects(thought)]
        )
    if text is not None and not thinking:
        thinking, text = split_thinking(text)
    return text, thinking or None, refusal or None


def _served_model(value: object) -> str | None:
    """The model's name. Of a path on the server's disk, which llama.cpp's server says unless told a name, it is the
    last part."""
    name = string(value)
    return _PATH.sub("", name) if name else None


def _thinking_tokens(usage: Mapping[str, Any], thinking: str | None) -> int | None:
    """Tokens that went into thinking, at either place where servers say it.

    None too where a server that shows thinking counts none of it, as vLLM does where the template opened it.
    """
    told = count(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    if told is None:
        told = count(usage.get("reasoning_tokens"))  # SGLang's
    return None if thinking and not told else told
