"""Carries a modality study out, and prints what it would cost or what it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.markup import escape

from cuewise.ablation.document import findings_document
from cuewise.ablation.reading import read_findings
from cuewise.ablation.study import Study, plan_study, run_study
from cuewise.analysis.fusion import SPLITS
from cuewise.analysis.modality import ConditionLine, ModalityFindings
from cuewise.analysis.paired import PairedResult
from cuewise.analysis.uncertainty import Uncertain
from cuewise.cli.media import media_reader
from cuewise.cli.output import ROOMY, new_console, new_table, print_json, say
from cuewise.cli.plans import say_what_is_free
from cuewise.cli.running import TerminalWatcher, describe_calls, say_what_went_wrong
from cuewise.counts import how_many
from cuewise.plan import Plan, plan_document
from cuewise.reports.formats import DASH, decimal, signed
from cuewise.reports.html import write_report
from cuewise.reports.words.conditions import condition_name
from cuewise.reports.words.modality import conclusions, pvalue
from cuewise.result import RunResult
from cuewise.runs.budget import Budget, dollars
from cuewise.runs.workspace import Workspace
from cuewise.samples.problems import count_problems
from cuewise.scores.clusters import MIN_GROUPS


def carry_out_study(
    study: Study, output: Path | None, *, dry_run: bool, min_coverage: float, json: bool
) -> int:
    """Run a study, or say what it would ask.

    Args:
        output: where the report goes; None for the study's own folder.

    Returns:
        The exit code.
    """
    conditions = study.jobs[0].conditions
    names = ", ".join(job.condition.name for job in study.jobs)
    say(f"study {study.name}: {how_many(len(study.jobs), 'condition')}, each a run of its own: {names}")
    for each in study.left_out:
        say(f"without {each.kind}: {each.why}")
    if dry_run:
        _print_plans(study, plan_study(study), json=json, budget=conditions.limits.budget)
        return 0
    results = run_study(study, watcher=TerminalWatcher())
    if (spent := describe_calls([result.tally for result in results])) is not None:
        say(spent)
    if not all(result.finished for result in results):
        return _stopped(study, results, json=json, budget=conditions.limits.budget)
    for result in results:
        say_what_went_wrong(result)
    (findings,) = read_findings(results)
    report = output or Workspace(conditions.workspace).run(study.name).report_path
    report.parent.mkdir(parents=True, exist_ok=True)
    write_report(results, report, read_media=media_reader(conditions.workspace))
    if json:
        print_json(
            {
                "study": study.name,
                **findings_document(findings),
                "left_out": [{"condition": each.kind.value, "why": each.why} for each in study.left_out],
                "report": str(report),
            }
        )
    else:
        _print_findings(findings)
        say(f"Intervals, tasks and every sample: {report}")
    return _exit_code(results, findings, min_coverage)


def _stopped(study: Study, results: Sequence[RunResult], *, json: bool, budget: Budget | None) -> int:
    last = results[-1]
    done = sum(result.finished for result in results)
    where = f"after {done} of {len(study.jobs)} conditions, in {last.name}"
    if last.budget_reached:
        say(
            f"stopped at the budget ({budget}) {where}; every finished call is kept and free: run the same command with"
            " a budget for the rest to go on"
        )
    else:
        say(f"interrupted {where}; every finished call is kept: run the same command again to go on")
    if json:
        stopped = {"stopped": "budget"} if last.budget_reached else {}
        runs = [{"run": result.name, "finished": result.finished} for result in results]
        print_json({"study": study.name, "finished": False, **stopped, "runs": runs, "report": None})
    return 1 if last.budget_reached else 130


def _exit_code(results: Sequence[RunResult], findings: ModalityFindings, min_coverage: float) -> int:
    """2 where the dataset has problems, 1 where too few of the answers of some condition were scored, else 0."""
    if n := count_problems(results[0].problems):
        say(f"{how_many(n, 'problem')} in the dataset; what is sound in it was evaluated")
        return 2
    low = [line for line in findings.lines if line.coverage is None or line.coverage < min_coverage]
    for line in low:
        say(
            f"coverage of {line.run.name} is {decimal(line.coverage)} %, below --min-coverage {min_coverage:g}"
        )
    return 1 if low else 0


# --- what it would cost ----------------------------------------------------------------------------


def _print_plans(study: Study, plans: Sequence[Plan], *, json: bool, budget: Budget | None) -> None:
    costs = [plan.cost_usd for plan in plans]
    total = None if None in costs else sum(cost or 0.0 for cost in costs)
    if json:
        print_json(
            {
                "dry_run": True,
                "study": study.name,
                "conditions": [
                    {"condition": job.condition.name, "run": job.conditions.run, **plan_document(plan)}
                    for job, plan in zip(study.jobs, plans, strict=True)
                ],
                "left_out": [{"condition": each.kind.value, "why": each.why} for each in study.left_out],
                "total": {"to_make": sum(plan.to_make for plan in plans), "cost_usd": total},
            }
        )
    else:
        _plan_table(study, plans, total)
    say_what_is_free(study.jobs[0].options)
    if any(stage.assumed for plan in plans for stage in plan.stages):
        say(
            "~ depends on replies that are not there yet: one call for each sample, judge and repeat is assumed"
        )
    for model in sorted({stage.model for plan in plans for stage in plan.stages if stage.cost_usd is None}):
        say(f"no price is known for {model}: name it with --price {model}=IN,OUT")
    if budget is not None and budget.usd is not None and (total or 0) > budget.usd:
        say(f"that is more than the budget of {dollars(budget.usd)}: the study would stop there")
    say("Nothing was asked. Tokens and cost are estimates; clips were decoded for them, and are kept.")


def _plan_table(study: Study, plans: Sequence[Plan], total: float | None) -> None:
    table = new_table(f"{how_many(plans[0].samples, 'sample')} in each condition")
    table.add_column("condition", overflow="fold")
    gap = "\n" if new_console().width < ROOMY else " "
    for name in ("stored", "to make", f"input{gap}tokens", f"output{gap}tokens", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for job, plan in zip(study.jobs, plans, strict=True):
        table.add_row(job.condition.name, *_plan_cells([plan]))
    table.add_section()
    table.add_row("all", *_plan_cells(plans, known=total is not None))
    new_console().print(table)


def _plan_cells(plans: Sequence[Plan], *, known: bool = True) -> list[str]:
    stages = [stage for plan in plans for stage in plan.stages]
    costs = [plan.cost_usd for plan in plans]
    about = "~" if any(stage.assumed for stage in stages) else ""
    return [
        f"{sum(stage.stored for stage in stages):,}",
        f"{about}{sum(plan.to_make for plan in plans):,}",
        f"{sum(stage.input_tokens for stage in stages):,}",
        f"{sum(stage.output_tokens for stage in stages):,}",
        dollars(sum(cost or 0.0 for cost in costs)) if known and None not in costs else "unknown",
    ]


# --- what it says ----------------------------------------------------------------------------------


_WIDE: Final = ("Recognition", "Against\ntogether", "p", "Chance", "Reasoning", "CoT", "Coverage", "Samples")
_NARROW: Final = (
    "Recog-\nnition",
    "Against\ntogether",
    "Chance",
    "Reason-\ning",
    "CoT",
    "Cover-\nage",
    "Sam-\nples",
)


def _print_findings(findings: ModalityFindings) -> None:
    console = new_console()
    narrow = console.width < ROOMY
    settings = findings.lines[0].run.settings
    judges = " and ".join(judge.name for judge in settings.judges)
    table = new_table(escape(f"{settings.model.name}, {settings.protocol}, judged by {judges}"))
    table.add_column("Condition", overflow="fold", min_width=12)
    for name in _NARROW if narrow else _WIDE:
        table.add_column(name, justify="right", no_wrap=True)
    for line in findings.lines:
        cells = _cells(line, narrow=narrow)
        name = condition_name(line.run.kind, line.run.treatment)
        if narrow and line.run.treatment is not None:
            name = name.replace(", ", "\n")  # not between a number and its unit
        table.add_row(name, *cells)
    console.print(table)
    for text in _legend(findings, narrow=narrow):
        console.print(text)
    console.print()
    for text in conclusions(findings):
        console.print(escape(text))


def _legend(findings: ModalityFindings, *, narrow: bool) -> list[str]:
    """What the columns show, and why the words below have another difference than they."""
    ends = "" if narrow else " with its 95 % interval, by itself"
    gain = [
        "What fusing gains, below, is no difference of two rows: which modality is best alone is decided on one half"
        f" of the clips and the gain over it taken on the other, {SPLITS} times over, as the best of several is partly"
        " so by luck."
    ]
    return [
        "Recognition, with its 95 % interval, reasoning and CoT: percent of all samples that can be given so, unscored"
        " answers being 0. Coverage: percent of the answers that were scored.",
        f"Against together: recognition less that of all together, on the samples of both, in points{ends}. p: that"
        " there is no difference, corrected for the number of conditions by Holm’s procedure"
        f"{'' if narrow else ', so that an interval may leave 0 out where p is above 0.05'}. With fewer than"
        f" {MIN_GROUPS} clips a difference shows nothing{'' if narrow else ', and has no interval'}.",
        "Chance: recognition of always naming each task's most frequent label.",
        *(gain if findings.fusion else ()),
    ]


def _cells(line: ConditionLine, *, narrow: bool) -> list[str]:
    return [
        _with_interval(line.scores.get("recognition")),
        *_difference(line.difference, narrow=narrow),
        decimal(line.baseline),
        *(decimal(_percent(line.scores.get(name))) for name in ("reasoning", "cot")),
        decimal(line.coverage) if narrow else f"{decimal(line.coverage)} %",
        f"{line.count:,}",
    ]


def _difference(result: PairedResult | None, *, narrow: bool) -> list[str]:
    """Difference with its interval, and p; where there is little room, p stands below the difference alone."""
    if result is None:
        return [DASH] if narrow else [DASH, DASH]
    p = pvalue(result.p_value if result.p_adjusted is None else result.p_adjusted)
    if narrow:
        return [f"{signed(result.difference)}\np {p}"]
    if (interval := result.interval) is None:
        return [signed(result.difference), p]
    low, high = signed(interval.low), signed(interval.high)
    return [f"{signed(result.difference)}\n{low} to {high}", p]


def _percent(score: Uncertain | None) -> float | None:
    return None if score is None else score.percent


def _with_interval(score: Uncertain | None) -> str:
    if score is None or score.interval is None:
        return decimal(_percent(score))
    return f"{decimal(score.percent)}\n{decimal(score.interval.low)}–{decimal(score.interval.high)}"
