"""The pages' own templates, styles and scripts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from cuewise.reports import formats
from cuewise.reports.drawing.svg import pixels

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment


def asset(name: str) -> str:
    """A file of `assets/`."""
    return files("cuewise.reports").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """The reports' templates."""
    return new_environment(own_templates())


def own_templates() -> BaseLoader:
    """Where the reports' templates lie."""
    from jinja2 import PackageLoader

    return PackageLoader("cuewise.reports", "assets")


def new_environment(loader: BaseLoader) -> Environment:
    """Templates that escape whatever they are given, and fail on a name that they were not given."""
    from jinja2 import Environment, StrictUndefined

    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        decimal=formats.decimal,
        count=formats.count,
        span=formats.span,
        heat=formats.heat,
        hundredths=formats.hundredths,
        signed=formats.signed,
        pixels=pixels,
    )
    made.globals.update(share=formats.share)
    return made
