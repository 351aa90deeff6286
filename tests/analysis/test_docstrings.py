"""The examples in the docstrings of metrics and statistics."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = (
    *(
        f"cuewise.scores.metrics.{name}"
        for name in ("averages", "classes", "confidence", "confusion", "ordinal", "sets")
    ),
    "cuewise.analysis.paired",
    "cuewise.scores.baselines",
    "cuewise.reports.words.paired",
    "cuewise.cli.output",
    *(f"cuewise.study.{name}" for name in ("attention", "drawing", "exchange.seats", "exchange.table")),
)


@pytest.mark.parametrize("name", MODULES)
def test_docstring(name: str) -> None:
    found = doctest.testmod(import_module(name))
    assert found.attempted > 0
    assert found.failed == 0
