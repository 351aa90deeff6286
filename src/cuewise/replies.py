"""Asking an agent until its reply is in the required form, within a bound; reading a line of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TypeVar

from cuewise.counts import how_many
from cuewise.errors import ReplyError
from cuewise.models.protocol import Ask, Request

T = TypeVar("T")


async def ask_until_parsed(
    ask: Ask,
    build: Callable[[int], Request],
    parse: Callable[[str], T],
    *,
    max_tries: int,
    what: str,
) -> T:
    """What `parse` makes of the first well-formed reply.

    Args:
        build: gives the request of an attempt, counted from 0; a raised attempt is a new call.
        parse: reads a reply's text; raises ReplyError where it is malformed.
        max_tries: how many replies are read at most; at least 1.
        what: whose reply for which sample, for the message.

    Raises:
        ReplyError: no reply was complete and well-formed; the message says what was wrong with the last.
        ModelError: as `ask` raises it; a call that fails is not a malformed reply.
    """
    fault: ReplyError | None = None
    for attempt in range(max_tries):
        completion = await ask(build(attempt))
        try:
            if completion.finish == "length":
                raise ReplyError("the reply was cut off at the output limit")
            return parse(completion.text)
        except ReplyError as error:
            fault = error
    raise ReplyError(f"{what}: no usable reply in {how_many(max_tries, 'try')}; the last: {fault}") from fault


def read_line(value: object, what: str, max_chars: int) -> str:
    """A text of a reply as one line.

    Raises:
        ReplyError: it is no string, empty, longer than `max_chars`, or has characters that cannot be stored (lone
            surrogates) or can take over a terminal (control characters).
    """
    if not isinstance(value, str):
        raise ReplyError(f"{what} must be a string, not {type(value).__name__}")
    line = " ".join(value.split())
    if not line:
        raise ReplyError(f"{what} is empty")
    if len(line) > max_chars:
        raise ReplyError(f"{what} has {len(line)} characters; at most {max_chars} are taken")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in line):
        raise ReplyError(f"{what} has control characters or lone surrogates")
    return line
