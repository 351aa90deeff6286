"""The pictures that a report shows; a module of its own, as all that runs need takes longer to load."""

from __future__ import annotations

from pathlib import Path

from cuewise.media.store import MediaStore
from cuewise.models.protocol import ReadMedia
from cuewise.runs.workspace import Workspace


def media_reader(workspace: Path) -> ReadMedia:
    """Reads stored frames for a report."""
    return MediaStore(Workspace(workspace).media_path).read
