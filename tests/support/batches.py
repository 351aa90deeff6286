"""Runs over samples of words alone, call by call or by batch, quickly."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from cuewise import Conditions, Options, RunResult, evaluate
from cuewise.runs.caller import RetryPolicy
from cuewise.runs.desk import Polling
from support.agents import prompt_of, reply, stage_of
from support.chat_server import ChatServer

KEY = "sk-test-0123456789abcdef0123456789abcdef"
SAMPLES = 10


def varied(request: dict[str, Any]) -> str:
    """Answers that differ from sample to sample, and so do the extractions that are asked for."""
    text = reply(request)
    take = re.search(r"Take \d+", prompt_of(request))
    assert take
    return f"{take[0]}: {text}" if stage_of(request) == "answer" else text


def manifest(folder: Path, samples: int = SAMPLES) -> str:
    path = folder / "manifest.jsonl"
    labels = ("negative", "neutral", "positive")
    entries = [
        {"clip": f"c{n}.wav", "task": "SA", "label": labels[n % 3], "transcript": f"Take {n}."}
        for n in range(samples)
    ]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return str(path)


def options(server: ChatServer, data: str, **changes: Any) -> Options:
    """A model under test and an extractor, which ask twice for each sample; the rules judge."""
    values: dict[str, Any] = {
        "data": data,
        "modalities": ("text",),
        "model": "openai/gpt-4o",
        "model_base_url": server.base_url,
        "extractor": "openai/gpt-4o-mini",
        "extractor_base_url": server.base_url,
    }
    return Options(**{**values, **changes})


def conditions(workspace: Path, **changes: Any) -> Conditions:
    """By batch, with short waits."""
    values: dict[str, Any] = {
        "workspace": workspace,
        "batch": True,
        "polling": Polling(first_s=0.01, longest_s=0.05),
        "retry": RetryPolicy(first_wait_s=0.01),
    }
    return Conditions(**{**values, **changes})


def run(workspace: Path, server: ChatServer, data: str, **changes: Any) -> RunResult:
    return evaluate(options(server, data), conditions(workspace, **changes))


def outcomes(result: RunResult) -> list[dict[str, Any]]:
    """Everything that is known of every sample."""
    return [outcome.model_dump() for outcome in result.outcomes()]


def ends(result: RunResult) -> list[tuple[str, str | None]]:
    return [(outcome.kind.value, outcome.cause) for outcome in result.outcomes()]


def rows(workspace: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a query of the call store gives."""
    with sqlite3.connect(workspace / "calls.sqlite") as db:
        found = db.execute(sql).fetchall()
    db.close()
    return found
