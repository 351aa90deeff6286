"""Parts of a modality study's section: fusion, conflict, invented evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cuewise.ablation.conditions import ConditionKind
from cuewise.analysis.citing import Sense
from cuewise.analysis.conflict import Followed
from cuewise.analysis.fusion import FusionGain
from cuewise.analysis.modality import Invented
from cuewise.reports.blocks import Bar, Bars, Block, Column, Details, HeatMap, Table, Text, Value
from cuewise.reports.sections.values import value_of
from cuewise.reports.words.conditions import NAMES, condition_name
from cuewise.reports.words.modality import pvalue

_SENSES: Final = {Sense.SEEN: "something seen", Sense.HEARD: "something heard", Sense.SAID: "words said"}
_GAIN_SPAN: Final = 50.0
"""Percentage points at which the colours of gains end."""


# --- fusion ----------------------------------------------------------------------------------------


def fusion_blocks(gains: Sequence[FusionGain]) -> Iterator[Block]:
    """What all together gain, as a map and as a table; nothing where no modality was given alone."""
    if not gains:
        return
    alone = list(gains[0].alone)
    names = [NAMES[ConditionKind(name)] for name in alone]
    tasks = tuple(gain.task or "All tasks" for gain in gains)
    yield HeatMap(
        id="modality-fusion-map",
        title="What all together gain over each modality alone",
        unit="points",
        row_title="Task",
        column_title="All together less",
        rows=tasks,
        columns=(*names, "the best alone"),
        cells=tuple(
            (*(Value(gain.together - gain.alone[name]) for name in alone), _gain(gain)) for gain in gains
        ),
        low=-_GAIN_SPAN,
        high=_GAIN_SPAN,
        diverging=True,
        note="Percentage points of recognition.",
    )
    yield Table(
        id="modality-fusion",
        title="Fusion gain by task",
        columns=(
            Column("Task"),
            Column("All together", "percent"),
            *(Column(name.capitalize(), "percent") for name in names),
            Column("Best alone"),
            Column("Gain", "points", "All together less the best alone, which was chosen on other clips."),
            Column(
                "p",
                help="That some modality alone is as good; by Holm's procedure over the tasks.",
                rising=True,
            ),
        ),
        rows=tuple(
            (
                Text(task),
                Value(gain.together),
                *(Value(gain.alone[name]) for name in alone),
                Text(NAMES[ConditionKind(gain.best)]),
                _gain(gain),
                Value(gain.p_adjusted, shown=pvalue(gain.p_adjusted)),
            )
            for task, gain in zip(tasks, gains, strict=True)
        ),
        note="The best of several scores is partly lucky: a gain over it on the same clips is too small. So the best is"
        " chosen on one half of the clips and compared with on the other, many times over. p is the largest of those"
        " against each modality.",
    )


def _gain(gain: FusionGain) -> Value:
    low, high = (None, None) if gain.interval is None else (gain.interval.low, gain.interval.high)
    return Value(gain.gain, low, high, gain.count)


# --- conflict --------------------------------------------------------------------------------------


def conflict_blocks(followed: Sequence[Followed]) -> Iterator[Block]:
    """What is followed where picture and sound disagree; nothing where that was not run."""
    if not followed:
        return
    overall = followed[0]
    words = {
        "picture": "the picture's label",
        "sound": "the sound's label",
        "both": "labels of both",
        "neither": "neither's",
    }
    yield Bars(
        id="modality-conflict",
        title="What answers name where picture and sound disagree",
        unit="percent",
        bars=tuple(Bar(words[way], value_of(overall.shares.get(way))) for way in words),
        low=0.0,
        high=100.0,
        note="Each clip is given the sound of another one of the same task whose gold label is another. Answers without"
        " a label are among the last.",
    )
    yield Table(
        id="modality-conflict-tasks",
        title="Conflict by task",
        columns=(
            Column("Task"),
            *(Column(words[way].capitalize(), "percent") for way in words),
            Column(
                "Sound, of decided",
                "percent",
                "Of answers that name one of the two, those that name the sound's.",
            ),
            Column(
                "Expected", "percent", "The same, of a model that followed each as well as it reads it alone."
            ),
            Column(
                "Picture alone",
                "percent",
                "Answers that name the picture's label, given the same pictures alone.",
            ),
            Column(
                "Sound alone", "percent", "Answers that name the sound's label, given the same sounds alone."
            ),
        ),
        rows=tuple(
            (
                Text(each.task or "All tasks"),
                *(value_of(each.shares.get(way)) for way in words),
                value_of(each.sound_of_decided),
                Value(each.expected_sound),
                Value(each.picture_alone),
                Value(each.sound_alone),
            )
            for each in followed
        ),
    )


# --- invented evidence -----------------------------------------------------------------------------


def invented_blocks(found: Sequence[Invented]) -> Iterator[Block]:
    """How often answers cite what was not given, with examples."""
    if not found:
        return
    senses = [sense for sense in Sense if any(sense in each.missing for each in found)]
    yield Table(
        id="modality-invented",
        title="Invented evidence: steps that cite what the model was not given",
        columns=(
            Column("Condition"),
            Column("Answers", "percent", "Answers with at least one such step."),
            Column("Steps", "percent", "Such steps of all reasoning steps."),
            *(
                Column(f"Cite {_SENSES[sense]}", "count", "Steps; a dash where that was given.")
                for sense in senses
            ),
        ),
        rows=tuple(
            (
                Text(condition_name(each.run.kind, each.run.treatment)),
                value_of(each.answers),
                value_of(each.steps),
                *(Value(each.by_sense.get(sense)) for sense in senses),
            )
            for each in found
        ),
        note="Read by rules from plain words in English and Chinese. A step that says that it cannot see or hear is no"
        " invention, and what the rules do not know is not counted, so that the shares are rather too low.",
    )
    rows = [
        (
            Text(condition_name(each.run.kind, each.run.treatment)),
            Text(one.sample),
            Text(one.step),
            Text(_cites(one.senses)),
        )
        for each in found
        for one in each.examples
    ]
    if rows:
        columns = (Column("Condition"), Column("Sample"), Column("Step"), Column("Cites"))
        table = Table("modality-invented-examples", "Examples of invented evidence", columns, tuple(rows))
        yield Details("Examples of invented evidence", (table,))


def _cites(senses: Sequence[Sense]) -> str:
    return ", ".join(_SENSES[sense] for sense in senses)
