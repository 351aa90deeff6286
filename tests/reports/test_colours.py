"""Colours of runs: one per model."""

from __future__ import annotations

from cuewise.records import Protocol
from cuewise.reports.colours import COLOURS, colours
from cuewise.runs.manifest import Settings
from support.outcomes import make_manifest, make_samples

PAPER, GROUNDED = Protocol


def _settings(*runs: tuple[str, Protocol]) -> list[Settings]:
    samples = make_samples(1)
    return [make_manifest("r", samples, model=model, protocol=protocol).settings for model, protocol in runs]


def test_a_model_keeps_its_colour_under_both_protocols() -> None:
    runs = _settings(("x/a", PAPER), ("x/a", GROUNDED), ("x/b", PAPER), ("x/b", GROUNDED))
    assert colours(runs) == [0, 0, 1, 1]
    assert colours(_settings(("x/a", PAPER), ("x/b", PAPER), ("x/b", GROUNDED), ("x/a", GROUNDED))) == [
        0,
        1,
        1,
        0,
    ]


def test_two_runs_of_a_model_in_one_chart_are_told_apart() -> None:
    assert colours(_settings(("x/a", PAPER), ("x/a", PAPER), ("x/a", GROUNDED), ("x/a", GROUNDED))) == [
        0,
        1,
        0,
        1,
    ]


def test_colours_are_taken_in_turn() -> None:
    runs = _settings(*((f"x/{number}", PAPER) for number in range(COLOURS + 1)))
    assert colours(runs) == [*range(COLOURS), 0]
