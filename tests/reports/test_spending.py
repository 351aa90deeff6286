"""Calls, tokens and costs in the report."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from cuewise.models.protocol import Completion
from cuewise.records import Outcome
from cuewise.reports.spending import spending_table
from cuewise.result import RunResult
from cuewise.runs.store import CallLabel, CallStore
from cuewise.runs.workspace import Workspace
from support.outcomes import make_outcomes, make_run, make_samples
from support.report_page import WriteReport

CAPTION = "Calls behind these outcomes, made or reused"
KEY_A, KEY_B, KEY_C = (letter * 64 for letter in "abc")


def _keep(workspace: Path, calls: dict[str, tuple[str, int | None, int | None]]) -> None:
    """Put calls into the store: model, tokens in, tokens out by key."""

    async def put() -> None:
        with closing(CallStore(Workspace(workspace).calls_path)) as store:
            for key, (model, sent, got) in calls.items():
                label = CallLabel(key=key, model=model, stage="answer", sample="s")
                completion = Completion(text="x", input_tokens=sent, output_tokens=got)
                await store.put(label, "{}", completion, finished_at=0.0, latency_s=0.1)

    asyncio.run(put())


def _run(workspace: Path, calls: list[dict[str, tuple[str, ...]]]) -> RunResult:
    """A run whose outcomes rest on these calls, by stage."""
    outcomes: list[Outcome] = [
        outcome.model_copy(update={"calls": keys})
        for outcome, keys in zip(make_outcomes(make_samples(len(calls))), calls, strict=True)
    ]
    return make_run(workspace, "r", outcomes)


def test_costs_by_hand(workspace: Path, report: WriteReport) -> None:
    """gpt-4o at $2.50 and $10 a million: 1,000,000 in and 100,000 out are 2.50 + 1.00 = $3.50; made once, twice
    named. The other model has no price, and so neither its stage nor its task nor the whole has a cost.
    """
    _keep(
        workspace,
        {
            KEY_A: ("openai/gpt-4o", 1_000_000, 100_000),
            KEY_B: ("openai/gpt-4o", 400_000, 0),
            KEY_C: ("nobody/knows", 10, 20),
        },
    )
    run = _run(workspace, [{"answer": (KEY_A,)}, {"answer": (KEY_A, KEY_B), "verdicts": (KEY_C,)}])
    first, second = run.manifest.settings.tasks
    page = report(run)
    rows = page.tables[CAPTION][1:]
    assert rows == [
        ["By stage"],
        ["answer", "2", "1,400,000", "100,000", "$4.50"],
        ["verdicts", "1", "10", "20", "price unknown"],
        ["By model"],
        ["openai/gpt-4o", "2", "1,400,000", "100,000", "$4.50"],
        ["nobody/knows", "1", "10", "20", "price unknown"],
        ["By task"],
        [first, "1", "1,000,000", "100,000", "$3.50"],
        [second, "2", "400,010", "20", "price unknown"],
        ["All calls", "3", "1,400,010", "100,020", "price unknown"],
    ]
    assert "Price unknown: nobody/knows. Name it with --price." in page.text
    assert "Calls and costs: 3 calls, price unknown" in page.text


def test_a_priced_model_that_counts_no_tokens_is_not_called_unpriced(workspace: Path) -> None:
    _keep(workspace, {KEY_A: ("openai/gpt-4o", None, None)})
    table = spending_table(_run(workspace, [{"answer": (KEY_A,)}]))
    assert [line.cost for _, lines in table.groups for line in lines] == ["tokens not counted"] * 2
    assert table.total is not None
    assert table.total.cost == "tokens not counted"
    assert table.remarks == ()


def test_calls_that_are_gone_are_said_to_be(workspace: Path) -> None:
    _keep(workspace, {})
    table = spending_table(_run(workspace, [{"answer": (KEY_A,)}]))
    assert table.remarks == ("Some calls are no longer in the call store: what they took is unknown.",)


def test_a_moved_run_tells_its_calls_and_makes_no_store(workspace: Path) -> None:
    run = _run(workspace, [{}])
    table = spending_table(run)
    ((title, lines),) = table.groups
    assert title == "By stage"
    assert [(line.name, line.calls, line.cost) for line in lines] == [
        ("answer", "1", "–"),
        ("verdicts", "1", "–"),
    ]
    assert "not beside the run" in table.remarks[0]
    assert "share is counted with each" in table.remarks[1]
    assert not Workspace(workspace).calls_path.exists()
