"""Writes the leaderboard: a folder of pages that work from a disk as well as from a server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from cuewise import __version__
from cuewise.errors import InputError
from cuewise.reports.blocks import Column, Section, Table, Text, Value
from cuewise.reports.colours import COLOURS
from cuewise.reports.drawing.page import blocks_script, blocks_style, draw_sections
from cuewise.reports.embedding import json_block, own_code, security_policy
from cuewise.reports.leaderboard.cases import Case, choose_cases, make_cases
from cuewise.reports.leaderboard.entries import Entry, check_same_names
from cuewise.reports.leaderboard.method import groups_table, method_sections
from cuewise.reports.leaderboard.model_page import model_sections
from cuewise.reports.leaderboard.rows import (
    FORMAT,
    HEADS,
    board_rows,
    document,
    scripted,
    spreadsheet,
    tasks_of,
)
from cuewise.reports.leaderboard.standing import Group, Ranks, groups_of, ranks_of
from cuewise.reports.sections.published import published_section
from cuewise.reports.templates import asset, environment
from cuewise.reports.words.protocols import NAMES
from cuewise.samples.problems import printable
from cuewise.whole_files import write_whole

MARKER: Final = PurePosixPath("data/leaderboard.json")
"""By this file a folder is known as a leaderboard that may be written over."""
CASES: Final = 24

Page = tuple[PurePosixPath, str]


@dataclass(frozen=True)
class Site:
    """What was written."""

    models: int
    cases: int
    pages: int


def write_site(
    entries: Sequence[Entry], folder: Path, *, title: str, cases: int = CASES, with_frames: bool = False
) -> Site:
    """Write the leaderboard into a folder, over an earlier one. The same rows give the same bytes.

    Args:
        entries: at least one.
        folder: a new or empty one, or one that holds a leaderboard.
        title: of the site.
        cases: samples to show side by side, at most.
        with_frames: whether to show their frames, which the clips' owners may not allow.

    Raises:
        InputError: there is no row, one stands in twice, the title is empty, or the folder holds something else or
            cannot be written.
    """
    if not entries:
        raise InputError("a leaderboard needs a run, a submission, people or the published models")
    if not any(sign.isprintable() and not sign.isspace() for sign in title):
        raise InputError("the title of a leaderboard is empty: name one with --title")
    check_same_names(entries)
    _check_folder(folder)
    groups = groups_of(entries)
    ranks: Ranks = {key: rank for group in groups for key, rank in ranks_of(group).items()}
    made = list(make_cases(choose_cases(groups, cases), entries, with_frames=with_frames))
    writer = _Writer(folder)
    for name, text in _pages(groups, ranks, made, title):
        writer.write(name, text)
    writer.write(PurePosixPath("data/leaderboard.csv"), spreadsheet(groups, ranks))
    whole = json.dumps(document(groups, ranks, __version__), indent=1, allow_nan=False)
    writer.write(MARKER, whole + "\n")
    writer.remove_others()
    return Site(
        models=len(entries), cases=len(made), pages=sum(name.suffix == ".html" for name in writer.written)
    )


def _check_folder(folder: Path) -> None:
    try:
        strange = folder.exists() and any(folder.iterdir()) and not _is_leaderboard(folder / MARKER)
    except OSError as error:
        raise InputError(
            f"{printable(folder)} cannot be written ({error.strerror}): name a folder with -o"
        ) from error
    if strange:
        raise InputError(
            f"{printable(folder)} holds something else than a leaderboard: name a new folder with -o, or empty it"
        )


def _is_leaderboard(marker: Path) -> bool:
    """Whether a file is what `document` gives, of any version: no other folder's pages are ever removed."""
    try:
        found = json.loads(marker.read_bytes())
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT


class _Writer:
    """Puts each file in its place in one step, and knows which it wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.written: set[PurePosixPath] = set()

    def write(self, name: PurePosixPath, text: str) -> None:
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text.encode("utf-8", "replace"))
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(
                f"{printable(path)} cannot be written ({reason}): name another folder with -o"
            ) from error
        self.written.add(name)

    def remove_others(self) -> None:
        """Remove the pages of models and cases that an earlier leaderboard had and this one has not."""
        for part in ("models", "cases"):
            if (self._folder / part).is_dir():
                for path in (self._folder / part).glob("*.html"):
                    if PurePosixPath(part, path.name) not in self.written:
                        path.unlink()


def _pages(groups: Sequence[Group], ranks: Ranks, cases: Sequence[Case], title: str) -> Iterator[Page]:
    """All pages with their places."""
    frame = _Frame(title, with_cases=bool(cases), with_published=any(group.published for group in groups))
    entries = [entry for group in groups for entry in group.entries]
    rows = board_rows(groups, ranks)
    yield frame.page(
        "index.html",
        "board_index.html",
        title,
        rows=rows,
        heads=HEADS,
        tasks=tasks_of(entries),
        groups=groups,
        names=NAMES,
        counts={
            origin: sum(entry.origin == origin for entry in entries)
            for origin in ("run", "submission", "published", "people")
        },
        protocols=[protocol for protocol in NAMES if any(group.protocol is protocol for group in groups)],
        below=draw_sections([Section("alike", "Who was judged alike", (groups_table(groups),))]),
        data=json_block(scripted(rows)),
    )
    for group in groups:
        for entry in group.entries:
            sections = model_sections(entry, group, ranks)
            about = [case for case in cases if any(answer.entry is entry for answer in case.answers)]
            yield frame.page(
                f"models/{entry.slug}.html",
                "board_model.html",
                f"{entry.title}{f' ({entry.run})' if entry.run else ''} · {title}",
                entry=entry,
                group=group,
                rules=NAMES[entry.protocol],
                parts=sections,
                sections=draw_sections(sections),
                cases=about,
            )
    if cases:
        yield frame.page(
            "cases/index.html",
            "board_sections.html",
            f"Samples side by side · {title}",
            heading="Samples side by side",
            sections=draw_sections([_case_list(cases)]),
        )
    answering = [entry for entry in entries if entry.details is not None]
    colours = {entry.slug: place % COLOURS for place, entry in enumerate(answering)}
    for place, case in enumerate(cases):
        yield frame.page(
            f"cases/{case.slug}.html",
            "board_case.html",
            f"{case.sample.task}, sample {case.number} · {title}",
            case=case,
            before=cases[place - 1] if place else None,
            after=cases[place + 1] if place + 1 < len(cases) else None,
            total=len(cases),
            rules=NAMES,
            colours=colours,
        )
    if frame.with_published:
        yield frame.page(
            "published.html",
            "board_sections.html",
            f"Published tables · {title}",
            heading="The published tables, with what they lack",
            sections=draw_sections([published_section()]),
        )
    yield frame.page(
        "method.html",
        "board_sections.html",
        f"Method · {title}",
        heading="Method",
        sections=draw_sections(method_sections(groups)),
    )


def _case_list(cases: Sequence[Case]) -> Section:
    rows = tuple(
        (
            Text(f"Sample {case.number}", f"{case.slug}.html", case.sample.id),
            Text(case.sample.task),
            Text(", ".join(case.sample.labels)),
            Value(case.right),
            Value(len(case.answers)),
            Text(case.why[0][0]),
        )
        for case in cases
    )
    columns = (
        Column("Sample"),
        Column("Task"),
        Column("Gold label"),
        Column("Recognised by", "count", "Models with all points in recognition; their reasons may fail"),
        Column("Models asked", "count"),
        Column("Why it is shown"),
    )
    return Section("cases", "Samples", (Table("case-list", "Samples that tell something", columns, rows),))


@dataclass(frozen=True)
class _Frame:
    """What all pages have."""

    title: str
    with_cases: bool
    with_published: bool

    def page(self, place: str, template: str, title: str, **parts: Any) -> Page:
        """One page with its place."""
        style, script = _style(), _script()
        name = PurePosixPath(place)
        text = (
            environment()
            .get_template(template)
            .render(
                root="../" * (len(name.parts) - 1),
                here=place,
                site=self,
                title=title,
                policy=security_policy(style, script),
                style=own_code(style, "style"),
                script=own_code(script, "script"),
                version=__version__,
                **parts,
            )
        )
        return name, text


@cache
def _style() -> str:
    return "\n".join(
        (asset("report.css"), asset("sample.css"), blocks_style(), asset("board.css"), asset("print.css"))
    )


@cache
def _script() -> str:
    return f'"use strict";\n{blocks_script()}\n{{\n{asset("board.js")}}}\n'
