"""The pool with workers that decode, crash and hang."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from cuewise.errors import ClipBrokenError, MediaError
from cuewise.media import pool as pool_module
from cuewise.media.pool import MediaPool
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.records import ClipFault, ClipMedia

WORKER = """
import os, signal, sys, time
from pathlib import Path
from cuewise.media import worker

prepare_clip = worker.prepare_clip

def prepare(store, path, sha256, rule):
    with Path(sys.argv[1]).open("a") as log:
        log.write(path.name + "\\n")
    if path.name.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if path.name.startswith("hang"):
        time.sleep(600)
    if path.name.startswith("full"):
        raise OSError(28, "No space left on device")
    if path.name.startswith("chatter"):
        os.write(1, b"a line that is no reply\\n")
    return prepare_clip(store, path, sha256, rule)

worker.prepare_clip = prepare
worker.main()
"""


class Setting:
    """A pool whose workers misbehave on clips of certain names, and log what they decode."""

    def __init__(self, folder: Path, clip: bytes) -> None:
        self.folder, self._clip = folder, clip
        self.store = MediaStore(folder / "store")
        self.log = folder / "decoded.txt"
        self.log.touch()

    def clip(self, name: str) -> Path:
        path = self.folder / f"{name}.wav"
        # Bytes after the end of the sound make each clip another one.
        path.write_bytes(self._clip + name.encode())
        return path

    def decoded(self) -> list[str]:
        return self.log.read_text().split()

    def run(
        self, work: Callable[[MediaPool], Awaitable[Any]], *, workers: int = 1, timeout_s: float = 60.0
    ) -> Any:
        async def main() -> Any:
            pool = MediaPool(self.store, FrameRule(), workers=workers, timeout_s=timeout_s)
            try:
                return await work(pool)
            finally:
                await pool.close()
                assert decoding_processes() == []

        return asyncio.run(main())


@pytest.fixture
def setting(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    source = make.clip(
        tmp_path / "source.wav", sound=make.tone(300, 0.5, 16_000), sound_rate=16_000, sound_codec="pcm_s16le"
    )
    setting = Setting(tmp_path, source.read_bytes())
    script = tmp_path / "misbehaving.py"
    script.write_text(WORKER)
    monkeypatch.setattr(pool_module, "WORKER_COMMAND", (sys.executable, str(script), str(setting.log)))
    yield setting


def all_of(paths: list[Path]) -> Callable[[MediaPool], Awaitable[Any]]:
    async def work(pool: MediaPool) -> Any:
        return await asyncio.gather(*(pool.prepare(path) for path in paths), return_exceptions=True)

    return work


def test_a_crash_harms_its_own_clip_only(setting: Setting) -> None:
    names = ["a", "crash1", "b", "crash2", "c"]
    results = setting.run(all_of([setting.clip(name) for name in names]), workers=2)
    for name, result in zip(names, results, strict=True):
        if name.startswith("crash"):
            assert isinstance(result, ClipBrokenError)
            assert result.cause is ClipFault.TIMED_OUT
            assert f"'{name}.wav' crashed" in str(result)
        else:
            assert isinstance(result, ClipMedia)
            assert result.audio is not None


def test_a_hanging_clip_is_given_up(setting: Setting) -> None:
    paths = [setting.clip(name) for name in ("hang", "a")]
    start = time.monotonic()
    hung, whole = setting.run(all_of(paths), timeout_s=3)
    assert time.monotonic() - start < 60
    assert isinstance(hung, ClipBrokenError)
    assert hung.cause is ClipFault.TIMED_OUT
    assert "more than 3 s" in str(hung)
    assert isinstance(whole, ClipMedia)


def test_a_full_disk_is_not_the_clips_fault(setting: Setting) -> None:
    paths = [setting.clip("full"), setting.clip("a")]

    async def one_after_the_other(pool: MediaPool) -> Any:
        return [await asyncio.gather(pool.prepare(path), return_exceptions=True) for path in paths]

    ([full], [whole]) = setting.run(one_after_the_other)
    assert type(full) is MediaError
    assert "No space left on device" in str(full)
    assert isinstance(whole, ClipMedia)
    # The worker that met it goes on.
    assert setting.decoded() == ["full.wav", "a.wav"]


def test_what_libraries_print_is_no_reply(setting: Setting, capfd: pytest.CaptureFixture[str]) -> None:
    (result,) = setting.run(all_of([setting.clip("chatter")]))
    assert isinstance(result, ClipMedia)


def test_identical_clips_are_decoded_once(setting: Setting) -> None:
    path = setting.clip("a")
    twin = setting.folder / "twin.wav"
    twin.write_bytes(path.read_bytes())
    results = setting.run(all_of([path, twin, path, path]), workers=2)
    assert len(setting.decoded()) == 1
    assert all(result == results[0] for result in results)


def test_each_asker_hears_of_its_own_file(setting: Setting) -> None:
    path = setting.clip("crash")
    twin = setting.folder / "crash-twin.wav"
    twin.write_bytes(path.read_bytes())
    first, second = setting.run(all_of([path, twin]))
    assert "'crash.wav'" in str(first)
    assert "'crash-twin.wav'" in str(second)
    assert len(setting.decoded()) == 1


def test_no_worker_is_started_when_all_is_in_the_store(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [setting.clip(name) for name in "abc"]
    before = setting.run(all_of(paths))
    monkeypatch.setattr(pool_module, "WORKER_COMMAND", ("no-such-program",))
    assert setting.run(all_of(paths)) == before
    assert sorted(setting.decoded()) == ["a.wav", "b.wav", "c.wav"]


def test_workers_that_cannot_start_are_told(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (("no-such-program",), (sys.executable, "-c", "raise SystemExit(3)")):
        monkeypatch.setattr(pool_module, "WORKER_COMMAND", command)
        (result,) = setting.run(all_of([setting.clip("a")]))
        assert type(result) is MediaError
        assert "python -m cuewise.media.worker" in str(result)


def test_no_more_workers_than_asked_for(setting: Setting) -> None:
    paths = [setting.clip(f"a{i}") for i in range(12)]
    most = 0

    async def work(pool: MediaPool) -> Any:
        nonlocal most
        tasks = [asyncio.ensure_future(pool.prepare(path)) for path in paths]
        while not all(task.done() for task in tasks):
            most = max(most, len(decoding_processes()))
            await asyncio.sleep(0.005)
        return await asyncio.gather(*tasks)

    setting.run(work, workers=2)
    assert most <= 2


def test_a_cancelled_asker_leaves_the_others(setting: Setting) -> None:
    path = setting.clip("a")

    async def work(pool: MediaPool) -> Any:
        first = asyncio.ensure_future(pool.prepare(path))
        second = asyncio.ensure_future(pool.prepare(path))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert first.cancelled()
        return await second

    assert isinstance(setting.run(work), ClipMedia)


def test_closing_ends_a_clip_in_the_middle(setting: Setting) -> None:
    path = setting.clip("hang")

    async def work(pool: MediaPool) -> Any:
        asker = asyncio.ensure_future(pool.prepare(path))
        while setting.decoded() != ["hang.wav"]:  # noqa: ASYNC110 - another process tells by a file
            await asyncio.sleep(0.02)
        await pool.close()
        return await asyncio.gather(asker, return_exceptions=True)

    (result,) = setting.run(work)
    assert isinstance(result, asyncio.CancelledError)


def test_the_event_loop_is_never_blocked(setting: Setting) -> None:
    paths = [setting.clip(name) for name in ("a", "b", "hang")]
    gaps: list[float] = []

    async def work(pool: MediaPool) -> Any:
        async def tick() -> None:
            last = time.monotonic()
            while True:
                await asyncio.sleep(0.01)
                gaps.append((now := time.monotonic()) - last)
                last = now

        ticking = asyncio.create_task(tick())
        await asyncio.gather(*(pool.prepare(path) for path in paths), return_exceptions=True)
        ticking.cancel()

    setting.run(work, timeout_s=3)
    assert sorted(gaps)[len(gaps) // 2] < 0.1
    # A machine under load stalls everything a little; a blocked loop would stall for the whole 3 s.
    assert max(gaps) < 2


PARENT = """
import asyncio, sys, types
from pathlib import Path
from cuewise.media import pool
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore

pool.WORKER_COMMAND = (sys.executable, sys.argv[1], sys.argv[2])

async def main():
    waiting = pool.MediaPool(MediaStore(Path(sys.argv[3])), FrameRule(), workers=1)
    try:
        await waiting.prepare(Path(sys.argv[4]))
    finally:
        await waiting.close()

asyncio.run(main())
"""


def decoding_processes() -> list[psutil.Process]:
    """Workers of this process, and not what other tests have started."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if "cuewise.media.worker" in child.cmdline():
                found.append(child)
    return found


def start_parent(setting: Setting) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A process of its own with a pool that hangs on a clip."""
    script = setting.folder / "misbehaving.py"
    parent = subprocess.Popen(
        [
            *(sys.executable, "-c", PARENT, str(script), str(setting.log), str(setting.store.root)),
            str(setting.clip("hang")),
        ],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while setting.decoded() != ["hang.wav"]:
        assert time.monotonic() < deadline
        assert parent.poll() is None
        time.sleep(0.02)
    return parent, psutil.Process(parent.pid).children()


def test_workers_do_not_outlive_a_killed_parent(setting: Setting) -> None:
    parent, workers = start_parent(setting)
    assert len(workers) == 1
    parent.kill()
    parent.communicate()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not [worker for worker in alive if worker.status() != psutil.STATUS_ZOMBIE]


def test_an_interrupt_ends_all_quietly(setting: Setting) -> None:
    parent, workers = start_parent(setting)
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does on Ctrl-C
    _, errors = parent.communicate(timeout=30)
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []
    # The parent's own traceback only: nothing from the worker.
    assert "misbehaving.py" not in errors
    assert errors.count("KeyboardInterrupt") <= 2


def test_importing_the_pool_loads_no_decoder() -> None:
    code = "import sys, cuewise.media.pool; print(sorted({'av', 'numpy', 'simplejpeg'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
