"""A study's ratings as one JSON document, with nothing left out: what raters say by now, and every click."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from cuewise.study.records import Study
from cuewise.study.store import RatingStore

FORMAT: Final = "cuewise-study-ratings"
VERSION: Final = 1


def document(study: Study, store: RatingStore | None) -> dict[str, Any]:
    """The document.

    Args:
        store: None where nothing was rated yet.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "study_sha256": study.sha256(),
        "plan": study.plan.model_dump(mode="json", exclude_defaults=True),
        "items": [
            {
                "id": item.id,
                "sample": item.sample.id,
                "run": None if item.judged is None else item.judged.run,
                "repeats": item.repeats or None,
                "expected": None if item.expected is None else item.expected.steps,
            }
            for item in study.items
        ],
        "ratings": []
        if store is None
        else [said.model_dump(mode="json", exclude_defaults=True) for said in store.all_said()],
        "clicks": [] if store is None else [asdict(click) for click in store.trail()],
    }
