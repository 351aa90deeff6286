"""What steps claim to have noticed: sentences read by hand."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.analysis.citing import Sense, cited, not_given
from cuewise.cues import channels
from cuewise.models.simulated import _wording

READ = {
    "Her eyebrows are raised and her mouth is open.": "seen",
    "The man's face is tense.": "seen",
    "He avoids eye contact and looks down.": "seen",
    "She has tears in her eyes.": "seen",
    "In the second frame the person leans back.": "seen",
    "His shoulders slump.": "seen",
    "The caption reads: I hate this.": "seen",
    "The speaker's tone is harsh and loud.": "heard",
    "Her voice trembles.": "heard",
    "She speaks softly.": "heard",
    "There is a long sigh.": "heard",
    "The pitch rises towards the end.": "heard",
    "The man sounds angry.": "heard",
    "The audio contains sobbing.": "heard",
    "He says that he is sorry.": "said",
    "Based on the words spoken, she is upset.": "said",
    "Her choice of words is polite.": "said",
    "The transcript mentions a funeral.": "said",
    'She smiles as she says "at last" in a bright voice.': "seen heard said",
    "她的语气很激动,声音很大。": "heard",
    "他皱着眉头。": "seen",
    '她说"我很高兴"。': "said",
    # nothing is claimed
    "I cannot see the face.": "",
    "No audio is given, so the tone of voice cannot be judged.": "",
    "Without the picture, facial cues are not available.": "",
    "I have no access to the video, and I cannot hear the voice.": "",
    "If I could see her face, it might show anger.": "",
    "The tone of the statement is negative.": "",
    "The question asks which emotion holds.": "",
    "That said, the candidate labels include anger.": "",
    "The person faces a difficult situation.": "",
    "On the other hand, joy is possible.": "",
    "The mood is tense.": "",
    "The final emotion is therefore most likely anger.": "",
    "无法看到画面。": "",
    "没有提供声音。": "",
    "": "",
}


@pytest.mark.parametrize("text", READ)
def test_sentences(text: str) -> None:
    assert {sense.value for sense in cited(text)} == set(READ[text].split())


def test_what_is_denied_in_one_clause_does_not_silence_the_next() -> None:
    assert cited("I cannot hear the audio, but her face is tense.") == {Sense.SEEN}
    assert cited("Without audio, I rely on the frames: the man's fists are clenched.") == {Sense.SEEN}


def test_every_wording_of_an_annotated_cue_is_read_as_its_own_modality() -> None:
    """The simulated models' sentences: seen ones are never taken for anything else."""
    wordings, _ = _wording()
    for (channel, _), sentences in wordings.items():
        for sentence in sentences:
            found = cited(sentence[0].upper() + sentence[1:] + ".")
            if channels()[channel].modality == "audio":
                assert Sense.HEARD in found, sentence
                assert Sense.SEEN not in found, sentence
            else:
                assert found == {Sense.SEEN}, sentence


@pytest.mark.parametrize("sense", Sense)
def test_one_sense_alone_is_read_as_among_all(sense: Sense) -> None:
    wordings, _ = _wording()
    texts = [*READ, *(f"{text}." for group in wordings.values() for text in group)]
    assert any(cited(text, frozenset({sense})) for text in texts)
    for text in texts:
        assert cited(text, frozenset({sense})) == cited(text) & {sense}, text


@pytest.mark.parametrize(
    ("sent", "missing"),
    [
        (("video", "audio"), ""),
        (("video",), "heard said"),
        (("audio",), "seen"),
        (("text",), "seen heard"),
        ((), "seen heard said"),
    ],
)
def test_what_cannot_have_been_noticed(sent: tuple[str, ...], missing: str) -> None:
    assert {sense.value for sense in not_given(sent)} == set(missing.split())


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert cited(text) <= set(Sense)


@pytest.mark.parametrize("piece", ["no no no ", "cannot be ", "the face, ", "声音,", "in the frames "])
def test_hostile_text_takes_no_long_time(piece: str) -> None:
    start = time.process_time()
    cited(piece * 2000)
    assert time.process_time() - start < 1.0
