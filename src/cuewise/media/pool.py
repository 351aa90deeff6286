"""Decodes clips in processes of their own, so that a clip that crashes or hangs a decoder harms no other."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from cuewise.errors import ClipBrokenError, MediaError
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.media.treatments import Treatment
from cuewise.records import ClipFault, ClipFile, ClipMedia

WORKER_COMMAND: Final = (sys.executable, "-P", "-m", "cuewise.media.worker")
_START_TIMEOUT_S = 60.0
Made = TypeVar("Made", ClipMedia, ClipFile)


@dataclass(frozen=True)
class _Failure:
    """Why a clip was not prepared; reads on after its name."""

    reason: str
    cause: ClipFault | None
    """None where it is not the clip's fault."""

    def error(self, path: Path) -> MediaError:
        message = f"clip {path.name!r} {self.reason}"
        return MediaError(message) if self.cause is None else ClipBrokenError(message, self.cause)


class MediaPool:
    """Gives decoded clips, from the store or by decoding them. To be used within one event loop.

    Worker processes are started when a clip is first to be decoded, and are fresh interpreters: nothing is
    forked from a process with threads. They end with `close`, or with this process however it ends.
    """

    def __init__(
        self, store: MediaStore, rule: FrameRule, *, workers: int | None = None, timeout_s: float = 120.0
    ) -> None:
        """
        Args:
            store: where decoded media is looked up and kept.
            rule: which frames are taken.
            workers: processes at most; as many as there are usable cores where None.
            timeout_s: seconds that decoding one clip may take.
        """
        self._store = store
        self._rule = rule
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(workers or _usable_cores())
        self._idle: list[_Worker] = []
        self._in_flight: dict[tuple[str, str], asyncio.Task[_Failure | None]] = {}

    async def prepare(self, path: Path) -> ClipMedia:
        """Everything decoded from a clip. Identical clips that are asked for at once are decoded once.

        A clip without sound has `audio` None, one without picture has no `frames`.

        Raises:
            ClipMissingError: there is no such regular file.
            ClipBrokenError: it is empty, unreadable or truncated, or took too long or crashed its decoder.
            MediaError: it could not be decoded or kept for a reason that is not its own.
        """
        sha256 = await self._sha256(path)
        return await self._made(path, sha256, {}, lambda: self._store.lookup(sha256, self._rule))

    async def degrade(self, path: Path, treatment: Treatment) -> ClipMedia:
        """What a treatment makes of a clip's frames or sound. The clip itself is decoded only where it was not before.

        Args:
            treatment: one of `DEGRADING`.

        Raises:
            As `prepare`.
        """
        sha256 = await self._sha256(path)
        task = {"treatment": treatment.model_dump(mode="json")}
        return await self._made(path, sha256, task, lambda: self._store.lookup(sha256, self._rule, treatment))

    async def file(self, path: Path, *, with_sound: bool) -> ClipFile:
        """A clip as one file, with its picture, and with its sound only where that is wanted.

        Raises:
            As `prepare`; ClipBrokenError also where it has no picture or cannot be rewrapped.
        """
        sha256 = await self._sha256(path)
        task = {"with_sound": with_sound}
        return await self._made(path, sha256, task, lambda: self._store.lookup_file(sha256, with_sound))

    async def _sha256(self, path: Path) -> str:
        # What the store has is found in less time than a thread takes to start on it.
        known = self._store.known_sha256(path)
        return await asyncio.to_thread(self._store.clip_sha256, path) if known is None else known

    async def _made(
        self, path: Path, sha256: str, what: dict[str, Any], lookup: Callable[[], Made | None]
    ) -> Made:
        """What the store has, made by a worker where it has it not.

        Args:
            what: beside the clip's name and hash, what the worker is told: nothing to decode it.
        """
        if (made := lookup()) is not None:
            return made
        key = (sha256, json.dumps(what))
        task = self._in_flight.get(key)
        if task is None:
            task = self._in_flight[key] = asyncio.create_task(
                self._work(path, {"path": str(path.absolute()), "sha256": sha256, **what})
            )
            task.add_done_callback(lambda _: self._in_flight.pop(key, None))
        if (failure := await asyncio.shield(task)) is not None:
            raise failure.error(path)
        if (made := lookup()) is None:
            raise MediaError(f"clip {path.name!r} was decoded, but is not in the store: run again")
        return made

    async def close(self) -> None:
        """Stop decoding and end all workers."""
        tasks = list(self._in_flight.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        idle, self._idle = self._idle, []
        await asyncio.gather(*(worker.end() for worker in idle))

    async def _work(self, path: Path, task: dict[str, Any]) -> _Failure | None:
        async with self._slots:
            worker = self._idle.pop() if self._idle else _Worker()
            healthy = False
            try:
                await worker.start(self._store.root, self._rule)
                reply = await worker.ask(task, self._timeout_s)
                healthy = True
            except TimeoutError:
                return _Failure(
                    f"took more than {self._timeout_s:g} s to decode: convert or shorten it",
                    ClipFault.TIMED_OUT,
                )
            except _WorkerStartError:
                return _Failure(
                    "was not decoded, for no decoding process starts: see what"
                    " `python -m cuewise.media.worker` prints",
                    None,
                )
            except _WorkerEndedError:
                return _Failure("crashed the decoder: convert or replace it", ClipFault.TIMED_OUT)
            finally:
                if healthy:
                    self._idle.append(worker)
                else:
                    await asyncio.shield(worker.end())
        if "fault" in reply:
            return _Failure(reply["reason"], ClipFault(reply["fault"]))
        if "defect" in reply:
            return _Failure(f"could not be decoded and kept ({reply['defect']})", None)
        return None


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _WorkerStartError(Exception):
    """A worker did not come up."""


class _WorkerEndedError(Exception):
    """A worker ended while it was asked."""


class _Worker:
    """One decoding process, asked one clip at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, root: Path, rule: FrameRule) -> None:
        """Bring the process up, where it is not.

        Raises:
            _WorkerStartError: it does not come up.
        """
        if self._process is not None:
            return
        try:
            self._process = await asyncio.create_subprocess_exec(
                *WORKER_COMMAND,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                # What this process can import, the worker can; `-P` leaves the working folder out.
                env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
                start_new_session=True,  # Ctrl-C at a terminal is for this process alone
            )
            await self.ask({"root": str(root.absolute()), "rule": asdict(rule)}, _START_TIMEOUT_S)
        except (OSError, TimeoutError, _WorkerEndedError) as error:
            raise _WorkerStartError from error

    async def ask(self, body: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Hand a line over and wait for the reply.

        Raises:
            TimeoutError: no reply in time.
            _WorkerEndedError: the process ended.
        """
        assert (
            self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        )
        try:
            async with asyncio.timeout(timeout_s):
                self._process.stdin.write(json.dumps(body).encode() + b"\n")
                await self._process.stdin.drain()
                line = await self._process.stdout.readline()
        except ConnectionError as error:
            raise _WorkerEndedError from error
        if not line.endswith(b"\n"):
            raise _WorkerEndedError
        reply: dict[str, Any] = json.loads(line)
        return reply

    async def end(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        await process.stdout.read()  # to its end, so that the pipe is closed with the process
        await process.wait()
