"""Models whose weights lie in a folder here: `hf/FOLDER` and `vllm/FOLDER`, the folder written as a path."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from cuewise.errors import InputError

_PATH: Final = re.compile(r"(?P<provider>hf/|vllm/)(?:(?:\.{0,2}|~)[/\\]|[A-Za-z]:[/\\]|\.{1,2}$|~$)")
_BLOCK: Final = 2**16
_BLOCKS: Final = 256


def folder_of(name: str) -> Path | None:
    """The folder that a model's name means; None where it means a name on the hub.

    >>> folder_of("hf//data/ckpt/emo-7b"), folder_of("vllm/./emo-7b"), folder_of("hf/Qwen/Qwen2.5-VL-3B-Instruct")
    (PosixPath('/data/ckpt/emo-7b'), PosixPath('emo-7b'), None)
    """
    match = _PATH.match(name)
    return Path(name.removeprefix(match["provider"])).expanduser() if match else None


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
    return f"{name.partition('/')[0]}/{last or 'model'}"


def check_no_folder(name: str) -> None:
    """See that a name meant for the hub is no path here too, from which the weights would be loaded instead.

    Raises:
        InputError: it is.
    """
    provider, _, rest = name.partition("/")
    if Path(rest).exists():
        raise InputError(
            f"{name} is the name of a folder or file here too: write {provider}/./{rest} for that one, or work in"
            " another folder"
        )


def told_apart_by(name: str) -> dict[str, str]:
    """What tells a model in a folder from others of its shown name: part of the keys of its calls.

    That is its fingerprint; where the folder is on a server's machine alone, a hash of its path.
    """
    folder = folder_of(name)
    if folder is None:
        return {}
    if folder.exists():
        return {"fingerprint": fingerprint(folder)}
    return {"folder": hashlib.sha256(str(folder).encode()).hexdigest()[:16]}


def fingerprint(folder: Path) -> str:
    """SHA-256, its first 16 digits, of a model's folder, or its one file: which model it is, whatever it is called.

    Small files count whole. Of a file of weights its size and 256 blocks of 64 KiB count, spread evenly from
    start to end: a further hour of training changes nearly all of them, and 15 GB need not be read through.
    """
    digest = hashlib.sha256()
    files = [folder] if folder.is_file() else [path for path in folder.iterdir() if path.is_file()]
    for path in sorted(path for path in files if not path.name.startswith(".")):
        size = path.stat().st_size
        digest.update(f"{path.name}\0{size}\0".encode("utf-8", "surrogateescape"))
        with path.open("rb") as file:
            if size <= _BLOCK * _BLOCKS:
                digest.update(file.read())
                continue
            for block in range(_BLOCKS):
                file.seek((size - _BLOCK) * block // (_BLOCKS - 1))
                digest.update(file.read(_BLOCK))
    return digest.hexdigest()[:16]
