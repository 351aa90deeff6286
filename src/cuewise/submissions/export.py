"""Writes a run as a submission."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cuewise.errors import InputError
from cuewise.media.treatments import TreatmentKind
from cuewise.records import Outcome
from cuewise.reports.private import scrub, scrub_all, shown_settings
from cuewise.samples.problems import count_problems
from cuewise.submissions.header import FORMAT, VERSION, Header, stated
from cuewise.whole_files import output_file

if TYPE_CHECKING:
    from cuewise.result import RunResult


def write_submission(run: RunResult, path: Path) -> None:
    """Write a finished run as one file, gzipped where its name ends in `.gz`. The same run gives the same bytes.

    Raises:
        InputError: the run is not finished or in conflict (see `header_of`), or the file cannot be written.
        RunError: the run's files cannot be read.
    """
    if not run.finished:
        raise InputError(
            f"run {run.name} is not finished, and a submission holds every sample: run its command again, then export"
        )
    header = header_of(run)
    with _packed(path) as file:
        file.write(_line(header))
        for outcome in run.outcomes():
            file.write(_line(public(outcome)))


def header_of(run: RunResult) -> Header:
    """The first line of a run's submission.

    Raises:
        InputError: its clips were lent the sound of others: words and cues are then not the dataset's, by whose hash a
            submission is checked, and points for the picture's label are no measure of the model.
        RunError: the call store cannot be read.
    """
    manifest, summary = run.manifest, run.summary
    treatment = manifest.settings.treatment
    if treatment is not None and treatment.kind is TreatmentKind.CONFLICT:
        raise InputError(
            f"run {run.name} gave clips the sound of others, which tells whom the model follows and not how good it is:"
            " it stands in the report of its study, and neither on a leaderboard nor in a submission"
        )
    return Header(
        format=FORMAT,
        version=VERSION,
        run=run.name,
        created_at=manifest.created_at,
        settings=shown_settings(manifest.settings),
        cuewise=manifest.cuewise,
        git_commit=manifest.git_commit,
        python=manifest.python,
        versions=manifest.versions,
        own_tasks=manifest.own_tasks,
        left_out=count_problems(manifest.problems),
        overall=stated(summary.overall()),
        tasks={name: stated(figures) for name, figures in summary.tasks().items()},
        costs_usd=costs(run),
    )


def costs(run: RunResult) -> dict[str, float | None]:
    """What each stage's calls cost, US dollars; empty where the call store is not beside the run.

    Raises:
        RunError: the call store cannot be read.
    """
    # Opening a store that is not there would make an empty one beside a run that was moved.
    if not run.folder.workspace.calls_path.exists():
        return {}
    return {stage: spent.cost_usd for stage, spent in run.spending().stages.items()}


def public(outcome: Outcome) -> Outcome:
    """An outcome as it may be passed on: no place of a clip, no keys of calls, no folders in messages.

    What model and judge said stays as it is: the label is read from it again.
    """
    clip = outcome.sample.clip.model_copy(update={"path": None})
    return outcome.model_copy(
        update={
            "sample": outcome.sample.model_copy(update={"clip": clip}),
            "message": scrub(outcome.message),
            # As the settings have them, so that both go on being the same judges.
            "votes": tuple(
                vote.model_copy(update={"judge": scrub_all(vote.judge)}) for vote in outcome.votes
            ),
            "calls": {},
        }
    )


def _line(record: Header | Outcome) -> bytes:
    return record.model_dump_json(exclude_defaults=True).encode() + b"\n"


@contextmanager
def _packed(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, gzipped where its name ends in `.gz`."""
    with output_file(path) as raw:
        if path.name.endswith(".gz"):
            # Without a name and a time in it, the same run gives the same bytes.
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                yield packed  # type: ignore[misc]
        else:
            yield raw
