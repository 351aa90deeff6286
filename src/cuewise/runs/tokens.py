"""How many tokens a call is expected to use: a plain estimate, corrected by what the server counts."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from cuewise.models.protocol import Completion, Request, TextPart
from cuewise.records import MediaRef

BYTES_PER_TOKEN: Final = 3
"""Of UTF-8 text. English has about four, Chinese and Japanese about three: the estimate is rather high."""
IMAGE_TOKENS: Final = 1100
"""Of one frame, whatever its size. A 720p frame is 1,105 tokens for GPT-4o, about 1,230 for Claude (width x
height / 750), and 258 a tile for Gemini."""
SOUND_TOKENS_PER_S: Final = 32
"""Gemini's rate; others count fewer."""
SOUND_BYTES_PER_S: Final = 32_000
"""Stored sound is 16 kHz mono with 16 bits."""
VIDEO_BYTES_PER_TOKEN: Final = 400
"""A clip of 1 Mbit/s at Gemini's 300 tokens a second; a whole clip's length is not known here."""
OUTPUT_TOKENS: Final = 500
"""Of a reply, as long as none has come."""


class Tokens(NamedTuple):
    """Tokens of one call; fractions where they are expected only."""

    input: float
    output: float

    @property
    def total(self) -> float:
        return self.input + self.output


def estimate_tokens(request: Request) -> Tokens:
    """What a call will use, judged by its text, its media and its bound of output tokens alone."""
    text = 0
    media = 0.0
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, TextPart):
                text += len(part.text.encode())
            else:
                media += _media_tokens(part.media)
    if request.json_schema is not None:
        text += len(str(request.json_schema))
    bound = request.sampling.max_tokens or OUTPUT_TOKENS
    return Tokens(math.ceil(text / BYTES_PER_TOKEN + media), min(OUTPUT_TOKENS, bound))


def _media_tokens(media: MediaRef) -> float:
    kind = media.mime.partition("/")[0]
    if kind == "audio":
        return media.size_bytes / SOUND_BYTES_PER_S * SOUND_TOKENS_PER_S
    return media.size_bytes / VIDEO_BYTES_PER_TOKEN if kind == "video" else IMAGE_TOKENS


class Expectation:
    """Expected tokens of one stage's calls to one model.

    The estimate of the input is scaled by what the server counted so far over what was estimated for the same
    calls; the output is the mean so far. So a server that counts images otherwise, and a model that reasons at
    length, are known after their first replies.
    """

    def __init__(self) -> None:
        self._estimated = self._input = 0.0
        self._output = self._replies = 0.0
        self.is_guess = True
        """Whether no reply has come yet."""

    def of(self, estimate: Tokens, bound: int | None = None) -> Tokens:
        """The estimate as corrected so far; `bound` is the request's own limit of output tokens."""
        scale = self._input / self._estimated if self._estimated else 1.0
        output = self._output / self._replies if self._replies else estimate.output
        return Tokens(estimate.input * scale, min(output, bound or math.inf))

    def learn(self, estimate: Tokens, completion: Completion) -> None:
        """Take in what a server counted of a call with this estimate, as far as it did."""
        self.is_guess = False
        if completion.input_tokens is not None:
            self._estimated += estimate.input
            self._input += completion.input_tokens
        if completion.output_tokens is not None:
            self._output += completion.output_tokens
            self._replies += 1
