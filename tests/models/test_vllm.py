"""Servers of vLLM's: how they are started, watched and ended, with a command that stands in for vLLM."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cuewise.errors import InputError, ModelError, PermanentModelError, TransientModelError
from cuewise.models.hosting import Hosting
from cuewise.models.openai_compatible import OpenAICompatible
from cuewise.models.protocol import Modality, Model, Request, Sampling, call_key, canonical_call
from cuewise.models.registry import open_model
from cuewise.models.vllm import MOST_STARTS, Vllm
from cuewise.models.vllm_server import ServerSettings, serve_command
from cuewise.records import MediaRef
from support.chat_server import ChatServer
from support.fake_vllm import FakeVllm, alive, all_gone
from support.loop import SCHEDSTAT, longest_step
from support.models import ask_text

T = TypeVar("T")
REQUEST = ask_text("?", sampling=Sampling(max_tokens=8))


def no_media(_: MediaRef) -> bytes:
    raise AssertionError("no media is read here")


def open_(fake: FakeVllm, name: str = "vllm/org/Qwen2.5-VL-7B", **settings: Any) -> Vllm:
    folder = fake.folder
    settings = {
        "environ": fake.environ(),
        "hosting": Hosting(media=folder / "media", logs=folder / "logs", images=6),
        **settings,
    }
    model = open_model(name, read_media=no_media, **settings)
    assert isinstance(model, Vllm)
    return model


def wait_for_start(fake: FakeVllm) -> None:
    while not fake.starts():
        time.sleep(0.01)


async def persist(model: Vllm) -> str:
    """Ask as a run does: again after what may pass."""
    while True:
        with suppress(TransientModelError):
            return await ask(model)
        await asyncio.sleep(0.02)


def using(model: Vllm, use: Callable[[Vllm], Awaitable[T]]) -> T:
    """What `use` gives of a model that is closed after it."""

    async def both() -> T:
        try:
            return await use(model)
        finally:
            await model.close()

    return asyncio.run(both())


async def ask(model: Vllm) -> str:
    return (await model.generate(REQUEST)).text


async def once(model: Model, request: Request) -> None:
    await model.generate(request)
    await model.close()


async def failure(model: Vllm) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await model.generate(REQUEST)
    return caught.value


# --- how it is started -----------------------------------------------------------------------------


def test_the_command_line(tmp_path: Path) -> None:
    settings = ServerSettings(
        dtype="bfloat16",
        max_model_len=8192,
        reasoning_parser="qwen3",
        tensor_parallel_size=2,
        gpu_memory_utilization=0.5,
        trust_remote_code=True,
        flags=["--quantization", "awq"],
    )
    hosting = Hosting(media=tmp_path / "media", images=12)
    command = serve_command("/opt/vllm", "org/m", settings, hosting, port=4321, sees_media=True)
    assert command == [
        *("/opt/vllm", "serve", "org/m", "--host", "127.0.0.1", "--port", "4321"),
        *("--served-model-name", "org/m", "--disable-uvicorn-access-log"),
        *("--limit-mm-per-prompt", '{"image": 12, "audio": 1, "video": 1}'),
        *("--allowed-local-media-path", str(tmp_path / "media")),
        *("--dtype", "bfloat16", "--max-model-len", "8192", "--reasoning-parser", "qwen3"),
        *("--tensor-parallel-size", "2", "--gpu-memory-utilization", "0.5", "--trust-remote-code"),
        *("--quantization", "awq"),
    ]
    plain = serve_command("vllm", "org/m", ServerSettings(), hosting, port=1, sees_media=False)
    assert not {"--limit-mm-per-prompt", "--allowed-local-media-path"} & set(plain)


def test_it_is_started_at_the_first_call_once_and_stopped(tmp_path: Path) -> None:
    fake = FakeVllm(tmp_path, {"delay_s": 0.5})
    model = open_(fake, args={"devices": "1", "max_model_len": "4096"})
    assert fake.starts() == []

    async def use(model: Vllm) -> list[str]:
        texts = await asyncio.gather(*(ask(model) for _ in range(5)))
        assert all(map(alive, fake.pids()))
        return texts

    # The loop goes on while it loads: it is asked for its health a few times, and slept on in between.
    longest = 0.0

    async def watched(model: Vllm) -> list[str]:
        nonlocal longest
        found: list[str] = []

        async def work() -> None:
            found.extend(await use(model))

        longest = await longest_step(work(), asleep=SCHEDSTAT.exists())
        return found

    assert using(model, watched) == ["happy"] * 5
    assert longest < 0.050
    assert all_gone(fake.pids(), within_s=0)
    (start,) = fake.starts()
    assert {call["model"] for call in fake.calls()} == {"org/Qwen2.5-VL-7B"}
    assert [call["problems"] for call in fake.calls()] == [[]] * 5
    environ = start["environ"]
    key = environ["VLLM_API_KEY"]
    assert re.fullmatch(r"[0-9a-f]{64}", key)
    assert environ["CUDA_VISIBLE_DEVICES"] == "1"
    assert [name for name in environ if name.endswith("_API_KEY")] == ["VLLM_API_KEY"]
    assert key not in " ".join(start["argv"])
    assert key not in repr(model) + json.dumps(model.parameters)
    assert list((fake.folder / "logs").iterdir()) == [], "what a healthy server printed is not kept"


def test_after_closing_it_is_started_anew(tmp_path: Path) -> None:
    fake = FakeVllm(tmp_path)
    model = open_(fake)
    assert [using(model, ask), using(model, ask)] == ["happy", "happy"]
    assert len(fake.starts()) == 2
    assert all_gone(fake.pids(), within_s=0)


def test_closing_what_was_never_asked_or_is_still_starting(tmp_path: Path) -> None:
    fake = FakeVllm(tmp_path, {"silent": True})
    asyncio.run(open_(fake).close())
    assert fake.starts() == []

    async def leave_early(model: Vllm) -> None:
        call = asyncio.create_task(model.generate(REQUEST))
        await asyncio.to_thread(wait_for_start, fake)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    using(open_(fake), leave_early)
    assert all_gone(fake.pids(), within_s=0)
    assert list((fake.folder / "logs").iterdir()) == []


# --- names, arguments and keys ---------------------------------------------------------------------


def test_what_is_part_of_the_key(tmp_path: Path) -> None:
    fake = FakeVllm(tmp_path)

    def parameters(**args: str) -> dict[str, Any]:
        return open_(fake, args=args).parameters

    assert parameters() == {}
    assert (
        parameters(
            devices="0,1",
            tensor_parallel_size="2",
            gpu_memory_utilization="0.4",
            trust_remote_code="true",
            startup_timeout_s="60",
            executable=str(fake.bin / "vllm"),
            timeout_s="9",
            json_schema="true",
        )
        == {}
    )
    assert parameters(
        dtype="float16", max_model_len="99", reasoning_parser="r1", flags="-q 'a b'", top_p="0.5"
    ) == {
        "dtype": "float16",
        "max_model_len": 99,
        "reasoning_parser": "r1",
        "flags": ["-q", "a b"],
        "top_p": 0.5,
    }
    other = ["--config-format", "hf", "--hf-overrides", "{}", "--api-server-count=2", "-tp", "2"]
    assert parameters(flags=" ".join(other)) == {"flags": other}
    assert parameters(json_schema="false") == {"json_schema": False}


def test_a_folder_is_told_to_the_server_alone(tmp_path: Path) -> None:
    """Its last part is its name, and its weights, not its place, are part of the key."""

    def weights(place: str, data: bytes) -> Path:
        folder = tmp_path / place / "emo-7b"
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(data)
        return folder

    fake = FakeVllm(tmp_path)
    private = weights("home-ana", b"tuned")
    model = open_(fake, f"vllm/{private}")
    assert using(model, ask) == "happy"
    [start] = fake.starts()
    assert start["argv"][:2] == ["serve", str(private)]
    [call] = fake.calls()
    assert call["model"] == model.name.removeprefix("vllm/") == "emo-7b"
    stored = canonical_call(model, REQUEST)
    assert "home-ana" not in stored
    assert canonical_call(open_(fake, f"vllm/{weights('moved', b'tuned')}"), REQUEST) == stored
    assert canonical_call(open_(fake, f"vllm/{weights('other', b'plain')}"), REQUEST) != stored
    with pytest.raises(InputError, match="there is no such folder"):
        open_(fake, f"vllm/{tmp_path}/none")

    def there(folder: str) -> str:
        """Asked of a server that runs already, and calls it by its path."""
        url = "http://localhost:1/v1"
        return canonical_call(
            open_model(f"vllm/{folder}", read_media=no_media, base_url=url, environ={}), REQUEST
        )

    assert there(str(private)) == stored
    elsewhere = {there(f"/{place}-ana/emo-7b") for place in ("home", "data")}
    assert len(elsewhere) == 2
    assert "-ana" not in str(elsewhere)


def test_a_server_that_runs_already_is_asked_by_its_address(tmp_path: Path) -> None:
    with ChatServer(api_key="lab-key") as server:
        there = open_model(
            "vllm/org/m", read_media=no_media, base_url=server.base_url, environ={"VLLM_API_KEY": "lab-key"}
        )
        assert isinstance(there, OpenAICompatible)
        asyncio.run(once(there, ask_text("?", json_schema={"type": "object"})))
    assert server.problems == []
    assert server.calls[0].request["model"] == "org/m"
    assert "response_format" in server.calls[0].request
    # Its answers are those of a server that was started here.
    here = open_(FakeVllm(tmp_path), "vllm/org/m")
    assert call_key(canonical_call(here, REQUEST)) == call_key(canonical_call(there, REQUEST))
    with pytest.raises(InputError, match="unknown model argument 'max_model_len'"):
        open_model(
            "vllm/org/m",
            read_media=no_media,
            base_url=server.base_url,
            args={"max_model_len": "9"},
            environ={},
        )


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"flags": "--port 80"}, "--port is not to be set here"),
        ({"flags": "--api_key=x"}, "--api-key is not to be set here"),
        ({"flags": "--hf-token x"}, "HF_TOKEN"),
        ({"flags": "-q awq --api-k SECRET"}, "--api-k is not to be set here"),
        ({"flags": "--allowed_local_media-p=/"}, "--allowed-local-media-p is not to be set here"),
        ({"flags": "--h 0.0.0.0"}, "--h is not to be set here"),
        ({"flags": "--config x.yaml"}, "--config is not to be set here"),
        ({"flags": "'"}, "flags="),
        ({"max_model_len": "0"}, "a whole number of tokens"),
        ({"gpu_memory_utilization": "1.5"}, "a share above 0"),
        ({"devices": "0;1"}, "a comma-separated list of GPUs"),
        ({"max_model_length": "1"}, "did you mean max_model_len"),
    ],
)
def test_arguments_are_read_strictly(tmp_path: Path, args: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)):
        open_(FakeVllm(tmp_path), args=args)


def test_a_name_cannot_be_taken_for_a_flag(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not begin with -"):
        open_(FakeVllm(tmp_path), "vllm/--config=x")


@pytest.mark.parametrize("named", ["vllm", "/no/such/vllm"])
def test_where_there_is_no_vllm(tmp_path: Path, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))  # nor one beside this Python
    settings: dict[str, Any] = {"environ": {"PATH": str(tmp_path)}, "args": {"executable": named}}
    fake = FakeVllm(tmp_path)
    with pytest.raises(InputError, match=r"pip install vllm.*executable=PATH.*base URL") as caught:
        open_(fake, **settings)
    assert "/no/such" not in str(caught.value)
    # Where all calls are stored already it need not be there.
    error = using(open_(fake, need_key=False, **settings), failure)
    assert (type(error), error.kind) == (PermanentModelError, "server_start")


def test_the_other_two_ways_to_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeVllm(tmp_path)
    nowhere = {"PATH": str(tmp_path)}
    assert open_(fake, environ=nowhere, args={"executable": str(fake.bin / "vllm")}).name
    monkeypatch.setattr(sys, "executable", str(fake.bin / "python"))
    assert open_(fake, environ=nowhere).name


# --- what goes wrong -------------------------------------------------------------------------------


def test_a_server_that_ends_at_once(tmp_path: Path) -> None:
    last = "\n".join(
        [
            "x" * 1000,
            "\x1b[31mRuntimeError: CUDA out of memory\x07",
            "see sk-abcdefgh and hf_abcdefghijkl",
            '  File "/home/someone/venv/lib/engine.py", line 3, from https://host/a/b',
        ]
    )
    fake = FakeVllm(tmp_path, {"exit": last})

    async def use(model: Vllm) -> list[ModelError]:
        both = await asyncio.gather(failure(model), failure(model))
        return [*both, await failure(model)]

    errors = using(open_(fake), use)
    assert len(fake.starts()) == 1, "what fails once would fail again"
    assert {type(error) for error in errors} == {PermanentModelError}
    told = str(errors[0])
    assert told == str(errors[2])
    assert "`vllm serve` ended with status 1 before it was ready" in told
    assert "[31mRuntimeError: CUDA out of memory | see [key] and [key]" in told
    assert 'File "…/engine.py", line 3, from https://host/a/b' in told
    assert told.isprintable()
    assert len(told) < 1000
    # The whole of it is kept.
    name = re.search(r"logs/(vllm-org-Qwen2.5-VL-7B-\w+\.log)", told)
    assert name
    assert "x" * 1000 in (fake.folder / "logs" / name[1]).read_text()
    assert all_gone(fake.pids(), within_s=0)


def test_a_flag_that_it_does_not_know(tmp_path: Path) -> None:
    error = using(open_(FakeVllm(tmp_path), args={"flags": "--no-such-flag"}), failure)
    assert "status 2" in str(error)
    assert "unrecognized arguments: --no-such-flag" in str(error)


def test_a_server_that_never_is_ready(tmp_path: Path) -> None:
    fake = FakeVllm(tmp_path, {"silent": True})
    started = time.monotonic()
    error = using(open_(fake, args={"startup_timeout_s": "2"}), failure)
    assert time.monotonic() - started < 20
    assert (type(error), error.kind) == (PermanentModelError, "server_start")
    assert "was not ready within 2 s" in str(error)
    assert "this is no vLLM" in str(error)
    assert fake.pids()
    assert all_gone(fake.pids(), within_s=0)


def test_a_port_that_somebody_else_took(tmp_path: Path) -> None:
    taken = {"exit": "OSError: [Errno 98] Address already in use"}
    fake = FakeVllm(tmp_path, taken, {})
    assert using(open_(fake), ask) == "happy"
    assert len(fake.starts()) == 2
    fake = FakeVllm(tmp_path / "always", taken)
    assert "Address already in use" in str(using(open_(fake), failure))
    assert len(fake.starts()) == MOST_STARTS


@pytest.mark.slow
def test_a_server_that_dies_is_started_again_within_a_bound(tmp_path: Path) -> None:
    fake = FakeVllm(tmp_path, {"die_after": 1})

    async def use(model: Vllm) -> tuple[list[ModelError], ModelError]:
        deaths = []
        for _ in range(MOST_STARTS):
            assert await persist(model) == "happy"
            deaths.append(await failure(model))
            assert all_gone(fake.pids(), within_s=5), "its children go with it"
        with pytest.raises(PermanentModelError) as caught:
            await persist(model)
        return deaths, caught.value

    deaths, end = using(open_(fake), use)
    assert {(type(death), death.kind) for death in deaths} <= {
        (TransientModelError, "connection"),
        (TransientModelError, "bad_body"),
    }
    assert (type(end), end.kind) == (PermanentModelError, "server_died")
    assert f"died {MOST_STARTS} times" in str(end)
    assert len(fake.starts()) == MOST_STARTS
    assert len(list((fake.folder / "logs").iterdir())) == MOST_STARTS


def test_a_server_that_will_not_end(tmp_path: Path) -> None:
    fake = FakeVllm(tmp_path, {"ignore_term": True})
    model = open_(fake)
    model._grace_s = 0.5
    started = time.monotonic()
    assert using(model, ask) == "happy"
    assert time.monotonic() - started < 20
    assert all_gone(fake.pids(), within_s=0)


PARENT = """
import asyncio, json, sys
from pathlib import Path
from cuewise.models.hosting import Hosting
from cuewise.models.registry import open_model
from support.models import ask_text

async def main():
    folder, environ = Path(sys.argv[1]), json.loads(sys.argv[2])
    model = open_model("vllm/m", read_media=None, hosting=Hosting(logs=folder), environ=environ)
    print((await model.generate(ask_text("?"))).text, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_no_server_outlives_this_process_however_it_ends(tmp_path: Path, how: str) -> None:
    fake = FakeVllm(tmp_path)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), json.dumps(fake.environ())],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == "happy\n"
        assert all(map(alive, fake.pids()))
        getattr(parent, how)()
        parent.wait()
    assert all_gone(fake.pids(), within_s=5)


def test_what_it_takes(tmp_path: Path) -> None:
    fake = FakeVllm(tmp_path)
    assert open_(fake, "vllm/Qwen/Qwen2.5-Omni-7B").takes == frozenset(Modality)
    assert open_(fake, args={"takes": "audio"}).takes == {Modality.AUDIO, Modality.TEXT}
