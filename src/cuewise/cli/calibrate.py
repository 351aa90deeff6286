"""`cuewise calibrate`: how often a run's judge errs, and its reasoning score without these errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from cuewise.agreement.calibration import Calibration
    from cuewise.agreement.estimates import Estimate, Share
    from cuewise.agreement.truth import JudgedRun
    from cuewise.result import RunResult


def calibrate_command(
    run: Annotated[str, typer.Argument(help="Name of the run whose judge is held against the truth.")],
    ratings: Annotated[
        Path | None,
        typer.Option(
            help="CSV or JSONL file of people's ratings: sample, step, right (1, 0 or cannot tell), and rater if"
            " there are several; of a table with a column `run`, the rows of RUN."
            " `cuewise export ratings` writes a sheet. Default: the clips' annotated cues."
        ),
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    json: opt.JsonOption = False,
) -> None:
    """Hold a run's judge against people, or against annotated cues: how often it passes right steps and fails
    wrong ones, and what the reasoning score is without its errors.

    Raters must be asked what the judge is asked. Under mme-emotion, right means: not contradicted by what can be seen
    and heard in the clip. Under grounded: it can be seen, heard or read in the clip, and speaks for or against the
    label that the answer names; asked only whether it is true, they make the judge look too strict.

    The rated samples must be drawn by lot, as `cuewise export ratings RUN` does, and at least 30 steps of 10 samples be
    known. Of several raters most of those who could tell decide; steps on which they are tied are left out.
    """
    from cuewise.agreement.calibration import calibrate, in_words
    from cuewise.agreement.ratings import RIGHT_MEANS, read_ratings, settle
    from cuewise.agreement.truth import judged_by_cues, judged_by_people
    from cuewise.cli.output import print_json, say, say_first_alone
    from cuewise.counts import how_many
    from cuewise.result import open_run
    from cuewise.samples.problems import printable

    opened = open_run(run, workspace=workspace)
    rated = None if ratings is None else read_ratings(ratings, run=opened.name)
    settled = None if rated is None else settle(rated.ratings)
    if rated is not None and rated.others:
        say(f"left out: {how_many(rated.others, 'row')} of other runs in {printable(ratings)}")
    if not opened.finished:
        say(f"run {opened.name} is not finished; what is calibrated is what there is of it")
    say_first_alone(opened.name, opened.epochs, "what is calibrated is")
    judges = [judge.name for judge in opened.manifest.settings.judges]
    if settled is None:
        judged = judged_by_cues(opened.outcomes(epoch=0), judges)
    else:
        judged = judged_by_people(opened.outcomes(epoch=0), settled)
    if rated is not None and rated.empty:
        judged.left_out["`right` is empty"] = rated.empty
    result = calibrate(judged.samples, asked=judged.asked, left_out=judged.left_out)
    if json:
        print_json(
            {
                "run": opened.name,
                "protocol": opened.manifest.settings.protocol,
                "judges": judges,
                "truth": "cues" if settled is None else "ratings",
                "right_means": RIGHT_MEANS[opened.manifest.settings.protocol],
                **result.to_json(),
                "left_out": dict(judged.left_out),
                "meaning": in_words(result),
            }
        )
    else:
        _print(opened, result, judged, "the annotated cues" if settled is None else "the raters")


def _print(run: RunResult, result: Calibration, judged: JudgedRun, by: str) -> None:
    from rich.console import Console
    from rich.markup import escape

    from cuewise.agreement.calibration import in_words, listed
    from cuewise.agreement.ratings import RIGHT_MEANS
    from cuewise.analysis.reliability import reliability_sentence
    from cuewise.cli.output import new_table
    from cuewise.cli.reliability_tables import reliability_table
    from cuewise.counts import how_many
    from cuewise.samples.problems import printable

    console = Console(highlight=False)
    settings = run.manifest.settings
    judges = ", ".join(printable(judge.name) for judge in settings.judges)
    cells = result.confusion
    console.print(f"Run {run.name}, judged by {escape(judges)} under {settings.protocol}, against {by}\n")
    console.print(f"Right means: {RIGHT_MEANS[settings.protocol]}.\n")
    table = new_table("Reasoning steps")
    for name in ("", "Passed", "Failed"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    table.add_row("Right", str(cells.right_passed), str(cells.right_failed))
    table.add_row("Wrong", str(cells.wrong_passed), str(cells.wrong_failed))
    console.print(table)

    table = new_table("The judge, percent of steps")
    for name in ("", "Value", "95 % interval", "Naive interval", "Steps"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    table.add_row("Sensitivity: right steps passed", *_share(result.sensitivity))
    table.add_row("Specificity: wrong steps failed", *_share(result.specificity))
    table.caption, table.caption_justify = "Naive: as if the steps of one answer were independent.", "left"
    console.print(table)

    table = new_table("Reasoning score")
    for name in ("", "Value", "95 % interval"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    table.add_row("As judged", *_estimate(result.raw))
    table.add_row("As judged, rated steps alone", *_estimate(result.raw_rated))
    table.add_row("Judge's bias there, points", *_estimate(result.bias))
    table.add_row("True, rated samples alone", *_estimate(result.rated_alone))
    table.add_row("True, prediction-powered", *_estimate(result.corrected), style="bold")
    table.add_row("True, Rogan-Gladen", *_estimate(result.rogan_gladen))
    console.print(table)

    if result.confidence is not None:
        title = "The judge’s confidence in its verdicts, percent"
        console.print(
            reliability_table(result.confidence, title, "Mean confidence", "Verdicts right", "Steps")
        )
    console.print(
        f"{how_many(result.steps, 'step')} of {how_many(result.rated, 'sample')} {'is' if result.steps == 1 else 'are'}"
        f" rated, of {how_many(result.judged, 'sample')} with judged reasons and {result.asked} asked."
    )
    if judged.left_out:
        console.print(f"Steps left out: {listed(judged.left_out)}.")
    for warning in result.warnings:
        console.print(f"Note: {warning}.")
    if result.confidence is not None:
        console.print(
            reliability_sentence(
                result.confidence, confidence="the judge’s confidence in its verdicts", of="steps"
            )
        )
    console.print(in_words(result))


def _share(share: Share | None) -> list[str]:
    if share is None:
        return ["–", "–", "–", "0"]
    intervals = (f"{each.low:.1f} to {each.high:.1f}" for each in (share.clustered, share.wilson))
    return [f"{share.value:.1f}", *intervals, str(share.steps)]


def _estimate(estimate: Estimate | None) -> list[str]:
    if estimate is None:
        return ["–", "–"]
    return [f"{estimate.value:.1f}", f"{estimate.low:.1f} to {estimate.high:.1f}"]
