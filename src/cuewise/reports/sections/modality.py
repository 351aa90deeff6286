"""The part of a report that says what a model relies on: a modality study's conditions side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cuewise.ablation.conditions import ConditionKind
from cuewise.ablation.reading import read_findings
from cuewise.analysis.citing import Sense
from cuewise.analysis.conflict import Followed
from cuewise.analysis.fusion import FusionGain
from cuewise.analysis.modality import ConditionLine, Invented, ModalityFindings
from cuewise.analysis.paired import PairedResult
from cuewise.analysis.robustness import Curve
from cuewise.analysis.uncertainty import Uncertain
from cuewise.media.treatments import TreatmentKind
from cuewise.reports.blocks import (
    Bar,
    Bars,
    Block,
    Cell,
    Column,
    Details,
    HeatMap,
    Plot,
    Section,
    Series,
    Table,
    Text,
    Value,
    Words,
)
from cuewise.reports.formats import DASH
from cuewise.reports.words.conditions import NAMES, condition_name
from cuewise.reports.words.modality import conclusions, pvalue
from cuewise.reports.words.phrases import kept_together
from cuewise.result import RunResult
from cuewise.scores.intervals import Estimate

_SENSES: Final = {Sense.SEEN: "something seen", Sense.HEARD: "something heard", Sense.SAID: "words said"}
_GAIN_SPAN: Final = 50.0
"""Percentage points at which the colours of gains end."""


def modality_section(runs: Sequence[RunResult]) -> Section | None:
    """The study that the runs are of; None where they are of none.

    Raises:
        RunError: outcomes cannot be read.
    """
    findings = read_findings(runs)
    return None if findings is None else section_of(findings)


def section_of(findings: ModalityFindings) -> Section:
    """Findings as a part of a page: words first."""
    blocks: list[Block] = [
        Words(tuple(map(kept_together, conclusions(findings)))),
        _bars(findings),
        _table(findings),
        *_fusion(findings.fusion),
        *_conflict(findings.conflict),
        *_invented(findings.invented),
        *map(_curve, findings.curves),
    ]
    return Section("modalities", "What the model relies on", tuple(blocks))


def _name(line: ConditionLine) -> str:
    return condition_name(line.run.kind, line.run.treatment)


def _value(score: Uncertain | Estimate | None) -> Value:
    if score is None:
        return Value(None)
    interval = score.interval
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return Value(score.percent, low, high, score.count)


def _difference(result: PairedResult | None) -> Value:
    if result is None:
        return Value(None)
    low, high = (None, None) if result.interval is None else (result.interval.low, result.interval.high)
    return Value(result.difference, low, high, result.count)


# --- conditions ------------------------------------------------------------------------------------


def _bars(findings: ModalityFindings) -> Bars:
    whole = findings.lines[0]
    reference = () if whole.baseline is None else (("most frequent label", whole.baseline),)
    return Bars(
        id="modality-conditions",
        title="Recognition in each condition",
        unit="percent",
        bars=tuple(
            Bar(_name(line), _value(line.scores.get("recognition")), *_look(line)) for line in findings.lines
        ),
        reference=reference,
        low=0.0,
        high=100.0,
        note="Same clips in all conditions, but for those that cannot be given in one. Lines are 95 % intervals, whole"
        " clips being drawn. The level of blur is the Gaussian's standard deviation in percent of the frame's shorter"
        " side, that of noise the ratio of signal to noise.",
    )


def _look(line: ConditionLine) -> tuple[int, str]:
    """Colour and group of a condition's bar."""
    if line.run.treatment is not None:
        return 2, "The clip changed"
    return (0, "All that the model takes") if line.difference is None else (1, "One modality or none")


def _table(findings: ModalityFindings) -> Table:
    return Table(
        id="modality-scores",
        title="Scores in each condition",
        columns=(
            Column("Condition"),
            Column("Samples", "count", "Those that can be given so: others take no part in this condition."),
            Column("Recognition", "percent"),
            Column(
                "Difference",
                "points",
                "Recognition less that of all together, over the samples that both have.",
            ),
            Column("p", help="Of no difference, by Holm's procedure over all conditions."),
            Column("Most frequent label", "percent", "Recognition of each task's most frequent label."),
            Column("Reasoning", "percent"),
            Column("CoT", "percent"),
            Column("Coverage", "percent", "Answers that were scored; others count as 0."),
        ),
        rows=tuple(_row(line) for line in findings.lines),
        note="Reasons are judged against the clip as it is, in every condition; where the sound was exchanged, against"
        " that sound. In that condition recognition is that of the picture's label.",
    )


def _row(line: ConditionLine) -> tuple[Cell, ...]:
    result = line.difference
    return (
        Text(_name(line), sub=line.run.run),
        Value(line.count),
        _value(line.scores.get("recognition")),
        _difference(result),
        Text(DASH if result is None or result.p_adjusted is None else pvalue(result.p_adjusted)),
        Value(line.baseline),
        _value(line.scores.get("reasoning")),
        _value(line.scores.get("cot")),
        Value(line.coverage),
    )


# --- fusion ----------------------------------------------------------------------------------------


def _fusion(gains: Sequence[FusionGain]) -> Iterator[Block]:
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
            Column("p", help="That some modality alone is as good; by Holm's procedure over the tasks."),
        ),
        rows=tuple(
            (
                Text(task),
                Value(gain.together),
                *(Value(gain.alone[name]) for name in alone),
                Text(NAMES[ConditionKind(gain.best)]),
                _gain(gain),
                Text(pvalue(gain.p_adjusted)),
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


def _conflict(followed: Sequence[Followed]) -> Iterator[Block]:
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
        bars=tuple(Bar(words[way], _value(overall.shares.get(way))) for way in words),
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
                *(_value(each.shares.get(way)) for way in words),
                _value(each.sound_of_decided),
                Value(each.expected_sound),
                Value(each.picture_alone),
                Value(each.sound_alone),
            )
            for each in followed
        ),
    )


# --- invented evidence -----------------------------------------------------------------------------


def _invented(found: Sequence[Invented]) -> Iterator[Block]:
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
                _value(each.answers),
                _value(each.steps),
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


# --- robustness ------------------------------------------------------------------------------------


def _curve(curve: Curve) -> Plot:
    kind = TreatmentKind(curve.kind.removesuffix("-speech"))
    blur = kind is TreatmentKind.BLUR
    scale = 100 if blur else 1
    levels = [scale * level for level in curve.levels]
    scores = [*map(_value, curve.scores)]
    reference = [("most frequent label", curve.chance)]
    if blur:
        levels, scores = [0.0, *levels], [_value(curve.clean), *scores]
    else:
        reference.append(("as it is", curve.clean.percent))
    in_order = sorted(zip(levels, scores, strict=True), key=lambda point: point[0])
    noise = "Speech-shaped noise" if curve.kind.endswith("-speech") else "Noise"
    title = {
        TreatmentKind.BLUR: "Recognition of blurred pictures",
        TreatmentKind.PICTURE_NOISE: "Recognition of pictures in noise",
        TreatmentKind.SOUND_NOISE: f"Recognition of sounds in {noise.lower()}",
    }[kind]
    return Plot(
        id=f"modality-curve-{curve.kind}",
        title=title,
        x_title="Blur, percent of the shorter side" if blur else "Signal to noise, dB",
        y_title="Recognition",
        x_unit="none",
        y_unit="percent",
        series=(Series("recognition", 0, tuple(x for x, _ in in_order), tuple(y for _, y in in_order)),),
        lines=True,
        reference=tuple(reference),
        note=_half_words(curve, blur=blur),
    )


def _half_words(curve: Curve, *, blur: bool) -> str:
    if curve.half is None:
        return f"Where half of the height over the most frequent label is lost cannot be told: {curve.why_no_half}."
    unit, scale = ("%", 100) if blur else ("dB", 1)
    interval = curve.half_interval
    at, between = _one_decimal(scale * curve.half), ""
    if interval is not None:
        low, high = _one_decimal(scale * interval.low), _one_decimal(scale * interval.high)
        between = f" (95 % interval {low} to {high})"
    return f"Half of the height over the most frequent label is lost at {at} {unit}{between}."


def _one_decimal(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")
