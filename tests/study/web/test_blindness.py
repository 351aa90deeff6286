"""Raters are given nothing that tells what is to be found out: shown by changing all of it, and comparing bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise.records import Clip, Cue, Verdict
from cuewise.study.folder import StudyFolder
from cuewise.study.records import Expected, Gold, Item, Judged, Study, StudyKind
from cuewise.study.web.site import Site
from support.rating_app import OURS, click_on, client_of, site_of, token
from support.studies import make_study_folder

SECRET = "tell-tale"


def other_item(item: Item, *, gold: Gold, is_check: bool) -> Item:
    """The item with everything replaced that raters may not see."""
    sample = item.sample.model_copy(
        update={
            "id": f"{SECRET}/{item.id}",
            # A question is of its task, and tells it.
            "task": f"{SECRET}-task" if item.steps else item.sample.task,
            "clip": Clip(id=f"{SECRET}/angry_{item.id}.mp4"),
            # Shown gold is shown; hidden gold might be any of the candidates.
            "labels": item.sample.labels if gold is Gold.SHOWN else (item.sample.label_set[-1],),
            "source": SECRET,
            "transcript": f"{SECRET} words",
            "audio_clue": f"{SECRET} clue",
            "cues": (Cue(channel=SECRET, value=SECRET, start_s=0, end_s=1),),
        }
    )
    judged = None
    if item.judged is not None:
        judged = Judged(
            run=SECRET,
            model=SECRET,
            judges=(SECRET,),
            verdicts=tuple(
                Verdict(step=verdict.step, rating=1 - verdict.rating, reason=SECRET)
                for verdict in item.judged.verdicts
            ),
            reading=item.judged.reading,
            stratum=SECRET,
            weight=7.5,
        )
    return item.model_copy(
        update={
            "sample": sample,
            "judged": judged,
            "evidence": (),
            "expected": Expected(steps=dict.fromkeys(item.rated, True), why=SECRET) if is_check else None,
            "repeats": "",
        }
    )


def other_study(study: Study) -> Study:
    """The study with all that replaced, and other items as checks: each before one that was."""
    plan = study.plan.model_copy(
        update={
            "name": SECRET,
            "runs": (SECRET,),
            "seed": 7,
            "strata": {SECRET: (9, 1)},
            "left_out": {SECRET: 3},
            "settings_sha256": {},
        }
    )
    following = [*study.items[1:], study.items[0]]
    items = tuple(
        other_item(item, gold=plan.gold, is_check=later.is_check)
        for item, later in zip(study.items, following, strict=True)
    )
    return study.model_copy(update={"plan": plan, "items": items})


def everything(site: Site) -> dict[str, str]:
    """All that a rater is given: pages, and what comes back of clicks, good and bad."""
    client, base = client_of(site), f"/r/{token('ana')}"
    ids = site.study.assigned["ana"]
    item = site.items[ids[0]]
    got = {path: client.get(f"{base}{path}").text for path in ("", "/end", "/items/1")}
    clicks: list[tuple[str, Any]] = [
        ("note", "a note"),
        ("label", ["nonsense"]),
        ("99999", "right"),
        ("done", True),
    ]
    for place, (question, value) in enumerate(clicks):
        click = {**click_on(item.id, question, value), "id": f"same-{place:04d}"}
        got[question] = client.post(f"{base}/clicks", json=click, headers=OURS).text
        got[f"form {question}"] = client.post(
            f"{base}/items/1", data={"id": f"form-{place:04d}", "say": f"{question}={value}"}, headers=OURS
        ).text
    for number in range(1, len(ids) + 1):
        got[f"/items/{number}"] = client.get(f"{base}/items/{number}").text
    # Ids of forms are drawn by lot; the queue's name is a hash, of the study with all that is hidden in it.
    return {
        name: re.sub(r'name="id" value="[^"]*"|data-queue="[0-9a-f]{32}"', "", text)
        for name, text in got.items()
    }


DESIGNS: dict[str, dict[str, Any]] = {
    "hidden gold": {"attention": 4},
    "shown gold": {"gold": Gold.SHOWN},
    "question": {"kind": StudyKind.QUESTION, "attention": 2},
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_no_byte_depends_on_what_raters_may_not_know(tmp_path: Path, design: dict[str, Any]) -> None:
    folder = make_study_folder(tmp_path, n=12, raters=("ana",), **design)
    study = folder.study()
    assert sum(item.is_check for item in study.items) == design.get("attention", 0)
    seen = [everything_of(folder, tmp_path, made) for made in (study, other_study(study))]
    assert seen[0].keys() == seen[1].keys()
    for name in seen[0]:
        assert seen[0][name] == seen[1][name], name
        assert SECRET not in seen[1][name]


def everything_of(folder: StudyFolder, workspace: Path, study: Study) -> dict[str, str]:
    folder.ratings_path.unlink(missing_ok=True)
    site = site_of(folder, workspace, study=study)
    try:
        return everything(site)
    finally:
        site.store.close()


HIDDEN: dict[str, Callable[[Item], list[str]]] = {
    "sample": lambda item: [item.sample.id, item.sample.clip.id, item.sample.clip.id.split("/")[-1]],
    "task": lambda item: [item.sample.task],
    "model": lambda item: [item.judged.model, item.judged.run, *item.judged.judges] if item.judged else [],
    "judge": lambda item: (
        [verdict.reason for verdict in item.judged.verdicts if verdict.reason] if item.judged else []
    ),
}


@pytest.mark.parametrize("what", HIDDEN)
def test_names_are_nowhere(tmp_path: Path, what: str) -> None:
    folder = make_study_folder(tmp_path, n=12)
    site = site_of(folder, tmp_path)
    whole = "\n".join(everything(site).values())
    site.store.close()
    words = {word for item in site.study.items for word in HIDDEN[what](item)}
    assert len(words) > 1
    assert [word for word in words if word in whole] == []
