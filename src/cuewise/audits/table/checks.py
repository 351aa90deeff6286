"""The checks of a table of scores. Each is a function from rows to findings.

A printed score stands for every number that rounds to it, halves either way; sums of printed scores stand for every
sum of such numbers. Only what no such numbers explain is found wrong. Everything is computed in fractions.

A cell that is no score (empty, no number, out of range) is told of once, and no other check looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import ceil, floor
from typing import Final

from cuewise.audits.table.files import SCORES, Printed, Row
from cuewise.audits.table.findings import Check, Finding, Severity
from cuewise.samples.problems import printable

LEAST_SHARE_COUNTED: Final = Fraction(9, 10)
"""How much of a task's questions must be left for a value that needs a smaller count to be only a warning."""
_MIN_DISTINCT: Final = 3
"""Different figures that two columns or models must share before chance is ruled out."""

Rows = Mapping[tuple[str, str], Row]
"""By model and task."""


def cell_findings(rows: Sequence[Row]) -> Iterator[Finding]:
    """Cells that are no score."""
    for row in rows:
        for column, cell in row.cells.items():
            subject = f"{row.subject}, {column}"
            if cell is None and column in SCORES:
                yield Finding(
                    Check.MISSING_CELL, Severity.WARNING, subject, (row.where,), "an empty cell", "a score"
                )
            elif isinstance(cell, str):
                found, expected = repr(printable(cell, 40)), "a plain decimal number such as 39.3"
                yield Finding(Check.NOT_A_NUMBER, Severity.ERROR, subject, (row.where,), found, expected)
            elif cell is not None and row.number(column) is None:
                off = float(max(-cell.value, cell.value - 100))
                yield Finding(
                    Check.OUT_OF_RANGE, Severity.ERROR, subject, (row.where,), str(cell), "0 to 100", off
                )


def duplicate_findings(rows: Sequence[Row]) -> Iterator[Finding]:
    """Rows for a model and task that an earlier row has; the earlier one is the one that is checked further."""
    first: dict[tuple[str, str | None], Row] = {}
    for row in rows:
        earlier = first.setdefault((row.model, row.task), row)
        if earlier is not row:
            same = dict(row.cells) == dict(earlier.cells)
            yield Finding(
                Check.DUPLICATE_ROW,
                Severity.ERROR,
                row.subject,
                (earlier.where, row.where),
                "two rows with the same figures" if same else "two rows with different figures",
                "one row",
            )


def missing_row_findings(rows: Rows, tasks: Sequence[str], models: Sequence[str]) -> Iterator[Finding]:
    """Models without a row for a task that another model has."""
    for model in models:
        for task in tasks:
            if (model, task) not in rows:
                subject = f"{printable(model)}, {task}"
                yield Finding(Check.MISSING_CELL, Severity.WARNING, subject, (), "no row", "one row")


def cot_findings(rows: Sequence[Row]) -> Iterator[Finding]:
    """CoT scores that are not the mean of recognition and reasoning (alpha = 0.5)."""
    for row in rows:
        parts, cot = [row.number("recognition"), row.number("reasoning")], row.number("cot")
        if cot is not None and None not in parts:
            half = Fraction(1, 2)
            finding = _mean_finding(
                Check.COT_MEAN, f"{row.subject}, cot", (row.where,), cot, [(half, p) for p in parts if p]
            )
            if finding:
                yield finding


def overall_findings(
    rows: Rows, overall: Mapping[str, Row], tasks: Sequence[str], counts: Mapping[str, int]
) -> Iterator[Finding]:
    """Overall scores that are not the mean of the tasks' scores, weighted by the tasks' questions.

    Models without a score in one of `tasks` are passed over.
    """
    total = sum(counts[task] for task in tasks)
    for model, row in overall.items():
        for score in SCORES:
            printed = row.number(score)
            parts = [_score(rows.get((model, task)), score) for task in tasks]
            if printed is None or None in parts:
                continue
            weighted = [
                (Fraction(counts[task], total), part) for task, part in zip(tasks, parts, strict=True) if part
            ]
            subject = f"{row.subject}, overall {score}"
            finding = _mean_finding(Check.OVERALL_MEAN, subject, (row.where,), printed, weighted)
            if finding:
                yield finding


def _score(row: Row | None, score: str) -> Printed | None:
    return None if row is None else row.number(score)


def _mean_finding(
    check: Check,
    subject: str,
    where: tuple[str, ...],
    printed: Printed,
    weighted: Sequence[tuple[Fraction, Printed]],
) -> Finding | None:
    """A finding where no numbers that round to the parts have a mean that rounds to what is printed."""
    low = sum((weight * max(part.low, Fraction(0)) for weight, part in weighted), Fraction(0))
    high = sum((weight * min(part.high, Fraction(100)) for weight, part in weighted), Fraction(0))
    if low <= printed.high and printed.low <= high:
        return None
    mean = sum((weight * part.value for weight, part in weighted), Fraction(0))
    nearest = max(low, min(high, printed.value))
    return Finding(
        check,
        Severity.ERROR,
        subject,
        where,
        str(printed),
        f"{float(mean):.{printed.decimals + 2}f} (from {float(low):.3f} to {float(high):.3f})",
        round(float(abs(printed.value - nearest)), 6),
    )


def resolves(decimals: int, count: int) -> bool:
    """Whether scores of `count` samples are further apart than printing with `decimals` can tell.

    Else every printed value is possible: with one decimal, from 1,000 samples on.
    """
    return Fraction(100, count) > Fraction(1, 10**decimals)


def impossible_findings(rows: Sequence[Row], counts: Mapping[str, int]) -> Iterator[Finding]:
    """Recognition scores, of the tasks in `counts`, that are 100 k / n for no whole number k of right answers.

    A warning where a slightly smaller n explains the value, as when failed entries leave the denominator; an error
    where none from nine tenths of n on does.
    """
    for row in rows:
        printed, count = row.number("recognition"), counts.get(row.task or "")
        if printed is None or count is None or _right_answers(printed, count) is not None:
            continue
        least = max(1, ceil(count * LEAST_SHARE_COUNTED))
        smaller = next(
            (n for n in range(count - 1, least - 1, -1) if _right_answers(printed, n) is not None), None
        )
        below = floor(printed.value * count / 100)
        near = [Fraction(100 * k, count) for k in (below, below + 1)]
        expected = f"{_two(near[0])} ({below}/{count}) or {_two(near[1])} ({below + 1}/{count})"
        if smaller is not None:
            left_out = count - smaller
            expected += (
                f"; {_right_answers(printed, smaller)}/{smaller} would fit, with"
                f" {left_out} question{'s' if left_out > 1 else ''} out of the denominator"
            )
        yield Finding(
            Check.IMPOSSIBLE_VALUE,
            Severity.ERROR if smaller is None else Severity.WARNING,
            f"{row.subject}, recognition",
            (row.where,),
            str(printed),
            expected,
            round(float(min(abs(printed.value - value) for value in near)), 6),
        )


def _right_answers(printed: Printed, count: int) -> int | None:
    """A whole number k with 100 k / count printed so, None where there is none."""
    k = ceil(max(printed.low, Fraction(0)) * count / 100)
    return k if k <= count and Fraction(100 * k, count) <= printed.high else None


def _two(value: Fraction) -> str:
    return f"{float(value):.2f}"


def same_scores_findings(rows: Rows, tasks: Sequence[str], models: Sequence[str]) -> Iterator[Finding]:
    """Pairs of models that share every figure."""
    figures = {
        model: tuple(_score(rows.get((model, task)), score) for task in tasks for score in SCORES)
        for model in models
    }
    for a, b in combinations(models, 2):
        if _same(figures[a], figures[b]):
            where = tuple(rows[model, task].where for model in (a, b) for task in tasks[:1])
            n = len(figures[a])
            yield Finding(
                Check.SAME_SCORES,
                Severity.ERROR,
                f"{printable(a)} and {printable(b)}",
                where,
                f"the same {n} figures",
                "figures of their own",
            )


def same_column_findings(rows: Rows, tasks: Sequence[str], models: Sequence[str]) -> Iterator[Finding]:
    """Columns that repeat another: a score of all rows, of one task, or of another task.

    What holds for all tasks is not told again for each. Where reasoning repeats recognition, CoT does too, and
    only the first is told.
    """

    def column(score: str, of: Sequence[str]) -> tuple[Printed | None, ...]:
        return tuple(_score(rows.get((model, task)), score) for task in of for model in models)

    pairs = (("recognition", "reasoning"), ("recognition", "cot"), ("reasoning", "cot"))
    scopes = (
        [("all tasks", list(tasks)), *((task, [task]) for task in tasks)]
        if len(tasks) > 1
        else [(task, [task]) for task in tasks]
    )
    for scope, of in scopes:
        repeated = next((pair for pair in pairs if _same(column(pair[0], of), column(pair[1], of))), None)
        if repeated:
            yield _same_columns(scope, " and ".join(repeated), len(of) * len(models))
            if scope == "all tasks":
                break
    for a, b in combinations(tasks, 2):
        for score in SCORES:
            if _same(column(score, [a]), column(score, [b])):
                yield _same_columns(f"{a} and {b}", score, len(models))


def _same_columns(scope: str, what: str, n: int) -> Finding:
    return Finding(
        Check.SAME_COLUMNS,
        Severity.ERROR,
        f"{scope}: {what}",
        (),
        f"the same figures in {n} rows",
        "figures of their own",
    )


def _same(a: Sequence[Printed | None], b: Sequence[Printed | None]) -> bool:
    return None not in a and tuple(a) == tuple(b) and len(set(a)) >= _MIN_DISTINCT


def model_findings(models: Sequence[str], overall: Mapping[str, Row], rows: Rows) -> Iterator[Finding]:
    """Models that only one of the two tables has."""
    for model in models:
        if model not in overall:
            where = tuple(row.where for (other, _), row in rows.items() if other == model)[:1]
            yield _in_one(model, where, "in the table of tasks only")
    for model, row in overall.items():
        if model not in models:
            yield _in_one(model, (row.where,), "in the table of overall scores only")


def _in_one(model: str, where: tuple[str, ...], found: str) -> Finding:
    return Finding(
        Check.MODEL_IN_ONE_TABLE, Severity.WARNING, printable(model), where, found, "a model of both tables"
    )
