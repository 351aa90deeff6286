"""Calls that a provider makes many at a time, within a day and for less money: what its interface must offer.

The calls are the same as when they are made one by one: same body, same reply, same key in the store. What differs is
the way: lines of a file, whose results lie in other files when the batch has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cuewise.errors import ModelError
from cuewise.models.protocol import Completion, Model, Request


@dataclass(frozen=True)
class BatchState:
    """Where a batch stands at its provider."""

    id: str
    """The provider's name for it."""
    ended: bool
    """Whether nothing in it will change any more, whatever came of it."""
    calls: int = 0
    """As the provider counted them; 0 until it has."""
    done: int = 0
    """Of them, those that have ended one way or the other."""
    files: tuple[str, ...] = ()
    """Where the results lie, completions before errors; empty where there are none."""
    unfinished: ModelError | None = None
    """Why calls have no result of their own, once it has ended."""
    faulty: tuple[tuple[int, ModelError], ...] = ()
    """Lines of the input for which it was not begun, counted from 1, and what is wrong with them."""
    no_room: bool = False
    """Whether it was not begun because too much is waiting at the provider already."""


@dataclass(frozen=True)
class BatchResult:
    """What came of one call."""

    key: str
    """By which the call was named in its line."""
    result: Completion | ModelError


@dataclass(frozen=True)
class Submission:
    """A batch that is about to begin, or may have begun."""

    token: str
    """Our name for it."""
    path: Path
    """The calls, a line each; gone where a batch is only looked for."""
    file: str
    """The provider's name for the uploaded file; empty where calls travel with the request that begins the batch."""
    calls: int
    since: float
    """Unix time before which it had not begun."""
    others: frozenset[str] = frozenset()
    """The provider's names of batches that are known to be others."""


class BatchApi(Protocol):
    """One model's way to batches. Nothing here holds state: what is under way is remembered by the caller.

    Models of one name, server, endpoint and version share batches, whatever their settings: these stand in the lines.
    """

    max_calls: int
    """Lines in one file at most."""
    max_bytes: int
    """Size of one file at most."""

    @property
    def endpoint(self) -> str:
        """Path of the calls at their server; those of one batch have it in common."""
        ...

    @property
    def version(self) -> str:
        """Of the interface that the calls are written for, likewise; empty where there is but one."""
        ...

    async def check(self) -> None:
        """See that the server has such a way.

        Raises:
            InputError: it has not, or does not let us in.
        """
        ...

    async def line(self, key: str, request: Request) -> bytes:
        """One call as a line of the file, with the line's end. It holds the model's own settings.

        Raises:
            PermanentModelError: the wire has no place for something in the request.
        """
        ...

    async def upload(self, path: Path) -> str:
        """Hand the calls over, which begins nothing yet.

        Returns:
            The provider's name for the file; empty where there is nothing to do yet.

        Raises:
            ModelError: it did not arrive.
        """
        ...

    async def create(self, submission: Submission) -> BatchState:
        """Begin a batch; from here on it costs money.

        Raises:
            TransientModelError: no word came back, and it may have begun all the same.
            PermanentModelError: it was refused.
        """
        ...

    async def find(self, submission: Submission) -> BatchState | None:
        """The batch that was begun with this submission, if any.

        Raises:
            ModelError: the provider does not say.
        """
        ...

    async def state(self, batch_id: str) -> BatchState:
        """Where a batch stands.

        Raises:
            ModelError: the provider does not say; of kind `not_found` where it knows no such batch.
        """
        ...

    async def fetch(self, file: str, to: Path) -> None:
        """Download a file of results.

        Raises:
            ModelError: it did not come whole; of kind `not_found` where it is gone.
        """
        ...

    def read(self, line: bytes) -> BatchResult | None:
        """What one line of results says; None where it says nothing about any call."""
        ...


def batch_api(model: Model | None) -> BatchApi | None:
    """A model's way to batches; None where it has none."""
    api: BatchApi | None = getattr(model, "batches", None)
    return api
