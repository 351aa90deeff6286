"""Tells an answer that declines the question from one that answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cuewise.labels.names import find_labels
from cuewise.labels.rated import as_answers
from cuewise.labels.statements import read_final_labels
from cuewise.prose import split_sentences, tidy

_CANNOT: Final = (
    r"(?:can(?:not|['’]t|\s+not)|could\s+not|couldn['’]t|won['’]t|will\s+not|(?:am|['’]m)\s+(?:not\s+(?:able|allowed|permitted)"
    r"|unable)(?:\s+to)?|must\s+decline(?:\s+to)?|have\s+to\s+decline|do\s+not\s+have\s+the\s+ability\s+to"
    r"|don['’]t\s+have\s+the\s+ability\s+to|am\s+programmed\s+not\s+to)"
)
_DEED: Final = (
    r"(?:help|assist|give|comply|identify|determine|analy[sz]e|infer|interpret|recogni[sz]e|describe|watch|view|see|hear|listen"
    r"|access|process|provide|answer|fulfil+|engage|do\s+that|judge|guess|say|tell|assess|classify|evaluate|comment"
    r"|make\s+(?:an?\s+)?(?:inferences?|judg(?:e)?ments?|assumptions?|determination))"
)
_REFUSES: Final = re.compile(
    rf"^[\W_]*(?:(?:i['’]m|i\s+am|we['’]re|we\s+are|i|we)?\s*(?:very\s+|really\s+|so\s+)?(?:sorry|apologi[sz]e|afraid)\b[^.]{{0,60}}?"
    r"|(?:my\s+)?apologies[,.]?\s*(?:but\s+)?|unfortunately,?\s+|as\s+an?\s+(?:ai|artificial|language|text)[^,.]{0,40},?\s+"
    rf"|thank\s+you[^,.]{{0,40}},?\s*but\s+)?\b(?:i|we)\s*{_CANNOT}\s+(?:\w+\s+){{0,2}}?{_DEED}\b"
    rf"|^[\W_]*(?:it\s+is\s+|it['’]s\s+)?(?:{_CANNOT}|unable\s+to|(?:not\s+possible|impossible)\s+(?:for\s+me\s+)?to)\s+(?:\w+\s+){{0,1}}?{_DEED}\b"
    rf"|^[\W_]*i(?:\s+would|['’]d)\s+(?:rather|prefer)\s+not\s+(?:to\s+)?{_DEED}\b"
    r"|^[\W_]*(?:the\s+)?(?:\w+\s+){0,3}can(?:not|['’]t|\s+not)\s+be\s+(?:determined|identified|inferred|recogni[sz]ed|judged|told|assessed|established|derived)\b"
    r"|^[\W_]*(?:as\s+an?\s+[^,.]{0,40},?\s+)?i\s+(?:have\s+no|do\s+not\s+have|don['’]t\s+have|lack)\s+access\s+to\b"
    r"|^[\W_]*(?:there\s+(?:is|are)|there['’]s|we\s+have|i\s+have)?\s*(?:not\s+enough|insufficient|too\s+little|no\s+sufficient)"
    r"\s+(?:\w+\s+){0,2}?(?:information|context|evidence|data|details?|cues?)\b"
    r"|^[\W_]*there\s+(?:is|are)n['’]t\s+(?:enough|sufficient)\s+(?:\w+\s+){0,2}?(?:information|context|evidence|data|details?|cues?)\b"
    r"|^[\W_]*i\s+(?:do\s+not|don['’]t)\s+(?:have\s+(?:enough|sufficient)\s+information|feel\s+comfortable)\b"
    r"|^[\W_]*(?:(?:很|非常)?抱歉|对不起|對不起)[^。]{0,20}(?:无法|無法|不能)|^[\W_]*(?:作为[^。]{0,12})?我(?:无法|無法|不能)"
    r"|^[\W_]*(?:信息|資訊|线索|線索|证据|證據)(?:不足|不够|不夠|有限)"
    r"|^[^。]{0,20}[，,](?:因此|所以)我?(?:无法|無法|不能)(?:判断|判斷|确定|確定|识别|識別|回答|分析)"
    r"|^[\W_]*(?:根据[^。，]{0,12}，?)?(?:无法|無法|不能)(?:判断|判斷|确定|確定|识别|識別|回答|分析)",
    re.IGNORECASE,
)
# "The emotion is unclear."
_UNDECIDED: Final = re.compile(
    r"^[\W_]*(?:the\s+)?(?:\w+\s+){0,2}?(?:emotion|feeling|sentiment|intent(?:ion)?|label|answer)\s+(?:is|remains)\s+"
    r"(?P<word>unclear|ambiguous|unknown|indeterminate|undetermined)[\W_]*\Z",
    re.IGNORECASE,
)
_OPENING_SENTENCES: Final = 2
_MAX_CHARS: Final = 1200


def looks_like_refusal(text: str, label_set: Sequence[str]) -> bool:
    """Whether an answer declines the question in words.

    Conservative, and blind to thinking blocks: only an opening sentence in the first person that declines
    ("I'm sorry, but I can't help identify emotions") counts, only in an answer of at most 1200 characters,
    and never where the answer commits itself to a candidate label after all.
    """
    text = tidy(as_answers(text, label_set))
    if len(text) > _MAX_CHARS:
        return False
    sentences = split_sentences(text)
    declined = [
        bool(_REFUSES.search(sentence)) or _is_undecided(sentence, label_set)
        for sentence in sentences[:_OPENING_SENTENCES]
    ]
    if not any(declined):
        return False
    # A label inside the declining sentence ("I can't say whether this is anger") is not an answer.
    rest = " ".join(sentences[declined.index(True) + 1 :])
    own_words = re.split(
        r"\b(?:but|however|yet)\b|;|但|不过|不過", sentences[declined.index(True)], flags=re.IGNORECASE
    )
    answers_after_all = len(own_words) > 1 and find_labels(own_words[-1], label_set)
    return not answers_after_all and not read_final_labels(rest, label_set)


def _is_undecided(sentence: str, label_set: Sequence[str]) -> bool:
    """Whether a sentence is all that is said, and says that there is no answer: unless that is a candidate."""
    match = _UNDECIDED.search(sentence)
    return match is not None and not find_labels(match["word"], label_set)
