"""`simulated/attending` does exactly what it is told to, and reads no more than it is given."""

from __future__ import annotations

import asyncio
import math

import pytest

from cuewise.analysis.citing import Sense, cited
from cuewise.errors import InputError
from cuewise.models.attending import Attending, given_in
from cuewise.models.protocol import MediaPart, Message, Modality, Request, TextPart
from cuewise.models.registry import open_model
from cuewise.records import Clip, Cue, MediaRef, Sample, SoundSource

LABELS = ("angry", "happy", "sad", "neutral")
BOTH = (Modality.VIDEO, Modality.AUDIO)
N = 400


def sample(number: int, *, lent: bool = False) -> Sample:
    cues = tuple(
        Cue(channel=channel, value=value, start_s=0, end_s=1)
        for channel, value in (("brows", "raised"), ("mouth", "smiling"), ("pitch", "high"))
    )
    return Sample(
        id=f"T/{number}",
        task="T",
        clip=Clip(id=f"clip{number}"),
        question="?",
        label_set=LABELS,
        labels=("happy",),
        transcript="well done",
        cues=cues,
        sound_from=SoundSource(sample=f"T/{number + 1000}", labels=("sad",)) if lent else None,
    )


def request(of: Sample, given: tuple[Modality, ...]) -> Request:
    parts: list[MediaPart | TextPart] = []
    for modality, mime in ((Modality.VIDEO, "image/jpeg"), (Modality.AUDIO, "audio/wav")):
        if modality in given:
            parts.append(MediaPart(media=MediaRef(sha256="0" * 64, mime=mime, size_bytes=1)))
    words = f"These words are spoken: {of.transcript}" if Modality.TEXT in given else "What is felt?"
    return Request(messages=(Message(role="user", parts=(*parts, TextPart(text=words))),), sample=of)


def answers(given: tuple[Modality, ...], *, lent: bool = False, **rates: float) -> list[list[str]]:
    """Lines of the answers to `N` samples."""
    model = Attending({name: str(rate) for name, rate in rates.items()})
    return [
        asyncio.run(model.generate(request(sample(n, lent=lent), given))).text.split("\n") for n in range(N)
    ]


def share(found: list[list[str]], label: str) -> float:
    return sum(lines[-1] == f"Final answer: {label}" for lines in found) / N


def near(rate: float) -> object:
    return pytest.approx(rate, abs=3.5 * math.sqrt(rate * (1 - rate) / N) + 1e-9)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ((Modality.VIDEO,), 0.6),
        ((Modality.AUDIO,), 0.4),
        ((Modality.TEXT,), 0.3),
        (BOTH, 1 - 0.4 * 0.6),
        ((), 0.0),
    ],
)
def test_each_modality_is_read_as_often_as_told_and_together_by_any(
    given: tuple[Modality, ...], read: float
) -> None:
    found = answers(given, sees=0.6, hears=0.4, reads=0.3)
    assert share(found, "happy") == near(read + (1 - read) / 4), "what is not read is guessed among four"


def test_in_conflict_the_sound_is_followed_as_often_as_told() -> None:
    found = answers(BOTH, lent=True, sees=1, hears=1, follows_sound=0.3)
    assert share(found, "sad") == near(0.3)
    assert share(found, "happy") == near(0.7)


def test_it_speaks_of_what_it_is_given_and_invents_as_often_as_told() -> None:
    def citing(given: tuple[Modality, ...], sense: Sense, invents: float) -> float:
        found = answers(given, invents=invents)
        return sum(any(sense in cited(line) for line in lines[:-1]) for lines in found) / N

    assert citing(BOTH, Sense.SEEN, 1) == citing(BOTH, Sense.HEARD, 1) == 1
    assert citing((Modality.VIDEO,), Sense.HEARD, 0) == 0
    assert citing((Modality.AUDIO,), Sense.SEEN, 0) == 0
    assert citing((Modality.VIDEO,), Sense.HEARD, 0.3) == near(0.3)


def test_a_sample_that_is_read_rightly_alone_is_so_together() -> None:
    alone, both = answers((Modality.VIDEO,), sees=0.5), answers(BOTH, sees=0.5, hears=0.5)
    never = answers((Modality.VIDEO,), sees=0)
    read = [n for n in range(N) if alone[n][-1] != never[n][-1]]
    assert len(read) > 50
    assert all(both[n][-1] == "Final answer: happy" for n in read)


def test_what_is_in_a_request() -> None:
    for given in ((), (Modality.TEXT,), BOTH, tuple(Modality)):
        assert given_in(request(sample(0), given)) == frozenset(given)


def test_it_opens_by_name_and_refuses_what_it_does_not_know() -> None:
    model = open_model("simulated/attending", read_media=lambda _: b"", args={"sees": "0.9"})
    assert model.parameters["sees"] == 0.9
    with pytest.raises(InputError, match="no argument 'tastes'"):
        Attending({"tastes": "1"})
    with pytest.raises(InputError, match="from 0 to 1"):
        Attending({"sees": "2"})
