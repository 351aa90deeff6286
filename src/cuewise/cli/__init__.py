"""The command line: one module per command, each a thin layer over the package.

Results go to standard output, progress and messages to standard error. Exit codes: 0 done, 1 finished with
coverage below the bound, 2 bad usage or bad input, 130 interrupted (run the same command again to go on),
141 nobody reads the output any more.
"""

from __future__ import annotations

from cuewise.cli.app import main

__all__ = ["main"]
