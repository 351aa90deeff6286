"""A model of one's own that breaks."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from cuewise.errors import InputError, PermanentModelError
from cuewise.models.protocol import Completion, Request
from cuewise.runs.crashes import Crashes
from support.models import FakeModel, ask_text


def settle(crashes: Crashes, reply: Any) -> Any:
    return asyncio.run(crashes.settle(FakeModel(reply), ask_text("hi")))


async def out_of_memory(request: Request) -> Completion:
    raise ValueError("CUDA out of memory\x1b[2J")


async def silent(request: Request) -> Completion:
    raise NotImplementedError


async def a_text(request: Request) -> Any:
    return "Final answer: sad"


def at_once(request: Request) -> Any:
    raise KeyError("weights")


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (out_of_memory, r"raised ValueError: CUDA out of memory\x1b[2J"),
        (silent, "raised NotImplementedError"),
        (a_text, "gave str in place of a Completion"),
        (at_once, "raised KeyError: 'weights'"),
    ],
)
def test_it_is_the_models_failure_and_says_what_it_said(reply: Any, message: str) -> None:
    failure = settle(Crashes(), reply)
    assert isinstance(failure, PermanentModelError)
    assert failure.kind == "crashed"
    assert str(failure) == f"{FakeModel(reply).name} {message}"


def test_a_place_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    crashes = Crashes()
    with caplog.at_level(logging.DEBUG, "cuewise"):
        for reply in (out_of_memory, out_of_memory, silent, out_of_memory):
            settle(crashes, reply)
    assert [record.exc_info and record.exc_info[0] for record in caplog.records] == [
        ValueError,
        NotImplementedError,
    ]


def test_what_is_meant_passes_as_it_is() -> None:
    meant = InputError("nothing may be asked any more")

    async def refuse(request: Request) -> Completion:
        raise meant

    assert settle(Crashes(), refuse) is meant
