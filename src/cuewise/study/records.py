"""The nouns of a study. A study is frozen when it is created: later changes to the runs change nothing of it."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field

from cuewise.records import (
    Audio,
    ClipFacts,
    Count,
    Evidence,
    LabelReading,
    MediaRef,
    Number,
    Protocol,
    Record,
    Sample,
    Score,
    Seconds,
    Sha256,
    Step,
    Verdict,
)

SEAT: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Seat = Annotated[str, Field(pattern=SEAT)]
"""Name of a rater, as in `--rater`, or `rater-1`."""


class StudyKind(StrEnum):
    """What raters are asked."""

    STEPS = "steps"
    """Whether each step of an answer is right."""
    QUESTION = "question"
    """The benchmark's own question: the human baseline."""


class Gold(StrEnum):
    """Whether raters of steps are shown the annotated labels."""

    HIDDEN = "hidden"
    """They say whether the labels that the answer names fit what they see and hear."""
    SHOWN = "shown"
    """They say which of the annotated labels the answer names, as judges under `mme-emotion` do."""


class ItemFrame(Record):
    """A frame that raters see."""

    id: str
    """Its number in time order, e.g. `F3`; as the judge knew it where all runs of the study look at the same frames."""
    time_s: Seconds
    image: MediaRef


class Judged(Record):
    """What is known of the answer that an item shows; raters see nothing of it."""

    run: str
    epoch: Count = 0
    model: str
    judges: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    """One per step."""
    reading: LabelReading | None = None
    score: Score | None = None
    stratum: str = ""
    """The group of samples that it was drawn from."""
    weight: Annotated[float, Field(gt=0)] = 1.0
    """How many samples of the runs it stands for: size of its stratum over the number drawn from it."""


class Expected(Record):
    """What an attentive rater must say of an item that was made to find out who is one."""

    steps: dict[int, bool] = Field(default_factory=dict)
    """By step index: whether it is right. Steps that are not named may be rated as one likes."""
    why: str
    """What was done to the item, in words."""


class Item(Record):
    """One answer to one question about one clip, or the question alone: what a rater sees at a time."""

    id: Annotated[str, Field(pattern=r"^i[0-9]{4,6}$")]
    """Tells nothing of the sample or the model."""
    sample: Sample
    """Without the clip's path."""
    protocol: Protocol
    """Whose rules say what right means."""
    facts: ClipFacts | None = None
    frames: tuple[ItemFrame, ...] = ()
    audio: Audio | None = None
    evidence: tuple[Evidence, ...] = ()
    """What the judge had; raters are shown frames and sound alone."""
    steps: tuple[Step, ...] = ()
    """All of the answer's steps, the last naming the label; empty in a study of the question."""
    rated: tuple[Number, ...] = ()
    """Indices of the reasoning steps that raters rate: those that count towards the reasoning score."""
    judged: Judged | None = None
    """None in a study of the question, and where a step was planted that no judge saw."""
    expected: Expected | None = None
    """What must be said of an instructed item; None for any other."""
    repeats: str = ""
    """Id of the item that this one shows once more; empty for none."""

    @property
    def is_check(self) -> bool:
        """Whether it is an attention item: what is said of it tells of the rater, and of no judge or model."""
        return self.expected is not None or bool(self.repeats)

    @property
    def named(self) -> tuple[str, ...]:
        """Labels that the answer names: those read from it, else those of its last step."""
        if self.judged is not None and self.judged.reading is not None and self.judged.reading.labels:
            return self.judged.reading.labels
        return (self.steps[-1].labels or ()) if self.steps else ()


class StudyPlan(Record):
    """How a study was made."""

    name: str
    kind: StudyKind
    created_at: str
    """UTC, ISO 8601."""
    cuewise: str
    runs: tuple[str, ...]
    """In a study of the question, the run whose samples are asked."""
    settings_sha256: dict[str, Sha256]
    """Hash of the settings of each run."""
    seed: int
    gold: Gold = Gold.HIDDEN
    raters: tuple[Seat, ...]
    overlap: Number
    """How many raters see each item."""
    strata: dict[str, tuple[Count, Count]] = Field(default_factory=dict)
    """By stratum: samples there, samples drawn. In a study of the question a stratum is a task, or `all`."""
    strata_by: tuple[str, ...] = ()
    """What strata are by, such as `task`; empty for one stratum, and in studies that do not tell."""
    finer: dict[str, Count] = Field(default_factory=dict)
    """By what strata would be too, and with how many items; empty where they are as fine as can be."""
    left_out: dict[str, Count] = Field(default_factory=dict)
    """Samples that could not be drawn, by reason."""
    frame_rules: dict[str, str] = Field(default_factory=dict)
    """By run, the key of the rule by which it looked at frames; empty in studies that do not tell. Raters see those of
    all runs together."""
    frames_lacking: dict[str, Count] = Field(default_factory=dict)
    """By key of a rule, of how many of the study's clips the workspace had no frames under it; empty where none lacks
    any, or all runs have one rule."""


class Study(Record):
    """A frozen study: what `study.json` holds."""

    plan: StudyPlan
    items: tuple[Item, ...]
    assigned: dict[Seat, tuple[str, ...]]
    """By rater: ids of the items in the order in which this rater sees them."""

    def sha256(self) -> str:
        """What tells this study from any other, wherever its files lie."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()

    @property
    def drawn(self) -> tuple[Item, ...]:
        """The items that were drawn by lot: all but the attention items."""
        return tuple(item for item in self.items if not item.is_check)

    def labels_asked(self, item: Item) -> tuple[str, ...]:
        """The labels that raters choose from: those that the answer names, or, where they are shown them, the annotated
        ones; in a study of the question all candidates."""
        if self.plan.kind is StudyKind.QUESTION:
            return item.sample.label_set
        return item.named if self.plan.gold is Gold.HIDDEN else item.sample.labels

    def item(self, id: str) -> Item | None:
        """The item of an id; None for an id that is not there."""
        return next((item for item in self.items if item.id == id), None)


# --- what raters say -------------------------------------------------------------------------------

LABEL: Final = "label"
NOTE: Final = "note"
REASONS: Final = "reasons"
DONE: Final = "done"
"""Questions beside the numbers of steps: `label` (labels that hold), `note` (free text), `reasons` (a human baseline's
own, free text), `done` (the rater has finished with the item)."""


class Click(Record):
    """One thing that a rater said of one item: a row of the audit trail, never changed."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    """Made by the page that sends it, so that what is sent twice counts once."""
    item: str
    question: Annotated[str, Field(pattern=r"^([1-9][0-9]{0,5}|label|note|reasons|done)$")]
    """Index of a step, or a question of the item as a whole."""
    value: Any = None
    """Of a step: `right`, `wrong` or `cannot tell`. Of `label`: the labels that hold as a list, or `cannot tell`; in a
    study of the question, the labels that the rater names. Of `note` and `reasons`: text. Of `done`: true or false.
    None where the rater has nothing to say any more."""
    spent_s: Seconds = 0.0
    """Seconds that the item was open in front of the rater when this was said."""
    undoes: str = ""
    """Id of an earlier click of this rater on the item, which this one takes back; empty for none."""


class Said(Record):
    """What a rater says of an item by now."""

    rater: str
    item: str
    steps: dict[int, str] = Field(default_factory=dict)
    """By step index: `right`, `wrong` or `cannot tell`."""
    label: tuple[str, ...] | None = None
    """Labels that hold; None where nothing was said, or `cannot_tell` is true."""
    cannot_tell_label: bool = False
    note: str = ""
    reasons: str = ""
    done: bool = False
    spent_s: Seconds = 0.0
    """Until the item was done, or the last click."""
    at: str = ""
    """When the last click came: UTC, ISO 8601."""
