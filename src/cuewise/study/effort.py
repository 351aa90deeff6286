"""What a study will take, and how sure its figures will be: told before anybody is asked to rate."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

from cuewise.scores.intervals import Z_95
from cuewise.study.records import Item, Study, StudyKind

STEP_S: Final = 15.0
"""Seconds to read a step and rate it. An assumption, as the next one; the clip is watched once beside."""
QUESTION_S: Final = 30.0
"""Seconds to answer a question and give reasons."""
AGREEMENT: Final = 0.8
"""Share of steps on which judge and people are taken to agree."""
CORRELATION: Final = 0.2
"""What two steps of one answer are taken to correlate by in whether judge and people agree. An assumption."""
RIGHT: Final = 0.5
"""Share of questions that people are taken to answer rightly: the one that makes the interval widest."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What a study will take, and give."""

    ratings: int
    """Steps to rate, or questions to answer, by all raters together, attention items included."""
    hours: dict[str, float]
    """By rater."""
    units: int
    """Different steps, or questions, that count in the figures."""
    half_width: float
    """Half of the 95 % interval of the judge's agreement with people, or of people's accuracy; percentage points."""


def effort(study: Study) -> Effort:
    """What a study will take, and give, by the assumptions above.

    The interval is that of a share p of m steps in each of n answers: Z sqrt(p (1 - p) D / (n m)) with the design
    effect D = (1 + (m - 1) r) n sum w^2 / (sum w)^2, of which the first factor is Kish's for clusters of m that
    correlate by r, and the second his for unequal weights (Survey Sampling, 1965).
    """
    known = {item.id: item for item in study.items}
    question = study.plan.kind is StudyKind.QUESTION
    hours = {
        rater: sum(_seconds(known[id], question) for id in ids) / 3600
        for rater, ids in study.assigned.items()
    }
    drawn = study.drawn
    units = sum(1 if question else len(item.rated) for item in drawn)
    weights = [1.0 if item.judged is None else item.judged.weight for item in drawn]
    unequal = len(weights) * sum(weight**2 for weight in weights) / sum(weights) ** 2
    clustered = 1 + (units / len(drawn) - 1) * CORRELATION
    share = RIGHT if question else AGREEMENT
    return Effort(
        ratings=sum(1 if question else len(known[id].rated) for ids in study.assigned.values() for id in ids),
        hours=hours,
        units=units,
        half_width=100 * Z_95 * sqrt(share * (1 - share) * clustered * unequal / units),
    )


def _seconds(item: Item, question: bool) -> float:
    watched = item.facts.duration_s if item.facts is not None else 0.0
    return watched + (QUESTION_S if question else STEP_S * len(item.rated))
