"""What `run`, `rejudge` and `demo` share: carry a run out, show how it goes, print what it gave."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cuewise.cast import warnings_of_kin
from cuewise.cli.media import media_reader
from cuewise.cli.output import print_json, say
from cuewise.counts import how_many
from cuewise.evaluation import Watcher, evaluate
from cuewise.records import Protocol
from cuewise.reports.html import write_report
from cuewise.result import RunResult
from cuewise.runs.batch_records import BatchRecord
from cuewise.runs.budget import Budget, dollars
from cuewise.runs.caller import CallTally
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import RULES, Manifest, Options, Settings
from cuewise.runs.progress import Progress, choose_progress
from cuewise.samples.dataset import Dataset
from cuewise.samples.problems import count_problems

PROBLEMS_SHOWN = 20
REASONS_SHOWN = 10
HARDLY_CHECKED = 50.0
"""Percent of reasons that the rules cannot check, from which on a run says so."""


class TerminalWatcher(Watcher):
    """Says on standard error what runs and how far it is; what is to be known of several runs it says once."""

    def __init__(self) -> None:
        self._counted = "samples"
        self._remarked: set[str] = set()

    def started(self, dataset: Dataset, manifest: Manifest) -> None:
        settings = manifest.settings
        self._counted = counted(settings)
        often = f", {settings.epochs} times each" if settings.epochs > 1 else ""
        say(
            f"run {manifest.run}: {settings.model.name} on {how_many(settings.n_samples, 'sample')} of"
            f" {', '.join(settings.tasks)}{often}; protocol {settings.protocol}, {_judges(settings)}"
        )
        for remark in _remarks(dataset, settings):
            if remark not in self._remarked:
                self._remarked.add(remark)
                say(remark)

    def batching(self, by_batch: Sequence[str], directly: Sequence[str]) -> None:
        others = f"; asked directly: {', '.join(directly)}" if directly else ""
        say(f"by batch: {', '.join(by_batch)}{others}")
        say(
            "Ctrl-C is safe: what has been submitted goes on at the provider, and the same command collects it"
        )

    def left_in_batches(self, batches: Sequence[BatchRecord]) -> None:
        for batch in batches:
            say(
                f"{how_many(batch.calls, 'call')} to {batch.model} may be done by now in a batch of run {batch.run}:"
                " with --batch they are collected, without it those that this run needs are made, and paid for, once"
                " more"
            )

    def interrupted(self, in_flight: int) -> None:
        if in_flight:
            say(
                f"stopping: waiting for {how_many(in_flight, 'call')} in flight, kept when done; again to abandon them"
            )
        else:
            say("stopping")

    def progress(self, total: int, tally: CallTally) -> Progress:
        return choose_progress(total, tally, self._counted)


def _remarks(dataset: Dataset, settings: Settings) -> Iterator[str]:
    """What must be known before a run's calls are paid for."""
    judges, describers = (
        [model.name for model in models] for models in (settings.judges, settings.describers)
    )
    yield from warnings_of_kin(settings.model.name, judges, describers)
    without, of = sum(not sample.cues for sample in dataset.samples), len(dataset.samples)
    if RULES in judges and without:
        lacking = (
            "no sample has annotated" if without == of else f"{without:,} of {of:,} samples have no annotated"
        )
        yield (
            f"{lacking} cues, against which {RULES} checks reasons: its verdicts there say little. Name a model as"
            " --judge, or annotate `cues` in the manifest"
        )
    for judge in settings.judges:
        if judge.parameters.get("frames") is False:
            yield f"Judge {judge.name} takes no pictures: it judges by sound and words, without the frames"
    if settings.epochs > 1 and settings.at_temperature_0:
        yield (
            "At temperature 0 the epochs show how far the server wavers on one and the same question; for how the"
            " model's answers are spread, raise --temperature"
        )
    for problem in dataset.problems[:PROBLEMS_SHOWN]:
        yield f"{'note on' if problem.note else 'problem in'} the dataset: {problem}"
    if (more := len(dataset.problems) - PROBLEMS_SHOWN) > 0:
        yield f"{how_many(more, 'more problem')} in the dataset; the report lists them all"


def counted(settings: Settings) -> str:
    """What outcomes are counted as: samples, or answers where samples are asked several times."""
    return "samples" if settings.epochs == 1 else "answers"


def _judges(settings: Settings) -> str:
    """`judge a`, or `judges a and b, each 3 times, majority`."""
    names = [judge.name for judge in settings.judges]
    words = f"{'judge' if len(names) == 1 else 'judges'} {' and '.join(names)}"
    if settings.judge_repeats > 1:
        words += f", {'each ' if len(names) > 1 else ''}{settings.judge_repeats} times"
    return words if settings.panel_rule is None else f"{words}, {settings.panel_rule}"


def run_name(run: str | None, protocol: Protocol, protocols: Sequence[object]) -> str | None:
    """The name of one protocol's run: the user's, with the protocol behind it where it is the second of two."""
    if run is None or protocol == protocols[0]:
        return run
    return f"{run}-{protocol.value}"


def carry_out(
    jobs: Sequence[tuple[Options, Conditions]], *, dry_run: bool, min_coverage: float, json: bool
) -> int:
    """Run one job after the other, or say what they would ask.

    Returns:
        The exit code.
    """
    first = jobs[0][1]
    if dry_run:
        from cuewise.cli.plans import print_plan
        from cuewise.plan import make_plan

        print_plan(make_plan(jobs), jobs[0][0], json=json, budget=first.limits.budget)
        return 0
    results = []
    watcher = TerminalWatcher()
    for options, conditions in jobs:
        results.append(evaluate(options, conditions, watcher=watcher))
        if not results[-1].finished:
            break
    return conclude(
        results, first.workspace, min_coverage=min_coverage, json=json, budget=first.limits.budget
    )


def conclude(
    results: Sequence[RunResult],
    workspace: Path,
    *,
    min_coverage: float,
    json: bool,
    budget: Budget | None = None,
) -> int:
    """Write the report of a run, or of the runs of both protocols, and print the scores.

    Returns:
        The exit code.
    """
    if (spent := describe_calls([result.tally for result in results])) is not None:
        say(spent)
    if any(result.budget_reached for result in results):
        say(
            f"stopped at the budget ({budget}); every finished call is kept and free: run the same command with"
            " a budget for the rest to go on"
        )
        if json:
            print_json(_in_one([{**document(each), **_how_far(each)} for each in results]))
        return 1
    if not all(result.finished for result in results):
        waiting = sum(result.tally.batches for result in results)
        batches = f", and collect {how_many(waiting, 'batch')} from the provider" if waiting else ""
        say(f"interrupted; every finished call is kept: run the same command again to go on{batches}")
        return 130
    for result in results:
        say_what_went_wrong(result)
    reports = [result.folder.report_path for result in results]
    write_report(results, *reports, read_media=media_reader(workspace))
    if json:
        print_json(_in_one([document(result) for result in results]))
    else:
        from cuewise.cli.tables import print_scores

        print_scores(results)
        for note in dict.fromkeys(_note_on_rules(result) for result in results):
            if note:
                say(note)
        say(f"Intervals, categories and every sample: {reports[0]}")
    return max(exit_code(result, min_coverage) for result in results)


def _note_on_rules(result: RunResult) -> str | None:
    """What must be known of the rules' verdicts before a run's reasoning score is read."""
    settings, grounding = result.manifest.settings, result.summary.overall().grounding
    if settings.judge.name != RULES:
        return None
    if settings.protocol is Protocol.MME_EMOTION:
        return "Under mme-emotion a step that the rules cannot check passes, as in the paper."
    if grounding is None or grounding.unverifiable is None or grounding.unverifiable.percent < HARDLY_CHECKED:
        return None
    return (
        f"Under grounded the rules could not check {grounding.unverifiable.percent:.0f} % of the reasons: they read"
        " annotated cues and measures of the voice alone. That is no finding about the model; name a model as --judge"
    )


def describe_calls(tallies: Sequence[CallTally]) -> str | None:
    """`made 12 calls, 6 reused; 3,400 input and 900 output tokens, about $0.0210`; None where there were none.

    What the money cannot be told of is said.
    """
    made, reused, served, sent, got = (
        sum(getattr(tally, name) for tally in tallies)
        for name in ("made", "reused", "served", "input_tokens", "output_tokens")
    )
    if not made + reused:
        return None
    text = f"made {how_many(made, 'call')}, {reused:,} reused"
    if not served:
        return text
    text += f"; {sent:,} input and {got:,} output tokens"
    unknown = {model: why for tally in tallies for model, why in tally.cost_unknown.items()}
    cost = math.fsum(tally.cost_usd for tally in tallies)
    if not unknown:
        return f"{text}, about {dollars(cost)}"
    known = f"about {dollars(cost)} and " if cost else ""
    return f"{text}, {known}an unknown cost: " + "; ".join(
        f"of {model} {why}" for model, why in sorted(unknown.items())
    )


def say_what_went_wrong(result: RunResult) -> None:
    """The reasons for which samples were not scored, and stored answers that another server gave."""
    for failure in result.failures()[:REASONS_SHOWN]:
        words = counted(result.manifest.settings)
        samples = how_many(failure.count, words[:-1])
        say(f"{failure.kind.value.replace('_', ' ')}: {samples}, first {failure.sample}: {failure.message}")
    if (more := len(result.failures()) - REASONS_SHOWN) > 0:
        say(f"{how_many(more, 'more reason')} in the report")
    if servers := sorted(result.tally.reused_from):
        say(
            f"Some reused calls were answered by {', '.join(servers)}, not by today's server: calls are known by"
            " the model's name. If that is another model, give it another name"
        )


def exit_code(result: RunResult, min_coverage: float) -> int:
    """2 where the dataset has problems, 1 where coverage is below the bound, else 0."""
    if n := count_problems(result.problems):
        say(
            f"{how_many(n, 'problem')} in the dataset; what is sound in it was evaluated. Mend it, and run"
            " the same command again"
        )
        return 2
    coverage = result.summary.overall().coverage
    if coverage is None or coverage < min_coverage:
        say(f"coverage {coverage or 0:.1f} % is below --min-coverage {min_coverage:g}")
        return 1
    return 0


def document(result: RunResult) -> dict[str, Any]:
    """The run as one JSON document."""
    from cuewise.cli.repeat_tables import consistency

    return {
        "run": result.name,
        **({"epochs": result.epochs} if result.epochs > 1 else {}),
        **result.summary.to_json(),
        **consistency(result),
        "usage": _usage(result),
        "failures": [
            {
                "kind": failure.kind.value,
                "cause": failure.cause,
                "count": failure.count,
                "sample": failure.sample,
                "message": failure.message,
            }
            for failure in result.failures()
        ],
        "problems": [
            {"where": problem.where, "what": problem.what, "hint": problem.hint, "note": problem.note}
            for problem in result.problems
        ],
        "report": str(result.folder.report_path),
    }


def _in_one(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return documents[0] if len(documents) == 1 else {"runs": documents, "report": documents[0]["report"]}


def _how_far(result: RunResult) -> dict[str, Any]:
    """What a document says of a run where the command stopped before its end; no report of it is written."""
    stopped = {"stopped": "budget"} if result.budget_reached else {}
    return {"finished": result.finished, **stopped, "report": None}


def _usage(result: RunResult) -> dict[str, Any]:
    """Calls, tokens and money: of the outcomes by stage, model and task, and of this command alone."""
    spending, tally = result.spending(), result.tally
    return {
        "stages": {name: asdict(spent) for name, spent in spending.stages.items()},
        "models": {name: asdict(spent) for name, spent in spending.models.items()},
        "tasks": {name: asdict(spent) for name, spent in spending.tasks.items()},
        "cost_usd": spending.total.cost_usd,
        "unpriced": list(spending.unpriced),
        "calls_made": tally.made,
        "calls_reused": tally.reused,
        "failed_attempts": tally.failed_attempts,
        "made": {
            "input_tokens": tally.input_tokens,
            "output_tokens": tally.output_tokens,
            "cost_usd": None if tally.cost_unknown else tally.cost_usd,
        },
    }
