"""Tables in LaTeX: what is escaped, what aligns, and that a strict reader gets the text back."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from cuewise.reports.blocks import Column, Table, Text, Value
from cuewise.reports.paper.latex import escaped, latex_table
from support.blocks import HOSTILE, leader_table

_COMMANDS = {
    "textbackslash": "\\",
    "textasciicircum": "^",
    "textasciitilde": "~",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textquotedbl": '"',
    "textquotesingle": "'",
    "textasciigrave": "`",
    "textendash": "–",
    "textemdash": "—",
    "ldots": "…",
    "textperiodcentered": "·",
}
_MATHS = {"-": "−", r"\rightarrow": "→", r"\pm": "±", r"\times": "×", r"\ge": "≥", r"\le": "≤"} | {
    r"\kappa": "κ",
    r"\alpha": "α",
}
_TOKEN = re.compile(
    r"\\ensuremath\{(?P<maths>[^{}]+)\}|\\(?P<command>[a-z]+)\{\}|\\(?P<sign>[{}$&#%_])|\\(?P<thin>,)|(?P<tie>~)"
    r"|\{(?P<held>[\[*])\}|(?P<apart>[-!?,‘’“”])\{\}|(?P<plain>[^\\{}$&#%_^~\[*\"'`<>|!?,-])"
)


def read(latex: str) -> str:
    """What LaTeX prints of text; anything that would be more than text, or join two signs to one, is an error."""
    at, text = 0, ""
    while at < len(latex):
        token = _TOKEN.match(latex, at)
        assert token, f"not plain text: {latex[at : at + 20]!r}"
        at = token.end()
        kind = token.lastgroup
        found = token[kind or ""]
        text += {
            "maths": _MATHS.get(found, ""),
            "command": _COMMANDS.get(found, ""),
            "thin": "\u202f",
            "tie": "\u00a0",
        }.get(kind or "", found)
    return text


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_ascii_comes_back(text: str) -> None:
    assert read(escaped(text)) == " ".join(text.split())


@given(st.text(max_size=40))
def test_no_text_is_more_than_text(text: str) -> None:
    """The reader fails at whatever LaTeX would take for more."""
    assert ("\\" in read(escaped(text))) == ("\\" in text)


def test_signs_by_hand() -> None:
    assert escaped("a_b & 100 %") == r"a\_b \& 100 \%"
    assert escaped(r"\input{/etc/passwd}") == r"\textbackslash{}input\{/etc/passwd\}"
    assert escaped("^^41") == r"\textasciicircum{}\textasciicircum{}41"
    assert escaped("[1] * x") == "{[}1] {*} x"
    assert escaped("−3.1 Å é ß Ż") == r"\ensuremath{-}3.1 Å é ß Ż"
    assert escaped("中\u202e\ud800") == "{[}U+4E2D]{[}U+202E]{[}U+D800]"
    assert escaped("two\nlines\x00") == "two lines{[}U+0000]"


def test_a_table_by_hand() -> None:
    columns = (Column("Model"), Column("CoT", "percent"), Column("Skill", "points"))
    rows = (
        (Text("a_1", sub="7B"), Value(39.26, 37.1, 41.5), Value(-3.0, mark="below")),
        (Text("b"), Value(None), Value(2.0)),
    )
    assert latex_table(Table("the-table", "Scores & more", columns, rows, "Of 5 %.")).splitlines()[1:] == [
        r"\begin{table}",
        r"\centering\small",
        r"\caption{Scores \& more}",
        r"\label{tab:the-table}",
        r"\begin{tabular}{lrr}",
        r"\toprule",
        r"Model & CoT,{} \% & Skill,{} points \\",
        r"\midrule",
        r"a\_1 {\scriptsize 7B} & 39.3 {\scriptsize [37.1, 41.5]} & \ensuremath{-}3.0 {\scriptsize below} \\",
        r"b & \textendash{} & +2.0 \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip{\footnotesize Of 5 \%.}",
        r"\end{table}",
    ]


def test_every_row_has_as_many_cells_as_columns() -> None:
    """Also where cells hold ampersands: those that part cells are not escaped."""
    hostile = Table(
        "t", HOSTILE, (Column(HOSTILE), Column("b", "count")), ((Text(HOSTILE), Value(1.0, mark=HOSTILE)),)
    )
    for table in (leader_table("leaders"), hostile):
        latex = latex_table(table)
        spec = re.search(r"\\begin\{tabular\}\{([lr]+)\}", latex)
        assert spec and len(spec[1]) == len(table.columns)
        rows = [line for line in latex.splitlines() if line.endswith(r" \\")]
        assert len(rows) == 1 + len(table.rows)
        for row in rows:
            assert len(re.findall(r"(?<!\\)&", row)) == len(table.columns) - 1
        depth = 0
        for sign in re.sub(r"\\[{}\\]", "", latex):
            depth += (sign == "{") - (sign == "}")
            assert depth >= 0
        assert depth == 0
