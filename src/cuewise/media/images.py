"""JPEG in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def encode_jpeg(bgr: npt.NDArray[np.uint8], quality: int) -> bytes:
    """JPEG with 4:2:0 colour, as OpenCV writes it.

    Args:
        bgr: shape (height, width, 3).
        quality: 1 to 100.
    """
    import numpy as np
    import simplejpeg

    return bytes(
        simplejpeg.encode_jpeg(
            np.ascontiguousarray(bgr),
            quality=quality,
            colorspace="BGR",
            colorsubsampling="420",
            fastdct=False,
        )
    )


def decode_jpeg(jpeg: bytes) -> npt.NDArray[np.uint8]:
    """Pixels of a JPEG, shape (height, width, 3), blue first.

    Raises:
        ValueError: not a JPEG.
    """
    import numpy as np
    import simplejpeg

    return np.asarray(simplejpeg.decode_jpeg(jpeg, "BGR"))


def thumbnail(jpeg: bytes, max_side: int, quality: int) -> bytes:
    """A smaller JPEG whose longer side is `max_side` pixels; never larger than the original.

    Raises:
        ValueError: not a JPEG.
    """
    import av
    import simplejpeg

    height, width, _, _ = simplejpeg.decode_jpeg_header(jpeg)
    size = fit(width, height, max_side)
    # The decoder itself halves the picture as often as it can without falling below the wanted size.
    pixels = simplejpeg.decode_jpeg(jpeg, "BGR", min_width=size[0], min_height=size[1], min_factor=1)
    frame = av.VideoFrame.from_ndarray(pixels, format="bgr24")
    frame = frame.reformat(width=size[0], height=size[1], format="bgr24", interpolation="AREA")
    return encode_jpeg(frame.to_ndarray().astype("uint8", copy=False), quality)


def fit(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """Width and height scaled down, in proportion, so that neither is above `max_side`."""
    longer = max(width, height)
    if max_side is None or longer <= max_side:
        return width, height
    return max(1, round(width * max_side / longer)), max(1, round(height * max_side / longer))
