"""Estimates by hand, and what is learnt from a server's counts."""

from __future__ import annotations

import pytest

from cuewise.models.protocol import Completion, MediaPart, Message, Request, Sampling, TextPart
from cuewise.records import MediaRef
from cuewise.runs.tokens import Expectation, Tokens, estimate_tokens
from support.models import ask_text


def media(mime: str, size: int) -> MediaPart:
    return MediaPart(media=MediaRef(sha256="0" * 64, mime=mime, size_bytes=size))


def test_text_by_its_bytes() -> None:
    """30 letters are 10 tokens; 10 Chinese characters are 30 bytes, so 10 tokens too."""
    assert estimate_tokens(ask_text("a" * 30)) == Tokens(10, 500)
    assert estimate_tokens(ask_text("情" * 10)) == Tokens(10, 500)


def test_media_by_count_and_length() -> None:
    """Two frames are 2,200; 3 s of sound, 96,000 bytes, are 96; three letters are 1."""
    parts = (
        media("image/jpeg", 5),
        media("image/jpeg", 99999),
        media("audio/wav", 96_000),
        TextPart(text="abc"),
    )
    request = Request(messages=(Message(role="user", parts=parts),))
    assert estimate_tokens(request).input == 2200 + 96 + 1


def test_the_requests_own_bound_holds_for_the_output() -> None:
    assert estimate_tokens(ask_text("x", sampling=Sampling(max_tokens=80))).output == 80
    assert estimate_tokens(ask_text("x", sampling=Sampling(max_tokens=8000))).output == 500


def test_a_schema_counts_as_text() -> None:
    schema = {"type": "object"}
    assert estimate_tokens(ask_text("", json_schema=schema)).input == pytest.approx(
        len(str(schema)) / 3, abs=1
    )


def test_expectations_follow_what_the_server_counts() -> None:
    """200 counted where 100 were estimated: twice as many from now on; outputs of 40 and 60 mean 50."""
    expectation = Expectation()
    estimate = Tokens(100, 500)
    assert expectation.of(estimate) == (100, 500)
    expectation.learn(estimate, Completion(text="", input_tokens=200, output_tokens=40))
    expectation.learn(estimate, Completion(text="", input_tokens=200, output_tokens=60))
    assert expectation.of(Tokens(30, 500)) == (60, 50)
    assert expectation.of(Tokens(30, 500), bound=20) == (60, 20)


def test_a_server_that_does_not_count_teaches_nothing() -> None:
    expectation = Expectation()
    expectation.learn(Tokens(100, 500), Completion(text=""))
    assert expectation.of(Tokens(100, 500)) == (100, 500)
