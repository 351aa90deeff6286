"""All that is told of a study, put together."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from cuewise.agreement.ratings import RIGHT_MEANS
from cuewise.study.folder import StudyFolder
from cuewise.study.records import StudyKind
from cuewise.study.report.baseline import HumanBaseline, answers, human_baseline
from cuewise.study.report.corrected import Corrected, OpenRun, corrected_scores
from cuewise.study.report.disputed import DisputedItem, DisputedStep, disputed_items, disputed_steps
from cuewise.study.report.figures import plain
from cuewise.study.report.judge import InPlaceOf, JudgeAgainst, in_place_of_each, judged_by_group
from cuewise.study.report.labels import LabelView, label_view
from cuewise.study.report.names import shown_apart
from cuewise.study.report.raters import Among, RaterRow, Retest, among, rater_rows, retest
from cuewise.study.report.table import RatedStudy
from cuewise.study.store import RatingStore

FORMAT: Final = "cuewise-study-report"


@dataclass(frozen=True)
class StudyReport:
    """What the ratings of a study say. It is made to be passed on: names of models and judges, and what is said of runs
    that cannot be read, are without folders; judges that are named alike but for these are numbered."""

    study: str
    kind: str
    runs: tuple[str, ...]
    judges: tuple[str, ...]
    protocol: str
    right_means: str
    """What raters were asked; empty in a study of the question."""
    gold: str
    items: int
    """That were drawn."""
    attention_items: int
    """Beside these, of all raters together."""
    rated_items: int
    """That anybody rated."""
    unfinished: int
    """Items, counted once per rater, that were begun and are left out as they are not done."""
    cluster_kind: str
    """What intervals take together: `video`, or `clip` where ids do not tell the video."""
    weighted: bool
    """Of steps: whether some drawn items stand for more samples of the runs than others; agreement and the corrected
    score then count each for as many as it stands for. Of the question: whether any figure of recognition over all
    tasks is no plain mean, as each task counts for as many samples as the run has of it and not for its answers."""
    raters: tuple[RaterRow, ...]
    retest: Retest
    among: tuple[Among, ...]
    """Over all, then by task; in a study of the question by task alone."""
    judge: tuple[JudgeAgainst, ...] = ()
    in_place_of: tuple[InPlaceOf, ...] = ()
    labels: LabelView | None = None
    corrected: tuple[Corrected, ...] = ()
    disputed_steps: tuple[DisputedStep, ...] = ()
    disputed_items: tuple[DisputedItem, ...] = ()
    baseline: HumanBaseline | None = None

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data, at full precision; raters by number."""
        found: dict[str, Any] = {"format": FORMAT, "version": 1, **plain(self)}
        for row, rater in zip(found["raters"], self.raters, strict=True):
            row["flags"] = list(rater.flags)
        return found


def read_report(folder: StudyFolder, open_run: OpenRun, *, full: bool = False) -> StudyReport:
    """What the ratings of a study on disk say by now; nothing is written.

    Args:
        open_run: opens a run by its name.
        full: also what was said of items that are not done.

    Raises:
        RunError: the study or its ratings cannot be read.
    """
    study = folder.study()
    if not folder.ratings_path.exists():
        return study_report(RatedStudy.of(study, ()), open_run)
    with closing(RatingStore(folder.ratings_path, read_only=True)) as store:
        return study_report(RatedStudy.of(study, store.all_said(), full=full), open_run)


def study_report(rated: RatedStudy, open_run: OpenRun) -> StudyReport:
    """All that is told of what was said."""
    study = rated.study
    plan, question = study.plan, study.plan.kind is StudyKind.QUESTION
    judged = [item.judged for item in study.drawn if item.judged is not None]
    protocol = study.items[0].protocol
    baseline = human_baseline(rated, open_run) if question else None
    tasks = rated.groups(lambda item: item.sample.task)
    return StudyReport(
        study=plan.name,
        kind=plan.kind.value,
        runs=plan.runs,
        judges=tuple(sorted(shown_apart(judge for one in judged for judge in one.judges).values())),
        protocol=protocol.value,
        right_means="" if question else RIGHT_MEANS[protocol],
        gold=plan.gold.value,
        items=len(study.drawn),
        attention_items=len(study.items) - len(study.drawn),
        rated_items=len(rated.said_of),
        unfinished=rated.unfinished,
        cluster_kind=rated.cluster_kind,
        weighted=rated.is_drawn_unequally if baseline is None else baseline.weighted,
        raters=rater_rows(rated, answers(rated) if question else rated.raw_steps),
        retest=retest(rated, list(rated.said), list(rated.checks)),
        among=baseline.agreement
        if baseline is not None
        else (
            among(rated),
            *(among(rated.part(lambda item: item.sample.task, task), task) for task in tasks),
        ),
        baseline=baseline,
        **({} if question else _of_steps(rated, open_run)),
    )


def _of_steps(rated: RatedStudy, open_run: OpenRun) -> dict[str, Any]:
    """What is told of a study of steps alone."""
    return {
        "judge": judged_by_group(rated),
        "in_place_of": in_place_of_each(rated),
        "labels": label_view(rated),
        "corrected": corrected_scores(rated, open_run),
        "disputed_steps": disputed_steps(rated),
        "disputed_items": disputed_items(rated),
    }
