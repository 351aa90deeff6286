"""Names and numbers as they stand in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.reports.formats import decimal
from cuewise.scores.intervals import Interval, Mean

OFFLINE: Final = "offline/rules"


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
        case "gaming":
            return "gaming, shows what a trick scores"
        case "imported":
            return "imported, answered elsewhere"
    return None


def judge_nature(judge: str) -> str | None:
    """The same of a judge or extractor."""
    return "fixed rules, no model asked" if judge == OFFLINE else nature(judge)


def named(name: str, remark: str | None) -> str:
    """A name with its remark in brackets."""
    return f"{name} ({remark})" if remark else name


def named_judge(name: str) -> str:
    """A judge or extractor with what must be known of it."""
    return named(name, judge_nature(name))


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    *others, last = words or [""]
    return f"{', '.join(others)} and {last}" if others else last


def percent(estimate: Mean | None) -> str:
    """`12.3 %`, or a dash."""
    return f"{decimal(None if estimate is None else estimate.percent)} %"


def with_interval(value: float | None, interval: Interval | None) -> str:
    """A score and its interval; the score alone where samples are too few, or of too few videos, to tell one."""
    if interval is None:
        return f"{decimal(value)} %"
    return f"{decimal(value)} % (95 % interval {decimal(interval.low)} to {decimal(interval.high)})"


def times(number: int) -> str:
    """How often.

    >>> times(1), times(2), times(5)
    ('once', 'twice', '5 times')
    """
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def kept_together(sentence: str) -> str:
    """No line may break between a number and its percent sign."""
    return sentence.replace(" %", "\u00a0%")
