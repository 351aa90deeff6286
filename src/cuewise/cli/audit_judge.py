"""`cuewise audit judge`: plant known errors in judged answers and see how many the judge notices."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuewise.cli import options as opt
from cuewise.cli.option_groups import Calling, spread

if TYPE_CHECKING:
    from rich.table import Table

    from cuewise.audits.judge.case import Truth
    from cuewise.audits.judge.figures import JudgeAudit, Rate

INTERRUPTED = 130


@spread
def audit_judge_command(
    *,
    run: Annotated[str, typer.Argument(help="Name of the run whose judged answers are used.")],
    judge: Annotated[
        str | None,
        typer.Option(
            help="Judge to try: provider/model or offline/rules. Default: the run's own, of a panel the first."
        ),
    ] = None,
    judge_base_url: Annotated[
        str | None, typer.Option(help="Address of an OpenAI-compatible server for the judge, with /v1.")
    ] = None,
    n: Annotated[
        int, typer.Option("--n", min=1, help="Answers to draw, in even shares over the tasks.")
    ] = 200,
    seed: Annotated[int, typer.Option(help="Decides which answers are drawn and what is planted.")] = 0,
    calling: Calling,
    json: opt.JsonOption = False,
) -> None:
    """Plant known errors in a run's judged answers: how many a judge notices, and its false alarms.

    Every call is kept: the same audit again is free.
    """
    from cuewise.audits.budget import BudgetReachedError
    from cuewise.audits.judge.run import AuditWatcher, audit_run
    from cuewise.cli.output import print_json, say
    from cuewise.runs.progress import choose_progress

    try:
        audit = audit_run(
            run,
            calling.conditions(),
            judge=judge,
            judge_base_url=judge_base_url,
            n=n,
            seed=seed,
            watcher=AuditWatcher(say, choose_progress),
        )
    except BudgetReachedError as stop:
        say(str(stop))
        sys.exit(1)
    if audit is None:
        say("interrupted; every finished call is kept: run the same command again to go on")
        sys.exit(INTERRUPTED)
    if audit.failures:
        listed = ", ".join(f"{count} {cause.replace('_', ' ')}" for cause, count in audit.failures.items())
        say(f"without verdicts, and counted nowhere: {listed}; the first: {audit.first_failure}")
    if json:
        print_json(document(audit))
    else:
        _print(audit)


def document(audit: JudgeAudit) -> dict[str, Any]:
    """The audit as one JSON document; shares lie in 0..1."""
    from cuewise.audits.judge.words import EXPECTED, conclusions, expected

    body: dict[str, Any] = _plain(audit.model_dump(mode="json"))
    return {
        **body,
        "expected": {plant.value: expected(plant, audit.protocol) for plant in EXPECTED},
        "conclusions": conclusions(audit),
    }


def _plain(value: object) -> Any:
    """Without the schema versions of nested records."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key != "schema_version"}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _print(audit: JudgeAudit) -> None:
    from rich.markup import escape

    from cuewise.audits.judge.case import Truth
    from cuewise.audits.judge.words import conclusions
    from cuewise.cli.output import new_console

    console = new_console()
    for truth in Truth:
        if any(each.truth is truth for each in audit.overall):
            console.print(_by_plant(audit, truth))
            by_task = _by_task(audit, truth)
            if by_task.row_count > 1:
                console.print(by_task)
    console.print(
        "n: answers it was planted in. Noticed: of the steps that had to change. Kept: true reasons that"
        " earn their point. False alarms: true reasons judged"
        " contradicted. Changed: of the steps that had to be judged as before. In the second line 95 % intervals"
        " (Wilson's, with the steps of a sample taken together).",
        style="dim",
        highlight=False,
    )
    for paragraph in conclusions(audit):
        console.print(f"\n{escape(paragraph)}", highlight=False)


def _by_plant(audit: JudgeAudit, truth: Truth) -> Table:
    from rich.markup import escape

    from cuewise.audits.judge.case import Truth
    from cuewise.audits.judge.words import expected
    from cuewise.cli.output import new_table

    told_by = "annotated cues" if truth is Truth.CUES else "the judge itself, as nothing is annotated"
    table = new_table(escape(f"{audit.judge} under {audit.protocol}; what is true is told by {told_by}"))
    table.add_column("Planted", min_width=12)
    table.add_column("Should happen", min_width=13, max_width=36)
    table.add_column("n", justify="right", no_wrap=True)
    for name in ("Noticed %", "Kept %", "False\nalarms %", "Changed %"):
        table.add_column(name, justify="right", min_width=9)
    for each in audit.overall:
        if each.truth is truth:
            table.add_row(
                each.plant.replace("_", " "),
                expected(each.plant, audit.protocol),
                str(each.versions),
                *(_cell(rate) for rate in (each.noticed, each.kept, each.false_alarms, each.changed)),
            )
    table.add_section()
    table.add_row("all plants", "", "", "", "", _cell(audit.false_alarms[truth]), "", style="bold")
    return table


def _by_task(audit: JudgeAudit, truth: Truth) -> Table:
    from rich.markup import escape

    from cuewise.audits.judge.case import Plant
    from cuewise.cli.output import new_table

    table = new_table("Flipped and restated cues by task")
    table.add_column("Task", no_wrap=True)
    for name in ("n", "Noticed %", "False alarms %"):
        table.add_column(name, justify="right")
    for task in audit.tasks:
        flips, restated = (audit.figures(plant, truth, task) for plant in (Plant.FLIP_CUE, Plant.RESTATE_CUE))
        if flips is not None and restated is not None:
            cells = (_cell(flips.noticed, " "), _cell(restated.false_alarms, " "))
            table.add_row(escape(task), str(flips.versions), *cells)
    return table


def _cell(rate: Rate, between: str = "\n") -> str:
    """The share in percent and its interval; a dash where nothing was looked at."""
    from cuewise.audits.judge.words import bounds

    if rate.share is None:
        return "–"
    # In 80 columns there is no room for four intervals of which one end is told as 100.0.
    return f"{100 * rate.share:.1f}{between}[dim]{bounds(rate, '–').replace('100.0', '100')}[/dim]"
