"""The page on the viewer: options and addresses that it names are there."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from cuewise.viewer.addresses import Listing, pairs
from cuewise.viewer.filters import Filters, Rightness, Sort
from support.cli import cuewise

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "view.md").read_text(encoding="utf-8")


def test_its_options_are_the_commands_own(tmp_path: Path) -> None:
    told = cuewise("view", "--help", cwd=tmp_path).stdout
    named = set(re.findall(r"--[a-z][a-z-]+", PAGE))
    assert named == {"--workspace", "--port", "--no-open", "--host", "--allow-remote", "--token"}
    assert [option for option in named if option not in told] == []


def test_its_address_of_a_list_is_read_as_it_says() -> None:
    found = re.search(r"^    (/samples\?\S+)$", PAGE, re.MULTILINE)
    assert found
    listing, messages = Listing.from_query(pairs(urlsplit(found[1]).query))
    assert messages == ()
    filters = Filters(runs=("qwen",), rightness=(Rightness.WRONG,))
    assert listing == Listing(filters, sort=Sort.REASONING, descending=True)
    assert listing.url == found[1]
