"""`cuewise rejudge`: judge a run's answers again with another judge."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cuewise.cli import options as opt


def rejudge_command(
    run: Annotated[str, typer.Argument(help="Name of the run whose answers are judged again.")],
    judge: opt.JudgeOption,
    judge_base_url: opt.JudgeBaseUrlOption = None,
    new_run: Annotated[
        str | None, typer.Option("--run", help="Name of the new run; made from the settings by default.")
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    concurrency: opt.ConcurrencyOption = 32,
    timeout: opt.TimeoutOption = 300.0,
    tries: opt.TriesOption = 8,
    agent_tries: opt.AgentTriesOption = 3,
    min_coverage: opt.MinCoverageOption = opt.MIN_COVERAGE,
    json: opt.JsonOption = False,
) -> None:
    """Judge a run's answers again with another judge; no answer and no extraction is paid for again."""
    from cuewise.cli.running import TerminalWatcher, conclude, conditions_from
    from cuewise.evaluation import rejudge

    conditions = conditions_from(workspace, new_run, concurrency, timeout, tries, agent_tries)
    result = rejudge(run, judge, conditions, judge_base_url=judge_base_url, watcher=TerminalWatcher())
    sys.exit(conclude(result, workspace, min_coverage=min_coverage, json=json))
