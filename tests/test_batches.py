"""A run by batch gives what a run call by call gives, for half the price, whatever happens to its batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cuewise import Conditions, Options, RunResult, evaluate
from cuewise.demo import demo_data
from cuewise.runs.desk import Polling
from support.agents import reply
from support.batch_server import BatchServer

KEY = "sk-test-0123456789abcdef0123456789abcdef"
QUICK = Polling(first_s=0.01)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def demo(server: BatchServer, **fields: Any) -> Options:
    values: dict[str, Any] = {
        "data": str(demo_data()),
        "limit": 8,
        "model": "openai/gpt-4o",
        "model_base_url": server.base_url,
        "judge": "openai/gpt-4.1",
        "judge_base_url": server.base_url,
    }
    return Options(**{**values, **fields})


def records(result: RunResult) -> list[dict[str, Any]]:
    return [outcome.model_dump() for outcome in result.outcomes()]


def test_same_records_for_half_the_price(tmp_path: Path) -> None:
    with BatchServer(reply, api_key=KEY) as server:
        direct = evaluate(demo(server), Conditions(workspace=tmp_path / "direct"))
        made = len(server.calls)
        by_batch = evaluate(demo(server), Conditions(workspace=tmp_path / "batch", batch=True, polling=QUICK))
        assert server.problems == []
        assert len(server.calls) == made
        assert max(server.executed.values()) == 1
        assert len(server.executed) == made == 24
        assert len(server.batches) == 3
    assert by_batch.finished
    assert records(by_batch) == records(direct)
    assert by_batch.tally.made == direct.tally.made == 24
    assert by_batch.tally.reused == direct.tally.reused == 0
    assert by_batch.tally.cost_usd == pytest.approx(direct.tally.cost_usd / 2)
    spent = direct.spending().total.cost_usd
    assert spent
    assert by_batch.spending().total.cost_usd == pytest.approx(spent / 2)
