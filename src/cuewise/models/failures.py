"""What a reply with another status than 200 means, and a server's words made fit for a message.

Served models share this: their makers differ in how they word an error, not in what a status means.
"""

from __future__ import annotations

import html
import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from cuewise.errors import ModelError, PermanentModelError, TransientModelError
from cuewise.models.json_wire import Reader, error_in, mapping, objects
from cuewise.models.protocol import Completion

MAX_QUOTE: Final = 300
"""Characters of a server's own words that enter a message."""

_TRANSIENT: Final = {408: "timeout", 409: "conflict", 425: "too_early", 429: "rate_limit", 529: "overloaded"}
_OUT_OF_QUOTA: Final = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "enforced_spend_limit_reached",
        "contract_spend_limit_reached",
    }
)
_FILTERED: Final = frozenset({"content_filter", "content_policy_violation", "data_inspection_failed"})
_BAD_KEY: Final = frozenset({"API_KEY_INVALID"})
"""Google says it with status 400."""


def read_failure(
    status: int,
    headers: Mapping[str, str],
    payload: bytes,
    *,
    model_id: str,
    url: str,
    key_variable: str,
    scrub: Callable[[str], str],
    now_s: float,
) -> ModelError | Completion:
    """What a reply with another status than 200 means.

    A request that the server's content filter turned down is a completion with finish `filter`: the question
    was asked and answered, with a refusal.

    Args:
        headers: of the reply; looked up without regard to case.
        now_s: seconds since 1970, for a `Retry-After` that is a date.
    """
    codes = _error_codes(payload)
    words = Reader(model_id, scrub).quote(payload)
    if status == 400 and codes & _FILTERED:
        return Completion(text="", finish="filter", refusal=words)
    told = f"{model_id}: status {status} from {url}: {words}"
    if status == 402 or (status == 429 and is_out_of_quota(codes)):
        return PermanentModelError(
            f"{told} (the account behind {key_variable} has no quota left: see its billing page)",
            status=status,
            kind="quota",
        )
    if status in _TRANSIENT or status >= 500:
        kind = _TRANSIENT.get(status, "server_error")
        wait_s = retry_after_s(headers, now_s)
        if wait_s is None:
            wait_s = _retry_info_s(payload)
        return TransientModelError(told, status=status, kind=kind, retry_after_s=wait_s)
    kind, advice = _permanent(401 if status == 400 and codes & _BAD_KEY else status, key_variable)
    return PermanentModelError(f"{told} ({advice})", status=status, kind=kind)


def is_out_of_quota(codes: Iterable[str]) -> bool:
    """Whether one of the codes by which errors name themselves says that the account may spend no more."""
    return not _OUT_OF_QUOTA.isdisjoint(codes)


def _permanent(status: int, key_variable: str) -> tuple[str, str]:
    """Kind and what to do."""
    if 300 <= status < 400:
        return "redirect", "not followed, so that no key travels: set the base URL to where it leads"
    match status:
        case 401:
            return "auth", f"the key is missing or wrong: set {key_variable}"
        case 403:
            return "auth", f"the key in {key_variable} may not use this model: choose another key or model"
        case 404:
            return "not_found", "check the model's name and the base URL"
        case 413:
            return "too_large", "send fewer or smaller frames, or less audio"
    return "bad_request", "the server does not take this request: check what the model takes"


def retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `Retry-After` (seconds or a date); None without either."""
    if (wait_ms := _number(headers.get("retry-after-ms", ""))) is not None:
        return wait_ms / 1000
    value = headers.get("Retry-After", "")
    if (wait_s := _number(value)) is not None:
        return wait_s
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now_s)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _retry_info_s(payload: bytes) -> float | None:
    """Seconds to wait by a `google.rpc.RetryInfo` among the error's details, such as `"retryDelay": "37s"`."""
    for detail in _details(payload):
        delay = detail.get("retryDelay")
        if isinstance(delay, str) and delay.endswith("s"):
            return _number(delay[:-1])
    return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return max(0.0, value) if math.isfinite(value) else None


def _details(payload: bytes) -> list[dict[str, Any]]:
    return objects(mapping(error_in(payload)).get("details"))


def _error_codes(payload: bytes) -> set[str]:
    """The words by which an error names itself."""
    error = mapping(error_in(payload))
    named = [
        error.get("code"),
        error.get("type"),
        mapping(error.get("innererror")).get("code"),
        mapping(error.get("details")).get("error_code"),
        *(detail.get("reason") for detail in _details(payload)),
    ]
    return {name for name in named if isinstance(name, str)}


def unsupported_media(mime: str, known: Iterable[str]) -> PermanentModelError:
    """Media that a wire has no place for."""
    told = f"media of type {mime!r} cannot be sent; {', '.join(known)} can"
    return PermanentModelError(told, kind="unsupported_media")


def no_seed(model_id: str, interface: str) -> PermanentModelError:
    """A seed where the interface has no field for one: leaving it out would claim a repeatability that is not."""
    told = f"{model_id}: {interface} takes no seed: leave --seed out"
    return PermanentModelError(told, kind="unsupported_sampling")


# --- scrubbing -------------------------------------------------------------------------------------

_KEYLIKE: Final = re.compile(
    r"(?i:\bbearer)\s+\S+|\bsk-[\w*.-]{3,}|\b(?:hf|gsk|xai|ghp)[_-][\w-]{8,}|\bAIza[\w-]{16,}"
)


_PART: Final = r"[^\s/'\"`<>|:;,]+/"
_SPACED: Final = r"[^\s~/.'\"`<>|:;,]+(?: [^\s~/.'\"`<>|:;,]+){1,4}/"
# The folders of an absolute path, or of a file's address, up to its last part. In quotes they may have spaces; out of
# them those after the first may, if they have no dot: "read /a/b.mp4 and/or c" goes on after the path.
_FOLDERS: Final = re.compile(
    r"(?<=['\"`])(?:~/(?:[^/'\"`\n]+/)*|/(?:[^/'\"`\n]+/)+)"
    r"|(?:file://|(?<![\w.…/\\~-]))"
    rf"(?:(?:~/|/{_PART})(?:{_PART}|{_SPACED})*"
    r"|[A-Za-z]:\\(?:[^\\'\"<>|:;,\n]+\\)*|\\\\(?:[^\\\s'\"]+\\)+)"
)


def without_folders(text: str) -> str:
    """A text with the last parts alone of the absolute paths in it: where something lies is nobody else's business.

    >>> without_folders("no /home/ana/.cache/hub/config.json, see https://host/a/b")
    'no …/config.json, see https://host/a/b'
    """
    return _FOLDERS.sub("…/", text)


def scrubber(api_key: str | None, *places: Path) -> Callable[[str], str]:
    """A function that makes a server's words fit for a message.

    It drops control and other invisible characters, blots out the key that is in use, in plain or escaped
    form, and whatever looks like a key, leaves out the folders of absolute paths, and shortens the rest to
    `MAX_QUOTE` characters.

    Args:
        places: folders of this machine that the server knows of; they may be told by no other sign than their names.
    """
    key = api_key or ""
    hidden = dict.fromkeys(
        {key, json.dumps(key)[1:-1], quote(key, safe=""), html.escape(key)} - {""}, "[key]"
    )
    for path in {path for place in places for path in (str(place.absolute()), str(place.resolve()))}:
        hidden |= dict.fromkeys((path, json.dumps(path)[1:-1], quote(path)), "…")
    ordered = sorted(hidden, key=len, reverse=True)

    def scrub(text: str) -> str:
        text = " ".join(text[: 64 * MAX_QUOTE].split())
        text = "".join(letter for letter in text if unicodedata.category(letter)[0] != "C")
        for form in ordered:
            text = text.replace(form, hidden[form])
        text = without_folders(_KEYLIKE.sub("[key]", text))
        return text if len(text) <= MAX_QUOTE else text[: MAX_QUOTE - 3] + "..."

    return scrub
