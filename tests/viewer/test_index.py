"""Lists, choices and neighbours against the same questions answered from the outcomes themselves."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuewise.analysis.comparison import compare_runs
from cuewise.errors import RunError
from cuewise.records import Decision, Outcome, OutcomeKind, Protocol, Sample, Verdict, Vote
from cuewise.result import open_run
from cuewise.runs.outcomes import OutcomeStore
from cuewise.runs.workspace import Workspace
from cuewise.viewer.filters import NO_LABEL, Disagreement, Filters, Range, Rightness, Sort
from cuewise.viewer.index import ViewIndex
from cuewise.viewer.rows import Row
from support.outcomes import make_outcome, make_outcomes, make_run, make_samples, repeat_outcomes

SAMPLES = make_samples(60)


class Made:
    """Runs in a workspace, and their outcomes."""

    def __init__(self, root: Path, outcomes: dict[str, list[Outcome]]) -> None:
        self.root = root
        self.outcomes = outcomes
        self.all = [(run, one) for run, those in outcomes.items() for one in those]
        self._disagreements: dict[tuple[str, ...], list[set[Disagreement]]] = {}

    def __repr__(self) -> str:
        return "Made()"  # hypothesis prints it

    def disagreements(self, runs: tuple[str, ...]) -> list[set[Disagreement]]:
        """Of each outcome, in a list of these runs."""
        if runs not in self._disagreements:
            among = runs if len(runs) > 1 else tuple(self.outcomes)
            self._disagreements[runs] = [
                _disagreements([(name, other) for name, other in self.all if name in (*among, run)], one)
                for run, one in self.all
            ]
        return self._disagreements[runs]

    def passing(
        self, filters: Filters, among: tuple[str, ...] | None = None
    ) -> list[tuple[str, Outcome, set[Disagreement]]]:
        """What filters let through, and its disagreements; `among` are the runs that are to differ."""
        differ = self.disagreements(filters.runs if among is None else among)
        return [
            (run, one, of)
            for (run, one), of in zip(self.all, differ, strict=True)
            if passes(filters, run, one, of)
        ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("workspace")
    grounded: dict[str, Any] = {"protocol": Protocol.GROUNDED}
    panel: dict[str, Any] = {"panel": ("openai/a", "openai/b")}
    runs: dict[str, tuple[list[Outcome], dict[str, Any]]] = {
        "alpha": (make_outcomes(SAMPLES, seed="alpha"), {}),
        "beta": (make_outcomes(SAMPLES, seed="beta", skill=0.7, **panel), {"more_judges": ("openai/b",)}),
        "gamma": (make_outcomes(SAMPLES[:40], seed="gamma", **grounded), grounded),
        "often": (repeat_outcomes(SAMPLES[:25], 3, seed="often", fail_every=4), {"epochs": 3}),
    }
    for name, (outcomes, how) in runs.items():
        make_run(root, name, outcomes, model=f"openai/{name}", **how)
    return Made(root, {name: outcomes for name, (outcomes, _) in runs.items()})


@pytest.fixture(scope="module")
def index(made: Made) -> Iterator[ViewIndex]:
    found = ViewIndex(Workspace(made.root))
    assert found.refresh() == []
    yield found
    found.close()


def predicted(outcome: Outcome) -> tuple[str, ...] | None:
    if outcome.reading is not None:
        return outcome.reading.labels
    return outcome.steps[-1].labels if outcome.steps else None


def _disagreements(all_: list[tuple[str, Outcome]], outcome: Outcome) -> set[Disagreement]:
    """From the definitions."""
    found, score = set(), outcome.score
    others = [
        other.score.recognition
        for _, other in all_
        if (other.sample.id, other.epoch, other.protocol)
        == (outcome.sample.id, outcome.epoch, outcome.protocol)
        and other.score is not None
    ]
    if score is not None and any(other != score.recognition for other in others):
        found.add(Disagreement.RUNS)
    if score and score.judged_recognition is not None and score.judged_recognition != score.recognition:
        found.add(Disagreement.LABEL)
    reasons = [[(each.rating, each.decision) for each in vote.verdicts[:-1]] for vote in outcome.votes]
    if any(said != reasons[0] for said in reasons):
        found.add(Disagreement.JUDGES)
    return found


def said(outcome: Outcome) -> str:
    answer = outcome.answer.text if outcome.answer else ""
    return " ".join((answer, *(verdict.reason for verdict in outcome.verdicts))).lower()


def passes(filters: Filters, run: str, outcome: Outcome, of: set[Disagreement]) -> bool:
    score, named = outcome.score, predicted(outcome)
    values = {} if score is None else score.model_dump()
    rightness = score and (
        Rightness.RIGHT
        if score.recognition == 1
        else Rightness.WRONG
        if score.recognition == 0
        else Rightness.PARTLY
    )
    names = None if named is None else set(named or (NO_LABEL,))
    return (
        (not filters.runs or run in filters.runs)
        and (not filters.tasks or outcome.sample.task in filters.tasks)
        and (not filters.labels or bool(set(filters.labels) & set(outcome.sample.labels)))
        and (not filters.predictions or (names is not None and bool(set(filters.predictions) & names)))
        and (not filters.kinds or outcome.kind in filters.kinds)
        and (not filters.rightness or rightness in filters.rightness)
        and all(
            found is None
            or (name in values and found.low / 100 - 1e-9 <= values[name] <= found.high / 100 + 1e-9)
            for name, found in (
                ("recognition", filters.recognition),
                ("reasoning", filters.reasoning),
                ("cot", filters.cot),
            )
        )
        and (not filters.disagreements or bool(of & set(filters.disagreements)))
        and (filters.epoch is None or outcome.epoch == filters.epoch)
        and (not filters.text or filters.text in said(outcome))
    )


def some(values: Any) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(sorted(values)), unique=True, min_size=1, max_size=3).map(tuple)


LABELS = {label for sample in SAMPLES for label in sample.label_set}
points = st.sampled_from([0, 0.25, 0.5, 2 / 3, 1])
ranges = st.tuples(points, points).map(lambda ends: Range(100 * min(ends), 100 * max(ends)))
FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "runs": some(["alpha", "beta", "gamma", "often", "none of them"]),
    "tasks": some({sample.task for sample in SAMPLES}),
    "labels": some(LABELS),
    "predictions": some(LABELS | {NO_LABEL}),
    "kinds": some(OutcomeKind),
    "rightness": some(Rightness),
    "recognition": ranges,
    "reasoning": ranges,
    "cot": ranges,
    "disagreements": some(Disagreement),
    "epoch": st.integers(0, 3),
    "text": st.sampled_from(["brows", "furrowed"]),
}


@st.composite
def several_filters(draw: st.DrawFn) -> Filters:
    """Three at most, as more let nothing through."""
    names = draw(st.lists(st.sampled_from(sorted(FILTERS)), unique=True, max_size=3))
    return Filters(**{name: draw(FILTERS[name]) for name in names})


def key(row: Row) -> tuple[str, str, int]:
    return row.run, row.sample, row.epoch


@given(several_filters())
@settings(deadline=None, max_examples=60)
def test_a_list_holds_what_the_filters_let_through(made: Made, index: ViewIndex, filters: Filters) -> None:
    page = index.page(filters, limit=1000)
    wanted = {(run, one.sample.id, one.epoch): of for run, one, of in made.passing(filters)}
    assert {key(row): set(row.disagreements) for row in page.rows} == wanted
    assert page.total == len(page.rows) == len(wanted)


@given(several_filters())
@settings(deadline=None, max_examples=60)
def test_choices_count_under_all_other_filters(made: Made, index: ViewIndex, filters: Filters) -> None:
    choices = index.choices(filters)

    def counted(name: str, values: Any) -> dict[str, int]:
        passing = made.passing(replace(filters, **{name: getattr(Filters(), name)}), filters.runs)
        return dict(Counter(str(value) for row in passing for value in values(*row)))

    def found(name: str, chosen: Any) -> dict[str, int]:
        listed = getattr(choices, name)
        assert [choice.value for choice in listed] == sorted({choice.value for choice in listed})
        assert {str(one) for one in chosen} <= {choice.value for choice in listed}
        return {choice.value: choice.count for choice in listed if choice.count}

    assert found("runs", filters.runs) == counted("runs", lambda run, one, of: [run])
    assert found("tasks", filters.tasks) == counted("tasks", lambda run, one, of: [one.sample.task])
    assert found("labels", filters.labels) == counted("labels", lambda run, one, of: one.sample.labels)
    assert found("kinds", filters.kinds) == counted("kinds", lambda run, one, of: [one.kind])
    assert found("predictions", filters.predictions) == counted(
        "predictions", lambda run, one, of: [] if predicted(one) is None else predicted(one) or [NO_LABEL]
    )
    assert found("disagreements", filters.disagreements) == counted("disagreements", lambda run, one, of: of)
    assert found("epochs", () if filters.epoch is None else (filters.epoch,)) == counted(
        "epoch", lambda run, one, of: [one.epoch]
    )


def test_scores_that_are_shown_as_the_end_of_a_range_are_in_it(tmp_path: Path) -> None:
    first, second = (make_outcome(sample, skill=1) for sample in SAMPLES[:2])
    assert first.score and second.score
    half = 0.1 + 0.2 - 0.1  # a rounding error above 0.2, and the other one below
    scores = (first.score.model_copy(update={"cot": half}), second.score.model_copy(update={"cot": 1 - 0.8}))
    assert scores[1].cot < 0.2 < scores[0].cot
    made = [
        one.model_copy(update={"score": score}) for one, score in zip((first, second), scores, strict=True)
    ]
    make_run(tmp_path, "one", made)
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        index.refresh()
        for ends in ((20, 100), (0, 20), (20, 20)):
            assert index.page(Filters(cot=Range(*ends))).total == 2
        assert index.page(Filters(cot=Range(20.1, 100))).total == 0


def value(sort: Sort, row: Row) -> Any:
    scores = {Sort.RECOGNITION: row.recognition, Sort.REASONING: row.reasoning, Sort.COT: row.cot}
    if sort in scores:
        return -1 if scores[sort] is None else scores[sort]
    return {
        Sort.POSITION: row.position,
        Sort.SAMPLE: row.sample,
        Sort.RUN: row.run,
        Sort.TASK: row.task,
        Sort.STEPS: row.n_steps,
    }[sort]


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "filters", [Filters(rightness=(Rightness.WRONG, Rightness.PARTLY)), Filters(tasks=("ER-Lab", "SA"))]
)
def test_pages_and_neighbours_are_of_one_order(
    index: ViewIndex, sort: Sort, descending: bool, filters: Filters
) -> None:
    how: Any = {"sort": sort, "descending": descending}
    rows = index.page(filters, **how, limit=1000).rows
    # The runs were taken in by name, so their order is that of their names.
    by_rules = sorted(
        rows, key=lambda row: (value(sort, row), row.position, row.run, row.epoch), reverse=descending
    )
    assert list(rows) == by_rules
    parts = [index.page(filters, **how, offset=at, limit=7).rows for at in range(0, len(rows) + 7, 7)]
    assert tuple(row for part in parts for row in part) == rows
    ends = [None, *rows, None]
    for place, row in enumerate(rows[:30], 1):
        assert index.around(filters, sort, row, descending=descending) == (ends[place - 1], ends[place + 1])
    assert index.around(filters, sort, rows[-1], descending=descending) == (rows[-2], None)


def test_neighbours_of_a_row_that_is_not_in_the_list(index: ViewIndex) -> None:
    rows = index.page(Filters(), limit=1000).rows
    right = [row for row in rows if row.rightness is Rightness.RIGHT]
    here = next(row for row in rows if row.position > right[3].position and row not in right)
    before, after = index.around(Filters(rightness=(Rightness.RIGHT,)), Sort.POSITION, here)
    place = rows.index(here)
    assert before == next(row for row in reversed(rows[:place]) if row in right)
    assert after == next(row for row in rows[place:] if row in right)


def test_bounds_of_a_page_are_kept(index: ViewIndex) -> None:
    assert index.page(Filters(), offset=10**30, limit=10).rows == ()
    assert index.page(Filters(), offset=-5, limit=1).rows == index.page(Filters(), limit=1).rows
    assert index.page(Filters(), limit=-1).rows == ()
    assert len(index.page(Filters(), limit=10**30).rows) == 60 + 60 + 40 + 75


def test_runs_have_the_figures_of_the_report(made: Made, index: ViewIndex) -> None:
    runs = index.runs()
    assert [run.name for run in runs] == ["alpha", "beta", "gamma", "often"]
    for run in runs:
        figures = open_run(run.name, workspace=made.root).summary.overall()
        assert dict(run.kinds) == {OutcomeKind(kind): n for kind, n in figures.outcomes.items()}
        assert run.outcomes == figures.asked
        for name in ("recognition", "reasoning", "cot"):
            assert 100 * getattr(run, name) == pytest.approx(getattr(figures, name), abs=1e-9)
    assert [(run.n_samples, run.epochs, run.finished) for run in runs] == [
        (60, 1, True),
        (60, 1, True),
        (40, 1, True),
        (25, 3, True),
    ]
    assert runs[1].judge == "offline/rules, openai/b"
    assert (runs[2].model, runs[2].protocol) == ("openai/gamma", Protocol.GROUNDED)


def test_a_row_says_what_its_outcome_says(made: Made, index: ViewIndex) -> None:
    differ = {
        (run, one.sample.id, one.epoch): of
        for (run, one), of in zip(made.all, made.disagreements(()), strict=True)
    }
    for run, outcomes in made.outcomes.items():
        for outcome in outcomes:
            row = next(
                row
                for row in index.runs_with(outcome.sample.id)
                if (row.run, row.epoch) == (run, outcome.epoch)
            )
            score = outcome.score
            assert (row.sample, row.task) == (outcome.sample.id, outcome.sample.task)
            assert (row.labels, row.predicted) == (outcome.sample.labels, predicted(outcome))
            assert (row.kind, row.cause) == (outcome.kind, outcome.cause)
            assert row.n_steps == len(outcome.steps)
            assert (row.recognition, row.reasoning, row.cot) == (
                (score.recognition, score.reasoning, score.cot) if score else (None,) * 3
            )
            assert row.disagreements == differ[run, outcome.sample.id, outcome.epoch]
            assert index.outcome(run, outcome.sample.id, outcome.epoch) == outcome


def test_runs_with_a_sample_stand_by_run_and_epoch(index: ViewIndex) -> None:
    rows = index.runs_with(SAMPLES[0].id)
    assert [(row.run, row.epoch) for row in rows] == [
        ("alpha", 0),
        ("beta", 0),
        ("gamma", 0),
        ("often", 0),
        ("often", 1),
        ("often", 2),
    ]
    assert index.runs_with("no such sample") == []


def test_an_outcome_that_is_not_there(index: ViewIndex) -> None:
    assert index.outcome("alpha", "no such sample") is None
    assert index.outcome("alpha", SAMPLES[0].id, epoch=1) is None
    assert index.outcome("no-such-run", SAMPLES[0].id) is None
    with pytest.raises(RunError, match="is no name for a run"):
        index.outcome("../alpha", SAMPLES[0].id)


def test_who_disagrees_by_hand(tmp_path: Path) -> None:
    sample, other = make_samples(2, only=["ER-Lab"])
    base = make_outcome(sample)
    assert base.score is not None
    steps = base.steps[-2:]  # a reason and the label

    def outcome(of: Sample, recognition: float, judged: float, ratings: tuple[float, ...] = ()) -> Outcome:
        assert base.score is not None
        verdicts = tuple(
            (
                Verdict(step=1, rating=rating, decision=Decision.SUPPORTED),
                Verdict(step=2, rating=place),  # on the label judges may say what they like
            )
            for place, rating in enumerate(ratings)
        )
        return base.model_copy(
            update={
                "sample": of,
                "steps": steps,
                "score": base.score.model_copy(
                    update={"recognition": recognition, "judged_recognition": judged}
                ),
                "votes": tuple(
                    Vote(judge=f"j{place}", repeat=0, verdicts=each) for place, each in enumerate(verdicts)
                ),
            }
        )

    # The other sample has the same recognition in both runs; one run's judges rate its reason 1 and 0.
    make_run(tmp_path, "one", [outcome(sample, 1, 1, (1, 1)), outcome(other, 0, 0, (1, 0))])
    make_run(tmp_path, "two", [outcome(sample, 0, 1), outcome(other, 0, 0)])
    index = ViewIndex(Workspace(tmp_path))
    index.refresh()
    found = {(row.run, row.position): set(row.disagreements) for row in index.page(Filters()).rows}
    assert found == {
        ("one", 0): {Disagreement.RUNS},
        ("two", 0): {Disagreement.RUNS, Disagreement.LABEL},
        ("one", 1): {Disagreement.JUDGES},
        ("two", 1): set(),
    }
    index.close()


def test_chosen_runs_differ_where_compare_says_that_they_do(made: Made, index: ViewIndex) -> None:
    found = compare_runs(*(open_run(name, workspace=made.root).table() for name in ("alpha", "beta")))
    assert found is not None
    scored = OutcomeKind.SCORED.value  # an answer without a score counts 0 there, and differs from none here
    wanted = {
        one.row.id
        for one in found.changed
        if one.points_a[0] != one.points_b[0] and one.kinds_a == one.kinds_b == (scored,)
    }
    assert len(wanted) > 5
    asked = Filters(runs=("alpha", "beta"), disagreements=(Disagreement.RUNS,))
    assert {row.sample for row in index.page(asked, limit=1000).rows} == wanted


def test_a_third_run_does_not_make_two_runs_differ(tmp_path: Path) -> None:
    (sample,) = make_samples(1, only=["ER-Lab"])
    for name, skill in (("one", 1.0), ("two", 1.0), ("three", 0.0)):
        make_run(tmp_path, name, [make_outcome(sample, skill=skill)])
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        index.refresh()

        def found(*runs: str) -> list[str]:
            return [row.run for row in index.page(Filters(runs, disagreements=(Disagreement.RUNS,))).rows]

        assert found("one", "two") == []
        assert found("one", "three") == ["one", "three"]
        assert found("one") == ["one"]
        assert sorted(found()) == ["one", "three", "two"]
        counted = index.choices(Filters(("one", "two"), disagreements=(Disagreement.RUNS,)))
        assert {choice.value: choice.count for choice in counted.runs} == {"one": 0, "two": 0, "three": 1}
        shutil.rmtree(tmp_path / "runs" / "two")
        make_run(
            tmp_path, "two", [make_outcome(sample, skill=0.0)]
        )  # the index changes under the same choice
        index.refresh()
        assert found("one", "two") == ["one", "two"]


def test_votes_on_different_steps_disagree(tmp_path: Path) -> None:
    (sample,) = make_samples(1, only=["ER-Lab"])
    outcome = make_outcome(sample, panel=("openai/a", "openai/b"))
    first, second = outcome.votes
    fewer = second.model_copy(update={"verdicts": second.verdicts[:-1]})
    folder = Workspace(tmp_path).run("one")
    make_run(tmp_path, "one", [outcome])
    with closing(OutcomeStore(folder.outcomes_path)) as store:  # which a report would not take
        store.add(0, outcome.model_copy(update={"votes": (first, fewer)}))
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        assert index.refresh() == []
        (row,) = index.page(Filters()).rows
        assert Disagreement.JUDGES in row.disagreements


def test_runs_are_not_compared_on_samples_that_only_share_an_id(tmp_path: Path) -> None:
    (sample,) = make_samples(1, only=["ER-Lab"])
    wrong = next(label for label in sample.label_set if label not in sample.labels)
    relabelled = sample.model_copy(update={"labels": (wrong,)})
    right, other = make_outcome(sample, skill=1), make_outcome(relabelled, skill=0, seed="3")
    assert right.score and other.score and right.score.recognition != other.score.recognition
    make_run(tmp_path, "one", [right])
    make_run(tmp_path, "two", [other])
    index = ViewIndex(Workspace(tmp_path))
    index.refresh()
    assert [row.disagreements for row in index.page(Filters()).rows] == [frozenset(), frozenset()]
    assert len(index.runs_with(sample.id)) == 2
    assert index.samples(Filters(), Sort.POSITION) == [sample.id]
    index.close()
