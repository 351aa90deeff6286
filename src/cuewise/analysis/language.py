"""Which language is spoken in a clip, as far as its corpus documents it."""

from __future__ import annotations

from functools import cache

from cuewise.analysis.table import SampleRow
from cuewise.samples.tasks import Source, tasks


def language_of(row: SampleRow) -> str | None:
    """The language of the speech, e.g. `English`; None where the corpus documents none, or several without the clip's
    id telling which. Never guessed."""
    source = None if row.source is None else _sources().get((row.task, row.source))
    return None if source is None else source.language(row.clip)


@cache
def _sources() -> dict[tuple[str, str], Source]:
    return {(task.name, source.name): source for task in tasks().values() for source in task.sources}
