"""Everything Cuewise raises on purpose.

::

    CuewiseError
    ├── InputError            the user can mend it: bad usage or bad input, exit code 2
    │   ├── DatasetError        a file or entry of a dataset
    │   ├── UnknownTaskError
    │   ├── UnknownModelError
    │   └── RunError            a run's folder, manifest or store
    ├── MediaError            one clip cannot be used; becomes the outcome of its samples
    │   ├── ClipMissingError
    │   └── ClipBrokenError     with a `cause` from `records.ClipFault`
    ├── ModelError            a call gave no completion; becomes `model_failure` of one sample
    │   ├── TransientModelError worth another try: 429, 5xx, resets, timeouts, cut-off bodies
    │   └── PermanentModelError another try cannot help: 400, 401, 403, 404
    └── ReplyError            an agent (extractor, judge) replied out of form; asked again within a bound

Every message says what happened, to which file or sample, and what to do. None carries a key or a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cuewise.records import ClipFault


class CuewiseError(Exception):
    """Root of the tree; the command line prints its message without a traceback."""


class InputError(CuewiseError):
    """Bad usage or bad input; the message says which and what to do."""


class DatasetError(InputError):
    """A dataset file or one of its entries cannot be read as samples."""


class UnknownTaskError(InputError):
    """A task name is not among the eight (or the manifest's own)."""


class UnknownModelError(InputError):
    """A model name cannot be resolved to an adapter."""


class RunError(InputError):
    """A run cannot be opened, resumed or written."""


class MediaError(CuewiseError):
    """A clip cannot be used; only the samples on that clip are affected."""


class ClipMissingError(MediaError):
    """No file for the clip under the clips folder, or a path that would leave it."""


class ClipBrokenError(MediaError):
    """The file is there but cannot give what was asked of it."""

    def __init__(self, message: str, cause: ClipFault) -> None:
        super().__init__(message)
        self.cause = cause

    def __reduce__(self) -> tuple[type[ClipBrokenError], tuple[str, ClipFault]]:
        # Crosses a process boundary on its way out of the decoding pool.
        return (type(self), (str(self), self.cause))


class ModelError(CuewiseError):
    """A model call ended without a completion."""

    def __init__(self, message: str, *, status: int | None = None, kind: str = "error") -> None:
        super().__init__(message)
        self.status = status
        """HTTP status where there was one."""
        self.kind = kind
        """A short word for tables: `timeout`, `rate_limit`, `server_error`, `connection`, `bad_body`, ..."""


class TransientModelError(ModelError):
    """Another try may succeed."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        kind: str = "error",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, status=status, kind=kind)
        self.retry_after_s = retry_after_s
        """What the server asked for, in seconds, where it did."""


class PermanentModelError(ModelError):
    """Another try cannot help: a wrong key, an unknown model, a request the server will not take."""


class ReplyError(CuewiseError):
    """An agent's reply is not in the required form."""
