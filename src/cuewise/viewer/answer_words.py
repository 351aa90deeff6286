"""What is said of one answer, and of the sample that it answers, in words and figures."""

from __future__ import annotations

from typing import Final

from cuewise.analysis.digest import predicted
from cuewise.models.cards import is_imported
from cuewise.records import ClipFacts, LabelStatus, Outcome, Sample
from cuewise.reports.formats import count, decimal
from cuewise.reports.words.conditions import given_words, treatment_name
from cuewise.reports.words.labels import MEANS, STATUSES
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.runs.manifest import Settings
from cuewise.viewer.steps import Look, label_words


def standing(outcome: Outcome) -> tuple[str, Look]:
    """Whether the label is right, or how the sample ended where there is no score."""
    if outcome.score is None:
        return OUTCOMES[outcome.kind][0], "open"
    points = outcome.score.recognition
    if 0 < points < 1:
        return "partly right", "open"
    return ("right", "right") if points == 1 else ("wrong", "wrong")


def marks(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """Names and figures: what was predicted, the scores in percent, the length of the answer."""
    labels, score = predicted(outcome), outcome.score
    found = [] if labels is None else [("Predicted", label_words(labels))]
    if score is not None:
        found += [
            ("Recognition", decimal(100 * score.recognition)),
            ("Reasoning", decimal(100 * score.reasoning)),
            ("CoT", decimal(100 * score.cot)),
        ]
        if score.judged_recognition is not None and score.judged_recognition != score.recognition:
            found.append(("Recognition by the judge", decimal(100 * score.judged_recognition)))
    if outcome.answer is not None and outcome.answer.output_tokens is not None:
        found.append(("Answer tokens", count(outcome.answer.output_tokens)))
    return tuple(found)


def reading_words(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """How the label was read, without a judge: each part, and what it means."""
    reading = outcome.reading
    if reading is None:
        return ()
    parts = [(STATUSES[reading.status], _STATUS_MEANINGS[reading.status])]
    if reading.labels:
        parts.append((label_words(reading.labels), "The candidates that this is scored as"))
    if reading.means is not None:
        parts.append(
            (MEANS[reading.means], "How far the answer’s word had to be taken to become a candidate")
        )
    parts.append(
        ("certain", "The answer states its label plainly")
        if reading.certain
        else ("the wording leaves doubt", "The answer hedges or is loosely worded: look at it yourself")
    )
    if reading.outside:
        parts.append(
            (f"outside the candidates: {', '.join(reading.outside)}", _STATUS_MEANINGS[LabelStatus.OUTSIDE])
        )
    parts.append(
        ("read from the extractor’s last step", "The label step that the answer was taken apart into")
        if reading.origin == "step"
        else ("read from the answer", "The answer’s own text, not the steps that it was taken apart into")
    )
    labels = outcome.score.labels if outcome.score else None
    for name, points, meaning in (
        (
            ("family", labels.family, "Whether the label is of the gold label’s family of feelings"),
            ("valence", labels.valence, "Whether the label is as pleasant or unpleasant as the gold label"),
        )
        if labels
        else ()
    ):
        if points is not None:
            said = "right" if points == 1 else "wrong" if points == 0 else f"{decimal(100 * points)} %"
            parts.append((f"{name} {said}", meaning))
    return tuple(parts)


_STATUS_MEANINGS: Final = {
    LabelStatus.MATCHED: "What the answer names is a candidate, or means one",
    LabelStatus.SEVERAL: "The answer names several candidates where only one may hold",
    LabelStatus.NONE: "The answer has no word for an emotion, sentiment or intent",
    LabelStatus.REFUSED: "The answer declines to name a label",
    LabelStatus.OUTSIDE: "The answer’s word means none of the candidates",
}


def usage_words(outcome: Outcome) -> str:
    """Calls and tokens by stage."""
    parts = []
    for stage, usage in outcome.usage.items():
        calls = f"{stage}: {count(usage.calls)} {'call' if usage.calls == 1 else 'calls'}"
        known = [
            f"{count(tokens)} tokens {way}"
            for tokens, way in ((usage.input_tokens, "in"), (usage.output_tokens, "out"))
            if tokens is not None
        ]
        parts.append(", ".join((calls, *known)))
    return " · ".join(parts)


def about(sample: Sample, facts: ClipFacts | None) -> tuple[str, ...]:
    """Task, source, and the clip's length and size as far as they are known."""
    parts = [sample.task]
    if sample.source:
        parts.append(f"from {sample.source}")
    if facts is not None:
        parts.append(f"{facts.duration_s:.1f} s")
        if facts.width and facts.height:
            parts.append(f"{facts.width} × {facts.height}")
        if facts.fps:
            parts.append(f"{facts.fps:.3g} frames/s")
        if facts.truncated:
            parts.append("ends before its header says")
    return tuple(parts)


def given(settings: Settings, outcome: Outcome) -> str:
    """What of the clip the model was given; empty where it was never asked."""
    if is_imported(settings.model.name):
        words = given_words(outcome.sent)
        return f"given {words}, as its import says" if outcome.sent else "what it was given is not told"
    sent = given_words(outcome.sent) if outcome.answer is not None or outcome.sent else ""
    changed = "" if settings.treatment is None else treatment_name(settings.treatment)
    words = "; ".join(filter(None, (sent, changed)))
    return words and f"given {words}"
