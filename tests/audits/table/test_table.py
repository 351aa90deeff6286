"""Tables of scores: what is right is found right, and every planted error by its name."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.audits.table.audit import TableAudit, audit_table, findings_by_check
from cuewise.audits.table.files import SCORES, Printed, Row, read_overall, read_task_scores
from cuewise.audits.table.findings import Check, Severity
from cuewise.errors import InputError

Cells = dict[tuple[str, str], list[str]]
"""Printed recognition, reasoning and CoT by model and task."""
Overall = dict[str, list[str]]

COUNTS = {"ER-Lab": 500, "SA": 1600, "IR": 500}
MODELS = ("one", "two", "three", "four")
# Right answers, and thousandths of reasoning: no two alike.
RIGHT = {"ER-Lab": (110, 213, 87, 301), "SA": (700, 911, 1203, 402), "IR": (130, 155, 201, 99)}
REASONS = {"ER-Lab": (612, 455, 730, 218), "SA": (801, 333, 640, 507), "IR": (700, 289, 555, 921)}

Truth = dict[tuple[str, str], tuple[Fraction, Fraction]]
"""Recognition and reasoning by model and task, percent, unrounded."""


def true_scores() -> Truth:
    return {
        (model, task): (Fraction(100 * RIGHT[task][at], n), Fraction(REASONS[task][at], 10))
        for task, n in COUNTS.items()
        for at, model in enumerate(MODELS)
    }


def printed(value: Fraction, rounding: str = ROUND_HALF_EVEN) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal("0.1"), rounding=rounding))


def print_table(
    truth: Truth, counts: Mapping[str, int] = COUNTS, rounding: str = ROUND_HALF_EVEN
) -> tuple[Cells, Overall]:
    """The tables that somebody would publish who makes no mistake."""
    cells = {
        key: [printed(one, rounding) for one in (rec, rea, (rec + rea) / 2)]
        for key, (rec, rea) in truth.items()
    }
    overall = {}
    total = sum(counts.values())
    for model in dict.fromkeys(model for model, _ in truth):
        rec, rea = (
            sum((truth[model, task][at] * n for task, n in counts.items()), Fraction(0)) / total
            for at in range(2)
        )
        overall[model] = [printed(one, rounding) for one in (rec, rea, (rec + rea) / 2)]
    return cells, overall


def write(
    folder: Path, cells: Cells, overall: Overall, more: tuple[list[str], ...] = ()
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    tasks, whole = folder / "tasks.csv", folder / "overall.csv"
    with tasks.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["model", "task", "rec", "rea", "cot"], *([*k, *v] for k, v in cells.items()), *more]
        )
    with whole.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["model", *SCORES], *([model, *values] for model, values in overall.items())]
        )
    return read_task_scores(tasks), read_overall(whole)


def found(audit: TableAudit) -> set[tuple[str, str]]:
    return {(finding.check.value, finding.subject) for finding in audit.findings}


def audit_of(
    folder: Path, change: Callable[[Cells, Overall], None], truth: Truth | None = None
) -> TableAudit:
    cells, overall = print_table(truth or true_scores())
    change(cells, overall)
    return audit_table(*write(folder, cells, overall))


def unchanged(cells: Cells, overall: Overall) -> None:
    pass


def test_a_sound_table_gives_no_finding(tmp_path: Path) -> None:
    audit = audit_of(tmp_path, unchanged)
    assert audit.findings == ()
    assert audit.consistent
    # 12 rows and 4 overall ones of 3 scores; SA has too many questions for k / n to tell anything.
    assert audit.checked == {
        "cells": 48,
        "cot-mean": 16,
        "overall-mean": 12,
        "impossible-value": 8,
        "same-scores": 6,
    }
    assert any(
        told.startswith("SA: one of 1,600 questions moves recognition by 0.06") for told in audit.unchecked
    )


def test_two_cells_swapped(tmp_path: Path) -> None:
    def swap(cells: Cells, _: Overall) -> None:
        a, b = cells["one", "SA"], cells["two", "SA"]  # recognition 43.75 and 56.94
        a[0], b[0] = b[0], a[0]

    assert found(audit_of(tmp_path, swap)) == {
        ("cot-mean", "one, SA, cot"),
        ("cot-mean", "two, SA, cot"),
        ("overall-mean", "one, overall recognition"),
        ("overall-mean", "two, overall recognition"),
    }


def test_a_value_shifted(tmp_path: Path) -> None:
    def shift(cells: Cells, _: Overall) -> None:
        assert cells["one", "ER-Lab"] == ["22.0", "61.2", "41.6"]
        cells["one", "ER-Lab"][1] = "62.2"

    audit = audit_of(tmp_path, shift)
    assert found(audit) == {("cot-mean", "one, ER-Lab, cot"), ("overall-mean", "one, overall reasoning")}
    by_cot = next(finding for finding in audit.findings if finding.check is Check.COT_MEAN)
    # (22.0 + 62.2) / 2 = 42.1; from (21.95 + 62.15) / 2 to (22.05 + 62.25) / 2; printed 41.6, at most 41.65.
    assert (by_cot.found, by_cot.expected) == ("41.6", "42.100 (from 42.050 to 42.150)")
    assert by_cot.off == pytest.approx(0.45)
    assert by_cot.where == ("tasks.csv, line 2",)
    assert not audit.consistent


def test_a_cot_changed(tmp_path: Path) -> None:
    def change(cells: Cells, _: Overall) -> None:
        cells["two", "IR"][2] = printed(Fraction(cells["two", "IR"][2]) + Fraction(3, 10))

    assert found(audit_of(tmp_path, change)) == {("cot-mean", "two, IR, cot")}


def test_rounding_alone_is_no_finding(tmp_path: Path) -> None:
    def change(cells: Cells, _: Overall) -> None:
        # (22.0 + 61.2) / 2 = 41.6, and 41.7 may be the mean of 22.04 and 61.24.
        cells["one", "ER-Lab"][2] = "41.7"

    assert found(audit_of(tmp_path, change)) == set()


def test_an_overall_changed(tmp_path: Path) -> None:
    def change(_: Cells, overall: Overall) -> None:
        overall["three"] = [printed(Fraction(value) + 1) for value in overall["three"]]

    # All three move together, so that the overall CoT is still the mean of the other two.
    assert found(audit_of(tmp_path, change)) == {
        ("overall-mean", f"three, overall {score}") for score in SCORES
    }


def test_an_overall_cot_that_is_no_mean(tmp_path: Path) -> None:
    def change(_: Cells, overall: Overall) -> None:
        overall["three"][2] = printed(Fraction(overall["three"][2]) + 1)

    assert found(audit_of(tmp_path, change)) == {
        ("cot-mean", "three, cot"),
        ("overall-mean", "three, overall cot"),
    }


def test_an_impossible_value_that_fewer_questions_explain(tmp_path: Path) -> None:
    def change(cells: Cells, _: Overall) -> None:
        assert cells["one", "ER-Lab"][0] == "22.0"
        cells["one", "ER-Lab"][0] = "22.1"  # 110 / 498 = 22.09 %, and 110 / 500 = 22.0 %, 111 / 500 = 22.2 %

    audit = audit_of(tmp_path, change)
    assert found(audit) == {("impossible-value", "one, ER-Lab, recognition")}
    (finding,) = audit.findings
    assert finding.severity is Severity.WARNING
    assert finding.off == pytest.approx(0.1)
    assert finding.expected == (
        "22.00 (110/500) or 22.20 (111/500); 110/498 would fit, with 2 questions out of the denominator"
    )
    assert audit.consistent


def test_an_impossible_value_that_nothing_explains(tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    # Of 20 questions 8 are 40.0 and 9 are 45.0; of 19 they are 42.1 and 47.4, of 18 44.4 and 50.0.
    path.write_text("model,task,rec,rea,cot\none,IR,43.0,50.0,46.5\ntwo,IR,42.1,50.0,46.1\n")
    audit = audit_table(read_task_scores(path), counts={"IR": 20})
    assert [(f.subject, f.severity) for f in audit.findings] == [
        ("one, IR, recognition", Severity.ERROR),
        ("two, IR, recognition", Severity.WARNING),
    ]
    assert audit.findings[0].off == pytest.approx(2.0)


def test_multi_label_scores_are_not_held_against_k_of_n(tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    path.write_text("model,task,rec,rea,cot\none,FG-ER,9.1,47.3,28.2\n")
    audit = audit_table(read_task_scores(path))
    assert audit.findings == ()
    assert any(
        "half of one of 500 questions (K = 2) moves it by 0.10 points" in told for told in audit.unchecked
    )


@pytest.mark.parametrize("values", [["22.0", "61.2", "41.6"], ["30.0", "61.2", "45.6"]])
def test_a_duplicated_row(tmp_path: Path, values: list[str]) -> None:
    cells, overall = print_table(true_scores())
    audit = audit_table(*write(tmp_path, cells, overall, (["one", "er_lab", *values],)))
    assert found(audit) == {("duplicate-row", "one, ER-Lab")}
    (finding,) = audit.findings
    assert finding.where == ("tasks.csv, line 2", "tasks.csv, line 14")
    same = values == cells["one", "ER-Lab"]
    assert finding.found == f"two rows with {'the same' if same else 'different'} figures"


def test_a_model_repeated_under_another_name(tmp_path: Path) -> None:
    truth = true_scores()
    truth |= {("four", task): truth["two", task] for task in COUNTS}
    audit = audit_of(tmp_path, unchanged, truth)
    assert found(audit) == {("same-scores", "two and four")}
    assert not audit.consistent


def test_reasoning_that_repeats_recognition(tmp_path: Path) -> None:
    everywhere = {key: (rec, rec) for key, (rec, _) in true_scores().items()}
    assert found(audit_of(tmp_path, unchanged, everywhere)) == {
        ("same-columns", "all tasks: recognition and reasoning")
    }
    in_one = {key: (rec, rec if key[1] == "IR" else rea) for key, (rec, rea) in true_scores().items()}
    assert found(audit_of(tmp_path, unchanged, in_one)) == {("same-columns", "IR: recognition and reasoning")}


def test_a_task_that_repeats_another(tmp_path: Path) -> None:
    truth = true_scores()
    truth |= {(model, "IR"): (truth[model, "ER-Lab"][0], truth[model, "IR"][1]) for model in MODELS}
    assert found(audit_of(tmp_path, unchanged, truth)) == {("same-columns", "ER-Lab and IR: recognition")}


@pytest.mark.parametrize(
    ("text", "check", "severity"),
    [
        ("", "missing-cell", Severity.WARNING),
        ("n/a", "missing-cell", Severity.WARNING),
        ("nan", "not-a-number", Severity.ERROR),
        ("inf", "not-a-number", Severity.ERROR),
        ("1e1", "not-a-number", Severity.ERROR),
        ("٣٩.٣", "not-a-number", Severity.ERROR),
        ("=HYPERLINK(1)", "not-a-number", Severity.ERROR),
        ("-0.1", "out-of-range", Severity.ERROR),
        ("100.1", "out-of-range", Severity.ERROR),
        ("561", "out-of-range", Severity.ERROR),
    ],
)
def test_cells_that_are_no_score(tmp_path: Path, text: str, check: str, severity: Severity) -> None:
    def change(cells: Cells, _: Overall) -> None:
        cells["three", "SA"][1] = text

    audit = audit_of(tmp_path, change)
    assert found(audit) == {(check, "three, SA, reasoning")}
    assert audit.findings[0].severity is severity
    assert "three" not in audit.scores["cot_macro"], "no mean is taken of what is there"


def test_what_a_hostile_cell_says_is_shown_harmless(tmp_path: Path) -> None:
    def change(cells: Cells, _: Overall) -> None:
        cells["three", "SA"][1] = "\x1b[2J" + "9" * 1000

    (finding,) = audit_of(tmp_path, change).findings
    assert "\x1b" not in finding.found
    assert len(finding.found) < 60


def test_a_missing_row(tmp_path: Path) -> None:
    def change(cells: Cells, _: Overall) -> None:
        del cells["three", "SA"]

    assert found(audit_of(tmp_path, change)) == {("missing-cell", "three, SA")}


def test_models_of_one_table_only(tmp_path: Path) -> None:
    def change(_: Cells, overall: Overall) -> None:
        overall["five"] = overall.pop("three")

    audit = audit_of(tmp_path, change)
    assert found(audit) == {("model-in-one-table", "three"), ("model-in-one-table", "five")}
    assert audit.consistent


def test_a_task_that_the_benchmark_does_not_have(tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    path.write_text("model,task,rec,rea,cot\none,Humour,50.0,60.0,55.0\n")
    with pytest.raises(InputError, match=r"tasks.csv, line 2: 'Humour' is none .* --counts 'Humour=N'"):
        audit_table(read_task_scores(path))
    audit = audit_table(read_task_scores(path), counts={"Humour": 10})
    assert audit.findings == ()
    assert audit.counts == {"Humour": 10}
    with pytest.raises(InputError, match="'Humor' is given, and the table has no such task; it has Humour"):
        audit_table(read_task_scores(path), counts={"Humour": 10, "Humor": 5})


@st.composite
def honest_tables(draw: st.DrawFn) -> tuple[dict[str, int], Truth]:
    """Questions by task, and true scores of three models: k / n right, any reasoning.

    Reasoning in units of 1/20 and 1/30 point, so that halves of the last decimal are among them.
    """
    counts = draw(st.dictionaries(st.sampled_from(("ER-Lab", "SA", "IR")), st.integers(1, 900), min_size=1))
    truth: Truth = {}
    for task, n in counts.items():
        rights = draw(st.tuples(*[st.integers(0, n)] * 3))
        units = draw(st.sampled_from((20, 30)))
        reasons = draw(st.tuples(*[st.integers(0, 100 * units)] * 3))
        for model, right, reason in zip("abc", rights, reasons, strict=True):
            truth[model, task] = Fraction(100 * right, n), Fraction(reason, units)
    return counts, truth


@pytest.mark.parametrize("rounding", [ROUND_HALF_EVEN, ROUND_HALF_UP])
@given(table=honest_tables())
def test_what_true_counts_give_is_never_found_wrong(
    rounding: str, table: tuple[dict[str, int], Truth]
) -> None:
    counts, truth = table
    cells, overall = print_table(truth, counts, rounding)
    rows = [in_memory(model, task, values) for (model, task), values in cells.items()]
    whole = [in_memory(model, None, values) for model, values in overall.items()]
    audit = audit_table(rows, whole, counts=counts)
    # So small a table may repeat figures by chance; nothing else may be found.
    assert set(findings_by_check(audit.findings)) <= {"same-scores", "same-columns"}


def in_memory(model: str, task: str | None, values: list[str]) -> Row:
    return Row("here", model, task, {s: Printed(Fraction(v), 1) for s, v in zip(SCORES, values, strict=True)})


@pytest.mark.shared
def test_the_published_tables_agree_within_rounding(shared_data: Path) -> None:
    folder = shared_data / "published"
    audit = audit_table(read_task_scores(folder / "task_scores.csv"), read_overall(folder / "overall.csv"))
    assert audit.consistent
    assert audit.checked["cot-mean"] == 180
    assert audit.checked["overall-mean"] == 60
    # What is left to explain: scores that no number of right answers out of 500 gives. One or two questions left out
    # of the denominator explain each of them: 140/500 is 28.0, 140/499 is 28.06.
    assert set(findings_by_check(audit.findings)) == {"impossible-value"}
    assert all(finding.severity is Severity.WARNING for finding in audit.findings)
    tasks = [finding.subject.split(", ")[1] for finding in audit.findings]
    assert sorted(tasks) == ["FG-SA"] + 10 * ["IR"]


@pytest.mark.shared
def test_the_published_correlations(shared_data: Path) -> None:
    folder = shared_data / "published"
    audit = audit_table(read_task_scores(folder / "task_scores.csv"), read_overall(folder / "overall.csv"))
    by_pair = {(one.first, one.second): one.value for one in audit.correlations}
    assert by_pair["cot", "reasoning"] == pytest.approx(0.97, abs=0.005)
    assert by_pair["cot", "recognition"] == pytest.approx(0.34, abs=0.005)
    assert by_pair["avg_step", "reasoning"] == pytest.approx(0.92, abs=0.005)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("line", "old", "new", "expected"),
    [
        (
            2,
            "22.6",
            "26.2",
            {
                ("cot-mean", "Gemini-2.5-Pro, ER-Lab, cot"),
                ("overall-mean", "Gemini-2.5-Pro, overall recognition"),
            },
        ),
        (
            3,
            "52.0",
            "52.9",
            {("cot-mean", "Gemini-2.5-Pro, ER-Wild, cot"), ("overall-mean", "Gemini-2.5-Pro, overall cot")},
        ),
    ],
)
def test_errors_planted_in_the_published_table(
    shared_data: Path, tmp_path: Path, line: int, old: str, new: str, expected: set[tuple[str, str]]
) -> None:
    folder = shared_data / "published"
    lines = (folder / "task_scores.csv").read_text().splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    planted = tmp_path / "task_scores.csv"
    planted.write_text("\n".join(lines))
    audit = audit_table(read_task_scores(planted), read_overall(folder / "overall.csv"))
    errors = {
        (finding.check.value, finding.subject)
        for finding in audit.findings
        if finding.severity is Severity.ERROR
    }
    assert errors == expected
