"""What raters see and hear of a clip: the same for the answers of all runs of a study.

Runs may look at a clip by different rules, and then the number of frames would tell raters whose answer it is. So each
clip is shown with its frames under the rules of all runs together. Those of one rule, such as the densest, would be
alike too, but a frame that a judge relied on might not be among them: three frames a second, ten at most, end after
three seconds, where one in two seconds goes on to the twentieth. Together they are what every judge of the study had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cuewise.evidence.frames import frame_evidence
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.records import Audio, Evidence, EvidenceKind, MediaRef, Outcome
from cuewise.result import RunResult
from cuewise.settings import frame_rule
from cuewise.study.records import ItemFrame


@dataclass(frozen=True)
class Seen:
    """What is shown of a clip."""

    frames: tuple[ItemFrame, ...]
    """In time order."""
    audio: Audio | None


class Pictures:
    """Frames and sound of the clips of some runs, as far as a workspace has them."""

    def __init__(self, media: MediaStore, runs: Sequence[RunResult]) -> None:
        self._media = media
        self._rules: dict[str, FrameRule] = {run.name: frame_rule(run.manifest.options) for run in runs}
        self._lacking: dict[FrameRule, set[str]] = {rule: set() for rule in self._rules.values()}

    @property
    def rules(self) -> dict[str, str]:
        """By run, the key of its rule."""
        return {run: rule.key() for run, rule in self._rules.items()}

    @property
    def lacking(self) -> dict[str, int]:
        """By key of a rule, of how many of the clips that were asked for there is nothing under it. Empty where all
        runs have the same rule, as a clip that lacks it does so whichever run it is shown for."""
        if len(self._lacking) < 2:
            return {}
        return {rule.key(): len(clips) for rule, clips in self._lacking.items() if clips}

    def of(self, outcome: Outcome) -> Seen:
        """What is shown with an answer to a clip that its run looked at."""
        assert outcome.facts is not None
        sha256 = outcome.facts.sha256
        found = {rule: self._media.lookup(sha256, rule) for rule in self._lacking}
        for rule, media in found.items():
            if media is None:
                self._lacking[rule].add(sha256)
        kept = [media for media in found.values() if media is not None]
        frames = [piece for media in kept for piece in frame_evidence(media)]
        # What the judge had, also where the workspace has no more of the clip.
        frames += [piece for piece in outcome.evidence if piece.kind is EvidenceKind.FRAME]
        return Seen(_in_time_order(frames), next((media.audio for media in kept), None))


def _in_time_order(frames: Iterable[Evidence]) -> tuple[ItemFrame, ...]:
    """Each moment once, to the millisecond: of its pictures in several sizes the one with the most bytes. Frames are
    numbered anew, as numbers with gaps would tell the run."""
    moments: dict[int, tuple[float, MediaRef]] = {}
    for frame in frames:
        if frame.image is None:
            continue
        moment = round(frame.start_s * 1000)
        before = moments.get(moment)
        if before is None or _size(before[1]) < _size(frame.image):
            moments[moment] = frame.start_s, frame.image
    return tuple(
        ItemFrame(id=f"F{number}", time_s=time_s, image=image)
        for number, (_, (time_s, image)) in enumerate(sorted(moments.items()), 1)
    )


def _size(image: MediaRef) -> tuple[int, str]:
    # By the hash too, so that it does not depend on which comes first.
    return image.size_bytes, image.sha256
