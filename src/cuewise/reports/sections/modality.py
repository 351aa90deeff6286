"""The part of a report that says what a model relies on: a modality study's conditions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cuewise.ablation.reading import read_findings
from cuewise.analysis.modality import ConditionLine, ModalityFindings
from cuewise.analysis.paired import PairedResult
from cuewise.analysis.robustness import Curve
from cuewise.media.treatments import TreatmentKind
from cuewise.reports.blocks import (
    Bar,
    Bars,
    Block,
    Cell,
    Column,
    Details,
    Plot,
    Section,
    Series,
    Table,
    Text,
    Value,
    Words,
)
from cuewise.reports.sections.modality_parts import conflict_blocks, fusion_blocks, invented_blocks
from cuewise.reports.sections.phrases import UNCORRECTED
from cuewise.reports.sections.values import value_of
from cuewise.reports.words.conditions import condition_name
from cuewise.reports.words.modality import conclusions, pvalue
from cuewise.reports.words.phrases import kept_together
from cuewise.result import RunResult


def modality_sections(runs: Sequence[RunResult]) -> tuple[Section, ...]:
    """A section for each study among the runs."""
    studies = read_findings(runs)
    if len(studies) == 1:
        return (section_of(studies[0]),)
    return tuple(_one_of_several(findings, number) for number, findings in enumerate(studies, 1))


def _one_of_several(findings: ModalityFindings, number: int) -> Section:
    """With ids of its own, and the model in all titles."""
    section, model = section_of(findings), findings.lines[0].run.settings.model.name
    blocks = tuple(_named_apart(block, model, number) for block in section.blocks)
    return replace(section, id=f"{section.id}-{number}", title=f"What {model} relies on", blocks=blocks)


def _named_apart(block: Block, model: str, number: int) -> Block:
    match block:
        case Words():
            return block
        case Details():
            return replace(block, blocks=tuple(_named_apart(one, model, number) for one in block.blocks))
    return replace(block, id=f"{block.id}-{number}", title=f"{block.title}, {model}")


def section_of(findings: ModalityFindings) -> Section:
    """Findings as a part of a page: words first."""
    blocks: list[Block] = [
        Words(tuple(map(kept_together, conclusions(findings)))),
        _bars(findings),
        _table(findings),
        *fusion_blocks(findings.fusion),
        *conflict_blocks(findings.conflict),
        *invented_blocks(findings.invented),
        *map(_curve, findings.curves),
    ]
    return Section("modalities", "What the model relies on", tuple(blocks), first=True)


def _name(line: ConditionLine) -> str:
    return condition_name(line.run.kind, line.run.treatment)


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
            Bar(_name(line), value_of(line.scores.get("recognition")), *_look(line))
            for line in findings.lines
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
    return (0, "All that is given") if line.difference is None else (1, "One modality or none")


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
            Column("p", help="Of no difference, by Holm's procedure over all conditions.", rising=True),
            Column("Most frequent label", "percent", "Recognition of each task's most frequent label."),
            Column("Reasoning", "percent"),
            Column("CoT", "percent"),
            Column("Coverage", "percent", "Answers that were scored; others count as 0."),
        ),
        rows=tuple(_row(line) for line in findings.lines),
        note="Reasons are judged against the clip as it is, in every condition; where the sound was exchanged, against"
        f" that sound. In that condition recognition is that of the picture's label. {UNCORRECTED}",
    )


def _row(line: ConditionLine) -> tuple[Cell, ...]:
    result = line.difference
    return (
        Text(_name(line), sub=line.run.run),
        Value(line.count),
        value_of(line.scores.get("recognition")),
        _difference(result),
        Value(None)
        if result is None or result.p_adjusted is None
        else Value(result.p_adjusted, shown=pvalue(result.p_adjusted)),
        Value(line.baseline),
        value_of(line.scores.get("reasoning")),
        value_of(line.scores.get("cot")),
        Value(line.coverage),
    )


# --- robustness ------------------------------------------------------------------------------------


def _curve(curve: Curve) -> Plot:
    kind = TreatmentKind(curve.kind.removesuffix("-speech"))
    blur = kind is TreatmentKind.BLUR
    scale = 100 if blur else 1
    levels = [scale * level for level in curve.levels]
    scores = [*map(value_of, curve.scores)]
    reference = [("most frequent label", curve.chance)]
    if blur:
        levels, scores = [0.0, *levels], [value_of(curve.clean), *scores]
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
