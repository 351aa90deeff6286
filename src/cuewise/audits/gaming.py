"""The gaming audit: what tricks without merit earn under each protocol, beside models whose merit is known.

Under a protocol that holds, no trick reaches `simulated/careful`, which names the right cues and labels. Some earn
more than that under the paper's rules.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cuewise.audits.budget import BudgetReachedError
from cuewise.cues import channels
from cuewise.demo import demo_data
from cuewise.errors import InputError, RunError
from cuewise.evaluation import Watcher, evaluate
from cuewise.models import gaming
from cuewise.records import Protocol, Sample
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import RULES, Options
from cuewise.samples.dataset import Dataset, Problem, read_dataset
from cuewise.scores.figures import Figures

YARDSTICK: Final = "simulated/careful"
"""Whom no trick may reach under `grounded`."""
HONEST: Final = {
    YARDSTICK: "names cues that show, errs rarely",
    "simulated/careless": "names cues, errs often",
    "baseline/majority": "the most frequent label and no reason",
}
"""Models that play no trick, and what merit they have."""
FOLDER: Final = Path("audits", "gaming")
"""Below the workspace, so that the many runs of an audit stand beside nobody's own."""


def players() -> dict[str, str]:
    """Everyone who plays, in turn, with what they do in words that follow the name."""
    return {**HONEST, **{name: gaming.about(name) for name in gaming.NAMES}}


@dataclass(frozen=True)
class Player:
    """What one model earned under each protocol."""

    model: str
    about: str
    """What it does, in words that follow its name."""
    earned: dict[Protocol, Figures]
    """Scores in percent with their intervals."""

    @property
    def plays_trick(self) -> bool:
        return self.model.startswith(gaming.PREFIX)

    @property
    def coverage(self) -> float:
        """Percent of samples that were scored, under the protocol where fewer were."""
        return min(figures.coverage or 0.0 for figures in self.earned.values())


@dataclass(frozen=True)
class GamingAudit:
    """What everyone earned on one dataset with one judge."""

    dataset: str
    judge: str
    clues_made: bool
    """Whether the dataset had no audio clues, so that some were written that name the gold label."""
    problems: tuple[Problem, ...]
    """What in the dataset could not be used."""
    players: tuple[Player, ...]
    workspace: Path
    """The workspace of the audit's runs, calls and decoded clips."""

    @property
    def tricks(self) -> list[Player]:
        """Those that play a trick, who earns most under `grounded` first."""
        played = (player for player in self.players if player.plays_trick)
        return sorted(played, key=lambda player: -_figure(player, Protocol.GROUNDED, "cot"))

    @property
    def honest(self) -> list[Player]:
        """Those that play none, in the order of `HONEST`."""
        return [player for player in self.players if not player.plays_trick]

    def ahead(self, of: str, protocol: Protocol, score: str) -> list[Player]:
        """Tricks that earn at least as much as a model does, the one that earns most first.

        Args:
            of: Name of the model.
            score: `recognition`, `reasoning` or `cot`.
        """
        bar = next(_figure(player, protocol, score) for player in self.players if player.model == of)
        reaching = (player for player in self.tricks if _figure(player, protocol, score) >= bar)
        return sorted(reaching, key=lambda player: -_figure(player, protocol, score))

    def best(self, protocol: Protocol, score: str) -> Player:
        """The trick that earns most."""
        return max(self.tricks, key=lambda player: _figure(player, protocol, score))

    @property
    def reaching(self) -> list[Player]:
        """Tricks that reach `YARDSTICK` under `grounded`, in CoT or in reasoning; there should be none."""
        found = [
            *self.ahead(YARDSTICK, Protocol.GROUNDED, "cot"),
            *self.ahead(YARDSTICK, Protocol.GROUNDED, "reasoning"),
        ]
        return list({player.model: player for player in found}.values())

    def to_json(self) -> dict[str, Any]:
        """All figures with their intervals, and who reaches `YARDSTICK`."""
        return {
            "dataset": self.dataset,
            "judge": self.judge,
            "clues_made": self.clues_made,
            "workspace": str(self.workspace),
            "models": [
                {
                    "model": player.model,
                    "about": player.about,
                    "plays_trick": player.plays_trick,
                    "earned": {
                        protocol.value: {
                            key: value
                            for key, value in figures.to_json().items()
                            if key not in ("avg_tokens", "outcomes")
                        }
                        for protocol, figures in player.earned.items()
                    },
                }
                for player in (*self.honest, *self.tricks)
            ],
            "reaching": {
                protocol.value: {
                    score: [player.model for player in self.ahead(YARDSTICK, protocol, score)]
                    for score in ("cot", "reasoning")
                }
                for protocol in Protocol
            },
        }


def play(
    data: str | None = None,
    *,
    task_file: Path | None = None,
    judge: str = RULES,
    judge_base_url: str | None = None,
    extractor: str | None = None,
    conditions: Conditions | None = None,
    watcher: Watcher | None = None,
) -> GamingAudit:
    """Run every trick and the honest models on a dataset, under both protocols.

    Answers are made once and judged twice. Everything is kept in a workspace of the audit's own, `FOLDER` below that of
    `conditions`. A dataset without audio clues is written anew into it, with clues that name the gold label, as those
    published with the benchmark mostly do: else there were none to leak.

    Args:
        data: A dataset with annotated cues; by default the demo clips.
        task_file: Defines tasks of one's own; by default the dataset's own `tasks.toml`, if it has one.
        judge: A model's name, or `offline/rules`.
        judge_base_url: Server of the judge.
        extractor: Reader of the steps, likewise; by default as the judge.
        conditions: How to run; the runs' names are made up, and their budget is one for all of them.
        watcher: Told how each run goes.

    Raises:
        InputError: the dataset cannot be used, or no sample of it has annotated cues, without which the honest
            models have nothing to say.
        RunError: the workspace cannot be used.
        BudgetReachedError: the budget is spent; every finished call is kept.
        KeyboardInterrupt: the audit was interrupted; every finished call is kept.
    """
    conditions = conditions or Conditions()
    workspace = conditions.workspace / FOLDER
    conditions = replace(conditions, workspace=workspace, run=None, judging_again=None)
    data = str(demo_data()) if data is None else data
    dataset = read_dataset(data, task_file=task_file)
    if not any(sample.cues for sample in dataset.samples):
        raise InputError(
            f"{data} has no annotated cues, so that {YARDSTICK} has nothing to say: use the demo clips, or a"
            " manifest with cues"
        )
    clips = None
    clues_made = not any(sample.audio_clue for sample in dataset.samples)
    if clues_made:
        clips = _clips_folder(data)
        data = str(write_with_clues(dataset, workspace / "data"))
    played = []
    for model, about in players().items():
        earned = {}
        for protocol in Protocol:
            options = Options(
                data=data,
                clips=clips,
                task_file=None if dataset.task_file is None else str(dataset.task_file),
                protocol=protocol,
                model=model,
                judge=judge,
                judge_base_url=judge_base_url,
                extractor=extractor,
            )
            result = evaluate(options, conditions, watcher=watcher)
            if result.budget_reached:
                raise BudgetReachedError(conditions.limits.budget)
            if not result.finished:
                raise KeyboardInterrupt
            earned[protocol] = result.summary.overall()
        played.append(Player(model, about, earned))
    return GamingAudit(dataset.name, judge, clues_made, dataset.problems, tuple(played), workspace)


def _figure(player: Player, protocol: Protocol, score: str) -> float:
    value: float | None = getattr(player.earned[protocol], score)
    assert value is not None, "a dataset has samples"
    return value


# --- clues that can leak ---------------------------------------------------------------------------


def write_with_clues(dataset: Dataset, folder: Path) -> Path:
    """Write a dataset in the authors' layout, each clip with an audio clue; see `make_clue`. Clips stay where they are.

    Returns:
        The folder to read it from.

    Raises:
        RunError: it cannot be written.
    """
    questions: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    clues: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for sample in dataset.samples:
        labels = sample.labels if sample.multi_label else sample.labels[0]
        questions[sample.task].append(
            {
                "video_id": sample.clip.id,
                "question": sample.question,
                "label": labels,
                "label_set": sample.label_set,
                "transcript": sample.transcript,
                "cues": [cue.model_dump(exclude={"schema_version"}) for cue in sample.cues],
            }
        )
        # A clip has one clue in a task, however often the task asks about it.
        clues[sample.task].setdefault(sample.clip.id, make_clue(sample))
    root = folder / dataset.sha256[:8]
    try:
        for task, entries in questions.items():
            _write_json(root / task / "question" / f"{task}.json", entries)
            _write_json(
                root / task / "audio_clue" / f"{task}.json",
                [{"video_id": clip, "audio_clue": clue} for clip, clue in clues[task].items()],
            )
    except OSError as error:
        raise RunError(f"the dataset with clues cannot be written into {folder}: {error.strerror}") from error
    return root


def make_clue(sample: Sample) -> str:
    """A clue of the published kind: written with the gold label in view, and mostly talk.

    Published clues have about five sentences, of which one in five says how the voice sounds (480 of them read by
    the rules: 4.8 sentences, 22 %). That one is taken from the annotated cues of the voice, as an audio model
    that listened would tell it; without any it is left out.
    """
    heard = (
        channels()[cue.channel].values.get(cue.value)
        for cue in sample.cues
        if cue.channel in channels() and channels()[cue.channel].modality == "audio"
    )
    voice = next((f"More precisely, {words}. " for words in heard if words), "")
    label = " and ".join(sample.labels)
    return (
        f"The speaker's tone conveys {label} throughout. {voice}The emphasis on certain words and the pauses"
        f" between them suggest {label}. There is a noticeable shift in the delivery, as can be expected of {label}."
        f" Together these elements indicate {label}."
    )


def _clips_folder(data: str) -> str:
    path = Path(data).expanduser()
    if not path.exists():
        raise InputError(
            f"{data} has no audio clues, which can be added to a local dataset alone: fetch it first"
        )
    return str(path if path.is_dir() else path.parent)


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
