"""The shipped clips through each adapter, as model and as judge: what arrives is the clips' own bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import av
import pytest

from cuewise import Conditions, Options, RunResult, evaluate
from cuewise.demo import demo_data
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.models import google, google_files
from cuewise.records import Outcome, Protocol
from cuewise.runs.caller import RetryPolicy
from cuewise.runs.store import CallStore
from support.agents import reply, stage_of
from support.chat_server import Call, ChatServer
from support.cli import cuewise
from support.vendor_servers import AnthropicServer, GoogleServer, ResponsesServer

KEY = "sk-test-0123456789abcdef0123456789abcdef"
LIMIT = 4


@dataclass(frozen=True)
class Served:
    """A model and a judge of one maker, and the server that checks how they are asked."""

    server: type[ChatServer]
    variable: str
    model: str
    judge: str
    takes: tuple[str, ...]


MAKERS = {
    "chat": Served(
        ChatServer, "OPENAI_API_KEY", "openai/qwen2.5-omni-7b", "openai/gpt-4o", ("video", "audio")
    ),
    "responses": Served(ResponsesServer, "OPENAI_API_KEY", "openai/o3-pro", "openai/gpt-5-pro", ("video",)),
    "anthropic": Served(
        AnthropicServer,
        "ANTHROPIC_API_KEY",
        "anthropic/claude-sonnet-4-5",
        "anthropic/claude-opus-5-5",
        ("video",),
    ),
    "google": Served(
        GoogleServer,
        "GEMINI_API_KEY",
        "google/gemini-2.5-pro",
        "google/gemini-3.8-flash",
        ("video", "audio"),
    ),
}
CASES = [
    pytest.param(name, modalities, protocol, id=f"{name}-{'+'.join(modalities)}")
    for name, served in MAKERS.items()
    for modalities, protocol in (
        (("video",), Protocol.GROUNDED),
        (("audio",), Protocol.GROUNDED),
        (("video", "audio"), Protocol.MME_EMOTION),
    )
    if set(modalities) <= set(served.takes)
]


class Heard:
    """Plays all agents, and keeps what stage each call was of."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def __call__(self, request: dict[str, object]) -> str:
        self.stages.append(stage_of(request))
        return reply(request)

    def calls(self, server: ChatServer, stage: str) -> list[Call]:
        return [call for call, was in zip(server.calls, self.stages, strict=True) if was == stage]


def run(
    tmp_path: Path,
    served: Served,
    server: ChatServer,
    modalities: Iterable[str],
    protocol: Protocol,
    **settings: Any,
) -> RunResult:
    options = Options(
        data=str(demo_data()),
        protocol=protocol,
        model=served.model,
        model_base_url=server.base_url,
        judge=served.judge,
        judge_base_url=server.base_url,
        modalities=tuple(modalities),
        **{"limit": LIMIT, **settings},
    )
    # One call after the other, so that calls and stages are in the same order.
    return evaluate(options, Conditions(workspace=tmp_path, concurrency=1))


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames and sounds of the clips, decoded by the first run and found by the others."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def workspace(tmp_path: Path, media: Path) -> Path:
    (tmp_path / "media").symlink_to(media, target_is_directory=True)
    return tmp_path


@pytest.mark.parametrize(("maker", "modalities", "protocol"), CASES)
def test_the_bytes_that_arrive_are_the_clips_own(
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    maker: str,
    modalities: tuple[str, ...],
    protocol: Protocol,
) -> None:
    served, heard = MAKERS[maker], Heard()
    monkeypatch.setenv(served.variable, KEY)
    with served.server(heard, api_key=KEY) as server:
        result = run(workspace, served, server, modalities, protocol)
    assert server.problems == []
    assert Counter(heard.stages) == {"answer": LIMIT, "steps": LIMIT, "verdicts": LIMIT}
    outcomes = list(result.outcomes())
    assert {outcome.kind.value for outcome in outcomes} == {"scored"}
    assert {outcome.sent for outcome in outcomes} == {modalities}
    store = MediaStore(workspace / "media")
    frames = [tuple(stored_frames(outcome, store)) for outcome in outcomes]
    assert all(frames)
    answers, verdicts = heard.calls(server, "answer"), heard.calls(server, "verdicts")
    # Sample by sample: all frames of its own clip, in order, and its one sound; that is what arrived, and no more.
    own = [store.lookup(sha256_of(clip_of(outcome)), FrameRule()) for outcome in outcomes]
    assert frames == [tuple(frame.image.sha256 for frame in clip.frames) for clip in own if clip]
    sounds = [(clip.audio.wav.sha256,) for clip in own if clip and clip.audio]
    assert len(set(sounds)) == LIMIT
    images = frames if "video" in modalities else [()] * LIMIT
    heard_of = sounds if "audio" in modalities else [()] * LIMIT
    given = list(zip(images, heard_of, strict=True))
    assert asked_with(workspace, outcomes) == [[*seen, *sound] for seen, sound in given]
    assert sorted((call.images, call.sounds) for call in answers) == sorted(given)
    # The judge sees the frames of the very clip that it judges.
    assert sorted(call.images for call in verdicts) == sorted(frames)


@pytest.mark.slow
@pytest.mark.parametrize("maker", MAKERS)
def test_one_command_takes_the_whole_demo_through_an_adapter(
    tmp_path: Path, decoded: Callable[[Path], Path], maker: str
) -> None:
    served = MAKERS[maker]
    with served.server(reply, api_key=KEY) as server:
        done = cuewise(
            *("run", "--data", str(demo_data()), "--model", served.model, "--judge", served.judge),
            *("--model-base-url", server.base_url, "--judge-base-url", server.base_url, "--protocol", "both"),
            *("--modalities", ",".join(served.takes), "--json"),
            cwd=decoded(tmp_path / "cuewise-workspace").parent,
            **{served.variable: KEY},
        )
    assert (done.returncode, server.problems) == (0, []), done.stderr
    entries = [*map(json.loads, (demo_data() / "manifest.jsonl").read_text(encoding="utf-8").splitlines())]
    samples, clips = len(entries), {entry["clip"] for entry in entries}
    for run in json.loads(done.stdout)["runs"]:
        assert (run["overall"]["count"], run["overall"]["coverage"]) == (samples, 100)
    sounds = {sha for call in server.calls for sha in call.sounds}
    assert len(sounds) == (len(clips) if "audio" in served.takes else 0)
    assert not any(call.duplicate for call in server.calls), "answers and steps serve both protocols"
    assert KEY not in done.stdout + done.stderr


def asked_with(workspace: Path, outcomes: list[Outcome]) -> list[list[str]]:
    """SHA-256 of the media in the question of each sample, as the store keeps it."""
    with closing(CallStore(workspace / "calls.sqlite")) as calls:
        texts = [calls.request_text(key) for outcome in outcomes for key in outcome.calls["answer"]]
    return [re.findall(r'"sha256": ?"([0-9a-f]{64})"', text or "") for text in texts]


@dataclass(frozen=True)
class ByFile:
    """How one server is given clips as files."""

    maker: str
    args: dict[str, str]
    sound: Literal["in the file", "apart"]


BY_FILE = {
    "google": ByFile("google", {}, "in the file"),
    "chat": ByFile("chat", {}, "apart"),
    "dashscope": ByFile("chat", {"style": "dashscope"}, "in the file"),
    "from disk": ByFile("chat", {"media": "file"}, "apart"),
}


@pytest.mark.parametrize("modalities", [("video",), ("video", "audio")], ids="+".join)
@pytest.mark.parametrize("way", BY_FILE.values(), ids=BY_FILE)
def test_a_clip_as_a_file_is_the_clips_own(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, way: ByFile, modalities: tuple[str, ...]
) -> None:
    served, heard = MAKERS[way.maker], Heard()
    monkeypatch.setenv(served.variable, KEY)
    with served.server(heard, api_key=KEY, media_root=workspace / "media") as server:
        result = run(
            workspace,
            served,
            server,
            modalities,
            Protocol.MME_EMOTION,
            video="file",
            model_args=way.args,
        )
    assert server.problems == []
    outcomes = list(result.outcomes())
    assert {outcome.kind.value for outcome in outcomes} == {"scored"}
    assert {outcome.sent for outcome in outcomes} == {modalities}
    answers = heard.calls(server, "answer")
    assert all(call.images == () for call in answers)  # no frames beside the file
    inside = way.sound == "in the file"
    assert [len(call.sounds) for call in answers] == [int("audio" in modalities and not inside)] * LIMIT
    clips = [clip_of(outcome) for outcome in outcomes]
    sent = [asked[0] for asked in asked_with(workspace, outcomes)]
    assert len(set(sent)) == LIMIT
    assert sorted(sha for call in answers for sha in call.videos) == sorted(sent)
    if "audio" in modalities and inside:
        assert sent == [sha256_of(clip) for clip in clips]
        return
    # Without its sound it is another file, with the very packets of the clip's picture.
    files = {sha256_of(path): path for path in (workspace / "media").rglob("*.mp4")}
    assert not {sha256_of(clip) for clip in clips} & set(sent)
    assert [pictures_in(files[sha]) for sha in sent] == [pictures_in(clip) for clip in clips]


def clip_of(outcome: Outcome) -> Path:
    """The shipped file that a sample asks about."""
    (path,) = (demo_data() / "clips").glob(f"{Path(outcome.sample.clip.id).stem}.*")
    return path


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pictures_in(path: Path) -> str:
    """A hash of the packets of a file's picture; the file must have no other stream, unless it is a clip's own."""
    with av.open(str(path)) as container:
        own = path.parent.name == "clips"
        assert own or [stream.type for stream in container.streams] == ["video"]
        digest = hashlib.sha256()
        for packet in container.demux(container.streams.video[0]):
            digest.update(bytes(packet))
    return digest.hexdigest()


def stored_frames(outcome: Outcome, store: MediaStore) -> list[str]:
    """SHA-256 of the frames that stand as evidence, whose bytes are those that the store holds by that name."""
    refs = [piece.image for piece in outcome.evidence if piece.image is not None]
    for ref in refs:
        assert hashlib.sha256(store.read(ref)).hexdigest() == ref.sha256
    return [ref.sha256 for ref in refs]


@pytest.mark.parametrize("maker", MAKERS)
def test_a_server_that_fails_now_and_then_changes_no_score(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, maker: str
) -> None:
    served = MAKERS[maker]
    monkeypatch.setenv(served.variable, KEY)
    kinds = (
        "server_error",
        "overloaded",
        "reset",
        "cut_off",
        "truncated_json",
        "html",
        "empty_body",
        "error_200",
    )
    summaries = []
    for rate in (0.0, 0.3):
        with served.server(reply, api_key=KEY, fault_rate=rate, fault_kinds=kinds) as server:
            options = Options(
                data=str(demo_data()),
                limit=LIMIT,
                model=served.model,
                model_base_url=server.base_url,
                judge=served.judge,
                judge_base_url=server.base_url,
                modalities=("video",),
            )
            retry = RetryPolicy(tries=12, first_wait_s=0.001, longest_wait_s=0.002)
            folder = workspace / str(rate)
            folder.mkdir()
            (folder / "media").symlink_to(workspace / "media", target_is_directory=True)
            result = evaluate(options, Conditions(workspace=folder, retry=retry))
        assert result.finished
        assert server.problems == []
        summaries.append(result.summary.overall())
    assert any(call.fault for call in server.calls)
    assert summaries[0] == summaries[1]
    assert summaries[1].coverage == 100


def test_a_large_clip_is_uploaded_whole(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google, "MAX_INLINE_BYTES", 1_000)
    monkeypatch.setattr(google_files, "POLL_S", 0.01)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    with GoogleServer(reply, api_key=KEY, polls=2) as server:
        served = MAKERS["google"]
        result = run(
            workspace, served, server, ("video", "audio"), Protocol.MME_EMOTION, limit=1, video="file"
        )
    assert (server.problems, server.upload_problems, result.finished) == ([], [], True)
    whole = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (demo_data() / "clips").iterdir()}
    (video,) = (file for file in server.uploads if file["mimeType"].startswith("video/"))
    assert video["mimeType"] == "video/mp4"
    assert video["sha"] in whole


def test_what_is_too_large_for_one_request_is_uploaded_once(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google, "MAX_INLINE_BYTES", 50_000)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    with GoogleServer(reply, api_key=KEY) as server:
        result = run(workspace, MAKERS["google"], server, ("audio",), Protocol.MME_EMOTION)
    assert server.problems == []
    assert server.upload_problems == []
    sounds = {sha for call in server.calls for sha in call.sounds}
    assert sounds == {file["sha"] for file in server.uploads if file["mimeType"] == "audio/wav"}
    uploaded = [file["sha"] for file in server.uploads]
    assert len(uploaded) == len(set(uploaded)) > LIMIT  # frames for the judge among them
    assert result.finished
    assert KEY not in json.dumps([outcome.model_dump(mode="json") for outcome in result.outcomes()])
