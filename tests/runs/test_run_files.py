"""The files of a run: folder, lock, manifest, outcomes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cuewise.errors import RunError
from cuewise.records import Answer, Clip, Outcome, OutcomeKind, Protocol, Score
from cuewise.runs.manifest import Manifest, ModelSettings, Options, Settings, new_manifest
from cuewise.runs.outcomes import OutcomeStore, by_sample
from cuewise.runs.workspace import RunFolder, Workspace, slug
from support.models import make_sample
from support.outcomes import refuse_next_commit


def settings(**changes: object) -> Settings:
    values: dict[str, object] = {
        "dataset": "d",
        "dataset_sha256": "0" * 64,
        "tasks": ("SA",),
        "n_samples": 3,
        "protocol": "mme-emotion",
        "model": ModelSettings(name="baseline/majority"),
        "modalities": (),
        "frame_rule": "time",
        "sampling": {"temperature": 0.0},
        "extractor": ModelSettings(name="offline/rules"),
        "judge": ModelSettings(name="offline/rules"),
        "taxonomy": 1,
        "prompts": {},
        "alpha": 0.5,
    }
    return Settings.model_validate({**values, **changes})


def test_manifest_is_read_as_written(tmp_path: Path) -> None:
    options = Options(data="d", model="baseline/majority")
    manifest = new_manifest("r1", settings(), options, ("cuewise", "run"))
    manifest.write(tmp_path / "manifest.json")
    assert Manifest.read(tmp_path / "manifest.json") == manifest
    assert manifest.versions["numpy"]
    assert manifest.created_at.endswith("+00:00")


def test_settings_hash_and_differences() -> None:
    assert settings().sha256() == settings().sha256()
    other = settings(judge=ModelSettings(name="openai/gpt-4o"), n_samples=4)
    assert other.sha256() != settings().sha256()
    assert settings().differences(other) == {
        "n_samples": "was 3, is 4",
        "judge": "was offline/rules, is openai/gpt-4o",
    }
    seeded = settings(model=ModelSettings(name="baseline/majority", parameters={"seed": 1}))
    assert settings().differences(seeded) == {
        "model": "was baseline/majority, is baseline/majority with seed 1"
    }


def test_of_settings_with_parts_those_that_differ_are_told() -> None:
    prompts = {f"stage/{letter}": letter * 64 for letter in "abc"}
    before = settings(prompts=prompts, sampling={"temperature": 0.0, "max_tokens": 9}, tasks=("ER-Lab", "SA"))
    now = settings(
        prompts={**prompts, "stage/c": "d" * 64},
        sampling={"temperature": 0.7, "max_tokens": 9, "seed": 1},
        tasks=("SA",),
    )
    assert before.differences(now) == {
        "tasks": "was ER-Lab, SA, is SA",
        "sampling": "temperature was 0.0, is 0.7, seed was none, is 1",
        "prompts": "stage/c",
    }


def test_a_manifest_from_before_evidence_agents_opens_and_tells_itself_apart(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    before = settings()
    new_manifest("one", before, Options(data="d", model="m/x"), ()).write(path)
    body = json.loads(path.read_text(encoding="utf-8"))
    for field in ("audio_clue", "transcribe", "describe", "evidence"):
        del body["settings"][field]
    for field in ("audio_clue", "transcribe", "spoken_language", "describe", "evidence_base_url"):
        del body["options"][field]
    path.write_text(json.dumps(body), encoding="utf-8")
    read = Manifest.read(path)
    assert (read.settings.evidence, read.settings.describers) == (1, ())
    now = before.model_copy(update={"evidence": 2, "describe": ModelSettings(name="a/b")})
    assert read.settings.differences(now) == {"describe": "was None, is a/b", "evidence": "was 1, is 2"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"run": 1}'])
def test_a_damaged_manifest_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "my-run" / "manifest.json"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(RunError, match=r"my-run is damaged"):
        Manifest.read(path)


def test_a_manifest_of_an_earlier_version_is_no_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "my-run" / "manifest.json"
    path.parent.mkdir()
    manifest = new_manifest("my-run", settings(), Options(data="d", model="m"), ("cuewise",))
    path.write_text(manifest.model_dump_json(exclude={"settings": {"taxonomy"}}))
    with pytest.raises(RunError, match=r"my-run lacks .* an earlier version made it"):
        Manifest.read(path)


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "x" * 200, "a\\b", "a\0b", "nul.", "-x"])
def test_a_run_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match="is no name for a run"):
        Workspace(tmp_path).run(name)


def test_an_unknown_run_lists_those_there_are(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with pytest.raises(RunError, match="there are: none"):
        workspace.existing_run("nope")
    folder = workspace.run("one")
    folder.path.mkdir(parents=True)
    new_manifest("one", settings(), Options(data="d", model="m/x"), ()).write(folder.manifest_path)
    with pytest.raises(RunError, match="there are: one"):
        workspace.existing_run("nope")
    assert [run.name for run in workspace.runs()] == ["one"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("openai/gpt-4o", "openai-gpt-4o"), ("hf/Qwen/Qwen2.5", "hf-Qwen-Qwen2.5"), ("???", "model")],
)
def test_slug(text: str, expected: str) -> None:
    assert slug(text) == expected


_HOLD = """
import sys, time
from pathlib import Path
from cuewise.runs.workspace import RunFolder
with RunFolder(Path(sys.argv[1])).locked():
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_processes_cannot_write_one_run_and_a_kill_frees_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "r")
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(folder.path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(RunError, match="another process"), folder.locked():
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with folder.locked():
        pass


def scored(number: int) -> Outcome:
    return Outcome(
        sample=make_sample(number, clip=Clip(id=f"clip{number}", path=f"/home/me/clip{number}.mp4")),
        protocol=Protocol.MME_EMOTION,
        kind=OutcomeKind.SCORED,
        answer=Answer(text="happy 😀"),
        score=Score(recognition=1, reasoning=0.5, cot=0.75, n_steps=3),
    )


def test_outcomes_come_back_in_the_datasets_order_without_local_paths(tmp_path: Path) -> None:
    store = OutcomeStore(tmp_path / "outcomes.sqlite")
    for place in (2, 0, 1):
        store.add(place, scored(place))
    store.close()
    assert b"/home/me" not in (tmp_path / "outcomes.sqlite").read_bytes()
    reading = OutcomeStore(tmp_path / "outcomes.sqlite", read_only=True)
    assert len(reading) == 3
    found = list(reading)
    reading.close()
    assert [outcome.sample.id for outcome in found] == ["SA/clip0", "SA/clip1", "SA/clip2"]
    expected = scored(0)
    assert found[0].sample.clip == Clip(id="clip0")
    assert found[0].model_copy(update={"sample": expected.sample}) == expected


def test_outcomes_can_be_read_while_they_are_written(tmp_path: Path) -> None:
    writing = OutcomeStore(tmp_path / "outcomes.sqlite")
    writing.add(0, scored(0))
    reading = OutcomeStore(tmp_path / "outcomes.sqlite", read_only=True)
    assert len(reading) == 0
    writing.commit()
    assert len(reading) == 1
    reading.close()
    writing.close()


def test_outcomes_that_were_taken_back_are_not_missed_in_silence(tmp_path: Path) -> None:
    store = OutcomeStore(tmp_path / "outcomes.sqlite")
    store.add(0, scored(0))
    refuse_next_commit(store)
    for use in (store.commit, lambda: store.add(1, scored(1)), store.close):
        with pytest.raises(RunError, match=r"cannot be written .disk I/O error.*run the same command again"):
            use()
    with closing(OutcomeStore(tmp_path / "outcomes.sqlite", read_only=True)) as reading:
        assert len(reading) == 0


def test_outcomes_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(RunError, match="upgrade Cuewise"):
        OutcomeStore(path, read_only=True)
    with pytest.raises(RunError, match="cannot be opened"):
        OutcomeStore(tmp_path / "missing.sqlite", read_only=True)


def test_epochs_of_a_sample_come_one_after_the_other(tmp_path: Path) -> None:
    store = OutcomeStore(tmp_path / "outcomes.sqlite")
    for epoch in range(2):  # as a run goes: all samples of one epoch, then all of the next
        for place in (1, 0):
            store.add(place, scored(place).model_copy(update={"epoch": epoch}))
    store.add(1, scored(1).model_copy(update={"epoch": 1}))
    assert len(store) == 4
    found = [[(each.sample.id, each.epoch) for each in group] for group in by_sample(store)]
    store.close()
    assert found == [[("SA/clip0", 0), ("SA/clip0", 1)], [("SA/clip1", 0), ("SA/clip1", 1)]]


@pytest.mark.parametrize("body", ["{}", "{", b"\xff{}"])
def test_an_outcome_that_cannot_be_read_is_named(tmp_path: Path, body: str | bytes) -> None:
    path = tmp_path / "some-run" / "outcomes.sqlite"
    path.parent.mkdir()
    store = OutcomeStore(path)
    for number in range(3):
        store.add(number, scored(number))
    store.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE outcomes SET body = cast(? AS TEXT) WHERE position = 1", (body,))
    name = scored(1).sample.id
    with closing(OutcomeStore(path, read_only=True)) as read:
        with pytest.raises(RunError, match=f"the outcome of {name} in run some-run cannot be read"):
            list(read)
        assert len(list(read.of([scored(2).sample.id]))) == 1


def test_outcomes_from_before_there_were_epochs(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.sqlite"
    body = (
        '{"sample":{"id":"SA/%s","task":"SA","clip":{"id":"%s"},"question":"?","label_set":["negative","positive"],'
        '"labels":["positive"]},"protocol":"mme-emotion","kind":"refused"}'
    )
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE outcomes (position INTEGER PRIMARY KEY, sample TEXT NOT NULL UNIQUE, task TEXT NOT NULL,"
            " kind TEXT NOT NULL, recognition REAL, reasoning REAL, cot REAL, body TEXT NOT NULL)"
        )
        for place, clip in ((1, "b"), (0, "a")):
            row = (place, f"SA/{clip}", "SA", "refused", body % (clip, clip))
            db.execute("INSERT INTO outcomes VALUES (?, ?, ?, ?, NULL, NULL, NULL, ?)", row)
        db.execute("PRAGMA user_version=1")
    db.close()
    store = OutcomeStore(path, read_only=True)
    assert [(outcome.sample.id, outcome.epoch) for outcome in store] == [("SA/a", 0), ("SA/b", 0)]
    store.close()


@pytest.mark.parametrize(
    ("model", "parameters", "temperature", "expected"),
    [
        ("openai/gpt-4o", {}, 0.0, True),
        ("openai/gpt-4o", {}, 0.7, False),
        ("openai/gpt-4o", {"fixed_temperature": True}, 0.0, False),
        ("openai/o3", {}, 0.0, False),  # takes no temperature
        ("simulated/careful", {}, 0.0, False),
    ],
)
def test_who_answers_at_temperature_0(
    model: str, parameters: dict[str, bool], temperature: float, expected: bool
) -> None:
    asked = settings(
        model=ModelSettings(name=model, parameters=parameters), sampling={"temperature": temperature}
    )
    assert asked.at_temperature_0 is expected


def test_settings_from_before_there_were_epochs() -> None:
    before = settings().model_dump(exclude={"epochs"})
    assert Settings.model_validate(before) == settings()
    assert settings().sha256() != settings(epochs=2).sha256()
    assert settings().differences(settings(epochs=2)) == {"epochs": "was 1, is 2"}
