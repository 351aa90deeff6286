"""What an audit of a table finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Check(StrEnum):
    """The checks, by what they find."""

    NOT_A_NUMBER = "not-a-number"
    OUT_OF_RANGE = "out-of-range"
    """A score below 0 or above 100."""
    MISSING_CELL = "missing-cell"
    """An empty cell, or a model without a row for a task that others have."""
    DUPLICATE_ROW = "duplicate-row"
    """Two rows for one model and task."""
    COT_MEAN = "cot-mean"
    """CoT is not the mean of recognition and reasoning."""
    OVERALL_MEAN = "overall-mean"
    """An overall score is not the tasks' mean, weighted by their questions."""
    IMPOSSIBLE_VALUE = "impossible-value"
    """A recognition score of a single-label task that no number of right answers gives."""
    SAME_SCORES = "same-scores"
    """Two models with the same figures throughout."""
    SAME_COLUMNS = "same-columns"
    """Two columns with the same figures throughout."""
    MODEL_IN_ONE_TABLE = "model-in-one-table"
    """A model of one table that the other does not have."""


class Severity(StrEnum):
    """What a finding means."""

    ERROR = "error"
    """The figures cannot all be right."""
    WARNING = "warning"
    """They can, but something is missing or needs an explanation."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or wants an explanation."""

    check: Check
    severity: Severity
    subject: str
    """Which model, task and score; safe to print."""
    where: tuple[str, ...]
    """Files and lines."""
    found: str
    expected: str
    off: float | None = None
    """Points between what was found and the nearest that was expected; None where there is no such distance."""

    def to_json(self) -> dict[str, Any]:
        """All fields as plain data."""
        return {**asdict(self), "check": self.check.value, "severity": self.severity.value}
