"""`cuewise audit gaming`: what tricks without merit earn under each protocol, with the judge of one's choice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cuewise.cli import options as opt
from cuewise.cli.option_groups import Calling, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from cuewise.audits.gaming import GamingAudit, Player

_ROOMY = 118
"""Columns of a terminal from which on the table says what each trick does."""


@spread
def audit_gaming_command(
    *,
    data: Annotated[
        str | None, typer.Option(help="Dataset with annotated cues. Default: the demo clips.")
    ] = None,
    task_file: opt.TaskFileOption = None,
    judge: Annotated[
        str, typer.Option(help="Judge to be tried: provider/model, or offline/rules, which asks no model.")
    ] = opt.RULES,
    judge_base_url: opt.JudgeBaseUrlOption = None,
    extractor: opt.ExtractorOption = None,
    calling: Calling,
    json: opt.JsonOption = False,
) -> None:
    """Play every known trick against a judge, under both protocols; exits with 1 if one reaches an honest model.

    The runs and their calls are kept in a workspace of their own, audits/gaming below --workspace.
    """
    from cuewise.audits.budget import BudgetReachedError
    from cuewise.audits.gaming import play, players
    from cuewise.cli.output import print_json, say
    from cuewise.cli.running import TerminalWatcher
    from cuewise.counts import how_many
    from cuewise.records import Protocol
    from cuewise.runs.caller import CallTally
    from cuewise.runs.manifest import Manifest
    from cuewise.runs.progress import Progress, QuietProgress
    from cuewise.samples.dataset import Dataset
    from cuewise.samples.problems import count_problems

    places = {model: place for place, model in enumerate(players(), start=1)}

    class OneLineEach(TerminalWatcher):
        """Names each model once, and shows how far it is where that takes time."""

        def started(self, dataset: Dataset, manifest: Manifest) -> None:
            if manifest.settings.protocol is Protocol.MME_EMOTION:
                model = manifest.settings.model.name
                say(f"playing {places[model]} of {len(places)}: {model}")

        def progress(self, total: int, tally: CallTally) -> Progress:
            return QuietProgress() if judge == opt.RULES else super().progress(total, tally)

    try:
        audit = play(
            data,
            task_file=task_file,
            judge=judge,
            judge_base_url=judge_base_url,
            extractor=extractor,
            conditions=calling.conditions(),
            watcher=OneLineEach(),
        )
    except BudgetReachedError as stop:
        say(str(stop))
        sys.exit(1)
    if json:
        print_json(audit.to_json())
    else:
        _show(audit)
    say(
        f"the runs are kept in {audit.workspace}: name it as --workspace to see them, e.g. with `cuewise report`"
    )
    if n := count_problems(audit.problems):
        say(f"{how_many(n, 'problem')} in the dataset; what is sound in it was played on")
    sys.exit(1 if audit.reaching else 0)


def _show(audit: GamingAudit) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    console.print(_table(audit, told=console.width >= _ROOMY))
    console.print(escape(conclusion(audit)), highlight=False)


def _table(audit: GamingAudit, *, told: bool) -> Table:
    from rich.markup import escape

    from cuewise.cli.output import new_table

    table = new_table(escape(f"{audit.dataset}, judged by {audit.judge}: percent of all samples"))
    table.add_column("\nModel", no_wrap=True)
    for protocol in ("paper's", "grounded"):
        table.add_column(f"{protocol}\nRec", justify="right", no_wrap=True)
        table.add_column("\nRea", justify="right", no_wrap=True)
        table.add_column("\nCoT", justify="right", no_wrap=True)
    if told:
        table.add_column("\nWhat it does", overflow="fold")
    for players in (audit.honest, audit.tricks):
        for player in players:
            table.add_row(*_cells(player), *([escape(player.about)] if told else []))
        table.add_section()
    return table


def _cells(player: Player) -> list[str]:
    from rich.markup import escape

    from cuewise.cli.tables import number
    from cuewise.records import Protocol

    figures = [player.earned[protocol] for protocol in (Protocol.MME_EMOTION, Protocol.GROUNDED)]
    return [
        escape(player.model),
        *(number(value) for one in figures for value in (one.recognition, one.reasoning, one.cot)),
    ]


def conclusion(audit: GamingAudit) -> str:
    """What the table comes to, in sentences."""
    from cuewise.audits.gaming import YARDSTICK
    from cuewise.records import Protocol

    sentences = []
    if reaching := audit.reaching:
        sentences.append(
            f"Under grounded {YARDSTICK} is reached by {_listed(reaching)}, in CoT or in reasoning: with this judge"
            " a score can be had without merit."
        )
    else:
        by_cot, by_reasoning = (audit.best(Protocol.GROUNDED, score) for score in ("cot", "reasoning"))
        sentences.append(
            f"Under grounded none of {len(audit.tricks)} tricks reaches {YARDSTICK}, in CoT or in reasoning: the best"
            f" CoT is {by_cot.earned[Protocol.GROUNDED].cot:.1f}, of {by_cot.model}, the best reasoning"
            f" {by_reasoning.earned[Protocol.GROUNDED].reasoning:.1f}, of {by_reasoning.model}."
        )
    reaching, beating = (
        audit.ahead(model, Protocol.MME_EMOTION, "cot") for model in (YARDSTICK, "simulated/careless")
    )
    sentences.append(
        f"Under the paper's rules {len(beating)} reach the CoT of simulated/careless"
        f" and {len(reaching)} that of {YARDSTICK}."
    )
    if audit.clues_made:
        sentences.append(
            "The dataset has no audio clues; those that gaming/leaked-clue takes were made for it, with the gold label."
        )
    if part := [player.model for player in audit.players if player.coverage < 100]:
        sentences.append(f"Not all samples were scored of {', '.join(part)}; those count as 0.")
    return " ".join(sentences)


def _listed(players: Sequence[Player]) -> str:
    return ", ".join(player.model for player in players)
