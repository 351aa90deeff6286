"""What all pages of one workspace share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cuewise.errors import RunError
from cuewise.media.clip_paths import ClipPaths
from cuewise.media.store import MediaStore
from cuewise.reports.private import scrub
from cuewise.runs.manifest import Manifest
from cuewise.runs.workspace import RunFolder, Workspace
from cuewise.study.folder import StudyFolder, studies
from cuewise.study.progress import progress
from cuewise.viewer.index import ViewIndex
from cuewise.viewer.indexing import PATIENCE_S, Indexing
from cuewise.viewer.kept import Kept
from cuewise.viewer.not_found import NotFoundError
from cuewise.viewer.rows import RunRow
from cuewise.viewer.run_state import Pace
from cuewise.viewer.summaries import Summaries
from cuewise.web.pages import Pages

ASSETS: Final = ("sample.css", "sample.js", "viewer.css", "list.js", "live.js", "again.js")
KEPT: Final = 200
"""Manifests and studies that are kept read."""

_States = tuple[tuple[int, int] | None, ...]
"""Size and time of change of files; None where there is none."""


class Site:
    """The workspace, its index and what is kept from one page to the next. May be used by several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.index = ViewIndex(workspace)
        self.indexing = Indexing(self.index)
        self.media = MediaStore(workspace.media_path)
        self.clips = ClipPaths(self.media)
        self.summaries = Summaries()
        self.pace = Pace()
        self.pages = Pages("cuewise.viewer", ASSETS)
        self._manifests: Kept[tuple[str, _States], Manifest] = Kept(KEPT)
        self._studies: Kept[tuple[str, _States], dict[str, Any]] = Kept(KEPT)

    def close(self) -> None:
        self.indexing.close()
        self.summaries.close()
        self.index.close()

    def looked(self, patience_s: float = PATIENCE_S) -> bool:
        """Have the index brought up to date; whether it is."""
        return self.indexing.look(patience_s)

    def run(self, name: str) -> RunFolder:
        """The folder of a run.

        Raises:
            NotFoundError: there is none by that name.
        """
        try:
            return self.workspace.existing_run(name)
        except RunError as error:
            raise NotFoundError(str(error)) from error

    def run_row(self, name: str) -> RunRow | None:
        """What the index knows of a run."""
        return next((row for row in self.index.runs() if row.name == name), None)

    def manifest(self, folder: RunFolder) -> Manifest:
        """A run's manifest, read again when it changed.

        Raises:
            RunError: it cannot be read.
        """
        return self._manifests.get((folder.name, _states(folder.manifest_path)), folder.manifest)

    def study(self, folder: StudyFolder) -> dict[str, Any]:
        """A study in numbers, see `study.progress`, counted again when it changed.

        Raises:
            RunError: it or its ratings cannot be read.
        """
        ratings = folder.ratings_path
        states = _states(folder.study_path, ratings, ratings.with_name(f"{ratings.name}-wal"))
        return self._studies.get((folder.name, states), lambda: progress(folder))

    def page(self, template: str, here: str, status: int = 200, **values: object) -> Response:
        """A page with the menu, and with what is wrong with the index.

        Args:
            here: which entry of the menu it belongs to.
        """
        indexing = self.indexing
        return self.pages.page(
            template,
            status,
            here=here,
            has_studies=bool(studies(self.workspace)),
            progress=indexing.progress,
            index_error=scrub(indexing.error),
            **values,
        )


Handler = Callable[[Site, Request], Response]


def _states(*paths: Path) -> _States:
    found: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)
