"""What a run was made with, line by line, for the report's methods."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cuewise.models.cards import is_imported
from cuewise.reports.private import scrub_command, shown_settings

if TYPE_CHECKING:
    from cuewise.runs.manifest import Manifest, Settings
    from cuewise.samples.tasks import Task


@dataclass(frozen=True)
class Setting:
    """One line of the methods."""

    name: str
    value: str


@dataclass(frozen=True)
class Methods:
    """All lines of one run."""

    settings: tuple[Setting, ...]
    prompts: tuple[Setting, ...]
    """Prompt templates by their SHA-256."""
    versions: tuple[Setting, ...]


def methods_of(manifest: Manifest) -> Methods:
    """The lines of one run; what is empty is left out."""
    lines = {
        **settings_lines(manifest.settings, manifest.own_tasks),
        "begun (UTC)": manifest.created_at,
        "command": scrub_command(manifest.command),
    }
    versions = {
        "cuewise": manifest.cuewise,
        "source commit": manifest.git_commit or "",
        "python": manifest.python,
        "platform": manifest.platform,
        **manifest.versions,
    }
    return Methods(_filled(lines), _filled(manifest.settings.prompts), _filled(versions))


def settings_lines(settings: Settings, own_tasks: Sequence[Task]) -> dict[str, str]:
    """Everything that determines a run's scores, but the hashes of its prompts, by name; some are empty.

    What belongs to one machine or one user is left out of them.
    """
    imported = is_imported(settings.model.name)
    sha256, settings = settings.sha256(), shown_settings(settings)
    return {
        "dataset": settings.dataset,
        "hash of its annotations": settings.dataset_sha256,
        "tasks": ", ".join(settings.tasks),
        "own tasks": "; ".join(map(_defined, own_tasks)),
        "samples": str(settings.n_samples),
        "answers to each sample": str(settings.epochs) if settings.epochs > 1 else "",
        "protocol": settings.protocol.value,
        "model": settings.model.name,
        "model parameters": _plain(settings.model.parameters),
        "sent to the model": ", ".join(settings.modalities)
        or ("not told" if imported else "nothing of the clip"),
        "picture sent as": settings.video.value if "video" in settings.modalities and not imported else "",
        "changed before it is sent": "" if settings.treatment is None else str(settings.treatment),
        "frames": settings.frame_rule,
        "sampling of answers": _plain(settings.sampling),
        "extractor": settings.extractor.name,
        "extractor parameters": _plain(settings.extractor.parameters),
        **_judges(settings),
        **_evidence(settings),
        "judgements by each judge": str(settings.judge_repeats),
        "rule for several judgements": settings.panel_rule.value if settings.panel_rule else "",
        "version of the label taxonomy": str(settings.taxonomy),
        "weight of recognition in CoT": f"{settings.alpha:g}",
        "hash of all settings": sha256,
    }


def _defined(task: Task) -> str:
    """`Fatigue (ordinal: Alert < Tired)`."""
    joined = (" < " if task.scale else ", ").join(task.labels)
    return f"{task.name} ({task.kind}: {joined})"


def _judges(settings: Settings) -> dict[str, str]:
    several = len(settings.judges) > 1
    lines: dict[str, str] = {}
    for number, judge in enumerate(settings.judges, 1):
        which = f"judge {number}" if several else "judge"
        lines |= {which: judge.name, f"{which} parameters": _plain(judge.parameters)}
    return lines


def _evidence(settings: Settings) -> dict[str, str]:
    lines: dict[str, str] = {}
    for what, model in (
        ("sound described by", settings.audio_clue),
        ("words written down by", settings.transcribe),
        ("frames described by", settings.describe),
    ):
        if model is not None:
            lines |= {what: model.name, f"{what}, parameters": _plain(model.parameters)}
    return {**lines, "version of the evidence": str(settings.evidence)}


def _filled(lines: Mapping[str, str]) -> tuple[Setting, ...]:
    return tuple(Setting(name, value) for name, value in lines.items() if value)


def _plain(values: dict[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
