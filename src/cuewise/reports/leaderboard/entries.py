"""One row of the leaderboard: a run of one's own, somebody's submission, a published model, or people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from cuewise.analysis.answer_hash import AnswerHash
from cuewise.analysis.scoreboard import score_runs
from cuewise.analysis.table import RunTable, TableMaker
from cuewise.errors import InputError
from cuewise.published.figures import PublishedBaseline, PublishedModel, published
from cuewise.published.uncertainty import PublishedEstimate, overall_estimates, task_estimates
from cuewise.records import MediaRef, Outcome, Protocol
from cuewise.reports.blocks import Value
from cuewise.reports.leaderboard.about import About, about_model
from cuewise.reports.words.conditions import treatment_name
from cuewise.reports.words.phrases import nature
from cuewise.samples.problems import printable
from cuewise.scores.baselines import skill
from cuewise.scores.ended import SCORES
from cuewise.scores.figures import Figures
from cuewise.scores.summary import Summary
from cuewise.submissions.export import header_of
from cuewise.submissions.header import Header
from cuewise.submissions.verify import verify

if TYPE_CHECKING:
    from cuewise.result import RunResult

OVERALL: Final = "All tasks"

Origin = Literal["published", "run", "submission", "people"]


@dataclass(frozen=True)
class TaskScores:
    """A row's scores in a task, or over all; percent."""

    count: int
    """Samples."""
    scores: Mapping[str, Value]
    """By name, with 95 % intervals."""
    majority: float | None
    """What naming the most frequent label for every question scores in recognition; None where it is not known."""
    random: float | None
    """The same of labels drawn from the candidates."""
    coverage: float | None
    """None where it is not known."""

    @property
    def skill(self) -> float | None:
        """Recognition over the better of the two baselines."""
        known = [one for one in (self.majority, self.random) if one is not None]
        return skill(self.scores["recognition"].value, max(known)) if known else None


@dataclass(frozen=True)
class Details:
    """What is known of a run beyond its scores."""

    header: Header
    summary: Summary
    table: RunTable
    outcomes_of: Callable[[Iterable[str]], Iterator[Outcome]]
    """Outcomes of samples by id, in the dataset's order."""
    answers_sha256: str
    """See `AnswerHash`."""
    read_media: Callable[[MediaRef], bytes] | None = None
    """Gives stored frames; None where there are none."""
    compared_with: str | None = None
    """Dataset that a submission's questions and gold labels were compared with."""

    @property
    def whole_benchmark(self) -> bool:
        """Whether its questions are the 6,500 published ones."""
        return self.header.settings.dataset_sha256 == published().questions_sha256


@dataclass(frozen=True)
class PeopleFacts:
    """What is known of people who answered the questions themselves."""

    raters: int
    answers: int
    left_out: Mapping[str, int]
    """Tasks of which too little is answered to tell, with the samples that are."""
    asked: int
    """Samples that were drawn."""
    shared: int
    """Samples of those that a row beside it was asked too, with the same candidates and gold labels."""
    of_benchmark: bool
    """Whether all of them are known to be the benchmark's own."""
    drawn: bool
    """Whether not all samples of the run were taken, so that lots were drawn."""
    weighted: bool
    """Whether figures over all tasks are no plain means of the answers: each task counts for as many samples as the run
    has of it."""
    from_run: str
    """The run whose samples they are."""
    fewer: bool
    """Whether every row beside it was asked of more samples."""


@dataclass(frozen=True)
class Entry:
    """A row."""

    slug: str
    """Name of its page: small letters, digits and `-`."""
    title: str
    model: str
    """`provider/model`, or the published name."""
    run: str
    """Name of the run, or of the study of people; empty for a published model."""
    origin: Origin
    access: str | None
    """`open` or `closed`; None where it is not known, as in what follows."""
    size: str | None
    modalities: tuple[str, ...]
    """What it was given of each clip."""
    changed: str
    """How clips were changed before it was given them, in words; empty where they were not."""
    protocol: Protocol
    judges: tuple[str, ...]
    """Of a judge that judged several times, once."""
    extractor: str
    yardstick: str
    """Equal for rows that were asked the same questions and judged alike."""
    epochs: int
    results: Mapping[str, TaskScores]
    """By task, `OVERALL` first."""
    steps: float | None
    tokens: float | None
    cost_usd: float | None
    """What the model's own answers cost."""
    details: Details | None = field(repr=False, default=None)
    """None for a published model and for people."""
    published: PublishedModel | None = field(repr=False, default=None)
    people: PeopleFacts | None = None

    @property
    def nature(self) -> str | None:
        """What a reader must know before reading its figures; None for a real model."""
        return nature(self.model)


class Slugs:
    """Gives each page a name of its own, also where file names of both cases are the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, text: str) -> str:
        """A name made of any text."""
        from cuewise.runs.workspace import slug

        stem = slug(text).lower().replace(".", "-").strip("-") or "page"
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name)
        return name


def run_entry(
    run: RunResult,
    slugs: Slugs,
    told: Mapping[str, About],
    read_media: Callable[[MediaRef], bytes] | None = None,
) -> Entry:
    """A finished run of the workspace.

    Raises:
        InputError: it is not finished, or gave clips the sound of others.
        RunError: its files cannot be read.
    """
    if not run.finished:
        raise InputError(
            f"run {run.name} is not finished, and a leaderboard holds whole runs: run its command again"
        )
    digest = run.digest
    details = Details(
        header_of(run), run.summary, run.table(), run.outcomes_of, digest.answers_sha256, read_media
    )
    return _entry(details, "run", slugs, told)


def submission_entry(path: Path, slugs: Slugs, told: Mapping[str, About], data: str | None) -> Entry:
    """A submission, scored again; it is read a second time where samples of it are shown.

    Raises:
        InputError: it is none, or does not reproduce.
    """
    columns, answers = TableMaker(), AnswerHash()

    def take(outcomes: Sequence[Outcome]) -> None:
        columns.add(*outcomes)
        answers.add(*outcomes)

    found = verify(path, data=data, take=take)
    if not found.reproduces:
        raise InputError(
            f"{found.name} does not reproduce, so it cannot be listed: `cuewise leaderboard verify` says where"
        )

    def outcomes_of(samples: Iterable[str]) -> Iterator[Outcome]:
        from cuewise.submissions.reading import open_submission

        wanted = set(samples)
        with open_submission(path) as submission:
            yield from (outcome for outcome in submission.outcomes if outcome.sample.id in wanted)

    details = Details(
        found.header,
        found.summary,
        columns.table(),
        outcomes_of,
        answers.hexdigest(),
        compared_with=found.compared_with,
    )
    return _entry(details, "submission", slugs, told)


def _entry(details: Details, origin: Origin, slugs: Slugs, told: Mapping[str, About]) -> Entry:
    header, summary = details.header, details.summary
    settings = header.settings
    about = about_model(settings.model.name, header.run, told)
    overall = summary.overall()
    return Entry(
        slug=slugs.take(f"{settings.model.name} {header.run}"),
        title=about.title or settings.model.name,
        model=settings.model.name,
        run=header.run,
        origin=origin,
        access=about.access,
        size=about.size,
        modalities=settings.modalities,
        changed="" if settings.treatment is None else treatment_name(settings.treatment),
        protocol=settings.protocol,
        judges=tuple(dict.fromkeys(judge.name for judge in settings.judges)),
        extractor=settings.extractor.name,
        yardstick=yardstick(header),
        epochs=settings.epochs,
        results=_results(details, {OVERALL: overall, **summary.tasks()}),
        steps=overall.avg_step,
        tokens=overall.avg_tokens,
        cost_usd=header.costs_usd.get("answer"),
        details=details,
    )


def yardstick(header: Header) -> str:
    """One hash of everything that must be equal for scores to be ranked together: the settings without the model,
    what it was sent and how its answers were drawn."""
    settings = header.settings
    alike = settings.model_copy(
        update={
            "model": settings.model.model_copy(update={"name": "", "parameters": {}}),
            "dataset": "",
            "modalities": (),
            "video": type(settings).model_fields["video"].default,
            "sampling": {},
            "epochs": 1,
            "prompts": {name: sha for name, sha in settings.prompts.items() if name != "answers/ask"},
        }
    )
    return alike.sha256()


def _results(details: Details, figures: Mapping[str, Figures]) -> dict[str, TaskScores]:
    (means,) = score_runs([details.table], details.header.settings.protocol)
    found = {}
    for name, of_task in figures.items():
        of_name = means.overall if name == OVERALL else means.tasks.get(name, {})
        scores = {}
        for score in SCORES:
            interval = of_name[score].interval if score in of_name else None
            low, high = (None, None) if interval is None else (interval.low, interval.high)
            scores[score] = Value(getattr(of_task, score), low, high, of_task.count)
        base = of_task.baselines
        found[name] = TaskScores(
            of_task.count,
            scores,
            None if base is None else base.majority,
            None if base is None else base.random,
            of_task.coverage,
        )
    return found


def published_entries(slugs: Slugs) -> Iterable[Entry]:
    """The published models."""
    known = published()
    for model in known.models:
        results = {OVERALL: _published(overall_estimates(model), known.overall_baseline())}
        results |= {
            task: _published(task_estimates(model, task), known.baselines[task]) for task in model.tasks
        }
        yield Entry(
            slug=slugs.take(f"published {model.name}"),
            title=model.name,
            model=model.name,
            run="",
            origin="published",
            access=model.access,
            size=model.size,
            modalities=model.modalities,
            changed="",
            protocol=known.protocol,
            judges=(known.judge,),
            extractor=known.extractor,
            yardstick="published",
            epochs=1,
            results=results,
            steps=model.steps,
            tokens=model.tokens,
            cost_usd=None,
            published=model,
        )


def _published(estimates: Mapping[str, PublishedEstimate], baseline: PublishedBaseline) -> TaskScores:
    scores = {
        name: Value(one.percent, one.interval.low, one.interval.high, one.count)
        for name, one in estimates.items()
    }
    count = next(iter(estimates.values())).count
    return TaskScores(count, scores, baseline.majority, baseline.random, None)


def check_same_names(entries: Sequence[Entry]) -> None:
    """See that no run stands in twice, under its name or with its answers and verdicts under another.

    Raises:
        InputError: one does.
    """
    seen: set[tuple[str, str, str]] = set()
    answered: dict[tuple[str, str], str] = {}
    for entry in entries:
        if entry.details is None:
            continue
        header = entry.details.header
        key = (header.run, header.created_at, header.settings.sha256())
        if key in seen:
            raise InputError(f"run {printable(entry.run)} is given twice; leave one out")
        seen.add(key)
        answers = (entry.details.answers_sha256, entry.changed)
        if answers[0] and answers in answered:
            raise InputError(
                f"runs {printable(answered[answers])} and {printable(entry.run)} have the same answers and verdicts,"
                " so they are one: leave one out"
            )
        answered[answers] = entry.run
