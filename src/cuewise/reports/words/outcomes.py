"""How samples ended, in words."""

from __future__ import annotations

from typing import Final

from cuewise.records import OutcomeKind
from cuewise.reports.formats import count, decimal, settled
from cuewise.scores.figures import Figures

OUTCOMES: Final = {
    OutcomeKind.SCORED: ("scored", ""),
    OutcomeKind.REFUSED: ("refused to answer", "model"),
    OutcomeKind.UNPARSEABLE_ANSWER: ("gave no readable answer", "model"),
    OutcomeKind.TRUNCATED_ANSWER: ("answer cut off at the token limit", "model"),
    OutcomeKind.MISSING_CLIP: ("clip missing", "data"),
    OutcomeKind.BROKEN_CLIP: ("clip broken", "data"),
    OutcomeKind.MODEL_FAILURE: ("call to the model failed", "service"),
    OutcomeKind.EXTRACTOR_FAILURE: ("steps could not be read from the answer", "extractor"),
    OutcomeKind.EVIDENCE_FAILURE: ("evidence could not be gathered", "evidence agent"),
    OutcomeKind.JUDGE_FAILURE: ("judge gave no valid verdict", "judge"),
}
"""In words, and where the cause lies."""


LOW_COVERAGE: Final = 95
"""Percent; a lower coverage must be read together with the scores."""


def is_low(coverage: float | None) -> bool:
    """Whether a coverage, as it is printed, is below `LOW_COVERAGE`."""
    return coverage is not None and round(settled(coverage), 1) < LOW_COVERAGE


def coverage_sentence(figures: Figures) -> str:
    """How many samples, or answers where there are several to each, were scored, and what the others could hide;
    empty without samples."""
    unscored = figures.asked - figures.scored
    what = "answer" if figures.asked > figures.count else "sample"
    if not figures.count:
        return ""
    if not unscored:
        return f"100 %: every {what} was scored."
    kinds = [
        (-number, f"{words}, {count(number)}")
        for kind, (words, _) in OUTCOMES.items()
        if kind is not OutcomeKind.SCORED and (number := figures.outcomes.get(kind.value, 0))
    ]
    told = "; ".join(text for _, text in sorted(kinds, key=lambda kind: kind[0]))
    bounds = figures.bounds["cot"]
    high = decimal(bounds.high if bounds else None)
    have, count_as_0 = (
        ("has", "It counts as 0; had it been right")
        if unscored == 1
        else ("have", "They count as 0; had all of them been right")
    )
    return (
        f"{decimal(figures.coverage)} %: {count(unscored)} of {count(figures.asked)} {what}s {have}"
        f" no score ({told}). {count_as_0}, the CoT score would be {high} %."
    )
