"""Five made-up raters and twenty items, every figure held against scikit-learn, scipy, krippendorff, or the paper's
formulas written out over whole tables."""

from __future__ import annotations

import re
from functools import partial
from itertools import combinations
from math import log2
from pathlib import Path
from statistics import mean

import krippendorff
import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from cuewise.agreement.calibration import MIN_SAMPLES
from cuewise.agreement.ratings import settle
from cuewise.result import open_run
from cuewise.study.folder import StudyFolder
from cuewise.study.records import Said, Study
from cuewise.study.report.corrected import CHANGED
from cuewise.study.report.judge import judged_steps
from cuewise.study.report.reporting import StudyReport, read_report, study_report
from cuewise.study.report.sections import sections
from cuewise.study.report.table import RatedStudy
from support.rated_studies import rated_folder, simulated
from support.studies import rated_run

RIGHT = {"right": 1.0, "wrong": 0.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    return rated_folder(tmp_path_factory.mktemp("work"), raters=5, n=20, run_n=75, seed=3)


def unweighted(study: Study) -> Study:
    """As if each item stood for as many samples as any other, as the libraries take it."""
    items = tuple(
        item.model_copy(update={"judged": item.judged and item.judged.model_copy(update={"weight": 1.0})})
        for item in study.items
    )
    return study.model_copy(update={"items": items})


@pytest.fixture(scope="module")
def report(folder: StudyFolder) -> StudyReport:
    rated = RatedStudy.of(unweighted(folder.study()), simulated(folder, seed=3))
    return study_report(rated, partial(open_run, workspace=folder.path.parents[1]))


@pytest.fixture(scope="module")
def weighted(folder: StudyFolder) -> StudyReport:
    return read_report(folder, partial(open_run, workspace=folder.path.parents[1]))


@pytest.fixture(scope="module")
def study(folder: StudyFolder) -> Study:
    return folder.study()


@pytest.fixture(scope="module")
def said(folder: StudyFolder, study: Study) -> list[Said]:
    """Of drawn items."""
    drawn = {item.id for item in study.drawn}
    return [one for one in simulated(folder, seed=3) if one.item in drawn]


@pytest.fixture(scope="module")
def units(study: Study) -> list[tuple[str, int]]:
    return [(item.id, index) for item in study.drawn for index in item.rated]


@pytest.fixture(scope="module")
def table(study: Study, said: list[Said], units: list[tuple[str, int]]) -> np.ndarray:
    """(5 raters, n steps), 1 right, 0 wrong, NaN for cannot tell."""
    by = {(one.rater, one.item): one.steps for one in said}
    return np.array(
        [
            [RIGHT.get(by[rater, item].get(index, ""), np.nan) for item, index in units]
            for rater in study.plan.raters
        ]
    )


@pytest.fixture(scope="module")
def judge(study: Study, units: list[tuple[str, int]]) -> np.ndarray:
    of = {item.id: item.judged for item in study.drawn}
    ratings = {
        (id, one.step): one.rating
        for id, judged in of.items()
        if judged is not None
        for one in judged.verdicts
    }
    return np.array([float(ratings[unit] > 0.5) for unit in units])


def test_sizes(report: StudyReport, table: np.ndarray) -> None:
    assert table.shape[0] == 5
    assert (report.items, report.rated_items) == (20, 20)
    assert 0 < np.isnan(table).sum() < 20


def test_alpha_with_and_without_the_judge(report: StudyReport, table: np.ndarray, judge: np.ndarray) -> None:
    def alpha(rows: np.ndarray) -> float:
        return float(krippendorff.alpha(reliability_data=rows, level_of_measurement="nominal"))

    assert report.among[0].alpha.value == pytest.approx(alpha(table))
    assert report.judge[0].alpha_people.value == pytest.approx(alpha(table))
    assert report.judge[0].alpha_with_judge.value == pytest.approx(alpha(np.vstack([table, judge])))


def test_raw_fleiss_and_ac1_by_their_formulas(report: StudyReport, table: np.ndarray) -> None:
    agreeing, shares = [], []
    for column in table.T:
        told = column[~np.isnan(column)]
        if len(told) >= 2:
            agreeing.append(mean(float(a == b) for a, b in combinations(told, 2)))
            shares.append(mean(told))
    raw, p = mean(agreeing), mean(shares)
    found = report.among[0]
    assert found.raw.value == pytest.approx(raw)
    by_chance = p * p + (1 - p) ** 2
    assert found.fleiss.value == pytest.approx((raw - by_chance) / (1 - by_chance))
    assert found.ac1.value == pytest.approx((raw - 2 * p * (1 - p)) / (1 - 2 * p * (1 - p)))


def test_answers_count_for_as_many_as_they_stand_for(
    weighted: StudyReport,
    report: StudyReport,
    study: Study,
    table: np.ndarray,
    units: list[tuple[str, int]],
    judge: np.ndarray,
) -> None:
    weight_of = {item.id: item.judged.weight for item in study.drawn if item.judged is not None}
    weights, agreeing, with_judge, its_weights = [], [], [], []
    for column, (item, _), judged in zip(table.T, units, judge, strict=True):
        told = column[~np.isnan(column)]
        if len(told) >= 2:
            weights.append(weight_of[item])
            agreeing.append(mean(float(a == b) for a, b in combinations(told, 2)))
        if len(told) and told.mean() != 0.5:
            its_weights.append(weight_of[item])
            with_judge.append(float((told.mean() > 0.5) == judged))
    raw = float(np.average(agreeing, weights=weights))
    assert weighted.among[0].raw.value == pytest.approx(raw)
    assert weighted.judge[0].raw.value == pytest.approx(float(np.average(with_judge, weights=its_weights)))
    assert abs(raw - mean(agreeing)) > 1e-3
    assert report.among[0].raw.value == pytest.approx(mean(agreeing))


def test_mean_kappas(report: StudyReport, table: np.ndarray, judge: np.ndarray) -> None:
    def kappa(a: np.ndarray, b: np.ndarray) -> float:
        both = ~np.isnan(a) & ~np.isnan(b)
        return float(cohen_kappa_score(a[both], b[both]))

    assert report.among[0].cohen.value == pytest.approx(mean(kappa(a, b) for a, b in combinations(table, 2)))
    assert report.judge[0].cohen_judge.value == pytest.approx(mean(kappa(judge, row) for row in table))


def test_judge_against_the_majority(report: StudyReport, table: np.ndarray, judge: np.ndarray) -> None:
    right = np.nanmean(table, axis=0)
    known = right != 0.5
    majority = (right > 0.5).astype(float)
    found = report.judge[0]
    cells = confusion_matrix(majority[known], judge[known], labels=[1, 0])
    cell = found.confusion
    assert cells.tolist() == [[cell.right_passed, cell.right_failed], [cell.wrong_passed, cell.wrong_failed]]
    assert found.tied == (~known).sum()
    assert found.raw.value == pytest.approx((majority == judge)[known].mean())
    assert found.kappa.value == pytest.approx(cohen_kappa_score(majority[known], judge[known]))


def test_majority_is_as_calibrate_settles_it(
    folder: StudyFolder, table: np.ndarray, units: list[tuple[str, int]]
) -> None:
    rated = RatedStudy.of(folder.study(), simulated(folder, seed=3))
    settled = settle(rating for _, rating in rated.step_ratings())
    sample = {item.id: item.sample.id for item in folder.study().drawn}
    right = np.nanmean(table, axis=0)
    for (item, index), share in zip(units, right, strict=True):
        expected = "right" if share > 0.5 else "wrong" if share < 0.5 else "tied"
        assert settled[sample[item]][index].truth.value == expected
    assert set(judged_steps(rated)) == set(units)


def test_scores(
    report: StudyReport, study: Study, table: np.ndarray, judge: np.ndarray, units: list[tuple[str, int]]
) -> None:
    rows = []
    for item in study.drawn:
        of = [place for place, unit in enumerate(units) if unit[0] == item.id]
        told = [row[of][~np.isnan(row[of])] for row in table]
        people = mean(part.mean() for part in told if len(part))
        rows.append((judge[[place for place in of if not np.isnan(table[:, place]).all()]].mean(), people))
    x, y = np.array(rows).round(12).T  # equal means are ties
    found = report.judge[0]
    assert found.pearson.value == pytest.approx(stats.pearsonr(x, y).statistic)
    assert found.spearman.value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found.apart is not None
    assert found.apart.bias.value == pytest.approx((x - y).mean())
    # Items of one clip are rare here: each is its own cluster, and the limits are of independent differences.
    assert found.apart.deviation == pytest.approx((x - y).std(ddof=1))
    assert found.icc.value == pytest.approx(icc_2_1(np.array(rows)))


def icc_2_1(rows: np.ndarray) -> float:
    """Shrout and Fleiss 1979, from the mean squares of a two-way table."""
    n, k = rows.shape
    grand = rows.mean()
    between = k * ((rows.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    raters = n * ((rows.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    rest = rows - rows.mean(axis=1, keepdims=True) - rows.mean(axis=0) + grand
    error = (rest**2).sum() / ((n - 1) * (k - 1))
    return float((between - error) / (between + (k - 1) * error + k * (raters - error) / n))


def test_disputed(report: StudyReport, table: np.ndarray, units: list[tuple[str, int]]) -> None:
    def entropy(column: np.ndarray) -> float:
        right = np.nanmean(column)
        return float(-sum(p * log2(p) for p in (right, 1 - right) if p))

    by_unit = {unit: entropy(column) for unit, column in zip(units, table.T, strict=True)}
    top = [one.entropy for one in report.disputed_steps]
    assert top == pytest.approx(sorted(by_unit.values(), reverse=True)[: len(top)])
    for one in report.disputed_steps:
        assert one.entropy == pytest.approx(by_unit[one.item, one.step])


def test_corrected_score_weights_by_stratum(
    report: StudyReport, study: Study, table: np.ndarray, units: list[tuple[str, int]]
) -> None:
    (run,) = report.corrected
    assert run.score is not None
    assert run.rated >= MIN_SAMPLES
    right = np.nanmean(table, axis=0)
    weights, truths = [], []
    for item in study.drawn:
        known = [
            float(right[place] > 0.5)
            for place, unit in enumerate(units)
            if unit[0] == item.id and right[place] != 0.5
        ]
        assert item.judged is not None
        if known:
            weights.append(item.judged.weight)
            truths.append(mean(known))
    assert len(truths) == run.rated == 20  # so that the weights are those of the draw
    assert abs(np.average(truths, weights=weights) - np.mean(truths)) > 0.001  # weights matter here
    scale = run.judged / run.asked
    assert run.score.people.value == pytest.approx(100 * scale * np.average(truths, weights=weights))
    assert run.score.unweighted == pytest.approx(100 * scale * np.mean(truths))
    assert run.raw is not None
    assert run.raw.value - run.score.corrected.value == pytest.approx(run.score.bias.value)
    assert run.score.corrected.low < run.score.corrected.value < run.score.corrected.high


def test_a_run_that_changed_has_no_corrected_score(folder: StudyFolder, tmp_path: Path) -> None:
    rated = RatedStudy.of(folder.study(), simulated(folder, seed=3))
    other = rated_run(tmp_path, n=61)

    (run,) = study_report(rated, lambda _: other).corrected
    assert (run.score, run.why_none) == (None, CHANGED)


def test_a_rater_who_clicks_at_random_is_flagged_and_others_are_not(folder: StudyFolder) -> None:
    dice = np.random.default_rng(7)  # of twenty such raters one passes by luck, as with 5
    rows = [
        one
        if one.rater != "person-2"
        else one.model_copy(
            update={"steps": {index: ("right", "wrong")[int(dice.integers(2))] for index in one.steps}}
        )
        for one in simulated(folder, seed=3)
    ]
    rated = RatedStudy.of(folder.study(), rows)
    found = study_report(rated, partial(open_run, workspace=folder.path.parents[1]))
    flagged = {rater.rater: rater.flags for rater in found.raters}
    told = r"not shown to be better than chance \(p = [0-9.]+\), and below the others by more than chance reaches"
    assert any(re.fullmatch(told, flag) for flag in flagged["Rater 2"])
    assert not any("chance" in flag for name, flags in flagged.items() if name != "Rater 2" for flag in flags)
    [raters] = [one for one in sections(found) if one.id == "raters"]
    assert "A p of 5 % or more flags nobody by itself" in str(raters.blocks[0])


@pytest.mark.parametrize(("n", "by_run"), [(40, True), (3, False)])
def test_weights_of_several_runs_are_those_of_the_draw(tmp_path: Path, n: int, by_run: bool) -> None:
    work = tmp_path / "work"
    runs = (
        rated_run(work, "mine", n=60),
        rated_run(work, "other", n=30, seed="other", model="google/gemini-2.5-pro"),
    )
    folder = rated_folder(work, runs=runs, raters=3, n=n, attention=0)
    study = folder.study()
    assert all((name.split(" · ")[0] in ("mine", "other")) is by_run for name in study.plan.strata)
    found = {one.run: one for one in read_report(folder, partial(open_run, workspace=work)).corrected}
    if not by_run:
        assert all("are needed: rate more" in one.why_none for one in found.values())
        return
    said: dict[str, list[dict[int, str]]] = {}
    for rating in simulated(folder):
        said.setdefault(rating.item, []).append(rating.steps)
    for name, one in found.items():
        weights, truths = [], []
        for item in study.drawn:
            assert item.judged is not None
            if item.judged.run == name:
                votes = {
                    index: [steps[index] for steps in said[item.id] if steps[index] != "cannot tell"]
                    for index in item.rated
                }
                known = [
                    float(2 * each.count("right") > len(each))
                    for each in votes.values()
                    if 2 * each.count("right") != len(each)
                ]
                assert known
                weights.append(item.judged.weight)
                truths.append(mean(known))
        assert one.score is not None, one.why_none
        assert len(truths) == one.rated
        assert sum(weights) == pytest.approx(one.judged)
        expected = 100 * one.judged / one.asked * np.average(truths, weights=weights)
        assert one.score.people.value == pytest.approx(expected)
