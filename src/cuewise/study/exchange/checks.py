"""What is wrong with ratings that were read from a file, before anything of them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cuewise.samples.files import is_encodable
from cuewise.samples.problems import printable
from cuewise.study.records import CANNOT_TELL, Said, Study, StudyKind

LONGEST: Final = 10_000
"""Characters of a note, or of reasons."""
STEP_VALUES: Final = ("right", "wrong", CANNOT_TELL)


@dataclass(frozen=True, slots=True)
class Read:
    """What one rater says of one item, and where that was read."""

    said: Said
    where: str
    """File and entry, for messages."""


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
        if study.plan.kind is StudyKind.STEPS:
            for index in sorted(said.steps.keys() - set(item.rated)):
                rated = ", ".join(map(str, item.rated))
                yield f"{where}: step {index} of item {said.item} is not rated, only {rated}"
        elif said.steps:
            yield f"{where}: in a study of the question there are no steps to rate"
        for value in said.steps.values():
            if value not in STEP_VALUES:
                yield f"{where}: a step is {printable(repr(value))}; say {', '.join(STEP_VALUES)}"
        asked = study.labels_asked(item)
        for label in said.label or ():
            if label not in asked:
                told = f"{printable(repr(label))} is no label of item {said.item}"
                yield f"{where}: {told}; there are: {', '.join(map(printable, asked))}"
        for name, text in (("note", said.note), ("reasons", said.reasons)):
            if len(text) > LONGEST or not is_encodable(text):
                yield f"{where}: `{name}` is longer than {LONGEST:,} characters, or is not Unicode; shorten or mend it"
