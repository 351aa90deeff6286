"""Which frames of a clip are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True)
class FrameRule:
    """A sampling rule. Two clips decoded under equal rules are decoded alike.

    `time` takes the frames shown at 0, 1/fps, 2/fps ... seconds from the start of the video stream, by
    presentation time. A frame that is shown at several of these times is taken once.

    `index` takes every `int(stream_fps / fps)`-th frame in display order from 0, whatever the timestamps
    say. At 1 fps this is the paper's rule, `frame_count % int(stream_fps) == 0`, pixel for pixel.

    Another rule, such as one that prefers frames with a face, is another `kind`: its name begins the key under which
    clips are kept and manifests compared; docs/decisions/015 says what else it needs.

    Raises:
        ValueError: a value is out of its range.
    """

    kind: Literal["time", "index"] = "time"
    fps: float = 1.0
    """Frames per second of clip; above 0, to six decimals."""
    max_frames: int = 10
    """Upper bound of frames; the first ones are kept. At least 1."""
    max_side: int | None = None
    """Pixels to which a longer side is scaled down; None keeps the size."""
    jpeg_quality: int = 95
    """1 to 100."""

    def __post_init__(self) -> None:
        if self.kind not in ("time", "index"):
            raise ValueError(f"a frame rule is 'time' or 'index', not {self.kind!r}")
        if not 1e-6 <= self.fps <= 1000:
            raise ValueError(f"frames per second must lie between 0.000001 and 1000, not {self.fps}")
        if self.max_frames < 1:
            raise ValueError(f"at least 1 frame must be taken, not {self.max_frames}")
        if self.max_side is not None and self.max_side < 16:
            raise ValueError(f"frames cannot be scaled below 16 pixels, to {self.max_side}")
        if not 1 <= self.jpeg_quality <= 100:
            raise ValueError(f"JPEG quality must lie between 1 and 100, not {self.jpeg_quality}")

    def key(self) -> str:
        """A short stable text for file names and manifests, e.g. `time-1fps-10x-q95`."""
        side = f"-s{self.max_side}" if self.max_side is not None else ""
        return f"{self.kind}-{_plain(self.fps)}fps-{self.max_frames}x{side}-q{self.jpeg_quality}"

    def targets_s(self) -> tuple[Fraction, ...]:
        """Target times of the `time` rule, seconds from the start of the video stream."""
        # A float such as 0.1 is not a tenth; the fraction meant by it is.
        fps = Fraction(self.fps).limit_denominator(1_000_000)
        return tuple(k / fps for k in range(self.max_frames))

    def stride(self, stream_fps: float) -> int:
        """Frames from one pick of the `index` rule to the next, in a stream of `stream_fps` (0 if unknown)."""
        return max(1, int(stream_fps / self.fps))


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
