"""Datasets from the hub, with a folder standing in for it, and the unpacking of foreign archives."""

from __future__ import annotations

import fnmatch
import json
import shutil
import stat
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from cuewise.errors import DatasetError
from cuewise.samples import hub
from cuewise.samples.archives import unpack_clips
from cuewise.samples.dataset import read_dataset
from cuewise.samples.hub import HubAddress, parse_address
from cuewise.samples.tasks import get_task

Members = list[tuple[str, bytes]]


def pack(path: Path, members: Members) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # members of one name, on purpose
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """What lies on the hub."""
    folder = tmp_path / "remote"
    for task, clip in (("IR", "MC-EIU/video/1.mkv"), ("ER_Lab", "IEMOCAP/video/2.mp4")):
        entry = {"video_id": clip, "label": "a", "label_set": ["a", "b"]}
        (folder / task / "question").mkdir(parents=True)
        (folder / task / "question/q.json").write_text(json.dumps([entry]))
        (folder / task / "audio_clue").mkdir()
        (folder / task / "audio_clue/q.json").write_text(
            json.dumps([{"video_id": clip, "audio_clue": "low"}])
        )
    pack(folder / "IR/clips.zip", [("video/1.mkv", b"one"), ("readme.txt", b"no clip")])
    (folder / "ER_Lab/2.mp4").write_bytes(b"two")
    (folder / "weights.bin").write_bytes(b"not wanted")
    return folder


def stand_in(remote: Path) -> hub.Download:
    def download(address: HubAddress, allowed: Sequence[str], ignored: Sequence[str], folder: Path) -> None:
        assert address == HubAddress("someone/emotions", "v1")
        for file in sorted(remote.rglob("*")):
            path = file.relative_to(remote).as_posix()
            wanted = any(fnmatch.fnmatch(path, pattern) for pattern in allowed)
            if file.is_file() and wanted and not any(fnmatch.fnmatch(path, pattern) for pattern in ignored):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, folder / path)

    return download


ADDRESS = "hf://someone/emotions@v1"


def test_a_dataset_on_the_hub_is_read_with_its_clips(
    remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_download", stand_in(remote))
    monkeypatch.setenv("CUEWISE_CACHE", str(tmp_path / "cache"))
    dataset = read_dataset(ADDRESS)
    assert dataset.name == "someone/emotions@v1"
    assert [sample.audio_clue for sample in dataset.samples] == ["low", "low"]
    assert [Path(sample.clip.path or "").read_bytes() for sample in dataset.samples] == [b"two", b"one"]
    assert not list((tmp_path / "cache").rglob("weights.bin"))
    assert not list((tmp_path / "cache").rglob("readme.txt"))
    assert read_dataset(ADDRESS) == dataset
    # The same annotations on disk are the same dataset.
    assert read_dataset(str(remote)).sha256 == dataset.sha256


def test_only_what_is_needed_is_fetched(remote: Path, tmp_path: Path) -> None:
    place = parse_address(ADDRESS)
    folder = hub.fetch(
        place, tasks=[get_task("IR")], with_clips=False, download=stand_in(remote), cache=tmp_path / "cache"
    )
    fetched = [file.relative_to(folder).as_posix() for file in sorted(folder.rglob("*")) if file.is_file()]
    assert fetched == ["IR/audio_clue/q.json", "IR/question/q.json"]


@pytest.mark.parametrize(
    "text", ["hf://", "hf://a", "hf://a/b/c", "hf://../b", "hf://a/b@../x", "hf://a/b@", "hf://a b/c"]
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(DatasetError, match="write hf://OWNER/NAME"):
        read_dataset(text)


def test_addresses() -> None:
    assert parse_address("hf://a-b/c.d_e") == HubAddress("a-b/c.d_e", None)
    assert parse_address("hf://a/b@refs/pr/1") == HubAddress("a/b", "refs/pr/1")


def test_the_cache_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places: list[Path] = []

    def note(_: HubAddress, _allowed: Sequence[str], _ignored: Sequence[str], folder: Path) -> None:
        places.append(folder)

    monkeypatch.delenv("CUEWISE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    hub.fetch(HubAddress("a/b", None), download=note)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    hub.fetch(HubAddress("a/b", "refs/pr/1"), download=note)
    assert places == [
        tmp_path / "home/.cache/cuewise/hub/a--b",
        tmp_path / "xdg/cuewise/hub/a--b@refs--pr--1",
    ]
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="set CUEWISE_CACHE"):
        hub.fetch(HubAddress("a/b", None), download=note, cache=tmp_path / "file")


def _failure(name: str) -> Exception:
    from huggingface_hub import errors

    kind: type[Exception] = ConnectionError if name == "ConnectionError" else getattr(errors, name)
    # Not called: what its constructor takes differs between releases of the package.
    failure = kind.__new__(kind)
    failure.args = ("authorization: Bearer hf_secret",)
    return failure


@pytest.mark.parametrize(
    ("error", "what"),
    [
        ("GatedRepoError", "accept them and set HF_TOKEN"),
        ("RevisionNotFoundError", "has no revision v1 of a/b"),
        ("RepositoryNotFoundError", "has no dataset a/b@v1, or it is private"),
        ("HfHubHTTPError", "check the connection"),
        ("ConnectionError", "check the connection"),
    ],
)
def test_what_the_hub_says_becomes_advice_without_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: str, what: str
) -> None:
    import huggingface_hub

    def fail(*_: object, **__: object) -> None:
        raise _failure(error)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(DatasetError, match=what) as caught:
        hub.fetch(HubAddress("a/b", "v1"), cache=tmp_path)
    assert "hf_secret" not in str(caught.value)


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(DatasetError, match=r"pip install 'cuewise\[hub\]'"):
        hub.fetch(HubAddress("a/b", None), cache=tmp_path)


# --- archives --------------------------------------------------------------------------------------------


def test_an_archive_is_unpacked_once_and_again_when_it_changed(tmp_path: Path) -> None:
    archive = pack(tmp_path / "clips[1].zip", [("a/x.mp4", b"one"), ("a/", b""), ("b.json", b"{}")])
    first = unpack_clips(archive)
    assert [path.relative_to(first).as_posix() for path in sorted(first.rglob("*"))] == ["a", "a/x.mp4"]
    (first / "mark").touch()
    assert unpack_clips(archive) == first
    assert (first / "mark").exists()
    pack(archive, [("a/x.mp4", b"two")])
    second = unpack_clips(archive)
    assert (second / "a/x.mp4").read_bytes() == b"two"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([archive.name, second.name])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../x.mp4", "leave the clips folder"),
        ("a/../../x.mp4", "leave the clips folder"),
        ("/x.mp4", "absolute path"),
        ("C:/x.mp4", "drive letter"),
        ("..\\x.mp4", "backslash"),
        ("a\x1b[2J.mp4", "control characters"),
        ("../notes.txt", "leave the clips folder"),
    ],
)
def test_one_dangerous_name_condemns_an_archive(tmp_path: Path, name: str, reason: str) -> None:
    archive = pack(tmp_path / "deep/clips.zip", [("good.mp4", b"good"), (name, b"bad")])
    with pytest.raises(DatasetError, match=f"not safe to unpack: .*{reason}") as caught:
        unpack_clips(archive)
    assert str(caught.value).isprintable()
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["deep", "clips.zip"]


def test_links_in_an_archive_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "clips.zip", "w") as archive:
        link = zipfile.ZipInfo("x.mp4")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DatasetError, match="is a link"):
        unpack_clips(tmp_path / "clips.zip")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = pack(tmp_path / "bomb.zip", [("x.mp4", bytes(20 * 2**20))])
    with pytest.raises(DatasetError, match="would swell to 20,971,520 bytes"):
        unpack_clips(bomb)
    many = pack(tmp_path / "many.zip", [(f"{number}.mp4", bytes(600)) for number in range(10)])
    with pytest.raises(DatasetError, match="would swell to"):
        unpack_clips(many, max_bytes=5000)
    assert unpack_clips(many, max_bytes=6000).is_dir()


def test_a_disk_without_room_is_told_before_it_is_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = pack(tmp_path / "clips.zip", [("x.mp4", b"12345")])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4))
    with pytest.raises(DatasetError, match="needs 5 bytes unpacked and 4 are free"):
        unpack_clips(archive)


def test_broken_archives_leave_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"PK not really")
    whole = pack(tmp_path / "torn.zip", [("x.mp4", bytes(range(256)) * 40), ("y.mp4", b"end")])
    data = bytearray(whole.read_bytes())
    data[60] ^= 0xFF
    whole.write_bytes(data)
    pack(tmp_path / "twice.zip", [("x.mp4", b"one"), ("x.mp4", b"two")])
    pack(tmp_path / "clash.zip", [("x.mp4", b"one"), ("x.mp4/y.mp4", b"two")])
    for name in ("no.zip", "torn.zip", "twice.zip", "clash.zip"):
        with pytest.raises(DatasetError, match=f"cannot unpack {name}"):
            unpack_clips(tmp_path / name)
    assert all(path.suffix == ".zip" for path in tmp_path.iterdir())
