"""How far the raters are, for whoever runs the study. It tells nothing of what they say."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from starlette.responses import Response

from cuewise.study.progress import raters_in_words
from cuewise.study.web.site import Site


@dataclass(frozen=True)
class Progress:
    """How far a rater is."""

    rater: str
    done: int
    assigned: int
    last_seen: str
    """When the last click came, UTC, to the minute; empty before the first."""
    median_s: float | None
    """Median seconds of the items that are done; None where none is, or no time was measured."""


def progress(site: Site) -> list[Progress]:
    """How far each rater is, in the study's order."""
    said = list(site.store.all_said())
    found = []
    for rater in site.study.plan.raters:
        assigned = site.study.assigned.get(rater, ())
        own = [one for one in said if one.rater == rater and one.item in assigned]
        times = [one.spent_s for one in own if one.done and one.spent_s]
        last = max((one.at for one in own), default="")
        found.append(
            Progress(
                rater=rater,
                done=sum(one.done for one in own),
                assigned=len(assigned),
                last_seen=last[:16].replace("T", " "),
                median_s=median(times) if times else None,
            )
        )
    return found


def show(site: Site) -> Response:
    """The page."""
    raters = progress(site)
    imported = {one.rater for one in site.store.all_said()}.difference(site.study.plan.raters)
    return site.pages.page(
        "overview.html",
        study=site.study.plan.name,
        raters=raters,
        who=raters_in_words(len(raters), len(imported)),
        n_imported=len(imported),
        done=sum(one.done for one in raters),
        assigned=sum(one.assigned for one in raters),
        trouble=site.troubles.last,
    )
