"""Keeps a page short: what each paragraph speaks of stays open, the rest is folded away under its title."""

from __future__ import annotations

from dataclasses import replace

from cuewise.reports.blocks import Block, Details, Section, Words


def folded(section: Section) -> Section:
    """The section with all tables and figures folded but the first after each paragraph.

    Nothing is lost: titles stay in sight, a click opens what is under them, and on paper all but the longest are open.
    """
    blocks: list[Block] = []
    open_one = True
    for block in section.blocks:
        if isinstance(block, Words):
            open_one = True
        elif not isinstance(block, Details):
            block, open_one = (block if open_one else Details(block.title, (block,))), False
        blocks.append(block)
    return replace(section, blocks=tuple(blocks))
