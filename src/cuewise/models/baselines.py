"""Models that show what little effort scores: `baseline/majority`, `/random`, `/all-labels`, `/prosody`.

The first three are blind: they see and hear nothing of the clip, and each answer is one sentence that names
labels. A model that does not beat them has shown nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cuewise.errors import UnknownModelError
from cuewise.models.local import check_names, dice, final_line, sample_of, whole_number
from cuewise.models.prosodic import ProsodyBaseline
from cuewise.models.protocol import Completion, Modality, Model, ReadMedia, Request
from cuewise.records import Sample

NAMES: Final = ("baseline/majority", "baseline/random", "baseline/all-labels", "baseline/prosody")

_CONFESSION: Final = "(from a baseline that sees and hears nothing of the clip)"

Choose = Callable[[Sample, int], Sequence[str]]
"""Labels to name for a sample and an epoch."""


def open_baseline(
    name: str, *, samples: Sequence[Sample], read_media: ReadMedia, args: Mapping[str, str] | None = None
) -> Model:
    """Open one of `NAMES`.

    Args:
        samples: the samples to be evaluated. `majority` names the most frequent gold label of a task among
            them; `random` draws the number of labels of a multi-label sample from theirs.
        read_media: gives `prosody` the sound.
        args: `random` takes `seed`, a whole number, 0 by default; the others take none.

    Raises:
        UnknownModelError: no baseline of that name.
        InputError: an argument that the baseline does not have, or a seed that is no whole number.
    """
    args = args or {}
    check_names(args, ("seed",) if name == "baseline/random" else (), name)
    match name:
        case "baseline/majority":
            return _majority(name, samples)
        case "baseline/random":
            return _random(name, samples, whole_number(args, "seed", 0, name))
        case "baseline/all-labels":
            return BlindBaseline(name, lambda sample, _: sample.label_set, {})
        case "baseline/prosody":
            return ProsodyBaseline(name, read_media)
    raise UnknownModelError(f"no baseline is called {name!r}; there are {', '.join(NAMES)}")


class BlindBaseline:
    """Names labels without a look at the clip."""

    takes: frozenset[Modality] = frozenset()
    reads_sample = True

    def __init__(self, name: str, choose: Choose, parameters: dict[str, Any]) -> None:
        self.name = name
        self.parameters = parameters
        self._choose = choose

    async def generate(self, request: Request) -> Completion:
        labels = self._choose(sample_of(request, self.name), request.epoch)
        return Completion(text=f"{final_line(labels)} {_CONFESSION}")

    async def close(self) -> None:
        """Nothing is held."""


def _majority(name: str, samples: Sequence[Sample]) -> BlindBaseline:
    """Always the most frequent gold label of the task.

    Labels are counted as spelled, over all samples of the task whatever their candidates, so that the label
    may be none of a sample's own. In multi-label tasks each gold label of a sample counts once, and one label
    is named. Of equally frequent labels the first in alphabetical order is taken. A task of which there was
    no sample gets the first candidate.
    """
    counts: dict[str, Counter[str]] = {}
    for sample in samples:
        counts.setdefault(sample.task, Counter()).update(sample.labels)
    frequent = {task: min(count, key=lambda label: (-count[label], label)) for task, count in counts.items()}
    return BlindBaseline(
        name, lambda sample, _: (frequent.get(sample.task, sample.label_set[0]),), {"labels": frequent}
    )


def _random(name: str, samples: Sequence[Sample], seed: int) -> BlindBaseline:
    """Labels drawn uniformly from the sample's candidates, without repetition.

    A multi-label sample gets as many as the gold labels of a sample that is drawn from its task.
    """
    sizes: dict[str, Counter[int]] = {}
    for sample in samples:
        if sample.multi_label:
            sizes.setdefault(sample.task, Counter())[len(sample.labels)] += 1
    # Sorted, so that the order of the samples does not matter; text keys, as JSON has no others.
    spread = {task: {str(size): count[size] for size in sorted(count)} for task, count in sizes.items()}

    def choose(sample: Sample, epoch: int) -> Sequence[str]:
        chance = dice(seed, sample, epoch)
        size = 1
        if sample.multi_label and (known := spread.get(sample.task)):
            size = int(chance.choices(list(known), list(known.values()))[0])
        drawn = chance.sample(sample.label_set, min(size, len(sample.label_set)))
        return sorted(drawn, key=sample.label_set.index)

    return BlindBaseline(name, choose, {"seed": seed, "label_counts": spread})
