"""The command line as other tools see it: output, messages, exit codes."""

from __future__ import annotations

import json
import math
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise.demo import demo_data
from support.agents import reply
from support.chat_server import ChatServer
from support.cli import CUEWISE, cuewise, cuewise_process, environment
from support.outcomes import make_outcomes, make_run, make_samples

KEY = "sk-test-0123456789abcdef0123456789abcdef"
DEMO = str(demo_data())


def manifest(folder: Path, *entries: dict[str, Any]) -> str:
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return str(path)


@pytest.fixture
def clips_decoded(decoded: Callable[[Path], Path], tmp_path: Path) -> None:
    """As if the clips had been decoded before."""
    decoded(tmp_path / "cuewise-workspace")


def no_nan(value: Any) -> bool:
    if isinstance(value, dict):
        return all(no_nan(inner) for inner in value.values())
    if isinstance(value, list):
        return all(no_nan(inner) for inner in value)
    return not (isinstance(value, float) and math.isnan(value))


def test_the_json_document(tmp_path: Path) -> None:
    done = cuewise_process("run", "--data", DEMO, "--model", "baseline/prosody", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document) == {"run", "tasks", "overall", "usage", "failures", "problems", "report"}
    assert set(document["tasks"]) == {
        *("ER-Lab", "ER-Wild", "Noise-ER", "FG-ER", "ML-ER", "SA", "FG-SA", "IR"),
    }
    required = {"count", "recognition", "reasoning", "cot", "avg_step", "avg_tokens", "coverage", "outcomes"}
    for figures in (document["overall"], *document["tasks"].values()):
        assert required <= set(figures)
        assert figures["avg_tokens"] is None, "nobody counted tokens: undefined, not 0"
        assert figures["coverage"] == 100
        assert sum(figures["outcomes"].values()) == figures["count"]
    assert document["overall"]["count"] == 47
    assert no_nan(document)
    assert (tmp_path / document["report"]).is_file()
    assert document["run"] in done.stderr


def test_undefined_figures_are_null(tmp_path: Path) -> None:
    data = manifest(tmp_path, {"clip": "gone.mp4", "task": "SA", "label": "positive"})
    done = cuewise("run", "--data", data, "--model", "baseline/prosody", "--json", cwd=tmp_path)
    assert done.returncode == 1
    figures = json.loads(done.stdout)["tasks"]["SA"]
    assert figures["avg_step"] is None
    assert figures["outcomes"] == {"missing_clip": 1}
    assert (figures["coverage"], figures["recognition"]) == (0, 0)
    assert figures["bounds"]["recognition"] == {"low": 0, "high": 100}
    assert "coverage 0.0 %" in done.stderr


@pytest.mark.usefixtures("clips_decoded")
def test_results_and_messages_are_kept_apart(tmp_path: Path) -> None:
    done = cuewise("run", "--data", DEMO, "--task", "SA,IR", "--model", "baseline/majority", cwd=tmp_path)
    assert done.returncode == 0
    assert "All samples" in done.stdout
    assert "calls made" in done.stderr
    assert "calls made" not in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "baseline/majority", "--data", "nowhere"), "nowhere"),
        (("--model", "baseline/majority", "--data", DEMO, "--task", "ER-Lap"), "ER-Lab"),
        (("--model", "baseline/majorty", "--data", DEMO), "baseline/majority"),
        (("--model", "openai/gpt-4o", "--data", DEMO), "OPENAI_API_KEY"),
        (("--model", "baseline/majority", "--data", DEMO, "--modalities", "smell"), "video, audio, text"),
        (("--model", "simulated/careful", "--data", DEMO, "--model-arg", "false_cues=2"), "false_cues"),
        (("--model", "simulated/careful", "--data", DEMO, "--model-arg", "nonsense"), "key=value"),
        (("--model", "baseline/majority", "--data", DEMO, "--judge-arg", "nonsense"), "--judge-arg"),
        (
            ("--model", "baseline/majority", "--data", DEMO, "--judge-arg", "takes=text"),
            "need a model as --judge",
        ),
        (("--model", "baseline/majority", "--data", DEMO, "--run", "../x"), "no name for a run"),
        (("--model", "baseline/majority", "--data", DEMO, "--fps", "0"), "--fps"),
        (("--model", "baseline/majority", "--data", DEMO, "--frame-rule", "best"), "'time', 'index'"),
        (("--model", "baseline/majority", "--data", DEMO, "--limit", "0"), "--limit"),
        (("--data", DEMO), "--model"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = cuewise("run", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("data.jsonl", "", "data.jsonl"),
        ("data.jsonl", "{not json\n", "data.jsonl"),
        ("data.csv", "clip,label\n", "data.csv"),
        ("data.csv", "a,b\n1,2\n", "data.csv"),
        ("data.json", "[{]", "data.json"),
        ("data.txt", "hello", "data.txt"),
    ],
)
def test_a_dataset_that_cannot_be_read(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    done = cuewise("run", "--data", name, "--model", "baseline/majority", "--task", "SA", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_entries_are_named_and_harm_no_other(tmp_path: Path) -> None:
    good = {"clip": "a", "task": "SA", "label": "positive"}
    data = manifest(
        tmp_path,
        good,
        {**good, "clip": "b", "label": "pleased"},
        {**good, "clip": "../../etc/passwd"},
        good,
        {**good, "clip": "c", "task": "Taste"},
        {**good, "clip": "d", "label": "neutral"},
    )
    done = cuewise("run", "--data", data, "--model", "baseline/majority", "--json", cwd=tmp_path)
    assert done.returncode == 2
    document = json.loads(done.stdout)
    assert document["tasks"]["SA"]["count"] == 2
    assert len(document["problems"]) == 4
    for word in ("pleased", "passwd", "Taste"):
        assert word in done.stderr


def broken_clips(folder: Path) -> str:
    """One sound clip, and one of each broken kind."""
    clip = sorted((demo_data() / "clips").glob("*.mp4"))[0]
    shutil.copy(clip, folder / "whole.mp4")
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "cut.mp4").write_bytes(clip.read_bytes()[:9000])
    (folder / "text.mp4").write_text("no clip")
    names = ("whole", "empty", "cut", "text", "missing")
    return manifest(folder, *({"clip": f"{name}.mp4", "task": "SA", "label": "positive"} for name in names))


def test_each_broken_clip_has_its_outcome_and_the_sound_one_its_score(tmp_path: Path) -> None:
    data = broken_clips(tmp_path)
    done = cuewise("run", "--data", data, "--model", "baseline/prosody", "--json", "--run", "r", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["overall"]["outcomes"] == {
        "broken_clip": 3,
        "missing_clip": 1,
        "scored": 1,
    }
    report = cuewise("report", "r", "--json", cwd=tmp_path)
    assert report.returncode == 0


@pytest.mark.usefixtures("clips_decoded")
def test_tables_break_no_name_in_80_columns(tmp_path: Path) -> None:
    data = manifest(
        tmp_path,
        *(
            {"clip": clip, "task": "Noise-ER", "label": "happy"}
            for clip in ("clips/demo_001.mp4", "gone.mp4")
        ),
    )
    by = ("--data", data, "--clips", DEMO, "--protocol")
    mine = ("run", "--model", "baseline/prosody", *by)
    asked = ("run", "--model", "openai/gpt-4o-mini", "--judge", "openai-api/lab/qwen2.5-vl-72b", *by)
    shown = {
        (*mine, "grounded"): ("Noise-ER",),
        (*mine, "both"): ("baseline/", "prosody", "mme-emotion", "[100.0]"),
        (*asked, "both", "--dry-run"): (
            "openai/gpt-4o-mini",
            "mme-emotion",
            "openai-api/lab/",
            "qwen2.5-vl-72b",
        ),
    }
    for command, words in shown.items():
        done = cuewise(
            *command, cwd=tmp_path, COLUMNS="80", OPENAI_API_KEY=KEY, LAB_BASE_URL="http://localhost:1/v1"
        )
        assert set(words) <= set(done.stdout.split())
        assert max(map(len, done.stdout.splitlines())) <= 80


def served(server: ChatServer, *more: str) -> tuple[str, ...]:
    return (
        *("run", "--data", DEMO, "--limit", "4", "--tries", "1"),
        *("--model", "openai/m", "--model-base-url", server.base_url),
        *("--judge", "openai/j", "--judge-base-url", server.base_url),
        *more,
    )


@pytest.mark.usefixtures("clips_decoded")
@pytest.mark.parametrize("fault", ["bad_key", "rate_limit", "server_error", "html", "empty_body", "cut_off"])
def test_a_server_that_fails_every_call(tmp_path: Path, fault: str) -> None:
    with ChatServer(reply, fault_rate=1.0, fault_kinds=[fault]) as server:
        done = cuewise(*served(server, "--json"), cwd=tmp_path, OPENAI_API_KEY=KEY)
    assert done.returncode == 1
    assert json.loads(done.stdout)["overall"]["outcomes"] == {"model_failure": 4}
    assert KEY not in done.stdout + done.stderr


def test_min_coverage_decides_the_exit_code(tmp_path: Path) -> None:
    data = broken_clips(tmp_path)
    run = ("run", "--data", data, "--model", "baseline/prosody", "--min-coverage")
    assert cuewise(*run, "21", cwd=tmp_path).returncode == 1
    assert cuewise(*run, "20", cwd=tmp_path).returncode == 0


@pytest.mark.usefixtures("clips_decoded")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_its_calls_and_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    with ChatServer(reply, latency_s=0.1) as server:
        command = [*served(server, "--concurrency", "2", "--json")]
        command[command.index("4")] = "24"
        process = subprocess.Popen(
            [*CUEWISE, *command],
            cwd=tmp_path,
            env=environment(OPENAI_API_KEY=KEY),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while len(server.calls) < 12:
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, number)
        output, messages = process.communicate(timeout=30)
        assert process.returncode == 130, messages
        assert output == ""
        assert "run the same command again" in messages
        assert "Traceback" not in messages
        interrupted_at = len(server.calls)
        done = cuewise(*command, cwd=tmp_path, OPENAI_API_KEY=KEY)
        assert done.returncode == 0
        assert len(server.calls) > interrupted_at
        assert not any(call.duplicate for call in server.calls), "no finished call is made again"
    assert json.loads(done.stdout)["overall"]["coverage"] == 100


def test_rejudge_and_report_of_unknown_runs(tmp_path: Path) -> None:
    for command in (("rejudge", "nope", "--judge", "offline/rules"), ("report", "nope")):
        done = cuewise(*command, cwd=tmp_path)
        assert done.returncode == 2
        assert "no run 'nope'" in done.stderr


def test_foreign_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J"
    data = manifest(tmp_path, {"clip": "a", "task": "SA", "label": evil})
    done = cuewise("run", "--data", data, "--model", f"baseline/{evil}", cwd=tmp_path)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr


@pytest.mark.usefixtures("clips_decoded")
@pytest.mark.usefixtures("clips_decoded")
def test_demo(tmp_path: Path) -> None:
    done = cuewise("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for model in ("baseline/majority", "baseline/prosody", "simulated/careful", "simulated/careless"):
        assert model in done.stdout
    page = tmp_path / "cuewise-workspace" / "demo.html"
    assert page.stat().st_size > 100_000
    # Where an earlier version ran it, with other settings, it runs all the same.
    manifest = tmp_path / "cuewise-workspace" / "runs" / "demo-baseline-majority" / "manifest.json"
    earlier = json.loads(manifest.read_text())
    earlier["settings"]["taxonomy"] = 1
    manifest.write_text(json.dumps(earlier))
    page.unlink()
    done = cuewise("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert page.exists()


def test_doctor(tmp_path: Path) -> None:
    keys = {"OPENAI_API_KEY": KEY, "GOOGLE_API_KEY": KEY, "ANTHROPIC_API_KEY": ""}
    done = cuewise("doctor", "--json", cwd=tmp_path, PATH="", **keys)
    assert done.returncode == 0, done.stdout
    document = json.loads(done.stdout)
    assert document["ok"] is True
    assert KEY not in done.stdout
    found = {check["name"]: check["found"] for check in document["checks"]}
    assert (found["OPENAI_API_KEY"], found["GOOGLE_API_KEY"]) == ("set", "set")
    assert found["ANTHROPIC_API_KEY"] == "not set: needed for anthropic/ models alone"
    assert found["Extra hub"].startswith("huggingface_hub ")
    for name in ("Extra hf", "Extra asr", "Command vllm"):
        assert found[name]
    assert not (tmp_path / "cuewise-workspace").exists(), "looking changes nothing"


def test_help_loads_nothing_heavy() -> None:
    heavy = "aiohttp av numpy jinja2 pydantic"
    code = f"import sys, cuewise.cli; print(*set({heavy!r}.split()) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_clips_without_cues_are_told_once_where_rules_judge(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(demo_data() / "clips" / "demo_001.mp4", tmp_path / name)
    bare = {"clip": "a.mp4", "label": "positive", "task": "SA"}
    cue = {"channel": "brows", "value": "raised", "start_s": 0.5, "end_s": 1}
    data = manifest(tmp_path, bare, {**bare, "clip": "b.mp4", "cues": [cue]})
    some = cuewise("run", "--data", data, "--model", "baseline/majority", "--protocol", "both", cwd=tmp_path)
    assert some.stderr.count("annotated cues, against which offline/rules checks reasons") == 1, some.stderr
    assert "1 of 2 samples have no annotated cues" in some.stderr
    assert "as --judge, or annotate `cues`" in some.stderr
    data = manifest(tmp_path, bare)
    none = cuewise("run", "--data", data, "--model", "baseline/majority", cwd=tmp_path)
    assert "no sample has annotated cues" in none.stderr


@pytest.mark.usefixtures("clips_decoded")
def test_a_dry_run_says_who_makes_no_calls(tmp_path: Path) -> None:
    run = ("run", "--data", DEMO, "--limit", "2", "--dry-run")
    rules = cuewise(*run, "--model", "baseline/prosody", cwd=tmp_path)
    assert "steps read and judged by offline/rules: no calls" in rules.stderr
    assert "baseline/prosody answers without a server" in rules.stderr
    asked = (*run, "--model", "openai/gpt-4o", "--judge", "openai/gpt-4o")
    judged = cuewise(*asked, "--extractor", "offline/rules", cwd=tmp_path)
    assert "\nsteps read by offline/rules: no calls\n" in f"\n{judged.stderr}"
    assert "offline/rules" not in cuewise(*asked, cwd=tmp_path).stderr


def test_without_a_model_some_are_named(tmp_path: Path) -> None:
    done = cuewise("run", "--data", DEMO, cwd=tmp_path)
    assert done.returncode == 2
    assert "--model baseline/prosody" in done.stderr
    assert "`cuewise models`" in done.stderr
    assert "cuewise models" not in cuewise("run", "--model", "m", cwd=tmp_path).stderr


def test_judging_again_needs_something_that_is_different(tmp_path: Path) -> None:
    make_run(tmp_path / "cuewise-workspace", "mine", make_outcomes(make_samples(4)))
    for named in ((), ("--run", "copy"), ("--protocol", "mme-emotion"), ("--dry-run",)):
        done = cuewise("rejudge", "mine", *named, cwd=tmp_path)
        assert done.returncode == 2
        assert "run mine was judged by offline/rules under mme-emotion" in done.stderr
        assert "another --judge" in done.stderr
    assert [one.name for one in (tmp_path / "cuewise-workspace" / "runs").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "command",
    ["tasks --json", "tasks", "export alignment mine", "leaderboard build -o site --json"],
    ids=["JSON", "table", "lines", "one line"],
)
def test_a_closed_pipe_ends_a_command_quietly(command: str, tmp_path: Path) -> None:
    make_run(tmp_path / "cuewise-workspace", "mine", make_outcomes(make_samples(200)))
    # The reader is gone before Python has started. What is short enough for a buffer is written at the very end.
    line = f"{shlex.join(CUEWISE)} {command} 2> messages.txt | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "141\n", "as of any tool that the signal for a closed pipe ends"
    messages = (tmp_path / "messages.txt").read_text()
    assert "Traceback" not in messages
    assert "Broken" not in messages
