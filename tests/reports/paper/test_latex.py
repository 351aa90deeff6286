"""Tables in LaTeX: what is escaped, what aligns, and that a strict reader gets the text back."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.reports.blocks import Cell, Column, Table, Text, Value
from cuewise.reports.paper.latex import escaped, latex_table
from support.blocks import HOSTILE, leader_table

PDFLATEX = shutil.which("pdflatex")

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
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
        r"\begin{tabular}{lrr}",
        r"\toprule",
        r"Model & CoT,{} \% & Skill,{} points \\",
        r"\midrule",
        r"\begin{tabular}[t]{@{}l@{}}a\_1\\{\scriptsize 7B}\end{tabular} &"
        r" \begin{tabular}[t]{@{}r@{}}39.3\\{\scriptsize {[}37.1,{} 41.5]}\end{tabular} &"
        r" \begin{tabular}[t]{@{}r@{}}\ensuremath{-}3.0\\{\scriptsize below}\end{tabular} \\",
        r"b & \textendash{} & +2.0 \\",
        r"\bottomrule",
        r"\end{tabular}}",
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
        assert len(rows) == latex.count(r"\toprule") + len(table.rows)
        for row in rows:
            assert len(re.findall(r"(?<!\\)&", row)) == len(table.columns) - 1
        depth = 0
        for sign in re.sub(r"\\[{}\\]", "", latex):
            depth += (sign == "{") - (sign == "}")
            assert depth >= 0
        assert depth == 0


def _big(columns: int, rows: int) -> Table:
    heads = (Column("Run"), *(Column(f"Skill over the label {at}", "percent") for at in range(columns)))
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (Text(f"run {at}", sub="lab/model"), *[Value(50.0, 40.0, 60.0)] * columns) for at in range(rows)
    )
    return Table("big", "Big", heads, cells, "A note.")


def test_tables_that_are_too_wide_or_too_long_are_turned_and_parted() -> None:
    """60 rows of two lines, at most 40 lines to a page: three parts of one number."""
    long = latex_table(_big(2, 60))
    assert "sideways" not in long
    assert long.count(r"\begin{table}") == 3
    assert long.count(r"\addtocounter{table}{-1}") == long.count("(continued)") == 2
    assert long.count(r"\label{") == long.count("A note.") == 1
    assert [f"run {at}\\\\" in long for at in range(60)] == [True] * 60
    wide = latex_table(_big(12, 8))
    assert wide.count(r"\begin{sidewaystable}") == wide.count(r"\end{sidewaystable}") == 1
    assert r"\usepackage{rotating}" in wide


@pytest.mark.slow
@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex to set the tables with")
def test_what_is_set_fits_its_page(tmp_path: Path) -> None:
    assert PDFLATEX is not None
    tables = [_big(2, 60), _big(6, 30), _big(12, 40), leader_table("leaders")]
    inputs = []
    for at, table in enumerate(tables):
        (tmp_path / f"t{at}.tex").write_text(latex_table(table), encoding="utf-8")
        inputs.append(rf"\input{{t{at}}}\clearpage")
    packages = r"\usepackage[T1]{fontenc}\usepackage{textcomp,booktabs,graphicx,rotating}"
    text = "\n".join([r"\documentclass{article}", packages, r"\begin{document}", *inputs, r"\end{document}"])
    (tmp_path / "paper.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [PDFLATEX, "-interaction=batchmode", "-halt-on-error", "paper"], cwd=tmp_path, capture_output=True
    )
    log = (tmp_path / "paper.log").read_text(encoding="latin-1")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log and "Float too large" not in log
