"""Models that err at known rates: `simulated/careful` and `simulated/careless`.

They validate the evaluator: whoever knows how often a model's claims and labels are false can check what the
extractor, the judge and the scores make of it. They read the sample's annotated cues and gold labels in place of
the clip, so their scores say nothing about any model.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from string import Template
from typing import Any, Final

from cuewise.cues import channels
from cuewise.errors import UnknownModelError
from cuewise.labels.taxonomy import valence_of
from cuewise.models.local import check_names, dice, final_line, probability, sample_of, whole_number
from cuewise.models.protocol import Completion, Modality, Model, Request
from cuewise.records import Cue, Sample

VERSION_NOTE: Final = "simulated (validates the evaluator; not a model)"
"""Stands where a server would state the version that answered."""

_VERSION: Final = 2  # to be raised with every change of what is answered, as calls of the old kind are stored
_CLAIMS: Final = (5, 7)  # fewest and most claims of an answer, where that many channels have something to say
_FILLED_TO: Final = 3  # claims of an answer where fewer channels tell, the others being at rest
_TIMED: Final = 0.4  # share of claims that state a time


@dataclass(frozen=True)
class ErrorRates:
    """How often a simulated model errs, each in 0..1."""

    false_cues: float
    """Probability that a claim states what no annotated cue of its channel shows."""
    wrong_labels: float
    """Probability that the label is wrong."""


NAMES: Final = {
    "simulated/careful": ErrorRates(false_cues=0.05, wrong_labels=0.1),
    "simulated/careless": ErrorRates(false_cues=0.4, wrong_labels=0.5),
}


def open_simulated(name: str, *, args: Mapping[str, str] | None = None) -> Model:
    """Open one of `NAMES`.

    Args:
        args: `false_cues` and `wrong_labels` (0 to 1) in place of the name's own rates; `seed`, a whole
            number, 0 by default.

    Raises:
        UnknownModelError: no simulated model of that name.
        InputError: an argument that is not known or not in its range.
    """
    if (usual := NAMES.get(name)) is None:
        raise UnknownModelError(
            f"no simulated model is called {name!r}; there are {', '.join(NAMES)} and simulated/attending"
        )
    args = args or {}
    check_names(args, ("false_cues", "wrong_labels", "seed"), name)
    rates = ErrorRates(
        false_cues=probability(args, "false_cues", usual.false_cues, name),
        wrong_labels=probability(args, "wrong_labels", usual.wrong_labels, name),
    )
    return Simulated(name, rates, seed=whole_number(args, "seed", 0, name))


class Simulated:
    """Answers from the annotations. It is asked like a model that sees and hears, but looks at no media."""

    takes = frozenset({Modality.VIDEO, Modality.AUDIO})
    reads_sample = True

    def __init__(self, name: str, rates: ErrorRates, *, seed: int) -> None:
        self.name = name
        self.parameters: dict[str, Any] = {
            "version": _VERSION,
            "false_cues": rates.false_cues,
            "wrong_labels": rates.wrong_labels,
            "seed": seed,
            "wording": hashlib.sha256(repr(_wording()).encode()).hexdigest(),
        }
        self._rates = rates
        self._seed = seed

    async def generate(self, request: Request) -> Completion:
        sample = sample_of(request, self.name)
        chance = dice(self._seed, sample, request.epoch)
        labels = make_labels(sample, self._rates.wrong_labels, chance)
        neutral = all(valence_of(label) == "neutral" for label in labels)
        claims = make_claims(sample.cues, self._rates.false_cues, chance, telling=not neutral)
        lines = [f"{number}. {claim}" for number, claim in enumerate(claims, start=1)]
        return Completion(text="\n".join([*lines, final_line(labels)]), model=VERSION_NOTE)

    async def close(self) -> None:
        """Nothing is held."""


def make_claims(
    cues: Sequence[Cue], false_rate: float, chance: Random, *, telling: bool = False
) -> list[str]:
    """One sentence for each of five to seven channels, or as many as there are, in the cues' order in time.

    A false claim gives its channel a value that no cue of that channel has, and one beyond rest where there is one, so
    that it reads like a reason. Where a clip's cues show every value of a channel, that is impossible and the claim
    is true. Cues outside the vocabulary are left alone.

    Args:
        telling: speak of channels that show a value beyond rest, and of that value. Rest is no reason for any label but
            a neutral one, so that at rest are only as many channels as are lacking to three.
    """
    shown: dict[str, list[Cue]] = {}
    for cue in cues:
        if cue.channel in channels() and cue.value in channels()[cue.channel].values:
            shown.setdefault(cue.channel, []).append(cue)
    picked = []
    for channel in _pick_channels(shown, telling, chance):
        beyond_rest = [cue for cue in shown[channel] if not _rests(channel, cue.value)]
        picked.append(chance.choice((telling and beyond_rest) or shown[channel]))
    claims = []
    for cue in sorted(picked, key=lambda cue: cue.start_s):
        value = cue.value
        absent = sorted(channels()[cue.channel].values.keys() - {other.value for other in shown[cue.channel]})
        if chance.random() < false_rate and absent:
            value = chance.choice([each for each in absent if not _rests(cue.channel, each)] or absent)
        claims.append(_sentence(cue, value, chance))
    return claims


def _pick_channels(shown: Mapping[str, Sequence[Cue]], telling: bool, chance: Random) -> list[str]:
    count = chance.randint(*_CLAIMS)
    names = sorted(shown)
    if not telling:
        return chance.sample(names, min(len(names), count))
    tell = [name for name in names if not all(_rests(name, cue.value) for cue in shown[name])]
    rest = [name for name in names if name not in tell]
    lacking = max(0, _FILLED_TO - len(tell))
    return [*chance.sample(tell, min(len(tell), count)), *chance.sample(rest, min(len(rest), lacking))]


def _rests(channel: str, value: str) -> bool:
    return value == channels()[channel].resting


def make_labels(sample: Sample, wrong_rate: float, chance: Random) -> list[str]:
    """The gold labels or, with the given probability, as many others, in the candidates' order.

    Where too few other candidates are left, all of them; where none is, the gold labels.
    """
    others = [label for label in sample.label_set if label not in sample.labels]
    if chance.random() < wrong_rate and others:
        wrong = chance.sample(others, min(len(others), len(sample.labels)))
        return sorted(wrong, key=sample.label_set.index)
    return list(sample.labels)


def _sentence(cue: Cue, value: str, chance: Random) -> str:
    wordings, sentences = _wording()
    claim = chance.choice(wordings[cue.channel, value])
    template = chance.choice(sentences["timed" if chance.random() < _TIMED else "plain"])
    middle_s = (cue.start_s + cue.end_s) / 2
    text = Template(template).substitute(claim=claim, time=f"{middle_s:.1f}")
    return text[0].upper() + text[1:]


@cache
def _wording() -> tuple[dict[tuple[str, str], list[str]], dict[str, list[str]]]:
    """All wordings of each (channel, value), and the sentences that they are put in."""
    text = files("cuewise.models").joinpath("simulated.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    wordings = {
        (channel.name, value): [say, *table["wordings"].get(channel.name, {}).get(value, [])]
        for channel in channels().values()
        for value, say in channel.values.items()
    }
    return wordings, table["sentences"]
