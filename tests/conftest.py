"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
