"""`cuewise study report`, as it is typed: too little data, JSON, the page, hostile text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cuewise.runs.workspace import Workspace
from cuewise.study.folder import StudyFolder, study_folder
from cuewise.study.records import StudyKind
from support import axe
from support.chromium import NEEDED, chromium, opened
from support.cli import cuewise
from support.rated_studies import click_all, rated_folder, simulated
from support.studies import make_study_folder, rated_run

WORKSPACE = "cuewise-workspace"
HOSTILE = (
    "<script>document.title='hacked'</script><img src=x onerror=alert(1)> \u202egnirts [bold]x[/bold] \x1b[31m"
    + "y" * 3000
)


def ended(place: Path, *arguments: str) -> str:
    done = cuewise("study", "report", *arguments, cwd=place)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a study of steps and one of the question, rated."""
    place = tmp_path_factory.mktemp("place")
    run = rated_run(place / WORKSPACE, n=60)
    rated_folder(place / WORKSPACE, "pilot", runs=(run,), raters=3, n=24, attention=2)
    rated_folder(
        place / WORKSPACE, "people", runs=(run,), raters=3, n=24, kind=StudyKind.QUESTION, attention=2
    )
    return place


def document(place: Path, *arguments: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(ended(place, *arguments, "--json"))
    return found


def test_in_words_first(place: Path) -> None:
    lines = ended(place, "pilot").splitlines()
    assert lines[0].startswith(
        "Study pilot (answers under mme-emotion): 3 of 3 raters rated 24 of 24 drawn items."
    )
    text = " ".join(lines)
    assert "The three raters agree on" in text
    assert "The judge agrees with their majority on" in text
    assert "becomes" in text or "there is no sign that the judge is kinder" in text
    for title in ("Raters among themselves", "Rater by rater", "Reasoning score of each run by people"):
        assert title in text


def test_keys_stay_what_they_are(place: Path) -> None:
    found = document(place, "pilot")
    assert list(found) == [
        "format",
        "version",
        "study",
        "kind",
        "runs",
        "judges",
        "protocol",
        "right_means",
        "gold",
        "items",
        "attention_items",
        "rated_items",
        "unfinished",
        "cluster_kind",
        "weighted",
        "raters",
        "retest",
        "among",
        "judge",
        "in_place_of",
        "labels",
        "corrected",
        "disputed_steps",
        "disputed_items",
        "baseline",
        "meaning",
    ]
    assert (found["format"], found["version"], found["kind"]) == ("cuewise-study-report", 1, "steps")
    assert list(found["corrected"][0]["score"]) == [  # type: ignore[index]
        "people",
        "corrected",
        "slope",
        "rogan_gladen",
        "sensitivity",
        "specificity",
        "bias",
        "unweighted",
        "why_none",
    ]
    alpha = found["among"][0]["alpha"]  # type: ignore[index]
    assert list(alpha) == [
        "name",
        "value",
        "low",
        "high",
        "n_units",
        "n_raters",
        "n_ratings",
        "why_none",
        "note",
    ]


def test_imported_raters_are_counted_apart_and_alike_everywhere(tmp_path: Path) -> None:
    folder = rated_folder(tmp_path / WORKSPACE, "pilot", raters=3, n=24, attention=2)
    items = folder.study().drawn[:2]
    rows = "".join(f"{item.id},{step},1,zed,1\n" for item in items for step in item.rated)
    (tmp_path / "zed.csv").write_text("item,step,right,rater,done\n" + rows)
    done = cuewise("import", "study", "pilot", "zed.csv", cwd=tmp_path)
    assert "of 1 rater on 2 items: zed" in done.stderr
    # 24 items and 2 attention items for each of the three; zed was assigned none.
    listed = cuewise("study", "list", "--json", cwd=tmp_path)
    (told,) = json.loads(listed.stdout)["studies"]
    assert (told["raters"], told["imported_raters"]) == (3, 1)
    assert (told["done"], told["assigned"]) == (78, 78)
    text = " ".join(ended(tmp_path, "pilot", "-o", "pilot.html").split())
    assert "3 of 3 raters and 1 imported rated 24 of 24 drawn items." in text
    assert "With attention items 78 of 78 are done, imported ones apart." in text
    assert "2, imported" in (tmp_path / "pilot.html").read_text(encoding="utf-8")


def test_a_study_without_attention_items_tells_of_none(tmp_path: Path) -> None:
    rated_folder(tmp_path / WORKSPACE, "pilot", raters=2, n=6)
    text = " ".join(ended(tmp_path, "pilot").split())
    assert "6 of 6 drawn items. Over all raters 12 of 12 are done." in text
    assert "With attention items" not in text


def test_raters_are_told_by_number_alone(place: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    everything = ended(place, "pilot", "-o", str(page)) + json.dumps(document(place, "pilot"))
    everything += page.read_text(encoding="utf-8")
    assert "Rater 1" in everything
    assert "person-" not in everything


def test_addresses_can_be_copied_from_the_terminal(place: Path) -> None:
    found = document(place, "pilot")
    lines = ended(place, "pilot").splitlines()
    for letter, which in (("S", "disputed_steps"), ("A", "disputed_items")):
        for number, one in enumerate(found[which], 1):  # type: ignore[arg-type, var-annotated]
            assert f"{letter}{number}: {one['address']}" in [line.strip() for line in lines]


def test_an_address_wider_than_the_terminal_stays_whole(tmp_path: Path) -> None:
    rated_folder(tmp_path / WORKSPACE, runs=(rated_run(tmp_path / WORKSPACE, "r" * 60),), raters=2, n=20)
    done = cuewise("study", "report", "pilot", cwd=tmp_path, COLUMNS="50")
    address = document(tmp_path, "pilot")["disputed_steps"][0]["address"]  # type: ignore[index]
    assert len(address) > 60
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert f"S1: {address}" in lines or address in lines


def test_of_the_question(place: Path) -> None:
    text = ended(place, "people")
    assert "Recognition by people" in text
    assert "On the same 24 samples run mine (openai/gpt-4o) has" in " ".join(text.split())
    found = document(place, "people")
    beside = found["baseline"]["beside"][0]  # type: ignore[index]
    assert beside["items"] == 24
    assert beside["difference"]["count"] == 24
    assert found["judge"] == []


@pytest.mark.parametrize("kind", ["steps", "question"])
def test_nothing_rated_yet(tmp_path: Path, kind: str) -> None:
    make_study_folder(tmp_path / WORKSPACE, kind=StudyKind(kind))
    text = ended(tmp_path, "study", "-o", "report.html")
    assert "nothing is rated yet" in text
    assert "cuewise study serve study" in text
    assert document(tmp_path, "study")["rated_items"] == 0
    assert (tmp_path / "report.html").is_file()


def only_first(folder: StudyFolder) -> None:
    click_all(folder, [one for one in simulated(folder) if one.rater == folder.study().plan.raters[0]])


def nobody_finished(folder: StudyFolder) -> None:
    click_all(folder, [one.model_copy(update={"done": False}) for one in simulated(folder)])


def all_right(folder: StudyFolder) -> None:
    click_all(
        folder,
        [
            one.model_copy(update={"steps": dict.fromkeys(one.steps, "right")})
            for one in simulated(folder, cannot_tell=0)
        ],
    )


def nobody_can_tell(folder: StudyFolder) -> None:
    click_all(
        folder,
        [
            one.model_copy(
                update={
                    "steps": dict.fromkeys(one.steps, "cannot tell"),
                    "label": None,
                    "cannot_tell_label": True,
                }
            )
            for one in simulated(folder)
        ],
    )


@pytest.mark.parametrize(
    ("rate", "kind", "words"),
    [
        (
            only_first,
            StudyKind.STEPS,
            "Only one rater has rated: how far raters agree takes a second one",
        ),
        (only_first, StudyKind.STEPS, "The judge agrees with this rater on"),
        (only_first, StudyKind.STEPS, "Whether the judge would pass as a rater takes two raters"),
        (only_first, StudyKind.QUESTION, "no unit was rated by two raters"),
        (nobody_finished, StudyKind.STEPS, "--full takes them in"),
        (nobody_finished, StudyKind.QUESTION, "--full takes them in"),
        (all_right, StudyKind.STEPS, "no alpha: all ratings are right"),
        (all_right, StudyKind.STEPS, "no rated step is wrong"),
        (
            nobody_can_tell,
            StudyKind.STEPS,
            "How far the raters agree cannot be told: there is no answer to compare",
        ),
        (nobody_can_tell, StudyKind.QUESTION, "People name the annotated labels in 0.0 %"),
    ],
)
def test_too_little_says_so(tmp_path: Path, rate: object, kind: StudyKind, words: str) -> None:
    folder = make_study_folder(tmp_path / WORKSPACE, n=20, kind=kind)
    rate(folder)  # type: ignore[operator]
    text = " ".join(ended(tmp_path, "study", "-o", "report.html").split())
    assert words in text
    document(tmp_path, "study")
    ended(tmp_path, "study", "--full")


def test_a_missing_study_is_told(tmp_path: Path) -> None:
    done = cuewise("study", "report", "none", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no study 'none'" in done.stderr


def test_without_its_run_all_else_is_told(tmp_path: Path) -> None:
    folder = rated_folder(tmp_path / WORKSPACE, raters=3, n=20)
    run = Workspace(tmp_path / WORKSPACE).run("mine")
    run.path.rename(run.path.with_name("gone"))
    text = " ".join(ended(tmp_path, folder.name).split())
    assert "there is no corrected reasoning score, as the run cannot be read" in text
    assert "The three raters agree on" in text


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a study whose steps, labels, models and notes are hostile."""
    place = tmp_path_factory.mktemp("hostile")
    clean = make_study_folder(place / WORKSPACE, "clean", n=20)
    study = clean.study()
    items = []
    for item in study.items:
        steps = tuple(step.model_copy(update={"text": HOSTILE}) for step in item.steps)
        if item.judged is None:
            items.append(item.model_copy(update={"steps": steps}))
            continue
        verdicts = tuple(one.model_copy(update={"reason": HOSTILE}) for one in item.judged.verdicts)
        judged = item.judged.model_copy(update={"verdicts": verdicts, "model": f"x/{HOSTILE[:60]}"})
        items.append(item.model_copy(update={"steps": steps, "judged": judged}))
    folder = study_folder(Workspace(place / WORKSPACE), "bad")
    folder.freeze(study.model_copy(update={"items": tuple(items)}))
    click_all(folder, [one.model_copy(update={"note": HOSTILE}) for one in simulated(folder)])
    text = ended(place, "bad", "-o", "report.html")
    assert "\x1b" not in text
    assert "\u202e" not in text
    return place


def test_hostile_text_is_shown_as_text(hostile: Path) -> None:
    page = (hostile / "report.html").read_text(encoding="utf-8")
    assert HOSTILE[:40] not in page
    assert "&lt;script&gt;document.title" in page
    assert not re.search(r"<img[^>]*onerror", page)


@pytest.mark.skipif(NEEDED[0], reason=NEEDED[1])
def test_the_page_in_a_browser(place: Path, hostile: Path) -> None:
    for name in ("pilot", "people"):
        ended(place, name, "-o", f"{name}.html")
    pages = [place / "pilot.html", place / "people.html", hostile / "report.html"]
    with chromium() as browser:
        for path in pages:
            # From 1024 pixels on a page differs by day and by night in its colours alone.
            for width, dark, rules in ((375, False, ()), (1024, True, ()), (1600, False, axe.COLOURS)):
                with opened(browser, path.as_uri(), width=width, dark=dark) as page:
                    assert "hacked" not in page.title()
                    assert axe.overflowing(page) == []
                    if not axe.NEEDED[0]:
                        assert axe.complaints(page, rules=rules) == []
        with opened(browser, pages[0].as_uri()) as page:
            assert page.locator("#bland-altman svg").count() >= 1
            assert page.locator("#confusion td").count() == 4
