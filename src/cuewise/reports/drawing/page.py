"""Sections of blocks as HTML, to stand in a page of ours: its style and script go under the page's policy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from markupsafe import Markup

from cuewise.reports.blocks import Section
from cuewise.reports.drawing.views import view
from cuewise.reports.palette import rules
from cuewise.reports.templates import asset, environment


def draw_sections(sections: Sequence[Section]) -> Markup:
    """The sections one after the other; no text in them becomes markup.

    The page needs `blocks_style` after the report's own style sheet, and `blocks_script`, without which tables cannot
    be sorted and filtered but are complete.
    """
    drawn = [(section, [view(block) for block in section.blocks]) for section in sections]
    module = environment().get_template("blocks.html").module
    return Markup(module.sections(drawn))  # type: ignore[attr-defined]  # noqa: S704 - the macro escapes


@cache
def blocks_style() -> str:
    """Style of blocks, with the colours of heat maps."""
    return asset("blocks.css") + rules()


@cache
def blocks_script() -> str:
    """Script of blocks; none of its names is the page's."""
    return asset("blocks.js")
