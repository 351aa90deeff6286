"""What a run tells the model servers that are started for it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Hosting:
    """What a server must be told that a run starts on this machine."""

    media: Path | None = None
    """Folder of stored media, from which alone it may read files; None: from nowhere."""
    logs: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    """Folder for what it prints; made when it is needed."""
    images: int = 10
    """Most pictures in one request."""

    def places(self, weights: Path | None) -> list[Path]:
        """Folders of this machine that the server knows of: of stored media, and of its weights where it has one."""
        return [place for place in (self.media, weights) if place is not None]
