"""Sentences of a report whose figures lie where rounding or a missing figure would change what is said."""

from __future__ import annotations

from dataclasses import replace

from cuewise.reports.blocks import HeatMap, Table, Text
from cuewise.study.records import Item, Said
from cuewise.study.report.judge_blocks import judge_section
from cuewise.study.report.reporting import StudyReport, study_report
from cuewise.study.report.sections import sections
from cuewise.study.report.table import RatedStudy
from cuewise.study.report.words import summary
from study.report.test_report_by_hand import ITEMS, SAID, item, nothing_there, said, study

R, W = "right", "wrong"


def test_a_judge_who_is_as_close_as_a_rater_is_not_told_to_be_less_for_rounding() -> None:
    raters = ("ana", "ben", "eva", "kai")
    made = study(item("i0001", "IR", 4, (1, 1, 1, 1)))
    plan = made.plan.model_copy(update={"raters": raters, "overlap": 4})
    says = {"ana": (W, W, W, W), "ben": (W, R, R, R), "eva": (W, R, R, R), "kai": (W, W, W, W)}
    rows = [
        Said(rater=rater, item="i0001", steps=dict(enumerate(steps, 1)), done=True)
        for rater, steps in says.items()
    ]
    rated = RatedStudy.of(
        made.model_copy(update={"plan": plan, "assigned": dict.fromkeys(raters, ("i0001",))}), rows
    )
    report = study_report(rated, nothing_there)
    # The judge passes all. Beside ana and kai: no other says so of the first step, two of three do of the next three,
    # where one says what they say: -1 + 3 x 1/3 = 0, which in floating point is a little less.
    # Beside ben and eva: the judge 0, 1/3, 1/3, 1/3, they 1, 1/3, 1/3, 1/3.
    assert [round(one.difference.value, 9) for one in report.in_place_of if one.difference] == [
        0,
        -0.25,
        -0.25,
        0,
    ]
    assert min(one.difference.value for one in report.in_place_of[::3] if one.difference) < 0
    assert "at least as much as that rater does in 2 of 4 cases" in " ".join(summary(report))


def standing_for(*weights: int) -> StudyReport:
    """What three raters say of the four items by hand, of which each was drawn from so many."""
    items: list[Item] = []
    for one, weight in zip(ITEMS, weights, strict=True):
        assert one.judged is not None
        items.append(
            one.model_copy(update={"judged": one.judged.model_copy(update={"weight": float(weight)})})
        )
    rows = [
        said(rater, id, steps[at])
        for id, steps in SAID.items()
        for at, rater in enumerate(("ana", "ben", "eva"))
    ]
    return study_report(RatedStudy.of(study(*items), rows), nothing_there)


def notes_of(report: StudyReport) -> dict[str, str]:
    blocks = [*judge_section(report).blocks, *(block for part in sections(report) for block in part.blocks)]
    return {block.id: block.note for block in blocks if isinstance(block, Table | HeatMap)}


def test_weighted_agreement_says_that_it_is() -> None:
    report = standing_for(9, 1, 1, 1)
    # The first item's two steps count nine times each. Of 18 + 1 + 2 + 1 the judge differs from the majority in one
    # that counts once: 21 of 22; counted once it is 5 of 6.
    cells = report.judge[0].confusion
    assert (cells.right_passed, cells.right_failed, cells.wrong_passed, cells.wrong_failed) == (3, 0, 1, 2)
    words = " ".join(summary(report))
    assert (
        "agrees with their majority on 95.5 % of 6 steps, each answer counted for as many as it stands for"
        in words
    )
    # Of the raters' pairs: (1 + 1/3) x 9, 1/3, 1 + 1, 1: 46 / 3 of 22.
    assert "agree on 69.7 % of step ratings, each answer counted for as many as it stands for (alpha" in words
    notes = notes_of(report)
    assert (
        "Raw agreement and kappa count the steps of each answer for as many answers" in notes["judge-steps"]
    )
    assert "right passed and wrong failed count each rated step once" in notes["judge-steps"]
    assert "each rated step counts once" in notes["confusion"]
    for id in ("judge-as-rater", "judge-scores", "labels", "among"):
        assert "Each answer counts for as many as it stands for" in notes[id], id
    assert "correlations count each once" in notes["judge-scores"]


def test_where_all_stand_for_as_many_nothing_is_said_of_it() -> None:
    report = standing_for(3, 3, 3, 3)
    assert not report.weighted
    assert "stands for" not in " ".join(summary(report))
    notes = notes_of(report)
    assert "Each rated step counts once." in notes["judge-steps"]
    assert not any("stands for" in notes[id] for id in ("judge-as-rater", "judge-scores", "labels", "among"))


def test_alpha_with_the_judge_is_told_only_where_there_is_one() -> None:
    report = standing_for(1, 1, 1, 1)
    assert "With the judge as one rater more, alpha is" in " ".join(summary(report))
    none = replace(report.judge[0].alpha_with_judge, value=None, why_none="made up")
    without = replace(report, judge=(replace(report.judge[0], alpha_with_judge=none), *report.judge[1:]))
    assert "With the judge as one rater more" not in " ".join(summary(without))


def test_items_that_were_not_assigned_are_counted_apart() -> None:
    made = study(*ITEMS)
    made = made.model_copy(
        update={
            "assigned": {"ana": ("i0001", "i0002"), "ben": ("i0003",), "eva": ("i0004",)},
        }
    )
    # ana rates all four, of which two are hers, and zed, who is not of the plan, one.
    rows = [said("ana", id, steps[0]) for id, steps in SAID.items()]
    rows += [said("ben", "i0003", (W, R)), said("zed", "i0001", (R, R))]
    report = study_report(RatedStudy.of(made, rows), nothing_there)
    assert [(one.done, one.assigned, one.beyond, one.rated) for one in report.raters] == [
        (2, 2, 2, 4),
        (1, 1, 0, 1),
        (0, 1, 0, 0),
        (0, 0, 1, 1),
    ]
    words = " ".join(summary(report))
    assert "Over all raters 3 of 4 are done, imported ones apart." in words
    assert "Beyond these, raters did 2 items not assigned to them." in words
    (table,) = [
        block
        for part in sections(report)
        for block in part.blocks
        if isinstance(block, Table) and block.id == "raters"
    ]
    done = [row[1] for row in table.rows]
    assert done == [
        Text("2 of 2", sub="2 more, not assigned"),
        Text("1 of 1"),
        Text("0 of 1"),
        Text("1, imported"),
    ]
