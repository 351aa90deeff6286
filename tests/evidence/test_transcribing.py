"""What a speech recogniser wrote down becomes utterances with the times of their words."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import ReplyError
from cuewise.evidence.transcribing import MAX_CHARS, Transcriber, read_transcript
from cuewise.models.protocol import MediaPart
from cuewise.records import SpokenWord
from evidence.test_gather import WAV, media
from support.models import ScriptedAsk


def word(text: Any, start: Any, end: Any) -> dict[str, Any]:
    return {"text": text, "start_s": start, "end_s": end}


def transcript(*segments: list[dict[str, Any]], text: str = "") -> str:
    told = [
        {**word(text or "".join(str(w["text"]) for w in words), 0, 9), "words": words} for words in segments
    ]
    return json.dumps({"language": "en", "segments": told})


SAID = transcript(
    [
        word(" Who", 0.2, 0.4),
        word(" is", 0.4, 0.5),
        word(" there?", 0.5, 0.9),
        word(" Come", 1.4, 1.6),
        word(" out!", 1.6, 1.9),
    ],
    [word(" No.", 2.0, 2.2)],
)


def test_segments_and_half_a_second_of_silence_part_utterances() -> None:
    # 0.9 to 1.4 s is half a second; 1.9 to 2.0 s is less, but another segment begins.
    who, come, no = read_transcript(SAID)
    assert (who.text, who.start_s, who.end_s) == ("Who is there?", 0.2, 0.9)
    assert (come.text, come.start_s, come.end_s) == ("Come out!", 1.4, 1.9)
    assert (no.text, no.start_s, no.end_s) == ("No.", 2.0, 2.2)
    assert who.words == (
        SpokenWord(text="Who", start_s=0.2, end_s=0.4),
        SpokenWord(text="is", start_s=0.4, end_s=0.5),
        SpokenWord(text="there?", start_s=0.5, end_s=0.9),
    )


def test_what_is_blank_is_left_out() -> None:
    told = read_transcript(
        transcript([word(" Well", 0, 0.3), word(" ", 1.5, 1.6), word(".", 0.3, 0.3)], [word(" ", 3, 4)])
    )
    assert [(piece.text, piece.end_s) for piece in told] == [("Well.", 0.3)]
    assert read_transcript(transcript([], text=" ")) == ()


def test_scripts_without_spaces_stay_without() -> None:
    (told,) = read_transcript(transcript([word("你", 0, 0.2), word("好", 0.2, 0.4), word("。", 0.4, 0.4)]))
    assert told.text == "你好。"


def test_a_segment_without_words_is_an_utterance_without_them() -> None:
    (told,) = read_transcript(transcript([], text="Hello there."))
    assert (told.start_s, told.end_s, told.text, told.words) == (0, 9, "Hello there.", ())


def test_nobody_speaks() -> None:
    assert read_transcript(transcript()) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Hello.",
        "{}",
        '{"segments": []}',
        '{"language": "en", "segments": {}}',
        '{"language": "en", "segments": ["Hello."]}',
        '{"language": "en", "segments": [{"start_s": 0, "end_s": 1, "text": "a"}]}',
        '{"language": "en", "segments": [{"start_s": 0, "end_s": 1, "text": "a", "words": "a"}]}',
        transcript([word("a", 1, 0)]),
        transcript([word("a", -1, 0)]),
        transcript([word("a", 0, "1")]),
        transcript([word("a", 0, 10**400)]),
        transcript([word("a\x07", 0, 1)]),
        transcript([word("a", 0, 1)] * (MAX_CHARS + 1)),
    ],
)
def test_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(ReplyError):
        read_transcript(text)


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.text(st.characters(categories=["L"]), min_size=1), st.floats(0, 900), st.floats(0, 2)
            ),
            max_size=6,
        ),
        max_size=4,
    )
)
def test_every_word_is_in_one_utterance_in_order(segments: list[list[tuple[str, float, float]]]) -> None:
    spoken = [[word(" " + text, start, start + length) for text, start, length in one] for one in segments]
    told = read_transcript(transcript(*(one for one in spoken if one)))
    assert [w.text for piece in told for w in piece.words] == [text for one in segments for text, _, _ in one]
    assert " ".join(piece.text for piece in told) == " ".join(text for one in segments for text, _, _ in one)
    for piece in told:
        assert all(piece.start_s <= w.start_s <= w.end_s <= piece.end_s for w in piece.words)


def test_only_the_sound_is_sent() -> None:
    ask = ScriptedAsk(SAID)
    assert asyncio.run(Transcriber("asr/m").tell(media(), ask)) == read_transcript(SAID)
    (request,) = ask.requests
    assert request.messages[0].parts == (MediaPart(media=WAV),)
    assert request.sample is None
    assert asyncio.run(Transcriber("asr/m").tell(media(None), ScriptedAsk())) == ()
