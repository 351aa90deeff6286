"""The judge by rules under the grounded protocol: what earns, what does not, and that truisms never do."""

from __future__ import annotations

import asyncio
import tomllib
from functools import cache
from importlib.resources import files
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuewise.cues import channels
from cuewise.records import (
    Clip,
    Cue,
    Decision,
    Evidence,
    EvidenceKind,
    LabelReading,
    LabelStatus,
    Measure,
    Protocol,
    Sample,
    Step,
    Verdict,
)
from cuewise.scores.grounding import said_before
from cuewise.scores.sample import score_verdicts
from cuewise.verdicts.rules import RuleJudge, ground_reason, ground_reasons, judge_reason, names_neutral
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
SAMPLE = Sample(
    id="T/a", task="T", clip=Clip(id="a"), question="?", label_set=("anger", "fear", "joy"), labels=("joy",)
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
        ("The median pitch is 200 Hz.", SUPPORTED, False, ("A1",)),
        ("The median pitch is 120 Hz.", CONTRADICTED, True, ("A1",)),
        # What is absent holds of most clips; with a claim beside it the step earns by that claim.
        ("The mouth is not sneering.", SUPPORTED, False, ("C3",)),
        ("She is not smiling.", CONTRADICTED, True, ("C3",)),
        ("The mouth is not sneering and the brows are raised.", SUPPORTED, True, ("C3", "C1")),
        # A figure says nothing of a feeling by itself, however narrow; words for it do.
        ("The pitch is high, between 170 and 240 Hz.", SUPPORTED, True, ("C4", "A1")),
        ("The pitch lies between 199 and 201 Hz.", SUPPORTED, False, ("A1",)),
        ("The pitch lies between 160 and 240 Hz.", SUPPORTED, False, ("A1",)),
        ("The pitch lies between 60 and 120 Hz.", CONTRADICTED, True, ("A1",)),
        ("The level is -20 dB.", SUPPORTED, False, ("A2",)),
        ("The level is -25 dB to -18 dB.", SUPPORTED, False, ("A2",)),
        ("She speaks at 5 syllables per second.", SUPPORTED, False, ("A3",)),
        ("She speaks at 3.5 to 4.9 syllables per second.", SUPPORTED, False, ("A3",)),
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
        # A wording of subject and state in one, with its denial inside.
        ("The mouth is not frowning.", SUPPORTED, False, ("C3",)),
        ("The mouth is not smiling.", CONTRADICTED, True, ("C3",)),
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


# --- at rest ---------------------------------------------------------------------------------------

RESTING = {
    "brows": "relaxed", "eyes": "steady", "mouth": "relaxed", "head": "upright", "pitch": "medium", "rate": "medium",
    "loudness": "medium",
}  # fmt: skip
AT_REST = tuple(cue(number, *shown) for number, shown in enumerate(RESTING.items(), 1))


def test_every_channel_has_a_resting_value_of_its_own() -> None:
    assert {channel.name: channel.resting for channel in channels().values()} == RESTING
    assert all(channel.resting in channel.values for channel in channels().values())


@pytest.mark.parametrize(("channel", "value"), VALUES)
def test_rest_bears_on_a_neutral_label_alone(channel: str, value: str) -> None:
    """On a clip that is at rest but for this one channel."""
    says = channels()[channel].values[value]
    shown = (
        *(piece for piece in AT_REST if piece.cue and piece.cue.channel != channel),
        cue(9, channel, value),
    )
    resting = value == RESTING[channel]
    for neutral in (False, True):
        verdict = ground_reason(Step(index=1, text=f"Here {says}."), shown, neutral=neutral)
        assert (verdict.decision, verdict.evidence) == (SUPPORTED, ("C9",))
        assert verdict.rating == verdict.relevant == (neutral or not resting)
        assert ("but a neutral one" in verdict.reason) == (resting and not neutral)


@pytest.mark.parametrize(
    ("moved", "relevant"),
    [((), True), (("brows", "mouth", "pitch"), True), (("brows", "mouth", "pitch", "rate"), False)],
)
def test_rest_is_a_reason_for_neutral_only_where_most_of_the_person_rests(
    moved: tuple[str, ...], relevant: bool
) -> None:
    """Of seven channels four at rest are most, three are not; a channel that rests and moves does not rest."""
    moves = [
        cue(number, name, next(iter(channels()[name].values)), 2, 3) for number, name in enumerate(moved, 11)
    ]
    verdict = ground_reason(
        Step(index=1, text="The eyes look straight ahead."), (*AT_REST, *moves), neutral=True
    )
    assert (verdict.decision, verdict.relevant) == (SUPPORTED, relevant)
    assert ("most of the person is not" in verdict.reason) != relevant


def test_rest_beside_what_tells_bears_on_the_label() -> None:
    verdict = ground("Her eyes look straight ahead and she smiles.", (*EVIDENCE, cue(9, "eyes", "steady")))
    assert (verdict.decision, verdict.relevant, verdict.rating) == (SUPPORTED, True, 1)
    apart = ground(
        "Her eyes look straight ahead and her mouth is not frowning.", (*EVIDENCE, cue(9, "eyes", "steady"))
    )
    assert (apart.decision, apart.relevant, apart.rating) == (SUPPORTED, False, 0)


@pytest.mark.parametrize(
    ("labels", "neutral"),
    [(("neutral",), True), (("Neutral",), True), (("angry", "neutral"), False), (("happy",), False), ((), False),
     (("Other",), False), (("Peace",), False), (None, False)],
)  # fmt: skip
def test_which_labels_are_neutral(labels: tuple[str, ...] | None, neutral: bool) -> None:
    assert names_neutral(Step(index=1, text="x", labels=labels)) is neutral


def test_a_wording_with_two_readings_tells_only_where_neither_is_contradicted() -> None:
    for shown, rating in (
        ((cue(1, "pitch", "low"), cue(2, "loudness", "soft")), 1),
        ((cue(1, "pitch", "low"),), 1),
        ((cue(1, "pitch", "low"), cue(2, "loudness", "loud")), 0),
        ((cue(1, "pitch", "high"), cue(2, "loudness", "soft")), 0),
    ):
        verdict = ground("She speaks in a low voice.", shown)
        assert (verdict.decision, verdict.rating) == (SUPPORTED, rating)


# --- said again ------------------------------------------------------------------------------------


def judged(texts: list[str], evidence: tuple[Evidence, ...] = EVIDENCE) -> list[Verdict]:
    """Verdicts on reasons with these texts, of an answer that names joy."""
    steps = [Step(index=number, text=text) for number, text in enumerate(texts, 1)]
    label = Step(index=len(steps) + 1, text="Joy", labels=("joy",))
    verdicts = asyncio.run(RuleJudge(Protocol.GROUNDED).judge(SAMPLE, (*steps, label), evidence, None))
    return [*verdicts[:-1]]


def reasoning(texts: list[str], evidence: tuple[Evidence, ...] = EVIDENCE) -> float:
    steps = [Step(index=number, text=text) for number, text in enumerate(texts, 1)]
    label = Step(index=len(steps) + 1, text="Joy", labels=("joy",))
    verdicts = [*judged(texts, evidence), Verdict(step=label.index, rating=1)]
    reading = LabelReading(status=LabelStatus.MATCHED, labels=("joy",), taxonomy=1)
    return score_verdicts(
        SAMPLE, [*steps, label], verdicts, reading, protocol=Protocol.GROUNDED, evidence=evidence
    ).reasoning


@pytest.mark.parametrize(
    ("texts", "repeats"),
    [
        (["Her eyebrows are raised.", "The brows are lifted.", "She raises her brows."], [None, 1, 1]),
        # False ones as true ones; what is denied is not what is said.
        (["The mouth is frowning.", "The corners of the mouth are pulled down."], [None, 1]),
        (["She smiles.", "She does not smile.", "There is no smile."], [None, None, 2]),
        # A part of one step, of several together, and something new beside something said.
        (["She smiles and her brows are raised.", "Her brows are raised."], [None, 1]),
        (["She smiles.", "Her brows are raised.", "She smiles, with raised brows."], [None, None, 2]),
        (["She smiles.", "She smiles, with raised brows."], [None, None]),
        # What cannot be checked repeats too; what claims nothing repeats nothing.
        (["The head nods.", "She nods."], [None, 1]),
        (["She seems happy.", "She appears to be in joy."], [None, None]),
        # Times: C1 shows from 0 to 1.5 s, C2 from 2.5 to 4 s.
        (["At 0.2 s the brows are raised.", "At 1.4 s the brows are raised."], [None, 1]),
        (["At 0.2 s the brows are raised.", "At 3.0 s the brows are raised."], [None, None]),
        (["At 0.2 s the brows are raised.", "The brows are raised.", "At 3.0 s the brows go up."], [None, 1, None]),
        (["The brows are raised.", "At 3.0 s the brows are raised."], [None, 1]),
        # Nothing is annotated for the head: times more than twice 0.25 s apart are two.
        (["At 1.0 s she nods.", "At 1.4 s she nods.", "At 2.0 s she nods."], [None, 1, None]),
        # Either reading will do.
        (["He frowns.", "The mouth is frowning.", "The brows are furrowed."], [None, 1, 1]),
        # Figures that one voice could have: 200 Hz allows for 178 to 224 Hz, 240 Hz for 214 to 269 Hz.
        (["The pitch is 200 Hz.", "The median pitch is 240 Hz.", "The pitch is 300 Hz."], [None, 1, None]),
        (["There is one pause.", "There are two pauses."], [None, 1]),
        (["She pauses at 0.5 s.", "She pauses at 0.9 s."], [None, 1]),
    ],
)  # fmt: skip
def test_what_repeats(texts: list[str], repeats: list[int | None]) -> None:
    assert [verdict.repeats for verdict in judged(texts)] == repeats


def test_what_was_said_before_does_not_make_a_step_bear_on_the_label() -> None:
    """Else one true claim could be said again beside each of many that hold of most clips."""
    both = "She smiles, and the eyes look straight ahead."
    shown = (*EVIDENCE, cue(9, "eyes", "steady"))
    first, again = judged(["She smiles.", both], shown)
    assert (first.rating, again.decision, again.relevant, again.rating) == (1, SUPPORTED, False, 0)
    assert judged([both], shown)[0].rating == 1


def test_the_older_protocol_does_not_know_repeats() -> None:
    steps = [Step(index=number, text="She smiles.") for number in (1, 2)]
    verdicts = asyncio.run(
        RuleJudge().judge(SAMPLE, (*steps, Step(index=3, text="Joy", labels=("joy",))), EVIDENCE, None)
    )
    assert [(verdict.rating, verdict.repeats) for verdict in verdicts[:2]] == [(1, None), (1, None)]


@cache
def wordings() -> dict[tuple[str, str], list[str]]:
    """All wordings of the simulated models for each (channel, value)."""
    table = tomllib.loads(files("cuewise.models").joinpath("simulated.toml").read_text(encoding="utf-8"))
    return {
        (channel, value): [channels()[channel].values[value], *table["wordings"][channel][value]]
        for channel, value in VALUES
    }


TIMES = st.sampled_from(["", " at 0.4 s", " at 3.0 s"])
CLAIMS = st.lists(st.tuples(st.sampled_from(VALUES), TIMES), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(CLAIMS, min_size=1, max_size=5), st.data())
def test_padding_with_ones_own_reasons_in_other_words_changes_nothing(
    said: list[list[tuple[tuple[str, str], str]]], data: st.DataObject
) -> None:
    def words(claims: list[tuple[tuple[str, str], str]]) -> str:
        return " ".join(f"Here {data.draw(st.sampled_from(wordings()[claim]))}{at}." for claim, at in claims)

    texts = [words(claims) for claims in said]
    padding = [words(claims) for claims in data.draw(st.lists(st.sampled_from(said), max_size=8))]
    shown = (*EVIDENCE, cue(8, "eyes", "steady"), cue(9, "rate", "slow", 0, 2))
    assert reasoning([*texts, *padding], shown) == pytest.approx(reasoning(texts, shown))
    steps = [Step(index=number, text=text) for number, text in enumerate([*texts, *padding], 1)]
    assert all(said_before(steps, judged([*texts, *padding], shown))[len(texts) :])


def test_ten_wordings_of_one_true_claim_lift_nobody() -> None:
    """Of a true claim and a false one half earns; so it does with the true one in ten wordings, or the false one."""
    true = [
        "The brows are raised.",
        "Both eyebrows go up.",
        "The eyebrows are lifted.",
        "She raises her brows.",
    ]
    false = [
        "The mouth is frowning.",
        "The corners of the mouth are turned down.",
        "The mouth corners droop.",
    ]
    for texts in ([true[0], false[0]], [*true * 3, false[0]], [true[0], *false * 3], [*true, *false]):
        assert reasoning(texts) == 0.5


def test_a_reason_for_no_label_earns_nothing() -> None:
    cue = Cue(channel="mouth", value="smiling", start_s=0, end_s=1)
    evidence = (Evidence(id="C1", kind=EvidenceKind.CUE, start_s=0, end_s=1, cue=cue),)
    smiles = Step(index=1, text="The corners of the mouth are turned up in a smile.")
    for labels, points in ((("happy",), 1), ((), 0)):
        (verdict,) = ground_reasons([smiles, Step(index=2, text="So it is.", labels=labels)], evidence)
        assert (verdict.decision, verdict.rating) == (Decision.SUPPORTED, points)
