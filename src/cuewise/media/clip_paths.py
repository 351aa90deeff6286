"""The files of clips that a workspace has decoded, found by hash.

A workspace knows the hash of every clip that it decoded, with the file's path, size and time of change. A file that
has changed since is another clip, and is not found.
"""

from __future__ import annotations

import threading
from pathlib import Path

from cuewise.media.store import MediaStore, read_hashes


class ClipPaths:
    """Files of clips by hash. Safe for several threads; what is decoded meanwhile is found too."""

    def __init__(self, store: MediaStore) -> None:
        self._list = store.hashes_path
        self._lock = threading.Lock()
        self._read: tuple[int, int] | None = None
        self._known: dict[str, list[tuple[Path, int, int]]] = {}

    def find(self, sha256: str) -> Path | None:
        """The file of a clip; None where none is known, or it is not there or not the same any more."""
        with self._lock:
            self._take_in()
            candidates = self._known.get(sha256, [])
        for path, size, changed in candidates:
            try:
                status = path.stat()
            except OSError:
                continue
            if (status.st_size, status.st_mtime_ns) == (size, changed):
                return path
        return None

    def _take_in(self) -> None:
        """Read the list again if it has changed."""
        try:
            status = self._list.stat()
        except OSError:
            return
        version = status.st_size, status.st_mtime_ns
        if version == self._read:
            return
        known: dict[str, list[tuple[Path, int, int]]] = {}
        for name, (size, changed, sha256) in read_hashes(self._list).items():
            known.setdefault(sha256, []).append((Path(name), size, changed))
        self._read, self._known = version, known
