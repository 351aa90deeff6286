"""`cuewise view` as a process: where it listens, who may look, and how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from unittest import mock

import pytest

from support.cli import CUEWISE, cuewise, environment
from support.outcomes import make_outcomes, make_run, make_samples


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    make_run(root, "first", make_outcomes(make_samples(3)))
    return root


@contextmanager
def viewed(
    workspace: Path, *arguments: str, browser: Path | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command on a free port; gives the process and the address that it prints.

    Args:
        browser: a program that it opens a browser by; it opens none without.
    """
    opens = ["--no-open"] if browser is None else []
    process = subprocess.Popen(
        [*CUEWISE, "view", "--workspace", str(workspace), "--port", "0", *opens, *arguments],
        env=environment(**({} if browser is None else {"BROWSER": f"{browser} %s"})),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        found = re.search(r"is shown at (\S+)", process.stderr.readline())
        assert found
        yield process, found[1]
    finally:
        process.kill()
        process.communicate()


def test_it_shows_the_workspace_and_ends_when_it_is_told(workspace: Path) -> None:
    with viewed(workspace) as (process, url):
        assert url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(url, timeout=20) as answer:
            assert answer.status == 200
            assert "Content-Security-Policy" in answer.headers
        process.send_signal(signal.SIGINT)
        process.wait(20)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_from_elsewhere_it_is_seen_with_its_token_alone(workspace: Path) -> None:
    with viewed(workspace, "--host", "0.0.0.0", "--allow-remote") as (_, url):
        found = re.fullmatch(r"http://[^/]+:(\d+)/\?token=(\S{32,})", url)
        assert found
        here = f"http://127.0.0.1:{found[1]}/samples"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(here, timeout=20)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{here}?token={found[2][:-1]}", timeout=20)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        with opener.open(f"{here}?token={found[2]}&run=first", timeout=20) as answer:
            assert answer.geturl() == f"{here}?run=first"  # the token is in the address no more
        with opener.open(here, timeout=20) as answer:
            assert answer.status == 200


def test_a_token_on_this_machine_is_seen_by_no_other_user_of_it(workspace: Path, tmp_path: Path) -> None:
    """A browser is told its address on its command line, which every user can read."""
    browser, opened = tmp_path / "browser", tmp_path / "opened.txt"
    browser.write_text(f'#!/bin/sh\nprintf %s "$*" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o700)
    with viewed(workspace, "--token", browser=browser) as (process, url):
        token = url.partition("?token=")[2]
        assert len(token) >= 32
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(url.partition("?")[0], timeout=20)
        for _ in range(1000):
            if opened.exists():
                break
            time.sleep(0.02)
        told = opened.read_text()
        assert token not in told
        page = Path(urllib.request.url2pathname(told.removeprefix("file://")))
        assert (page.stat().st_mode & 0o777, page.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert f'content="0; url={url}"' in page.read_text()
        process.send_signal(signal.SIGINT)
        process.wait(20)
        assert not page.exists()


def test_other_machines_are_let_in_only_on_purpose(workspace: Path) -> None:
    done = cuewise(
        "view", "--host", "0.0.0.0", "--port", "0", "--no-open", "--workspace", str(workspace), cwd=workspace
    )
    assert done.returncode == 2
    assert "add --allow-remote if that is meant" in done.stderr


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = cuewise("view", "--workspace", str(tmp_path / "nothing"), "--no-open", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no workspace" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_without_the_extra_it_says_how_to_install_it(workspace: Path, package: str) -> None:
    with mock.patch.dict(sys.modules, {package: None}):
        done = cuewise("view", "--workspace", str(workspace), "--no-open", cwd=workspace)
    assert done.returncode == 2
    assert "pip install 'cuewise[viewer]'" in done.stderr


def test_a_folder_without_runs_is_told_and_nothing_is_written_into_it(tmp_path: Path) -> None:
    with viewed(tmp_path) as (process, url):
        assert process.stderr is not None
        assert "It has no runs yet" in process.stderr.readline()
        with urllib.request.urlopen(url, timeout=20) as answer:
            assert b"There is no run here yet" in answer.read()
        assert list(tmp_path.iterdir()) == []
        make_run(tmp_path, "first", make_outcomes(make_samples(1)))
        for _ in range(500):
            with urllib.request.urlopen(url, timeout=20) as answer:
                if b"/runs/first" in answer.read():
                    break
        else:
            raise AssertionError("a run that begins later is not shown")
