"""The human baseline of a study small enough to count by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from cuewise.errors import RunError
from cuewise.records import Clip, Protocol, Sample
from cuewise.result import RunResult
from cuewise.study.records import Item, Said, Study, StudyKind, StudyPlan
from cuewise.study.report.baseline import HumanBaseline, vote
from cuewise.study.report.corrected import OpenRun
from cuewise.study.report.people_blocks import ALL_COUNTS, people_section
from cuewise.study.report.reporting import StudyReport, study_report
from cuewise.study.report.table import RatedStudy
from cuewise.study.report.words import doubts, summary

RATERS = ("ana", "ben", "eva")


def item(id: str, task: str, labels: tuple[str, ...], *, multi: bool = False) -> Item:
    return Item(
        id=id,
        sample=Sample(
            id=f"{task}/{id}.mp4",
            task=task,
            clip=Clip(id=f"{id}.mp4"),
            question="What is felt?",
            label_set=("joy", "fear", "anger", "awe"),
            labels=labels,
            multi_label=multi,
        ),
        protocol=Protocol.MME_EMOTION,
    )


ITEMS = (
    item("i0001", "ER-Lab", ("joy",)),
    item("i0002", "ER-Lab", ("fear",)),
    item("i0003", "ML-ER", ("joy", "awe"), multi=True),
    item("i0004", "ML-ER", ("anger",), multi=True),
)
SAID: dict[str, tuple[tuple[str, ...] | None, ...]] = {
    "i0001": (("joy",), ("joy",), ("fear",)),
    "i0002": (("fear",), ("joy",), None),
    "i0003": (("joy", "awe"), ("joy",), ("joy", "fear")),
    "i0004": (("anger",), ("anger", "awe"), ("fear",)),
}


def nothing_there(name: str) -> RunResult:
    raise RunError(f"there is no run {name}")


def study_report_of(
    strata: dict[str, tuple[int, int]] | None = None,
    answered: Sequence[str] | Mapping[str, Sequence[str]] = tuple(SAID),
    open_run: OpenRun = nothing_there,
) -> StudyReport:
    """What is told of these answers.

    Args:
        strata: samples there and drawn, by task; None in a study that does not tell.
        answered: items that are, by all or by rater.
    """
    plan = StudyPlan(
        name="people",
        kind=StudyKind.QUESTION,
        created_at="2026-01-01T00:00:00.000+00:00",
        cuewise="0",
        runs=("mine",),
        settings_sha256={"mine": "0" * 64},
        seed=0,
        raters=RATERS,
        overlap=3,
        strata=strata or {},
    )
    study = Study(plan=plan, items=ITEMS, assigned={rater: tuple(SAID) for rater in RATERS})
    by = answered if isinstance(answered, Mapping) else dict.fromkeys(RATERS, answered)
    said = [
        Said(rater=rater, item=item, label=labels[at], cannot_tell_label=labels[at] is None, done=True)
        for item, labels in SAID.items()
        for at, rater in enumerate(RATERS)
        if item in by.get(rater, ())
    ]
    return study_report(RatedStudy.of(study, said), open_run)


@pytest.fixture(scope="module")
def report() -> StudyReport:
    return study_report_of()


@pytest.fixture(scope="module")
def baseline(report: StudyReport) -> HumanBaseline:
    assert report.baseline is not None
    return report.baseline


def test_pooled_points(baseline: HumanBaseline) -> None:
    # ER-Lab: 1 1 0, 1 0 0: 3 of 6. ML-ER, recall: 1, 1/2, 1/2; 1, 1, 0: 4 of 6.
    # F1: 1, 2/3, 2 x 1 / 4 = 1/2; 1, 2/3, 0: 23/6 of 6.
    expected = {"": (7 / 12, (3 + 23 / 6) / 12), "ER-Lab": (3 / 6, 3 / 6), "ML-ER": (4 / 6, 23 / 36)}
    for one in baseline.pooled:
        assert one.mme is not None
        assert one.f1 is not None
        assert (one.mme.value, one.f1.value) == pytest.approx(expected[one.task])
        assert one.mme.low is None  # four clips at most
    assert [one.cannot_tell for one in baseline.pooled] == [1, 1, 0]
    assert [(one.items, one.answers) for one in baseline.pooled] == [(4, 12), (2, 6), (2, 6)]


def test_by_rater(baseline: HumanBaseline) -> None:
    overall = {one.who: one.mme.value for one in baseline.by_rater if not one.task and one.mme is not None}
    # ana 1 1 1 1; ben 1 0 1/2 1; eva 0 0 1/2 0.
    assert overall == pytest.approx({"Rater 1": 1, "Rater 2": 2.5 / 4, "Rater 3": 0.5 / 4})


def test_majority(baseline: HumanBaseline) -> None:
    # 1: joy, 1. 2: fear and joy tied, 1/2. 3: joy alone is named by more than half: recall 1/2, F1 2/3.
    # 4: anger by two of three: 1.
    overall = baseline.majority[0]
    assert overall.mme is not None
    assert overall.f1 is not None
    assert overall.mme.value == pytest.approx((1 + 1 / 2 + 1 / 2 + 1) / 4)
    assert overall.f1.value == pytest.approx((1 + 1 / 2 + 2 / 3 + 1) / 4)


def test_vote_of_nobody() -> None:
    unable = Said(rater="ana", item="i0001", cannot_tell_label=True, done=True)
    assert vote(ITEMS[0].sample, [unable]) == ()
    assert vote(ITEMS[2].sample, [unable.model_copy(update={"label": ("joy",)})]) == (("joy",),)


def test_agreement_by_task(baseline: HumanBaseline) -> None:
    lab, several = baseline.agreement
    # Item 1: joy joy fear, 1 of 3 pairs agree; item 2: fear joy, 0.
    assert lab.raw.value == pytest.approx(1 / 6)
    # By label: item 3 joy 3/3, fear 1 of 3 named: 1/3, anger 1, awe 1/3; item 4 joy 1, fear 1/3, anger 1/3, awe 1/3.
    assert several.raw.value == pytest.approx((3 * 1 + 5 / 3) / 8)
    assert several.raw.n_units == 8


def test_the_run_that_cannot_be_read_is_told(report: StudyReport, baseline: HumanBaseline) -> None:
    (one,) = baseline.beside
    assert "there is no run mine" in one.why_none
    words = " ".join(summary(report))
    assert "People name the annotated labels in 58.3 % of their answers" in words
    assert "Run mine cannot be set beside them" in words


# --- where samples were drawn unequally: two of six of ER-Lab, both of ML-ER --------------------------

UNEQUAL = {"ER-Lab": (6, 2), "ML-ER": (2, 2)}


def test_over_all_tasks_each_counts_for_as_many_samples_as_there_are(report: StudyReport) -> None:
    found = study_report_of(UNEQUAL)
    assert found.weighted
    baseline, plain = found.baseline, report.baseline
    assert baseline is not None
    assert plain is not None
    overall, *tasks = baseline.pooled
    assert overall.mme is not None
    assert overall.f1 is not None
    assert overall.mme.value == pytest.approx((6 * 3 / 6 + 2 * 4 / 6) / 8)
    assert overall.f1.value == pytest.approx((6 * 3 / 6 + 2 * 23 / 36) / 8)
    assert (overall.items, overall.answers) == (4, 12)
    # A task's own figures are what they were.
    assert tuple(tasks) == plain.pooled[1:]
    # ben: ER-Lab 1 and 0, ML-ER 1/2 and 1. eva: 0 and 0, 1/2 and 0.
    overalls = [one.mme.value for one in baseline.by_rater if not one.task and one.mme is not None]
    assert overalls == pytest.approx([1, (6 * 1 / 2 + 2 * 3 / 4) / 8, (0 + 2 * 1 / 4) / 8])
    majority = baseline.majority[0]
    assert majority.mme is not None
    assert majority.f1 is not None
    # ER-Lab 1 and 1/2; ML-ER 1/2 (F1 2/3) and 1.
    assert majority.mme.value == pytest.approx((6 * 3 / 4 + 2 * 3 / 4) / 8)
    assert majority.f1.value == pytest.approx((6 * 3 / 4 + 2 * 5 / 6) / 8)


def test_what_is_weighted_says_so(report: StudyReport) -> None:
    said = "each task counts for as many samples as run mine has of it, however many answers there are"
    found = study_report_of(UNEQUAL)
    assert said in " ".join(summary(found))
    assert said not in " ".join(summary(report))
    in_proportion = study_report_of(IN_PROPORTION)
    assert said not in " ".join(summary(in_proportion))
    for one, told in ((found, True), (in_proportion, False)):
        assert one.baseline is not None
        blocks = people_section(one.baseline, weighted=one.weighted).blocks
        notes = [getattr(block, "note", "") for block in blocks if getattr(block, "id", "") != "people-map"]
        assert [ALL_COUNTS in note for note in notes] == [told] * 4


IN_PROPORTION = {"ER-Lab": (6, 2), "ML-ER": (6, 2)}
LAB = ("i0001", "i0002")


def mme_over_all(found: StudyReport) -> float:
    assert found.baseline is not None
    pooled = found.baseline.pooled[0]
    assert pooled.mme is not None
    return pooled.mme.value


def of_task(found: StudyReport) -> bool:
    """Whether it is said, wherever it has to be, that tasks count by their samples."""
    assert found.baseline is not None
    blocks = people_section(found.baseline, weighted=found.weighted).blocks
    notes = [getattr(block, "note", "") for block in blocks if getattr(block, "id", "") != "people-map"]
    said = "Here and below each task counts for as many samples as run mine has of it"
    (told,) = {found.to_json()["weighted"], *(ALL_COUNTS in note for note in notes), said in words_of(found)}
    return bool(told)


def words_of(found: StudyReport) -> str:
    return " ".join(summary(found))


def test_where_raters_answered_more_of_one_task_it_is_weighted_though_the_draw_was_in_proportion() -> None:
    # Of ER-Lab all, 3 of 6 right; of ML-ER ana's two, both right. A plain mean of the answers is 5/8.
    found = study_report_of(IN_PROPORTION, {"ana": tuple(SAID), "ben": LAB, "eva": LAB})
    assert mme_over_all(found) == pytest.approx((1 / 2 + 1) / 2)
    assert of_task(found)
    assert "in 75.0 % of the samples under mme-emotion" in words_of(found)


def test_where_answers_are_in_proportion_a_plain_mean_is_of_answers_though_the_draw_was_not() -> None:
    # Of 6 and 2 samples 6 and 2 answers, the same; what most of them name is of 2 and 2 samples, and is weighted.
    found = study_report_of(UNEQUAL, {"ana": tuple(SAID), "ben": LAB, "eva": LAB})
    assert mme_over_all(found) == pytest.approx(5 / 8)
    assert found.baseline is not None
    assert [one.weighted for one in (found.baseline.pooled[0], found.baseline.majority[0])] == [False, True]
    assert of_task(found)
    assert "in 62.5 % of their answers under mme-emotion" in words_of(found)


def test_what_one_rater_answered_may_be_weighted_alone() -> None:
    # Two answers of each task; eva's are 0 and 0 of one, 1/2 of the other.
    found = study_report_of(IN_PROPORTION, {"ben": ("i0004",), "eva": (*LAB, "i0003")})
    assert mme_over_all(found) == pytest.approx(1.5 / 4)
    assert found.baseline is not None
    ben, eva = (one for one in found.baseline.by_rater if not one.task)
    assert eva.mme is not None
    assert eva.mme.value == pytest.approx((0 + 1 / 2) / 2)
    assert (ben.weighted, eva.weighted) == (False, True)
    assert of_task(found)
    assert "in 37.5 % of their answers under mme-emotion" in words_of(found)


def test_the_majority_may_be_weighted_alone() -> None:
    # Four answers of ER-Lab's 4 samples and two of ML-ER's 2; each rater is of one task. Votes are of two samples each:
    # i0001 is tied for joy and fear, i0002 is joy, which is wrong; ana is right in both others.
    found = study_report_of(
        {"ER-Lab": (4, 2), "ML-ER": (2, 2)}, {"ana": ("i0003", "i0004"), "ben": LAB, "eva": LAB}
    )
    assert found.baseline is not None
    people = (*found.baseline.pooled, *found.baseline.by_rater)
    assert not any(one.weighted for one in people)
    majority = found.baseline.majority[0]
    assert majority.mme is not None
    assert majority.mme.value == pytest.approx((4 * 1 / 4 + 2 * 1) / 6)
    assert majority.weighted
    assert of_task(found)


def test_one_task_alone_is_not_weighted() -> None:
    assert not of_task(study_report_of(UNEQUAL, LAB))
    assert not study_report_of(UNEQUAL, ()).weighted


def test_a_run_that_lacks_samples_is_weighted_beside_people_who_are_not() -> None:
    found = study_report_of(IN_PROPORTION, open_run=run_of({"i0001": 1.0, "i0002": 0.0, "i0003": 0.0}))
    assert found.baseline is not None
    assert not found.baseline.pooled[0].weighted
    overall = found.baseline.beside[0]
    assert overall.run_points is not None
    assert overall.run_points.value == pytest.approx((1 / 2 + 0) / 2)
    assert overall.weighted
    assert of_task(found)


def run_of(points: dict[str, float | None]) -> OpenRun:
    """Opens a run that has so many points for each item's sample; None: not scored."""
    by_id = {one.id: one.sample for one in ITEMS}
    outcomes = [
        SimpleNamespace(
            sample=by_id[id], epoch=0, score=None if one is None else SimpleNamespace(recognition=one)
        )
        for id, one in points.items()
    ]
    settings = SimpleNamespace(protocol=Protocol.MME_EMOTION, model=SimpleNamespace(name="made/up"))
    run: Any = SimpleNamespace(
        manifest=SimpleNamespace(settings=settings),
        outcomes_of=lambda ids: [one for one in outcomes if one.sample.id in ids],
    )
    return lambda name: run


def test_beside_a_run_both_are_weighted() -> None:
    points = {"i0001": 1.0, "i0002": 0.0, "i0003": 0.5, "i0004": None}
    found = study_report_of(UNEQUAL, open_run=run_of(points)).baseline
    assert found is not None
    overall, lab, several = found.beside
    for one, run, people in (
        (overall, (6 * 1 / 2 + 2 * 1 / 4) / 8, (6 * 1 / 2 + 2 * 2 / 3) / 8),
        (lab, 1 / 2, 1 / 2),
        (several, 1 / 4, 2 / 3),
    ):
        assert one.run_points is not None
        assert one.people is not None
        assert one.difference is not None
        assert one.run_points.value == pytest.approx(run)
        assert one.people.value == pytest.approx(people)
        assert one.difference.difference == pytest.approx(100 * (run - people))


def test_a_task_that_nobody_answered_is_left_out_and_told() -> None:
    found = study_report_of(UNEQUAL, answered=("i0001", "i0002"))
    assert found.baseline is not None
    assert found.baseline.unanswered == ("ML-ER",)
    overall = found.baseline.pooled[0]
    assert overall.mme is not None
    assert overall.mme.value == pytest.approx(3 / 6)
    assert "Nobody has answered a question of ML-ER yet" in " ".join(doubts(found))
    assert not any("Nobody has answered" in one for one in doubts(study_report_of(UNEQUAL)))
