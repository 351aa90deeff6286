"""Names of models and judges in a report, which is made to be passed on: without folders, and still told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from cuewise.reports.private import scrub_all


def shown_apart(names: Iterable[str], beside: Mapping[str, str] | None = None) -> dict[str, str]:
    """What each name is shown as: where several would be shown alike, with what is beside it or a number, in brackets.

    Numbers are in the order of the names with their folders, so that the same names have the same ones everywhere.

    >>> shown_apart(["hf//new/judge", "hf//old/judge", "hf//old/other"])
    {'hf//new/judge': 'hf/judge (1)', 'hf//old/judge': 'hf/judge (2)', 'hf//old/other': 'hf/other'}
    >>> shown_apart(["hf//new/judge", "hf//old/judge"], {"hf//new/judge": "a, b", "hf//old/judge": "c"})
    {'hf//new/judge': 'hf/judge (a, b)', 'hf//old/judge': 'hf/judge (c)'}
    """
    bare: dict[str, str] = {name: scrub_all(name) for name in sorted(set(names))}
    alike, place = Counter(bare.values()), Counter[str]()
    found = {}
    for name, shown in bare.items():
        place[shown] += 1
        more = (beside or {}).get(name, str(place[shown]))
        found[name] = shown if alike[shown] == 1 else f"{shown} ({more})"
    return found
