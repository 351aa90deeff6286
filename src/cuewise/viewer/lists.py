"""Lists of the outcomes as they were at one moment; what was found for the last ones is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from cuewise.viewer.columns import Columns, Mask
from cuewise.viewer.filters import Filters
from cuewise.viewer.kept import Kept
from cuewise.viewer.selection import Selection
from cuewise.viewer.text import has_words

KEPT: Final = 4
"""Lists, and texts, of which it is kept: a page, its choices and a row's neighbours ask for the same."""


class Lists:
    """May be used by any thread."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._found: Kept[str, Mask] = Kept(KEPT)
        self._selections: Kept[Filters, Selection] = Kept(KEPT)

    def selection(self, filters: Filters, search: Callable[[str], Iterable[int]]) -> Selection:
        """What filters let through.

        Args:
            search: finds ids of the outcomes with a text.
        """

        def select() -> Selection:
            found = None
            if has_words(filters.text):
                found = self._found.get(filters.text, lambda: self.columns.with_ids(search(filters.text)))
            return Selection(self.columns, filters, found)

        return self._selections.get(filters, select)
