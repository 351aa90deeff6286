"""Whole runs that ask every sample several times: what is asked, what is stored, what comes out."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise import Conditions, Options, RunResult, evaluate, open_run, rejudge
from cuewise.cli.running import TerminalWatcher, document, exit_code, say_what_went_wrong
from cuewise.demo import demo_data
from cuewise.errors import PermanentModelError, RunError
from cuewise.models.protocol import Request
from cuewise.models.scripted import Scripted
from cuewise.plan import make_plan
from cuewise.runs.store import CallStore
from support.agents import reply, stage_of
from support.chat_server import ChatServer

SAID = {
    "c0.wav": ("positive", "positive", "positive"),
    "c1.wav": ("positive", "negative", "negative"),
    "c2.wav": ("negative", "neutral", "positive"),
    "c3.wav": ("neutral", "neutral", "neutral"),
}
"""What is answered about each clip in each epoch; `positive` is right everywhere."""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef0123456789abcdef")


def manifest(folder: Path) -> str:
    path = folder / "manifest.jsonl"
    entries = [
        {"clip": clip, "task": "SA", "label": "positive", "transcript": f"About {clip}."} for clip in SAID
    ]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return str(path)


def options(folder: Path, **changes: Any) -> Options:
    return Options(
        **{"data": manifest(folder), "model": "lab/mine", "epochs": 3, "modalities": (), **changes}
    )


def clip_of(request: Request) -> str:
    assert request.sample is not None
    return request.sample.clip.id


def as_said(request: Request) -> str:
    return f"The voice is loud.\nFinal answer: {SAID[clip_of(request)][request.epoch]}"


def run(folder: Path, model: Scripted | None = None, name: str = "r", **changes: Any) -> RunResult:
    model = model or Scripted("lab/mine", as_said, reads_sample=True)
    conditions = Conditions(workspace=folder / "w", run=name, concurrency=1)
    return evaluate(options(folder, **changes), conditions, model=model)


def test_known_answers_by_hand(tmp_path: Path) -> None:
    """Right in 3, 1, 1 and 0 of three answers; by epoch 2, 1 and 2 of four samples."""
    result = run(tmp_path)
    figures = result.summary.overall()
    assert (figures.count, figures.asked, figures.coverage) == (4, 12, 100)
    assert figures.recognition == pytest.approx(500 / 12)
    variation = figures.variation
    assert variation is not None
    assert variation.recognition.by_epoch == [50, 25, 50]
    assert variation.recognition.spread == 25
    assert variation.recognition.deviation == pytest.approx(25 / 3**0.5)  # squares (25/3)^2 x (1 + 4 + 1) / 2
    # Within: two samples with deviations 2/3, 1/3, 1/3: 2 x 6/9 / (4 x 2) = 1/6. Sample means 1, 1/3, 1/3, 0 about
    # 5/12: squares (49 + 1 + 1 + 25) / 144 = 19/36, MSB = 3 x 19/36 / 3 = 19/36, between (19/36 - 6/36) / 3 = 13/108.
    assert variation.recognition.within == pytest.approx(1 / 6)
    assert variation.recognition.between == pytest.approx(13 / 108)
    assert variation.recognition.wavering == pytest.approx(100 * 18 / 31)
    assert variation.agreement is not None
    assert variation.agreement.percent == pytest.approx(700 / 12)  # 3 + 1 + 0 + 3 of twelve pairs
    assert variation.label_changes is not None
    assert variation.label_changes.percent == 50
    assert variation.majority.percent == pytest.approx(100 * (1 + 0 + 1 / 3 + 0) / 4)
    assert (variation.ever_right.percent, variation.always_right.percent) == (75, 25)
    told = [
        (outcome.sample.clip.id, outcome.epoch, outcome.reading and outcome.reading.labels)
        for outcome in result.outcomes()
    ]
    assert told == [
        (clip, epoch, (label,)) for clip, labels in SAID.items() for epoch, label in enumerate(labels)
    ]
    assert [outcome.epoch for outcome in result.outcomes(epoch=2)] == [2] * 4
    again = open_run("r", workspace=tmp_path / "w")
    assert again.finished
    assert document(again)["overall"] == document(result)["overall"]
    assert document(result)["epochs"] == 3


def test_every_epoch_is_a_call_of_its_own_and_the_first_is_that_of_a_run_without(tmp_path: Path) -> None:
    once = run(tmp_path, name="once", epochs=1)
    result = run(tmp_path)
    assert (once.tally.made, result.tally.made, result.tally.reused) == (4, 8, 4)
    keys = {key for outcome in result.outcomes() for key in outcome.calls["answer"]}
    assert len(keys) == 12
    store = CallStore(tmp_path / "w" / "calls.sqlite")
    requests = [json.loads(store.request_text(key) or "")["request"] for key in keys]
    store.close()
    assert Counter(request.get("epoch", 0) for request in requests) == {0: 4, 1: 4, 2: 4}
    assert [outcome.answer for outcome in once.outcomes()] == [
        each.answer for each in result.outcomes(epoch=0)
    ]


def test_epochs_are_asked_one_after_the_other(tmp_path: Path) -> None:
    model = Scripted("lab/mine", as_said, reads_sample=True)
    run(tmp_path, model)
    assert [request.epoch for request in model.requests] == [0] * 4 + [1] * 4 + [2] * 4


def test_a_run_stopped_in_its_second_epoch_goes_on(tmp_path: Path) -> None:
    def stopping(request: Request) -> str:
        if (request.epoch, clip_of(request)) == (1, "c1.wav"):
            os.kill(os.getpid(), signal.SIGINT)
        return as_said(request)

    model = Scripted("lab/mine", stopping, reads_sample=True)
    stopped = run(tmp_path, model)
    assert not stopped.finished
    assert len(list(stopped.outcomes(epoch=0))) == 4, "whole epochs"
    assert list(stopped.outcomes(epoch=2)) == []
    assert not open_run("r", workspace=tmp_path / "w").finished
    made = stopped.tally.made
    resumed = run(tmp_path)
    assert resumed.finished
    assert (resumed.tally.made, resumed.tally.reused) == (12 - made, made)
    (tmp_path / "calm").mkdir()
    assert resumed.summary.to_json() == run(tmp_path / "calm").summary.to_json()


def test_a_run_may_be_raised_to_more_epochs_and_to_nothing_else(tmp_path: Path) -> None:
    run(tmp_path, epochs=1)
    raised = run(tmp_path)
    assert (raised.tally.made, raised.tally.reused) == (8, 4)
    assert raised.manifest.settings.epochs == raised.manifest.options.epochs == 3
    assert open_run("r", workspace=tmp_path / "w").epochs == 3
    with pytest.raises(RunError, match=r"\(epochs was 3, is 2\)"):
        run(tmp_path, epochs=2)
    with pytest.raises(RunError, match=r"\(sampling temperature was 0.0, is 1.0\)"):
        run(tmp_path, epochs=4, temperature=1.0)
    assert open_run("r", workspace=tmp_path / "w").epochs == 3


def test_epochs_without_an_answer_count_in_the_denominator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(request: Request) -> str:
        if request.epoch == 1:
            raise PermanentModelError("refused by the server", kind="bad_request")
        return as_said(request)

    result = run(tmp_path, Scripted("lab/mine", broken, reads_sample=True))
    figures = result.summary.overall()
    assert figures.outcomes == {"model_failure": 4, "scored": 8}
    assert figures.coverage == pytest.approx(200 / 3)
    assert figures.recognition == pytest.approx(400 / 12)  # 2, 1 and 1 of three answers each
    assert (exit_code(result, 95), exit_code(result, 66)) == (1, 0)
    say_what_went_wrong(result)
    assert "model failure: 4 answers, first SA/c0.wav" in capsys.readouterr().err


def served(server: ChatServer, **changes: Any) -> Options:
    """Four of the shipped clips, with a served model and judge."""
    values: dict[str, Any] = {
        "data": str(demo_data()),
        "tasks": ("SA",),
        "limit": 4,
        "epochs": 3,
        "model": "openai/m",
        "model_base_url": server.base_url,
        "judge": "openai/j",
        "judge_base_url": server.base_url,
    }
    return Options(**{**values, **changes})


@pytest.mark.parametrize(("seed", "sent"), [(None, {None: 12}), (7, {7: 4, 8: 4, 9: 4})])
def test_a_seed_differs_by_epoch(
    tmp_path: Path,
    decoded: Callable[[Path], Path],
    capsys: pytest.CaptureFixture[str],
    seed: int | None,
    sent: dict[int | None, int],
) -> None:
    with ChatServer(reply) as server:
        conditions = Conditions(workspace=decoded(tmp_path / "w"))
        result = evaluate(served(server, seed=seed), conditions, watcher=TerminalWatcher())
        asked = [call.request for call in server.calls]
    assert Counter(request.get("seed") for request in asked if stage_of(request) == "answer") == sent
    assert {request.get("seed") for request in asked if stage_of(request) != "answer"} == {None}
    assert result.summary.overall().asked == 12
    assert "At temperature 0 the epochs show how far the server wavers" in capsys.readouterr().err
    # The server answers alike in every epoch: what is alike is read and judged once.
    assert Counter(stage_of(request) for request in asked) == {"answer": 12, "steps": 1, "verdicts": 4}


def test_a_judge_that_repeats_is_not_another_epoch(tmp_path: Path, decoded: Callable[[Path], Path]) -> None:
    decoded(tmp_path / "w")
    with ChatServer(reply) as server:
        wanted = served(server, epochs=2, judge_repeats=3)
        plan = make_plan([(wanted, Conditions(workspace=tmp_path / "w"))])
        assert (plan.samples, plan.epochs) == (4, 2)
        assert {stage.stage: (stage.known, stage.assumed) for stage in plan.stages} == {
            "answer": (8, 0),
            "steps": (0, 8),
            "verdicts, mme-emotion": (0, 24),
        }
        result = evaluate(wanted, Conditions(workspace=tmp_path / "w", run="first"))
        before = len(server.calls)
        again = rejudge("first", "offline/rules", Conditions(workspace=tmp_path / "w"))
        assert len(server.calls) == before
        plan = make_plan([(wanted, Conditions(workspace=tmp_path / "w"))])
        assert (plan.to_make, plan.without_calls) == (0, 4)
    for outcome in result.outcomes():
        assert [vote.repeat for vote in outcome.votes] == [0, 1, 2]
    assert result.summary.overall().panel is not None
    assert [(outcome.sample.id, outcome.epoch, outcome.answer) for outcome in again.outcomes()] == [
        (outcome.sample.id, outcome.epoch, outcome.answer) for outcome in result.outcomes()
    ]
