"""Foreign text as a cell of a table that people open in a spreadsheet."""

from __future__ import annotations

import unicodedata

_FORMULA_SIGNS = tuple("=+-@＝＋－＠")


def as_cell(text: str) -> str:
    """One line that no spreadsheet takes for a formula and no terminal for a command.

    >>> as_cell("=SUM(1,\\n 2)")
    "'=SUM(1, 2)"
    """
    shown = (char for char in text if char.isspace() or unicodedata.category(char) not in {"Cc", "Cs"})
    line = " ".join("".join(shown).split())
    return f"'{line}" if line.startswith(_FORMULA_SIGNS) else line
