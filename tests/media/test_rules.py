from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.media.rules import FrameRule


def test_key_is_short_and_stable() -> None:
    assert FrameRule().key() == "time-1fps-10x-q95"
    assert FrameRule("index", 0.5, 8, 512, 80).key() == "index-0.5fps-8x-s512-q80"
    assert FrameRule(fps=29.97).key() == "time-29.97fps-10x-q95"
    assert FrameRule(fps=100.0).key() == "time-100fps-10x-q95"


rules = st.builds(
    FrameRule,
    kind=st.sampled_from(["time", "index"]),
    fps=st.integers(1, 10_000_000).map(lambda n: n / 1_000_000),
    max_frames=st.integers(1, 100),
    max_side=st.none() | st.integers(16, 4000),
    jpeg_quality=st.integers(1, 100),
)


@given(rules, rules)
def test_keys_tell_rules_apart(a: FrameRule, b: FrameRule) -> None:
    assert (a.key() == b.key()) == (a == b)
    assert set(a.key()) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")


def test_targets_are_exact() -> None:
    # A tenth is no binary fraction: as a float, the third target would lie beside 20 s.
    assert FrameRule(fps=0.1, max_frames=3).targets_s() == (Fraction(0), Fraction(10), Fraction(20))
    assert FrameRule(fps=3, max_frames=3).targets_s() == (Fraction(0), Fraction(1, 3), Fraction(2, 3))


@pytest.mark.parametrize(
    ("stream_fps", "fps", "stride"),
    # int(29.97 / 1) = 29, int(25 / 2) = 12, int(10 / 20) = 0: every frame; unknown rate: every frame
    [(30000 / 1001, 1.0, 29), (25.0, 2.0, 12), (10.0, 20.0, 1), (0.0, 1.0, 1)],
)
def test_stride(stream_fps: float, fps: float, stride: int) -> None:
    assert FrameRule("index", fps=fps).stride(stream_fps) == stride


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "random"},
        {"fps": 0.0},
        {"fps": float("nan")},
        {"fps": float("inf")},
        {"max_frames": 0},
        {"max_side": 1},
        {"jpeg_quality": 0},
        {"jpeg_quality": 101},
    ],
)
def test_values_out_of_range(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\d|random"):
        FrameRule(**values)
