"""Models and judges that differ in nothing but their folders, which a report does not tell, are still told apart."""

from __future__ import annotations

from cuewise.reports.blocks import Table
from cuewise.study.records import Item, Said, Study
from cuewise.study.report.judge_blocks import judge_section
from cuewise.study.report.page import render
from cuewise.study.report.reporting import StudyReport, study_report
from cuewise.study.report.table import RatedStudy
from study.report.test_report_by_hand import ITEMS, SAID, nothing_there, said, study


def report_of(
    runs: tuple[str, ...], models: tuple[str, ...], judges: tuple[tuple[str, ...], ...]
) -> StudyReport:
    """Of the four items by hand, made of these runs, by these models and judged by these."""
    items: list[Item] = []
    for one, run, model, panel in zip(ITEMS, runs, models, judges, strict=True):
        assert one.judged is not None
        judged = one.judged.model_copy(update={"run": run, "model": model, "judges": panel})
        items.append(one.model_copy(update={"judged": judged}))
    made: Study = study(*items)
    plan = made.plan.model_copy(update={"runs": tuple(dict.fromkeys(runs))})
    rows: list[Said] = [
        said(rater, id, steps[at])
        for id, steps in SAID.items()
        for at, rater in enumerate(("ana", "ben", "eva"))
    ]
    return study_report(RatedStudy.of(made.model_copy(update={"plan": plan}), rows), nothing_there)


def test_models_have_their_runs_beside_them_and_judges_a_number() -> None:
    report = report_of(
        ("a", "b", "c", "d"),
        ("hf//home/ann/old/qwen", "hf//home/ann/new/qwen", "hf//home/ann/new/qwen", "openai/gpt-4o"),
        (
            ("hf//home/ann/old/judge",),
            ("hf//home/ann/new/judge", "offline/rules"),
            ("hf//home/ann/new/judge",),
            ("hf//home/ann/new/other",),
        ),
    )
    rows = [(one.group, one.raw.n_units) for one in report.judge if one.kind == "model"]
    # Steps that raters are not tied on: those of i0002 and i0003, of i0001, and of i0004.
    assert sorted(rows) == [("hf/qwen (a)", 2), ("hf/qwen (b, c)", 3), ("openai/gpt-4o", 1)]
    assert report.judges == ("hf/judge (1)", "hf/judge (2)", "hf/other", "offline/rules")
    (table,) = [
        block
        for block in judge_section(report).blocks
        if isinstance(block, Table) and block.id == "judge-steps"
    ]
    names = [str(row[0]) for row in table.rows]
    assert len(set(names)) == len(names)
    assert "/home/ann" not in render(report)


def test_names_that_differ_are_shown_as_they_are() -> None:
    report = report_of(
        ("a", "a", "b", "c"),
        ("hf//home/ann/qwen", "hf//home/ann/qwen", "hf//home/ann/qwen", "hf//home/ann/llava"),
        (("offline/rules",),) * 4,
    )
    assert sorted(one.group for one in report.judge if one.kind == "model") == ["hf/llava", "hf/qwen"]
    assert report.judges == ("offline/rules",)
