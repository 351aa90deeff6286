"""The way of one sample: clip + question -> answer -> steps -> evidence -> verdicts -> score.

The only module that composes the stages. Whatever happens on the way, a sample ends in exactly one outcome,
and what it reached before a failure is kept in it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cuewise.answers.ask import build_request, read_answer
from cuewise.counts import how_many
from cuewise.errors import (
    ClipBrokenError,
    ClipMissingError,
    InputError,
    MediaError,
    ModelError,
    ReplyError,
    RunError,
)
from cuewise.evidence.gather import gather_evidence
from cuewise.evidence.protocol import EvidenceSeat
from cuewise.evidence.told import Told
from cuewise.labels import candidates_of
from cuewise.labels.reading import settle_label
from cuewise.labels.refusals import looks_like_refusal
from cuewise.media.pool import MediaPool
from cuewise.media.treatments import DEGRADING, FEWEST_FRAMES, Treatment, TreatmentKind, shuffle_frames
from cuewise.models.protocol import Ask, Completion, Modality, Model, Sampling, VideoForm, hears_files
from cuewise.records import (
    Audio,
    ClipFault,
    ClipFile,
    ClipMedia,
    Evidence,
    EvidenceKind,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
    Step,
    Verdict,
    Vote,
)
from cuewise.runs.caller import Caller, DeferredError, RunStoppedError, SampleCalls
from cuewise.samples.pairing import with_sound_of
from cuewise.samples.problems import printable
from cuewise.scores.sample import score_verdicts
from cuewise.steps.protocol import Extractor
from cuewise.verdicts.panel import PanelRule, Seat, ask_again, combine

log = logging.getLogger("cuewise")
T = TypeVar("T")


@dataclass(frozen=True)
class Pipeline:
    """The stages of a run, ready to take samples."""

    caller: Caller
    media: MediaPool
    protocol: Protocol
    model: Model
    modalities: frozenset[Modality]
    """What the model is sent of each clip."""
    sampling: Sampling
    extractor: Extractor
    extractor_model: Model | None
    """None where the extractor asks no model."""
    judges: tuple[Seat, ...]
    """At least one; several are a panel, of whom all must give their verdicts."""
    evidence: tuple[EvidenceSeat, ...] = ()
    """Who tells of a clip for the judges, one of a kind at most; all must."""
    panel_rule: PanelRule = PanelRule.MAJORITY
    alpha: float = 0.5
    video_form: VideoForm = VideoForm.FRAMES
    """How the model is given the picture."""
    treatment: Treatment | None = None
    """How what the model is given differs from the clip. The judge's evidence is of the clip as it is, but for a sound
    that was exchanged: reasons are held against what there was to be seen and heard."""
    sound_from: Mapping[str, Sample] = field(default_factory=dict)
    """By id, for a treatment that exchanges sounds: whose sound a sample is given."""
    answered_elsewhere: bool = False
    """Whether the answers were collected elsewhere, with `modalities`: nothing of a clip is sent now."""
    judging_again: bool = False
    """Whether answers and steps come from the store alone."""

    @property
    def _sent_now(self) -> frozenset[Modality]:
        return frozenset() if self.answered_elsewhere else self.modalities

    async def evaluate(self, sample: Sample, epoch: int = 0) -> Outcome:
        """Take one sample all the way, or as far as it goes.

        The epoch is the model's alone: answers that are alike are read and judged once, whatever epochs they are of,
        so that what varies between epochs is not the extractor's or the judge's own wavering.

        Raises:
            RunStoppedError: the run was asked to stop; the sample has no outcome yet.
            InputError: the store cannot be written: nothing may be paid for any more.
        """
        if (partner := self.sound_from.get(sample.id)) is not None:
            sample = with_sound_of(sample, partner)
        progress = _Progress(sample, epoch)
        try:
            await self._advance(sample, progress)
        except _Ended as end:
            progress.fields.update(kind=end.kind, message=end.message, cause=end.cause)
        return Outcome(
            sample=sample,
            epoch=epoch,
            protocol=self.protocol,
            usage=progress.calls.usage,
            calls={stage: tuple(keys) for stage, keys in progress.calls.keys.items()},
            **progress.fields,
        )

    async def _advance(self, sample: Sample, progress: _Progress) -> None:
        fields, calls = progress.fields, progress.calls
        with _ends_as(OutcomeKind.BROKEN_CLIP, sample):
            media = await self._prepare(sample)
            if media is not None:
                fields["facts"] = media.facts
            given = await self._given(sample, media)
            file = await self._file(sample)
        with _ends_as(OutcomeKind.EVIDENCE_FAILURE, sample):
            told = await self.tell(self.tells_first, sample, media, calls)
        with _ends_as(OutcomeKind.MODEL_FAILURE, sample):
            request, sent = build_request(
                sample,
                given,
                self._sent_now,
                self.sampling,
                file,
                transcript=_transcript(told, sample),
                epoch=progress.epoch,
            )
            fields["sent"] = (
                tuple(m for m in Modality if m in self.modalities) if self.answered_elsewhere else sent
            )
            ask_model = self.caller.bind(
                self.model, "answer", sample.id, calls, stored_only=self.judging_again
            )
            completion = await ask_model(request)
            fields["answer"] = answer = read_answer(completion)
        _check_answer(sample, completion)
        with _ends_as(OutcomeKind.EXTRACTOR_FAILURE, sample):
            ask = self._ask(self.extractor_model, "steps", sample, calls, stored_only=self.judging_again)
            fields["steps"] = steps = await self.extractor.extract(sample, answer, ask)
            fields["reading"] = reading = settle_label(
                answer.text, steps[-1], candidates_of(sample), multi_label=sample.multi_label
            )
        with _ends_as(OutcomeKind.EVIDENCE_FAILURE, sample):
            others = [seat for seat in self.evidence if seat.agent.kind not in told]
            told |= await self.tell(others, sample, media, calls)
            evidence, fields["withheld"] = gather_evidence(
                sample, media, blind=self.protocol == Protocol.GROUNDED, told=told
            )
            fields["evidence"] = evidence
        with _ends_as(OutcomeKind.JUDGE_FAILURE, sample):
            votes = await self._judge(sample, steps, evidence, calls)
            verdicts = votes[0].verdicts if len(votes) == 1 else combine(votes, self.panel_rule)
            fields.update(verdicts=verdicts, votes=votes if len(votes) > 1 else ())
            fields["score"] = score_verdicts(
                sample,
                steps,
                verdicts,
                reading,
                protocol=self.protocol,
                evidence=evidence,
                alpha=self.alpha,
            )
        fields["kind"] = OutcomeKind.SCORED

    @property
    def tells_first(self) -> tuple[EvidenceSeat, ...]:
        """Who is asked before the answer: the transcriber, where the model is sent what it writes down."""
        if Modality.TEXT not in self._sent_now:
            return ()
        return tuple(seat for seat in self.evidence if seat.agent.kind is EvidenceKind.TRANSCRIPT)

    async def tell(
        self, seats: Sequence[EvidenceSeat], sample: Sample, media: ClipMedia | None, calls: SampleCalls
    ) -> dict[EvidenceKind, tuple[Told, ...]]:
        """What agents tell of a clip, by kind. Nothing of the sample goes into their requests."""
        if not seats:
            return {}
        assert media is not None, "a clip that agents are to tell of is needed"
        told = await _together(
            seat.agent.tell(media, self.caller.bind(seat.model, "evidence", sample.id, calls))
            for seat in seats
        )
        return {seat.agent.kind: pieces for seat, pieces in zip(seats, told, strict=True)}

    async def _judge(
        self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], calls: SampleCalls
    ) -> tuple[Vote, ...]:
        """Everyone's verdicts, in the order of the seats."""

        def judge(seat: Seat) -> Awaitable[tuple[Verdict, ...]]:
            ask = self._ask(seat.model, "verdicts", sample, calls)
            return seat.judge.judge(sample, steps, evidence, ask and ask_again(ask, seat.repeat))

        verdicts = await _together(map(judge, self.judges))
        return tuple(
            Vote(judge=seat.judge.name, repeat=seat.repeat, verdicts=given)
            for seat, given in zip(self.judges, verdicts, strict=True)
        )

    def _ask(
        self,
        model: Model | None,
        stage: str,
        sample: Sample,
        calls: SampleCalls,
        *,
        stored_only: bool = False,
    ) -> Ask | None:
        if model is None:
            return None
        return self.caller.bind(model, stage, sample.id, calls, stored_only=stored_only)

    async def _prepare(self, sample: Sample) -> ClipMedia | None:
        """Decode the clip, before anything is paid for that would need it.

        A clip that neither the model nor an agent nor the judge must have may be missing or broken.
        """
        wanted = self._sent_now & {Modality.VIDEO, Modality.AUDIO}
        needed = bool(wanted or self.evidence) or any(seat.judge.needs_frames for seat in self.judges)
        if sample.clip.path is None:
            if needed:
                raise ClipMissingError(
                    f"no file for clip {sample.clip.id!r}: put it under the clips folder, or name the folder"
                    " with --clips"
                )
            return None
        try:
            with _not_for_one_clip():
                media = await self.media.prepare(Path(sample.clip.path))
        except (ClipMissingError, ClipBrokenError):
            if needed:
                raise
            return None
        if Modality.VIDEO in wanted and not media.frames:
            raise _lacks(sample, "picture", ClipFault.NO_VIDEO, "audio")
        if Modality.AUDIO in wanted and media.audio is None:
            raise _lacks(sample, "sound", ClipFault.NO_AUDIO, "video")
        if self.treatment is not None and self.treatment.kind is TreatmentKind.CONFLICT:
            return media.model_copy(update={"audio": await self._lent_sound(sample)})
        return media

    async def _lent_sound(self, sample: Sample) -> Audio:
        """The sound of the sample's partner.

        Raises:
            ClipBrokenError: it has no partner, or that one's clip cannot be used or has no sound.
        """
        partner = self.sound_from.get(sample.id)
        reason = "no clip of other labels is left in its task"
        if partner is not None:
            reason = f"clip {partner.clip.id!r}, which was to, has none or cannot be used"
            if partner.clip.path is not None:
                with suppress(ClipMissingError, ClipBrokenError), _not_for_one_clip():
                    if (lent := (await self.media.prepare(Path(partner.clip.path))).audio) is not None:
                        return lent
        raise ClipBrokenError(
            f"clip {sample.clip.id!r} cannot be lent another's sound: {reason}", ClipFault.NO_PARTNER
        )

    async def _given(self, sample: Sample, media: ClipMedia | None) -> ClipMedia | None:
        """What the model is given of a clip: the clip as it is, or what the treatment makes of it."""
        treatment = self.treatment
        if media is None or treatment is None:
            return media
        if treatment.kind in DEGRADING:
            assert sample.clip.path is not None
            with _not_for_one_clip():
                return await self.media.degrade(Path(sample.clip.path), treatment)
        if treatment.kind is TreatmentKind.SHUFFLED:
            if len(media.frames) < FEWEST_FRAMES:
                raise ClipBrokenError(
                    f"clip {sample.clip.id!r} gives {how_many(len(media.frames), 'frame')}, and their order can be"
                    f" shuffled from {FEWEST_FRAMES} on: raise --fps, or leave the clip out",
                    ClipFault.TOO_FEW_FRAMES,
                )
            return shuffle_frames(media, treatment.seed)
        return media

    async def _file(self, sample: Sample) -> ClipFile | None:
        """The clip as the file that the model is given; None where it is given none.

        Its sound is left in it only if the model is to hear it, and hears it there.
        """
        if self.video_form is not VideoForm.FILE or Modality.VIDEO not in self._sent_now:
            return None
        assert sample.clip.path is not None
        with _not_for_one_clip():
            return await self.media.file(
                Path(sample.clip.path),
                with_sound=Modality.AUDIO in self.modalities and hears_files(self.model),
            )


async def _together(each: Iterable[Awaitable[T]]) -> list[T]:
    """What each gives, one after the other, where none depends on another.

    Raises:
        DeferredError: some wait for batches; all have been begun, so that their calls are made at one time.
    """
    given = []
    until: frozenset[str] = frozenset()
    for one in each:
        try:
            given.append(await one)
        except DeferredError as deferred:
            until |= deferred.until
    if until:
        raise DeferredError(*until)
    return given


@contextmanager
def _not_for_one_clip() -> Iterator[None]:
    """Ends the run for what is not one clip's fault: a full disk, a workspace that cannot be written."""
    try:
        yield
    except (ClipMissingError, ClipBrokenError):
        raise
    except MediaError as error:
        raise RunError(f"clips cannot be prepared: {error}") from error


@dataclass
class _Progress:
    """What is known of a sample so far."""

    sample: Sample
    epoch: int
    fields: dict[str, Any] = field(default_factory=dict)
    calls: SampleCalls = field(default_factory=SampleCalls)


class _Ended(Exception):  # noqa: N818 - not an error: a sample's way ends here
    def __init__(self, kind: OutcomeKind, message: str, cause: str | None = None) -> None:
        self.kind, self.message, self.cause = kind, message, cause


@contextmanager
def _ends_as(kind: OutcomeKind, sample: Sample) -> Iterator[None]:
    """Turns a failure inside a stage into the end of this sample alone."""
    try:
        yield
    except (RunStoppedError, InputError):
        raise
    except ClipMissingError as error:
        raise _Ended(OutcomeKind.MISSING_CLIP, str(error)) from error
    except ClipBrokenError as error:
        raise _Ended(OutcomeKind.BROKEN_CLIP, str(error), error.cause.value) from error
    except MediaError as error:
        raise _Ended(OutcomeKind.BROKEN_CLIP, str(error), "not_decoded") from error
    except ModelError as error:
        raise _Ended(kind, str(error), error.kind) from error
    except ReplyError as error:
        message = f"{error}. To have it asked again, raise --agent-tries"
        raise _Ended(kind, message, "malformed_reply") from error
    except Exception as error:
        # A fault of ours: it must not take the other samples with it.
        log.exception("%s: internal error", sample.id)
        message = f"internal error, please report it: {type(error).__name__}: {error}"
        raise _Ended(kind, message, "internal_error") from error


def _transcript(told: Mapping[EvidenceKind, Sequence[Told]], sample: Sample) -> str | None:
    """The words that an agent wrote down, empty where it heard none; else the dataset's, if there are any."""
    if EvidenceKind.TRANSCRIPT in told:
        return " ".join(utterance.text for utterance in told[EvidenceKind.TRANSCRIPT])
    return sample.transcript or None


def _check_answer(sample: Sample, completion: Completion) -> None:
    """End here where there is nothing to take steps from."""
    if completion.refusal is not None:
        raise _Ended(OutcomeKind.REFUSED, printable(completion.refusal, limit=1000), "marked_by_server")
    if completion.finish == "filter":
        raise _Ended(OutcomeKind.REFUSED, "the server's content filter cut the answer", "content_filter")
    if completion.finish == "length":
        message = "the answer was cut off at the token limit: raise --max-tokens"
        raise _Ended(OutcomeKind.TRUNCATED_ANSWER, message)
    if not completion.text.strip():
        raise _Ended(OutcomeKind.UNPARSEABLE_ANSWER, "the answer is empty", "empty")
    if looks_like_refusal(completion.text, candidates_of(sample)):
        raise _Ended(OutcomeKind.REFUSED, "the answer declines the question", "worded")


def _lacks(sample: Sample, what: str, fault: ClipFault, other: str) -> ClipBrokenError:
    return ClipBrokenError(
        f"clip {sample.clip.id!r} has no {what}, which the model is to be given: leave the clip out, or choose"
        f" a model that takes {other} and --modalities {other}",
        fault,
    )
