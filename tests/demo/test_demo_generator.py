"""The generator: the same seed gives the same clips, faces and voices obey their cues."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # `tools` is not part of the package

from cuewise.cues import channels
from cuewise.demo import demo_data
from tools.make_demo_clips.acting import FPS, POSES, Pose, act, envelope, held_pose
from tools.make_demo_clips.cast import SPEAKERS, Speaker
from tools.make_demo_clips.face import mouth_lines
from tools.make_demo_clips.manifest import entries
from tools.make_demo_clips.noise import SNR_DB, add_noise
from tools.make_demo_clips.planning import NEUTRAL, plan_clips
from tools.make_demo_clips.profiles import CHANNELS, profile
from tools.make_demo_clips.scene import draw
from tools.make_demo_clips.studio import record
from tools.make_demo_clips.timeline import lay_out
from tools.make_demo_clips.voice import SAMPLE_RATE, Speech, synthesise

SENTENCE = "The letter came back this morning."
SYLLABLES = 8


def _say(speaker: Speaker, pitch: str = "medium", rate: str = "medium", loudness: str = "medium") -> Speech:
    return synthesise(SENTENCE, speaker, pitch=pitch, rate=rate, loudness=loudness)


def _f0_hz(speech: Speech) -> float:
    """Median over frames of the strongest autocorrelation peak between 60 and 450 Hz."""
    size, found = 1200, []
    for start in range(0, len(speech.pcm) - size, 600):
        frame = speech.pcm[start : start + size] * np.hanning(size)
        correlation = np.correlate(frame, frame, "full")[size - 1 :]
        low, high = SAMPLE_RATE // 450, SAMPLE_RATE // 60
        lag = low + int(np.argmax(correlation[low:high]))
        if correlation[lag] > 0.4 * correlation[0] > 0:
            found.append(SAMPLE_RATE / lag)
    return float(np.median(found))


# --- repeatability ---------------------------------------------------------------------------------


def test_the_same_plan_gives_the_same_sound_poses_and_pictures() -> None:
    plan = next(plan for plan in plan_clips() if plan.take.noisy)
    first = record(plan)
    record(plan_clips()[0])  # something else in between must leave no trace
    second = record(plan)

    assert np.array_equal(first.pcm, second.pcm)
    assert first.poses == second.poses
    assert entries(first) == entries(second)
    for _, one, two in zip(range(3), first.pictures(), second.pictures(), strict=False):
        assert np.array_equal(one, two)


def _digest() -> str:
    """Of one sentence in every voice."""
    said = [_say(speaker, pitch="high", loudness="soft").pcm.tobytes() for speaker in SPEAKERS]
    return hashlib.sha256(b"".join(said)).hexdigest()


def test_voices_sound_the_same_in_another_process() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(_digest).result() == _digest()


def test_plans_depend_on_the_seed_alone() -> None:
    assert plan_clips(5) == plan_clips(5)
    assert plan_clips(5) != plan_clips(6)


def test_the_shipped_manifest_is_what_the_generator_makes() -> None:
    made = [json.dumps(entry) for plan in plan_clips() for entry in entries(record(plan))]
    shipped = (demo_data() / "manifest.jsonl").read_text(encoding="utf-8").splitlines()

    assert [json.loads(line) for line in made] == [json.loads(line) for line in shipped]


# --- profiles and time -----------------------------------------------------------------------------


def test_profiles_speak_the_vocabulary_of_cues() -> None:
    assert tuple(channels()) == CHANNELS
    for plan in plan_clips():
        for name in plan.take.profiles:
            for channel, value in profile(name).items():
                assert value in channels()[channel].values


def test_at_most_two_channels_stray_and_never_brows_or_mouth() -> None:
    strayed = 0
    for plan in plan_clips():
        if len(plan.take.profiles) == 1:
            typical = profile(plan.take.profiles[0])
            off = {channel for channel in CHANNELS if plan.cues[channel] != typical[channel]}
            assert len(off) <= 2
            assert not off & {"brows", "mouth"}
            strayed += bool(off)
    assert strayed >= 15


@given(
    st.dictionaries(st.sampled_from(CHANNELS), st.sampled_from("abc")),
    st.fixed_dictionaries({channel: st.sampled_from("abc") for channel in CHANNELS}),
    st.floats(0.3, 2.0),
)
def test_spans_tile_the_clip(opening: dict[str, str], main: dict[str, str], turn_s: float) -> None:
    spans = lay_out(opening, main, turn_s, 3.0)

    for channel in CHANNELS:
        parts = [span for span in spans if span.channel == channel]
        assert parts[0].start_s == 0
        assert parts[-1].end_s == 3.0
        assert parts[-1].value == main[channel]
        assert sum(part.end_s - part.start_s for part in parts) == pytest.approx(3.0)
        assert [part.last for part in parts] == [False, True][-len(parts) :]


# --- the face --------------------------------------------------------------------------------------


def _act(opening: dict[str, str], cues: dict[str, str]) -> list[Pose]:
    """Three silent seconds without blinks; the cues turn at 1 s."""
    return act(lay_out(opening, NEUTRAL | cues, 1.0, 3.0), np.zeros(3 * FPS), [], [])


def test_an_expression_sets_in_smoothly_at_its_time() -> None:
    poses = _act(NEUTRAL, {"mouth": "smiling"})
    corner = np.array([pose.corner for pose in poses])

    assert corner[: int(0.8 * FPS)] == pytest.approx(0)
    assert corner[FPS] == pytest.approx(POSES["mouth", "smiling"]["corner"] / 2)
    assert corner[int(1.2 * FPS) + 1 :] == pytest.approx(POSES["mouth", "smiling"]["corner"])
    assert np.abs(np.diff(corner)).max() < 0.03


@settings(max_examples=30)
@given(st.fixed_dictionaries({name: st.sampled_from(sorted(c.values)) for name, c in channels().items()}))
def test_a_steady_face_holds_its_pose(cues: dict[str, str]) -> None:
    held = held_pose(cues)
    for pose in _act({}, cues)[:: FPS // 2]:
        still = replace(pose, bow=held.bow, yaw=held.yaw)  # heads sway, nod and shake
        assert [*vars(still).values()] == pytest.approx([*vars(held).values()])


def test_mouth_corners_tell_a_smile_from_a_frown() -> None:
    def rise(value: str) -> float:
        """Height of the corners above the middle of the mouth."""
        _, upper, lower, _ = mouth_lines(held_pose({"mouth": value}))
        return float((upper[12, 1] + lower[12, 1]) / 2 - (upper[0, 1] + upper[-1, 1]) / 2)

    assert rise("smiling") > 0.1
    assert rise("frowning") < -0.1
    assert abs(rise("relaxed")) < 0.01


def test_a_sneer_is_one_sided_and_a_gape_is_tall() -> None:
    outer, upper, _, _ = mouth_lines(held_pose({"mouth": "sneering"}))
    assert outer[18, 1] < outer[6, 1] - 0.05
    assert upper[18, 1] < upper[6, 1] - 0.05
    gape = held_pose({"mouth": "gaping"})
    assert gape.mouth_open > 0.8 * gape.mouth_width


def test_nods_move_the_head_up_and_down_and_shakes_from_side_to_side() -> None:
    def swing(head: str) -> tuple[float, float]:
        poses = _act({}, {"head": head})
        return float(np.ptp([pose.bow for pose in poses])), float(np.ptp([pose.yaw for pose in poses]))

    still_bow, still_yaw = swing("upright")
    assert still_bow < 0.05
    assert still_yaw < 0.05
    assert swing("nodding")[0] > 0.3 > 0.05 > swing("nodding")[1]
    assert swing("shaking")[1] > 0.3 > 0.05 > swing("shaking")[0]


@pytest.mark.parametrize("channel", ["brows", "eyes", "mouth", "head"])
def test_every_two_values_of_a_channel_look_different(channel: str) -> None:
    """In the part of the picture where the channel shows, at the moment of the widest movement."""

    def picture(value: str) -> NDArray[np.float64]:
        poses = _act({}, {channel: value})
        widest = max(poses, key=lambda pose: abs(pose.bow) + abs(pose.yaw) + abs(pose.roll))
        return draw(SPEAKERS[1], widest).astype(np.float64)

    pictures = {value: picture(value) for value in channels()[channel].values}
    for (one, first), (two, second) in combinations(pictures.items(), 2):
        changed = np.abs(first - second).max(axis=2) > 40
        assert changed.sum() > 120, (one, two)


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
def test_every_speaker_is_somebody_else(speaker: Speaker) -> None:
    here = draw(speaker, Pose()).astype(np.float64)

    assert here.shape == (256, 256, 3)
    for other in SPEAKERS[:2]:
        if other is not speaker:
            assert np.abs(here - draw(other, Pose())).mean() > 15


# --- the voice -------------------------------------------------------------------------------------


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
def test_each_voice_obeys_its_cues(speaker: Speaker) -> None:
    low, middle, high = (_f0_hz(_say(speaker, pitch=value)) for value in ("low", "medium", "high"))
    assert low * 1.1 < middle
    assert middle * 1.15 < high

    fast, plain, slow = (_say(speaker, rate=value).duration_s for value in ("fast", "medium", "slow"))
    assert fast * 1.2 < plain
    assert plain * 1.2 < slow
    assert 0.1 < fast / SYLLABLES < slow / SYLLABLES < 0.4

    levels = [float(np.sqrt(np.mean(_say(speaker, loudness=v).pcm ** 2))) for v in ("soft", "medium", "loud")]
    steps_db = 20 * np.log10(np.array(levels[1:]) / levels[:-1])
    assert steps_db.min() > 6


def test_phonemes_come_in_time_and_inside_the_speech() -> None:
    speech = _say(SPEAKERS[0])
    starts = [phoneme.start_s for phoneme in speech.phonemes]

    assert starts == sorted(starts)
    assert starts[0] >= 0
    assert starts[-1] <= speech.duration_s + 0.1
    # "letter came back this morning" has two m and one b.
    assert [p.name for p in speech.phonemes if p.name in ("m", "b")] == ["m", "b", "m"]


def test_the_envelope_follows_the_level() -> None:
    pcm = np.zeros(SAMPLE_RATE, np.float32)
    pcm[SAMPLE_RATE // 2 :] = 0.1
    level = envelope(pcm, FPS)

    assert level[:11] == pytest.approx(0)
    assert level[14:24] == pytest.approx(1, abs=1e-6)


def test_added_noise_has_the_stated_level() -> None:
    tone = 0.2 * np.sign(np.sin(2 * np.pi * 200 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)).astype(np.float32)
    noise = add_noise(tone, seed=3) - tone

    # A square wave has RMS 0.2; pink noise 8 dB below it has 0.2 / 10^(8/20) = 0.0796.
    assert SNR_DB == 8
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(0.0796, rel=0.02)
