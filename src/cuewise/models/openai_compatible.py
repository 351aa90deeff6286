"""Any server that speaks `POST {base}/chat/completions`, asked directly over aiohttp."""

from __future__ import annotations

from collections.abc import Mapping

from cuewise.models.openai_wire import encode_request, read_completion
from cuewise.models.protocol import Completion, Request
from cuewise.models.served import ServedModel


class OpenAICompatible(ServedModel):
    """A model behind a chat-completions server; see `ServedModel` for its arguments.

    The base URL goes up to, and without, `/chat/completions`. `parameters` are further fields of each
    request's body; `image_detail` is put on each image instead.
    """

    key_variable = "OPENAI_API_KEY"
    path = "/chat/completions"

    def headers(self, api_key: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {api_key}"} if api_key else {}

    def encode(self, request: Request, media: Mapping[str, bytes]) -> bytes:
        return encode_request(self.model_id, request, self.card, self.settings, media)

    def read(self, payload: bytes) -> Completion:
        return read_completion(payload, model_id=self.model_id, scrub=self.reader.scrub)
