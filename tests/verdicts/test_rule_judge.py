"""The judge by rules: decisions, what they cite, and ratings, against evidence written by hand."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import Clip, Cue, Decision, Evidence, EvidenceKind, Measure, Sample, Step, Verdict
from cuewise.verdicts.rules import RuleJudge, judge_label, judge_reason

SUPPORTED, CONTRADICTED, UNVERIFIABLE = Decision.SUPPORTED, Decision.CONTRADICTED, Decision.UNVERIFIABLE


def cue(number: int, channel: str, value: str, start_s: float = 0, end_s: float = 4) -> Evidence:
    shown = Cue(channel=channel, value=value, start_s=start_s, end_s=end_s)
    return Evidence(id=f"C{number}", kind=EvidenceKind.CUE, start_s=start_s, end_s=end_s, cue=shown)


def measure(
    number: int, name: str, value: float, unit: str, start_s: float = 0, end_s: float = 4
) -> Evidence:
    return Evidence(
        id=f"A{number}",
        kind=EvidenceKind.AUDIO,
        start_s=start_s,
        end_s=end_s,
        text=name,
        measure=Measure(name=name, value=value, unit=unit),
    )


EVIDENCE = (
    measure(1, "f0_median", 200.0, "Hz"),
    measure(2, "loudness", -20.0, "dBFS"),
    measure(3, "rate", 5.0, "syllables/s"),
    measure(4, "pauses", 2, "count"),
    measure(5, "pause", 0.4, "s", 1.0, 1.4),
    measure(6, "pause", 0.5, "s", 2.5, 3.0),
    cue(1, "brows", "raised", 0.0, 1.5),
    cue(2, "brows", "furrowed", 2.5, 4.0),
    cue(3, "mouth", "smiling"),
    cue(4, "pitch", "high"),
    cue(5, "loudness", "medium"),
)


def reason(text: str, evidence: tuple[Evidence, ...] = EVIDENCE) -> Verdict:
    return judge_reason(Step(index=1, text=text), evidence)


@pytest.mark.parametrize(
    ("text", "decision", "cited"),
    [
        ("Her eyebrows are raised.", SUPPORTED, ("C1",)),
        ("Her eyebrows are raised at 1.0 s.", SUPPORTED, ("C1",)),
        ("Her eyebrows are raised at 3.0 s.", CONTRADICTED, ("C2",)),
        # 1.7 s lies 0.2 s after the end of C1, within the tolerance of 0.25 s; 2.0 s is covered by no cue.
        ("Her eyebrows are raised at 1.7 s.", SUPPORTED, ("C1",)),
        ("Her eyebrows are raised at 2.0 s.", UNVERIFIABLE, ()),
        ("Her eyebrows are relaxed.", CONTRADICTED, ("C1", "C2")),
        ("Her eyebrows are not relaxed.", SUPPORTED, ("C1", "C2")),
        ("There is no smile.", CONTRADICTED, ("C3",)),
        ("There is no smile, and the head nods.", CONTRADICTED, ("C3",)),
        ("She smiles with relaxed brows.", CONTRADICTED, ("C1", "C2")),
        ("She smiles and her voice is high-pitched.", SUPPORTED, ("C3", "C4")),
        ("The head is tilted.", UNVERIFIABLE, ()),
        ("She seems to be in a good mood.", UNVERIFIABLE, ()),
        # "a low voice" may mean pitch (high, so no) or loudness (medium, so no): both readings fail.
        ("She speaks in a low voice.", CONTRADICTED, ("C4",)),
        # "frowns" may mean the mouth (smiling) or the brows (furrowed in C2).
        ("She frowns.", SUPPORTED, ("C2",)),
    ],
)
def test_claims_about_cues(text: str, decision: Decision, cited: tuple[str, ...]) -> None:
    verdict = reason(text)
    assert (verdict.decision, verdict.evidence) == (decision, cited)
    assert verdict.rating == (0 if decision is CONTRADICTED else 1)
    assert verdict.reason


@pytest.mark.parametrize(
    ("text", "decision", "cited"),
    [
        # Pitch: 200 Hz measured, two semitones are a factor of 1.1225: 178.2 to 224.5 Hz agree.
        ("The median pitch is 200 Hz.", SUPPORTED, ("A1",)),
        ("The pitch is around 179 Hz.", SUPPORTED, ("A1",)),
        ("The pitch is around 177 Hz.", CONTRADICTED, ("A1",)),
        ("F0 averages 224 Hz.", SUPPORTED, ("A1",)),
        ("F0 averages 226 Hz.", CONTRADICTED, ("A1",)),
        ("The pitch lies between 180 and 240 Hz.", SUPPORTED, ("A1",)),
        ("The pitch lies at 90-120 Hz.", CONTRADICTED, ("A1",)),
        ("The pitch rises to 400 Hz.", UNVERIFIABLE, ()),
        # Level: -20 dB measured, 3 dB either way.
        ("The level is about -22.5 dB.", SUPPORTED, ("A2",)),
        ("The level is about -30 dBFS.", CONTRADICTED, ("A2",)),
        ("The level is about 65 dB.", UNVERIFIABLE, ()),
        # Rate: 5 measured; 4.2 to 6.2 agree, as 4.2 x 1.2 = 5.04 and 6.2 x 0.8 = 4.96.
        ("She speaks at 4.2 syllables per second.", SUPPORTED, ("A3",)),
        ("She speaks at 4.1 syllables per second.", CONTRADICTED, ("A3",)),
        ("She speaks at 6.2 syllables/s.", SUPPORTED, ("A3",)),
        ("She speaks at 6.4 syllables/s.", CONTRADICTED, ("A3",)),
        # Pauses: two, at 1.0 to 1.4 s and 2.5 to 3.0 s.
        ("There are two pauses.", SUPPORTED, ("A4",)),
        ("There are 3 long pauses.", SUPPORTED, ("A4",)),
        ("There are four pauses.", CONTRADICTED, ("A4",)),
        ("There are no pauses.", CONTRADICTED, ("A4", "A5", "A6")),
        ("She goes on without pausing.", CONTRADICTED, ("A4", "A5", "A6")),
        ("She pauses at 1.2 s.", SUPPORTED, ("A5",)),
        ("A pause follows at 3.2 s.", SUPPORTED, ("A6",)),
        ("A pause follows at 2.0 s.", CONTRADICTED, ("A4",)),
        ("She pauses before she answers.", UNVERIFIABLE, ()),
        # Momentary, extreme or conditional values say nothing about the median.
        ("The pitch is about 300 Hz at the peak.", UNVERIFIABLE, ()),
        ("The pitch starts at 150 Hz and climbs to 300 Hz.", UNVERIFIABLE, ()),
        ("The pitch at its lowest is 150 Hz.", UNVERIFIABLE, ()),
        ("The pitch at 2.0 s is 290 Hz.", UNVERIFIABLE, ()),
        ("The 2nd harmonic of the voice is at 420 Hz.", UNVERIFIABLE, ()),
        ("The level dips to -35 dB at the end.", UNVERIFIABLE, ()),
        ("If he were calm, his pitch would be 120 Hz.", UNVERIFIABLE, ()),
        ("The pitch of the other speaker is 120 Hz.", UNVERIFIABLE, ()),
        ("The background music plays at -40 dB.", UNVERIFIABLE, ()),
        ("The median pitch is 200 Hz, peaking at 400 Hz.", SUPPORTED, ("A1",)),
        ("The pitch peaks at 400 Hz; its median is 120 Hz.", CONTRADICTED, ("A1",)),
        # What is not a pitch, or holds any pitch, supports nothing.
        ("There is voice energy between 100 Hz and 8000 Hz.", UNVERIFIABLE, ()),
        ("The pitch lies between 50 and 800 Hz.", UNVERIFIABLE, ()),
        # 1,210 is a thousand and more; 4,5 is four and a half; 4,500 syllables may be either.
        ("The pitch is 1,210 Hz.", CONTRADICTED, ("A1",)),
        ("The pitch is 1,200 Hz.", CONTRADICTED, ("A1",)),
        ("The pitch is 1 200 Hz.", UNVERIFIABLE, ()),
        ("The pitch is 1.200 Hz.", UNVERIFIABLE, ()),
        ("She speaks at 3,5 syllables per second.", CONTRADICTED, ("A3",)),
        ("She speaks at 4,5 syllables per second.", SUPPORTED, ("A3",)),
        ("She speaks at 4,500 syllables per second.", UNVERIFIABLE, ()),
        # Only a plain "no pauses" says that there is none; "one long pause" leaves room for short ones.
        ("There is no long pause.", UNVERIFIABLE, ()),
        ("She goes on without pausing for breath.", UNVERIFIABLE, ()),
        ("No pause before the word 'why'.", UNVERIFIABLE, ()),
        ("There are no pauses in her speech.", CONTRADICTED, ("A4", "A5", "A6")),
        ("She does not pause at 1.2 s.", UNVERIFIABLE, ()),
        ("One long pause stands out.", SUPPORTED, ("A4",)),
        ("Six long pauses stand out.", CONTRADICTED, ("A4",)),
    ],
)
def test_numbers_about_the_voice(text: str, decision: Decision, cited: tuple[str, ...]) -> None:
    verdict = reason(text)
    assert (verdict.decision, verdict.evidence) == (decision, cited)


@pytest.mark.parametrize(
    "text",
    [
        "If she were angry, her brows would be furrowed.",
        "Sadness typically features lowered brows; none is visible.",
        "There is little evidence of furrowed brows.",
        "Her brows could be furrowed, but it is hard to tell.",
        "Background music is loud.",
        "The open-plan office is loud.",
        "The man's raised brows differ from hers, which are furrowed.",
    ],
)
def test_what_is_supposed_or_said_of_another_contradicts_nothing(text: str) -> None:
    evidence = (cue(1, "brows", "raised"), cue(2, "loudness", "soft"))
    assert reason(text, evidence).decision is UNVERIFIABLE


@pytest.mark.parametrize(
    "text",
    [
        "One might expect furrowed brows, but they are raised.",
        "At first the brows seem furrowed, but they are in fact raised.",
        "The other speaker is loud while she is quiet.",
    ],
)
def test_what_the_sentence_turns_to_is_judged(text: str) -> None:
    evidence = (cue(1, "brows", "raised"), cue(2, "loudness", "soft"))
    assert reason(text, evidence).decision is SUPPORTED


@pytest.mark.parametrize("text", ["no long pause", "goes on without pausing for breath", "many pauses"])
def test_one_short_pause_does_not_contradict(text: str) -> None:
    evidence = (measure(1, "pauses", 1, "count"), measure(2, "pause", 0.4, "s", 1.0, 1.4))
    assert reason(f"There is {text}.", evidence).decision is UNVERIFIABLE


def test_nothing_measured_and_nothing_annotated_leaves_every_step_unverifiable() -> None:
    verdict = reason("The pitch is 200 Hz, there are no pauses, and she smiles.", ())
    assert (verdict.decision, verdict.rating, verdict.evidence) == (UNVERIFIABLE, 1, ())


def test_findings_come_in_the_order_of_the_sentence() -> None:
    verdict = reason("The brows and lips are relaxed.")
    assert verdict.reason == ("brows relaxed: C1, C2 show raised, furrowed; mouth relaxed: C3 shows smiling")


def test_what_was_checked_is_told_beside_what_is_cited() -> None:
    """Two cues of the brows and three measures; the head is not annotated, and sound is not asked about."""
    assert reason("Her eyebrows are raised.").checked == ("C1", "C2")
    assert reason("Her eyebrows are raised at 1.0 s.").checked == ("C1",)
    assert reason("The head is tilted.").checked == ()
    assert reason("The median pitch is 200 Hz and she smiles.").checked == ("C3", "A1")
    assert reason("She speaks in a low voice.").checked == ("C4", "C5")
    assert reason("There is nothing to see.").checked == ()


def sample(labels: tuple[str, ...], *, multi_label: bool = False) -> Sample:
    return Sample(
        id="T/a",
        task="T",
        clip=Clip(id="a"),
        question="?",
        label_set=("anger", "disgust", "fear", "sadness"),
        labels=labels,
        multi_label=multi_label,
    )


@pytest.mark.parametrize(
    ("gold", "predicted", "multi_label", "rating"),
    [
        (("anger",), ("anger",), False, 1),
        (("anger",), ("fear",), False, 0),
        (("anger",), ("anger", "fear"), False, 0),  # hedging is not an answer
        (("anger",), (), False, 0),
        (("anger", "fear"), ("anger",), True, 1 / 2),
        (("anger", "fear", "disgust"), ("fear", "disgust", "sadness"), True, 2 / 3),
        (("anger", "fear"), ("fear", "anger"), True, 1),
        (("anger",), ("anger", "disgust", "fear", "sadness"), True, 1),  # recall only, as in the paper
        (("anger", "fear"), (), True, 0),
    ],
)
def test_the_label_step(
    gold: tuple[str, ...], predicted: tuple[str, ...], multi_label: bool, rating: float
) -> None:
    verdict = judge_label(Step(index=3, text="-", labels=predicted), sample(gold, multi_label=multi_label))
    assert verdict.step == 3
    assert verdict.rating == pytest.approx(rating)
    assert verdict.decision is (SUPPORTED if rating else CONTRADICTED)


@given(st.lists(st.text(max_size=200), min_size=1, max_size=8))
def test_one_verdict_per_step_whatever_the_text(texts: list[str]) -> None:
    steps = [Step(index=index, text=text) for index, text in enumerate(texts, 1)]
    steps[-1] = steps[-1].model_copy(update={"labels": ("anger",)})
    verdicts = asyncio.run(RuleJudge().judge(sample(("anger",)), steps, EVIDENCE, None))
    assert [verdict.step for verdict in verdicts] == [step.index for step in steps]
    known = {piece.id for piece in EVIDENCE}
    assert all(set(verdict.evidence) <= known and verdict.reason for verdict in verdicts)
    assert verdicts[-1].rating == 1


def test_what_models_wrote_of_a_clip_is_nothing_to_the_rules() -> None:
    written = tuple(
        Evidence(id=id_, kind=kind, start_s=0, end_s=1, text="The brows are raised. The pitch is 210 Hz.")
        for id_, kind in (("A1", EvidenceKind.AUDIO), ("D1", EvidenceKind.DESCRIPTION))
    )
    for text in ("The brows are raised.", "The pitch is 210 Hz."):
        verdict = reason(text, written)
        assert verdict.decision is UNVERIFIABLE
        assert verdict.evidence == verdict.checked == ()
