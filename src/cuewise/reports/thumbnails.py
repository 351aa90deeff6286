"""Small pictures of the frames, as many as the report has room for."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cuewise.errors import CuewiseError
from cuewise.models.protocol import ReadMedia
from cuewise.records import MediaRef
from cuewise.reports.collect import FrameRefs

MAX_SIDE: Final = 160
"""Longer side, pixels."""
QUALITY: Final = 60
BUDGET: Final = 700_000
"""Bytes of embedded pictures in all, as base64."""


@dataclass
class Thumbnails:
    """What the report's script is given of the frames."""

    jpegs: list[str] = field(default_factory=list)
    """Base64; each picture once, whatever the number of runs and samples that show it."""
    frames: list[dict[str, dict[str, int]]] = field(default_factory=list)
    """Per run: place of the sample -> evidence id -> place in `jpegs`."""
    samples: int = 0
    """Samples with pictures."""
    unreadable: int = 0
    """Pictures that the workspace no longer holds, or that are no JPEG."""


def make_thumbnails(
    order: Sequence[int],
    frames: Sequence[dict[int, FrameRefs]],
    read_media: ReadMedia,
    *,
    budget: int = BUDGET,
) -> Thumbnails:
    """Embed whole clips, in the given order, until the budget is used up.

    Args:
        order: places of samples, most wanted first.
        frames: per run and place, evidence id and picture of each frame.
        read_media: gives the bytes of a stored frame.
    """
    made = Thumbnails(frames=[{} for _ in frames])
    places: dict[str, int | None] = {}
    room = budget
    for place in order:
        refs = {ref.sha256: ref for run in frames for _, ref in run.get(place, [])}
        fresh = {sha: small_jpeg(ref, read_media) for sha, ref in refs.items() if sha not in places}
        size = sum(len(jpeg) for jpeg in fresh.values() if jpeg)
        if size > room:
            break
        room -= size
        for sha, jpeg in fresh.items():
            places[sha] = len(made.jpegs) if jpeg else None
            if jpeg:
                made.jpegs.append(jpeg)
            else:
                made.unreadable += 1
        shown = False
        for run, refs_of_run in enumerate(frames):
            found = {
                id_: at for id_, ref in refs_of_run.get(place, []) if (at := places[ref.sha256]) is not None
            }
            if found:
                made.frames[run][str(place)] = found
                shown = True
        made.samples += shown
    return made


def small_jpeg(ref: MediaRef, read_media: ReadMedia) -> str | None:
    """The picture at thumbnail size as base64; None where it cannot be read."""
    from cuewise.media.images import thumbnail

    try:
        jpeg = thumbnail(read_media(ref), MAX_SIDE, QUALITY)
    except (CuewiseError, OSError, ValueError):
        # A frame that cannot be shown is worth a gap in the report, not the report.
        return None
    return base64.b64encode(jpeg).decode("ascii")
