"""The report file as a whole: figures, safety, self-containment."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from contextlib import closing
from pathlib import Path

import pytest

from cuewise.errors import RunError
from cuewise.records import (
    Answer,
    Clip,
    Cue,
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
    Vote,
)
from cuewise.reports.formats import signed
from cuewise.reports.html import render, write_report
from cuewise.reports.sections.costs import FEW_RUNS
from cuewise.result import RunResult, read_result
from cuewise.runs.outcomes import OutcomeStore
from cuewise.samples.problems import Problem
from cuewise.samples.tasks import get_task
from cuewise.scores.sample import score_verdicts
from support.outcomes import make_outcome, make_outcomes, make_run, make_samples
from support.report_page import WriteReport

HOSTILE = (
    "</script><script>alert(1)</script><!-- <style>*{display:none}</style> &lt; \u2028\u2029"
    " <img src=x onerror=alert(1)> \u202eright to left\u202c {{ 7 * 7 }} {% raw %} ]]> \x00\x1b[2J \" ' `"
)


def _sample(id_: str, *, task: str = "SA", labels: tuple[str, ...] = ("good",)) -> Sample:
    return Sample(
        id=id_, task=task, clip=Clip(id=id_), question="Which?", label_set=("good", "bad"), labels=labels
    )


def _scored(sample: Sample, label: str, ratings: list[float], tokens: int | None = None) -> Outcome:
    steps = [Step(index=at, text=f"Claim {at}.") for at in range(1, len(ratings))]
    steps.append(Step(index=len(ratings), text=f"It is {label}.", labels=(label,)))
    verdicts = [Verdict(step=at, rating=rating) for at, rating in enumerate(ratings, 1)]
    reading = LabelReading(status=LabelStatus.MATCHED, labels=(label,), taxonomy=1)
    return Outcome(
        sample=sample,
        protocol=Protocol.MME_EMOTION,
        kind=OutcomeKind.SCORED,
        answer=Answer(text=f"It is {label}.", output_tokens=tokens),
        steps=tuple(steps),
        verdicts=tuple(verdicts),
        reading=reading,
        score=score_verdicts(sample, steps, verdicts, reading, protocol=Protocol.MME_EMOTION),
    )


def test_figures_by_hand(workspace: Path, report: WriteReport) -> None:
    """Three samples: right with reasons 1 and 0, wrong without reasons, refused.

    All are of one label, which leaves nothing to gain over naming it.
    Recognition (1 + 0 + 0) / 3 = 33.3; reasoning (1/2 + 0 + 0) / 3 = 16.7; CoT (3/4 + 0 + 0) / 3 = 25.0;
    coverage 2/3 = 66.7; steps (3 + 1) / 2 = 2.0; tokens 40 / 1. The refused one right: (1 + 0 + 1) / 3 = 66.7.
    """
    refused = Outcome(
        sample=_sample("SA/c"),
        protocol=Protocol.MME_EMOTION,
        kind=OutcomeKind.REFUSED,
        message="no",
        cause="worded",
    )
    outcomes = [
        _scored(_sample("SA/a"), "good", [1, 0, 1], tokens=40),
        _scored(_sample("SA/b"), "bad", [0]),
        refused,
    ]
    page = report(make_run(workspace, "by-hand", outcomes))
    row = page.tables["by-hand by task, percent paper’s rules"][1]
    assert row[0] == "SA"
    assert [cell.split()[0] for cell in row[1:]] == ["33.3", "16.7", "25.0", "–", "66.7", "2.0", "40.0", "3"]
    assert row[1].endswith("[33.3–66.7]")
    assert "1 of 3 samples has no score (refused to answer, 1). It counts as 0" in page.text
    endings = page.tables["by-hand: how samples ended paper’s rules"]
    assert ["scored", "", "2", "66.7"] in endings
    assert ["refused to answerworded: 1", "model", "1", "33.3"] in endings
    first, second, third = page.rows(0)
    assert first == ["scored", ("good",), 100, 50, 75, 3, 40, None, "matched"]
    assert second[2:7] == [0, 0, 0, 1, None]
    assert third == ["refused", *[None] * 6, "no", None]


def test_figures_are_the_summarys(one_run: RunResult, report: WriteReport) -> None:
    page = report(one_run)
    table = {row[0]: row[1:] for row in page.tables["first by task, percent paper’s rules"][1:]}
    tasks = one_run.summary.tasks()
    assert list(table) == list(tasks)
    for name, figures in tasks.items():
        shown = [cell.split()[0] for cell in table[name]]
        assert figures.baselines is not None
        assert shown.pop(3) == signed(figures.baselines.over_majority)
        expected = [
            figures.recognition,
            figures.reasoning,
            figures.cot,
            figures.coverage,
            figures.avg_step,
            figures.avg_tokens,
        ]
        assert [float(text) for text in shown[:6]] == pytest.approx(expected, abs=0.05 + 1e-9)
        assert shown[6] == str(figures.count)
        labels = page.tables[f"first: {name} by gold label, percent"]
        assert {row[0] for row in labels[1:]} == set(one_run.summary.categories(name))


def test_of_many_runs_gold_labels_stand_in_the_maps_alone(workspace: Path, report: WriteReport) -> None:
    outcomes = make_outcomes(make_samples(8))
    runs = [make_run(workspace, f"r{at}", outcomes, model=f"x/{at}") for at in range(FEW_RUNS + 1)]
    few, many = report(*runs[:-1]), report(*runs)
    tables = [
        [name for name in page.tables if name.endswith("by gold label, percent")] for page in (few, many)
    ]
    assert tables[0]
    assert not tables[1]
    assert "Of many runs, scores by gold label stand side by side" in many.text
    assert "Of many runs" not in few.text
    for page in (few, many):
        assert "by gold label" in page.text


def test_nothing_is_fetched_from_outside(
    one_run: RunResult, other_run: RunResult, report: WriteReport
) -> None:
    page = report(one_run, other_run)
    assert not re.search(r"https?://|//[a-z]+\.[a-z]|@import|url\(", page.html)
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "object", "embed", "base", "video", "audio")
        for name, value in attributes.items():
            assert not name.startswith("on"), f"{tag} has a handler"
            assert name != "style", "an inline style would be blocked by the page's own policy"
            if name in ("src", "href", "action", "data"):
                assert value is not None
                assert value.startswith("#") or value == "data:,"
    assert "Published results are left out: they hold for all 6,500 questions" in page.text


def test_policy_names_the_very_code(one_run: RunResult, report: WriteReport) -> None:
    page = report(one_run)
    style = page.html.split("<style>")[1].split("</style>")[0]
    script = page.html.rsplit("<script>", 1)[1].split("</script>")[0]
    policy = page.policy()
    for code in (style, script):
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_hostile_text_stays_text(workspace: Path, report: WriteReport) -> None:
    sample = Sample(
        id=f"SA/{HOSTILE}",
        task="SA",
        clip=Clip(id=HOSTILE),
        question=HOSTILE,
        label_set=(HOSTILE, "bad"),
        labels=(HOSTILE,),
    )
    steps = (Step(index=1, text=HOSTILE), Step(index=2, text=HOSTILE, labels=(HOSTILE,)))
    verdicts = (
        Verdict(step=1, rating=1, reason=HOSTILE, evidence=("F1",)),
        Verdict(step=2, rating=1, labels=(HOSTILE,)),
    )
    reading = LabelReading(status=LabelStatus.MATCHED, labels=(HOSTILE,), outside=(HOSTILE,), taxonomy=1)
    cue = Cue(channel=HOSTILE, value=HOSTILE, start_s=0, end_s=1)
    outcome = Outcome(
        sample=sample,
        protocol=Protocol.MME_EMOTION,
        kind=OutcomeKind.SCORED,
        answer=Answer(text=HOSTILE, thinking=HOSTILE),
        reading=reading,
        evidence=(Evidence(id="C1", kind=EvidenceKind.CUE, start_s=0, end_s=1, cue=cue),),
        withheld=(f"{HOSTILE}: names {HOSTILE}",),
        votes=(
            Vote(judge=HOSTILE, repeat=0, verdicts=verdicts),
            Vote(judge="x/k", repeat=0, verdicts=verdicts),
        ),
        steps=steps,
        verdicts=verdicts,
        score=score_verdicts(sample, steps, verdicts, reading, protocol=Protocol.MME_EMOTION),
    )
    failed = Outcome(
        sample=_sample("SA/f"),
        protocol=Protocol.MME_EMOTION,
        kind=OutcomeKind.MODEL_FAILURE,
        message=HOSTILE,
        cause=HOSTILE,
    )
    run = make_run(
        workspace,
        "hostile",
        [outcome, failed],
        model=f"openai/{HOSTILE}",
        judge=f"openai/{HOSTILE}",
        problems=[Problem(HOSTILE, HOSTILE, HOSTILE)],
    )
    page = report(run)
    benign = report(make_run(workspace, "benign", [outcome.model_copy(update={"sample": _sample("SA/a")})]))
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert len(scripts) == len([tag for tag, _ in benign.tags if tag == "script"]) == 4
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert HOSTILE in page.index["strings"]
    assert page.samples()[0][0] == f"SA/{HOSTILE}"
    detail = page.details(0)[0]
    assert detail["answer"] == detail["thinking"] == detail["steps"][0]["text"] == HOSTILE
    assert detail["steps"][0]["reason"] == HOSTILE
    assert detail["reading"]["outside"] == detail["steps"][1]["read"] == [HOSTILE]
    assert detail["withheld"] == [f"{HOSTILE}: names {HOSTILE}"]
    assert detail["evidence"][0]["channel"] == detail["evidence"][0]["value"] == HOSTILE
    assert detail["votes"][0][0] == HOSTILE
    assert HOSTILE.split("\u2028")[0] in page.text, "a judge's name in the table of pairs"
    assert "{{ 7 * 7 }}" in page.text


def test_half_surrogates_do_not_stop_a_report(workspace: Path, report: WriteReport) -> None:
    run = make_run(workspace, "odd", [_scored(_sample("SA/a"), "good", [1])])
    run.manifest = run.manifest.model_copy(
        update={
            "settings": run.manifest.settings.model_copy(update={"dataset": "broken \ud800 name"}),
        }
    )
    assert "broken ? name" in report(run).text


def test_what_is_unknown_is_a_dash(workspace: Path, report: WriteReport) -> None:
    """No sample of the run was scored, so there are neither steps nor tokens to average."""
    samples = make_samples(2, only=["SA"])
    failed = [make_outcome(sample, failure=OutcomeKind.MODEL_FAILURE) for sample in samples]
    page = report(make_run(workspace, "failed", failed))
    row = page.tables["failed by task, percent paper’s rules"][1]
    assert row[5:] == ["0.0", "–", "–", "2"]
    assert page.tables["Calls behind these outcomes, made or reused"][1] == ["No call was made."]
    assert not re.search(r"\b(nan|None(?! of)|null|undefined)\b", page.text)


def test_a_run_without_outcomes(workspace: Path, report: WriteReport) -> None:
    page = report(make_run(workspace, "empty", [], finished=False))
    assert "there is nothing to report" in page.text
    assert "not finished" in page.text
    overall = next(rows for caption, rows in page.tables.items() if caption.startswith("Over all samples"))
    assert overall[1][1:] == ["–", "–", "–", "–", "–", "–", "–", "0"]


def test_several_runs_share_their_samples(
    one_run: RunResult, other_run: RunResult, report: WriteReport
) -> None:
    page = report(one_run, other_run)
    assert len(page.samples()) == 64
    assert [0 in page.rows(run) for run in (0, 1)] == [False, False]
    assert [run["badge"] for run in page.index["runs"]] == [None, "simulated, validates the evaluator"]
    assert "second (simulated, validates the evaluator) has the highest CoT score" in page.text
    assert {
        "first by task, percent paper’s rules",
        "second by task, percent paper’s rules simulated, validates the evaluator",
    } <= set(page.tables)


def test_runs_on_other_samples_are_kept_apart(workspace: Path, report: WriteReport) -> None:
    first = make_run(workspace, "first", [_scored(_sample("SA/a"), "good", [1])])
    changed = _sample("SA/a", labels=("bad",))
    second = make_run(
        workspace, "second", [_scored(changed, "good", [0]), _scored(_sample("SA/z"), "good", [1])]
    )
    page = report(first, second)
    assert [sample[0] for sample in page.samples()] == ["SA/a", "SA/a", "SA/z"]
    assert page.rows(0)[1:] == [0, 0]
    assert page.rows(1)[0] == 0
    assert page.details(0)[1] == page.details(1)[0] == 0
    assert "not made on the same samples" in page.text


def test_same_runs_same_bytes(one_run: RunResult, other_run: RunResult) -> None:
    assert render([one_run, other_run]) == render([one_run, other_run])


def test_the_order_in_which_samples_finished_does_not_show(one_run: RunResult) -> None:
    outcomes = list(one_run.outcomes())
    before = render([one_run])
    with closing(OutcomeStore(one_run.folder.outcomes_path)) as store:
        for place, outcome in reversed(list(enumerate(outcomes))):
            store.add(place, outcome)
    assert render([read_result(one_run.folder, one_run.manifest)]) == before


def test_labels_of_a_scale_stand_in_its_order(one_run: RunResult, report: WriteReport) -> None:
    labels = [row[0] for row in report(one_run).tables["first: FG-SA by gold label, percent"][1:]]
    scale = list(get_task("FG-SA").scale)
    assert len(labels) > 2
    assert labels == [label for label in scale if label in labels]


def test_no_path_and_no_key_of_this_machine(workspace: Path, report: WriteReport) -> None:
    message = f"cannot read '{workspace}/media/x.jpg': key sk-abcdefghijklmnopqrstuvwx was refused"
    failed = Outcome(
        sample=_sample("SA/f"), protocol=Protocol.MME_EMOTION, kind=OutcomeKind.MODEL_FAILURE, message=message
    )
    command = ["cuewise", "run", "--data", "/home/ana/secret place/mme", "--model-arg", "api_key=hush"]
    page = report(make_run(workspace, "private", [failed], command=command))
    for private in (str(workspace), "/home/ana", "hush", "sk-abcdef"):
        assert private not in page.html
    assert "--model-arg api_key=(hidden)" in page.text


def test_long_answers_are_cut_and_said_to_be(workspace: Path, report: WriteReport) -> None:
    outcome = _scored(_sample("SA/a"), "good", [1])
    long = outcome.model_copy(update={"answer": Answer(text="x" * 100_000, thinking="y" * 100_000)})
    (detail,) = report(make_run(workspace, "long", [long])).details(0).values()
    assert detail["answer"] == "x" * 4000
    assert detail["whole"] == 100_000
    assert len(detail["thinking"]) < 4100


def test_dataset_problems_are_listed(workspace: Path, report: WriteReport) -> None:
    problems = [Problem(f"q.json entry {at}", "no label", "add one") for at in range(250)]
    page = report(make_run(workspace, "p", [_scored(_sample("SA/a"), "good", [1])], problems=problems))
    table = page.tables["Not among the samples; the first 200 are listed"]
    assert table[1] == ["q.json entry 0", "no label", "add one"]
    assert "250 entries of the dataset left out of p" in " ".join(page.text.split())


def test_written_in_one_step(one_run: RunResult, tmp_path: Path) -> None:
    path = tmp_path / "out" / "report.html"
    path.parent.write_text("a file where a folder should be")
    with pytest.raises(RunError, match=r"report\.html cannot be written"):
        write_report([one_run], path)
    path.parent.unlink()
    path.parent.mkdir()
    path.write_text("earlier")
    write_report([one_run], path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert list(path.parent.iterdir()) == [path]


def test_no_run_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        render([])


def test_tables_can_be_read_aloud(one_run: RunResult, report: WriteReport) -> None:
    page = report(one_run)
    tables = [tag for tag, _ in page.tags if tag == "table"]
    captions = [tag for tag, _ in page.tags if tag == "caption"]
    assert len(tables) == len(captions)
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [
        attributes.get("aria-labelledby") for _, attributes in page.tags if "aria-labelledby" in attributes
    ]
    assert set(named) <= set(ids)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("protocol", "panel", "count"),
    [
        (Protocol.MME_EMOTION, (), 1625),
        (Protocol.GROUNDED, ("openai/gpt-4.1", "openai/gpt-4.1", "google/gemini-2.5-pro"), 6500),
    ],
)
def test_a_full_benchmark_is_fast_and_small(
    workspace: Path, report: WriteReport, protocol: Protocol, panel: tuple[str, ...], count: int
) -> None:
    """A quarter of the benchmark may cost a quarter of the time and of the bytes."""
    share = count / 6500
    outcomes = make_outcomes(make_samples(count), seed="full", protocol=protocol, panel=panel)
    run = make_run(workspace, "full", outcomes, protocol=protocol)
    start = time.thread_time()
    page = report(run)
    assert time.thread_time() - start < 10 * share, "seconds of CPU; 1 to 3 on an idle machine"
    assert len(page.html.encode()) < 5_000_000 * share
    assert len(page.samples()) == count
    assert json.loads(page.scripts["data-frames"]) == {"jpegs": [], "frames": [{}]}
