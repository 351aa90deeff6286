"""The extractor that needs no model: one step per sentence or list item, in the answer's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cuewise.labels import candidates_of, find_final_statement, find_labels, joined_announcements
from cuewise.labels.rated import as_answers
from cuewise.models.protocol import Ask
from cuewise.prose import read_units, tidy
from cuewise.records import Answer, Sample, Step
from cuewise.steps.protocol import MAX_STEPS, numbered

# Sentences that open an answer without saying anything about the clip.
_PREAMBLE: Final = re.compile(
    r"^(?:(?:sure|certainly|of course|okay|ok|absolutely|great question)[,.!]*$"
    r"|(?:(?:sure|okay|ok|first|now|certainly)[,!]?\s+)?(?:let(?:['’]s| us| me)|i(?:['’]ll| will))\s+"
    r"(?:think|analy[sz]e|look|break|go|examine|consider|reason|work|start|begin|walk)\b"
    r"|(?:sure[,!]?\s+)?here(?:['’]s| is| are)\s+(?:my|the|a|an)\s+(?:\w+[ -]){0,4}?"
    r"(?:analysis|reasoning|answer|breakdown|steps?)\b)",
    re.IGNORECASE,
)
# Clauses of the label sentence that give a reason; what follows is a step of its own.
_REASON_AFTER: Final = re.compile(
    r"(?:,|(?<![\s,]))\s++(?:because|since|as (?=(?:the|her|his|their|she|he|they|its?)\b)"
    r"|(?:as )?(?:is )?(?:evidenced|shown|indicated|reflected|supported|suggested) (?:by|in)|given that"
    r"|due to)\s+",
    re.IGNORECASE,
)
_REASON_BEFORE: Final = re.compile(
    r"^(?:because|since|as|given that)\s+(?P<reason>.+?),\s+"
    r"(?P<rest>(?:(?:the|this|that|it|she|he|they|i|we|my|final)\b).+)$",
    re.IGNORECASE | re.DOTALL,
)
_MIN_REASON_WORDS: Final = 3


class RuleExtractor:
    """Reads lists, step lines and prose by rules. The same answer always gives the same steps."""

    name = "offline/rules"

    async def extract(self, sample: Sample, answer: Answer, ask: Ask | None) -> tuple[Step, ...]:
        """The steps of an answer; never asks a model and never fails."""
        return extract_by_rules(answer.text, candidates_of(sample))


def extract_by_rules(text: str, label_set: Sequence[str]) -> tuple[Step, ...]:
    """One step per sentence, then the label step.

    The label step is the sentence where the answer settles on its label (see `labels.find_final_statement`);
    a reason inside that sentence ("..., because her voice is loud") becomes a step, and other sentences that
    only state the same label again are left out. Headings and preambles claim nothing and are left out too.
    What stands in thinking blocks is not the answer. Of an answer longer than 8000 characters the start and
    the end are read (see `prose.tidy`), and of more than `MAX_STEPS` reasons the first.
    An answer without reasons gives the label step alone; one that names no candidate gives its last
    sentence as a label step with no labels.
    """
    text = as_answers(text, label_set)
    read = joined_announcements(read_units(text))
    units = [
        unit.text
        for unit in read
        if not _PREAMBLE.match(unit.text)
        and (not unit.heading or _heading_answers(unit.text, label_set, last=unit is read[-1]))
    ]
    if not units:
        said = tidy(text)
        return numbered([], said, find_labels(said, label_set))
    statement = find_final_statement(units, label_set)
    at = statement.index if statement else len(units) - 1
    labels = statement.labels if statement else ()
    label_text, reasons_inside = _split_reasons(units[at], label_set) if labels else (units[at], [])
    reasons: list[str] = []
    for index, unit in enumerate(units):
        if len(reasons) >= MAX_STEPS:
            break
        if index == at:
            reasons += reasons_inside
        elif not _only_states(unit, labels, label_set):
            reasons.append(unit)
    return numbered(reasons[:MAX_STEPS], label_text, labels)


def _heading_answers(heading: str, label_set: Sequence[str], *, last: bool) -> bool:
    """Whether a heading gives the answer: "### Final answer: fear", or a bare "**Fear**" at the end."""
    statement = find_final_statement([heading], label_set)
    return (
        statement is not None and bool(statement.labels) and statement.bare and (statement.explicit or last)
    )


def _split_reasons(sentence: str, label_set: Sequence[str]) -> tuple[str, list[str]]:
    """The part of the label sentence that names the label, and the reasons that stand in it."""
    reasons = []
    if (match := _REASON_BEFORE.match(sentence)) and find_labels(match["rest"], label_set):
        reasons.append(match["reason"])
        sentence = match["rest"]
    if (match := _REASON_AFTER.search(sentence)) and find_labels(sentence[: match.start()], label_set):
        reasons.append(sentence[match.end() :])
        sentence = sentence[: match.start()]
    kept = [reason.strip() for reason in reasons if len(reason.split()) >= _MIN_REASON_WORDS]
    return sentence.strip(), kept


def _only_states(unit: str, labels: tuple[str, ...], label_set: Sequence[str]) -> bool:
    """Whether a sentence does no more than state the final labels, as an echo of the label step."""
    statement = find_final_statement([unit], label_set)
    return statement is not None and statement.bare and bool(labels) and set(statement.labels) == set(labels)
