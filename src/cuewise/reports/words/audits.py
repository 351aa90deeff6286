"""What weakens the figures of runs, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from cuewise.audits.run.findings import Kind, RunFinding
from cuewise.counts import how_many
from cuewise.reports.private import scrub_all
from cuewise.reports.words.phrases import listed


class About(NamedTuple):
    """The fixed words on one kind of finding."""

    found: str
    unit: str
    """One of what is counted."""
    means: str
    do: str


ABOUT: Final = {
    Kind.RULES_JUDGE: About(
        "Judged by fixed rules, not by a model",
        "run",
        "Rules compare reasons with annotated cues and measures of the voice, and read no meaning.",
        "Let a model judge, of another family than the model’s.",
    ),
    Kind.SAME_FAMILY: About(
        "A judge of the model’s own family",
        "run",
        "Models tend to favour what their own kind writes.",
        "Judge again with a model of another family, or with a panel.",
    ),
    Kind.UNCHECKED: About(
        "Reasons passed by rules that ask for no evidence",
        "reason",
        "The paper’s rules let pass whatever is not contradicted, truisms too.",
        "Read the reasoning score beside that of the grounded rules.",
    ),
    Kind.LABEL_READ_APART: About(
        "Judge and label taxonomy give a label different points",
        "answer",
        "One of the two misreads the answer, so recognition depends on who reads.",
        "Look at such answers among the picked samples; try the judge with cuewise audit judge.",
    ),
    Kind.PANEL_SPLIT: About(
        "Judgements of one reason differ",
        "reason",
        "So much of the reasoning score hangs on which judgement counts.",
        "Read small differences in reasoning as noise; calibrate the judge with cuewise calibrate.",
    ),
    Kind.UNVERIFIABLE: About(
        "Reasons that the evidence neither supports nor contradicts",
        "reason",
        "They earn nothing, whether true or not: a low score may be the evidence’s fault.",
        "Give the judge more: frames, a transcript, an audio clue, descriptions of frames.",
    ),
    Kind.OFF_LABEL: About(
        "Reasons that bear on no label, as truisms and asides do",
        "reason",
        "They earn nothing here; under the paper’s rules they would pass.",
        "Do not read more steps as better reasoning.",
    ),
    Kind.CLUE_WITHHELD: About(
        "Told of the clip, but kept from the judge as it names a label",
        "sample",
        "The judge had less to hold reasons against.",
        "See with cuewise audit data how often clues name the gold label.",
    ),
    Kind.GOLD_OUTSIDE: About(
        "Gold labels that are not among the candidates",
        "label",
        "No answer to such a question can be right.",
        "Mend the dataset, or leave these questions out.",
    ),
    Kind.LABELS_CONTRADICT: About(
        "Gold labels of two questions on one clip contradict each other in valence",
        "question pair",
        "A model with one view of such a clip is wrong on one of the two.",
        "See which with cuewise audit data; do not expect a score of 100 %.",
    ),
    Kind.SHARED_CLIPS: About(
        "Clips that serve several questions",
        "clip",
        "Their samples are not independent of each other.",
        "Quote the intervals that take samples of one video together.",
    ),
    Kind.EASY_TASK: About(
        "Tasks in which one label for every sample scores half or more",
        "task",
        "A high score may be little better than a guess.",
        "Read skill over the baseline, not the score alone.",
    ),
    Kind.UNKNOWN_LABEL: About(
        "Labels that the label taxonomy does not know",
        "label",
        "They are read by their spelling alone, and count in no family or valence.",
        "Add them to the taxonomy.",
    ),
    Kind.BELOW_BASELINE: About(
        "Recognition below a baseline that neither sees nor hears",
        "task",
        "The model shows no skill there.",
        "Do not rank models by such tasks.",
    ),
    Kind.SAME_SCORES: About(
        "Runs with the same figures throughout",
        "run pair",
        "They may be one and the same set of answers.",
        "See what differs with cuewise compare.",
    ),
    Kind.SAME_COLUMNS: About(
        "One score repeats another in all tasks",
        "run",
        "Two measures that never differ are one.",
        "See on some samples whether the judge tells reasons from labels.",
    ),
    Kind.MEAN_OFF: About(
        "Printed means that their printed parts do not give",
        "figure",
        "The figures cannot all be right.",
        "Report it as a fault of Cuewise.",
    ),
}
"""By kind: title, what is counted, what it means, what to do."""

NAMED: Final = 6
"""Tasks or labels named at most."""

FOREMOST: Final = 3
"""Findings in the first sentence."""


OF_FIGURES: Final = (Kind.MEAN_OFF, Kind.SAME_SCORES, Kind.SAME_COLUMNS)
"""Found by the checks that published tables undergo."""


def audit_sentences(findings: Sequence[RunFinding]) -> list[str]:
    """What weakens the figures most, and what was not looked at."""
    rest = (
        "Clip files and audio clues are audited with cuewise audit data, the judge with cuewise audit judge and cuewise"
        " calibrate; what these find is not kept with a run, so it is not here."
    )
    sound = (
        "Checked as a published table is, the runs’ own figures agree with one another."
        if not any(one.kind in OF_FIGURES for one in findings)
        else ""
    )
    if not findings:
        return ["Nothing was found in the runs that weakens their figures.", sound, rest]
    first = dict.fromkeys(_told(one) for one in findings[:FOREMOST])
    return [f"What weakens these figures most: {'; '.join(first)}.", f"{sound} {rest}".strip()]


def _told(finding: RunFinding) -> str:
    about = ABOUT[finding.kind]
    found = about.found[0].lower() + about.found[1:]
    return f"{found} ({amount(finding)})"


def amount(finding: RunFinding) -> str:
    """`3 of 40 reasons`, or `1 run` where it is all of them."""
    if finding.count == finding.of:
        return how_many(finding.count, ABOUT[finding.kind].unit)
    return f"{finding.count:,} {whole(finding)}"


def whole(finding: RunFinding) -> str:
    """`of 40 reasons`."""
    return f"of {how_many(finding.of, ABOUT[finding.kind].unit)}"


def means(finding: RunFinding) -> str:
    """What it means, with the tasks, labels or models that it is about."""
    told = ABOUT[finding.kind].means
    if not finding.names:
        return told
    named = scrub_all(finding.names[:NAMED])
    if more := len(finding.names) - len(named):
        named.append(f"{more} more")
    return f"{told} Concerned: {listed(named)}."
