"""Tiny models of each kind, written once per session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.hf_calls import Clips

NEEDED = "needs the extra hf: make test-hf"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny model: `text`, `image`, `video`, `audio` or `omni`.

    Skips where the packages that it needs are missing.
    """
    pytest.importorskip("torch", reason=NEEDED)
    pytest.importorskip("transformers", reason=NEEDED)
    from support import tiny_models

    root = tmp_path_factory.mktemp("models")
    no_videos = tiny_models.load_torchvision()

    def save(kind: str) -> Path:
        if kind in ("video", "omni") and no_videos:
            pytest.skip(no_videos)
        folder = root / kind
        if not folder.exists():
            getattr(tiny_models, f"save_{kind}")(folder)
        return folder

    return save


@pytest.fixture
def clips() -> Clips:
    return Clips()
