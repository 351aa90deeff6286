"""`cuewise audit`: look for what is wrong before any score is believed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from cuewise.audits.data.baselines import TaskBaselines
    from cuewise.audits.data.clips import ClipAudit, ClipProbe
    from cuewise.audits.table.audit import BelowBaseline

audit_app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Audit a dataset, a published table of scores, or a judge.",
)

INCONSISTENT = 1
_TELL_EVERY_S = 5.0

DataOption = Annotated[
    str,
    typer.Option(
        help="Dataset: a folder in the authors' layout, a CSV or JSONL manifest, or hf://OWNER/NAME."
    ),
]


@audit_app.command("data")
def audit_data_command(
    data: DataOption,
    clips: Annotated[
        Path | None, typer.Option(help="Folder of the clips where it is not the dataset's own.")
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option(help="Task to audit, or all; may be repeated or comma-separated.")
    ] = None,
    task_file: opt.TaskFileOption = None,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Table of scores by model and task, to be held against the baselines."
        ),
    ] = None,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Decode every clip to find broken ones, and ones that are identical."),
    ] = False,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    json: opt.JsonOption = False,
) -> None:
    """Audit a dataset: its counts, clips that serve several tasks and whether their labels agree, label sets,
    audio clues that name the answer, missing clips, and what guessing scores.

    --probe keeps what it decodes in the workspace, where a later run finds it. Exit codes: 0 done, 2 bad input.
    """
    from cuewise.audits.data.audit import audit_data
    from cuewise.audits.data.clips import look_at_clips
    from cuewise.cli.output import print_json
    from cuewise.samples.dataset import read_dataset

    dataset = read_dataset(data, tasks=opt.split_tasks(task), clips=clips, task_file=task_file)
    found = look_at_clips(dataset.samples)
    if probe:
        found = _probed(found, workspace)
    audit = audit_data(dataset.samples, dataset.problems, clips=found, own_tasks=dataset.own_tasks)
    below = None if table is None else _below(table, audit.baselines)
    if json:
        from dataclasses import asdict

        document = {"data": dataset.name, "sha256": dataset.sha256, **audit.to_json()}
        if below is not None:
            document["below_baseline"] = [asdict(one) for one in below]
        print_json(document)
    else:
        from cuewise.cli.audit_data_tables import print_data_audit

        print_data_audit(audit, below)


def _below(table: Path, baselines: Sequence[TaskBaselines]) -> tuple[BelowBaseline, ...]:
    from cuewise.audits.data.audit import most_frequent_scores
    from cuewise.audits.table.audit import audit_table
    from cuewise.audits.table.files import read_task_scores

    return audit_table(read_task_scores(table), baselines=most_frequent_scores(baselines)).below_baseline


def _probed(clips: ClipAudit, workspace: Path) -> ClipAudit:
    import asyncio
    from dataclasses import replace

    from cuewise.audits.data.clips import probe_clips
    from cuewise.cli.output import say
    from cuewise.counts import how_many
    from cuewise.media.pool import MediaPool
    from cuewise.media.rules import FrameRule
    from cuewise.media.store import MediaStore
    from cuewise.runs.workspace import Workspace

    total, last = len(clips.paths), time.monotonic()

    def told(done: int) -> None:
        nonlocal last
        if done == total or time.monotonic() - last >= _TELL_EVERY_S:
            last = time.monotonic()
            say(f"{done} of {how_many(total, 'clip')} probed")

    async def probe() -> ClipProbe:
        store = MediaStore(Workspace(workspace).media_path)
        pool = MediaPool(store, FrameRule())
        try:
            return await probe_clips(clips.paths, pool, store, told=told)
        finally:
            await pool.close()

    return replace(clips, probe=asyncio.run(probe()))


@audit_app.command("table")
def audit_table_command(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV with the columns model, task, recognition (or rec), reasoning (or rea), cot.",
        ),
    ],
    overall: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV with the columns model, recognition (or rec), reasoning (or rea), cot, one row per model;"
            " avg_step and avg_token if known.",
        ),
    ] = None,
    counts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TASK=N,...", help="Questions of a task, where they are not the benchmark's own."
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Dataset whose most frequent labels the scores are held against.")
    ] = None,
    task_file: opt.TaskFileOption = None,
    json: opt.JsonOption = False,
) -> None:
    """Audit a table of published scores: whether its figures agree with one another within rounding, and how the
    order of the models depends on the score.

    Exit codes: 0 consistent (there may be warnings), 1 figures that cannot all be right, 2 bad input.
    """
    from cuewise.audits.data.audit import most_frequent_scores
    from cuewise.audits.data.baselines import compute_baselines
    from cuewise.audits.table.audit import audit_table
    from cuewise.audits.table.files import read_overall, read_task_scores
    from cuewise.cli.output import print_json
    from cuewise.samples.dataset import read_dataset

    rows = read_task_scores(file)
    baselines = None
    if data is not None:
        baselines = most_frequent_scores(compute_baselines(read_dataset(data, task_file=task_file).samples))
    audit = audit_table(
        rows,
        None if overall is None else read_overall(overall),
        counts=_split_counts(counts),
        baselines=baselines,
    )
    if json:
        print_json(
            {"table": file.name, "overall": None if overall is None else overall.name, **audit.to_json()}
        )
    else:
        from cuewise.cli.audit_tables import print_table_audit

        print_table_audit(audit)
    if not audit.consistent:
        raise typer.Exit(INCONSISTENT)


def _split_counts(values: list[str] | None) -> dict[str, int]:
    """`ER-Lab=500,SA=1600` as numbers by task.

    Raises:
        typer.BadParameter: it is not of that form.
    """
    from cuewise.errors import UnknownTaskError
    from cuewise.samples.tasks import get_task

    counts = {}
    for pair in (pair for value in values or () for pair in opt.split_list(value) or ()):
        name, _, number = pair.rpartition("=")
        if (
            not name.strip()
            or not (number.strip().isascii() and number.strip().isdecimal())
            or not int(number)
        ):
            raise typer.BadParameter(
                f"{pair!r} is not of the form TASK=N with N above 0", param_hint="--counts"
            )
        try:
            counts[get_task(name).name] = int(number)
        except UnknownTaskError:
            counts[name.strip()] = int(number)
    return counts
