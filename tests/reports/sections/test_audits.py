"""The section that says what weakens the figures on a page."""

from __future__ import annotations

from pathlib import Path

from cuewise.audits.run.findings import Kind
from cuewise.records import Protocol
from cuewise.reports.blocks import Section, Table, Text, Words
from cuewise.reports.sections.audits import audits_section
from cuewise.reports.words.audits import ABOUT, audit_sentences
from support.outcomes import make_outcomes, make_run, make_samples


def _parts(section: Section | None) -> tuple[Words, Table]:
    assert section is not None
    words, table = section.blocks
    assert isinstance(words, Words)
    assert isinstance(table, Table)
    return words, table


def test_words_first_then_a_row_for_each_finding(tmp_path: Path) -> None:
    samples = make_samples(60)
    runs = [
        make_run(tmp_path, "paper", make_outcomes(samples)),
        make_run(
            tmp_path, "cited", make_outcomes(samples, protocol=Protocol.GROUNDED), protocol=Protocol.GROUNDED
        ),
    ]
    words, table = _parts(audits_section(runs))
    assert words.paragraphs[0].startswith(
        "What weakens these figures most: judged by fixed rules, not by a model (2 runs); reasons passed by rules that"
        " ask for no evidence ("
    )
    assert "the runs’ own figures agree with one another" in words.paragraphs[1]
    rows = {row[0].text: row for row in table.rows if isinstance(row[0], Text)}
    assert len(rows) == len(table.rows)
    assert rows[ABOUT[Kind.RULES_JUDGE].found][-1] == Text("all 2")
    assert rows[ABOUT[Kind.UNCHECKED].found][-1] == Text("paper")
    assert rows[ABOUT[Kind.UNVERIFIABLE].found][-1] == Text("cited")


def test_one_run_needs_no_column_of_runs(tmp_path: Path) -> None:
    _, table = _parts(audits_section([make_run(tmp_path, "one", make_outcomes(make_samples(60)))]))
    assert [column.title for column in table.columns][-1] == "What to do"
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_runs_without_samples_have_none(tmp_path: Path) -> None:
    assert audits_section([make_run(tmp_path, "empty", [])]) is None


def test_nothing_found_is_said() -> None:
    assert audit_sentences([])[0] == "Nothing was found in the runs that weakens their figures."


def test_every_kind_has_its_words() -> None:
    assert set(ABOUT) == set(Kind)
