"""Commands in processes of their own that are forked from one that has loaded the package already.

For tests that start a command many times, to kill it: to load the package takes a second of a processor each time, in
which there is nothing to lose yet. What a forked process does is the same, and so is how it dies.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "cuewise.cli.running",
        "cuewise.cli.ablating",
        "cuewise.models.served_batches",
        "cuewise.models.openai_compatible",
    ]
)


def _command(
    arguments: tuple[str, ...], cwd: Path, environment: Mapping[str, str], output: Path | None
) -> None:
    from cuewise.cli import main

    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing if output is None else os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.dup2(nothing, 2)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["cuewise", *arguments]
    main()


def forked(
    *arguments: str, cwd: Path, environment: Mapping[str, str], output: Path | None = None
) -> BaseProcess:
    """A command under way; what it prints goes to `output`, or nowhere, and its messages nowhere."""
    process = _FORKS.Process(target=_command, args=(arguments, cwd, dict(environment), output))
    process.start()
    return process


def kill_once(process: BaseProcess, reached: Callable[[], bool], delay_s: float = 0.0) -> None:
    """Kill it so long after something holds, or once it has ended by itself."""
    while not reached() and process.is_alive():
        time.sleep(0.001)
    time.sleep(delay_s)
    process.kill()
    process.join()
