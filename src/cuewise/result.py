"""What a run gave, just carried out or opened again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from cuewise.models.prices import Price, price_of
from cuewise.records import Outcome, OutcomeKind, Usage
from cuewise.runs.caller import CallTally
from cuewise.runs.manifest import Manifest
from cuewise.runs.outcomes import OutcomeStore, by_sample
from cuewise.runs.spending import Spending, sum_up
from cuewise.runs.store import CallStore
from cuewise.runs.workspace import DEFAULT, RunFolder, Workspace
from cuewise.samples.problems import Problem
from cuewise.scores.summary import Summary


@dataclass(frozen=True)
class Failure:
    """Why some samples were not scored."""

    kind: OutcomeKind
    cause: str | None
    count: int
    """Samples, or answers where samples were asked several times."""
    sample: str
    """Id of the first of them."""
    message: str
    """What happened to that one, and what to do."""


@dataclass
class RunResult:
    """What a run gave."""

    folder: RunFolder
    manifest: Manifest
    summary: Summary
    usage: dict[str, Usage] = field(default_factory=dict)
    """Per stage: tokens and calls behind the outcomes, made now or reused."""
    tally: CallTally = field(default_factory=CallTally)
    """Calls of this process alone."""
    finished: bool = True
    """False after an interrupt and where the budget was reached: run the same command again to go on."""
    budget_reached: bool = False
    """Whether the budget is what stopped it."""
    _failures: dict[tuple[OutcomeKind, str | None], Failure] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What in the dataset could not be used."""
        return self.manifest.problems

    @property
    def epochs(self) -> int:
        """How often each sample was asked."""
        return self.manifest.settings.epochs

    def outcomes(self, epoch: int | None = None) -> Iterator[Outcome]:
        """The samples' outcomes in the dataset's order, read one by one; those of one sample in order of epoch.

        Args:
            epoch: of one epoch alone, from 0; None for all.
        """
        store = OutcomeStore(self.folder.outcomes_path, read_only=True)
        try:
            yield from (outcome for outcome in store if epoch in (None, outcome.epoch))
        finally:
            store.close()

    def spending(self) -> Spending:
        """What the calls behind the outcomes took and cost, by stage, model and task; read from the call store."""
        prices = {pattern: Price(*pair) for pattern, pair in self.manifest.prices.items()}
        store = CallStore(Workspace(self.folder.path.parent.parent).calls_path)
        try:
            return sum_up(self.outcomes(), store, lambda model: price_of(model, prices))
        finally:
            store.close()

    def failures(self) -> list[Failure]:
        """Why samples were not scored, the most frequent reason first."""
        return sorted(self._failures.values(), key=lambda failure: -failure.count)

    def add(self, *outcomes: Outcome) -> None:
        """Count a sample's outcome, or its outcomes in order of epoch, into the summary and the usage."""
        self.summary.add(*outcomes)
        for outcome in outcomes:
            if outcome.kind is not OutcomeKind.SCORED:
                reason = (outcome.kind, outcome.cause)
                new = Failure(*reason, 0, outcome.sample.id, outcome.message)
                known = self._failures.get(reason, new)
                self._failures[reason] = replace(known, count=known.count + 1)
            for stage, usage in outcome.usage.items():
                self.usage[stage] = self.usage.get(stage, Usage(calls=0)).plus(usage)


def open_run(name: str, *, workspace: Path = DEFAULT) -> RunResult:
    """Open a finished or interrupted run.

    Raises:
        RunError: there is no such run, or its files cannot be read.
    """
    folder = Workspace(workspace).existing_run(name)
    return read_result(folder, folder.manifest())


def read_result(folder: RunFolder, manifest: Manifest) -> RunResult:
    """What the outcomes of a run come to.

    Raises:
        RunError: they cannot be read.
    """
    settings = manifest.settings
    result = RunResult(folder, manifest, Summary(settings.tasks, settings.epochs))
    for outcomes in by_sample(result.outcomes()):
        result.add(*outcomes)
    result.finished = result.summary.overall().asked == settings.n_samples * settings.epochs
    return result
