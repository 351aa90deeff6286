"""Baselines against the figures of the published annotations, and the listening one against real voices."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import math
import re
import threading
import wave
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import InputError, PermanentModelError, UnknownModelError
from cuewise.labels import read_final_labels
from cuewise.media.prosody import measure_prosody, read_wav
from cuewise.models.baselines import NAMES, open_baseline
from cuewise.models.prosodic import describe, nearest_labels, place, placements
from cuewise.models.protocol import MediaPart, Message, Modality, Model, Request, call_key, canonical_call
from cuewise.records import Clip, MediaRef, Prosody, Sample, Span

EMOTIONS = ("neutral", "happy", "sad", "angry", "fear")


def sample(
    number: int = 0,
    *,
    task: str = "T",
    labels: tuple[str, ...] = ("happy",),
    label_set: tuple[str, ...] = EMOTIONS,
    multi_label: bool = False,
) -> Sample:
    return Sample(
        id=f"{task}/clip {number}",
        task=task,
        clip=Clip(id=f"clip {number}"),
        question="Which emotion?",
        label_set=label_set,
        labels=labels,
        multi_label=multi_label,
    )


def no_media(_: MediaRef) -> bytes:
    raise AssertionError("a blind baseline reads no media")


def blind(name: str, samples: Sequence[Sample] = (), args: Mapping[str, str] | None = None) -> Model:
    return open_baseline(f"baseline/{name}", samples=samples, read_media=no_media, args=args)


def ask(model: Model, of: Sample, epoch: int = 0) -> str:
    return asyncio.run(model.generate(Request(messages=(), sample=of, epoch=epoch))).text


def named(model: Model, of: Sample, epoch: int = 0) -> tuple[str, ...]:
    text = ask(model, of, epoch)
    found = re.fullmatch(
        r"Final answer: (.+) \(from a baseline that sees and hears nothing of the clip\)", text
    )
    assert found
    return tuple(found[1].split("; "))


class TestEveryBaseline:
    @pytest.mark.parametrize("name", NAMES)
    def test_answers_are_complete_and_free(self, name: str) -> None:
        model = open_baseline(name, samples=[sample()], read_media=no_media)
        completion = asyncio.run(model.generate(Request(messages=(), sample=sample())))
        assert model.name == name
        assert model.reads_sample
        assert model.takes == ({Modality.AUDIO} if name == "baseline/prosody" else set())
        assert completion.finish == "stop"
        assert completion.input_tokens is completion.output_tokens is None
        json.dumps(model.parameters)  # part of the call's key
        asyncio.run(model.close())

    @pytest.mark.parametrize("name", NAMES)
    def test_a_request_without_sample_is_refused(self, name: str) -> None:
        model = open_baseline(name, samples=[], read_media=no_media)
        with pytest.raises(PermanentModelError, match="the request has none"):
            asyncio.run(model.generate(Request(messages=())))

    @pytest.mark.parametrize("name", NAMES)
    def test_an_argument_it_does_not_have_is_named(self, name: str) -> None:
        with pytest.raises(InputError, match="no argument 'depth'"):
            open_baseline(name, samples=[], read_media=no_media, args={"depth": "1"})

    def test_an_unknown_name_lists_those_there_are(self) -> None:
        with pytest.raises(UnknownModelError, match="there are baseline/majority, baseline/random"):
            blind("genius")


class TestMajority:
    def test_the_most_frequent_gold_label_of_the_task(self) -> None:
        samples = [
            *(sample(i, labels=("sad",)) for i in range(3)),
            *(sample(i, labels=("happy",)) for i in range(3, 5)),
            *(sample(i, task="U", labels=("fear",)) for i in range(2)),
        ]
        model = blind("majority", samples)
        assert model.parameters == {"labels": {"T": "sad", "U": "fear"}}
        assert named(model, sample(99)) == ("sad",)
        assert named(model, sample(99, task="U")) == ("fear",)

    def test_ties_do_not_depend_on_order(self) -> None:
        pair = [sample(0, labels=("sad",)), sample(1, labels=("angry",))]
        assert named(blind("majority", pair), sample()) == ("angry",)
        assert named(blind("majority", pair[::-1]), sample()) == ("angry",)

    def test_each_gold_label_of_a_multi_label_sample_counts(self) -> None:
        gold = [("sad", "fear"), ("fear", "angry"), ("happy",), ("happy", "fear")]
        samples = [sample(i, labels=labels, multi_label=True) for i, labels in enumerate(gold)]
        assert named(blind("majority", samples), samples[0]) == ("fear",)  # fear 3, happy 2

    def test_the_label_may_be_no_candidate(self) -> None:
        samples = [sample(i, labels=("neutral",)) for i in range(2)]
        other = sample(9, label_set=("shy", "scared"), labels=("shy",))
        assert named(blind("majority", [*samples, other]), other) == ("neutral",)

    def test_other_gold_labels_give_other_keys(self) -> None:
        request = Request(messages=(), sample=sample())
        keys = {
            call_key(canonical_call(blind("majority", [sample(labels=(label,))]), request))
            for label in EMOTIONS
        }
        assert len(keys) == len(EMOTIONS)

    @pytest.mark.shared
    @pytest.mark.parametrize(
        ("task", "label", "percent"),
        [
            ("ER-Lab", "Frustration", 24.0),  # 120 of 500
            ("ER-Wild", "neutral", 20.5),  # 369 of 1800
            ("FG-SA", "negative", 23.8),  # 119 of 500
            ("IR", "neutral", 26.6),  # 133 of 500
            ("Noise-ER", "sad", 23.8),  # 119 of 500
            ("SA", "negative", 39.25),  # 628 of 1600
        ],
    )
    def test_published_annotations(self, shared_data: Path, task: str, label: str, percent: float) -> None:
        (file,) = (shared_data / "mme-emotion" / task / "question").glob("*.json")
        samples = [
            sample(number, task=task, labels=(entry["label"],), label_set=tuple(entry["label_set"]))
            for number, entry in enumerate(json.loads(file.read_text(encoding="utf-8")))
        ]
        model = blind("majority", samples)
        assert model.parameters == {"labels": {task: label}}
        right = sum(named(model, of) == of.labels for of in samples[::50])
        assert right == sum(of.labels == (label,) for of in samples[::50])
        assert 100 * sum(of.labels == (label,) for of in samples) / len(samples) == pytest.approx(percent)


class TestRandom:
    def test_labels_are_uniform(self) -> None:
        n = 2000
        counts = Counter(named(blind("random"), sample(i)) for i in range(n))
        # A fifth each: 400, four standard errors of sqrt(2000 * 0.2 * 0.8) = 17.9.
        assert set(counts) == {(label,) for label in EMOTIONS}
        assert all(abs(count - 400) <= 72 for count in counts.values())

    def test_the_number_of_labels_follows_the_dataset(self) -> None:
        gold = [("sad",), ("sad", "fear"), ("sad", "angry"), ("happy", "fear", "sad")]
        samples = [sample(i, labels=labels, multi_label=True) for i, labels in enumerate(gold)]
        model = blind("random", samples)
        assert model.parameters["label_counts"] == {"T": {"1": 1, "2": 2, "3": 1}}
        n = 2000
        sizes = Counter(len(named(model, sample(i, multi_label=True))) for i in range(n))
        # A quarter, a half, a quarter; four standard errors of at most 22.4.
        for size, expected in ((1, 500), (2, 1000), (3, 500)):
            assert abs(sizes[size] - expected) <= 90

    @given(st.integers(), st.integers(0, 10**6), st.integers(0, 3), st.booleans())
    def test_labels_are_candidates_without_repetition(
        self, seed: int, number: int, epoch: int, multi_label: bool
    ) -> None:
        samples = [sample(0, labels=EMOTIONS, multi_label=True), sample(1, labels=("sad",), multi_label=True)]
        model = blind("random", samples, {"seed": str(seed)})
        labels = named(model, sample(number, multi_label=multi_label), epoch)
        assert set(labels) <= set(EMOTIONS)
        assert len(set(labels)) == len(labels)
        assert len(labels) == 1 or multi_label

    def test_seed_sample_and_epoch_decide(self) -> None:
        def answers(seed: str) -> list[tuple[str, ...]]:
            model = blind("random", args={"seed": seed})
            return [named(model, sample(i), epoch) for i in range(10) for epoch in range(2)]

        assert answers("1") == answers("1")
        assert answers("1") != answers("2")
        assert len(set(answers("1"))) > 1

    def test_a_seed_must_be_a_whole_number(self) -> None:
        with pytest.raises(InputError, match="'seed' of baseline/random must be a whole number, not 'lucky'"):
            blind("random", args={"seed": "lucky"})


class TestAllLabels:
    @pytest.mark.parametrize("name", ["majority", "random", "all-labels"])
    def test_the_answer_reads_back(self, name: str) -> None:
        of = sample(multi_label=True, labels=("sad", "fear"))
        model = blind(name, [of])
        assert set(read_final_labels(ask(model, of), EMOTIONS)) == set(named(model, of))

    def test_every_candidate_is_named(self) -> None:
        of = sample(multi_label=True, labels=("sad", "fear"))
        assert named(blind("all-labels"), of) == EMOTIONS


def wav(pcm: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((pcm * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def hear(data: bytes, mime: str = "audio/wav") -> Message:
    media = MediaRef(sha256=hashlib.sha256(data).hexdigest(), mime=mime, size_bytes=len(data))
    return Message(role="user", parts=(MediaPart(media=media),))


def listener(*sounds: bytes) -> Model:
    store = {hashlib.sha256(data).hexdigest(): data for data in sounds}
    return open_baseline("baseline/prosody", samples=[], read_media=lambda media: store[media.sha256])


def prosody(**changes: object) -> Prosody:
    middling: dict[str, object] = {
        "duration_s": 3.0,
        "f0_median_hz": 157.0,
        "f0_p10_hz": 157.0 * 2 ** (-4 / 12),
        "f0_p90_hz": 157.0 * 2 ** (4 / 12),
        "f0_slope_st_per_s": -3.0,
        "loudness_db": -26.0,
        "loudness_range_db": 20.0,
        "rate_syllables_per_s": 4.0,
        "voiced_fraction": 0.5,
        "pauses": (),
    }
    return Prosody.model_validate(middling | changes)


class TestProsodyRule:
    def test_a_middling_voice_stands_in_the_middle(self) -> None:
        assert place(prosody()) == pytest.approx((0, 0), abs=1e-9)

    def test_by_hand(self) -> None:
        # 10 dB louder, 6 semitones higher, range 12 instead of 8, 5 instead of 4 syllables, half a second of
        # pause in 3 s, pitch level instead of falling by 3:
        # arousal 0.35 + 0.3 + 0.2 + 0.15 * 0.5 - 1/6 = 0.7583; valence 0.2 + 0.15 - 0.4 - 0.5/6 = -0.1333.
        voice = prosody(
            loudness_db=-16,
            f0_median_hz=157 * math.sqrt(2),
            f0_p10_hz=157 * 2 ** (-6 / 12),
            f0_p90_hz=157 * 2 ** (6 / 12),
            rate_syllables_per_s=5,
            f0_slope_st_per_s=0,
            pauses=(Span(start_s=1, end_s=1.5),),
        )
        assert place(voice) == pytest.approx((-0.13333, 0.75833), abs=1e-4)

    @given(st.floats(-120, 10), st.floats(60, 500), st.floats(0, 20), st.floats(-500, 500))
    def test_places_stay_on_the_scales(self, level: float, pitch: float, rate: float, slope: float) -> None:
        voice = prosody(
            loudness_db=level, f0_median_hz=pitch, rate_syllables_per_s=rate, f0_slope_st_per_s=slope
        )
        assert all(-1 <= value <= 1 for value in place(voice))

    def test_without_voice_only_the_level_is_told(self) -> None:
        voiceless = prosody(
            f0_median_hz=None,
            f0_p10_hz=None,
            f0_p90_hz=None,
            f0_slope_st_per_s=None,
            rate_syllables_per_s=None,
            loudness_db=-40,
        )
        assert describe(voiceless) == ["The level of the sound is -40.0 dB relative to full scale."]
        assert place(voiceless) == (0, 0)

    def test_nearest_by_hand(self) -> None:
        # anger [-0.6, 0.7] and fear [-0.6, 0.65]: from arousal 0.8, anger is nearer.
        assert nearest_labels(["fear", "anger", "sadness"], -0.5, 0.8) == ["anger"]
        assert nearest_labels(["fear", "anger", "sadness"], -0.5, 0.8, most=2) == ["fear", "anger"]
        assert nearest_labels(["sadness", "joy"], -0.7, -0.4, most=2) == ["sadness"]

    def test_sentiments_go_by_valence_alone(self) -> None:
        scale = ["very strong negative", "negative", "neutral", "positive", "very strong positive"]
        # Nearest of -1, -0.5, 0, 0.5, 1, whatever the arousal.
        for valence, label in (
            (-0.9, scale[0]),
            (-0.3, scale[1]),
            (0.2, scale[2]),
            (0.6, scale[3]),
            (1, scale[4]),
        ):
            assert nearest_labels(scale, valence, 1.0) == [label]

    def test_unknown_labels_stand_in_the_middle(self) -> None:
        assert nearest_labels(["Nostalgic", "Happy"], 0.1, 0.0) == ["Nostalgic"]
        assert nearest_labels(["Nostalgic", "HAPPY"], 0.9, 0.4) == ["HAPPY"]

    def test_all_placements_are_on_the_scales(self) -> None:
        for label, at in placements().items():
            assert label == label.casefold()
            assert len(at) in (1, 2)
            assert all(-1 <= value <= 1 for value in at)

    @pytest.mark.shared
    def test_every_label_of_the_eight_tasks_has_a_place(self, shared_data: Path) -> None:
        labels: set[str] = set()
        for file in (shared_data / "mme-emotion").glob("*/question/*.json"):
            for entry in json.loads(file.read_text(encoding="utf-8")):
                labels.update(label.casefold() for label in entry["label_set"])
        assert labels
        assert labels <= placements().keys()


class TestProsodyBaseline:
    def test_without_sound_it_answers_what_is_nearest_to_neutral(self) -> None:
        picture = hear(b"jpeg", mime="image/jpeg")
        for messages in ((), (picture,)):
            request = Request(messages=messages, sample=sample())
            text = asyncio.run(listener().generate(request)).text
            assert text == "1. This baseline only listens, and it hears nothing.\nFinal answer: neutral"

    def test_sound_that_cannot_be_read_is_a_failure_of_the_call(self) -> None:
        request = Request(messages=(hear(b"noise"),), sample=sample(5))
        with pytest.raises(PermanentModelError, match="cannot read the sound of T/clip 5: not a WAV file"):
            asyncio.run(listener(b"noise").generate(request))

    def test_silence_is_heard_as_no_voice(self) -> None:
        data = wav(np.zeros(16_000))
        request = Request(messages=(hear(data),), sample=sample())
        text = asyncio.run(listener(data).generate(request)).text
        assert "-120.0 dB" in text
        assert text.endswith("Final answer: neutral")

    def test_the_loop_goes_on_while_it_measures(self) -> None:
        data = wav(0.3 * np.sin(2 * math.pi * 200 * np.arange(16_000) / 16_000))
        reading, may_go_on = threading.Event(), threading.Event()

        def slow_read(_: MediaRef) -> bytes:
            reading.set()
            assert may_go_on.wait(10), "the loop was blocked"
            return data

        model = open_baseline("baseline/prosody", samples=[], read_media=slow_read)

        async def run() -> str:
            asking = asyncio.create_task(model.generate(Request(messages=(hear(data),), sample=sample())))
            assert await asyncio.to_thread(reading.wait, 10)
            may_go_on.set()  # reached only if the loop runs while the worker waits
            return (await asking).text

        assert "median pitch is 200 Hz" in asyncio.run(run())

    def test_a_clip_is_measured_once(self) -> None:
        data = wav(0.3 * np.sin(2 * math.pi * 200 * np.arange(16_000) / 16_000))
        reads = []

        def read(media: MediaRef) -> bytes:
            reads.append(media)
            return data

        model = open_baseline("baseline/prosody", samples=[], read_media=read)
        for number in range(3):
            asyncio.run(model.generate(Request(messages=(hear(data),), sample=sample(number))))
        assert len(reads) == 1

    @pytest.mark.shared
    def test_steps_on_real_voices_cite_what_was_measured(self, shared_data: Path) -> None:
        files = sorted((shared_data / "clips").glob("voice_*-03.wav"))
        assert len(files) == 8
        arousal = {}
        for file in files:
            data = file.read_bytes()
            measured = measure_prosody(*read_wav(data))
            request = Request(messages=(hear(data),), sample=sample())
            text = asyncio.run(listener(data).generate(request)).text
            *steps, last = text.split("\n")
            assert [line.split(". ")[0] for line in steps] == [str(i + 1) for i in range(len(steps))]

            def number(pattern: str, text: str = text) -> float:
                found = re.search(pattern, text)
                assert found, pattern
                return float(found[1])

            assert measured.f0_median_hz is not None
            assert measured.f0_p10_hz is not None
            assert measured.f0_p90_hz is not None
            assert measured.f0_slope_st_per_s is not None
            assert measured.rate_syllables_per_s is not None
            assert number(r"median pitch is (\d+) Hz") == round(measured.f0_median_hz)
            assert number(r"ranges over ([\d.]+) semitones") == pytest.approx(
                12 * math.log2(measured.f0_p90_hz / measured.f0_p10_hz), abs=0.051
            )
            assert number(r"by ([\d.]+) semitones per second") == pytest.approx(
                abs(measured.f0_slope_st_per_s), abs=0.051
            )
            assert number(r"level of the sound is (-[\d.]+) dB") == pytest.approx(
                measured.loudness_db, abs=0.051
            )
            assert number(r"speaking rate is ([\d.]+) syllables") == pytest.approx(
                measured.rate_syllables_per_s, abs=0.051
            )
            assert ("pause" in text) == bool(measured.pauses)
            assert last.removeprefix("Final answer: ") in EMOTIONS
            assert read_final_labels(text, EMOTIONS) == (last.removeprefix("Final answer: "),)
            arousal[file.name.split("_")[1]] = number(r"at arousal ([-+][\d.]+)")
        assert arousal["angry"] > arousal["happy"] > arousal["neutral"] > arousal["calm"]
