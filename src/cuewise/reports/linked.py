"""Which samples a page's sections link to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cuewise.reports.blocks import Block, Details, Gallery, Section, Table, Text

_SAMPLE: Final = re.compile(r"#/run/\d+/sample/(\d+)")


def linked_places(sections: Sequence[Section]) -> list[int]:
    """Places in the sample table of the samples that sections link to, each once, in the order of the links."""
    return list(dict.fromkeys(place for section in sections for place in _places(section.blocks)))


def _places(blocks: Iterable[Block]) -> Iterator[int]:
    for block in blocks:
        if isinstance(block, Details):
            yield from _places(block.blocks)
            continue
        hrefs: Iterable[str] = ()
        if isinstance(block, Table):
            hrefs = (cell.href for row in block.rows for cell in row if isinstance(cell, Text))
        elif isinstance(block, Gallery):
            hrefs = (card.href for card in block.cards)
        yield from (int(match[1]) for href in hrefs if (match := _SAMPLE.match(href)))
