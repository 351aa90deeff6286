"""What no message may tell: where something lies on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuewise.errors import ModelError
from cuewise.models.failures import scrubber, without_folders
from cuewise.models.hosting import Hosting
from cuewise.models.http import Reply
from cuewise.models.registry import open_model
from cuewise.models.served import ServedModel


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("No such file: '/home/ana/.cache/hub/x.json'", "No such file: '…/x.json'"),
        ("No such file: '/home/ana smith/my hub/x.json'", "No such file: '…/x.json'"),
        ("at:/home/ana/a.bin, ~/b/c.bin", "at:…/a.bin, …/c.bin"),
        ("cannot load file:///srv/media/ab/cd.mp4", "cannot load …/cd.mp4"),
        (r"cannot open C:\Users\ana\emo\model.bin", "cannot open …/model.bin"),
        ("see https://host:8000/v1/models/x?a=/b", "see https://host:8000/v1/models/x?a=/b"),
        ("images and/or frames, 3/4 of org/model", "images and/or frames, 3/4 of org/model"),
    ],
)
def test_folders_are_left_out_and_addresses_are_not(text: str, left: str) -> None:
    assert without_folders(text) == left


def test_a_folder_that_is_known_goes_in_whatever_form_it_is_told(tmp_path: Path) -> None:
    place = tmp_path / "Ana's média (1)"
    place.mkdir()
    (tmp_path / "link").symlink_to(place)
    scrub = scrubber(None, tmp_path / "link")
    for told in (str(place), json.dumps(str(place))[1:-1], place.as_uri(), str(tmp_path / "link")):
        left = scrub(f"outside of {told}/pieces/ab.mp4")
        assert "Ana" not in left and tmp_path.name not in left, left


def test_a_server_that_reads_the_disk_quotes_no_place_on_it(tmp_path: Path) -> None:
    media = tmp_path / "home ana" / "media"
    model = open_model(
        f"vllm/{tmp_path}/emo-7b",
        base_url="http://localhost:1/v1",
        args={"media": "file"},
        read_media=lambda _: b"",
        hosting=Hosting(media=media),
        environ={},
    )
    assert isinstance(model, ServedModel)
    assert model.name == "vllm/emo-7b"
    words = f"{media}/pieces/ab/abc.mp4 must be below /srv/x/; asked for {tmp_path}/emo-7b"
    error = model.failure(Reply(400, {}, json.dumps({"error": {"message": words}}).encode()))
    assert isinstance(error, ModelError)
    assert tmp_path.name not in str(error) and "home ana" not in str(error)
    assert str(error).startswith("…/emo-7b: status 400 from http://localhost:1/v1: ")
    assert "abc.mp4 must be below" in str(error)
