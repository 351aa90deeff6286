"""Every noun that flows through Cuewise, in the order in which data flows. Read this first.

Times are seconds from the start of the clip; ratings and scores lie in 0..1 (reports print percent);
hashes are SHA-256 in lower-case hex. All records are immutable and round-trip through JSON.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from math import log2
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Final = 1

CANNOT_TELL: Final = "cannot tell"
"""What people say where they are not sure, in pages, files and figures."""

Unit = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]
MOST: Final = 2**53
"""Whole numbers up to here are the same as floats. Nothing that is counted comes near; a foreign file may say more."""
Count = Annotated[int, Field(ge=0, le=MOST)]
Number = Annotated[int, Field(ge=1, le=MOST)]
"""A place or a version, from 1."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Synonyms = tuple[tuple[str, tuple[str, ...]], ...]
"""Labels, each with other words for it."""


class Record(BaseModel):
    """Base of all records."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    schema_version: Literal[1] = SCHEMA_VERSION
    """Version of the record's JSON form."""


# --- what is asked ---------------------------------------------------------------------------------


class Cue(Record):
    """Something that can be seen or heard in a clip, annotated by whoever made or labelled it."""

    channel: str
    """Where it shows: a channel of `cues.toml` (brows, eyes, mouth, head, pitch, rate, loudness)."""
    value: str
    """What it is: a value of that channel (raised, furrowed, ...)."""
    start_s: Seconds
    end_s: Seconds


class Clip(Record):
    """One piece of media."""

    id: str
    """As the dataset names it (`video_id`), with forward slashes."""
    path: str | None = None
    """Where it lies on this machine; None where it was not found. Never exported."""


class SoundSource(Record):
    """Where the sound comes from that a sample is given in place of its own, in a study of conflict."""

    sample: str
    """Id of the sample whose sound it is."""
    labels: tuple[str, ...]
    """That sample's gold labels."""


class Sample(Record):
    """One question about one clip, with its gold labels: the unit that is scored."""

    id: str
    """`TASK/clip id`; unique within a dataset."""
    task: str
    """Name of a task, e.g. `ER-Lab`."""
    clip: Clip
    question: str
    """What the model is asked, without the list of candidate labels."""
    label_set: tuple[str, ...]
    """Candidate labels in the dataset's order and spelling; at least two."""
    labels: tuple[str, ...]
    """Gold labels, all from `label_set`; exactly one unless the task is multi-label."""
    multi_label: bool = False
    """Whether several labels may hold at once."""
    source: str | None = None
    """Corpus the clip comes from (first folder of the clip id), where known."""
    transcript: str | None = None
    """Words spoken, where the dataset gives them."""
    audio_clue: str | None = None
    """Text about the sound that was supplied with the dataset."""
    cues: tuple[Cue, ...] = ()
    """Annotated cues; empty for most datasets."""
    scale: tuple[str, ...] = ()
    """`label_set` from lowest to highest, for an ordinal task of one's own; for others the label taxonomy knows."""
    synonyms: Synonyms = ()
    """What else candidates may be called, for a task of one's own."""
    sound_from: SoundSource | None = None
    """Whose sound, with the words and cues heard in it, stands in place of the clip's own; None for its own."""

    def label_f1(self, predicted: Collection[str]) -> float:
        """Points, 0..1, for predicted labels, where a label too many costs as much as one too few.

        Single label: 1 if exactly the gold label is predicted. Multi-label: F1 = 2C/(P + K), C = gold labels
        that were predicted, P = number of predicted labels, K = number of gold labels.
        """
        said, gold = set(predicted), set(self.labels)
        return 2 * len(said & gold) / (len(said) + len(gold)) if self.multi_label else float(said == gold)

    def label_points(self, predicted: Collection[str]) -> float:
        """Points, 0..1, for predicted labels, under the MME-Emotion rules (arXiv 2508.09210).

        Single label: 1 if exactly the gold label is predicted. Multi-label: C/K, C = gold labels that were
        predicted, K = number of gold labels; further labels cost nothing.
        """
        said, gold = set(predicted), set(self.labels)
        return len(said & gold) / len(gold) if self.multi_label else float(said == gold)


# --- media -----------------------------------------------------------------------------------------


class MediaRef(Record):
    """A stored piece of media, named by its content."""

    sha256: Sha256
    mime: str
    """`image/jpeg`, `audio/wav`, or that of a clip's own file, such as `video/mp4`."""
    size_bytes: Count


class ClipFault(StrEnum):
    """Why a clip could not be used."""

    ZERO_BYTES = "zero_bytes"
    UNREADABLE = "unreadable"
    """No demuxer accepts it, or nothing in it decodes."""
    TRUNCATED = "truncated"
    """Ends well before the duration that its header states."""
    NO_VIDEO = "no_video"
    NO_AUDIO = "no_audio"
    TIMED_OUT = "timed_out"
    """Decoding took longer than the limit or crashed its worker."""
    TOO_FEW_FRAMES = "too_few_frames"
    """Its frames are too few to be put in another order."""
    NO_PARTNER = "no_partner"
    """No clip of other labels could lend it its sound."""


class ClipFacts(Record):
    """What probing a clip told."""

    sha256: Sha256
    """Hash of the whole file."""
    size_bytes: Count
    duration_s: Seconds
    """Longest stream, as decoded where that is known, else as the header states."""
    has_video: bool
    has_audio: bool
    fps: float | None = None
    """Average frame rate, frames per second."""
    width: int | None = None
    """Pixels, after rotation."""
    height: int | None = None
    rotation_deg: int = 0
    """Clockwise rotation that was applied: 0, 90, 180 or 270."""
    truncated: bool = False


class Frame(Record):
    """One sampled picture."""

    index: Count
    """Position in the video stream, counted in display order from 0."""
    time_s: Seconds
    image: MediaRef
    width: int
    height: int


class Span(Record):
    """A stretch of time."""

    start_s: Seconds
    end_s: Seconds


class PitchMove(Record):
    """One straight move of the voice's melody."""

    start_s: Seconds
    end_s: Seconds
    start_hz: Annotated[float, Field(gt=0)]
    """Pitch at its start, as the line fitted to it has it, hertz."""
    end_hz: Annotated[float, Field(gt=0)]

    @property
    def semitones(self) -> float:
        """Rise (above 0) or fall over the move."""
        return 12 * log2(self.end_hz / self.start_hz)


class LoudStretch(Record):
    """A stretch that stands out from the sound around it."""

    start_s: Seconds
    end_s: Seconds
    above_median_db: float
    """Its peak, decibels above the median level of the clip's sound."""


class SpokenRate(Record):
    """How fast one stretch of speech between pauses is."""

    start_s: Seconds
    end_s: Seconds
    syllables_per_s: float


class Prosody(Record):
    """How a voice sounds, measured from the waveform. None where there is too little voice to tell."""

    duration_s: Seconds
    f0_median_hz: float | None
    """Median fundamental frequency of voiced frames, hertz."""
    f0_p10_hz: float | None
    f0_p90_hz: float | None
    f0_slope_st_per_s: float | None
    """Straight-line trend of pitch, semitones per second."""
    loudness_db: float
    """Level of active frames, dB relative to full scale (0 = full-scale sine at RMS -3.01 dB)."""
    loudness_range_db: float
    """90th minus 10th percentile of active frames' level."""
    rate_syllables_per_s: float | None
    """Energy peaks over voiced time plus the pauses between; an estimate of syllables per second."""
    voiced_fraction: Unit
    """Share of frames that are voiced."""
    pauses: tuple[Span, ...]
    """Silences of at least 0.2 s inside the speech."""
    pitch_moves: tuple[PitchMove, ...] = ()
    """The melody in at most eight straight moves, in time order."""
    loud_stretches: tuple[LoudStretch, ...] = ()
    """At most eight stretches of 6 dB or more above the median level, in time order."""
    rates: tuple[SpokenRate, ...] = ()
    """Syllable rate of each stretch of a second or more between pauses, where there are two or more, at most eight."""


class Audio(Record):
    """The sound of a clip: mono, 16 kHz, 16-bit."""

    wav: MediaRef
    duration_s: Seconds
    envelope: tuple[Unit, ...]
    """Peak level of equal slices from start to end, for drawing."""
    prosody: Prosody


class ClipMedia(Record):
    """Everything decoded from one clip under one sampling rule."""

    facts: ClipFacts
    frames: tuple[Frame, ...]
    """In time order; empty where there is no video."""
    audio: Audio | None


class ClipFile(Record):
    """A clip as one file, for models that take video files."""

    media: MediaRef
    """The clip's own bytes, or a file with the same pictures in it."""
    has_sound: bool
    """Whether its sound is in it."""


# --- what comes back -------------------------------------------------------------------------------


class Usage(Record):
    """Tokens of one call or a sum of calls, as the server counted them; None where it did not say."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    calls: Count = 1

    def plus(self, other: Usage) -> Usage:
        """The sum of both; a count that only one of them knows stays what that one says."""
        return Usage(
            input_tokens=_sum_of_known(self.input_tokens, other.input_tokens),
            output_tokens=_sum_of_known(self.output_tokens, other.output_tokens),
            calls=self.calls + other.calls,
        )


def _sum_of_known(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else a + b


class Answer(Record):
    """What the model under test said."""

    text: str
    thinking: str | None = None
    """Reasoning text that the server returned apart from the answer."""
    output_tokens: Count | None = None


class Step(Record):
    """One atomic claim of an answer. The last step of an answer names the label."""

    index: Number
    text: str
    labels: tuple[str, ...] | None = None
    """Predicted labels as spelled in the sample's label set; None for a reasoning step, empty where the
    label step names no candidate."""


class LabelStatus(StrEnum):
    """What was found where an answer names its label."""

    MATCHED = "matched"
    """One candidate, or for a multi-label sample one or several."""
    SEVERAL = "several"
    """More than one candidate where only one may hold: lists and hedges ("angry or sad")."""
    NONE = "none"
    """No word for an emotion, sentiment or intent."""
    REFUSED = "refused"
    """The answer declines to name one."""
    OUTSIDE = "outside"
    """A word for an emotion, sentiment or intent, but none that means a candidate."""


class LabelMeans(StrEnum):
    """How far a word had to be taken to become a candidate."""

    SPELLED = "spelled"
    """The candidate itself, in any case."""
    INFLECTED = "inflected"
    """Another form of the same word: angry for anger."""
    SYNONYM = "synonym"
    """Another word for the same: joyful for happy."""
    TRANSLATED = "translated"
    """A word of another language."""


class LabelReading(Record):
    """Which labels an answer settles on, read by the label taxonomy without a judge."""

    status: LabelStatus
    labels: tuple[str, ...] = ()
    """Candidates in the label set's spelling, in order of mention; empty unless matched or several."""
    outside: tuple[str, ...] = ()
    """Concepts of the taxonomy that are named and mean no candidate."""
    means: LabelMeans | None = None
    """The furthest step that any of `labels` needed."""
    certain: bool = True
    """False where the wording leaves doubt: no explicit statement among several candidates, or statements
    that disagree."""
    origin: Literal["answer", "step"] = "answer"
    """Whether it was read from the answer itself or from the extractor's label step."""
    taxonomy: Number
    """Version of the label taxonomy."""


class EvidenceKind(StrEnum):
    """Where a piece of evidence comes from; the first letter of its id."""

    FRAME = "frame"
    AUDIO = "audio"
    TRANSCRIPT = "transcript"
    CUE = "cue"
    DESCRIPTION = "description"
    """What a vision model wrote of the frames."""


class Measure(Record):
    """A measured quantity."""

    name: str
    """E.g. `f0_median`."""
    value: float
    unit: str
    """E.g. `Hz`."""


class SpokenWord(Record):
    """A word of a transcript and when it is said."""

    text: str
    """As it stands in the transcript, with its punctuation."""
    start_s: Seconds
    end_s: Seconds


class Evidence(Record):
    """Something a judge may rely on, with an id it must cite."""

    id: Annotated[str, Field(pattern=r"^[FATCD][1-9][0-9]*$")]
    kind: EvidenceKind
    start_s: Seconds
    end_s: Seconds
    text: str | None = None
    """In words; None for a frame."""
    image: MediaRef | None = None
    """For a frame."""
    cue: Cue | None = None
    """For an annotated cue."""
    measure: Measure | None = None
    """For a measured property of the voice."""
    words: tuple[SpokenWord, ...] = ()
    """For a transcript whose words have times: in order, joined as in `text`."""


class Decision(StrEnum):
    """What the evidence says of a step."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNVERIFIABLE = "unverifiable"


class Verdict(Record):
    """A judge's rating of one step."""

    step: Number
    """Index of the step."""
    rating: Unit
    """Points under the protocol's rules: 0 or 1; for a multi-label label step C/K, or F1 under `grounded`;
    a share of the judges where a panel takes the mean."""
    decision: Decision | None = None
    """Where the judge says more than a rating."""
    evidence: tuple[str, ...] = ()
    """Ids of the evidence it rests on."""
    reason: str = ""
    relevant: bool | None = None
    """Whether the step bears on the label that the answer names; None where the judge does not say."""
    confidence: Unit | None = None
    """The judge's own; None where it does not say."""
    labels: tuple[str, ...] | None = None
    """For the label step: the candidates that the judge reads in it; None where it does not say."""
    checked: tuple[str, ...] = ()
    """Ids of the evidence that the step was held against, whether or not the verdict rests on it."""
    repeats: Number | None = None
    """Index of the earlier reasoning step by which all that this one says had been said, in whatever words; None
    where it says something new, or the judge does not say."""


class Vote(Record):
    """One judge's verdicts where several judge, or one judges several times."""

    judge: str
    """`offline/rules` or the model's name."""
    repeat: Count
    """Which repeat of this judge, from 0."""
    verdicts: tuple[Verdict, ...]


class LabelScore(Record):
    """Points for the labels alone, without a judge. What does not apply to a sample is None."""

    exact: Unit
    """1 if the predicted labels are exactly the gold labels."""
    family: Unit | None = None
    """The same at the level of emotion families; for a multi-label sample F1 of the sets of families."""
    valence: Unit | None = None
    """The same at the level of negative, neutral, positive (and mixed ones left apart)."""
    precision: Unit | None = None
    """Multi-label only, as the next three: C/P, 0 where nothing is predicted."""
    recall: Unit | None = None
    """C/K, the benchmark's own figure."""
    f1: Unit | None = None
    """2C/(P + K)."""
    jaccard: Unit | None = None
    """Size of the intersection over size of the union."""
    distance: Count | None = None
    """Ordinal only: steps of the scale between the predicted and the gold label; None if none is matched."""


class Grounding(Record):
    """How the reasons of one answer stand against the evidence. Counts of reasoning steps."""

    reasons: Count
    """All but the repeated ones: the denominator."""
    repeated: Count = 0
    """Steps that say again, in the same or in other words, what earlier steps said; they count nowhere else."""
    supported: Count
    contradicted: Count
    unverifiable: Count
    relevant: Count
    """Steps that bear on the label."""
    earning: Count
    """Steps that earn their point, as they are supported and bear on the label; where a panel takes the mean,
    those that earn more than half of it."""
    face: Count
    """Supported steps that rest on something seen."""
    voice: Count
    """Supported steps that rest on something heard."""
    words: Count
    """Supported steps that rest on the words spoken."""


class Protocol(StrEnum):
    """Whose rules an answer is judged and scored by."""

    MME_EMOTION = "mme-emotion"
    """The paper's (arXiv 2508.09210)."""
    GROUNDED = "grounded"
    """Cuewise's own: the judge does not know the gold label, and only what it can cite earns points."""


class Score(Record):
    """Points of one sample under one protocol."""

    recognition: Unit
    """Of the label step: by its labels where it names candidates, else by the judge's rating."""
    judged_recognition: Unit | None = None
    """The judge's rating of the label step, beside it."""
    reasoning: Unit
    """Mean rating of the reasoning steps, under `grounded` without the repeated ones; 0 where there is none."""
    cot: Unit
    """alpha x recognition + (1 - alpha) x reasoning."""
    n_steps: Count
    """Steps including the label step."""
    labels: LabelScore | None = None
    grounding: Grounding | None = None
    """Only under `grounded`."""


class OutcomeKind(StrEnum):
    """How a sample ended. Exactly one holds for each sample, in each epoch."""

    SCORED = "scored"
    REFUSED = "refused"
    UNPARSEABLE_ANSWER = "unparseable_answer"
    TRUNCATED_ANSWER = "truncated_answer"
    MISSING_CLIP = "missing_clip"
    BROKEN_CLIP = "broken_clip"
    MODEL_FAILURE = "model_failure"
    EXTRACTOR_FAILURE = "extractor_failure"
    EVIDENCE_FAILURE = "evidence_failure"
    """An agent that was to describe, hear or write down the clip for the judge did not."""
    JUDGE_FAILURE = "judge_failure"


class Outcome(Record):
    """One sample's way through the pipeline, as far as it came."""

    sample: Sample
    epoch: Count = 0
    """Which of several times that the sample was asked; a sample has one outcome in each epoch."""
    protocol: Protocol
    kind: OutcomeKind
    message: str = ""
    """What happened and what to do; empty when scored."""
    cause: str | None = None
    """A finer word for tables, e.g. a `ClipFault` or the `kind` of a `ModelError`."""
    facts: ClipFacts | None = None
    """What probing the clip told; None where it was not decoded."""
    sent: tuple[str, ...] = ()
    """Modalities that were really sent to the model: `video`, `audio`, `text`."""
    answer: Answer | None = None
    steps: tuple[Step, ...] = ()
    reading: LabelReading | None = None
    """The labels that the answer settles on, which recognition is scored by."""
    evidence: tuple[Evidence, ...] = ()
    withheld: tuple[str, ...] = ()
    """What was kept from the judge, and why."""
    verdicts: tuple[Verdict, ...] = ()
    """One per step; where several judged, what they come to together."""
    votes: tuple[Vote, ...] = ()
    """Each judge's own verdicts, where there is more than one set of them."""
    score: Score | None = None
    """Present exactly when `kind` is `scored`."""
    usage: dict[str, Usage] = Field(default_factory=dict)
    """Per stage (`answer`, `steps`, `evidence`, `verdicts`): what its calls used, whether made now or reused."""
    calls: dict[str, tuple[Sha256, ...]] = Field(default_factory=dict)
    """Per stage: keys of its calls in the call store."""
