"""Limits, budget and dry runs on the command line, against a served model."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from aiohttp import web

from cuewise import Conditions, Options, evaluate, open_run
from cuewise.cli.option_groups import Running
from cuewise.demo import demo_data
from cuewise.errors import InputError
from cuewise.models.prices import Price
from cuewise.plan import make_plan
from cuewise.runs.budget import Budget
from cuewise.runs.limits import Limits
from cuewise.runs.workspace import Workspace
from support.agents import prompt_of, reply, stage_of
from support.batches import KEY, options
from support.chat_server import ChatServer
from support.cli import cuewise
from support.models import FakeModel


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def manifest(folder: Path, samples: int = 6) -> str:
    path = folder / "manifest.jsonl"
    entries = [
        {"clip": f"c{n}.wav", "task": "SA", "label": "positive", "transcript": f"Take {n}."}
        for n in range(samples)
    ]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return str(path)


def planned(options: Options, workspace: Path) -> dict[str, tuple[int, int, int]]:
    """Stored, known and assumed calls by stage."""
    plan = make_plan([(options, Conditions(workspace=workspace))])
    return {stage.stage: (stage.stored, stage.known, stage.assumed) for stage in plan.stages}


def varied(request: dict[str, Any]) -> str:
    """Answers that differ, so that no two extractions are one call; the one of Take 1 cannot be read."""
    text = reply(request)
    take = re.search(r"Take \d+", prompt_of(request))
    assert take
    if stage_of(request) == "answer":
        return f"{take[0]}: {text}"
    return "no JSON" if take[0] == "Take 1" else text


def test_a_dry_run_knows_exactly_what_is_stored_and_asks_nothing(tmp_path: Path) -> None:
    """Of six samples four are run, of which one ends with three malformed extractions: 3 + 3 are stored."""
    data = manifest(tmp_path)
    with ChatServer(varied) as server:
        before = planned(options(server, data), tmp_path)
        assert server.calls == []
        assert not Workspace(tmp_path).runs()
        evaluate(options(server, data, limit=4), Conditions(workspace=tmp_path))
        made = len(server.calls)
        after = planned(options(server, data), tmp_path)
        # There are no clips, so a judge that must see frames would end every sample before its answer.
        unseen = planned(
            options(server, data, judge="openai/gpt-4.1", judge_base_url=server.base_url), tmp_path
        )
        assert len(server.calls) == made
    assert before == {"answer": (0, 6, 0), "steps": (0, 0, 6)}, "the rules judge without a call"
    assert after == {"answer": (4, 2, 0), "steps": (6, 0, 2)}
    assert unseen == {}


def test_repeats_protocols_and_judges_are_counted_each(
    tmp_path: Path, decoded: Callable[[Path], Path]
) -> None:
    decoded(tmp_path)
    with ChatServer(reply) as server:
        both = [
            (
                Options(
                    data=str(demo_data()),
                    limit=4,
                    model="openai/gpt-4o",
                    model_base_url=server.base_url,
                    judge="openai/gpt-4.1",
                    more_judges=("openai/gpt-4.1-mini",),
                    judge_repeats=3,
                    judge_base_url=server.base_url,
                    protocol=protocol,
                ),
                Conditions(workspace=tmp_path),
            )
            for protocol in ("mme-emotion", "grounded")
        ]
        plan = make_plan(both)
        assert server.calls == []
        counts = {(stage.stage, stage.model): (stage.known, stage.assumed) for stage in plan.stages}
        assert counts == {
            ("answer", "openai/gpt-4o"): (4, 0),
            ("steps", "openai/gpt-4.1"): (0, 4),
            ("verdicts, mme-emotion", "openai/gpt-4.1"): (0, 12),
            ("verdicts, mme-emotion", "openai/gpt-4.1-mini"): (0, 12),
            ("verdicts, grounded", "openai/gpt-4.1"): (0, 12),
            ("verdicts, grounded", "openai/gpt-4.1-mini"): (0, 12),
        }
        assert plan.samples == 4
        assert plan.cost_usd is not None
        assert plan.cost_usd > 0
        # One protocol by one judge is run: the rest is known exactly now.
        first, conditions = both[0]
        evaluate(first.model_copy(update={"more_judges": (), "judge_repeats": 1}), conditions)
        plan = make_plan(both)
        paper_alone = make_plan(
            [(first.model_copy(update={"more_judges": (), "judge_repeats": 1}), conditions)]
        )
    assert (plan.samples, plan.without_calls) == (4, 0)
    assert (paper_alone.samples, paper_alone.without_calls, paper_alone.to_make) == (4, 4, 0)
    known = {(stage.stage, stage.model): (stage.stored, stage.known, stage.assumed) for stage in plan.stages}
    assert known["steps", "openai/gpt-4.1"] == (4, 0, 0)
    assert known["verdicts, mme-emotion", "openai/gpt-4.1"] == (4, 8, 0)
    assert known["verdicts, grounded", "openai/gpt-4.1-mini"] == (0, 12, 0)


def test_a_plan_says_what_a_run_then_makes(tmp_path: Path, decoded: Callable[[Path], Path]) -> None:
    decoded(tmp_path / "cuewise-workspace")
    data = str(demo_data())
    with ChatServer(reply) as server:
        arguments = (
            *("run", "--data", data, "--limit", "4", "--protocol", "both"),
            *("--model", "openai/gpt-4o", "--model-base-url", server.base_url),
            *("--judge", "openai/some-judge", "--judge-base-url", server.base_url, "--json"),
        )
        dry = cuewise(*arguments, "--dry-run", cwd=tmp_path, OPENAI_API_KEY=KEY)
        assert dry.returncode == 0, dry.stderr
        assert server.calls == []
        plan = json.loads(dry.stdout)
        done = cuewise(*arguments, cwd=tmp_path, OPENAI_API_KEY=KEY)
        assert done.returncode == 0, done.stderr
        made = len(server.calls)
    assert plan["dry_run"] is True
    # Answers of equal labels are equal texts, so some extractions are one call: assumed were at least as many.
    assert made <= plan["total"]["to_make"] == 4 + 4 + 4 + 4
    assert plan["total"]["cost_usd"] is None
    assert "no price is known for openai/some-judge: name it with --price" in dry.stderr
    first, _ = json.loads(done.stdout)["runs"]
    usage = first["usage"]
    assert usage["stages"]["answer"]["cost_usd"] > 0
    assert usage["stages"]["verdicts"]["cost_usd"] is None
    assert usage["models"]["openai/gpt-4o"]["cost_usd"] == usage["stages"]["answer"]["cost_usd"]
    assert usage["unpriced"] == ["openai/some-judge"]
    assert f"made {made} calls, " in done.stderr
    assert (
        "of openai/some-judge no price is known, name it with --price openai/some-judge=IN,OUT" in done.stderr
    )


def test_a_budget_stops_the_command_and_more_of_it_goes_on(tmp_path: Path) -> None:
    data = manifest(tmp_path, 30)
    with ChatServer(reply) as server:
        arguments = (
            *("run", "--data", data, "--modalities", "text", "--concurrency", "2", "--json"),
            *("--model", "openai/gpt-4o", "--model-base-url", server.base_url),
        )
        stopped = cuewise(*arguments, "--budget-usd", "0.01", cwd=tmp_path, OPENAI_API_KEY=KEY)
        assert stopped.returncode == 1, stopped.stderr
        so_far = json.loads(stopped.stdout)
        assert (so_far["finished"], so_far["stopped"], so_far["report"]) == (False, "budget", None)
        assert "stopped at the budget ($0.0" in stopped.stderr
        assert "of $0.0100)" in stopped.stderr
        kept = len(server.calls)
        assert 0 < kept < 30
        assert so_far["usage"]["calls_made"] == kept >= so_far["overall"]["count"] > 0
        done = cuewise(*arguments, "--budget-usd", "1", cwd=tmp_path, OPENAI_API_KEY=KEY)
        assert done.returncode == 0, done.stderr
        assert len(server.calls) == 30
        assert not any(call.duplicate for call in server.calls)
    usage = json.loads(done.stdout)["usage"]
    assert usage["calls_reused"] == kept
    assert usage["stages"]["answer"]["cost_usd"] > usage["made"]["cost_usd"] > 0
    assert "about $0." in done.stderr


def test_one_budget_serves_both_protocols(tmp_path: Path, decoded: Callable[[Path], Path]) -> None:
    """It is passed in the first, and the second is not begun."""
    decoded(tmp_path / "cuewise-workspace")
    with ChatServer(reply) as server:
        done = cuewise(
            *(
                "run",
                "--data",
                str(demo_data()),
                "--limit",
                "4",
                "--protocol",
                "both",
                "--budget-tokens",
                "1",
                "--json",
            ),
            *("--model", "openai/gpt-4o", "--model-base-url", server.base_url),
            cwd=tmp_path,
            OPENAI_API_KEY=KEY,
        )
        assert server.calls == []
    assert done.returncode == 1
    assert "(0 of 1 tokens)" in done.stderr
    assert done.stderr.count("protocol") == 1
    nothing_yet = json.loads(done.stdout)
    assert (nothing_yet["finished"], nothing_yet["stopped"], nothing_yet["tasks"]) == (False, "budget", {})


def test_limits_as_they_are_given() -> None:
    given = Running(
        rpm=["60", "gpt-4o=5"], tpm=["1e5"], price=["m=1,2.5"], budget_usd=3.0, sample_deadline=9.0
    )
    limits = given.limits()
    assert list(limits.rpm.items()) == [("gpt-4o", 5), ("*", 60)], "the one for all models comes last"
    assert limits.tpm == {"*": 100_000}
    assert limits.prices == {"m": Price(1, 2.5)}
    assert limits.budget is not None
    assert (limits.budget.usd, limits.budget.tokens) == (3, None)
    assert limits.sample_deadline_s == 9.0
    assert Running().limits() == Limits()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rpm": ["0"]}, "above 0"),
        ({"rpm": ["inf"]}, "above 0"),
        ({"tpm": ["m=fast"]}, "MODEL=NUMBER"),
        ({"price": ["m=1"]}, "MODEL=IN,OUT"),
        ({"price": ["1,2"]}, "MODEL=IN,OUT"),
        ({"price": ["m=-1,2"]}, "MODEL=IN,OUT"),
    ],
)
def test_limits_that_are_none(given: dict[str, list[str]], message: str) -> None:
    with pytest.raises((InputError, typer.BadParameter), match=message):
        Running(**given).limits()  # type: ignore[arg-type]


def test_bad_limits_are_told_before_anything_is_asked(tmp_path: Path) -> None:
    with ChatServer(reply) as server:
        done = cuewise(
            *("run", "--data", manifest(tmp_path), "--modalities", "text", "--budget-usd", "1"),
            *("--model", "openai/some-model", "--model-base-url", server.base_url),
            cwd=tmp_path,
            OPENAI_API_KEY=KEY,
        )
        assert server.calls == []
    assert done.returncode == 2
    assert "--price openai/some-model=IN,OUT" in " ".join(done.stderr.split())
    assert not Workspace(tmp_path / "cuewise-workspace").runs()


def test_the_users_prices_are_kept_with_the_run(tmp_path: Path) -> None:
    """At a million dollars per million tokens of output a reply costs as many dollars as it has tokens."""
    with ChatServer(reply) as server:
        limits = Limits(prices={"openai/*": Price(0, 1_000_000)}, budget=Budget(usd=1e9))
        result = evaluate(
            options(server, manifest(tmp_path), extractor=None), Conditions(workspace=tmp_path, limits=limits)
        )
    tokens = result.usage["answer"].output_tokens
    assert tokens
    assert result.tally.cost_usd == pytest.approx(tokens)
    assert open_run(result.name, workspace=tmp_path).spending().total.cost_usd == pytest.approx(tokens)


def test_a_deadline_is_the_stages_failure(tmp_path: Path) -> None:
    class SlowToExtract(ChatServer):
        slow = True

        async def _complete(self, request: web.Request) -> web.StreamResponse:
            if self.slow and stage_of(await request.json()) == "steps":
                await asyncio.sleep(60)
            return await super()._complete(request)

    with SlowToExtract(reply) as server:
        limits = Limits(sample_deadline_s=2)
        result = evaluate(options(server, manifest(tmp_path)), Conditions(workspace=tmp_path, limits=limits))
        ends = [(outcome.kind.value, outcome.cause) for outcome in result.outcomes()]
        assert ends == [("extractor_failure", "deadline")] * 6
        server.slow = False
        later = evaluate(options(server, manifest(tmp_path)), Conditions(workspace=tmp_path))
    assert later.summary.overall().coverage == 100
    assert later.tally.reused >= 6


def test_a_model_from_python_needs_a_price_too(tmp_path: Path) -> None:
    async def never(request: object) -> Any:
        raise AssertionError

    with ChatServer(reply) as server, pytest.raises(InputError, match="--price lab/mine=IN,OUT"):
        evaluate(
            options(server, manifest(tmp_path), extractor=None),
            Conditions(workspace=tmp_path, limits=Limits(budget=Budget(usd=1))),
            model=_taking_text(FakeModel(never, name="lab/mine")),
        )


def _taking_text(model: FakeModel) -> FakeModel:
    from cuewise.models.protocol import Modality

    model.takes = frozenset({Modality.TEXT})
    return model


def test_a_dry_run_needs_no_key(tmp_path: Path, decoded: Callable[[Path], Path]) -> None:
    decoded(tmp_path / "cuewise-workspace")
    arguments = (
        "run",
        "--data",
        str(demo_data()),
        "--limit",
        "2",
        "--model",
        "openai/gpt-4o",
        "--judge",
        "openai/gpt-4o",
    )
    done = cuewise(*arguments, "--dry-run", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["dry_run"] is True
    asked = cuewise(*arguments, cwd=tmp_path)
    assert asked.returncode == 2
    assert "OPENAI_API_KEY" in asked.stderr
