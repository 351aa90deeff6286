"""What the sections on failures say, show and leave out."""

from __future__ import annotations

import doctest
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isfinite

import pytest

from cuewise.records import Protocol
from cuewise.reports.blocks import (
    Bars,
    Block,
    Details,
    Figure,
    Gallery,
    HeatMap,
    Plot,
    Profile,
    Section,
    Table,
    Text,
    Value,
    Words,
)
from cuewise.reports.sections import confusion, failure_tables, phrases
from cuewise.reports.sections.confusion import confusion_section
from cuewise.reports.sections.effects import effects_section
from cuewise.reports.sections.failures import failures_section
from cuewise.reports.sections.gallery import gallery_section
from cuewise.reports.sections.groups import PageRuns
from cuewise.reports.sections.reasoning import reasoning_section
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.sections.slices import slices_section
from support.outcomes import make_outcomes, make_samples, repeat_outcomes
from support.small_tables import Row, analysed, small_table
from support.written_answers import table_of

SECTIONS: tuple[Callable[..., Section | None], ...] = (
    confusion_section,
    failures_section,
    effects_section,
    reasoning_section,
    slices_section,
    gallery_section,
)
EMOTIONS = ("anger", "fear", "sad", "surprise", "happy", "disgust")


def _all(runs: Sequence[AnalysedRun]) -> list[Section]:
    return [section for make in SECTIONS if (section := make(PageRuns(runs))) is not None]


def _flat(blocks: Iterable[Block]) -> Iterator[Table | Figure | Gallery | Words]:
    for block in blocks:
        if isinstance(block, Details):
            yield from _flat(block.blocks)
        else:
            yield block


def _text(section: Section | None) -> str:
    assert section is not None
    return " ".join(
        line for block in _flat(section.blocks) if isinstance(block, Words) for line in block.paragraphs
    ).replace("\u00a0", " ")


def _table(section: Section | None, id: str) -> Table:
    assert section is not None
    return next(block for block in _flat(section.blocks) if isinstance(block, Table) and block.id == id)


def _titles(section: Section | None) -> list[str]:
    assert section is not None
    return [block.title for block in _flat(section.blocks) if not isinstance(block, Words)]


def _values(block: Block) -> Iterator[Value]:
    if isinstance(block, Table):
        yield from (cell for row in block.rows for cell in row if isinstance(cell, Value))
    elif isinstance(block, HeatMap):
        yield from (cell for row in block.cells for cell in row)
    elif isinstance(block, Plot | Profile):
        yield from (value for series in block.series for value in series.y)
    elif isinstance(block, Bars):
        yield from (bar.value for bar in block.bars)


def _check(sections: Sequence[Section]) -> None:
    """Whatever is shown has its shape, its own id and no number that is none."""
    blocks = [block for section in sections for block in _flat(section.blocks)]
    ids = [block.id for block in blocks if not isinstance(block, Words)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9-]+", id) for id in ids)
    for block in blocks:
        if isinstance(block, Words):
            assert all(block.paragraphs)
        if isinstance(block, Table):
            assert block.rows
            assert all(len(row) == len(block.columns) for row in block.rows)
        if isinstance(block, HeatMap):
            assert [len(row) for row in block.cells] == [len(block.columns)] * len(block.rows)
        if isinstance(block, Plot):
            drawn = any(value.low is not None for value in _values(block))
            assert ("95 % intervals" in block.note) == drawn, block.id
        for value in _values(block):
            numbers = [one for one in (value.value, value.low, value.high) if one is not None]
            assert all(isfinite(one) for one in numbers)
            assert value.low is None or value.high is None or value.low <= value.high
    for section in sections:
        # A section opens with plain words.
        assert isinstance(section.blocks[0], Words)
        text = _text(section)
        assert "nan" not in text.split()
        assert not re.search(r"  |\(\(|\)\)|None[ ,.)]", text.replace("None of", ""))


def _planted(seed: int = 1, n: int = 400) -> list[Row]:
    """Fear and surprise are confused, anger is refused, happy is over-used; reasons do not depend on the label."""
    dice = random.Random(seed)
    near = {"fear": "surprise", "surprise": "fear"}
    rows = []
    for number in range(n):
        gold = dice.choice(EMOTIONS)
        said = (
            gold
            if dice.random() < 0.5
            else near.get(gold, "happy" if dice.random() < 0.6 else dice.choice(EMOTIONS))
        )
        refused = gold == "anger" and dice.random() < 0.6
        reasons = dice.randrange(4)
        passed = sum(dice.random() < 0.8 for _ in range(reasons))
        rows.append(
            Row(
                f"T/{number}",
                (gold,),
                None if refused else (said,),
                label_set=EMOTIONS,
                kind="refused" if refused else "scored",
                reasoning=passed / reasons if reasons else 0.0,
                steps=1 + reasons,
                has_audio=number % 2 == 0,
                duration_s=3.0 if number % 3 else None,
            )
        )
    return rows


@pytest.fixture(scope="module")
def planted() -> AnalysedRun:
    return analysed(small_table(_planted()), "planted")


def test_doctests() -> None:
    assert doctest.testmod(phrases).failed == 0
    assert doctest.testmod(confusion).failed == 0


def test_what_was_planted_is_said(planted: AnalysedRun) -> None:
    found = failures_section(PageRuns([planted]))
    text = _text(found)
    assert re.search(
        r"^1 pair of labels is confused more often than the labels’ frequencies and chance would explain:"
        r" (fear and surprise|surprise and fear) in T \(\d+\.\d times as often as expected, 95 % interval",
        text,
    )
    assert "Named more often than gold, by more than chance explains: happy in T (+" in text
    assert "Where the gold label is anger in T (" in text
    (first, *_) = _table(found, "confused-pairs").rows
    assert isinstance(first[4], Value)
    assert first[4].mark == "more than chance"
    assert isinstance(first[6], Text)
    assert re.fullmatch(r"#/run/0/sample/\d+", first[6].href)
    assert _table(found, "evaded").rows[0][0] == Text("anger")


def test_the_forced_part_stands_beside_the_observed(planted: AnalysedRun) -> None:
    found = effects_section(PageRuns([planted]))
    text = _text(found)
    assert "the formula alone forces +" in text
    assert "That may be nothing: it does not show that more steps go with better answers." in text
    assert found is not None
    plot = next(block for block in found.blocks if isinstance(block, Plot) and block.id == "steps-reasoning")
    observed, forced = plot.series
    assert [series.name for series in plot.series] == ["observed", "forced by the formula"]
    assert observed.x == forced.x == (1.0, 2.0, 3.0, 4.0)
    assert forced.y[0].value == 0
    assert [value.value for value in forced.y[1:]] == pytest.approx([forced.y[1].value] * 3)
    for one, other in zip(observed.y, forced.y, strict=True):
        assert one.low is not None
        assert one.high is not None
        assert other.value is not None
        assert one.low <= other.value <= one.high


def test_null_relation_of_reasons_is_not_claimed(planted: AnalysedRun) -> None:
    texts = [
        _text(reasoning_section(PageRuns([analysed(small_table(_planted(seed)))]))) for seed in range(20)
    ]
    claimed = sum(
        not text.startswith("It is not shown that right labels go with better reasons: reasoning is ")
        for text in texts
    )
    # 5 % of 20 are 1; more than 4 have a probability below 1 %.
    assert claimed <= 4
    text = texts[0]
    assert "the judge knows the gold label" in text
    assert "A relation does not show that the reasons led to the label." in text


def test_slices_say_what_is_not_known_and_that_many_were_compared(planted: AnalysedRun) -> None:
    text = _text(slices_section(PageRuns([planted])))
    assert (
        "Not known is the language of the speech of 400 samples and length of the clip of 134 samples" in text
    )
    assert "No sample was asked twice" in text
    # Anger, which is refused, stands out; what was not planted does not.
    assert re.search(
        r"differs? in recognition from the rest of the same tasks by more than chance explains.*anger in T",
        text,
    )
    assert "with sound" not in text


def test_slices_have_skill_over_their_own_baseline_and_reasoning() -> None:
    # Source A: gold sad in 30 of 40, 34 right. Of four candidates, so that 75 % and 25 % need no look: skill is
    # 100 (85 - 75) / 25.
    # Source B: gold fear in all, so that there is no skill to have.
    rows = [
        Row(
            f"T/A{n}",
            ("sad",) if n < 30 else ("anger",),
            ("sad",) if n < 30 else ("anger",) if n < 34 else ("fear",),
            source="A",
            reasoning=0.4,
        )
        for n in range(40)
    ]
    rows += [Row(f"T/B{n}", ("fear",), ("fear",), source="B") for n in range(20)]
    section = slices_section(PageRuns([analysed(small_table(rows), "mine")]))
    table = _table(section, "slices-source")
    titles = [column.title for column in table.columns]
    by_name = {
        row[0].text: dict(zip(titles, row, strict=True)) for row in table.rows if isinstance(row[0], Text)
    }
    score, skill, reasons = (by_name["A"][name] for name in ("Recognition", "Skill", "Reasoning"))
    assert isinstance(score, Value)
    assert isinstance(skill, Value)
    assert isinstance(reasons, Value)
    assert (score.value, skill.value, reasons.value) == pytest.approx((85, 40, 40))
    assert score.low is not None
    assert skill.low == pytest.approx(4 * (score.low - 75))
    assert by_name["B"]["Skill"] == Value(None)
    of_labels = _table(section, "slices-gold-label")
    assert all(row[titles.index("Skill")] == Value(None) for row in of_labels.rows)


def test_gallery_links_to_samples(planted: AnalysedRun) -> None:
    rows = _table(gallery_section(PageRuns([planted])), "gallery-best").rows
    for row in rows:
        assert isinstance(row[0], Text)
        run, place = (int(number) for number in re.findall(r"\d+", row[0].href))
        assert run == 0
        sample = planted.table.samples[place]
        assert row[0].text == sample.clip
        assert (row[1], row[2]) == (Text("T"), Text(sample.labels[0]))


def test_samples_of_all_runs_stand_in_one_table() -> None:
    """Places count the samples of all runs, each once, in the order of first appearance."""

    def good(id: str) -> Row:
        return Row(id, ("sad",), ("sad",), reasoning=1.0, steps=3)

    def bad(id: str) -> Row:
        return Row(id, ("sad",), ("fear",))

    first = analysed(small_table([bad("T/a"), good("T/b")]), "one")
    second = analysed(small_table([good("T/c"), bad("T/b")]), "two")
    rows = _table(gallery_section(PageRuns([first, second])), "gallery-best").rows
    assert [(row[0], row[-1]) for row in rows] == [
        (Text("c", "#/run/1/sample/2"), Text("two")),
        (Text("b", "#/run/0/sample/1"), Text("one")),
    ]


def test_protocols_do_not_mix(planted: AnalysedRun) -> None:
    grounded = analysed(small_table(_planted(2)), "grounded", protocol=Protocol.GROUNDED)
    other = analysed(small_table(_planted(3)), "other")
    sections = _all([planted, grounded, other])
    _check(sections)
    for section in sections:
        assert all(title.endswith((", paper’s rules", ", grounded")) for title in _titles(section)), _titles(
            section
        )
    heads = {
        block.id: [row[0].text for row in block.rows if isinstance(row[0], Text)]
        for section in sections
        for block in _flat(section.blocks)
        if isinstance(block, Table) and block.columns[0].title == "Run"
    }
    assert heads["step-effects-mme-emotion"] == ["planted", "other"]
    assert heads["step-effects-grounded"] == ["grounded"]
    links = _table(gallery_section(PageRuns([planted, grounded, other])), "gallery-best-grounded").rows
    assert all(isinstance(row[0], Text) and row[0].href.startswith("#/run/1/") for row in links)


def _runs(number: int, n: int = 64) -> list[AnalysedRun]:
    return [analysed(small_table(_planted(seed, n)), f"run-{seed}") for seed in range(number)]


def test_many_runs_stay_small_and_say_what_is_left_out() -> None:
    runs = _runs(6)
    small, full = confusion_section(PageRuns(runs)), confusion_section(PageRuns(runs), full=True)
    assert small is not None
    assert full is not None
    assert "The matrices of each of the 6 runs are left out here" in _text(small)
    assert len(_titles(small)) == 1
    assert len(_titles(full)) == 1 + 6
    pairs = _table(failures_section(PageRuns(runs)), "confused-pairs")
    every = _table(failures_section(PageRuns(runs), full=True), "confused-pairs")
    assert len(pairs.rows) <= failure_tables.PAIRS
    assert len(pairs.rows) < len(every.rows) <= 6 * 5 / 2
    assert f"{len(every.rows) - len(pairs.rows)} further pairs are left out" in pairs.note
    assert "left out for so many runs" in _text(reasoning_section(PageRuns(runs)))
    assert "left out" not in _text(reasoning_section(PageRuns(runs), full=True))
    _check(_all(runs))
    _check([full])


def test_figures_over_runs_name_every_run() -> None:
    runs = _runs(4)
    names = tuple(run.name for run in runs)
    for make, id in ((failures_section, "top-label"), (failures_section, "no-label")):
        section = make(PageRuns(runs))
        assert section is not None
        heat = next(block for block in section.blocks if isinstance(block, HeatMap) and block.id == id)
        assert heat.rows == names
    section = slices_section(PageRuns(runs))
    assert section is not None
    heat = next(block for block in section.blocks if isinstance(block, HeatMap))
    assert heat.columns == names
    assert [row[0] for row in _table(reasoning_section(PageRuns(runs)), "reasoning-runs").rows] == [
        Text(run.name, sub=run.model) for run in runs
    ]
    assert "In none of 4 runs is the CoT score shown to rise or fall" in _text(
        effects_section(PageRuns(runs))
    )


def test_more_steps_go_with_more_in_all_runs() -> None:
    """Planted: recognition rises with steps, beyond what the formula forces."""
    dice = random.Random(7)

    def row(number: int) -> Row:
        steps = 2 + number % 3
        right = dice.random() < 0.25 * steps - 0.3
        return Row(f"T/{number}", ("sad",), ("sad" if right else "fear",), steps=steps, reasoning=0.8)

    runs = [analysed(small_table([row(number) for number in range(300)]), f"run-{at}") for at in range(3)]
    assert (
        "In all 3 runs the CoT score rises with the number of steps by more than the formula forces,"
        " in none of 3 by less, after Holm’s correction over runs."
    ) in _text(effects_section(PageRuns(runs)))
    assert "With each further step the CoT score changes by +" in _text(effects_section(PageRuns(runs[:1])))


def _awkward() -> list[tuple[str, list[AnalysedRun]]]:
    samples = make_samples(40)
    from cuewise.runs.outcomes import by_sample

    real = table_of(by_sample(make_outcomes(samples)))
    grounded = table_of(by_sample(make_outcomes(samples, protocol=Protocol.GROUNDED)))
    epochs = table_of(by_sample(repeat_outcomes(samples[:12], 3)))
    right = [Row(f"T/{n}", ("sad",), ("sad",), reasoning=1.0, steps=3) for n in range(5)]
    return [
        ("all tasks", [analysed(real)]),
        ("grounded", [analysed(grounded, protocol=Protocol.GROUNDED)]),
        ("epochs", [analysed(epochs)]),
        ("one sample", [analysed(small_table(right[:1]))]),
        ("all right", [analysed(small_table(right))]),
        (
            "all wrong",
            [analysed(small_table([replace(row, said=("fear",), reasoning=0.0) for row in right]))],
        ),
        ("all refused", [analysed(small_table([replace(row, said=None, kind="refused") for row in right]))]),
        ("no reasons", [analysed(small_table([replace(row, steps=1, reasoning=0.0) for row in right]))]),
        ("a run that is empty", [analysed(small_table([])), analysed(small_table(right))]),
        (
            "runs on other samples",
            [analysed(real, "a"), analysed(small_table(right), "b"), analysed(epochs, "c")],
        ),
        (
            "hostile names",
            [
                analysed(
                    small_table(
                        [replace(right[0], task="<b>&", label_set=("<script>", "sad"), gold=("<script>",))]
                    )
                )
            ],
        ),
    ]


AWKWARD = _awkward()


@pytest.mark.parametrize("runs", [runs for _, runs in AWKWARD], ids=[name for name, _ in AWKWARD])
def test_awkward_runs(runs: list[AnalysedRun]) -> None:
    sections = _all(runs)
    _check(sections)
    ids = [section.id for section in sections]
    assert len(set(ids)) == len(ids)
    assert all(a.title != b.title for a, b in pairwise(sections))


def test_repeated_answers_are_compared() -> None:
    runs = dict(AWKWARD)["epochs"]
    rows = _table(slices_section(PageRuns(runs)), "slices-agreement").rows
    names = {row[0].text for row in rows if isinstance(row[0], Text)}
    assert names <= {"all answers alike", "most answers alike", "answers split"}
    assert "asked twice" not in _text(slices_section(PageRuns(runs)))


@pytest.mark.parametrize("runs", [[], [analysed(small_table([]))]])
def test_nothing_to_show(runs: list[AnalysedRun]) -> None:
    assert _all(runs) == []
