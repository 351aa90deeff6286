"""What a clip's id tells of where it comes from: the source video or dialogue, and the speaker.

Samples that share a clip, a video or a speaker tend to be right or wrong together, so that whole groups are taken
together where a score's uncertainty is told. What the groups are is read from clip ids, by the patterns of
`units.toml`; an id that tells nothing leaves its sample in the next smaller group, down to the clip itself. Nothing is
guessed.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from posixpath import basename, splitext
from typing import Final, Literal

UNITS: Final = ("clip", "video", "speaker")
"""From small to large."""
PRINTED: Final = "video"
"""What printed intervals and tests take together: docs/decisions/020-resampling.md says why."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a corpus's file names tell."""

    name: str
    """First folder of its clips' ids."""
    pattern: re.Pattern[str]
    """Of a whole file name without its ending; groups named `video` and `speaker`, `video2` and so on."""
    basis: Literal["documented", "inferred"]
    """Whether the corpus describes its names, or their form alone speaks for the reading."""

    def told(self, stem: str, unit: str) -> tuple[str, ...] | None:
        """What a file name without its ending tells of a unit; None for nothing."""
        found = self.pattern.fullmatch(stem)
        if found is None:
            return None
        return tuple(part for name, part in found.groupdict().items() if name.startswith(unit)) or None


@cache
def corpora() -> dict[str, Corpus]:
    """The corpora whose names tell something, by name."""
    text = files("cuewise.samples").joinpath("units.toml").read_text(encoding="utf-8")
    return {
        entry["name"]: Corpus(entry["name"], re.compile(entry["pattern"], re.ASCII), entry["basis"])
        for entry in tomllib.loads(text)["corpus"]
    }


@lru_cache(maxsize=100_000)
def unit_of(source: str | None, clip: str, unit: str = PRINTED) -> tuple[str, ...]:
    """A name for the group of a clip, beginning with the unit that it is of: where the id does not tell, a clip's video
    is the clip itself, and its speaker the video.

    Args:
        source: the corpus that the clip is of, as far as that is known.
        clip: its id.
        unit: of `UNITS`.
    """
    corpus = corpora().get(source or "")
    stem = splitext(basename(clip))[0]
    for smaller in reversed(UNITS[1 : UNITS.index(unit) + 1]):
        parts = None if corpus is None else corpus.told(stem, smaller)
        if parts is not None and corpus is not None:
            return (smaller, corpus.name, *parts)
    return ("clip", clip)
