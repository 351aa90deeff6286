"""Fixtures that every test may use."""

from __future__ import annotations

import gc
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

# As many tests run at once as there are cores; NumPy's own threads would spin for a core that is taken. It reads this
# when it is first imported, which is after this line.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Tests make millions of records that live to a test's end; looking through them all the while was a sixth of the time.
gc.set_threshold(20_000, 10, 10)

# Machines are slow at times, so no example has a deadline; what finds new examples at a desk repeats in CI.
# By night, or before a release: pytest --hypothesis-profile=thorough
settings.register_profile("desk", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=1000)
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
