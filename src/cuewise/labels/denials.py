"""Whether a text takes back what it mentions: "not angry", "rather than sad", "fear can be ruled out", 不生气."""

from __future__ import annotations

import re
from typing import Final

# "that the emotion is", "whether he feels": leads from a denial to what is denied.
_CLAUSE: Final = (
    r"(?:(?:think|believe|say|that|whether|if)\s+){1,2}(?:(?:the|this|his|her|their|my)\s+)?(?:\w+\s+){0,2}?"
    r"(?:person|speaker|man|woman|he|she|it|they|this|that|emotion|feeling|mood|sentiment|intent|answer|label)"
    r"\s+(?:is|are|feels?|seems?|looks?|(?:would|could|should|might)\s+be)"
)
_FILLER: Final = (
    rf"{_CLAUSE}|an?|the|any|mere(?:ly)?|pure|very|really|particularly|especially|quite|so|much|too|likely|even|least|slightest|bit|remotely|at\s+all|purely|clearly|exactly"
    r"|necessarily|truly|overly|actually|entirely|fully|outright|overtly|strictly|genuinely|longer|be|being|been|feel|feeling|look"
    r"|looking|seem|appear|to|in|as|of|in\s+a|sense|signs?|evidence|hints?|expressions?|indications?|trace|show|showing|express"
    r"|expressing|sound|sounding|convey|sure|certain|clear|tell|say|determine|decide|whether|label|emotion|answer|choose|pick|select|is|are|either|means|way|circumstances|near|like|call|short"
)
_CHINESE_FILLER: Final = (
    r"(?:是|有|出|到|见|太|算|再|那么|怎么|感到|觉得|显得|表现出|任何|明显的?|属于|像|很|真的?|特别|而"
    r"|会|會|可能|可以|能|应该|說|说|上|谈|談|称|的|情绪|情緒|答案|标签|標籤)"
)
# Possessive (*+), here and elsewhere: hostile text must not make a pattern try all its ways.
_DENIED: Final = re.compile(
    r"(?:\b(?P<word>not(?!\s+(?:only|just|merely|simply|solely)\b)|never|no|nothing|without|neither|nor|cannot|excluding|except(?:\s+for)?"
    r"|than|over|instead\s+of|as\s+opposed\s+to|lack\s+of|absence\s+of|opposite\s+of|hardly|scarcely|barely|less|unlikely|improbable|pretend(?:s|ed|ing)?\s+to|feign(?:s|ed|ing)?"
    r"|unclear|unsure|uncertain|unable|(?:hard|difficult|impossible)\s+to|anything\s+but|far\s+from|least\s+likely|nowhere|devoid\s+of|free\s+(?:of|from)|minus|apart\s+from"
    r"|(?:fail|refus|declin|ceas|stop)(?:s|es|ed|ing)?(?:\s+short\s+of)?|(?:false|untrue|wrong|incorrect|mistake)\s+(?:that|to)|rul(?:e|es|ed|ing)\s+out"
    r"|mistak(?:e|en)\s+(?:it\s+)?for|confused?\s+(?:it\s+)?with|(?:distinct|different)\s+from|differs?\s+from"
    r"|(?:excludes?|excluded|dismiss(?:es|ed)?|reject(?:s|ed)?|discard(?:s|ed)?|eliminat(?:e|es|ed)))\b|n['’]t\b|\bnon-)"
    rf"(?:\s*(?:{_FILLER})\b)*+[\s\"“”'‘’*_(]*\Z"
    rf"|(?<!除)(?:[不没沒無无]|并非|而非|绝非|远非|遠非|毫无|毫無|难以|難以|排除|与其说|與其說|假装|假裝)了?{_CHINESE_FILLER}{{0,5}}[\s\"“”'‘’*_(]*\Z",
    re.IGNORECASE,
)
# "His friend's sadness" is not his own.
_OF_ANOTHER: Final = re.compile(
    r"\b(?:his|her|their|another|the\s+other)\s+(?:\w+\s+)?\w+['’]s\s+(?:\w+\s+)?\Z", re.IGNORECASE
)
# In "less sad than angry" it is the second that is said.
_LESS: Final = re.compile(r"\bless\s+[^.,;:]+\Z", re.IGNORECASE)
# "sad over happy" takes happy back only where one is chosen over the other.
_CHOSEN: Final = re.compile(
    r"\b(?:choos|chose|select|pick|prefer|favou?r|opt|settl|lean|go(?:ing)?\s)[^.;:]*\Z|\A\W{0,3}(?:\w+\W{1,3}){1,3}\Z",
    re.IGNORECASE,
)
# "No emotion other than sadness" is sadness.
_NONE_OTHER: Final = re.compile(
    r"\b(?:no|nothing|none|not|any(?:thing)?|n['’]t)\b[^.,;:]*\bother\s+(?:\w+\s+)?\Z", re.IGNORECASE
)
_DENIED_AFTER: Final = re.compile(
    r"[\"'”’*_)\s]*(?:(?P<many>are|were|do|seem|appear|have|can|could|may|might|should|would)|is|was|does|seems|appears|has|must|being)\s+"
    r"(?:\w+ly\s+|also\s+|both\s+|be\s+|been\s+|to\s+be\s+){0,3}+"
    r"(?:not\b(?!\s+(?:only|just|merely|simply|unlikely|ruled\s+out)\b)|(?:much\s+)?less\s+(?:likely|plausible|probable|fitting|apt|suitable|convincing)"
    r"|(?:highly\s+|very\s+)?(?:unlikely|implausible|improbable|absent|inconsistent)|ruled\s+out|excluded|dismissed|discarded|rejected|eliminated|wrong|incorrect|false|mistaken"
    r"|(?:a\s+)?(?:poor|bad|worse)\s+(?:fit|match))\b"
    r"|[\"'”’*_)\s]*would\s+(?:need|require|demand|imply|involve|come\s+with|be\s+(?:expected|wrong|too\s+(?:strong|much)))\b"
    r"|[\"'”’*_)\s]*(?:(?:does|is|was)|(?P<plural>do|are|were))n['’]t\b"
    r"|[\"'”’\s]*(?:可以|应该|應該)?(?:被)?(?:排除|不符合|不太?可能|不成立|不合适|不存在|不明显)|的?(?:反面|对立面|對立面)",
    re.IGNORECASE,
)
_REACH: Final = 90


def is_denied(text: str, at: int) -> bool:
    """Whether the words before a position take back what stands there: "not", "unlikely that she is"."""
    return denial(text, at) is not None


def denial(text: str, at: int) -> str | None:
    """The word before a position that takes back what stands there, in lower case."""
    before = text[max(0, at - _REACH) : at]
    match = _DENIED.search(before)
    if match is None:
        return "another's" if _OF_ANOTHER.search(before) else None
    word = (match["word"] or match[0]).casefold()
    ahead = before[: match.start()]
    if word == "than" and (_LESS.search(ahead) or _NONE_OTHER.search(ahead)):
        return None
    if word == "over" and not _CHOSEN.search(ahead):
        return None
    return word


def is_denied_after(text: str, end: int) -> tuple[bool, bool]:
    """Whether the words behind a position take back what ends there, and whether that goes for a list as well.

    >>> is_denied_after("Fear and anger are less likely.", 14), is_denied_after("anger is not faked", 5)
    ((True, True), (True, False))
    """
    match = _DENIED_AFTER.match(text, end)
    if match is None:
        return False, False
    return True, bool(match["many"] or match["plural"])
