"""`cuewise demo`: the whole way on shipped clips, without a key or a network."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path
from typing import Annotated

import typer

from cuewise.cli import options as opt

MODELS = ("baseline/majority", "baseline/prosody", "simulated/careful", "simulated/careless")


def demo_command(
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where the report goes.")] = None,
    json: opt.JsonOption = False,
) -> None:
    """Evaluate four offline models on shipped synthetic clips, by both protocols, and write a report; needs no key
    and no network.
    """
    from cuewise.cli.media import media_reader
    from cuewise.cli.option_groups import Calling, options_from
    from cuewise.cli.output import print_json, say
    from cuewise.cli.running import TerminalWatcher, document, exit_code, run_name
    from cuewise.demo import demo_data
    from cuewise.evaluation import evaluate
    from cuewise.records import Protocol
    from cuewise.reports.html import write_report
    from cuewise.runs.workspace import Workspace

    results = []
    watcher = TerminalWatcher()
    for model, protocol in product(MODELS, Protocol):
        name = run_name(f"demo-{model.replace('/', '-')}", protocol, tuple(Protocol))
        # Costs nothing to make anew, and may be of an earlier version, with other settings.
        assert name is not None
        Workspace(workspace).run(name).manifest_path.unlink(missing_ok=True)
        conditions = Calling(workspace=workspace, concurrency=8, timeout=60.0, tries=1).conditions(name)
        options = options_from(data=str(demo_data()), model=model, protocol=protocol)
        results.append(evaluate(options, conditions, watcher=watcher))
        if not results[-1].finished:
            sys.exit(130)
    report = output or workspace / "demo.html"
    write_report(results, report, read_media=media_reader(workspace))
    if json:
        print_json({"runs": [document(result) for result in results], "report": str(report)})
    else:
        from cuewise.cli.tables import print_scores

        print_scores(results)
        say("The simulated models exist to validate the evaluator: careful errs rarely, careless often.")
        say("Under mme-emotion a reason passes unless it is contradicted; under grounded it must be shown.")
        say(f"Report: {report}")
    sys.exit(max(exit_code(result, 100) for result in results))
