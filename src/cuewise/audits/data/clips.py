"""Clip files: which are there, which are broken, and which are one and the same."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cuewise.errors import ClipBrokenError, MediaError
from cuewise.media.files import check_file
from cuewise.records import Sample

if TYPE_CHECKING:
    from cuewise.media.pool import MediaPool
    from cuewise.media.store import MediaStore


@dataclass(frozen=True)
class ClipProbe:
    """What decoding the clips told."""

    broken: dict[str, str]
    """By clip id: what is wrong with it and what to do. Clips whose file is empty or gone are not among them."""
    identical: tuple[tuple[str, ...], ...]
    """Groups of ids whose files are different ones with the same content."""


@dataclass(frozen=True)
class ClipAudit:
    """The clips of a dataset."""

    n_clips: int
    """Different ids."""
    n_found: int
    """Of which there is a file with something in it."""
    missing: tuple[str, ...]
    """Ids without a file."""
    empty: tuple[str, ...]
    """Ids whose file has no bytes or may not be read."""
    differ_by_case: tuple[tuple[str, ...], ...]
    """Groups of ids that are the same but for upper and lower case."""
    one_file: tuple[tuple[str, ...], ...]
    """Groups of ids that one file answers to."""
    probe: ClipProbe | None = None
    """None where clips were not decoded."""
    paths: dict[str, Path] = field(default_factory=dict, repr=False)
    """By id, of those found. Never exported."""

    def to_json(self) -> dict[str, Any]:
        """All but the places of the files."""
        return {
            "n_clips": self.n_clips,
            "n_found": self.n_found,
            "missing": list(self.missing),
            "empty": list(self.empty),
            "differ_by_case": [list(group) for group in self.differ_by_case],
            "one_file": [list(group) for group in self.one_file],
            "probe": None
            if self.probe is None
            else {
                "broken": self.probe.broken,
                "identical": [list(group) for group in self.probe.identical],
            },
        }


def look_at_clips(samples: Sequence[Sample]) -> ClipAudit:
    """Which clips are there, by the places that the samples state. Opens no file."""
    places = {sample.clip.id: sample.clip.path for sample in samples}
    missing, empty, paths = [], [], {}
    for clip, place in places.items():
        try:
            if place is None:
                missing.append(clip)
                continue
            check_file(Path(place))
            paths[clip] = Path(place)
        except ClipBrokenError:
            empty.append(clip)
        except MediaError:
            missing.append(clip)
    return ClipAudit(
        n_clips=len(places),
        n_found=len(paths),
        missing=tuple(missing),
        empty=tuple(empty),
        differ_by_case=_groups(places, lambda clip: unicodedata.normalize("NFC", clip).casefold()),
        one_file=_groups(paths, lambda clip: paths[clip].resolve()),
        paths=paths,
    )


def _groups(clips: Mapping[str, object], key: Callable[[str], object]) -> tuple[tuple[str, ...], ...]:
    """Ids with the same key, where there are several."""
    groups: dict[object, list[str]] = {}
    for clip in clips:
        groups.setdefault(key(clip), []).append(clip)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


async def probe_clips(
    paths: Mapping[str, Path], pool: MediaPool, store: MediaStore, *, told: Callable[[int], None]
) -> ClipProbe:
    """Decode every clip, as a run would, and compare the files' contents.

    What is decoded stays in the store, where a run under the same frame rule finds it.

    Args:
        paths: files by clip id.
        pool: decodes, in processes of its own.
        store: of the pool; knows the files' hashes.
        told: called after each clip with the number of those done.
    """
    broken: dict[str, str] = {}
    hashes: dict[str, str] = {}
    waiting = list(paths.items())[::-1]
    done = 0

    async def work() -> None:
        nonlocal done
        while waiting:
            clip, path = waiting.pop()
            try:
                hashes[clip] = await asyncio.to_thread(store.clip_sha256, path)
                await pool.prepare(path)
            except MediaError as error:
                broken[clip] = str(error)
            done += 1
            told(done)

    # The pool bounds the decoding; a few more wait for it, so that hashing goes on beside it.
    await asyncio.gather(*(work() for _ in range(min(16, len(paths)))))
    files = {clip: path.resolve() for clip, path in paths.items()}
    alike = _groups({clip: None for clip in paths if clip in hashes}, lambda clip: hashes[clip])
    identical = [group for group in alike if len({files[clip] for clip in group}) > 1]
    return ClipProbe({clip: broken[clip] for clip in paths if clip in broken}, tuple(identical))
