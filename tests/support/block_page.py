"""A page of nothing but blocks, under the policy that our pages have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cuewise.reports.blocks import Section
from cuewise.reports.drawing.page import blocks_script, blocks_style, draw_sections
from cuewise.reports.embedding import own_code, security_policy
from cuewise.reports.templates import asset


def write_blocks(sections: Sequence[Section], path: Path) -> str:
    """Write the page and give its text."""
    style = own_code("\n".join([asset("report.css"), blocks_style(), asset("print.css")]), "style")
    script = own_code(blocks_script(), "script")
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{security_policy(style, script)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>Blocks</title><style>{style}</style></head>'
        f"<body><main><h1>Blocks</h1>{draw_sections(sections)}</main><script>{script}</script></body></html>"
    )
    path.write_text(page, encoding="utf-8")
    return page
