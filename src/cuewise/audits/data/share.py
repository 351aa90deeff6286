"""So many of so many."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Share:
    """A count out of a total."""

    count: int
    of: int

    @property
    def percent(self) -> float | None:
        """0..100; None where there is nothing."""
        return 100 * self.count / self.of if self.of else None

    def __str__(self) -> str:
        """Percent with one decimal, halves up; a dash where there is nothing.

        >>> str(Share(1380, 1600)), str(Share(0, 0))  # 86.25 %
        ('86.3', '–')
        """
        if not self.of:
            return "–"
        tenths = (2000 * self.count + self.of) // (2 * self.of)
        return f"{tenths // 10}.{tenths % 10}"

    def to_json(self) -> dict[str, Any]:
        """Count, total and percent."""
        return {"count": self.count, "of": self.of, "percent": self.percent}


def share(hits: Collection[bool]) -> Share:
    """How many are true."""
    return Share(sum(hits), len(hits))
