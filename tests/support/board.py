"""A leaderboard that was written, to be read by tests."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cuewise.reports.leaderboard.entries import Entry

HOSTILE = "</script><img src=x onerror=\"document.title='hacked'\">"


@dataclass(frozen=True)
class Board:
    """A leaderboard that was written."""

    folder: Path
    entries: list[Entry]

    def page(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.page("data/leaderboard.json"))
        return data

    def files(self) -> dict[str, str]:
        """Hash of each file by its place."""
        return {
            path.relative_to(self.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
