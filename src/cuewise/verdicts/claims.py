"""Reads which cues a sentence claims: "Her raised eyebrows" claims `raised` of `brows`.

The words lie in `claims.toml`. A state ("raised") is attached to the subject that it is said of, by where it
stands: after a copula, right before a noun, in a list with others, or else after the nearest subject.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cuewise.cues import channels
from cuewise.prose import collapse, split_sentences
from cuewise.verdicts.lexicon import IGNORED, Match, Reading, load_lexicon
from cuewise.verdicts.scope import is_of_another, is_supposed
from cuewise.verdicts.times import find_times
from cuewise.verdicts.vacuous import commits_to_nothing, offered_channels

MAX_CHARS: Final = 2000
"""Claims are read in the first so many characters of a step."""
_REACH: Final = 60  # characters from a subject to a state that nothing closer claims


@dataclass(frozen=True)
class Claim:
    """What a sentence says of one channel."""

    readings: tuple[Reading, ...]
    """(channel, value); more than one where the wording can be meant either way ("a low voice")."""
    negated: bool = False
    """Whether it says that this is not so."""
    time_s: tuple[float, float] | None = None
    """From when to when it is said to be so; equal for an instant; None where no time is given."""
    vacuous: bool = False
    """Whether the wording commits to nothing about this clip: alternatives, generalities, questions."""


@lru_cache(maxsize=1024)
def read_claims(text: str) -> tuple[Claim, ...]:
    """The claims of a step in order, each once; of a text longer than 2000 characters, its first 2000.

    What is only supposed, expected or doubted, or said of another person or source, is no claim.

    >>> [claim.readings for claim in read_claims("Her eyebrows are raised and she speaks softly.")]
    [(('brows', 'raised'),), (('loudness', 'soft'),)]
    >>> read_claims("There is no smile.")[0].negated
    True
    """
    claims: dict[Claim, None] = {}
    for sentence in split_sentences(collapse(text)[:MAX_CHARS]):
        for part in _APART.split(sentence):
            for claim in _claims_of(part):
                claims.setdefault(claim)
    return tuple(claims)


# --- which subject a state belongs to --------------------------------------------------------------

_APART: Final = re.compile(r"[;；]")
_OF: Final = re.compile(r"\s+of\s+(?:(?:the|his|her|their|its|a|an|both)\s+)?\Z", re.IGNORECASE)
_AND: Final = re.compile(
    r"\s*(?:,|&|/|\band\b|\bor\b|\bas\s+well\s+as\b)\s*(?:and\s+)?(?:(?:the|his|her|their)\s+)?\Z",
    re.IGNORECASE,
)
# A joined subject opens its clause: in "low in pitch, and the head is lowered" the pitch is not joined to the head.
_OPENS: Final = re.compile(
    r"(?:^|[,;:(]|\b(?:and|while|with|as|the|his|her|their|both|its))\s*\Z", re.IGNORECASE
)
_ADVERBS: Final = (
    r"very|quite|rather|slightly|somewhat|clearly|visibly|noticeably|strongly|deeply|tightly|fairly|really|so|too|a\s+little"
    r"|a\s+bit|both|all|also|now|then|still|again|just|only|even|gently|sharply|highly|mostly|fully|completely|suddenly"
    r"|distinctly|consistently|remarkably|extremely|markedly|particularly|especially|generally|relatively|briefly|more"
    r"|(?:\w{3,}ly)"
)
_COPULA: Final = (
    r"is|are|was|were|be|being|been|has|have|had|having|looks?|looking|seems?|appears?|remains?|remaining|stays?|staying"
    r"|keeps?|kept|becomes?|becoming|gets?|getting|got|goes|turns?|grows?|held|holds|to|can|could|may|might|seen|not|isn['’]t"
    r"|aren['’]t|wasn['’]t|weren['’]t|don['’]t|doesn['’]t|didn['’]t|do|does|did|never|no\s+longer|neither|nor|"
    r"either|set|sounds?|comes?|come"
)
_PREDICATE_GAP: Final = re.compile(rf"(?:[\s:：(=–-]|\b(?:{_COPULA}|{_ADVERBS})\b)*+\Z", re.IGNORECASE)
_LINK: Final = re.compile(rf"(?:[\s,/&]|\b(?:{_COPULA}|{_ADVERBS}|and|or|but|yet|then)\b)*+\Z", re.IGNORECASE)
_DETERMINER: Final = re.compile(
    r"\s+(?:(?:the|his|her|their|my|its|one|both|an?|of)\s+){1,3}(?:\w+\s+){0,2}\Z", re.IGNORECASE
)
_ADJECTIVES: Final = re.compile(r"(?:[\s,]+(?:(?:and|but|yet|or)\s+)?([\w-]+)){0,3}\s+\Z", re.IGNORECASE)
_NO_ADJECTIVE: Final = re.compile(
    rf"\b(?:{_COPULA}|the|his|her|their|my|its|an?|one|with|while|as|then|which|that|who|when|where|in|at|on|from|for|by"
    r"|during|after|before|under|over|into|he|she|they|it|there|this|suggest\w*|indicat\w*|show\w*)\b",
    re.IGNORECASE,
)

# What may follow a state that is not said of a noun after it, as "deep" is in "deep distress".
_STANDS_FREE: Final = re.compile(
    r"\s*(?:$|[^\w\s'’-]|-\s|\b(?:and|or|but|nor|yet|then|with|without|as|at|in|on|for|to|from|by|of|into|when|while"
    r"|during|throughout|because|which|that|than|enough|again|before|after|until|since|so|if|like|too|now|here|once"
    r"|twice|almost|through|across|all|i|he|she|they|it|the|his|her|their|is|are|was|were|\w+ly)\b)",
    re.IGNORECASE,
)


def _claims_of(sentence: str) -> list[Claim]:
    lexicon = load_lexicon()
    expressions = lexicon.find_expressions(sentence)
    subjects = _heads(lexicon.find_subjects(sentence), sentence)
    kinds = tuple(dict.fromkeys(subject.kind for subject in subjects))  # in order, so that findings are too
    states = [state for state in lexicon.find_states(sentence, kinds) if not _covered(state, expressions)]
    stated = [match for match in expressions if match.kind != IGNORED]
    for state in states:
        if any(subject.start <= state.start and state.end <= subject.end for subject in subjects):
            continue
        owner = _owner(state, subjects, states, sentence)
        if owner is not None and owner.kind == state.kind:
            stated.append(state)
        elif owner is not None and (shared := _coordinated(owner, subjects, sentence)):
            stated += [state for subject in shared if subject.kind == state.kind]
    stated.sort(key=lambda match: (match.start, -match.length))
    times = find_times(sentence)
    offered = offered_channels(stated, sentence)
    return [
        Claim(
            match.readings,
            negated=_is_negated(match, sentence),
            time_s=_time_of(match, times, sentence),
            vacuous=any(channel in offered for channel, _ in match.readings)
            or commits_to_nothing(sentence, match.start, match.end),
        )
        for match in stated
        if not _UNKNOWN.search(sentence[max(0, match.start - 90) : match.start])
        and not is_supposed(sentence, match.start, match.end)
        and not is_of_another(sentence, match.start, match.end, audible=_audible(match))
    ]


def _audible(match: Match) -> bool:
    return all(channels()[channel].modality == "audio" for channel, _ in match.readings)


def _covered(state: Match, expressions: Sequence[Match]) -> bool:
    at = bisect_left(expressions, state.end, key=lambda match: match.start)
    return at > 0 and expressions[at - 1].end > state.start


def _heads(subjects: Sequence[Match], sentence: str) -> list[Match]:
    """Subjects with "A of the B" made one: what is said is said of A."""
    heads: list[Match] = []
    for subject in subjects:
        if heads and _OF.match(sentence[heads[-1].end : subject.start]):
            heads[-1] = Match(heads[-1].start, subject.end, heads[-1].kind)
        else:
            heads.append(subject)
    return heads


def _coordinated(owner: Match, subjects: Sequence[Match], sentence: str) -> list[Match]:
    """Subjects joined to `owner` by "and" before it: "the brows and lips are relaxed"."""
    joined: list[Match] = []
    last = owner
    for subject in reversed(subjects[: subjects.index(owner)]):
        if not _AND.match(sentence[subject.end : last.start]):
            break
        if not _OPENS.search(sentence[: subject.start]):
            break
        joined.append(subject)
        last = subject
    return joined


def _owner(state: Match, subjects: Sequence[Match], states: Sequence[Match], sentence: str) -> Match | None:
    """The subject that a state is said of, whatever its kind; None where there is none near."""
    at = bisect_left(subjects, state.start, key=lambda match: match.start)
    before = subjects[at - 1] if at and subjects[at - 1].end <= state.start else None
    after = next((subject for subject in subjects[at:] if subject.start >= state.end), None)
    ahead = sentence[state.end : after.start] if after else None
    behind = sentence[before.end : state.start] if before else None
    right_before_noun = ahead is not None and not ahead.strip(" -")
    if behind is not None and _PREDICATE_GAP.match(behind):  # "the brows are raised"
        follows_noun_directly = not behind.strip()
        if not (right_before_noun and follows_noun_directly and before and before.kind != state.kind):
            return before
    if right_before_noun:  # "raised brows"
        return after
    if before is not None and _in_list(before, state, states, sentence):  # "the brows are raised and arched"
        return before
    if ahead is not None and _leads_to_noun(ahead):  # "raised, arched brows"; "raises her brows"
        return after
    if behind is not None and len(behind) <= _REACH and _STANDS_FREE.match(sentence, state.end):
        return before
    return None


def _in_list(subject: Match, state: Match, states: Sequence[Match], sentence: str) -> bool:
    """Whether nothing but linking words and other states of the subject stand between it and a state."""
    at = subject.end
    for other in states:
        if other.kind == subject.kind and at <= other.start and other.end <= state.start:
            if not _LINK.match(sentence[at : other.start]):
                return False
            at = other.end
    return at > subject.end and bool(_LINK.match(sentence[at : state.start]))


def _leads_to_noun(gap: str) -> bool:
    if _DETERMINER.match(gap):
        return True
    return bool(_ADJECTIVES.match(gap)) and bool(gap.strip(" ,")) and not _NO_ADJECTIVE.search(gap)


# --- negation and time -----------------------------------------------------------------------------

_NEGATOR: Final = (
    r"(?:\b(?:not(?!\s+(?:only|just|merely|simply|solely)\b)|no(?!\s+doubt\b)|never|without|neither|nor|cannot|hardly"
    r"|lacks?|lacking|absence\s+of|lack\s+of|devoid\s+of|free\s+of|rather\s+than|instead\s+of|as\s+opposed\s+to|nothing"
    r"|none|fails?\s+to|refus\w+\s+to|rarely|seldom|far\s+from(?!\s+(?:the|his|her|their)\b)|anything\s+but|nowhere\s+near"
    r"|opposite\s+of|avoid(?:s|ed|ing)?|refrain\w*\s+from|stop\w*\s+short\s+of"
    r"|(?:wrong|false|untrue|incorrect)\s+(?:that|to\s+(?:say|claim|think)))\b|n['’]t\b)"
)
_REST: Final = r"(?:\s+(?!(?:but|and|yet|while|although|though|instead|because|so)\b)[\w'’-]+){0,6}\s*\Z"
_NEGATED: Final = re.compile(rf"{_NEGATOR}{_REST}", re.IGNORECASE)
# "She cannot help smiling", "he never stops nodding", "not without a smile": denied twice, so said.
_TWICE: Final = re.compile(
    rf"{_NEGATOR}(?:\s+\w+){{0,2}}?\s+(?:help|stop(?!\w*\s+short)|ceas|quit|without|hid|suppress|contain|conceal|los[ei]|fail|avoid"
    rf"|refrain|resist)\w*{_REST}",
    re.IGNORECASE,
)
# "I cannot see whether she smiles" claims nothing.
_UNKNOWN: Final = re.compile(
    r"\b(?:cannot|can\s+not|can['’]t|could\s+not|couldn['’]t|unable\s+to|(?:hard|difficult|impossible|not\s+possible)\s+to)"
    r"\s+(?:\w+\s+){0,2}?(?:see|detect|tell|determine|observe|hear|verify|assess|discern|say|know|judge)\b"
    r"(?:\s+(?!(?:but|and|yet)\b)[\w'’-]+){0,6}\s*\Z",
    re.IGNORECASE,
)
_ABSENT: Final = re.compile(
    r"(?:\s+[\w-]+){0,3}?\s+(?:(?:is|are|was|were)\s+(?:completely\s+|clearly\s+|entirely\s+)?(?:absent|missing|lacking"
    r"|nowhere\s+(?:to\s+be\s+)?(?:seen|found|visible|in\s+sight)|(?:not|never)\s+(?:to\s+be\s+)?(?:present|visible|seen|there"
    r"|heard|found|noticeable|observed|evident))"
    r"|(?:cannot|can\s+not|can['’]t|could\s+not|couldn['’]t)\s+be\s+(?:seen|heard|found|observed|detected|noticed))\b",
    re.IGNORECASE,
)


def _is_negated(match: Match, sentence: str) -> bool:
    before = sentence[max(0, match.start - 90) : match.start]
    if _NEGATED.search(before):
        return not _TWICE.search(before)
    # A wording of subject and state in one may have its denial inside: "The mouth is not frowning".
    inside = not match.kind and bool(_NEGATED.search(sentence, match.start, match.end))
    return inside or bool(_ABSENT.match(sentence, match.end))


def _time_of(
    match: Match, times: Sequence[tuple[int, float, float]], sentence: str
) -> tuple[float, float] | None:
    """The only time of a sentence; of several the one in the same clause, before the claim if on both sides."""
    if len(times) == 1:
        return times[0][1:]
    start = max(sentence.rfind(mark, 0, match.start) for mark in (",", " and ", " then ", "("))
    ends = [at for mark in (",", " and ", " then ") if (at := sentence.find(mark, match.end)) >= 0]
    within = [time for time in times if start <= time[0] <= min(ends, default=len(sentence))]
    return within[0][1:] if within else None
