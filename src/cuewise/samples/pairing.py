"""Which sample lends which other its sound, so that sound and picture say different things."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from cuewise.cues import channels
from cuewise.records import Sample, SoundSource


def pair_off(samples: Sequence[Sample], seed: int) -> dict[str, Sample]:
    """For each sample by id the one whose sound it is given; without those for which none is left.

    Both are of one task with the same candidates, have no gold label in common and are of different clips, and each
    lends its sound at most once. The pairs depend on the seed and the samples alone. Where each has one label, as many
    as can be are paired off: sorted by label, each is given the sound of the one that comes after it by as many places
    as the most frequent label has samples, which is another label's. Where labels overlap, pairs that will not do are
    mended by exchange.
    """
    groups: dict[tuple[str, frozenset[str]], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.task, frozenset(sample.label_set)), []).append(sample)
    return {
        sample.id: partner
        for group in groups.values()
        for sample, partner in zip(*_paired(group, seed), strict=True)
        if _differ(sample, partner)
    }


def with_sound_of(sample: Sample, partner: Sample) -> Sample:
    """The sample with all that is told of its sound replaced by what is told of the partner's.

    Its question, candidates and gold labels stay: they are those of the picture.
    """
    heard = {name for name, channel in channels().items() if channel.modality == "audio"}
    return sample.model_copy(
        update={
            "transcript": partner.transcript,
            "audio_clue": partner.audio_clue,
            "cues": (
                *(cue for cue in sample.cues if cue.channel not in heard),
                *(cue for cue in partner.cues if cue.channel in heard),
            ),
            "sound_from": SoundSource(sample=partner.id, labels=partner.labels),
        }
    )


def _paired(group: Sequence[Sample], seed: int) -> tuple[list[Sample], list[Sample]]:
    """The samples of one group in some order, and whose sound each is given."""
    size = Counter(sample.labels for sample in group)
    by_label = sorted(group, key=lambda sample: (-size[sample.labels], sample.labels, _drawn(seed, sample)))
    shift = max(size.values())
    lent = [by_label[(place + shift) % len(by_label)] for place in range(len(by_label))]
    for place, sample in enumerate(by_label):
        if not _differ(sample, lent[place]):
            _mend(place, by_label, lent)
    return by_label, lent


def _mend(place: int, samples: Sequence[Sample], lent: list[Sample]) -> None:
    """Exchange what one is lent with another, where both can take it."""
    for other in range(len(lent)):
        if _differ(samples[place], lent[other]) and _differ(samples[other], lent[place]):
            lent[place], lent[other] = lent[other], lent[place]
            return


def _differ(sample: Sample, partner: Sample) -> bool:
    return not set(sample.labels) & set(partner.labels) and sample.clip.id != partner.clip.id


def _drawn(seed: int, sample: Sample) -> str:
    return hashlib.sha256(f"{seed}\0{sample.id}".encode("utf-8", "surrogatepass")).hexdigest()
