"""The label that an answer settles on, read without a judge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from cuewise.labels import taxonomy
from cuewise.labels.checklists import STRUCK_OUT, read_checklist, without_rejected
from cuewise.labels.concepts import concepts, degrees, meaning_of, phrase
from cuewise.labels.names import Mention, find_mentions, flat
from cuewise.labels.plainness import is_plain, is_undisturbed, leads_plainly, names_another, takes_back
from cuewise.labels.rated import as_answers
from cuewise.labels.refusals import looks_like_refusal
from cuewise.labels.statements import Firmness, Statement, answer_units, read_statements
from cuewise.labels.strength import has_degree, strength_beside, strength_named, whole_degrees
from cuewise.labels.wordings import CONTRAST, MINOR, NOT_ONLY, OPENING_ASIDE
from cuewise.prose import MAX_CHARS, tidy
from cuewise.records import LabelMeans, LabelReading, LabelStatus, Step

_FARTHER: Final = list(LabelMeans)
# "Sadness, then joy", "changes from fear to relief": which of them is meant is not said.
_TURN: Final = re.compile(
    r"\b(?:then|before|after|initially|at\s+first|(?:chang|shift|turn|mov|transition)\w*|gives?\s+way|dominat\w*|prevail\w*|outweigh\w*|primar\w*|mainly|mostly|among|options|candidates|labels)\b|先|后来|後來|转为|轉為|变成|變成",
    re.IGNORECASE,
)
# "Possibly X" beside the label.
_HEDGE: Final = re.compile(
    r"\b(?:possibly|perhaps|maybe|potentially|bordering|lean\w*|almost|nearly|close\s+to|mix(?:ed|ture)?|blend|between|plausible)\b|可能|也许|也許|或许|或許|介于|介於",
    re.IGNORECASE,
)

# "With a touch of X", "X (30 %)" in a list of several.
_HEDGE_OF_SEVERAL: Final = re.compile(
    rf"{_HEDGE.pattern}|\b(?:hints?|touch|traces?|undertones?)\b|\d\s*[%％]|\b0?\.\d", re.IGNORECASE
)

# Words of a sentence that may state an answer without the words of a statement.
_SHORT: Final = 8

# The strength of a sentiment, told apart from the sentiment.
_STRENGTH: Final = re.compile(r"\b(?:intens\w+|strength|degree|magnitude)\b|强度|強度|程度", re.IGNORECASE)
# What joins alternatives that are named on a par.
_JOINT: Final = re.compile(
    r"[\s\"'“”*_,，、;；/&|+-]*(?:(?:and|or|to|as\s+well\s+as|but\s+also|or\s+(?:possibly|perhaps|maybe|even)|和|与|與|或者?|还是)?)"
    r"[\s\"'“”*_]*(?:(?:an?|the|some)\s+)?[\"'“”*_-]*\Z",
    re.IGNORECASE,
)


def read_label(text: str, label_set: Sequence[str], *, multi_label: bool = False) -> LabelReading:
    """The labels that an answer settles on.

    Args:
        text: an answer, or a label step; foreign.
        label_set: the candidates.
        multi_label: whether several may hold at once.
    """
    text = as_answers(text, label_set)
    scaled = bool(taxonomy.scale_of(label_set))
    undisturbed = is_undisturbed(text)
    text = STRUCK_OUT.sub("", text) if len(text) <= MAX_CHARS else text
    if len(text) <= MAX_CHARS and text.lstrip().startswith(("{", "`")):
        text = read_checklist(text, label_set)  # while JSON still has its keys and figures
    whole = read_checklist(tidy(text), label_set)
    plain = without_rejected(whole, label_set, multi_label=multi_label)
    units = answer_units(whole_degrees(plain) if scaled else plain)
    statements = read_statements(units, label_set, multi_label=multi_label)
    chosen = max(statements, key=lambda entry: entry.weight, default=None)
    refused = looks_like_refusal(text, label_set)
    if chosen is None or refused or not chosen.mentions:
        status = LabelStatus.REFUSED if refused else LabelStatus.NONE
        return LabelReading(status=status, certain=refused, taxonomy=taxonomy.VERSION)
    listed = _listed_with(chosen, statements, multi_label=multi_label)
    mentions = tuple(mention for entry in listed for mention in entry.mentions)
    if multi_label:
        mentions += tuple(
            m for entry in statements if entry.secondary and entry.explicit for m in entry.mentions
        )
    labels = tuple(dict.fromkeys(label for mention in mentions for label in mention.form.labels))
    outside = _outside(mentions)
    meant = _meant(labels, outside, chosen, " ".join(units), label_set)
    if meant:
        labels, outside = meant, ()
    if not labels:
        status = LabelStatus.OUTSIDE
    elif multi_label or len(labels) == 1:
        status = LabelStatus.MATCHED
    else:
        status = LabelStatus.SEVERAL
    return LabelReading(
        status=status,
        labels=labels,
        outside=outside,
        means=max(
            (LabelMeans.SYNONYM if meant else m.form.means for m in mentions if meant or m.form.labels),
            key=_FARTHER.index,
            default=None,
        ),
        certain=not meant
        and plain == whole
        and undisturbed
        and _is_plain(chosen, labels, units, label_set, multi_label=multi_label)
        and (len(units) == 1 or chosen.bare or chosen.explicit)
        and (multi_label or len(listed) == 1)
        and _is_certain(
            chosen,
            [entry for entry in statements if entry not in listed],
            label_set,
            " ".join(units),
            multi_label=multi_label,
        ),
        taxonomy=taxonomy.VERSION,
    )


def _meant(
    labels: Sequence[str], outside: Sequence[str], chosen: Statement, text: str, label_set: Sequence[str]
) -> tuple[str, ...]:
    """The candidates that an answer means by words apart from the label, or by none; never certain.

    A degree told beside the sentiment ("negative, but only slightly"), or the sentiment that a feeling has ("joyful",
    where negative, neutral and positive are asked for).
    """
    if not labels and outside and taxonomy.are_sentiments(label_set):
        valences = {concepts()[name].valence for name in outside}
        alike = tuple(label for label in label_set if {taxonomy.valence_of(label)} == valences)
        return alike if len(alike) == 1 else ()
    if len(labels) != 1 or len(chosen.mentions) != 1 or not taxonomy.scale_of(label_set):
        return ()
    (mention,) = chosen.mentions
    if has_degree(chosen.value[mention.start : mention.end]):
        return ()
    degree = strength_beside(chosen.value[: mention.start], chosen.value[mention.end :]) or strength_named(
        text
    )
    if not degree:
        return ()
    return tuple(
        label
        for label in label_set
        if (meaning := meaning_of(label))
        and meaning.concept.name == mention.form.concept
        and meaning.degree[0] in degree
        and meaning.concept.name != "neutral"
    )


def _listed_with(chosen: Statement, statements: Sequence[Statement], *, multi_label: bool) -> list[Statement]:
    """A statement, and if it is a mere label the mere labels in the sentences or lines right before it.

    Where several labels may hold, mere labels right after an explicit statement belong to it as well.
    """
    if multi_label and chosen.explicit:
        listed = [chosen]
        for entry in statements:
            if entry.index == listed[-1].index + 1 and entry.bare and not entry.explicit and entry.labels:
                listed.append(entry)
        return listed
    listed = [chosen]
    for entry in reversed([entry for entry in statements if entry.index < chosen.index]):
        if not all(one.bare and not one.explicit and one.labels for one in (entry, listed[0])):
            break
        if entry.index != listed[0].index - 1:
            break
        listed.insert(0, entry)
    return listed


def _outside(mentions: Sequence[Mention]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(m.form.concept for m in mentions if not m.form.labels and m.form.concept is not None)
    )


def _is_certain(
    chosen: Statement, rest: Sequence[Statement], label_set: Sequence[str], text: str, *, multi_label: bool
) -> bool:
    """Whether the wording leaves no doubt that the chosen statement is the answer, and what it says.

    Args:
        rest: what the other sentences say.
        text: the whole answer.
    """
    if any(len(mention.form.labels) > 1 for mention in chosen.mentions) or chosen.secondary:
        return False
    if not multi_label and not _on_a_par(chosen):
        return False
    said = _said(chosen)
    others = [entry for entry in rest if _said(entry) and _said(entry) != said]
    if chosen.firmness < Firmness.STATED and others:
        return False  # no explicit statement, and more than one thing is named
    if any(_disputes(entry, chosen) for entry in others):
        return False
    if multi_label:
        return not _HEDGE_OF_SEVERAL.search(chosen.value) and not any(entry.secondary for entry in others)
    if _outside_of_kind(chosen, label_set) and chosen.labels:
        return False
    return not _is_vague(chosen, label_set) and not _degree_stands_apart(chosen, rest, text, label_set)


def _is_plain(
    chosen: Statement,
    labels: Sequence[str],
    units: Sequence[str],
    label_set: Sequence[str],
    *,
    multi_label: bool,
) -> bool:
    """Whether the sentence that decides is plain, and no later one turns against it."""
    sentence = OPENING_ASIDE.sub("", flat(units[chosen.index]))
    later = units[chosen.index + 1 :]
    return (
        is_plain(sentence, labels, label_set, multi_label=multi_label)
        and leads_plainly(chosen.value, label_set)
        and not any(takes_back(unit) for unit in later)
        and (multi_label or not any(_says_another(unit, labels, label_set) for unit in later))
    )


def _says_another(unit: str, labels: Sequence[str], label_set: Sequence[str]) -> bool:
    """Whether a sentence states, however loosely, something else: "It's sad."."""
    return len(phrase(unit)) <= _SHORT and names_another(unit, labels, label_set) and not MINOR.search(unit)


def _on_a_par(statement: Statement) -> bool:
    """Whether all that is named is joined as a list or as alternatives."""
    gaps = [statement.value[left.end : right.start] for left, right in pairwise(statement.mentions)]
    return all(
        gap.strip() not in {"", "to"} and _JOINT.match(gap) for gap in gaps
    )  # "sadly happy" is no list


def _said(statement: Statement) -> frozenset[str]:
    return frozenset(statement.labels) or frozenset(_outside(statement.mentions))


def _disputes(entry: Statement, chosen: Statement) -> bool:
    """Whether another statement of something else casts doubt on the chosen one: as firm, or later."""
    if not entry.explicit or entry.secondary:
        return False
    if chosen.corrected and entry.index < chosen.index:
        return False
    return entry.firmness >= chosen.firmness or (
        entry.index > chosen.index and (entry.corrected or entry.firmness >= Firmness.STATED)
    )


def _outside_of_kind(statement: Statement, label_set: Sequence[str]) -> bool:
    """Whether it names, beside candidates, a concept of their kind that is none."""
    kinds = {
        meaning.concept.kind
        for label in label_set
        if (meaning := meaning_of(label)) and meaning.concept.name != "neutral"
    }
    return any(not kinds or concepts()[name].kind in kinds for name in _outside(statement.mentions))


def _is_vague(statement: Statement, label_set: Sequence[str]) -> bool:
    """Whether the value of a single-label statement hedges or tells a course of things."""
    value = statement.value
    if NOT_ONLY.search(value):
        return True
    if not statement.explicit and CONTRAST.search(value):
        named = {label for mention in find_mentions(value, label_set) for label in mention.form.labels}
        if named - set(statement.labels):
            return True
    return bool(_HEDGE.search(value) or (len(statement.mentions) > 1 and _TURN.search(value)))


def _degree_stands_apart(
    chosen: Statement, rest: Sequence[Statement], text: str, label_set: Sequence[str]
) -> bool:
    """Whether the degree of a sentiment may be told elsewhere than in its name ("negative; intensity: strong")."""
    if not taxonomy.scale_of(label_set):
        return False
    beside, end = [], 0
    for mention in chosen.mentions:
        beside.append(chosen.value[end : mention.start])
        end = mention.end
    beside.append(chosen.value[end:])
    beside += [entry.value for entry in rest if entry.explicit and not entry.mentions]
    words = set(phrase(" ".join(beside)))
    return bool(_STRENGTH.search(text)) or any(
        len(degree) == 1 and degree[0] in words for degree in degrees()
    )


def settle_label(answer: str, step: Step, label_set: Sequence[str], *, multi_label: bool) -> LabelReading:
    """The reading that recognition is scored by: of the answer itself where that is certain, else the label step's.

    Args:
        answer: the answer's text.
        step: its label step, whose labels an extractor read.

    What is taken from the step is never certain: the answer itself left doubt.
    """
    reading = read_label(answer, label_set, multi_label=multi_label)
    if reading.certain:
        return reading
    labels = step.labels or ()
    if not labels or set(labels) == set(reading.labels):
        return reading
    of_step = read_label(step.text, label_set, multi_label=multi_label)
    return LabelReading(
        status=LabelStatus.MATCHED if multi_label or len(labels) == 1 else LabelStatus.SEVERAL,
        labels=labels,
        means=of_step.means if set(of_step.labels) == set(labels) else None,
        certain=False,
        origin="step",
        taxonomy=taxonomy.VERSION,
    )
