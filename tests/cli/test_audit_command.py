"""`cuewise audit data` and `table`: what they print, and with which code they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cuewise.cli.audit import audit_app
from cuewise.errors import InputError

TABLE = "model,task,rec,rea,cot\none,IR,26.2,61.2,43.7\ntwo,IR,31.4,40.0,35.7\n"


def audit(*arguments: str, columns: int = 100) -> Result:
    return CliRunner().invoke(audit_app, arguments, env={"COLUMNS": str(columns), "TERM": "dumb"})


def manifest(folder: Path) -> str:
    entries = [
        {"clip": "a.mp4", "task": "SA", "label": "positive"},
        {"clip": "a.mp4", "task": "FG-SA", "label": "weak negative"},
        {"clip": "b\u202e.mp4", "task": "SA", "label": "negative"},
        {"clip": "c.mp4", "task": "SA", "label": "sideways"},
    ]
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return str(path)


def table(folder: Path, content: str = TABLE) -> str:
    path = folder / "scores.csv"
    path.write_text(content)
    return str(path)


def test_data_on_a_terminal(tmp_path: Path) -> None:
    done = audit("data", "--data", manifest(tmp_path))
    assert done.exit_code == 0, done.output
    words = " ".join(done.stdout.split())
    assert "a.mp4 positive weak negative disagree" in words
    assert "3 questions over 2 clips" in words
    assert "agree in valence in 0 of 1 pairs" in words
    assert "1 of these pairs disagree: 1 of SA and FG-SA" in words
    assert "'sideways' is not among its candidates" in words
    assert "\u202e" not in done.stdout


def test_data_as_a_document(tmp_path: Path) -> None:
    done = audit("data", "--data", manifest(tmp_path), "--json", "--table", table(tmp_path))
    document = json.loads(done.stdout)
    assert document["data"] == tmp_path.name
    assert document["n_questions"] == 3
    assert document["shared_clips"][0]["agreement"] == "disagree"
    assert document["clips"]["missing"] == ["a.mp4", "b\u202e.mp4"]
    assert document["clips"]["probe"] is None
    assert len(document["problems"]) == 1
    assert document["below_baseline"] == [], "the table has none of the dataset's tasks"


def test_data_of_one_task(tmp_path: Path) -> None:
    done = audit("data", "--data", manifest(tmp_path), "--task", "fg_sa", "--json")
    assert json.loads(done.stdout)["n_questions"] == 1


def test_probing_tells_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    done = audit(
        "data", "--data", manifest(tmp_path), "--probe", "--workspace", str(tmp_path / "work"), "--json"
    )
    assert list(json.loads(done.stdout)["clips"]["probe"]["broken"]) == ["a.mp4"]
    assert "1 of 1 clip probed" in done.stderr


def test_a_consistent_table(tmp_path: Path) -> None:
    done = audit("table", table(tmp_path))
    assert done.exit_code == 0, done.output
    assert "nothing was found" in done.stdout


def test_a_table_that_cannot_be_right(tmp_path: Path) -> None:
    done = audit("table", table(tmp_path, TABLE.replace("43.7", "53.7")))
    assert done.exit_code == 1
    assert "cot-mean" in done.stdout
    assert "Not consistent: 1 error, 0 warnings." in done.stdout
    document = json.loads(audit("table", table(tmp_path, TABLE.replace("43.7", "53.7")), "--json").stdout)
    (finding,) = document["findings"]
    assert (document["consistent"], finding["check"], finding["severity"]) == (False, "cot-mean", "error")
    assert document["ranks"]["recognition"] == {"one": 2, "two": 1}


def test_a_warning_is_no_error(tmp_path: Path) -> None:
    done = audit("table", table(tmp_path, TABLE.replace("26.2,", "26.3,")))
    assert done.exit_code == 0
    assert "1 of them a score that needs fewer questions" in " ".join(done.stdout.split())


def test_counts_are_taken(tmp_path: Path) -> None:
    done = audit("table", table(tmp_path), "--counts", "ir=20, SA=5", "--json")
    document = json.loads(done.stdout)
    assert document["counts"] == {"IR": 20}
    assert {finding["check"] for finding in document["findings"]} == {"impossible-value"}
    assert done.exit_code == 1


@pytest.mark.parametrize("counts", ["IR", "IR=", "=5", "IR=0", "IR=-1", "IR=x", "IR=²"])
def test_counts_that_are_none(tmp_path: Path, counts: str) -> None:
    done = audit("table", table(tmp_path), "--counts", counts)
    assert done.exit_code == 2
    assert "not of the form TASK=N" in " ".join(done.stderr.replace("│", " ").split())


def test_a_file_that_is_no_table(tmp_path: Path) -> None:
    done = audit("table", table(tmp_path, "a,b\n1,2\n"))
    assert isinstance(done.exception, InputError)  # the command line prints its message and ends with 2
    assert "scores.csv" in str(done.exception)


def test_pairs_that_disagree_come_first(tmp_path: Path) -> None:
    labels = {"a": "positive", "b": "negative", "c": "positive"}
    entries = [
        {"clip": f"{clip}.mp4", "task": task, "label": label}
        for clip, label in labels.items()
        for task, label in (("SA", label), ("FG-SA", "weak negative"))
    ]
    path = tmp_path / "manifest.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    shown = audit("data", "--data", str(path)).stdout.splitlines()
    first_cells = [line.split()[0] for line in shown if ".mp4" in line][:3]
    assert first_cells == ["a.mp4", "c.mp4", "b.mp4"]
    document = json.loads(audit("data", "--data", str(path), "--json").stdout)
    assert [one["clip"] for one in document["shared_clips"]] == ["a.mp4", "b.mp4", "c.mp4"]


def test_a_table_of_tasks_is_no_table_of_overall_scores(tmp_path: Path) -> None:
    path = table(tmp_path)
    done = audit("table", path, "--overall", path)
    assert isinstance(done.exception, InputError)
    assert "scores.csv: has a column `task`" in str(done.exception)
    assert done.output == ""


def test_columns_are_named_alike_in_the_help_and_in_errors(tmp_path: Path) -> None:
    words = " ".join(audit("table", "--help", columns=200).stdout.replace("│", " ").split())
    for option in ((), ("--overall",)):
        files = (
            (table(tmp_path, "a,b\n1,2\n"),)
            if not option
            else (table(tmp_path), *option, str(tmp_path / "o.csv"))
        )
        (tmp_path / "o.csv").write_text("a,b\n1,2\n")
        named = str(audit("table", *files).exception).rpartition("first line: ")[2]
        assert named in words


@pytest.mark.parametrize(("n", "listed"), [(40, 40), (41, 20)])
def test_of_many_findings_of_one_kind_the_first_are_listed(tmp_path: Path, n: int, listed: int) -> None:
    rows = [f"m{i:02},IR,26.2,61.{i % 10},{90 + i / 100:.2f}\n" for i in range(n)]
    path = table(tmp_path, "".join(["model,task,rec,rea,cot\n", *rows, "last,IR,x,61.2,43.7\n"]))
    shown = audit("table", path).stdout
    assert shown.count("cot-mean ") == listed
    assert ("and 21 more of cot-mean; --json lists all" in shown) == (n > listed)
    assert "not-a-number" in shown
    found = json.loads(audit("table", path, "--json").stdout)["findings"]
    assert sum(finding["check"] == "cot-mean" for finding in found) == n


def fits(shown: Result, columns: int) -> bool:
    return shown.exit_code == 0 and max(map(len, shown.stdout.splitlines())) <= columns


@pytest.mark.slow
@pytest.mark.shared
def test_the_published_data(shared_data: Path) -> None:
    scores = shared_data / "published" / "task_scores.csv"
    shown = audit("data", "--data", str(shared_data / "mme-emotion"), "--table", str(scores), columns=80)
    assert fits(shown, 80)
    assert sum(".mp4 " in line or ".mkv " in line for line in shown.stdout.splitlines()) >= 483
    for figure in ("99.6", "86.9", "93.2", "67.8", "84.2", "94.7", "63.2", "86.3", "39.25", "19 of 20"):
        assert figure in shown.stdout
    assert "6,500 questions over 6,017 clips" in shown.stdout


@pytest.mark.shared
@pytest.mark.parametrize("columns", [80, 120])
def test_the_published_table(shared_data: Path, columns: int) -> None:
    folder = shared_data / "published"
    overall = str(folder / "overall.csv")
    options = ("--overall", overall, "--data", str(shared_data / "mme-emotion"))
    shown = audit("table", str(folder / "task_scores.csv"), *options, columns=columns)
    assert fits(shown, columns)
    words = " ".join(shown.stdout.split())
    assert "The means are consistent within rounding" in words
    assert "SA negative 39.25 14 of 20" in words
