"""The published figures: held against the tables they come from, and what can be said of how sure they are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cuewise.audits.data.baselines import compute_baselines
from cuewise.audits.table.audit import audit_table
from cuewise.audits.table.files import read_overall, read_task_scores
from cuewise.audits.table.findings import Check, Severity
from cuewise.published.figures import Scores, agrees_with_itself, published
from cuewise.published.uncertainty import estimate, overall_estimates, task_estimates
from cuewise.reports.words.published import headline
from cuewise.samples.dataset import read_dataset
from cuewise.samples.tasks import tasks


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared
def test_every_cell_is_that_of_the_tables(shared_data: Path) -> None:
    known = published()
    overall = rows(shared_data / "published" / "overall.csv")
    assert [model.name for model in known.models] == [row["model"] for row in overall]
    for model, row in zip(known.models, overall, strict=True):
        assert (model.access, model.size or "") == (row["access"], row["llm_size"])
        assert set(model.modalities) == {name for name in ("audio", "video", "text") if row[name] == "1"}
        assert f"{model.steps:.1f} {model.tokens:.1f}" == f"{row['avg_step']} {row['avg_token']}"
        scores = model.overall
        assert [f"{one:.1f}" for one in (scores.recognition, scores.reasoning, scores.cot)] == [
            row["recognition"],
            row["reasoning"],
            row["cot"],
        ]
    cells = {
        (model.name, task): tuple(f"{one:.1f}" for one in (found.recognition, found.reasoning, found.cot))
        for model in known.models
        for task, found in model.tasks.items()
    }
    wanted = rows(shared_data / "published" / "task_scores.csv")
    assert len(wanted) == 160
    assert cells == {(row["model"], row["task"]): (row["rec"], row["rea"], row["cot"]) for row in wanted}


@pytest.mark.shared
def test_the_baselines_are_those_of_the_annotations(shared_data: Path) -> None:
    dataset = read_dataset(str(shared_data / "mme-emotion"), with_clips=False)
    known = published()
    assert dataset.sha256 == known.questions_sha256
    found = {
        one.task: (one.label, round(one.most_frequent.points, 4), round(one.random.points, 4))
        for one in compute_baselines(dataset.samples)
    }
    assert {task: (one.label, one.majority, one.random) for task, one in known.baselines.items()} == found


def test_the_means_are_the_papers() -> None:
    # 29.4, 49.5 and 39.5, as the paper prints them.
    means = published().means()
    assert (f"{means.recognition:.1f}", f"{means.reasoning:.1f}", f"{means.cot:.1f}") == (
        "29.4",
        "49.5",
        "39.5",
    )
    assert set(published().task_means()) == set(tasks())


def test_the_baseline_over_all_weighs_tasks_by_their_questions() -> None:
    # (500 x 24.0 + 1800 x 20.5 + 500 x 23.8 + 500 x 14.8283 + 600 x 17.8556 + 1600 x 39.25 + 500 x 23.8 + 500 x 26.6)
    # / 6500 = 166927.5 / 6500
    assert published().overall_baseline().majority == pytest.approx(166927.51 / 6500, abs=1e-6)


def test_three_cells_of_the_heat_map_are_not_the_sites() -> None:
    found = {(one.model, one.task, one.score): one for one in published().disagreements}
    assert {key: (one.site, one.heat_map) for key, one in found.items()} == {
        ("Video-LLaMA", "FG-ER", "reasoning"): (34.6, 4.3),
        ("Video-LLaMA", "FG-ER", "cot"): (34.1, 7.5),
        ("GPT-4.1", "ER-Wild", "cot"): (42.1, 34.8),
    }
    # Video-LLaMA: (33.7 + 34.6) / 2 = 34.15, and (33.7 + 4.3) / 2 = 19.0. GPT-4.1: (29.3 + 54.8) / 2 = 42.05.
    assert all(one.site_agrees and not one.heat_map_agrees for one in found.values())
    for (model, task, score), one in found.items():
        scores = next(each for each in published().models if each.name == model).tasks[task]
        assert getattr(scores, score) == one.site


@pytest.mark.shared
def test_the_audit_finds_the_heat_maps_cells(shared_data: Path, tmp_path: Path) -> None:
    table = shared_data / "published" / "task_scores.csv"
    drawn = table.read_text(encoding="utf-8")
    for old, new in (
        ("Video-LLaMA,FG-ER,33.7,34.6,34.1", "Video-LLaMA,FG-ER,33.7,4.3,7.5"),
        ("GPT-4.1,ER-Wild,29.3,54.8,42.1", "GPT-4.1,ER-Wild,29.3,54.8,34.8"),
    ):
        assert old in drawn
        drawn = drawn.replace(old, new)
    heat_map = tmp_path / "heat_map.csv"
    heat_map.write_text(drawn, encoding="utf-8")
    overall = read_overall(shared_data / "published" / "overall.csv")
    told = [
        {
            finding.subject
            for finding in audit_table(read_task_scores(path), overall).findings
            if finding.severity is Severity.ERROR and finding.check is Check.COT_MEAN
        }
        for path in (table, heat_map)
    ]
    assert told == [set(), {"Video-LLaMA, FG-ER, cot", "GPT-4.1, ER-Wild, cot"}]


def test_a_row_agrees_within_rounding() -> None:
    assert agrees_with_itself(Scores(20.4, 50.5, 35.5))  # 35.45
    assert agrees_with_itself(
        Scores(20.4, 50.4, 35.5)
    )  # 20.449 and 50.449 make 35.449, and 35.45 prints 35.5
    assert not agrees_with_itself(Scores(20.4, 50.5, 35.6))  # 20.45 and 50.55 make 35.5 at most


def test_intervals_of_single_labels_are_wilsons() -> None:
    # p = 0.4, n = 500, z = 1.96: centre (0.4 + 3.8415 / 1000) / 1.007683 = 0.400762, half
    # 1.96 / 1.007683 x sqrt(0.24 / 500 + 3.8415 / 10^6) = 0.042776
    found = estimate(40.0, 500)
    assert (found.interval.low, found.interval.high) == pytest.approx((35.80, 44.35), abs=0.01)
    # n = 6500: centre (0.4 + 3.8415 / 13000) / 1.000591 = 0.400059, half
    # 1.96 / 1.000591 x sqrt(0.24 / 6500 + 3.8415 / (4 x 6500^2)) = 0.011906
    found = estimate(40.0, 6500)
    assert (found.interval.low, found.interval.high) == pytest.approx((38.82, 41.20), abs=0.01)


def test_intervals_are_over_the_questions_of_what_a_figure_is_of() -> None:
    model = published().models[0]
    assert all(one.count == 500 for one in task_estimates(model, "FG-ER").values())
    assert all(one.count == 6500 for one in overall_estimates(model).values())


def test_a_score_of_nothing_or_all_has_an_interval_inside() -> None:
    low, high = estimate(0.0, 500).interval, estimate(100.0, 500).interval
    assert low.low == pytest.approx(0, abs=1e-9) and 0 < low.high < 1
    assert high.high == pytest.approx(100, abs=1e-9) and 99 < high.low < 100


def test_the_reports_headline_comes_from_the_same_figures() -> None:
    best, mean = headline()
    assert best == ("Gemini-2.5-Pro, best recognition and best CoT", 39.3, 72.7, 56.0)
    assert [f"{one:.1f}" for one in mean[1:]] == ["29.4", "49.5", "39.5"]
