"""Tables in LaTeX, for the package booktabs; text from outside is escaped so that it prints as it reads."""

from __future__ import annotations

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
    r"""A `table` environment to be read by `\input`; intervals stand small behind their numbers."""
    columns = "".join("r" if numeric else "l" for numeric in _numeric(table))
    heads = " & ".join(escaped(titled(column.title, column.unit)) for column in table.columns)
    units = [column.unit for column in table.columns]
    lines = [
        r"% needs \usepackage[T1]{fontenc}, \usepackage{textcomp} and \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering\small",
        rf"\caption{{{escaped(table.title)}}}",
        rf"\label{{tab:{_label(table.id)}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        rf"{heads} \\",
        r"\midrule",
        *(
            rf"{' & '.join(_cell(cell, unit) for cell, unit in zip(row, units, strict=True))} \\"
            for row in table.rows
        ),
        r"\bottomrule",
        r"\end{tabular}",
        *([rf"\par\smallskip{{\footnotesize {escaped(table.note)}}}"] if table.note else []),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _numeric(table: Table) -> list[bool]:
    return [
        column.unit != "none" or any(isinstance(row[at], Value) for row in table.rows)
        for at, column in enumerate(table.columns)
    ]


def _label(id_: str) -> str:
    return "".join(sign for sign in id_ if sign.isascii() and (sign.isalnum() or sign == "-"))


def _cell(cell: Cell, unit: Unit) -> str:
    if isinstance(cell, Text):
        words = escaped(cell.text)
        return rf"{words} {{\scriptsize {escaped(cell.sub)}}}" if cell.sub else words
    parts = [escaped(written(cell, unit))]
    if interval := _interval(cell, unit):
        parts.append(interval)
    if cell.mark:
        parts.append(rf"{{\scriptsize {escaped(cell.mark)}}}")
    return " ".join(parts)


def _interval(cell: Value, unit: Unit) -> str:
    if known(cell.value) is None or known(cell.low) is None or known(cell.high) is None:
        return ""
    low, high = escaped(number(cell.low, unit)), escaped(number(cell.high, unit))
    return rf"{{\scriptsize [{low}, {high}]}}"
