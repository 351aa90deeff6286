"""What can be concluded of the difference between two runs, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from cuewise.analysis.comparison import Comparison, ScoreDifference, SharedSamples
from cuewise.counts import how_many
from cuewise.reports.formats import count, decimal, signed
from cuewise.reports.words.comparison import COMPARED
from cuewise.reports.words.phrases import listed
from cuewise.scores.clusters import MIN_GROUPS

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings

NAMES: Final = {"recognition": "recognition", "reasoning": "reasoning", "cot": "CoT"}
TESTS: Final = {
    "mcnemar-exact": "McNemar’s exact test",
    "sign-flip": "the sign-flip permutation test",
}
MANY: Final = 3
"""Numbers that a sentence tells one by one."""

_Number = TypeVar("_Number", int, float)
_JUDGING: Final = (
    *("judge", "more_judges", "judge_repeats", "panel_rule", "extractor"),
    *("audio_clue", "transcribe", "describe", "evidence", "taxonomy", "prompts", "alpha"),
)
"""Settings that change what an answer earns."""


def conclusions(found: Comparison, a: str, b: str) -> list[str]:
    """A sentence for each score over all tasks, and one or two for each by task.

    Args:
        a: name of the first run.
        b: name of the second, which is held against it.
    """
    sentences = [overall_sentence(one, a, b, len(found.overall)) for one in found.overall]
    few: dict[str, list[str]] = {}
    for whole in found.overall:
        if whole.result.better + whole.result.worse:
            of_score = [one for one in found.tasks if one.score == whole.score]
            sentences += task_sentences(of_score, a, b, len(found.tasks))
            tasks = [f"{one.task} ({_samples(one)})" for one in of_score if _too_few(one)]
            if tasks:
                few.setdefault(listed(tasks), []).append(NAMES[whole.score])
    return sentences + [
        f"The samples of {tasks} are too few to show any difference in {listed(names)}."
        for tasks, names in few.items()
    ]


def overall_sentence(one: ScoreDifference, a: str, b: str, tests: int) -> str:
    """Which run is better in a score, by how much and how surely; or that this cannot be told."""
    name, result = NAMES[one.score], one.result
    if not result.better + result.worse:
        return f"In {name}, {b} and {a} have the same points on {_each(result.count)}."
    if one.real:
        return f"{b} is {_way(one)} than {a} in {name} by {_amount(one)}, {_p(one, tests)}."
    return (
        f"In {name}, {b} and {a} cannot be told apart: {signed(result.difference)} points{_between(one)},"
        f" {_p(one, tests)}; {_missed(one)}."
    )


def task_sentences(found: Sequence[ScoreDifference], a: str, b: str, tests: int) -> list[str]:
    """The same of one score by task: where it differs, then where nothing can be concluded. Tasks of too few samples
    are passed over."""
    if not found:
        return []
    name = NAMES[found[0].score]
    sentences = []
    for way in ("better", "worse"):
        if real := [one for one in found if one.real and _way(one) == way]:
            told = listed([f"{one.task} by {_amount(one)}, {_p(one, tests)}" for one in real])
            sentences.append(f"By task, {b} is {way} than {a} in {name} in {told}.")
    same = [one.task for one in found if not one.real and not one.result.better + one.result.worse]
    if same:
        sentences.append(f"In {name}, both have the same points on every sample of {listed(same)}.")
    if shown := [one for one in found if not one.real and one.detectable is not None]:
        sizes = _each_or_range([one.result.count for one in shown], count)
        least = _each_or_range([one.detectable or 0.0 for one in shown], decimal)
        sentences.append(
            f"In {name}, nothing can be concluded for {listed([one.task for one in shown])}: with {sizes} samples, true"
            f" differences under {least} points can well be missed."
        )
    return sentences


def _each_or_range(values: Sequence[_Number], written: Callable[[_Number], str]) -> str:
    """Up to three numbers, more by their ends."""
    if len(values) <= MANY:
        return listed([written(value) for value in values])
    low, high = written(min(values)), written(max(values))
    return low if low == high else f"{low} to {high}"


def _too_few(one: ScoreDifference) -> bool:
    return not one.real and one.detectable is None and bool(one.result.better + one.result.worse)


def left_out(shared: SharedSamples, a: str, b: str) -> str:
    """Which samples are compared, and which are not; empty where all are."""
    parts = [
        f"{count(number)} only in {run}" for number, run in ((shared.only_a, a), (shared.only_b, b)) if number
    ]
    if shared.other_question:
        parts.append(f"{count(shared.other_question)} with other candidates or gold labels")
    if not parts:
        return ""
    return f"Compared: {how_many(len(shared), 'sample')} that both runs have; left out: {listed(parts)}."


def warnings(a: Settings, b: Settings) -> list[str]:
    """Why a difference may not be the models' own."""
    differing = a.differences(b)
    told = []
    if a.protocol is not b.protocol:
        told.append(
            f"The runs are scored by different rules ({a.protocol.value} and {b.protocol.value}): their points are for"
            " different things, and a difference tells nothing of the models alone."
        )
    others = [COMPARED[name] for name in _JUDGING if name in differing]
    if a.protocol is not b.protocol:  # a protocol has prompts of its own
        others = [words for words in others if words != COMPARED["prompts"]]
    if others:
        told.append(
            f"The runs also differ in {listed(others)}, so that a difference is not the model’s alone."
            if "model" in differing
            else f"The runs differ in {listed(others)}, which can change what an answer earns."
        )
    return told


def p_words(p: float) -> str:
    """A p-value.

    >>> p_words(0.0004), p_words(0.0421), p_words(0.3)
    ('p < 0.001', 'p = 0.042', 'p = 0.30')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def grouped(shared: SharedSamples) -> str:
    """What was taken as independent, in a sentence."""
    groups = len(set(shared.groups))
    if groups == len(shared):
        return f"Every sample is of a {_UNITS[shared.unit]} of its own."
    return (
        f"{how_many(len(shared), 'sample')} of {count(groups)} {_UNITS[shared.unit]}s: those of one"
        f" {_UNITS[shared.unit]} are not independent, and are taken together."
    )


_UNITS: Final = {"clip": "clip", "video": "source video", "speaker": "speaker"}


def _way(one: ScoreDifference) -> str:
    return "better" if one.result.difference > 0 else "worse"


def _amount(one: ScoreDifference) -> str:
    """Size and interval of a difference whose sign the sentence tells."""
    interval = one.result.interval
    assert interval is not None, "what is real has one"
    size = f"{decimal(abs(one.result.difference))} points"
    ends = (
        sorted((interval.low, interval.high))
        if one.result.difference > 0
        else [-interval.high, -interval.low]
    )
    return f"{size} ({_ends(ends)})"


def _between(one: ScoreDifference) -> str:
    """The interval of a difference that is not shown; one that leaves 0 out all the same is marked as what it is."""
    interval = one.result.interval
    if interval is None:
        return ""
    alone = ", not corrected" if interval.low > 0 or interval.high < 0 else ""
    return f" (95 % interval {signed(interval.low)} to {signed(interval.high)}{alone})"


def _ends(ends: Sequence[float]) -> str:
    return f"95 % interval {' to '.join(signed(end).removeprefix('+') for end in ends)}"


def _p(one: ScoreDifference, tests: int) -> str:
    adjusted = one.result.p_adjusted if one.result.p_adjusted is not None else one.result.p_value
    return (
        f"{p_words(adjusted)} after correction over {how_many(tests, 'test')}"
        if tests > 1
        else p_words(adjusted)
    )


def _missed(one: ScoreDifference) -> str:
    n = how_many(one.result.count, "sample")
    if one.detectable is None:
        if _uneven(one):
            return f"most of the {n} belong to a few of {_groups(one)}, so that no difference can be shown"
        few = n if one.result.clusters == one.result.count else f"{n}, which belong to {_groups(one)},"
        return (
            f"{few} are too few to show any difference"
            if one.result.count > 1
            else "one sample shows nothing"
        )
    return f"with {n} a true difference under {decimal(one.detectable)} points can well be missed"


def _samples(one: ScoreDifference) -> str:
    n = count(one.result.count)
    if _uneven(one):
        return f"{n}, most of them in a few of {_groups(one)}"
    return n if one.result.clusters == one.result.count else f"{n} in {_groups(one)}"


def _uneven(one: ScoreDifference) -> bool:
    """Whether there are groups enough, but a few hold most of the samples."""
    return one.result.interval is None and one.result.clusters >= MIN_GROUPS


def _groups(one: ScoreDifference) -> str:
    return how_many(one.result.clusters, "group")


def _each(samples: int) -> str:
    return "the one sample" if samples == 1 else f"each of the {count(samples)} samples"
