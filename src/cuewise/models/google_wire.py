"""The wire format of Gemini's `generateContent`: requests to bytes, replies to records.

Pure functions; the network is in `http`. What servers send is hostile input: every field is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from cuewise.models.cards import Card
from cuewise.models.failures import unsupported_media
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
from cuewise.models.protocol import Completion, MediaPart, Message, Request, TextPart

MEDIA: Final = {
    **{
        mime: mime
        for mime in ("image/jpeg", "image/png", "audio/wav", "video/mp4", "video/webm", "video/x-flv")
    },
    "video/quicktime": "video/mov",
    "video/x-msvideo": "video/avi",
}
"""What the interface takes, and what it calls it."""
_ROLES: Final = {"user": "user", "assistant": "model"}


def encode_request(
    request: Request,
    card: Card,
    settings: Mapping[str, Any],
    media: Mapping[str, bytes],
    files: Mapping[str, str],
) -> bytes:
    """The body of a call; the model's name is in its address.

    Args:
        settings: `top_p`, `reasoning_effort` (the thinking level) and `show_thinking`.
        media: base64 of what goes into the body, by SHA-256.
        files: addresses of what was uploaded before, by SHA-256.

    Raises:
        PermanentModelError: media of a kind that the wire has no place for.
    """
    sampling = request.sampling
    config: dict[str, Any] = {}
    if sampling.temperature is not None and not card.fixed_temperature:
        config["temperature"] = sampling.temperature
    if "top_p" in settings:
        config["topP"] = settings["top_p"]
    if sampling.max_tokens is not None:
        config["maxOutputTokens"] = sampling.max_tokens
    if sampling.seed is not None:
        config["seed"] = sampling.seed
    if request.json_schema is not None and card.json_schema:
        config["responseMimeType"] = "application/json"
        config["responseJsonSchema"] = request.json_schema
    thinking: dict[str, Any] = {}
    if effort := settings.get("reasoning_effort"):
        thinking["thinkingLevel"] = effort.upper()
    if settings.get("show_thinking"):
        thinking["includeThoughts"] = True
    if thinking:
        config["thinkingConfig"] = thinking
    body: dict[str, Any] = {}
    if config:
        body["generationConfig"] = config
    system = [part for message in request.messages if message.role == "system" for part in message.parts]
    if system:
        body["systemInstruction"] = {"parts": [_part(part, media, files) for part in system]}
    turns = [message for message in request.messages if message.role != "system"]
    body["contents"] = [_content(message, media, files) for message in turns]
    return encode_json(body)


def _content(message: Message, media: Mapping[str, bytes], files: Mapping[str, str]) -> dict[str, Any]:
    return {"role": _ROLES[message.role], "parts": [_part(part, media, files) for part in message.parts]}


def _part(part: TextPart | MediaPart, media: Mapping[str, bytes], files: Mapping[str, str]) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"text": part.text}
    sha = part.media.sha256
    if (mime := MEDIA.get(part.media.mime)) is None:
        raise unsupported_media(part.media.mime, MEDIA)
    if sha in files:
        return {"fileData": {"mimeType": mime, "fileUri": files[sha]}}
    return {"inlineData": {"mimeType": mime, "data": Base64(media[sha])}}


_FINISH: Final[Mapping[str, Literal["stop", "length", "filter"]]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": "filter",
    "RECITATION": "filter",
    "BLOCKLIST": "filter",
    "PROHIBITED_CONTENT": "filter",
    "SPII": "filter",
    "ESCALATION": "filter",
    "MODEL_ARMOR": "filter",
    "IMAGE_SAFETY": "filter",
    "IMAGE_PROHIBITED_CONTENT": "filter",
}


def read_content(payload: bytes, reader: Reader) -> Completion:
    """The completion in a body that came with status 200.

    Raises:
        TransientModelError: of kind `bad_body` where the body is no reply, `server_error` where it is an error,
            `empty_reply` where there is nothing in it.
    """
    data = reader.object(payload)
    usage = mapping(data.get("usageMetadata"))
    thoughts = usage.get("thoughtsTokenCount")
    told: dict[str, Any] = {
        "model": string(data.get("modelVersion")),
        "input_tokens": count(usage.get("promptTokenCount")),
        # Thoughts are paid for as output, and are not among the tokens of the candidates.
        "output_tokens": total(usage.get("candidatesTokenCount"), thoughts),
        "thinking_tokens": count(thoughts),
    }
    candidates = objects(data.get("candidates"))
    if not candidates:
        feedback = mapping(data.get("promptFeedback"))
        if reason := string(feedback.get("blockReason")):
            words = string(feedback.get("blockReasonMessage"))
            refusal = reader.scrub(words or f"the prompt was blocked: {reason}")
            return Completion(text="", finish="filter", refusal=refusal, **told)
        raise reader.broken("bad_body", "a reply without a candidate")
    candidate = candidates[0]
    reason = candidate.get("finishReason")
    finish = _FINISH.get(reason, "other") if isinstance(reason, str) else "other"
    parts = objects(mapping(candidate.get("content")).get("parts"))
    text = joined([part.get("text") for part in parts if part.get("thought") is not True])
    if text is None and finish not in ("length", "filter"):
        raise reader.broken(
            "empty_reply", f"a reply without content (finish reason {reader.scrub(str(reason))})"
        )
    return Completion(
        text=text or "",
        finish=finish,
        refusal=string(candidate.get("finishMessage")) if finish == "filter" else None,
        thinking=joined([part.get("text") for part in parts if part.get("thought") is True]) or None,
        **told,
    )
