"""The eight tasks and their names."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cuewise.samples.problems
import cuewise.samples.tasks
from cuewise.errors import UnknownTaskError
from cuewise.samples.tasks import LabelKind, get_task, task_from_file_name, tasks


def test_the_tasks_are_those_of_the_benchmark() -> None:
    published = {
        "ER-Lab": 500,
        "ER-Wild": 1800,
        "Noise-ER": 500,
        "FG-ER": 500,
        "ML-ER": 600,
        "SA": 1600,
        "FG-SA": 500,
        "IR": 500,
    }
    assert {name: task.n_questions for name, task in tasks().items()} == published
    assert list(tasks()) == list(published)
    assert sum(len(task.scenarios) for task in tasks().values()) == 27


def test_every_task_is_consistent() -> None:
    for task in tasks().values():
        assert sum(source.n_questions for source in task.sources) == task.n_questions
        assert (task.separator is not None) == (task.kind is LabelKind.MULTI) == task.multi_label
        assert bool(task.scale) == (task.kind is LabelKind.ORDINAL)
        assert not any(label in task.question for label in task.labels if label != "Other")
        for source in task.sources:
            assert len(set(source.label_set)) == len(source.label_set) >= 2
            assert all(task.separator is None or task.separator not in label for label in source.label_set)


def test_label_kinds_and_sizes() -> None:
    sizes = {
        name: (task.kind.value, sorted({len(source.label_set) for source in task.sources}))
        for name, task in tasks().items()
    }
    assert sizes == {
        "ER-Lab": ("single", [9]),
        "ER-Wild": ("single", [7, 8, 11]),
        "Noise-ER": ("single", [6]),
        "FG-ER": ("multi", [26]),
        "ML-ER": ("multi", [6, 10]),
        "SA": ("single", [3]),
        "FG-SA": ("ordinal", [9]),
        "IR": ("single", [8]),
    }


def test_the_scale_runs_from_negative_to_positive_and_mirrors() -> None:
    scale = get_task("FG-SA").scale
    assert scale[0] == "very strong negative"
    assert scale[4] == "neutral"
    assert [label.replace("negative", "positive") for label in scale[:4]] == list(reversed(scale[5:]))
    assert set(scale) == set(get_task("FG-SA").labels)


def test_labels_are_pooled_over_sources_once_each() -> None:
    # SA has three labels in several orders; ER-Wild spells some feelings in two ways, and all are kept.
    assert sorted(get_task("SA").labels) == ["negative", "neutral", "positive"]
    assert {"angry", "anger", "sarcastic", "helplessness"} <= set(get_task("ER-Wild").labels)


@pytest.mark.parametrize("name", ["ER-Lab", "er_lab", "ER_Lab", " er-LAB "])
def test_names_are_read_in_any_spelling(name: str) -> None:
    assert get_task(name).name == "ER-Lab"


def test_an_unknown_name_is_met_with_close_ones() -> None:
    with pytest.raises(UnknownTaskError, match="did you mean ER-Lab"):
        get_task("ER-Lap")
    with pytest.raises(UnknownTaskError, match="the tasks are ER-Lab, ER-Wild"):
        get_task("")


@given(st.text(max_size=200))
def test_any_text_is_a_task_or_an_error_that_can_be_printed(name: str) -> None:
    try:
        assert get_task(name).name in tasks()
    except UnknownTaskError as error:
        assert str(error).isprintable()


@pytest.mark.parametrize(
    ("path", "task"),
    [
        ("ER-Lab_eval.json", "ER-Lab"),
        ("ER_Lab_foo.json", "ER-Lab"),
        ("out/gpt_er-wild.json", "ER-Wild"),
        ("FG-ER_eval.json", "FG-ER"),
        ("ML_ER.json", "ML-ER"),
        ("SA_eval.json", "SA"),
        ("FG-SA_eval.json", "FG-SA"),
        ("FG_SA.json", "FG-SA"),
        ("IR.json", "IR"),
        ("Noise_ER_qwen2_audio_clues.json", "Noise-ER"),
        ("ER-Lab/other.json", None),
        ("ER.json", None),
        ("sample.json", None),
        ("SALT_irate.json", None),
        ("SA_and_IR.json", None),
    ],
)
def test_file_names_tell_their_task(path: str, task: str | None) -> None:
    found = task_from_file_name(path)
    assert (found.name if found else None) == task


def test_docstrings_hold() -> None:
    for module in (cuewise.samples.tasks, cuewise.samples.problems):
        assert doctest.testmod(module).failed == 0
