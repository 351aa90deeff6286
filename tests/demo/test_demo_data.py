"""The shipped clips: complete, well-formed, and truly showing and sounding as their annotations say."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from cuewise.cues import channels
from cuewise.demo import demo_data

TASKS = {"ER-Lab", "ER-Wild", "Noise-ER", "FG-ER", "ML-ER", "SA", "FG-SA", "IR"}
MULTI_LABEL = {"FG-ER", "ML-ER"}
EMOTIONS = {"anger", "happiness", "sadness", "fear", "surprise", "disgust", "contempt", "neutral"}
SPELLINGS = {
    "angry": "anger", "happy": "happiness", "joy": "happiness", "sad": "sadness", "scared": "fear",
    "surprised": "surprise", "disgusted": "disgust",
}  # fmt: skip


def _entries() -> list[dict[str, Any]]:
    lines = (demo_data() / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


ENTRIES = _entries()
CLIPS = sorted({entry["clip"] for entry in ENTRIES})
CUES = {entry["clip"]: entry["cues"] for entry in ENTRIES}


def _labels(entry: dict[str, Any]) -> list[str]:
    label = entry["label"]
    return label if isinstance(label, list) else [label]


@dataclass(frozen=True)
class Decoded:
    """A clip as PyAV reads it back."""

    grey: NDArray[np.float32]
    """Shape (n_frames, 256, 256), 0 to 255."""
    sound: NDArray[np.float32]
    """Shape (n_samples,), -1 to 1."""
    rate: int
    backdrop: NDArray[np.float64]
    """Mean colour of the upper left corner; each speaker has their own."""
    video_s: float
    audio_s: float


@cache
def _decode(clip: str) -> Decoded:
    with av.open(demo_data() / clip) as container:
        frames = list(container.decode(video=0))
    with av.open(demo_data() / clip) as container:
        rate = container.streams.audio[0].rate
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    last = frames[-1]
    assert last.time is not None
    grey = np.stack([frame.to_ndarray(format="gray") for frame in frames]).astype(np.float32)
    backdrop = frames[0].to_ndarray(format="rgb24")[:24, :24].mean(axis=(0, 1))
    return Decoded(grey, sound.astype(np.float32), rate, backdrop, last.time + 1 / 25, len(sound) / rate)


def _end_s(clip: str) -> float:
    return max(float(cue["end_s"]) for cue in CUES[clip])


# --- the manifest ----------------------------------------------------------------------------------


def test_there_are_enough_clips_of_every_task() -> None:
    per_task = Counter(entry["task"] for entry in ENTRIES)

    assert len(CLIPS) >= 40
    assert set(per_task) == TASKS
    assert min(per_task.values()) >= 4


def test_at_least_eight_emotions_occur() -> None:
    named = {label.lower() for entry in ENTRIES if "ER" in entry["task"] for label in _labels(entry)}

    assert {SPELLINGS.get(label, label) for label in named} >= EMOTIONS


def test_the_folder_stays_small_enough_to_ship() -> None:
    sizes = [path.stat().st_size for path in demo_data().rglob("*") if path.is_file()]

    assert sum(sizes) < 4_000_000


def test_the_folder_holds_exactly_the_clips_of_the_manifest_and_says_how_they_were_made() -> None:
    root = demo_data()
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}

    assert found == {*CLIPS, "manifest.jsonl", "README.md", "LICENSE"}


def test_names_tell_nothing() -> None:
    assert all(re.fullmatch(r"clips/demo_\d{3}\.mp4", clip) for clip in CLIPS)
    # Neither does their order: questions of one task do not stand together.
    tasks = [entry["task"] for entry in ENTRIES]
    neighbours = sum(a == b for a, b in pairwise(tasks))
    assert neighbours < len(tasks) / 3


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry['task']}/{Path(entry['clip']).stem}")
def test_labels_are_candidates(entry: dict[str, Any]) -> None:
    assert set(entry) == {"clip", "task", "label", "label_set", "transcript", "cues"}
    assert isinstance(entry["label"], list) == (entry["task"] in MULTI_LABEL)
    labels, candidates = _labels(entry), entry["label_set"]
    assert labels
    assert set(labels) <= set(candidates)
    assert len(set(candidates)) == len(candidates) >= 2
    assert entry["transcript"].strip()


@pytest.mark.shared
def test_label_sets_are_the_benchmarks_own(shared_data: Path) -> None:
    known: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for task in TASKS:
        for path in (shared_data / "mme-emotion" / task / "question").glob("*.json"):
            for question in json.loads(path.read_text(encoding="utf-8")):
                known[task].add(tuple(question["label_set"]))

    for entry in ENTRIES:
        assert tuple(entry["label_set"]) in known[entry["task"]], entry["task"]


@pytest.mark.parametrize("clip", CLIPS)
def test_cues_tile_the_clip_in_every_channel(clip: str) -> None:
    vocabulary = channels()
    spans: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for cue in CUES[clip]:
        assert cue["value"] in vocabulary[cue["channel"]].values
        spans[cue["channel"]].append(cue)

    assert set(spans) == set(vocabulary)
    for parts in spans.values():
        assert len(parts) <= 2
        assert parts[0]["start_s"] == 0
        assert parts[-1]["end_s"] == _end_s(clip)
        assert all(a["end_s"] == b["start_s"] and a["value"] != b["value"] for a, b in pairwise(parts))
        assert all(part["end_s"] - part["start_s"] > 0.3 for part in parts)


def test_every_value_of_the_vocabulary_occurs() -> None:
    used = {(cue["channel"], cue["value"]) for cues in CUES.values() for cue in cues}

    assert used == {(name, value) for name, channel in channels().items() for value in channel.values}


def test_no_single_channel_gives_the_label_away() -> None:
    for channel in channels():
        held = defaultdict(set)
        for entry in ENTRIES:
            final = [cue["value"] for cue in entry["cues"] if cue["channel"] == channel][-1]
            held[final].add(tuple(_labels(entry)))
        assert all(len(labels) > 1 for labels in held.values()), channel


# --- the files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("clip", CLIPS)
def test_both_streams_decode_to_the_annotated_length(clip: str) -> None:
    decoded = _decode(clip)

    assert decoded.grey.shape[1:] == (256, 256)
    assert 2.5 <= decoded.video_s <= 4.5
    assert decoded.video_s == pytest.approx(_end_s(clip), abs=0.01)
    # AAC pads its last frame of 1024 samples and starts with one of priming.
    assert decoded.audio_s == pytest.approx(_end_s(clip), abs=2.5 * 1024 / decoded.rate)


def _sharpness(clip: str) -> float:
    """Variance of the Laplacian of the first frame: low in a blurred picture."""
    picture = _decode(clip).grey[0]
    inner = picture[1:-1, 1:-1]
    laplacian = picture[:-2, 1:-1] + picture[2:, 1:-1] + picture[1:-1, :-2] + picture[1:-1, 2:] - 4 * inner
    return float(laplacian.var())


def _noise_floor_db(clip: str) -> float:
    """Level of the opening silence against the loudest half of the clip, dB."""
    decoded = _decode(clip)
    block = decoded.rate // 50
    blocks = decoded.sound[: len(decoded.sound) // block * block].reshape(-1, block)
    rms = np.sqrt((blocks**2).mean(axis=1)) + 1e-7
    silence = rms[4:14]  # 0.08 to 0.28 s; speech starts at 0.4 s
    return float(20 * np.log10(np.median(silence) / np.percentile(rms, 75)))


def test_noisy_clips_are_blurred_and_noisy_and_the_others_are_neither() -> None:
    noisy = {entry["clip"] for entry in ENTRIES if entry["task"] == "Noise-ER"}
    clean = set(CLIPS) - noisy

    assert max(_sharpness(clip) for clip in noisy) < 0.5 * min(_sharpness(clip) for clip in clean)
    assert min(_noise_floor_db(clip) for clip in noisy) > -20
    assert max(_noise_floor_db(clip) for clip in clean) < -40


def test_lips_follow_the_voice() -> None:
    """Dark mouth pixels against the level of the sound, frame by frame."""
    correlations = []
    for clip in CLIPS:
        values = {cue["channel"]: cue["value"] for cue in CUES[clip]}
        if values["head"] != "upright":  # elsewhere the mouth wanders through the window
            continue
        decoded = _decode(clip)
        window = decoded.grey[:, 150:196, 98:158]
        motion = np.abs(window - np.median(window, axis=0)).mean(axis=(1, 2))
        block = decoded.rate // 25
        count = min(len(motion), len(decoded.sound) // block)
        level = np.sqrt((decoded.sound[: count * block].reshape(count, block) ** 2).mean(axis=1))
        late = slice(round(0.9 * 25), count)  # after the expression has set in
        correlations.append(float(np.corrcoef(motion[late], level[late])[0, 1]))

    assert len(correlations) >= 5
    assert np.mean(correlations) > 0.25


# --- the voices ------------------------------------------------------------------------------------


def _f0_hz(sound: NDArray[np.float32], rate: int) -> float:
    """Median fundamental frequency of strong frames, by the peak of the autocorrelation, 60 to 400 Hz.

    A running mean over 1.2 ms first takes away the formants, whose own periods would win in a deep voice.
    """
    length = round(0.0012 * rate)
    sound = np.convolve(sound, np.full(length, 1 / length), "same").astype(np.float32)
    size = round(0.06 * rate)
    loud = np.sqrt(np.mean(sound**2))
    found = []
    for start in range(0, len(sound) - size, size // 2):
        frame = sound[start : start + size]
        if np.sqrt(np.mean(frame**2)) < 0.7 * loud:
            continue
        lags = np.arange(rate // 400, rate // 60)
        power = np.concatenate([[0.0], np.cumsum(frame.astype(np.float64) ** 2)])
        overlap = np.correlate(frame, frame, "full")[size - 1 :][lags]
        likeness = overlap / np.sqrt(power[size - lags] * (power[size] - power[lags]))
        if max(likeness) > 0.6:
            # Twice the period fits as well: take the shortest lag that is nearly as good as the best.
            best = int(np.argmax(likeness > 0.93 * max(likeness)))
            peak = best + int(np.argmax(likeness[best : best + round(0.001 * rate)]))
            found.append(rate / lags[peak])
    return float(np.median(found))


def _voiced_rms(sound: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(sound[np.abs(sound) > 0.1 * np.abs(sound).max()] ** 2)))


def _steady(channel: str, clip: str) -> str | None:
    """The value of a channel that holds for the whole clip, None where it changes."""
    values = [cue["value"] for cue in CUES[clip] if cue["channel"] == channel]
    return values[0] if len(values) == 1 else None


CLEAN = [clip for clip in CLIPS if clip not in {e["clip"] for e in ENTRIES if e["task"] == "Noise-ER"}]


def test_loud_clips_are_louder_than_medium_ones_and_those_than_soft_ones() -> None:
    level = {value: [_voiced_rms(_decode(c).sound) for c in CLEAN if _steady("loudness", c) == value]
             for value in ("soft", "medium", "loud")}  # fmt: skip

    assert max(level["soft"]) < min(level["medium"])
    assert max(level["medium"]) < min(level["loud"])


def _by_voice() -> list[list[str]]:
    """Clean clips grouped by speaker, whom the backdrop tells."""
    groups: list[list[str]] = []
    for clip in CLEAN:
        mine = _decode(clip).backdrop
        known = (g for g in groups if np.abs(_decode(g[0]).backdrop - mine).max() < 4)
        group = next(known, None)
        if group is None:
            groups.append([clip])
        else:
            group.append(clip)
    return groups


def test_high_clips_lie_above_low_clips_of_the_same_voice() -> None:
    compared = 0
    voices = _by_voice()
    for clips in voices:
        pitch = {value: [_f0_hz(_decode(c).sound, _decode(c).rate) for c in clips
                         if _steady("pitch", c) == value] for value in ("low", "medium", "high")}  # fmt: skip
        for lower, upper in (("low", "medium"), ("medium", "high"), ("low", "high")):
            if pitch[lower] and pitch[upper]:
                assert 1.05 * max(pitch[lower]) < min(pitch[upper]), (lower, upper, clips)
                compared += 1

    assert len(voices) == 8
    assert compared >= 12


def _seconds_per_syllable(clip: str) -> float:
    """Length of the speech over vowel groups in the transcript."""
    decoded = _decode(clip)
    sounding = np.flatnonzero(np.abs(decoded.sound) > 0.05 * np.abs(decoded.sound).max())
    speech_s = (sounding[-1] - sounding[0]) / decoded.rate
    transcript = next(entry["transcript"] for entry in ENTRIES if entry["clip"] == clip).lower()
    words = re.findall(r"[a-z']+", transcript)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[a-z])e\b", "", w)))) for w in words)
    return float(speech_s / syllables)


def test_fast_clips_take_less_time_per_syllable_than_slow_ones() -> None:
    pace = {value: [_seconds_per_syllable(c) for c in CLEAN if _steady("rate", c) == value]
            for value in ("fast", "medium", "slow")}  # fmt: skip

    assert max(pace["fast"]) < min(pace["slow"])
    assert np.median(pace["fast"]) < np.median(pace["medium"]) < np.median(pace["slow"])
