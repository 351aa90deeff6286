"""Answers that were written by hand, each with what a careful reader says it means, before the reader saw them.

The files in `blind_phrasings` share nothing with the reader. The first six were written without knowledge of its code,
`second_try` after it had been mended by them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cuewise.labels.reading import read_label
from cuewise.records import LabelReading, LabelStatus
from cuewise.samples.tasks import tasks

FOLDER = Path(__file__).parent / "blind_phrasings"
# The name of a label set in the files: its task and source.
SETS = {
    "IEMOCAP": ("ER-Lab", "IEMOCAP"),
    "MELD": ("ER-Wild", "MELD"),
    "E3": ("ER-Wild", "E3"),
    "MAFW": ("ER-Wild", "MAFW"),
    "MER2024": ("Noise-ER", "MER2024"),
    "BOLD": ("FG-ER", "BOLD"),
    "MAFW-M": ("ML-ER", "MAFW"),
    "MOSEI": ("ML-ER", "CMU-MOSEI"),
    "SA": ("SA", "MELD"),
    "FG-SA": ("FG-SA", "CMU-MOSI"),
    "IR": ("IR", "MC-EIU"),
}
SEVERAL_HOLD = frozenset({"BOLD", "MAFW-M", "MOSEI"})


def label_set_of(name: str) -> tuple[str, ...]:
    task, source = SETS[name]
    return next(tuple(entry.label_set) for entry in tasks()[task].sources if entry.name == source)


def expected(meant: str) -> tuple[LabelStatus, frozenset[str]]:
    if meant in {"none", "refused", "outside"}:
        return LabelStatus(meant), frozenset()
    labels = frozenset(label.strip() for label in meant.removeprefix("several:").split(";"))
    return LabelStatus.SEVERAL if meant.startswith("several:") else LabelStatus.MATCHED, labels


def readings(kind: str) -> Iterator[tuple[str, str, bool, LabelReading]]:
    """Each answer, what it means, whether it is read so, and how it is read."""
    for name, text, meant in tomllib.loads((FOLDER / f"{kind}.toml").read_text("utf-8"))["phrasings"]:
        status, labels = expected(meant)
        assert labels <= set(label_set_of(name)), text
        reading = read_label(text, label_set_of(name), multi_label=name in SEVERAL_HOLD)
        yield text, meant, (reading.status, frozenset(reading.labels)) == (status, labels), reading


@pytest.mark.parametrize(
    ("kind", "fewest", "right"),
    [
        ("single", 130, 0.98),
        ("multi", 130, 0.98),
        ("sentiment", 130, 0.98),
        ("ordinal", 130, 0.98),
        ("intents", 130, 0.98),
        ("chinese", 130, 0.98),
        ("second_try", 100, 0.94),
    ],
)
def test_answers_are_read_as_a_careful_reader_does(kind: str, fewest: int, right: float) -> None:
    read = list(readings(kind))
    wrong = [(text, meant, reading) for text, meant, is_right, reading in read if not is_right]
    assert len(read) >= fewest
    assert [entry for entry in wrong if entry[2].certain] == []
    assert 1 - len(wrong) / len(read) > right, wrong
