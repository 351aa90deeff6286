"""OpenAI's Responses API, `POST {base}/responses`.

Its messages hold texts and images. Sounds have no place in them, and there is no field for a seed: what needs
either is asked by chat completions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from cuewise.errors import PermanentModelError, TransientModelError
from cuewise.models.failures import no_seed, unsupported_media
from cuewise.models.json_wire import Base64, Reader, count, encode_json, joined, mapping, objects, string
from cuewise.models.openai_compatible import OpenAICompatible
from cuewise.models.openai_wire import IMAGE_PREFIX, held_to
from cuewise.models.protocol import Completion, MediaPart, Message, Modality, Request, TextPart


class OpenAIResponses(OpenAICompatible):
    """A model behind the Responses API; see `ServedModel` for its arguments.

    `parameters` may hold `top_p`, `image_detail`, `reasoning_effort` and `show_thinking` (a summary of the
    model's reasoning).
    """

    carries = frozenset({Modality.VIDEO, Modality.TEXT})
    path = "/responses"

    def encode(self, request: Request, media: Mapping[str, bytes]) -> bytes:
        sampling = request.sampling
        if sampling.seed is not None:
            raise no_seed(self.model_id, "OpenAI's Responses API")
        # A call is kept here, in the store, and not at the server.
        body: dict[str, Any] = {"model": self.model_id, "store": False}
        if sampling.temperature is not None and not self.card.fixed_temperature:
            body["temperature"] = sampling.temperature
        if "top_p" in self.settings:
            body["top_p"] = self.settings["top_p"]
        if sampling.max_tokens is not None:
            body["max_output_tokens"] = sampling.max_tokens
        if request.json_schema is not None and self.card.json_schema:
            body["text"] = {"format": {"type": "json_schema", **held_to(request.json_schema)}}
        reasoning = {}
        if effort := self.settings.get("reasoning_effort"):
            reasoning["effort"] = effort
        if self.settings.get("show_thinking"):
            reasoning["summary"] = "auto"
        if reasoning:
            body["reasoning"] = reasoning
        detail = self.settings.get("image_detail", "auto")
        body["input"] = [_item(message, detail, media) for message in request.messages]
        return encode_json(body)

    def read(self, payload: bytes) -> Completion:
        return read_response(payload, self.reader)


def _item(message: Message, detail: str, media: Mapping[str, bytes]) -> dict[str, Any]:
    kind = "output_text" if message.role == "assistant" else "input_text"
    content: Any
    match message.parts:
        case [TextPart(text=content)]:
            pass
        case parts:
            content = [
                {"type": kind, "text": part.text}
                if isinstance(part, TextPart)
                else _image(part, detail, media)
                for part in parts
            ]
    return {"role": message.role, "content": content}


def _image(part: MediaPart, detail: str, media: Mapping[str, bytes]) -> dict[str, Any]:
    mime = part.media.mime
    if mime not in IMAGE_PREFIX:
        raise unsupported_media(mime, IMAGE_PREFIX)
    url = Base64(media[part.media.sha256], IMAGE_PREFIX[mime])
    return {"type": "input_image", "detail": detail, "image_url": url}


_CUT_OFF: Final[Mapping[str, Literal["length", "filter"]]] = {
    "max_output_tokens": "length",
    "content_filter": "filter",
}
_MAY_PASS: Final = {
    "server_error": "server_error",
    "rate_limit_exceeded": "rate_limit",
    "vector_store_timeout": "timeout",
}
_FILTERED: Final = frozenset(
    {"invalid_prompt", "bio_policy", "misalignment_policy_violation", "image_content_policy_violation"}
)


def read_response(payload: bytes, reader: Reader) -> Completion:
    """The completion in a body that came with status 200.

    Raises:
        TransientModelError: of kind `bad_body` where the body is not a finished response, `empty_reply` where
            there is nothing in it, or by the error that it names.
        PermanentModelError: the error that it names will not pass.
    """
    data = reader.parsed(payload)
    if error := mapping(data.get("error")):
        return _failed(error, payload, reader)
    output = data.get("output")
    status = data.get("status")
    if not isinstance(output, list) or status not in ("completed", "incomplete"):
        raise reader.broken("bad_body", f"a reply that is no finished response: {reader.quote(payload)}")
    items = objects(output)
    said = [item for item in items if item.get("type") == "message"]
    # Some models comment on what they are about to do, in messages that are marked as no answer.
    answers = [item for item in said if item.get("phase") != "commentary"]
    comments = [item for item in said if item.get("phase") == "commentary"]
    text = joined(_texts(answers, "output_text", "text"))
    refusal = joined(_texts(answers, "refusal", "refusal")) or None
    reason = mapping(data.get("incomplete_details")).get("reason")
    finish: Literal["stop", "length", "filter", "other"] = "stop"
    if status == "incomplete":
        finish = _CUT_OFF.get(reason, "other") if isinstance(reason, str) else "other"
    if text is None and refusal is None and finish not in ("length", "filter"):
        raise reader.broken("empty_reply", "a reply without content")
    usage = mapping(data.get("usage"))
    return Completion(
        text=text or "",
        finish=finish,
        refusal=refusal,
        thinking=joined([*_thoughts(items), *_texts(comments, "output_text", "text")], "\n\n") or None,
        model=string(data.get("model")),
        input_tokens=count(usage.get("input_tokens")),
        output_tokens=count(usage.get("output_tokens")),
        thinking_tokens=count(mapping(usage.get("output_tokens_details")).get("reasoning_tokens")),
    )


def _texts(messages: list[dict[str, Any]], kind: str, field: str) -> list[object]:
    parts = (part for message in messages for part in objects(message.get("content")))
    return [part.get(field) for part in parts if part.get("type") == kind]


def _thoughts(items: list[dict[str, Any]]) -> list[object]:
    """The reasoning itself where the server shows it, as some with open weights do, else its summary."""
    thoughts: list[object] = []
    for item in items:
        if item.get("type") == "reasoning":
            shown = objects(item.get("content")) or objects(item.get("summary"))
            thoughts += [part.get("text") for part in shown]
    return thoughts


def _failed(error: Mapping[str, Any], payload: bytes, reader: Reader) -> Completion:
    """What a response that failed means, by the code of its error."""
    code = string(error.get("code"))
    words = reader.quote(payload)
    if code in _FILTERED:
        return Completion(text="", finish="filter", refusal=words)
    told = f"{reader.model_id}: the response failed: {words}"
    if code is None or code in _MAY_PASS:
        kind = _MAY_PASS.get(code or "", "server_error")
        raise TransientModelError(told, status=200, kind=kind)
    raise PermanentModelError(f"{told} (check what the model takes)", status=200, kind="bad_request")
