"""Addresses of the pages. All that a page shows stands in its address, so that it can be passed on and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from cuewise.viewer.filters import Filters, Sort, whole_number
from cuewise.viewer.rows import Row

SIZES: Final = (50, 100, 250)
"""Rows of a page that can be chosen from."""
LONGEST_LIST: Final = 20_000
"""Characters of a list's query within the address of a sample."""
LONGEST_ID: Final = 8192
"""Characters of a sample's id in its address, encoded. Servers and browsers take no address of any length."""
MOST_FIELDS: Final = 1000
"""Names and values of a query."""
_DOTS: Final = frozenset({".", ".."})
_MOST_ROWS: Final = 10**9


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of outcomes as an address has it: what it shows, in which order, and which page of it."""

    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.POSITION
    descending: bool = False
    offset: int = 0
    """Rows before the page."""
    size: int = SIZES[0]
    """Rows of a page."""

    @classmethod
    def from_query(cls, items: Sequence[tuple[str, str]]) -> tuple[Listing, tuple[str, ...]]:
        """Read the query of an address; what of it cannot be used is ignored.

        Returns:
            The list, and in words which filters could not be used.
        """
        filters, messages = Filters.from_query(items)
        said = dict(items)
        known = {sort.value: sort for sort in Sort}
        size = whole_number(said.get("size", ""), SIZES[-1])
        listing = cls(
            filters=filters,
            sort=known.get(said.get("sort", ""), Sort.POSITION),
            descending=said.get("order") == "desc",
            offset=whole_number(said.get("from", ""), _MOST_ROWS) or 0,
            size=size if size is not None and size in SIZES else SIZES[0],
        )
        return listing, messages

    @classmethod
    def from_text(cls, query: str) -> Listing:
        """Read a query as one text, as `query` gives it; an unusable one is the list of everything."""
        return cls.from_query(pairs(query[:LONGEST_LIST]))[0]

    @property
    def query(self) -> str:
        """As it stands in an address, encoded; what is as usual is left out."""
        return urlencode(self.items())

    def items(self, *, filters: bool = True) -> list[tuple[str, str]]:
        """Names and values of the query; without those of the filters, what a form of filters sends on."""
        found = list(self.filters.to_query()) if filters else []
        if self.sort is not Sort.POSITION:
            found.append(("sort", self.sort.value))
        if self.descending:
            found.append(("order", "desc"))
        if self.size != SIZES[0]:
            found.append(("size", str(self.size)))
        if self.offset and filters:
            found.append(("from", str(self.offset)))
        return found

    @property
    def url(self) -> str:
        return f"/samples?{self.query}" if self.query else "/samples"

    def showing(self, filters: Filters) -> Listing:
        """The first page of another list in the same order."""
        return replace(self, filters=filters, offset=0)

    def sorted_by(self, sort: Sort) -> Listing:
        """The first page in order of something: the best first where it is a score; chosen again, the other way."""
        if sort is self.sort:
            return replace(self, descending=not self.descending, offset=0)
        return replace(self, sort=sort, descending=sort in _HIGH_FIRST, offset=0)

    def around(self, place: int) -> Listing:
        """The page that has the row at this place, from 0."""
        return replace(self, offset=place // self.size * self.size)


_HIGH_FIRST: Final = frozenset({Sort.RECOGNITION, Sort.REASONING, Sort.COT, Sort.STEPS})


def run_url(run: str) -> str:
    """The page of a run."""
    return f"/runs/{quote(run, safe='')}"


def run_list_url(run: str) -> str:
    """The list of a run's outcomes."""
    return Listing(Filters(runs=(run,))).url


def sample_url(
    row: Row, listing: Listing, *, beside: Iterable[str] = (), epoch: int | None = None, anchor: str = ""
) -> str:
    """The page of a sample in a run, as it was come to from a list.

    Args:
        beside: runs that stand beside it.
        epoch: None for the row's own.
    """
    return _sample(row.run, row.sample, listing, beside, row.epoch if epoch is None else epoch) + anchor


def _sample(run: str, sample: str, listing: Listing, beside: Iterable[str], epoch: int) -> str:
    query = [("with", other) for other in beside]
    path = quote(sample)
    # A browser would take dots for steps through folders, however they are written; no route has a line break.
    if not _DOTS.isdisjoint(sample.split("/")) or "\n" in sample:
        path, query = "-", [("id", sample), *query]
    if epoch:
        query.append(("epoch", str(epoch)))
    if 0 < len(listing.query) <= LONGEST_LIST:
        query.append(("list", listing.query))
    return f"{run_url(run)}/samples/{path}" + (f"?{urlencode(query)}" if query else "")


def has_page(sample: str) -> bool:
    """Whether a sample's id is short enough to stand in an address."""
    return len(sample) <= LONGEST_ID and len(quote(sample)) <= LONGEST_ID


def calls_url(run: str, sample: str, epoch: int) -> str:
    """The calls behind an answer, a piece of a page."""
    return "/calls?" + urlencode({"run": run, "sample": sample, "epoch": epoch})


def pairs(query: str) -> list[tuple[str, str]]:
    """Names and values of an encoded query; of too many of them none."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return []
