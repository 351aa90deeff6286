"""The clips that ship with Cuewise: drawn talking faces with synthetic voices, annotated by construction."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def demo_data() -> Path:
    """The folder that holds `manifest.jsonl` and `clips/`; `README.md` in it says how they were made."""
    return Path(str(files(__name__))) / "demo-clips"
