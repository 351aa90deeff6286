"""Unpack the clips of a zip file that came from elsewhere.

An archive is foreign input: a member may name a place outside the folder, be a link, or swell to fill the disk.
One such member condemns the whole archive, and nothing of it is left behind.
"""

from __future__ import annotations

import glob
import hashlib
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Final

from cuewise.errors import DatasetError
from cuewise.samples.clips import MEDIA_EXTENSIONS, extension, why_refused
from cuewise.samples.problems import printable

MAX_UNPACKED_BYTES: Final = 100 * 2**30
"""Of one archive's clips together."""
MAX_EXPANSION: Final = 50
"""Unpacked size over packed size of one member. Media hardly shrinks when packed; a bomb shrinks a thousandfold."""
EXPANSION_FREE_BYTES: Final = 10 * 2**20
"""Members up to this size may expand as they like: a silent WAV does."""


def unpack_clips(archive: Path, *, max_bytes: int = MAX_UNPACKED_BYTES) -> Path:
    """Unpack the media files of `archive` into a folder beside it, unless that was done before.

    The folder's name carries a hash of the archive's table of contents, so that a changed archive is unpacked
    anew; what an earlier version left is removed. Members that are not media are passed over.

    Args:
        archive: a zip file.
        max_bytes: most bytes that its media may have when unpacked.

    Raises:
        DatasetError: the archive is broken, dangerous or too large.
    """
    name = printable(archive.name)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _clips(opened, name, max_bytes)
            folder = archive.with_name(f"{archive.stem}.unpacked-{_contents_hash(members)}")
            if folder.is_dir():
                return folder
            needed, free = sum(member.file_size for member in members), shutil.disk_usage(archive.parent).free
            if needed > free:
                raise DatasetError(f"{name} needs {needed:,} bytes unpacked and {free:,} are free; make room")
            _unpack(opened, members, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        # RuntimeError and NotImplementedError: encrypted, or packed in a way that is not known here.
        raise DatasetError(f"cannot unpack {name}: {printable(error)}; fetch the file again") from error
    for stale in archive.parent.glob(f"{glob.escape(archive.stem)}.unpacked-*"):
        if stale != folder:
            shutil.rmtree(stale, ignore_errors=True)
    return folder


def _clips(opened: zipfile.ZipFile, name: str, max_bytes: int) -> list[zipfile.ZipInfo]:
    """The members to unpack."""
    members = []
    total = 0
    for member in opened.infolist():
        # zipfile turns backslashes into slashes on Windows only; look at the name as stored.
        reason = why_refused(member.orig_filename.removesuffix("/"))
        if reason is None and stat.S_ISLNK(member.external_attr >> 16):
            reason = "is a link"
        if reason:
            what = f"its member {printable(member.orig_filename)!r} {reason}"
            raise DatasetError(f"{name} is not safe to unpack: {what}; ask whoever published it")
        if member.is_dir() or extension(member.filename) not in MEDIA_EXTENSIONS:
            continue
        total += member.file_size
        swells = member.file_size > MAX_EXPANSION * max(member.compress_size, 1)
        if total > max_bytes or (swells and member.file_size > EXPANSION_FREE_BYTES):
            raise DatasetError(
                f"{name} is not safe to unpack: it would swell to {total:,} bytes or more at "
                f"{printable(member.filename)!r}; unpack it by hand if you trust it"
            )
        members.append(member)
    return members


def _contents_hash(members: list[zipfile.ZipInfo]) -> str:
    listing = "\n".join(f"{member.CRC:08x} {member.file_size} {member.filename}" for member in members)
    return hashlib.sha256(listing.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _unpack(opened: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path) -> None:
    # Into a hidden folder first: a clip index passes over it, and an interrupted unpacking is never taken for done.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as temporary:
        root = Path(temporary) / "clips"
        root.mkdir()
        for member in members:
            target = root / member.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            # "x": two members of one name are a fault. Reading stops at the size that was checked above.
            with opened.open(member) as packed, target.open("xb") as unpacked:
                shutil.copyfileobj(packed, unpacked, 2**20)
        root.rename(folder)
