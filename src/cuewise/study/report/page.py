"""The report as one HTML page that holds everything and asks for nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cuewise import __version__
from cuewise.errors import InputError
from cuewise.reports.drawing.page import blocks_script, blocks_style, draw_sections
from cuewise.reports.embedding import own_code, security_policy
from cuewise.reports.templates import asset, environment
from cuewise.study.report.reporting import StudyReport
from cuewise.study.report.sections import sections
from cuewise.whole_files import write_whole


def write_page(report: StudyReport, path: Path) -> None:
    """Write the page, in place of an earlier one in one step.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, render(report).encode("utf-8", "replace"))
    except OSError as error:
        raise InputError(
            f"the report {path.name} cannot be written: {error.strerror or error}; choose another place with --output"
        ) from error


def render(report: StudyReport) -> str:
    """The page's text; the same report gives the same."""
    parts = sections(report)
    style, script = _style(), blocks_script()
    return (
        environment()
        .get_template("study.html")
        .render(
            policy=security_policy(style, script),
            style=own_code(style, "style"),
            script=own_code(script, "script"),
            version=__version__,
            report=report,
            parts=parts,
            drawn=draw_sections(parts),
        )
    )


@cache
def _style() -> str:
    return "\n".join([asset("report.css"), blocks_style(), asset("print.css")])
