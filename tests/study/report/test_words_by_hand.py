"""Sentences of a report whose figures lie where rounding or a missing figure would change what is said."""

from __future__ import annotations

from cuewise.study.records import Said
from cuewise.study.report.reporting import study_report
from cuewise.study.report.table import RatedStudy
from cuewise.study.report.words import summary
from study.report.test_report_by_hand import item, nothing_there, study

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
