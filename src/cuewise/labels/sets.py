"""A set of candidate labels, with what else each of them may be called."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from cuewise.records import Sample, Synonyms


@dataclass(frozen=True)
class LabelSet(Sequence[str]):
    """Candidates in their order and spelling. Wherever candidates are asked for, it may stand in place of a tuple."""

    labels: tuple[str, ...]
    synonyms: Synonyms = ()
    """Other words for candidates, beside those that the taxonomy knows."""

    @staticmethod
    def of(labels: Sequence[str]) -> LabelSet:
        """Any candidates as a set that can be hashed; synonyms are kept."""
        return labels if isinstance(labels, LabelSet) else LabelSet(tuple(labels))

    def only(self, labels: Collection[str]) -> LabelSet:
        """Some labels, in the order given, with their synonyms."""
        return LabelSet(tuple(labels), tuple(entry for entry in self.synonyms if entry[0] in labels))

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[str]:
        return iter(self.labels)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        return self.labels[at]


def candidates_of(sample: Sample) -> LabelSet:
    """The candidates of a sample."""
    return LabelSet(sample.label_set, sample.synonyms)
