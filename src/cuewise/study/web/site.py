"""What all pages of a served study share: the study, what was said, media, and who may see what."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cuewise.media.clip_paths import ClipPaths
from cuewise.media.store import MediaStore
from cuewise.study.records import Item, Study
from cuewise.study.store import RatingStore
from cuewise.study.web.answers import Answers
from cuewise.study.web.troubles import Troubles
from cuewise.web.pages import Pages


@dataclass(frozen=True)
class Site:
    """A study as it is served."""

    study: Study
    store: RatingStore
    media: MediaStore
    troubles: Troubles = field(default_factory=Troubles)

    @cached_property
    def pages(self) -> Pages:
        return Pages("cuewise.study.web", ("rating.css", "keys.js", "queue.js", "sight.js", "rating.js"))

    @cached_property
    def paths(self) -> ClipPaths:
        """Where the clips' own files are."""
        return ClipPaths(self.media)

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.study, self.store)

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Items by id."""
        return {item.id: item for item in self.study.items}

    @cached_property
    def _hashes(self) -> Mapping[str, frozenset[str]]:
        """By rater, the hashes of all media of his or her items."""
        return {
            rater: frozenset(sha256 for id in ids for sha256 in _media_of(self.items[id]))
            for rater, ids in self.study.assigned.items()
        }

    @cached_property
    def _sha256(self) -> str:
        return self.study.sha256()

    def rater_of(self, token: str) -> str | None:
        """Whose link it is; None for nobody's."""
        rater = self.store.rater_of(token)
        return rater if rater in self.study.assigned else None

    def owns(self, rater: str, sha256: str) -> bool:
        """Whether a rater sees media of this hash in one of his or her items."""
        return sha256 in self._hashes[rater]

    def queue(self, rater: str) -> str:
        """The name by which a browser keeps what it could not send yet: the same under a new link, and it opens
        nothing."""
        return hashlib.sha256(f"{self._sha256}/{rater}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Visit:
    """A rater with his or her link."""

    site: Site
    rater: str
    token: str

    @property
    def base(self) -> str:
        """What the rater's addresses begin with."""
        return f"/r/{self.token}"

    @property
    def queue(self) -> str:
        return self.site.queue(self.rater)

    @cached_property
    def own(self) -> tuple[Item, ...]:
        """The rater's items in the order in which he or she sees them."""
        return tuple(self.site.items[id] for id in self.site.study.assigned[self.rater])

    @cached_property
    def done(self) -> frozenset[str]:
        """Ids of those that are done."""
        return frozenset(self.site.store.done(self.rater)) & {item.id for item in self.own}


def _media_of(item: Item) -> list[str]:
    return [
        *(frame.image.sha256 for frame in item.frames),
        *([item.audio.wav.sha256] if item.audio else []),
        *([item.facts.sha256] if item.facts else []),
    ]
