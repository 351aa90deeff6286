"""Speech by eSpeak NG, in memory: PCM, what is said when, and a voice that follows its cues.

eSpeak NG is called through ctypes in its synchronous mode; `espeakng_loader` brings the library and its data.
Pitch and rate are set in the synthesiser. Loudness is set afterwards, because the synthesiser's own volume
distorts: the level of the voiced parts is brought to a target, and the spectrum is tilted as effort tilts it in
people (a loud voice is brighter, a soft one duller).
"""

from __future__ import annotations

import _ctypes
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from tools.make_demo_clips.cast import Speaker

SAMPLE_RATE: Final = 22_050
"""Hertz; eSpeak NG's own rate."""

PITCH: Final = {"low": -26, "medium": 0, "high": 34}
"""Pitch cue to an offset on eSpeak's scale (0 to 100, default 50); about -5, 0 and +7 semitones."""
RATE_WPM: Final = {"slow": 122, "medium": 172, "fast": 245}
"""Rate cue to eSpeak's words per minute."""
LEVEL_DBFS: Final = {"soft": -33.0, "medium": -24.0, "loud": -15.0}
"""Loudness cue to RMS level of the sounding parts, dB relative to full scale."""
TILT: Final = {"soft": -0.55, "medium": 0.0, "loud": 0.6}
"""Loudness cue to the coefficient of a first-order tilt filter; positive is brighter."""

_SYNCHRONOUS: Final = 2
_PHONEME_EVENTS: Final = 1
_EVENT_LIST_END: Final = 0
_EVENT_PHONEME: Final = 7
_UTF8: Final = 1
_PARAM_RATE: Final = 1
_PARAM_PITCH: Final = 3
_PARAM_RANGE: Final = 4


class _Event(ctypes.Structure):
    """`espeak_EVENT` of espeak-ng/speak_lib.h; the union at its end is read as eight characters."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True)
class Phoneme:
    """One speech sound."""

    name: str
    """eSpeak's mnemonic, e.g. `m` or `oU`; empty or `_` for a pause."""
    start_s: float
    """Seconds from the start of the utterance."""


@dataclass(frozen=True)
class Speech:
    """One utterance."""

    pcm: NDArray[np.float32]
    """Shape (n_samples,), -1 to 1, at `SAMPLE_RATE`, without silence around it."""
    phonemes: tuple[Phoneme, ...]

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / SAMPLE_RATE


@contextmanager
def _fresh_library() -> Iterator[Any]:
    """The library, newly loaded and initialised.

    It keeps the state of its filters from one utterance to the next, even over its own reset. Unloading it is
    what makes speech depend on its arguments alone; loading takes some ten milliseconds.
    """
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    try:
        rate = library.espeak_Initialize(
            _SYNCHRONOUS, 500, espeakng_loader.get_data_path().encode(), _PHONEME_EVENTS
        )
        if rate != SAMPLE_RATE:
            raise RuntimeError(f"eSpeak NG did not start ({rate}); reinstall espeakng-loader")
        yield library
        library.espeak_Terminate()
    finally:
        _ctypes.dlclose(library._handle)


def synthesise(text: str, speaker: Speaker, *, pitch: str, rate: str, loudness: str) -> Speech:
    """Speak `text` with the speaker's voice and the three voice cues of `cues.toml`.

    Raises:
        RuntimeError: eSpeak NG does not know the voice, or gives no sound.
    """
    raw, phonemes = _speak(
        text,
        voice=speaker.voice,
        pitch=int(np.clip(speaker.pitch + PITCH[pitch], 0, 99)),
        pitch_range=speaker.pitch_range,
        rate_wpm=RATE_WPM[rate],
    )
    sounding = np.flatnonzero(np.abs(raw) > 0.004)
    if not len(sounding):
        raise RuntimeError(f"eSpeak NG gave no sound for {text!r}")
    first, last = int(sounding[0]), int(sounding[-1]) + 1
    voiced = _level(_tilt(raw[first:last], TILT[loudness]), LEVEL_DBFS[loudness])
    offset_s = first / SAMPLE_RATE
    return Speech(voiced, tuple(Phoneme(p.name, max(0.0, p.start_s - offset_s)) for p in phonemes))


def _speak(
    text: str, *, voice: str, pitch: int, pitch_range: int, rate_wpm: int
) -> tuple[NDArray[np.float32], list[Phoneme]]:
    chunks: list[NDArray[np.int16]] = []
    phonemes: list[Phoneme] = []

    def receive(samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _EVENT_LIST_END:
            if events[index].type == _EVENT_PHONEME:
                name = events[index].name.decode("utf-8", "replace")
                phonemes.append(Phoneme(name, events[index].audio_position / 1000))
            index += 1
        return 0

    callback = _Callback(receive)  # kept alive by this name while the library calls it
    encoded = text.encode()
    with _fresh_library() as library:
        ctypes.CDLL(None).srand(1)  # breath noise is drawn from the C library's generator
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"eSpeak NG has no voice {voice!r}")
        library.espeak_SetParameter(_PARAM_PITCH, pitch, 0)
        library.espeak_SetParameter(_PARAM_RANGE, pitch_range, 0)
        library.espeak_SetParameter(_PARAM_RATE, rate_wpm, 0)
        library.espeak_SetSynthCallback(callback)
        size = ctypes.c_size_t(len(encoded) + 1)
        status = library.espeak_Synth(encoded, size, 0, 0, 0, _UTF8, None, None)
    if status != 0 or not chunks:
        raise RuntimeError(f"eSpeak NG could not speak {text!r} (status {status})")
    pcm = (np.concatenate(chunks) / 32768).astype(np.float32)
    return pcm, phonemes


def _tilt(pcm: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """First-order FIR tilt y[n] = x[n] - amount * x[n-1]: amount > 0 lifts the treble, < 0 cuts it."""
    delayed = np.concatenate([np.zeros(1, np.float32), pcm[:-1]])
    return (pcm - amount * delayed).astype(np.float32)


def _level(pcm: NDArray[np.float32], target_dbfs: float) -> NDArray[np.float32]:
    """Scale so that the RMS of the sounding parts meets the target; peaks are rounded off by tanh."""
    sounding = pcm[np.abs(pcm) > 0.05 * np.abs(pcm).max()]
    gain = 10 ** (target_dbfs / 20) / float(np.sqrt(np.mean(sounding**2)))
    scaled = pcm * np.float32(gain)
    knee = np.float32(0.6)
    over = np.abs(scaled) > knee
    limited = np.sign(scaled) * (knee + (1 - knee) * np.tanh((np.abs(scaled) - knee) / (1 - knee)))
    return np.where(over, limited, scaled).astype(np.float32)
