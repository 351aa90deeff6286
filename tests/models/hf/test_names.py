"""What `hf/...` means where it is no folder: a name on the hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.models.hf.names import hub_name


@pytest.mark.parametrize("name", ["hf/a/b/c", "hf/a..b", "hf/a b", "hf/a\nb", "hf/Ä"])
def test_what_can_be_no_name_on_the_hub(name: str) -> None:
    with pytest.raises(InputError, match="names no model"):
        hub_name(name)


def test_a_folder_here_is_not_taken_for_a_name_on_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert hub_name("hf/lab/emo") == "lab/emo"
    (tmp_path / "lab" / "emo").mkdir(parents=True)
    with pytest.raises(InputError, match=r"write hf/\./lab/emo"):
        hub_name("hf/lab/emo")
