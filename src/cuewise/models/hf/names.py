"""`hf/MODEL`, where MODEL is a name on the hub or a folder written as a path."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from cuewise.errors import InputError

PREFIX: Final = "hf/"

_PATH: Final = re.compile(r"(?:\.{0,2}|~)[/\\]|[A-Za-z]:[/\\]|\.{1,2}$|~$")
_HUB_NAME: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)


def folder_of(name: str) -> Path | None:
    """The folder that a model's name means; None where it means a name on the hub.

    >>> folder_of("hf//data/ckpt/emo-7b"), folder_of("hf/./emo-7b"), folder_of("hf/Qwen/Qwen2.5-VL-3B-Instruct")
    (PosixPath('/data/ckpt/emo-7b'), PosixPath('emo-7b'), None)
    """
    rest = name.removeprefix(PREFIX)
    return Path(rest).expanduser() if name.startswith(PREFIX) and _PATH.match(rest) else None


def shown_name(name: str) -> str:
    """How a model is called in results: as it was written, but of a folder the last part alone.

    Where somebody's folders lie is nobody else's business. Folders of one name are told apart by their
    fingerprints.

    >>> shown_name("hf//home/ana/ckpt/emo-7b"), shown_name("openai/gpt-4o")
    ('hf/emo-7b', 'openai/gpt-4o')
    """
    folder = folder_of(name)
    if folder is None:
        return name
    last = folder.name if folder.name not in ("", "..") else folder.resolve().name
    return PREFIX + (last or "model")


def hub_name(name: str) -> str:
    """The name on the hub.

    Raises:
        InputError: it cannot be one, or a folder here has the same name, which transformers would take instead.
    """
    rest = name.removeprefix(PREFIX)
    if not _HUB_NAME.fullmatch(rest) or ".." in rest:
        raise InputError(
            f"{name!r} names no model: write hf/OWNER/MODEL as on the hub, or a folder as hf/./FOLDER or hf//FOLDER"
        )
    if Path(rest).is_dir():
        raise InputError(
            f"{name} is the name of a folder here too: write hf/./{rest} for the folder, or work in another one"
        )
    return rest
