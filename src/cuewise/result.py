"""What a run gave, just carried out or opened again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from cuewise.analysis.citing import Sense, not_given
from cuewise.analysis.digest import Digest, Failure, digest_of
from cuewise.analysis.digest_file import kept_digest
from cuewise.analysis.table import RunTable
from cuewise.models.cards import is_imported
from cuewise.models.prices import Price, price_of
from cuewise.records import Outcome, Usage
from cuewise.runs.caller import CallTally
from cuewise.runs.manifest import Manifest, Settings
from cuewise.runs.outcomes import OutcomeStore, by_sample
from cuewise.runs.spending import Spending, priced, sum_up
from cuewise.runs.store import CallStore
from cuewise.runs.workspace import DEFAULT, RunFolder, Workspace
from cuewise.samples.problems import Problem
from cuewise.scores.summary import Summary


@dataclass
class RunResult:
    """What a run gave."""

    folder: RunFolder
    manifest: Manifest
    digest: Digest
    """What the outcomes come to."""
    tally: CallTally = field(default_factory=CallTally)
    """Calls of this process alone."""
    finished: bool = True
    """False after an interrupt and where the budget was reached: run the same command again to go on."""
    budget_reached: bool = False
    """Whether the budget is what stopped it."""

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def summary(self) -> Summary:
        """The scores."""
        return self.digest.summary

    @property
    def usage(self) -> dict[str, Usage]:
        """Per stage: tokens and calls behind the outcomes, made now or reused."""
        return self.digest.usage

    def table(self) -> RunTable:
        """The outcomes as columns, without reading them again."""
        return self.digest.table

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
        with closing(OutcomeStore(self.folder.outcomes_path, read_only=True)) as store:
            yield from (outcome for outcome in store if epoch in (None, outcome.epoch))

    def outcomes_of(self, samples: Iterable[str]) -> Iterator[Outcome]:
        """The outcomes of chosen samples alone, in the same order; no other is read.

        Args:
            samples: their ids; one that is not there gives nothing.
        """
        with closing(OutcomeStore(self.folder.outcomes_path, read_only=True)) as store:
            yield from store.of(samples)

    def spending(self) -> Spending:
        """What the calls behind the outcomes took and cost, by stage, model and task.

        Calls are as the call store knew them when the outcomes were last gathered; where it lacked some, it is asked
        again. Prices are the run's own and today's.
        """
        prices = {pattern: Price(*pair) for pattern, pair in self.manifest.prices.items()}
        charges = self.digest.charges
        if charges is None or any(charge.model is None for charge in charges):
            with closing(CallStore(self.folder.workspace.calls_path, read_only=True)) as store:
                return sum_up(self.outcomes(), store, lambda model: price_of(model, prices))
        return priced(charges, lambda model: price_of(model, prices))

    def failures(self) -> list[Failure]:
        """Why samples were not scored, the most frequent reason first."""
        return sorted(self.digest.failures, key=lambda failure: -failure.count)


def open_run(name: str, *, workspace: Path = DEFAULT) -> RunResult:
    """Open a finished or interrupted run.

    Raises:
        RunError: there is no such run, or its files cannot be read.
    """
    folder = Workspace(workspace).existing_run(name)
    return read_result(folder, folder.manifest())


def read_result(folder: RunFolder, manifest: Manifest, *, held: bool = False) -> RunResult:
    """What the outcomes of a run come to: as its digest says, which is made and kept where there is none of them.

    Args:
        held: whether this process has the run locked.

    Raises:
        RunError: they cannot be read.
    """
    settings = manifest.settings
    digest = kept_digest(
        folder.digest_path,
        folder.outcomes_path,
        {
            "tasks": list(settings.tasks),
            "epochs": settings.epochs,
            "not_given": sorted(_not_given(settings)),
        },
        lambda: _make_digest(folder, manifest),
        held=held,
    )
    asked = digest.summary.overall().asked
    return RunResult(folder, manifest, digest, finished=asked == settings.n_samples * settings.epochs)


def _make_digest(folder: RunFolder, manifest: Manifest) -> Digest:
    settings = manifest.settings
    with ExitStack() as stack:
        outcomes = stack.enter_context(closing(OutcomeStore(folder.outcomes_path, read_only=True)))
        calls = None
        # Opening a store that is not there would make an empty one beside a run that was moved.
        if (path := folder.workspace.calls_path).exists():
            calls = stack.enter_context(closing(CallStore(path, read_only=True)))
        return digest_of(by_sample(outcomes), settings.tasks, settings.epochs, calls, _not_given(settings))


def _not_given(settings: Settings) -> frozenset[Sense]:
    """What the model cannot have noticed; nothing where what it was sent is not known."""
    if is_imported(settings.model.name) and not settings.modalities:
        return frozenset()
    return not_given(settings.modalities)
