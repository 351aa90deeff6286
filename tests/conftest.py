"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# Or each process that a test starts, and each worker of pytest, would compile the whole package anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Machines are slow at times, so no example has a deadline; what finds new examples at a desk repeats in CI.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real annotations, clips and parity cases that lies beside the project in CI."""
    if not SHARED.is_dir():
        pytest.skip("the shared data folder does not lie beside the project")
    return SHARED


Decoded = Callable[[Path], Path]


@pytest.fixture(scope="session")
def decoded(tmp_path_factory: pytest.TempPathFactory) -> Decoded:
    """Lays the shipped clips' frames and sounds into a workspace, as an earlier run leaves them; returns the workspace.

    Decoded once for all tests that are not about decoding: that and its processes cost more than most runs.
    The files are links to ones that all these tests share. The store replaces files and changes none; nor may a test.
    """
    from cuewise.demo import demo_data
    from cuewise.media.rules import FrameRule
    from cuewise.media.store import MediaStore
    from cuewise.media.worker import prepare_clip

    store = MediaStore(tmp_path_factory.mktemp("decoded"))
    for clip in sorted((demo_data() / "clips").iterdir()):
        prepare_clip(store, clip, store.clip_sha256(clip), FrameRule())

    def lay(workspace: Path) -> Path:
        shutil.copytree(store.root, workspace / "media", copy_function=os.link)
        return workspace

    return lay
