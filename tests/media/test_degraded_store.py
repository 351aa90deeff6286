"""Degraded media in the store: made once, by content, from what was decoded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cuewise.errors import ClipBrokenError
from cuewise.media import worker
from cuewise.media.images import decode_jpeg
from cuewise.media.pool import MediaPool
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.media.treatments import Treatment, TreatmentKind
from cuewise.records import ClipMedia

BLUR = Treatment(kind=TreatmentKind.BLUR, level=0.05)
SNOW = Treatment(kind=TreatmentKind.PICTURE_NOISE, level=5.0)
HISS = Treatment(kind=TreatmentKind.SOUND_NOISE, level=0.0)
RULE = FrameRule(fps=4)


@pytest.fixture
def clip(make: Any, tmp_path: Path) -> Path:
    pictures = [(40 * at, image) for at, image in enumerate(make.moving(25))]
    path: Path = make.clip(tmp_path / "clip.mp4", pictures, sound=make.tone(300, 1.0, level=0.1))
    return path


@pytest.fixture
def degrade(clip: Path, tmp_path: Path) -> Callable[[Treatment], ClipMedia]:
    store = MediaStore(tmp_path / "store")
    return lambda treatment: worker.prepare_degraded(store, clip, store.clip_sha256(clip), RULE, treatment)


def test_a_clip_is_decoded_once_for_all_treatments(
    degrade: Callable[[Treatment], ClipMedia], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    degrade(BLUR)
    monkeypatch.setattr(worker, "decode_clip", None)
    others = [degrade(treatment) for treatment in (SNOW, HISS, BLUR)]
    assert len({media.model_dump_json() for media in others}) == 3
    store = MediaStore(tmp_path / "store")
    sha256 = others[0].facts.sha256
    clean = store.lookup(sha256, RULE)
    assert clean is not None
    assert [store.lookup(sha256, RULE, treatment) for treatment in (SNOW, HISS, BLUR)] == others
    # The picture alone is changed by blur and snow, the sound alone by hiss; times and sizes stay.
    assert others[0].audio == others[2].audio == clean.audio
    assert others[1].frames == clean.frames
    for media in (others[0], others[2]):
        assert all(new.image != old.image for new, old in zip(media.frames, clean.frames, strict=True))
        assert [(f.time_s, f.width, f.height) for f in media.frames] == [
            (f.time_s, f.width, f.height) for f in clean.frames
        ]


def test_the_same_seed_gives_the_same_bytes_and_each_frame_noise_of_its_own(
    degrade: Callable[[Treatment], ClipMedia], clip: Path, tmp_path: Path
) -> None:
    other = MediaStore(tmp_path / "other")
    again = worker.prepare_degraded(other, clip, other.clip_sha256(clip), RULE, SNOW)
    first = degrade(SNOW)
    assert again == first
    assert degrade(SNOW.model_copy(update={"seed": 1})).frames != first.frames
    clean = other.lookup(first.facts.sha256, RULE)
    assert clean is not None
    noise = [
        decode_jpeg(other.read(new.image)).astype(float) - decode_jpeg(other.read(old.image))
        for new, old in zip(first.frames[:2], clean.frames[:2], strict=True)
    ]
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.1


def test_the_measures_of_a_noisy_sound_are_its_own(degrade: Callable[[Treatment], ClipMedia]) -> None:
    noisy, clean = degrade(HISS).audio, degrade(BLUR).audio
    assert noisy is not None
    assert clean is not None
    assert noisy.duration_s == clean.duration_s
    assert noisy.prosody.loudness_db > clean.prosody.loudness_db + 2, "at 0 dB the power is doubled"


def test_a_pool_degrades_once_and_makes_anew_what_is_gone(clip: Path, tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "store")

    async def together() -> list[ClipMedia]:
        pool = MediaPool(store, RULE)
        try:
            return await asyncio.gather(*(pool.degrade(clip, BLUR) for _ in range(3)))
        finally:
            await pool.close()

    first = asyncio.run(together())
    assert first[0] == first[1] == first[2]
    store.path(first[0].frames[0].image).unlink()
    assert asyncio.run(together())[0] == first[0]
    assert store.read(first[0].frames[0].image)


def test_a_broken_clip_is_the_clip_s_fault(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip at all")

    async def one() -> None:
        pool = MediaPool(MediaStore(tmp_path / "store"), RULE, workers=1)
        try:
            await pool.degrade(broken, BLUR)
        finally:
            await pool.close()

    with pytest.raises(ClipBrokenError):
        asyncio.run(one())
