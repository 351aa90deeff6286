"""The published questions as analyses read them, and samples made up in their place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cuewise.analysis.table import SampleRow, sample_row
from cuewise.samples.dataset import read_dataset


@cache
def real_rows(shared_data: Path) -> tuple[SampleRow, ...]:
    """All 6,500 questions."""
    return tuple(sample_row(one, ()) for one in read_dataset(str(shared_data / "mme-emotion")).samples)


def row(clip: str, task: str = "T", **fields: object) -> SampleRow:
    """A sample of a clip, whose source is its first folder, as in the benchmark."""
    given = {
        "id": f"{task}/{clip}",
        "task": task,
        "clip": clip,
        "source": clip.split("/")[0],
        "label_set": ("a", "b"),
        "labels": ("a",),
        "multi_label": False,
        "scale": (),
        "duration_s": None,
        "has_audio": None,
    }
    return SampleRow(**{**given, **fields})  # type: ignore[arg-type]
