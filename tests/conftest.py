"""Fixtures that every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real annotations, clips and parity cases that lies beside the project in CI."""
    if not SHARED.is_dir():
        pytest.skip("the shared data folder does not lie beside the project")
    return SHARED
