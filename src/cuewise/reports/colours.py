"""Which run has which colour: a model keeps its own whatever it was judged by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings

COLOURS: Final = 8
"""Colours that models take in turn."""


def colours(settings: Sequence[Settings]) -> list[int]:
    """A colour per run, from 0: that of its model, so that both protocols of one model look alike.

    Runs of one model under one protocol stand in the same charts: the second takes a colour of its own, which it
    shares with the second under the other protocol.
    """
    seen: Counter[tuple[str, str]] = Counter()
    taken: dict[tuple[str, int], int] = {}
    chosen = []
    for one in settings:
        under = (one.model.name, one.protocol.value)
        colour = taken.setdefault((one.model.name, seen[under]), len(taken) % COLOURS)
        seen[under] += 1
        chosen.append(colour)
    return chosen
