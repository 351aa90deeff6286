"""A study of four items and three raters, every figure of whose report is worked out by hand."""

from __future__ import annotations

from math import sqrt

import pytest

from cuewise.errors import RunError
from cuewise.records import Clip, Protocol, Sample, Step, Verdict
from cuewise.result import RunResult
from cuewise.study.records import Expected, Gold, Item, Judged, Said, Study, StudyKind, StudyPlan
from cuewise.study.report.reporting import StudyReport, study_report
from cuewise.study.report.table import RatedStudy
from cuewise.study.report.words import doubts, summary

R, W, C = "right", "wrong", "cannot tell"
LABELS = ("joy", "fear", "anger")


def nothing_there(name: str) -> RunResult:
    raise RunError(f"there is no run {name}")


def item(id: str, task: str, n_steps: int, judge: tuple[int, ...], **more: object) -> Item:
    """Of one clip each; all but the last step are rated."""
    return Item.model_validate(
        {
            "id": id,
            "sample": Sample(
                id=f"{task}/{id}.mp4",
                task=task,
                clip=Clip(id=f"{id}.mp4"),
                question="What does she feel?",
                label_set=LABELS,
                labels=("joy",),
            ),
            "protocol": Protocol.MME_EMOTION,
            "steps": tuple(
                Step(index=at, text=f"step {at} of {id}", labels=("joy",) if at > n_steps else None)
                for at in range(1, n_steps + 2)
            ),
            "rated": tuple(range(1, n_steps + 1)),
            "judged": Judged(
                run="mine",
                model="made/up",
                judges=("made/judge",),
                verdicts=tuple(Verdict(step=at, rating=rating) for at, rating in enumerate(judge, 1)),
            ),
            **more,
        }
    )


def study(*items: Item, kind: StudyKind = StudyKind.STEPS) -> Study:
    raters = ("ana", "ben", "eva")
    return Study(
        plan=StudyPlan(
            name="small",
            kind=kind,
            created_at="2026-01-01T00:00:00.000+00:00",
            cuewise="0",
            runs=("mine",),
            settings_sha256={"mine": "0" * 64},
            seed=0,
            raters=raters,
            overlap=3,
            strata={"all": (8, 4)},
        ),
        items=items,
        assigned={rater: tuple(each.id for each in items) for rater in raters},
    )


ITEMS = (
    item("i0001", "ER-Lab", 2, (1, 0)),
    item("i0002", "ER-Lab", 1, (1,)),
    item("i0003", "IR", 2, (1, 1)),
    item("i0004", "IR", 1, (0,)),
)
CHECK = item(
    "i0005",
    "IR",
    2,
    (),
    judged=None,
    expected=Expected(steps={2: False}, why="step 2 asks to be rated wrong"),
)
AGAIN = item("i0006", "ER-Lab", 2, (1, 0), repeats="i0001")

SAID = {
    # item:    ana      ben      eva
    "i0001": ((R, W), (R, R), (R, W)),
    "i0002": ((R,), (R,), (W,)),
    "i0003": ((W, R), (W, R), (C, R)),
    "i0004": ((W,), (W,), (W,)),
}


def said(rater: str, item: str, steps: tuple[str, ...], **more: object) -> Said:
    fields = {"label": ("joy",), "done": True, "spent_s": 30.0, **more}
    return Said.model_validate({"rater": rater, "item": item, "steps": dict(enumerate(steps, 1)), **fields})


@pytest.fixture(scope="module")
def report() -> StudyReport:
    rows = [
        said(rater, item, steps[at])
        for item, steps in SAID.items()
        for at, rater in enumerate(("ana", "ben", "eva"))
    ]
    checks = [
        said("ana", "i0005", (R, W)),
        said("ben", "i0005", (R, R)),
        said("ana", "i0006", (R, R)),
        said("eva", "i0006", (R, W)),
    ]
    rated = RatedStudy.of(study(*ITEMS, CHECK, AGAIN), [*rows, *checks])
    return study_report(rated, nothing_there)


def test_raters_among_themselves(report: StudyReport) -> None:
    overall, lab, ir = report.among
    # Units: 1.1 RRR, 1.2 WRW, 2.1 RRW, 3.1 WW (eva cannot tell), 3.2 RRR, 4.1 WWW.
    # Agreeing pairs: 1, 1/3, 1/3, 1, 1, 1.
    assert overall.raw.value == pytest.approx((4 + 2 / 3) / 6)
    assert (overall.raw.n_units, overall.raw.n_raters, overall.raw.n_ratings) == (6, 3, 17)
    # Alpha: 9 R (3 + 1 + 2 + 3) and 8 W among 17. Unlike pairs within a unit, per m - 1: two units with 2 of each
    # order, 4 / 2 = 2 each: 4 in all, so D_o = 4 / 17; D_e = 2 x 9 x 8 / (17 x 16).
    assert overall.alpha.value == pytest.approx(1 - (4 / 17) / (144 / 272))
    # Shares by unit: R 1, 1/3, 2/3, 0, 1, 0: p = 1/2. Fleiss E = 1/2; AC1 with two categories E = 2 x 1/2 x 1/2.
    assert overall.fleiss.value == pytest.approx((7 / 9 - 1 / 2) / (1 / 2))
    assert overall.ac1.value == pytest.approx((7 / 9 - 1 / 2) / (1 / 2))
    # No pair has ten steps in common.
    assert overall.cohen.value is None
    assert "10 units in common" in overall.cohen.why_none
    assert overall.raw.low is None
    assert "4 clips" in overall.raw.why_none
    # ER-Lab: 1, 1/3, 1/3. IR: 1, 1, 1.
    assert lab.raw.value == pytest.approx(5 / 9)
    assert ir.raw.value == pytest.approx(1)
    assert (overall.items, lab.items, ir.items) == (4, 2, 2)


def test_scores_of_items(report: StudyReport) -> None:
    # ana 1/2 1 1/2 0, ben 1 1 1/2 0, eva 1/2 0 1 0; complete, so ICC(2,1): n = 4, k = 3.
    # Mean 1/2. Items' means 2/3 2/3 2/3 0: SSB = 3 (3 (1/6)^2 + (1/2)^2) = 1, MSB = 1/3.
    # Raters' means 1/2 5/8 3/8: SSC = 4 x 2 (1/8)^2 = 1/8, MSC = 1/16.
    # All squares about 1/2: 0 1/4 0 1/4, 1/4 1/4 0 1/4, 0 1/4 1/4 1/4 = 2. SSE = 2 - 1 - 1/8 = 7/8, MSE = 7/48.
    between, error, raters = 1 / 3, 7 / 48, 1 / 16
    found = report.among[0].icc
    assert found is not None
    assert found.name == "ICC(2,1)"
    assert found.value == pytest.approx((between - error) / (between + 2 * error + 3 * (raters - error) / 4))


def test_judge_against_the_majority(report: StudyReport) -> None:
    judge = report.judge[0]
    # Majority R W R W R W; judge R W R R R W: only 3.1 differs.
    cells = judge.confusion
    assert (cells.right_passed, cells.right_failed, cells.wrong_passed, cells.wrong_failed) == (3, 0, 1, 2)
    assert judge.tied == 0
    assert judge.raw.value == pytest.approx(5 / 6)
    # Kappa: E = (1/2 x 4/6) + (1/2 x 2/6) = 1/2.
    assert judge.kappa.value == pytest.approx((5 / 6 - 1 / 2) / (1 / 2))
    assert judge.sensitivity is not None
    assert judge.specificity is not None
    assert judge.sensitivity.value == pytest.approx(100)
    assert judge.specificity.value == pytest.approx(200 / 3)
    # With the judge: RRRR, WRWW, RRWR, WWR, RRRR, WWWW: 13 R, 10 W. Unlike ordered pairs per m - 1: 1.2 2 x 3 / 3,
    # 2.1 the same, 3.1 2 x 2 / 2: 6 in all.
    assert judge.alpha_with_judge.value == pytest.approx(1 - (6 / 23) / (2 * 13 * 10 / (23 * 22)))
    assert judge.alpha_people.value == pytest.approx(report.among[0].alpha.value)
    assert [(one.kind, one.group) for one in report.judge] == [
        ("all", ""),
        ("task", "ER-Lab"),
        ("task", "IR"),
    ]


def test_judges_scores_beside_the_raters(report: StudyReport) -> None:
    judge = report.judge[0]
    apart = judge.apart
    assert apart is not None
    # Judge 1/2 1 1 0, raters' means 2/3 2/3 2/3 0: differences -1/6 1/3 1/3 0, mean 1/8.
    assert apart.differences == pytest.approx([-1 / 6, 1 / 3, 1 / 3, 0])
    assert apart.means == pytest.approx([7 / 12, 5 / 6, 5 / 6, 0])
    assert apart.bias.value == pytest.approx(1 / 8)
    # Squares 1/36 + 1/9 + 1/9 less 4 (1/8)^2.
    deviation = sqrt((1 / 36 + 2 / 9 - 1 / 16) / 3)
    assert apart.deviation == pytest.approx(deviation)
    assert apart.lower.value == pytest.approx(1 / 8 - 1.959964 * deviation, abs=1e-6)
    # Pearson: deviations judge -1/8 3/8 3/8 -5/8, raters 1/6 1/6 1/6 -1/2.
    assert judge.pearson.value == pytest.approx((5 / 48 + 5 / 16) / sqrt(11 / 16 * 1 / 3))
    # Spearman: ranks 2 3.5 3.5 1 and 3 3 3 1, less 2.5 each: products -1/4 + 1/2 + 1/2 + 9/4.
    assert judge.spearman.value == pytest.approx(3 / sqrt(4.5 * 3))


def test_judge_in_place_of_each(report: StudyReport) -> None:
    ana, ben, eva = report.in_place_of
    # Others' share who say the same, by step. ana (others ben, eva; at 3.1 ben alone):
    # judge R W R R R W: 1, 1/2, 1/2, 0, 1, 1; ana R W R W R W: 1, 1/2, 1/2, 1, 1, 1.
    # ben (others ana, eva): judge 1, 1, 1/2, 0, 1, 1; ben R R R W R W: 1, 0, 1/2, 1, 1, 1.
    # eva (others ana, ben; 3.1 not told): judge 1, 1/2, 1, 1, 1; eva R W W R W: 1, 1/2, 0, 1, 1.
    assert (ana.rater, ana.steps) == ("Rater 1", 6)
    for one, judge, rater in ((ana, 4 / 6, 5 / 6), (ben, 4.5 / 6, 4.5 / 6), (eva, 4.5 / 5, 3.5 / 5)):
        assert one.judge is not None
        assert one.rater_agrees is not None
        assert one.difference is not None
        assert one.judge.value == pytest.approx(judge)
        assert one.rater_agrees.value == pytest.approx(rater)
        assert one.difference.value == pytest.approx(judge - rater)


def test_rater_rows(report: StudyReport) -> None:
    ana, ben, eva = report.raters
    assert [one.rater for one in report.raters] == ["Rater 1", "Rater 2", "Rater 3"]
    assert [(one.done, one.assigned) for one in report.raters] == [(6, 6), (5, 6), (5, 6)]
    assert (ana.attention_right, ana.attention_items) == (1, 1)
    assert (ben.attention_right, ben.attention_items) == (0, 1)
    assert (eva.attention_right, eva.attention_items) == (0, 0)
    assert ben.flags == ("missed 1 of 1 instructed items",)
    # Seen twice: ana R W then R R; eva R W both times.
    assert ana.retest.agreement is not None
    assert eva.retest.agreement is not None
    assert (ana.retest.agreement.value, eva.retest.agreement.value) == (0.5, 1.0)
    assert (report.retest.items, report.retest.steps) == (2, 4)
    assert report.retest.agreement is not None
    assert report.retest.agreement.value == pytest.approx(3 / 4)
    assert eva.quality is not None
    assert eva.quality.cannot_tell == pytest.approx(1 / 6)
    # ana beside the others: 1.1 R, 1.2 R W tied, 2.1 R W tied, 3.1 W, 3.2 R, 4.1 W.
    assert ana.quality is not None
    assert ana.quality.agreement is not None
    assert ana.quality.agreement.value == pytest.approx(5 / 6)
    assert ana.median_seconds == 30


def test_disputed(report: StudyReport) -> None:
    first, second = report.disputed_steps
    assert (first.item, first.step, first.answers, first.judge) == ("i0001", 2, {W: 2, R: 1}, W)
    assert first.address == "/runs/mine/samples/ER-Lab/i0001.mp4#step-2"
    assert second.answers == {R: 2, W: 1}
    # Entropy of 1/3: 0.9183 bits; of item 1 over two steps half of it.
    assert first.entropy == pytest.approx(0.918296, abs=1e-6)
    assert [(one.item, round(one.entropy, 4)) for one in report.disputed_items] == [
        ("i0002", 0.9183),
        ("i0001", 0.4591),
    ]


def test_what_cannot_be_told_is_said(report: StudyReport) -> None:
    (run,) = report.corrected
    assert run.score is None
    assert "there is no run mine" in run.why_none
    words = " ".join(summary(report))
    assert (
        "The three raters agree on 77.8 % of step ratings (alpha 0.56, without an interval: 4 clips" in words
    )
    assert "The judge agrees with their majority on 83.3 % of 6 steps (kappa 0.67" in words
    assert "alpha is 0.49 instead of 0.56" in words
    assert "there is no corrected reasoning score" in words
    assert "Rater 2: missed 1 of 1 instructed items" in " ".join(doubts(report))


def test_labels(report: StudyReport) -> None:
    assert report.labels is not None
    assert report.labels.agreement.value == 1
    assert report.labels.kappa.value is None
    assert report.labels.beside == "the annotated labels"


def test_only_what_is_done_counts_unless_all_is_asked_for() -> None:
    rows = [said("ana", "i0001", (R, R)), said("ben", "i0001", (W, W), done=False)]
    done = RatedStudy.of(study(*ITEMS), rows)
    assert (len(done.said), done.unfinished) == (1, 1)
    full = RatedStudy.of(study(*ITEMS), rows, full=True)
    assert (len(full.said), full.unfinished) == (2, 0)
    assert study_report(full, nothing_there).among[0].raw.value == 0


def test_labels_beside_those_read_where_gold_is_shown() -> None:
    # Asked of each: joy, the annotated one. Read from the answers: fear in the first, joy in the others.
    first = ITEMS[0].model_copy(
        update={"steps": (*ITEMS[0].steps[:-1], Step(index=3, text="fear", labels=("fear",)))}
    )
    shown = study(first, *ITEMS[1:])
    plan = shown.plan.model_copy(update={"gold": Gold.SHOWN})
    rows = [
        *(said(rater, "i0001", (R, W), label=()) for rater in ("ana", "ben", "eva")),
        *(said(rater, "i0002", (R,), label=("joy",)) for rater in ("ana", "ben", "eva")),
        *(said(rater, "i0003", (R, R), label=()) for rater in ("ana", "ben")),
        said("eva", "i0003", (R, R), label=("joy",)),
        *(said(rater, "i0004", (R,), label=None, cannot_tell_label=True) for rater in ("ana", "ben", "eva")),
    ]
    rated = RatedStudy.of(shown.model_copy(update={"plan": plan}), rows)
    found = study_report(rated, nothing_there).labels
    assert found is not None
    assert found.beside == "the labels read from the answer"
    # Most say no, yes, no; read: no, yes, yes; nobody can tell of the fourth.
    assert found.agreement.value == pytest.approx(2 / 3)
    assert found.agreement.n_units == 3


def test_labels_of_a_single_rater_count_as_steps_do() -> None:
    rows = [
        said("ana", id, ratings, label=label)
        for id, ratings, label in (
            ("i0001", (R, W), ("joy",)),
            ("i0002", (R,), ()),
            ("i0003", (R, R), ("joy",)),
            ("i0004", (W,), ("joy",)),
        )
    ]
    found = study_report(RatedStudy.of(study(*ITEMS), rows), nothing_there)
    assert found.labels is not None
    # All answers name joy, which is annotated: she says so of three of four.
    assert (found.labels.agreement.value, found.labels.agreement.n_units) == (3 / 4, 4)
    assert "what this rater says agrees with the annotated labels in 75.0 %" in " ".join(summary(found))
