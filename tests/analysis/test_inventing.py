"""Steps that cite what was not given, counted by answer, and kept with a run's digest."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cuewise.analysis.citing import Sense
from cuewise.analysis.inventing import EXAMPLES, Invention, InventionTally
from cuewise.records import SoundSource
from cuewise.result import RunResult, open_run
from support.outcomes import make_run
from support.study import SAMPLES, outcome

VOICE, FACE, BOTH = "Her voice trembles.", "Her face is tense.", "She smiles and says it in a bright voice."
REASONS: list[tuple[str, ...]] = [(VOICE, FACE), (FACE,), (), (BOTH, VOICE)]
"""Of the first four samples; the others name a label alone."""


def answers() -> list[Any]:
    said = [outcome(one, "sad", reasons=reasons) for one, reasons in zip(SAMPLES, REASONS, strict=False)]
    return [*said, outcome(SAMPLES[4], ""), outcome(SAMPLES[5], None)]


def test_counts_by_hand() -> None:
    """Without sound: sample 0 cites a voice once; sample 3 twice, and once what is said. The last two have no step."""
    tally = InventionTally(frozenset({Sense.HEARD, Sense.SAID}))
    for one in answers():
        tally.add(one)
    found = tally.inventions()
    assert found.steps.tolist() == [3, 2, 1, 3, 0, 0]
    assert found.invented.tolist() == [1, 0, 0, 2, 0, 0]
    assert {sense: counts.tolist() for sense, counts in found.by_sense.items()} == {
        Sense.HEARD: [1, 0, 0, 2, 0, 0],
        Sense.SAID: [0, 0, 0, 1, 0, 0],
    }
    assert found.examples == (
        Invention("T/0", VOICE, (Sense.HEARD,)),
        Invention("T/3", BOTH, (Sense.HEARD, Sense.SAID)),
    )


def test_no_answers_and_many_examples() -> None:
    assert len(InventionTally(frozenset({Sense.SEEN})).inventions().steps) == 0
    tally = InventionTally(frozenset({Sense.SEEN}))
    for one in SAMPLES:
        tally.add(outcome(one, "sad", reasons=(FACE,)))
    assert len(tally.inventions().examples) == EXAMPLES


def seen_only(workspace: Path, given: tuple[str, ...]) -> RunResult:
    """A run whose model was given so much, opened until its digest is kept."""
    lent = SoundSource(sample="T/9", labels=("sad",))
    outcomes = [
        one.model_copy(update={"sample": one.sample.model_copy(update={"sound_from": lent})})
        for one in answers()
    ]
    run = make_run(workspace, "r", outcomes)
    settings = run.manifest.settings.model_copy(update={"modalities": given})
    run.manifest.model_copy(update={"settings": settings}).write(run.folder.manifest_path)
    before = time.time_ns() - 10**10
    os.utime(run.folder.outcomes_path, ns=(before, before))
    return open_run("r", workspace=workspace)


def test_they_are_kept_with_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = seen_only(tmp_path, ("video",)).digest
    monkeypatch.setattr("cuewise.result.digest_of", None)
    kept = open_run("r", workspace=tmp_path).digest
    assert made.inventions is not None
    assert kept.inventions is not None
    np.testing.assert_array_equal(kept.inventions.steps, made.inventions.steps)
    np.testing.assert_array_equal(kept.inventions.invented, made.inventions.invented)
    assert list(kept.inventions.by_sense) == list(made.inventions.by_sense) == [Sense.HEARD, Sense.SAID]
    for sense, counts in made.inventions.by_sense.items():
        np.testing.assert_array_equal(kept.inventions.by_sense[sense], counts)
    assert kept.inventions.examples == made.inventions.examples != ()
    assert kept.table.samples == made.table.samples
    assert {(row.sound_from, row.sound_labels) for row in kept.table.samples} == {("T/9", ("sad",))}


def test_steps_are_not_read_where_all_was_given(tmp_path: Path) -> None:
    assert seen_only(tmp_path, ("audio", "video")).digest.inventions is None
