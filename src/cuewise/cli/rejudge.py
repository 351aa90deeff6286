"""`cuewise rejudge`: judge a run's answers again with another judge."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cuewise.cli import options as opt
from cuewise.cli.option_groups import Judging, Running, spread


@spread
def rejudge_command(
    *,
    run: Annotated[str, typer.Argument(help="Name of the run whose answers are judged again.")],
    judging: Judging,
    protocol: Annotated[
        opt.ProtocolChoice | None, typer.Option(help="Whose rules to judge by; the run's own by default.")
    ] = None,
    new_run: Annotated[
        str | None, typer.Option("--run", help="Name of the new run; made from the settings by default.")
    ] = None,
    running: Running,
    json: opt.JsonOption = False,
) -> None:
    """Judge a run's answers again, by other judges or another protocol; no answer and no extraction is paid for
    again. Under another protocol, without --judge, the run's own judges are asked; the run's agents for evidence stay,
    and others can be added.
    """
    from dataclasses import replace

    from cuewise.cli.running import carry_out, run_name
    from cuewise.errors import InputError
    from cuewise.records import Protocol
    from cuewise.rejudging import options_to_rejudge
    from cuewise.runs.workspace import Workspace
    from cuewise.verdicts.panel import PanelRule

    protocols = (None,) if protocol is None else tuple(map(Protocol, protocol.protocols))
    first, more = (None, ()) if not judging.judge else opt.split_judges(judging.judge)
    conditions = running.conditions()
    settings = Workspace(running.workspace).existing_run(run).manifest().settings
    if judging == Judging() and protocols in ((None,), (settings.protocol,)):
        judges = " and ".join(judge.name for judge in settings.judges)
        raise InputError(
            f"run {run} was judged by {judges} under {settings.protocol}: name what is to be different, another"
            " --judge, --protocol, --judge-repeats, or an agent for evidence such as --describe. To retry what failed,"
            " run the run's own command again"
        )
    jobs = [
        options_to_rejudge(
            run,
            first,
            replace(conditions, run=new_run if each is None else run_name(new_run, each, protocols)),
            judge_base_url=judging.judge_base_url,
            judge_args=opt.split_model_args(judging.judge_arg, "--judge-arg") if judging.judge_arg else None,
            more_judges=more,
            judge_repeats=judging.judge_repeats,
            panel_rule=PanelRule(judging.panel.value),
            protocol=each,
            evidence=judging.evidence(),
        )
        for each in protocols
    ]
    sys.exit(carry_out(jobs, dry_run=running.dry_run, min_coverage=running.min_coverage, json=json))
