"""A study as it is made of runs: what is in it and what not, who sees what, and that it is frozen."""

from __future__ import annotations

import shutil
from errno import ENOSPC
from itertools import pairwise
from math import isclose
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuewise.agreement.truth import counted_points
from cuewise.cli.study_words import in_words
from cuewise.errors import InputError
from cuewise.records import Outcome, OutcomeKind, Protocol, SoundSource
from cuewise.result import RunResult
from cuewise.runs.workspace import Workspace
from cuewise.study.attention import INSTRUCTIONS
from cuewise.study.effort import effort
from cuewise.study.folder import existing_study, studies, study_folder
from cuewise.study.records import Gold, Item, Study, StudyKind
from support.outcomes import make_outcome, make_run, make_samples
from support.studies import demo_run, make_study_folder, rated_run, study_of, with_clips


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def run(workspace: Path) -> RunResult:
    return rated_run(workspace, n=80)


@pytest.fixture(scope="module")
def other(workspace: Path) -> RunResult:
    return rated_run(workspace, "other", n=80, seed="other", skill=0.7, model="openai/gpt-5")


def outcome_of(runs: list[RunResult], item: Item) -> Outcome:
    assert item.judged is not None
    name = item.judged.run
    found = next(run for run in runs if run.name == name).outcomes_of([item.sample.id])
    return next(iter(found))


def test_items_show_what_the_run_had(run: RunResult, workspace: Path) -> None:
    study = study_of([run], workspace, n=30)
    assert len(study.drawn) == 30
    for item in study.drawn:
        outcome = outcome_of([run], item)
        assert item.steps == outcome.steps
        assert item.rated == tuple(counted_points(outcome))
        assert item.rated
        assert item.judged is not None
        assert item.judged.verdicts == outcome.verdicts
        assert (item.facts, item.evidence, item.sample.clip.path) == (outcome.facts, outcome.evidence, None)
        assert item.judged.model == "openai/gpt-4o"
    assert isclose(
        sum(item.judged.weight for item in study.drawn if item.judged), 75
    )  # 80 but 5 without a score
    assert sum(study.plan.left_out.values()) == 5
    assert study.plan.left_out["ended as refused"] == 1
    assert sum(size for size, _ in study.plan.strata.values()) == 75


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(8, 90), st.integers(1, 5), st.data())
def test_whatever_the_design(
    run: RunResult, workspace: Path, n: int, n_raters: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(1, n_raters))
    raters = tuple(f"r{number}" for number in range(n_raters))
    attention = data.draw(st.integers(0, max(1, n * overlap // n_raters // 2)))
    study = study_of([run], workspace, n=n, raters=raters, overlap=overlap, attention=attention)
    by_id = {item.id: item for item in study.items}
    drawn = {item.id for item in study.drawn}
    assert len(drawn) == min(n, 75)
    assert isclose(sum(item.judged.weight for item in study.drawn if item.judged), 75)
    for rater in raters:
        order = study.assigned[rater]
        assert len(set(order)) == len(order)
        assert not by_id[order[0]].is_check
        checks = [id for id in order if by_id[id].is_check]
        assert len(checks) == attention
        for id in checks:
            if first := by_id[id].repeats:
                assert order.index(first) + 1 < order.index(id)
    assert sorted(id for order in study.assigned.values() for id in order if id in drawn) == sorted(
        [*drawn] * overlap
    )
    assert {id for order in study.assigned.values() for id in order} == by_id.keys()


def test_the_seed_decides_everything(run: RunResult, workspace: Path) -> None:
    assert study_of([run], workspace, n=30, seed=3) == study_of([run], workspace, n=30, seed=3)
    other = study_of([run], workspace, n=30, seed=4)
    assert other.assigned != study_of([run], workspace, n=30, seed=3).assigned


def test_a_smaller_study_is_part_of_a_larger(run: RunResult, workspace: Path) -> None:
    small, large = ({item.sample.id for item in study_of([run], workspace, n=n).drawn} for n in (50, 60))
    assert small < large


def test_instructed_items_are_of_answers_that_nobody_sees_otherwise(run: RunResult, workspace: Path) -> None:
    study = study_of([run], workspace, n=40, attention=5)
    planted = [item for item in study.items if item.expected is not None]
    # Of five checks a rater has two repeats, so three are instructed, the same for all.
    assert len(planted) == 3
    drawn = {item.sample.id for item in study.drawn}
    for item in planted:
        assert item.expected is not None
        assert item.judged is None
        assert item.sample.id not in drawn
        [(place, right)] = item.expected.steps.items()
        assert place in item.rated
        assert {step.index: step.text for step in item.steps}[place] == INSTRUCTIONS[right]
        original = next(iter(run.outcomes_of([item.sample.id])))
        changed = [a.index for a, b in zip(item.steps, original.steps, strict=True) if a != b]
        assert changed == [place]
    assert {right for item in planted if item.expected for right in item.expected.steps.values()} == {
        True,
        False,
    }


@pytest.mark.parametrize("seed", range(4))
def test_who_always_clicks_the_same_fails_an_instructed_item(
    run: RunResult, workspace: Path, seed: int
) -> None:
    """By default, and with two or more attention items; of a single one it cannot be told what it asks for."""
    for n, attention in ((20, None), (60, None), (20, 2), (20, 3)):
        study = study_of([run], workspace, n=n, attention=attention, seed=seed)
        by_id = {item.id: item for item in study.items}
        for order in study.assigned.values():
            expected = [item.expected for id in order if (item := by_id[id]).expected is not None]
            asked = [right for each in expected for right in each.steps.values()]
            assert set(asked) == {True, False}


def test_what_a_single_instructed_item_asks_for_is_decided_by_lot(run: RunResult, workspace: Path) -> None:
    asked = set()
    for seed in range(12):
        [item] = (
            item for item in study_of([run], workspace, n=8, attention=1, seed=seed).items if item.expected
        )
        assert item.expected is not None
        asked |= set(item.expected.steps.values())
    assert asked == {True, False}


def test_where_every_answer_is_drawn_the_planted_steps_are_in_copies(run: RunResult, workspace: Path) -> None:
    study = study_of([run], workspace, n=500, attention=4)
    assert len(study.drawn) == 75
    assert sum(item.expected is not None for item in study.items) == 2


def test_repeats_are_the_same_item_once_more(run: RunResult, workspace: Path) -> None:
    study = study_of([run], workspace, n=40, attention=4)
    repeats = [item for item in study.items if item.repeats]
    assert repeats
    for item in repeats:
        original = study.item(item.repeats)
        assert original is not None
        assert not original.is_check
        assert item.model_copy(update={"id": original.id, "repeats": ""}) == original
    for order in study.assigned.values():
        again = [order.index(item.id) for item in repeats if item.id in order]
        first = [order.index(item.repeats) for item in repeats if item.id in order]
        assert all(b - a > len(order) / 4 for a, b in zip(first, again, strict=True))


def test_by_default_one_item_in_twenty_is_a_check(run: RunResult, workspace: Path) -> None:
    for n, checks in ((19, 0), (20, 3), (60, 3), (75, 4)):
        study = study_of([run], workspace, n=n)
        assert {len(order) - n for order in study.assigned.values()} == {checks}


@pytest.mark.parametrize("n", [8, 20, 40, 75])
def test_what_finer_strata_need_is_two_items_for_each(run: RunResult, workspace: Path, n: int) -> None:
    scored = [outcome for outcome in run.outcomes() if outcome.score is not None and counted_points(outcome)]
    by_task = {outcome.sample.task for outcome in scored}
    by_label = {(each.sample.task, each.score.recognition) for each in scored if each.score is not None}
    needed = {"task": 2 * len(by_task), "whether the label is right": 2 * len(by_label)}
    assert 8 < needed["task"] < 20 < needed["whether the label is right"] < 40
    plan = study_of([run], workspace, n=n).plan
    told = {what: plan.finer[what] for what in needed if what in plan.finer}
    assert told == {what: items for what, items in needed.items() if items > n}
    assert {*plan.strata_by, *plan.finer} == {*needed, "how good the reasons are"}
    assert all(items > n for items in plan.finer.values())


def test_only_what_there_are_samples_for_is_told_of_finer_strata(tmp_path: Path) -> None:
    """Eight tasks with a few samples each: no `--n` has two for each finer group."""
    runs = [rated_run(tmp_path, f"of-{n}", n=n, fail_every=0) for n in (24, 12)]
    for run, told in zip(
        runs, ("They are from --n 16 on by task too.", "There are too few samples for more."), strict=True
    ):
        study = study_of([run], tmp_path, n=8)
        assert any(line.endswith(told) for line in in_words(study, effort(study), asked=8))


def test_several_runs(run: RunResult, other: RunResult, workspace: Path) -> None:
    study = study_of([run, other], workspace, n=60, raters=("a", "b", "c", "d"), overlap=2)
    assert {item.judged.run for item in study.drawn if item.judged} == {"mine", "other"}
    for item in study.drawn:
        assert item.steps == outcome_of([run, other], item).steps
    clips = {item.id: item.sample.clip.id for item in study.items}
    assert len(set(clips.values())) < len(study.drawn)  # some are on one clip
    for order in study.assigned.values():
        assert all(clips[a] != clips[b] for a, b in pairwise(order))
    assert isclose(sum(item.judged.weight for item in study.drawn if item.judged), 150)


def test_ids_do_not_tell_models_or_checks_apart(run: RunResult, other: RunResult, workspace: Path) -> None:
    study = study_of([run, other], workspace, n=60, attention=6)
    runs = ["" if item.judged is None else item.judged.run for item in study.items]
    assert runs != sorted(runs)
    checks = [number for number, item in enumerate(study.items) if item.is_check]
    assert checks != list(range(len(study.items) - len(checks), len(study.items)))
    assert [item.id for item in study.items] == [
        f"i{number:04d}" for number in range(1, len(study.items) + 1)
    ]


def test_a_study_of_the_question_shows_no_answer(run: RunResult, workspace: Path) -> None:
    study = study_of([run], workspace, n=60, kind=StudyKind.QUESTION)
    # All but the clips that are missing or broken; with_clips gives those of this run clips too.
    assert len({item.sample.id for item in study.drawn}) == 60
    for item in study.items:
        assert (item.steps, item.rated, item.judged, item.expected, item.evidence) == ((), (), None, None, ())
        assert item.sample.labels
        assert study.labels_asked(item) == item.sample.label_set
    assert study.plan.strata.keys() == {item.sample.task for item in study.drawn}
    assert {len(order) for order in study.assigned.values()} == {63}


def test_labels_asked_of_steps(run: RunResult, workspace: Path) -> None:
    hidden = study_of([run], workspace, n=20)
    shown = study_of([run], workspace, n=20, gold=Gold.SHOWN)
    for study in (hidden, shown):
        for item in study.items:
            assert study.labels_asked(item) == (item.named if study is hidden else item.sample.labels)


def test_a_frozen_study_needs_its_runs_no_more(tmp_path: Path) -> None:
    folder = make_study_folder(tmp_path)
    before = folder.study()
    shutil.rmtree(Workspace(tmp_path).runs_path)
    assert existing_study(Workspace(tmp_path), "study").study() == before
    assert [each.name for each in studies(Workspace(tmp_path))] == ["study"]
    assert Study.model_validate_json(folder.study_path.read_bytes()).sha256() == before.sha256()
    with pytest.raises(InputError, match="there is a study study already"):
        folder.freeze(before)


def test_a_name_is_free_again_where_the_study_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_of([rated_run(tmp_path, n=20)], tmp_path, n=10)
    folder = study_folder(Workspace(tmp_path), "study")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", Mock(side_effect=OSError(ENOSPC, "No space left on device")))
        with pytest.raises(OSError, match="No space"):
            folder.freeze(study)
    assert not studies(Workspace(tmp_path))
    folder.freeze(study)
    assert folder.study() == study
    # Ratings of a study whose own file is lost are not given to another one.
    folder.ratings_path.touch()
    folder.study_path.unlink()
    with pytest.raises(InputError, match="there is a study study already"):
        folder.freeze(study)


@pytest.mark.parametrize("name", ["../x", "", "a/b", "x\n", "x."])
def test_what_is_no_name_for_a_study(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="is no name for a study: use letters"):
        study_folder(Workspace(tmp_path), name)


def test_frames_and_sound_are_those_of_the_run(tmp_path: Path) -> None:
    run = demo_run(tmp_path)
    study = study_of([run], tmp_path, n=4)
    for item in study.items:
        assert [frame.id for frame in item.frames] == [f"F{number + 1}" for number in range(len(item.frames))]
        assert item.frames
        assert item.audio is not None
        assert item.audio.envelope
    question = study_of([run], tmp_path, n=4, kind=StudyKind.QUESTION)
    assert all(item.frames and item.audio for item in question.items)
    assert str(tmp_path) not in study.model_dump_json()


@pytest.mark.parametrize(
    ("design", "told"),
    [
        ({"overlap": 4}, "4 raters cannot see each item where there are 3"),
        ({"overlap": 0}, "0 raters cannot see each item"),
        ({"raters": ("a", "a")}, "a name of his or her own"),
        ({"n": 2, "overlap": 1}, "leave some of 3 raters with nothing to rate"),
        ({"n": 5, "attention": 6}, "6 attention items are more than the 5 items"),
        (
            {"n": 12, "attention": 5, "kind": StudyKind.QUESTION},
            r"5 attention items cannot be had: .* 12 items only the first third can be, 4;",
        ),
    ],
)
def test_designs_that_cannot_be_carried_out(
    run: RunResult, workspace: Path, design: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        study_of([run], workspace, **design)


def test_runs_that_do_not_go_together(
    run: RunResult, other: RunResult, tmp_path: Path, workspace: Path
) -> None:
    grounded = rated_run(tmp_path, "grounded", n=20, protocol=Protocol.GROUNDED)
    with pytest.raises(InputError, match="judged under grounded and mme-emotion"):
        study_of([run, grounded], workspace)
    with pytest.raises(InputError, match="each run once"):
        study_of([run, run], workspace)
    with pytest.raises(InputError, match="name one run"):
        study_of([run, other], workspace, kind=StudyKind.QUESTION)


def test_what_cannot_be_drawn_is_told(tmp_path: Path) -> None:
    samples = make_samples(12)
    scored = [make_outcome(sample) for sample in samples]
    lent = samples[1].model_copy(update={"sound_from": SoundSource(sample="x", labels=("Happy",))})
    with_facts = with_clips(scored)
    outcomes = [
        scored[0],  # without facts of its clip
        with_facts[1].model_copy(update={"sample": lent}),
        make_outcome(samples[2], failure=OutcomeKind.MISSING_CLIP),
        *with_facts[3:],
    ]
    study = study_of([make_run(tmp_path, "mine", outcomes)], tmp_path)
    assert study.plan.left_out == {
        "the run did not look at the clip": 1,
        "its sound was exchanged": 1,
        "ended as missing clip": 1,
    }
    bare = make_run(tmp_path, "bare", [make_outcome(samples[0], failure=OutcomeKind.REFUSED)])
    with pytest.raises(
        InputError, match=r"run bare has no answer with judged reasons \(1 ended as refused\)"
    ):
        study_of([bare], tmp_path)


def test_what_it_takes_and_gives(run: RunResult, workspace: Path) -> None:
    study = study_of([run], workspace, n=75, attention=0)
    told = effort(study)
    steps = sum(len(item.rated) for item in study.drawn)
    assert told.units == steps
    assert told.ratings == 3 * steps
    # Clips of 4 s, and 15 s for each step.
    assert all(isclose(hours, (75 * 4 + 15 * steps) / 3600) for hours in told.hours.values())
    # All weights are 1. 0.8 x 0.2 = 0.16; Z = 1.96.
    design = 1 + (steps / 75 - 1) * 0.2
    assert told.half_width == pytest.approx(100 * 1.959964 * (0.16 * design / steps) ** 0.5, rel=1e-6)
    question = effort(study_of([run], workspace, n=64, kind=StudyKind.QUESTION, attention=0))
    # 1.96 x sqrt(0.25 / 64) = 1.96 x 0.0625
    assert question.half_width == pytest.approx(12.24977, abs=1e-4)
    assert question.hours["ana"] == pytest.approx(64 * 34 / 3600)
