"""Which samples a page's sections link to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cuewise.reports.blocks import Block, Details, Section, Table, Text

_SAMPLE: Final = re.compile(r"#/run/\d+/sample/(\d+)")


def linked_places(sections: Sequence[Section]) -> list[int]:
    """Places in the sample table of the samples that sections link to, each once, in the order of the links."""
    return list(dict.fromkeys(place for section in sections for place in _places(section.blocks)))


def _places(blocks: Iterable[Block]) -> Iterator[int]:
    for block in blocks:
        if isinstance(block, Details):
            yield from _places(block.blocks)
        elif isinstance(block, Table):
            cells = (cell for row in block.rows for cell in row if isinstance(cell, Text))
            matches = (_SAMPLE.match(cell.href) for cell in cells)
            yield from (int(match[1]) for match in matches if match)
