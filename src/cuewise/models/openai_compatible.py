"""Any server that speaks `POST {base}/chat/completions`, asked directly over aiohttp.

One call is one attempt: what may be worth another try is raised as such, and the caller tries again.
"""

from __future__ import annotations

import asyncio
import base64
import io
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import aiohttp

from cuewise import __version__
from cuewise.errors import InputError, ModelError, TransientModelError
from cuewise.models.addresses import check_base_url, is_local, proxy_for
from cuewise.models.cards import Card, card_for
from cuewise.models.openai_wire import encode_request, read_completion, read_failure, scrubber
from cuewise.models.protocol import Completion, MediaPart, Modality, ReadMedia, Request
from cuewise.records import MediaRef

MAX_REPLY_BYTES: Final = 32 * 2**20
"""A longer body is given up on."""
CONNECT_TIMEOUT_S: Final = 30.0
MEDIA_CACHE_BYTES: Final = 16 * 2**20
"""Encoded media kept for the next request on the same clip."""
READ_AT_ONCE_BYTES: Final = 2**20
"""Media up to this in all is read in the event loop, where it takes a few milliseconds."""

WRITE_AT_ONCE_BYTES: Final = 2**20


class OpenAICompatible:
    """A model behind a chat-completions server.

    Args:
        name: `provider/model`, as the user wrote it.
        model_id: what the server calls the model.
        base_url: up to, and without, `/chat/completions`.
        api_key: sent as a bearer token; None sends none. Shown nowhere.
        read_media: gives the bytes of stored media; called outside the event loop.
        takes: what the model can be given.
        connections: calls that may be open at once; further ones wait, and waiting does not count as time.
        timeout_s: seconds from sending a request to the end of its reply.
        parameters: further fields for each request's body; `image_detail` is put on each image.
        card: how the model wants to be asked; by default what its name tells.
        key_variable: the environment variable that holds the key, for messages.
        clock: seconds since 1970, to read a date in `Retry-After`.

    Raises:
        InputError: the base URL is no plain http(s) address, or the key cannot be one, or it would be
            sent unencrypted over a public network.
    """

    reads_sample = False

    def __init__(
        self,
        name: str,
        model_id: str,
        *,
        base_url: str,
        api_key: str | None,
        read_media: ReadMedia,
        takes: Iterable[Modality],
        connections: int = 64,
        timeout_s: float = 300,
        parameters: Mapping[str, Any] | None = None,
        card: Card | None = None,
        key_variable: str = "OPENAI_API_KEY",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.takes = frozenset(takes)
        self.base_url = check_base_url(base_url)
        self._model_id = model_id
        self._card = card if card is not None else card_for(model_id)
        self._fields = dict(parameters or {})
        # What the user set beside the name. What a card says is left out: a card that a later version corrects
        # must not make every stored call new.
        usual = card_for(model_id)
        self.parameters: dict[str, Any] = dict(self._fields)
        for field in ("fixed_temperature", "json_schema"):
            if (value := getattr(self._card, field)) != getattr(usual, field):
                self.parameters[field] = value
        self._api_key = _check_key(api_key, key_variable)
        self._key_variable = key_variable
        if self._api_key and self.base_url.lower().startswith("http:") and not is_local(self.base_url):
            raise InputError(f"{self.base_url} would get the key in {key_variable} unencrypted: use https")
        self._proxy = proxy_for(self.base_url)
        self._scrub = scrubber(self._api_key)
        self._media = _EncodedMedia(read_media, MEDIA_CACHE_BYTES)
        self._connections = connections
        self._timeout_s = timeout_s
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(connections)
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.name!r}, base_url={self.base_url!r})"

    async def generate(self, request: Request) -> Completion:
        """Make one call; see `Model.generate`. Media that cannot be read raises what `read_media` raises."""
        parts = (part for message in request.messages for part in message.parts)
        refs = [part.media for part in parts if isinstance(part, MediaPart)]
        async with self._slots:
            media = await self._media.encode(refs)
            async with self._turn:
                # One at a time, with a round of the loop in between: sixty calls that start together would
                # otherwise keep the loop from everything else for as long as all their bodies take.
                body = encode_request(self._model_id, request, self._card, self._fields, media)
                await asyncio.sleep(0)
            status, headers, payload = await self._post(body)
        if 200 <= status < 300:
            completion = read_completion(payload, model_id=self._model_id, scrub=self._scrub)
            return self._without_key(completion)
        result = read_failure(
            status,
            headers,
            payload,
            model_id=self._model_id,
            url=self.base_url,
            key_variable=self._key_variable,
            scrub=self._scrub,
            now_s=self._clock(),
        )
        if isinstance(result, ModelError):
            raise result
        return result

    async def close(self) -> None:
        """Close all connections. A later call opens new ones, in whatever event loop it runs."""
        session, self._session = self._session, None
        self._slots, self._turn = asyncio.Semaphore(self._connections), asyncio.Lock()
        if session is not None:
            await session.close()

    async def _post(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the reply."""
        session = self._open()
        try:
            async with session.post(
                f"{self.base_url}/chat/completions",
                # A large body goes as a file: aiohttp writes it in pieces and lets others run in between.
                data=body if len(body) <= WRITE_AT_ONCE_BYTES else io.BytesIO(body),
                allow_redirects=False,
                # Not aiohttp's own reading of the environment: that would take passwords from ~/.netrc too.
                proxy=self._proxy,
            ) as response:
                payload = bytearray()
                async for piece in response.content.iter_any():
                    payload += piece
                    if len(payload) > MAX_REPLY_BYTES:
                        break
                else:
                    return response.status, response.headers, bytes(payload)
                failure = self._failure("bad_body", f"a reply of more than {MAX_REPLY_BYTES} bytes")
        except TimeoutError:
            failure = self._failure("timeout", f"no full reply within {self._timeout_s:g} s")
        except aiohttp.ClientPayloadError:
            failure = self._failure("bad_body", "the reply was cut off")
        except aiohttp.ClientResponseError as error:
            failure = self._failure("bad_body", f"not an HTTP reply: {error.message}")
        except (aiohttp.ClientError, OSError) as error:
            failure = self._failure("connection", f"{type(error).__name__}: {error}")
        # Out here, so that it is not chained to one of aiohttp's errors: they hold the headers with the key.
        raise failure

    def _without_key(self, completion: Completion) -> Completion:
        """What a server sends back is stored and shown, even by a server that echoes what it was sent."""
        if not self._api_key:
            return completion
        texts = completion.model_dump(include={"text", "refusal", "thinking", "model"}, exclude_none=True)
        clean = {name: text.replace(self._api_key, "[key]") for name, text in texts.items()}
        return completion if clean == texts else completion.model_copy(update=clean)

    def _failure(self, kind: str, what: str) -> TransientModelError:
        return TransientModelError(f"{self._model_id}: {self.base_url}: {self._scrub(what)}", kind=kind)

    def _open(self) -> aiohttp.ClientSession:
        """The session, made on the first call, because it belongs to the loop that is running then."""
        if self._session is None:
            headers = {"Content-Type": "application/json", "User-Agent": f"cuewise/{__version__}"}
            if self._api_key:
                headers["Authorization"] = f"Bearer {self._api_key}"
            self._session = aiohttp.ClientSession(
                headers=headers,
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300),
                timeout=aiohttp.ClientTimeout(
                    total=self._timeout_s, sock_connect=min(CONNECT_TIMEOUT_S, self._timeout_s)
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


class _EncodedMedia:
    """Base64 of stored media, the most recently used kept up to a number of bytes."""

    def __init__(self, read_media: ReadMedia, max_bytes: int) -> None:
        self._read_media = read_media
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._held_bytes = 0

    async def encode(self, refs: Iterable[MediaRef]) -> dict[str, bytes]:
        """Base64 of each by SHA-256."""
        wanted = {ref.sha256: ref for ref in refs}
        result = {sha: self._held[sha] for sha in wanted if sha in self._held}
        for sha in result:
            self._held.move_to_end(sha)
        if missing := [ref for sha, ref in wanted.items() if sha not in result]:
            # A thread costs more than it saves on some frames, but long sounds must not hold up the loop.
            small = sum(ref.size_bytes for ref in missing) <= READ_AT_ONCE_BYTES
            pieces = self._read(missing) if small else await asyncio.to_thread(self._read, missing)
            for ref, data in zip(missing, pieces, strict=True):
                result[ref.sha256] = base64.b64encode(data)
                self._hold(ref.sha256, result[ref.sha256])
        return result

    def _read(self, refs: Iterable[MediaRef]) -> list[bytes]:
        return [self._read_media(ref) for ref in refs]

    def _hold(self, sha: str, encoded: bytes) -> None:
        if sha in self._held:  # read for another call at the same time
            return
        self._held[sha] = encoded
        self._held_bytes += len(encoded)
        while self._held_bytes > self._max_bytes:
            _, dropped = self._held.popitem(last=False)
            self._held_bytes -= len(dropped)


def _check_key(api_key: str | None, key_variable: str) -> str | None:
    key = (api_key or "").strip()
    if not re.fullmatch(r"[!-~]*", key):
        raise InputError(f"what {key_variable} holds cannot be a key: it has spaces or odd characters in it")
    return key or None
