"""Runs the real command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CUEWISE = (sys.executable, "-c", "from cuewise.cli import main; main()")


def environment(**extra: str) -> dict[str, str]:
    """The environment without anybody's key or workspace."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "CUEWISE_"))}
    return {**mine, "COLUMNS": "100", **extra}


def cuewise(*arguments: str, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command; `extra` goes into its environment."""
    return subprocess.run(
        [*CUEWISE, *arguments],
        cwd=cwd,
        env=environment(**extra),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
