"""Answers on which the runs that a list is narrowed to differ among themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from cuewise.viewer.filters import Disagreement, Filters
from cuewise.viewer.tables import BITS

_RUNS: Final = BITS[Disagreement.RUNS]

# Only where any two runs differ can chosen ones do, which the index has noted. An answer of a run that is not chosen is
# held against those that are, as if its run were chosen too: that is what choosing it would show.
_FIND: Final = f"""
INSERT INTO temp.parted
WITH chosen AS (
    SELECT sample, epoch, protocol, min(recognition) AS low, max(recognition) AS high FROM outcomes
    WHERE run IN (SELECT id FROM runs WHERE name IN ({{}})) AND disagreements & {_RUNS}
    GROUP BY sample, epoch, protocol
)
SELECT o.id FROM chosen CROSS JOIN outcomes AS o USING (sample, epoch)
WHERE o.protocol = chosen.protocol AND (o.recognition > chosen.low OR o.recognition < chosen.high)
"""  # noqa: S608 - all of it is ours


def among_chosen(filters: Filters) -> bool:
    """Whether runs are held against one another only where chosen: where several are."""
    return len(filters.runs) > 1


def disagreements(filters: Filters) -> str:
    """SQL of an outcome's disagreements, a sum of `BITS`, in a list; it needs `find_parted` to have run."""
    if not among_chosen(filters):
        return "o.disagreements"
    parted = f"(o.id IN (SELECT id FROM temp.parted)) * {_RUNS}"  # noqa: S608
    return f"(o.disagreements & ~{_RUNS} | {parted})"


def find_parted(db: sqlite3.Connection, filters: Filters) -> None:
    """Put the ids of answers on which the chosen runs differ into `temp.parted`, if they are not there already."""
    if not among_chosen(filters):
        return
    db.execute("CREATE TEMP TABLE IF NOT EXISTS parted (id INTEGER PRIMARY KEY)")
    db.execute("CREATE TEMP TABLE IF NOT EXISTS parted_of (changes INTEGER, runs TEXT)")
    now = (db.execute("SELECT n FROM changes").fetchone()[0], _key(filters.runs))
    if db.execute("SELECT * FROM temp.parted_of").fetchone() == now:
        return
    db.execute("DELETE FROM temp.parted_of")
    db.execute("DELETE FROM temp.parted")
    db.execute(_FIND.format(", ".join("?" * len(filters.runs))), filters.runs)
    db.execute("INSERT INTO temp.parted_of VALUES (?, ?)", now)


def _key(runs: Sequence[str]) -> str:
    return "\0".join(sorted(runs))
