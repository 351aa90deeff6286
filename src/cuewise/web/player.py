"""What a page shows of a clip: its picture and sound, and one timeline with frames, waveform and evidence.

A page makes a `Player` with `make_player` and draws it with the macro of `pages/player.html`::

    {% from "player.html" import player %}
    {{ player(clip) }}

and loads `player.css` and, with `defer`, `player.js`, by which its own script can light up evidence::

    const player = cuewisePlayer(document.querySelector("[data-player]"));
    player.select(["F2", "A9"], {checked: ["F1"], near: ["F3"], times: [[1.0, 1.5]], set: 0, name: "Step 3"});
    player.clear();  player.seek(1.2);  player.play();  player.toggle();  player.nudge(-1);  player.frame(1);

`select` lights up what is cited, more faintly what else was checked, marks times and the frames near to them, seeks to
the first of what is cited, and says all of it. Whoever clicks on evidence in the player sends the event
`player:evidence` (detail: `id`, `set`); each `select` and `clear` sends `player:select` (detail: `cited`, `checked`,
`set`). Both bubble.

Where the browser cannot play the clip's file, or there is none, the player plays what was decoded from it: the sound,
and the frames, each from its time on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from cuewise.media.clip_paths import ClipPaths
from cuewise.records import Audio, ClipFacts, Evidence, EvidenceKind, MediaRef
from cuewise.web.timeline import Row, Tick, place_frames, rows, span_words, ticks

CLIP_TYPES: Final = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
    ".flv": "video/x-flv",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
}
"""Types of clip files by ending; any other is given out as bytes, which no browser shows as a page."""
OTHER_TYPE: Final = "application/octet-stream"
_PLAYED_BY_NONE: Final = {
    "video/x-msvideo": "AVI files",
    "video/x-flv": "FLV files",
    OTHER_TYPE: "files of this kind",
}
"""What no browser plays, in words; all else is tried, and what a browser cannot play it says itself."""
_SILENCE: Final = 0.003
"""Peaks below it, -50 dB, are not made to look like sound."""


class Picture(Protocol):
    """A frame, whoever keeps it."""

    @property
    def id(self) -> str: ...

    @property
    def time_s(self) -> float: ...

    @property
    def image(self) -> MediaRef | None: ...


@dataclass(frozen=True)
class FrameOf:
    """A frame as evidence has it."""

    id: str
    time_s: float
    image: MediaRef | None


@dataclass(frozen=True)
class Material:
    """What lies on the timeline: what one judge, or several alike, had of the clip."""

    frames: Sequence[Picture] = ()
    """In time order."""
    evidence: Sequence[Evidence] = ()
    """Of any kind but frames."""
    name: str = ""
    """Whose it is, where there are several."""

    @classmethod
    def of(cls, evidence: Iterable[Evidence], name: str = "") -> Material:
        """An outcome's evidence, with its frames."""
        pieces = tuple(evidence)
        frames = [FrameOf(one.id, one.start_s, one.image) for one in pieces if one.kind is EvidenceKind.FRAME]
        frames.sort(key=lambda frame: frame.time_s)
        return cls(frames, tuple(one for one in pieces if one.kind is not EvidenceKind.FRAME), name)


class Form(StrEnum):
    """What is played."""

    VIDEO = "video"
    """The clip's own file, which has a picture."""
    AUDIO = "audio"
    """The clip's own file, which has none."""
    DECODED = "decoded"
    """What was decoded from it."""
    NOTHING = "nothing"


@dataclass(frozen=True)
class ShownFrame:
    """A frame on the timeline."""

    id: str
    time_s: float
    url: str | None
    """None where it is not kept."""
    when: str
    """Its time in words."""
    x: float
    """Percent, as the width."""
    width: float
    lane: int


@dataclass(frozen=True)
class Waveform:
    """Peaks of the sound, the loudest as high as there is room, as a drawing `width` wide and 2 high."""

    path: str
    width: float


@dataclass(frozen=True)
class Layer:
    """One set of material on the timeline; where there are several, one at a time is shown."""

    name: str
    frames: tuple[ShownFrame, ...]
    frame_lanes: int
    rows: tuple[Row, ...]
    left: int
    """Pieces for which there was no room."""


@dataclass(frozen=True)
class Player:
    """A clip on a page."""

    form: Form
    clip_url: str | None
    wav_url: str | None
    has_picture: bool
    """Whether the clip has one, so that a browser that shows none fails to play it."""
    has_decoded: bool
    """Whether sound or frames are there to stand in for the file."""
    duration_s: float
    frame_s: float
    """Seconds from one picture of the video to the next."""
    notes: tuple[str, ...]
    """What must be said of what is played."""
    waveform: Waveform | None
    ticks: tuple[Tick, ...]
    layers: tuple[Layer, ...]

    @property
    def has_timeline(self) -> bool:
        """Whether there is anything that has its time."""
        return self.form is not Form.NOTHING or any(layer.rows or layer.frames for layer in self.layers)

    @property
    def hint(self) -> str:
        """What can be done here, said until something is chosen."""
        if self.form is Form.NOTHING:
            return ""
        if any(layer.rows for layer in self.layers):
            return "Choose a step, a frame or a piece of evidence to see and hear it."
        return "Choose a frame to play from there."


def clip_type(paths: ClipPaths, facts: ClipFacts | None) -> str | None:
    """Type of the clip's file; None where it is not found, or not any more what was decoded."""
    path = paths.find(facts.sha256) if facts else None
    return CLIP_TYPES.get(path.suffix.lower(), OTHER_TYPE) if path else None


def make_player(
    facts: ClipFacts | None,
    materials: Sequence[Material],
    *,
    audio: Audio | None,
    file_type: str | None,
    prefix: str = "",
    why: str = "",
    notes: Sequence[str] = (),
) -> Player:
    """What a page shows of a clip.

    Args:
        facts: what probing the clip told; None where it was not decoded.
        materials: what lies on the timeline; the first is shown at first.
        audio: the decoded sound, see `MediaStore.lookup_key`; None where there is none, or it is not kept.
        file_type: as `clip_type` gives it.
        prefix: stands before `/clip/SHA256` and `/media/SHA256.jpg` in addresses.
        why: why there is nothing of the clip, where that is so; as the outcome says it.
        notes: what else is to be said.
    """
    materials = materials or (Material(),)
    # Evidence says how long a clip is only where nothing else does: it may be wrong about it.
    duration_s = max(facts.duration_s if facts else 0.0, audio.duration_s if audio else 0.0)
    duration_s = duration_s or max(map(_last, materials)) or 1.0
    layers = tuple(_layer(material, duration_s, prefix) for material in materials)
    has_decoded = audio is not None or any(frame.url for layer in layers for frame in layer.frames)
    form, said = _form(facts, file_type, has_decoded=has_decoded, why=why)
    return Player(
        form=form,
        clip_url=f"{prefix}/clip/{facts.sha256}" if facts and form in (Form.VIDEO, Form.AUDIO) else None,
        wav_url=f"{prefix}/media/{audio.wav.sha256}.wav" if audio else None,
        has_picture=bool(facts and facts.has_video),
        has_decoded=has_decoded,
        duration_s=duration_s,
        frame_s=1 / facts.fps if facts and facts.fps else 0.04,
        notes=(*said, *notes),
        waveform=_waveform(audio, duration_s) if audio and audio.envelope and audio.duration_s else None,
        ticks=ticks(duration_s),
        layers=layers,
    )


def _form(
    facts: ClipFacts | None, file_type: str | None, *, has_decoded: bool, why: str
) -> tuple[Form, list[str]]:
    stands_in = (
        "What was decoded from it is played instead: 16 kHz sound, and the frames that were looked at."
    )
    if facts is None or not (facts.has_video or facts.has_audio):
        reason = why or "The clip was not decoded."
        return (Form.DECODED, [reason, stands_in]) if has_decoded else (Form.NOTHING, [reason])
    if file_type is not None and file_type not in _PLAYED_BY_NONE:
        said = [] if facts.has_audio else ["This clip has no sound."]
        return (Form.VIDEO, said) if facts.has_video else (Form.AUDIO, ["This clip has no picture."])
    reason = (
        "The clip’s file is not where it was when it was decoded, or has changed since."
        if file_type is None
        else f"Browsers do not play {_PLAYED_BY_NONE[file_type]}."
    )
    if has_decoded:
        return Form.DECODED, [reason, stands_in]
    return Form.NOTHING, [reason, "Nothing decoded from it is kept; run again to decode it anew."]


def _layer(material: Material, duration_s: float, prefix: str) -> Layer:
    places = place_frames([frame.time_s for frame in material.frames], duration_s)
    frames = tuple(
        ShownFrame(
            id=frame.id,
            time_s=frame.time_s,
            url=f"{prefix}/media/{frame.image.sha256}.jpg" if frame.image else None,
            when=span_words(frame.time_s, frame.time_s),
            x=place.x,
            width=place.width,
            lane=place.lane,
        )
        for frame, place in zip(material.frames, places, strict=True)
    )
    made, left = rows(material.evidence, duration_s)
    lanes = max((frame.lane for frame in frames), default=-1) + 1
    return Layer(material.name, frames, lanes, made, left)


def _last(material: Material) -> float:
    ends = [piece.end_s for piece in material.evidence] + [frame.time_s for frame in material.frames]
    return max(ends, default=0.0)


def _waveform(audio: Audio, duration_s: float) -> Waveform:
    """The envelope and its mirror image as one outline."""
    n, loudest = len(audio.envelope), max(max(audio.envelope), _SILENCE)
    peaks = [peak / loudest for peak in audio.envelope]
    upper = [f"{at + 0.5:g} {1 - peak:.3f}" for at, peak in enumerate(peaks)]
    lower = [f"{n - at - 0.5:g} {1 + peak:.3f}" for at, peak in enumerate(reversed(peaks))]
    return Waveform(f"M0 1L{'L'.join(upper)}L{n} 1L{'L'.join(lower)}Z", n * duration_s / audio.duration_s)
