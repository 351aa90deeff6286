"""Groups of options that several commands take: declared once, and what becomes of them.

A command names a group as one of its parameters, and `spread` has the parser take the group's fields as options.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from cuewise.runs.conditions import Conditions
    from cuewise.runs.limits import Limits
    from cuewise.runs.manifest import Options


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who is asked what, and how the steps of the answers are read."""

    data: opt.DataOption
    model: opt.ModelOption
    task: opt.TaskOption = None
    task_file: opt.TaskFileOption = None
    clips: opt.ClipsOption = None
    limit: opt.LimitOption = None
    epochs: opt.EpochsOption = 1
    model_base_url: opt.ModelBaseUrlOption = None
    model_arg: opt.ModelArgOption = None
    frame_rule: opt.FrameRuleOption = opt.FrameRuleChoice.TIME
    fps: opt.FpsOption = 1.0
    max_frames: opt.MaxFramesOption = 10
    max_side: opt.MaxSideOption = None
    temperature: opt.TemperatureOption = 0.0
    max_tokens: opt.MaxTokensOption = None
    seed: opt.SeedOption = None
    prompts: opt.PromptsOption = None
    extractor: opt.ExtractorOption = None


@dataclass(frozen=True, kw_only=True)
class Judging:
    """Who judges, and by what evidence."""

    judge: opt.JudgeOption = None
    judge_repeats: opt.JudgeRepeatsOption = 1
    panel: opt.PanelOption = opt.PanelRule.MAJORITY
    judge_base_url: opt.JudgeBaseUrlOption = None
    judge_arg: opt.JudgeArgOption = None
    audio_clue: opt.AudioClueOption = None
    transcribe: opt.TranscribeOption = None
    spoken_language: opt.SpokenLanguageOption = None
    describe: opt.DescribeOption = None
    evidence_base_url: opt.EvidenceBaseUrlOption = None

    def evidence(self) -> dict[str, str]:
        """Of the options that say who collects evidence, those that are given."""
        names = ("audio_clue", "transcribe", "spoken_language", "describe", "evidence_base_url")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, kw_only=True)
class Calling:
    """How calls are made, and what they may cost."""

    workspace: opt.WorkspaceOption = opt.WORKSPACE
    concurrency: opt.ConcurrencyOption = 32
    timeout: opt.TimeoutOption = 300.0
    tries: opt.TriesOption = 8
    agent_tries: opt.AgentTriesOption = 3
    rpm: opt.RpmOption = None
    tpm: opt.TpmOption = None
    price: opt.PriceOption = None
    budget_usd: opt.BudgetUsdOption = None
    budget_tokens: opt.BudgetTokensOption = None

    def conditions(self, run: str | None = None) -> Conditions:
        """How to carry a run out, with the command line for the manifest and a budget of its own: what one command
        does under one budget is to be made of one.

        Raises:
            InputError: a price is not valid.
        """
        from cuewise.runs.caller import RetryPolicy
        from cuewise.runs.conditions import Conditions

        return Conditions(
            workspace=self.workspace,
            run=run,
            concurrency=self.concurrency,
            timeout_s=self.timeout,
            retry=RetryPolicy(tries=self.tries),
            agent_tries=self.agent_tries,
            limits=self.limits(),
            command=("cuewise", *sys.argv[1:]),
        )

    def limits(self) -> Limits:
        """Limits and prices, and the command's budget.

        Raises:
            InputError: a price is not valid.
        """
        from cuewise.errors import InputError
        from cuewise.models.prices import parse_price
        from cuewise.runs.budget import Budget
        from cuewise.runs.limits import Limits

        prices = {}
        for value in self.price or []:
            model, _, text = value.rpartition("=")
            try:
                prices[model.strip()] = parse_price(text)
            except ValueError:
                model = ""
            if not model.strip():
                raise InputError(f"--price {value!r} is not MODEL=IN,OUT, two numbers of at least 0")
        budgeted = self.budget_usd is not None or self.budget_tokens is not None
        return Limits(
            rpm=opt.split_rates(self.rpm, "--rpm"),
            tpm=opt.split_rates(self.tpm, "--tpm"),
            prices=prices,
            budget=Budget(usd=self.budget_usd, tokens=self.budget_tokens) if budgeted else None,
        )


@dataclass(frozen=True, kw_only=True)
class Running(Calling):
    """How runs are carried out, and what is made of them."""

    sample_deadline: opt.SampleDeadlineOption = None
    batch: opt.BatchOption = False
    dry_run: opt.DryRunOption = False
    min_coverage: opt.MinCoverageOption = opt.MIN_COVERAGE

    def conditions(self, run: str | None = None) -> Conditions:
        from dataclasses import replace

        return replace(super().conditions(run), batch=self.batch)

    def limits(self) -> Limits:
        from dataclasses import replace

        return replace(super().limits(), sample_deadline_s=self.sample_deadline)


def options_of(asking: Asking, judging: Judging, **others: object) -> Options:
    """The options of a run, checked.

    Args:
        others: fields of `Options` in which commands differ.

    Raises:
        InputError: a value is out of its range.
    """
    first_judge, more_judges = opt.split_judges(judging.judge)
    return options_from(
        data=asking.data,
        clips=None if asking.clips is None else str(asking.clips),
        tasks=opt.split_tasks(asking.task),
        task_file=None if asking.task_file is None else str(asking.task_file),
        limit=asking.limit,
        epochs=asking.epochs,
        model=asking.model,
        model_base_url=asking.model_base_url,
        model_args=opt.split_model_args(asking.model_arg),
        frame_rule=asking.frame_rule.value,
        fps=asking.fps,
        max_frames=asking.max_frames,
        max_side=asking.max_side,
        temperature=asking.temperature,
        max_tokens=asking.max_tokens,
        seed=asking.seed,
        prompts=None if asking.prompts is None else str(asking.prompts),
        extractor=asking.extractor,
        judge=first_judge,
        more_judges=more_judges,
        judge_repeats=judging.judge_repeats,
        panel_rule=judging.panel.value,
        judge_base_url=judging.judge_base_url,
        judge_args=opt.split_model_args(judging.judge_arg, "--judge-arg"),
        **judging.evidence(),
        **others,
    )


def options_from(**fields_: object) -> Options:
    """The options, checked.

    Raises:
        InputError: a value is out of its range.
    """
    from pydantic import ValidationError

    from cuewise.errors import InputError
    from cuewise.runs.manifest import Options

    try:
        return Options.model_validate(fields_)
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + "-".join(str(first["loc"][0]).split("_")) if first["loc"] else "an option"
        raise InputError(f"{option}: {first['msg']}") from error


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """A command as the parser is to see it: with the fields of each group in the group's place."""
    own = inspect.signature(command, eval_str=True).parameters
    groups = {
        name: one.annotation
        for name, one in own.items()
        if isinstance(one.annotation, type) and is_dataclass(one.annotation)
    }
    shown: list[inspect.Parameter] = []
    for name, one in own.items():
        if name in groups:
            shown += inspect.signature(groups[name], eval_str=True).parameters.values()
        else:
            shown.append(one.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @wraps(command)
    def run(**values: Any) -> None:
        told = {
            name: group(**{field.name: values.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**values, **told)

    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return run
