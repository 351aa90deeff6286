"""How far repeated answers vary, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cuewise.reports.formats import count, decimal
from cuewise.reports.words.phrases import percent
from cuewise.scores.figures import Figures

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings


def repeat_sentences(settings: Settings, figures: Figures) -> list[str]:
    """What asking every sample several times showed; nothing where each was asked once."""
    variation = figures.variation
    if variation is None:
        return []
    of = variation.recognition
    cot = variation.cot
    sentences = [
        f"Asked {variation.epochs} times, the model’s recognition lies between {decimal(min(of.by_epoch))} and"
        f" {decimal(max(of.by_epoch))} % from answer to answer (standard deviation {decimal(of.deviation)} points), and"
        f" its CoT score between {decimal(min(cot.by_epoch))} and {decimal(max(cot.by_epoch))} %."
    ]
    if of.wavering is not None:
        sentences.append(
            f"Of the variance of recognition {decimal(of.wavering)} % is wavering between answers to one sample; the"
            " rest is samples that differ."
        )
    if variation.agreement is not None and variation.label_changes is not None:
        sentences.append(
            f"Two answers to a sample name the same label in {percent(variation.agreement)} of the pairs, and for"
            f" {percent(variation.label_changes)} of {count(variation.label_changes.count)} samples the label changes."
        )
    sentences.append(
        "If only the labels that most answers name counted, recognition would be"
        f" {percent(variation.majority)}; it is full in any answer for {percent(variation.ever_right)} of samples, in"
        f" every answer for {percent(variation.always_right)}."
    )
    if settings.at_temperature_0:
        sentences.append(
            "Answers were drawn at temperature 0, so this is how far the server wavers on one and the same question."
        )
    sentences.append("Answers to a sample that are alike were read and judged once.")
    return sentences
