"""Data and code inside one HTML file: foreign text as inert JSON, and a policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any, Final

from markupsafe import Markup

_ESCAPES: Final = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def compact_json(value: Any) -> str:
    """JSON without spaces; half surrogate pairs, which UTF-8 cannot carry, stay escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def json_block(value: Any) -> Markup:
    """JSON that can stand inside a `script` element: nothing in it can close the element or open another.

    >>> json_block(["</script>"])
    Markup('["\\\\u003c/script\\\\u003e"]')
    """
    return Markup(compact_json(value).translate(_ESCAPES))  # noqa: S704 - markup characters are escaped above


def own_code(text: str, element: str) -> Markup:
    """Our own style sheet or script, to stand inside its element as it is.

    Raises:
        ValueError: the text would close the element.
    """
    if f"</{element}" in text.lower() or "<!--" in text:
        raise ValueError(f"the report's own {element} must not contain its closing tag")
    return Markup(text)  # noqa: S704 - a file of this package, checked above


def security_policy(style: str, script: str) -> str:
    """A content security policy under which only this very style and script take effect.

    Pictures may come from inside the file only; nothing may be fetched, framed, embedded or submitted.
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src 'sha256-{_digest(style)}'",
            f"script-src 'sha256-{_digest(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
