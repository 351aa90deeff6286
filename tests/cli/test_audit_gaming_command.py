"""`cuewise audit gaming`: the table, the document, and the exit code by which a lab tries its own judge."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cuewise.audits import gaming
from cuewise.audits.gaming import GamingAudit, Player
from cuewise.cli.audit_gaming import audit_gaming_command, conclusion
from cuewise.demo import demo_data
from cuewise.errors import InputError
from cuewise.models.gaming import NAMES
from cuewise.records import Protocol
from cuewise.result import open_run
from cuewise.scores.ended import Ended
from cuewise.scores.figures import Figures, Tally
from support.chat_server import ChatServer

app = typer.Typer()
app.command()(audit_gaming_command)

PAPER, GROUNDED = Protocol.MME_EMOTION, Protocol.GROUNDED


def figures(recognition: float, reasoning: float) -> Figures:
    tally = Tally()
    cot = (recognition + reasoning) / 2
    tally.add(Ended("scored", (recognition, reasoning, cot), n_steps=3))
    return tally.figures()


def player(model: str, paper: tuple[float, float], grounded: tuple[float, float]) -> Player:
    return Player(model, "does something", {PAPER: figures(*paper), GROUNDED: figures(*grounded)})


CAREFUL = player("simulated/careful", (0.9, 0.9), (0.9, 0.9))
CARELESS = player("simulated/careless", (0.5, 0.5), (0.5, 0.5))
HARMLESS = player("gaming/truism", (0.5, 1.0), (0.5, 0.0))
HARMFUL = player("gaming/clever", (0.5, 1.0), (0.5, 0.95))
AUDIT = GamingAudit("clips", "lab/judge", False, (), (CAREFUL, CARELESS, HARMLESS), Path("kept", "there"))


def show(
    monkeypatch: pytest.MonkeyPatch, audit: GamingAudit, *arguments: str, width: int = 80
) -> tuple[int, str]:
    monkeypatch.setattr(gaming, "play", lambda *_, **__: audit)
    monkeypatch.setenv("COLUMNS", str(width))
    result = CliRunner().invoke(app, [*arguments])
    return result.exit_code, result.stdout


def test_a_judge_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = show(monkeypatch, AUDIT)
    assert code == 0
    assert text.index("simulated/careful") < text.index("simulated/careless") < text.index("gaming/truism")
    row = next(line for line in text.splitlines() if "gaming/truism" in line)
    assert row.split()[1:] == ["50.0", "100.0", "75.0", "50.0", "0.0", "25.0"]
    assert "does something" not in text
    assert "Under grounded none of 1 tricks reaches simulated/careful" in text


def test_a_judge_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    audit = replace(AUDIT, players=(*AUDIT.players, HARMFUL))
    code, text = show(monkeypatch, audit)
    assert code == 1  # 95 of reasoning is more than 90
    assert "Under grounded simulated/careful is reached by gaming/clever" in " ".join(text.split())


def test_a_wide_terminal_has_room_to_say_what_a_trick_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "does something" in show(monkeypatch, AUDIT, width=120)[1]


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    every = (CAREFUL, CARELESS, *(replace(HARMLESS, model=name) for name in NAMES))
    text = show(monkeypatch, replace(AUDIT, players=every), width=width)[1]
    assert all(name in text for name in NAMES)
    assert "…" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_what_is_said_in_the_end() -> None:
    said = conclusion(AUDIT)
    assert "the best CoT is 25.0, of gaming/truism, the best reasoning 0.0, of gaming/truism" in said
    # 75 under the paper's rules: more than 50, less than 90.
    assert "1 reach the CoT of simulated/careless and 0 that of simulated/careful" in said
    assert "clues" not in said
    assert "were made for it" in conclusion(replace(AUDIT, clues_made=True))
    tally = Tally()
    tally.add(Ended("judge_failure"))
    failed = replace(
        HARMLESS, model="gaming/orders", earned={PAPER: HARMLESS.earned[PAPER], GROUNDED: tally.figures()}
    )
    said = conclusion(replace(AUDIT, players=(*AUDIT.players, failed)))
    assert "Not all samples were scored of gaming/orders" in said


def one_clip(folder: Path) -> str:
    """A dataset of one annotated clip whose file is not there."""
    cues = [
        {"channel": channel, "value": value, "start_s": 0, "end_s": 2}
        for channel, value in {"brows": "raised", "eyes": "wide", "mouth": "gaping", "head": "tilted"}.items()
    ]
    entry = {
        "clip": "a.mp4",
        "task": "SA",
        "label": "neutral",
        "label_set": ["neutral", "positive"],
        "cues": cues,
    }
    (folder / "manifest.jsonl").write_text(json.dumps(entry) + "\n", encoding="utf-8")
    return str(folder)


def test_on_a_dataset_of_ones_own(tmp_path: Path) -> None:
    """Everybody plays on one clip, of which nothing but the annotations is there, so that no honest model is scored."""
    arguments = ["--data", one_clip(tmp_path), "--workspace", str(tmp_path / "w"), "--json"]
    result = CliRunner().invoke(app, arguments)
    document = json.loads(result.stdout)
    assert len(document["models"]) == len(NAMES) + 3
    assert result.exit_code == 1
    everyone = len(NAMES) + 3
    told = [line for line in result.stderr.splitlines() if line.startswith("playing ")]
    assert told[0] == f"playing 1 of {everyone}: simulated/careful"
    assert told[-1] == f"playing {everyone} of {everyone}: {NAMES[-1]}"
    assert len(told) == everyone
    # Only the audit's own folder is in the workspace; it is said where the runs are, and they can be opened there.
    own = tmp_path / "w" / "audits" / "gaming"
    assert [path.name for path in (tmp_path / "w").iterdir()] == ["audits"]
    assert document["workspace"] == str(own)
    assert f"the runs are kept in {own}" in result.stderr
    runs = [path.name for path in (own / "runs").iterdir()]
    assert len(runs) == 2 * everyone
    assert open_run(runs[0], workspace=own).finished


def test_a_budget_ends_it_and_a_higher_one_goes_on(tmp_path: Path) -> None:
    """The offline models cost nothing; the judge, a server, does not fit into ten tokens."""
    data = one_clip(tmp_path)
    shutil.copy(demo_data() / "clips" / "demo_001.mp4", tmp_path / "a.mp4")
    with ChatServer(lambda _: "no verdicts") as server:
        arguments = [
            "--data",
            data,
            "--workspace",
            str(tmp_path / "w"),
            "--extractor",
            "offline/rules",
            "--json",
        ]
        arguments += ["--judge", "lab/judge", "--judge-base-url", server.base_url, "--agent-tries", "1"]
        stopped = CliRunner().invoke(app, [*arguments, "--budget-tokens", "10"])
        assert server.calls == []
        assert (stopped.exit_code, stopped.stdout) == (1, ""), stopped.output
        assert "stopped at the budget (0 of 10 tokens)" in stopped.stderr
        assert "run the same command" in stopped.stderr
        # One budget is for all runs: the first calls are paid for, and the audit ends before its last player.
        stopped = CliRunner().invoke(app, [*arguments, "--budget-tokens", "20000"])
        paid = len(server.calls)
        assert stopped.exit_code == 1, stopped.output
        assert 0 < paid < len(NAMES)
        done = CliRunner().invoke(app, arguments)
        assert json.loads(done.stdout)["judge"] == "lab/judge"
        assert paid < len(server.calls)
        assert not any(call.duplicate for call in server.calls), "what was paid for was kept"


@pytest.mark.parametrize("option", ["--rpm", "--tpm"])
def test_a_rate_for_a_model_that_does_not_play(tmp_path: Path, option: str) -> None:
    with pytest.raises(InputError, match=f"{option} nobody names no model"):
        CliRunner().invoke(app, ["--workspace", str(tmp_path), option, "nobody=5"], catch_exceptions=False)


def test_a_price_is_needed_for_a_budget_in_dollars(tmp_path: Path) -> None:
    arguments = [
        "--workspace",
        str(tmp_path),
        "--judge",
        "lab/judge",
        "--judge-base-url",
        "http://127.0.0.1:9/v1",
    ]
    with pytest.raises(InputError, match="--budget-usd needs a price for lab/judge"):
        CliRunner().invoke(app, [*arguments, "--budget-usd", "1"], catch_exceptions=False)
