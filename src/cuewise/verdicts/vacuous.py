"""Whether a wording commits to anything about this clip: alternatives, generalities and questions do not.

"The eyebrows are either raised or lowered", "People smile when they are happy" and "The mouth can open" agree with
almost any clip, so they support nothing, whatever is annotated. In doubt nothing is stated: an honest step that says
"or" loses one point, a rule that let it pass would pay for every list of all values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from cuewise.verdicts.lexicon import Match

_WINDOW: Final = 200  # characters that are looked at on either side
_SEEING: Final = (
    r"(?:see|seen|hear|heard|observ\w*|notic\w*|detect\w*|perceiv\w*|tell|say|infer\w*|recogni[sz]\w*|identif\w*"
    r"|find|found)"
)
# Where another clause begins, so that an "or" beyond it does not reach the wording.
_BEYOND: Final = re.compile(
    r"[;:(\"“”「」]|,?\s*\band\s+(?=(?:the|his|her|their|she|he|they|it|there)\b)|,\s*(?=(?:the|his|her|their|she|he|they|it)\b)"
    r"|\b(?:but|while|whereas|although|though|because|since|as|which|that|who|when|after|before|suggest\w*|indicat\w*|show(?:s|ing)"
    r"|express\w*|convey\w*|signal\w*|reflect\w*|imply\w*|implies|mark\w*|reveal\w*|point(?:s|ing)|typical|consistent|like|of|in|with|for"
    r"|from|at|by|on|to)\b",
    re.IGNORECASE,
)
_OR: Final = re.compile(
    r"(?<!\bmore )(?<!\d )\bor\b(?!\s+(?:less|so\b|\d))|/(?!s\b|sec|s?he\b|hers?\b|his\b|him\b|their|them|\d)"
    r"|\beither\b|\bwhether\b",
    re.IGNORECASE,
)
_OR_NOT: Final = re.compile(
    r"\bor\s+(?:\w+\s+){0,3}?(?:not|no|never|otherwise)\b|\bor\b[^.;]{0,20}n['’]t\b", re.IGNORECASE
)
_UNDONE: Final = re.compile(
    r"\s*(?:,\s*)?(?:and|then)\s+(?:then\s+)?(?:clos|shut|lower(?:s|ed)\s+again)", re.IGNORECASE
)
_TRIVIAL: Final = re.compile(r"\s+than\s+(?:silence|nothing|zero|none)\b", re.IGNORECASE)
_POSSIBLE: Final = re.compile(rf"\bcan\b(?!['’]t\b)(?!\s+(?:\w+\s+){{0,2}}?{_SEEING}\b)", re.IGNORECASE)
_AT_LARGE: Final = re.compile(
    r"^\W*(?:people|humans?|human\s+beings|individuals|persons)\b"
    r"|\b(?:most|many|all|some|when|if|as|how|because|since|that)\s+(?:people|humans?|human\s+beings|persons|individuals|someone"
    r"|somebody|a\s+person|one)\b"
    r"|\b(?:anyone|anybody|everyone|everybody|no\s?one|nobody|those|whoever)\s+(?:who|that|knows?|can|does|would|will|has|is)\b"
    r"|\b(?:in\s+general|generally\s+speaking|by\s+definition|as\s+a\s+rule|well[\s-]known|(?:widely|commonly)\s+known|(?:research|studies)"
    r"\s+(?:show|suggest|find|found)\w*)\b",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(r"[?？]\s*\Z")


def offered_channels(matches: Sequence[Match], sentence: str) -> frozenset[str]:
    """Channels of which a sentence offers several values with "or" between them, however far apart they stand."""
    offered = set()
    for channel in {channel for match in matches for channel, _ in match.readings}:
        said = [match for match in matches if any(of == channel for of, _ in match.readings)]
        if any(_OR.search(sentence, left.end, right.start) for left, right in pairwise(said)):
            offered.add(channel)
    return frozenset(offered)


def commits_to_nothing(sentence: str, start: int, end: int) -> bool:
    """Whether what stands from `start` to `end` is one of several alternatives, a generality or a question."""
    before, after = sentence[max(0, start - _WINDOW) : start], sentence[end : end + _WINDOW]
    if _QUESTION.search(sentence) or _AT_LARGE.search(before) or _OR_NOT.search(after):
        return True
    if _UNDONE.match(after) or _TRIVIAL.match(after):
        return True
    near_before = before[max((match.end() for match in _BEYOND.finditer(before)), default=0) :]
    beyond = _BEYOND.search(after)
    near_after = after[: beyond.start()] if beyond else after
    return bool(_OR.search(near_before) or _OR.search(near_after) or _POSSIBLE.search(near_before))
