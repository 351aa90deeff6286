"""Whether an answer is worded so plainly that what is read in it can be taken as certain.

A list of all ways to take a label back is never whole. So a reading is held certain only where its sentence has
nothing but known words between the verb and the label, and neither it nor what follows has a word of doubt, of denial
or of condition that is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cuewise.labels.concepts import tokens
from cuewise.labels.names import HOLDS, TAKEN_BACK, find_mentions, outline
from cuewise.labels.sets import LabelSet

_X, _D = HOLDS, TAKEN_BACK
_SMALL: Final = r"(?:(?:an?|the|any|so|much|merely|to|being|with|one|of|from|making)\s+){0,3}"
_THESE: Final = (
    rf"{_SMALL}[{_X}{_D}](?:[\s,*\"'“”]*(?:and|or|nor|,|、|或|和|与|也不是)?[\s*\"'“”]*{_SMALL}[{_X}{_D}])*+"
)
# Denials and comparisons that are understood to the last word.
_UNDERSTOOD: Final = re.compile(
    rf"\b(?:rather|other|more|less|so\s+much)\s+(?:likely\s+)?(?:than\s+)?(?=[\s*\"']*[{_X}{_D}])"
    rf"|(?:(?:\b(?:no|not|rather\s+than|instead\s+of|over|without|neither|as\s+opposed\s+to|than|as)|n['’]t)\b)[\s*\"'“]*{_SMALL}[{_D}](?:[\s,*\"']*(?:and|or|nor|,)[\s*\"']*{_SMALL}[{_D}])*+"
    rf"|\b(?:more|less)\s+{_THESE}\s+than\s+{_THESE}|\beither\s+(?={_SMALL}{_X})|\bnot\s+so\s+much\s+{_THESE}\s+as\b"
    rf"|{_D}\s+(?:is|being)\s+(?:absent|(?:ruled\s+out)|less\s+likely\s+than)|\b(?:the\s+)?most\s+likely\b"
    rf"|\b(?:no|nothing|not|cannot\s+be)\s+(?:\w+\s+)?other\s+than\b|\bI\s+would\b|\bno\s+doubt\b|\bwithout\s+(?:a\s+)?doubt\b"
    rf"|(?:既)?(?:不是|不|并非|而非|与其说是?|也不是)\s*(?:的)?{_D}|不如说",
    re.IGNORECASE,
)
_DOUBT: Final = re.compile(
    r"\bso\s+(?:is|are)\b|\b(?:not|no|never|none|nothing|nobody|nowhere|neither|nor|either|without|cannot|least|unlikely|improbable|implausible"
    r"|(?:im)?possib\w*|perhaps|maybe|if|whether|would|were|could|might|may|had|false\w*|untrue|wrong\w*|incorrect\w*|mis\w+|reject\w*|exclud\w*"
    r"|except\w*|instead|fail\w*|stop\w*|ceas\w*|refus\w*|declin\w*|den(?:y|ies|ied)|opposite|reverse\w*|backwards|contrary|anything|everything|than|beyond|short\s+of|going\s+to"
    r"|initial\w*|original\w*|at\s+first|other|others|another|mother|father|stronger|weaker|at\s+(?:least|most)|less\w*|fewer|worst|worse|furthest|far"
    r"|fak\w+|feign\w*|pretend\w*|supposed\w*|allegedly|so-called|lack\w*|devoid|free|minus|apart|absen\w+|gone|over|doubt\w*|suspect\w*"
    r"|asks?|asked|caption\w*|subtitle\w*|says|said|claim\w*|people|viewers?|naive|tempt\w*|discourag\w*|distract\w*|hid\w+|mask\w*|peril"
    r"|used\s+to|no\s+longer|unless|until|hardly|barely|scarcely|rarely|seldom|almost|nearly|border\w*|kidding|joke|percent|per\s+cent|probability|score\w*"
    r"|lowest|odds|careless|lied|sorry|observers?|critics?|brother\w*|sister\w*|colleague\w*|disagree\w*|un\w+ed|too|only\s+if|were\s+it|borders?|approach\w*|avoid\w*|suppress\w*|resist\w*|dismiss\w*|discard\w*|ruled?|rule[sd]?\s+out|interviewer\w*|friend\w*|unclear|unsure|ambiguous|hint|trace|touch)\b"
    r"|n['’]t\b|\d\s*[%％]|\b[01]?\.\d|[=<>]\s*[01]\b|[×✗✘❌√✓✔☑✅☐☒]|~~|\[\s*[xX ]?\s*\]|<(?:s|del|strike)>|\?"
    r"|[不没沒非無无未别別]|除|反面|相反|如果|假如|要是|可能|也许|也許|或许|或許|远|遠|难以|難以|假装|假裝|谈|談|几乎|似乎|看似",
    re.IGNORECASE,
)
# What leads to the label, beside its statement.
_LEAD: Final = frozenset(
    """
    a an the is are be being as of to in one by at that this these it he she they i i'd it's he's she's
    that's which label emotion emotions sentiment feeling feelings intent state attitude tone mood answer
    option person speaker man woman main speaker's person's man's woman's clearly highly very intensely
    quite somewhat rather more most likely strong strongly moderately weakly weak slightly mildly extremely
    definitely certainly obviously evidently plainly genuinely really truly simply overall predominantly
    primarily mainly deep mild intense little bit feels feel seems seem looks appears sounds conveys
    conveying expresses expressing shows showing show displaying displayed experiencing cues make making
    giving give offering seeking text textbf textit mathrm mathbf boxed describe described best displays
    stays wants intends trying pursues intent's aim purpose falls under category case signs find stance
    primary dominant choose chosen from scale video clip voice facial body language overwhelmingly plain
    entirely guess believe correct here me my mostly secondary im_start assistant but there throughout rate
    call put only has what means include includes polarity attitude's sense im start combination along
    purely probably both and step b c d e f g h therefore so final fits applies holds tears well
    """.split()  # noqa: SIM905 -- words read best as text
)
_CHINESE: Final = re.compile(r"[\u3040-\u9fff]")
_ASIDE: Final = re.compile(
    r"\b(?:because|since|as\s+(?:the|she|he|they|his|her|their|it|there|shown|evidenced|indicated|seen)|due\s+to|based\s+on|given)\b|因为|因為|由于|由於",
    re.IGNORECASE,
)
# A later sentence that takes back what was said before it.
_RETRACTION: Final = re.compile(
    r"^\W*(?:not|no|nope|wrong|false|kidding|just\s+kidding|or\s+not)\b|\b(?:kidding|that(?:['’]s|\s+is)\s+(?:wrong|false|not))\b|^[\W_]*(?:不对|不對|不是)",
    re.IGNORECASE,
)
# Up to here what follows a label belongs to it: "is sad are nil".
_CLAUSE_END: Final = re.compile(
    r"[,;:.!\n(（，。；：]|[-–—]\s|\b(?:and|but|who|with|for|when|about|toward|towards|him|her|them)\b",
    re.IGNORECASE,
)
_DENYING_KEY: Final = re.compile(
    r"[\"'][^\"'\n:]{0,30}?\b_?(?:not|rejected|excluded|discarded|dismissed|wrong|incorrect|unlikely|false|other|absent|ruled[\s_]out)(?:\b|_)[^\"'\n:]{0,30}[\"']\s*:"
    r"|^[^\w\n]*(?:rejected|excluded|absent|wrong|incorrect)\b[^\n:]{0,30}:|\([^()\n]{0,20}\bnot\s+chosen\)|排除[^。，]{0,6}[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_STRUCK_OUT: Final = re.compile(r"~~|<(?:s|del|strike)>", re.IGNORECASE)
# "X is the dominant emotion, Y is secondary."
_BESIDE: Final = re.compile(r"[,;]\s*(?:and\s+)?(?:\w+\s+){1,3}?(?:is|as)\s+secondary\b", re.IGNORECASE)


def is_plain(text: str, labels: Sequence[str], label_set: Sequence[str], *, multi_label: bool) -> bool:
    """Whether a sentence that gives `labels` says nothing that could turn them into something else."""
    first = next(iter(find_mentions(text, LabelSet.of(label_set).only(labels))), None)
    aside = _ASIDE.search(text, first.end if first else 0)
    sentence = _BESIDE.sub("", text[: aside.start()] if aside else text)
    if not multi_label and names_another(sentence, labels, label_set):
        return False
    rest = _UNDERSTOOD.sub(" ", outline(sentence, label_set))
    tail = _CLAUSE_END.split(rest[rest.rfind(_X) + 1 :], maxsplit=1)[0]
    return not _DOUBT.search(rest) and (multi_label or _is_known(tail))


def leads_plainly(value: str, label_set: Sequence[str]) -> bool:
    """Whether there is nothing but known words between a statement's verb and its first label."""
    sentence = _UNDERSTOOD.sub(" ", outline(value, label_set))
    lead = sentence[: sentence.find(_X)]
    return _is_known(lead)


def _is_known(text: str) -> bool:
    return all(
        token.word in _LEAD or token.word.isdigit() or _CHINESE.match(token.word) for token in tokens(text)
    )


def is_undisturbed(text: str) -> bool:
    """Whether an answer as a whole has no struck-out text, and no entry for what it rejects."""
    return not _STRUCK_OUT.search(text) and not _DENYING_KEY.search(text)


def takes_back(sentence: str) -> bool:
    """Whether a sentence takes back the one before it."""
    return _RETRACTION.search(sentence) is not None


def names_another(sentence: str, labels: Sequence[str], label_set: Sequence[str]) -> bool:
    """Whether it names a candidate besides `labels`."""
    return any(set(mention.form.labels) - set(labels) for mention in find_mentions(sentence, label_set))
