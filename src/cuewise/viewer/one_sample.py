"""A sample's page within the workspace: its runs beside one another, and the list that it was come to from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from cuewise.errors import CuewiseError
from cuewise.reports.private import scrub
from cuewise.runs.outcomes import OutcomeStore
from cuewise.runs.store import CallStore
from cuewise.samples.problems import printable
from cuewise.viewer.addresses import LONGEST_LIST, Listing, calls_url, has_page, run_url, sample_url
from cuewise.viewer.calls_page import calls_view
from cuewise.viewer.filters import whole_number
from cuewise.viewer.list_rows import RIGHTNESS
from cuewise.viewer.not_found import NotFoundError
from cuewise.viewer.rows import Row
from cuewise.viewer.sample_page import Around, InRun, Links, find_clip, sample_view
from cuewise.viewer.site import Site
from cuewise.viewer.sources import MOST
from cuewise.viewer.steps import Look

MOST_BESIDE = 24
"""Runs that can stand beside one another."""


@dataclass(frozen=True)
class Beside:
    """A run that has the sample too, and may be shown beside it."""

    run: str
    is_shown: bool
    said: str
    """What its answer came to."""
    sign: str
    look: Look


def sample_page(site: Site, request: Request) -> Response:
    """`/runs/RUN/samples/SAMPLE?with=RUN2&with=RUN3&epoch=0&list=QUERY`."""
    run = request.path_params["run"]
    sample = request.query_params.get("id") or request.path_params["sample"]
    site.run(run)
    site.looked()
    rows = site.index.runs_with(sample)
    mine = [row for row in rows if row.run == run]
    if not mine:
        raise NotFoundError(f"run {run} has no sample {printable(sample, 200)}, or it was not asked yet")
    epoch = min(_epoch(request), max(row.epoch for row in mine))
    here = next((row for row in mine if row.epoch == epoch), mine[0])
    listing = Listing.from_text(request.query_params.get("list", "")[:LONGEST_LIST])
    chosen = _chosen(site, request, run)
    there = {row.run for row in rows}
    beside = [name for name in chosen if name in there]
    first = _asked(site, run, sample)
    if first is None:
        raise NotFoundError(f"run {run} has no answer to {printable(sample, 200)} any more")
    asked, unread = [first], []
    for name in beside:
        try:
            found = _asked(site, name, sample)
        except CuewiseError as error:  # the others can be shown
            unread.append(scrub(str(error)))
        else:
            asked += [] if found is None else [found]
    links = Links(
        calls=lambda of, at: calls_url(of, sample, at),
        epoch=lambda at: sample_url(here, listing, beside=chosen, epoch=at),
        run=run_url,
    )
    view = sample_view(
        asked,
        find_clip(asked, site.media, site.clips),
        around=_around(site, listing, here, chosen),
        links=links,
        epoch=epoch,
    )
    return site.page(
        "one_sample.html",
        "samples",
        view=view,
        unread=unread,
        absent=[name for name in chosen if name not in there],
        others=tuple(_others(rows, here, beside)),
        kept=[("epoch", str(epoch))] * bool(epoch) + [("list", listing.query)] * bool(listing.query),
        id=sample if request.query_params.get("id") else "",
    )


def calls(site: Site, request: Request) -> Response:
    """`/calls?run=RUN&sample=SAMPLE&epoch=0`: the calls behind one answer, a piece of a page."""
    query = request.query_params
    folder = site.run(query.get("run", ""))
    outcome = site.index.outcome(folder.name, query.get("sample", ""), _epoch(request))
    if outcome is None or not site.workspace.calls_path.exists():
        raise NotFoundError("there is no such answer, or its calls do not lie in this workspace")
    with closing(CallStore(site.workspace.calls_path, read_only=True)) as store:
        return site.pages.page("calls.html", view=calls_view(outcome, site.manifest(folder), store))


def _epoch(request: Request) -> int:
    return whole_number(request.query_params.get("epoch", ""), MOST) or 0


def _chosen(site: Site, request: Request, run: str) -> list[str]:
    """Runs that are to stand beside the first one, on this sample or on others that is gone on to from here."""
    there = {row.name for row in site.index.runs()} - {run}
    return [name for name in dict.fromkeys(request.query_params.getlist("with")) if name in there][
        :MOST_BESIDE
    ]


def _asked(site: Site, run: str, sample: str) -> InRun | None:
    """The sample's outcomes in a run; None where it has lost them meanwhile.

    Raises:
        RunError: they cannot be read.
    """
    folder = site.workspace.run(run)
    with closing(OutcomeStore(folder.outcomes_path, read_only=True)) as store:
        outcomes = tuple(store.of([sample]))
    return InRun(run, site.manifest(folder), outcomes) if outcomes else None


def _others(rows: Sequence[Row], here: Row, beside: Sequence[str]) -> Iterator[Beside]:
    """The other runs, each with what its answer of the same epoch came to."""
    for run in dict.fromkeys(row.run for row in rows if row.run != here.run):
        its = [row for row in rows if row.run == run]
        row = next((one for one in its if one.epoch == here.epoch), its[-1])
        sign, words, look = RIGHTNESS[row.rightness] if row.rightness else ("", "no score", "open")
        yield Beside(run, run in beside, words, sign, look)


def _around(site: Site, listing: Listing, here: Row, chosen: Sequence[str]) -> Around:
    """What stands before and after it in the list, and its place there: rows, or samples where runs stand beside it."""
    place, total = site.index.place(listing.filters, listing.sort, here, descending=listing.descending)
    back = replace(listing, offset=0) if place is None else listing.around(place)

    def url(row: Row | None) -> str | None:
        # The runs beside it stay, and the one that it comes from takes the place of the one that it goes to.
        if row is None or not has_page(row.sample):
            return None
        beside = chosen if row.run in (here.run, *chosen) else (here.run, *chosen)
        return sample_url(row, listing, beside=[here.run if run == row.run else run for run in beside])

    around = Around(back=back.url + ("" if place is None else f"#n{place + 1}"))
    if chosen:
        samples = site.index.samples(listing.filters, listing.sort, descending=listing.descending)
        if here.sample in samples:
            at = samples.index(here.sample)
            previous, following = (
                _shown_row(site, listing, samples[to], here, chosen) if 0 <= to < len(samples) else None
                for to in (at - 1, at + 1)
            )
            said = f"{at + 1:,} of {len(samples):,} {'sample' if len(samples) == 1 else 'samples'}"
            return replace(around, previous=url(previous), next=url(following), place=said)
    before, after = site.index.around(listing.filters, listing.sort, here, descending=listing.descending)
    said = "" if place is None else f"{place + 1:,} of {total:,}"
    return replace(around, previous=url(before), next=url(after), place=said)


def _shown_row(site: Site, listing: Listing, sample: str, here: Row, chosen: Sequence[str]) -> Row | None:
    """The row that a sample of the list is opened by: of the run that stands first now, or else of the next that has
    the sample, also where it is in the list for another run's sake. So the same runs stand beside one another."""
    rank = {run: place for place, run in enumerate((here.run, *chosen))}
    rows = [row for row in site.index.runs_with(sample) if row.run in rank]
    return min(
        rows or site.index.of_sample(listing.filters, sample),
        key=lambda row: (rank.get(row.run, len(rank)), row.epoch != here.epoch),
        default=None,
    )
