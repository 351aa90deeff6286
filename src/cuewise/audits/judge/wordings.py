"""The texts that are planted, read from `plants.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from random import Random
from string import Template
from typing import Any


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("cuewise.audits.judge").joinpath("plants.toml").read_text(encoding="utf-8"))


def wordings(channel: str, value: str) -> tuple[str, ...]:
    """All wordings of one value of a channel."""
    return tuple(_table()["wordings"][channel][value])


def sentences() -> tuple[str, ...]:
    """All sentences that a wording is put in, those with a time included."""
    return (*_table()["sentences"]["plain"], *_table()["sentences"]["timed"])


def state_cue(channel: str, value: str, time_s: float | None, chance: Random) -> str:
    """A sentence that states a value of a channel; every other one gives the time, where there is one.

    Args:
        time_s: seconds from the start of the clip.
    """
    timed = time_s is not None and chance.random() < 0.5
    template = chance.choice(_table()["sentences"]["timed" if timed else "plain"])
    claim = chance.choice(wordings(channel, value))
    text = Template(template).substitute(claim=claim, time=f"{time_s or 0:.1f}")
    return text[0].upper() + text[1:]


def truisms(count: int, chance: Random) -> list[str]:
    """So many different sentences that hold for any clip."""
    return chance.sample(_table()["truisms"]["texts"], count)


def tags(count: int, chance: Random) -> list[str]:
    """So many different texts that look like a judge's ratings."""
    return chance.sample(_table()["tags"]["texts"], count)


def instructions(count: int, chance: Random) -> list[str]:
    """So many different instructions to a judge."""
    return chance.sample(_table()["instructions"]["texts"], count)


def state_label(label: str, chance: Random) -> str:
    """A label step's text that names the label."""
    return Template(chance.choice(_table()["labels"]["texts"])).substitute(label=label)


def no_label() -> str:
    """A label step's text that names none."""
    return str(_table()["labels"]["none"])
