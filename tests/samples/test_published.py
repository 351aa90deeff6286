"""The published annotations, against figures that were counted apart from this code."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cuewise.samples.dataset import Dataset, read_dataset
from cuewise.samples.tasks import tasks

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def published(shared_data: Path) -> Dataset:
    return read_dataset(str(shared_data / "mme-emotion"))


def test_all_questions_are_read_without_a_problem(published: Dataset) -> None:
    assert published.name == "mme-emotion"
    assert len(published.samples) == 6500
    assert published.problems == ()
    assert len({sample.id for sample in published.samples}) == 6500


def test_counts_by_task_and_source_are_those_of_the_tasks(published: Dataset) -> None:
    counted = Counter((sample.task, sample.source) for sample in published.samples)
    stated = {
        (task.name, source.name): source.n_questions for task in tasks().values() for source in task.sources
    }
    assert counted == stated
    assert list(dict.fromkeys(sample.task for sample in published.samples)) == list(tasks())


def test_label_sets_are_those_of_the_tasks(published: Dataset) -> None:
    stated = {
        (task.name, source.name): source.label_set for task in tasks().values() for source in task.sources
    }
    for sample in published.samples:
        assert sample.source is not None
        assert sample.label_set == stated[sample.task, sample.source]
        assert set(sample.labels) <= set(sample.label_set)


def test_clips_and_those_that_serve_two_tasks(published: Dataset) -> None:
    uses: dict[str, list[str]] = {}
    for sample in published.samples:
        uses.setdefault(sample.clip.id, []).append(sample.task)
    assert len(uses) == 6017
    shared = Counter(tuple(sorted(used)) for used in uses.values() if len(used) > 1)
    assert shared.total() == 483
    assert shared["FG-SA", "SA"] == 298


def test_multi_label_counts(published: Dataset) -> None:
    several = Counter(sample.task for sample in published.samples if len(sample.labels) > 1)
    assert several == {"FG-ER": 242, "ML-ER": 600}
    assert {sample.task for sample in published.samples if sample.multi_label} == {"FG-ER", "ML-ER"}
    assert any("Doubt/Confusion" in sample.labels for sample in published.samples)


def test_most_frequent_labels(published: Dataset) -> None:
    share = {}
    for name, task in tasks().items():
        if not task.multi_label:
            labels = Counter(sample.labels[0] for sample in published.samples if sample.task == name)
            share[name] = 100 * max(labels.values()) / labels.total()
    assert share == {
        "ER-Lab": 24.0,
        "ER-Wild": 20.5,
        "FG-SA": 23.8,
        "IR": pytest.approx(26.6),
        "Noise-ER": 23.8,
        "SA": 39.25,
    }


def test_every_question_has_its_audio_clue_and_some_name_the_label(published: Dataset) -> None:
    assert all(sample.audio_clue for sample in published.samples)
    named = Counter(
        sample.task
        for sample in published.samples
        if any(label[:5].lower() in (sample.audio_clue or "").lower() for label in sample.labels)
    )
    share = {name: 100 * named[name] / task.n_questions for name, task in tasks().items()}
    counted_apart = {
        "ER-Lab": 99.6,
        "ER-Wild": 86.9,
        "FG-SA": 67.8,
        "IR": 84.2,
        "ML-ER": 94.7,
        "Noise-ER": 63.2,
        "SA": 86.3,
        # 93.2 where joined labels are taken for one, so that `Fear;Pain` is looked for as `Fear;`.
        "FG-ER": 98.6,
    }
    assert share == pytest.approx(counted_apart, abs=0.06)
    joined = [
        ";".join(sample.labels)[:5].lower() in (sample.audio_clue or "").lower()
        for sample in published.samples
        if sample.task == "FG-ER"
    ]
    assert 100 * sum(joined) / 500 == pytest.approx(93.2)


def test_tasks_and_limit(shared_data: Path, published: Dataset) -> None:
    data = str(shared_data / "mme-emotion")
    two = read_dataset(data, tasks=["ir", "ER_Lab"])
    assert Counter(sample.task for sample in two.samples) == {"ER-Lab": 500, "IR": 500}
    ten = read_dataset(data, limit=10)
    # 10 over 8 tasks: one of each, then a second of the first two.
    assert [sample.task for sample in ten.samples] == [
        "ER-Lab", "ER-Lab", "ER-Wild", "ER-Wild", "Noise-ER", "FG-ER", "ML-ER", "SA", "FG-SA", "IR"
    ]  # fmt: skip
    assert ten.samples[:2] == published.samples[:2]
    assert len({two.sha256, ten.sha256, published.sha256}) == 3


def test_one_question_file(shared_data: Path, published: Dataset) -> None:
    alone = read_dataset(str(shared_data / "mme-emotion/FG-ER/question/FG_ER.json"))
    assert alone.samples == tuple(sample for sample in published.samples if sample.task == "FG-ER")
    folder = read_dataset(str(shared_data / "mme-emotion/FG-ER"))
    assert folder.sha256 == alone.sha256


@pytest.mark.parametrize(("folder", "count"), [("clips", 27), ("clips/hybrid", 24)])
def test_the_clip_lists_are_manifests(shared_data: Path, folder: str, count: int) -> None:
    dataset = read_dataset(str(shared_data / folder), tasks=["ER-Lab"])
    assert len(dataset.samples) == count
    assert all(sample.clip.path and Path(sample.clip.path).is_file() for sample in dataset.samples)
    # Neither is a label of ER-Lab, and each has several clips: the candidates are the file's own.
    assert {"calm", "disgust"} < set(dataset.samples[0].label_set)
    (problem,) = dataset.problems
    assert "labels such as calm, disgust are none of ER-Lab's" in problem.what
