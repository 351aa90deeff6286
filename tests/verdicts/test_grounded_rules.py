"""The judge by rules under the grounded protocol: what earns, what does not, and that truisms never do."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest

from cuewise.cues import channels
from cuewise.records import (
    Clip,
    Cue,
    Decision,
    Evidence,
    EvidenceKind,
    Measure,
    Protocol,
    Sample,
    Step,
    Verdict,
)
from cuewise.verdicts.rules import RuleJudge, ground_reason, judge_reason
from verdicts.truisms import TRUISMS, WITH_CUE_WORDS

SUPPORTED, CONTRADICTED, UNVERIFIABLE = Decision.SUPPORTED, Decision.CONTRADICTED, Decision.UNVERIFIABLE


def cue(number: int, channel: str, value: str, start_s: float = 0, end_s: float = 4) -> Evidence:
    shown = Cue(channel=channel, value=value, start_s=start_s, end_s=end_s)
    return Evidence(id=f"C{number}", kind=EvidenceKind.CUE, start_s=start_s, end_s=end_s, cue=shown)


def voice(f0_hz: float, level_db: float, rate: float, n_pauses: int) -> tuple[Evidence, ...]:
    """A measured voice: A1 pitch, A2 level, A3 rate, A4 number of pauses, A5... the pauses of 0.4 s, one a second."""
    whole = (("f0_median", f0_hz, "Hz"), ("loudness", level_db, "dBFS"), ("rate", rate, "syllables/s"))
    measures = [*whole, ("pauses", n_pauses, "count"), *[("pause", 0.4, "s")] * n_pauses]
    return tuple(
        Evidence(
            id=f"A{number}",
            kind=EvidenceKind.AUDIO,
            start_s=number - 4.5 if number > 4 else 0,
            end_s=number - 4.1 if number > 4 else 4,
            text=name,
            measure=Measure(name=name, value=value, unit=unit),
        )
        for number, (name, value, unit) in enumerate(measures, 1)
    )


EVIDENCE = (
    *voice(200.0, -20.0, 5.0, 1),
    cue(1, "brows", "raised", 0.0, 1.5),
    cue(2, "brows", "furrowed", 2.5, 4.0),
    cue(3, "mouth", "smiling"),
    cue(4, "pitch", "high"),
)


def ground(text: str, evidence: tuple[Evidence, ...] = EVIDENCE) -> Verdict:
    return ground_reason(Step(index=1, text=text), evidence)


@pytest.mark.parametrize(
    ("text", "decision", "relevant", "cited"),
    [
        ("Her eyebrows are raised.", SUPPORTED, True, ("C1",)),
        ("She smiles.", SUPPORTED, True, ("C3",)),
        ("The mouth is frowning.", CONTRADICTED, True, ("C3",)),
        ("The head is tilted.", UNVERIFIABLE, False, ()),
        ("She seems to be in a good mood.", UNVERIFIABLE, False, ()),
        ("The median pitch is 200 Hz.", SUPPORTED, True, ("A1",)),
        ("The median pitch is 120 Hz.", CONTRADICTED, True, ("A1",)),
        # What is absent holds of most clips; with a claim beside it the step earns by that claim.
        ("The mouth is not sneering.", SUPPORTED, False, ("C3",)),
        ("She is not smiling.", CONTRADICTED, True, ("C3",)),
        ("The mouth is not sneering and the brows are raised.", SUPPORTED, True, ("C3", "C1")),
        # Intervals: 6 semitones are a factor of 1.414; 170 to 240 Hz lie within, 160 to 240 Hz do not.
        ("The pitch lies between 170 and 240 Hz.", SUPPORTED, True, ("A1",)),
        ("The pitch lies between 160 and 240 Hz.", SUPPORTED, False, ("A1",)),
        ("The pitch lies between 60 and 120 Hz.", CONTRADICTED, True, ("A1",)),
        ("The level is -24 dB to -18 dB.", SUPPORTED, True, ("A2",)),
        ("The level is -25 dB to -18 dB.", SUPPORTED, False, ("A2",)),
        ("She speaks at 4 to 5.6 syllables per second.", SUPPORTED, True, ("A3",)),
        ("She speaks at 4 to 6 syllables per second.", SUPPORTED, False, ("A3",)),
        # One pause is measured, from 0.5 to 0.9 s; a count that is one off passes but says nothing.
        ("There is one pause.", SUPPORTED, True, ("A4",)),
        ("There are two pauses.", SUPPORTED, False, ("A4",)),
        ("There are three pauses.", CONTRADICTED, True, ("A4",)),
        ("There are no pauses.", CONTRADICTED, True, ("A4", "A5")),
        ("She pauses at 0.7 s.", SUPPORTED, True, ("A5",)),
        ("She pauses between 0.0 and 2.0 s.", SUPPORTED, False, ("A5",)),
        # Both values are annotated, one after the other.
        ("The eyebrows are raised and furrowed.", UNVERIFIABLE, False, ()),
        ("The eyebrows are raised. The eyebrows are furrowed.", UNVERIFIABLE, False, ()),
        ("She smiles, and her eyebrows are both raised and furrowed.", UNVERIFIABLE, False, ()),
        ("The eyebrows are raised and relaxed.", CONTRADICTED, True, ("C1", "C2")),
        ("The eyebrows are raised first and then furrowed.", SUPPORTED, True, ("C1", "C2")),
        ("The eyebrows are raised at 1.0 s, and furrowed at 3.0 s.", SUPPORTED, True, ("C1", "C2")),
        ("At 1.0 s the eyebrows are raised, and at 1.1 s the eyebrows are furrowed.", CONTRADICTED, True, ("C1",)),
        # A wording with its denial inside states nothing.
        ("The mouth is not frowning.", UNVERIFIABLE, False, ()),
        # Alternatives state nothing, whether or not one of them shows; an "or" elsewhere takes nothing back.
        ("The eyebrows are raised or relaxed.", UNVERIFIABLE, False, ()),
        ("The eyebrows are slanted or relaxed.", UNVERIFIABLE, False, ()),
        ("Her eyebrows are raised, suggesting surprise or fear.", SUPPORTED, True, ("C1",)),
        ("She smiles in joy or relief.", SUPPORTED, True, ("C3",)),
        ("His/her eyebrows are raised.", SUPPORTED, True, ("C1",)),
        ("She is more or less smiling.", SUPPORTED, True, ("C3",)),
        ("It can be seen that she smiles.", SUPPORTED, True, ("C3",)),
    ],
)  # fmt: skip
def test_what_earns(text: str, decision: Decision, relevant: bool, cited: tuple[str, ...]) -> None:
    verdict = ground(text)
    assert (verdict.decision, verdict.relevant, verdict.evidence) == (decision, relevant, cited)
    assert verdict.rating == (1 if decision is SUPPORTED and relevant else 0)
    assert set(cited) <= set(verdict.checked)
    assert verdict.reason


VALUES = [(name, value) for name, channel in channels().items() for value in channel.values]
FACES = [
    # Every value of every channel within one clip; then one value each, in turn.
    tuple(cue(number, *shown) for number, shown in enumerate(VALUES, 1)),
    *(
        tuple(
            cue(number, channel.name, [*channel.values][turn % len(channel.values)])
            for number, channel in enumerate(channels().values(), 1)
        )
        for turn in range(6)
    ),
]
VOICES = [voice(110, -30, 3, 0), voice(150, -20, 4, 1), voice(200, -20, 5, 2), voice(250, -12, 6, 3)]


def test_there_are_many_truisms() -> None:
    assert len(set(TRUISMS)) >= 60
    assert len(WITH_CUE_WORDS) >= 30


@pytest.mark.parametrize("text", TRUISMS)
def test_a_truism_earns_nothing_whatever_the_clip_shows(text: str) -> None:
    for face, sound in product(FACES, VOICES):
        verdict = ground(text, (*sound, *face))
        assert verdict.rating == 0, verdict.reason
        assert verdict.decision is UNVERIFIABLE or not verdict.relevant or verdict.decision is CONTRADICTED


@pytest.mark.parametrize("channel", channels().values(), ids=channels())
def test_all_values_of_a_channel_at_once_are_never_supported(channel: object) -> None:
    says = [*getattr(channel, "values").values()]  # noqa: B009 - a mapping called values
    for joint in (" and ", ", ", " while ", " or ", ". "):
        for face in FACES:
            assert ground(f"{joint.join(says)}.", face).decision is not SUPPORTED


def test_the_older_protocol_rates_these_as_it_did() -> None:
    """What earns nothing when grounded passes where only contradictions cost."""
    for text, decision in (
        ("The eyebrows are raised or furrowed.", SUPPORTED),
        ("The mouth is not sneering.", SUPPORTED),
        ("The pitch lies between 100 and 280 Hz.", SUPPORTED),
        ("There is a person.", UNVERIFIABLE),
    ):
        verdict = judge_reason(Step(index=1, text=text), EVIDENCE)
        assert (verdict.decision, verdict.rating, verdict.relevant) == (decision, 1, None)


def test_the_label_step_is_read_and_not_judged_against_the_gold_label() -> None:
    sample = Sample(
        id="T/a",
        task="T",
        clip=Clip(id="a"),
        question="?",
        label_set=("anger", "fear", "joy"),
        labels=("anger", "fear"),
        multi_label=True,
    )
    steps = (Step(index=1, text="She smiles."), Step(index=2, text="Anger or joy", labels=("anger", "joy")))
    judge = RuleJudge(Protocol.GROUNDED)
    reason, label = asyncio.run(judge.judge(sample, steps, EVIDENCE, None))
    assert reason.rating == 1
    # Two named, two gold, one in common: F1 = 2 x 1 / (2 + 2).
    assert (label.rating, label.labels, label.decision) == (0.5, ("anger", "joy"), None)
    assert label.reason == "names anger, joy"
    other = sample.model_copy(update={"labels": ("joy",)})
    blind = [
        verdict.model_copy(update={"rating": 0})
        for verdict in asyncio.run(judge.judge(other, steps, EVIDENCE, None))
    ]
    assert blind == [verdict.model_copy(update={"rating": 0}) for verdict in (reason, label)]
