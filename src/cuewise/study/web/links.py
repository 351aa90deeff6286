"""Raters' personal links: made by lot, known to nobody but whoever is given them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from cuewise.errors import InputError
from cuewise.samples.problems import printable


def new_tokens(raters: Iterable[str]) -> dict[str, str]:
    """A token of 192 random bits for each."""
    return {rater: secrets.token_urlsafe(24) for rater in raters}


def write_links(path: Path, links: Mapping[str, str]) -> None:
    """A line for each rater, name and link with a tab between, in a new file that nobody else on this machine may read.

    Raises:
        InputError: it cannot be written, or is there.
    """
    text = "".join(f"{rater}\t{link}\n" for rater, link in links.items())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(
            f"{printable(path)} is there already and may hold links: name a new file with --links"
        ) from error
    except OSError as error:
        raise InputError(
            f"{printable(path)} cannot be written ({error.strerror or error}): name another file with --links"
        ) from error
