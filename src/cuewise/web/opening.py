"""Opening a page in the user's browser without telling its token to others on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Final

_LEADS_ON: Final = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={url}">
<title>Cuewise</title>
<p><a href="{url}">Cuewise</a></p>
"""


@contextmanager
def page_to_open(url: str, *, is_secret: bool) -> Iterator[str]:
    """The address to hand to a browser.

    All users of a machine can read the command lines of its programs, and a browser is told its address there. So one
    that holds a secret stands in a file that only this user can read, and that leads on to it.

    Args:
        is_secret: whether the address holds a token.

    Yields:
        The address itself, or the file's, which is there until the end of the block.
    """
    if not is_secret:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="cuewise-open-") as folder:  # its mode is 0700
        page = Path(folder) / "cuewise.html"
        page.touch(mode=0o600)
        page.write_text(_LEADS_ON.format(url=escape(url)), encoding="utf-8")
        yield page.as_uri()
