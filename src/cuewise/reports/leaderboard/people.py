"""A row of the leaderboard that is no model: people, who answered the benchmark's own questions in a study."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Final, NoReturn

from cuewise.counts import how_many
from cuewise.errors import InputError, RunError
from cuewise.records import Protocol, Sample
from cuewise.reports.blocks import Block, Section, Value, Words
from cuewise.reports.leaderboard.entries import OVERALL, Entry, PeopleFacts, Slugs, TaskScores
from cuewise.samples.problems import printable
from cuewise.study.folder import StudyFolder
from cuewise.study.records import StudyKind
from cuewise.study.report.baseline import Recognition, human_baseline
from cuewise.study.report.cells import percent
from cuewise.study.report.table import RatedStudy
from cuewise.study.store import RatingStore

PEOPLE: Final = "people"


def people_entry(folder: StudyFolder, slugs: Slugs, beside: Sequence[Entry] = ()) -> Entry:
    """The raters of a study of the question, all their finished answers pooled; recognition alone, as nobody judged
    their reasons. A task of which too little is rated for an interval is left out, and the page says so.

    Args:
        beside: rows of runs and submissions that it is to stand beside.

    Raises:
        InputError: it is no study of the question, too little of it is rated, or it shares no sample with those rows.
        RunError: it cannot be read.
    """
    study = folder.study()
    name = printable(study.plan.name)
    if study.plan.kind is not StudyKind.QUESTION:
        raise InputError(
            f"in study {name} people rated steps: for a row of people, have them answer the questions, with"
            " `cuewise study create RUN --kind question`"
        )
    facts = [one.details for one in beside if one.details is not None]
    asked = {_question(item.sample) for item in study.drawn}
    known = [{row.question for row in one.table.samples} for one in facts]
    shared = len(asked & set().union(*known))
    if facts and not shared:
        raise InputError(
            f"study {name} shares none of its {how_many(len(asked), 'sample')} with the runs and submissions of this"
            f" leaderboard: build it with the run that the study was made of ({printable(study.plan.runs[0])}), or"
            " leave the study out"
        )
    if not folder.ratings_path.exists():
        raise InputError(f"nobody has answered a question of study {name} yet")
    with closing(RatingStore(folder.ratings_path, read_only=True)) as store:
        rated = RatedStudy.of(study, store.all_said())
    baseline = human_baseline(rated, _no_run)
    pooled = baseline.pooled
    raters = len({one.rater for one in rated.said})
    protocol = study.items[0].protocol
    told = {one.task or OVERALL: scores for one in pooled if (scores := _scores(one, protocol)) is not None}
    left_out = {one.task: one.items for one in pooled if one.task and one.task not in told}
    if OVERALL not in told:
        raise InputError(
            f"of study {name} only {how_many(pooled[0].items, 'sample')} {'is' if pooled[0].items == 1 else 'are'}"
            " answered, of too few videos to tell how sure the figures are: have more answered"
        )
    clips = [item.facts for item in study.drawn if item.facts is not None]
    given = {"video": any(one.has_video for one in clips), "audio": any(one.has_audio for one in clips)}
    return Entry(
        slug=slugs.take(f"people {study.plan.name}"),
        title=f"Human raters (n={raters})",
        model=PEOPLE,
        run=study.plan.name,
        origin="people",
        access=None,
        size=None,
        modalities=tuple(sense for sense, there in given.items() if there),
        changed=f"people, {how_many(pooled[0].items, 'sample')}",
        protocol=protocol,
        judges=(),
        extractor="",
        yardstick=f"people {study.sha256()}",
        epochs=1,
        results=told,
        steps=None,
        tokens=None,
        cost_usd=None,
        people=PeopleFacts(
            raters,
            pooled[0].answers,
            left_out,
            asked=len(asked),
            shared=shared,
            of_benchmark=any(
                one.whole_benchmark and asked <= has for one, has in zip(facts, known, strict=True)
            ),
            drawn=any(drawn < there for there, drawn in study.plan.strata.values()),
            weighted=baseline.weighted,
            from_run=study.plan.runs[0],
            fewer=all(pooled[0].items < len(has) for has in known),
        ),
    )


def _question(sample: Sample) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """As `SampleRow.question` has it."""
    return sample.id, sample.label_set, sample.labels


def people_section(entry: Entry) -> Section:
    """What these figures are."""
    facts = entry.people
    assert facts is not None
    whose = "the benchmark" if facts.of_benchmark else f"the samples of run {facts.from_run}"
    lots = f"drawn by lot from {whose}" if facts.drawn else f"of {whose}"
    counts = (
        f"Over all tasks, each counts for as many samples as run {facts.from_run} has of it, however many answers there"
        " are. "
        if facts.weighted
        else ""
    )
    fewer = "They were asked of fewer samples than the models, and" if facts.fewer else "They"
    blocks: list[Block] = [
        Words(
            (
                f"These are no figures of a model: {facts.raters:,} {'person' if facts.raters == 1 else 'people'} gave"
                f" {how_many(facts.answers, 'answer')} to questions {lots}. They chose among the"
                f" candidate labels; an answer without a label counts as 0. {counts}Nobody judged their reasons, so"
                " there is no reasoning score and no CoT score.",
                f"{fewer} are ranked with nobody: `cuewise study report"
                f" {entry.run}` sets runs beside them on the very same samples.",
            )
        )
    ]
    if facts.shared < facts.asked:
        blocks.append(Words((f"{_shared_words(facts)}.",), warning=True))
    if facts.left_out:
        told = ", ".join(f"{task} ({how_many(count, 'sample')})" for task, count in facts.left_out.items())
        blocks.append(Words((f"Too little is answered to tell of: {told}.",), warning=True))
    return Section("people", "What these figures are", tuple(blocks))


def _shared_words(facts: PeopleFacts) -> str:
    """How much of a study other rows were asked too."""
    if not facts.shared:
        return "No run of this leaderboard has its samples, so that nothing beside it tells of the same questions"
    return (
        f"Of its {how_many(facts.asked, 'sample')} only {facts.shared:,} are also a run's of this leaderboard"
    )


def remarks(entry: Entry) -> list[str]:
    """What must be known of a row of people when it is made."""
    facts = entry.people
    assert facts is not None
    found = []
    if facts.shared < facts.asked:
        found.append(f"study {entry.run}: {_shared_words(facts)[0].lower()}{_shared_words(facts)[1:]}")
    if facts.left_out:
        found.append(
            f"of study {entry.run} too little is answered to tell of {', '.join(facts.left_out)}: the row has no"
            " figure there"
        )
    return found


def _scores(one: Recognition, protocol: Protocol) -> TaskScores | None:
    """Those of a task; None without an interval."""
    found = one.mme if protocol is Protocol.MME_EMOTION else one.f1
    if found is None or found.low is None:
        return None
    value = percent(found)
    shown = Value(value.value, value.low, value.high, n=one.items, mark=how_many(one.items, "sample"))
    return TaskScores(
        one.items, {"recognition": shown, "reasoning": Value(None), "cot": Value(None)}, None, None, None
    )


def _no_run(name: str) -> NoReturn:
    """No run stands beside them here."""
    raise RunError(f"run {name} is not asked for")
