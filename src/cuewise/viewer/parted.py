"""Answers on which the runs that a list is narrowed to differ among themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from cuewise.viewer.filters import Disagreement, Filters
from cuewise.viewer.tables import BITS

_RUNS: Final = BITS[Disagreement.RUNS]

_TABLE: Final = """
CREATE TEMP TABLE IF NOT EXISTS chosen (
    sample INTEGER, epoch INTEGER, protocol TEXT,
    low REAL, high REAL,                -- recognition in the chosen runs
    PRIMARY KEY (sample, epoch, protocol)
) WITHOUT ROWID
"""
_FIND: Final = """
INSERT INTO temp.chosen
SELECT sample, epoch, protocol, min(recognition), max(recognition) FROM outcomes
WHERE run IN (SELECT id FROM runs WHERE name IN ({})) AND recognition IS NOT NULL
GROUP BY sample, epoch, protocol
"""

# Only where any two runs differ can chosen ones do, which the index has noted. An answer of a run that is not chosen is
# held against those that are, as if its run were chosen too: that is what choosing it would show.
_PARTED: Final = f"""
CASE WHEN o.disagreements & {_RUNS} THEN EXISTS (
    SELECT 1 FROM temp.chosen AS c WHERE c.sample = o.sample AND c.epoch = o.epoch AND c.protocol = o.protocol
        AND (o.recognition > c.low OR o.recognition < c.high)
) ELSE 0 END
"""  # noqa: S608 - all of it is ours


def among_chosen(filters: Filters) -> bool:
    """Whether runs are held against one another only where chosen: where several are."""
    return len(filters.runs) > 1


def disagreements(filters: Filters) -> str:
    """SQL of an outcome's disagreements, a sum of `BITS`, in a list; it needs `find_chosen` to have run."""
    if not among_chosen(filters):
        return "o.disagreements"
    return f"(o.disagreements & ~{_RUNS} | {_PARTED} * {_RUNS})"


def find_chosen(db: sqlite3.Connection, filters: Filters) -> None:
    """Put what the chosen runs come to on each sample into `temp.chosen`, if it is not there already."""
    if not among_chosen(filters):
        return
    db.execute(_TABLE)
    db.execute("CREATE TEMP TABLE IF NOT EXISTS chosen_of (changes INTEGER, runs TEXT)")
    now = (db.execute("SELECT n FROM changes").fetchone()[0], _key(filters.runs))
    if db.execute("SELECT * FROM temp.chosen_of").fetchone() == now:
        return
    db.execute("DELETE FROM temp.chosen_of")
    db.execute("DELETE FROM temp.chosen")
    db.execute(_FIND.format(", ".join("?" * len(filters.runs))), filters.runs)
    db.execute("INSERT INTO temp.chosen_of VALUES (?, ?)", now)


def _key(runs: Sequence[str]) -> str:
    return "\0".join(sorted(runs))
