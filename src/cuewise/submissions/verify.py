"""Scores a submission again, offline, from what it stores: does everything in it follow from the rest?

What this proves: that the labels follow from the answers, the scores from labels and verdicts, and the figures from the
scores, with every sample counted. What it cannot prove: that the model said this, or that the judge judged so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from cuewise.errors import InputError
from cuewise.labels import taxonomy
from cuewise.records import Outcome, Sample
from cuewise.samples.dataset import Dataset, hashed_part, read_dataset
from cuewise.samples.problems import printable
from cuewise.scores.summary import Summary, SummaryTally
from cuewise.settings import ALPHA
from cuewise.submissions.checks import check_outcome
from cuewise.submissions.header import Header, StatedFigures, stated
from cuewise.submissions.reading import open_submission

KEPT: Final = 200
"""Differences that are kept in full; the others are counted."""
_TOLERANCE: Final = 1e-6
_TOLD: Final = 300
_SHOWN: Final = 2000
"""Signs of a value that are kept."""

Take = Callable[[tuple[Outcome, ...]], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in a submission that does not follow from the rest of it."""

    sample: str | None
    """Id of the sample; None for what is about the whole. Foreign text, as the next ones may be."""
    epoch: int | None
    what: str
    stated: str
    found: str

    def __str__(self) -> str:
        where = "the whole" if self.sample is None else printable(self.sample, 120)
        again = f", answer {self.epoch + 1}" if self.epoch else ""
        return (
            f"{where}{again}: {printable(self.what, _TOLD)} is stated as {printable(self.stated, _TOLD)},"
            f" and comes to {printable(self.found, _TOLD)}"
        )


@dataclass
class Verification:
    """What came of scoring a submission again."""

    name: str
    """The file's, safe to print."""
    header: Header
    summary: Summary
    """Of the outcomes, counted again."""
    compared_with: str | None
    """Name of the dataset that questions and gold labels were compared with; None where they were not."""
    samples: int = 0
    answers: int = 0
    differences: list[Difference] = field(default_factory=list)
    """At most `KEPT` of them."""
    n_differences: int = 0

    @property
    def reproduces(self) -> bool:
        """Whether everything that can be worked out again comes to what is stated."""
        return not self.n_differences

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "file": self.name,
            "reproduces": self.reproduces,
            "run": self.header.run,
            "model": self.header.settings.model.name,
            "judges": [judge.name for judge in self.header.settings.judges],
            "protocol": self.header.settings.protocol.value,
            "samples": self.samples,
            "answers": self.answers,
            "compared_with_dataset": self.compared_with,
            "n_differences": self.n_differences,
            "differences": [
                {
                    "sample": one.sample,
                    "epoch": one.epoch,
                    "what": one.what,
                    "stated": one.stated,
                    "found": one.found,
                }
                for one in self.differences
            ],
            "figures": stated(self.summary.overall()).model_dump(exclude={"schema_version"}),
        }


def verify(
    path: Path, *, data: str | None = None, task_file: Path | None = None, take: Take | None = None
) -> Verification:
    """Score a submission again.

    Args:
        path: the file.
        data: the dataset that its questions and gold labels are to be compared with; None for its own hash alone, which
            whoever changed a gold label could have changed as well.
        task_file: defines tasks of one's own, where no `tasks.toml` lies with the dataset.
        take: is given the outcomes of each sample, in order, whatever came of checking them.

    Raises:
        InputError: it is no submission, or its labels were read by another version of the label taxonomy.
        DatasetError: `data` cannot be read.
    """
    with open_submission(path) as submission:
        header = submission.header
        _check_readable(header, submission.name)
        dataset = None if data is None else _dataset(data, header, task_file)
        return _Verifier(submission.name, header, dataset).run(submission.outcomes, take)


def _check_readable(header: Header, name: str) -> None:
    version = header.settings.taxonomy
    if version != taxonomy.VERSION:
        raise InputError(
            f"{name} was scored with version {version} of the label taxonomy, and this Cuewise has"
            f" {taxonomy.VERSION}: verify it with Cuewise {printable(header.cuewise, 20)}, which made it, or have"
            " the run scored again (its command, run again, asks nothing anew) and exported"
        )


def _dataset(data: str, header: Header, task_file: Path | None) -> Dataset:
    settings = header.settings
    return read_dataset(
        data,
        tasks=settings.tasks or None,
        limit=max(1, settings.n_samples),
        task_file=task_file,
        with_clips=False,
    )


class _Verifier:
    def __init__(self, name: str, header: Header, dataset: Dataset | None) -> None:
        settings = header.settings
        self.header, self.settings = header, settings
        self._tally = SummaryTally(settings.tasks, settings.epochs)
        self.result = Verification(
            name=name,
            header=header,
            summary=self._tally.summary(),
            compared_with=None if dataset is None else dataset.name,
        )
        self._digest = hashlib.sha256()
        self._seen: set[str] = set()
        self._dataset = dataset
        self._gold = None if dataset is None else {sample.id: sample for sample in dataset.samples}

    def run(self, outcomes: Iterator[Outcome], take: Take | None) -> Verification:
        if self.settings.alpha != ALPHA:
            self._differs("weight of recognition in CoT", f"{self.settings.alpha:g}", f"{ALPHA:g}")
        for identifier, group in groupby(outcomes, key=lambda outcome: outcome.sample.id):
            answers = tuple(group)
            fit = self._complete(identifier, answers)
            self._digest.update(hashed_part(answers[0].sample))
            if self._gold is not None:
                self._compare(answers[0].sample, self._gold)
            before = self.result.n_differences
            for outcome in answers:
                for found in check_outcome(outcome, self.settings):
                    self._differs(*found, outcome=outcome)
            if fit and self._counts(answers, sound=self.result.n_differences == before) and take is not None:
                take(answers)
        self._whole()
        return self.result

    def _complete(self, identifier: str, answers: Sequence[Outcome]) -> bool:
        """Whether a sample is here once, with one outcome in each epoch."""
        self.result.answers += len(answers)
        if identifier in self._seen:
            self._differs("place in the file", "here again", "once, all its outcomes together", answers[0])
            return False
        self._seen.add(identifier)
        self.result.samples += 1
        epochs = [outcome.epoch for outcome in answers]
        if epochs != list(range(self.settings.epochs)):
            wanted = f"{self.settings.epochs}, one in each epoch in order"
            self._differs(
                "outcomes", f"{len(epochs)} (epochs {', '.join(map(str, epochs))})", wanted, answers[0]
            )
            return False
        if any(outcome.sample != answers[0].sample for outcome in answers):
            self._differs("question", "not the same in all epochs", "the same", answers[0])
            return False
        return True

    def _counts(self, answers: tuple[Outcome, ...], *, sound: bool) -> bool:
        """Count a sample; one that is unsound as well, where it can be."""
        try:
            self._tally.add(*answers)
        except (ValueError, LookupError, ZeroDivisionError) as error:
            if sound:
                self._differs("outcome", "one that counts", str(error), answers[0])
            return False
        return True

    def _compare(self, sample: Sample, gold: dict[str, Sample]) -> None:
        """A sample with the dataset's."""
        wanted = gold.get(sample.id)
        if wanted is None:
            self._differs("sample", "in the dataset", "not in it", sample=sample.id)
            return
        for name in Sample.model_fields:
            one, other = getattr(sample, name), getattr(wanted, name)
            if name == "clip":  # where it lies is each machine's own business
                one, other = one.id, other.id
            if one != other:
                what = {"labels": "gold labels", "label_set": "candidates"}.get(name, name)
                self._differs(what, _told(one), _told(other), sample=sample.id)

    def _whole(self) -> None:
        """What holds of all samples together: their number, their hash, and the figures."""
        settings, samples = self.settings, self.result.samples
        if samples != settings.n_samples:
            self._differs("number of samples", str(settings.n_samples), str(samples))
        if self._gold is not None and (absent := [name for name in self._gold if name not in self._seen]):
            self._differs("samples", "all of the dataset", f"{len(absent)} missing, the first {absent[0]}")
        if self._digest.hexdigest() != settings.dataset_sha256:
            self._differs(
                "hash of the questions and gold labels, in their order",
                settings.dataset_sha256,
                self._digest.hexdigest(),
            )
        if self._dataset is not None and self._dataset.sha256 != settings.dataset_sha256:
            self._differs("hash of the dataset", settings.dataset_sha256, self._dataset.sha256)
        self.result.summary = self._tally.summary()
        tasks = {name: stated(figures) for name, figures in self.result.summary.tasks().items()}
        self._figures("all samples", self.header.overall, stated(self.result.summary.overall()))
        for name in dict.fromkeys((*self.header.tasks, *tasks)):
            if name in tasks and name in self.header.tasks:
                self._figures(name, self.header.tasks[name], tasks[name])
            else:
                self._differs(f"figures of {name}", _there(self.header.tasks, name), _there(tasks, name))

    def _figures(self, of: str, said: StatedFigures, found: StatedFigures) -> None:
        one, other = (figures.model_dump(exclude={"schema_version"}) for figures in (said, found))
        for name, value in one.items():
            if not _close(value, other[name]):
                self._differs(f"{of}, {name}", _told(value), _told(other[name]))

    def _differs(
        self, what: str, said: str, found: str, outcome: Outcome | None = None, *, sample: str | None = None
    ) -> None:
        self.result.n_differences += 1
        if len(self.result.differences) < KEPT:
            identifier = sample if outcome is None else outcome.sample.id
            epoch = None if outcome is None else outcome.epoch
            self.result.differences.append(Difference(identifier, epoch, what, said[:_SHOWN], found[:_SHOWN]))


def _there(figures: dict[str, StatedFigures], name: str) -> str:
    return "there" if name in figures else "absent"


def _close(one: Any, other: Any) -> bool:
    """Whether two figures are equal but for the last bits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_close(one[key], other[key]) for key in one)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_close, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= _TOLERANCE
    return bool(one == other)


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(part)}" for name, part in value.items()) or "none"
    if isinstance(value, tuple | list):
        return ", ".join(map(_told, value)) or "none"
    return "none" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
