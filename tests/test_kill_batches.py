"""Killing a run by batch at any moment pays for no call twice and changes no score."""

from __future__ import annotations

import json
import random
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from cuewise import Conditions, evaluate
from support.batch_server import BatchServer
from support.batches import KEY, manifest, options, outcomes, varied
from support.cli import environment
from support.forked import forked, kill_once

SAMPLES = 40
KILLS = 6
DEADLINE_S = 60.0

pytestmark = pytest.mark.slow


class Command:
    """A run by batch, in a process of its own."""

    def __init__(self, folder: Path, server: BatchServer, data: str) -> None:
        self._folder = folder
        self._arguments = [
            *("run", "--data", data, "--modalities", "text", "--batch", "--json"),
            *("--model", "openai/gpt-4o", "--model-base-url", server.base_url),
            *("--extractor", "openai/gpt-4o-mini", "--judge-base-url", server.base_url),
        ]
        self._server = server

    def kill_after(self, requests: int, delay_s: float) -> None:
        """Kill it so long after so many of its requests."""
        enough = len(self._server.requests) + requests
        process = self._start()
        until = time.monotonic() + DEADLINE_S
        kill_once(process, lambda: len(self._server.requests) >= enough or time.monotonic() > until, delay_s)

    def finish(self) -> dict[str, Any]:
        output = self._folder / "output.json"
        process = self._start(output)
        process.join()
        assert process.exitcode == 0
        found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
        return found

    def _start(self, output: Path | None = None) -> BaseProcess:
        key = environment(OPENAI_API_KEY=KEY)
        return forked(*self._arguments, cwd=self._folder, environment=key, output=output)


def test_kill_and_resume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two waves of some nine requests each, and kills after one to eight of them, or a moment later."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    data, chance = manifest(tmp_path, SAMPLES), random.Random(1)
    with BatchServer(varied, api_key=KEY, polls=3) as server:
        calm = evaluate(options(server, data), Conditions(workspace=tmp_path / "calm"))
        command = Command(tmp_path, server, data)
        for _ in range(KILLS):
            command.kill_after(chance.randint(1, 8), chance.random() * 0.02)
        found = command.finish()
        assert server.problems == []
        assert server.executed.total() == len(server.executed) == 2 * SAMPLES
        assert len(server.batches) == 2
    workspace = tmp_path / "cuewise-workspace"
    again = evaluate(options(server, data), Conditions(workspace=workspace))
    assert again.tally.made == 0
    assert outcomes(again) == outcomes(calm)
    assert found["overall"]["coverage"] == 100
    assert list((workspace / "batches").iterdir()) == []
