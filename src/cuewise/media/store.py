"""Where decoded media lies: every piece once, named by its content, shared by all runs and processes.

::

    root/
      pieces/3f/3fa9...c2.jpg        frames and sound
      clips-2/7b/7b01...9e.KEY.json  what a clip gave under the rule KEY (`ClipMedia`), with a treatment's key
                                     behind it where that degraded it; or the clip as one file (`ClipFile`)
                                     under `file-sound` and `file-mute`
      hashes.jsonl                   hashes of clip files, by path, size and time of change
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import threading
import uuid
from collections import OrderedDict
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from cuewise.errors import MediaError
from cuewise.media.files import check_file, hash_file
from cuewise.media.rules import FrameRule
from cuewise.media.treatments import Treatment
from cuewise.records import ClipFile, ClipMedia, MediaRef

_DECODING_VERSION = 2
"""To be raised whenever the same clip and rule would be decoded or measured differently."""
_SUFFIXES = {
    "image/jpeg": ".jpg",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-flv": ".flv",
    "video/x-msvideo": ".avi",
}
_CACHE_BYTES = 8 * 2**20
_RULE_KEY = re.compile(r"[a-z]+-[a-z0-9.-]+")
"""What a rule's key is made of; a manifest is a file like any other, and may say what it likes."""


class MediaStore:
    """Content-addressed store in a folder. Safe for several threads and processes at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._pieces = str(root / "pieces")
        self._lock = threading.Lock()
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._recent_bytes = 0
        self._checked: dict[str, tuple[int, int, int]] = {}

    # --- pieces ---

    def put(self, data: bytes, mime: str) -> MediaRef:
        """Keep `data` and name it. What is already there is not written again.

        Raises:
            ValueError: a kind of media that is not kept here.
            OSError: the folder cannot be written.
        """
        ref = MediaRef(sha256=hashlib.sha256(data).hexdigest(), mime=mime, size_bytes=len(data))
        if not _has_size(self._name(ref), ref.size_bytes):
            _write(self.path(ref), data)
        return ref

    def put_file(self, path: Path, ref: MediaRef) -> None:
        """Keep a file whole, under the name of its content. It is linked where the disk allows it, so that a clip does
        not lie there twice.

        Raises:
            ValueError: a kind of media that is not kept here.
            OSError: the folder cannot be written.
        """
        kept = self.path(ref)
        if _has_size(str(kept), ref.size_bytes):
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_name(f".{uuid.uuid4().hex}.part")
        try:
            try:
                os.link(path.resolve(), part)
            except OSError:
                shutil.copyfile(path, part)
            part.replace(kept)
        finally:
            part.unlink(missing_ok=True)

    def path(self, ref: MediaRef) -> Path:
        """Where a piece lies.

        Raises:
            ValueError: a kind of media that is not kept here.
        """
        return Path(self._name(ref))

    def _name(self, ref: MediaRef) -> str:
        # Text, because every call with pictures looks up a dozen pieces, and a Path costs more than its stat.
        if ref.mime not in _SUFFIXES:
            raise ValueError(f"media of type {ref.mime!r} is not kept; known are {', '.join(_SUFFIXES)}")
        return f"{self._pieces}/{ref.sha256[:2]}/{ref.sha256}{_SUFFIXES[ref.mime]}"

    def read(self, ref: MediaRef) -> bytes:
        """The bytes of a piece. The latest 8 MB read are kept in memory.

        Raises:
            MediaError: it is missing or is not what it was.
        """
        with self._lock:
            if (data := self._recent.get(ref.sha256)) is not None:
                self._recent.move_to_end(ref.sha256)
                return data
        try:
            with open(self._name(ref), "rb") as file:  # noqa: PTH123 - see _name
                data = file.read()
        except OSError as error:
            raise self._unreadable(ref, error) from error
        if hashlib.sha256(data).hexdigest() != ref.sha256:
            raise self._damaged(ref)
        self._remember(ref.sha256, data)
        return data

    def checked_path(self, ref: MediaRef) -> Path:
        """Where a piece lies that somebody else will read. It is read here before, to see that it is what it was, and
        read again where its file has changed since: a linked clip changes with the user's own.

        Raises:
            MediaError: it is missing or is not what it was.
        """
        path = self.path(ref)
        try:
            status = path.stat()
            state = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if self._checked.get(ref.sha256) == state:
                return path
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self._unreadable(ref, error) from error
        if sha256 != ref.sha256:
            raise self._damaged(ref)
        self._checked[ref.sha256] = state
        return path

    def _unreadable(self, ref: MediaRef, error: OSError) -> MediaError:
        return MediaError(
            f"stored media {self.path(ref).name} cannot be read ({error.strerror}): run again to decode its clip anew"
        )

    def _damaged(self, ref: MediaRef) -> MediaError:
        place = self.path(ref).relative_to(self.root.parent)
        return MediaError(
            f"stored media {place.name} is damaged: delete {place.as_posix()} in the workspace and run again"
        )

    def _remember(self, sha256: str, data: bytes) -> None:
        with self._lock:
            if len(data) > _CACHE_BYTES or sha256 in self._recent:
                return
            self._recent[sha256] = data
            self._recent_bytes += len(data)
            while self._recent_bytes > _CACHE_BYTES:
                _, oldest = self._recent.popitem(last=False)
                self._recent_bytes -= len(oldest)

    # --- clips ---

    def save(
        self, clip_sha256: str, rule: FrameRule, media: ClipMedia, treatment: Treatment | None = None
    ) -> None:
        """Remember what a clip gave under a rule, or what a treatment made of it; its pieces must have been put before.

        Raises:
            OSError: the folder cannot be written.
        """
        _write(self._clip_path(clip_sha256, _key(rule, treatment)), media.model_dump_json().encode())

    def lookup(
        self, clip_sha256: str, rule: FrameRule, treatment: Treatment | None = None
    ) -> ClipMedia | None:
        """What was saved; None where nothing was, or where it is not whole any more and must be made anew."""
        return self._saved(clip_sha256, _key(rule, treatment))

    def lookup_key(self, clip_sha256: str, rule_key: str) -> ClipMedia | None:
        """What was saved of a clip as it is, by the key of the rule, as manifests keep it.

        Args:
            rule_key: as `FrameRule.key` gives it; any other text finds nothing.
        """
        return self._saved(clip_sha256, rule_key) if _RULE_KEY.fullmatch(rule_key) else None

    def _saved(self, clip_sha256: str, key: str) -> ClipMedia | None:
        try:
            text = self._clip_path(clip_sha256, key).read_bytes()
            media = ClipMedia.model_validate_json(text)
        except (OSError, ValidationError):
            return None
        pieces = [frame.image for frame in media.frames]
        if media.audio is not None:
            pieces.append(media.audio.wav)
        return media if all(_has_size(self._name(ref), ref.size_bytes) for ref in pieces) else None

    def save_file(self, clip_sha256: str, with_sound: bool, file: ClipFile) -> None:
        """Remember a clip as one file; its piece must have been put before.

        Raises:
            OSError: the folder cannot be written.
        """
        _write(self._clip_path(clip_sha256, _file_key(with_sound)), file.model_dump_json().encode())

    def lookup_file(self, clip_sha256: str, with_sound: bool) -> ClipFile | None:
        """What was saved; None where nothing was, or where its piece is not there any more."""
        try:
            text = self._clip_path(clip_sha256, _file_key(with_sound)).read_bytes()
            file = ClipFile.model_validate_json(text)
        except (OSError, ValidationError):
            return None
        return file if _has_size(self._name(file.media), file.media.size_bytes) else None

    def _clip_path(self, clip_sha256: str, key: str) -> Path:
        folder = self.root / f"clips-{_DECODING_VERSION}" / clip_sha256[:2]
        return folder / f"{clip_sha256}.{key}.json"

    # --- hashes ---

    def clip_sha256(self, path: Path) -> str:
        """Hash of a clip file, read again only where its size or its time of change is another.

        Raises:
            ClipMissingError: there is no such regular file.
            ClipBrokenError: it is empty or cannot be read.
        """
        name, size, changed = _identity(path)
        known = self._known_hash(name, size, changed)
        if known is not None:
            return known
        sha256 = hash_file(path)
        line = json.dumps([name, size, changed, sha256]) + "\n"
        with self._lock:
            self._hashes[name] = (size, changed, sha256)
            # A hash that cannot be kept is computed again. One short write at the end of the file: lines of
            # several processes do not mix.
            with contextlib.suppress(OSError):
                self.root.mkdir(parents=True, exist_ok=True)
                with self.hashes_path.open("ab", buffering=0) as file:
                    file.write(line.encode())
        return sha256

    def known_sha256(self, path: Path) -> str | None:
        """Hash of a clip file as far as it can be told without reading the file.

        Raises:
            ClipMissingError: there is no such regular file.
            ClipBrokenError: it is empty.
        """
        return self._known_hash(*_identity(path))

    def _known_hash(self, name: str, size: int, changed: int) -> str | None:
        with self._lock:
            known = self._hashes.get(name)
        return known[2] if known is not None and known[:2] == (size, changed) else None

    @cached_property
    def _hashes(self) -> dict[str, tuple[int, int, str]]:
        """By path: size, time of change, hash."""
        return read_hashes(self.hashes_path)

    @property
    def hashes_path(self) -> Path:
        return self.root / "hashes.jsonl"


def _key(rule: FrameRule, treatment: Treatment | None) -> str:
    return rule.key() if treatment is None else f"{rule.key()}+{treatment.key()}"


def _file_key(with_sound: bool) -> str:
    return "file-sound" if with_sound else "file-mute"


def read_hashes(path: Path) -> dict[str, tuple[int, int, str]]:
    """What `hashes.jsonl` says of each clip file, by path: size in bytes, time of change in ns, hash.

    Later lines count; a line that is not whole counts for nothing.
    """
    hashes: dict[str, tuple[int, int, str]] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return hashes
    for line in lines:
        try:
            name, size, changed, sha256 = json.loads(line)
        except (ValueError, TypeError):
            continue
        if isinstance(name, str) and isinstance(sha256, str) and len(sha256) == 64:
            hashes[name] = (size, changed, sha256)
    return hashes


def _identity(path: Path) -> tuple[str, int, int]:
    """(full path, size, time of change): what tells a file from an earlier one in its place."""
    status = check_file(path)
    return str(path.absolute()), status.st_size, status.st_mtime_ns


def _has_size(name: str, size: int) -> bool:
    try:
        return os.stat(name).st_size == size  # noqa: PTH116 - see MediaStore._name
    except OSError:
        return False


def _write(path: Path, data: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
