"""Runs the real command line: in this process, or in one of its own where the process is what is tested.

A process of its own takes half a second to start. Enough tests pay it to show that it starts, is interrupted,
is killed and goes on where another left off; for what a command says and does this process will do.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

from tools.run_readme import in_shell

CUEWISE = (sys.executable, "-c", "from cuewise.cli import main; main()")


def environment(**extra: str) -> dict[str, str]:
    """The environment without anybody's key or workspace."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "CUEWISE_"))}
    return {**mine, "COLUMNS": "100", **extra}


def cuewise(*arguments: str, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command in this process; `extra` goes into its environment. A traceback is raised, not printed."""
    from cuewise.cli import main

    output, messages = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        mock.patch.dict(os.environ, environment(**extra), clear=True),
        mock.patch.object(sys, "argv", ["cuewise", *arguments]),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(messages),
    ):
        try:
            main()
        except SystemExit as ended:
            assert isinstance(ended.code, int)
            code = ended.code
    return subprocess.CompletedProcess(arguments, code, output.getvalue(), messages.getvalue())


def cuewise_process(*arguments: str, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own; `extra` goes into its environment."""
    return subprocess.run(
        [*CUEWISE, *arguments],
        cwd=cwd,
        env=environment(**extra),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def typed(command: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line as a shell does; where it is one command of `cuewise` alone, in this process.

    Of a shell's grammar `$(cat FILE)`, `> FILE` and `2> FILE` are known for that; any other line goes to a shell.
    """
    line = re.sub(r"\$\(cat (\S+)\)", lambda found: (folder / found[1]).read_text().rstrip("\n"), command)
    into = {sign: folder / name for sign, name in re.findall(r" (2?>) (\S+)", line)}
    line = re.sub(r" 2?> \S+", "", line)
    if not line.startswith("cuewise ") or re.search(r"[|&;<>$`*]", line):
        return in_shell(command, folder, environment)
    done = cuewise(*shlex.split(line)[1:], cwd=folder)
    for sign, text in ((">", done.stdout), ("2>", done.stderr)):
        if sign in into:
            into[sign].write_text(text)
    return subprocess.CompletedProcess(
        command, done.returncode, "" if ">" in into else done.stdout, done.stderr
    )
