"""Sections on scores: what is in their tables, maps and profiles, what they conclude, and how they stand on a page."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from cuewise.analysis.comparison import compare_runs
from cuewise.analysis.table import RunTable
from cuewise.records import Protocol
from cuewise.reports.blocks import Bars, Block, Details, HeatMap, Profile, Section, Table, Text, Value, Words
from cuewise.reports.drawing.page import draw_sections
from cuewise.reports.sections.comparison import comparison_section
from cuewise.reports.sections.groups import PageRuns
from cuewise.reports.sections.maps import maps_section
from cuewise.reports.sections.published import published_section
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.sections.scoreboard import scoreboard_section
from cuewise.reports.sections.values import BELOW
from cuewise.reports.words.paired import conclusions, p_words
from cuewise.samples.tasks import tasks
from support.outcomes import make_manifest, make_samples
from support.written_answers import LABELS, answer, table

HOSTILE = "<script>alert(1)</script>{{ 7 * 7 }}"


def analysed(
    name: str, run: RunTable, *, protocol: Protocol = Protocol.MME_EMOTION, judge: str = "j"
) -> AnalysedRun:
    settings = make_manifest(
        name, make_samples(1), model=f"lab/{name}", judge=judge, protocol=protocol
    ).settings
    return AnalysedRun(name, f"lab/{name}", 0, protocol, run, settings)


def drawn(
    name: str, right: float, *, n: int = 60, names: Sequence[str] = ("ER-Lab", "IR"), **how: Any
) -> AnalysedRun:
    """A run whose answers are right with a probability; the gold label is the first of four in most samples."""
    dice = random.Random(name)
    gold = random.Random("gold")
    answers = []
    for task in names:
        for place in range(n):
            truth = gold.choice((LABELS[0], gold.choice(LABELS)))
            said = truth if dice.random() < right else dice.choice(LABELS)
            answers.append(
                answer(
                    str(place),
                    float(said == truth),
                    dice.random(),
                    task=task,
                    clip=f"{task}/{place}",
                    gold=(truth,),
                    said=(said,),
                )
            )
    return analysed(name, table(*answers), **how)


def blocks(section: Section | None) -> Iterator[Block]:
    assert section is not None
    waiting = list(section.blocks)
    while waiting:
        one = waiting.pop(0)
        yield one
        if isinstance(one, Details):
            waiting = [*one.blocks, *waiting]


def the(section: Section | None, id_: str) -> Table | HeatMap | Profile | Bars:
    (found,) = [
        one for one in blocks(section) if isinstance(one, Table | HeatMap | Profile | Bars) and one.id == id_
    ]
    return found


def cells(section: Section | None, id_: str) -> dict[str, dict[str, Value | Text]]:
    found = the(section, id_)
    assert isinstance(found, Table)
    titles = [column.title for column in found.columns]
    return {
        row[0].text: dict(zip(titles, row, strict=True)) for row in found.rows if isinstance(row[0], Text)
    }


def value(cell: Value | Text) -> float:
    assert isinstance(cell, Value)
    assert cell.value is not None
    return cell.value


def said(section: Section | None) -> str:
    return " ".join(text for one in blocks(section) if isinstance(one, Words) for text in one.paragraphs)


def test_a_scoreboard_by_hand() -> None:
    # 12 of 20 right, gold labels sad in 10 and happy in 10: naming one scores 50, by lot 25.
    # Skill 100 (60 - 50) / 50 = 20 and 100 (60 - 25) / 75 = 46.7.
    run = analysed(
        "mine",
        table(
            *(
                answer(str(n), float(n < 12), 0.5, clip=str(n), gold=("sad",) if n % 2 else ("happy",))
                for n in range(20)
            )
        ),
    )
    section = scoreboard_section(PageRuns([run]))
    row = cells(section, "scoreboard-overall")["mine"]
    assert value(row["Recognition"]) == pytest.approx(60)
    assert value(row["CoT"]) == pytest.approx(55)  # (60 + 50) / 2
    assert value(row["Skill over the most frequent label"]) == pytest.approx(20)
    assert value(row["Skill over labels by lot"]) == pytest.approx(100 * 35 / 75)
    assert value(row["Samples"]) == 20
    rank = row["CoT rank"]
    assert isinstance(rank, Value)
    assert rank.value is None  # of one run
    baselines = cells(section, "scoreboard-overall")
    assert value(baselines["Always the most frequent label"]["Recognition"]) == pytest.approx(50)
    assert value(baselines["Labels drawn by lot"]["Recognition"]) == pytest.approx(25)
    assert "The CoT score of mine is 55.0\u00a0%" in said(section)
    # 12 of 20: Wilson's interval is 38.7 to 78.1 %, which holds the baseline's 50.
    assert "mine gains +20.0\u00a0%; whether it is above the better of the two cannot be told" in said(
        section
    )
    assert not any(isinstance(row[0], Text) and row[0].sub == "published" for row in _rows(section))


def _rows(section: Section | None) -> tuple[tuple[Value | Text, ...], ...]:
    found = the(section, "scoreboard-overall")
    assert isinstance(found, Table)
    return found.rows


def test_below_the_baseline_is_marked_and_said() -> None:
    run = analysed(
        "low",
        table(
            *(answer(str(n), float(n < 4), clip=str(n), gold=("sad",)) for n in range(11)),
            answer("z", 0.0, gold=("calm",)),
        ),
    )
    section = scoreboard_section(PageRuns([run]))
    row = cells(section, "scoreboard-overall")["low"]
    recognition, skill = row["Recognition"], row["Skill over the most frequent label"]
    assert isinstance(recognition, Value)
    assert isinstance(skill, Value)
    assert (recognition.mark, skill.mark) == (BELOW, BELOW)
    assert skill.value is not None
    assert skill.value < 0
    # 4 of 12: Wilson's interval is 13.8 to 60.9 %, the better baseline 91.7.
    assert (
        "; the 95\u00a0% interval of its recognition lies below the better of the two. It scores less than the better"
        " of the two in ER-Lab (91.7\u00a0%)." in said(section)
    )


def test_both_averages_are_named() -> None:
    run = analysed(
        "mine",
        table(
            *(answer(str(n), 1.0, task="ER-Lab", clip=f"a{n}") for n in range(3)),
            answer("0", 0.0, task="IR", clip="b"),
        ),
    )
    row = cells(scoreboard_section(PageRuns([run])), "averages")["mine"]
    assert (value(row["Recognition, micro"]), value(row["Recognition, macro"])) == (75, 50)


def test_better_runs_rank_higher_and_the_leader_is_named() -> None:
    section = scoreboard_section(PageRuns([drawn("low", 0.1), drawn("high", 0.95)]))
    ranks = {name: row["CoT rank"] for name, row in cells(section, "scoreboard-overall").items()}
    high, low = ranks["high"], ranks["low"]
    assert isinstance(high, Value)
    assert isinstance(low, Value)
    assert [(one.value, one.low, one.high) for one in (high, low)] == [(1, 1, 1), (2, 2, 2)]
    assert "Of 2 runs, high has the highest CoT score" in said(section)
    assert "The samples tell it from every other run." in said(section)
    alike = scoreboard_section(PageRuns([drawn("one", 0.5), drawn("two", 0.5)]))
    assert "The samples leave open whether" in said(alike)


def of_clips(name: str, points: Sequence[float], clips: int) -> AnalysedRun:
    """A run whose samples are spread over so many clips."""
    return analysed(
        name, table(*(answer(str(n), one, one, clip=str(n % clips)) for n, one in enumerate(points)))
    )


def test_runs_stand_best_first_and_those_alike_are_level() -> None:
    runs = [
        of_clips("low", [0.0] * 30, 30),
        of_clips("high", [1.0] * 30, 30),
        of_clips("mid", [0.5] * 30, 30),
    ]
    rows = _rows(scoreboard_section(PageRuns(runs)))
    assert [row[0].text for row in rows if isinstance(row[0], Text)][:3] == ["high", "mid", "low"]
    alike = scoreboard_section(
        PageRuns([of_clips("a", [1.0, 0.0] * 15, 30), of_clips("b", [0.0, 1.0] * 15, 30)])
    )
    assert "a and b have the same CoT score, 50.0\u00a0%" in said(alike)
    assert "a and b" in said(alike)
    assert "has the highest" not in said(alike)


def test_samples_of_few_clips_tell_nothing_and_it_is_said_why() -> None:
    runs = [of_clips("low", [0.0] * 60, 6), of_clips("high", [1.0, 1.0, 0.5] * 20, 6)]
    section = scoreboard_section(PageRuns(runs))
    assert "Whether another is as good cannot be told: the samples are of 6 clips" in said(section)
    assert "60 samples of 6 clips are too few to show any difference between two runs." in said(section)
    row = cells(section, "detectable")["All samples"]
    for column in row:
        if column.startswith(("Between", "Above")):
            cell = row[column]
            assert isinstance(cell, Value)
            assert cell.value is None
    found = said(comparison_section(PageRuns(runs)))
    assert found == (
        "Which runs differ cannot be told: the 60 samples that they share are of 6 clips, and with fewer than 10 no"
        " test can be relied on."
    )


def test_samples_of_one_clip_count_as_fewer() -> None:
    # 60 samples of 20 clips, three each: the design effect is 1 + (3 - 1) x 0.05 = 1.1.
    # Unpaired: (1.960 + 0.842) sqrt(2 x 0.25 x 1.1 / 60) = 26.8 points; of 60 clips 25.6.
    column = "Between runs on different samples, points"
    for clips, expected in ((20, 26.82), (60, 25.58)):
        section = scoreboard_section(PageRuns([of_clips("a", [1.0, 0.0] * 30, clips)]))
        assert value(cells(section, "detectable")["All samples"][column]) == pytest.approx(expected, abs=0.01)


def test_no_pair_that_is_shown_to_differ_is_not_said_to_be_equality() -> None:
    section = comparison_section(PageRuns([drawn(name, 0.5, n=20) for name in ("a", "b", "c")]))
    assert "no pair of 3 is shown to differ. That does not show that they are equal" in said(section)
    same = comparison_section(PageRuns([of_clips(name, [1.0, 0.0] * 15, 30) for name in "ab"]))
    assert "In recognition, b and a have the same points on each of the 30 samples." in said(same)


def test_words_on_runs_under_both_rules_begin_with_the_rules() -> None:
    runs = [drawn(f"{rules.value}-{n}", 0.4 + n / 5, protocol=rules) for rules in Protocol for n in range(2)]
    for make in (scoreboard_section, comparison_section, maps_section):
        begun = [
            one.paragraphs[0]
            for one in blocks(make(PageRuns(runs)))
            if isinstance(one, Words) and not one.warning
        ]
        assert [text.split(":")[0] for text in begun] == ["By the paper’s rules", "By the grounded rules"]


def test_few_runs_have_metrics_of_labels_by_resampling_too() -> None:
    section = scoreboard_section(PageRuns([drawn("a", 0.5, n=200), drawn("b", 0.7, n=200)]))
    formula, resampled = (
        cells(section, f"label-metrics-IR{suffix}")["a"]["UAR"] for suffix in ("", "-resampled")
    )
    assert isinstance(formula, Value)
    assert isinstance(resampled, Value)
    assert formula.value == resampled.value
    assert formula.low is not None
    assert resampled.low == pytest.approx(formula.low, abs=3)
    assert resampled.low != formula.low
    many = scoreboard_section(PageRuns([drawn(str(n), 0.5, n=20) for n in range(5)]))
    assert not [one for one in blocks(many) if isinstance(one, Table) and one.id.endswith("-resampled")]


def test_what_samples_can_show_grows_with_their_number() -> None:
    few, many = (cells(scoreboard_section(PageRuns([drawn("a", 0.5, n=n)])), "detectable") for n in (50, 200))
    column = "Between runs on the same samples, points"
    assert set(few) == {"All samples", "ER-Lab", "IR"}
    for name in few:
        assert value(many[name][column]) < value(few[name][column])
    assert value(few["ER-Lab"]["Samples"]) == 50


def test_metrics_of_labels_and_intervals_by_unit_are_there() -> None:
    section = scoreboard_section(PageRuns([drawn("a", 0.5), drawn("b", 0.7)]))
    assert set(cells(section, "label-metrics-IR")["a"]) >= {"Accuracy", "UAR", "Weighted F1", "Macro F1"}
    intervals = the(section, "intervals")
    assert isinstance(intervals, Table)
    assert len(intervals.rows) == 6  # three scores of two runs


def test_published_models_stand_below_runs_of_the_whole_benchmark_alone() -> None:
    samples = [
        answer(str(n), float(n % 2), task=name, clip=f"{name}/{n}")
        for name, task in tasks().items()
        for n in range(task.n_questions)
    ]
    whole = table(*samples)
    section = scoreboard_section(PageRuns([analysed("mine", whole)]))
    found = cells(section, "scoreboard-overall")
    assert value(found["Gemini-2.5-Pro"]["Recognition"]) == 39.3
    assert next(iter(found)) == "mine"
    grounded = scoreboard_section(PageRuns([analysed("mine", whole, protocol=Protocol.GROUNDED)]))
    assert "Gemini-2.5-Pro" not in cells(grounded, "scoreboard-overall")


def test_runs_under_different_rules_stand_in_different_tables() -> None:
    runs = [drawn("paper", 0.5), drawn("grounded", 0.5, protocol=Protocol.GROUNDED)]
    section = scoreboard_section(PageRuns(runs))
    assert "paper" in cells(section, "scoreboard-overall-mme-emotion")
    assert "grounded" not in cells(section, "scoreboard-overall-mme-emotion")
    assert "grounded" in cells(section, "scoreboard-overall-grounded")
    assert comparison_section(PageRuns(runs)) is None  # one run under each


def test_heat_maps_hold_every_task_and_gold_label() -> None:
    runs = [drawn("a", 0.2), drawn("b", 0.9)]
    section = maps_section(PageRuns(runs))
    by_task = the(section, "tasks-recognition")
    assert isinstance(by_task, HeatMap)
    assert by_task.columns == ("ER-Lab", "IR", "All samples")
    assert by_task.rows == ("a", "b", "Always the most frequent label", "Labels drawn by lot")
    scored = runs[0].table.score("recognition")[:60].mean()
    assert by_task.cells[0][0].value == pytest.approx(100 * scored)
    by_label = the(section, "gold-ER-Lab-recognition")
    assert isinstance(by_label, HeatMap)
    assert by_label.columns == tuple(
        f"{label} ({cell.n})" for label, cell in zip(LABELS, by_label.cells[0], strict=True)
    )
    # Each label's mean, weighted by its samples, is the task's.
    known = [(cell.value, cell.n) for cell in by_label.cells[0]]
    assert sum((v or 0) * (n or 0) for v, n in known) / 60 == pytest.approx(100 * scored)
    profile = the(section, "profile-cot")
    assert isinstance(profile, Profile)
    assert profile.axes == ("ER-Lab", "IR")
    skill = the(section, "tasks-skill")
    assert isinstance(skill, HeatMap)
    assert (skill.diverging, skill.low, skill.high) == (True, -100, 100)
    assert "Recognition is highest in" in said(section)


def test_the_profile_of_one_run_names_it() -> None:
    profile = the(maps_section(PageRuns([drawn("a", 0.5)])), "profile-cot")
    assert isinstance(profile, Profile)
    assert profile.title == "CoT profile of a"


def test_one_task_has_no_map_of_tasks() -> None:
    section = maps_section(PageRuns([drawn("a", 0.5, names=("IR",))]))
    assert {one.id for one in blocks(section) if isinstance(one, HeatMap)} == {
        f"gold-IR-{score}" for score in ("recognition", "reasoning", "cot")
    }


def test_pairs_of_few_runs_are_rows_and_of_many_a_map() -> None:
    few = comparison_section(PageRuns([drawn("a", 0.1), drawn("b", 0.9), drawn("c", 0.9)]))
    found = the(few, "pairs")
    assert isinstance(found, Table)
    assert [row[0].text for row in found.rows if isinstance(row[0], Text)] == [
        "b against a",
        "c against a",
        "c against b",
    ]
    marks = [row[1].mark for row in found.rows if isinstance(row[1], Value)]
    assert marks == ["real", "real", ""]
    # A p-value is a number that is sorted by, whatever is written.
    assert found.columns[2].rising
    for cells in found.rows:
        p = cells[2]
        assert isinstance(p, Value)
        assert p.value is not None
        assert (
            p.shown == "< 0.001" if p.value < 0.001 else float(p.shown) == pytest.approx(p.value, abs=0.005)
        )
    assert "2 of 3 pairs of runs differ by more than chance explains. Not told apart: " in said(few)
    many = comparison_section(PageRuns([drawn(f"m{n}", 0.1 + 0.1 * n, n=40) for n in range(8)]))
    heat = the(many, "pairs-recognition")
    assert isinstance(heat, HeatMap)
    assert heat.diverging
    for row in range(8):
        assert heat.cells[row][row].value is None
        for column in range(8):
            there, back = heat.cells[row][column], heat.cells[column][row]
            if row != column:
                assert there.value == pytest.approx(-(back.value or 0.0))
                assert there.mark == back.mark
    assert heat.cells[0][7].mark.startswith("adjusted p")  # best against worst
    ranks = the(many, "ranks-cot")
    assert isinstance(ranks, Bars)
    assert [bar.value.value for bar in ranks.bars] == sorted(bar.value.value or 0 for bar in ranks.bars)


def test_two_runs_that_do_not_differ_are_said_not_to_be_told_apart() -> None:
    section = comparison_section(PageRuns([drawn("a", 0.5), drawn("b", 0.5)]))
    assert "In recognition, b and a cannot be told apart: " in said(section)


def test_of_two_runs_a_report_says_what_compare_says() -> None:
    """The same verdicts, tasks included, and the same p-values in its table."""
    a, b = drawn("a", 0.5), drawn("b", 0.7)
    section = comparison_section(PageRuns([a, b]))
    found = compare_runs(a.table, b.table)
    assert found is not None
    assert conclusions(found, "a", "b")
    for sentence in conclusions(found, "a", "b"):
        assert sentence in said(section)
    table = the(section, "pairs")
    assert isinstance(table, Table)
    (row,) = table.rows
    for place, one in enumerate(found.overall):
        value, p = row[1 + 2 * place : 3 + 2 * place]
        assert isinstance(value, Value)
        assert isinstance(p, Value)
        assert one.result.interval is not None
        assert (value.value, value.low, value.high) == pytest.approx(
            (one.result.difference, one.result.interval.low, one.result.interval.high)
        )
        assert bool(value.mark) == one.real
        assert p.shown in p_words(one.result.p_adjusted or 0.0)


def test_runs_that_cannot_be_compared_are_said_so() -> None:
    other = comparison_section(PageRuns([drawn("a", 0.5, names=("IR",)), drawn("b", 0.5, names=("SA",))]))
    assert "The runs share no sample" in said(other)
    few = comparison_section(PageRuns([drawn("a", 0.5, n=3), drawn("b", 0.5, n=3)]))
    assert (
        "the 6 samples that they share are of 6 clips, and with fewer than 10 no test can be relied on."
        in said(few)
    )


def test_other_judges_are_warned_of() -> None:
    section = comparison_section(
        PageRuns([drawn("a", 0.5, judge="lab/one"), drawn("b", 0.5, judge="lab/two")])
    )
    assert "also differ in the judge" in said(section)


def test_nothing_is_shown_of_nothing() -> None:
    empty = analysed("empty", table())
    for section in (scoreboard_section, maps_section, comparison_section):
        assert section(PageRuns([empty])) is None
        assert section(PageRuns([])) is None


@pytest.mark.parametrize("n", [1, 2, 9, 30])
def test_sections_stand_on_a_page_with_unique_ids_no_nan_and_text_as_text(n: int) -> None:
    runs = [
        drawn(HOSTILE, 1.0, n=n),
        drawn("b", 0.0, n=n),
        analysed("failed", table(*(answer(str(k), None) for k in range(n)))),
    ]
    sections = [section(PageRuns(runs)) for section in (scoreboard_section, maps_section, comparison_section)]
    known = [*filter(None, sections), published_section()]
    ids = [one.id for section in known for one in blocks(section) if not isinstance(one, Words | Details)]
    ids += [section.id for section in known]
    assert len(ids) == len(set(ids))
    html = str(draw_sections(known))
    assert "<script>alert" not in html
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in html
    assert not re.search(r"\b(nan|inf)\b", html, re.IGNORECASE)
    for section in known:
        for one in blocks(section):
            if isinstance(one, HeatMap):
                assert all(
                    cell.value is None or math.isfinite(cell.value) for row in one.cells for cell in row
                )


def test_skill_has_the_interval_of_its_score_on_another_scale() -> None:
    section = scoreboard_section(PageRuns([drawn("one", 0.6), drawn("two", 0.4)]))
    for row in cells(section, "scoreboard-overall").values():
        score, found = row["Recognition"], row["Skill over labels by lot"]
        assert isinstance(score, Value)
        assert isinstance(found, Value)
        if score.low is not None and score.high is not None:
            # Four candidates: 25 % by lot.
            assert found.low == pytest.approx(100 * (score.low - 25) / 75)
            assert found.high == pytest.approx(100 * (score.high - 25) / 75)
    averages = cells(section, "averages")["one"]
    by_task = the(maps_section(PageRuns([drawn("one", 0.6)])), "tasks-skill")
    assert isinstance(by_task, HeatMap)
    skills = [value(cell) for cell in by_task.cells[0][:2]]
    macro = averages["Skill, macro"]
    assert isinstance(macro, Value)
    assert macro.value == pytest.approx(sum(skills) / 2)
    assert macro.low is not None
    assert macro.high is not None
    assert macro.low < macro.value < macro.high  # type: ignore[operator]


def test_scores_by_task_have_both_kinds_of_interval_for_few_runs() -> None:
    few = [drawn(name, 0.5) for name in ("one", "two")]
    found = the(scoreboard_section(PageRuns(few)), "tasks-intervals")
    assert isinstance(found, Table)
    assert len(found.rows) == 4  # two runs, two tasks
    for row in found.rows:
        formula, resampled = row[2], row[3]
        assert isinstance(formula, Value)
        assert isinstance(resampled, Value)
        assert formula.value == resampled.value
        assert formula.low is not None
        assert resampled.low == pytest.approx(formula.low, abs=4)
        assert resampled.low != formula.low
    many = scoreboard_section(PageRuns([drawn(str(n), 0.5) for n in range(5)]))
    assert "tasks-intervals" not in {getattr(one, "id", "") for one in blocks(many)}
