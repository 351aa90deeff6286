"""`cuewise ablate` as it is typed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise.demo import demo_data
from support.agents import reply
from support.chat_server import ChatServer
from support.cli import cuewise

DEMO = str(demo_data())
BRIEF = ("--task", "SA", "--conditions", "video,audio,nothing,conflict")


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


@pytest.mark.usefixtures("clips_decoded")
def test_one_command_from_clips_to_a_table_a_report_and_words(tmp_path: Path) -> None:
    model = ("--model", "simulated/attending", "--model-arg", "sees=1", "--study", "mine")
    done = cuewise("ablate", "--data", DEMO, *model, *BRIEF, cwd=tmp_path, COLUMNS="140")
    assert done.returncode == 0, done.stderr
    for words in (
        "all together",
        "picture alone",
        "sound alone",
        "no clip",
        "sound of another clip",
        "Chance",
    ):
        assert words in done.stdout
    assert "recognises 100.0 %" in done.stdout
    flat = " ".join(done.stdout.split())
    assert "Against together: recognition less that of all together" in flat
    assert "corrected for the number of conditions by Holm’s procedure" in flat
    assert "decided on one half of the clips" in flat
    assert "study mine: 5 conditions" in done.stderr
    report = tmp_path / "cuewise-workspace" / "runs" / "mine" / "report.html"
    assert report.is_file()
    assert str(report.relative_to(tmp_path)) in done.stderr
    runs = {folder.name for folder in report.parent.parent.iterdir()}
    assert runs == {
        "mine",
        *(f"mine.{name}" for name in ("together", "video", "audio", "nothing", "conflict")),
    }
    again = cuewise("ablate", "--data", DEMO, *model, *BRIEF, "--json", "-o", "there/page.html", cwd=tmp_path)
    document = json.loads(again.stdout)
    assert "made 0 calls" in again.stderr
    assert no_nan(document)
    assert document["study"] == "mine"
    assert [each["condition"] for each in document["conditions"]] == [
        *("together", "video", "audio", "nothing", "conflict"),
    ]
    assert document["conditions"][1]["recognition"]["percent"] == 100
    assert document["conflict"][0]["task"] is None
    against = document["conditions"][2]["against_together"]
    assert against["difference"] < 0
    assert against["interval"] is None, "five clips are too few to say anything of a difference"
    assert (tmp_path / "there" / "page.html").is_file()


@pytest.mark.usefixtures("clips_decoded")
def test_a_dry_run_tells_the_cost_of_each_condition_and_asks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ChatServer(reply) as server:
        served = (
            *(
                "--model",
                "openai-api/lab/m",
                "--model-base-url",
                server.base_url,
                "--model-arg",
                "takes=video,audio",
            ),
            *("--price", "openai-api/lab/m=1,10"),
        )
        done = cuewise("ablate", "--data", DEMO, *served, *BRIEF, "--dry-run", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "nothing" in done.stdout
        assert "$" in done.stdout
        told = cuewise("ablate", "--data", DEMO, *served, *BRIEF, "--dry-run", "--json", cwd=tmp_path)
        assert server.calls == []
    document = json.loads(told.stdout)
    costs = {each["condition"]: each["total"]["cost_usd"] for each in document["conditions"]}
    assert costs["nothing"] < costs["audio"] < costs["together"]
    assert document["total"]["cost_usd"] == pytest.approx(sum(costs.values()))
    assert document["total"]["to_make"] == 5 + 5 + 5 + 1 + 5, "without clips, one question for all"
    assert not (tmp_path / "cuewise-workspace" / "runs").exists()


@pytest.mark.usefixtures("clips_decoded")
def test_a_budget_is_one_for_all_conditions(tmp_path: Path) -> None:
    with ChatServer(reply) as server:
        served = (
            *("--model", "openai-api/lab/m", "--model-base-url", server.base_url),
            *("--model-arg", "takes=video,audio", "--concurrency", "1"),
        )
        done = cuewise(
            "ablate", "--data", DEMO, *served, *BRIEF, "--budget-tokens", "30000", "--json", cwd=tmp_path
        )
        assert done.returncode == 1
        assert 0 < len(server.calls) < 21
    assert "stopped at the budget" in done.stderr
    document = json.loads(done.stdout)
    assert (document["finished"], document["stopped"], document["report"]) == (False, "budget", None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--conditions", "smell"), "there is no condition smell"),
        (("--blur", "much"), "no list of numbers"),
        (("--blur", "7"), "the level of blur lies from"),
        (("--conditions", "together"), "needs a condition beside together"),
        (("--modalities", "video", "--conditions", "audio"), "audio: the model is given no sound"),
        (("--study", "../x"), "no name for a run"),
    ],
)
def test_bad_input_says_what_is_wrong(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = cuewise("ablate", "--data", DEMO, "--model", "simulated/attending", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert not (tmp_path / "cuewise-workspace" / "runs").exists()
