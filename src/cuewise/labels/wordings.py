"""How answers word what they settle on, and what stands beside it: patterns that `statements` puts to use.

All of them are bounded or possessive, so that no text makes them try all their ways.
"""

from __future__ import annotations

import re
from typing import Final

_NOUN: Final = (
    r"(?:answers?|labels?|emotions?|emotional\s+(?:states?|tones?)|feelings?|sentiments?|intent(?:ion)?s?|predictions?"
    r"|categor(?:y|ies)|class(?:ification)?|moods?|conclusion|choices?|verdict|state|output|result|guess(?:es)?|aims?|goals?|purpose)"
)
_CHINESE_NOUN: Final = (
    r"(?:答案|情绪|情緒|情感|感情|标签|標籤|意图|意圖|结论|結論"
    r"|倾向|傾向|类别|類別|选择|選擇|判断|判斷|状态|狀態)"
)
_IS: Final = r"(?:is|are|(?:would|should|must|has\s+to)\s+be)"
FINAL: Final = re.compile(
    rf"\b(?:final|my|predicted|correct|chosen|selected|best|most\s+(?:fitting|appropriate|suitable|accurate))[\s_]{{1,3}}"
    rf"(?:[^\W_]++[\s_]{{1,3}}){{0,2}}?(?:{_NOUN}|step|option)(?:\(s\))?"
    rf"[\"'*_\s)]*(?:[:：=→]|->|\s[-–—]\s|\b{_IS}\b)|\\boxed\s*\{{"
    rf"|(?:最终|最終|最后|最後|正确|正確)的?{_CHINESE_NOUN}[\"'*_\s]*(?:应该|應該|应|應)?(?:是|为|為|[:：])"
    r"|(?:最终|最終)?(?:我|应)?(?:选择|選擇)(?:的是|了|[:：])?(?=[^题題项項])"
    rf"|(?:^[\W_]*+|\bthe\s+)answer[\"'*_\s]*\b{_IS}\b|\banswer[\"'*_\s]*[:：=]|\d\W{{0,3}}(?:[→⇒]|[-=]>)|[,;]\s*(?:so|thus|hence|therefore|final|overall)\s*(?:[:：=→]|->)|^[\W_]*+(?:final|in\s+short)\s*[:：]|^[\W_]*+答案[\"'*_\s]*(?:是|为|為|[:：])"
    r"|\bI(?:\s+would|\s+will|\s+have\s+to|['’](?:d|ll))?(?:\s+(?:therefore|thus|finally|ultimately))?"
    r"\s+(?:choose|select|pick|(?:go|opt)\s+(?:with|for)|settle\s+(?:on|for))\b",
    re.IGNORECASE,
)
STATED: Final = re.compile(
    rf"(?:^[\W_]*+|[{{,]\s*\")(?:the\s+)?(?:[^\W_]++[\s_]{{1,3}})?{_NOUN}(?:\(s\))?[\"'*_\s]*(?:[:：=→]|->|\s[-–—]\s)"
    r"|^[\W_]*+(?:primary|main|dominant|secondary)\s*[:：]"
    rf"|\b{_NOUN}\b[^.:;?]{{0,40}}?(?:n['’]t|\bnot)\b[^.:;?]{{0,40}}[;,]\s*(?:but\s+|rather,?\s+)?(?:it|this|that)(?:\s+is|['’]s)\b"
    rf"|\b{_NOUN}\b[^.:;?]{{0,80}}?\b(?:{_IS}|was|were|(?:seems?|appears?)\s+to\s+be|being)\b"
    r"|\b(?:classif\w+|label\w*|categori[sz]\w+|identif\w+|described?|interpreted?)\b[^.:;?]{0,40}?\bas\b"
    r"|\bI(?:\s+would|\s+will|['’](?:d|ll))?\s+(?:conclude|predict|answer|say)\b"
    rf"|{_CHINESE_NOUN}[^。；，,？]{{0,12}}?(?:是|为|為|[:：])|(?:表达|表達|传达|傳達|体现|體現|归类|歸類|归)了?(?:的是|为|為)",
    re.IGNORECASE,
)
SUMMED_UP: Final = re.compile(
    r"^[\W_]*+(?:(?:therefore|thus|hence|so|consequently|in\s+conclusion|in\s+summary|to\s+conclude|overall"
    r"|taken\s+together|all\s+in\s+all|altogether)\b|综上(?:所述)?|綜上(?:所述)?|因此|所以|总之|總之|总的来说|總的來說)[,:，：]?",
    re.IGNORECASE,
)
# "Sadness is the dominant emotion": the answer comes before the words that make it one.
IS_THE_ANSWER: Final = re.compile(
    rf"[\"'”’*_)\s]*(?:is|are|remains|{_IS}|(?:seems|appears)\s+to\s+be)\s+(?:\w+ly\s+)?(?:the|my)\s+(?P<noun>(?:[\w-]+\s+){{0,3}}?)"
    rf"{_NOUN}\b(?!\s+(?:of\s+(?:her|his|the\s+other)|that\s+\w+\s+(?:fear|hate|avoid|hide)))",
    re.IGNORECASE,
)
MINOR: Final = re.compile(
    r"\b(?:second|other|wrong|least|initial|opposite|underlying|secondary|next|first)\w*", re.IGNORECASE
)
# "the final emotion is preceded by sadness" tells of the answer and does not give it.
NO_VALUE: Final = re.compile(
    r"\s*(?:\w+ly\s+)?(?:preceded|followed|caused|triggered|driven|provoked|prompted|replaced|masked|accompanied)\s+by\b",
    re.IGNORECASE,
)
# "Candidate labels: happy, sad" tells what was asked.
OPTIONS: Final = re.compile(
    r"^[\W_]*+(?:(?:here\s+are|consider(?:ing)?|given|of|the|these|all|we\s+have|my|your)\s+){0,3}"
    r"(?:(?:candidate|possible|available|given|provided|allowed|valid|potential)[\s_]{1,3}(?!(?:the|these)\b)"
    r"(?:[^\W_]++[\s_]{1,3})?(?:labels|options|choices|emotions|answers|sentiments|intents|candidates|categories|label[\s_]{1,3}set)"
    r"|(?:label|answer|emotion)[\s_]{1,3}(?:options|choices|set|candidates|list)|options|candidates|choices)"
    r"[\"'*_\s]*(?:[:：=(]|\b(?:are|were|include|to\s+choose)\b)|^[\W_]*+(?:候选|候選|可选|可選|备选|備選|选项|選項)",
    re.IGNORECASE,
)
# "Secondary emotion: surprise" stands beside the answer.
SECONDARY: Final = re.compile(
    r"^[\W_]*+(?:an?|the|my|his|her|their)?\s*(?:second(?:ary)?|alternatives?|another|other|runner[\s-]?up|less(?:er)?|minor|underlying|next|initial"
    r"|first\s+(?:guess|impression|thought)|rejected|excluded)(?:\b|(?=_))[^.:;]{0,40}?"
    rf"(?:{_NOUN}|best|guess|candidates?|likely|possib\w+|impression|thought|[:：])|^[\W_]*+(?:initially|originally|at\s+first)\b|^[\W_]*+(?:次要|其次|另一)",
    re.IGNORECASE,
)
# A statement after one of these is final even if an earlier one was worded more firmly.
CORRECTION: Final = re.compile(
    r"\b(?:reconsider\w*|re-?think\w*|revis(?:e|ed|ing)|on\s+second\s+thoughts?|on\s+reflection|correct(?:ion|ing\s+myself)|scratch\s+that"
    r"|(?:change|changed)\s+my\s+(?:mind|answer)|I\s+was\s+wrong|I\s+take\s+that\s+back)\b|(?:^|[.,;:–—-]\s*)(?:no,?\s+)?(?:wait|actually)\b\s*[,.!…–—]"
    r"|重新考虑|重新考慮|(?:^|[。，,])等等(?=[。，,])|更正|修正|不对|不對|等一下",
    re.IGNORECASE,
)
# "Happy at first, but sad": which of the two is meant depends on how they are worded.
CONTRAST: Final = re.compile(
    r"[,;–—]\s*(?:but|yet|however)\b(?!\s+(?:also|then|ultimately|finally|eventually|in\s+the\s+end|mainly|mostly|overall)\b)"
    r"|，(?:而|但|不过)|[，,]?\s*(?:实则|實則|其实|其實|实际上|實際上)",
    re.IGNORECASE,
)
# What is only thought or shown before such a word: the other is meant.
SEEMING: Final = re.compile(
    r"\b(?:at\s+first|initially|(?:might|may|could|would)\s+(?:\w+\s+)?(?:be|think|say|suspect|assume|suggest|guess)|any(?:one|body)|seem(?:s|ed|ing)?|looks?\s+like"
    r"|thought|(?:going|tempted)\s+to\s+say|pretends?|feign\w*|on\s+the\s+surface|superficially|apparently)\b|看似|似乎|起初|一开始|一開始|表面|以为|以為|可能",
    re.IGNORECASE,
)
# What comes in a small measure after such a word: the first is meant.
SLIGHT: Final = re.compile(
    r"\b(?:also|some|slight(?:ly)?|hints?|traces?|touch(?:es)?|undertones?|underlying|little|bit|elements?|possibl[ey]|perhaps|maybe|could|might|may)\b"
    r"|一点|一點|一丝|一絲|有点|有點|也|可能",
    re.IGNORECASE,
)
# "With a touch of fear" stands beside the answer where one label holds, and belongs to it where several may.
_WITH_SOME: Final = (
    r"with\s+(?:(?:just\s+)?(?:some|an?|hints?|slight|elements?|undertones?|possible|traces?))\b"
)
_ASIDE: Final = (
    r"\b(?:because|since|as\s+(?:the|she|he|they|his|her|their|it|there|shown|evidenced|indicated|seen)|due\s+to"
    r"|based\s+on|given|although|(?:even\s+)?though|despite|while|whereas|which|who|where|shown|indicated"
    r"|evidenced|reflected|supported|characteri[sz]ed|accompanied|caused|triggered)\b|[(（]"
    r"|[,;–—]\s*(?:(?:and|or)\s+)?(?:possibly|perhaps|maybe|potentially|bordering\s+on|tinged\s+with|mixed\s+with|mingled\s+with)\b"
    r"|因为|因為|由于|由於|，(?:虽|雖|尽管|儘管|可能|也许|也許|或许|或許|带有|帶有|伴)"
)
ASIDE: Final = re.compile(rf"{_ASIDE}|\b{_WITH_SOME}", re.IGNORECASE)
ASIDE_OF_SEVERAL: Final = re.compile(_ASIDE, re.IGNORECASE)
# "Fear, because of X; surprise, because of Y": each with its own reason.
ENTRIES: Final = re.compile(r"[^;；]+")
# "Anger (raised voice)": read without what is in brackets where something is named outside.
BRACKETED: Final = re.compile(r"\([^()]*\)|（[^（）]*）")
# "Anger: he shouts", "**Anger** – he shouts": a label and its reason.
LEADS: Final = re.compile(r"[\"'”’*_)\s]*(?:[:：]|\s[-–—]+\s)")
# "The negative sentiment is obvious": what follows tells no label.
NOUN_AFTER: Final = re.compile(rf"[\"'”’*_)\s]+{_NOUN}\b", re.IGNORECASE)
# "\\boxed{happy} and \\boxed{sad}" is one list.
NEXT_BOX: Final = re.compile(r"\}{1,3}\$?\s*(?:,|;|and|&)?\s*\$?\\boxed\s*\{", re.IGNORECASE)
# "Not just sad but angry" names both; where one label holds it is the second, but for "also".
NOT_ONLY: Final = re.compile(
    r"(?:\bnot|n['’]t)\s+(?:only|just|merely|simply|solely)\b|不仅|不僅|不只", re.IGNORECASE
)
ALSO: Final = re.compile(r"\b(?:also|too|as\s+well|both)\b|也|还|還|又", re.IGNORECASE)
OPENING_ASIDE: Final = re.compile(
    r"^[\W_]*(?:based\s+on|on\s+(?:a|the)\s+scale|among|given|considering|because|since|although|though|while|despite|with|from|as)\b.*,\s+"
    r"(?=(?:the|this|that|i|it|she|he|they|we|their|her|his|my|one|these)\b)"
    r"|^[\W_]*(?:虽然|雖然|尽管|儘管|虽|雖)[^，,]*[，,]",
    re.IGNORECASE | re.DOTALL,
)
QUOTED: Final = re.compile(r"[\s*_]*(\"[^\"]+\"|\[[^\]]+\]|\{[^}]+\})")
NEW_CLAUSE: Final = re.compile(r"[;；]\W*(?:\w+\W+){0,2}\Z")
# "Would be angry if": what holds on a condition is not said to hold; "if I had to choose" is none.
CONDITIONAL: Final = re.compile(
    r"\b(?:if|had)\b(?!\s+(?:I|we|you|one)\s+(?:had|have|must|were)\b)[^.;]*\bwould\b|\bwould\b[^.;]*\b(?:if|had|were\s+it)\b(?!\s+(?:I|we|you|one)\b)|(?:如果|假如|要是)[^。；]*就",
    re.IGNORECASE,
)
# What is told before "but" as having been thought: "I was going to say happy, but it's sad".
ONCE_THOUGHT: Final = re.compile(
    r"^[\W_]*+(?:I\s+was\s+(?:going|about|tempted)\s+to|I\s+(?:almost|nearly)|at\s+first,?\s+I|initially,?\s+I|it\s+is\s+tempting\s+to)\b[^.;]*?[,–—]\s*(?:but|yet)\s+",
    re.IGNORECASE,
)
