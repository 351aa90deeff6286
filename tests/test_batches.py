"""A run by batch gives what a run call by call gives, for half the price, and either can go on with the other."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cuewise import Conditions, Options, evaluate, rejudge
from cuewise.demo import demo_data
from cuewise.errors import InputError
from cuewise.evaluation import Watcher
from cuewise.models.openai_batches import OpenAIBatches
from cuewise.models.prices import Price
from cuewise.plan import make_plan
from cuewise.reports.spending import spending_table
from cuewise.runs.budget import Budget
from cuewise.runs.limits import Limits
from cuewise.runs.meter import CallTally
from cuewise.runs.progress import BarProgress, LineProgress
from support.agents import reply, stage_of
from support.batch_server import BatchServer, ResponsesBatchServer
from support.batches import (
    KEY,
    SAMPLES,
    conditions,
    ends,
    manifest,
    options,
    outcomes,
    rows,
    run,
    varied,
)
from support.chat_server import ChatServer
from support.cli import CUEWISE, cuewise, environment


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("cuewise.runs.desk.LOOK_AGAIN_S", 0.01)


def demo(server: ChatServer, **fields: Any) -> Options:
    values: dict[str, Any] = {
        "data": str(demo_data()),
        "limit": 8,
        "model": "openai/gpt-4o",
        "model_base_url": server.base_url,
        "judge": "openai/gpt-4.1",
        "judge_base_url": server.base_url,
    }
    return Options(**{**values, **fields})


@pytest.mark.parametrize(
    ("server_class", "names"),
    [
        (BatchServer, ("openai/gpt-4o", "openai/gpt-4.1")),
        (ResponsesBatchServer, ("openai/o3-pro", "openai/gpt-5-pro")),
    ],
)
def test_same_records_for_half_the_price(
    tmp_path: Path, server_class: type[BatchServer], names: tuple[str, str]
) -> None:
    """Eight clips with their frames: an answer, an extraction and a judgement each, in three batches."""
    model, judge = names
    limits = Limits(prices={"*": Price(2, 8)})
    with server_class(reply, api_key=KEY) as server:
        asked = demo(server, model=model, judge=judge)
        direct = evaluate(asked, Conditions(workspace=tmp_path / "direct", limits=limits))
        made = len(server.calls)
        batch_conditions = conditions(tmp_path / "batch", limits=limits)
        by_batch = evaluate(asked, batch_conditions)
        assert server.problems == []
        assert len(server.calls) == made == 24
        assert sorted(server.executed.values()) == [1] * 24
        assert len(server.batches) == 3
        # Once more: all is stored, and nothing is asked.
        again = evaluate(asked, batch_conditions)
        assert len(server.batches) == 3
    assert outcomes(by_batch) == outcomes(direct) == outcomes(again)
    assert by_batch.tally.made == direct.tally.made == 24
    assert (by_batch.tally.reused, direct.tally.reused, again.tally.reused) == (0, 0, 24)
    assert by_batch.tally.cost_usd == pytest.approx(direct.tally.cost_usd / 2)
    spent = direct.spending().total.cost_usd
    assert spent
    assert by_batch.spending().total.cost_usd == pytest.approx(spent / 2)
    assert spending_table(by_batch).remarks == ("24 calls came by batch, and are counted at its price.",)
    assert spending_table(direct).remarks == ()
    assert rows(tmp_path / "direct", "SELECT count(*) FROM calls WHERE batch = ''") == [(24,)]
    assert rows(
        tmp_path / "batch", "SELECT count(*), count(DISTINCT batch) FROM calls WHERE batch <> ''"
    ) == [(24, 3)]


def test_a_run_goes_on_the_other_way_round(tmp_path: Path) -> None:
    """Four samples directly, all ten by batch, and then all directly: each call is paid for once."""
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY) as server:
        evaluate(options(server, data, limit=4), conditions(tmp_path, batch=False))
        by_batch = run(tmp_path, server, data)
        directly = run(tmp_path, server, data, batch=False)
        assert len(server.calls) == 8
        assert server.executed.total() == len(server.executed) == 12
    assert (by_batch.tally.made, by_batch.tally.reused) == (12, 8)
    assert (directly.tally.made, directly.tally.reused) == (0, 20)
    assert outcomes(directly) == outcomes(by_batch)
    # At $2.50 and $10 per million tokens, and half as much by batch; each stored call at what it cost.
    prices = {"openai/gpt-4o": (2.5, 10.0), "openai/gpt-4o-mini": (0.15, 0.6)}
    expected = 0.0
    sql = "SELECT model, completion, batch FROM calls"
    for model, completion, batch in rows(tmp_path, sql):
        tokens = json.loads(completion)
        dollars = tokens["input_tokens"] * prices[model][0] + tokens["output_tokens"] * prices[model][1]
        expected += dollars / 1e6 / (2 if batch else 1)
    assert directly.spending().total.cost_usd == pytest.approx(expected)


def test_a_panel_judges_in_one_wave(tmp_path: Path) -> None:
    """Two judges, of whom each judges twice, wait for no other: their batches begin before any of them ends."""
    with BatchServer(reply, api_key=KEY) as server:
        result = evaluate(
            demo(server, limit=2, more_judges=("openai/gpt-4.1-mini",), judge_repeats=2),
            conditions(tmp_path),
        )
        sizes = [(batch.lines[0]["body"]["model"], len(batch.lines)) for batch in server.batches]
    assert ends(result) == [("scored", None)] * 2
    # Both judges read the same steps that the first of them took.
    assert sizes == [("gpt-4o", 2), ("gpt-4.1", 2), ("gpt-4.1", 4), ("gpt-4.1-mini", 4)]


def test_all_epochs_go_by_one_batch(tmp_path: Path) -> None:
    """Three answers to each sample, of which a rerun finds each; their extractions are alike, and made once."""
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY) as server:
        asked = options(server, data, epochs=3, temperature=0.7)
        direct = evaluate(asked, Conditions(workspace=tmp_path / "direct"))
        by_batch = evaluate(asked, conditions(tmp_path / "batch"))
        assert [len(batch.lines) for batch in server.batches] == [3 * SAMPLES, SAMPLES]
        assert server.problems == []
    assert outcomes(by_batch) == outcomes(direct)
    assert len(outcomes(by_batch)) == 3 * SAMPLES
    assert by_batch.tally.made == direct.tally.made == 4 * SAMPLES


def test_models_of_one_name_keep_their_own_settings(tmp_path: Path) -> None:
    """The model under test takes its own steps, with other settings than its answers."""
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY) as server:
        asked = options(
            server,
            data,
            model_args={"top_p": "0.5"},
            extractor="openai/gpt-4o",
            extractor_args={"top_p": "0.9"},
        )
        result = evaluate(asked, conditions(tmp_path))
        bodies = [line["body"] for batch in server.batches for line in batch.lines]
    assert ends(result) == [("scored", None)] * SAMPLES
    sent = {(stage_of(body), body["top_p"]) for body in bodies}
    assert sent == {("answer", 0.5), ("steps", 0.9)}
    kept = rows(tmp_path, "SELECT DISTINCT stage, json_extract(request, '$.parameters.top_p') FROM calls")
    assert set(kept) == sent


class Listener(Watcher):
    def __init__(self) -> None:
        self.by_batch: list[str] = []
        self.directly: list[str] = []
        self.left: list[tuple[str, int]] = []

    def batching(self, by_batch: Any, directly: Any) -> None:
        self.by_batch, self.directly = list(by_batch), list(directly)

    def left_in_batches(self, batches: Any) -> None:
        self.left += [(batch.model, batch.calls) for batch in batches]


def test_models_without_batches_are_asked_directly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, heard = manifest(tmp_path), Listener()
    with BatchServer(varied, api_key=KEY) as server, ChatServer(varied) as other:
        monkeypatch.setenv("LAB_BASE_URL", other.base_url)
        result = evaluate(
            options(server, data, extractor="openai-api/lab/x", extractor_base_url=other.base_url),
            conditions(tmp_path),
            watcher=heard,
        )
        assert (server.executed.total(), len(server.calls), len(other.calls)) == (SAMPLES, 0, SAMPLES)
    assert ends(result) == [("scored", None)] * SAMPLES
    assert (heard.by_batch, heard.directly) == (["openai/gpt-4o"], ["openai-api/lab/x"])
    with pytest.raises(InputError, match=r"this run asks baseline/majority"):
        evaluate(Options(data=data, model="baseline/majority", modalities=()), conditions(tmp_path))
    with BatchServer(varied) as server:
        limits = Limits(sample_deadline_s=60)
        with pytest.raises(InputError, match="--sample-deadline and --batch do not go together"):
            evaluate(options(server, data), conditions(tmp_path, limits=limits))
        assert server.requests == []


def test_judging_again_by_batch(tmp_path: Path) -> None:
    with BatchServer(reply, api_key=KEY) as server:
        first = evaluate(demo(server, limit=4), conditions(tmp_path))
        again = rejudge(first.name, "openai/gpt-5", conditions(tmp_path), judge_base_url=server.base_url)
        assert [len(batch.lines) for batch in server.batches] == [4, 4, 4, 4]
        assert {stage_of(line["body"]) for line in server.batches[-1].lines} == {"verdicts"}
    assert again.summary.overall().coverage == 100


class Dead(BaseException):
    pass


def leave_open(
    tmp_path: Path, server: BatchServer, data: str, monkeypatch: pytest.MonkeyPatch, **changes: Any
) -> None:
    """A command dies while its first batch is under way."""

    async def die(*_: object) -> Any:
        raise Dead

    with monkeypatch.context() as patch:
        patch.setattr(OpenAIBatches, "state", die)
        with pytest.raises(Dead):
            evaluate(options(server, data, **changes), conditions(tmp_path))


def test_another_run_takes_up_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers are the same whoever reads their steps; so is the batch that holds them."""
    data, heard, direct = manifest(tmp_path), Listener(), conditions(tmp_path, batch=False)
    with BatchServer(varied, api_key=KEY) as server:
        leave_open(tmp_path, server, data, monkeypatch)
        other = evaluate(options(server, data, extractor="openai/gpt-4.1"), conditions(tmp_path))
        assert [len(batch.lines) for batch in server.batches] == [SAMPLES, SAMPLES]
        leave_open(tmp_path, server, data, monkeypatch)
        evaluate(Options(data=data, model="baseline/majority", modalities=()), direct, watcher=heard)
        assert heard.left == [], "a run that asks other models need not know"
        evaluate(options(server, data), direct, watcher=heard)
        assert len(server.calls) == SAMPLES, "without --batch nothing is collected"
        server._polls = 1
        run(tmp_path, server, data)
        assert server.executed.total() == 3 * SAMPLES, "what was paid for is collected all the same"
    assert ends(other) == [("scored", None)] * SAMPLES
    assert heard.left == [("openai/gpt-4o-mini", SAMPLES)]
    assert rows(tmp_path, "SELECT state, count(*) FROM batches GROUP BY state") == [("ended", 3)]


def test_a_dry_run_knows_what_has_been_submitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY) as server:
        leave_open(tmp_path, server, data, monkeypatch)
        by_batch, directly = (
            make_plan([(options(server, data), conditions(tmp_path, batch=batch))]).stages[0]
            for batch in (True, False)
        )
    assert (by_batch.submitted, by_batch.known, by_batch.cost_usd) == (SAMPLES, 0, 0)
    assert (directly.submitted, directly.known) == (SAMPLES, SAMPLES)
    assert directly.cost_usd


def test_a_run_does_not_wait_for_batches_that_it_does_not_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY) as server:
        leave_open(tmp_path, server, data, monkeypatch, temperature=0.5)
        # Nobody knows that batch any more, as if it had been begun with the key of another project.
        server.batches[0].id = "batch_elsewhere"
        result = run(tmp_path, server, data)
    assert ends(result) == [("scored", None)] * SAMPLES
    assert rows(tmp_path, "SELECT state, count(*) FROM batches GROUP BY state") == [("ended", 2), ("open", 1)]


def test_a_command_beside_collects_what_another_waits_for(tmp_path: Path) -> None:
    """Two runs in one workspace at once: the second finds the first one's answers on their way."""
    data = manifest(tmp_path)

    with BatchServer(varied, api_key=KEY, polls=20) as server, ThreadPoolExecutor(1) as beside:
        first = beside.submit(run, tmp_path, server, data)
        while not server.batches or not server.batches[0].polls:
            time.sleep(0.01)
        second = evaluate(options(server, data, extractor="openai/gpt-4.1"), conditions(tmp_path))
        assert ends(second) == ends(first.result(30)) == [("scored", None)] * SAMPLES
        assert sorted(len(batch.lines) for batch in server.batches) == [SAMPLES] * 3
        assert server.executed.total() == len(server.executed) == 3 * SAMPLES
    assert rows(tmp_path, "SELECT DISTINCT state FROM batches") == [("ended",)]


def test_the_budget_bounds_what_is_put_into_batches(tmp_path: Path) -> None:
    """The first round puts in as many answers as fit at 500 tokens of output each; then more is known."""
    data = manifest(tmp_path)
    limits = Limits(prices={"openai/*": Price(0, 1000)}, budget=Budget(usd=1.3))
    with BatchServer(varied, api_key=KEY) as server:
        result = run(tmp_path, server, data, limits=limits)
        # 500 tokens at half of $1,000 per million are $0.25: five fit into $1.30.
        assert len(server.batches[0].lines) == 5
        assert limits.budget is not None
        assert limits.budget.spent.usd == pytest.approx(result.tally.cost_usd)
        assert result.finished, "replies of some 20 tokens cost a cent each"
        assert server.executed.total() == len(server.executed) == 2 * SAMPLES


class Thinker(BatchServer):
    """Takes twelve times as many tokens for a reply as are expected of one."""

    def _completion(self, *arguments: Any) -> bytes:
        said = json.loads(super()._completion(*arguments))
        said["usage"]["completion_tokens"] = 6000
        return json.dumps(said).encode()


def test_a_budget_is_not_bet_on_a_guess(tmp_path: Path) -> None:
    """Replies of 6,000 tokens at $5 per million: $0.03 each, where $0.0025 were to be expected."""
    data = manifest(tmp_path, 40)
    limits = Limits(prices={"openai/*": Price(0, 10)}, budget=Budget(usd=0.5))
    with Thinker(varied, api_key=KEY) as server:
        asked = options(server, data, extractor="offline/rules", extractor_base_url=None)
        result = evaluate(asked, conditions(tmp_path, limits=limits, concurrency=8))
        assert [len(batch.lines) for batch in server.batches] == [8, 8]
    assert result.budget_reached
    assert result.tally.cost_usd == pytest.approx(16 * 0.03)


def test_a_budget_that_is_reached_stops_the_run_with_nothing_lost(tmp_path: Path) -> None:
    """Eighty calls of about a cent each, and a quarter of a dollar."""
    data = manifest(tmp_path, 40)
    limits = Limits(prices={"openai/*": Price(0, 1000)}, budget=Budget(usd=0.26))
    with BatchServer(varied, api_key=KEY) as server:
        result = run(tmp_path, server, data, limits=limits)
        assert result.budget_reached
        assert not result.finished
        assert 0.2 < result.tally.cost_usd < 0.26 + 1e-9
        made = server.executed.total()
        assert 20 < made < 80
        later = run(tmp_path, server, data)
        assert server.executed.total() == len(server.executed) == 80
    assert (later.tally.made, later.tally.reused) == (80 - made, made)


def test_a_budget_is_shared_by_calls_of_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call made directly does not wait in mid-round for what batches may leave over: its sample comes back."""
    data = manifest(tmp_path, 20)
    with BatchServer(varied, api_key=KEY) as server, ChatServer(varied) as other:
        monkeypatch.setenv("LAB_BASE_URL", other.base_url)
        prices = {"openai/*": Price(0, 1000), "openai-api/*": Price(0, 500)}
        asked = options(server, data, extractor="openai-api/lab/x", extractor_base_url=other.base_url)
        limits = Limits(prices=prices, budget=Budget(usd=0.26))
        result = evaluate(asked, conditions(tmp_path, limits=limits))
        assert result.budget_reached
        assert 0.2 < result.tally.cost_usd < 0.26 + 1e-9
        assert len(other.calls) > 3
        later = evaluate(asked, conditions(tmp_path, limits=Limits(prices=prices)))
        assert server.executed.total() == len(server.executed) == len(other.calls) == 20
        assert not any(call.duplicate for call in other.calls)
    assert ends(later) == [("scored", None)] * 20


def test_progress_says_what_is_waited_for() -> None:
    """On a terminal in the bar, elsewhere in a line when something has changed, and not too often."""
    seconds, lines, screen = [0.0], io.StringIO(), io.StringIO()
    tally = CallTally(made=3, batches=2, batched=1000, batched_done=640)
    progress = LineProgress(50, tally, lines, clock=lambda: seconds[0])
    told = "0/50 samples, 3 calls made, 0 reused, waiting for 2 batches, 640 of 1,000 calls done\n"
    for now, expected in ((5.0, ""), (20.0, told), (40.0, told)):
        seconds[0] = now
        progress.waiting()
        assert lines.getvalue() == expected
    tally.batches, tally.batched_done = 1, 700
    progress.waiting()
    assert lines.getvalue().endswith("waiting for 1 batch, 700 of 1,000 calls done\n")
    with BarProgress(50, tally, screen) as bar:
        bar.waiting()
    assert "waiting for 1 batch" in screen.getvalue()


def test_a_dry_run_counts_at_the_price_of_batches(tmp_path: Path) -> None:
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY) as server:
        asked = options(server, data)
        direct = make_plan([(asked, conditions(tmp_path, batch=False))])
        by_batch = make_plan([(asked, conditions(tmp_path))])
        assert server.requests == []
    assert direct.cost_usd
    assert by_batch.cost_usd == pytest.approx(direct.cost_usd / 2)
    assert [stage.batch for stage in by_batch.stages] == [True, True]


def arguments(server: ChatServer, data: str) -> list[str]:
    return [
        *("run", "--data", data, "--modalities", "text", "--batch"),
        *("--model", "openai/gpt-4o", "--model-base-url", server.base_url),
        *("--extractor", "openai/gpt-4o-mini", "--judge-base-url", server.base_url),
    ]


def test_an_interrupt_ends_the_command_at_once_and_the_next_collects(tmp_path: Path) -> None:
    data = manifest(tmp_path)
    with BatchServer(varied, api_key=KEY, polls=10**9) as server:
        process = subprocess.Popen(
            [*CUEWISE, *arguments(server, data)],
            cwd=tmp_path,
            env=environment(OPENAI_API_KEY=KEY),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        while not server.batches or not server.batches[0].polls:
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGINT)
        sent = time.monotonic()
        told, _ = process.communicate(timeout=20)
        assert time.monotonic() - sent < 10
        assert process.returncode == 130
        assert "by batch: openai/gpt-4o, openai/gpt-4o-mini" in told
        assert "Ctrl-C is safe" in told
        assert "and collect 1 batch from the provider" in " ".join(told.split())
        assert "waiting for 1 batch, 0 of 10 calls done" in " ".join(told.split())
        server._polls = 1
        done = cuewise(*arguments(server, data), "--json", cwd=tmp_path, OPENAI_API_KEY=KEY)
        assert done.returncode == 0, done.stderr
        assert len(server.batches) == 2
        assert server.executed.total() == len(server.executed) == 2 * SAMPLES
        assert server.problems == []
    found = json.loads(done.stdout)
    assert found["overall"]["coverage"] == 100
    assert found["usage"]["calls_made"] == 2 * SAMPLES
    for text in (told, done.stdout, done.stderr):
        assert KEY not in text
    kept = (tmp_path / "cuewise-workspace" / "calls.sqlite").read_bytes()
    assert KEY.encode() not in kept


def test_a_dry_run_says_whose_calls_go_by_batch(tmp_path: Path) -> None:
    with BatchServer(varied, api_key=KEY) as server:
        done = cuewise(*arguments(server, manifest(tmp_path)), "--dry-run", cwd=tmp_path, OPENAI_API_KEY=KEY)
        assert server.requests == []
    assert done.returncode == 0
    assert "at the price of calls by batch: openai/gpt-4o, openai/gpt-4o-mini" in " ".join(
        done.stderr.split()
    )
