"""`cuewise study serve`, as it is typed: links, who may ask, and what is missing."""

from __future__ import annotations

import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from cuewise.study.store import RatingStore
from support.cli import CUEWISE, cuewise, environment
from support.studies import make_study_folder

WORKSPACE = "cuewise-workspace"
OPENED = re.compile(r"How far they are: (\S+)")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace with a study."""
    folder = tmp_path_factory.mktemp("place")
    make_study_folder(folder / WORKSPACE, "pilot")
    return folder


@contextmanager
def serving(place: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """A server; its address for whoever runs the study, and what it said until it was ready."""
    process = subprocess.Popen(
        [*CUEWISE, "study", "serve", "pilot", "--port", "0", *options],
        cwd=place,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said: list[str] = []
    try:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if found := OPENED.search(line):
                yield process, found[1], said
                break
        else:
            pytest.fail("".join(said))
    finally:
        process.terminate()
        process.wait(timeout=20)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def status(url: str) -> int:
    try:
        with urlopen(url, timeout=20) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.slow
def test_links_are_told_once_and_new_ones_void_the_old(place: Path) -> None:
    with serving(place) as (process, url, said):
        assert process.stdout is not None
        links = dict(process.stdout.readline().split() for _ in range(3))
        assert list(links) == ["ana", "ben", "eva"]
        assert "Links, printed this once. Give each rater his or her own:\n" in said
        assert all(link.startswith(f"{url}r/") for link in links.values())
        assert [status(link) for link in links.values()] == [200, 200, 200]
        assert status(url) == 200
        process.kill()
        assert process.stdout.read() == ""
    with sqlite3.connect(place / WORKSPACE / "studies" / "pilot" / "ratings.sqlite") as db:
        kept = "\n".join(db.iterdump())
    db.close()
    assert not any(link.rsplit("/", 1)[1] in kept for link in links.values())
    file = place / "links.txt"
    with serving(place, "--new-links", "--links", str(file)) as (_, url, said):
        assert "which only you can read" in "".join(said)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        new = dict(line.split("\t") for line in file.read_text().splitlines())
        assert [status(link) for link in new.values()] == [200, 200, 200]
        assert [status(f"{url}r/{link.rsplit('/', 1)[1]}") for link in links.values()] == [404, 404, 404]
    with serving(place) as (process, url, said):
        assert "Raters have their links; --new-links makes new ones.\n" in said
        assert status(f"{url}r/{new['ana'].rsplit('/', 1)[1]}") == 200
        process.kill()
        assert process.stdout is not None
        assert process.stdout.read() == ""


@pytest.mark.slow
def test_links_given_out_tie_a_study_to_its_port(tmp_path: Path) -> None:
    """Served elsewhere it says that they do not open there, and that whatever is on their port must be ended."""
    folder = make_study_folder(tmp_path / WORKSPACE, "pilot")
    with serving(tmp_path) as (_, url, _said):
        there = url.removeprefix("http://").strip("/")
        port = there.rpartition(":")[2]
        with closing(RatingStore(folder.ratings_path)) as store:
            assert store.link_hosts() == {there}
        # Once by itself, once while its own server listens there, once where something else does.
        with serving(tmp_path) as (_, elsewhere, said):
            here = elsewhere.removeprefix("http://").strip("/")
            told = f"Links given out are for {there} and will not open here, at {here}"
            assert told in "".join(said)
            other = here.rpartition(":")[2]
            wrong = cuewise("study", "serve", "pilot", "--port", other, cwd=tmp_path)
            assert f"raters' links are for {there}: serve the study there" in wrong.stderr
        taken = cuewise("study", "serve", "pilot", "--port", port, cwd=tmp_path)
        assert taken.returncode == 2
        assert (
            "first end the program that listens on it, which may be this study's own server" in taken.stderr
        )
        make_study_folder(tmp_path / "new" / WORKSPACE, "fresh")
        fresh = cuewise("study", "serve", "fresh", "--port", port, cwd=tmp_path / "new")
        assert "give another --port, or 0 for any that is free" in fresh.stderr
    with serving(tmp_path, "--port", port) as (_, _url, said):
        assert "will not open here" not in "".join(said)


def test_links_that_were_given_out_cannot_be_written_again(place: Path, tmp_path: Path) -> None:
    make_study_folder(tmp_path / WORKSPACE, "given")
    with sqlite3.connect(tmp_path / WORKSPACE / "studies" / "given" / "ratings.sqlite") as db:
        db.execute("CREATE TABLE raters (name TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE)")
        db.executemany("INSERT INTO raters VALUES (?, ?)", [(name, name) for name in ("ana", "ben", "eva")])
    db.close()
    done = cuewise("study", "serve", "given", "--port", "0", "--links", "links.txt", cwd=tmp_path)
    assert done.returncode == 2
    assert "of which only hashes are kept: leave out --links, or add --new-links" in done.stderr
    assert not (tmp_path / "links.txt").exists()


def test_links_that_cannot_be_written_are_not_made(tmp_path: Path) -> None:
    folder = make_study_folder(tmp_path / WORKSPACE, "s")
    done = cuewise("study", "serve", "s", "--port", "0", "--links", "no/such/folder", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot be written (No such file or directory): name another file with --links" in done.stderr
    with sqlite3.connect(folder.ratings_path) as db:
        assert db.execute("SELECT count(*) FROM raters").fetchone() == (0,)
    db.close()


def test_links_are_not_written_over_a_file_that_is_there(tmp_path: Path) -> None:
    """Nor are new ones made, which would make void those that the file holds."""
    folder = make_study_folder(tmp_path / WORKSPACE, "s")
    file = tmp_path / "links.txt"
    file.write_text("ana\tolder\n")
    given = ("study", "serve", "s", "--port", "0", "--new-links", "--links", "links.txt")
    done = cuewise(*given, cwd=tmp_path)
    assert (done.returncode, file.read_text()) == (2, "ana\tolder\n")
    assert "links.txt is there already and may hold links: name a new file with --links" in done.stderr
    with sqlite3.connect(folder.ratings_path) as db:
        assert db.execute("SELECT count(*) FROM raters").fetchone() == (0,)
    db.close()


def test_what_is_missing_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = cuewise("study", "serve", "other", cwd=place)
    assert unknown.returncode == 2
    assert "there is no study 'other' in this workspace; there are: pilot" in unknown.stderr
    remote = cuewise("study", "serve", "pilot", "--host", "0.0.0.0", cwd=place)
    assert remote.returncode == 2
    assert "--allow-remote" in remote.stderr
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    bare = cuewise("study", "serve", "pilot", cwd=place)
    assert bare.returncode == 2
    assert "install them with: pip install 'cuewise[viewer]'" in bare.stderr
