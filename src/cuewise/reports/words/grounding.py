"""How reasons stand against the evidence, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cuewise.records import Decision
from cuewise.reports.formats import count, decimal
from cuewise.reports.words.phrases import listed, percent
from cuewise.scores.grounding_figures import GroundingFigures

DECISIONS: Final = {Decision.SUPPORTED: "✓", Decision.CONTRADICTED: "✗", Decision.UNVERIFIABLE: "?"}
"""The sign that stands beside each word, so that no reader depends on a colour."""


def grounding_sentences(grounding: GroundingFigures) -> list[str]:
    """How many reasons are supported, bear on the label and earn, and what answers rest on."""
    if grounding.supported is None:
        return ["No scored answer gives a reason."]
    sentences = [
        f"Of {count(grounding.supported.count)} reasons, {percent(grounding.supported)} are supported by evidence,"
        f" {percent(grounding.contradicted)} contradicted and {percent(grounding.unverifiable)} unverifiable;"
        f" {percent(grounding.relevant)} bear on the label, and {percent(grounding.earning)} earn their point.",
        f"Supported reasons rest on the face and what else is seen in {percent(grounding.face)} of answers, on the"
        f" voice in {percent(grounding.voice)}, on the words spoken in {percent(grounding.words)}.",
    ]
    again = grounding.repeated
    if again is not None and again.percent:
        steps = round(again.percent * again.count / 100)
        says = (
            "1 more step says again what an earlier one said, and counts"
            if steps == 1
            else (f"{count(steps)} more steps say again what earlier ones said, and count")
        )
        sentences.append(f"{says} nowhere.")
    return sentences


def lost_sentence(model: str, grounding: GroundingFigures | None) -> str:
    """Why reasons of a model earned nothing under the grounded rules; empty where it gave none.

    A reason can fail in two ways at once, so the shares need not add up.
    """
    if grounding is None or grounding.supported is None or grounding.relevant is None:
        return ""
    return (
        f"{model}: of {count(grounding.supported.count)} reasons, {percent(grounding.contradicted)} are contradicted by"
        f" the evidence, {percent(grounding.unverifiable)} unverifiable, and"
        f" {decimal(100 - grounding.relevant.percent)} % not relevant, as they do not bear on the label"
        + (
            f"; of all steps, {percent(grounding.repeated)} only say again what an earlier one said."
            if grounding.repeated is not None and grounding.repeated.percent
            else "."
        )
    )


def withheld_sentence(withheld: Mapping[str, int]) -> str:
    """What was kept from the judge; empty for nothing.

    Args:
        withheld: of how many samples, by what.

    >>> withheld_sentence({"audio clue": 1})
    'Kept from the judge, as it would give the label away: the audio clue of 1 sample.'
    """
    if not withheld:
        return ""
    told = [
        f"the {what} of {'1 sample' if number == 1 else f'{count(number)} samples'}"
        for what, number in sorted(withheld.items())
    ]
    return f"Kept from the judge, as it would give the label away: {listed(told)}."
