"""What must hold of one outcome of a submission: all that follows from something else in it, worked out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from cuewise.labels import candidates_of
from cuewise.labels.reading import settle_label
from cuewise.labels.refusals import looks_like_refusal
from cuewise.records import Decision, Outcome, OutcomeKind, Protocol, Record, Sample, Verdict, Vote
from cuewise.runs.manifest import Settings
from cuewise.scores.sample import score_verdicts
from cuewise.verdicts.panel import PanelRule, combine

Found = tuple[str, str, str]
"""What differs, what is stated, and what it comes to when worked out again."""

MAX_LABELS: Final = 500
"""Candidates of a sample; of many more, working out which words mean them takes minutes."""
_TOLERANCE: Final = 1e-9


def check_outcome(outcome: Outcome, settings: Settings) -> Iterator[Found]:
    """Where an outcome does not follow from itself.

    Args:
        settings: those of its run, with the version of the label taxonomy that is installed.
    """
    sample = outcome.sample
    if outcome.protocol is not settings.protocol:
        yield "protocol", outcome.protocol.value, settings.protocol.value
    if fault := _of_labels(sample):
        yield "gold labels", ", ".join(sample.labels) or "none", fault
        return
    if sample.task not in settings.tasks:
        yield "task", sample.task, f"one of {', '.join(settings.tasks)}"
    if not set(outcome.sent) <= set(settings.modalities):
        yield (
            "sent to the model",
            ", ".join(outcome.sent),
            f"some of {', '.join(settings.modalities) or 'nothing'}",
        )
    if (outcome.score is not None) != (outcome.kind is OutcomeKind.SCORED):
        yield "outcome", outcome.kind.value, "a score exactly where it is scored"
        return
    if outcome.kind is OutcomeKind.SCORED and (outcome.answer is None or outcome.reading is None):
        yield "outcome", "scored", "no answer or no reading of it, so nothing that could be scored"
        return
    yield from _reading(outcome)
    if outcome.score is not None:
        yield from _answer(outcome)
        yield from _votes(outcome, settings)
        yield from _ratings(outcome)
        yield from _score(outcome, settings.alpha)


def _of_labels(sample: Sample) -> str:
    """Why a sample's labels cannot be; empty where they can."""
    if not 2 <= len(set(sample.label_set)) <= MAX_LABELS:
        return f"2 to {MAX_LABELS} candidates"
    if not sample.labels or not set(sample.labels) <= set(sample.label_set):
        return f"some of {', '.join(sample.label_set)}"
    if len(sample.labels) > 1 and not sample.multi_label:
        return "one label, as the task has one"
    return ""


def _reading(outcome: Outcome) -> Iterator[Found]:
    """The labels, read again from the answer and its label step."""
    if outcome.answer is None or outcome.reading is None or not outcome.steps:
        if outcome.reading is not None:
            yield "reading", "labels", "no answer or no steps to read them from"
        return
    sample = outcome.sample
    label = outcome.steps[-1]
    named = {name for step in outcome.steps for name in step.labels or ()}
    if not named <= set(sample.label_set):
        yield "steps", ", ".join(sorted(named - set(sample.label_set))), "labels among the candidates"
        return
    again = settle_label(outcome.answer.text, label, candidates_of(sample), multi_label=sample.multi_label)
    yield from _differences("reading", outcome.reading, again)


def _answer(outcome: Outcome) -> Iterator[Found]:
    """An answer that the pipeline would have ended at has no score."""
    text = outcome.answer.text if outcome.answer else ""
    if not text.strip():
        yield "outcome", "scored", "unparseable_answer: the answer is empty"
    elif looks_like_refusal(text, candidates_of(outcome.sample)):
        yield "outcome", "scored", "refused: the answer declines the question"


def _votes(outcome: Outcome, settings: Settings) -> Iterator[Found]:
    """Everyone on the panel voted once, and their votes come to the verdicts."""
    wanted = len(settings.judges) * settings.judge_repeats
    voted = [(vote.judge, vote.repeat) for vote in outcome.votes]
    if wanted == 1:
        if voted:
            yield "votes", str(len(voted)), "none, as one judge judges once"
        return
    # Before the seats are named: a header may claim any number of them.
    if len(voted) != wanted:
        yield "votes", str(len(voted)), str(wanted)
        return
    seats = [(judge.name, at) for judge in settings.judges for at in range(settings.judge_repeats)]
    if Counter(seats) != Counter(voted):
        yield "votes", _seats(voted), _seats(seats)
        return
    try:
        again = combine(outcome.votes, settings.panel_rule or PanelRule.MAJORITY)
    except ValueError as error:
        yield "votes", "on different steps", str(error)
        return
    if len(again) != len(outcome.verdicts):
        yield "verdicts", str(len(outcome.verdicts)), f"{len(again)}, as the votes have"
        return
    for stated, found in zip(outcome.verdicts, again, strict=True):
        yield from _differences(f"verdict on step {stated.step}", stated, found)


def _seats(seats: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{name} ({repeat})" for name, repeat in seats) or "none"


def _ratings(outcome: Outcome) -> Iterator[Found]:
    """Each judge's ratings are such as the protocol knows."""
    sets = outcome.votes or (Vote(judge="", repeat=0, verdicts=outcome.verdicts),)
    for vote in sets:
        if not vote.verdicts:
            yield "verdicts", "none", "one per step"
            continue
        *reasons, label = vote.verdicts
        for verdict in reasons:
            wanted = _reason_ratings(verdict, outcome.protocol)
            if verdict.rating not in wanted:
                yield (
                    f"rating of step {verdict.step}",
                    f"{verdict.rating:g}",
                    " or ".join(f"{one:g}" for one in wanted),
                )
        if (points := _label_rating(label, outcome)) is not None and abs(label.rating - points) > _TOLERANCE:
            yield f"rating of step {label.step}", f"{label.rating:g}", f"{points:g}"


def _reason_ratings(verdict: Verdict, protocol: Protocol) -> tuple[float, ...]:
    if protocol is Protocol.GROUNDED:
        return (float(verdict.decision is Decision.SUPPORTED and bool(verdict.relevant)),)
    return (0.0, 1.0)


def _label_rating(label: Verdict, outcome: Outcome) -> float | None:
    """What the label step's rating must be; the nearest C/K where only its form is known."""
    sample = outcome.sample
    if outcome.protocol is Protocol.GROUNDED:
        return None if label.labels is None else sample.label_f1(label.labels)
    parts = len(sample.labels)
    return round(label.rating * parts) / parts


def _score(outcome: Outcome, alpha: float) -> Iterator[Found]:
    assert outcome.reading is not None and outcome.score is not None
    try:
        again = score_verdicts(
            outcome.sample,
            outcome.steps,
            outcome.verdicts,
            outcome.reading,
            protocol=outcome.protocol,
            evidence=outcome.evidence,
            alpha=alpha,
        )
    except ValueError as error:
        yield "score", "a score", f"none: {error}"
        return
    yield from _differences("score", outcome.score, again)


def _differences(what: str, stated: Record, found: Record) -> Iterator[Found]:
    """The fields in which two records of one kind differ, floats by more than rounding in the last places."""
    for name in type(stated).model_fields:
        one, other = getattr(stated, name), getattr(found, name)
        if isinstance(one, Record) and isinstance(other, Record):
            yield from _differences(f"{what}, {name}", one, other)
        elif isinstance(one, float) and isinstance(other, float):
            if abs(one - other) > _TOLERANCE:
                yield f"{what}, {name}", f"{one:g}", f"{other:g}"
        elif one != other:
            yield f"{what}, {name}", _told(one), _told(other)


def _told(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
