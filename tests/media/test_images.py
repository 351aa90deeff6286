from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.media.images import decode_jpeg, encode_jpeg, fit, thumbnail


def test_jpeg_is_what_opencv_writes(make: Any) -> None:
    bgr = cv2.GaussianBlur(make.moving(1)[0], (9, 9), 3)
    ours = cv2.imdecode(np.frombuffer(encode_jpeg(bgr, 95), np.uint8), cv2.IMREAD_COLOR)
    _, coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])
    theirs = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert ours is not None
    assert theirs is not None
    assert np.abs(ours.astype(int) - theirs).mean() < 1
    assert np.abs(ours.astype(int) - bgr).mean() < 1.1 * np.abs(theirs.astype(int) - bgr).mean()
    assert len(encode_jpeg(bgr, 95)) == pytest.approx(len(coded), rel=0.05)


def test_decode_gives_blue_first() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[:, :, 2] = 255
    assert decode_jpeg(encode_jpeg(red, 95))[8, 8].tolist() == pytest.approx([0, 0, 254], abs=3)


@pytest.mark.parametrize(
    ("width", "height", "size"), [(640, 360, (96, 54)), (360, 640, (54, 96)), (60, 40, (60, 40))]
)
def test_thumbnail(width: int, height: int, size: tuple[int, int], make: Any) -> None:
    half = make.grey(40, width, height)
    half[:, width // 2 :] = 210
    small = decode_jpeg(thumbnail(encode_jpeg(half, 95), 96, 80))
    assert (small.shape[1], small.shape[0]) == size
    assert small[:, : size[0] // 2 - 3].mean() == pytest.approx(40, abs=4)
    assert small[:, size[0] // 2 + 3 :].mean() == pytest.approx(210, abs=4)


def test_what_is_no_jpeg() -> None:
    with pytest.raises(ValueError, match=r".+"):
        thumbnail(b"no picture", 96, 80)


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.integers(16, 5000))
def test_fit_keeps_proportion_and_bound(width: int, height: int, side: int) -> None:
    w, h = fit(width, height, side)
    assert 1 <= w <= width
    assert 1 <= h <= height
    assert max(w, h) <= side or (w, h) == (width, height)
    assert abs(w * height - h * width) <= max(width, height)  # a pixel of rounding, at most
