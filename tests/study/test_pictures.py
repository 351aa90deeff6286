"""Raters of several runs see the same frames of a clip, whichever run's answer is rated, and all that judges had."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from cuewise.cli.study_words import in_words, warnings
from cuewise.demo import demo_data
from cuewise.evaluation import evaluate
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.records import ClipFacts, ClipMedia, EvidenceKind, Frame, Protocol
from cuewise.result import RunResult
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import Options
from cuewise.runs.workspace import Workspace
from cuewise.study.effort import effort
from cuewise.study.pictures import Pictures
from cuewise.study.records import ItemFrame, Study
from support.cli import cuewise
from support.outcomes import make_outcomes, make_run, make_samples
from support.studies import rated_run, study_of, with_clips

SPARSE, DENSE = "time-0.5fps-10x-q95", "time-3fps-4x-q95"


def run_at(workspace: Path, name: str, fps: float, model: str = "simulated/careless") -> RunResult:
    """A real run over six of the shipped clips, of three seconds each: at 0.5 fps the frames at 0 and 2 s, at 3 fps
    four within the first second."""
    options = Options(
        data=str(demo_data()),
        model=model,
        protocol=Protocol.GROUNDED,
        fps=fps,
        max_frames=10 if fps < 1 else 4,
        limit=6,
    )
    return evaluate(options, Conditions(workspace=workspace, run=name))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def runs(workspace: Path) -> list[RunResult]:
    return [run_at(workspace, "sparse", 0.5), run_at(workspace, "dense", 3, "simulated/careful")]


def shown(study: Study) -> dict[str, dict[str, tuple[ItemFrame, ...]]]:
    """By clip and run, the frames."""
    found: dict[str, dict[str, tuple[ItemFrame, ...]]] = defaultdict(dict)
    for item in study.drawn:
        assert item.judged is not None
        found[item.sample.clip.id][item.judged.run] = item.frames
    return found


def test_runs_by_different_rules_are_not_told_apart(runs: list[RunResult], workspace: Path) -> None:
    study = study_of(runs, workspace, n=12)
    for of_clip in shown(study).values():
        assert of_clip.keys() == {"sparse", "dense"}
        assert of_clip["sparse"] == of_clip["dense"]
    for item in study.items:
        assert [frame.id for frame in item.frames] == [f"F{n}" for n in range(1, len(item.frames) + 1)]
        assert [round(frame.time_s, 1) for frame in item.frames] == [0.0, 0.3, 0.6, 1.0, 2.0]
        assert item.audio is not None
    assert (study.plan.frame_rules, study.plan.frames_lacking) == ({"sparse": SPARSE, "dense": DENSE}, {})
    told = " ".join(in_words(study, effort(study), asked=12))
    assert (
        f"The runs look at different frames (sparse by {SPARSE}, dense by {DENSE}): raters see those" in told
    )
    assert warnings(study) == []


def test_all_frames_that_judges_had_are_shown(runs: list[RunResult], workspace: Path) -> None:
    """Those of the denser run end before the clip does, where those of the other one go on."""
    lasts = defaultdict(set)
    for item in study_of(runs, workspace, n=12).drawn:
        had = [piece for piece in item.evidence if piece.kind is EvidenceKind.FRAME]
        assert had
        assert {piece.image for piece in had} <= {frame.image for frame in item.frames}
        assert item.judged is not None
        lasts[item.judged.run].add(had[-1].start_s)
    assert min(lasts["sparse"]) > max(lasts["dense"])


def test_one_run_shows_what_its_judge_had(runs: list[RunResult], workspace: Path) -> None:
    study = study_of(runs[:1], workspace, n=6)
    for item in study.items:
        had = [piece for piece in item.evidence if piece.kind is EvidenceKind.FRAME]
        assert [(one.id, one.start_s, one.image) for one in had] == [
            (one.id, one.time_s, one.image) for one in item.frames
        ]
    assert study.plan.frame_rules == {"sparse": SPARSE}
    assert "different frames" not in " ".join(in_words(study, effort(study), asked=6))


def test_where_frames_are_lacking_there_is_a_warning_and_a_remedy(tmp_path: Path) -> None:
    runs = [run_at(tmp_path, "sparse", 0.5), run_at(tmp_path, "dense", 3)]
    kept = sorted(Workspace(tmp_path).media_path.rglob(f"*.{DENSE}.json"))
    assert len(kept) == 6
    for path in kept[:2]:
        path.unlink()
    study = study_of(runs, tmp_path, n=12)
    assert study.plan.frames_lacking == {DENSE: 2}
    [warning] = warnings(study)
    assert warning.startswith(f"of 2 clips this workspace has no frames by {DENSE}, the rule of dense, so")
    assert "run a model over all clips with the frame options of dense (a baseline will do)" in warning
    command = ("study", "create", "sparse", "dense", "--name", "s", "--n", "12", "--dry-run", "--json")
    done = cuewise(*command, "--workspace", str(tmp_path), cwd=tmp_path)
    assert warning in done.stderr.splitlines()
    told = json.loads(done.stdout)
    assert (told["frame_rules"], told["frames_lacking"]) == ({"sparse": SPARSE, "dense": DENSE}, {DENSE: 2})
    # The judge's own are shown even so.
    for item in study.drawn:
        had = {piece.image for piece in item.evidence if piece.kind is EvidenceKind.FRAME}
        assert had <= {frame.image for frame in item.frames}
    # As the warning says.
    run_at(tmp_path, "again", 3, "baseline/prosody")
    mended = study_of(runs, tmp_path, n=12)
    assert (mended.plan.frames_lacking, warnings(mended)) == ({}, [])
    assert all(len(set(of_clip.values())) == 1 for of_clip in shown(mended).values())


def test_runs_of_one_rule_lack_nothing_that_tells_them_apart(tmp_path: Path) -> None:
    """Nothing of their clips is there at all."""
    runs = [rated_run(tmp_path, name, n=20) for name in ("one", "two")]
    study = study_of(runs, tmp_path, n=20)
    assert (study.plan.frames_lacking, warnings(study)) == ({}, [])


def test_a_moment_is_shown_once_in_the_largest_size(tmp_path: Path) -> None:
    store = MediaStore(Workspace(tmp_path).media_path)
    [outcome] = with_clips(make_outcomes(make_samples(1), fail_every=0))
    run = make_run(tmp_path, "mine", [outcome])
    assert outcome.facts is not None
    facts: ClipFacts = outcome.facts
    # Of runs with --max-side and without, and the judge's own, which the workspace has no more.
    small, large = (store.put(size * b"x", "image/jpeg") for size in (10, 99))
    pictures = Pictures(store, [run])
    rule = FrameRule()
    assert pictures.rules == {"mine": rule.key()}
    frames = (Frame(index=0, time_s=0.5, image=large, width=640, height=480),)
    store.save(facts.sha256, rule, ClipMedia(facts=facts, frames=frames, audio=None))
    for image in (small, large):
        had = tuple(
            piece.model_copy(update={"start_s": start_s, "end_s": start_s, "image": image})
            for piece, start_s in zip(outcome.evidence, (0.5004, 1.0), strict=False)
        )
        seen = pictures.of(outcome.model_copy(update={"evidence": had}))
        assert [(one.id, round(one.time_s, 2), one.image) for one in seen.frames] == [
            ("F1", 0.5, large),
            ("F2", 1.0, image),
        ]
