"""Files that appear whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.whole_files import output_file, whole_file, write_whole


def test_a_block_that_fails_leaves_the_earlier_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, b"before")
    with pytest.raises(ValueError, match="half way"), whole_file(path) as file:
        file.write(b"af")
        raise ValueError("half way")
    assert path.read_bytes() == b"before"
    with whole_file(path) as file:
        file.write(b"after")
        assert path.read_bytes() == b"before", "not before the block ends"
    assert path.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["", "there/a.txt", "folder"])
def test_a_file_that_cannot_be_written_is_told_to_the_user(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    told = r"cannot be written .*: name another file with -o"
    with pytest.raises(InputError, match=told), output_file(tmp_path / name) as file:
        file.write(b"x")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_a_place_without_a_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="cannot be written"), output_file(Path()):
        pass
