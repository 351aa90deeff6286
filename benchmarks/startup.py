"""How long `cuewise --help` takes, beside an interpreter that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BAR_S = 0.3
REPEATS = 15


def seconds(*command: str) -> float:
    """Wall time of a command."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> int:
    """Print the medians; returns 1 where the bar is missed."""
    help_ = (
        sys.executable,
        "-c",
        "import sys; sys.argv = ['cuewise', '--help']; from cuewise.cli import main; main()",
    )
    pairs = [(seconds(*help_), seconds(sys.executable, "-c", "pass")) for _ in range(REPEATS)]
    ours = statistics.median(a for a, _ in pairs)
    nothing = statistics.median(b for _, b in pairs)
    print(f"cuewise --help {ours:.3f} s   an empty program {nothing:.3f} s   ratio {ours / nothing:.1f}")
    print(f"{'met   ' if ours < BAR_S else 'MISSED'} cuewise --help under {BAR_S} s")
    return int(ours >= BAR_S)


if __name__ == "__main__":
    sys.exit(main())
