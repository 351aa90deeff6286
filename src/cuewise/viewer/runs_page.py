"""The page of all runs and studies of a workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cuewise.errors import CuewiseError
from cuewise.records import OutcomeKind
from cuewise.reports.formats import share
from cuewise.reports.private import scrub_all
from cuewise.reports.words.phrases import nature
from cuewise.reports.words.protocols import NAMES_IN_FULL
from cuewise.runs.workspace import Workspace
from cuewise.samples.problems import Problem
from cuewise.study.folder import studies
from cuewise.viewer.addresses import run_list_url, run_url
from cuewise.viewer.rows import RunRow
from cuewise.viewer.run_state import RunState, state_of
from cuewise.viewer.site import Site


@dataclass(frozen=True)
class RunLine:
    """One run in the table."""

    row: RunRow
    model: str
    nature: str | None
    judge: str
    dataset: str
    rules: str
    begun: str
    state: RunState
    expected: int
    """Answers that it is to have."""
    coverage: str
    """Percent of its answers that were scored."""
    figures: tuple[float | None, float | None, float | None]
    """Recognition, reasoning, CoT in percent."""
    url: str
    list_url: str
    report_url: str | None
    """None where it has no report."""


@dataclass(frozen=True)
class Head:
    """A column's head."""

    name: str
    url: str | None
    """Of the same in order of it; None where that cannot be had."""
    sorted: str
    """`ascending`, `descending`, or empty."""
    is_number: bool


_COLUMNS: Final[dict[str, tuple[str, Callable[[RunLine], Any]]]] = {
    "run": ("Run", lambda line: line.row.name),
    "model": ("Model", lambda line: (line.model, line.row.name)),
    "state": ("State", lambda line: line.state),
    "done": ("Answers", lambda line: line.row.outcomes),
    "coverage": ("Scored", lambda line: _scored(line.row)),
    "recognition": ("Recognition", lambda line: _or_below(line.figures[0])),
    "reasoning": ("Reasoning", lambda line: _or_below(line.figures[1])),
    "cot": ("CoT", lambda line: _or_below(line.figures[2])),
    "begun": ("Begun", lambda line: line.row.created_at),
}
_NUMBERS: Final = frozenset({"done", "coverage", "recognition", "reasoning", "cot"})
_LATEST_FIRST: Final = _NUMBERS | {"begun"}


def runs_page(site: Site, request: Request) -> Response:
    """`/`."""
    fresh = site.looked()
    lines = [run_line(site.workspace, row) for row in site.index.runs()]
    if not lines and not fresh and not site.indexing.error:
        return site.page("waiting.html", "runs")
    sort = request.query_params.get("sort", "begun")
    if sort not in _COLUMNS:
        sort = "begun"
    order = request.query_params.get("order", "desc" if sort in _LATEST_FIRST else "asc")
    lines.sort(key=lambda line: line.row.name)
    lines.sort(key=_COLUMNS[sort][1], reverse=order == "desc")
    found, damaged = _studies(site)
    return site.page(
        "runs_page.html",
        "runs",
        lines=lines,
        heads=_heads(sort, order),
        problems=(*site.indexing.problems, *damaged),
        studies=found,
        run_urls={line.row.name: line.url for line in lines},
        workspace=site.workspace.root.resolve().name,
    )


def run_line(workspace: Workspace, row: RunRow) -> RunLine:
    """One run, as it stands now."""
    folder = workspace.run(row.name)
    recognition, reasoning, cot = (
        None if mean is None else 100 * mean for mean in (row.recognition, row.reasoning, row.cot)
    )
    return RunLine(
        row=row,
        model=scrub_all(row.model),
        nature=nature(row.model),
        judge=", ".join(map(scrub_all, row.judge.split(", "))),
        dataset=scrub_all(row.dataset),
        rules=NAMES_IN_FULL[row.protocol],
        begun=row.created_at[:16].replace("T", " "),
        state=state_of(folder, row),
        expected=row.n_samples * row.epochs,
        coverage=share(row.kinds.get(OutcomeKind.SCORED, 0), row.outcomes),
        figures=(recognition, reasoning, cot),
        url=run_url(row.name),
        list_url=run_list_url(row.name),
        report_url=f"{run_url(row.name)}/report.html" if folder.report_path.is_file() else None,
    )


def _heads(sort: str, order: str) -> list[Head]:
    heads = []
    for key, (name, _) in _COLUMNS.items():
        usual = "desc" if key in _LATEST_FIRST else "asc"
        turned = {"desc": "asc", "asc": "desc"}
        next_order = turned.get(order, usual) if key == sort else usual
        now = {"desc": "descending", "asc": "ascending"}.get(order, "") if key == sort else ""
        heads.append(Head(name, f"/?sort={key}&order={next_order}", now, key in _NUMBERS))
    return heads


def _studies(site: Site) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The studies of a workspace in numbers, and what is wrong with those that cannot be read."""
    found, problems = [], []
    for folder in studies(site.workspace):
        try:
            found.append(site.study(folder))
        except CuewiseError as error:
            problems.append(Problem(f"studies/{folder.name}", str(error), ""))
    return found, problems


def _scored(row: RunRow) -> float:
    return row.kinds.get(OutcomeKind.SCORED, 0) / row.outcomes if row.outcomes else -1.0


def _or_below(value: float | None) -> float:
    return -1.0 if value is None else value
