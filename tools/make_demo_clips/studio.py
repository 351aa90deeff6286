"""Makes one clip: speech, cues over time, pictures, and the encoded file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from tools.make_demo_clips.acting import FPS, Pose, act, envelope
from tools.make_demo_clips.noise import add_noise, blur
from tools.make_demo_clips.planning import NEUTRAL, VOICE_CHANNELS, ClipPlan
from tools.make_demo_clips.scene import SIZE, draw
from tools.make_demo_clips.timeline import CueSpan, lay_out
from tools.make_demo_clips.voice import SAMPLE_RATE, Phoneme, synthesise

MIN_S: Final = 2.5
MAX_S: Final = 4.5
_LEAD_S: Final = 0.4
_GAP_S: Final = 0.3
_TAIL_S: Final = 0.5
_SAMPLES_PER_FRAME: Final = SAMPLE_RATE // FPS
_AUDIO_FRAME: Final = 1024


@dataclass(frozen=True)
class Recording:
    """A clip before it is drawn and encoded."""

    plan: ClipPlan
    pcm: NDArray[np.float32]
    """Shape (n_samples,), -1 to 1, as it will be heard."""
    spans: tuple[CueSpan, ...]
    poses: tuple[Pose, ...]
    """One per video frame."""
    level: NDArray[np.float64]
    """Envelope of the speech per video frame, 0 to 1."""

    @property
    def duration_s(self) -> float:
        return len(self.poses) / FPS

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """The frames, each of shape (256, 256, 3), RGB."""
        for index, pose in enumerate(self.poses):
            picture = draw(self.plan.speaker, pose, index / FPS)
            yield blur(picture) if self.plan.take.noisy else picture


def record(plan: ClipPlan) -> Recording:
    """Speak and act a plan.

    Raises:
        ValueError: the clip would last less than `MIN_S` or more than `MAX_S`; its text must change.
    """
    pcm, phonemes, turn_s = _speak(plan)
    frames = len(pcm) // _SAMPLES_PER_FRAME
    duration_s = frames / FPS
    if not MIN_S <= duration_s <= MAX_S:
        raise ValueError(
            f"{plan.name} would last {duration_s:.2f} s; lengthen or shorten {plan.take.transcript!r}"
        )
    spans = lay_out(plan.opening, plan.cues, turn_s, duration_s)
    level = envelope(pcm, frames)
    poses = act(spans, level, phonemes, _blinks(plan.seed, duration_s))
    heard = add_noise(pcm, plan.seed) if plan.take.noisy else pcm
    return Recording(plan, heard, spans, tuple(poses), level)


def _speak(plan: ClipPlan) -> tuple[NDArray[np.float32], list[Phoneme], float]:
    """The sound of the clip, its phonemes, and when the cues turn from the opening to the main ones (seconds)."""
    parts = [np.zeros(round(_LEAD_S * SAMPLE_RATE), np.float32)]
    phonemes: list[Phoneme] = []
    turn_s = plan.onset_s
    for number, line in enumerate(plan.take.lines):
        last = number == len(plan.take.lines) - 1
        manner = plan.cues if last else NEUTRAL
        speech = synthesise(line, plan.speaker, **{channel: manner[channel] for channel in VOICE_CHANNELS})
        offset_s = sum(map(len, parts)) / SAMPLE_RATE
        phonemes += [Phoneme(p.name, p.start_s + offset_s) for p in speech.phonemes]
        parts.append(speech.pcm)
        if not last:
            turn_s = round(offset_s + speech.duration_s + _GAP_S / 2, 2)
            parts.append(np.zeros(round(_GAP_S * SAMPLE_RATE), np.float32))
    spoken = sum(map(len, parts))
    wanted = max(spoken + round(_TAIL_S * SAMPLE_RATE), round(MIN_S * SAMPLE_RATE))
    frames = -(-wanted // _SAMPLES_PER_FRAME)
    parts.append(np.zeros(frames * _SAMPLES_PER_FRAME - spoken, np.float32))
    return np.concatenate(parts), phonemes, turn_s


def _blinks(seed: int, duration_s: float) -> list[float]:
    """One or two blinks, half-way between whole seconds: who samples one frame per second sees open eyes."""
    rng = np.random.default_rng([seed, 1])
    seconds = np.arange(1 if rng.random() < 0.5 else 0, duration_s - 0.8, 2)
    return [float(second + rng.uniform(0.42, 0.62)) for second in seconds]


def encode(recording: Recording, path: Path) -> None:
    """Write a clip as MP4: H.264 and AAC."""
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as out:
        video = out.add_stream("libx264", rate=FPS, options={"crf": "26", "preset": "slow", "g": str(FPS)})
        video.width = video.height = SIZE
        video.pix_fmt = "yuv420p"
        audio = out.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        audio.bit_rate = 32_000
        for index, picture in enumerate(recording.pictures()):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for start in range(0, len(recording.pcm), _AUDIO_FRAME):
            chunk = recording.pcm[None, start : start + _AUDIO_FRAME]
            sound = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk), format="fltp", layout="mono")
            sound.sample_rate = SAMPLE_RATE
            sound.pts, sound.time_base = start, Fraction(1, SAMPLE_RATE)
            out.mux(audio.encode(sound))
        out.mux(audio.encode(None))
