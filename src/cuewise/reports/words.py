"""The report's summary in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cuewise.models.cards import family
from cuewise.records import OutcomeKind
from cuewise.reports.formats import DASH, count, decimal
from cuewise.scores.figures import Figures

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings

PUBLISHED: Final = (
    ("Gemini-2.5-Pro, best recognition and best CoT", 39.3, None, 56.0),
    ("Mean over 20 models", 29.4, 49.5, 39.5),
)
"""Published headline results (arXiv 2508.09210): recognition, reasoning, CoT, percent."""

OFFLINE: Final = "offline/rules"

OUTCOMES: Final = {
    OutcomeKind.SCORED: ("scored", ""),
    OutcomeKind.REFUSED: ("refused to answer", "model"),
    OutcomeKind.UNPARSEABLE_ANSWER: ("gave no readable answer", "model"),
    OutcomeKind.TRUNCATED_ANSWER: ("answer cut off at the token limit", "model"),
    OutcomeKind.MISSING_CLIP: ("clip missing", "data"),
    OutcomeKind.BROKEN_CLIP: ("clip broken", "data"),
    OutcomeKind.MODEL_FAILURE: ("call to the model failed", "service"),
    OutcomeKind.EXTRACTOR_FAILURE: ("steps could not be read from the answer", "extractor"),
    OutcomeKind.JUDGE_FAILURE: ("judge gave no valid verdict", "judge"),
}
"""In words, and where the cause lies."""


def nature(model: str) -> str | None:
    """What a reader must know before reading a model's figures; None for a real model.

    >>> nature("simulated/careful")
    'simulated, validates the evaluator'
    """
    match model.partition("/")[0]:
        case "simulated":
            return "simulated, validates the evaluator"
        case "baseline":
            return "baseline, shows what little effort scores"
    return None


def judge_nature(judge: str) -> str | None:
    """The same of a judge or extractor."""
    return "fixed rules, no model asked" if judge == OFFLINE else nature(judge)


def summary_sentences(settings: Settings, figures: Figures, *, finished: bool) -> list[str]:
    """What was run, what came out, and how far it can be trusted."""
    sentences = [_setting(settings), _judging(settings)]
    if not finished:
        sentences.append(
            f"The run is not finished: {count(figures.count)} of {count(settings.n_samples)} samples have an"
            " outcome so far, and all figures are over those."
        )
    sentences.append(_scores(settings, figures))
    sentences.append(_coverage(figures))
    return [_kept_together(sentence) for sentence in sentences if sentence]


def comparison_sentences(runs: Sequence[tuple[str, Settings, Figures]]) -> list[str]:
    """What can be said of several runs together; empty for one."""
    if len(runs) < 2:
        return []
    sentences = []
    ranked = sorted(
        (
            (_named(name, nature(settings.model.name)), figures)
            for name, settings, figures in runs
            if figures.cot is not None
        ),
        key=lambda item: -(item[1].cot or 0.0),
    )
    if len(ranked) >= 2:
        (first, best), (second, next_) = ranked[:2]
        sentence = (
            f"Of {len(runs)} runs, {first} has the highest CoT score, {decimal(best.cot)} %, before {second}"
            f" with {decimal(next_.cot)} %."
        )
        if _overlap(best, next_):
            sentence += " Their 95 % intervals overlap, so this order alone proves little."
        sentences.append(sentence)
    first_settings = runs[0][1]
    differing = {name for _, settings, _ in runs[1:] for name in first_settings.differences(settings)}
    if differing & {"dataset_sha256", "tasks", "n_samples"}:
        sentences.append(
            "The runs were not made on the same samples: compare figures of equal tasks only, with care."
        )
    if others := [name for name in _COMPARED if name in differing]:
        sentences.append(
            f"Beside the model, the runs differ in {_listed([_COMPARED[name] for name in others])}; differences"
            " between their figures may come from there."
        )
    return [_kept_together(sentence) for sentence in sentences]


_COMPARED: Final = {
    "protocol": "protocol",
    "modalities": "what the model was sent",
    "frame_rule": "how frames were sampled",
    "sampling": "how answers were drawn",
    "extractor": "the extractor of steps",
    "judge": "the judge",
    "prompts": "prompts",
    "alpha": "the weight of recognition",
}


def _setting(settings: Settings) -> str:
    sent = _listed(
        [{"video": "frames", "audio": "sound", "text": "transcript"}.get(m, m) for m in settings.modalities]
    )
    received = (
        f"It was sent the {sent} of each clip."
        if settings.modalities
        else "It was sent nothing of the clips."
    )
    samples = "1 sample" if settings.n_samples == 1 else f"{count(settings.n_samples)} samples"
    return (
        f"{_named(settings.model.name, nature(settings.model.name))} was asked {samples} of {settings.dataset}"
        f" ({_listed(settings.tasks) or 'no task'}). {received}"
    )


def _judging(settings: Settings) -> str:
    extractor, judge = settings.extractor.name, settings.judge.name
    sentence = (
        f"Its answers were taken apart into steps by {_named(extractor, judge_nature(extractor))}, and every step"
        f" was rated by {_named(judge, judge_nature(judge))} under the {settings.protocol} protocol."
    )
    if judge == OFFLINE:
        sentence += " Rules are no judge of meaning: figures judged so do not compare with published ones."
    elif nature(judge) is None and family(judge) == family(settings.model.name):
        sentence += f" Model and judge are of one family ({family(judge)}), which may favour the model."
    return sentence


def _scores(settings: Settings, figures: Figures) -> str:
    if figures.recognition is None:
        return "No sample has an outcome, so there is nothing to report."

    def stated(name: str, value: float | None) -> str:
        interval = figures.interval[name]
        low, high = (decimal(interval.low), decimal(interval.high)) if interval else (DASH, DASH)
        return f"{decimal(value)} % (95 % interval {low} to {high})"

    return (
        f"Recognition, the share of points for naming the right label, is {stated('recognition', figures.recognition)}."
        f" Reasoning, the share of points for the reasons given, is {stated('reasoning', figures.reasoning)}."
        f" The CoT score, which counts recognition {settings.alpha:g} and reasoning {1 - settings.alpha:g}, is"
        f" {stated('cot', figures.cot)}."
    )


def _coverage(figures: Figures) -> str:
    unscored = figures.count - figures.scored
    if not figures.count:
        return ""
    if not unscored:
        return "Coverage is 100 %: every sample was scored."
    kinds = [
        (-number, f"{words}, {count(number)}")
        for kind, (words, _) in OUTCOMES.items()
        if kind is not OutcomeKind.SCORED and (number := figures.outcomes.get(kind.value, 0))
    ]
    listed = "; ".join(text for _, text in sorted(kinds, key=lambda kind: kind[0]))
    bounds = figures.bounds["cot"]
    high = decimal(bounds.high if bounds else None)
    have, count_as_0 = (
        ("has", "It counts as 0; had it been right")
        if unscored == 1
        else ("have", "They count as 0; had all of them been right")
    )
    return (
        f"Coverage is {decimal(figures.coverage)} %: {count(unscored)} of {count(figures.count)} samples {have}"
        f" no score ({listed}). {count_as_0}, the CoT score would be {high} %."
    )


def _named(name: str, remark: str | None) -> str:
    return f"{name} ({remark})" if remark else name


def _kept_together(sentence: str) -> str:
    """No line may break between a number and its percent sign."""
    return sentence.replace(" %", "\u00a0%")


def _listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    *others, last = words or [""]
    return f"{', '.join(others)} and {last}" if others else last


def _overlap(a: Figures, b: Figures) -> bool:
    one, other = a.interval["cot"], b.interval["cot"]
    return one is not None and other is not None and one.low <= other.high and other.low <= one.high
