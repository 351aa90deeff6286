"""What is said where an address leads nowhere."""

from __future__ import annotations

from cuewise.errors import InputError


class NotFoundError(InputError):
    """There is no such run, sample or file here."""
