"""Fetch a dataset from the Hugging Face hub: its annotations, and its clips unless they are elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cuewise.errors import DatasetError
from cuewise.samples.archives import unpack_clips
from cuewise.samples.clips import MEDIA_EXTENSIONS
from cuewise.samples.layout import MANIFEST_NAMES
from cuewise.samples.own_tasks import TASK_FILE
from cuewise.samples.problems import printable
from cuewise.samples.tasks import Task, tasks

ANNOTATIONS: Final = ("*question/*.json", "*audio_clue/*.json", *MANIFEST_NAMES, TASK_FILE)
CLIPS: Final = ("*.zip", *(f"*{extension}" for extension in sorted(MEDIA_EXTENSIONS)))

_ADDRESS: Final = re.compile(
    r"hf://(?P<owner>\w[\w.-]*)/(?P<name>\w[\w.-]*)(?:@(?P<revision>\w[\w./-]*))?", re.ASCII
)


@dataclass(frozen=True)
class HubAddress:
    """A dataset on the hub."""

    repository: str
    """`OWNER/NAME`."""
    revision: str | None
    """Branch, tag or commit; None is the newest."""

    def __str__(self) -> str:
        return f"{self.repository}@{self.revision}" if self.revision else self.repository


Download = Callable[[HubAddress, Sequence[str], Sequence[str], Path], None]
"""Puts the files of a dataset into a folder: those that match one of the first patterns and none of the second."""


def parse_address(text: str) -> HubAddress:
    """Read `hf://OWNER/NAME[@revision]`.

    Raises:
        DatasetError: it is written otherwise.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or ".." in text:
        raise DatasetError(
            f"{printable(text)} is not the address of a dataset; write hf://OWNER/NAME[@revision]"
        )
    return HubAddress(f"{match['owner']}/{match['name']}", match["revision"])


def fetch(
    address: HubAddress,
    *,
    tasks: Sequence[Task] | None = None,
    with_clips: bool = True,
    download: Download | None = None,
    cache: Path | None = None,
) -> Path:
    """A local folder with the dataset; what is there already is not fetched again.

    Args:
        address: which dataset.
        tasks: leave out the folders of all other tasks; None fetches all.
        with_clips: fetch clips too, and unpack those in zip files.
        download: what to fetch with; by default `huggingface_hub`.
        cache: where to keep it; by default `$CUEWISE_CACHE`, `$XDG_CACHE_HOME/cuewise` or `~/.cache/cuewise`.

    Raises:
        DatasetError: it cannot be fetched, or an archive in it is not safe to unpack.
    """
    folder = _folder(address, cache)
    allowed = (*ANNOTATIONS, *CLIPS) if with_clips else ANNOTATIONS
    (download or _download)(address, allowed, _folders_of_others(tasks), folder)
    if with_clips:
        for archive in sorted(folder.rglob("*.zip")):
            if not any(part.startswith(".") for part in archive.relative_to(folder).parts):
                unpack_clips(archive)
    return folder


def fetch_task_file(
    address: HubAddress, *, download: Download | None = None, cache: Path | None = None
) -> Path:
    """The same folder with nothing new in it but the dataset's `tasks.toml`, where it has one.

    Raises:
        DatasetError: it cannot be fetched.
    """
    folder = _folder(address, cache)
    (download or _download)(address, (TASK_FILE,), (), folder)
    return folder


def _folder(address: HubAddress, cache: Path | None) -> Path:
    folder = (cache or _cache()) / "hub" / str(address).replace("/", "--")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError(
            f"cannot write to the cache {folder}: {error.strerror}; set CUEWISE_CACHE to another folder"
        ) from error
    return folder


def _folders_of_others(wanted: Sequence[Task] | None) -> tuple[str, ...]:
    if wanted is None:
        return ()
    others = [name for name, task in tasks().items() if task not in wanted]
    return tuple(f"{spelling}/*" for name in others for spelling in (name, name.replace("-", "_")))


def _cache() -> Path:
    if own := os.environ.get("CUEWISE_CACHE"):
        return Path(own)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "cuewise"
    return Path.home() / ".cache" / "cuewise"


def _download(address: HubAddress, allowed: Sequence[str], ignored: Sequence[str], folder: Path) -> None:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError
    except ImportError as error:
        raise DatasetError(
            "reading from the hub needs the extra `hub`: pip install 'cuewise[hub]'"
        ) from error
    try:
        snapshot_download(
            address.repository,
            repo_type="dataset",
            revision=address.revision,
            local_dir=folder,
            allow_patterns=list(allowed),
            ignore_patterns=list(ignored),
        )
    except GatedRepoError as error:
        raise DatasetError(
            f"the hub gives {address} only to those who accepted its terms; accept them and set HF_TOKEN"
        ) from error
    except RevisionNotFoundError as error:
        raise DatasetError(
            f"the hub has no revision {address.revision} of {address.repository}; mend it"
        ) from error
    except RepositoryNotFoundError as error:
        raise DatasetError(
            f"the hub has no dataset {address}, or it is private; check the name, or set HF_TOKEN"
        ) from error
    except (OSError, ValueError) as error:
        # Network and disk errors; the hub's own errors are of these kinds. Their texts may quote headers.
        raise DatasetError(
            f"cannot fetch {address} from the hub ({type(error).__name__}); check the connection and try again"
        ) from error
