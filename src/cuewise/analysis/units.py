"""Which samples belong together: those of one clip, of one source video or dialogue, of one speaker.

Samples that share a clip, a video or a speaker tend to be right or wrong together, so whole groups are drawn where a
score's uncertainty is told by resampling. What the groups are is read from clip ids, by the patterns of `units.toml`;
an id that tells nothing leaves its sample in the next smaller group, down to the clip itself. Nothing is guessed.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from posixpath import basename, splitext
from typing import Final, Literal

from cuewise.analysis.table import SampleRow

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
    text = files("cuewise.analysis").joinpath("units.toml").read_text(encoding="utf-8")
    return {
        entry["name"]: Corpus(entry["name"], re.compile(entry["pattern"], re.ASCII), entry["basis"])
        for entry in tomllib.loads(text)["corpus"]
    }


def grouped(samples: Sequence[SampleRow], unit: str) -> tuple[Hashable, ...]:
    """The group of each sample, a group being a "clip", "video" or "speaker".

    Where an id does not tell, a sample's video is its clip, and its speaker its video: for a corpus that gives the
    speakers, these hold whole videos together; for any other, the largest group that is known.
    """
    return tuple([_group(sample.source, sample.clip, unit) for sample in samples])


def told(samples: Sequence[SampleRow], unit: str) -> int:
    """For how many samples the clip's id tells the unit; for "clip", all."""
    return sum(_group(sample.source, sample.clip, unit)[0] == unit for sample in samples)


def known_share(samples: Sequence[SampleRow], unit: str) -> float | None:
    """Percent of the samples whose clip's id tells the unit; None of none."""
    return 100 * told(samples, unit) / len(samples) if samples else None


def inferred_sources(samples: Sequence[SampleRow]) -> tuple[str, ...]:
    """Corpora among the samples' sources whose names are read by their form alone, in alphabetical order."""
    sources = {sample.source for sample in samples}
    return tuple(
        sorted(name for name, one in corpora().items() if name in sources and one.basis == "inferred")
    )


def sizes(groups: Sequence[Hashable]) -> tuple[int, ...]:
    """How many samples each group has, largest first."""
    return tuple(count for _, count in Counter(groups).most_common())


@lru_cache(maxsize=100_000)
def _group(source: str | None, clip: str, unit: str) -> tuple[str, ...]:
    """A name for the sample's group, beginning with the unit that it is of."""
    corpus = corpora().get(source or "")
    stem = splitext(basename(clip))[0]
    for smaller in reversed(UNITS[1 : UNITS.index(unit) + 1]):
        parts = None if corpus is None else corpus.told(stem, smaller)
        if parts is not None and corpus is not None:
            return (smaller, corpus.name, *parts)
    return ("clip", clip)
