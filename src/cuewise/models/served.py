"""What models behind a server have in common; an adapter adds the wire format of its maker.

One call is one attempt: what may be worth another try is raised as such, and the caller tries again.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from cuewise.errors import ModelError
from cuewise.models.batches import BatchApi
from cuewise.models.cards import Card, card_for
from cuewise.models.encoded_media import EncodedMedia, media_in
from cuewise.models.failures import read_failure, scrubber, without_folders
from cuewise.models.http import Reply, Transport, check_server
from cuewise.models.json_wire import Reader
from cuewise.models.protocol import Completion, MediaPath, Modality, ReadMedia, Request, VideoForm
from cuewise.models.room import Outgoing, Room

MEDIA_CACHE_BYTES: Final = 16 * 2**20
"""Encoded media kept for the next request on the same clip."""
WRITE_AT_ONCE_BYTES: Final = 4 * 2**20
"""Up to so much media a body is written in the event loop, where it takes a few milliseconds."""
LARGE_BYTES: Final = 128 * 2**20
"""Memory for the bodies with more media than that, until they are sent."""
_HELD_PER_BYTE: Final = 3
"""Bytes in memory for one of media: it as it is, in base64, and in the body."""


def call_parameters(settings: Mapping[str, Any], card: Card, usual: Card) -> dict[str, Any]:
    """What the user set beside a model's name: part of its calls' keys.

    What a card says is left out: a card that a later version corrects must not make every stored call new.
    """
    corrected = {
        field: getattr(card, field)
        for field in ("api", "fixed_temperature", "json_schema")
        if getattr(card, field) != getattr(usual, field)
    }
    return {**settings, **corrected}


class ServedModel(ABC):
    """A model behind a server.

    Args:
        name: `provider/model`, as the user wrote it.
        model_id: what the server calls the model.
        base_url: what the adapter's path is appended to.
        api_key: None sends none. Shown nowhere.
        read_media: gives the bytes of stored media; called outside the event loop where it is long.
        takes: what the model can be given.
        connections: calls that may be open at once; further ones wait, and waiting does not count as time.
        timeout_s: seconds from sending a request to the end of its reply; a large body may take longer, by its size.
        parameters: further settings of each request; which exist depends on the adapter.
        delivery: how requests travel, which changes no answer; which settings exist depends on the adapter.
        media_path: where a stored piece of media lies, for servers that read it from this machine's disk; called
            outside the event loop.
        card: how the model wants to be asked; by default what its name tells.
        usual: the card before the user corrected it; by default what its name tells.
        key_variable: the environment variable that holds the key, for messages; by default the adapter's.
        places: folders of this machine that the server knows of, to be left out of its words.
        clock: seconds since 1970, to read a date in `Retry-After`.

    Raises:
        InputError: the base URL is no plain http(s) address, or the key cannot be one, or it would be
            sent unencrypted over a public network.
    """

    reads_sample = False
    key_variable: ClassVar[str]
    """Where the key is found by default."""
    carries: ClassVar[frozenset[Modality]] = frozenset(Modality)
    """What the wire has a place for."""
    batches: BatchApi | None = None
    """How many calls are made at once for less money; None where the server has no such way."""
    carries_files: ClassVar[bool] = False
    """Whether it has one for video files."""
    hears_files = False
    """Whether the sound in a video file is heard."""

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
        delivery: Mapping[str, str] | None = None,
        media_path: MediaPath | None = None,
        card: Card | None = None,
        usual: Card | None = None,
        key_variable: str | None = None,
        places: Iterable[Path] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.takes = frozenset(takes)
        self.model_id = model_id
        self.card = card if card is not None else card_for(model_id)
        self.video_forms = frozenset(
            {VideoForm.FRAMES, VideoForm.FILE}
            if self.card.video_files and self.carries_files
            else {VideoForm.FRAMES}
        )
        self.settings = dict(parameters or {})
        self.parameters = call_parameters(self.settings, self.card, usual or card_for(model_id))
        self.delivery = dict(delivery or {})
        self._media_path = media_path
        self._key_variable = key_variable or self.key_variable
        self.base_url, self._api_key = check_server(base_url, api_key, self._key_variable)
        scrub = scrubber(self._api_key, *places)
        self.reader = Reader(without_folders(model_id), scrub)
        self.http = Transport(
            self.reader.model_id, self.base_url, self.headers(self._api_key), scrub, connections, timeout_s
        )
        self._read_media = read_media
        self._media = EncodedMedia(read_media, MEDIA_CACHE_BYTES)
        self._connections = connections
        self._clock = clock
        self._slots = asyncio.Semaphore(connections)
        self._turn = asyncio.Lock()
        self._room = Room(LARGE_BYTES)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, base_url={self.base_url!r})"

    # what an adapter adds

    @property
    @abstractmethod
    def path(self) -> str:
        """Where calls go, below the base URL."""

    @abstractmethod
    def headers(self, api_key: str | None) -> dict[str, str]:
        """What every request carries: the key, and the version of the interface."""

    @abstractmethod
    def encode(self, request: Request, media: Mapping[str, bytes]) -> bytes:
        """The body of a call.

        Args:
            media: base64 of every piece of media in the request, by SHA-256.

        Raises:
            PermanentModelError: the wire has no place for something in the request.
        """

    @abstractmethod
    def read(self, payload: bytes) -> Completion:
        """The completion in a body that came with status 200.

        Raises:
            TransientModelError: the body is no whole completion.
            PermanentModelError: it says that the request will never be taken.
        """

    # what all do

    async def generate(self, request: Request) -> Completion:
        """Make one call; see `Model.generate`. Media that cannot be read raises what `read_media` raises."""
        async with self._slots:
            size = self.media_bytes(request)
            if size <= WRITE_AT_ONCE_BYTES:
                reply = await self.http.send("POST", self.path, await self.body(request))
            else:
                async with self._room.take(_HELD_PER_BYTE * size) as give_back:
                    outgoing = Outgoing(await self.body(request), give_back)
                    reply = await self.http.send_pieces(self.path, outgoing, outgoing.size)
        return self.completion(reply)

    def media_bytes(self, request: Request) -> int:
        """Bytes of the media that are read to make the request's body."""
        return sum(ref.size_bytes for ref in media_in(request))

    def completion(self, reply: Reply) -> Completion:
        """What a reply to a call says, on whatever way it came.

        Raises:
            TransientModelError: another try may succeed.
            PermanentModelError: another try cannot help.
        """
        completion = self.read(reply.payload) if reply.ok else self._refusal(reply)
        return self._without_key(completion)

    async def close(self) -> None:
        """Close all connections. A later call opens new ones, in whatever event loop it runs."""
        self._slots, self._turn = asyncio.Semaphore(self._connections), asyncio.Lock()
        self._room = Room(LARGE_BYTES)
        await self.http.close()

    async def body(self, request: Request) -> bytes:
        """The body of a call, media and all."""
        media = await self._media.encode(media_in(request))
        return await self._in_turn(lambda: self.encode(request, media), media.values())

    async def _in_turn(self, write: Callable[[], bytes], encoded: Iterable[bytes]) -> bytes:
        """Write one body at a time, with a round of the loop in between: sixty calls that start together
        would otherwise keep the loop from everything else for as long as all their bodies take.

        Args:
            encoded: the media that goes into the body. A thread writes it where it is long, such as a clip's file.
        """
        async with self._turn:
            if sum(map(len, encoded)) > WRITE_AT_ONCE_BYTES:
                return await asyncio.to_thread(write)
            body = write()
            await asyncio.sleep(0)
        return body

    def _refusal(self, reply: Reply) -> Completion:
        """What the server's filter said; any other failure is raised."""
        result = self.failure(reply)
        if isinstance(result, ModelError):
            raise result
        return result

    def failure(self, reply: Reply) -> ModelError | Completion:
        """What a reply with another status than 200 means."""
        return read_failure(
            reply.status,
            reply.headers,
            reply.payload,
            model_id=self.reader.model_id,
            url=self.base_url,
            key_variable=self._key_variable,
            scrub=self.reader.scrub,
            now_s=self._clock(),
        )

    def _without_key(self, completion: Completion) -> Completion:
        """What a server sends back is stored and shown, even by a server that echoes what it was sent."""
        if not self._api_key:
            return completion
        texts = completion.model_dump(include={"text", "refusal", "thinking", "model"}, exclude_none=True)
        clean = {name: text.replace(self._api_key, "[key]") for name, text in texts.items()}
        return completion if clean == texts else completion.model_copy(update=clean)
