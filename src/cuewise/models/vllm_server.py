"""How a server of vLLM's is started: its settings and its command line. The flags are those of vLLM 0.33."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from cuewise.errors import InputError
from cuewise.models.cards import Card, card_for
from cuewise.models.hosting import Hosting

_CHANGE_ANSWERS: Final = ("dtype", "max_model_len", "reasoning_parser", "flags")
_RESERVED: Final = (
    *("--host", "--port", "--uds", "--root-path", "--ssl-", "--grpc", "--headless", "--api-key"),
    *("--served-model-name", "--allowed-local-media-path", "--hf-token"),
)
"""Beginnings of flags that are Cuewise's to set, or that would put a secret where it is shown."""
_CONFIG: Final = "--config"
"""Names a file with any flags at all in it. Not reserved as a beginning, because of `--config-format`."""


@dataclass(frozen=True)
class ServerSettings:
    """How a server is to be started; the names are those of its model arguments."""

    executable: str = "vllm"
    devices: str | None = None
    """Value of CUDA_VISIBLE_DEVICES for it."""
    dtype: str | None = None
    max_model_len: int | None = None
    """Longest prompt and answer together, in tokens."""
    reasoning_parser: str | None = None
    tensor_parallel_size: int | None = None
    gpu_memory_utilization: float | None = None
    """Share of a GPU's memory, 0..1."""
    trust_remote_code: bool = False
    startup_timeout_s: float = 1800.0
    """Loading the weights of a large model from a slow disk takes many minutes."""
    flags: list[str] = field(default_factory=list)
    """Further flags of `vllm serve`, as they are."""

    def check(self) -> None:
        """See that no further flag is one that Cuewise sets itself.

        Raises:
            InputError: one is.
        """
        for flag in self.flags:
            name = flag.partition("=")[0].replace("_", "-")
            if not name.startswith("--"):
                continue
            # vLLM's parser takes the beginning of a flag for the flag.
            shortened = any(reserved.startswith(name) for reserved in (*_RESERVED, _CONFIG))
            if shortened or name.startswith(_RESERVED):
                hint = ": set the environment variable HF_TOKEN" if name == "--hf-token" else ""
                raise InputError(f"model argument flags: {name} is not to be set here{hint}")

    def parameters(self) -> dict[str, Any]:
        """What of it can change an answer: part of each call's key. Ports, devices and memory are not."""
        return {name: value for name in _CHANGE_ANSWERS if (value := getattr(self, name))}


SERVER_ARGUMENTS: Final = tuple(setting.name for setting in fields(ServerSettings))
"""Model arguments that only a server started here has."""


def find_executable(named: str, environ: Mapping[str, str]) -> str | None:
    """The path of the `vllm` command: as named, on the PATH, or beside the Python that runs this."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(named, path=environ.get("PATH", "")) or shutil.which(named, path=beside)


def serve_command(
    executable: str,
    model_id: str,
    settings: ServerSettings,
    hosting: Hosting,
    *,
    port: int,
    sees_media: bool,
    folder: Path | None = None,
) -> list[str]:
    """The command line of a server.

    Args:
        model_id: what requests call the model; without a folder, its name on the hub.
        sees_media: whether the model takes more than text; of one that does not, vLLM wants no limit of media.
        folder: where its weights lie on this machine, which is told to the server alone.
    """
    weights = model_id if folder is None else str(folder.absolute())
    command = [executable, "serve", weights, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--served-model-name", model_id, "--disable-uvicorn-access-log"]
    if sees_media:
        limits = {"image": hosting.images, "audio": 1, "video": 1}
        command += ["--limit-mm-per-prompt", json.dumps(limits)]
        if hosting.media is not None:
            command += ["--allowed-local-media-path", str(hosting.media.absolute())]
    for flag in (
        "dtype",
        "max_model_len",
        "reasoning_parser",
        "tensor_parallel_size",
        "gpu_memory_utilization",
    ):
        if (value := getattr(settings, flag)) is not None:
            command += [f"--{flag.replace('_', '-')}", str(value)]
    if settings.trust_remote_code:
        command.append("--trust-remote-code")
    return [*command, *settings.flags]


def missing(name: str, executable: str) -> str:
    """Why a server cannot be started, and what to do."""
    return (
        f"{name} needs the command {Path(executable).name!r}, and there is none: install it (pip install vllm, into an"
        " environment of its own if you like), name it with --model-arg executable=PATH, or give the base URL of a"
        " server that runs already"
    )


def vllm_card(model_id: str) -> Card:
    """What is known of a model as vLLM serves it, which can hold every model's replies to a schema."""
    return replace(card_for(model_id), json_schema=True)
