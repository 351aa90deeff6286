"""Tables in LaTeX, for the package booktabs; text from outside is escaped so that it prints as it reads."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from cuewise.reports.blocks import Cell, Table, Text, Unit, Value
from cuewise.reports.numbers import known, number, titled, written

_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": "-{}",
    "!": "!{}",
    "?": "?{}",
    ",": ",{}",
    "[": "{[}",
    "*": "{*}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "−": r"\ensuremath{-}",
    "‘": "‘{}",
    "’": "’{}",
    "“": "“{}",
    "”": "”{}",
    "…": r"\ldots{}",
    "→": r"\ensuremath{\rightarrow}",
    "±": r"\ensuremath{\pm}",
    "×": r"\ensuremath{\times}",
    "≥": r"\ensuremath{\ge}",
    "≤": r"\ensuremath{\le}",
    "·": r"\textperiodcentered{}",
    "κ": r"\ensuremath{\kappa}",
    "α": r"\ensuremath{\alpha}",
    "\u00a0": "~",
    "\u202f": r"\,",
}
"""Braces behind a sign keep it from joining the next: two hyphens would print as a dash, `?` and a grave as `¿`. At a
row's begin a bracket or an asterisk would belong to the row break before it."""

_PLAIN: Final = frozenset(map(chr, range(0xC0, 0x180))) - set("ĦħĸĿŀŁłŉŋŊŒœſŦŧıĲĳ×÷ÐðÞþ") | set("Łłœ")
"""Letters beyond ASCII that every LaTeX prints from UTF-8."""


_COMMAND: Final = r"\usepackage"
_BREAK: Final = r"\\"

_HEAD: Final = 14
_CELL: Final = 36
"""Letters in a line of a head and of a cell."""

_TEXT_WIDTH: Final = 345.0
"""Of the class `article`, points, as all that follow."""
_LETTER: Final = 4.7
_SMALL_LETTER: Final = 3.7
_GAP: Final = 12.0
"""Between two columns."""

_TURNED: Final = 1.35
"""How much wider than the text a table may be, to stand upright, made smaller."""

_LINES: Final = 40
_SIDEWAYS_LINES: Final = 22
"""Of a page, about, without heads, caption and note."""


def escaped(text: str) -> str:
    r"""Text as LaTeX; a sign that pdfLaTeX has no letter for is named by its number.

    >>> escaped("50 % of {x}_1"), escaped("a--b"), escaped("中")
    ('50 \\% of \\{x\\}\\_1', 'a-{}-{}b', '{[}U+4E2D]')
    """
    return "".join(map(_sign, " ".join(text.split())))


def _sign(sign: str) -> str:
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    if " " <= sign <= "~" or sign in _PLAIN:
        return sign
    return f"{{[}}U+{ord(sign):04X}]"


def latex_table(table: Table) -> str:
    r"""Environments to be read by `\input`, each no larger than a page.

    Intervals, marks and second lines stand small under what they are of, and long words are wrapped. What is still
    wider than the text is set smaller; a table that would become too small stands sideways. Many rows are parted into
    several tables of one number.
    """
    cells = [
        [_lines(cell, column.unit) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    heads = [
        [(line, False) for line in _wrapped(titled(column.title, column.unit), _HEAD)]
        for column in table.columns
    ]
    sideways = _width([heads, *cells]) > _TURNED * _TEXT_WIDTH
    parts = list(_parts(cells, _SIDEWAYS_LINES if sideways else _LINES))
    needed = [
        "[T1]{fontenc}",
        "{textcomp}",
        "{booktabs}",
        "{graphicx}",
        *(["{rotating}"] if sideways else []),
    ]
    lines = [f"% needs {', '.join(rf'{_COMMAND}{name}' for name in needed)}"]
    for place, rows in enumerate(parts):
        note = table.note if place == len(parts) - 1 else ""
        lines += _part(table, heads, rows, note, sideways=sideways, continued=place > 0)
    return "\n".join(lines) + "\n"


Lines = list[tuple[str, bool]]
"""What a cell says line by line, not yet escaped, and whether the line is small."""


def _part(
    table: Table,
    heads: list[Lines],
    rows: Sequence[Sequence[Lines]],
    note: str,
    *,
    sideways: bool,
    continued: bool,
) -> Iterator[str]:
    """One environment."""
    sides = ["r" if numeric else "l" for numeric in _numeric(table)]
    kind = "sidewaystable" if sideways else "table"
    yield rf"\begin{{{kind}}}"
    yield r"\centering\small"
    if continued:
        yield r"\addtocounter{table}{-1}"
    yield rf"\caption{{{escaped(table.title)}{' (continued)' if continued else ''}}}"
    if not continued:
        yield rf"\label{{tab:{_label(table.id)}}}"
    yield r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
    yield rf"\begin{{tabular}}{{{''.join(sides)}}}"
    yield r"\toprule"
    yield rf"{' & '.join(_stack(lines, side, 'b') for lines, side in zip(heads, sides, strict=True))} \\"
    yield r"\midrule"
    for row in rows:
        yield rf"{' & '.join(_stack(lines, side, 't') for lines, side in zip(row, sides, strict=True))} \\"
    yield r"\bottomrule"
    yield r"\end{tabular}}"
    if note:
        yield rf"\par\smallskip{{\footnotesize {escaped(note)}}}"
    yield rf"\end{{{kind}}}"


def _stack(lines: Lines, side: str, anchor: str) -> str:
    """Lines one above the other; a single one stands for itself."""
    told = [rf"{{\scriptsize {escaped(text)}}}" if small else escaped(text) for text, small in lines]
    if len(told) == 1:
        return told[0]
    return rf"\begin{{tabular}}[{anchor}]{{@{{}}{side}@{{}}}}{_BREAK.join(told)}\end{{tabular}}"


def _parts(rows: Sequence[Sequence[Lines]], most: int) -> Iterator[Sequence[Sequence[Lines]]]:
    """The rows in parts of so many lines at most; one part where there is no row."""
    part: list[Sequence[Lines]] = []
    used = 0
    for row in rows:
        height = max(map(len, row), default=1)
        if part and used + height > most:
            yield part
            part, used = [], 0
        part.append(row)
        used += height
    yield part


def _width(rows: Sequence[Sequence[Lines]]) -> float:
    """About how wide the table will be, points."""
    widest = [
        max((len(text) * (_SMALL_LETTER if small else _LETTER) for text, small in lines), default=0.0)
        for row in rows
        for lines in row
    ]
    n = len(rows[0])
    return sum(max(widest[at::n]) + _GAP for at in range(n))


def _numeric(table: Table) -> list[bool]:
    return [
        column.unit != "none" or any(isinstance(row[at], Value) for row in table.rows)
        for at, column in enumerate(table.columns)
    ]


def _label(id_: str) -> str:
    return "".join(sign for sign in id_ if sign.isascii() and (sign.isalnum() or sign == "-"))


def _lines(cell: Cell, unit: Unit) -> Lines:
    if isinstance(cell, Text):
        under = [cell.sub]
        made = [(line, False) for line in _wrapped(cell.text, _CELL)]
    else:
        under = [_interval(cell, unit), cell.mark]
        made = [(written(cell, unit), False)]
    return made + [(line, True) for text in under if text for line in _wrapped(text, _CELL)]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width) or [""]


def _interval(cell: Value, unit: Unit) -> str:
    if known(cell.value) is None or known(cell.low) is None or known(cell.high) is None:
        return ""
    return f"[{number(cell.low, unit)}, {number(cell.high, unit)}]"
