"""What models that run without a server share: their sample, their dice and their arguments."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from random import Random

from cuewise.errors import InputError, PermanentModelError
from cuewise.models.protocol import Request
from cuewise.records import Sample


def sample_of(request: Request, name: str) -> Sample:
    """The sample that a request is about.

    Raises:
        PermanentModelError: the request carries none.
    """
    if request.sample is None:
        raise PermanentModelError(
            f"{name} answers from the sample, and the request has none", kind="no_sample"
        )
    return request.sample


def dice(seed: int, sample: Sample, epoch: int) -> Random:
    """A source of chance that is the same for the same seed, sample and epoch on every machine."""
    digest = hashlib.sha256(f"{seed}\0{epoch}\0{sample.id}".encode("utf-8", "surrogatepass")).digest()
    return Random(int.from_bytes(digest, "big"))  # noqa: S311 - nothing secret is drawn


def final_line(labels: Iterable[str]) -> str:
    """The last line of an answer.

    >>> final_line(["fear", "surprise"])
    'Final answer: fear; surprise'
    """
    return f"Final answer: {'; '.join(labels)}"


def check_names(args: Mapping[str, str], known: Iterable[str], name: str) -> None:
    """Refuse arguments that a model does not have.

    Raises:
        InputError: naming the argument and those there are.
    """
    known = tuple(known)
    for argument in args:
        if argument not in known:
            there_are = f"it takes {', '.join(known)}" if known else "it takes none"
            raise InputError(f"{name} has no argument {argument!r}: {there_are}")


def whole_number(args: Mapping[str, str], argument: str, default: int, name: str) -> int:
    """An argument as an integer.

    Raises:
        InputError: it is not one.
    """
    try:
        return int(args.get(argument, default))
    except ValueError:
        raise InputError(
            f"argument {argument!r} of {name} must be a whole number, not {args[argument]!r}"
        ) from None


def probability(args: Mapping[str, str], argument: str, default: float, name: str) -> float:
    """An argument as a number in 0..1.

    Raises:
        InputError: it is not one.
    """
    try:
        value = float(args.get(argument, default))
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:  # catches NaN too
        raise InputError(
            f"argument {argument!r} of {name} must be a number from 0 to 1, not {args[argument]!r}"
        )
    return value
