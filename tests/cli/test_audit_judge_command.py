"""`cuewise audit judge` from run to table, with judges by rules and behind a server."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise.audits.judge.figures import JudgeAudit
from cuewise.audits.judge.plants import PLANTS
from cuewise.audits.judge.run import audit_run, draw_answers
from cuewise.demo import demo_data
from cuewise.errors import RunError
from cuewise.evaluation import evaluate
from cuewise.records import Protocol
from cuewise.result import open_run
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import Options
from support.agents import prompt_of
from support.chat_server import ChatServer
from support.cli import CUEWISE, cuewise, environment

MODEL = "simulated/careful"
KEY = "sk-test-0123456789abcdef0123456789abcdef"
VERSIONS = 1 + len(PLANTS)


def judge_reply(request: dict[str, Any]) -> str:
    """A judge that finds every step right and supported by the first frame."""
    prompt = prompt_of(request)
    if match := re.search(r"^1\. There are (\d+) steps", prompt, re.MULTILINE):
        entries = [
            {"step": n, "rating": 1, "evidence": [], "reason": "-"} for n in range(1, int(match[1]) + 1)
        ]
        return json.dumps({"ratings": entries})
    match = re.search(r"^Number of steps: (\d+)", prompt, re.MULTILINE)
    assert match
    earning = {"decision": "supported", "evidence": ["F1"], "relevant": True}
    verdict = {**earning, "repeats": None, "confidence": 1, "reason": "-"}
    verdicts = [{"step": n, **verdict} for n in range(1, int(match[1]))]
    return json.dumps({"verdicts": verdicts, "label": {"named": [], "reason": "-"}})


MakeRun = Callable[..., None]


@pytest.fixture(scope="module")
def make_run(tmp_path_factory: pytest.TempPathFactory, decoded: Callable[[Path], Path]) -> MakeRun:
    """Puts a run named `r` into a workspace, its steps read by rules; one without a server is made once and copied."""
    templates: dict[tuple[Protocol, int | None], Path] = {}

    def make(
        workspace: Path,
        *,
        protocol: Protocol = Protocol.MME_EMOTION,
        limit: int | None = 8,
        **options: Any,
    ) -> None:
        made = templates.get((protocol, limit))
        if options or made is None:
            made = decoded(tmp_path_factory.mktemp("made"))
            evaluate(
                Options(
                    data=str(demo_data()),
                    model=MODEL,
                    extractor="offline/rules",
                    protocol=protocol,
                    limit=limit,
                    **options,
                ),
                Conditions(workspace=made, run="r"),
            )
            if not options:
                templates[protocol, limit] = made
        shutil.copytree(made, workspace, dirs_exist_ok=True)

    return make


def audit(workspace: Path, *more: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return cuewise(
        "audit",
        "judge",
        "r",
        "--workspace",
        str(workspace),
        *more,
        cwd=workspace,
        OPENAI_API_KEY=KEY,
        **extra,
    )


def judge_at(server: ChatServer, *more: str) -> tuple[str, ...]:
    return ("--judge", "openai/judge", "--judge-base-url", server.base_url, *more)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_the_rule_judge_as_json(tmp_path: Path, make_run: MakeRun, protocol: Protocol) -> None:
    make_run(tmp_path, protocol=protocol, limit=16)  # two of each task, so that evidence can be swapped
    done = audit(tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    assert "on 16 answers: no calls" in done.stderr
    found = json.loads(done.stdout)
    assert (found["run"], found["judge"], found["protocol"]) == ("r", "offline/rules", protocol)
    assert (found["answers"], found["unjudged"], found["calls_made"], found["calls_reused"]) == (16, 0, 0, 0)
    assert [each["plant"] for each in found["overall"]] == [plant.value for plant in PLANTS]
    flips = found["overall"][0]
    assert (flips["truth"], flips["versions"], flips["failures"]) == ("cues", 16, 0)
    assert flips["noticed"]["hits"] == flips["noticed"]["count"] == 16
    assert set(found["tasks"]) == {each.split("/")[0] for each in sample_ids(tmp_path)}
    assert found["false_alarms"]["cues"]["count"] > 0
    assert found["false_alarms"]["judge"]["share"] is None
    assert len(found["conclusions"]) == 1
    assert "schema_version" not in json.dumps(found["overall"])


def sample_ids(workspace: Path) -> list[str]:
    return [outcome.sample.id for outcome in open_run("r", workspace=workspace).outcomes()]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_fits_the_terminal(tmp_path: Path, make_run: MakeRun, columns: int) -> None:
    make_run(tmp_path)
    done = audit(tmp_path, "--n", "4", COLUMNS=str(columns))
    assert done.returncode == 0, done.stderr
    assert max(len(line) for line in done.stdout.splitlines()) <= columns
    words = " ".join(done.stdout.split())
    for heading in ("Planted", "Should happen", "Noticed %", "Kept %", "alarms %", "Changed %"):
        assert heading in words
    assert "…" not in words, "nothing is cut off"
    last = " ".join(done.stdout.rsplit("\n\n", 1)[-1].split())
    assert last.startswith("offline/rules noticed 100.0 % (95 % interval")
    assert "Truisms passed in 100 % of cases" in last


@pytest.mark.parametrize("protocol", list(Protocol))
def test_every_call_is_paid_for_once(tmp_path: Path, make_run: MakeRun, protocol: Protocol) -> None:
    make_run(tmp_path, protocol=protocol)
    with ChatServer(judge_reply) as server:
        documents = []
        for n in ("3", "3", "4"):
            done = audit(tmp_path, *judge_at(server, "--json", "--n", n))
            assert done.returncode == 0, done.stderr
            documents.append(json.loads(done.stdout))
        first, again, more = documents
    most = 3 * VERSIONS * 3
    assert f"at most {4 * VERSIONS * 3} calls ({4 * VERSIONS} if every reply is in form)" in done.stderr
    assert 0 < first["calls_made"] <= most
    assert (again["calls_made"], again["calls_reused"]) == (0, first["calls_made"])
    assert again["overall"] == first["overall"]
    assert 0 < more["calls_made"] <= 2 * VERSIONS, "the fourth answer, and evidence that may be swapped anew"
    assert more["calls_reused"] > 0
    flips = first["overall"][0]
    assert flips["noticed"]["hits"] == 0
    assert flips["noticed"]["count"] == 3


def test_the_runs_own_judge_has_judged_the_originals(tmp_path: Path, make_run: MakeRun) -> None:
    with ChatServer(judge_reply) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", KEY)
        make_run(tmp_path, limit=2, judge="openai/judge", judge_base_url=server.base_url)
        before = len(server.calls)
        done = audit(tmp_path, "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["judge"] == "openai/judge"
        assert found["calls_reused"] == 2
        assert found["calls_made"] == len(server.calls) - before
        # The control repeats a call word for word; nothing else does.
        assert sum(call.duplicate for call in server.calls) == 2
        assert not server.problems


def test_malformed_replies_are_counted_apart(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path, limit=2)

    def reply(request: dict[str, Any]) -> str:
        return "All good!" if "No conclusion is given." in prompt_of(request) else judge_reply(request)

    with ChatServer(reply) as server:
        done = audit(tmp_path, *judge_at(server, "--json", "--agent-tries", "2"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["failures"] == {"malformed_reply": 2}
    cut = next(each for each in found["overall"] if each["plant"] == "cut_last_step")
    assert (cut["versions"], cut["failures"], cut["noticed"]["count"]) == (0, 2, 0)
    assert "without verdicts, and counted nowhere: 2 malformed reply" in done.stderr


def test_an_interrupted_audit_goes_on_where_it_stopped(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path)
    with ChatServer(judge_reply, latency_s=0.05) as server:
        judge = judge_at(server, "--json", "--concurrency", "2")
        process = subprocess.Popen(
            [*CUEWISE, "audit", "judge", "r", "--workspace", str(tmp_path), *judge],
            cwd=tmp_path,
            env=environment(OPENAI_API_KEY=KEY),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while len(server.calls) < 10:
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        output, messages = process.communicate(timeout=30)
        assert (process.returncode, output) == (130, ""), messages
        assert "run the same command again" in messages
        assert "Traceback" not in messages
        interrupted_at = len(server.calls)
        done = audit(tmp_path, *judge)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["calls_made"] == len(server.calls) - interrupted_at
        assert found["calls_reused"] == interrupted_at, "all that was paid for was kept"


def test_what_cannot_be_audited_is_said(tmp_path: Path, make_run: MakeRun) -> None:
    done = audit(tmp_path)
    assert done.returncode == 2
    assert "no run 'r'" in done.stderr
    make_run(tmp_path, limit=1)
    done = audit(tmp_path, "--judge", "nobody/knows")
    assert done.returncode == 2
    assert "nobody" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_without_judged_answers(tmp_path: Path) -> None:
    data = tmp_path / "manifest.jsonl"
    data.write_text(json.dumps({"clip": "gone.mp4", "task": "SA", "label": "positive"}) + "\n")
    evaluate(Options(data=str(data), model="baseline/prosody"), Conditions(workspace=tmp_path, run="r"))
    with pytest.raises(RunError, match="no judged answers"):
        audit_run("r", Conditions(workspace=tmp_path))


def test_answers_are_drawn_evenly_and_fewer_are_part_of_more(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path, limit=None)
    run = open_run("r", workspace=tmp_path)
    drawn = {n: draw_answers(run, n, seed=5) for n in (8, 20, 1000)}
    assert [len(answers) for answers in drawn[8].values()] == [1] * 8
    assert sorted(len(answers) for answers in drawn[20].values()) == [2, 2, 2, 2, 3, 3, 3, 3]
    assert sum(len(answers) for answers in drawn[1000].values()) == 47
    for task, answers in drawn[20].items():
        assert drawn[1000][task][: len(answers)] == answers
    assert draw_answers(run, 20, seed=5) == drawn[20]
    assert draw_answers(run, 20, seed=6) != drawn[20]


def test_a_budget_ends_it_and_what_was_paid_for_is_kept(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path, limit=2)
    with ChatServer(judge_reply) as server:
        judge = judge_at(server, "--json", "--price", "openai/judge=1,1")
        stopped = audit(tmp_path, *judge, "--budget-tokens", "30000")
        assert (stopped.returncode, stopped.stdout) == (1, ""), stopped.stderr
        assert "stopped at the budget (" in stopped.stderr
        assert "run the same command" in stopped.stderr
        paid = len(server.calls)
        assert 0 < paid < 2 * VERSIONS
        done = audit(tmp_path, *judge, "--rpm", "openai/judge=60000")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["calls_made"] == len(server.calls) - paid


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--judge", "openai/judge", "--rpm", "another=5"), "--rpm another names no model of this run"),
        (("--judge", "lab/judge", "--budget-usd", "1"), "--budget-usd needs a price for lab/judge"),
        ((), "--judge-base-url) needs a model as --judge; offline/rules asks none"),
    ],
)
def test_limits_that_cannot_hold(
    tmp_path: Path, make_run: MakeRun, options: tuple[str, ...], message: str
) -> None:
    make_run(tmp_path, limit=2)
    done = audit(tmp_path, "--judge-base-url", "http://127.0.0.1:9/v1", *options)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr


def test_of_a_panel_one_judge_is_tried_and_the_others_are_named(tmp_path: Path, make_run: MakeRun) -> None:
    with ChatServer(judge_reply) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", KEY)
        more = ("openai/other",)
        make_run(tmp_path, limit=2, judge="offline/rules", more_judges=more, judge_base_url=server.base_url)
        first = json.loads(audit(tmp_path, "--json").stdout)
        other = json.loads(audit(tmp_path, "--json", "--judge", "openai/other").stdout)
        stranger = audit(tmp_path, *judge_at(server, "--json"))
    assert (first["judge"], first["untried"]) == ("offline/rules", ["openai/other"])
    assert "offline/rules alone was tried; this says nothing of openai/other" in first["conclusions"][-1]
    # It is asked where the run asked it.
    assert (other["judge"], other["untried"]) == ("openai/other", ["offline/rules"])
    assert other["calls_made"] > 0
    assert json.loads(stranger.stdout)["untried"] == []


def test_within_a_running_loop(tmp_path: Path, make_run: MakeRun) -> None:
    make_run(tmp_path)

    async def notebook() -> JudgeAudit | None:
        return audit_run("r", Conditions(workspace=tmp_path), n=2)

    assert asyncio.run(notebook()) == audit_run("r", Conditions(workspace=tmp_path), n=2)
