"""Tries a run's judge: draws judged answers, and asks the judge through the call store of the workspace."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from random import Random

from cuewise.audits.budget import BudgetReachedError
from cuewise.audits.judge.audit import CaseAudit, audit_case, sum_up
from cuewise.audits.judge.figures import JudgeAudit
from cuewise.audits.judge.plants import PLANTS
from cuewise.cast import make_judge
from cuewise.counts import how_many
from cuewise.errors import InputError, RunError
from cuewise.media.store import MediaStore
from cuewise.models.hosting import Hosting
from cuewise.models.protocol import Model
from cuewise.models.registry import open_model
from cuewise.records import Outcome, OutcomeKind, Sample
from cuewise.result import RunResult, open_run
from cuewise.runs.caller import Caller, CallTally, SampleCalls
from cuewise.runs.conditions import Conditions
from cuewise.runs.engine import Engine
from cuewise.runs.manifest import RULES, Options
from cuewise.runs.progress import Progress, QuietProgress
from cuewise.runs.store import CallStore
from cuewise.runs.workspace import Workspace
from cuewise.verdicts.protocol import Judge

STAGE = "audit"
"""Under this stage the audit's calls are stored."""


@dataclass(frozen=True)
class AuditWatcher:
    """Is told how an audit goes; says nothing unless it is given something to say it with."""

    say: Callable[[str], None] = lambda _: None
    """Takes a sentence for the user."""
    progress: Callable[[int, CallTally], Progress] = lambda _total, _tally: QuietProgress()
    """Gives a display for the number of answers and the live tally of calls."""

    def started(self, judge: str, options: Options, answers: int, calls: int, most_calls: int) -> None:
        """The answers are drawn and no call has been made yet.

        Args:
            calls: how many there are if nothing is stored and every reply is in form.
            most_calls: how many there are if every reply has to be asked for as often as may be.
        """
        cost = (
            f"at most {most_calls} calls ({calls} if every reply is in form), less those that are stored"
            if most_calls
            else "no calls"
        )
        self.say(f"audit of {judge} under {options.protocol} on {answers} answers: {cost}")

    def interrupted(self, in_flight: int) -> None:
        """The audit was asked to stop, and waits for so many calls that are in flight."""
        self.say(
            f"stopping: waiting for {how_many(in_flight, 'call')} in flight, which are kept; again to abandon them"
        )


def audit_run(
    run: str,
    conditions: Conditions | None = None,
    *,
    judge: str | None = None,
    judge_base_url: str | None = None,
    n: int = 200,
    seed: int = 0,
    watcher: AuditWatcher | None = None,
) -> JudgeAudit | None:
    """Plant known errors in a run's judged answers and see what a judge makes of them, by the run's protocol.

    Every call is kept, so that the same audit again is free, and one of more answers pays for these alone.

    Args:
        run: name of the run in the workspace of `conditions`.
        conditions: how to ask the judge.
        judge: the judge to try; by default the run's own, of a panel the first.
        judge_base_url: server of the judge.
        n: how many answers to draw at most; the tasks get even shares.
        seed: decides which answers are drawn and what is planted in them.
        watcher: told how it goes.

    Returns:
        The figures; None after an interrupt.

    Raises:
        RunError: there is no such run, or nothing in it was judged.
        InputError: the judge cannot be asked; nothing has been paid for.
        BudgetReachedError: the budget is spent; every finished call is kept.
    """
    conditions, watcher = conditions or Conditions(), watcher or AuditWatcher()
    opened = open_run(run, workspace=conditions.workspace)
    if opened.epochs > 1:
        watcher.say(
            f"run {run} has {opened.epochs} answers to each sample: errors are planted in the first of each alone"
        )
    drawn = draw_answers(opened, n, seed)
    if not drawn:
        raise RunError(f"run {run} has no judged answers to plant errors in: evaluate some samples first")
    own = opened.manifest.options
    panel = (own.judge, *own.more_judges)
    judge = judge or own.judge
    if judge == RULES and judge_base_url is not None:
        raise InputError(
            f"a server of the judge (--judge-base-url) needs a model as --judge; {RULES} asks none"
        )
    if judge in panel:
        judge_base_url = judge_base_url or own.judge_base_url
    untried = tuple(other for other in panel if other != judge) if judge in panel else ()
    judge_args = own.judge_args if judge in panel else {}
    options = own.model_copy(
        update={"judge": judge, "judge_base_url": judge_base_url, "judge_args": judge_args}
    )
    work = _audit(opened, options, drawn, conditions, seed, untried, watcher)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    # Called from a notebook or another running loop, which must not be entered again: a thread has its own.
    with ThreadPoolExecutor(1, thread_name_prefix="audit") as thread:
        return thread.submit(asyncio.run, work).result()


def draw_answers(run: RunResult, n: int, seed: int) -> dict[str, list[Outcome]]:
    """Judged answers by task, in an order of chance that only the seed decides: fewer are a part of more.

    Every task gives as many as the others, as far as it has them. Of several answers to a sample the first is drawn.
    """
    by_task: defaultdict[str, list[str]] = defaultdict(list)
    for outcome in run.outcomes(epoch=0):
        if _is_judged(outcome):
            by_task[outcome.sample.task].append(outcome.sample.id)
    for task, ids in by_task.items():
        Random(f"{seed}/{task}").shuffle(ids)  # noqa: S311 - nothing secret is drawn
    in_turn = [name for name in chain.from_iterable(zip_longest(*by_task.values())) if name is not None][:n]
    chosen: dict[str, Outcome | None] = dict.fromkeys(in_turn)
    for outcome in run.outcomes(epoch=0):
        if outcome.sample.id in chosen:
            chosen[outcome.sample.id] = outcome
    drawn: dict[str, list[Outcome]] = {}
    for answer in chosen.values():
        if answer is not None:
            drawn.setdefault(answer.sample.task, []).append(answer)
    return drawn


def _is_judged(outcome: Outcome) -> bool:
    return outcome.kind is OutcomeKind.SCORED and bool(outcome.steps)


def _others(outcome: Outcome, same_task: Sequence[Outcome]) -> list[Outcome]:
    """Answers about other clips; those drawn after this one come first, so that they change least with n."""
    at = same_task.index(outcome)
    ring = [*same_task[at + 1 :], *same_task[:at]]
    return [other for other in ring if other.sample.clip.id != outcome.sample.clip.id]


async def _audit(
    run: RunResult,
    options: Options,
    drawn: dict[str, list[Outcome]],
    conditions: Conditions,
    seed: int,
    untried: tuple[str, ...],
    watcher: AuditWatcher,
) -> JudgeAudit | None:
    workspace = Workspace(conditions.workspace)
    answers = list(chain.from_iterable(drawn.values()))
    async with AsyncExitStack() as stack:
        judge, model = _open_judge(
            options, conditions, [answer.sample for answer in answers], MediaStore(workspace.media_path)
        )
        if model is not None:
            stack.push_async_callback(model.close)
        conditions.limits.check([judge.name], asked=[] if model is None else [model.name])
        versions = 0 if model is None else len(answers) * (1 + len(PLANTS))
        watcher.started(judge.name, options, len(answers), versions, versions * conditions.agent_tries)
        store = stack.enter_context(closing(CallStore(workspace.calls_path)))
        caller = Caller(
            store, connections=conditions.concurrency, retry=conditions.retry, limits=conditions.limits
        )
        display = stack.enter_context(watcher.progress(len(answers), caller.tally))
        by_sample = {answer.sample.id: answer for answer in answers}
        audits: dict[str, CaseAudit] = {}

        async def evaluate(sample: Sample) -> Outcome:
            answer = by_sample[sample.id]
            ask = None if model is None else caller.bind(model, STAGE, sample.id, SampleCalls())
            audits[sample.id] = await audit_case(
                judge, answer, ask, others=_others(answer, drawn[sample.task]), seed=seed
            )
            return answer

        engine = Engine(caller, connections=conditions.concurrency, on_interrupt=watcher.interrupted)
        if not await engine.run(_samples(answers), evaluate, display.finished):
            if caller.budget_reached:
                raise BudgetReachedError(conditions.limits.budget)
            return None
    return sum_up(
        [audits[answer.sample.id] for answer in answers],
        run=run.name,
        judge=judge.name,
        protocol=options.protocol,
        seed=seed,
        untried=untried,
        calls_made=caller.tally.made,
        calls_reused=caller.tally.reused,
    )


def _samples(answers: Iterable[Outcome]) -> Iterable[Sample]:
    return (answer.sample for answer in answers)


def _open_judge(
    options: Options, conditions: Conditions, samples: Sequence[Sample], media: MediaStore
) -> tuple[Judge, Model | None]:
    """The judge of the options, and what it asks."""
    if options.judge == RULES:
        return make_judge(options.protocol, None), None
    prompts = None
    if options.prompts is not None:
        from cuewise.interop.prompts import read_prompt_file

        prompts = read_prompt_file(Path(options.prompts))
    model = open_model(
        options.judge,
        read_media=media.read,
        samples=samples,
        base_url=options.judge_base_url,
        args=options.judge_args,
        hosting=Hosting(media.root, Workspace(conditions.workspace).logs_path, options.max_frames),
        connections=conditions.concurrency,
        timeout_s=conditions.timeout_s,
        url_option="--judge-base-url",
    )
    return make_judge(options.protocol, model, prompts, conditions.agent_tries), model
