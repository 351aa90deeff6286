"""Which addresses a block may link to."""

from __future__ import annotations

import re
from typing import Final

OWN_ADDRESS: Final = re.compile(r"#[^\s]*|(?!/)[^\s:\\]+")
"""A place on this page, or a relative address; never one with a scheme or a host."""
