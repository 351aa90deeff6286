"""A run's digest says what its outcomes say, and is never taken for that of others."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cuewise.analysis.digest_file as digest_file
from cuewise.analysis.digest import digest_of, predicted
from cuewise.analysis.digest_file import SETTLED_NS, kept_digest
from cuewise.analysis.table import GROUNDING, LABEL_POINTS, POINTS, RunTable, SampleRow
from cuewise.models.prices import Price
from cuewise.models.protocol import Completion
from cuewise.records import ClipFacts, Outcome, OutcomeKind, Protocol, Usage
from cuewise.reports.html import render
from cuewise.result import RunResult, open_run, read_result
from cuewise.runs.outcomes import OutcomeStore, by_sample
from cuewise.runs.reading import open_to_read
from cuewise.runs.spending import sum_up
from cuewise.runs.store import CallLabel, CallStore
from cuewise.runs.workspace import Workspace
from cuewise.scores.summary import SummaryTally
from support.outcomes import make_outcomes, make_run, make_samples, repeat_outcomes
from support.written_answers import table_of

PANEL = ("openai/gpt-4.1", "openai/gpt-4.1", "google/gemini-2.5-pro")

RUNS: dict[str, Callable[[], list[Outcome]]] = {
    "none": list,
    "one refused": lambda: make_outcomes(make_samples(1), fail_every=1),
    "paper": lambda: make_outcomes(make_samples(64), seed="a"),
    "grounded": lambda: make_outcomes(make_samples(64), seed="b", protocol=Protocol.GROUNDED),
    "panel": lambda: make_outcomes(make_samples(48), protocol=Protocol.GROUNDED, panel=PANEL, fail_every=5),
    "epochs": lambda: repeat_outcomes(make_samples(40), 3, fail_every=4),
    "cut short": lambda: repeat_outcomes(make_samples(16), 2)[:-3],
}


def _with_facts(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The same, every third with what probing its clip told."""
    facts = ClipFacts(sha256="0" * 64, size_bytes=9, duration_s=2.5, has_video=True, has_audio=False)
    return [
        outcome.model_copy(update={"facts": facts}) if at % 3 == 0 else outcome
        for at, outcome in enumerate(outcomes)
    ]


@pytest.fixture(params=list(RUNS))
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[Outcome], RunResult, RunResult]:
    """Outcomes, the result that was made of them, and the same read from what was kept."""
    outcomes = _with_facts(RUNS[request.param]())
    epochs = 1 + max((outcome.epoch for outcome in outcomes), default=0)
    first = make_run(tmp_path, "r", outcomes, epochs=epochs)
    _settle(first)
    open_run("r", workspace=tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cuewise.result.digest_of", _never)
        return outcomes, first, open_run("r", workspace=tmp_path)


def _never(*_: Any) -> Any:
    raise AssertionError("the outcomes were read again")


def _settle(run: RunResult) -> None:
    """Set the outcomes' time of change to a while ago."""
    changed = run.folder.outcomes_path.stat().st_mtime_ns - 2 * SETTLED_NS
    os.utime(run.folder.outcomes_path, ns=(changed, changed))


def test_columns_are_those_of_the_outcomes(made: tuple[list[Outcome], RunResult, RunResult]) -> None:
    outcomes, *results = made
    answers = list(by_sample(outcomes))
    for result in results:
        table = result.table()
        _same(table, table_of(answers))
        assert [row.id for row in table.samples] == [each[0].sample.id for each in answers]
        assert [table.samples[at].id for at in table.sample] == [each.sample.id for each in outcomes]
        assert [(row.labels, row.label_set) for row in table.samples] == [
            (each[0].sample.labels, each[0].sample.label_set) for each in answers
        ]
        assert [row.duration_s for row in table.samples] == [
            2.5 if any(outcome.facts for outcome in each) else None for each in answers
        ]
        assert table.epoch.tolist() == [each.epoch for each in outcomes]
        assert table.kind == tuple(each.kind.value for each in outcomes)
        assert table.labels == tuple(each.reading and each.reading.labels for each in outcomes)
        assert table.tokens.tolist() == pytest.approx(
            [each.answer.output_tokens if each.answer else np.nan for each in outcomes], nan_ok=True
        )
        for name in POINTS:
            _equal(table.points[name], [each.score and getattr(each.score, name) for each in outcomes])
        for name in LABEL_POINTS:
            labels = [each.score and each.score.labels for each in outcomes]
            _equal(table.label_points[name], [each and getattr(each, name) for each in labels])
        for name in GROUNDING:
            grounding = [each.score and each.score.grounding for each in outcomes]
            _equal(table.grounding[name], [each and getattr(each, name) for each in grounding])
        wording = result.digest.wording
        assert wording.predicted == tuple(map(predicted, outcomes))
        assert wording.messages == tuple(each.message for each in outcomes)
        assert wording.questions == tuple(each[0].sample.question for each in answers)
        assert not wording.framed.any(), "these frames have no pictures"


def _equal(column: Any, values: Sequence[Any]) -> None:
    assert [None if isnan(value) else value for value in column.tolist()] == list(values)


def _same(one: RunTable, other: RunTable) -> None:
    for name in ("samples", "kind", "cause", "labels", "status"):
        assert getattr(one, name) == getattr(other, name)
    for name in ("sample", "epoch", "steps", "characters", "tokens", "judged"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for group in ("points", "label_points", "grounding"):
        assert list(getattr(one, group)) == list(getattr(other, group))
        for name, values in getattr(one, group).items():
            np.testing.assert_array_equal(values, getattr(other, group)[name])


def test_figures_are_those_of_a_fresh_count(made: tuple[list[Outcome], RunResult, RunResult]) -> None:
    outcomes, *results = made
    tally = SummaryTally(results[0].manifest.settings.tasks, results[0].epochs)
    usage: dict[str, Usage] = {}
    for answers in by_sample(outcomes):
        tally.add(*answers)
    for outcome in outcomes:
        for stage, used in outcome.usage.items():
            usage[stage] = usage[stage].plus(used) if stage in usage else used
    reasons = Counter((each.kind, each.cause) for each in outcomes if each.kind is not OutcomeKind.SCORED)
    for result in results:
        assert result.summary == tally.summary()
        assert list(result.summary.tasks()) == list(tally.summary().tasks())
        assert result.usage == usage
        assert {(one.kind, one.cause): one.count for one in result.failures()} == reasons
        first = {(each.kind, each.cause): each for each in reversed(outcomes)}
        assert all(one.sample == first[one.kind, one.cause].sample.id for one in result.failures())
        assert result.digest.notes == results[0].digest.notes
    read = results[-1]
    assert read.finished == (len(outcomes) == read.manifest.settings.n_samples * read.epochs)


def test_a_mean_over_answers_counts_those_without_a_score() -> None:
    """Two samples: scored 1 and 0.5 of three answers, and 0.25 of one."""
    scored = [each for each in make_outcomes(make_samples(40, only=["SA"])) if each.score]
    first, second = scored[:2]
    assert first.score is not None

    def answer(outcome: Outcome, epoch: int, points: float | None) -> Outcome:
        score = (
            None if points is None else first.score and first.score.model_copy(update={"reasoning": points})
        )
        kind = OutcomeKind.SCORED if score else OutcomeKind.REFUSED
        return outcome.model_copy(update={"epoch": epoch, "score": score, "kind": kind})

    three = [answer(first, epoch, points) for epoch, points in enumerate((1.0, None, 0.5))]
    table = table_of([three, [answer(second, 0, 0.25)]])
    assert table.score("reasoning").tolist() == [0.5, 0.25]
    assert table_of([[answer(first, 0, None)], [answer(second, 0, 0.25)]]).score("reasoning").tolist() == [
        0,
        0.25,
    ]
    assert {task: places.tolist() for task, places in table.tasks().items()} == {"SA": [0, 1]}


# --- how long it holds -----------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path) -> RunResult:
    """Of 16 samples, whose digest is kept."""
    run = make_run(tmp_path, "r", make_outcomes(make_samples(16)))
    _settle(run)
    open_run("r", workspace=tmp_path)
    assert run.folder.digest_path.exists()
    return run


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one entry each time that outcomes are read for a digest."""
    counted: list[int] = []

    def count(answers: Any, *rest: Any) -> Any:
        counted.append(1)
        return digest_of(answers, *rest)

    monkeypatch.setattr("cuewise.result.digest_of", count)
    return counted


def _again(run: RunResult) -> RunResult:
    return read_result(run.folder, run.folder.manifest())


def test_what_is_kept_is_used(run: RunResult, reads: list[int]) -> None:
    before = run.folder.digest_path.read_bytes()
    assert _again(run).summary == run.summary
    assert reads == []
    assert run.folder.digest_path.read_bytes() == before


def test_other_outcomes_are_read_anew(run: RunResult, reads: list[int]) -> None:
    outcomes = make_outcomes(make_samples(16), seed="other", skill=1.0)
    with closing(OutcomeStore(run.folder.outcomes_path)) as store:
        for place, outcome in enumerate(outcomes):
            store.add(place, outcome)
    changed = _again(run)
    assert len(reads) == 1
    _same(changed.table(), table_of([outcome] for outcome in outcomes))


def test_a_changed_time_alone_makes_it_again(run: RunResult, reads: list[int]) -> None:
    _settle(run)
    assert _again(run).summary == run.summary
    assert len(reads) == 1
    _again(run)
    assert len(reads) == 1


def test_a_copy_with_the_size_and_time_of_another_file_is_read_anew(run: RunResult, reads: list[int]) -> None:
    """As `rsync -t` and `touch -r` leave them: the file says itself that it is another one."""
    path = run.folder.outcomes_path
    before = path.stat()
    with closing(sqlite3.connect(path)) as outcomes:
        outcomes.execute("PRAGMA journal_mode=DELETE")
        outcomes.execute("DELETE FROM outcomes WHERE position = 0")
        outcomes.commit()
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert len(_again(run).table().samples) == 15
    assert len(reads) == 1


def test_no_two_outcome_files_begin_alike(tmp_path: Path) -> None:
    outcome = make_outcomes(make_samples(1))[0]
    heads = set()
    for name in ("a", "b"):
        with closing(OutcomeStore(tmp_path / name)) as store:
            store.add(0, outcome)
        heads.add((tmp_path / name).read_bytes()[:100])
    assert len(heads) == 2


@dataclass(frozen=True, slots=True)
class Longer(SampleRow):
    """A sample of which more is known."""

    more: str = ""


@pytest.mark.parametrize(
    ("name", "value"), [("__version__", "0.0.other"), ("FORMAT", 10_000), ("SampleRow", Longer)]
)
def test_another_version_makes_it_again(
    run: RunResult, reads: list[int], monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(digest_file, name, value)
    monkeypatch.setattr(digest_file, "_shape", digest_file._shape.__wrapped__)
    for _ in range(2):
        assert _again(run).summary == run.summary
    assert len(reads) == 1


def test_more_epochs_in_the_manifest_make_it_again(run: RunResult, reads: list[int]) -> None:
    settings = run.manifest.settings.model_copy(update={"epochs": 2})
    longer = run.manifest.model_copy(update={"settings": settings})
    assert not read_result(run.folder, longer).finished
    assert len(reads) == 1


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.5, 0.999])
def test_half_a_file_or_a_damaged_one_is_made_again(run: RunResult, reads: list[int], share: float) -> None:
    path = run.folder.digest_path
    whole = path.read_bytes()
    at = int(share * len(whole))
    flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    for damaged in (whole[:at], flipped, b"", whole + b" "):
        path.write_bytes(damaged)
        reads.clear()
        assert _again(run).summary == run.summary
        assert len(reads) == 1
        assert path.read_bytes() == whole


def test_a_whole_file_of_another_kind_is_made_again(run: RunResult, reads: list[int]) -> None:
    body = b'","cuewise":"9.9"}'
    run.folder.digest_path.write_bytes(b'{"sha256":"' + hashlib.sha256(body).hexdigest().encode() + body)
    assert _again(run).summary == run.summary
    assert len(reads) == 1


def test_a_write_that_is_cut_off_leaves_the_file_before(
    run: RunResult, monkeypatch: pytest.MonkeyPatch, reads: list[int]
) -> None:
    before = run.folder.digest_path.read_bytes()
    _settle(run)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        _again(run)
    assert run.folder.digest_path.read_bytes() == before
    assert {path.name for path in run.folder.path.iterdir() if "digest" in path.name} == {"digest.json"}


def test_while_a_run_is_written_each_look_sees_what_is_there(run: RunResult) -> None:
    outcomes = make_outcomes(make_samples(16), seed="again")
    with closing(OutcomeStore(run.folder.outcomes_path)) as store:
        for place, outcome in enumerate(outcomes):
            store.add(place, outcome)
            store.commit()
            for _ in range(2):
                now = _again(run)
                assert [row.id for row in now.table().samples] == [
                    each.sample.id for each in outcomes[: place + 1]
                ]
    assert _again(run).finished


def test_what_has_just_been_written_may_change_again(run: RunResult, reads: list[int]) -> None:
    """Kept where the last change is a while ago, or where nobody else may write."""
    path, outcomes = run.folder.path / "other.json", run.folder.outcomes_path
    changed = outcomes.stat().st_mtime_ns

    def look(now_ns: int, held: bool = False) -> None:
        kept_digest(path, outcomes, {}, lambda: run.digest, held=held, now_ns=lambda: now_ns)

    look(changed + SETTLED_NS)
    assert not path.exists()
    look(changed + SETTLED_NS + 1)
    assert path.exists()
    path.unlink()
    look(changed, held=True)
    assert path.exists()


def test_outcomes_that_change_while_they_are_read_are_not_kept(run: RunResult) -> None:
    path, outcomes = run.folder.path / "other.json", run.folder.outcomes_path

    def make() -> Any:
        _settle(run)
        return run.digest

    kept_digest(path, outcomes, {}, make, held=True)
    assert not path.exists()


# --- where it lies ---------------------------------------------------------------------------------


def test_a_workspace_that_cannot_be_written(run: RunResult) -> None:
    """In a process without the right to write there, even where this one has all rights."""
    root = Path(tempfile.mkdtemp())
    try:
        shutil.copytree(run.folder.path.parent.parent, root / "w")
        run.folder.digest_path.unlink()
        for path in (root / "w/runs/r").glob("*.sqlite-*"):
            path.unlink()
        (root / "w/runs/r/digest.json").unlink()
        for path in [*root.rglob("*"), root]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        child = os.fork()
        if child == 0:
            told = 1
            try:
                if os.getuid() == 0:
                    os.setuid(65534)
                opened = open_run("r", workspace=root / "w")
                ids = [row.id for row in opened.table().samples[:3]]
                chosen = [outcome.sample.id for outcome in opened.outcomes_of(ids)]
                told = int(not (opened.summary == run.summary and chosen == ids))
            finally:
                os._exit(told)
        _, status = os.waitpid(child, 0)
        assert status == 0
        assert not (root / "w/runs/r/digest.json").exists()
    finally:
        for path in [root, *root.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(root)


def test_reading_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        open_to_read(tmp_path / "missing.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_run_from_before_there_were_epochs(tmp_path: Path) -> None:
    outcomes = make_outcomes(make_samples(9))
    run = make_run(tmp_path, "old", outcomes)
    for path in run.folder.path.glob("outcomes.sqlite*"):
        path.unlink()
    with closing(sqlite3.connect(run.folder.outcomes_path)) as db, db:
        db.execute(
            "CREATE TABLE outcomes (position INTEGER PRIMARY KEY, sample TEXT NOT NULL UNIQUE, task TEXT NOT NULL,"
            " kind TEXT NOT NULL, recognition REAL, reasoning REAL, cot REAL, body TEXT NOT NULL)"
        )
        for place, outcome in enumerate(outcomes):
            body = outcome.model_dump_json(exclude_defaults=True)
            row = (place, outcome.sample.id, outcome.sample.task, outcome.kind.value, body)
            db.execute("INSERT INTO outcomes VALUES (?, ?, ?, ?, NULL, NULL, NULL, ?)", row)
        db.execute("PRAGMA user_version=1")
    for _ in range(2):
        opened = open_run("old", workspace=tmp_path)
        assert opened.summary == run.summary
        _same(opened.table(), run.table())
        _settle(opened)
    wanted = [outcomes[at].sample.id for at in (7, 2)]
    assert [each.sample.id for each in opened.outcomes_of(wanted)] == wanted[::-1]


def test_outcomes_of_chosen_samples(tmp_path: Path) -> None:
    """In the dataset's order, all answers to each; ids may hold any character, and be of nothing."""
    outcomes = repeat_outcomes(make_samples(12), 2)
    odd = outcomes[4].sample.model_copy(update={"id": "SA/\x00'\"\u2028%_"})
    outcomes[4:6] = [each.model_copy(update={"sample": odd}) for each in outcomes[4:6]]
    run = make_run(tmp_path, "r", outcomes, epochs=2)
    ids = [outcomes[20].sample.id, odd.id, outcomes[0].sample.id, "SA/none", odd.id]
    assert list(run.outcomes_of(ids)) == [outcomes[at] for at in (0, 1, 4, 5, 20, 21)]
    assert list(run.outcomes_of([])) == []


# --- money -----------------------------------------------------------------------------------------

_KEYS = [f"{at:064x}" for at in range(6)]


def _keep(workspace: Path, keys: Sequence[str]) -> None:
    """Calls of two models in turn, each with its number of tokens; of one the server counted no input."""

    async def put() -> None:
        with closing(CallStore(Workspace(workspace).calls_path)) as store:
            for key in keys:
                at = _KEYS.index(key)
                label = CallLabel(
                    key=key, model=("openai/gpt-4o", "b/free")[at % 2], stage="answer", sample="s"
                )
                said = Completion(text="x", input_tokens=None if at == 3 else 10 * at, output_tokens=at)
                batch = "b1" if at == 2 else ""
                await store.put(label, "{}", said, finished_at=0.0, latency_s=0.1, batch=batch)

    asyncio.run(put())


@pytest.fixture
def calls() -> list[Outcome]:
    """Outcomes of which each rests on two calls, the first of them shared with the one before."""
    return [
        outcome.model_copy(update={"calls": {"answer": (_KEYS[at],), "verdicts": (_KEYS[at + 1],)}})
        for at, outcome in enumerate(make_outcomes(make_samples(5)))
    ]


def _charged(run: RunResult, outcomes: Sequence[Outcome]) -> None:
    """The run's sums are those over its calls one by one, at prices of today."""
    prices = {"openai/gpt-4o": Price(2.0, 8.0), "b/free": Price(0.0, 0.0)}
    run.manifest = run.manifest.model_copy(
        update={"prices": {name: (price.input_usd, price.output_usd) for name, price in prices.items()}}
    )
    with closing(CallStore(Workspace(run.folder.path.parent.parent).calls_path)) as store:
        assert run.spending() == sum_up(outcomes, store, prices.get)


def test_spending_needs_no_outcome(
    tmp_path: Path, calls: list[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hand: calls 0, 2 and 4 of the priced model send 0 + 20 + 40 tokens and get 0 + 2 + 4; call 2 came by batch.
    At $2 and $8 a million, and half for the batch: 80 + 32 + (40 + 16) / 2 = 140 millionths. The free model's calls 1,
    3 and 5 cost nothing, whatever was not counted.
    """
    _keep(tmp_path, _KEYS)
    run = make_run(tmp_path, "r", calls)
    monkeypatch.setattr(RunResult, "outcomes", _never)
    _charged(run, calls)
    spending = run.spending()
    assert spending.total.cost_usd == pytest.approx(140e-6)
    assert (spending.total.calls, spending.batched) == (6, 1)
    assert (
        spending.models["openai/gpt-4o"].input_tokens,
        spending.models["openai/gpt-4o"].output_tokens,
    ) == (60, 6)
    assert (spending.models["b/free"].input_tokens, spending.models["b/free"].cost_usd) == (10 + 50, 0)


def test_calls_that_come_back_are_counted_again(tmp_path: Path, calls: list[Outcome]) -> None:
    _keep(tmp_path, _KEYS[:3])
    run = make_run(tmp_path, "r", calls)
    _charged(run, calls)
    assert run.spending().total.cost_usd is None
    _keep(tmp_path, _KEYS[3:])
    _charged(run, calls)
    assert run.spending().total.cost_usd is not None


def test_a_run_whose_calls_were_not_there_at_first(tmp_path: Path, calls: list[Outcome]) -> None:
    run = make_run(tmp_path, "r", calls)
    assert run.digest.charges is None
    _keep(tmp_path, _KEYS)
    _charged(run, calls)


# --- a page ----------------------------------------------------------------------------------------


def test_a_page_is_the_same_from_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [
        make_run(tmp_path, "a", make_outcomes(make_samples(64), seed="a")),
        make_run(tmp_path, "b", repeat_outcomes(make_samples(64), 2, seed="b"), epochs=2),
    ]
    fresh = render(runs)
    for run in runs:
        _settle(run)
        _again(run)
    monkeypatch.setattr("cuewise.result.digest_of", _never)
    assert render([_again(run) for run in runs]) == fresh
