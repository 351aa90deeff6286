"""Prints what `--dry-run` found."""

from __future__ import annotations

from cuewise.cli.output import ROOMY, in_lines, new_console, new_table, print_json, say
from cuewise.counts import how_many
from cuewise.models.cards import is_served
from cuewise.plan import Plan, plan_document
from cuewise.runs.budget import Budget, dollars
from cuewise.runs.manifest import RULES, Options


def print_plan(plan: Plan, options: Options, *, json: bool, budget: Budget | None = None) -> None:
    """A table by stage and model, or one JSON document, on standard output; remarks on standard error."""
    if json:
        print_json(plan_document(plan))
    else:
        _print_table(plan)
    say_what_is_free(options)
    if any(stage.assumed for stage in plan.stages):
        say(
            "~ depends on replies that are not there yet: one call for each sample, judge and repeat is assumed;"
            " samples that end early need fewer, malformed replies more."
            + (" Answers to a sample that are alike are read and judged once." if plan.epochs > 1 else "")
        )
    if batched := sorted({stage.model for stage in plan.stages if stage.batch}):
        say(f"at the price of calls by batch: {', '.join(batched)}")
    for stage in plan.stages:
        if stage.submitted:
            what = (
                "they are collected, and not counted above"
                if stage.batch
                else "collect them with --batch: without it"
            )
            paid = "" if stage.batch else " they are paid for once more"
            say(
                f"{how_many(stage.submitted, 'call')} of {stage.stage} to {stage.model} lie in batches: {what}{paid}"
            )
    unpriced = sorted({stage.model for stage in plan.stages if stage.cost_usd is None})
    for model in unpriced:
        say(f"no price is known for {model}: name it with --price {model}=IN,OUT")
    if budget is not None and budget.usd is not None and (plan.cost_usd or 0) > budget.usd:
        say(f"that is more than the budget of {dollars(budget.usd)}: the run would stop there")
    say("Nothing was asked. Tokens and cost are estimates; clips were decoded for them, and are kept.")


def say_what_is_free(options: Options) -> None:
    """Who answers, reads steps or judges without a call, or without one that costs anything."""
    parts = {
        "steps read": [options.extractor or options.judge],
        "judged": [options.judge, *options.more_judges],
    }
    if by_rules := [part for part, names in parts.items() if RULES in names]:
        say(f"{' and '.join(by_rules)} by {RULES}: no calls")
    if not is_served(options.model):
        say(f"{options.model} answers without a server: its calls cost nothing")


def _print_table(plan: Plan) -> None:
    from rich.markup import escape

    console = new_console()
    narrow = console.width < ROOMY
    often = f", {plan.epochs} times each" if plan.epochs > 1 else ""
    table = new_table(
        f"{how_many(plan.samples, 'sample')}{often}, {plan.without_calls} of them with nothing more to ask"
    )
    for name in ("stage", "model"):
        table.add_column(name, overflow="fold")
    gap = "\n" if narrow else " "
    for name in ("stored", "to make", f"input{gap}tokens", f"output{gap}tokens", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for stage in plan.stages:
        about = "~" if stage.assumed else ""
        table.add_row(
            escape(stage.stage.replace(", ", f",{gap}")),
            escape(in_lines(stage.model) if narrow else stage.model),
            f"{stage.stored:,}",
            f"{about}{stage.known + stage.assumed:,}",
            f"{stage.input_tokens:,}",
            f"{stage.output_tokens:,}",
            "unknown" if stage.cost_usd is None else dollars(stage.cost_usd),
        )
    table.add_section()
    cost = plan.cost_usd
    table.add_row(
        "all",
        "",
        f"{sum(stage.stored for stage in plan.stages):,}",
        f"{'~' if any(stage.assumed for stage in plan.stages) else ''}{plan.to_make:,}",
        f"{sum(stage.input_tokens for stage in plan.stages):,}",
        f"{sum(stage.output_tokens for stage in plan.stages):,}",
        "unknown" if cost is None else dollars(cost),
    )
    console.print(table)
