"""How the figures on the site come about, and what can be concluded from them, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.published.figures import published
from cuewise.records import Protocol
from cuewise.reports.blocks import Column, Section, Table, Text, Value, Words
from cuewise.reports.formats import DASH
from cuewise.reports.leaderboard.entries import OVERALL
from cuewise.reports.leaderboard.standing import Group
from cuewise.reports.words.protocols import NAMES, RULES


def method_sections(groups: Sequence[Group]) -> tuple[Section, ...]:
    """The page on method."""
    protocols = {group.protocol for group in groups}
    return (
        Section("scores", "How a model is scored", (Words(_scoring(protocols)),)),
        Section("alike", "Who is ranked with whom", (Words(_ranking()), groups_table(groups))),
        Section("sure", "How sure a figure is", (Words(_certainty()),)),
        Section("published", "What the published figures are", (Words(_published()),)),
        Section("submissions", "What a checked submission proves", (Words(_submissions()),)),
        Section("conclude", "What can be concluded", (Words(_conclusions()),)),
    )


_FIGURES_OF: Final = {"published": "the paper", "people": "people"}


def groups_table(groups: Sequence[Group]) -> Table:
    """Which rows were asked the same questions and judged alike."""
    rows = tuple(
        (
            Text(group.letter),
            Text(NAMES[group.protocol]),
            Text(", ".join(group.judges)),
            Text(group.extractor),
            Text(group.condition or DASH),
            Value(group.questions),
            Text("the whole benchmark" if group.whole_benchmark else "other questions"),
            Value(group.entries[0].results[OVERALL].majority),
            Value(group.entries[0].results[OVERALL].random),
            Value(len(group.entries)),
            Text(_FIGURES_OF.get(group.entries[0].origin, "runs")),
        )
        for group in groups
    )
    columns = (
        Column("Group"),
        Column("Rules"),
        Column("Judge"),
        Column("Steps taken apart by"),
        Column("Condition", help="Clips changed, or less of them given than the model takes"),
        Column("Samples", "count"),
        Column("They are", help="The whole benchmark: exactly its 6,500 questions with their gold labels"),
        Column("Most frequent label", "percent", "Recognition of naming each task’s for every question"),
        Column("Labels by lot", "percent", "Recognition expected of labels drawn from the candidates"),
        Column("Models", "count"),
        Column("Figures of"),
    )
    note = "Ranks hold within a group; figures of different groups do not compare."
    return Table("groups", "Groups", columns, rows, note)


def _scoring(protocols: set[Protocol]) -> tuple[str, ...]:
    return (
        "A model is shown a clip of a few seconds and asked which emotion, sentiment or intent a person shows, with the"
        " candidate labels beside the question; it answers in its own words, step by step. An extractor takes the"
        " answer apart into steps, of which the last names the label; a judge holds the others against what can be seen"
        " and heard.",
        "Recognition is the share of right labels. The label is read from the answer by rules, the label taxonomy, so"
        " that no judge can talk a wrong label right. Where several labels may hold, points are the share of the gold"
        " labels that were named (paper’s rules), or F1 (grounded). Reasoning is the mean rating of the reasons, and 0"
        " for an answer without any. CoT is the mean of the two.",
        *(RULES[protocol] for protocol in Protocol if protocol in protocols),
        "Every sample counts. One without a score, whatever the cause, adds 0; coverage says how many have one. Scores"
        " over all tasks pool the samples, so that large tasks weigh more.",
    )


def _ranking() -> tuple[str, ...]:
    return (
        "Another judge gives other figures for the same answers, and so do other rules, another extractor or other"
        " questions. Models are therefore ranked only among those for which all of these are equal; each such group has"
        " a letter. The published models are a group of their own.",
        "A run whose clips were changed, by noise or blur for instance, or whose model was given less of them than in"
        " another run, or the question alone, is not its model’s plain result. It is marked and ranked apart, among"
        " those given the same.",
        "Below a rank stands the range that the samples leave open, at 95 % confidence: a model may be anywhere between"
        " one place behind all that are shown to be better and one before all that are shown to be worse. For published"
        " models there is none, as the scores of single samples are not published; the published tables tell which of"
        " their intervals overlap.",
    )


def _certainty() -> tuple[str, ...]:
    return (
        "Intervals are 95 %. They say how far a figure may be off because the benchmark has so many samples and not"
        " more; they say nothing of a judge’s mistakes, nor of how a model would do on other kinds of clips. Samples"
        " that come from one source video are taken together, as they are not independent.",
        "Two baselines need no clip: naming each task’s most frequent label for every question, and drawing labels from"
        " the candidates by lot. Skill is recognition above the better of the two, on a scale on which 100 is all right"
        " and 0 no better than that baseline. A model below 0 is beaten by a constant.",
    )


def _published() -> tuple[str, ...]:
    known = published()
    return (
        f"The published figures are those of {known.source}: {len(known.models)} models, judged by {known.judge}, their"
        f" answers taken apart by {known.extractor}. They stand here as printed; intervals, baselines and skill are"
        " Cuewise’s own. As only the figure and the number of questions are known, their intervals are Wilson’s for a"
        " share of that value, as if questions were independent; where a task’s clips are of few source videos, such"
        " as the 15 films of FG-ER, the true interval is wider.",
        f"What is not known of them. {' '.join(known.unknown)}",
    )


def _submissions() -> tuple[str, ...]:
    return (
        "Each submission on this site was scored again, offline, before it was listed: labels read again from the"
        " answers, points worked out again from labels and verdicts, a panel’s votes combined again, and everything"
        " counted again, with every sample once. So its figures follow from what it holds.",
        "That proves neither that the model said what the file says, nor that the judge judged so; and unless the"
        " questions were compared with the dataset, not that the gold labels are right. For that, answers must be"
        " collected and judged again.",
    )


def _conclusions() -> tuple[str, ...]:
    return (
        "That one model is better than another can be said where they are of one group and their rank ranges do not"
        " overlap. That a model recognises emotions at all can be said where its recognition lies above the baselines"
        " by more than its interval.",
        "CoT and reasoning scores go with the number of steps: an answer without reasons has 0 in reasoning, however"
        " right its label. So a difference in CoT between two models may be one of style. Look at recognition and skill"
        " first.",
    )
