"""Any server that speaks `POST {base}/chat/completions`, asked directly over aiohttp."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

from cuewise.models.encoded_media import media_in
from cuewise.models.openai_wire import Delivery, encode_request, read_completion
from cuewise.models.protocol import Completion, Request
from cuewise.models.served import ServedModel

_ONE_MEDIUM: Final = re.compile(r"qwen(?:2\.5|3)?-omni")
"""Models to which Alibaba's server takes words and one other kind of media in a message, as its page on them says."""


class OpenAICompatible(ServedModel):
    """A model behind a chat-completions server; see `ServedModel` for its arguments.

    The base URL goes up to, and without, `/chat/completions`. `parameters` are further fields of each
    request's body; `image_detail` is put on each image instead. `delivery` may hold `style`: with `dashscope`
    replies are streamed, as Alibaba's server wants it of Qwen-Omni, the sound in video files is heard, and a
    message to models before Qwen3.5-Omni takes one kind of media alone; and `media`: with `file` the server
    reads media from this machine's disk, as vLLM does with `--allowed-local-media-path`.
    """

    key_variable = "OPENAI_API_KEY"
    path = "/chat/completions"
    carries_files = True

    def __init__(self, name: str, model_id: str, **settings: Any) -> None:
        super().__init__(name, model_id, **settings)
        self._dashscope = self.delivery.get("style") == "dashscope"
        self.hears_files = self._dashscope
        self.one_medium = self._dashscope and bool(_ONE_MEDIUM.match(model_id.lower().rpartition("/")[2]))

    def headers(self, api_key: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {api_key}"} if api_key else {}

    def encode(self, request: Request, media: Mapping[str, bytes]) -> bytes:
        return self._encode(request, Delivery(media, {}, self._dashscope))

    def read(self, payload: bytes) -> Completion:
        return read_completion(payload, model_id=self.reader.model_id, scrub=self.reader.scrub)

    async def body(self, request: Request) -> bytes:
        place = self._media_path
        if self.delivery.get("media") != "file" or place is None:
            return await super().body(request)
        refs = media_in(request)
        paths = await asyncio.to_thread(lambda: [place(ref) for ref in refs])
        files = {ref.sha256: path.absolute().as_uri() for ref, path in zip(refs, paths, strict=True)}
        return self._encode(request, Delivery({}, files, self._dashscope))

    def media_bytes(self, request: Request) -> int:
        return (
            0 if self.delivery.get("media") == "file" and self._media_path else super().media_bytes(request)
        )

    def _encode(self, request: Request, delivery: Delivery) -> bytes:
        return encode_request(self.model_id, request, self.card, self.settings, delivery)
