"""Keeps what belongs to one machine or one user out of a file that is made to be passed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from cuewise.models.failures import without_folders
from cuewise.models.folders import folder_of, shown_name

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings

MASK: Final = "(hidden)"

_SECRET_NAME: Final = re.compile(r"key|token|secret|passw|auth|credential", re.IGNORECASE)
_NOT_SECRET: Final = re.compile(
    r"(?:max|min|n)[-_](?:\w+[-_])?tokens?\b|tokeni[sz]|author(?!i[sz])|key[-_]?(?:frame|word)", re.IGNORECASE
)
_SECRET_VALUE: Final = re.compile(
    r"\b(?:sk|pk|hf|gsk|xai|gh[opsur]|github_pat|glpat|AIza)[-_]?[A-Za-z0-9_-]{16,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bxox[a-z]-[A-Za-z0-9-]{10,}"
    r"|\bBearer\s+[A-Za-z0-9._~+/=-]{8,}",
    re.IGNORECASE,
)
_SECRET_PAIR: Final = re.compile(
    r"(?P<name>(?:\bauthorization|api[-_]?key|(?:access|auth|secret)[-_]?(?:key|token)|password)['\"]?\s*[:=]\s*['\"]?)"
    r"(?P<scheme>(?:Basic|Bearer|Digest|Token)\s+)?(?P<value>[^\s'\"&,;}]+)",
    re.IGNORECASE,
)
"""A name and what it holds, as a header, a setting or JSON has them."""
_URL: Final = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,20}://)(?:[^\s/@'\"]*@)?(?P<rest>[^\s?#'\"]*)[^\s'\"]*", re.IGNORECASE
)


def scrub(text: str) -> str:
    """A message without the folders of absolute paths, and without what looks like a key.

    Of an address, the part before `@` and everything from `?` on go too.

    >>> scrub("cannot read '/home/ana/clips/a.mp4'")
    "cannot read '…/a.mp4'"
    >>> scrub("refused by https://me:pw@host:8000/v1?key=abc")
    'refused by https://host:8000/v1'
    """
    parts = []
    end = 0
    for match in _URL.finditer(text):
        parts += [without_folders(text[end : match.start()]), _bare(match)]
        end = match.end()
    parts.append(without_folders(text[end:]))
    return _SECRET_VALUE.sub(MASK, _SECRET_PAIR.sub(_hidden, "".join(parts)))


def _hidden(match: re.Match[str]) -> str:
    """A pair without its value; "Authorization: refused" holds none, as no scheme stands before it."""
    if match["name"].lower().startswith("authorization") and not match["scheme"]:
        return match[0]
    return match["name"] + MASK


def _bare(match: re.Match[str]) -> str:
    if match["scheme"].lower() == "file://":
        return "…/" + match["rest"].rpartition("/")[2]
    return match["scheme"] + match["rest"]


def scrub_command(command: Sequence[str]) -> str:
    """A command line to show: scrubbed, with the values of secret-sounding settings hidden.

    >>> scrub_command(["cuewise", "run", "--data", "/data/mme", "--model-arg", "api_key=abc"])
    'cuewise run --data …/mme --model-arg api_key=(hidden)'
    """
    shown = []
    hide_next = False
    for word in command:
        name, equals, value = word.partition("=")
        if hide_next and not word.startswith("-"):
            shown.append(MASK)
            hide_next = False
        elif equals and _is_secret(name):
            shown.append(f"{name}={MASK}")
        elif equals:
            shown.append(f"{_scrub_path(name)}={_scrub_path(value)}")
        else:
            shown.append(_scrub_path(word))
            hide_next = word.startswith("--") and _is_secret(word)
    return " ".join(f'"{word}"' if " " in word else word for word in shown)


_PATH: Final = re.compile(r"(?P<provider>(?:[\w.-]{1,40}/){0,3})(?:~?/|[A-Za-z]:\\|\\\\)")
"""How a word begins that is an absolute path, or a model that lies there: `asr//models/whisper-small`, or
`openai-api/local//models/qwen.gguf`."""


def _scrub_path(word: str) -> str:
    if folder_of(word) is not None:
        return shown_name(word)
    if match := _PATH.match(word):
        return f"{match['provider']}…/" + re.split(r"[/\\]", word.rstrip("/\\"))[-1]
    return scrub(word)


def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _NOT_SECRET.search(name)


def scrub_all(value: Any) -> Any:
    """Plain data with every string in it scrubbed, of paths the last part alone, and of secrets by name nothing.

    >>> scrub_all({"judge": "hf//home/ana/judge-7b", "seeds": [1, 2], "api_key": "abc", "max_tokens": 9})
    {'judge': 'hf/judge-7b', 'seeds': [1, 2], 'api_key': '(hidden)', 'max_tokens': 9}
    """
    if isinstance(value, str):
        return _scrub_path(value)
    if isinstance(value, dict):
        return _with_shown_names(
            (name, _masked(part) if _is_secret(name) else scrub_all(part)) for name, part in value.items()
        )
    return [scrub_all(part) for part in value] if isinstance(value, list | tuple) else value


def shown_settings(settings: Settings) -> Settings:
    """A run's settings without local paths or what looks like a key, wherever a string may hold one."""
    return type(settings).model_validate(scrub_all(settings.model_dump(mode="json")))


def _with_shown_names(parts: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """A mapping with its names scrubbed, which are numbered where they are alike then."""
    shown: dict[Any, Any] = {}
    for name, part in parts:
        bare, place = scrub_all(name), 1
        told = bare
        while told in shown:
            place += 1
            told = f"{bare} ({place})"
        shown[told] = part
    return shown


def _masked(value: Any) -> Any:
    """Plain data with every string in it hidden; numbers and switches are no secrets."""
    if isinstance(value, dict):
        return _with_shown_names((name, _masked(part)) for name, part in value.items())
    if isinstance(value, list | tuple):
        return [_masked(part) for part in value]
    return MASK if isinstance(value, str) else value
