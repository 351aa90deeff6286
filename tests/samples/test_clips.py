"""Finding clips, and never anything outside their folder."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuewise.errors import ClipMissingError, DatasetError
from cuewise.samples.clips import MAX_ID_DEPTH, MAX_ID_LENGTH, ClipIndex, resolve_clip


def put(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"media")


@pytest.mark.parametrize(
    ("file", "clip_id"),
    [
        ("IEMOCAP/video/x.mp4", "IEMOCAP/video/x.mp4"),
        ("IEMOCAP/video/x.mp4", "IEMOCAP/video/x"),
        ("video/x.mp4", "IEMOCAP/video/x.mp4"),
        ("x.mp4", "IEMOCAP/video/x.mp4"),
        ("ER-Lab/clips/IEMOCAP/video/x.mp4", "IEMOCAP/video/x.mp4"),
        ("unpacked/x.mp4", "IEMOCAP/video/x.mp4"),
        ("x.v2.MKV", "x.v2"),
        ("情感/片段 一.avi", "情感/片段 一.avi"),
        (unicodedata.normalize("NFD", "José.mp4"), unicodedata.normalize("NFC", "José.mp4")),
    ],
)
def test_a_clip_is_found(tmp_path: Path, file: str, clip_id: str) -> None:
    put(tmp_path, file, "other/y.mp4")
    assert resolve_clip(clip_id, tmp_path) == tmp_path / file


@pytest.mark.parametrize(
    ("file", "clip_id"),
    [
        ("x.mp4", "y.mp4"),
        ("x.mp4", "x.avi"),
        ("xx.mp4", "x.mp4"),
        ("x.json", "x.json"),
        (".hidden/x.mp4", "x.mp4"),
        ("video/x.mp4", "video"),
    ],
)
def test_a_clip_is_not_found(tmp_path: Path, file: str, clip_id: str) -> None:
    put(tmp_path, file)
    assert resolve_clip(clip_id, tmp_path) is None


def test_of_several_files_the_most_exact_wins(tmp_path: Path) -> None:
    put(tmp_path, "a/x.mp4", "copy/a/x.mp4", "x.mp4")
    index = ClipIndex(tmp_path)
    assert index.find("a/x.mp4") == tmp_path / "a/x.mp4"
    assert index.find("copy/a/x.mp4") == tmp_path / "copy/a/x.mp4"
    assert index.find("b/x.mp4") == tmp_path / "x.mp4"


def test_video_wins_over_audio_and_a_full_name_over_a_part(tmp_path: Path) -> None:
    put(tmp_path, "x.wav", "x.mp4", "x.mp4.mp4")
    index = ClipIndex(tmp_path)
    assert index.find("x") == tmp_path / "x.mp4"
    assert index.find("x.wav") == tmp_path / "x.wav"
    assert index.find("x.mp4") == tmp_path / "x.mp4"


def test_a_clip_of_two_tasks_is_taken_from_its_own_task(tmp_path: Path) -> None:
    put(tmp_path, "SA/MELD/video/x.mp4", "ER_Wild/MELD/video/x.mp4")
    index = ClipIndex(tmp_path)
    assert index.find("MELD/video/x.mp4", ("SA",)) == tmp_path / "SA/MELD/video/x.mp4"
    assert index.find("MELD/video/x.mp4", ("ER-Wild", "ER_Wild")) == tmp_path / "ER_Wild/MELD/video/x.mp4"
    with pytest.raises(ClipMissingError, match="2 files could be the clip"):
        index.find("MELD/video/x.mp4")


def test_another_corpus_with_the_same_file_name_is_not_mistaken(tmp_path: Path) -> None:
    put(tmp_path, "DFEW/video/1.mp4", "rest/2.mp4")
    index = ClipIndex(tmp_path, {"DFEW", "MELD"})
    assert index.find("MELD/video/1.mp4") is None
    assert index.find("MELD/video/2.mp4") == tmp_path / "rest/2.mp4"
    assert index.find("DFEW/video/1.mp4") == tmp_path / "DFEW/video/1.mp4"


@pytest.mark.parametrize(
    ("clip_id", "reason"),
    [
        ("../secret.mp4", "leave the clips folder"),
        ("a/../../secret.mp4", "leave the clips folder"),
        ("..", "leave the clips folder"),
        ("/etc/secret.mp4", "absolute"),
        ("C:/secret.mp4", "drive letter"),
        ("c:secret.mp4", "drive letter"),
        ("..\\secret.mp4", "backslash"),
        ("\\\\server\\secret.mp4", "backslash"),
        ("secret.mp4\0.txt", "control characters"),
        ("\x1b[2Jsecret.mp4", "control characters"),
        ("\ud800.mp4", "control characters"),
        ("", "empty part"),
        ("a//b.mp4", "empty part"),
        ("./b.mp4", "'.' in it"),
        ("a/" * MAX_ID_DEPTH + "b.mp4", "folders deep"),
        ("a" * (MAX_ID_LENGTH + 1), "longer than"),
    ],
)
def test_ids_that_are_no_names_of_clips_are_refused(tmp_path: Path, clip_id: str, reason: str) -> None:
    put(tmp_path, "secret.mp4")
    folder = tmp_path / "clips"
    folder.mkdir()
    with pytest.raises(ClipMissingError, match=reason) as caught:
        resolve_clip(clip_id, folder)
    assert str(caught.value).isprintable()


def test_links_that_lead_out_are_refused_and_others_are_followed(tmp_path: Path) -> None:
    put(tmp_path, "outside/secret.mp4", "clips/real/x.mp4")
    folder = tmp_path / "clips"
    (folder / "leak.mp4").symlink_to(tmp_path / "outside/secret.mp4")
    (folder / "far").symlink_to(tmp_path / "outside")
    (folder / "near").symlink_to(folder / "real")
    (folder / "same.mp4").symlink_to(folder / "real/x.mp4")
    (folder / "round.mp4").symlink_to(folder / "round.mp4")
    (folder / "up").symlink_to(folder)
    index = ClipIndex(folder)
    for clip_id in ("leak.mp4", "leak", "far/secret.mp4", "far/secret"):
        with pytest.raises(ClipMissingError, match="leads out"):
            index.find(clip_id)
    assert index.find("same.mp4") == folder / "same.mp4"
    assert index.find("near/x.mp4") == folder / "real/x.mp4"
    assert index.find("round.mp4") is None
    assert index.find("secret.mp4") is None


def test_the_clips_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path, "disk/x.mp4")
    (tmp_path / "clips").symlink_to(tmp_path / "disk")
    assert resolve_clip("x.mp4", tmp_path / "clips") == tmp_path / "disk/x.mp4"


def test_a_missing_clips_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"cannot read the clips folder .*nowhere"):
        resolve_clip("x.mp4", tmp_path / "nowhere")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to the superuser")
def test_an_unreadable_subfolder_harms_no_other(tmp_path: Path) -> None:
    put(tmp_path, "locked/x.mp4", "y.mp4")
    (tmp_path / "locked").chmod(0)
    try:
        assert resolve_clip("y.mp4", tmp_path) == tmp_path / "y.mp4"
    finally:
        (tmp_path / "locked").chmod(0o700)


PIECES = st.sampled_from(
    [
        "..",
        ".",
        "",
        "/",
        "\\",
        "a",
        "x",
        "x.mp4",
        "secret",
        "secret.mp4",
        "far",
        "leak.mp4",
        "C:",
        "~",
        "\0",
        "\n",
    ]
)
IDS = st.one_of(
    st.lists(PIECES, max_size=8).map("/".join),
    st.lists(PIECES, max_size=8).map("".join),
    st.text(max_size=60),
)


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clips folder with links out of it, beside files that must not be reached."""
    base = tmp_path_factory.mktemp("trap")
    put(base, "secret.mp4", "outside/secret.mp4", "outside/x.mp4", "clips/a/x.mp4", "clips/x.mp4")
    (base / "clips/far").symlink_to(base / "outside")
    (base / "clips/leak.mp4").symlink_to(base / "secret.mp4")
    (base / "clips/a/dots").symlink_to("../..")
    return base / "clips"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(IDS)
def test_no_id_reaches_anything_outside(trap: Path, clip_id: str) -> None:
    try:
        found = resolve_clip(clip_id, trap)
    except ClipMissingError as error:
        assert str(error).isprintable()
    else:
        assert found is None or found.resolve().is_relative_to(trap.resolve())


def test_the_folder_is_walked_once_for_all_clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, *(f"C{number % 13}/{number}.mp4" for number in range(130)))
    counted = Mock(wraps=os.scandir)
    monkeypatch.setattr(os, "scandir", counted)
    index = ClipIndex(tmp_path)
    for number in range(130):
        assert index.find(f"C{number % 13}/video/{number}.mp4") is not None
    assert index.find("C0/video/none.mp4") is None
    # One to see that the folder is readable, then the folder and its 13 subfolders.
    assert counted.call_count == 1 + 1 + 13
