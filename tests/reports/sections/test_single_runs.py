"""What the page draws of single runs by itself is there as blocks too, with the summary's own figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from cuewise.records import Protocol
from cuewise.reports.blocks import Bars, Block, Details, Section, Table, Text, Value
from cuewise.reports.sections.page import sections_of
from cuewise.result import RunResult
from support.outcomes import make_outcomes, make_run, make_samples, repeat_outcomes


def _blocks(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Details):
            yield from _blocks(block.blocks)
        else:
            yield block


def _by_id(sections: Sequence[Section]) -> dict[str, Block]:
    return {
        block.id: block
        for section in sections
        for block in _blocks(section.blocks)
        if isinstance(block, (Table, Bars))
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[RunResult]:
    """One model under both protocols, the grounded run by a panel, and a run that asked everything twice."""
    folder = tmp_path_factory.mktemp("single")
    samples = make_samples(24)
    panel = ("x/j", "x/j", "x/k")
    grounded = make_outcomes(samples, seed="a", protocol=Protocol.GROUNDED, panel=panel)
    return [
        make_run(folder, "paper", make_outcomes(samples, seed="a")),
        make_run(
            folder,
            "grounded",
            grounded,
            protocol=Protocol.GROUNDED,
            judge="x/j",
            more_judges=["x/k"],
            judge_repeats=2,
        ),
        make_run(folder, "again", repeat_outcomes(samples, 2), model="lab/other", epochs=2),
    ]


@pytest.fixture(scope="module")
def found(runs: list[RunResult]) -> dict[str, Block]:
    return _by_id(sections_of(runs, full=True))


def _rows(block: Block) -> dict[tuple[str, ...], list[Value]]:
    """The numbers of each row, by its words."""
    assert isinstance(block, Table)
    return {
        tuple(cell.text for cell in row if isinstance(cell, Text)): [
            cell for cell in row if isinstance(cell, Value)
        ]
        for row in block.rows
    }


def test_everything_on_the_page_has_a_file_and_the_page_stays_as_it_is(
    runs: list[RunResult], found: dict[str, Block]
) -> None:
    single = {
        *("scores-overall", "scores-by-task", "scores-by-gold-label", "protocols", "protocols-cot"),
        *(f"chart-{score}-{rules}" for score in ("recognition", "reasoning", "cot") for rules in Protocol),
        *("labels-by-task", "labels-sets", "labels-scales", "reasons-by-task", "reasons-grounded"),
        *("judges", "judge-pairs", "repeats-scores", "repeats-labels", "outcomes", "calls", "methods"),
    }
    assert single <= set(found)
    assert not single & set(_by_id(sections_of(runs)))


def test_scores_are_the_summarys(runs: list[RunResult], found: dict[str, Block]) -> None:
    overall = {words[0]: values for words, values in _rows(found["scores-overall"]).items()}
    by_task = _rows(found["scores-by-task"])
    by_label = _rows(found["scores-by-gold-label"])
    chart = found["chart-cot-mme-emotion"]
    assert isinstance(chart, Bars)
    for run in runs:
        whole = run.summary.overall()
        values = overall[run.name]
        interval, bounds = whole.interval["cot"], whole.bounds["cot"]
        assert interval is not None and bounds is not None
        assert (values[2].value, values[2].low, values[2].high) == (whole.cot, interval.low, interval.high)
        assert (values[3].value, values[6].value, values[-1].value) == (whole.coverage, bounds.high, 24)
        for task, figures in run.summary.tasks().items():
            assert by_task[run.name, task][0].value == figures.recognition
            for label, of_label in run.summary.categories(task).items():
                assert by_label[run.name, task, label][-1].value == of_label.count
    drawn = {(bar.group, bar.name): bar.value.value for bar in chart.bars}
    assert drawn["All samples", "paper"] == runs[0].summary.overall().cot
    assert ("All samples", "grounded") not in drawn


def test_the_other_parts_are_the_summarys(runs: list[RunResult], found: dict[str, Block]) -> None:
    paper, grounded, again = (run.summary.overall() for run in runs)
    assert paper.labels is not None and paper.labels.exact is not None
    assert _rows(found["labels-by-task"])["paper", "All samples"][0].value == paper.labels.exact.percent
    assert grounded.grounding is not None and grounded.grounding.earning is not None
    reasons = _rows(found["reasons-by-task"])
    assert {run for run, _ in reasons} == {"grounded"}
    assert reasons["grounded", "All samples"][4].value == grounded.grounding.earning.percent
    assert grounded.panel is not None and grounded.panel.split is not None
    assert _rows(found["judges"])["grounded",][0].value == grounded.panel.split.percent
    assert again.variation is not None
    repeats = {words[:3]: values for words, values in _rows(found["repeats-scores"]).items()}
    assert repeats["again", "All samples", "CoT"][0].value == again.variation.cot.deviation
    ends = _rows(found["outcomes"])
    assert sum(values[0].value or 0 for words, values in ends.items() if words[0] == "again") == 48
    both = _rows(found["protocols"])
    ((_, values),) = both.items()
    assert (values[0].value, values[1].value) == (paper.recognition, grounded.recognition)
    assert values[2].value == pytest.approx((grounded.recognition or 0) - (paper.recognition or 0))
