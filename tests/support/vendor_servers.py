"""Loopback servers that check Gemini's, Anthropic's and OpenAI's Responses wire as strictly as `chat_server`.

    with GoogleServer("happy", api_key="...", faults=[...]) as server:
        ... server.base_url, server.calls, server.problems, server.uploads

The reply function gets a request in the words of chat completions, `{"model", "messages": [{"role", "content"}]}`,
with the texts alone, so that one function can play the model behind any wire. Replies of each wire are made as
its maker documents them.

In a process of its own: `python tests/support/vendor_servers.py google --latency-ms 20`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from aiohttp import web

if __name__ == "__main__":  # run as a script, its siblings are beside it and not in a package
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.chat_server import ChatServer, ChatServerProcess, Fault, Json, RequestCheck, _respond, main

# --- what the wires share --------------------------------------------------------------------------


class VendorCheck(RequestCheck):
    """Checks one body of a vendor's wire; gathers its words as chat messages.

    Args:
        headers: of the request; looked up without regard to case.
    """

    key_header: ClassVar[str]

    def __init__(self, valid_media: set[tuple[str, str]], request: web.Request) -> None:
        super().__init__(valid_media)
        self.chat: list[Json] = []
        self._request = request

    def read(self, raw: bytes, content_type: str) -> Json:
        self._need(content_type == "application/json", f"content type {content_type!r}")
        strangers = {"authorization", "x-api-key", "x-goog-api-key"} - {self.key_header}
        for header in strangers & {name.lower() for name in self._request.headers}:
            self.problems.append(f"header {header}")
        try:
            body = json.loads(raw)
        except ValueError as error:
            self.problems.append(f"the body is not JSON: {error}")
            return {}
        if not isinstance(body, dict):
            self.problems.append("the body is not an object")
            return {}
        self.check(body)
        return body

    def as_chat(self, body: Json) -> Json:
        return {"model": body.get("model"), "messages": self.chat}

    def check(self, body: Json) -> None:
        """List what is wrong with a body, and put hashes in the place of media."""
        raise NotImplementedError

    def _fields(self, body: Any, what: str, required: Json, optional: Json) -> bool:
        """Whether an object has all required fields and no others than the optional, each of its type."""
        if not isinstance(body, dict):
            self.problems.append(f"{what} {body!r:.80}")
            return False
        known = required | optional
        before = len(self.problems)
        for name in required.keys() - body.keys():
            self.problems.append(f"{what} without {name}")
        for name, value in body.items():
            kind = known.get(name)
            right = (
                kind is not None and isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
            )
            self._need(right, f"{what}: {name} = {value!r:.80}")
        return len(self.problems) == before

    def _closed(self, schema: Any) -> None:
        """Complain of an object in a schema that is open, and of keywords that Claude's grammar has not."""
        if isinstance(schema, list):
            for inner in schema:
                self._closed(inner)
        if isinstance(schema, dict):
            if schema.get("type") == "object":
                self._need(schema.get("additionalProperties") is False, "an open object in the schema")
            for word in ("minimum", "maximum", "minLength", "maxLength", "maxItems", "multipleOf"):
                self._need(word not in schema, f"{word} in the schema")
            for inner in schema.values():
                self._closed(inner)


class VendorServer(ChatServer):
    """A server of a vendor's wire."""

    version = ""
    check_class: type[VendorCheck]

    def _new_check(self, request: web.Request) -> VendorCheck:
        return self.check_class(self._valid_media, request)

    def _key_in(self, request: web.Request) -> str | None:
        return request.headers.get(self.check_class.key_header)

    def _key_wanted(self) -> str:
        return str(self._api_key)


# --- OpenAI's Responses API ------------------------------------------------------------------------


class ResponsesCheck(VendorCheck):
    key_header = "authorization"

    def check(self, body: Json) -> None:
        required = {"model": str, "store": bool, "input": list}
        optional = {
            "temperature": (int, float),
            "top_p": (int, float),
            "max_output_tokens": int,
            "text": dict,
            "reasoning": dict,
        }
        if not self._fields(body, "body", required, optional):
            return
        self._need(body["store"] is False, "the call would be kept at the server")
        if re.match(r"(o\d|gpt-5)", body["model"]):
            self._need("temperature" not in body, "Unsupported parameter: 'temperature'")
        if "reasoning" in body:
            self._fields(body["reasoning"], "reasoning", {}, {"effort": str, "summary": str})
        if "text" in body and self._fields(body["text"], "text", {"format": dict}, {}):
            form = body["text"]["format"]
            known = {"type": str, "name": str, "schema": dict, "strict": bool}
            if self._fields(form, "text.format", known, {}):
                self._need(form["type"] == "json_schema", "type of text.format")
                self._need(bool(re.fullmatch(r"[\w-]{1,64}", form["name"])), "name of text.format")
        self._need(bool(body["input"]), "no input")
        for item in body["input"]:
            self._item(item)

    def _item(self, item: Any) -> None:
        if not self._fields(item, "item", {"role": str, "content": (str, list)}, {}):
            return
        role, content = item["role"], item["content"]
        self._need(role in ("system", "user", "assistant"), f"role {role!r}")
        texts = [content] if isinstance(content, str) else []
        for part in content if isinstance(content, list) else []:
            match part:
                case {"type": "input_text", "text": str(text), **rest} if not rest and role != "assistant":
                    texts.append(text)
                case {"type": "output_text", "text": str(text), **rest} if not rest and role == "assistant":
                    texts.append(text)
                case {
                    "type": "input_image",
                    "detail": "auto" | "low" | "high",
                    "image_url": str(url),
                    **rest,
                } if not rest and role == "user":
                    found = re.fullmatch(r"data:(image/[a-z]+);base64,(.*)", url, re.DOTALL)
                    self._need(found is not None, f"image address {url[:40]!r}")
                    if found:
                        part["image_url"] = self._check_media(found[1], found[2], self.images)
                case _:
                    self.problems.append(f"{role} part {part!r:.80}")
        self.chat.append({"role": role, "content": "\n".join(texts)})


class ResponsesServer(VendorServer):
    version = "/v1"
    check_class = ResponsesCheck

    def _add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/responses", self._complete)

    def _key_wanted(self) -> str:
        return f"Bearer {self._api_key}"

    def _completion(self, text: str, body: Json, raw: bytes, fault: Fault | None) -> bytes:
        output: list[Json] = []
        if body.get("reasoning", {}).get("summary"):
            thought = {"type": "summary_text", "text": "I look at the mouth."}
            output.append({"id": "rs_1", "type": "reasoning", "summary": [thought]})
        part = {"type": "output_text", "text": text, "annotations": []}
        message = {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant"}
        output.append({**message, "content": [part]})
        words = len(text.split())
        reply: Json = {
            "id": "resp_1",
            "object": "response",
            "status": "completed",
            "error": None,
            "incomplete_details": None,
            "model": f"{body['model']}-2026-01-01",
            "output": output,
            "usage": {
                "input_tokens": len(raw) // 4,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": words + 3,
                "output_tokens_details": {"reasoning_tokens": 3},
                "total_tokens": len(raw) // 4 + words + 3,
            },
        }
        if fault is not None and fault.choice is not None:
            reply |= fault.choice
        return json.dumps(reply).encode()


# --- Anthropic's Messages API ----------------------------------------------------------------------

_HOT = re.compile(r"claude-(3|.*-4[-.][0156]|.*-4-2)")
"""Claudes that take a temperature."""


class AnthropicCheck(VendorCheck):
    key_header = "x-api-key"

    def check(self, body: Json) -> None:
        version = self._request.headers.get("anthropic-version")
        self._need(version in ("2023-06-01", "2026-10-21"), f"anthropic-version {version!r}")
        required = {"model": str, "max_tokens": int, "messages": list}
        optional = {"temperature": (int, float), "system": str, "thinking": dict, "output_config": dict}
        if not self._fields(body, "body", required, optional):
            return
        self._need(body["max_tokens"] > 0, f"max_tokens {body['max_tokens']}")
        if "temperature" in body:
            self._need(0 <= body["temperature"] <= 1, f"temperature {body['temperature']}")
            self._need(bool(_HOT.match(body["model"])), "`temperature` is deprecated for this model")
            self._need(version == "2023-06-01", "temperature: Extra inputs are not permitted")
            self._need("thinking" not in body, "`temperature` may only be set to 1 when thinking is enabled")
        if "thinking" in body:
            self._fields(body["thinking"], "thinking", {"type": str, "display": str}, {})
            self._need(body["thinking"].get("type") == "adaptive", "type of thinking")
        if "output_config" in body:
            self._need(bool(body["output_config"]), "an empty output_config")
            self._fields(body["output_config"], "output_config", {}, {"effort": str, "format": dict})
            if "format" in body["output_config"]:
                form = body["output_config"]["format"]
                self._fields(form, "format", {"type": str, "schema": dict}, {})
                self._need(form.get("type") == "json_schema", "type of format")
                self._closed(form.get("schema"))
        if "system" in body:
            self._need(bool(body["system"]), "an empty system")
            self.chat.append({"role": "system", "content": body["system"]})
        self._need(bool(body["messages"]) and body["messages"][0].get("role") == "user", "first message")
        for message in body["messages"]:
            self._message(message)

    def _message(self, message: Any) -> None:
        if not self._fields(message, "message", {"role": str, "content": (str, list)}, {}):
            return
        role, content = message["role"], message["content"]
        self._need(role in ("user", "assistant"), f"role {role!r}")
        self._need(bool(content), "empty content")
        texts = [content] if isinstance(content, str) else []
        for block in content if isinstance(content, list) else []:
            match block:
                case {"type": "text", "text": str(text), **rest} if not rest and text:
                    texts.append(text)
                case {
                    "type": "image",
                    "source": {
                        "type": "base64",
                        "media_type": str(mime),
                        "data": str(data),
                        **more,
                    } as source,
                    **rest,
                } if not rest and not more and role == "user":
                    source["data"] = self._check_media(mime, data, self.images)
                case _:
                    self.problems.append(f"{role} block {block!r:.80}")
        self.chat.append({"role": role, "content": "\n".join(texts)})


class AnthropicServer(VendorServer):
    check_class = AnthropicCheck

    def _add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/messages", self._complete)

    def _completion(self, text: str, body: Json, raw: bytes, fault: Fault | None) -> bytes:
        content: list[Json] = []
        if "thinking" in body:
            content.append({"type": "thinking", "thinking": "I look at the mouth.", "signature": "c2ln"})
        content.append({"type": "text", "text": text})
        reply: Json = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": f"{body['model']}-20260101",
            "content": content,
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "stop_details": None,
            "usage": {
                "input_tokens": len(raw) // 4,
                "cache_creation_input_tokens": 5,
                "cache_read_input_tokens": 7,
                "output_tokens": len(text.split()) + 3,
                "output_tokens_details": {"thinking_tokens": 3},
            },
        }
        if fault is not None and fault.choice is not None:
            reply |= fault.choice
        return json.dumps(reply).encode()


# --- Gemini ----------------------------------------------------------------------------------------


class GoogleCheck(VendorCheck):
    key_header = "x-goog-api-key"
    max_bytes = 20_000_000

    def __init__(
        self, valid_media: set[tuple[str, str]], request: web.Request, uploads: Callable[[str], Json | None]
    ) -> None:
        super().__init__(valid_media, request)
        self._uploads = uploads

    def read(self, raw: bytes, content_type: str) -> Json:
        self._need(len(raw) <= self.max_bytes, f"a request of {len(raw)} bytes")
        body = super().read(raw, content_type)
        return body | {"model": self._request.match_info["model"]}

    def check(self, body: Json) -> None:
        optional = {"systemInstruction": dict, "generationConfig": dict}
        if not self._fields(body, "body", {"contents": list}, optional):
            return
        self._config(body.get("generationConfig"))
        if "systemInstruction" in body:
            self._fields(body["systemInstruction"], "systemInstruction", {"parts": list}, {})
            self._content({"role": "system", **body["systemInstruction"]})
        self._need(bool(body["contents"]), "no contents")
        for content in body["contents"]:
            if self._fields(content, "content", {"role": str, "parts": list}, {}):
                self._need(content["role"] in ("user", "model"), f"role {content['role']!r}")
                self._content(content)

    def _config(self, config: Any) -> None:
        if config is None:
            return
        self._need(bool(config), "an empty generationConfig")
        numbers = {"temperature": (int, float), "topP": (int, float), "maxOutputTokens": int, "seed": int}
        others = {"responseMimeType": str, "responseJsonSchema": dict, "thinkingConfig": dict}
        self._fields(config, "generationConfig", {}, numbers | others)
        wanted = "application/json" if "responseJsonSchema" in config else None
        self._need(config.get("responseMimeType") == wanted, f"MIME type {config.get('responseMimeType')!r}")
        if "thinkingConfig" in config:
            known = {"thinkingLevel": str, "includeThoughts": bool}
            self._fields(config["thinkingConfig"], "thinkingConfig", {}, known)
            level = config["thinkingConfig"].get("thinkingLevel", "LOW")
            self._need(level in ("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"), f"thinking level {level!r}")

    def _content(self, content: Json) -> None:
        role, texts = content["role"], []
        self._need(bool(content["parts"]), "no parts")
        for part in content["parts"]:
            match part:
                case {"text": str(text), **rest} if not rest:
                    texts.append(text)
                case {"inlineData": {"mimeType": str(mime), "data": str(data), **more} as blob, **rest} if (
                    not rest and not more and role == "user"
                ):
                    blob["data"] = self._check_media(mime, data, self._list_for(mime))
                case {"fileData": {"mimeType": str(mime), "fileUri": str(uri), **more}, **rest} if (
                    not rest and not more and role == "user"
                ):
                    file = self._uploads(uri)
                    active = file is not None and file["state"] == "ACTIVE" and file["mimeType"] == mime
                    self._need(active, f"no active {mime} at {uri!r:.80}")
                    if file is not None:
                        self._list_for(mime).append(file["sha"])
                case _:
                    self.problems.append(f"{role} part {part!r:.80}")
        chat_role = "assistant" if role == "model" else role
        self.chat.append({"role": chat_role, "content": "\n".join(texts)})

    def _list_for(self, mime: str) -> list[str]:
        kinds = {"audio": self.sounds, "video": self.videos}
        return kinds.get(mime.partition("/")[0], self.images)


class GoogleServer(VendorServer):
    """Gemini, with its Files API.

    Args:
        polls: how often a file is still being processed when it is asked for.
        last_state: what it then comes to.
        lifetime: `expirationTime` of files.
        upload_faults: which fault each request for files meets, by order of arrival.
    """

    check_class = GoogleCheck

    def __init__(
        self,
        *args: Any,
        polls: int = 0,
        last_state: str = "ACTIVE",
        lifetime: str | None = "2100-01-01T00:00:00.123456789Z",
        upload_faults: Sequence[Fault | None] = (),
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.uploads: list[Json] = []
        """Each file: name, uri, state, mimeType, sha, polls."""
        self._pending: dict[str, tuple[int, str]] = {}
        self._polls = polls
        self._last_state = last_state
        self._lifetime = lifetime
        self._upload_faults = list(upload_faults)
        self.upload_problems: list[str] = []

    def _add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1beta/models/{model}:generateContent", self._complete)
        app.router.add_post("/upload/v1beta/files", self._upload)
        app.router.add_get("/v1beta/files/{name}", self._file)

    def _new_check(self, request: web.Request) -> GoogleCheck:
        return GoogleCheck(self._valid_media, request, self._uploaded)

    def _uploaded(self, uri: str) -> Json | None:
        return next((file for file in self.uploads if file["uri"] == uri), None)

    def _guard(self, request: web.Request) -> web.Response | None:
        if self._api_key is not None and self._key_in(request) != self._api_key:
            self.upload_problems.append("no key with a request for files")
        if self._upload_faults and (fault := self._upload_faults.pop(0)) is not None:
            return _respond(fault)
        return None

    async def _upload(self, request: web.Request) -> web.Response:
        if (fault := self._guard(request)) is not None:
            return fault
        headers = request.headers
        command = headers.get("X-Goog-Upload-Command")
        if command == "start":
            if headers.get("X-Goog-Upload-Protocol") != "resumable":
                self.upload_problems.append("no resumable upload")
            body = await request.json()
            if body.keys() != {"file"} or body["file"].keys() != {"displayName"}:
                self.upload_problems.append(f"start of an upload {body!r:.80}")
            number = str(len(self._pending) + 1)
            size = int(headers["X-Goog-Upload-Header-Content-Length"])
            self._pending[number] = (size, headers["X-Goog-Upload-Header-Content-Type"])
            # Another host than the one that was asked: whoever goes there takes the key along.
            where = (
                f"https://uploads.example/upload/v1beta/files?upload_id={number}&upload_protocol=resumable"
            )
            return web.json_response({}, headers={"X-Goog-Upload-URL": where})
        data = await request.read()
        size, mime = self._pending[request.query["upload_id"]]
        if command != "upload, finalize" or headers.get("X-Goog-Upload-Offset") != "0" or len(data) != size:
            self.upload_problems.append(f"upload of {len(data)} bytes for {size}, command {command!r}")
        name = f"files/f-{len(self.uploads) + 1}"
        self.uploads.append(
            {
                "name": name,
                "uri": f"{self.base_url}/v1beta/{name}",
                "state": "PROCESSING" if self._polls else self._last_state,
                "mimeType": mime,
                "sha": hashlib.sha256(data).hexdigest(),
                "polls": 0,
            }
        )
        return web.json_response(
            {"file": self._shown(self.uploads[-1])}, headers={"X-Goog-Upload-Status": "final"}
        )

    async def _file(self, request: web.Request) -> web.Response:
        if (fault := self._guard(request)) is not None:
            return fault
        file = next(file for file in self.uploads if file["name"] == f"files/{request.match_info['name']}")
        file["polls"] += 1
        if file["polls"] >= self._polls:
            file["state"] = self._last_state
        return web.json_response(self._shown(file))

    def _shown(self, file: Json) -> Json:
        shown = {name: file[name] for name in ("name", "uri", "state", "mimeType")}
        shown["sizeBytes"] = "1"
        if self._lifetime is not None:
            shown["expirationTime"] = self._lifetime
        if file["state"] == "FAILED":
            shown["error"] = {"code": 3, "message": "cannot be read"}
        return shown

    def _completion(self, text: str, body: Json, raw: bytes, fault: Fault | None) -> bytes:
        parts: list[Json] = []
        if body.get("generationConfig", {}).get("thinkingConfig", {}).get("includeThoughts"):
            parts.append({"text": "I look at the mouth.", "thought": True})
        parts.append({"text": text})
        reply: Json = {
            "candidates": [
                {"content": {"parts": parts, "role": "model"}, "finishReason": "STOP", "index": 0}
            ],
            "usageMetadata": {
                "promptTokenCount": len(raw) // 4,
                "candidatesTokenCount": len(text.split()),
                "thoughtsTokenCount": 3,
                "totalTokenCount": len(raw) // 4 + len(text.split()) + 3,
            },
            "modelVersion": f"{body['model']}-001",
            "responseId": "r1",
        }
        if fault is not None and fault.choice is not None:
            reply |= fault.choice
        return json.dumps(reply).encode()


# --- in a process of its own -----------------------------------------------------------------------

SERVERS: dict[str, type[ChatServer]] = {
    "openai": ChatServer,
    "responses": ResponsesServer,
    "anthropic": AnthropicServer,
    "google": GoogleServer,
}


class VendorServerProcess(ChatServerProcess):
    """One of `SERVERS` in a process of its own; the first argument says which."""

    script = __file__


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        main(sys.argv[2:], SERVERS[sys.argv[1]])
