"""Whole runs: against a served model, again and again, judged by another judge, on real data."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cuewise import Conditions, Options, RunResult, evaluate, open_run, rejudge
from cuewise.demo import demo_data
from cuewise.errors import InputError, RunError
from cuewise.media.store import MediaStore
from cuewise.models.protocol import Completion, Request
from cuewise.models.scripted import Scripted
from cuewise.records import Protocol
from cuewise.runs.caller import RetryPolicy
from cuewise.runs.outcomes import OutcomeStore
from cuewise.runs.store import CallStore
from cuewise.verdicts.panel import PanelRule
from support.agents import prompt_of, reply, stage_of
from support.chat_server import FAULTS, ChatServer
from support.models import FakeModel
from support.outcomes import refuse_next_commit

KEY = "sk-test-0123456789abcdef0123456789abcdef"


def served(server: ChatServer, **changes: Any) -> Options:
    """Options of a run on the shipped clips with a served model as all three agents."""
    values: dict[str, Any] = {
        "data": str(demo_data()),
        "limit": 8,
        "model": "openai/some-vision-model",
        "model_base_url": server.base_url,
        "judge": "openai/some-judge",
        "judge_base_url": server.base_url,
    }
    return Options(**{**values, **changes})


@pytest.fixture
def clips_decoded(decoded: Callable[[Path], Path], tmp_path: Path) -> None:
    """As if the clips had been decoded before."""
    decoded(tmp_path)


def stages(server: ChatServer) -> Counter[str]:
    return Counter(stage_of(call.request) for call in server.calls)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return KEY


def test_a_served_run_sends_the_clips_own_frames_and_scores_them(tmp_path: Path, key: str) -> None:
    with ChatServer(reply, api_key=key) as server:
        result = evaluate(served(server), Conditions(workspace=tmp_path))
    assert result.finished
    assert server.problems == []
    assert stages(server) == {"answer": 8, "steps": 8, "verdicts": 8}
    figures = result.summary.overall()
    assert figures.coverage == 100
    assert figures.reasoning == 50, "the judge finds one of two reasons right"
    first_is_gold = [outcome.sample.label_set[0] in outcome.sample.labels for outcome in result.outcomes()]
    assert [outcome.score.recognition > 0 for outcome in result.outcomes() if outcome.score] == first_is_gold
    # The pictures that arrived are the stored frames of the clips, byte for byte, for model and judge alike.
    store = MediaStore(tmp_path / "media")
    stored = set()
    for outcome in result.outcomes():
        frames = [piece.image for piece in outcome.evidence if piece.image is not None]
        assert frames
        for ref in frames:
            assert hashlib.sha256(store.read(ref)).hexdigest() == ref.sha256
            stored.add(ref.sha256)
    for stage in ("answer", "verdicts"):
        sent = {sha for call in server.calls if stage_of(call.request) == stage for sha in call.images}
        assert sent == stored


def test_no_key_is_written_anywhere(tmp_path: Path, key: str) -> None:
    with ChatServer(reply, api_key="another") as server:
        result = evaluate(served(server, limit=2), Conditions(workspace=tmp_path))
    assert {outcome.kind.value for outcome in result.outcomes()} == {"model_failure"}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert key.encode() not in path.read_bytes(), path
    assert all(key not in outcome.message for outcome in result.outcomes())


@pytest.mark.usefixtures("clips_decoded")
def test_the_same_command_again_pays_for_nothing(tmp_path: Path, key: str) -> None:
    with ChatServer(reply) as server:
        first = evaluate(served(server), Conditions(workspace=tmp_path))
        before = len(server.calls)
        again = evaluate(served(server), Conditions(workspace=tmp_path))
        assert len(server.calls) == before
    assert again.name == first.name
    assert again.tally.made == 0
    assert again.summary.to_json() == first.summary.to_json()
    assert list(again.outcomes()) == list(first.outcomes())
    assert first.folder.digest_path.exists(), (
        "the run holds its outcomes, so it keeps what they come to at once"
    )
    assert open_run(first.name, workspace=tmp_path).summary.to_json() == first.summary.to_json()


@pytest.mark.usefixtures("clips_decoded")
def test_another_judge_repeats_no_answer_and_no_extraction(tmp_path: Path, key: str) -> None:
    with ChatServer(reply) as server:
        first = evaluate(served(server), Conditions(workspace=tmp_path))
        before = stages(server)
        second = rejudge(
            first.name,
            "openai/other-judge",
            Conditions(workspace=tmp_path),
            judge_base_url=server.base_url,
        )
        assert stages(server) - before == {"verdicts": 8}
        third = rejudge(first.name, "offline/rules", Conditions(workspace=tmp_path))
        assert stages(server) - before == {"verdicts": 8}
    assert len({first.name, second.name, third.name}) == 3
    assert second.manifest.settings.extractor.name == "openai/some-judge"
    assert third.manifest.settings.judge.name == "offline/rules"
    answers = [[outcome.answer for outcome in run.outcomes()] for run in (first, second, third)]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.usefixtures("clips_decoded")
def test_both_protocols_from_the_same_answers(tmp_path: Path, key: str) -> None:
    with ChatServer(reply) as server:
        paper = evaluate(served(server), Conditions(workspace=tmp_path))
        before = stages(server)
        options = served(server).model_copy(update={"protocol": Protocol.GROUNDED})
        grounded = evaluate(options, Conditions(workspace=tmp_path))
        # Eight samples: only their verdicts are new.
        assert stages(server) - before == {"verdicts": 8}
        again = rejudge(paper.name, protocol=Protocol.GROUNDED, conditions=Conditions(workspace=tmp_path))
        assert stages(server) - before == {"verdicts": 8}
        asked = [prompt_of(call.request) for call in server.calls[-8:]]
    assert not any("Correct label" in prompt for prompt in asked)
    assert paper.name != grounded.name
    assert grounded.manifest.settings.protocol is Protocol.GROUNDED
    assert "verdicts/judge_grounded" in grounded.manifest.settings.prompts
    figures = grounded.summary.overall()
    # One of two reasons is supported and bears on the label; the other is contradicted.
    assert figures.reasoning == 50
    assert figures.grounding is not None
    assert figures.grounding.contradicted is not None
    assert figures.grounding.contradicted.percent == 50
    assert again.summary.to_json() == grounded.summary.to_json()
    for outcome in grounded.outcomes():
        assert outcome.protocol is Protocol.GROUNDED
        assert [verdict.evidence for verdict in outcome.verdicts[:2]] == [("F1",), ("F1",)]
        assert outcome.reading is not None
        assert outcome.verdicts[-1].labels == outcome.reading.labels


@pytest.mark.usefixtures("clips_decoded")
def test_a_panel_of_served_judges(tmp_path: Path, key: str) -> None:
    """Judge b finds every reason right, so that the two part on the second reason of each answer."""

    def judges(request: dict[str, Any]) -> str:
        text = reply(request)
        return text.replace('"rating": 0', '"rating": 1') if request["model"] == "b" else text

    with ChatServer(judges) as server:
        options = served(server, limit=4).model_copy(
            update={"judge": "openai/a", "more_judges": ("openai/b",), "judge_repeats": 2}
        )
        result = evaluate(options, Conditions(workspace=tmp_path))
        calls = stages(server)
        tie = evaluate(options, Conditions(workspace=tmp_path))
        mean = evaluate(
            options.model_copy(update={"panel_rule": PanelRule.MEAN}), Conditions(workspace=tmp_path)
        )
        assert stages(server) == calls, "another rule asks nobody"
    assert calls["verdicts"] == 4 * 2 * 2
    assert [judge.name for judge in result.manifest.settings.judges] == ["openai/a", "openai/b"]
    figures = result.summary.overall()
    assert figures.reasoning == 50, "a tie goes against the second reason"
    assert mean.summary.overall().reasoning == 75
    assert tie.summary.to_json() == result.summary.to_json()
    panel = figures.panel
    assert panel is not None
    assert panel.retest is not None
    assert panel.retest.percent == 100
    # The judges agree on the first reason and not on the second.
    assert panel.between is not None
    assert panel.between.percent == 50
    assert {vote.judge for outcome in result.outcomes() for vote in outcome.votes} == {"openai/a", "openai/b"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"more_judges": ("offline/rules",)}, "named twice"),
        ({"prompts": "nowhere.json"}, "need a model as --judge"),
        ({"judge": "openai/j", "prompts": "nowhere.json"}, "nowhere.json"),
        ({"judge_args": {"json_schema": "true"}}, "--judge-arg.* need a model as --judge"),
        ({"judge": "openai/j", "judge_args": {"json_shema": "true"}}, "did you mean json_schema"),
        ({"judge_base_url": "http://localhost:1/v1"}, "--judge-base-url.* needs a model as --judge"),
        (
            {"judge_repeats": 2},
            "--judge-repeats needs a model as --judge; offline/rules always says the same",
        ),
        ({"panel_rule": PanelRule.MEAN}, "--panel mean needs another --judge"),
    ],
)
def test_judges_that_cannot_be_had(tmp_path: Path, key: str, changes: dict[str, Any], message: str) -> None:
    options = Options(data=str(demo_data()), model="baseline/majority").model_copy(update=changes)
    with pytest.raises(InputError, match=message):
        evaluate(options, Conditions(workspace=tmp_path))


@pytest.mark.usefixtures("clips_decoded")
def test_settings_of_the_judge_are_its_own_and_outlast_judging_again(tmp_path: Path, key: str) -> None:
    def schemas(server: ChatServer) -> Counter[str]:
        return Counter(stage_of(call.request) for call in server.calls if "response_format" in call.request)

    held = {"json_schema": "true"}
    with ChatServer(reply) as server:
        first = evaluate(served(server, limit=2, judge_args=held), Conditions(workspace=tmp_path))
        assert schemas(server) == {"steps": 2, "verdicts": 2}
        assert first.manifest.settings.judge.parameters == {"json_schema": True}
        assert first.manifest.settings.model.parameters == {}
    with ChatServer(reply) as server:
        # Another judge has settings of its own; the steps are those that were read before.
        where: dict[str, Any] = {
            "conditions": Conditions(workspace=tmp_path),
            "judge_base_url": server.base_url,
        }
        other = rejudge(first.name, "openai/k", **where)
        assert (stages(server), schemas(server)) == ({"verdicts": 2}, {})
        third = rejudge(other.name, "openai/l", judge_args=held, **where)
        assert (stages(server), schemas(server)) == ({"verdicts": 4}, {"verdicts": 2})
    assert third.summary.overall().coverage == 100


@pytest.mark.usefixtures("clips_decoded")
def test_a_judge_that_takes_no_pictures_is_shown_none(tmp_path: Path, key: str) -> None:
    with ChatServer(reply) as server:
        blind = served(
            server, limit=2, judge="openai/gpt-3.5-turbo", model="baseline/majority", model_base_url=None
        )
        result = evaluate(blind, Conditions(workspace=tmp_path))
        told = served(server, limit=2, judge_args={"takes": "video"}, judge="openai/gpt-3.5-turbo")
        assert [len(call.images) for call in server.calls] == [0] * 4
        shown = evaluate(told, Conditions(workspace=tmp_path))
    assert any(call.images for call in server.calls[4:] if stage_of(call.request) == "verdicts")
    assert result.summary.overall().coverage == 100
    assert result.manifest.settings.judge.parameters == {"frames": False}
    assert shown.manifest.settings.judge.parameters == {}


def test_thinking_that_is_written_inline_changes_no_score(
    tmp_path: Path, key: str, decoded: Callable[[Path], Path]
) -> None:
    def thinks(request: dict[str, Any]) -> str:
        opening = "" if stage_of(request) == "steps" else "<think>"  # one template has written it already
        return f"{opening}Not sad. {{Is this JSON?}}\n</think>\n\n{reply(request)}"

    results = []
    for say in (reply, thinks):
        with ChatServer(say) as server:
            workspace = decoded(tmp_path / say.__name__)
            result = evaluate(served(server, limit=3), Conditions(workspace=workspace))
            figures = result.summary.overall()
            results.append(
                (figures.coverage, figures.recognition, figures.reasoning, figures.cot, figures.avg_step)
            )
    assert results[0] == results[1]
    assert figures.coverage == 100
    for outcome in result.outcomes():
        assert outcome.answer is not None
        assert outcome.answer.thinking == "Not sad. {Is this JSON?}"
        assert "think>" not in outcome.answer.text


@pytest.mark.usefixtures("clips_decoded")
def test_an_answer_cut_off_in_mid_thought_is_truncated(tmp_path: Path, key: str) -> None:
    with ChatServer("<think>Her brows", faults=[FAULTS["length"]] * 2) as server:
        options = served(server, limit=2, judge="offline/rules", judge_base_url=None)
        result = evaluate(options, Conditions(workspace=tmp_path))
    assert result.summary.overall().outcomes == {"truncated_answer": 2}


@pytest.mark.usefixtures("clips_decoded")
def test_a_model_that_judges_itself_is_opened_once(tmp_path: Path, key: str) -> None:
    with ChatServer(reply, latency_s=0.05) as server:
        options = served(server, judge="openai/some-vision-model")
        result = evaluate(options, Conditions(workspace=tmp_path, concurrency=2))
        assert server.max_in_flight == 2
    assert result.summary.overall().coverage == 100


@pytest.mark.usefixtures("clips_decoded")
def test_judging_again_asks_no_model_for_a_missing_answer(tmp_path: Path, key: str) -> None:
    once = RetryPolicy(tries=1)
    with ChatServer(reply, fault_rate=1.0, fault_kinds=("server_error",)) as server:
        broken = evaluate(served(server, limit=3), Conditions(workspace=tmp_path, retry=once))
        before = len(server.calls)
        again = rejudge(broken.name, "offline/rules", Conditions(workspace=tmp_path, retry=once))
        assert len(server.calls) == before
    assert [(failure.kind.value, failure.cause, failure.count) for failure in again.failures()] == [
        ("model_failure", "not_stored", 3)
    ]


@pytest.mark.usefixtures("clips_decoded")
def test_a_judge_cannot_talk_a_wrong_label_right(tmp_path: Path, key: str) -> None:
    """The judge rates everything 1; the first candidate is the right label of some samples alone."""

    def lenient(request: dict[str, Any]) -> str:
        text = reply(request)
        return text.replace('"rating": 0', '"rating": 1') if stage_of(request) == "verdicts" else text

    with ChatServer(lenient) as server:
        options = served(server, tasks=("ER-Lab", "SA"), limit=12)
        result = evaluate(options, Conditions(workspace=tmp_path))
    for outcome in result.outcomes():
        assert outcome.score is not None
        assert outcome.score.judged_recognition == 1
        assert (outcome.score.recognition > 0) == (outcome.sample.label_set[0] in outcome.sample.labels)


def test_inside_a_running_loop_as_in_a_notebook(tmp_path: Path) -> None:
    async def cell() -> RunResult:
        options = Options(data=str(demo_data()), model="baseline/majority", limit=2)
        return evaluate(options, Conditions(workspace=tmp_path))

    assert asyncio.run(cell()).summary.overall().coverage == 100


@pytest.mark.usefixtures("clips_decoded")
def test_a_server_that_echoes_the_key(tmp_path: Path, key: str) -> None:
    with ChatServer(lambda request: f"Your key is {key}. Final answer: neutral") as server:
        options = served(server, limit=1, judge="offline/rules", judge_base_url=None)
        result = evaluate(options, Conditions(workspace=tmp_path))
    assert result.summary.overall().coverage == 100
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert key.encode() not in path.read_bytes(), path


def test_a_media_folder_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file where a folder should be")
    options = Options(data=str(demo_data()), model="baseline/prosody", limit=2)
    with pytest.raises(RunError, match="clips cannot be prepared"):
        evaluate(options, Conditions(workspace=tmp_path))


@pytest.mark.usefixtures("clips_decoded")
def test_a_mended_judge_is_asked_again_with_more_tries(tmp_path: Path, key: str) -> None:
    def unwell(request: dict[str, Any]) -> str:
        return "no idea" if stage_of(request) == "verdicts" else reply(request)

    with ChatServer(unwell) as server:
        broken = evaluate(served(server, limit=3), Conditions(workspace=tmp_path))
    assert broken.summary.overall().outcomes == {"judge_failure": 3}
    with ChatServer(reply) as server:
        same = evaluate(served(server, limit=3), Conditions(workspace=tmp_path))
        assert (same.summary.overall().outcomes, server.calls) == ({"judge_failure": 3}, [])
        mended = evaluate(served(server, limit=3), Conditions(workspace=tmp_path, agent_tries=4))
    assert mended.summary.overall().outcomes == {"scored": 3}
    assert stages(server) == {"verdicts": 3}


@pytest.mark.usefixtures("clips_decoded")
def test_damaged_outcomes_are_made_anew(tmp_path: Path) -> None:
    options = Options(data=str(demo_data()), model="baseline/majority")
    first = evaluate(options, Conditions(workspace=tmp_path))
    first.folder.outcomes_path.write_bytes(b"no database" * 100)
    with pytest.raises(RunError, match="run its command again"):
        open_run(first.name, workspace=tmp_path)
    again = evaluate(options, Conditions(workspace=tmp_path))
    assert again.tally.made == 0
    assert len(list(again.outcomes())) == 47


@pytest.mark.usefixtures("clips_decoded")
def test_judging_again_needs_no_key_of_the_model(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ChatServer(reply) as server:
        first = evaluate(served(server, limit=2), Conditions(workspace=tmp_path))
    monkeypatch.delenv("OPENAI_API_KEY")
    again = rejudge(first.name, "offline/rules", Conditions(workspace=tmp_path))
    assert again.summary.overall().coverage == 100
    assert again.tally.made == 0


def test_another_model_decodes_no_clip_again(tmp_path: Path, key: str) -> None:
    with ChatServer(reply) as server:
        evaluate(served(server), Conditions(workspace=tmp_path))
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "media").rglob("*") if path.is_file()}
        evaluate(served(server, model="openai/another-model"), Conditions(workspace=tmp_path))
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "media").rglob("*") if path.is_file()}
    assert after == before


def test_a_flaky_server_changes_no_score(tmp_path: Path, key: str, decoded: Callable[[Path], Path]) -> None:
    calm, rough = decoded(tmp_path / "calm"), decoded(tmp_path / "rough")
    with ChatServer(reply) as server:
        expected = evaluate(served(server, limit=32), Conditions(workspace=calm))
    quick = RetryPolicy(tries=30, first_wait_s=0.01, longest_wait_s=0.1)
    kinds = ("server_error", "reset", "cut_off", "html", "empty_body", "truncated_json")
    with ChatServer(reply, fault_rate=0.2, fault_kinds=kinds) as server:
        found = evaluate(served(server, limit=32), Conditions(workspace=rough, retry=quick))
        assert sum(call.fault is not None for call in server.calls) > 5
        assert not any(call.duplicate for call in server.calls), "no answered call is made again"
    assert found.summary.to_json() == expected.summary.to_json()
    assert found.tally.failed_attempts > 5


@pytest.mark.usefixtures("clips_decoded")
def test_a_server_that_never_answers_fails_samples_and_a_later_run_mends_them(
    tmp_path: Path, key: str
) -> None:
    once = RetryPolicy(tries=2, first_wait_s=0.001)
    with ChatServer(reply, fault_rate=1.0, fault_kinds=("server_error",)) as server:
        broken = evaluate(served(server, limit=4), Conditions(workspace=tmp_path, retry=once))
        options = served(server, limit=4)
    assert broken.summary.overall().outcomes == {"model_failure": 4}
    assert broken.summary.overall().coverage == 0
    assert broken.summary.overall().recognition == 0
    with ChatServer(reply) as server:
        mended = evaluate(
            options.model_copy(update={"model_base_url": server.base_url, "judge_base_url": server.base_url}),
            Conditions(workspace=tmp_path),
        )
    assert mended.name == broken.name
    assert mended.summary.overall().coverage == 100


# --- what is refused before anything is paid for ---------------------------------------------------


@pytest.mark.usefixtures("clips_decoded")
def test_a_run_with_other_settings_is_not_overwritten(tmp_path: Path) -> None:
    options = Options(data=str(demo_data()), model="baseline/majority")
    evaluate(options, Conditions(workspace=tmp_path, run="mine"))
    with pytest.raises(RunError, match=r"mine.*other settings.*model"):
        evaluate(
            Options(data=str(demo_data()), model="simulated/careful"),
            Conditions(workspace=tmp_path, run="mine"),
        )


@pytest.mark.usefixtures("clips_decoded")
def test_a_name_used_again_for_other_samples_says_which(tmp_path: Path) -> None:
    data = tmp_path / "mine.jsonl"
    data.write_text((demo_data() / "manifest.jsonl").read_text("utf-8"), encoding="utf-8")
    options = Options(
        data=str(data), clips=str(demo_data()), model="simulated/careful", tasks=("SA", "IR"), limit=2
    )
    conditions = Conditions(workspace=tmp_path, run="mine")
    evaluate(options, conditions)
    with pytest.raises(
        RunError, match=r"other settings \(tasks was (SA, IR|IR, SA), is SA\): choose another"
    ):
        evaluate(options.model_copy(update={"tasks": ("SA",)}), conditions)
    with pytest.raises(RunError, match=r"other settings \(n_samples was 2, is 4\): choose another"):
        evaluate(options.model_copy(update={"limit": 4}), conditions)
    data.write_text(data.read_text("utf-8").replace("negative", "negativ"), encoding="utf-8")
    with pytest.raises(RunError, match="the dataset mine has changed since run mine began"):
        evaluate(options, conditions)


OMNI: dict[str, Any] = {
    "model": "openai-api/alibaba/qwen3-omni-flash",
    "model_base_url": "http://localhost:1/v1",
    "model_args": {"style": "dashscope"},
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"modalities": ("smell",)}, "unknown modality smell"),
        ({"modalities": ("video",)}, "baseline/majority cannot be given video"),
        ({"video": "file"}, "is not given the picture"),
        ({"model": "x", "model_base_url": "http://localhost:1/v1", "video": "file"}, "video_files=true"),
        (OMNI, "qwen3-omni-flash takes one kind of media.* use --video file"),
        ({"model": "baseline/majorty"}, "majority"),
        ({"model": "nonsense"}, "nonsense.*with --model-base-url any name will do"),
        ({"judge": "nonsense"}, "nonsense.*with --judge-base-url any name will do"),
        ({"judge": "openai-api/x/y", "describe": "nonsense"}, "with --evidence-base-url any name will do"),
        (
            {
                "model": "some-vision-model",
                "model_base_url": "http://localhost:1/v1",
                "modalities": ("audio",),
            },
            "cannot be given audio: it takes .* correct it with --model-arg takes=",
        ),
        ({"model": "openai/gpt-4o"}, "OPENAI_API_KEY"),
        ({"tasks": ("ER-Labb",)}, "ER-Lab"),
        ({"data": "/nowhere/at/all"}, "nowhere"),
    ],
)
def test_bad_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], message: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("X_BASE_URL", "http://localhost:1/v1")
    values = {"data": str(demo_data()), "model": "baseline/majority", **changes}
    with pytest.raises(InputError, match=message):
        evaluate(Options.model_validate(values), Conditions(workspace=tmp_path))
    assert not (tmp_path / "calls.sqlite").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"video": "file"},
        {"modalities": ("audio",)},
        {"model": "openai-api/alibaba/qwen3.5-omni-plus"},
    ],
)
def test_one_kind_of_media_can_be_sent_and_newer_models_take_more(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    options = Options(**{"data": str(demo_data()), "limit": 1, "judge": "offline/rules"} | OMNI | changes)
    result = evaluate(options, Conditions(workspace=tmp_path, retry=RetryPolicy(tries=1)))
    assert "ClientConnectorError" in next(iter(result.outcomes())).message, "nobody is there to be asked"


@pytest.mark.usefixtures("clips_decoded")
def test_a_model_object_of_ones_own(tmp_path: Path) -> None:
    mine = Scripted(
        "lab/mine", lambda request: "The voice is loud.\nFinal answer: neutral", takes=frozenset()
    )
    options = Options(data=str(demo_data()), model="lab/mine", tasks=("SA",))
    result = evaluate(options, Conditions(workspace=tmp_path), model=mine)
    assert result.manifest.settings.model.name == "lab/mine"
    assert result.summary.overall().coverage == 100


def _waits_for(seen: Callable[[], bool]) -> FakeModel:
    """Its first answer comes at once, the others when something was seen."""

    async def reply(request: Request) -> Completion:
        for _ in range(1000):
            if len(model.asked) == 1 or seen():
                return Completion(text="The voice is loud.\nFinal answer: neutral")
            await asyncio.sleep(0.02)
        raise AssertionError("it was not seen in 20 seconds")

    model = FakeModel(reply, name="lab/slow")
    return model


@pytest.mark.usefixtures("clips_decoded")
def test_an_outcome_can_be_seen_while_the_next_answer_takes_long(tmp_path: Path) -> None:
    numbers = set()

    def seen() -> bool:
        (path,) = tmp_path.glob("runs/*/outcomes.sqlite")
        with closing(OutcomeStore(path, read_only=True)) as store:
            numbers.add(len(store))
        return 1 in numbers

    options = Options(data=str(demo_data()), model="lab/slow", limit=2)
    evaluate(options, Conditions(workspace=tmp_path, concurrency=1), model=_waits_for(seen))
    assert 1 in numbers


@pytest.mark.usefixtures("clips_decoded")
def test_outcomes_that_cannot_be_kept_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = OutcomeStore.commit
    refused: list[OutcomeStore] = []

    def refuse_once(store: OutcomeStore) -> None:
        if not refused:
            refuse_next_commit(store)
        try:
            commit(store)
        finally:
            refused.append(store)

    monkeypatch.setattr(OutcomeStore, "commit", refuse_once)
    model = _waits_for(lambda: bool(refused))
    options = Options(data=str(demo_data()), model="lab/slow", limit=8)
    with pytest.raises(RunError, match=r"cannot be written .disk I/O error"):
        evaluate(options, Conditions(workspace=tmp_path, concurrency=1), model=model)
    assert len(model.asked) < 8


def test_a_changed_dataset_is_not_judged_again(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.jsonl"
    lines = [json.dumps({"clip": f"c{n}", "task": "SA", "label": "positive"}) for n in range(3)]
    manifest.write_text("\n".join(lines))
    options = Options(data=str(manifest), model="baseline/majority")
    first = evaluate(options, Conditions(workspace=tmp_path / "w"))
    manifest.write_text("\n".join(lines[:2]))
    with pytest.raises(RunError, match="has changed"):
        rejudge(first.name, "offline/rules", Conditions(workspace=tmp_path / "w"))


# --- real data -------------------------------------------------------------------------------------


@pytest.mark.shared
def test_all_real_questions_with_the_most_frequent_label(shared_data: Path, tmp_path: Path) -> None:
    """The figures of the data's README: the share of the most frequent label in each task."""
    options = Options(data=str(shared_data / "mme-emotion"), model="baseline/majority")
    result = evaluate(options, Conditions(workspace=tmp_path))
    found = {task: figures.recognition for task, figures in result.summary.tasks().items()}
    expected = {"ER-Lab": 24.0, "ER-Wild": 20.5, "FG-SA": 23.8, "IR": 26.6, "Noise-ER": 23.8, "SA": 39.25}
    assert {task: found[task] for task in expected} == pytest.approx(expected)
    assert result.summary.overall().count == 6500
    assert result.summary.overall().coverage == 100


@pytest.fixture(scope="module")
def real_media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first run of real clips leaves what it decodes, and the next finds it."""
    return tmp_path_factory.mktemp("media")


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("folder", ["clips", "clips/hybrid"])
def test_real_clips_heard_by_the_prosody_baseline(
    shared_data: Path, tmp_path: Path, real_media: Path, folder: str
) -> None:
    (tmp_path / "media").symlink_to(real_media, target_is_directory=True)
    options = Options(
        data=str(shared_data / folder / "clips.csv"), tasks=("ER-Lab",), model="baseline/prosody"
    )
    result = evaluate(options, Conditions(workspace=tmp_path))
    figures = result.summary.overall()
    assert figures.coverage == 100
    assert figures.count == {"clips": 27, "clips/hybrid": 24}[folder]
    for outcome in result.outcomes():
        assert outcome.sent == ("audio",)
        assert len(outcome.steps) > 2
    # What the baseline says of the sound is what the evidence agent measured from the same sound.
    assert figures.reasoning is not None
    assert figures.reasoning > 95


@pytest.mark.shared
@pytest.mark.slow
def test_real_clips_seen_by_a_served_model(
    shared_data: Path, tmp_path: Path, real_media: Path, key: str
) -> None:
    (tmp_path / "media").symlink_to(real_media, target_is_directory=True)
    manifest = shared_data / "clips" / "clips.csv"
    with ChatServer(reply) as server:
        options = served(server, data=str(manifest), tasks=("ER-Lab",), limit=None)
        result = evaluate(options, Conditions(workspace=tmp_path))
    assert server.problems == [], "every picture decodes"
    outcomes = result.summary.overall().outcomes
    # Sixteen of the clips are voices alone: they have no picture to send.
    assert outcomes == {"scored": 11, "broken_clip": 16}
    assert {outcome.cause for outcome in result.outcomes()} == {None, "no_video"}


# --- the evaluator itself --------------------------------------------------------------------------


def simulate(tmp_path: Path, false_cues: float) -> RunResult:
    options = Options(
        data=str(demo_data()),
        model="simulated/careful",
        model_args={"false_cues": str(false_cues), "wrong_labels": "0"},
    )
    return evaluate(options, Conditions(workspace=tmp_path))


@pytest.mark.usefixtures("clips_decoded")
def test_measured_reasoning_falls_as_false_cues_rise_and_matches_their_rate(tmp_path: Path) -> None:
    measured = []
    for rate in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        result = simulate(tmp_path, rate)
        figures = result.summary.overall()
        assert figures.recognition is not None
        interval = figures.interval["reasoning"]
        assert figures.reasoning is not None
        assert interval is not None
        assert figures.coverage == 100
        assert figures.recognition > 99, "no label is wrong"
        # Of six intervals of 95 % one may well miss its rate by chance; twice as wide they are of four standard errors.
        wide = 2 * max(interval.high - figures.reasoning, figures.reasoning - interval.low)
        assert abs(figures.reasoning - 100 * (1 - rate)) <= wide + 1e-9, (rate, figures.reasoning)
        measured.append(figures.reasoning)
    assert measured == sorted(measured, reverse=True)
    assert measured[0] == 100


@pytest.mark.usefixtures("clips_decoded")
def test_calls_are_inspectable(tmp_path: Path, key: str) -> None:
    with ChatServer(reply) as server:
        result = evaluate(served(server, limit=1), Conditions(workspace=tmp_path))
    outcome = next(result.outcomes())
    store = CallStore(tmp_path / "calls.sqlite")
    for stage in ("answer", "steps", "verdicts"):
        (call_key,) = outcome.calls[stage]
        text = store.request_text(call_key)
        assert text is not None
        assert hashlib.sha256(text.encode()).hexdigest() == call_key
        assert "base64" not in text
    store.close()
