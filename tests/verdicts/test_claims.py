"""Claims are read as a careful reader would read them; sentences and expectations are written by hand."""

from __future__ import annotations

import time
import tomllib
from importlib.resources import files
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.cues import channels
from cuewise.verdicts.claims import Claim, read_claims

# (sentence, claims): "channel.value", with "!" before a negated one and "|" between two possible readings.
SENTENCES = [
    # brows
    ("Her eyebrows are raised.", "brows.raised"),
    ("Raised eyebrows dominate the opening.", "brows.raised"),
    ("She raises her eyebrows as the news sinks in.", "brows.raised"),
    ("His brows shoot up.", "brows.raised"),
    ("Both eyebrows lift noticeably.", "brows.raised"),
    ("The arched brows stand out.", "brows.raised"),
    ("brows knitted", "brows.furrowed"),
    ("furrowed eyebrows", "brows.furrowed"),
    ("There is a clear furrowing of the brow.", "brows.furrowed"),
    ("He draws his eyebrows together.", "brows.furrowed"),
    ("The eyebrows are pulled down and together.", "brows.furrowed"),
    ("With lowered brows he faces the other man.", "brows.furrowed"),
    ("The woman's brow is creased.", "brows.furrowed"),
    ("A deep crease between her eyebrows appears.", "brows.furrowed"),
    ("The inner corners of her eyebrows are raised.", "brows.slanted"),
    ("The eyebrows are drawn up and together.", "brows.slanted"),
    ("Her inner brows tilt upward.", "brows.slanted"),
    ("His eyebrows are in a neutral position.", "brows.relaxed"),
    ("The brow is smooth.", "brows.relaxed"),
    # eyes
    ("Her eyes are wide.", "eyes.wide"),
    ("She watches wide-eyed.", "eyes.wide"),
    ("With widened eyes, he stops moving.", "eyes.wide"),
    ("His eyes opened very wide.", "eyes.wide"),
    ("The eyes bulge.", "eyes.wide"),
    ("He squints.", "eyes.narrowed"),
    ("Her narrowed eyes follow him.", "eyes.narrowed"),
    ("He narrows his eyes.", "eyes.narrowed"),
    ("The eyelids are half-closed.", "eyes.narrowed"),
    ("She looks down at the floor.", "eyes.downcast"),
    ("Her gaze drops.", "eyes.downcast"),
    ("He keeps his eyes on the ground.", "eyes.downcast"),
    ("A downcast gaze persists throughout.", "eyes.downcast"),
    ("He lowers his gaze.", "eyes.downcast"),
    ("She maintains eye contact.", "eyes.steady"),
    ("He stares straight ahead.", "eyes.steady"),
    ("Her gaze is fixed on the camera.", "eyes.steady"),
    ("The man looks directly into the camera.", "eyes.steady"),
    # mouth
    ("She smiles.", "mouth.smiling"),
    ("A broad grin spreads across his face.", "mouth.smiling"),
    ("The mouth corners are lifted.", "mouth.smiling"),
    ("Her lips curl up slightly.", "mouth.smiling"),
    ("The corners of her mouth droop.", "mouth.frowning"),
    ("His mouth turns downward.", "mouth.frowning"),
    ("a downturned mouth", "mouth.frowning"),
    ("Her jaw drops.", "mouth.gaping"),
    ("He stands there open-mouthed.", "mouth.gaping"),
    ("The mouth falls open.", "mouth.gaping"),
    ("Her lips form an O shape.", "mouth.gaping"),
    ("mouth agape", "mouth.gaping"),
    ("She presses her lips together.", "mouth.pressed"),
    ("tight lips", "mouth.pressed"),
    ("The lips are pressed into a thin line.", "mouth.pressed"),
    ("He is tight-lipped.", "mouth.pressed"),
    ("Pursed lips are visible.", "mouth.pressed"),
    ("He sneers at the guest.", "mouth.sneering"),
    ("One side of the upper lip is lifted.", "mouth.sneering"),
    ("She raises her upper lip.", "mouth.sneering"),
    ("The mouth is in a neutral position.", "mouth.relaxed"),
    ("Her lips stay relaxed.", "mouth.relaxed"),
    # head
    ("He holds his head high.", "head.upright"),
    ("The head is kept still.", "head.upright"),
    ("Her head is bowed.", "head.lowered"),
    ("He hangs his head.", "head.lowered"),
    ("With his head down, he walks out.", "head.lowered"),
    ("She cocks her head.", "head.tilted"),
    ("A slight head tilt can be seen.", "head.tilted"),
    ("Her head is leaning to the left.", "head.tilted"),
    ("He nods twice.", "head.nodding"),
    ("Her head bobs up and down.", "head.nodding"),
    ("She shakes her head.", "head.shaking"),
    ("Repeated head shakes mark the refusal.", "head.shaking"),
    ("The head moves from side to side.", "head.shaking"),
    # pitch
    ("high-pitched", "pitch.high"),
    ("She speaks at a high pitch.", "pitch.high"),
    ("The pitch is elevated.", "pitch.high"),
    ("Her voice is shrill.", "pitch.high"),
    ("The voice has a moderate pitch.", "pitch.medium"),
    ("The pitch of his voice is average.", "pitch.medium"),
    ("He has a deep voice.", "pitch.low"),
    ("A low-pitched tone is heard.", "pitch.low"),
    ("The pitch stays low.", "pitch.low"),
    # rate
    ("She speaks quickly.", "rate.fast"),
    ("He talks at a rapid pace.", "rate.fast"),
    ("rushed speech", "rate.fast"),
    ("The tempo is fast.", "rate.fast"),
    ("The words tumble out.", "rate.fast"),
    ("Her speech rate is slow.", "rate.slow"),
    ("He speaks slowly.", "rate.slow"),
    ("The delivery is unhurried.", "rate.slow"),
    ("She keeps a steady pace.", "rate.medium"),
    ("The speed of her speech is normal.", "rate.medium"),
    # loudness
    ("raised voice", "loudness.loud"),
    ("He is shouting.", "loudness.loud"),
    ("She raises her voice.", "loudness.loud"),
    ("The volume is high.", "loudness.loud"),
    ("His voice gets louder.", "loudness.loud"),
    ("She whispers.", "loudness.soft"),
    ("in a hushed tone", "loudness.soft"),
    ("The voice is barely audible.", "loudness.soft"),
    ("He speaks quietly.", "loudness.soft"),
    ("The volume is low.", "loudness.soft"),
    ("The voice has a normal volume.", "loudness.medium"),
    ("The volume of her speech is moderate.", "loudness.medium"),
    # several claims
    ("Her brows are raised and her eyes are wide.", "brows.raised eyes.wide"),
    ("Wide eyes, raised brows and an open mouth.", "eyes.wide brows.raised mouth.gaping"),
    ("The voice is loud and high in pitch.", "loudness.loud pitch.high"),
    ("A loud, fast voice.", "loudness.loud rate.fast"),
    ("The brows and lips are relaxed.", "brows.relaxed mouth.relaxed"),
    ("The voice is soft, the pace slow and the pitch low.", "loudness.soft rate.slow pitch.low"),
    ("Eyebrows knitted, lips pressed, head lowered.", "brows.furrowed mouth.pressed head.lowered"),
    ("The eyebrows are raised first and then drawn together.", "brows.raised brows.furrowed"),
    ("She nods slowly while speaking quietly.", "head.nodding loudness.soft"),
    ("Her high-pitched voice and rapid speech stand out.", "pitch.high rate.fast"),
    ("Facial cues: furrowed brow, narrowed eyes, and a tight mouth.", "brows.furrowed eyes.narrowed mouth.pressed"),
    ("Brows: raised; mouth: smiling.", "brows.raised mouth.smiling"),
    # as people write
    ("The speaker's tone is raised and forceful, indicating anger.", "loudness.loud"),
    ("The tone starts high and then drops sharply to a lower register.", "pitch.high pitch.low"),
    ("There is a faint smile in her voice, and the pace of her speech is quick.", "mouth.smiling rate.fast"),
    ("A raised volume, a faster pace and a forceful tone mark the outburst.", "loudness.loud rate.fast"),
    ("The sudden widening of the eyes precedes a scream.", "eyes.wide loudness.loud"),
    ("Her voice is subdued, almost a whisper, and she looks down.", "loudness.soft eyes.downcast"),
    # negation
    ("no smile", "!mouth.smiling"),
    ("The eyebrows are not raised.", "!brows.raised"),
    ("Her brows aren't furrowed.", "!brows.furrowed"),
    ("She never nods.", "!head.nodding"),
    ("There is no sign of a smile.", "!mouth.smiling"),
    ("He answers without raising his voice.", "!loudness.loud"),
    ("The voice is neither loud nor high-pitched.", "!loudness.loud !pitch.high"),
    ("The head isn't lowered but held upright.", "!head.lowered head.upright"),
    ("The voice is not loud but soft.", "!loudness.loud loudness.soft"),
    ("He does not speak quickly.", "!rate.fast"),
    ("A smile is absent.", "!mouth.smiling"),
    ("The voice is not only loud but also fast.", "loudness.loud rate.fast"),
    ("Her eyes are narrowed rather than wide.", "eyes.narrowed !eyes.wide"),
    ("He speaks instead of whispering.", "!loudness.soft"),
    ("There are no raised eyebrows or widened eyes.", "!brows.raised !eyes.wide"),
    # hedges and others that leave a claim standing
    ("Her raised brows may indicate surprise.", "brows.raised"),
    ("Her brows are raised, which could mean surprise.", "brows.raised"),
    ("She may be upset: her brows are furrowed.", "brows.furrowed"),
    ("This might be anger because her brows are furrowed.", "brows.furrowed"),
    ("She raises her brows as if surprised.", "brows.raised"),
    ("She can be heard shouting.", "loudness.loud"),
    ("She could be heard shouting.", "loudness.loud"),
    ("One might expect furrowed brows, but they are raised.", "brows.raised"),
    ("At first the brows seem furrowed, but they are in fact raised.", "brows.raised"),
    ("The other speaker is loud while she is quiet.", "loudness.soft"),
    ("Over the background noise she speaks quietly.", "loudness.soft"),
    ("Her voice is soft over the loud music.", "loudness.soft"),
    ("The music swells and her brows are raised.", "brows.raised"),
    ("The voice in the office is loud.", "loudness.loud"),
    ("The recording features a high-pitched voice.", "pitch.high"),
    ("He smiles at his friend.", "mouth.smiling"),
    # either way
    ("She speaks in a low voice.", "pitch.low|loudness.soft"),
    ("He frowns.", "mouth.frowning|brows.furrowed"),
    ("His brows form a frown.", "brows.furrowed"),
    ("Her mouth forms a frown.", "mouth.frowning"),
]  # fmt: skip

# Sentences that claim nothing the vocabulary covers, though many of their words are in it.
SILENT = [
    "Her voice trembles.",
    "He seems tense and uneasy.",
    "The raised hand trembles.",
    "Her shoulders are lowered.",
    "A wide gesture follows.",
    "The high energy of the scene is striking.",
    "The lights are low.",
    "His fists are pressed together.",
    "The camera is tilted.",
    "Her hands are shaking.",
    "There is a slow-motion shot of the room.",
    "She wears headphones.",
    "The face looks relaxed.",
    "The audio has low quality.",
    "He has a steady job.",
    "This points to surprise.",
    "The overall context suggests an argument.",
    "He says the quarterly figures look fine.",
    "The head of the department enters.",
    "Fast movements of the hands are visible.",
    "The speaker sighs.",
    "Loud music plays.",
    "I cannot see whether she smiles.",
    "It is hard to tell if the eyebrows are raised.",
    # supposed, usual or doubted
    "If she were angry, her brows would be furrowed.",
    "Sadness typically features lowered brows; none is visible.",
    "Furrowed brows would suggest anger.",
    "There is little evidence of furrowed brows.",
    "Her brows could be furrowed, but it is hard to tell.",
    "Her brows look furrowed, though it is hard to say.",
    "The brows are possibly furrowed.",
    "Usually, the brows are lowered in sadness.",
    "At first the brows seem furrowed, but that is a shadow.",
    # said of something or somebody else
    "Background music is loud.",
    "The open-plan office is loud.",
    "The voice of the other speaker is loud.",
    "The other speaker's voice is loud.",
    "The crowd behind her is shouting.",
    "His friend smiles.",
    "The man in the background smiles.",
    "The man's raised brows differ from hers, which are furrowed.",
    "Unlike his, her brows are furrowed.",
    "The speech indicates deep distress.",
    "Her voice carries high levels of tension.",
    "Repeated words show deep-seated frustration.",
    "",
    "…",
]


def shown(claim: Claim) -> str:
    return "!" * claim.negated + "|".join(f"{channel}.{value}" for channel, value in claim.readings)


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES)
def test_reads_what_is_claimed(sentence: str, expected: str) -> None:
    assert sorted(map(shown, read_claims(sentence))) == sorted(expected.split())


DENIALS = [
    ("The head is far from lowered.", "!head.lowered"),
    ("The corners of the mouth are anything but down.", "!mouth.frowning"),
    ("The mouth is not frowning.", "!mouth.frowning"),
    ("The mouth isn't frowning.", "!mouth.frowning"),
    ("The lips never form a frown.", "!mouth.frowning"),
    ("His brows are not frowning.", "!brows.furrowed"),
    ("The inner ends of the eyebrows are not pulled up.", "!brows.slanted"),
    ("The inner brows are by no means raised.", "!brows.slanted"),
    ("The upper lip is not raised on one side.", "!mouth.sneering"),
    ("The upper lip does not curl.", "!mouth.sneering"),
    ("One corner of the mouth is not pulled up.", "!mouth.sneering"),
    ("The eyebrows are anything but relaxed.", "!brows.relaxed"),
    ("The brows are nowhere near furrowed.", "!brows.furrowed"),
    ("The brows, far from furrowed, are relaxed.", "!brows.furrowed brows.relaxed"),
    ("The eyes are by no means wide.", "!eyes.wide"),
    ("The eyes are in no way narrowed.", "!eyes.narrowed"),
    ("The gaze is far from steady.", "!eyes.steady"),
    ("He is not at all squinting.", "!eyes.narrowed"),
    ("She avoids eye contact.", "!eyes.steady"),
    ("The eyes are not in the least downcast.", "!eyes.downcast"),
    ("Nothing about the brows is raised.", "!brows.raised"),
    ("A smile is nowhere to be seen.", "!mouth.smiling"),
    ("There is not a trace of a smile.", "!mouth.smiling"),
    ("A smile cannot be seen.", "!mouth.smiling"),
    ("No smile crosses the lips.", "!mouth.smiling"),
    ("She is anything but smiling.", "!mouth.smiling"),
    ("The jaw has not dropped.", "!mouth.gaping"),
    ("The mouth does not hang open.", "!mouth.gaping"),
    ("The lips are far from pressed together.", "!mouth.pressed"),
    ("The lips aren't pressed together.", "!mouth.pressed"),
    ("None of the lips is pressed.", "!mouth.pressed"),
    ("The head does not nod at any time.", "!head.nodding"),
    ("She refrains from nodding.", "!head.nodding"),
    ("He stops short of shaking his head.", "!head.shaking"),
    ("Not once does she shake her head.", "!head.shaking"),
    ("The head isn't tilted to either side.", "!head.tilted"),
    ("The head is held anything but upright.", "!head.upright"),
    ("The voice is anything but loud.", "!loudness.loud"),
    ("The voice is far from soft.", "!loudness.soft"),
    ("The voice is not in the least loud.", "!loudness.loud"),
    ("He is nowhere near shouting.", "!loudness.loud"),
    ("She speaks without shouting.", "!loudness.loud"),
    ("The pitch is far from high.", "!pitch.high"),
    ("The pitch is not low.", "!pitch.low"),
    ("The voice isn't high-pitched.", "!pitch.high"),
    ("The speech is anything but fast.", "!rate.fast"),
    ("The pace is far from slow.", "!rate.slow"),
    ("The words do not come fast.", "!rate.fast"),
    ("He speaks at a pace that is not fast.", "!rate.fast"),
    ("The voice is the opposite of loud.", "!loudness.loud"),
    ("The speech is not fast, but slow.", "!rate.fast rate.slow"),
    ("The brows are hardly raised.", "!brows.raised"),
    ("It is not true that she smiles.", "!mouth.smiling"),
    ("It is wrong to say that the head is lowered.", "!head.lowered"),
    ("It is not the case that the voice is loud.", "!loudness.loud"),
    ("Raised eyebrows are absent.", "!brows.raised"),
    ("A frown is not visible.", "!mouth.frowning|brows.furrowed"),
]  # fmt: skip

# What looks like a denial and is none, or is denied twice.
NO_DENIALS = [
    ("She can't help smiling.", "mouth.smiling"),
    ("She cannot help but smile.", "mouth.smiling"),
    ("She never stops smiling.", "mouth.smiling"),
    ("She does not stop smiling.", "mouth.smiling"),
    ("There is nothing but a smile.", "mouth.smiling"),
    ("Not without a smile does she answer.", "mouth.smiling"),
    ("The eyes are wide, anything but calm.", "eyes.wide"),
    ("The head does not move.", "head.upright"),
    ("The brows show no tension.", "brows.relaxed"),
    ("The voice is neither high nor low.", "pitch.medium"),
    ("The brows are raised, far from neutral.", "brows.raised !brows.relaxed"),
    ("Anything but calm, she is shouting.", "loudness.loud"),
    ("She sits far from the camera, her brows raised.", "brows.raised"),
    ("The mouth forms a deep frown.", "mouth.frowning"),
    ("The upper lip is not still but curled.", "mouth.sneering"),
]  # fmt: skip


def test_there_are_denials_for_every_channel() -> None:
    assert len(DENIALS) >= 30
    assert {claim.lstrip("!").split(".")[0] for _, expected in DENIALS for claim in expected.split()} == {
        *channels()
    }


@pytest.mark.parametrize(("sentence", "expected"), [*DENIALS, *NO_DENIALS])
def test_reads_what_is_denied(sentence: str, expected: str) -> None:
    claims = read_claims(sentence)
    assert sorted(map(shown, claims)) == sorted(expected.split())
    assert not any(claim.vacuous for claim in claims)


@pytest.mark.parametrize("sentence", SILENT)
def test_reads_nothing_into_other_sentences(sentence: str) -> None:
    assert read_claims(sentence) == ()


@pytest.mark.parametrize(
    ("sentence", "time_s"),
    [
        ("Her eyebrows are raised at 1.2 s.", (1.2, 1.2)),
        ("Around 2 seconds her eyebrows are raised.", (2.0, 2.0)),
        ("From 0.5 to 1.5 s the eyebrows are raised.", (0.5, 1.5)),
        ("The eyebrows are raised between 1 and 2 seconds.", (1.0, 2.0)),
        ("At 0:03 the eyebrows are raised.", (3.0, 3.0)),
        ("The eyebrows are raised (1.0s–2.4s).", (1.0, 2.4)),
        ("At the 2-second mark the eyebrows are raised.", (2.0, 2.0)),
        ("The eyebrows are raised for 2 seconds.", None),
        ("The eyebrows are raised.", None),
    ],
)
def test_reads_the_time_of_a_claim(sentence: str, time_s: tuple[float, float] | None) -> None:
    assert read_claims(sentence) == (Claim((("brows", "raised"),), time_s=time_s),)


def test_each_claim_takes_the_time_beside_it() -> None:
    claims = read_claims("The brows are raised at 1.0 s, and the mouth hangs open at 3.0 s.")
    assert [claim.time_s for claim in claims] == [(1.0, 1.0), (3.0, 3.0)]


VALUES = [(channel.name, value) for channel in channels().values() for value in channel.values]


@pytest.mark.parametrize(("channel", "value"), VALUES)
def test_reads_the_vocabularys_own_words(channel: str, value: str) -> None:
    say = channels()[channel].values[value]
    assert [claim.readings for claim in read_claims(f"{say[0].upper()}{say[1:]}.")] == [((channel, value),)]


def test_reads_every_wording_of_the_simulated_models() -> None:
    """Measured reasoning matches the planted rate of false cues only if each wording is read exactly."""
    table = tomllib.loads(files("cuewise.models").joinpath("simulated.toml").read_text(encoding="utf-8"))
    templates = [sentence for sentences in table["sentences"].values() for sentence in sentences]
    wrong = []
    for channel, value in VALUES:
        wordings = [channels()[channel].values[value], *table["wordings"].get(channel, {}).get(value, [])]
        for wording, template in product(wordings, templates):
            sentence = template.replace("$claim", wording).replace("$time", "1.3")
            time_s = (1.3, 1.3) if "$time" in template else None
            if read_claims(sentence[0].upper() + sentence[1:]) != (
                Claim(((channel, value),), False, time_s),
            ):
                wrong.append(sentence)
    assert wrong == []


def test_two_wordings_in_one_sentence_are_both_read() -> None:
    """Every pair of values of different channels, in the vocabulary's own words."""
    wrong = []
    for first, second in product(VALUES, VALUES):
        if first[0] == second[0]:
            continue
        words = [channels()[channel].values[value] for channel, value in (first, second)]
        claims = read_claims(f"Here {words[0]}, and {words[1]}.")
        if {claim.readings for claim in claims} != {(first,), (second,)} or any(c.negated for c in claims):
            wrong.append(words)
    assert wrong == []


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    for claim in read_claims(text):
        for channel, value in claim.readings:
            assert value in channels()[channel].values


@pytest.mark.parametrize(
    "text",
    [
        "raised and " * 3000,
        "eyebrows " * 3000,
        "a" * 50_000,
        "not " * 10_000,
        "1.2 to " * 8000,
        "in a " * 9000,
    ],
)
def test_hostile_length_costs_little(text: str) -> None:
    start = time.thread_time()
    read_claims(text)
    assert time.thread_time() - start < 3
