"""Parts of ids, which are also names of files: what a figure is of is told by its name."""

from __future__ import annotations

from collections.abc import Iterable


def slug(text: str) -> str:
    """A name as part of an id: letters, digits and `-`.

    >>> slug("My task: no. 1")
    'My-task-no-1'
    """
    kept = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in text)
    return "-".join(kept.split()) or "x"


def slugs(names: Iterable[str]) -> dict[str, str]:
    """A slug for each name, no two alike: tasks of one's own may differ in other signs alone.

    >>> slugs(["SA", "my task", "my_task"])
    {'SA': 'SA', 'my task': 'my-task', 'my_task': 'my-task-x'}
    """
    taken: dict[str, str] = {}
    for name in names:
        made = slug(name)
        while made in taken.values():
            made += "-x"
        taken[name] = made
    return taken
