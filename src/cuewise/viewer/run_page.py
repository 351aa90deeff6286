"""The page of one run: how far it is while it is under way, and what it came to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from cuewise.errors import RunError
from cuewise.records import OutcomeKind
from cuewise.reports.formats import share
from cuewise.reports.methods import methods_of
from cuewise.reports.private import scrub, scrub_all, scrub_command, shown_settings
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.runs.manifest import Manifest
from cuewise.runs.workspace import RunFolder
from cuewise.viewer.addresses import Listing
from cuewise.viewer.filters import Disagreement, Filters, Rightness
from cuewise.viewer.live import live_view
from cuewise.viewer.not_found import NotFoundError
from cuewise.viewer.rows import RunRow
from cuewise.viewer.run_state import RunState
from cuewise.viewer.runs_page import run_line
from cuewise.viewer.site import Site

REPORT_POLICY = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""A report is one file with its own script. It runs in an origin of its own, from which it reaches nothing here."""


@dataclass(frozen=True)
class OutcomeLink:
    """Answers that ended in one way, and the list of them."""

    kind: str
    words: str
    lies_with: str
    number: int
    percent: str
    url: str


def run_page(site: Site, request: Request) -> Response:
    """`/runs/RUN`."""
    folder, row = _found(site, request)
    line = run_line(site.workspace, row)
    manifest = site.manifest(folder)
    live = live_view(site, row, line) if line.state is RunState.UNDER_WAY else None
    view, problem = None, ""
    if live is None and row.outcomes:
        try:
            view = site.summaries.of(folder)
        except RunError as error:  # all else of the run can be shown
            problem = scrub(str(error))
    against = request.query_params.get("against", "")
    return site.page(
        "run_page.html",
        "runs",
        line=line,
        live=live,
        outcomes=_outcomes(row),
        runs=() if view is None else (view,),
        many=False,
        problem=problem,
        waits=live is None and view is None and row.outcomes > 0 and not problem,
        right_urls=_by_rightness(row.name),
        methods=methods_of(manifest),
        command=scrub_command(manifest.command),
        manifest=json.dumps(scrub_all(manifest.model_dump(mode="json")), indent=2, ensure_ascii=False),
        others=[other.name for other in site.index.runs() if other.name != row.name],
        against=against,
        differences=_differences(site, manifest, against),
    )


def live_json(site: Site, request: Request) -> Response:
    """`/runs/RUN/live.json`: how far it is, as numbers and as a piece of its page."""
    _, row = _found(site, request)
    line = run_line(site.workspace, row)
    live = live_view(site, row, line)
    html = site.pages.text("live.html", live=live, line=line, outcomes=_outcomes(row))
    return JSONResponse({**live.to_json(), "html": html})


def report(site: Site, request: Request) -> Response:
    """`/runs/RUN/report.html`, as it was written."""
    folder, _ = _found(site, request)
    if not folder.report_path.is_file():
        raise NotFoundError(f"run {folder.name} has no report: `cuewise report` writes one")
    headers = {
        "Content-Security-Policy": REPORT_POLICY,
        # Browsers refuse pages that are shut in and ask for a group of their own.
        "Cross-Origin-Opener-Policy": "unsafe-none",
    }
    return FileResponse(folder.report_path, media_type="text/html", headers=headers)


def _found(site: Site, request: Request) -> tuple[RunFolder, RunRow]:
    """
    Raises:
        NotFoundError: there is no such run, its manifest cannot be read, or the index does not have it yet.
    """
    folder = site.run(request.path_params["run"])
    site.looked()
    row = site.run_row(folder.name)
    if row is None:
        raise NotFoundError(f"run {folder.name} is not in the index yet, or its manifest cannot be read")
    return folder, row


def _outcomes(row: RunRow) -> list[OutcomeLink]:
    links = []
    for kind, (words, lies_with) in OUTCOMES.items():
        number = row.kinds.get(kind, 0)
        if number or kind is OutcomeKind.SCORED:
            url = Listing(Filters(runs=(row.name,), kinds=(kind,))).url
            links.append(OutcomeLink(kind.value, words, lies_with, number, share(number, row.outcomes), url))
    return links


def _by_rightness(run: str) -> Sequence[tuple[str, str]]:
    lists = [
        (f"label {one.value}", Filters(runs=(run,), rightness=(one,)))
        for one in (Rightness.WRONG, Rightness.RIGHT)
    ]
    lists.append(("where other runs differ", Filters(runs=(run,), disagreements=(Disagreement.RUNS,))))
    return [(words, Listing(filters).url) for words, filters in lists]


def _differences(site: Site, manifest: Manifest, against: str) -> list[tuple[str, str]] | None:
    """Settings that are not those of another run; None where none is named.

    Raises:
        NotFoundError: there is no such run.
    """
    if not against:
        return None
    other, own = site.manifest(site.run(against)).settings, manifest.settings
    found = shown_settings(other).differences(shown_settings(own))
    return [
        (name.replace("_", " "), found.get(name, "differs in what is not shown"))
        for name in other.differences(own)
    ]
