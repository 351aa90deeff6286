"""A command `vllm` that reads its command line as strictly as vLLM does, and serves the checking chat server.

Which way each start goes is told by a plan, and what happened is kept beside it::

    fake = FakeVllm(tmp_path, {"delay_s": 0.5}, {"exit": "CUDA out of memory"})
    open_model("vllm/org/model", environ=fake.environ(), ...)
    ... fake.starts(), fake.calls()

The first start follows the first part of the plan, and so on; the last part holds for all later starts.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

MODELS = ("dtype", "max-model-len", "tensor-parallel-size", "gpu-memory-utilization", "reasoning-parser")
TESTS = Path(__file__).resolve().parents[1]


class FakeVllm:
    """The command, in a folder of its own.

    Args:
        folder: where it lies, with plan and record.
        plan: of each start any of `delay_s` (seconds until it is healthy), `exit` (what it prints before it
            ends at once), `silent` (never healthy), `die_after` (requests it answers before it dies),
            `ignore_term` (it and its child do not end when asked to).
    """

    def __init__(self, folder: Path, *plan: dict[str, Any]) -> None:
        self.folder = folder / "fake-vllm"
        self.bin = self.folder / "bin"
        self.bin.mkdir(parents=True)
        (self.folder / "plan.json").write_text(json.dumps(plan or [{}]))
        command = self.bin / "vllm"
        command.write_text(
            f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(TESTS)!r})\n"
            f"from support.fake_vllm import main\nmain({str(self.folder)!r})\n"
        )
        command.chmod(0o755)

    def environ(self, **more: str) -> dict[str, str]:
        """An environment in which it is found, and the user has a key for somebody else."""
        return {"PATH": f"{self.bin}{os.pathsep}{os.defpath}", "OPENAI_API_KEY": "sk-not-for-a-child", **more}

    def starts(self) -> list[dict[str, Any]]:
        """What each start was told: `argv`, `environ`, `pid`, and `child`, a process that it started itself."""
        return self._lines("starts.jsonl")

    def calls(self) -> list[dict[str, Any]]:
        """Requests as they arrived: `model`, `images`, `sounds`, `videos`, `problems`, `stage`, `format`."""
        return self._lines("calls.jsonl")

    def pids(self) -> list[int]:
        """All processes that there ever were."""
        return [pid for start in self.starts() for pid in (start["pid"], start["child"])]

    def _lines(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def all_gone(pids: list[int], within_s: float) -> bool:
    """Whether none of these processes runs any more, now or within so many seconds."""
    give_up = time.monotonic() + within_s
    while any(map(alive, pids)):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


# --- the command -----------------------------------------------------------------------------------


def main(folder: str) -> None:
    """Be `vllm`."""
    home = Path(folder)
    options = _parser().parse_args()
    limits = json.loads(options.limit_mm_per_prompt or "{}")
    assert all(isinstance(count, int) for count in limits.values())
    if options.allowed_local_media_path:
        assert Path(options.allowed_local_media_path).is_dir(), "vLLM wants a folder that is there"
    plan = json.loads((home / "plan.json").read_text())
    nth = len((home / "starts.jsonl").read_text().splitlines()) if (home / "starts.jsonl").exists() else 0
    part: dict[str, Any] = plan[min(nth, len(plan) - 1)]
    ignoring = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    ending = "import time; print(1, flush=True); time.sleep(600)"
    code = ignoring if part.get("ignore_term") else ending
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE
    )  # as vLLM starts its engine
    assert child.stdout is not None
    child.stdout.readline()
    started = {"argv": sys.argv[1:], "environ": dict(os.environ), "pid": os.getpid(), "child": child.pid}
    with (home / "starts.jsonl").open("a") as file:
        file.write(json.dumps(started) + "\n")
    print("INFO: this is no vLLM", flush=True)
    if "exit" in part:
        print(part["exit"], file=sys.stderr)
        sys.exit(1)
    if part.get("ignore_term"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if part.get("silent"):
        time.sleep(600)
    _serve(home, options, part)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("vllm", allow_abbrev=False)
    serve = parser.add_subparsers(required=True).add_parser("serve", allow_abbrev=False)
    serve.add_argument("model")
    for flag in ("host", "port", "served-model-name"):
        serve.add_argument(f"--{flag}", required=True)
    for flag in (*MODELS, "limit-mm-per-prompt", "allowed-local-media-path", "quantization"):
        serve.add_argument(f"--{flag}")
    for flag in ("disable-uvicorn-access-log", "trust-remote-code"):
        serve.add_argument(f"--{flag}", action="store_true")
    return parser


def _serve(home: Path, options: argparse.Namespace, part: dict[str, Any]) -> None:
    import asyncio

    from aiohttp import web

    from support.agents import reply, stage_of
    from support.chat_server import Call, ChatServer

    class Calls(list[Call]):
        """Writes down what is put in, and dies in the middle of a call where that is planned."""

        def append(self, call: Call) -> None:
            super().append(call)
            kept = {
                "model": call.request.get("model"),
                "images": call.images,
                "sounds": call.sounds,
                "videos": call.videos,
                "problems": call.problems,
                "stage": stage_of(call.request),
                "format": call.request.get("response_format"),
            }
            with (home / "calls.jsonl").open("a") as file:
                file.write(json.dumps(kept) + "\n")
            if len(self) > part.get("die_after", float("inf")):
                os._exit(1)

    class Server(ChatServer):
        def _add_routes(self, app: web.Application) -> None:
            super()._add_routes(app)
            app.router.add_get("/health", self._health)
            self.calls = Calls()
            self.healthy_at = time.monotonic() + part.get("delay_s", 0)

        async def _health(self, _: web.Request) -> web.Response:
            return web.Response(status=200 if time.monotonic() >= self.healthy_at else 503)

    assert options.host == "127.0.0.1"
    server = Server(
        lambda request: reply(request) if "andidate" in str(request) else "happy",
        api_key=os.environ["VLLM_API_KEY"],
        models=[options.served_model_name],
        port=int(options.port),
        media_root=Path(options.allowed_local_media_path) if options.allowed_local_media_path else None,
    )

    async def serve_for_ever() -> None:
        await server.start()
        await asyncio.Event().wait()

    asyncio.run(serve_for_ever())
