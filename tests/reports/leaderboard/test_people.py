"""A row of people on the leaderboard: what it says, what it leaves out, and that it is ranked with nobody."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from cuewise.study.records import StudyKind
from support import axe
from support.chromium import NEEDED, chromium, opened
from support.cli import cuewise
from support.outcomes import make_outcomes, make_run, make_samples
from support.rated_studies import rated_folder
from support.studies import make_study_folder, with_clips

WORKSPACE = "cuewise-workspace"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, and a study with 15 answered samples of one task, and 5 of another."""
    place = tmp_path_factory.mktemp("place")
    samples = [*make_samples(45, only=["ER-Lab"]), *make_samples(15, only=["ML-ER"])]
    run = make_run(place / WORKSPACE, "mine", with_clips(make_outcomes(samples)), model="openai/gpt-4o")
    rated_folder(place / WORKSPACE, "folk", runs=(run,), raters=3, n=20, kind=StudyKind.QUESTION, attention=0)
    rated_folder(place / WORKSPACE, "steps", runs=(run,), raters=3, n=20)
    return place


@pytest.fixture(scope="module")
def built(place: Path) -> dict[str, Any]:
    done = cuewise(
        *("leaderboard", "build", "mine", "--humans", "folk", "--no-published", "-o", "board"), cwd=place
    )
    assert done.returncode == 0, done.stderr
    assert "of study folk too little is answered to tell of ML-ER" in done.stderr
    found: dict[str, Any] = json.loads((place / "board/data/leaderboard.json").read_text())
    return found


def test_the_row_has_recognition_alone(place: Path, built: dict[str, Any]) -> None:
    (row,) = [model for model in built["models"] if model["origin"] == "people"]
    assert (row["title"], row["model"], row["run"]) == ("Human raters (n=3)", "people", "folk")
    assert list(row["scores"]) == ["All tasks", "ER-Lab"]
    told = json.loads(cuewise("study", "report", "folk", "--json", cwd=place).stdout)
    pooled = {one["task"] or "All tasks": one for one in told["baseline"]["pooled"]}
    for task, scores in row["scores"].items():
        assert scores["samples"] == pooled[task]["items"]
        assert scores["recognition"] == pytest.approx(100 * pooled[task]["mme"]["value"])
        assert scores["recognition_low"] == pytest.approx(100 * pooled[task]["mme"]["low"])
        assert (scores["reasoning"], scores["cot"], scores["skill"]) == (None, None, None)
        assert "recognition_rank" not in scores
    assert pooled["ML-ER"]["items"] == 5


def test_people_who_were_asked_other_questions_do_not_stand_in(place: Path) -> None:
    other = make_outcomes(make_samples(4, only=["SA"]))
    make_run(place / WORKSPACE, "others", other, model="openai/gpt-4o-mini")
    build = ("leaderboard", "build", "--humans", "folk", "-o", "never")
    refused = cuewise(*build, "others", "--no-published", cwd=place)
    assert refused.returncode == 2
    assert "shares none of its 20 samples" in refused.stderr
    assert not (place / "never").exists()


def test_beside_published_models_alone_there_is_no_figure_over_all_tasks(place: Path) -> None:
    done = cuewise("leaderboard", "build", "--humans", "folk", "-o", "published", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "no run of this leaderboard has its samples" in done.stderr
    index = (place / "published/index.html").read_text(encoding="utf-8")
    cells = json.loads(re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', index, re.S)[1])  # type: ignore[index]
    recognition = {task: of[0][0] for task, of in cells["cells"]["people-folk"].items()}
    assert recognition["All tasks"] == "–"
    assert recognition["ER-Lab"] != "–"
    page = (place / "published/models/people-folk.html").read_text(encoding="utf-8")
    assert "drawn by lot from the samples of run mine" in page
    assert "<code>cuewise study report folk</code>" in page
    options = re.search(r'<select name="group">(.*?)</select>', index, re.S)
    assert options and not re.search(r">\w+: *;", options[1])


def test_it_is_a_group_of_its_own(built: dict[str, Any]) -> None:
    groups = {tuple(group["models"]): group for group in built["groups"]}
    assert len(groups) == 2
    (people,) = [group for group in built["groups"] if group["condition"]]
    assert people["condition"] == "people, 20 samples"
    assert not people["whole_benchmark"]


def test_pages_and_table_say_what_it_is(place: Path, built: dict[str, Any]) -> None:
    index = (place / "board/index.html").read_text(encoding="utf-8")
    assert "1 models and people" in index
    assert "not a model" in index
    page = (place / "board/models/people-folk.html").read_text(encoding="utf-8")
    assert "people, not a model" in page
    assert "3 people gave 60 answers" in page
    assert "Too little is answered to tell of: ML-ER (5 samples)." in page
    with (place / "board/data/leaderboard.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["origin"] == "people"]
    assert [row["task"] for row in rows] == ["All tasks", "ER-Lab"]
    assert all(row["reasoning"] == "" for row in rows)


@pytest.mark.parametrize(
    ("study", "words"),
    [("steps", "people rated steps"), ("none", "there is no study"), ("empty", "nobody has answered")],
)
def test_what_is_no_baseline_is_refused(place: Path, study: str, words: str) -> None:
    if study == "empty":
        make_study_folder(place / "other", "empty", kind=StudyKind.QUESTION)
    workspace = "other" if study == "empty" else WORKSPACE
    done = cuewise(
        *("leaderboard", "build", "--humans", study, "--workspace", workspace, "-o", "never"), cwd=place
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert not (place / "never").exists()


@pytest.mark.skipif(NEEDED[0], reason=NEEDED[1])
def test_in_a_browser(place: Path, built: dict[str, Any]) -> None:
    with chromium() as browser:
        for name, width in (("index.html", 375), ("index.html", 1600), ("models/people-folk.html", 1024)):
            with opened(browser, (place / "board" / name).as_uri(), width=width) as page:
                assert axe.overflowing(page) == []
                if not axe.NEEDED[0]:
                    assert axe.complaints(page) == []
        with opened(browser, (place / "board/index.html").as_uri()) as page:
            page.select_option("select[name=origin]", "people")
            assert page.locator("#models tbody tr:visible").count() == 1
            page.select_option("select[name=origin]", "own")
            assert page.locator("#models tbody tr:visible").count() == 1
            page.select_option("select[name=origin]", "")
            assert page.locator("#models tbody tr:visible").count() == 2
