"""`vllm/MODEL`: a server of vLLM's that is started for the run, asked by chat completions, and stopped after it.

The server listens on 127.0.0.1 alone and wants a key made up for it, which it is told by its environment, where
other users of the machine cannot read it.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cuewise.errors import InputError, ModelError, PermanentModelError
from cuewise.models.arguments import VLLM, Arguments
from cuewise.models.child_server import ChildServer, ServerEndedError, free_port
from cuewise.models.failures import scrubber
from cuewise.models.folders import check_no_folder, folder_of, shown_name, told_apart_by
from cuewise.models.hosting import Hosting
from cuewise.models.http import Transport
from cuewise.models.json_wire import mapping, objects, parse_json
from cuewise.models.openai_compatible import OpenAICompatible
from cuewise.models.protocol import Completion, MediaPath, Modality, ReadMedia, Request, VideoForm
from cuewise.models.served import call_parameters
from cuewise.models.vllm_server import (
    SERVER_ARGUMENTS,
    ServerSettings,
    find_executable,
    missing,
    serve_command,
    vllm_card,
)

MOST_STARTS: Final = 4
"""A server that dies is started again, until it was started so often."""
_PROBE_TIMEOUT_S: Final = 10.0
_LAST_LINES: Final = 6


@dataclass(frozen=True)
class _Running:
    server: ChildServer
    adapter: OpenAICompatible


class Vllm:
    """A model behind a server that is started at the first call. May be asked concurrently.

    Args:
        name: `vllm/MODEL`, as it is shown.
        model_id: what requests call the model; without a folder, its name on the hub.
        folder: where its weights lie on this machine.
        settings: how the server is to be started.
        hosting: what it must be told of the run.
        adapter: speaks with a server at a base URL that wants a key.
        parameters: everything beside the name that changes answers.
        takes: what the model can be given.
        video_forms: how it can be given the picture.
        environ: the server's environment, in which no other server's key is passed on.
        grace_s: seconds the server has to end when asked to, before it is killed.

    Raises:
        InputError: a setting is not valid.
    """

    reads_sample = False
    base_url = "a server that Cuewise started"
    """What stored calls are noted under: the port says nothing."""

    def __init__(
        self,
        name: str,
        model_id: str,
        *,
        folder: Path | None = None,
        settings: ServerSettings,
        hosting: Hosting,
        adapter: Callable[[str, str], OpenAICompatible],
        parameters: dict[str, Any],
        takes: frozenset[Modality],
        video_forms: frozenset[VideoForm],
        environ: Mapping[str, str] = os.environ,
        grace_s: float = 10.0,
    ) -> None:
        if model_id.startswith("-"):
            raise InputError(f"{name}: a model's name does not begin with -")
        settings.check()
        self.name = name
        self.takes = takes
        self.video_forms = video_forms
        self.parameters = parameters
        self._model_id = model_id
        self._folder = folder
        self._settings = settings
        self._hosting = hosting
        self._adapter = adapter
        self._environ = environ
        self._grace_s = grace_s
        self._key = secrets.token_hex(32)
        self._scrub = scrubber(self._key, *hosting.places(folder))
        self._starts = 0
        self._up: asyncio.Task[_Running] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    async def generate(self, request: Request) -> Completion:
        """Make one call, once the server is ready; see `Model.generate`.

        Raises:
            TransientModelError: among other reasons, the server died; another try starts it again.
            PermanentModelError: among other reasons, it cannot be started, or died too often.
        """
        running = await self._running()
        return await running.adapter.generate(request)

    async def close(self) -> None:
        """Stop the server. A later call starts another."""
        up, self._up, self._starts = self._up, None, 0
        if up is None:
            return
        up.cancel()  # in mid-start; it then stops what it had started
        await asyncio.wait((up,))
        if not up.cancelled() and up.exception() is None:
            await self._end(up.result())

    async def _running(self) -> _Running:
        """The server, started where it is not; at once for all who wait for it."""
        up = self._up
        if up is None:
            up = self._up = asyncio.create_task(self._start())
        elif up.done() and up.exception() is None and not up.result().server.running:
            up = self._up = asyncio.create_task(self._start_again(up.result()))
        try:
            return await asyncio.shield(up)
        except ModelError as error:
            # An error of one's own for each who waited, and for each later call.
            raise PermanentModelError(str(error), kind=error.kind) from None

    async def _start_again(self, dead: _Running) -> _Running:
        await self._end(dead)
        if self._starts >= MOST_STARTS:
            raise self._failure(
                dead.server, f"died {self._starts} times; it is not started again", "server_died"
            )
        return await self._start()

    async def _start(self) -> _Running:
        """Start a server and wait until it is ready.

        Raises:
            PermanentModelError: of kind `server_start`; nothing of it is left running.
        """
        self._starts += 1
        executable = find_executable(self._settings.executable, self._environ)
        if executable is None:
            raise PermanentModelError(missing(self.name, self._settings.executable), kind="server_start")
        port = free_port()
        command = serve_command(
            executable,
            self._model_id,
            self._settings,
            self._hosting,
            port=port,
            sees_media=self.takes > {Modality.TEXT},
            folder=self._folder,
        )
        try:
            server = ChildServer(command, self._environment(), self._new_log(), grace_s=self._grace_s)
        except OSError as error:
            told = f"{self.name}: no server can be started: {error.strerror}"
            raise PermanentModelError(told, kind="server_start") from error
        limit_s = self._settings.startup_timeout_s
        probe = Transport(self.name, f"http://127.0.0.1:{port}", {}, self._scrub, 1, _PROBE_TIMEOUT_S)
        started = False
        try:
            await server.until(lambda: self._ready(probe), limit_s)
            started = True
        except ServerEndedError as ended:
            if self._starts < MOST_STARTS and _port_was_taken(server):
                return await self._start()
            raise self._failure(
                server, f"ended with status {ended} before it was ready", "server_start"
            ) from None
        except TimeoutError:
            told = (
                f"was not ready within {limit_s:g} s; --model-arg startup_timeout_s=SECONDS gives it longer"
            )
            raise self._failure(server, told, "server_start") from None
        except asyncio.CancelledError:
            server.log.unlink(missing_ok=True)
            raise
        finally:
            await probe.close()
            if not started:
                await server.stop()
        return _Running(server, self._adapter(f"http://127.0.0.1:{port}/v1", self._key))

    async def _ready(self, probe: Transport) -> bool:
        """Whether it is well, and is the one that knows the key and serves the model."""
        try:
            if not (await probe.send("GET", "/health")).ok:
                return False
            reply = await probe.send("GET", "/v1/models", headers={"Authorization": f"Bearer {self._key}"})
        except ModelError:
            return False
        served = objects(mapping(parse_json(reply.payload)).get("data"))
        return reply.ok and self._model_id in [model.get("id") for model in served]

    async def _end(self, running: _Running) -> None:
        """Stop a server; what it printed is kept only where it died by itself."""
        died = not running.server.running
        await running.adapter.close()
        await running.server.stop()
        if not died:
            running.server.log.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in self._environ.items() if not name.endswith("_API_KEY")}
        if self._settings.devices is not None:
            kept["CUDA_VISIBLE_DEVICES"] = self._settings.devices
        return {**kept, "VLLM_API_KEY": self._key}

    def _new_log(self) -> Path:
        self._hosting.logs.mkdir(parents=True, exist_ok=True)
        if self._hosting.media is not None:
            self._hosting.media.mkdir(parents=True, exist_ok=True)  # vLLM refuses a folder that is not there
        stem = re.sub(r"[^A-Za-z0-9.]+", "-", self.name)[:80]
        handle, path = tempfile.mkstemp(prefix=f"{stem}-", suffix=".log", dir=self._hosting.logs)
        os.close(handle)
        return Path(path)

    def _failure(self, server: ChildServer, what: str, kind: str) -> PermanentModelError:
        lines = (self._scrub(line) for line in server.last_lines(_LAST_LINES))
        said = " | ".join(lines) or "it printed nothing"
        return PermanentModelError(
            f"{self.name}: `vllm serve` {what}. Its last words: {said} (all of them are in"
            f" {self._hosting.logs.name}/{server.log.name})",
            kind=kind,
        )


def open_vllm(
    name: str,
    model_id: str,
    args: Mapping[str, str],
    hosting: Hosting,
    *,
    read_media: ReadMedia,
    media_path: MediaPath | None,
    connections: int,
    timeout_s: float,
    must_be_there: bool,
    environ: Mapping[str, str],
) -> Vllm:
    """The model of that name, whose server is started at the first call; see `registry.open_model`.

    Args:
        model_id: name of a model on the hub, or folder of its weights, written as a path.

    Raises:
        InputError: there is no such folder, an argument is not valid, or `must_be_there` and vLLM is not installed.
    """
    folder = folder_of(name)
    apart = told_apart_by(name)
    if folder is None:
        check_no_folder(name)
    elif not folder.exists():
        raise InputError(f"{name}: there is no such folder")
    else:
        name = shown_name(name)
        model_id = name.partition("/")[2]
    usual = vllm_card(model_id)
    settings = Arguments.parse(args, (*VLLM, *SERVER_ARGUMENTS), usual, timeout_s)
    fields = settings.fields
    own = ServerSettings(
        **{argument: fields.pop(argument) for argument in SERVER_ARGUMENTS if argument in fields}
    )
    if must_be_there and find_executable(own.executable, environ) is None:
        raise InputError(missing(name, own.executable))

    def adapter(base_url: str, key: str) -> OpenAICompatible:
        return OpenAICompatible(
            name,
            model_id,
            base_url=base_url,
            api_key=key,
            read_media=read_media,
            takes=settings.card.takes,
            connections=connections,
            timeout_s=settings.timeout_s,
            parameters=fields,
            delivery=settings.delivery,
            media_path=media_path,
            card=settings.card,
            key_variable="VLLM_API_KEY",
            places=hosting.places(folder),
        )

    return Vllm(
        name,
        model_id,
        folder=folder,
        settings=own,
        hosting=hosting,
        adapter=adapter,
        parameters={**call_parameters(fields, settings.card, usual), **own.parameters(), **apart},
        takes=settings.card.takes,
        video_forms=frozenset(VideoForm) if settings.card.video_files else frozenset({VideoForm.FRAMES}),
        environ=environ,
    )


def _port_was_taken(server: ChildServer) -> bool:
    """Whether somebody else began to use its port after it had been found free."""
    return any("address already in use" in line.lower() for line in server.last_lines(100))
