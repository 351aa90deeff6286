"""`cuewise rejudge`: judge a run's answers again with another judge."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cuewise.cli import options as opt


def rejudge_command(
    run: Annotated[str, typer.Argument(help="Name of the run whose answers are judged again.")],
    judge: opt.JudgeOption = None,
    judge_base_url: opt.JudgeBaseUrlOption = None,
    judge_arg: opt.JudgeArgOption = None,
    judge_repeats: opt.JudgeRepeatsOption = 1,
    panel: opt.PanelOption = opt.PanelRule.MAJORITY,
    protocol: Annotated[
        opt.ProtocolChoice | None, typer.Option(help="Whose rules to judge by; the run's own by default.")
    ] = None,
    audio_clue: opt.AudioClueOption = None,
    transcribe: opt.TranscribeOption = None,
    spoken_language: opt.SpokenLanguageOption = None,
    describe: opt.DescribeOption = None,
    evidence_base_url: opt.EvidenceBaseUrlOption = None,
    new_run: Annotated[
        str | None, typer.Option("--run", help="Name of the new run; made from the settings by default.")
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    concurrency: opt.ConcurrencyOption = 32,
    timeout: opt.TimeoutOption = 300.0,
    tries: opt.TriesOption = 8,
    agent_tries: opt.AgentTriesOption = 3,
    rpm: opt.RpmOption = None,
    tpm: opt.TpmOption = None,
    sample_deadline: opt.SampleDeadlineOption = None,
    price: opt.PriceOption = None,
    budget_usd: opt.BudgetUsdOption = None,
    budget_tokens: opt.BudgetTokensOption = None,
    batch: opt.BatchOption = False,
    dry_run: opt.DryRunOption = False,
    min_coverage: opt.MinCoverageOption = opt.MIN_COVERAGE,
    json: opt.JsonOption = False,
) -> None:
    """Judge a run's answers again, by other judges or another protocol; no answer and no extraction is paid for
    again. Without --judge the run's own judges are asked; the run's agents for evidence stay, and others can be added.
    """
    from cuewise.cli.running import carry_out, conditions_from, limits_from, run_name
    from cuewise.records import Protocol
    from cuewise.rejudging import options_to_rejudge
    from cuewise.verdicts.panel import PanelRule

    protocols = (None,) if protocol is None else tuple(map(Protocol, protocol.protocols))
    first, more = (None, ()) if not judge else opt.split_judges(judge)
    # One budget for all that the command does.
    limits = limits_from(
        rpm=rpm,
        tpm=tpm,
        sample_deadline=sample_deadline,
        price=price,
        budget_usd=budget_usd,
        budget_tokens=budget_tokens,
    )
    agents = {
        "audio_clue": audio_clue,
        "transcribe": transcribe,
        "spoken_language": spoken_language,
        "describe": describe,
        "evidence_base_url": evidence_base_url,
    }
    evidence = {name: value for name, value in agents.items() if value is not None}
    jobs = []
    for each in protocols:
        name = new_run if each is None else run_name(new_run, each, protocols)
        jobs.append(
            options_to_rejudge(
                run,
                first,
                conditions_from(workspace, name, concurrency, timeout, tries, agent_tries, limits, batch),
                judge_base_url=judge_base_url,
                judge_args=opt.split_model_args(judge_arg, "--judge-arg") if judge_arg else None,
                more_judges=more,
                judge_repeats=judge_repeats,
                panel_rule=PanelRule(panel.value),
                protocol=each,
                evidence=evidence,
            )
        )
    sys.exit(carry_out(jobs, dry_run=dry_run, min_coverage=min_coverage, json=json))
