"""One row of a list of outcomes, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cuewise.reports.formats import DASH, decimal
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.viewer.addresses import has_page, run_url
from cuewise.viewer.filters import Disagreement, Rightness
from cuewise.viewer.rows import Row
from cuewise.viewer.steps import Look, label_words

_DISAGREEMENTS: Final = {
    Disagreement.RUNS: (
        "runs",
        "Another run of the workspace has another recognition for this sample, in the same of several answers",
    ),
    Disagreement.JUDGES: ("judges", "Judges differ on a step"),
    Disagreement.LABEL: ("label", "The judge rates the label otherwise than the label taxonomy"),
}
RIGHTNESS: Final[dict[Rightness, tuple[str, str, Look]]] = {
    Rightness.RIGHT: ("✓", "right", "right"),
    Rightness.PARTLY: ("◐", "partly right", "open"),
    Rightness.WRONG: ("✗", "wrong", "wrong"),
}
"""Sign, words and look."""


MOST_CHARS: Final = 240
"""Of a text in a list."""


@dataclass(frozen=True)
class Bar:
    """A score as a small bar."""

    name: str
    figure: str
    """Percent."""
    width: float | None
    """Of 100; None where there is no score."""


@dataclass(frozen=True)
class RowView:
    """One outcome."""

    url: str
    """Of its page; empty where its sample has none, as its id is too long for an address."""
    run: str
    run_url: str
    sample: str
    task: str
    gold: str
    predicted: str
    """A dash where no label was reached."""
    sign: str
    rightness: str
    look: Look
    kind: str
    """How it ended, in words; empty where it was scored."""
    cause: str
    epoch: int
    """From 1."""
    bars: tuple[Bar, ...]
    marks: tuple[tuple[str, str], ...]
    steps: str


def cut(text: str) -> str:
    """Foreign text, no longer than a line or two of a list needs."""
    return text if len(text) <= MOST_CHARS else text[:MOST_CHARS] + "…"


def disagreement_words(one: Disagreement, *, among: bool) -> tuple[str, str]:
    """A disagreement as a mark, and what it means.

    Args:
        among: whether it is among the runs that a list is narrowed to.
    """
    mark, meaning = _DISAGREEMENTS[one]
    if one is Disagreement.RUNS and among:
        return (
            mark,
            "Another of the chosen runs has another recognition for this sample, in the same of several answers",
        )
    return mark, meaning


def row_view(row: Row, url: str, *, among: bool = False) -> RowView:
    """One outcome in words; `among` as for `disagreement_words`."""
    sign, rightness, look = RIGHTNESS[row.rightness] if row.rightness else ("", "", "open")
    scores = (("Recognition", row.recognition), ("Reasoning", row.reasoning), ("CoT", row.cot))
    return RowView(
        url=url if has_page(row.sample) else "",
        run=row.run,
        run_url=run_url(row.run),
        sample=cut(row.sample),
        task=row.task,
        gold=cut(label_words(row.labels)),
        predicted=DASH if row.predicted is None else cut(label_words(row.predicted)),
        sign=sign,
        rightness=rightness,
        look=look,
        kind="" if row.rightness else OUTCOMES[row.kind][0],
        cause=(row.cause or "").replace("_", " "),
        epoch=row.epoch + 1,
        bars=tuple(
            Bar(
                name,
                DASH if score is None else decimal(100 * score),
                None if score is None else round(100 * score, 1),
            )
            for name, score in scores
        ),
        marks=tuple(disagreement_words(one, among=among) for one in Disagreement if one in row.disagreements),
        steps=str(row.n_steps) if row.n_steps else DASH,
    )
