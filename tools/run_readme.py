"""Runs the `console` blocks of a Markdown file and compares what they print with what the file says.

In a block, a line that begins with `$ ` is a command (a trailing backslash continues it); the lines below it
are its expected standard output. `...` in an expected line stands for any text, a line of `...` alone for any lines.
Blocks share one fresh working folder. A block preceded by `<!-- not run: reason -->` is left out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(<!-- not run:[^\n]*-->\n+)?```console\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A command and the output that the file promises."""

    command: str
    expected: str


def read_examples(markdown: str) -> list[Example]:
    """All commands of all blocks that are to be run, in order."""
    examples = []
    for block in _BLOCK.finditer(markdown):
        if block[1]:
            continue
        text = block[2].replace("\\\n", " ")
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            examples.append(Example(command.strip(), expected.strip("\n")))
    return examples


def matches(expected: str, printed: str) -> bool:
    """Whether the output is as promised."""
    pattern = ""
    for line in expected.splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.rstrip().split("...")) + r"[ \t]*\n"
    return re.fullmatch(pattern, printed.rstrip("\n") + "\n" if printed.strip() else "") is not None


Run = Callable[[str, Path, Mapping[str, str]], "subprocess.CompletedProcess[str]"]
"""Runs a command in a folder, with an environment; gives its exit code and standard output."""


def in_shell(command: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command as a reader does who types it."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=900,
        check=False,
    )


def main(path: Path, *, run: Run = in_shell, prepare: Callable[[Path], object] | None = None) -> int:
    """Run all examples of a file; returns the number that failed.

    Args:
        run: runs one command.
        prepare: lays into the working folder what is there before the first command.
    """
    folders = path.resolve().parents
    # A page may lie below the project, whose paths its commands name all the same.
    root = next((folder for folder in folders if (folder / "pyproject.toml").exists()), folders[0])
    environment = {
        **os.environ,
        # The commands of the environment that this runs in: its folder, not where a link there leads.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
    }
    examples = read_examples(path.read_text(encoding="utf-8"))
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        # Commands may name the project's own folders, and write beside them without leaving a trace.
        for entry in root.iterdir():
            if not entry.name.startswith("."):
                (Path(folder) / entry.name).symlink_to(entry)
        if prepare is not None:
            prepare(Path(folder))
        for example in examples:
            print(f"$ {example.command}", flush=True)
            done = run(example.command, Path(folder), environment)
            if done.returncode != 0:
                failed += 1
                print(f"  failed with exit code {done.returncode}; it printed:\n{done.stdout}")
            elif example.expected and not matches(example.expected, done.stdout):
                failed += 1
                print(f"  printed something else than the file says:\n{done.stdout}")
    print(f"{len(examples) - failed} of {len(examples)} commands did what {path.name} says")
    return failed or (not examples)


if __name__ == "__main__":
    sys.exit(min(1, main(Path(sys.argv[1]))))
