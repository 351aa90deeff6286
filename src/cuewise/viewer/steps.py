"""The steps of one answer as the sample's page shows them: what the judge says of each, in words, and its evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from cuewise.alignment import StepAlignment, align
from cuewise.records import Decision, Evidence, Outcome, Protocol, Step, Verdict, Vote
from cuewise.reports.formats import DASH
from cuewise.reports.private import scrub_all
from cuewise.reports.words.grounding import DECISIONS
from cuewise.scores.grounding import said_before
from cuewise.web.timeline import span_words, told

Look = Literal["right", "wrong", "open"]

_LOOKS: Final[Mapping[Decision, Look]] = {Decision.SUPPORTED: "right", Decision.CONTRADICTED: "wrong"}
_POINTS: Final = {1.0: "counts as right", 0.0: "counts as wrong"}
"""Under the paper's rules, where what nothing can check counts as right."""
_MOST_TIMES: Final = 20
"""Times and quotations shown of one step."""


@dataclass(frozen=True)
class Cite:
    """A piece of evidence that a verdict rests on."""

    id: str
    when: str
    told: str
    """As read out; says so where there is no such piece."""


@dataclass(frozen=True)
class VoteLine:
    """One judge's verdict on a step."""

    judge: str
    sign: str
    look: Look
    verdict: str
    reason: str
    cites: tuple[Cite, ...]


@dataclass(frozen=True)
class StepView:
    """One step with what is said of it."""

    index: int
    text: str
    is_label: bool
    sign: str
    look: Look
    verdict: str
    """The verdict in words: decision, whether it bears on the label, points, how sure the judge is."""
    reason: str
    cites: tuple[Cite, ...]
    quotes: tuple[str, ...]
    """Words of the transcript that it quotes."""
    votes: tuple[VoteLine, ...]
    """Each judge's own verdict, where there are several."""
    votes_alike: bool
    selection: str
    """What the player is told when it is chosen, as JSON: `cited`, `checked`, `near`, `times`."""


def step_views(outcome: Outcome) -> tuple[StepView, ...]:
    """All steps of an outcome, in order."""
    verdicts = {verdict.step: verdict for verdict in outcome.verdicts}
    pieces = {piece.id: piece for piece in outcome.evidence}
    again = _again(outcome)
    return tuple(
        _view(step, aligned, verdicts.get(step.index), outcome, pieces, again=step.index in again)
        for step, aligned in zip(outcome.steps, align(outcome), strict=True)
    )


def _view(
    step: Step,
    aligned: StepAlignment,
    verdict: Verdict | None,
    outcome: Outcome,
    pieces: Mapping[str, Evidence],
    *,
    again: bool,
) -> StepView:
    is_label = step.labels is not None
    votes = [(vote, one) for vote in outcome.votes for one in vote.verdicts if one.step == step.index]
    return StepView(
        index=step.index,
        text=step.text,
        is_label=is_label,
        sign=_sign(verdict, is_label=is_label),
        look=_look(verdict, is_label=is_label, again=again),
        verdict=verdict_words(step.labels, verdict, outcome.protocol, again=again),
        reason=verdict.reason if verdict else "",
        cites=_cites(verdict, pieces),
        quotes=tuple(dict.fromkeys(quote.text for piece in aligned.evidence for quote in piece.quotes))[
            :_MOST_TIMES
        ],
        votes=tuple(
            _vote(one, _judgement(vote, outcome.votes), is_label, outcome.protocol, pieces)
            for vote, one in votes
        ),
        votes_alike=len({(one.rating, one.decision) for _, one in votes}) < 2,
        selection=json.dumps(_selection(aligned)),
    )


def _selection(aligned: StepAlignment) -> dict[str, object]:
    times = [(time.start_s, time.end_s) for time in aligned.times]
    times += [
        (quote.start_s, quote.end_s)
        for piece in aligned.evidence
        for quote in piece.quotes
        if quote.start_s is not None and quote.end_s is not None
    ]
    return {
        "cited": [piece.id for piece in aligned.evidence if piece.cited],
        "checked": [piece.id for piece in aligned.evidence if piece.checked and not piece.cited],
        "near": [piece.id for piece in aligned.evidence if piece.nearest],
        "times": [[round(start, 2), round(end, 2)] for start, end in dict.fromkeys(times)][:_MOST_TIMES],
    }


def _judgement(vote: Vote, votes: Sequence[Vote]) -> str:
    several, name = sum(one.judge == vote.judge for one in votes) > 1, str(scrub_all(vote.judge))
    return f"{name}, judgement {vote.repeat + 1}" if several else name


def _vote(
    verdict: Verdict, judge: str, is_label: bool, protocol: Protocol, pieces: Mapping[str, Evidence]
) -> VoteLine:
    said = (
        f"reads {label_words(verdict.labels)}"
        if is_label and verdict.labels is not None
        else verdict_words(None, verdict, protocol, again=False)
    )
    return VoteLine(
        judge=judge,
        sign="" if is_label else _sign(verdict, is_label=False),
        look=_look(verdict, is_label=is_label, again=False),
        verdict=said,
        reason=verdict.reason,
        cites=_cites(verdict, pieces),
    )


def _again(outcome: Outcome) -> set[int]:
    """Indices of the steps that say only what earlier ones said, and so do not count."""
    grounding = outcome.score.grounding if outcome.score else None
    if grounding is None or not grounding.repeated:
        return set()
    reasons = outcome.steps[:-1]
    return {
        step.index
        for step, repeats in zip(reasons, said_before(reasons, outcome.verdicts[:-1]), strict=True)
        if repeats
    }


def _sign(verdict: Verdict | None, *, is_label: bool) -> str:
    if is_label:
        return "label"
    if verdict is None:
        return DASH
    if verdict.decision is not None:
        return DECISIONS[verdict.decision]
    return "✓" if verdict.rating == 1 else "✗" if verdict.rating == 0 else "◐"


def _look(verdict: Verdict | None, *, is_label: bool, again: bool) -> Look:
    if verdict is None or is_label or again:
        return "open"
    if verdict.decision is not None:
        return _LOOKS.get(verdict.decision, "open")
    return "right" if verdict.rating == 1 else "wrong" if verdict.rating == 0 else "open"


def label_words(labels: Sequence[str]) -> str:
    """Labels in a row, or that there is none."""
    return ", ".join(labels) or "no candidate"


def verdict_words(
    labels: Sequence[str] | None, verdict: Verdict | None, protocol: Protocol, *, again: bool
) -> str:
    """A verdict in words.

    Args:
        labels: those that the step names; None for a reason.
        again: whether it says only what earlier steps said.
    """
    named = None if labels is None else f"label: {label_words(labels)}"
    if verdict is None:
        return ", ".join(filter(None, (named, "not judged")))
    parts = [named] if named is not None else [verdict.decision.value] if verdict.decision else []
    grounded = protocol is Protocol.GROUNDED
    if named is not None:
        if verdict.labels is not None:
            parts.append(f"the judge reads {label_words(verdict.labels)}")
        elif not grounded:
            parts.append(f"rated {verdict.rating:.3g}")
        if grounded:
            parts.append("earns nothing as a reason")
    else:
        parts += _reason_words(verdict, grounded=grounded, again=again)
    if verdict.confidence is not None:
        parts.append(f"{100 * verdict.confidence:.0f} % sure")
    return ", ".join(parts)


def _reason_words(verdict: Verdict, *, grounded: bool, again: bool) -> list[str]:
    parts = []
    if verdict.relevant is not None:
        parts.append("bears on the label" if verdict.relevant else "does not bear on the label")
    if verdict.repeats is not None:
        parts.append(f"says again what step {verdict.repeats} said")
    if again:
        parts.append("does not count" if verdict.repeats is not None else "said before, does not count")
    elif grounded:
        parts.append(f"earns {verdict.rating:.3g}" if verdict.rating else "earns nothing")
    else:
        parts.append(_POINTS.get(verdict.rating, f"rated {verdict.rating:.3g}"))
    return parts


def _cites(verdict: Verdict | None, pieces: Mapping[str, Evidence]) -> tuple[Cite, ...]:
    if verdict is None:
        return ()
    return tuple(
        Cite(id_, span_words(piece.start_s, piece.end_s), told(piece))
        if (piece := pieces.get(id_))
        else Cite(id_, "", f"{id_}, which is not among the evidence")
        for id_ in verdict.evidence
    )
