"""What all prompts share: template files, fences around foreign text, strict reading of JSON replies."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from cuewise.errors import ReplyError


@cache
def load_prompt(package: str, name: str) -> Template:
    """The template `prompts/NAME.md` of a stage's package, e.g. `load_prompt("cuewise.steps", "extract")`."""
    return Template(prompt_text(package, name))


@cache
def prompt_text(package: str, name: str) -> str:
    return files(package).joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")


def prompt_hash(package: str, name: str) -> str:
    """SHA-256 of a template, for the run's manifest."""
    return hashlib.sha256(prompt_text(package, name).encode()).hexdigest()


def fence(text: str, name: str) -> str:
    """Wrap foreign text so that nothing in it can close the fence.

    The tag ends in digits from the text's own hash: to close it, a text would have to contain its own
    hash. Deterministic, so that the same text gives the same call key.
    """
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
    return f"<{name}-{mark}>\n{text}\n</{name}-{mark}>"


_CODE_FENCE = re.compile(r"^```(?:json)?[ \t]*\n(.*)\n```$", re.DOTALL)


def read_json_reply(text: str) -> dict[str, Any]:
    """The one JSON object that a reply consists of, bare or in one code fence.

    Raises:
        ReplyError: the reply is anything else, has duplicate keys, or has NaN or infinity in it.
    """
    body = text.strip()
    if match := _CODE_FENCE.match(body):
        body = match[1]
    try:
        value = json.loads(body, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ReplyError(f"the reply is not one JSON object: {error}") from error
    if not isinstance(value, dict):
        raise ReplyError(f"the reply is a JSON {type(value).__name__}, not an object")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate keys in an object")
    return result


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
