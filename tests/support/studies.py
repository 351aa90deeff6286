"""Small studies, for tests of whatever shows, serves, exchanges or evaluates them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cuewise.demo import demo_data
from cuewise.evaluation import evaluate
from cuewise.media.store import MediaStore
from cuewise.records import ClipFacts, Outcome, Protocol
from cuewise.result import RunResult
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import Options
from cuewise.runs.workspace import Workspace
from cuewise.study.creating import Design, make_study
from cuewise.study.folder import StudyFolder, study_folder
from cuewise.study.records import Study
from support.outcomes import make_outcomes, make_run, make_samples

CREATED = "2026-01-01T00:00:00.000+00:00"


def with_clips(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes as of a run that looked at its clips, of 4 seconds each."""
    return [
        outcome.model_copy(
            update={
                "facts": ClipFacts(
                    sha256=hashlib.sha256(outcome.sample.clip.id.encode()).hexdigest(),
                    size_bytes=1000,
                    duration_s=4.0,
                    has_video=True,
                    has_audio=True,
                )
            }
        )
        for outcome in outcomes
    ]


def rated_run(workspace: Path, name: str = "mine", n: int = 60, **how: Any) -> RunResult:
    """A made-up run on disk whose answers can be drawn; there is no media. `how` goes to `make_outcomes`, but for the
    model's name."""
    model = how.pop("model", "openai/gpt-4o")
    protocol = how.get("protocol", Protocol.MME_EMOTION)
    outcomes = with_clips(make_outcomes(make_samples(n), **how))
    return make_run(workspace, name, outcomes, model=model, protocol=protocol)


def demo_run(workspace: Path, name: str = "demo", model: str = "simulated/careless") -> RunResult:
    """A real run over the shipped clips, with frames and sound, by models without a server; takes a few seconds."""
    conditions = Conditions(workspace=workspace, run=name)
    return evaluate(Options(data=str(demo_data()), model=model, protocol=Protocol.GROUNDED), conditions)


def study_of(runs: Sequence[RunResult], workspace: Path, name: str = "study", **design: Any) -> Study:
    """A study of runs, in memory; `design` goes to `Design`."""
    raters = design.pop("raters", ("ana", "ben", "eva"))
    return make_study(
        Design(name=name, raters=raters, **design), runs, MediaStore(Workspace(workspace).media_path), CREATED
    )


def make_study_folder(workspace: Path, name: str = "study", n: int = 12, **design: Any) -> StudyFolder:
    """A study on disk, of a made-up run; `design` goes to `Design`."""
    folder = study_folder(Workspace(workspace), name)
    folder.freeze(study_of([rated_run(workspace)], workspace, name, n=n, **design))
    return folder


def demo_study_folder(workspace: Path, name: str = "study", n: int = 8, **design: Any) -> StudyFolder:
    """A study on disk, of a real run over the shipped clips, with frames and sound."""
    folder = study_folder(Workspace(workspace), name)
    folder.freeze(study_of([demo_run(workspace)], workspace, name, n=n, **design))
    return folder
