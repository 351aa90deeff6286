"""Agents: a model that hears a clip's sound, and one that sees its frames, say what there is, with times.

Neither learns what a sample asks of the clip. Whether what they wrote gives a label away is looked for when the
evidence of a sample is put together.
"""

from __future__ import annotations

from typing import Any, Final

from cuewise.errors import ReplyError
from cuewise.evidence.told import Told, is_time
from cuewise.models.protocol import Ask, MediaPart, Message, Request, Sampling, TextPart
from cuewise.prompting import load_prompt, read_json_reply
from cuewise.prose import tidy
from cuewise.records import ClipMedia, EvidenceKind
from cuewise.replies import ask_until_parsed, read_line

MAX_PIECES: Final = 40
MAX_CHARS: Final = 600
"""Characters that one piece may have."""
BEYOND_S: Final = 1.0
"""Seconds after the clip's end that are taken for its end; what is later is no time of this clip."""

Parts = tuple[TextPart | MediaPart, ...]


class DescribingAgent:
    """Asks a model once about a clip; a subclass says what of the clip, and in which words.

    Args:
        name: the model behind `ask`, for names and messages.
        max_tries: how many replies are read at most before giving up.
    """

    kind: EvidenceKind
    prompt: str
    """Its template's name."""

    def __init__(self, name: str, max_tries: int = 3) -> None:
        self.name = name
        self.max_tries = max_tries

    def given(self, media: ClipMedia) -> tuple[Parts, float]:
        """What of the clip is sent, empty where it has none, and the length in seconds that times must lie in."""
        raise NotImplementedError

    async def tell(self, media: ClipMedia, ask: Ask) -> tuple[Told, ...]:
        """See `EvidenceAgent`."""
        parts, length_s = self.given(media)
        if not parts:
            return ()
        return await ask_until_parsed(
            ask,
            lambda attempt: self._request(parts, length_s, attempt),
            lambda text: read_told(text, length_s),
            max_tries=self.max_tries,
            what=f"{self.kind} by {self.name}",
        )

    def _request(self, parts: Parts, length_s: float, attempt: int) -> Request:
        text = load_prompt("cuewise.evidence", self.prompt).substitute(length=f"{length_s:.2f}")
        return Request(
            messages=(Message(role="user", parts=(TextPart(text=text), *parts)),),
            sampling=Sampling(temperature=0.0),
            json_schema=_SCHEMA,
            attempt=attempt,
        )


class Listener(DescribingAgent):
    """Has the voice and the sounds of a clip described: an audio clue."""

    kind = EvidenceKind.AUDIO
    prompt = "listen"

    def given(self, media: ClipMedia) -> tuple[Parts, float]:
        if media.audio is None:
            return (), 0.0
        return (MediaPart(media=media.audio.wav),), media.audio.duration_s


class Viewer(DescribingAgent):
    """Has the frames of a clip described."""

    kind = EvidenceKind.DESCRIPTION
    prompt = "describe"

    def given(self, media: ClipMedia) -> tuple[Parts, float]:
        parts: list[TextPart | MediaPart] = []
        for frame in media.frames:
            parts += [TextPart(text=f"Frame at {frame.time_s:.2f} s:"), MediaPart(media=frame.image)]
        return tuple(parts), media.facts.duration_s


_TIME: Final = {"type": ["number", "null"]}
_PIECE: Final = {"start_s": _TIME, "end_s": _TIME, "text": {"type": "string"}}
_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "pieces": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _PIECE,
                "required": list(_PIECE),
                "additionalProperties": False,
            },
        }
    },
    "required": ["pieces"],
    "additionalProperties": False,
}


def read_told(text: str, length_s: float) -> tuple[Told, ...]:
    """Reads `{"pieces": [{"start_s", "end_s", "text"}, ...]}`, in time order.

    Without times (null for both) a piece is of the whole clip. Of a text, what is markup, a rating or an order to its
    reader is left out, as `prose.tidy` leaves it out of answers, and a piece that is nothing else is too.

    Args:
        text: the reply.
        length_s: seconds; times lie from 0 to this, and what ends up to a second later ends there.

    Raises:
        ReplyError: the reply has any other form, or nothing in it is left.
    """
    reply = read_json_reply(text)
    if set(reply) != {"pieces"} or not isinstance(reply["pieces"], list):
        raise ReplyError('the reply must have one key, "pieces", holding a list')
    if len(reply["pieces"]) > MAX_PIECES:
        raise ReplyError(f"{len(reply['pieces'])} pieces; at most {MAX_PIECES} are taken")
    told = [
        _read_piece(piece, f"piece {number}", length_s) for number, piece in enumerate(reply["pieces"], 1)
    ]
    kept = [piece for piece in told if piece.text]
    if not kept:
        raise ReplyError("the reply tells nothing of the clip")
    return tuple(sorted(kept, key=lambda piece: (piece.start_s, piece.end_s)))


def _read_piece(piece: Any, where: str, length_s: float) -> Told:
    if not isinstance(piece, dict) or set(piece) != set(_PIECE):
        raise ReplyError(f'{where} must have exactly the keys "start_s", "end_s", "text"')
    line = read_line(piece["text"], f"the text of {where}", MAX_CHARS)
    start, end = piece["start_s"], piece["end_s"]
    if start is None and end is None:
        start, end = 0.0, length_s
    if not is_time(start) or not is_time(end) or not start <= end <= length_s + BEYOND_S:
        raise ReplyError(
            f"the times of {where} must be seconds from 0 to {length_s:.2f}, the start first, or null both"
        )
    return Told(min(start, length_s), min(end, length_s), " ".join(tidy(line).split()))
