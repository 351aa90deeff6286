"""What a run's calls cost, by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cuewise.models.prices import Price
from cuewise.models.protocol import Completion
from cuewise.records import Outcome, OutcomeKind, Protocol
from cuewise.runs.spending import Spending, Spent, sum_up
from cuewise.runs.store import CallLabel, CallStore
from support.models import make_sample

K1, K2, K3, K4, K5 = (f"{n:064x}" for n in range(1, 6))
PRICES = {"a": Price(1, 10), "b": Price(2, 0), "free": Price(0, 0)}


def spending(
    folder: Path, calls: dict[str, tuple[str, int | None, int | None]], *outcomes: Outcome
) -> Spending:
    """Of calls by key: model, input and output tokens."""
    store = CallStore(folder / "calls.sqlite")
    try:
        for key, (model, sent, got) in calls.items():
            completion = Completion(text="ok", input_tokens=sent, output_tokens=got)
            label = CallLabel(key, model, "answer", "s")
            asyncio.run(store.put(label, "{}", completion, finished_at=0, latency_s=0))
        return sum_up(outcomes, store, PRICES.get)
    finally:
        store.close()


def outcome(number: int = 0, task: str = "SA", **calls: tuple[str, ...]) -> Outcome:
    sample = make_sample(number, task=task, id=f"{task}/clip{number}")
    return Outcome(sample=sample, protocol=Protocol.GROUNDED, kind=OutcomeKind.REFUSED, calls=calls)


def test_by_stage_model_and_task(tmp_path: Path) -> None:
    """Model a: 100,000 in and 10,000 out are 0.10 + 0.10 dollars; model b: 50,000 in are 0.10."""
    calls: dict[str, tuple[str, int | None, int | None]] = {
        K1: ("a", 100_000, 10_000),
        K2: ("b", 50_000, 7),
        K3: ("b", 50_000, 7),
    }
    found = spending(
        tmp_path,
        calls,
        outcome(0, answer=(K1,), verdicts=(K2,)),
        outcome(1, "IR", answer=(K1,), verdicts=(K3,)),
    )
    assert found.stages["answer"] == Spent(1, 100_000, 10_000, 0.2), "shared, and paid for once"
    assert found.stages["verdicts"] == Spent(2, 100_000, 14, 0.2)
    assert found.models["b"].cost_usd == pytest.approx(0.2)
    assert found.tasks["SA"].cost_usd == pytest.approx(0.3)
    assert found.tasks["IR"].cost_usd == pytest.approx(0.1)
    assert found.total == Spent(3, 200_000, 10_014, 0.4)
    assert found.unpriced == ()


def test_a_sum_with_an_unknown_part_is_unknown(tmp_path: Path) -> None:
    calls: dict[str, tuple[str, int | None, int | None]] = {
        K1: ("a", 100, 10),
        K2: ("nobody-knows", 100, 10),
        K3: ("a", None, None),
        K4: ("free", None, None),
    }
    found = spending(
        tmp_path,
        calls,
        outcome(0, answer=(K1,), steps=(K2,), verdicts=(K3,), audio=(K4,), gone=(K5,)),
    )
    costs = {stage: spent.cost_usd for stage, spent in found.stages.items()}
    assert costs == {
        "answer": pytest.approx(0.0002),
        "steps": None,
        "verdicts": None,
        "audio": 0.0,
        "gone": None,
    }
    assert found.total.cost_usd is None
    assert (found.total.calls, found.total.input_tokens) == (5, 200)
    assert found.unpriced == ("nobody-knows", "unknown")


def test_more_keys_than_a_statement_takes_parameters(tmp_path: Path) -> None:
    store = CallStore(tmp_path / "calls.sqlite")
    assert store.usage(f"key{n}" for n in range(40_000)) == {}
    store.close()
