"""Which samples belong together: those of one clip, of one source video or dialogue, of one speaker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from cuewise.analysis.table import SampleRow
from cuewise.samples.units import PRINTED, corpora, unit_of


def grouped(samples: Sequence[SampleRow], unit: str) -> tuple[Hashable, ...]:
    """The group of each sample, a group being a "clip", "video" or "speaker".

    Where an id does not tell, a sample's video is its clip, and its speaker its video: for a corpus that gives the
    speakers, these hold whole videos together; for any other, the largest group that is known.
    """
    return tuple([unit_of(sample.source, sample.clip, unit) for sample in samples])


def told(samples: Sequence[SampleRow], unit: str) -> int:
    """For how many samples the clip's id tells the unit; for "clip", all."""
    return sum(unit_of(sample.source, sample.clip, unit)[0] == unit for sample in samples)


def printed_unit(samples: Sequence[SampleRow]) -> str:
    """What is taken as independent of one another: source videos where any clip's id tells them, else clips."""
    return PRINTED if told(samples, PRINTED) else "clip"


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
