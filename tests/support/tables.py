"""Small tables of answers, written out row by row, for tests of whatever reads `RunTable`s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cuewise.analysis.table import GROUNDING, LABEL_POINTS, Floats, RunTable, SampleRow
from cuewise.records import Protocol
from cuewise.reports.sections.runs import AnalysedRun
from support.outcomes import make_manifest, make_samples


@dataclass(frozen=True)
class Row:
    """One answer. Recognition is the share of gold labels named where nothing else is said."""

    id: str
    gold: tuple[str, ...]
    said: tuple[str, ...] | None
    label_set: tuple[str, ...] = ("anger", "fear", "sad", "surprise")
    task: str = "T"
    multi_label: bool = False
    source: str | None = None
    recognition: float | None = None
    reasoning: float = 0.0
    steps: int = 1
    characters: float = 100.0
    tokens: float = np.nan
    kind: str = "scored"
    cause: str | None = None
    status: str | None = "matched"
    judged: float = np.nan
    duration_s: float | None = None
    has_audio: bool | None = None
    reasons: float = np.nan
    contradicted: float = np.nan


def small_table(rows: Sequence[Row], alpha: float = 0.5) -> RunTable:
    """The table of rows; neighbours of one id are answers to one sample."""
    samples: list[SampleRow] = []
    places, epochs = [], []
    for row in rows:
        if not samples or samples[-1].id != row.id:
            samples.append(_sample(row))
            epochs.append(0)
        else:
            epochs.append(epochs[-1] + 1)
        places.append(len(samples) - 1)
    scored = np.array([row.kind == "scored" for row in rows])
    recognition = np.where(scored, [_recognition(row) for row in rows], np.nan)
    reasoning = np.where(scored, [row.reasoning for row in rows], np.nan)
    nothing = np.full(len(rows), np.nan)
    grounding: dict[str, Floats] = dict.fromkeys(GROUNDING, nothing)
    grounding["reasons"] = np.array([row.reasons for row in rows], dtype=np.float64)
    grounding["contradicted"] = np.array([row.contradicted for row in rows], dtype=np.float64)
    return RunTable(
        samples=tuple(samples),
        sample=np.array(places, dtype=np.int64),
        epoch=np.array(epochs, dtype=np.int64),
        kind=tuple(row.kind for row in rows),
        cause=tuple(row.cause for row in rows),
        labels=tuple(row.said for row in rows),
        status=tuple(row.status if row.said is not None else None for row in rows),
        steps=np.where(scored, [row.steps for row in rows], 0).astype(np.int64),
        characters=np.array([row.characters for row in rows], dtype=np.float64),
        tokens=np.array([row.tokens for row in rows], dtype=np.float64),
        points={
            "recognition": recognition,
            "reasoning": reasoning,
            "cot": alpha * recognition + (1 - alpha) * reasoning,
        },
        judged=np.array([row.judged for row in rows], dtype=np.float64),
        label_points=dict.fromkeys(LABEL_POINTS, nothing),
        grounding=grounding,
    )


def _sample(row: Row) -> SampleRow:
    return SampleRow(
        row.id,
        row.task,
        row.id.partition("/")[2] or row.id,
        row.source,
        row.label_set,
        row.gold,
        row.multi_label,
        (),
        row.duration_s,
        row.has_audio,
    )


def _recognition(row: Row) -> float:
    if row.recognition is not None:
        return row.recognition
    said = set(row.said or ())
    found = len(said & set(row.gold)) / len(row.gold)
    return found if row.multi_label else float(said == set(row.gold))


def analysed(table: RunTable, name: str = "run", *, protocol: Protocol = Protocol.MME_EMOTION) -> AnalysedRun:
    """A table as sections are given it."""
    settings = make_manifest(name, make_samples(1), model=f"openai/{name}", protocol=protocol).settings
    return AnalysedRun(name, settings.model.name, 0, protocol, table, settings)
