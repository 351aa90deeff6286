"""What a report says in plain words, before any table."""

from __future__ import annotations

from typing import Final

from cuewise.agreement.coefficient import Coefficient
from cuewise.analysis.clustered import Estimated
from cuewise.counts import how_many
from cuewise.reports.formats import decimal, hundredths, signed
from cuewise.reports.words.modality import pvalue
from cuewise.study.progress import raters_in_words
from cuewise.study.report.baseline import BesideRun, HumanBaseline
from cuewise.study.report.corrected import Corrected
from cuewise.study.report.judge import InPlaceOf
from cuewise.study.report.reporting import StudyReport

_ROUNDING: Final = 1e-9
"""What adding thirds may leave of a difference of nothing."""
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def summary(report: StudyReport) -> tuple[str, ...]:
    """The study in a few sentences, as paragraphs."""
    given = sum(rater.rated > 0 for rater in report.raters)
    lines = [_progress(report, given)]
    if not given:
        return (*lines, f"There is nothing to report before somebody has finished an item: {_serve(report)}.")
    if report.baseline is not None:
        return (*lines, *_people(report, report.baseline, given))
    lines.append(_agreement(report, given))
    lines += [_against(report, given), *_in_place(report.in_place_of), *_labels(report, given)]
    lines += [in_words(one) for one in report.corrected]
    return tuple(line for line in lines if line)


def doubts(report: StudyReport) -> tuple[str, ...]:
    """What must not be overlooked."""
    found = []
    if report.unfinished:
        found.append(
            f"{how_many(report.unfinished, 'item')} that a rater has begun and not finished "
            f"{'is' if report.unfinished == 1 else 'are'} left out; --full takes them in."
        )
    found += [
        f"{rater.rater}: {'; '.join(rater.flags)}. Look at these ratings before you rely on them."
        for rater in report.raters
        if rater.flags
    ]
    found += [f"Run {one.run}: {note}." for one in report.corrected for note in one.notes]
    if report.baseline is not None and report.rated_items and report.baseline.unanswered:
        found.append(
            f"Nobody has answered a question of {', '.join(report.baseline.unanswered)} yet: figures over all tasks are"
            " of the others."
        )
    return tuple(found)


def in_words(one: Corrected) -> str:
    """What the judge's score of a run becomes."""
    if one.raw is None or one.score is None:
        return f"Run {one.run}: there is no corrected reasoning score, as {one.why_none}."
    bias, score = one.score.bias, one.score.corrected
    interval = f"{decimal(score.value)} ({decimal(score.low)} to {decimal(score.high)})"
    raw = decimal(one.raw.value)
    if bias.low <= 0 <= bias.high:
        return (
            f"Run {one.run}: there is no sign that the judge is kinder or stricter than the raters"
            f" ({signed(bias.value)} points, {signed(bias.low)} to {signed(bias.high)}). By them its reasoning score of"
            f" {raw} is {interval}."
        )
    how = "kinder" if bias.value > 0 else "stricter"
    least, most = sorted((abs(bias.low), abs(bias.high)))
    return (
        f"Run {one.run}: the judge is {how} than the raters by {decimal(abs(bias.value))} points ({decimal(least)} to"
        f" {decimal(most)}), so that its reasoning score of {raw} becomes {interval}."
    )


def told(found: Coefficient, what: str) -> str:
    """A coefficient with its interval, or why there is none.

    >>> told(Coefficient("alpha", 0.614, 0.52, 0.7, 10, 2, 20), "alpha")
    'alpha 0.61, 0.52 to 0.70'
    >>> told(Coefficient("alpha", None, None, None, 10, 2, 20, "nothing varies"), "alpha")
    'no alpha: nothing varies'
    """
    if found.value is None:
        return f"no {what}: {found.why_none}"
    if found.low is None or found.high is None:
        return f"{what} {hundredths(found.value)}, without an interval: {found.why_none}"
    return f"{what} {hundredths(found.value)}, {hundredths(found.low)} to {hundredths(found.high)}"


def counted(number: int, noun: str) -> str:
    """A small number as a word.

    >>> counted(5, "rater"), counted(12, "rater")
    ('five raters', '12 raters')
    """
    words = how_many(number, noun)
    return words.replace(str(number), _NUMBERS[number], 1) if number < len(_NUMBERS) else words


def percent(found: Estimated | None) -> str:
    """A share with its interval.

    >>> percent(Estimated(0.5, 0.4, 0.6, 10)), percent(Estimated(0.5, None, None, 3)), percent(None)
    ('50.0 % (40.0 to 60.0)', '50.0 %', '–')
    """
    if found is None:
        return "–"
    value = f"{decimal(100 * found.value)} %"
    if found.low is None or found.high is None:
        return value
    return f"{value} ({decimal(100 * found.low)} to {decimal(100 * found.high)})"


def _progress(report: StudyReport, given: int) -> str:
    what = "the question" if report.baseline is not None else f"answers under {report.protocol}"
    own = [rater for rater in report.raters if not rater.is_imported]
    imported = len(report.raters) - len(own)
    done, assigned = sum(rater.done for rater in own), sum(rater.assigned for rater in own)
    beyond = sum(rater.beyond for rater in own)
    more = f" Beyond these, raters did {how_many(beyond, 'item')} not assigned to them." if beyond else ""
    if not given:
        return f"Study {report.study} of {how_many(report.items, 'item')} ({what}): nothing is rated yet."
    whose = "With attention items" if report.attention_items else "Over all raters"
    return (
        f"Study {report.study} ({what}): {sum(rater.rated > 0 for rater in own)} of"
        f" {raters_in_words(len(own), imported)} rated"
        f" {report.rated_items:,} of {how_many(report.items, 'drawn item')}. {whose}"
        f" {done:,} of {assigned:,} are done{', imported ones apart' if imported else ''}.{more}"
    )


def _serve(report: StudyReport) -> str:
    return f"`cuewise study serve {report.study}` opens the pages to rate in"


def _agreement(report: StudyReport, given: int) -> str:
    found = report.among[0]
    if given == 1:
        return "Only one rater has rated: how far raters agree takes a second one, who rates the same items."
    if found.raw.value is None:
        return f"How far the raters agree cannot be told: {found.raw.why_none}."
    return (
        f"The {counted(given, 'rater')} agree on {decimal(100 * found.raw.value)} % of step ratings"
        f"{_standing(report)} ({told(found.alpha, 'alpha')})."
    )


def _standing(report: StudyReport) -> str:
    """How agreement counts where answers were drawn unequally."""
    return ", each answer counted for as many as it stands for" if report.weighted else ""


def _against(report: StudyReport, given: int) -> str:
    judge = report.judge[0]
    if judge.raw.value is None:
        return f"The judge cannot be held against the raters: {judge.raw.why_none}."
    line = (
        f"The judge agrees with {'this rater' if given == 1 else 'their majority'} on"
        f" {decimal(100 * judge.raw.value)} % of"
        f" {how_many(judge.raw.n_units, 'step')}{_standing(report)} ({told(judge.kappa, 'kappa')})."
    )
    if judge.alpha_people.value is None or judge.alpha_with_judge.value is None:
        return line
    return (
        f"{line} With the judge as one rater more, alpha is {hundredths(judge.alpha_with_judge.value)} instead of"
        f" {hundredths(judge.alpha_people.value)}."
    )


def _in_place(found: tuple[InPlaceOf, ...]) -> list[str]:
    if len(found) < 2:
        return []
    better = sum(one.difference is not None and one.difference.value >= -_ROUNDING for one in found)
    worse = sum(
        one.difference is not None and one.difference.high is not None and one.difference.high < 0
        for one in found
    )
    line = (
        f"In place of a rater, it would agree with the others at least as much as that rater does in {better} of"
        f" {len(found)} cases"
    )
    return [f"{line}, and surely less in {worse}." if worse else f"{line}, and surely less in none."]


def _labels(report: StudyReport, given: int) -> list[str]:
    found = report.labels
    if found is None or found.agreement.value is None:
        return []
    return [
        f"Of labels, what {'this rater says' if given == 1 else 'most raters say'} agrees with {found.beside} in"
        f" {decimal(100 * found.agreement.value)} %{_standing(report)} ({told(found.kappa, 'kappa')})."
    ]


def _people(report: StudyReport, found: HumanBaseline, given: int) -> list[str]:
    pooled, majority = found.pooled[0], found.majority[0]
    of = "the samples" if pooled.weighted else "their answers"
    lines = [
        f"People name the annotated labels in {percent(pooled.mme)} of {of} under mme-emotion, and earn"
        f" {percent(pooled.f1)} under grounded."
    ]
    if report.weighted:
        lines[0] += (
            f" Here and below each task counts for as many samples as run {report.runs[0]} has of it, however many"
            " answers there are."
        )
    if given > 1:
        lines.append(f"What most of them name earns {percent(majority.mme)} and {percent(majority.f1)}.")
    return [*lines, *(_beside(one) for one in found.beside if not one.task)]


def _beside(one: BesideRun) -> str:
    if one.difference is None:
        return f"Run {one.run} cannot be set beside them: {one.why_none}."
    found = one.difference
    ends = found.interval
    between = "" if ends is None else f", {signed(ends.low)} to {signed(ends.high)}"
    return (
        f"On the same {how_many(one.items, 'sample')} run {one.run} ({one.model}) has {percent(one.run_points)} under"
        f" {one.protocol}: {signed(found.difference)} points beside people{between}"
        f" (p {pvalue(found.p_value) if found.p_value < 0.001 else f'= {pvalue(found.p_value)}'})."
    )
