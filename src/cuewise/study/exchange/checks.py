"""What is wrong with ratings that were read from a file, before anything of them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cuewise.records import CANNOT_TELL
from cuewise.samples.problems import printable
from cuewise.study.checks import missing, problem_of
from cuewise.study.records import DONE, LABEL, NOTE, REASONS, Said, Study


@dataclass(frozen=True, slots=True)
class Read:
    """What one rater says of one item, and where that was read."""

    said: Said
    where: str
    """File and entry, for messages."""


def answers_of(said: Said) -> dict[str, Any]:
    """What was said by question, as in clicks."""
    answers: dict[str, Any] = {str(index): value for index, value in sorted(said.steps.items())}
    if said.cannot_tell_label:
        answers[LABEL] = CANNOT_TELL
    elif said.label is not None:
        answers[LABEL] = list(said.label)
    answers |= {name: text for name, text in ((NOTE, said.note), (REASONS, said.reasons)) if text}
    return answers | ({DONE: True} if said.done else {})


def problems_of(study: Study, reads: list[Read]) -> Iterator[str]:
    """Why these ratings cannot be of this study; nothing where they can."""
    items = {item.id: item for item in study.items}
    seen: dict[tuple[str, str], str] = {}
    for read in reads:
        said, where = read.said, read.where
        item = items.get(said.item)
        if item is None:
            yield f"{where}: the study has no item {printable(said.item)}; are these ratings of another study?"
            continue
        if (before := seen.setdefault((said.rater, said.item), where)) != where:
            yield (
                f"{where}: rater {said.rater} rates item {said.item} a second time, after {before}; keep one of them"
            )
        answers = answers_of(said)
        for question, value in answers.items():
            if problem := problem_of(study, item, question, value):
                yield f"{where}, item {said.item}: {problem}"
        asked = missing(study, item, {})
        if said.done and missing(study, item, answers) == asked:
            yield (
                f"{where}, item {said.item}: is done, and nothing that is asked is answered; missing: {asked[0]}. Give"
                " an answer, leave the item out, or say that it is not done"
            )
