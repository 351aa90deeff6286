"""Find the file that a clip's id names under a folder of clips, and never one outside it.

Ids come from datasets, and datasets come from anywhere: an id is compared with what a walk of the folder
found and is never joined to a path.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from cuewise.errors import ClipMissingError, DatasetError
from cuewise.samples.problems import printable

# fmt: off
VIDEO_EXTENSIONS: Final = frozenset((
    ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".flv", ".wmv", ".mpg", ".mpeg", ".ts", ".mts",
    ".3gp", ".ogv",
))
# fmt: on
AUDIO_EXTENSIONS: Final = frozenset((".wav", ".mp3", ".flac", ".m4a", ".aac", ".ogg", ".opus", ".wma"))
MEDIA_EXTENSIONS: Final = VIDEO_EXTENSIONS | AUDIO_EXTENSIONS

MAX_ID_LENGTH: Final = 1024
MAX_ID_DEPTH: Final = 32
# Unicode's categories Cc and Cs.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def has_control_characters(text: str) -> bool:
    """Whether there are control characters or halves of surrogate pairs in it; no name needs them."""
    return _CONTROL.search(text) is not None


def why_refused(clip_id: str) -> str | None:
    """Why this id (or name of a member of an archive) cannot name a clip, in words; None where it can."""
    if len(clip_id) > MAX_ID_LENGTH:
        return f"is longer than {MAX_ID_LENGTH} characters"
    if has_control_characters(clip_id):
        return "has control characters in it"
    if "\\" in clip_id:
        return "has a backslash in it"
    if clip_id.startswith("/"):
        return "is an absolute path"
    if clip_id[1:2] == ":" and clip_id[0].isalpha():
        return "starts with a drive letter"
    parts = clip_id.split("/")
    if len(parts) > MAX_ID_DEPTH:
        return f"is more than {MAX_ID_DEPTH} folders deep"
    if ".." in parts:
        return "would leave the clips folder ('..')"
    if any(part.strip() in ("", ".") for part in parts):
        return "has an empty part or '.' in it"
    return None


class ClipIndex:
    """The media files under a folder, walked once.

    Hidden files and folders are left out. A linked file counts if what it links to lies inside the folder;
    linked folders are not entered (what lies inside is found at its real place).
    """

    def __init__(self, folder: Path, corpora: Collection[str] = ()) -> None:
        """Walk `folder`.

        Args:
            folder: where the clips are.
            corpora: names of corpora in use; see `find`.

        Raises:
            DatasetError: the folder cannot be read.
        """
        self._root = Path(os.path.realpath(folder))
        self._corpora = frozenset(corpora)
        self._ending: dict[str, list[str]] = {}
        self._leading_out: set[str] = set()
        try:
            with os.scandir(self._root):
                pass
        except OSError as error:
            raise DatasetError(
                f"cannot read the clips folder {folder}: {error.strerror}; name another"
            ) from error
        for path in self._walk():
            for name in (path, _bare(path)):
                parts = _normal(name).split("/")
                for start in range(len(parts)):
                    self._ending.setdefault("/".join(parts[start:]), []).append(path)

    def _walk(self) -> Iterator[str]:
        """Relative paths of media files, with forward slashes, in a stable order."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(self._root / folder) as scan:
                    entries = sorted(scan, key=lambda entry: entry.name)
            except OSError:
                continue  # an unreadable subfolder holds no clips that could be used
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                path = f"{folder}{entry.name}"
                if entry.is_symlink():
                    target = Path(os.path.realpath(entry.path))
                    if not target.is_relative_to(self._root):
                        self._leading_out |= {_normal(path), _normal(_bare(path))}
                    elif target.is_file() and extension(path) in MEDIA_EXTENSIONS:
                        yield path
                elif entry.is_dir():
                    waiting.append(f"{path}/")
                elif entry.is_file() and extension(path) in MEDIA_EXTENSIONS:
                    yield path

    def find(self, clip_id: str, near: Collection[str] = ()) -> Path | None:
        """The file of a clip, or None where there is none.

        Looked for, in this order: a file whose path ends in the id; the same after leaving off the id's
        first folder, its first two, and so on. The id may lack the file's extension. Of several files, the
        one at exactly that path wins, then one under a top folder named in `near`, then video over audio.
        With leading folders left off, a file under another corpus's folder does not count:
        `DFEW/video/1.mp4` is no answer to `MELD/video/1.mp4`.

        Raises:
            ClipMissingError: the id is not acceptable, names a link that leads out of the folder, or could
                mean several files.
        """
        if reason := why_refused(clip_id):
            raise ClipMissingError(f"the clip id {reason}")
        parts = _normal(clip_id).split("/")
        strange = self._corpora - {parts[0]}
        for start in range(len(parts)):
            key = "/".join(parts[start:])
            found = self._ending.get(key, [])
            if start:
                found = [path for path in found if strange.isdisjoint(PurePosixPath(path).parts[:-1])]
            if found:
                return self._best(found, key, near)
        if self._leads_out(parts, near):
            raise ClipMissingError("the clip is a link that leads out of the clips folder")
        return None

    def _best(self, found: list[str], key: str, near: Collection[str]) -> Path:
        def rank(path: str) -> tuple[bool, bool, bool, bool]:
            full, bare = _normal(path), _normal(_bare(path))
            return (
                f"/{full}".endswith(f"/{key}"),
                key in (full, bare),
                path.split("/", 1)[0] in near,
                extension(path) in VIDEO_EXTENSIONS,
            )

        ranks = [rank(path) for path in found]
        top = max(ranks)
        best = [path for path, one in zip(found, ranks, strict=True) if one == top]
        if len(best) > 1:
            such = " and ".join(printable(path) for path in best[:2])
            raise ClipMissingError(f"{len(best)} files could be the clip, such as {such}")
        return self._root / best[0]

    def _leads_out(self, parts: list[str], near: Collection[str]) -> bool:
        if not self._leading_out:
            return False
        ways = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        ways += ["/".join(parts[start:]) for start in range(1, len(parts))]
        ways += [f"{folder}/{way}" for folder in near for way in ways]
        return not self._leading_out.isdisjoint(ways)


def resolve_clip(clip_id: str, folder: Path) -> Path | None:
    """The file that `clip_id` names under `folder`; see `ClipIndex.find`. For many ids, make one index.

    Raises:
        ClipMissingError: the id is not acceptable, leads out of the folder, or could mean several files.
        DatasetError: the folder cannot be read.
    """
    return ClipIndex(folder).find(clip_id)


def _normal(path: str) -> str:
    # Some systems hand out names with accents as separate signs; ids are written either way.
    return unicodedata.normalize("NFC", path)


def extension(path: str) -> str:
    """The ending of a path with forward slashes, in lower case, with its dot."""
    return PurePosixPath(path).suffix.lower()


def _bare(path: str) -> str:
    return path.removesuffix(PurePosixPath(path).suffix)
