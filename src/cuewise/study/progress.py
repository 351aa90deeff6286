"""How far the raters of a study are."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from cuewise.study.folder import StudyFolder
from cuewise.study.store import RatingStore


def progress(folder: StudyFolder) -> dict[str, Any]:
    """A study in numbers, and how many of the assigned items are done.

    Raises:
        RunError: it or its ratings cannot be read.
    """
    study = folder.study()
    done = 0
    if folder.ratings_path.exists():
        with closing(RatingStore(folder.ratings_path, read_only=True)) as store:
            done = sum(len(store.done(rater) & set(ids)) for rater, ids in study.assigned.items())
    return {
        "study": study.plan.name,
        "kind": study.plan.kind.value,
        "runs": list(study.plan.runs),
        "created_at": study.plan.created_at,
        "items": len(study.items),
        "raters": len(study.plan.raters),
        "assigned": sum(map(len, study.assigned.values())),
        "done": done,
    }
