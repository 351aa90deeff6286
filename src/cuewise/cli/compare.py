"""`cuewise compare`: what changed from one run to another, and whether the difference is real."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TextIO

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from cuewise.analysis.comparison import Comparison, SampleChange, ScoreDifference
    from cuewise.result import RunResult
    from cuewise.runs.manifest import Manifest


def compare_command(
    a: Annotated[str, typer.Argument(metavar="A", help="Name of the run that is compared with.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Name of the run that is held against it.")],
    examples: Annotated[
        int, typer.Option(min=0, help="Changed samples to show, spread over the tasks.")
    ] = 10,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A CSV file of every changed sample.")
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    json: opt.JsonOption = False,
) -> None:
    """Hold run B against run A, over the samples that both have: what differs in how they were made, which samples
    changed, and whether the difference of each score is more than chance explains, over all tasks and in each.
    """
    from dataclasses import asdict

    from cuewise.analysis.compared_skill import compared_skill
    from cuewise.analysis.comparison import compare_runs
    from cuewise.cli.output import opened, print_json, say
    from cuewise.counts import how_many
    from cuewise.errors import InputError
    from cuewise.reports.words.paired import conclusions, left_out, warnings
    from cuewise.result import open_run

    first, second = (open_run(name, workspace=workspace) for name in (a, b))
    found = compare_runs(first.table(), second.table())
    if found is None:
        raise InputError(
            f"runs {first.name} and {second.name} share no sample with the same candidates and gold labels: compare"
            " runs over the same dataset and tasks"
        )
    notes = [*_notes(first, second), *warnings(first.manifest.settings, second.manifest.settings)]
    notes += [left] if (left := left_out(found.shared, first.name, second.name)) else []
    rules = {run.manifest.settings.protocol for run in (first, second)}
    skills = compared_skill(found, *rules) if len(rules) == 1 else ()
    verdicts = conclusions(found, first.name, second.name)
    made = made_otherwise(first.manifest, second.manifest)
    if output is not None:
        # With a byte order mark, spreadsheets read the file as UTF-8.
        with opened(output, encoding="utf-8-sig") as file:
            _write_changes(found, file)
    if json:
        print_json(
            _document(found, first, second)
            | {"skill": {one.task or "overall": asdict(one) for one in skills}}
            | {"differs": made, "notes": notes, "conclusions": verdicts}
        )
    else:
        from cuewise.cli.compare_tables import print_run_comparison

        print_run_comparison(
            found,
            first.name,
            second.name,
            skills=skills,
            made=made,
            notes=notes,
            verdicts=verdicts,
            examples=examples,
        )
    if output is not None:
        say(f"{how_many(len(found.changed), 'changed sample')} in {output}")


def made_otherwise(a: Manifest, b: Manifest) -> dict[str, str]:
    """What differs in how two runs were made, by name, in words: settings, versions, and the command."""
    from cuewise.reports.methods import methods_of
    from cuewise.reports.private import scrub_command

    found = a.settings.differences(b.settings)
    before, after = ({line.name: line.value for line in methods_of(one).versions} for one in (a, b))
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            found[name] = f"was {before.get(name, 'none')}, is {after.get(name, 'none')}"
    if a.command != b.command:
        found["command"] = f"was `{scrub_command(a.command)}`, is `{scrub_command(b.command)}`"
    return found


def _notes(*runs: RunResult) -> list[str]:
    """What must be known of the runs themselves."""
    from cuewise.counts import how_many

    unfinished = [
        f"Run {run.name} is not finished: only the samples so far are compared."
        for run in runs
        if not run.finished
    ]
    asked = [
        f"Run {run.name} has {how_many(run.epochs, 'answer')} to each sample, whose points are their mean."
        for run in runs
        if run.epochs > 1
    ]
    return [*dict.fromkeys(unfinished), *dict.fromkeys(asked)]


def _document(found: Comparison, a: RunResult, b: RunResult) -> dict[str, Any]:
    """The comparison as plain data; scores in percent, points of samples in 0..1."""
    shared = found.shared
    return {
        "a": a.name,
        "b": b.name,
        "samples": {
            "shared": len(shared),
            "only_a": shared.only_a,
            "only_b": shared.only_b,
            "other_question": shared.other_question,
        },
        "unit": shared.unit,
        "groups": len(set(shared.groups)),
        "overall": {one.score: _difference(one) for one in found.overall},
        "tasks": {
            task: {one.score: _difference(one) for one in found.tasks if one.task == task}
            for task in dict.fromkeys(one.task for one in found.tasks)
        },
        "changes": {
            task: {change.value: n for change, n in of.items()} for task, of in found.counts().items()
        },
        "changed": [_changed(sample) for sample in found.changed],
    }


def _difference(one: ScoreDifference) -> dict[str, Any]:
    result = one.result
    return {
        "a": one.a,
        "b": one.b,
        "difference": result.difference,
        "low": result.interval.low if result.interval else None,
        "high": result.interval.high if result.interval else None,
        "method": result.interval.method if result.interval else None,
        "test": result.test,
        "p_value": result.p_value,
        "p_adjusted": result.p_adjusted,
        "real": one.real,
        "count": result.count,
        "groups": result.clusters,
        "better": result.better,
        "worse": result.worse,
        "detectable": one.detectable,
    }


def _changed(sample: SampleChange) -> dict[str, Any]:
    return {
        "sample": sample.row.id,
        "task": sample.row.task,
        "gold": list(sample.row.labels),
        "changes": [change.value for change in sample.changes],
        **{
            run: {
                "labels": [None if named is None else list(named) for named in labels],
                "outcomes": list(kinds),
                **dict(zip(("recognition", "reasoning", "cot"), points, strict=True)),
            }
            for run, labels, kinds, points in (
                ("a", sample.labels_a, sample.kinds_a, sample.points_a),
                ("b", sample.labels_b, sample.kinds_b, sample.points_b),
            )
        },
    }


_COLUMNS: Final = (
    *("sample", "task", "gold", "changes", "labels_a", "labels_b", "outcomes_a", "outcomes_b"),
    *(f"{score}_{run}_percent" for score in ("recognition", "reasoning", "cot") for run in "ab"),
)


def _write_changes(found: Comparison, file: TextIO) -> None:
    """A row of `_COLUMNS` for each changed sample, points in percent; several answers are parted by `|`."""
    import csv

    from cuewise.agreement.cells import as_cell
    from cuewise.cli.compare_tables import said

    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for sample in found.changed:
        points = (
            f"{100 * value:g}"
            for pair in zip(sample.points_a, sample.points_b, strict=True)
            for value in pair
        )
        rows.writerow(
            (
                as_cell(sample.row.id),
                as_cell(sample.row.task),
                as_cell(", ".join(sample.row.labels)),
                " ".join(change.value for change in sample.changes),
                *(as_cell(said(labels)) for labels in (sample.labels_a, sample.labels_b)),
                *(" | ".join(kinds) for kinds in (sample.kinds_a, sample.kinds_b)),
                *points,
            )
        )
