"""Whole runs against a server that fails now and then, or for good."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cuewise import Conditions, Options, RunResult, evaluate
from cuewise.cli.running import exit_code
from cuewise.runs.caller import RetryPolicy
from support import chat_server
from support.agents import prompt_of, reply, stage_of
from support.chat_server import FAULTS, ChatServer, Fault

SAMPLES = 300
KINDS = ("brief_limit", "server_error", "overloaded", "reset", "slow_body_s", "truncated_json", "cut_off")
"""429 with a short Retry-After, 500, 529, resets, bodies that come too slowly, and two that are cut off."""

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def quick_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef0123456789abcdef")
    limit = Fault("brief_limit", 429, {"Retry-After": "0.02"}, FAULTS["rate_limit"].body)
    slow = Fault("slow_body_s", end="drip", drip_s=20)
    monkeypatch.setattr(chat_server, "FAULTS", {**FAULTS, limit.name: limit, slow.name: slow})


def varied(request: dict[str, Any]) -> str:
    """Answers and numbers of steps that differ from sample to sample, so that a lost or mixed-up one would show."""
    text = reply(request)
    take = re.search(r"Take (\d+)", prompt_of(request))
    if stage_of(request) == "answer":
        assert take
        return f"{take[0]}: {text}"
    steps = json.loads(text)
    assert take
    return json.dumps({**steps, "steps": steps["steps"][: 1 + int(take[1]) % 2]})


def run(folder: Path, server: ChatServer, *, limit: int | None = None, **conditions: Any) -> RunResult:
    data = folder / "manifest.jsonl"
    if not data.exists():
        labels = ("negative", "neutral", "positive")
        data.write_text(
            "".join(
                json.dumps(
                    {"clip": f"c{n}.wav", "task": "SA", "label": labels[n % 3], "transcript": f"Take {n}."}
                )
                + "\n"
                for n in range(SAMPLES)
            )
        )
    options = Options(
        data=str(data),
        modalities=("text",),
        model="openai/m",
        model_base_url=server.base_url,
        extractor="openai/e",
        extractor_base_url=server.base_url,
        limit=limit,
    )
    return evaluate(
        options,
        Conditions(
            **{
                "concurrency": 32,
                "timeout_s": 3.0,  # a slow body takes it; no other reply does, be the machine ever so busy
                "retry": RetryPolicy(first_wait_s=0.02, longest_wait_s=0.2),
                **conditions,
            }
        ),
    )


def test_a_fifth_of_all_replies_failing_changes_no_score(tmp_path: Path) -> None:
    half = SAMPLES // 2
    with ChatServer(varied) as server:
        calm = run(tmp_path, server, limit=half, workspace=tmp_path / "calm")
        assert len(server.calls) == 2 * half
    with ChatServer(varied, fault_rate=0.2, fault_kinds=KINDS) as server:
        rough = run(tmp_path, server, limit=half, workspace=tmp_path / "rough")
        met = Counter(call.fault for call in server.calls)
        assert not any(call.duplicate for call in server.calls), "nothing that was answered is asked again"
        assert server.problems == []
    share = 1 - met[None] / met.total()
    assert 0.15 < share < 0.25
    assert len(met) == 1 + len(KINDS), "each kind was met"
    assert rough.summary.overall().coverage == 100
    assert rough.summary.to_json() == calm.summary.to_json()
    assert list(rough.outcomes()) == list(calm.outcomes())
    assert rough.tally.failed_attempts == met.total() - met[None]
    assert rough.failures() == []


def test_a_server_that_never_recovers_is_told_and_resumed_later(tmp_path: Path) -> None:
    """It serves 150 requests and then only says 500: with two tries each, 20 calls that come to nothing end the
    asking, every sample still ends in one outcome, and the same command later asks for the rest only.
    """
    with ChatServer(varied) as server:
        server._faults = [None] * 150 + [FAULTS["server_error"]] * 3000
        broken = run(tmp_path, server, workspace=tmp_path, retry=RetryPolicy(tries=2, first_wait_s=0.01))
        asked = len(server.calls)
    figures = broken.summary.overall()
    assert broken.finished
    assert figures.count == SAMPLES
    assert sum(figures.outcomes.values()) == SAMPLES
    assert set(figures.outcomes) <= {"scored", "model_failure", "extractor_failure"}
    assert exit_code(broken, 95) == 1
    assert asked < 150 + 300, "a model that never answers is soon asked no more"
    assert {failure.cause for failure in broken.failures()} == {"server_error", "hopeless"}
    with ChatServer(varied) as server:
        whole = run(tmp_path, server, workspace=tmp_path)
        assert len(server.calls) == 2 * SAMPLES - 150
    assert whole.summary.overall().coverage == 100
    assert whole.name == broken.name
    assert exit_code(whole, 95) == 0
