"""Killing a run at any moment loses no finished call and changes no score."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import wave
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from support.agents import prompt_of, reply, stage_of
from support.chat_server import ChatServer
from support.forked import forked, kill_once

SAMPLES = 300
KILLS = 10
KILLS_OF_JUDGING = 4  # a third of the calls
CONNECTIONS = 16
LATENCY_S = 0.06
KEY = "sk-test-0123456789abcdef0123456789abcdef"

pytestmark = pytest.mark.slow


def varied(request: dict[str, Any]) -> str:
    """Answers and scores that differ from sample to sample, so that a lost or doubled one would show."""
    text = reply(request)
    if stage_of(request) == "answer":
        take = re.search(r"Take \d+", prompt_of(request))
        assert take
        return f"{take[0]}: {text}"
    if stage_of(request) != "verdicts":
        return text
    ratings = json.loads(text)
    ratings["ratings"][0]["rating"] = len(json.dumps(request)) % 2
    return json.dumps(ratings)


def manifest(folder: Path) -> Path:
    path = folder / "manifest.jsonl"
    with path.open("w") as file:
        for n in range(SAMPLES):
            label = ("negative", "neutral", "positive")[n % 3]
            entry = {"clip": f"c{n}.wav", "task": "SA", "label": label, "transcript": f"Take {n}."}
            file.write(json.dumps(entry) + "\n")
    for n in range(SAMPLES):
        with wave.open(str(folder / f"c{n}.wav"), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(16000)
            sound.writeframes(n.to_bytes(2, "little") * 4000)
    return path


class Command:
    """A command of the real command line, in a process of its own, with a workspace of its own."""

    def __init__(self, workspace: Path, *arguments: str) -> None:
        self._workspace = workspace
        self._arguments = (
            *arguments,
            *("--workspace", str(workspace), "--json", "--concurrency", str(CONNECTIONS)),
        )

    def _start(self, output: Path | None = None) -> BaseProcess:
        environment = {**os.environ, "OPENAI_API_KEY": KEY}
        return forked(*self._arguments, cwd=self._workspace.parent, environment=environment, output=output)

    def kill_after(self, requests: int, server: ChatServer) -> None:
        """Kill it once the server has had so many requests of it; it must not have ended before."""
        enough = len(server.calls) + requests
        process = self._start()
        kill_once(process, lambda: len(server.calls) >= enough)
        assert process.exitcode == -signal.SIGKILL

    def finish(self) -> dict[str, Any]:
        output = self._workspace.with_suffix(".json")
        process = self._start(output)
        process.join()
        assert process.exitcode == 0
        found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
        return found


def scores(document: dict[str, Any]) -> dict[str, Any]:
    return {"tasks": document["tasks"], "overall": document["overall"]}


def repeated(server: ChatServer) -> int:
    """Requests made again although the same had been answered."""
    return sum(call.duplicate for call in server.calls)


def run_arguments(data: Path, server: ChatServer) -> list[str]:
    return [
        *("run", "--data", str(data), "--modalities", "text"),
        *("--model", "openai/m", "--model-base-url", server.base_url),
        *("--judge", "openai/j", "--judge-base-url", server.base_url),
    ]


def kill_and_resume(
    command: Command, server: ChatServer, *, calls: int, kills: int, seed: int
) -> dict[str, Any]:
    """Kills at random moments, each followed by a check, then the run to its end."""
    chance = random.Random(seed)
    for _ in range(kills):
        before = repeated(server)
        command.kill_after(chance.randint(1, 2 * calls // (kills + 2)), server)
        # What an earlier kill caught in flight is all that may come again: two agents share the connections
        # of one model name, the model under test has its own.
        assert repeated(server) - before <= 2 * CONNECTIONS
    return command.finish()


def test_kill_and_resume(tmp_path: Path) -> None:
    data = manifest(tmp_path)
    with ChatServer(varied, latency_s=LATENCY_S) as server:
        undisturbed = Command(tmp_path / "calm", *run_arguments(data, server)).finish()
        assert Counter(stage_of(call.request) for call in server.calls) == {
            "answer": SAMPLES,
            "steps": SAMPLES,
            "verdicts": SAMPLES,
        }
    with ChatServer(varied, latency_s=LATENCY_S) as server:
        command = Command(tmp_path / "rough", *run_arguments(data, server))
        resumed = kill_and_resume(command, server, calls=3 * SAMPLES, kills=KILLS, seed=1)
        made = len({call.body_sha256 for call in server.calls})
        assert made == 3 * SAMPLES
        assert repeated(server) <= KILLS * 2 * CONNECTIONS
    assert scores(resumed) == scores(undisturbed)
    assert resumed["overall"]["coverage"] == 100

    # The same for judging again.
    def judge_again(server: ChatServer, workspace: Path) -> Command:
        return Command(
            workspace,
            *("rejudge", resumed["run"], "--judge", "openai/k", "--judge-base-url", server.base_url),
        )

    with ChatServer(varied, latency_s=LATENCY_S) as server:
        undisturbed = judge_again(server, tmp_path / "calm").finish()
        assert Counter(stage_of(call.request) for call in server.calls) == {"verdicts": SAMPLES}
    with ChatServer(varied, latency_s=LATENCY_S) as server:
        command = judge_again(server, tmp_path / "rough")
        resumed_judge = kill_and_resume(command, server, calls=SAMPLES, kills=KILLS_OF_JUDGING, seed=2)
        assert {stage_of(call.request) for call in server.calls} == {"verdicts"}
        assert len({call.body_sha256 for call in server.calls}) == SAMPLES
    assert scores(resumed_judge) == scores(undisturbed)
