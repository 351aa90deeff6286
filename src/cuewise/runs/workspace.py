"""A workspace: the folder that holds the calls, the decoded media and the runs.

::

    WORKSPACE/
      calls.sqlite            every completion that was paid for, whatever the run
      media/                  frames and sound, by content
      answers/NAME.jsonl      imported answers
      runs/NAME/
        manifest.json         what was run, with what
        outcomes.sqlite       how each sample ended
        digest.json           what they come to; made again where it is missing
        report.html
      studies/NAME/
        study.json            what raters are shown; frozen
        ratings.sqlite        what they said
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cuewise.errors import RunError
from cuewise.runs.manifest import Manifest

DEFAULT = Path("cuewise-workspace")

LOOK_S = 0.5
"""A process that is to write a run waits so long for those that only look whether it is held."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")


class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.manifest_path = path / "manifest.json"
        self.outcomes_path = path / "outcomes.sqlite"
        self.digest_path = path / "digest.json"
        self.report_path = path / "report.html"
        self.lock_path = path / "lock.sqlite"

    @property
    def workspace(self) -> Workspace:
        """The workspace that it lies in."""
        return Workspace(self.path.parent.parent)

    def exists(self) -> bool:
        return self.manifest_path.is_file()

    def manifest(self) -> Manifest:
        """Read the manifest.

        Raises:
            RunError: it is missing or unreadable.
        """
        return Manifest.read(self.manifest_path)

    def is_held(self) -> bool:
        """Whether a process is writing the run at this moment. The run is not disturbed by being looked at."""
        if not self.lock_path.exists():
            return False
        try:
            with closing(
                sqlite3.connect(f"{self.lock_path.resolve().as_uri()}?mode=ro", uri=True, timeout=0)
            ) as db:
                db.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.Error as error:  # of which a damaged file is another
            return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
        return False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for writing; the lock ends with the process, however it ends.

        Raises:
            RunError: another process holds it, or the folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # SQLite's own lock works on every platform and is gone after kill -9. Whoever only looks whether the
            # run is held has a share in it for an instant, which is waited for.
            lock = sqlite3.connect(self.lock_path, timeout=LOOK_S, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise RunError(f"run {self.name} cannot be written: {error}") from error
        try:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise RunError(
                    f"run {self.name} is being written by another process; wait for it, or name another run"
                    " with --run"
                ) from error
            yield
        finally:
            lock.close()


LISTED = 20
"""Runs that a message names at most."""


class Workspace:
    """Paths inside a workspace folder; nothing is created until it is written to."""

    def __init__(self, root: Path = DEFAULT) -> None:
        self.root = root
        self.calls_path = root / "calls.sqlite"
        self.media_path = root / "media"
        self.answers_path = root / "answers"
        self.runs_path = root / "runs"
        self.logs_path = root / "logs"
        self.studies_path = root / "studies"

    def run(self, name: str) -> RunFolder:
        """The folder of a run, existing or not.

        Raises:
            RunError: the name would not be a plain folder name.
        """
        return RunFolder(self.runs_path / folder_name(name, "a run"))

    def existing_run(self, name: str) -> RunFolder:
        """The folder of a run that was begun.

        Raises:
            RunError: there is none by that name; the message lists those there are.
        """
        folder = self.run(name)
        if not folder.exists():
            names = [run.name for run in self.runs()]
            close = difflib.get_close_matches(name, names, n=3)
            hint = f"did you mean {' or '.join(close)}? " if close else ""
            listed = ", ".join(names[:LISTED]) or "none"
            more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
            raise RunError(f"there is no run {name!r} in this workspace; {hint}there are: {listed}{more}")
        return folder

    def runs(self) -> list[RunFolder]:
        """Runs that were begun, by name."""
        if not self.runs_path.is_dir():
            return []
        folders = (RunFolder(path) for path in sorted(self.runs_path.iterdir()))
        return [folder for folder in folders if folder.exists()]


def folder_name(name: str, of: str) -> str:
    """The name, where it is a plain name for a folder.

    Args:
        of: what it names, for the message.

    Raises:
        RunError: it is not.
    """
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise RunError(f"{name!r} is no name for {of}: use letters, digits, and . _ + - inside, at most 128")
    return name


def slug(text: str) -> str:
    """A readable piece of a run's name from any text."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")[:60] or "model"
