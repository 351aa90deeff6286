"""What a run would ask before anything is asked: calls, tokens and money of each stage.

Every sample is walked through the real stages on what the store holds. The first call that is not there is known
exactly, for its request is; what comes after depends on its reply and is assumed: one call of each stage that is left,
and of each judge and repeat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cuewise.errors import MediaError, ReplyError
from cuewise.evaluation import batch_models, make_pipeline, open_inputs
from cuewise.evidence.protocol import EvidenceSeat
from cuewise.models.prices import Price, batch_share, price_of
from cuewise.pipeline import Pipeline
from cuewise.records import ClipMedia, Sample
from cuewise.runs.batch_records import BatchRecords
from cuewise.runs.caller import SampleCalls
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import Options
from cuewise.runs.planning import NotStoredError, PlannedCalls, PlanningCaller
from cuewise.runs.store import CallStore
from cuewise.runs.tokens import IMAGE_TOKENS, OUTPUT_TOKENS, Tokens
from cuewise.runs.workspace import Workspace

AT_ONCE: Final = 8
"""Samples walked at once, so that clips decode beside each other."""
PROMPT_TOKENS: Final = 1000
"""Of the text that an extractor or a judge is sent, where none has been yet."""


@dataclass(frozen=True)
class PlannedStage:
    """Calls of one stage to one model."""

    stage: str
    """`answer`, `steps`, ...; verdicts with their protocol behind them."""
    model: str
    stored: int
    """Calls in the store, which cost nothing."""
    known: int
    """Calls to be made whose requests are known."""
    assumed: int
    """Calls to be made that depend on replies which are not there yet."""
    submitted: int
    """Calls in batches under way: paid for. With `batch` they are collected, else they are among those to be made."""
    input_tokens: int
    """Estimated, of the calls to be made."""
    output_tokens: int
    cost_usd: float | None
    """Estimated; None where the model's price is not known."""
    batch: bool = False
    """Whether the calls would go by batch, at its price."""


@dataclass(frozen=True)
class Plan:
    """What a command would ask."""

    samples: int
    without_calls: int
    """Samples that would end without a further call: all is stored, or their clip cannot be used."""
    stages: tuple[PlannedStage, ...]
    epochs: int = 1
    """How often each sample is asked."""

    @property
    def to_make(self) -> int:
        return sum(stage.known + stage.assumed for stage in self.stages)

    @property
    def cost_usd(self) -> float | None:
        """None where a stage's cost is not known."""
        costs = [stage.cost_usd for stage in self.stages]
        return None if None in costs else sum(cost or 0.0 for cost in costs)


def make_plan(jobs: Sequence[tuple[Options, Conditions]]) -> Plan:
    """Plan runs that are carried out one after the other. Nothing is asked and no run is begun; clips are decoded,
    and kept, since what a model is sent of them is part of its calls.

    Raises:
        InputError: as for `evaluate`.
    """
    planned: dict[tuple[str, str], PlannedCalls] = {}
    by_batch: set[str] = set()
    with closing(CallStore(Workspace(jobs[0][1].workspace).calls_path)) as store:
        done = [
            asyncio.run(_walk_all(options, conditions, store, planned, by_batch))
            for options, conditions in jobs
        ]
        waiting = BatchRecords(store).submitted_keys()
    samples, asking = (set().union(*each) for each in zip(*done, strict=True))
    prices = jobs[0][1].limits.prices
    stages = []
    for (stage, model), calls in planned.items():
        submitted = calls.missing.keys() & waiting
        if model in by_batch:
            for key in submitted:
                del calls.missing[key]
        tokens, price = calls.tokens(), price_of(model, prices)
        if price is not None and model in by_batch:
            price = price.times(batch_share(model))
        stages.append(
            PlannedStage(
                stage=stage,
                model=model,
                stored=len(calls.stored),
                known=len(calls.missing),
                assumed=len(calls.assumed),
                submitted=len(submitted),
                input_tokens=round(tokens.input),
                output_tokens=round(tokens.output),
                cost_usd=_cost(calls, tokens, price),
                batch=model in by_batch,
            )
        )
    return Plan(
        samples=len(samples),
        without_calls=len(samples - asking),
        stages=tuple(sorted(stages, key=lambda stage: _ORDER.get(stage.stage, len(_ORDER)))),
        epochs=jobs[0][0].epochs,
    )


_ORDER: Final = {"answer": 0, "steps": 1, "evidence": 2}


def _cost(calls: PlannedCalls, tokens: Tokens, price: Price | None) -> float | None:
    if not calls.to_make:
        return 0.0
    return None if price is None else price.cost(*tokens)


async def _walk_all(
    options: Options,
    conditions: Conditions,
    store: CallStore,
    planned: dict[tuple[str, str], PlannedCalls],
    by_batch: set[str],
) -> tuple[set[str], set[str]]:
    """Walk every sample of one run; the ids of all, and of those that would ask something.

    Args:
        by_batch: takes the names of models whose calls would go by batch.
    """
    verdicts = f"verdicts, {options.protocol}"
    async with AsyncExitStack() as stack:
        dataset, _, cast, media = open_inputs(options, conditions, None, stack, ask=False)
        by_batch.update(model.name for model in batch_models(conditions, cast))
        caller = PlanningCaller(store, planned, verdicts)
        pipeline = make_pipeline(options, conditions, cast, caller, media, stack, dataset.samples)
        walker = _Walker(pipeline, planned, verdicts)
        waiting = ((sample, epoch) for epoch in range(options.epochs) for sample in dataset.samples)
        workers = [asyncio.ensure_future(walker.work(waiting)) for _ in range(AT_ONCE)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    return {sample.id for sample in dataset.samples}, walker.asking


class _Walker:
    def __init__(
        self, pipeline: Pipeline, planned: dict[tuple[str, str], PlannedCalls], verdicts: str
    ) -> None:
        self.asking: set[str] = set()
        self._pipeline = pipeline
        self._planned = planned
        self._verdicts = verdicts

    async def work(self, waiting: Iterator[tuple[Sample, int]]) -> None:
        for sample, epoch in waiting:
            await self._walk(sample, epoch)

    async def _walk(self, sample: Sample, epoch: int) -> None:
        """Take a sample in an epoch as far as the store goes."""
        for seat in self._pipeline.judges:  # each by itself: a call that one lacks does not hide another's
            try:
                await replace(self._pipeline, judges=(seat,)).evaluate(sample, epoch)
            except NotStoredError as stop:
                self.asking.add(sample.id)
                if stop.stage != "verdicts":
                    await self._assume_rest(sample, epoch, stop.stage)
                    break

    async def _assume_rest(self, sample: Sample, epoch: int, reached: str) -> None:
        pipeline, whom = self._pipeline, (sample.id, str(epoch))
        lacking = await self._note_evidence(sample)
        guess = Tokens(PROMPT_TOKENS, OUTPUT_TOKENS)
        before_answer = reached == "evidence" and any(seat in lacking for seat in pipeline.tells_first)
        if before_answer:
            self._assume("answer", pipeline.model.name, whom, guess)
        if (before_answer or reached == "answer") and pipeline.extractor_model is not None:
            self._assume("steps", pipeline.extractor_model.name, whom, guess)
        frames = await self._frames(sample) if any(seat.judge.needs_frames for seat in pipeline.judges) else 0
        for seat in pipeline.judges:
            if seat.model is not None:
                sent = PROMPT_TOKENS + IMAGE_TOKENS * (frames if seat.judge.needs_frames else 0)
                repeat = (*whom, str(seat.repeat))
                self._assume(self._verdicts, seat.model.name, repeat, Tokens(sent, OUTPUT_TOKENS))

    async def _note_evidence(self, sample: Sample) -> list[EvidenceSeat]:
        """Who would be asked about the clip; their requests are known, for they depend on no reply."""
        media = await self._media(sample)
        lacking = []
        for seat in self._pipeline.evidence if media is not None else ():
            try:
                await self._pipeline.tell((seat,), sample, media, SampleCalls())
            except NotStoredError:
                lacking.append(seat)
            except ReplyError:
                pass  # what is stored is malformed: the agent's failure, to which nothing is added
        return lacking

    def _assume(self, stage: str, model: str, whom: tuple[str, ...], guess: Tokens) -> None:
        self._planned.setdefault((stage, model), PlannedCalls()).assumed[whom] = guess

    async def _frames(self, sample: Sample) -> int:
        media = await self._media(sample)
        return 0 if media is None else len(media.frames)

    async def _media(self, sample: Sample) -> ClipMedia | None:
        if sample.clip.path is None:
            return None
        try:
            return await self._pipeline.media.prepare(Path(sample.clip.path))
        except MediaError:
            return None


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as one JSON document."""
    return {
        "dry_run": True,
        "samples": plan.samples,
        **({"epochs": plan.epochs} if plan.epochs > 1 else {}),
        "samples_without_calls": plan.without_calls,
        "stages": [{**vars(stage), "to_make": stage.known + stage.assumed} for stage in plan.stages],
        "total": {
            "stored": sum(stage.stored for stage in plan.stages),
            "to_make": plan.to_make,
            "assumed": sum(stage.assumed for stage in plan.stages),
            "input_tokens": sum(stage.input_tokens for stage in plan.stages),
            "output_tokens": sum(stage.output_tokens for stage in plan.stages),
            "cost_usd": plan.cost_usd,
        },
    }
