"""Runs a command that is not to outlive whoever started it: `python guard.py GRACE_S COMMAND...`

Started as a file of its own, with nothing but the standard library, so that the command gets the environment as it
is. The command is ended when this process's standard input ends, which it does with the process at its other end,
however that dies. It is asked to end first, and killed with all its group after `GRACE_S` seconds. What it leaves
running when it ends by itself is killed too. The exit status is the command's: 127 where it cannot be started, 128
and the signal's number where a signal ended it.

A child that makes itself a session of its own escapes, and nothing guards the guard: a `kill -9` of this process
leaves the command running.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence


def main(grace_s: float, command: Sequence[str]) -> int:
    """Run the command to its end, or to that of standard input."""
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 127

    def end() -> None:
        _signal_group(child, signal.SIGTERM)
        try:
            child.wait(grace_s)
        except subprocess.TimeoutExpired:
            _signal_group(child, signal.SIGKILL)

    def end_with_input() -> None:
        while os.read(0, 4096):
            pass
        end()

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=end, daemon=True).start())
    threading.Thread(target=end_with_input, daemon=True).start()
    status = child.wait()
    _signal_group(child, signal.SIGKILL)
    return status if status >= 0 else 128 - status


def _signal_group(leader: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to all that still run in the group of a process."""
    with contextlib.suppress(
        ProcessLookupError, PermissionError
    ):  # the second where only a zombie is left, on macOS
        os.killpg(leader.pid, number)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
