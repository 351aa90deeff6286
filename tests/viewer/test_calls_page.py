"""The calls behind an answer, as somebody who opens them is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cuewise.models.protocol import Completion, call_key
from cuewise.records import Answer, Outcome
from cuewise.runs.store import CallLabel, CallStore
from cuewise.viewer.calls_page import MOST_CHARS, CallsView, calls_view
from cuewise.web.pages import Pages
from support.clip_runs import clip_outcome, clip_sample
from support.outcomes import make_manifest

SAMPLE = clip_sample("a.mp4")
REQUEST = {
    "model": "openai/gpt-4o",
    "parameters": {"detail": "low", "api_key": "sk-not-to-be-seen-anywhere"},
    "request": {
        "messages": [
            {"role": "system", "parts": [{"text": "Answer in steps. <b>&"}]},
            {
                "role": "user",
                "parts": [
                    {"media": {"sha256": "ab" * 32, "mime": "image/jpeg", "size_bytes": 9}},
                    {"media": {"sha256": "cd" * 32, "mime": "audio/wav", "size_bytes": 81780}},
                    {"text": "Which emotion?"},
                ],
            },
        ],
        "sampling": {"temperature": 0.0},
    },
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CallStore]:
    with closing(CallStore(tmp_path / "calls.sqlite")) as store:
        yield store


def put(store: CallStore, completion: Completion, request: Any = REQUEST, **how: Any) -> str:
    text = request if isinstance(request, str) else json.dumps(request)
    label = CallLabel(call_key(text), "openai/gpt-4o", "answer", SAMPLE.id)
    asyncio.run(store.put(label, text, completion, finished_at=1_700_000_000.0, latency_s=1.234, **how))
    return label.key


def shown(
    store: CallStore, *keys: str, prices: dict[str, tuple[float, float]] | None = None, **fields: Any
) -> CallsView:
    outcome: Outcome = clip_outcome(SAMPLE, None, calls={"answer": keys}, **fields)
    manifest = make_manifest("run", [SAMPLE]).model_copy(update={"prices": prices or {}})
    return calls_view(outcome, manifest, store)


def test_a_call_is_told_with_what_it_took(store: CallStore) -> None:
    done = Completion(
        text="Anger.", thinking="Hm.", model="gpt-4o-2024", input_tokens=1000, output_tokens=200
    )
    view = shown(store, put(store, done), prices={"gpt-4o": (2.0, 10.0)})
    (stage, (call,)), *_ = view.stages
    assert stage == "The model’s answer"
    # 1,000 tokens at 2 dollars and 200 at 10 dollars a million.
    assert view.total == "1 call, $0.0040"
    assert call.facts == (
        ("Tokens in", "1,000"),
        ("Tokens out", "200"),
        ("Cost", "$0.0040"),
        ("Latency", "1.23 s"),
        ("Finished", "2023-11-14 22:13:20 UTC"),
        ("Answered by", "gpt-4o-2024"),
    )
    assert [turn.role for turn in call.turns] == ["system", "user"]
    picture, sound, words = call.turns[1].parts
    assert picture.image == f"/media/{'ab' * 32}.jpg"
    assert (sound.medium, words.text) == ("audio/wav, 81,780 bytes", "Which emotion?")
    assert (call.thinking, call.reply) == ("Hm.", "Anger.")


def test_no_key_is_shown(store: CallStore) -> None:
    view = shown(store, put(store, Completion(text="Anger.")))
    html = Pages("cuewise.viewer", ()).text("calls.html", view=view)
    assert "not-to-be-seen" not in html
    assert "(hidden)" in html
    assert "Answer in steps. &lt;b&gt;&amp;" in html
    assert "<b>&" not in html


def test_a_batch_costs_half_and_its_latency_says_nothing(store: CallStore) -> None:
    done = Completion(text="Anger.", input_tokens=1_000_000, output_tokens=0)
    view = shown(store, put(store, done, batch="batch_1"), prices={"gpt-4o": (2.0, 10.0)})
    facts = dict(view.stages[0][1][0].facts)
    assert (facts["Cost"], facts["Latency"]) == ("$1.00", "came by batch")


def test_what_failed_before_is_told(store: CallStore) -> None:
    key = put(store, Completion(text="Anger.", finish="length"))
    label = CallLabel(key, "openai/gpt-4o", "answer", SAMPLE.id)
    failed = {"failed_at": 1.0, "latency_s": 1.0, "status": 429, "kind": "rate_limit"}
    asyncio.run(store.put_failure(label, message="slow down: /home/ana/log", **failed))  # type: ignore[arg-type]
    (call,) = shown(store, key).stages[0][1]
    assert call.failures == (("rate_limit", "slow down: …/log"),)
    assert dict(call.facts)["Ended"] == "cut off at the token limit"
    assert dict(call.facts)["Cost"] == "not known"


def test_calls_that_are_gone_are_counted_and_the_thinking_is_still_told(store: CallStore) -> None:
    view = shown(store, "ab" * 32, answer=Answer(text="Anger.", thinking="Hm."))
    assert (view.gone, view.total, view.thinking) == (1, "0 calls", "Hm.")


@pytest.mark.parametrize(
    "request_text", ["", "[]", '{"request": 3}', '{"request": {"messages": [1, {"parts": "x"}]}}']
)
def test_a_request_out_of_form_harms_nothing(store: CallStore, request_text: str) -> None:
    (call,) = shown(store, put(store, Completion(text="Anger."), request_text)).stages[0][1]
    assert call.reply == "Anger."


def test_long_replies_are_cut(store: CallStore) -> None:
    (call,) = shown(store, put(store, Completion(text="a" * (MOST_CHARS + 5)))).stages[0][1]
    assert call.reply == "a" * MOST_CHARS + "\n… 5 more characters are in the call store"


def test_nobody_here_asked_what_was_answered_elsewhere(store: CallStore) -> None:
    text = json.dumps(REQUEST)
    label = CallLabel(call_key(text), "imported/lab-a", "answer", SAMPLE.id)
    asyncio.run(store.put(label, text, Completion(text="Anger."), finished_at=1_700_000_000.0, latency_s=0.0))
    view = shown(store, label.key)
    ((_, (call,)), *_) = view.stages
    assert (call.turns, call.facts, call.reply) == ((), (), "Anger.")
    page = Pages("cuewise.viewer", ()).text("calls.html", view=view)
    assert "Collected elsewhere: what was asked is not told." in page
    assert "Asked" not in page and "Which emotion?" not in page and "Anger." in page
