"""The shipped clips through servers that the run starts itself."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cuewise import Conditions, Options, RunResult, evaluate
from cuewise.demo import demo_data
from cuewise.models.protocol import VideoForm
from cuewise.records import Protocol
from cuewise.runs.caller import RetryPolicy
from support.fake_vllm import FakeVllm, all_gone

LIMIT = 4
MODEL, JUDGE = "vllm/Qwen/Qwen2.5-Omni-7B", "vllm/lab/judge"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames and sounds of the clips, decoded by the first run and found by the others."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def workspace(tmp_path: Path, media: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "media").symlink_to(media, target_is_directory=True)
    return folder


def install(fake: FakeVllm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", fake.environ()["PATH"])


def run(workspace: Path, *, tries: int = 8, **changes: Any) -> RunResult:
    values: dict[str, Any] = {
        "data": str(demo_data()),
        "limit": LIMIT,
        "model": MODEL,
        "judge": JUDGE,
        "protocol": Protocol.GROUNDED,
        "modalities": ("video", "audio"),
        "max_frames": 3,
    }
    options = Options(**values | changes)
    retry = RetryPolicy(tries=tries, first_wait_s=0.1)
    return evaluate(options, Conditions(workspace=workspace, concurrency=2, retry=retry))


def test_the_bytes_that_arrive_are_the_clips_own(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeVllm(tmp_path, {"delay_s": 0.3})
    install(fake, monkeypatch)
    result = run(workspace)
    calls = fake.calls()
    assert [problem for call in calls for problem in call["problems"]] == []
    assert Counter((call["model"], call["stage"]) for call in calls) == {
        ("Qwen/Qwen2.5-Omni-7B", "answer"): LIMIT,
        ("lab/judge", "steps"): LIMIT,
        ("lab/judge", "verdicts"): LIMIT,
    }
    assert {outcome.kind.value for outcome in result.outcomes()} == {"scored"}
    # All frames of each clip, in order, and its one sound, to the model; the same frames to the judge.
    frames = sorted(
        tuple(piece.image.sha256 for piece in outcome.evidence if piece.image)
        for outcome in result.outcomes()
    )
    assert {len(of_clip) for of_clip in frames} == {3}
    answers = [call for call in calls if call["stage"] == "answer"]
    assert sorted(tuple(call["images"]) for call in answers) == frames
    assert sorted(tuple(call["images"]) for call in calls if call["stage"] == "verdicts") == frames
    on_disk = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (workspace / "media").rglob("*")
        if path.is_file()
    }
    sent = {sha for call in calls for sha in (*call["images"], *call["sounds"])}
    assert on_disk >= sent
    assert [len(call["sounds"]) for call in answers] == [1] * LIMIT
    # Agents' replies are held to their schemas.
    assert {call["stage"] for call in calls if call["format"]} == {"steps", "verdicts"}
    # Two models are two servers; both may read stored media, and neither is left.
    first, second = (start["argv"] for start in fake.starts())
    for argv in (first, second):
        assert argv[argv.index("--limit-mm-per-prompt") + 1] == '{"image": 3, "audio": 1, "video": 1}'
        assert argv[argv.index("--allowed-local-media-path") + 1] == str(workspace / "media")
    assert {first[1], second[1]} == {"Qwen/Qwen2.5-Omni-7B", "lab/judge"}
    assert all_gone(fake.pids(), within_s=0)

    # The same command again loads no model, and no port is taken for another server's.
    again = run(workspace)
    assert len(fake.starts()) == 2
    assert (again.tally.reused, again.tally.reused_from) == (3 * LIMIT, set())
    assert again.summary.overall() == result.summary.overall()


def test_clips_are_read_from_the_one_folder_that_it_may_read(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeVllm(tmp_path)
    install(fake, monkeypatch)
    run(workspace, video=VideoForm.FILE, model_args={"media": "file"}, judge="offline/rules")
    calls = fake.calls()
    assert [problem for call in calls for problem in call["problems"]] == []
    assert [(len(call["videos"]), len(call["sounds"]), len(call["images"])) for call in calls] == [
        (1, 1, 0)
    ] * LIMIT
    on_disk = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (workspace / "media").rglob("*.mp4")}
    assert {sha for call in calls for sha in call["videos"]} <= on_disk


def test_model_and_judge_of_one_name_are_one_server(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeVllm(tmp_path)
    install(fake, monkeypatch)
    result = run(workspace, judge=MODEL)
    assert result.summary.overall().coverage == 100
    assert len(fake.starts()) == 1
    assert all_gone(fake.pids(), within_s=0)


def test_a_server_that_dies_in_mid_run_costs_no_sample(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeVllm(tmp_path, {"die_after": 5}, {"die_after": 4}, {})
    install(fake, monkeypatch)
    result = run(workspace, judge=MODEL, tries=12)
    assert result.finished
    assert result.summary.overall().coverage == 100
    assert len(fake.starts()) == 3
    assert result.tally.failed_attempts >= 2


def test_a_server_that_cannot_start_is_the_end_of_its_samples_alone(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeVllm(tmp_path, {"exit": "ValueError: no such model"}, {})
    install(fake, monkeypatch)
    result = run(workspace)
    assert {outcome.kind.value for outcome in result.outcomes()} == {"model_failure"}
    (failure,) = result.failures()
    assert "no such model" in failure.message
    assert "logs/vllm-Qwen-Qwen2.5-Omni-7B-" in failure.message
    assert str(tmp_path) not in failure.message
    assert len(fake.starts()) == 1
    assert run(workspace).summary.overall().coverage == 100, "what failed is made by the next run"
