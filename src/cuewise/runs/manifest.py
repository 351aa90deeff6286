"""What was run, with what: enough for another lab to run it again and to see why two runs differ."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from cuewise import __version__
from cuewise.errors import RunError
from cuewise.media.treatments import Treatment
from cuewise.models.cards import card_for, is_served
from cuewise.models.protocol import VideoForm
from cuewise.records import Protocol, Record
from cuewise.samples.problems import Problem
from cuewise.samples.tasks import Task
from cuewise.verdicts.panel import PanelRule
from cuewise.whole_files import write_whole

_VERSIONS_OF = (
    *("aiohttp", "av", "ctranslate2", "faster-whisper", "numpy"),
    *("pydantic", "simplejpeg", "torch", "transformers"),
)


JudgeRepeats = Annotated[int, Field(ge=1, le=1000)]


class ModelSettings(Record):
    """A model in a run."""

    name: str
    """`provider/model`, or `offline/rules`."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """What beside the name changes its answers. No secrets."""


class Settings(Record):
    """Everything that determines a run's scores. Two runs with equal settings have equal scores."""

    dataset: str
    """Name of the dataset."""
    dataset_sha256: str
    """Hash of its annotations, as read, after choosing tasks and limit."""
    tasks: tuple[str, ...]
    n_samples: int
    epochs: int = 1
    """How often each sample is asked."""
    protocol: Protocol
    model: ModelSettings
    modalities: tuple[str, ...]
    """What the model is sent of each clip."""
    video: VideoForm = VideoForm.FRAMES
    """How it is sent the picture."""
    treatment: Treatment | None = None
    """How what it is sent differs from the clip; None where it does not."""
    frame_rule: str
    """How frames are sampled."""
    sampling: dict[str, Any]
    """How the model's answers are drawn: temperature, max_tokens, seed."""
    extractor: ModelSettings
    judge: ModelSettings
    more_judges: tuple[ModelSettings, ...] = ()
    judge_repeats: JudgeRepeats = 1
    panel_rule: PanelRule | None = None
    """None where one judge judges once."""
    taxonomy: int
    """Version of the label taxonomy."""
    prompts: dict[str, str]
    """SHA-256 of each prompt template."""
    alpha: float
    """Weight of recognition in the CoT score."""
    audio_clue: ModelSettings | None = None
    """Who describes the sound for the judge; None for the dataset's own clue, if it has one."""
    transcribe: ModelSettings | None = None
    """Who writes down the words; None for the dataset's own transcript, if it has one."""
    describe: ModelSettings | None = None
    """Who describes the frames for the judge."""
    evidence: int = 1
    """Version of how evidence is measured and put together."""

    @property
    def judges(self) -> tuple[ModelSettings, ...]:
        """All judges."""
        return (self.judge, *self.more_judges)

    @property
    def describers(self) -> tuple[ModelSettings, ...]:
        """The models whose words on the clip a judge is shown, each once."""
        both = (model for model in (self.audio_clue, self.describe) if model is not None)
        return tuple({model.name: model for model in both}.values())

    @property
    def at_temperature_0(self) -> bool:
        """Whether a served model was told temperature 0; some take no temperature and draw as they will."""
        name, parameters = self.model.name, self.model.parameters
        takes_none = parameters.get("fixed_temperature", card_for(name).fixed_temperature)
        return is_served(name) and not takes_none and self.sampling.get("temperature") == 0

    def sha256(self) -> str:
        """One hash for all settings.

        Those at their defaults are left out, so that a setting which a later version adds changes no hash: runs that
        are named after theirs are found again.
        """
        text = json.dumps(self.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def differences(self, other: Settings) -> dict[str, str]:
        """The settings that are not equal, by name, in words: `was a, is b`.

        Of one that has parts only those that differ are told.
        """
        pairs = ((name, getattr(self, name), getattr(other, name)) for name in type(self).model_fields)
        return {name: _change(a, b) for name, a, b in pairs if a != b}


RULES = "offline/rules"
"""Name of the extractor and of the judge that ask no model."""
RULES_VERSION = 3
"""To be raised whenever the rules read an answer or judge a step differently than before."""


def _change(was: object, is_: object) -> str:
    if isinstance(was, dict) and isinstance(is_, dict):
        parts = [part for part in was | is_ if was.get(part) != is_.get(part)]
        return ", ".join(_part(part, was.get(part, "none"), is_.get(part, "none")) for part in parts)
    return f"was {_brief(was)}, is {_brief(is_)}"


def _part(name: str, *values: object) -> str:
    """Its name, and what it was and is; a hash tells nobody anything."""
    was, is_ = map(str, values)
    return name if max(len(was), len(is_)) > 20 else f"{name} was {was}, is {is_}"


def _brief(value: object) -> str:
    if isinstance(value, tuple):
        text = ", ".join(map(_brief, value)) or "none"
    elif isinstance(value, ModelSettings):
        with_ = ", ".join(f"{name} {setting}" for name, setting in value.parameters.items())
        text = f"{value.name} with {with_}" if with_ else value.name
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


class Options(Record):
    """What the user chose, as given; enough to run again or to judge again."""

    data: str
    """A dataset folder, a manifest, or `hf://OWNER/NAME`."""
    clips: str | None = None
    """Folder of the clips where it is not the dataset's own."""
    tasks: tuple[str, ...] | None = None
    """Tasks to run; None for all."""
    task_file: str | None = None
    """File that defines tasks of one's own; None for the dataset's own `tasks.toml`, if it has one."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """At most this many samples, spread over the tasks."""
    epochs: Annotated[int, Field(ge=1)] = 1
    """How often each sample is asked."""
    protocol: Protocol = Protocol.MME_EMOTION
    model: str
    model_base_url: str | None = None
    model_args: dict[str, str] = Field(default_factory=dict)
    extractor: str | None = None
    """None: the judge's model, or the offline rules where the judge is those."""
    judge: str = RULES
    judge_base_url: str | None = None
    judge_args: dict[str, str] = Field(default_factory=dict)
    """Settings of each judge."""
    more_judges: tuple[str, ...] = ()
    """Judges beside the first: all of them judge every answer, as a panel."""
    judge_repeats: JudgeRepeats = 1
    """How often each judge judges every answer."""
    panel_rule: PanelRule = PanelRule.MAJORITY
    """How several sets of verdicts become one."""
    prompts: str | None = None
    """File of the authors' own prompts for extractor and judge; None for Cuewise's."""
    extractor_base_url: str | None = None
    """None: the judge's."""
    extractor_args: dict[str, str] | None = None
    """None: the judge's."""
    modalities: tuple[str, ...] | None = None
    """What the model is sent; None for all that it takes."""
    video: VideoForm = VideoForm.FRAMES
    """How the model is sent the picture."""
    treatment: Treatment | None = None
    """How what the model is sent differs from the clip; None for the clip as it is."""
    frame_rule: Literal["time", "index"] = "time"
    fps: Annotated[float, Field(gt=0, le=60)] = 1.0
    """Frames sampled per second of clip."""
    max_frames: Annotated[int, Field(ge=1)] = 10
    max_side: Annotated[int, Field(ge=16)] | None = None
    """Longer side of a frame in pixels; larger ones are scaled down."""
    temperature: Annotated[float, Field(ge=0)] | None = 0.0
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """Limit of the model's answer, in tokens."""
    seed: int | None = None
    """What the server draws by in the first epoch; each further epoch has one more."""
    audio_clue: str | None = None
    """Model that describes the sound for the judge, in place of the dataset's clue."""
    transcribe: str | None = None
    """Speech recogniser, in place of the dataset's transcript: `asr/MODEL`."""
    spoken_language: str | None = None
    """Code of the language that it is to hear; None to have it found for each clip."""
    describe: str | None = None
    """Model that describes the frames for the judge."""
    evidence_base_url: str | None = None
    """Address of a server for `audio_clue` and `describe`."""


class Manifest(Record):
    """The manifest of one run."""

    run: str
    created_at: str
    """UTC, ISO 8601."""
    settings: Settings
    options: Options
    command: tuple[str, ...]
    """The command line, without the program's path."""
    cuewise: str
    """Version of Cuewise."""
    git_commit: str | None
    """Commit of Cuewise's source where it runs from a checkout, `+` appended if there are changes."""
    python: str
    platform: str
    versions: dict[str, str]
    """Versions of the packages that can change a score."""
    problems: tuple[Problem, ...] = ()
    """What in the dataset could not be used."""
    prices: dict[str, tuple[float, float]] = Field(default_factory=dict)
    """Prices that the user named, by pattern of the model's name: US dollars per million input and output
    tokens."""
    own_tasks: tuple[Task, ...] = ()
    """Those of its tasks that a task file defines. What of them can change a score stands in the samples, and so
    in the hash of the dataset."""

    def write(self, path: Path) -> None:
        """Replace the file in one step."""
        write_whole(path, self.model_dump_json(indent=2).encode() + b"\n")

    @staticmethod
    def read(path: Path) -> Manifest:
        """Read a manifest.

        Raises:
            RunError: it is missing, unreadable, or of another version.
        """
        try:
            return Manifest.model_validate_json(path.read_bytes())
        except OSError as error:
            raise RunError(
                f"the manifest of run {path.parent.name} cannot be read: {error.strerror}"
            ) from error
        except ValidationError as error:
            if any(fault["type"] == "missing" and len(fault["loc"]) > 1 for fault in error.errors()):
                raise RunError(
                    f"the manifest of run {path.parent.name} lacks what Cuewise {__version__} writes: an earlier"
                    " version made it, or it is damaged. Run its command again with another --run; stored calls are"
                    " reused"
                ) from error
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RunError(
                f"the manifest of run {path.parent.name} is damaged at {where or 'its start'}:"
                f" {first['msg']}. Restore it, or choose another --run"
            ) from error


def new_manifest(
    run: str,
    settings: Settings,
    options: Options,
    command: tuple[str, ...],
    problems: tuple[Problem, ...] = (),
    prices: dict[str, tuple[float, float]] | None = None,
    own_tasks: tuple[Task, ...] = (),
) -> Manifest:
    """A manifest for a run that begins now on this machine."""
    return Manifest(
        run=run,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        settings=settings,
        options=options,
        command=command,
        cuewise=__version__,
        git_commit=_git_commit(),
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        versions=_versions(),
        problems=problems,
        prices=prices or {},
        own_tasks=own_tasks,
    )


@cache
def _versions() -> dict[str, str]:
    found = {}
    for package in _VERSIONS_OF:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@cache
def _git_commit() -> str | None:
    source = Path(__file__).resolve().parents[3]
    if not (source / ".git").exists():
        return None
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        commit, changes = (
            subprocess.run(  # noqa: S603 - fixed arguments
                ["git", "-C", str(source), *arguments],  # noqa: S607 - the git on the user's path
                capture_output=True,
                text=True,
                timeout=10,
                check=True,
                env=environment,
            ).stdout.strip()
            for arguments in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return commit + ("+" if changes else "")
