"""What batches of served models have in common, whatever their provider's wire."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from cuewise.errors import InputError, PermanentModelError, TransientModelError
from cuewise.models.http import Reply
from cuewise.models.protocol import Completion
from cuewise.models.served import ServedModel

_NAME: Final = re.compile(r"[\w.:-]{1,200}")


class ServedBatches:
    """A served model's way to batches; a provider adds its wire. See `BatchApi`."""

    where: ClassVar[str]
    """Path of the batches below the base URL."""

    def __init__(self, model: ServedModel) -> None:
        self.model = model
        self.reader = model.reader

    @property
    def endpoint(self) -> str:
        """See `BatchApi.endpoint`."""
        return self.model.path

    @property
    def version(self) -> str:
        """See `BatchApi.version`."""
        return ""

    async def check(self) -> None:
        """See `BatchApi.check`."""
        name = self.model.name
        try:
            reply = await self.model.http.send("GET", f"{self.where}?limit=1")
        except TransientModelError:
            return  # it may be there in a minute: what is submitted later is tried again
        if reply.status in (404, 405, 501):
            raise InputError(
                f"{name}: the server at {self.model.base_url} has no batches: leave --batch out, or ask the model at"
                " its provider's own"
            )
        failure = None if reply.ok else self.model.failure(reply)
        if isinstance(failure, PermanentModelError):
            raise InputError(f"{name} cannot be asked by batch: {failure}")

    def good(self, reply: Reply) -> Reply:
        """The reply, if it is a good one.

        Raises:
            ModelError: it is not.
        """
        if reply.ok:
            return reply
        failure = self.model.failure(reply)
        if isinstance(failure, Completion):
            words = failure.refusal or "refused"
            raise PermanentModelError(
                f"{self.model.model_id}: {words}", status=reply.status, kind="bad_request"
            )
        raise failure

    def named(self, value: object, what: str) -> str:
        """A provider's name for something, fit to stand in a path.

        Raises:
            TransientModelError: it is none.
        """
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise self.reader.broken("bad_body", f"{what} without a proper id")
        return value
