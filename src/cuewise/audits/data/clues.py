"""Supplied audio clues that give the answer away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cuewise.audits.data.share import Share, share
from cuewise.labels import candidates_of, find_labels
from cuewise.records import Sample

LETTERS: Final = 5
"""How many of a label's first letters are looked for: enough to find `surprised` for `surprise`."""


@dataclass(frozen=True)
class ClueLeaks:
    """How many questions of a task have a clue that names a gold label, by three rules. Out of all questions."""

    task: str
    with_clue: Share
    any_label: Share
    """The first five letters of any gold label stand in the clue, in any case."""
    joined: Share | None
    """The same where several gold labels are taken for one text, joined as in the published files; None where a
    question has one."""
    as_word: Share
    """The label, another form of it or a synonym stands there by itself, by the label taxonomy, and is not denied:
    finds `happy` for `happiness`, and neither `anger` in `danger` nor `negative` in "no negative tone"."""

    def to_json(self) -> dict[str, Any]:
        """All fields as plain data."""
        return {
            "task": self.task,
            "with_clue": self.with_clue.to_json(),
            "any_label": self.any_label.to_json(),
            "joined": None if self.joined is None else self.joined.to_json(),
            "as_word": self.as_word.to_json(),
        }


def find_leaks(samples: Sequence[Sample], separators: Mapping[str, str | None]) -> tuple[ClueLeaks, ...]:
    """Leaks by task, in the dataset's order; `separators` join the gold labels of multi-label tasks."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.task, []).append(sample)
    return tuple(_leaks(task, members, separators.get(task)) for task, members in groups.items())


def _leaks(task: str, samples: Sequence[Sample], separator: str | None) -> ClueLeaks:
    return ClueLeaks(
        task=task,
        with_clue=share([sample.audio_clue is not None for sample in samples]),
        any_label=share([_begins(sample.audio_clue, sample.labels) for sample in samples]),
        joined=None
        if separator is None
        else share([_begins(sample.audio_clue, [separator.join(sample.labels)]) for sample in samples]),
        as_word=share([_names(sample) for sample in samples]),
    )


def _begins(clue: str | None, labels: Sequence[str]) -> bool:
    text = (clue or "").lower()
    return any(label[:LETTERS].lower() in text for label in labels)


def _names(sample: Sample) -> bool:
    return bool(set(find_labels(sample.audio_clue or "", candidates_of(sample))) & set(sample.labels))
