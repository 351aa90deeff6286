"""Who told of the clips, who judged, by which rule several judges come together, and how far they agree, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cuewise.models.cards import family, kin
from cuewise.records import Protocol
from cuewise.reports.formats import count
from cuewise.reports.words.phrases import OFFLINE, listed, named_judge, percent, times
from cuewise.scores.figures import Figures
from cuewise.scores.panel import PanelFigures
from cuewise.verdicts.panel import PanelRule

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings

PANEL_RULES: Final = {
    PanelRule.MAJORITY: "a reason earns its point where more than half of their judgements give it",
    PanelRule.MEAN: "a reason earns the mean of their points",
}


def judging_sentence(settings: Settings) -> str:
    """Who took the answers apart, and who rated the steps."""
    judges = [judge.name for judge in settings.judges]
    sentence = (
        f"Answers were taken apart into steps by {named_judge(settings.extractor.name)}, and every step was rated by"
        f" {listed([named_judge(judge) for judge in judges])}"
    )
    if settings.judge_repeats > 1:
        sentence += f", {times(settings.judge_repeats)}{' each' if len(judges) > 1 else ''}"
    if settings.panel_rule is not None:
        sentence += f"; {PANEL_RULES[settings.panel_rule]}"
    sentence += "."
    if OFFLINE in judges:
        sentence += " Rules are no judge of meaning: figures judged so do not compare with published ones."
    return sentence


def evidence_sentences(settings: Settings) -> list[str]:
    """Which models told of clips for the judges, and what of each; nothing where none was asked to."""
    told = [
        words.format(model.name)
        for words, model in (
            ("of the sound, {} told", settings.audio_clue),
            ("of the frames, {} told", settings.describe),
            ("the words were written down by {}", settings.transcribe),
        )
        if model is not None
    ]
    if not told:
        return []
    sentence = "; ".join(told)
    return [
        f"{sentence[0].upper()}{sentence[1:]}.",
        "This was done blind: from the clip alone, without question, candidates or gold label.",
    ]


def family_warning(settings: Settings) -> str:
    """Which judges, and which describers of clips, are of the model's family; empty where none is."""
    model = settings.model.name
    judges, describers = (
        kin(model, [other.name for other in others]) for others in (settings.judges, settings.describers)
    )
    sentences = []
    if judges:
        who = (
            "judge"
            if len(settings.judges) == 1
            else f"the {'judge' if len(judges) == 1 else 'judges'} {listed(judges)}"
        )
        sentences.append(f"Model and {who} are of one family ({family(model)}), which may favour the model.")
    if describers:
        do, other = ("describes", "the other") if len(describers) == 1 else ("describe", "the others")
        sentences.append(
            f"Model and {listed(describers)}, which {do} clips for the judge, are of one family ({family(model)}):"
            f" what the model sees or hears wrongly {other} may too."
        )
    return " ".join(sentences)


def unchecked_warning(settings: Settings, figures: Figures, cued: int) -> str:
    """That the rules had hardly anything to check reasons by; empty where they had, or a model judged.

    Args:
        figures: over all samples.
        cued: samples with annotated cues.
    """
    rules_alone = all(judge.name == OFFLINE for judge in settings.judges)
    if not rules_alone or not figures.count or cued * 2 >= figures.count:
        return ""
    have = (
        f"Only {count(cued)} of {count(figures.count)} samples {'has' if cued == 1 else 'have'}"
        if cued
        else "No sample has"
    )
    meaning = (
        "a reasoning score of 0 or little more is no finding about the model"
        if settings.protocol is Protocol.GROUNDED
        else "what cannot be checked passes, and a high reasoning score is no finding about the model"
    )
    return (
        f"{have} annotated cues, and the judge is fixed rules that read nothing else but measures of the voice, so"
        f" they could hardly check any reason: {meaning}. Name a model as --judge to learn more."
    )


def panel_sentences(panel: PanelFigures) -> list[str]:
    """How often judges agree with each other and with themselves."""
    if panel.agreement is None:
        return []
    sentences = []
    if panel.between is not None:
        sentences.append(
            f"Two judges agree on a reason in {percent(panel.between)} of the pairs of their judgements."
        )
    if panel.retest is not None:
        sentences.append(f"A judge that is asked again agrees with itself in {percent(panel.retest)}.")
    sentences.append(f"On {percent(panel.split)} of {count(panel.steps)} reasons not all judgements agree.")
    return sentences
