"""Whole studies: what arrives at a server in each condition, what is paid for, and what is found."""

from __future__ import annotations

import io
import os
import signal
import wave
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cuewise.ablation.conditions import ConditionKind, Levels
from cuewise.ablation.reading import read_findings
from cuewise.ablation.study import Study, plan_study, prepare_study, run_study
from cuewise.analysis.modality import ModalityFindings
from cuewise.demo import demo_data
from cuewise.errors import InputError, RunError
from cuewise.media.degrade import brightness
from cuewise.media.images import decode_jpeg
from cuewise.media.store import MediaStore
from cuewise.models.protocol import Modality
from cuewise.models.scripted import Scripted
from cuewise.records import OutcomeKind
from cuewise.rejudging import rejudge
from cuewise.reports.words.modality import conclusions
from cuewise.result import RunResult, open_run
from cuewise.runs.budget import Budget
from cuewise.runs.conditions import Conditions
from cuewise.runs.limits import Limits
from cuewise.runs.manifest import Options
from support.agents import prompt_of, reply, stage_of
from support.chat_server import Call, ChatServer
from support.noticing import Noticing

LEVELS = Levels(blur=(0.04,), picture_noise_db=(5.0,), sound_noise_db=(5.0,))
KINDS = tuple(ConditionKind)
Lay = Callable[[Path], Path]


def served(server: ChatServer, **changes: Any) -> Options:
    values: dict[str, Any] = {
        "data": str(demo_data()),
        "tasks": ("SA",),
        "model": "openai-api/lab/omni",
        "model_base_url": server.base_url,
        "model_args": {"takes": "video,audio"},
        "judge": "openai-api/lab/judge",
        "judge_base_url": server.base_url,
    }
    return Options(**{**values, **changes})


def study_of(options: Options, workspace: Path, kinds: Sequence[ConditionKind] = KINDS, **how: Any) -> Study:
    return prepare_study(options, Conditions(workspace=workspace), kinds, LEVELS, name="study", **how)


class Arrived:
    """What arrived at a server in each condition, by the sample's clip."""

    def __init__(self, workspace: Path, results: Sequence[RunResult], calls: Sequence[Call]) -> None:
        self.store = MediaStore(workspace / "media")
        self.pieces = {path.stem: path for path in (workspace / "media" / "pieces").rglob("*.*")}
        self.answers = [call for call in calls if stage_of(call.request) == "answer"]
        self.verdicts = [call for call in calls if stage_of(call.request) == "verdicts"]
        self.by_condition: dict[str, list[Call]] = {}
        at, known = 0, set[str]()
        for result in results:
            # Questions that are alike, as those without media are, are asked once.
            new = {key for outcome in result.outcomes() for key in outcome.calls["answer"]} - known
            self.by_condition[result.name.partition(".")[2]] = self.answers[at : at + len(new)]
            at, known = at + len(new), known | new
        assert at == len(self.answers)

    def picture(self, sha: str) -> Any:
        return decode_jpeg(self.pieces[sha].read_bytes())

    def sound(self, sha: str) -> Any:
        with wave.open(io.BytesIO(self.pieces[sha].read_bytes())) as file:
            return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)


Ran = tuple[Path, list[RunResult], Arrived, Study]


@pytest.fixture(scope="module")
def study_run(decoded: Lay, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A served study of five samples under all conditions."""
    workspace = tmp_path_factory.mktemp("served")
    decoded(workspace)
    with ChatServer(reply) as server:
        study = study_of(served(server), workspace)
        results = run_study(study)
        assert server.problems == []
        return workspace, results, Arrived(workspace, results, server.calls), study


def test_the_runs_and_their_settings(study_run: Ran) -> None:
    workspace, results, _, study = study_run
    assert [result.name for result in results] == [
        f"study.{name}"
        for name in (
            *("together", "video", "audio", "words", "nothing", "conflict", "shuffled", "blur-0.04"),
            *("picture-noise-5dB", "sound-noise-5dB"),
        )
    ]
    assert study.left_out == ()
    hashes = {result.manifest.settings.sha256() for result in results}
    assert len(hashes) == len(results)
    together = results[0].manifest.settings
    assert "treatment" not in together.model_dump_json(exclude_defaults=True), "hashes of plain runs stay"
    assert together.differences(results[7].manifest.settings) == {"treatment": "was None, is blur-0.04-v1"}
    assert open_run("study.blur-0.04", workspace=workspace).manifest == results[7].manifest


def test_what_arrives_in_each_condition(study_run: Ran) -> None:
    _, results, arrived, _ = study_run
    sent = {
        name: [(len(call.images), len(call.sounds)) for call in calls]
        for name, calls in arrived.by_condition.items()
    }
    assert all(images >= 3 and sounds == 1 for images, sounds in sent["together"])
    assert sorted(sent["video"]) == sorted((images, 0) for images, _ in sent["together"])
    assert set(sent["audio"]) == {(0, 1)}
    assert set(sent["words"]) == {(0, 0)}
    assert sent["nothing"] == [(0, 0)], "without its clips, one question is the same as another"
    for name in ("conflict", "shuffled", "blur-0.04", "picture-noise-5dB", "sound-noise-5dB"):
        assert sorted(sent[name]) == sorted(sent["together"]), name
    told = prompt_of(arrived.by_condition["nothing"][0].request)
    assert "no picture" in told
    assert "no sound" in told
    assert {outcome.sent for outcome in results[4].outcomes()} == {()}


def together_of(arrived: Arrived, name: str) -> list[tuple[Call, Call]]:
    """Calls of a condition beside those of `together` on the same clip, told by what of it was not changed."""
    clean = arrived.by_condition["together"]
    assert len(arrived.by_condition[name]) == len(clean) == 5, "each sample was asked about anew"
    if name == "sound-noise-5dB":
        by_pictures = {call.images: call for call in clean}
        return [(by_pictures[call.images], call) for call in arrived.by_condition[name]]
    by_sound = {call.sounds: call for call in clean}
    return [(by_sound[call.sounds], call) for call in arrived.by_condition[name]]


def test_blurred_pictures_have_lost_their_fine_detail(
    study_run: Ran,
) -> None:
    _, _, arrived, _ = study_run
    for clean, blurred in together_of(arrived, "blur-0.04"):
        for a, b in zip(clean.images, blurred.images, strict=True):
            fine = [np.mean(np.diff(brightness(arrived.picture(sha)), axis=1) ** 2) for sha in (a, b)]
            assert fine[1] < 0.3 * fine[0]
            assert np.mean(arrived.picture(a)) == pytest.approx(np.mean(arrived.picture(b)), abs=3)


def test_noise_has_the_ratio_asked_for(study_run: Ran) -> None:
    _, _, arrived, _ = study_run
    for clean, noisy in together_of(arrived, "picture-noise-5dB"):
        for a, b in zip(clean.images, noisy.images, strict=True):
            before, after = brightness(arrived.picture(a)), brightness(arrived.picture(b))
            assert 10 * np.log10(before.var() / np.mean((after - before) ** 2)) == pytest.approx(5, abs=0.5)
    for clean, noisy in together_of(arrived, "sound-noise-5dB"):
        before, after = arrived.sound(clean.sounds[0]), arrived.sound(noisy.sounds[0])
        gain = (after @ before) / (before @ before)
        ratio = np.mean((gain * before) ** 2) / np.mean((after - gain * before) ** 2)
        assert 10 * np.log10(ratio) == pytest.approx(5, abs=0.5)


def test_shuffled_frames_are_the_same_bytes_in_another_order_under_the_same_words(
    study_run: Ran,
) -> None:
    _, _, arrived, _ = study_run
    for clean, shuffled in together_of(arrived, "shuffled"):
        assert sorted(clean.images) == sorted(shuffled.images)
        assert clean.images != shuffled.images
        assert prompt_of(clean.request) == prompt_of(shuffled.request), "the times give nothing away"


def test_in_conflict_the_sound_is_another_clip_s_own(
    study_run: Ran,
) -> None:
    _, results, arrived, _ = study_run
    clean = {outcome.sample.id: outcome for outcome in results[0].outcomes()}
    sounds = {call.images: call.sounds for call in arrived.by_condition["together"]}
    assert len(arrived.by_condition["conflict"]) == 5
    for call in arrived.by_condition["conflict"]:
        assert call.sounds != sounds[call.images]
        assert call.sounds in sounds.values()
    for outcome in results[5].outcomes():
        source = outcome.sample.sound_from
        assert source is not None
        partner = clean[source.sample].sample
        assert source.labels == partner.labels != outcome.sample.labels
        assert outcome.sample.labels == clean[outcome.sample.id].sample.labels
        assert outcome.sample.transcript == partner.transcript


def test_the_judge_sees_the_clip_as_it_is(study_run: Ran) -> None:
    """In every condition the same frames; in conflict the evidence of the sound is of the sound that was given."""
    _, results, arrived, _ = study_run
    clean = {image for call in arrived.by_condition["together"] for image in call.images}
    assert {image for call in arrived.verdicts for image in call.images} == clean

    def voice(result: RunResult) -> dict[str, list[str | None]]:
        return {
            outcome.sample.id: [piece.text for piece in outcome.evidence if piece.id.startswith("A")]
            for outcome in result.outcomes()
        }

    by_name = {result.name.partition(".")[2]: result for result in results}
    assert voice(by_name["sound-noise-5dB"]) == voice(by_name["together"]) == voice(by_name["nothing"])
    own = voice(by_name["together"])
    for outcome in by_name["conflict"].outcomes():
        assert outcome.sample.sound_from is not None
        heard = [piece.text for piece in outcome.evidence if piece.id.startswith("A")]
        assert heard == own[outcome.sample.sound_from.sample]


def test_the_same_study_again_pays_for_nothing_and_sends_the_same(
    study_run: Ran,
    tmp_path: Path,
    decoded: Lay,
) -> None:
    workspace, results, arrived, _ = study_run
    with ChatServer(reply) as server:
        again = run_study(study_of(served(server), workspace))
        assert server.calls == []
        assert [list(run.outcomes()) for run in again] == [list(run.outcomes()) for run in results]
        # In another workspace, from the clips anew: the same bytes, as the same seed draws the same noise.
        decoded(tmp_path)
        fresh = run_study(
            study_of(served(server), tmp_path, (ConditionKind.TOGETHER, ConditionKind.SOUND_NOISE))
        )
        sounds = {
            call.sounds for call in Arrived(tmp_path, fresh, server.calls).by_condition["sound-noise-5dB"]
        }
    assert sounds == {call.sounds for call in arrived.by_condition["sound-noise-5dB"]}


def test_no_clip_is_decoded_twice_and_media_is_degraded_once_for_all_models(
    study_run: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With everything in the store, no worker starts, for another model neither."""
    workspace, *_ = study_run
    monkeypatch.setattr("cuewise.media.pool.WORKER_COMMAND", ("false",))
    with ChatServer(reply) as server:
        options = served(server, model="openai-api/lab/other")
        other = prepare_study(options, Conditions(workspace=workspace), KINDS, LEVELS, name="other")
        results = run_study(other)
    assert {outcome.kind for result in results for outcome in result.outcomes()} == {OutcomeKind.SCORED}


def test_a_degraded_run_is_judged_again_without_an_answer(
    study_run: Ran,
) -> None:
    workspace, *_ = study_run
    for name in ("study.sound-noise-5dB", "study.conflict", "study.shuffled"):
        again = rejudge(name, "offline/rules", Conditions(workspace=workspace))
        assert {outcome.kind for outcome in again.outcomes()} == {OutcomeKind.SCORED}
        assert (
            again.manifest.settings.treatment
            == open_run(name, workspace=workspace).manifest.settings.treatment
        )


def test_a_study_that_was_stopped_goes_on(decoded: Lay, tmp_path: Path) -> None:
    """A budget of tokens stops it in the middle; the rest is made by the same study without one, nothing twice."""
    decoded(tmp_path)
    kinds = (ConditionKind.TOGETHER, ConditionKind.SOUND_NOISE, ConditionKind.NOTHING)
    with ChatServer(reply) as server:
        limits = Limits(budget=Budget(tokens=30_000))
        options = served(server, judge="offline/rules", judge_base_url=None)
        bounded = prepare_study(
            options, Conditions(workspace=tmp_path, limits=limits, concurrency=1), kinds, LEVELS, name="study"
        )
        stopped = run_study(bounded)
        assert stopped[-1].budget_reached
        before = len(server.calls)
        assert 0 < before < 11
        results = run_study(study_of(options, tmp_path, kinds))
        assert [result.finished for result in results] == [True, True, True]
        assert len(server.calls) == 5 + 5 + 1
        assert not any(call.duplicate for call in server.calls)


def test_an_interrupted_study_goes_on(decoded: Lay, tmp_path: Path) -> None:
    """Interrupted while the second condition is asked; the same study makes the rest, and nothing twice."""
    decoded(tmp_path)
    kinds = (ConditionKind.TOGETHER, ConditionKind.VIDEO, ConditionKind.AUDIO)

    def interrupting(request: dict[str, Any]) -> str:
        if len(server.calls) == 7:
            os.kill(os.getpid(), signal.SIGINT)
        return reply(request)

    with ChatServer(interrupting) as server:
        options = served(server, judge="offline/rules", judge_base_url=None)
        one_by_one = Conditions(workspace=tmp_path, concurrency=1)
        study = prepare_study(options, one_by_one, kinds, LEVELS, name="study")
        stopped = run_study(study)
        assert [result.finished for result in stopped] == [True, False]
        assert 7 <= len(server.calls) < 10
        results = run_study(study)
        assert [result.finished for result in results] == [True, True, True]
        assert len(server.calls) == 15
        assert not any(call.duplicate for call in server.calls)


def test_a_plan_asks_nothing_and_tells_each_condition(study_run: Ran) -> None:
    workspace, *_ = study_run
    with ChatServer(reply) as server:
        options = served(
            server,
            model="openai-api/lab/unasked",
            audio_clue="openai-api/lab/gpt-audio",
            evidence_base_url=server.base_url,
        )
        plans = plan_study(prepare_study(options, Conditions(workspace=workspace), KINDS, LEVELS))
        assert server.calls == []
    known = [sum(stage.known for stage in plan.stages if stage.stage == "answer") for plan in plans]
    assert known == [5, 5, 5, 5, 1, 5, 5, 5, 5, 5]
    evidence = [sum(stage.known for stage in plan.stages if stage.stage == "evidence") for plan in plans]
    assert evidence == [5, *[0] * 9], "what agents tell of the clips is asked once for all conditions"


# --- what is found ---------------------------------------------------------------------------------


FACTORS = {"blur-0.04": 0.0, "sound-noise-5dB": 1.0, "shuffled": 0.0}


@pytest.fixture(scope="module")
def planted(decoded: Lay, tmp_path_factory: pytest.TempPathFactory) -> ModalityFindings:
    """All 47 samples, by a model that sees all, hears little, follows the picture, and loses all by blur."""
    workspace = tmp_path_factory.mktemp("planted")
    decoded(workspace)
    model = Noticing(
        workspace / "media", FACTORS, sees=1.0, hears=0.3, reads=0.0, follows_sound=0.1, invents=0.5, seed=2
    )
    options = Options(data=str(demo_data()), model=model.name)
    left_out = {ConditionKind.PICTURE_NOISE, ConditionKind.WORDS}
    kinds = [kind for kind in ConditionKind if kind not in left_out]
    results = run_study(study_of(options, workspace, kinds, model=model), model=model)
    (findings,) = read_findings(results)
    return findings


@pytest.mark.slow
def test_planted_skill_is_found(planted: ModalityFindings) -> None:
    scores = {line.run.name: line.scores["recognition"] for line in planted.lines}
    assert scores["together"].percent == scores["video"].percent == scores["sound-noise-5dB"].percent == 100
    assert scores["audio"].interval is not None
    assert scores["audio"].interval.low < 30 + 70 / 6 < scores["audio"].interval.high, (
        "three tenths, and guesses"
    )
    differences = {line.run.name: line.difference for line in planted.lines}
    for name in ("audio", "nothing", "blur-0.04", "shuffled"):
        result = differences[name]
        assert result is not None
        assert result.p_adjusted is not None
        assert result.p_adjusted < 0.05, name
        assert result.difference < -15, name
    same = differences["sound-noise-5dB"]
    assert same is not None
    assert (same.difference, same.p_value) == (0, 1)


@pytest.mark.slow
def test_planted_fusion_and_conflict_are_found(planted: ModalityFindings) -> None:
    overall = planted.fusion[-1]
    assert (overall.task, overall.best) == ("", "video")
    assert (overall.gain, overall.helps) == (0, False), "who sees all gains nothing by hearing"
    followed = planted.conflict[0]
    assert followed.sound_of_decided is not None
    assert followed.sound_of_decided.interval.high < 50, "it follows the picture"
    assert followed.shares["picture"].percent > followed.shares["sound"].percent


@pytest.mark.slow
def test_planted_inventions_are_found_and_nothing_else(planted: ModalityFindings) -> None:
    by_name = {each.run.name: each for each in planted.invented}
    assert set(by_name) == {"video", "audio", "nothing"}
    for each in by_name.values():
        assert each.answers.interval.low < 50 < each.answers.interval.high
        assert each.examples


@pytest.mark.slow
def test_the_planted_fall_by_blur_is_found(planted: ModalityFindings) -> None:
    curves = {curve.kind: curve for curve in planted.curves}
    assert curves["blur"].half is not None
    assert 0 < curves["blur"].half < 0.04
    assert curves["sound-noise"].retained(0) == pytest.approx(100)


@pytest.mark.slow
def test_what_a_model_does_not_do_is_not_claimed(decoded: Lay, tmp_path: Path) -> None:
    """It sees as well as it hears and follows either as often, invents nothing, and minds neither order nor noise; what
    it hears adds nothing to what it sees, as sound alone is all that it needs."""
    decoded(tmp_path)
    rates = {"sees": 1.0, "hears": 1.0, "reads": 0.0, "follows_sound": 0.5, "invents": 0.0}
    model = Noticing(tmp_path / "media", {}, **rates)
    kinds = [
        *(ConditionKind.TOGETHER, ConditionKind.VIDEO, ConditionKind.AUDIO, ConditionKind.NOTHING),
        *(ConditionKind.CONFLICT, ConditionKind.SHUFFLED, ConditionKind.SOUND_NOISE),
    ]
    options = Options(data=str(demo_data()), model=model.name, modalities=("video", "audio"))
    (findings,) = read_findings(run_study(study_of(options, tmp_path, kinds, model=model), model=model))
    assert not any(gain.helps for gain in findings.fusion)
    decided = findings.conflict[0].sound_of_decided
    assert decided is not None
    assert decided.count == 45
    assert decided.interval.low < 50 < decided.interval.high
    assert findings.conflict[0].expected_sound == 50
    assert [each.answers.percent for each in findings.invented] == [0, 0, 0]
    told = " ".join(conclusions(findings))
    for words in (
        "It is not shown that all together are better than the best modality alone",
        "It is not shown that the model follows one rather than the other",
        "which this fits",
        "No answer cites evidence of a kind that the model was not given",
        "it keeps 100.0 % at sound noise at 5 dB",
        "It is not shown that the order of frames matters",
    ):
        assert words in told
    assert "gives something away" not in told


# --- what cannot be studied ------------------------------------------------------------------------


def test_a_model_that_only_sees(study_run: Ran) -> None:
    workspace, *_ = study_run
    model = Scripted(
        "test/eyes", lambda _: "The face is calm.\nFinal answer: neutral", takes=(Modality.VIDEO,)
    )
    options = Options(data=str(demo_data()), model=model.name, tasks=("SA",))
    study = prepare_study(options, Conditions(workspace=workspace), KINDS, LEVELS, name="eyes", model=model)
    assert [job.condition.name for job in study.jobs] == [
        *("together", "nothing", "shuffled", "blur-0.04", "picture-noise-5dB"),
    ]
    assert {each.kind.value for each in study.left_out} == {
        "video",
        "audio",
        "words",
        "conflict",
        "sound-noise",
    }
    results = run_study(study, model=model)
    assert all(result.finished for result in results)


def test_what_is_refused_before_anything_is_paid_for(decoded: Lay, tmp_path: Path) -> None:
    decoded(tmp_path)
    deaf = Scripted("test/none", lambda _: "", takes=())
    options = Options(data=str(demo_data()), model="test/none")
    with pytest.raises(InputError, match="nothing of a clip"):
        study_of(options, tmp_path, model=deaf)
    both = options.model_copy(update={"model": "simulated/attending"})
    with pytest.raises(InputError, match="none is named"):
        study_of(both, tmp_path, (ConditionKind.TOGETHER,))
    with pytest.raises(InputError, match="answered elsewhere"):
        study_of(options.model_copy(update={"model": "imported/x"}), tmp_path)
    (tmp_path / "runs" / "study").mkdir(parents=True)
    (tmp_path / "runs" / "study" / "manifest.json").write_text("{}")
    with pytest.raises(RunError, match="choose another --study"):
        study_of(both, tmp_path)
    assert not (tmp_path / "calls.sqlite").exists()


@pytest.mark.parametrize(
    ("changes", "levels", "told"),
    [
        ({"max_frames": 3}, LEVELS, "frame_rule was"),
        ({"limit": 2}, LEVELS, "n_samples was 5, is 2"),
        ({"modalities": ("video", "audio")}, LEVELS, "in study.together: modalities was"),
        (
            {},
            replace(LEVELS, seed=1),
            "in study.conflict: treatment was conflict-seed0-v1, is conflict-seed1",
        ),
    ],
    ids=["frames", "samples", "modalities", "seed"],
)
def test_a_study_is_not_gone_on_with_under_other_settings(
    changes: dict[str, Any], levels: Levels, told: str, study_run: Ran
) -> None:
    workspace, *_ = study_run
    with ChatServer(reply) as server:
        options = served(server, **changes)
        with pytest.raises(RunError, match=r"choose another --study") as caught:
            prepare_study(options, Conditions(workspace=workspace), KINDS, levels, name="study")
        assert server.calls == []
    assert told in str(caught.value)


def test_samples_that_cannot_be_given_take_no_part_and_say_why(decoded: Lay, tmp_path: Path) -> None:
    """One sample has no partner, and one frame no order: both conditions are empty, and the others go on."""
    decoded(tmp_path)
    options = Options(
        data=str(demo_data()), tasks=("SA",), limit=1, max_frames=1, model="simulated/attending"
    )
    kinds = (ConditionKind.TOGETHER, ConditionKind.CONFLICT, ConditionKind.SHUFFLED, ConditionKind.NOTHING)
    results = run_study(study_of(options, tmp_path, kinds))
    ended = {
        result.name.partition(".")[2]: [(outcome.kind, outcome.cause) for outcome in result.outcomes()]
        for result in results
    }
    assert ended["conflict"] == [(OutcomeKind.BROKEN_CLIP, "no_partner")]
    assert ended["shuffled"] == [(OutcomeKind.BROKEN_CLIP, "too_few_frames")]
    assert ended["together"] == ended["nothing"] == [(OutcomeKind.SCORED, None)]
    (message,) = [outcome.message for outcome in results[2].outcomes()]
    assert "cannot be lent another's sound: no clip of other labels" in message
    (findings,) = read_findings(results)
    assert {line.run.name: line.count for line in findings.lines} == {
        "together": 1,
        "nothing": 1,
        "conflict": 0,
        "shuffled": 0,
    }
    assert findings.conflict == ()
