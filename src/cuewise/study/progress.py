"""How far the raters of a study are."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from cuewise.counts import how_many
from cuewise.study.folder import StudyFolder
from cuewise.study.store import RatingStore


def progress(folder: StudyFolder) -> dict[str, Any]:
    """A study in numbers, and how many of the assigned items are done. Raters whose ratings were imported are assigned
    nothing, and counted apart.

    Raises:
        RunError: it or its ratings cannot be read.
    """
    study = folder.study()
    done, imported = 0, set[str]()
    if folder.ratings_path.exists():
        with closing(RatingStore(folder.ratings_path, read_only=True)) as store:
            done = sum(len(store.done(rater) & set(ids)) for rater, ids in study.assigned.items())
            imported = {said.rater for said in store.all_said()}.difference(study.plan.raters)
    return {
        "study": study.plan.name,
        "kind": study.plan.kind.value,
        "runs": list(study.plan.runs),
        "created_at": study.plan.created_at,
        "items": len(study.drawn),
        "attention_items": len(study.items) - len(study.drawn),
        "raters": len(study.plan.raters),
        "imported_raters": len(imported),
        "assigned": sum(map(len, study.assigned.values())),
        "done": done,
    }


def raters_in_words(own: int, imported: int) -> str:
    """How many rate, those whose ratings were imported apart.

    >>> raters_in_words(3, 0), raters_in_words(3, 1)
    ('3 raters', '3 raters and 1 imported')
    """
    return how_many(own, "rater") + (f" and {imported:,} imported" if imported else "")
