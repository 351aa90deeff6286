"""The summary of one run, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cuewise.models.cards import is_imported
from cuewise.models.protocol import VideoForm
from cuewise.reports.formats import count
from cuewise.reports.words.conditions import treatment_name
from cuewise.reports.words.grounding import grounding_sentences, withheld_sentence
from cuewise.reports.words.judges import (
    evidence_sentences,
    family_warning,
    judging_sentence,
    panel_sentences,
    unchecked_warning,
)
from cuewise.reports.words.labels import label_sentences
from cuewise.reports.words.outcomes import coverage_sentence, is_low
from cuewise.reports.words.phrases import kept_together, listed, named, nature, times, with_interval
from cuewise.reports.words.protocols import RULES
from cuewise.reports.words.repeats import repeat_sentences
from cuewise.scores.figures import Figures

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings


@dataclass(frozen=True)
class Paragraph:
    """What is said of one topic."""

    topic: str
    """One word to stand before it; empty for the first."""
    text: str
    warning: bool = False
    """Whether it must not be overlooked."""
    first: bool = False
    """Whether it stands before the scores in a report on one run."""


_WARNINGS: Final = frozenset({"Unfinished", "Unchecked", "Caution"})
_FIRST: Final = _WARNINGS | {"", "Scores"}


def summarise(
    settings: Settings,
    figures: Figures,
    *,
    finished: bool,
    withheld: Mapping[str, int],
    cued: int,
    unasked: int,
) -> list[Paragraph]:
    """What was run, what came out, and how far it can be trusted; topics without anything to say are left out.

    Args:
        withheld: of how many samples something was kept from the judge, by what it was.
        cued: samples with annotated cues.
        unasked: samples that ended before the model was asked.
    """
    labels, grounding, panel = figures.labels, figures.grounding, figures.panel
    judges = [judge.name for judge in settings.judges]
    repeated = settings.epochs > 1
    outcomes = "samples have an outcome" if not repeated else "answers are there"
    unfinished = (
        f"The run is not finished: {count(figures.asked)} of {count(settings.n_samples * settings.epochs)} {outcomes}"
        " so far, and all figures are over those."
    )
    taken = (
        label_sentences(labels, taxonomy=settings.taxonomy, judges=judges, repeated=repeated)
        if labels
        else []
    )
    told = [
        ("", [_setting(settings, figures, unasked)]),
        ("Unfinished", [] if finished else [unfinished]),
        ("Scores", [_scores(settings, figures)]),
        ("Coverage", [coverage_sentence(figures)]),
        ("Rules", [RULES[settings.protocol], withheld_sentence(withheld)]),
        ("Labels", taken),
        ("Reasons", grounding_sentences(grounding) if grounding else []),
        ("Evidence", evidence_sentences(settings)),
        ("Judges", [judging_sentence(settings), *(panel_sentences(panel) if panel else [])]),
        ("Repeats", repeat_sentences(settings, figures)),
        ("Unchecked", [unchecked_warning(settings, figures, cued)]),
        ("Caution", [family_warning(settings)]),
    ]
    first = _FIRST | {"Coverage"} if is_low(figures.coverage) else _FIRST
    return [
        Paragraph(topic, kept_together(text), warning=topic in _WARNINGS, first=topic in first)
        for topic, sentences in told
        if (text := " ".join(filter(None, sentences)))
    ]


def _setting(settings: Settings, figures: Figures, unasked: int) -> str:
    imported = is_imported(settings.model.name)
    picture = "frames" if settings.video is VideoForm.FRAMES else "video file"
    if imported:
        picture = "picture"
    words = {"video": picture, "audio": "sound", "text": "transcript"}
    sent = listed([words.get(modality, modality) for modality in settings.modalities])
    if imported:
        received = (
            f"Its answers were collected elsewhere, with the {sent} of each clip as their import says."
            if settings.modalities
            else "Its answers were collected elsewhere; what it was sent of the clips is not told."
        )
    elif settings.modalities:
        changed = "" if settings.treatment is None else f", changed: {treatment_name(settings.treatment)}"
        received = f"It was sent the {sent} of each clip{changed}."
    else:
        received = "It was sent nothing of the clips."
    samples = "1 sample" if settings.n_samples == 1 else f"{count(settings.n_samples)} samples"
    asked = figures.count - unasked
    if not imported and asked < settings.n_samples:
        samples = f"{count(asked)} of {samples}"
    before = f"; {count(unasked)} never reached it" if unasked and not imported else ""
    often = f", {times(settings.epochs)} each" if settings.epochs > 1 else ""
    return (
        f"{named(settings.model.name, nature(settings.model.name))} was asked {samples} of {settings.dataset}"
        f" ({listed(settings.tasks) or 'no task'}){often}{before}. {received}"
    )


def _scores(settings: Settings, figures: Figures) -> str:
    if figures.recognition is None:
        return "No sample has an outcome, so there is nothing to report."
    interval = figures.interval
    return (
        "Recognition, the share of points for naming the right label, is"
        f" {with_interval(figures.recognition, interval['recognition'])}."
        " Reasoning, the share of points for the reasons given, is"
        f" {with_interval(figures.reasoning, interval['reasoning'])}."
        f" The CoT score, which counts recognition {settings.alpha:g} and reasoning {1 - settings.alpha:g}, is"
        f" {with_interval(figures.cot, interval['cot'])}."
    )
