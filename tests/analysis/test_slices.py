"""Slices: which sample is in which, scores by hand, planted and null differences."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cuewise.analysis.language import language_of
from cuewise.analysis.slices import Facet, Slice, agreement_of_answers, facets_of, slices
from cuewise.analysis.table import RunTable, sample_row
from cuewise.samples.dataset import read_dataset
from support.outcomes import make_samples
from support.small_tables import Row, small_table


def _facet(table: RunTable, name: str) -> dict[str, list[bool]]:
    facet = next(one for one in facets_of(table.samples) if one.name == name)
    return {part.name: part.members.tolist() for part in facet.parts}


def _slices(table: RunTable, facets: tuple[Facet, ...] | None = None) -> tuple[Slice, ...]:
    tasks = {task: at for at, task in enumerate(table.tasks())}
    numbers = np.array([tasks[row.task] for row in table.samples])
    chosen = facets_of(table.samples) if facets is None else facets
    return slices(table.score("recognition"), chosen, numbers, np.arange(len(table.samples)))


def test_what_is_not_known_is_a_slice() -> None:
    table = small_table(
        [
            Row("1", ("anger",), None, duration_s=1.9, has_audio=True, source="MELD"),
            Row("2", ("anger",), None, duration_s=2.0, has_audio=False, source="MELD"),
            Row("3", ("fear",), None, duration_s=12.0, has_audio=True),
            Row("4", ("fear",), None),
        ]
    )
    assert _facet(table, "length of the clip") == {
        "under 2 s": [True, False, False, False],
        "2 to 4 s": [False, True, False, False],
        "10 s or longer": [False, False, True, False],
        "not known": [False, False, False, True],
    }
    assert _facet(table, "sound") == {
        "with sound": [True, False, True, False],
        "without sound": [False, True, False, False],
        "not known": [False, False, False, True],
    }
    assert _facet(table, "source") == {
        "MELD": [True, True, False, False],
        "not known": [False, False, True, True],
    }
    assert list(_facet(table, "language of the speech")) == ["not known"]  # MELD is no source of task T
    assert _facet(table, "gold label") == {
        "anger": [True, True, False, False],
        "fear": [False, False, True, True],
    }
    assert all(one.name != "gold labels" for one in facets_of(table.samples))


def test_number_of_gold_labels_where_several_may_hold() -> None:
    table = small_table(
        [
            Row("1", ("anger",), None),
            Row("2", ("anger", "fear"), None, multi_label=True, task="M"),
            Row("3", ("sad",), None, multi_label=True, task="M"),
            Row("4", ("anger", "fear", "sad", "surprise"), None, multi_label=True, task="M"),
        ]
    )
    assert _facet(table, "gold labels") == {
        "one": [False, False, True, False],
        "two": [False, True, False, False],
        "three or more": [False, False, False, True],
    }


def test_languages_are_those_that_corpora_document() -> None:
    rows = small_table([]).samples
    assert rows == ()
    found: dict[str | None, set[str | None]] = {}
    for sample in make_samples(400):
        row = small_table(
            [Row(sample.id, sample.labels, None, task=sample.task, source=sample.source)]
        ).samples[0]
        found.setdefault(language_of(row), set()).add(row.source)
    assert found["English"] == {"IEMOCAP", "MELD", "CMU-MOSI", "CMU-MOSEI"}
    assert found["Chinese"] == {"MER2024", "CH-SIMS_v2_s"}
    # MC-EIU has two languages, told by the end of a clip's name, which made-up clips lack.
    assert found[None] == {"CAER", "MC-EIU", "E3", "MAFW", "DFEW", "BOLD"}
    clip = "MC-EIU/video/dia_1_utt_2_ch.mkv"
    chinese = small_table([Row(f"IR/{clip}", ("a",), None, ("a", "b"), task="IR", source="MC-EIU")]).samples[
        0
    ]
    assert language_of(chinese) == "Chinese"


@pytest.mark.shared
def test_languages_of_the_benchmark(shared_data: Path) -> None:
    """English: IEMOCAP 500, MELD 300 + 400, CMU-MOSI 400 + 500, CMU-MOSEI 300 + 400. Chinese: MER2024 500, CH-SIMS 400,
    and all 300 + 500 of MC-EIU, whose ids say so. The other 2,000 are not known."""
    counts: Counter[str | None] = Counter()
    for sample in read_dataset(str(shared_data / "mme-emotion")).samples:
        counts[language_of(sample_row(sample, []))] += 1
    assert counts == {"English": 2800, "Chinese": 1700, None: 2000}


def test_scores_by_hand() -> None:
    rows = [
        Row("1", ("anger",), ("anger",), task="A", source="x"),
        Row("2", ("anger",), ("fear",), task="A", source="y"),
        Row("3", ("fear",), ("fear",), task="A", source="y"),
        Row("4", ("fear",), None, task="B", source="x", kind="refused"),
    ]
    found = {(one.name, one.task): one for one in _slices(small_table(rows)) if one.facet == "source"}
    assert {key: (one.mean.value, one.mean.count) for key, one in found.items()} == {
        ("y", "A"): (50.0, 2),
        ("x", "A"): (100.0, 1),
        ("x", "B"): (0.0, 1),
    }
    apart = found["y", "A"].difference
    assert apart is not None
    assert apart.value == pytest.approx(-50)  # of task A alone
    assert found["x", "B"].difference is None


def _run(seed: int, gap: float, n: int = 600) -> RunTable:
    """Two tasks, one hard; clips with sound lie mostly in the easy one, and are harder by a gap within each."""
    dice = random.Random(seed)
    rows = []
    for number in range(n):
        easy = number < n // 2
        sound = dice.random() < (0.8 if easy else 0.2)
        right = dice.random() < (0.7 if easy else 0.3) - gap * sound
        gold = dice.choice(("anger", "fear", "sad", "surprise"))
        rows.append(
            Row(
                f"{number}",
                (gold,),
                None,
                recognition=float(right),
                task="easy" if easy else "hard",
                has_audio=sound,
            )
        )
    return small_table(rows)


def test_planted_difference_is_found_within_tasks() -> None:
    with_sound = next(one for one in _slices(_run(1, 0.2)) if one.name == "with sound")
    assert with_sound.is_certain
    assert with_sound.difference is not None
    # Pooled over tasks it would be about +4: the slice lies in the easy task.
    assert with_sound.difference.value == pytest.approx(-20, abs=8)


def test_no_difference_is_not_found() -> None:
    alarms = sum(any(one.is_certain for one in _slices(_run(seed, 0.0, n=300))) for seed in range(40))
    # 5 % of 40 are 2; more than 7 have a probability below 1 %.
    assert alarms <= 7


def test_agreement_of_repeated_answers() -> None:
    said = {"1": ("anger", "anger", "anger"), "2": ("anger", "fear", "anger"), "3": ("anger", "fear", "sad")}
    rows = [Row(id, ("anger",), (label,)) for id, labels in said.items() for label in labels]
    rows += [Row("4", ("anger",), None, kind="refused"), Row("4", ("anger",), (), status="none")]
    table = small_table(rows)
    facet = agreement_of_answers(table)
    assert facet is not None
    assert {part.name: part.members.tolist() for part in facet.parts} == {
        "all answers alike": [True, False, False, True],
        "most answers alike": [False, True, False, False],
        "answers split": [False, False, True, False],
    }
    means = [one.mean.value for one in _slices(table, (facet,))]
    assert means == pytest.approx([50, 200 / 3, 100 / 3])
    assert agreement_of_answers(small_table([Row("1", ("anger",), None)])) is None
    # A half is not most.
    split = small_table([Row("1", ("anger",), ("anger",)), Row("1", ("anger",), ("fear",))])
    half = agreement_of_answers(split)
    assert half is not None
    assert [part.name for part in half.parts] == ["answers split"]
