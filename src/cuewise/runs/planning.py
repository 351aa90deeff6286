"""A caller that asks nothing: it answers from the store, and notes which call would be made next."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean

from cuewise.errors import ModelError
from cuewise.models.protocol import Ask, Completion, Model, Request, call_key, canonical_call
from cuewise.runs.caller import Caller, RunStoppedError, SampleCalls
from cuewise.runs.store import CallStore
from cuewise.runs.tokens import Expectation, Tokens, estimate_tokens


class NotStoredError(RunStoppedError):
    """The walk of a sample ends here: this call would be made."""

    def __init__(self, stage: str) -> None:
        super().__init__(f"a call of stage {stage} is not stored")
        self.stage = stage


@dataclass
class PlannedCalls:
    """The calls of one stage to one model."""

    stored: set[str] = field(default_factory=set)
    """Keys of those that are in the store."""
    missing: dict[str, tuple[Tokens, int | None]] = field(default_factory=dict)
    """Of those that would be made: estimate and bound of output, by key."""
    assumed: dict[tuple[str, ...], Tokens] = field(default_factory=dict)
    """Those that depend on replies which are not there yet, by whom they are for; with a guess at their tokens."""
    expectation: Expectation = field(default_factory=Expectation)
    _estimates: list[Tokens] = field(default_factory=list)

    @property
    def to_make(self) -> int:
        return len(self.missing) + len(self.assumed)

    def note(self, key: str, request: Request, completion: Completion | None) -> None:
        """A call that the stages ask for, and its completion where it is stored."""
        if key in self.stored or key in self.missing:
            return
        estimate = estimate_tokens(request)
        self._estimates.append(estimate)
        if completion is None:
            self.missing[key] = estimate, request.sampling.max_tokens
        else:
            self.stored.add(key)
            self.expectation.learn(estimate, completion)

    def tokens(self) -> Tokens:
        """What the calls to be made will take: corrected by what the servers counted of the stored ones, and those
        assumed taken to be like the others of their kind where there are any.
        """
        assumed = list(self.assumed.values())
        if self._estimates:
            usual = Tokens(*(fmean(column) for column in zip(*self._estimates, strict=True)))
            assumed = [usual] * len(assumed)
        found = [self.expectation.of(estimate, bound) for estimate, bound in self.missing.values()]
        found += [self.expectation.of(estimate) for estimate in assumed]
        return Tokens(sum(each.input for each in found), sum(each.output for each in found))


class PlanningCaller(Caller):
    """Reuses, and makes no call."""

    def __init__(self, store: CallStore, planned: dict[tuple[str, str], PlannedCalls], verdicts: str) -> None:
        """
        Args:
            planned: takes the calls, by name of the stage and of the model.
            verdicts: what the stage `verdicts` is named, since it differs from protocol to protocol.
        """
        super().__init__(store, connections=1)
        self._calls = store
        self._planned = planned
        self._verdicts = verdicts

    def bind(
        self, model: Model, stage: str, sample_id: str, calls: SampleCalls, *, stored_only: bool = False
    ) -> Ask:
        """As for `Caller`.

        Asked, it raises:
            NotStoredError: the call would be made.
            ModelError: it would not be made either, with `stored_only`.
        """
        name = self._verdicts if stage == "verdicts" else stage

        async def ask(request: Request) -> Completion:
            key = call_key(canonical_call(model, request))
            stored = self._calls.get(key)
            if stored is None and stored_only:
                raise ModelError("not stored, and not asked", kind="not_stored")
            completion = None if stored is None else stored.completion
            self._planned.setdefault((name, model.name), PlannedCalls()).note(key, request, completion)
            if completion is None:
                raise NotStoredError(stage)
            calls.add(stage, key, completion)
            return completion

        return ask
