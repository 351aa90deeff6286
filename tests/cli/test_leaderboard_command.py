"""`cuewise export submission` and `cuewise leaderboard`, from a real run to a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cuewise.demo import demo_data
from cuewise.media.treatments import Treatment, TreatmentKind
from support.cli import cuewise
from support.submissions import made_run, submission_of, tampered


def test_a_real_run_is_exported_verified_and_listed(decoded: Callable[[Path], Path], tmp_path: Path) -> None:
    decoded(tmp_path / "cuewise-workspace")
    ran = cuewise(
        *("run", "--data", str(demo_data()), "--model", "simulated/careful", "--protocol", "grounded"),
        *("--run", "mine", "--limit", "12", "--json"),
        cwd=tmp_path,
    )
    assert ran.returncode in (0, 1), ran.stderr
    exported = cuewise("export", "submission", "mine", "-o", "mine.jsonl.gz", cwd=tmp_path)
    assert (exported.returncode, exported.stdout) == (0, "mine.jsonl.gz\n")
    told = cuewise(
        "leaderboard", "verify", "mine.jsonl.gz", "--data", str(demo_data()), "--json", cwd=tmp_path
    )
    document = json.loads(told.stdout)
    assert (told.returncode, document["reproduces"], document["differences"]) == (0, True, [])
    assert (document["samples"], document["model"]) == (12, "simulated/careful")
    built = cuewise("leaderboard", "build", "mine.jsonl.gz", "-o", "site", "--json", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    assert json.loads(built.stdout)["models"] == 21
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "simulated/careful" in index.replace("<wbr>", ""), "a name may break after its slash"


def test_a_run_is_verified_as_a_file(tmp_path: Path) -> None:
    made_run(tmp_path / "cuewise-workspace", "mine", n=8)
    told = cuewise("leaderboard", "verify", "mine", cwd=tmp_path)
    assert told.returncode == 2
    assert "cuewise export submission mine -o mine.jsonl.gz" in told.stderr
    missing = cuewise("leaderboard", "verify", "mine.jsonl", cwd=tmp_path)
    assert missing.returncode == 2
    assert "check the path" in missing.stderr


def test_a_site_of_nothing_but_published_models_is_told(tmp_path: Path) -> None:
    done = cuewise("leaderboard", "build", "-o", "site", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "site/index.html\n")
    assert "the published models stand alone" in done.stderr
    assert "cuewise leaderboard build RUN" in done.stderr


def test_a_run_that_is_no_plain_result_is_exported_with_a_word_about_it(tmp_path: Path) -> None:
    run = made_run(tmp_path / "cuewise-workspace", "blurred", n=8)
    treatment = Treatment(kind=TreatmentKind.BLUR, level=0.02)
    settings = run.manifest.settings.model_copy(update={"treatment": treatment})
    run.manifest.model_copy(update={"settings": settings}).write(run.folder.manifest_path)
    done = cuewise("export", "submission", "blurred", "-o", "blurred.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "blurred.jsonl\n")
    assert "(blurred, 2 %): a leaderboard ranks it apart" in " ".join(done.stderr.split())


def test_what_does_not_reproduce(tmp_path: Path) -> None:
    path = submission_of(made_run(tmp_path, n=16), tmp_path / "run.jsonl")
    false = tampered(
        path, lambda lines: [line["score"].update(cot=0.123) for line in lines if "score" in line]
    )
    told = cuewise("leaderboard", "verify", str(false), cwd=tmp_path)
    assert (told.returncode, told.stdout) == (2, "")
    # 15 scored samples, CoT of 8 tasks and over all, and its interval over all: 2 clips of a task have none.
    assert "does not reproduce, in 25 places" in told.stderr
    assert "ER-Lab/IEMOCAP/clip-00000.mp4: score, cot is stated as 0.123" in told.stderr
    assert "--data DIR compares them" in told.stderr
    document = json.loads(cuewise("leaderboard", "verify", str(false), "--json", cwd=tmp_path).stdout)
    assert (document["reproduces"], document["n_differences"]) == (False, 25)
    listed = cuewise("leaderboard", "build", str(false), "-o", "site", cwd=tmp_path)
    assert (listed.returncode, (tmp_path / "site").exists()) == (2, False)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("verify", "absent.jsonl"), "absent.jsonl cannot be read"),
        (("build", "absent"), "there is no run 'absent'"),
        (("build", "--no-published"), "needs a run"),
        (("build", "--about", "absent.toml"), "absent.toml cannot be read"),
    ],
)
def test_what_is_not_there(arguments: tuple[str, ...], why: str, tmp_path: Path) -> None:
    told = cuewise("leaderboard", *arguments, cwd=tmp_path)
    assert told.returncode == 2
    assert why in told.stderr


def test_a_site_of_runs_and_what_is_told_of_them(tmp_path: Path) -> None:
    made_run(tmp_path / "cuewise-workspace", "mine", n=16)
    (tmp_path / "about.toml").write_text('[models."openai/gpt-4o"]\ntitle = "GPT-4o"\nsize = "200B"\n')
    arguments = ("mine", "--no-published", "--about", "about.toml", "--title", "Ours", "--cases", "3")
    built = cuewise("leaderboard", "build", *arguments, "-o", "site", cwd=tmp_path)
    assert (built.returncode, built.stdout) == (0, "site/index.html\n"), built.stderr
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert ">GPT-4o</a>" in page and "closed, 200B" in page and "<title>Ours</title>" in page
    assert len(list((tmp_path / "site" / "cases").glob("*.html"))) == 4
    assert not (tmp_path / "site" / "published.html").exists()
