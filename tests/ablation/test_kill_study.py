"""A study that is killed in the middle goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from cuewise.demo import demo_data
from support.agents import candidates_of, reply
from support.chat_server import ChatServer
from support.cli import cuewise, environment
from support.forked import forked, kill_once

CONDITIONS = {"together": 5, "video": 5, "nothing": 1, "conflict": 5}
"""Different requests of each: without clips, all questions of the task are one."""

pytestmark = pytest.mark.slow


def varied(request: dict[str, Any]) -> str:
    """An answer whose label goes with what was sent, so that a lost or swapped one would show."""
    labels = candidates_of(request)
    lot = int(hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest(), 16)
    return f"{reply(request).partition('Final answer')[0]}Final answer: {labels[lot % len(labels)]}"


def arguments(workspace: Path, server: ChatServer) -> list[str]:
    return [
        *("ablate", "--data", str(demo_data()), "--task", "SA"),
        *("--conditions", ",".join(CONDITIONS), "--study", "study"),
        *("--model", "openai-api/lab/omni", "--model-base-url", server.base_url),
        *("--model-arg", "takes=video,audio", "--workspace", str(workspace)),
        *("--concurrency", "1", "--json"),
    ]


def finished(line: list[str], folder: Path) -> dict[str, Any]:
    """What the command says, in this process: what was killed, goes on in another."""
    done = cuewise(*line, cwd=folder)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return {name: found for name, found in document.items() if name != "report"}


def killed_after(calls: int, line: list[str], folder: Path, server: ChatServer) -> None:
    process = forked(*line, cwd=folder, environment=environment())
    kill_once(process, lambda: len(server.calls) >= calls)
    assert process.exitcode == -signal.SIGKILL


def test_nothing_is_paid_twice_and_the_table_is_that_of_a_calm_study(tmp_path: Path, decoded: Any) -> None:
    """Killed in the first condition and in the second, each time with one call in flight, which is all that may come
    again."""
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    for workspace in (calm, rough):
        workspace.mkdir()
        decoded(workspace)
    whole = sum(CONDITIONS.values())
    with ChatServer(varied) as server:
        undisturbed = finished(arguments(calm, server), tmp_path)
        assert len(server.calls) == whole
    with ChatServer(varied, latency_s=0.03) as server:
        line = arguments(rough, server)
        killed_after(4, line, tmp_path, server)
        killed_after(4 + 4, line, tmp_path, server)
        resumed = finished(line, tmp_path)
        assert server.problems == []
        assert len({call.body_sha256 for call in server.calls}) == whole
        assert (
            whole <= len(server.calls) <= whole + 2 * 2
        )  # one in flight, and one whose reply was on its way to the disk
    assert resumed == undisturbed
    scores = {line["recognition"]["percent"] for line in resumed["conditions"]}
    assert len(scores) > 1, "a table of equal rows would show nothing"
