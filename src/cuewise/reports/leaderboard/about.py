"""What a reader wants to know of a model beside its scores: whether its weights can be had, and how large it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cuewise.errors import InputError
from cuewise.models.cards import card_for, is_own, is_served
from cuewise.samples.problems import printable

SIZE: Final = re.compile(r"\d{1,4}(?:\.\d{1,3})?[BM]")
_IN_NAME: Final = re.compile(r"(?<![a-z0-9.])(\d{1,4}(?:\.\d{1,3})?)b(?![a-z0-9])")
_KEYS: Final = ("title", "access", "size")


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a model by its name, or was told; None where it is neither."""

    title: str | None = None
    """What it is called on the site, in place of `provider/model`."""
    access: str | None = None
    """`open` or `closed`."""
    size: str | None = None
    """Such as `7B`."""


def read_about(path: Path) -> dict[str, About]:
    """What a TOML file tells of models, by name of the model or the run::

        [models."openai/gpt-4o"]
        title = "GPT-4o"
        access = "closed"
        size = "200B"

    Raises:
        InputError: it cannot be read, or tells anything else.
    """
    name = printable(path.name)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{printable(path)} cannot be read ({error.strerror}): check the path") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{name} is no TOML: {printable(error, 200)}") from error
    models = table.pop("models", None)
    if table or not isinstance(models, dict):
        raise InputError(f'{name} must have tables [models."NAME"] alone, each with {", ".join(_KEYS)}')
    return {model: _about(entry, f"{name}, {printable(model)}") for model, entry in models.items()}


def _about(entry: Any, where: str) -> About:
    if not isinstance(entry, dict) or (unknown := sorted(set(entry) - set(_KEYS))):
        told = printable(", ".join(unknown)) if isinstance(entry, dict) else "no table"
        raise InputError(f"{where}: {told}; a model has {', '.join(_KEYS)}")
    if not all(isinstance(value, str) and value.strip() for value in entry.values()):
        raise InputError(f"{where}: {', '.join(_KEYS)} are texts that are not empty")
    if entry.get("access", "open") not in ("open", "closed"):
        raise InputError(f"{where}: access is open or closed, not {printable(entry['access'])!r}")
    if "size" in entry and not SIZE.fullmatch(entry["size"]):
        raise InputError(f"{where}: size is like 7B, 0.5B or 300M, not {printable(entry['size'])!r}")
    return About(**entry)


def about_model(model: str, run: str, told: Mapping[str, About]) -> About:
    """What is known of a model: what the user told of the run, or else of the model, before what its name says.

    >>> about_model("vllm/Qwen/Qwen2.5-VL-7B-Instruct", "first", {})
    About(title=None, access='open', size='7B')
    """
    said = told.get(run) or told.get(model) or About()
    access = "open" if is_own(model) else card_for(model).access if is_served(model) else None
    found = _IN_NAME.search(model.rpartition("/")[2].lower()) if is_served(model) else None
    return About(said.title, said.access or access, said.size or (f"{found[1]}B" if found else None))


def billions(size: str | None) -> float | None:
    """A size as a number of billions of parameters.

    >>> billions("0.5B"), billions("300M"), billions(None)
    (0.5, 0.3, None)
    """
    if size is None:
        return None
    return float(size[:-1]) / (1000 if size.endswith("M") else 1)
