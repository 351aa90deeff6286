"""What a row of people says of its own samples and of those of the rows beside it, and how it weights tasks."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cuewise.records import Sample
from cuewise.reports.blocks import Words
from cuewise.reports.leaderboard.entries import OVERALL, Entry, PeopleFacts, Slugs
from cuewise.reports.leaderboard.people import people_entry, people_section
from cuewise.result import open_run
from cuewise.runs.workspace import Workspace
from cuewise.study.folder import StudyFolder, study_folder
from cuewise.study.records import Item, Said, StudyKind
from cuewise.study.report.reporting import read_report
from support.outcomes import make_outcomes, make_run, make_samples
from support.rated_studies import click_all, rated_folder, simulated
from support.studies import study_of, with_clips

SAMPLES = [*make_samples(30, only=["SA"]), *make_samples(6, only=["IR"])]


def question(sample: Sample) -> tuple[object, ...]:
    return sample.id, sample.label_set, sample.labels


def row(samples: list[Sample], *, whole: bool) -> Any:
    """A row beside people that was asked these samples."""
    table = SimpleNamespace(samples=[SimpleNamespace(question=question(one)) for one in samples])
    return SimpleNamespace(details=SimpleNamespace(table=table, whole_benchmark=whole))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """18 samples of 36, all answered by three."""
    work = tmp_path_factory.mktemp("work")
    run = make_run(work, "mine", with_clips(make_outcomes(SAMPLES)), model="openai/gpt-4o")
    return rated_folder(work, "folk", runs=(run,), raters=3, n=18, kind=StudyKind.QUESTION, attention=0)


def facts(folder: StudyFolder, *beside: Any) -> PeopleFacts:
    found = people_entry(folder, Slugs(), beside).people
    assert found is not None
    return found


def words(entry: Entry) -> str:
    return " ".join(
        line
        for block in people_section(entry).blocks
        if isinstance(block, Words)
        for line in block.paragraphs
    )


def drawn(folder: StudyFolder) -> list[Sample]:
    return [item.sample for item in folder.study().drawn]


def test_fewer_samples_than_every_row_beside_it(folder: StudyFolder) -> None:
    as_many = row(drawn(folder), whole=False)
    more = row(SAMPLES, whole=False)
    assert facts(folder, more).fewer
    assert not facts(folder, as_many).fewer
    assert not facts(folder, more, as_many).fewer
    assert "They were asked of fewer samples than the models" in words(people_entry(folder, Slugs(), [more]))
    assert "They are ranked with nobody" in words(people_entry(folder, Slugs(), [as_many]))


def test_of_the_benchmark_only_if_one_row_is_of_all_of_it_and_has_all_that_was_asked(
    folder: StudyFolder,
) -> None:
    some = drawn(folder)[1:]
    assert facts(folder, row(SAMPLES, whole=True)).of_benchmark
    assert not facts(folder, row(SAMPLES, whole=False)).of_benchmark
    assert not facts(folder, row(some, whole=True)).of_benchmark
    # Each of two is half of it.
    assert not facts(folder, row(SAMPLES, whole=False), row(some, whole=True)).of_benchmark


def test_lots_were_drawn_only_where_not_all_were_taken(folder: StudyFolder, tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine", with_clips(make_outcomes(SAMPLES)), model="openai/gpt-4o")
    whole = rated_folder(tmp_path, "all", runs=(run,), raters=2, n=36, kind=StudyKind.QUESTION, attention=0)
    beside = row(SAMPLES, whole=True)
    assert facts(folder, beside).drawn
    assert not facts(whole, beside).drawn
    assert "questions drawn by lot from the benchmark" in words(people_entry(folder, Slugs(), [beside]))
    assert "questions of the benchmark" in words(people_entry(whole, Slugs(), [beside]))


def test_raters_are_those_who_answered(folder: StudyFolder, tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine", with_clips(make_outcomes(SAMPLES)), model="openai/gpt-4o")
    two = study_folder(Workspace(tmp_path), "two")
    two.freeze(study_of([run], tmp_path, "two", n=18, kind=StudyKind.QUESTION, attention=0))
    click_all(two, [one for one in simulated(two) if one.rater != "eva"])
    entry = people_entry(two, Slugs(), [row(SAMPLES, whole=True)])
    assert entry.people is not None
    assert entry.people.raters == 2
    assert entry.title == "Human raters (n=2)"
    assert "2 people gave 36 answers" in words(entry)


def right_of_large_task(item: Item) -> tuple[str, ...]:
    if item.sample.task == "SA":
        return item.sample.labels
    return tuple(one for one in item.sample.label_set if one not in item.sample.labels)[:1]


def test_over_all_tasks_each_counts_for_as_many_samples_as_the_run_has(tmp_path: Path) -> None:
    samples = [*make_samples(300, only=["SA"])]
    for task in ("IR", "FG-SA", "ER-Lab", "ER-Wild", "Noise-ER"):
        samples += make_samples(5, only=[task])
    run = make_run(tmp_path, "mine", with_clips(make_outcomes(samples)), model="openai/gpt-4o")
    large = study_folder(Workspace(tmp_path), "large")
    study = study_of([run], tmp_path, "large", n=20, kind=StudyKind.QUESTION, attention=0)
    large.freeze(study)
    items = {item.id: item for item in study.items}
    click_all(
        large,
        [
            Said(rater=rater, item=id, label=right_of_large_task(items[id]), done=True)
            for rater, ids in study.assigned.items()
            for id in ids
        ],
    )
    there = {task: size for task, (size, _) in study.plan.strata.items()}
    taken = {task: drawn for task, (_, drawn) in study.plan.strata.items()}
    assert there["SA"] / taken["SA"] > 2 * there["IR"] / taken["IR"]  # drawn unequally
    entry = people_entry(large, Slugs(), [row(samples, whole=True)])
    shown = entry.results[OVERALL].scores["recognition"]
    assert shown.value is not None
    assert shown.value == pytest.approx(100 * there["SA"] / sum(there.values()))
    assert shown.value > 1.1 * 100 * taken["SA"] / sum(taken.values())
    assert shown.low is not None
    assert shown.high is not None
    assert shown.low < shown.value < shown.high
    assert np.isclose(entry.results["SA"].scores["recognition"].value or 0, 100)
    assert "each counts for as many samples as run mine has of it" in words(entry)


def test_where_tasks_are_drawn_in_proportion_nothing_is_said_of_it(folder: StudyFolder) -> None:
    entry = people_entry(folder, Slugs(), [row(SAMPLES, whole=True)])
    assert entry.people is not None
    assert not entry.people.weighted
    assert "each counts for as many" not in words(entry)


def test_where_one_task_is_answered_more_often_it_is_weighted_as_in_the_report(tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine", with_clips(make_outcomes(SAMPLES)), model="openai/gpt-4o")
    folk = study_folder(Workspace(tmp_path), "folk")
    study = study_of([run], tmp_path, "folk", n=18, kind=StudyKind.QUESTION, attention=0)
    folk.freeze(study)
    assert study.plan.strata == {"SA": (30, 15), "IR": (6, 3)}  # in proportion
    click_all(
        folk,
        [
            Said(rater=rater, item=item.id, label=right_of_large_task(item), done=True)
            for item in study.drawn
            for rater in (study.plan.raters if item.sample.task == "SA" else study.plan.raters[:1])
        ],
    )
    entry = people_entry(folk, Slugs(), [row(SAMPLES, whole=True)])
    # 45 of 48 answers are right, those to 30 of 36 samples.
    assert entry.results[OVERALL].scores["recognition"].value == pytest.approx(100 * 30 / 36)
    assert entry.people is not None
    assert entry.people.weighted
    assert "as many samples as run mine has of it, however many answers there are." in words(entry)
    report = read_report(folk, partial(open_run, workspace=tmp_path))
    assert report.to_json()["weighted"] is True
