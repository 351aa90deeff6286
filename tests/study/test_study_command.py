"""`cuewise study create` and `list`, `export study` and `import study`, as they are typed."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from cuewise.runs.workspace import Workspace
from cuewise.study.exchange.label_studio import LOCAL_FILES
from cuewise.study.folder import StudyFolder, existing_study
from cuewise.study.records import Click, StudyKind
from cuewise.study.store import RatingStore
from support.cli import cuewise
from support.studies import make_study_folder, rated_run

WORKSPACE = "cuewise-workspace"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a workspace with a run."""
    rated_run(tmp_path / WORKSPACE, n=40)
    return tmp_path


def folder(place: Path, name: str = "s") -> StudyFolder:
    return existing_study(Workspace(place / WORKSPACE), name)


def rate_all(of: StudyFolder) -> int:
    """Every rater finds every step right; how many steps of drawn items that are."""
    study, numbers = of.study(), count(1)
    with closing(RatingStore(of.ratings_path)) as store:
        for rater, ids in study.assigned.items():
            rated = {item.id: item.rated for item in study.items}
            said = [(id, str(step), "right") for id in ids for step in rated[id]]
            clicks = [
                Click(id=f"click-{next(numbers):06d}", item=id, question=question, value=value)
                for id, question, value in [*said, *((id, "done", True) for id in ids)]
            ]
            store.add(rater, clicks)
    drawn = {item.id: len(item.rated) for item in study.drawn}
    return sum(drawn.get(id, 0) for ids in study.assigned.values() for id in ids)


def test_what_is_drawn_is_told_before_and_after(place: Path) -> None:
    command = ("study", "create", "mine", "--name", "s", "--n", "20", "--raters", "3", "--overlap", "2")
    dry = cuewise(*command, "--dry-run", cwd=place)
    assert dry.returncode == 0, dry.stderr
    assert "Nothing is written" in dry.stderr
    assert not (place / WORKSPACE / "studies").exists()
    done = cuewise(*command, cwd=place)
    assert done.stdout == dry.stdout
    # Eight tasks; the made-up run has answers right and wrong in all of them.
    study = folder(place).study()
    assert study.plan.strata_by == ("task",)
    assert f"They are from --n {study.plan.finer['whether the label is right']} on by whether the label" in (
        " ".join(done.stdout.split())
    )
    assert "Could not be drawn: 1 ended as refused, 1 ended as unparseable answer." in done.stdout
    # 20 items, 2 raters for each: 13 or 14 for each of three, too few for attention items.
    assert "3 raters with 13 to 14 items each; every item drawn is seen by 2." in done.stdout
    study = folder(place).study()
    assert len(study.items) == 20
    assert study.plan.raters == ("rater-1", "rater-2", "rater-3")
    again = cuewise(*command, cwd=place)
    assert again.returncode == 2
    assert "there is a study s already" in again.stderr


def test_as_json(place: Path) -> None:
    done = cuewise(
        *(
            "study",
            "create",
            "mine",
            "--name",
            "s",
            "--n",
            "500",
            "--rater",
            "ana",
            "--rater",
            "ben",
            "--json",
        ),
        cwd=place,
    )
    told = json.loads(done.stdout)
    assert (told["asked"], told["drawn"], told["written"]) == (500, 38, True)
    assert sum(each["samples"] for each in told["strata"].values()) == 38
    # 5 % of 38 items are 1.9; at least 3 are taken.
    assert told["raters"]["ana"]["items"] == told["raters"]["ben"]["items"] == 41
    steps = sum(len(item.rated) for item in folder(place).study().drawn)
    assert told["units"] == steps
    in_words = cuewise("study", "create", "mine", "--name", "t", "--n", "500", cwd=place)
    # Items of all raters together: 2 instructed ones that all see, and for each rater one of his or her own again.
    checks = len(folder(place, "t").study().items) - 38
    assert 3 <= checks <= 2 + 5
    assert (
        f"38 items, and {checks} more to check attention. 5 raters with 41 items each, 3 of them to check"
        in (" ".join(in_words.stdout.split()))
    )
    assert "There are only 38 samples to draw, and all of them are drawn." in in_words.stdout


def test_a_study_of_the_question(place: Path) -> None:
    done = cuewise("study", "create", "mine", "--name", "q", "--kind", "question", "--n", "16", cwd=place)
    assert "From 16 questions, people's accuracy will be known" in done.stdout
    # 16 questions at 30 s and a clip of 4 s each are 9.07 minutes; five raters take 45.3.
    assert "80 answers to give: 9 minutes for a rater, 45 minutes in all, if" in " ".join(done.stdout.split())
    assert folder(place, "q").study().plan.kind is StudyKind.QUESTION


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing", "--name", "s"), "there is no run 'nothing'"),
        (("mine", "--name", "../s"), "no name"),
        (("mine", "--name", "s", "--raters", "2", "--overlap", "3"), "3 raters cannot see each item"),
        (("mine", "--name", "s", "--raters", "2", "--rater", "ana"), "--rater names 1, and --raters says 2"),
        (("mine", "--name", "s", "--rater", "a b"), "'a b' is no name for a rater"),
        (("mine", "mine", "--name", "s"), "each run once"),
        (("mine", "--name", "s", "--kind", "question", "--gold", "shown"), "leave out --gold shown"),
    ],
)
def test_bad_usage(place: Path, arguments: tuple[str, ...], told: str) -> None:
    done = cuewise("study", "create", *arguments, cwd=place)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (place / WORKSPACE / "studies").exists()


def test_studies_are_listed_with_what_is_done(tmp_path: Path) -> None:
    assert "no study here yet" in cuewise("study", "list", cwd=tmp_path).stderr
    made = make_study_folder(tmp_path / WORKSPACE, "s")
    told = json.loads(cuewise("study", "list", "--json", cwd=tmp_path).stdout)["studies"]
    assert [(each["study"], each["done"], each["assigned"]) for each in told] == [("s", 0, 36)]
    rate_all(made)
    damaged = tmp_path / WORKSPACE / "studies" / "damaged"
    damaged.mkdir()
    (damaged / "study.json").write_text("{")
    shown = cuewise("study", "list", cwd=tmp_path)
    assert "36 of 36" in shown.stdout
    assert "study damaged is damaged at its start" in shown.stderr


def test_calibrate_reads_what_is_exported(place: Path) -> None:
    cuewise("study", "create", "mine", "--name", "s", "--n", "24", "--raters", "2", cwd=place)
    n_rows = rate_all(folder(place))
    done = cuewise("export", "study", "s", "-o", "s.csv", cwd=place)
    assert f"{n_rows} rows; attention items are left out" in done.stderr
    with (place / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == n_rows
    assert {row["right"] for row in rows} == {"1"}
    told = json.loads(cuewise("calibrate", "mine", "--ratings", "s.csv", "--json", cwd=place).stdout)
    assert told["rated"] == 24
    assert told["steps"] == n_rows / 2
    assert told["confusion"]["wrong_passed"] == told["confusion"]["wrong_failed"] == 0


def test_of_several_runs_one_is_exported_for_calibrate(place: Path) -> None:
    rated_run(place / WORKSPACE, "other", n=40, seed="other")
    cuewise("study", "create", "mine", "other", "--name", "s", "--n", "40", "--raters", "1", cwd=place)
    rate_all(folder(place))
    cuewise("export", "study", "s", "--run", "other", "-o", "other.csv", cwd=place)
    with (place / "other.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["run"] for row in csv.DictReader(file)} == {"other"}
    told = json.loads(cuewise("calibrate", "other", "--ratings", "other.csv", "--json", cwd=place).stdout)
    of_other = [item for item in folder(place).study().drawn if item.judged and item.judged.run == "other"]
    assert told["rated"] == len(of_other)
    done = cuewise("export", "study", "s", "--run", "third", cwd=place)
    assert done.returncode == 2
    assert "study s is of mine, other" in done.stderr


def test_one_study_with_bad_ratings_hides_no_other(place: Path) -> None:
    """One whose file of ratings was only begun, and one whose file is damaged."""
    for name in ("begun", "damaged", "sound"):
        make_study_folder(place / name / WORKSPACE, name)
        (place / name / WORKSPACE / "studies" / name).rename(_studies(place) / name)
    folder(place, "begun").ratings_path.touch()
    folder(place, "damaged").ratings_path.write_bytes(b"no database" * 1000)
    rate_all(folder(place, "sound"))
    done = cuewise("study", "list", "--json", cwd=place)
    assert done.returncode == 0, done.stderr
    listed = {study["study"]: study["done"] for study in json.loads(done.stdout)["studies"]}
    assert listed == {"begun": 0, "sound": 36}
    assert "study damaged" in done.stderr
    assert "restore it from a copy" in done.stderr


def _studies(place: Path) -> Path:
    path = place / WORKSPACE / "studies"
    path.mkdir(exist_ok=True)
    return path


def test_out_and_in_again(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for each in (here, there):
        make_study_folder(each / WORKSPACE, "s")
    rate_all(folder(here))
    cuewise("export", "study", "s", "--format", "json", "-o", str(tmp_path / "s.json"), cwd=here)
    told = json.loads(cuewise("import", "study", "s", str(tmp_path / "s.json"), "--json", cwd=there).stdout)
    steps = sum(len(item.rated) for item in folder(there).study().items)
    # Three raters; a click for each step and one for each item of twelve.
    assert told == {
        "study": "s",
        "raters": ["ana", "ben", "eva"],
        "items": 12,
        "clicks": 3 * (steps + 12),
        "taken_back": 0,
    }
    again = cuewise("import", "study", "s", str(tmp_path / "s.json"), cwd=there)
    assert again.stderr.startswith("Nothing new: what ")
    assert (
        cuewise("export", "study", "s", cwd=here).stdout == cuewise("export", "study", "s", cwd=there).stdout
    )


def test_for_label_studio_two_files_are_written(tmp_path: Path) -> None:
    make_study_folder(tmp_path / WORKSPACE, "s")
    bare = cuewise("export", "study", "s", "--format", "label-studio", cwd=tmp_path)
    assert bare.returncode == 2
    assert "name the first with -o FILE.json" in bare.stderr
    cuewise(
        *(
            "export",
            "study",
            "s",
            "--format",
            "label-studio",
            "-o",
            "ls.json",
            "--media-prefix",
            "https://x/",
        ),
        cwd=tmp_path,
    )
    made = json.loads((tmp_path / "ls.json").read_text())
    assert len(made) == 12
    assert all(task["data"]["clip"].startswith("https://x/") for task in made)
    cuewise("export", "study", "s", "--format", "label-studio", "-o", "local.json", cwd=tmp_path)
    local = json.loads((tmp_path / "local.json").read_text())
    assert all(task["data"]["clip"].startswith(LOCAL_FILES) for task in local)
    assert (tmp_path / "ls.xml").read_text().startswith("<View>")


@pytest.mark.parametrize("export_format", ["csv", "json", "label-studio"])
def test_nothing_is_exported_over_a_file_that_is_there(tmp_path: Path, export_format: str) -> None:
    make_study_folder(tmp_path / WORKSPACE, "s")
    command = ("export", "study", "s", "--format", export_format, "-o")
    file, interface = tmp_path / "kept.json", tmp_path / "new.xml"
    for kept in (file, interface):
        kept.write_text("what people said")
    done = cuewise(*command, "kept.json", cwd=tmp_path)
    assert (done.returncode, file.read_text()) == (2, "what people said")
    assert "kept.json is there already and may hold ratings: name a new file with -o" in done.stderr
    done = cuewise(*command, "new.json", cwd=tmp_path)
    two_files = export_format == "label-studio"
    assert done.returncode == (2 if two_files else 0)
    assert (tmp_path / "new.json").exists() is not two_files
    assert ("new.xml is there already" in done.stderr) is two_files
    assert interface.read_text() == "what people said"


def test_a_study_that_is_not_there(tmp_path: Path) -> None:
    make_study_folder(tmp_path / WORKSPACE, "s")
    for command in (("export", "study", "t"), ("import", "study", "t", "x.csv")):
        done = cuewise(*command, cwd=tmp_path)
        assert done.returncode == 2
        assert "there is no study 't' in this workspace; there are: s" in done.stderr
