"""Ratings of studies, made up for tests of what is told of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from cuewise.result import RunResult
from cuewise.runs.workspace import Workspace
from cuewise.study.folder import StudyFolder, study_folder
from cuewise.study.records import Click, Item, Said, StudyKind
from cuewise.study.store import RatingStore
from support.studies import rated_run, study_of


def click_all(folder: StudyFolder, said: Iterable[Said]) -> None:
    """Write what raters say, as clicks of theirs."""
    numbers = count(1)
    with closing(RatingStore(folder.ratings_path)) as store:
        for one in said:
            answers: list[tuple[str, Any]] = [(str(index), value) for index, value in one.steps.items()]
            if one.label is not None:
                answers.append(("label", list(one.label)))
            elif one.cannot_tell_label:
                answers.append(("label", "cannot tell"))
            answers += [("note", one.note)] if one.note else []
            answers += [("done", True)] if one.done else []
            store.add(
                one.rater,
                [
                    Click(
                        id=f"click-{next(numbers):06d}",
                        item=one.item,
                        question=question,
                        value=value,
                        spent_s=one.spent_s,
                    )
                    for question, value in answers
                ],
            )


def truth_of(item: Item, step: int, right: float = 0.6) -> bool:
    """Whether a step is right in the made-up world: by chance, the same each time."""
    digest = hashlib.sha256(f"{item.sample.id} {step}".encode()).digest()
    return digest[0] / 256 < right


def simulated(
    folder: StudyFolder,
    *,
    seed: int = 0,
    accuracy: float = 0.85,
    cannot_tell: float = 0.05,
    done: Callable[[str, Item], bool] = lambda rater, item: True,
) -> list[Said]:
    """What raters say who are right in `accuracy` of what they rate, and follow every instruction.

    Args:
        done: whether a rater finishes an item; what is not finished is begun.
    """
    dice = np.random.default_rng(seed)
    study = folder.study()
    said = []
    for rater, ids in study.assigned.items():
        for id in ids:
            item = study.item(id)
            assert item is not None
            steps = {}
            for index in item.rated:
                hit = dice.random() < accuracy
                right = truth_of(item, index) == bool(hit)
                if item.expected is not None and index in item.expected.steps:
                    right = item.expected.steps[index]
                elif dice.random() < cannot_tell:
                    steps[index] = "cannot tell"
                    continue
                steps[index] = "right" if right else "wrong"
            asked = study.labels_asked(item)
            label: tuple[str, ...] = tuple(
                one for one in asked if (dice.random() < accuracy) == (one in item.sample.labels)
            )
            if study.plan.kind is StudyKind.QUESTION:
                label = (
                    item.sample.labels
                    if dice.random() < accuracy
                    else (asked[int(dice.integers(len(asked)))],)
                )
            said.append(
                Said(
                    rater=rater,
                    item=id,
                    steps=steps,
                    label=label,
                    done=done(rater, item),
                    spent_s=float(dice.integers(20, 90)),
                )
            )
    return said


def rated_folder(
    workspace: Path,
    name: str = "pilot",
    *,
    runs: tuple[RunResult, ...] = (),
    raters: int = 5,
    n: int = 20,
    run_n: int = 60,
    seed: int = 0,
    **design: Any,
) -> StudyFolder:
    """A study of a made-up run on disk, rated by made-up raters; `design` goes to `Design`."""
    runs = runs or (rated_run(workspace, n=run_n),)
    names = tuple(f"person-{number}" for number in range(1, raters + 1))
    folder = study_folder(Workspace(workspace), name)
    folder.freeze(study_of(runs, workspace, name, n=n, raters=names, **design))
    click_all(folder, simulated(folder, seed=seed))
    return folder
