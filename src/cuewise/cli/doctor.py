"""`cuewise doctor`: is this machine ready?"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cuewise.cli import options as opt

MIN_SQLITE = (3, 35)
LOW_DISK_BYTES = 2 * 1024**3
EXTRAS = {
    "hf": ("torch", "transformers", "pillow"),
    "asr": ("faster-whisper",),
    "hub": ("huggingface_hub",),
    "viewer": ("starlette", "uvicorn"),
}
"""Packages of each extra, and what asks for it: models in this process, `--transcribe`, datasets of the hub, `view` and
`study serve`."""


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    found: str
    advice: str = ""
    """What to do where it is not well."""


def doctor_command(workspace: opt.WorkspaceOption = opt.WORKSPACE, json: opt.JsonOption = False) -> None:
    """Check that this machine can decode, measure, store and reach models; prints no key."""
    checks = [*_software(), *_decoding(), *_storage(workspace), *_extras(), *_keys()]
    if json:
        from cuewise.cli.output import print_json

        print_json({"checks": [vars(check) for check in checks], "ok": all(check.ok for check in checks)})
    else:
        from rich.markup import escape

        from cuewise.cli.output import new_console, new_table

        table = new_table()
        for heading in ("Check", "", "Found", "What to do"):
            table.add_column(heading)
        for check in checks:
            mark = "[green]ok[/]" if check.ok else "[red]no[/]"
            table.add_row(check.name, mark, escape(check.found), "" if check.ok else escape(check.advice))
        new_console().print(table)
    sys.exit(0 if all(check.ok for check in checks) else 1)


def _software() -> Iterator[Check]:
    import sqlite3
    from importlib.metadata import version
    from platform import python_version

    yield Check("Python", sys.version_info >= (3, 11), python_version(), "Install Python 3.11 or newer.")
    recent = sqlite3.sqlite_version_info[:2] >= MIN_SQLITE
    yield Check("SQLite", recent, sqlite3.sqlite_version, "" if recent else "Use a newer build of Python.")
    for package in ("aiohttp", "av", "numpy", "simplejpeg"):
        yield Check(package, True, version(package))


def _decoding() -> Iterator[Check]:
    """Decode one shipped clip all the way."""
    from cuewise.demo import demo_data
    from cuewise.media.decode import decode_clip
    from cuewise.media.rules import FrameRule

    clip = sorted(demo_data().glob("clips/*.mp4"))[0]
    try:
        decoded = decode_clip(clip, FrameRule(), sha256="0" * 64)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the installation is the finding
        yield Check("Decoding", False, str(error), "Reinstall the package av.")
        return
    found = (
        f"{len(decoded.pictures)} frames and {decoded.facts.duration_s:.1f} s of sound from a shipped clip"
    )
    yield Check("Decoding", True, found)


def _storage(workspace: Path) -> Iterator[Check]:
    import shutil

    folder = workspace
    while not folder.exists():
        folder = folder.parent if folder.parent != folder else Path.cwd()
    writable = os.access(folder, os.W_OK)
    yield Check("Workspace", writable, str(workspace), "" if writable else "Choose another --workspace.")
    free = shutil.disk_usage(folder).free
    enough = free >= LOW_DISK_BYTES
    yield Check("Disk", enough, f"{free / 1024**3:.0f} GiB free", "" if enough else "Free some space.")


def _extras() -> Iterator[Check]:
    """What is not needed by all: only said whether it is there, and how it is had."""
    from importlib.metadata import PackageNotFoundError, version

    from cuewise.models.vllm_server import find_executable

    for extra, packages in EXTRAS.items():
        try:
            found = ", ".join(f"{package} {version(package)}" for package in packages)
        except PackageNotFoundError:
            found = f"not installed: pip install 'cuewise[{extra}]'"
        yield Check(f"Extra {extra}", True, found)
    there = find_executable("vllm", os.environ) is not None
    yield Check(
        "Command vllm",
        True,
        "installed" if there else "not installed: needed for vllm/ models alone; pip install vllm",
    )


def _keys() -> Iterator[Check]:
    """Keys are optional: only said whether they are there."""
    from cuewise.models.registry import PROVIDERS

    for provider in PROVIDERS:
        if provider.key_variable is not None and provider.name != "openai-api":  # whose key has any name
            variable, key = provider.key(os.environ)
            yield Check(
                variable, True, "set" if key else f"not set: needed for {provider.name}/ models alone"
            )
