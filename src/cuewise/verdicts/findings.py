"""What annotated cues and measured prosody say of the claims of a step, one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from cuewise.cues import channels
from cuewise.prose import collapse, split_sentences
from cuewise.records import Decision, Evidence
from cuewise.verdicts.claims import MAX_CHARS, Claim, read_claims
from cuewise.verdicts.prosody import check_numbers
from cuewise.verdicts.repeats import Saying

TIME_TOLERANCE_S: Final = 0.25
"""A claim about a time is held against cues that show within so many seconds of it."""


@dataclass(frozen=True)
class Finding:
    """What the evidence says of one claim."""

    decision: Decision
    evidence: tuple[str, ...]
    """Ids that the decision rests on."""
    reason: str
    checked: tuple[str, ...]
    """Ids that the claim was held against."""
    saying: Saying
    """What the claim says, whatever its words."""
    telling: bool = True
    """Whether it says more than what holds of most clips: it is no denial, no bare number and nothing at rest."""
    resting: bool = False
    """Whether it says that a channel is at rest."""
    vacuous: bool = False
    """Whether the wording commits to nothing about this clip."""


def check_step(text: str, evidence: Sequence[Evidence]) -> tuple[Finding, ...]:
    """A finding for each claim about a channel and for each number that something was measured for."""
    findings = [_check_claim(claim, evidence) for claim in read_claims(text)]
    for sentence in split_sentences(collapse(text)[:MAX_CHARS]):
        findings += [
            Finding(
                Decision.SUPPORTED if check.holds else Decision.CONTRADICTED,
                check.evidence,
                f"{check.text!r} {'agrees with' if check.holds else 'is not'} what was measured",
                checked=check.evidence,
                saying=Saying(frozenset({(check.measure,)}), check.within, frozenset(check.moments)),
                telling=check.telling,
            )
            for check in check_numbers(sentence, evidence)
        ]
    return tuple(findings)


_IN_TURN: Final = re.compile(
    r"\b(?:first|then|next|later|after\w*|before|until|finally|eventually|initially|at\s+the\s+(?:start|beginning|end|outset)"
    r"|begins?|starts?|changes?|shifts?|becomes?|gives?\s+way|followed)\b",
    re.IGNORECASE,
)


def claims_at_once(text: str) -> str | None:
    """A channel that a step gives several values at one time; None if there is none.

    Values exclude each other at any one moment, so "raised and lowered" cannot be meant of one. Times that are
    apart, or words for one after the other ("first", "then"), part them.
    """
    if _IN_TURN.search(text[:MAX_CHARS]):
        return None
    claims = [
        (claim.readings[0], claim.time_s)
        for claim in read_claims(text)
        if not claim.negated and not claim.vacuous and len(claim.readings) == 1
    ]
    for ((channel, value), time_s), ((other_channel, other_value), other_time_s) in combinations(claims, 2):
        if channel == other_channel and value != other_value and _overlap(time_s, other_time_s):
            return channel
    return None


def _overlap(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    """Whether two times share a moment; no time given is any time."""
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])


def is_mostly_at_rest(evidence: Sequence[Evidence]) -> bool:
    """Whether more than half of the annotated channels show nothing but rest, from the start to the end."""
    shown: dict[str, set[str]] = {}
    for piece in evidence:
        if piece.cue is not None and piece.cue.channel in channels():
            shown.setdefault(piece.cue.channel, set()).add(piece.cue.value)
    at_rest = [channel for channel, values in shown.items() if values == {channels()[channel].resting}]
    return 2 * len(at_rest) > len(shown)


def _check_claim(claim: Claim, evidence: Sequence[Evidence]) -> Finding:
    """Holds a claim against the annotated cues.

    A wording with two readings ("a low voice") is supported if either holds, and contradicted only if both are. As
    one of two holds of many clips, it is telling only where none of them is contradicted.
    """
    findings = [_check_reading(channel, value, claim, evidence) for channel, value in claim.readings]
    decisions = [finding.decision for finding in findings]
    decision = next(
        (each for each in (Decision.SUPPORTED, Decision.UNVERIFIABLE) if each in decisions),
        Decision.CONTRADICTED,
    )
    checked = dict.fromkeys(item for finding in findings for item in finding.checked)
    saying = Saying(
        of=frozenset(reading for finding in findings for reading in finding.saying.of),
        within=_around(claim.time_s),
        moments=frozenset(checked) if claim.time_s else frozenset(),
    )
    found = findings[decisions.index(decision)]
    telling = found.telling and Decision.CONTRADICTED not in decisions
    return replace(found, checked=tuple(checked), saying=saying, telling=telling)


def _around(time_s: tuple[float, float] | None) -> tuple[float, float] | None:
    return time_s and (time_s[0] - TIME_TOLERANCE_S, time_s[1] + TIME_TOLERANCE_S)


def _check_reading(channel: str, value: str, claim: Claim, evidence: Sequence[Evidence]) -> Finding:
    """One reading against the cues of its channel, at the claimed time if there is one.

    The values of a channel exclude each other, so a cue of another value contradicts; where the channel is
    not annotated (at that time) nothing can be said.
    """
    cues = [piece for piece in evidence if piece.cue is not None and piece.cue.channel == channel]
    if around := _around(claim.time_s):
        start_s, end_s = around
        cues = [piece for piece in cues if piece.start_s <= end_s and start_s <= piece.end_s]
    wording = f"{channel} {'not ' if claim.negated else ''}{value}"
    saying = Saying(frozenset({(channel, value, "not" if claim.negated else "")}))
    if not cues:
        return Finding(
            Decision.UNVERIFIABLE, (), f"{wording}: not annotated", (), saying, vacuous=claim.vacuous
        )
    same = tuple(piece.id for piece in cues if piece.cue is not None and piece.cue.value == value)
    holds = bool(same) != claim.negated
    resting = not claim.negated and value == channels()[channel].resting
    checked = tuple(piece.id for piece in cues)
    cited = same or checked
    shown = ", ".join(
        dict.fromkeys(piece.cue.value for piece in cues if piece.cue is not None and piece.id in cited)
    )
    return Finding(
        Decision.SUPPORTED if holds else Decision.CONTRADICTED,
        cited,
        f"{wording}: {', '.join(cited)} {'shows' if len(cited) == 1 else 'show'} {shown}",
        checked,
        saying,
        telling=not claim.negated and not resting,
        resting=resting,
        vacuous=claim.vacuous,
    )
