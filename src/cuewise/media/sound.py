"""The sound of a clip: decoded packet by packet to 16 kHz, mono, 16-bit."""

from __future__ import annotations

import contextlib
import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av
import numpy as np
from av.audio.resampler import AudioResampler

if TYPE_CHECKING:
    import numpy.typing as npt
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.packet import Packet

SAMPLE_RATE = 16_000
ENVELOPE_SLICES = 200
_FULL_SCALE = 32_768.0


@dataclass(frozen=True)
class Sound:
    """Decoded sound."""

    samples: npt.NDArray[np.int16]
    """Shape (n_samples,), 16 kHz, at least one sample."""

    @staticmethod
    def of_wav(data: bytes) -> Sound:
        """The sound of a WAV file that `wav` made."""
        with wave.open(io.BytesIO(data)) as file:
            return Sound(np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16))

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    def waveform(self) -> npt.NDArray[np.float32]:
        """Shape (n_samples,), -1 to 1."""
        return self.samples.astype(np.float32) / np.float32(_FULL_SCALE)

    def envelope(self) -> tuple[float, ...]:
        """Peak level (0 to 1) of 200 equal slices from start to end; fewer where there are fewer samples."""
        slices = min(ENVELOPE_SLICES, len(self.samples))
        starts = np.arange(slices) * len(self.samples) // slices
        peaks = np.maximum.reduceat(np.abs(self.samples.astype(np.int32)), starts)
        return tuple(round(float(peak) / _FULL_SCALE, 4) for peak in peaks)

    def wav(self) -> bytes:
        """A WAV file."""
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(self.samples.astype("<i2").tobytes())
        return buffer.getvalue()


@dataclass
class SoundDecoder:
    """Takes the packets of one audio stream."""

    stream: AudioStream
    start_s: float | None = None
    """Presentation time of the first decoded sample, seconds; None where it is not known."""
    _resampler: AudioResampler | None = None
    _format: tuple[str, str, int] | None = None
    _parts: list[npt.NDArray[np.int16]] = field(default_factory=list)

    def feed(self, packet: Packet[AudioStream] | None) -> None:
        """Decode one packet; None at the end. What does not decode is left out, as players do."""
        # ValueError: a form of sound that cannot be converted
        with contextlib.suppress(av.FFmpegError, EOFError, ValueError):
            for frame in self.stream.codec_context.decode(packet):
                self._take(frame)
        if packet is None:
            self._flush()

    def finish(self, lead_s: float) -> Sound | None:
        """All that was decoded, after `lead_s` of silence; None where nothing was."""
        if not any(len(part) for part in self._parts):
            return None
        silence = np.zeros(round(lead_s * SAMPLE_RATE), dtype=np.int16)
        return Sound(np.concatenate([silence, *self._parts]))

    def _take(self, frame: AudioFrame) -> None:
        if self.start_s is None and frame.pts is not None and frame.time_base:
            self.start_s = float(frame.pts * frame.time_base)
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._format:  # some streams change their form on the way
            self._flush()
            self._format = form
            # Half a second at a time: taking over each small frame would cost as much as decoding it.
            self._resampler = AudioResampler(
                format="s16", layout="mono", rate=SAMPLE_RATE, frame_size=SAMPLE_RATE // 2
            )
        assert self._resampler is not None
        self._keep(self._resampler.resample(frame))

    def _flush(self) -> None:
        if self._resampler is not None:
            self._keep(self._resampler.resample(None))
            self._resampler = None
            self._format = None

    def _keep(self, frames: Sequence[AudioFrame]) -> None:
        parts = (frame.to_ndarray().reshape(-1) for frame in frames)
        self._parts.extend(part.astype(np.int16, copy=False) for part in parts)
