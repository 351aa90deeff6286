"""What a modality study says, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cuewise.ablation.conditions import ALONE, ConditionKind
from cuewise.analysis.modality import ConditionLine, Invented, ModalityFindings
from cuewise.counts import how_many
from cuewise.reports.formats import decimal, signed
from cuewise.reports.words.conditions import GIVEN, decibels
from cuewise.reports.words.phrases import listed, named, nature, percent, with_interval
from cuewise.scores.intervals import Interval

_ALONE: Final = {"video": "the picture alone", "audio": "the sound alone", "words": "the words alone"}
_HALVES: Final = (
    " Which one is best is decided on one half of the clips and the gain taken on the other, so that it is no plain"
    " difference of two of these scores."
)


def conclusions(findings: ModalityFindings) -> Iterator[str]:
    """One paragraph for each question that the study answers."""
    yield _together(findings.lines[0])
    for tell in (_fusion, _conflict, _invention, _robustness, _order, _blind):
        if text := tell(findings):
            yield text


def pvalue(p: float) -> str:
    """A p-value as it is printed.

    >>> pvalue(0.0004), pvalue(0.0312), pvalue(1.0)
    ('< 0.001', '0.031', '1.000')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _together(line: ConditionLine) -> str:
    given = listed([GIVEN[name] for name in line.run.modalities])
    score, model = line.scores.get("recognition"), line.run.settings.model.name
    if score is None:
        return f"No clip could be given with {given} together, so that nothing can be compared."
    return (
        f"Given {given}{' together' if len(line.run.modalities) > 1 else ''}, {named(model, nature(model))} recognises"
        f" {_share(score.percent, score.interval)} of {how_many(line.count, 'sample')}; always naming a task's"
        f" most frequent label scores {decimal(line.baseline)} %."
    )


def _fusion(findings: ModalityFindings) -> str:
    overall = next((gain for gain in findings.fusion if not gain.task), None)
    if overall is None:
        return ""
    best = _ALONE[overall.best]
    found = _points(overall.gain, overall.interval, overall.p_all)
    alone = listed([f"{_ALONE[name]} {decimal(score)} %" for name, score in overall.alone.items()])
    given = findings.lines[0].run.modalities
    unknown = [
        _ALONE[kind] for kind, name in ALONE.items() if name in given and kind.value not in overall.alone
    ]
    halves = _HALVES if len(overall.alone) > 1 else ""
    if unknown:
        better = "are better than" if overall.helps else "are not shown to be better than"
        others = listed([_ALONE[name] for name in overall.alone])
        return (
            f"All together {better} {others}: {found}. Scores: {alone}.{halves} It is open what the"
            f" modalities bring each other; not run: {listed(unknown)}."
        )
    if overall.helps:
        verdict = "All together are better than any modality alone"
    elif overall.interval is not None and overall.interval.high < 0:
        verdict = f"All together are worse than {best}: more is less here"
    else:
        verdict = "It is not shown that all together are better than the best modality alone"
    tasks = [gain.task for gain in findings.fusion if gain.task and gain.helps]
    where = f" By task, fusion helps in {listed(tasks)}." if tasks else ""
    return f"{verdict}: against {best}, {found}. Scores: {alone}.{halves}{where}"


def _conflict(findings: ModalityFindings) -> str:
    if not findings.conflict:
        return ""
    overall = findings.conflict[0]
    shares, decided = overall.shares, overall.sound_of_decided
    text = (
        f"Where picture and sound disagree, {percent(shares.get('picture'))} of answers name the picture's label,"
        f" {percent(shares.get('sound'))} the sound's and {percent(shares.get('neither'))} neither."
    )
    if decided is None:
        return text
    if decided.interval.low > 50:
        text += " The model follows the sound"
    elif decided.interval.high < 50:
        text += " The model follows the picture"
    else:
        text += " It is not shown that the model follows one rather than the other"
    share = _share(decided.percent, decided.interval)
    text += f": of answers that name one of the two, {share} name the sound's."
    expected = overall.expected_sound
    if expected is None:
        return text
    within = decided.interval.low <= expected <= decided.interval.high
    return text + (
        f" A model that followed each as well as it reads it alone would name the sound's in {decimal(expected)} %"
        f"{', which this fits' if within else ', so that it leans on one more than it should'}."
    )


def _invention(findings: ModalityFindings) -> str:
    if not findings.invented:
        return ""
    worst = max(findings.invented, key=lambda each: each.answers.percent)
    if not worst.answers.percent:
        return "No answer cites evidence of a kind that the model was not given, as far as its words can be read."
    return (
        f"Invented evidence: {_condition(worst)}, {_share(worst.answers.percent, worst.answers.interval)} of"
        " answers cite something that the model was not given. Such reasons come from the question or the label, not"
        " from the clip."
    )


def _condition(found: Invented) -> str:
    kind = found.run.kind
    if kind is ConditionKind.NOTHING:
        return "asked without the clip"
    given = listed([GIVEN[name] for name in found.run.modalities])
    return f"given {given}{' alone' if len(found.run.modalities) == 1 else ''}"


def _robustness(findings: ModalityFindings) -> str:
    told = []
    for curve in findings.curves:
        kept = curve.retained(len(curve.levels) - 1)
        if kept is not None:
            level = curve.levels[-1]
            words = (
                f"blur of {100 * level:g} %"
                if curve.kind == "blur"
                else f"{curve.kind.replace('-', ' ')} at {decibels(level)}"
            )
            told.append(f"{decimal(kept).replace('-', '−')} % at {words}")
    return f"Of what the model scores over the most frequent label, it keeps {listed(told)}." if told else ""


def _order(findings: ModalityFindings) -> str:
    line = findings.line(ConditionKind.SHUFFLED)
    if line is None or line.difference is None:
        return ""
    result = line.difference
    adjusted = result.p_value if result.p_adjusted is None else result.p_adjusted
    verdict = (
        "The order of frames matters"
        if result.interval is not None and adjusted < 0.05
        else "It is not shown that the order of frames matters"
    )
    change = _points(result.difference, result.interval, adjusted)
    return f"{verdict}: with frames shuffled, recognition changes by {change}, corrected for the number of conditions."


def _blind(findings: ModalityFindings) -> str:
    line, result = findings.line(ConditionKind.NOTHING), findings.blind
    score = None if line is None else line.scores.get("recognition")
    if score is None or result is None:
        return ""
    text = f"Asked without the clip, the model still scores {_share(score.percent, score.interval)}. "
    if result.interval is not None and result.interval.high < 0:
        return text + "That is below the most frequent label: the question alone gives nothing away."
    if result.interval is None or result.interval.low <= 0:
        return text + "That is not shown to be above the most frequent label."
    above = _points(result.difference, result.interval)
    return text + f"That is {above} above the most frequent label: the question alone gives something away."


def _share(value: float, interval: Interval | None) -> str:
    """A share with its interval, where there is one."""
    return f"{decimal(value)} %" if interval is None else with_interval(value, interval)


def _points(difference: float, interval: Interval | None, p: float | None = None) -> str:
    """`+3.2 points (95 % interval +1.0 to +5.4, p = 0.031)`."""
    told = [] if interval is None else [f"95 % interval {signed(interval.low)} to {signed(interval.high)}"]
    if p is not None:
        told.append(f"p {'' if p < 0.001 else '= '}{pvalue(p)}".replace(" ", "\u00a0"))  # on one line
    return f"{signed(difference)} points ({', '.join(told)})" if told else f"{signed(difference)} points"
