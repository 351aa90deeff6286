from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cuewise.media.decode import decode_clip
from cuewise.media.rules import FrameRule
from cuewise.media.sound import Sound


def decoded_sound(path: Path) -> Sound:
    sound = decode_clip(path, FrameRule(), "0" * 64).sound
    assert sound is not None
    return sound


@pytest.mark.parametrize(
    ("name", "codec", "rate", "slack_s", "gain"),
    [
        ("x.wav", "pcm_s16le", 48_000, 0.001, 1.0),
        ("x.wav", "pcm_s16le", 16_000, 0.0, 1.0),
        ("x.wav", "pcm_s16le", 8_000, 0.001, 1.0),
        ("x.flac", "flac", 44_100, 0.001, 1.0),
        ("x.m4a", "aac", 48_000, 0.03, 1.0),  # works in blocks of 1024 samples
        ("x.mp3", "mp3", 44_100, 0.06, 0.95),  # in blocks of 1152 with padding; LAME lowers the level by 5 %
        ("x.ogg", "libopus", 48_000, 0.03, 1.0),
    ],
)
def test_a_tone_comes_through(
    name: str, codec: str, rate: int, slack_s: float, gain: float, make: Any, tmp_path: Path
) -> None:
    clip = make.clip(tmp_path / name, sound=make.tone(1000, 2, rate, 0.5), sound_rate=rate, sound_codec=codec)
    sound = decoded_sound(clip)

    with wave.open(io.BytesIO(sound.wav())) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 16_000)
        pcm = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
    assert len(pcm) / 16_000 == sound.duration_s == pytest.approx(2, abs=slack_s)

    # One second of it holds 1000 periods: all its power stands in line 1000 of the spectrum, 1 Hz apart.
    second = pcm[8_000:24_000] / 32_768
    spectrum = np.abs(np.fft.rfft(second)) / 8_000
    assert spectrum.argmax() == 1000
    assert spectrum[1000] == pytest.approx(0.5 * gain, abs=0.01)
    assert np.delete(spectrum, range(990, 1011)).max() < 0.01


def test_envelope_follows_the_level(make: Any, tmp_path: Path) -> None:
    loud, soft, rest = make.tone(440, 1, level=0.8), make.tone(440, 1, level=0.2), np.zeros(96_000, np.int16)
    clip = make.clip(tmp_path / "x.wav", sound=np.concatenate([rest, loud, soft]), sound_codec="pcm_s16le")
    envelope = decoded_sound(clip).envelope()
    # 4 s in 200 slices of 20 ms: 2 s of rest, then 0.8, then 0.2; the slices at a change show either.
    assert len(envelope) == 200
    assert max(envelope[:98]) < 0.001
    assert envelope[102:148] == pytest.approx([0.8] * 46, abs=0.02)
    assert envelope[152:] == pytest.approx([0.2] * 48, abs=0.02)


def test_envelope_of_few_samples() -> None:
    assert Sound(np.array([16_384, -32_768, 0], np.int16)).envelope() == (0.5, 1.0, 0.0)
    assert Sound(np.array([0], np.int16)).envelope() == (0.0,)


def test_waveform_lies_in_range() -> None:
    wave_form = Sound(np.array([-32_768, 0, 16_384], np.int16)).waveform()
    assert wave_form.dtype == np.float32
    assert wave_form.tolist() == [-1.0, 0.0, 0.5]


def test_stereo_is_mixed(make: Any, tmp_path: Path) -> None:
    left, right = make.tone(500, 1, 16_000, 0.4), make.tone(2000, 1, 16_000, 0.4)
    clip = tmp_path / "x.wav"
    with wave.open(str(clip), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(np.stack([left, right], axis=1).astype("<i2").tobytes())
    spectrum = np.abs(np.fft.rfft(decoded_sound(clip).waveform())) / 8_000
    # Each channel counts half: 0.4 / 2.
    assert spectrum[500] == pytest.approx(0.2, abs=0.01)
    assert spectrum[2000] == pytest.approx(0.2, abs=0.01)
