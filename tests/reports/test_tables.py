"""The tables and charts of labels, reasons, judges, and of both protocols side by side."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cuewise.analysis.digest import digest_of
from cuewise.records import (
    Answer,
    Clip,
    Decision,
    Evidence,
    EvidenceKind,
    LabelReading,
    LabelStatus,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
    Step,
    Verdict,
)
from cuewise.reports.charts import SCORES
from cuewise.reports.html import write_report
from cuewise.reports.overview import view_run
from cuewise.reports.side_by_side import WIDTH, dumbbell_chart, pair_runs
from cuewise.reports.stacked import stacked_chart
from cuewise.samples.tasks import get_task, tasks
from cuewise.scores.sample import score_verdicts
from cuewise.scores.summary import SummaryTally
from support.outcomes import make_outcome, make_outcomes, make_run, make_samples
from support.report_page import Page, WriteReport

FRAME = Evidence(id="F1", kind=EvidenceKind.FRAME, start_s=0, end_s=0)
WORDS = Evidence(id="T1", kind=EvidenceKind.TRANSCRIPT, start_s=0, end_s=1, text="Go away.")
SUPPORTED, CONTRADICTED, UNVERIFIABLE = Decision


def _table(page: Page, caption: str) -> list[list[str]]:
    """The one table whose caption contains a text."""
    (found,) = [rows for name, rows in page.tables.items() if caption in name]
    return found


def _outcome(
    id_: str,
    said: tuple[str, ...],
    reasons: list[tuple[Decision, tuple[str, ...], bool]],
    *,
    status: LabelStatus = LabelStatus.MATCHED,
    judged: tuple[str, ...] | None = None,
    gold: tuple[str, ...] = ("anger",),
    label_set: tuple[str, ...] = ("anger", "fear", "joy"),
    multi_label: bool = False,
    task: str = "ER-Lab",
) -> Outcome:
    """A grounded outcome; a reason is what was decided, the evidence cited, and whether it bears on the label."""
    sample = Sample(
        id=f"{task}/{id_}",
        task=task,
        clip=Clip(id=id_),
        question="Which?",
        label_set=label_set,
        labels=gold,
        multi_label=multi_label,
    )
    steps = [Step(index=at, text=f"Reason {at}.") for at in range(1, len(reasons) + 1)]
    steps.append(Step(index=len(steps) + 1, text="It is so.", labels=said))
    verdicts = [
        Verdict(
            step=at,
            rating=float(decision is SUPPORTED and relevant),
            decision=decision,
            evidence=cited,
            relevant=relevant,
        )
        for at, (decision, cited, relevant) in enumerate(reasons, 1)
    ]
    read = said if judged is None else judged
    verdicts.append(Verdict(step=len(steps), rating=sample.label_f1(read), labels=read))
    reading = LabelReading(status=status, labels=said, taxonomy=1)
    evidence = (FRAME, WORDS)
    score = score_verdicts(sample, steps, verdicts, reading, protocol=Protocol.GROUNDED, evidence=evidence)
    return Outcome(
        sample=sample,
        protocol=Protocol.GROUNDED,
        kind=OutcomeKind.SCORED,
        answer=Answer(text="It is so."),
        steps=tuple(steps),
        reading=reading,
        evidence=evidence,
        verdicts=tuple(verdicts),
        score=score,
    )


def test_reasons_by_hand(workspace: Path, report: WriteReport) -> None:
    """Four reasons in two answers: 2 supported (one of them without bearing), 1 contradicted, 1 unverifiable.

    So 50, 25, 25; 3 of 4 bear on the label, 1 of 4 earns. One answer rests on the face, both on the words.
    """
    outcomes = [
        _outcome("a", ("anger",), [(SUPPORTED, ("F1", "T1"), True), (CONTRADICTED, ("F1",), True)]),
        _outcome("b", ("anger",), [(SUPPORTED, ("T1",), False), (UNVERIFIABLE, (), True)]),
    ]
    page = report(make_run(workspace, "r", outcomes, protocol=Protocol.GROUNDED))
    (row,) = [row for row in _table(page, "reasons by task") if row[0] == "ER-Lab"]
    shown = [cell.split()[0] for cell in row[1:]]
    assert shown == ["4", "50.0", "25.0", "25.0", "75.0", "25.0", "50.0", "0.0", "100.0", "0.0"]
    spoken = next(
        attributes["aria-label"]
        for tag, attributes in page.tags
        if tag == "svg" and (attributes.get("aria-label") or "").startswith("Reasons of r")
    )
    assert spoken is not None
    assert "All samples, 4 reasons: supported 50.0 % (95 % interval" in spoken
    assert "contradicted 25.0 % (95 % interval" in spoken
    assert "unverifiable 25.0 % (95 % interval" in spoken


def test_labels_by_hand(workspace: Path, report: WriteReport) -> None:
    """Of four answers two are right, one names nothing, one two labels; the judge reads anger in all of them.

    Exact 2/4; mapped 3/4; the judge's points are 1, 1, 1, 1 to the taxonomy's 1, 1, 0, 0: 2 of 4 equal. Kappa: the
    judge always says the same, so agreement by chance is 2/4 as well, and kappa 0.
    """
    outcomes = [
        _outcome("a", ("anger",), []),
        _outcome("b", ("anger",), []),
        _outcome("c", (), [], status=LabelStatus.NONE, judged=("anger",)),
        _outcome("d", ("anger", "fear"), [], status=LabelStatus.SEVERAL, judged=("anger",)),
    ]
    page = report(make_run(workspace, "r", outcomes, protocol=Protocol.GROUNDED))
    (row,) = [row for row in _table(page, "labels by task") if row[0] == "ER-Lab"]
    shown = [cell.split()[0] for cell in row[1:]]
    assert shown[0] == "50.0"
    assert shown[3:] == ["75.0", "2", "1", "1", "0", "0", "50.0", "0.00"]


def test_sets_of_labels_stand_beside_the_papers_score(workspace: Path, report: WriteReport) -> None:
    """All three candidates named where one is right: C/K 100, precision 1/3, F1 2/4, Jaccard 1/3."""
    said = ("anger", "fear", "joy")
    outcome = _outcome("a", said, [], multi_label=True, task="ML-ER")
    page = report(make_run(workspace, "r", [outcome], protocol=Protocol.GROUNDED))
    (row,) = [row for row in _table(page, "several labels may hold") if row[0] == "ML-ER"]
    assert [cell.split()[0] for cell in row[1:]] == ["100.0", "33.3", "50.0", "33.3"]
    assert not [name for name in page.tables if "labels are a scale" in name]


def test_a_scale_has_its_error_with_what_it_is_over(workspace: Path, report: WriteReport) -> None:
    """Gold in the middle of nine places: one answer is two off, the other has none, which could be four off.

    Mean error 2 over one answer, at most (2 + 4) / 2 = 3. One pair of places alone gives kappa 0.
    """
    scale = get_task("FG-SA").scale
    fields: dict[str, Any] = {"gold": (scale[4],), "label_set": scale, "task": "FG-SA"}
    outcomes = [
        _outcome("a", (scale[6],), [], **fields),
        _outcome("b", (), [], status=LabelStatus.NONE, **fields),
    ]
    page = report(make_run(workspace, "r", outcomes, protocol=Protocol.GROUNDED))
    (row,) = _table(page, "labels are a scale")[1:]
    assert row[0] == "FG-SA9 places"
    assert [row[1].split()[0], *row[2:]] == ["0.0", "2.00", "3.00", "0.00", "1 of 2"]


def test_judges_that_disagree(workspace: Path, report: WriteReport) -> None:
    """The figures of the panel are the summary's; noise is what is missing to full agreement of one judge."""
    outcomes = make_outcomes(make_samples(40), protocol=Protocol.GROUNDED, panel=("x/j", "x/j", "y/k"))
    run = make_run(
        workspace,
        "r",
        outcomes,
        protocol=Protocol.GROUNDED,
        judge="x/j",
        more_judges=["y/k"],
        judge_repeats=2,
    )
    panel = run.summary.overall().panel
    assert panel is not None
    by_pair = {(pair.first, pair.second): pair.agreement for pair in panel.pairs}
    assert set(by_pair) == {("x/j", "x/j"), ("x/j", "y/k")}
    page = report(run)
    (pair,) = _table(page, "pairs of judges")[1:]
    between = by_pair["x/j", "y/k"]
    assert pair[:2] == ["x/j", "y/k"]
    assert pair[2].startswith(f"{between.percent:.1f} ")
    assert pair[3] == str(between.count)
    (noise,) = _table(page, "retest noise")[1:]
    again = by_pair["x/j", "x/j"]
    assert noise[0] == "x/j"
    assert noise[1] == (
        f"{100 - again.percent:.1f} {100 - again.interval.high:.1f}–{100 - again.interval.low:.1f}"
    )
    assert "Reasons on which not all agree" in page.text


def test_one_judge_has_no_section_of_judges(workspace: Path, report: WriteReport) -> None:
    page = report(make_run(workspace, "r", make_outcomes(make_samples(8))))
    assert not [name for name in page.tables if "pairs of judges" in name or "reasons by task" in name]
    assert "#judges" not in page.html
    assert "#reasons" not in page.html


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A report to read, on three runs."""
    workspace = tmp_path_factory.mktemp("both")
    samples = make_samples(40)
    grounded = make_outcomes(samples, seed="a", protocol=Protocol.GROUNDED)
    runs = [
        make_run(workspace, "m-grounded", grounded, protocol=Protocol.GROUNDED, model="x/m"),
        make_run(workspace, "m", make_outcomes(samples, seed="a"), model="x/m"),
        make_run(workspace, "n", make_outcomes(samples, seed="b"), model="x/n"),
    ]
    write_report(runs, workspace / "report.html")
    return Page((workspace / "report.html").read_text(encoding="utf-8"))


def test_both_protocols_side_by_side(both: Page) -> None:
    table = _table(both, "Paper’s rules and grounded, side by side")
    (row,) = table[2:]
    assert row[0].startswith("x/m m, m-grounded")
    assert len(row) == 1 + 3 * len(SCORES)
    for at in (1, 4, 7):
        paper, grounded = (float(cell.split()[0]) for cell in row[at : at + 2])
        difference = float(row[at + 2].replace("−", "-"))
        assert difference == pytest.approx(grounded - paper, abs=0.11)
    assert "must not be compared" in both.text
    assert "CoT under the paper’s rules" in both.text


def test_tables_of_scores_come_before_prose(both: Page) -> None:
    places = [both.html.index(f'id="{id_}"') for id_ in ("summary", "overall", "protocols", "runs", "tasks")]
    assert places == sorted(places)
    before = both.html[: both.html.index('id="overall"')]
    assert "The label taxonomy (version" not in before
    assert before.count("could hardly check") == 2, "once for each protocol, not for each run"


def test_a_report_on_one_run_has_its_scores_before_the_small_print(
    workspace: Path, report: WriteReport
) -> None:
    page = report(make_run(workspace, "r", make_outcomes(make_samples(8))))
    before, after = page.html.split('id="overall"')
    assert "The CoT score, which counts" in before
    assert "Under the paper’s rules (mme-emotion)" in after


def test_a_low_coverage_is_told_before_the_scores(workspace: Path, report: WriteReport) -> None:
    """2 of 10 clips are missing: coverage 80 %, and 8 samples were asked."""
    samples = make_samples(10)
    outcomes = make_outcomes(samples[:8], fail_every=0)
    outcomes += [make_outcome(sample, failure=OutcomeKind.MISSING_CLIP) for sample in samples[8:]]
    page = report(make_run(workspace, "r", outcomes))
    before, after = page.html.replace("\u00a0", " ").split('id="overall"')
    assert "openai/gpt-4o was asked 8 of 10 samples" in before
    assert "80.0 %: 2 of 10 samples have no score (clip missing, 2)" in before
    assert "have no score" not in after


def test_a_model_has_one_colour_and_its_protocol_another_mark(both: Page) -> None:
    assert [(run["name"], run["colour"]) for run in both.index["runs"]] == [
        ("m-grounded", 0),
        ("m", 0),
        ("n", 1),
    ]
    swatches = {attributes.get("class") for tag, attributes in both.tags if tag == "span"}
    assert {"swatch mme-emotion", "swatch grounded"} <= swatches
    assert "swatch" not in swatches
    assert "2 models, 3 runs" not in both.text
    assert "2 models, by both protocols" in both.text


def test_published_figures_stand_beside_the_whole_benchmark_alone(
    workspace: Path, report: WriteReport, both: Page
) -> None:
    assert "Published headline results, percent" not in both.tables
    assert "Published results are left out" in both.text
    samples = [
        sample for name, task in tasks().items() for sample in make_samples(task.n_questions, only=[name])
    ]
    failed = [
        Outcome(sample=sample, protocol=Protocol.MME_EMOTION, kind=OutcomeKind.MISSING_CLIP)
        for sample in samples
    ]
    run = make_run(workspace, "few", failed[:4])
    run.digest = digest_of([outcome] for outcome in failed)
    page = report(run)
    assert page.tables["Published headline results, percent"][1][1:] == ["39.3", "72.7", "56.0"]
    assert "arXiv 2508.09210" in page.text


def test_no_grid_line_crosses_a_name(both: Page) -> None:
    """Names are 12.5 pixels high around 14 above the line, so end 7.75 above it; the grid begins 5 above."""
    heights = [float(y) for y in re.findall(r'class="name" x="14" y="([0-9.]+)"', both.html)]
    grids = re.findall(r'<path class="grid" d="M[0-9.]+ ([0-9.]+)v([0-9.]+)', both.html)
    assert len(heights) == len(grids) == 1
    for middle, (top, _) in zip(heights, grids, strict=True):
        assert middle + 12.5 / 2 < float(top)


def test_run_tables_stand_by_protocol(both: Page) -> None:
    rows = [row[0] for row in _table(both, "Over all samples")[1:]]
    assert [name.split()[0] for name in rows] == ["Paper’s", "m", "n", "Grounded", "m-grounded"]
    assert "protocol: grounded" in rows[-1]


def test_a_pair_names_what_else_is_not_the_same(workspace: Path) -> None:
    samples = make_samples(8)
    runs = [
        make_run(workspace, "p", make_outcomes(samples), model="x/m", judge="y/j"),
        make_run(workspace, "q", make_outcomes(make_samples(16)), model="x/m"),
        make_run(
            workspace,
            "g",
            make_outcomes(samples, protocol=Protocol.GROUNDED),
            model="x/m",
            protocol=Protocol.GROUNDED,
        ),
    ]
    views = [view_run(run, colour=place) for place, run in enumerate(runs)]
    (pair,) = pair_runs(views)
    assert (pair.paper_run, pair.remark) == ("p", "also differ in the judge")
    (pair,) = pair_runs(views[1:])
    assert pair.remark == "not the same samples"
    assert pair_runs(views[:2]) == []
    chart = dumbbell_chart([pair])
    assert chart is not None
    assert 0 < chart.rows[0].paper_x < WIDTH
    assert chart.rows[0].name == "x/m"


def test_two_runs_of_one_model_are_told_apart_by_name(workspace: Path) -> None:
    """Also where their names are alike as far as the chart has room for them: here for 52 characters."""
    samples = make_samples(8)
    grounded: dict[str, Any] = {"protocol": Protocol.GROUNDED}
    long = "openai-api/lab/" + "m" * 40
    runs = [make_run(workspace, "p", make_outcomes(samples), model="x/m")]
    runs += [
        make_run(workspace, name, make_outcomes(samples, skill=0.1, **grounded), model="x/m", **grounded)
        for name in ("g", "h")
    ]
    for end in ("1", "2"):
        runs.append(make_run(workspace, f"q{end}", make_outcomes(samples), model=long + end))
        runs.append(
            make_run(workspace, f"i{end}", make_outcomes(samples, **grounded), model=long + end, **grounded)
        )
    pairs = pair_runs([view_run(run, colour=0) for run in runs])
    assert [pair.label for pair in pairs] == ["g (x/m)", "h (x/m)", f"i1 ({long}1)", f"i2 ({long}2)"]
    chart = dumbbell_chart(pairs)
    assert chart is not None
    names = [row.name for row in chart.rows]
    assert names[:2] == ["g (x/m)", "h (x/m)"]
    assert [name[:19] for name in names[2:]] == ["i1 (openai-api/lab/", "i2 (openai-api/lab/"]
    assert [row.text.partition(":")[0] for row in chart.rows] == [pair.label for pair in pairs]
    assert all(pair.lost.startswith(f"{pair.label}: of ") for pair in pairs)


def test_stacked_bars_are_to_scale() -> None:
    """Half supported, a quarter contradicted, a quarter unverifiable of 228 pixels from 88 on."""
    tally = SummaryTally()
    reasons = [
        (SUPPORTED, ("F1",), True),
        (SUPPORTED, ("F1",), True),
        (CONTRADICTED, ("F1",), True),
        (UNVERIFIABLE, (), True),
    ]
    tally.add(_outcome("a", ("anger",), reasons))
    nothing = SummaryTally().summary().overall()
    chart = stacked_chart([("All samples", tally.summary().overall()), ("none", nothing)])
    assert chart is not None
    (row,) = chart.rows
    assert [(part.decision, part.x, part.width) for part in row.segments] == [
        (SUPPORTED, 88.0, 114.0),
        (CONTRADICTED, 202.0, 57.0),
        (UNVERIFIABLE, 259.0, 57.0),
    ]
    assert [part.text for part in row.segments] == ["✓ 50", "✗ 25", "? 25"]
    assert [bool(part.stripes) for part in row.segments] == [False, True, False]
    assert stacked_chart([("none", nothing)]) is None
