"""Columns of few different values, as codes: small in a file and quick to read back.

A column is its different values, and for each row the place of its value among them. Codes are as many whole bytes as
they need, the lowest byte of all rows first, then the next of all: so they are the same on every machine, a page's
script reads them without a library, and they deflate well.
"""

from __future__ import annotations

import base64
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
T = TypeVar("T", bound=Hashable)


def coded(values: Iterable[T]) -> tuple[list[T], Codes]:
    """The different values in order of first appearance, and the place of each row's.

    >>> coded(["b", "a", "b"])[0]
    ['b', 'a']
    """
    rows = list(values)
    places = {value: place for place, value in enumerate(dict.fromkeys(rows))}
    # Neither loop over the rows is Python's own: a report codes some hundred columns of a run's length.
    return list(places), np.fromiter(map(places.__getitem__, rows), dtype=np.int64, count=len(rows))


def coded_numbers(values: npt.NDArray[Any]) -> tuple[list[float | None], Codes]:
    """The same of numbers, in rising order; None stands for NaN, which comes last."""
    different, codes = np.unique(values, return_inverse=True)
    plain = different.tolist()
    return [None if value != value else value for value in plain], codes.astype(np.int64)


def planes(codes: Codes) -> bytes:
    """The bytes of codes; none where all of them are 0.

    Args:
        codes: (n,) from 0, below 2^32.
    """
    width = (int(codes.max(initial=0)).bit_length() + 7) // 8
    return b"".join((codes >> 8 * at).astype(np.uint8).tobytes() for at in range(width))


def from_planes(data: bytes, n: int) -> Codes:
    """The codes of `n` rows again."""
    lowest_first = np.frombuffer(data, dtype=np.uint8).reshape(-1, n) if data else ()
    codes = np.zeros(n, dtype=np.int64)
    for at, plane in enumerate(lowest_first):
        codes |= plane.astype(np.int64) << 8 * at
    return codes


def column(values: Iterable[Hashable]) -> dict[str, Any]:
    """A column of words, or of groups of them, as plain data: `{"values": [...], "codes": "base64"}`."""
    different, codes = coded(values)
    return {"values": different, "codes": base64.b64encode(planes(codes)).decode("ascii")}


def number_column(values: npt.NDArray[Any]) -> dict[str, Any]:
    """A column of numbers."""
    different, codes = coded_numbers(values)
    return {"values": different, "codes": base64.b64encode(planes(codes)).decode("ascii")}


def read_column(packed: Mapping[str, Any], n: int) -> list[Any]:
    """The rows of `column`; groups are tuples again."""
    values = [tuple(value) if isinstance(value, list) else value for value in packed["values"]]
    return list(map(values.__getitem__, from_planes(base64.b64decode(packed["codes"]), n).tolist()))


def read_numbers(packed: Mapping[str, Any], n: int, dtype: npt.DTypeLike = np.float64) -> npt.NDArray[Any]:
    """The rows of `number_column`."""
    values = np.array(packed["values"], dtype=dtype)  # None becomes NaN
    return values[from_planes(base64.b64decode(packed["codes"]), n)]
