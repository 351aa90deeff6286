"""Agent: a speech recogniser writes down the words spoken, with their times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cuewise.errors import ReplyError
from cuewise.evidence.told import Told, is_time
from cuewise.models.protocol import Ask, MediaPart, Message, Request
from cuewise.prompting import read_json_reply
from cuewise.records import ClipMedia, EvidenceKind, SpokenWord
from cuewise.replies import ask_until_parsed, read_line

PAUSE_S: Final = 0.5
"""Silence between two words that parts utterances. Times of words are good to a tenth or two of a second, so that
a shorter one may be none."""
MAX_SEGMENTS: Final = 5000
MAX_CHARS: Final = 2000
"""Characters that a segment may have."""


class Transcriber:
    """Has the words of a clip written down; one piece per utterance, with the times of its words.

    Args:
        name: the model behind `ask`, for names and messages.
        max_tries: how many replies are read at most before giving up.
    """

    kind = EvidenceKind.TRANSCRIPT

    def __init__(self, name: str, max_tries: int = 3) -> None:
        self.name = name
        self.max_tries = max_tries

    async def tell(self, media: ClipMedia, ask: Ask) -> tuple[Told, ...]:
        """See `EvidenceAgent`; nothing too where nobody speaks."""
        if media.audio is None:
            return ()
        message = Message(role="user", parts=(MediaPart(media=media.audio.wav),))
        return await ask_until_parsed(
            ask,
            lambda attempt: Request(messages=(message,), attempt=attempt),
            read_transcript,
            max_tries=self.max_tries,
            what=f"{self.kind} by {self.name}",
        )


def read_transcript(text: str) -> tuple[Told, ...]:
    """Reads `{"language": ..., "segments": [{"start_s", "end_s", "text", "words": [{"start_s", "end_s", "text"}]}]}`.

    A segment is an utterance, or several where half a second or more passes between two of its words; one without
    words is an utterance without them. Words begin with the space that parts them from the one before, if any does.
    What is blank is left out: recognisers time noises so.

    Raises:
        ReplyError: the reply has any other form.
    """
    reply = read_json_reply(text)
    if set(reply) != {"language", "segments"} or not isinstance(reply["segments"], list):
        raise ReplyError('the reply must have exactly the keys "language" and "segments", which holds a list')
    if len(reply["segments"]) > MAX_SEGMENTS:
        raise ReplyError(f"{len(reply['segments'])} segments; at most {MAX_SEGMENTS} are taken")
    return tuple(
        told
        for number, segment in enumerate(reply["segments"], 1)
        for told in _utterances(segment, f"segment {number}")
    )


def _utterances(segment: Any, where: str) -> Iterator[Told]:
    _check(segment, where, {"start_s", "end_s", "text", "words"})
    if not isinstance(segment["words"], list):
        raise ReplyError(f'"words" of {where} must be a list')
    if not segment["words"]:
        if segment["text"].strip():
            yield Told(segment["start_s"], segment["end_s"], read_line(segment["text"], where, MAX_CHARS))
        return
    group: list[Any] = []
    for number, word in enumerate(segment["words"], 1):
        _check(word, f"word {number} of {where}", {"start_s", "end_s", "text"})
        if not word["text"].strip():
            continue
        if group and round(word["start_s"] - group[-1]["end_s"], 3) >= PAUSE_S:
            yield _utterance(group, where)
            group = []
        group.append(word)
    if group:
        yield _utterance(group, where)


def _utterance(words: list[Any], where: str) -> Told:
    text = read_line("".join(word["text"] for word in words), where, MAX_CHARS)
    spoken = tuple(
        SpokenWord(text=word["text"].strip(), start_s=word["start_s"], end_s=word["end_s"]) for word in words
    )
    return Told(min(w.start_s for w in spoken), max(w.end_s for w in spoken), text, spoken)


def _check(timed: Any, where: str, keys: set[str]) -> None:
    if not isinstance(timed, dict) or set(timed) != keys:
        raise ReplyError(f"{where} must have exactly the keys {', '.join(sorted(keys))}")
    if not isinstance(timed["text"], str):
        raise ReplyError(f"the text of {where} must be a string")
    for key in ("start_s", "end_s"):
        if not is_time(timed[key]):
            raise ReplyError(f"{key} of {where} must be seconds, at least 0")
    if timed["end_s"] < timed["start_s"]:
        raise ReplyError(f"{where} ends before it starts")
