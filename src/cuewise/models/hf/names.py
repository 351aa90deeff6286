"""`hf/MODEL`, where MODEL is a name on the hub; where it is a folder, see `models.folders`."""

from __future__ import annotations

import re
from typing import Final

from cuewise.errors import InputError
from cuewise.models.folders import check_no_folder

_HUB_NAME: Final = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)


def hub_name(name: str) -> str:
    """The name on the hub.

    Raises:
        InputError: it cannot be one, or something here has the same name, which transformers would take instead.
    """
    rest = name.removeprefix("hf/")
    if not _HUB_NAME.fullmatch(rest) or ".." in rest:
        raise InputError(
            f"{name!r} names no model: write hf/OWNER/MODEL as on the hub, or a folder as hf/./FOLDER or hf//FOLDER"
        )
    check_no_folder(name)
    return rest
