"""Whether a wording is claimed at all, and of whom: suppositions and what is said of others are set aside.

"If she were angry, her brows would be furrowed" and "Background music is loud" say nothing about how the person
in the clip looks or sounds. In doubt nothing is claimed: an unread claim passes, a misread one is judged wrongly.
"""

from __future__ import annotations

import re
from typing import Final

_WINDOW: Final = 200  # characters that are looked at on either side
_MAIN: Final = r"(?:the|his|her|their|she|he|they|it|there|both)\b"
_TURN: Final = re.compile(
    r"[;；:]|\b(?:but|however|yet|while|whereas|although|though)\b|\band\s+(?=(?:she|he|they|there)\b)",
    re.IGNORECASE,
)
# A modal reaches to the end of its own clause, the other hedges to the turn of the sentence.
_CLAUSE: Final = re.compile(
    rf",\s*(?:and\s+)?(?={_MAIN})|\band\s+(?={_MAIN})|\b(?:because|since|given|as\s+(?={_MAIN})|due\s+to|shown|evidenced"
    r"|based|from)\b",
    re.IGNORECASE,
)
_MODAL: Final = re.compile(
    r"\b(?:(?:may|might|could)(?!\s+(?:\w+ly\s+)?(?:be\s+)?(?:see|seen|hear|heard|observed?)\b)|maybe|perhaps|possibly|probably"
    r"|presumably)\b",
    re.IGNORECASE,
)
_SUPPOSED: Final = re.compile(
    r"\b(?:would(?:n['’]t)?|(?<!as )(?<!even )if|unless|typical(?:ly)?|usual(?:ly)?|normally|commonly|tends?\s+to"
    r"|expect(?:s|ed|ing)?|suppos(?:e|ed|ing)|imagine|(?:little|scant|insufficient|weak|limited)\s+(?:evidence|sign|indication|trace)s?"
    r"|(?:few|hardly\s+any)\s+(?:signs?|traces?|indications?)|unclear|uncertain|unsure|not\s+(?:clear|sure|certain))\b"
    r"|\b(?:hard|difficult|impossible|not\s+possible)\s+to\s+(?:see|tell|say|know|judge|hear|determine|discern|make\s+out)\b",
    re.IGNORECASE,
)
_UNSEEN: Final = re.compile(
    r"\b(?:it\s+is|it['’]s|is|are)\s+(?:\w+ly\s+)?(?:hard|difficult|impossible|not\s+possible)\s+to\s+"
    r"(?:see|tell|say|know|judge|hear|determine|discern|make\s+out|be\s+sure)\b"
    r"|\b(?:cannot|can['’]t)\s+be\s+(?:sure|certain|verified|confirmed)\b",
    re.IGNORECASE,
)
_ONLY_SEEMS: Final = re.compile(
    r"\b(?:seem|appear|look)(?:s|ed)?\b|\bat\s+first\s+(?:glance|sight)\b", re.IGNORECASE
)
_BUT: Final = re.compile(r"\b(?:but|yet|however|though|although)\b", re.IGNORECASE)
# "Her raised brows would suggest" takes them for granted; "Raised brows would suggest" does not.
_GIVEN: Final = re.compile(r"\b(?:the|his|her|their|these|those|\w+['’]s)\s+(?:\w+\s+)?\Z", re.IGNORECASE)

_PERSON: Final = (
    r"(?:(?:other|second|another|different|next)\s+(?:\w+\s+)?(?:speaker|person|people|man|woman|actor|actress|character|guy|girl"
    r"|boy|lady|party|voice|one|face)s?|someone\s+else|somebody\s+else|interviewer|interlocutor|audience|crowd|bystanders?|onlookers?"
    r"|passers?-?by|friends?|colleagues?|partner|companion|opponent|others|in\s+the\s+background)"
)
_THING: Final = (
    r"(?:(?:back)?ground|music|songs?|soundtrack|score|melody|instruments?|room|office|street|traffic|hall|restaurant|environment"
    r"|surroundings|setting|television|tv|radio|phone|alarm|sirens?|engine|wind|rain|noises?|laughter|applause|chatter|laugh\s+track"
    r"|doors?|dogs?)"
)
_OTHERS: Final = re.compile(rf"\b{_PERSON}\b(?!\s*,)", re.IGNORECASE)
_THINGS: Final = re.compile(
    rf"(?<!\bin )(?<!\bin the )(?<!\bin an )(?<!\bin a )(?<!\bover )(?<!\bover the )(?<!\babove the )\b{_THING}\b",
    re.IGNORECASE,
)
_SELF: Final = re.compile(
    r"\b(?:she|he|they|i)\b|\b(?:her|his|their)\b(?!\s+(?:is|are|was|were)\b)|\bthe\s+(?:man|woman|person|speaker)\b",
    re.IGNORECASE,
)
_OWN_VOICE: Final = re.compile(
    r"\b(?:voice|speech|tone|pitch|volume|delivery|words|speaks?|speaking|talks?|talking)\b", re.IGNORECASE
)
_TO_OTHERS: Final = re.compile(
    r"\b(?:at|to|toward|towards|with|beside|behind|facing|faces?|than|by|from|and|near|against)\s+(?:\w+\s+)?\Z",
    re.IGNORECASE,
)
_COMPARED: Final = re.compile(
    r"\b(?:hers|theirs)\b|\bhis(?=\s*(?:[,.;]|$|(?:which|that|are|is|were|was)\b))|\bunlike\s+(?:the|his|her|their)\b"
    r"|\b(?:differs?|different)\s+from\b",
    re.IGNORECASE,
)


def is_supposed(sentence: str, start: int, end: int) -> bool:
    """Whether what stands from `start` to `end` is supposed, usual, expected or doubted, not claimed."""
    before, after = _around(sentence, start, end)
    turned = _after_last(_TURN, before)
    if _SUPPOSED.search(turned) or _MODAL.search(_after_last(_CLAUSE, turned)) or _UNSEEN.search(after):
        return True
    if _ONLY_SEEMS.search(turned) and _BUT.search(after):
        return True
    clause = re.split(r"[,;:]|\bbut\b|\bwhile\b", after, maxsplit=1)[0]
    return bool(_SUPPOSED.search(clause)) and not _GIVEN.search(before)


def is_of_another(sentence: str, start: int, end: int, *, audible: bool) -> bool:
    """Whether what stands there is said of somebody else, or, if `audible`, of another source of sound."""
    if _COMPARED.search(sentence[max(0, start - _WINDOW) : end + _WINDOW]):
        return True
    turned = _after_last(_TURN, _around(sentence, start, end)[0])
    for other in reversed(list(_OTHERS.finditer(turned))):
        if _TO_OTHERS.search(turned[: other.start()]):
            continue
        if not _SELF.search(turned, other.end()):
            return True
    if not audible:
        return False
    things = list(_THINGS.finditer(turned))
    return bool(things) and not (
        _SELF.search(turned, things[-1].end()) or _OWN_VOICE.search(turned, things[-1].end())
    )


def _around(sentence: str, start: int, end: int) -> tuple[str, str]:
    return sentence[max(0, start - _WINDOW) : start], sentence[end : end + _WINDOW]


def _after_last(pattern: re.Pattern[str], text: str) -> str:
    at = 0
    for match in pattern.finditer(text):
        at = match.end()
    return text[at:]
