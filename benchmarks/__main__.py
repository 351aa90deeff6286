"""Runs all benchmarks, each in a process of its own; exits with the number of bars that are missed."""

from __future__ import annotations

import subprocess
import sys

MODULES = ("startup", "decode", "engine", "report", "agreement", "viewer_list", "viewer")

missed = 0
for module in MODULES:
    print(f"== {module}", flush=True)
    missed += subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], check=False).returncode
sys.exit(min(missed, 100))
