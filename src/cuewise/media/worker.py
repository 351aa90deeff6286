"""A process that decodes clips for a `MediaPool`: one line of JSON in, one line out.

::

    start    {"root": "...", "rule": {...}}        -> {"ready": true}
    clip     {"path": "...", "sha256": "..."}      -> {} | {"fault": CAUSE, "reason": ...} | {"defect": ...}
    file     the same and {"with_sound": BOOL}     -> likewise
    degrade  the same and {"treatment": {...}}     -> likewise

What a clip gave goes into the store, not through the pipe. The process ends when its input does, even in the
middle of a clip, so that it cannot outlive the process that started it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cuewise.media.clip_file import pack_clip
from cuewise.media.container import Fault
from cuewise.media.decode import Decoded, decode_clip
from cuewise.media.degrade import blur_picture, noisy_picture, noisy_sound, source_of_chance
from cuewise.media.images import decode_jpeg, encode_jpeg
from cuewise.media.prosody import measure_prosody
from cuewise.media.rules import FrameRule
from cuewise.media.sound import SAMPLE_RATE, Sound
from cuewise.media.store import MediaStore
from cuewise.media.treatments import Treatment, TreatmentKind
from cuewise.records import Audio, ClipFile, ClipMedia, Frame, MediaRef


def prepare_clip(store: MediaStore, path: Path, sha256: str, rule: FrameRule) -> ClipMedia:
    """Decode and measure one clip, and keep what it gave.

    Raises:
        Fault: the clip is unreadable or truncated.
        OSError: the store cannot be written.
    """
    media = keep(store, decode_clip(path, rule, sha256))
    store.save(sha256, rule, media)
    return media


def prepare_file(store: MediaStore, path: Path, sha256: str, *, with_sound: bool) -> ClipFile:
    """Make one file of a clip, and keep it.

    Raises:
        Fault: the clip cannot be read or rewrapped, or has no picture.
        OSError: the store cannot be written.
    """
    packed = pack_clip(path, with_sound=with_sound)
    if packed.data is None:
        media = MediaRef(sha256=sha256, mime=packed.mime, size_bytes=path.stat().st_size)
        store.put_file(path, media)
    else:
        media = store.put(packed.data, packed.mime)
    file = ClipFile(media=media, has_sound=packed.has_sound)
    store.save_file(sha256, with_sound, file)
    return file


def prepare_degraded(
    store: MediaStore, path: Path, sha256: str, rule: FrameRule, treatment: Treatment
) -> ClipMedia:
    """Degrade what a clip gave, and keep it; the clip is decoded first where it was not yet.

    Raises:
        Fault: the clip is unreadable or truncated.
        MediaError: what it gave is damaged in the store.
        OSError: the store cannot be written.
    """
    clean = store.lookup(sha256, rule) or prepare_clip(store, path, sha256, rule)
    media = _degraded(store, clean, rule, treatment)
    store.save(sha256, rule, media, treatment)
    return media


def _degraded(store: MediaStore, clean: ClipMedia, rule: FrameRule, treatment: Treatment) -> ClipMedia:
    level, kind, clip = treatment.level, treatment.kind, clean.facts.sha256
    assert level is not None, f"{kind} makes no new media"
    if kind is TreatmentKind.SOUND_NOISE:
        if clean.audio is None:
            return clean
        samples = Sound.of_wav(store.read(clean.audio.wav)).samples
        chance = source_of_chance(treatment.seed, clip, "sound")
        noisy = noisy_sound(samples, level, treatment.spectrum, chance)
        return clean.model_copy(update={"audio": _keep_sound(store, Sound(noisy))})

    def degrade(frame: Frame) -> Frame:
        pixels = decode_jpeg(store.read(frame.image))
        if kind is TreatmentKind.BLUR:
            pixels = blur_picture(pixels, level)
        else:
            pixels = noisy_picture(pixels, level, source_of_chance(treatment.seed, clip, frame.index))
        image = store.put(encode_jpeg(pixels, rule.jpeg_quality), "image/jpeg")
        return frame.model_copy(update={"image": image})

    return clean.model_copy(update={"frames": tuple(map(degrade, clean.frames))})


def keep(store: MediaStore, decoded: Decoded) -> ClipMedia:
    """Put decoded media into the store."""
    frames = tuple(
        Frame(
            index=picture.index,
            time_s=picture.time_s,
            image=store.put(picture.jpeg, "image/jpeg"),
            width=picture.width,
            height=picture.height,
        )
        for picture in decoded.pictures
    )
    audio = _keep_sound(store, decoded.sound) if decoded.sound is not None else None
    return ClipMedia(facts=decoded.facts, frames=frames, audio=audio)


def _keep_sound(store: MediaStore, sound: Sound) -> Audio:
    return Audio(
        wav=store.put(sound.wav(), "audio/wav"),
        duration_s=sound.duration_s,
        envelope=sound.envelope(),
        prosody=measure_prosody(sound.waveform(), SAMPLE_RATE),
    )


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to answer
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing that a library prints can be taken for a reply
    tasks = _read_tasks()
    start = next(tasks)
    store, rule = MediaStore(Path(start["root"])), FrameRule(**start["rule"])
    _reply(replies, {"ready": True})
    for task in tasks:
        _reply(replies, _answer(store, rule, task))


def _answer(store: MediaStore, rule: FrameRule, task: dict[str, Any]) -> dict[str, Any]:
    try:
        path, sha256 = Path(task["path"]), task["sha256"]
        if "with_sound" in task:
            prepare_file(store, path, sha256, with_sound=task["with_sound"])
        elif "treatment" in task:
            prepare_degraded(store, path, sha256, rule, Treatment.model_validate(task["treatment"]))
        else:
            prepare_clip(store, path, sha256, rule)
    except Fault as fault:
        return {"fault": fault.cause.value, "reason": fault.reason}
    except Exception as error:  # noqa: BLE001 - reported with its cause; a flaw met on one clip must not stop others
        return {"defect": f"{type(error).__name__}: {error}"}
    return {}


def _read_tasks() -> Iterator[dict[str, Any]]:
    """Tasks as they come. A thread of its own sees the input end while a clip is being decoded."""
    tasks: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            tasks.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield json.loads(tasks.get())


def _reply(replies: Any, body: dict[str, Any]) -> None:
    replies.write(json.dumps(body) + "\n")
    replies.flush()


if __name__ == "__main__":
    main()
