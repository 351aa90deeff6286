"""The prompt file: round trips, what its hash covers, and damage."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuewise.errors import InputError
from cuewise.interop.prompts import (
    AgentPrompt,
    EntryField,
    FieldPiece,
    FramesPlace,
    PromptFile,
    PromptMessage,
    TaskPrompts,
    TextPiece,
    TextTemplate,
    ground_truth,
    read_prompt_file,
    write_prompt_file,
)
from cuewise.models.protocol import MediaPart, TextPart
from cuewise.records import MediaRef
from cuewise.samples.dataset import read_dataset
from support.authors_scripts import make_prompts
from support.models import make_sample

FRAME = MediaRef(sha256="a" * 64, mime="image/jpeg", size_bytes=1)
FIELDS = {"extract": ["model_response"], "judge": ["audio_clue", "ground_truth", "step"]}
NEEDED = {"extract": "model_response", "judge": "step"}


def template(*pieces: str | EntryField) -> TextTemplate:
    return TextTemplate(
        pieces=tuple(
            FieldPiece(field=piece) if isinstance(piece, EntryField) else TextPiece(text=piece)
            for piece in pieces
        )
    )


def agent(*parts: TextTemplate | FramesPlace, **fields: Any) -> AgentPrompt:
    message = PromptMessage(role="user", parts=parts)
    return AgentPrompt(**{"messages": (message,), "source": "s.py", "source_sha256": "0" * 64, **fields})


@st.composite
def agents(draw: st.DrawFn, name: str) -> AgentPrompt:
    pieces = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(FIELDS[name]).map(EntryField)
    parts: list[TextTemplate | FramesPlace] = [
        template(*draw(st.lists(pieces, max_size=4))) for _ in range(draw(st.integers(0, 3)))
    ]
    parts.append(template(EntryField(NEEDED[name])))
    if name == "judge":
        parts.insert(draw(st.integers(0, len(parts))), FramesPlace(frames="all"))
    return agent(*parts, model=draw(st.none() | st.just("m")), temperature=draw(st.none() | st.just(0.5)))


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(["SA", "IR"]), st.tuples(agents("extract"), agents("judge")), min_size=1)
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, made: dict[str, tuple[AgentPrompt, AgentPrompt]]
) -> None:
    tasks = {task: TaskPrompts(extract=extract, judge=judge) for task, (extract, judge) in made.items()}
    prompts = PromptFile(format="cuewise-authors-prompts", version=1, tasks=tasks)
    path = tmp_path_factory.mktemp("prompts") / "prompts.json"
    write_prompt_file(prompts, path)
    assert read_prompt_file(path) == prompts
    assert read_prompt_file(path).sha256() == prompts.sha256()


def test_the_file_is_plain_and_says_what_it_is(tmp_path: Path) -> None:
    write_prompt_file(make_prompts(tmp_path / "checkout", "SA"), tmp_path / "prompts.json")
    document = json.loads((tmp_path / "prompts.json").read_text(encoding="utf-8"))
    assert (document["format"], document["version"]) == ("cuewise-authors-prompts", 1)
    user = document["tasks"]["SA"]["extract"]["messages"][1]
    assert user["parts"][0]["pieces"][1] == {"field": "model_response"}
    assert document["tasks"]["SA"]["judge"]["messages"][1]["parts"][1] == {"frames": "all"}
    assert [path.name for path in tmp_path.glob("*.json*")] == ["prompts.json"]


def test_places_are_filled_once_and_texts_are_never_read_for_places() -> None:
    prompt = agent(
        template("{'field': 'step'} ", EntryField.STEP, "|", EntryField.GROUND_TRUTH, EntryField.STEP),
        FramesPlace(frames="all"),
    )
    (message,) = prompt.fill(
        {EntryField.STEP: "{ground_truth} $x %s {'frames': 'all'}", EntryField.GROUND_TRUTH: "sad"},
        [FRAME, FRAME],
    )
    text = (
        "{'field': 'step'} {ground_truth} $x %s {'frames': 'all'}|sad{ground_truth} $x %s {'frames': 'all'}"
    )
    assert message.parts == (TextPart(text=text), MediaPart(media=FRAME), MediaPart(media=FRAME))


def test_the_hash_covers_what_is_sent_alone(tmp_path: Path) -> None:
    extract = agent(template("Answer: ", EntryField.MODEL_RESPONSE))
    judge = agent(template(EntryField.STEP), FramesPlace(frames="all"))

    def hashed(**changes: AgentPrompt) -> str:
        prompts = TaskPrompts(**{"extract": extract, "judge": judge, **changes})
        return PromptFile(format="cuewise-authors-prompts", version=1, tasks={"SA": prompts}).sha256()

    assert re.fullmatch("[0-9a-f]{64}", hashed())
    assert hashed(judge=judge.model_copy(update={"source_sha256": "1" * 64, "model": "other"})) == hashed()
    assert hashed(extract=agent(template("Answer:", EntryField.MODEL_RESPONSE))) != hashed()
    assert hashed(judge=agent(FramesPlace(frames="all"), template(EntryField.STEP))) != hashed()
    assert hashed(judge=agent(template(EntryField.STEP, ""), FramesPlace(frames="all"))) != hashed()


def test_a_task_without_prompts_is_named(tmp_path: Path) -> None:
    prompts = make_prompts(tmp_path, "SA")
    assert prompts.task("SA").judge.shows_frames()
    prompts.require(["SA", "SA"])
    with pytest.raises(InputError, match=r"no prompts for IR, my\\x1b, only for SA: import them"):
        prompts.require(["SA", "IR", "my\x1b"])
    with pytest.raises(InputError, match="no prompts for IR, only for SA"):
        prompts.task("IR")


def _set(*keys: Any) -> Callable[[Any], None]:
    *path, last, value = keys

    def change(document: Any) -> None:
        for key in path:
            document = document[key]
        document[last] = value

    return change


MESSAGES = ("tasks", "SA", "extract", "messages")
JUDGE = ("tasks", "SA", "judge", "messages")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_set("format", "another"), "damaged at format"),
        (_set("version", 2), "damaged at version"),
        (_set("tasks", {}), "damaged at tasks"),
        (_set("extra", 1), "damaged at extra"),
        (_set(*MESSAGES, []), "damaged at tasks.SA.extract.messages"),
        (_set(*MESSAGES, 0, "role", "tool"), "damaged at tasks.SA.extract.messages.0.role"),
        (_set(*MESSAGES, 0, "parts", []), "damaged at tasks.SA.extract.messages.0.parts"),
        (_set(*MESSAGES, 0, "parts", [{"frames": "all"}]), "must have no place for frames"),
        (_set(*MESSAGES, 0, "parts", [{"frames": "some"}]), "damaged at tasks.SA.extract.messages.0.parts"),
        (_set(*MESSAGES, 0, "parts", [{"pieces": [{"field": "step"}]}]), "quotes step, which is not there"),
        (
            _set(*MESSAGES, 0, "parts", [{"pieces": [{"field": "name"}]}]),
            "damaged at tasks.SA.extract.messages",
        ),
        (_set(*MESSAGES, 1, "parts", [{"pieces": []}]), "`extract` does not quote model_response"),
        (_set(*JUDGE, 1, "parts", [{"frames": "all"}]), "`judge` does not quote step"),
        (_set(*JUDGE, 1, "parts", [{"pieces": [{"field": "step"}]}]), "`judge` must have a place for frames"),
        (_set("tasks", "SA", "extract", "source_sha256", "x"), "damaged at tasks.SA.extract.source_sha256"),
        (_set("tasks", "SA", "extract", "temperature", -1), "damaged at tasks.SA.extract.temperature"),
    ],
)
def test_damage_is_told_with_its_place(tmp_path: Path, change: Callable[[Any], None], told: str) -> None:
    path = tmp_path / "prompts.json"
    write_prompt_file(make_prompts(tmp_path / "checkout", "SA"), path)
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(told)) as caught:
        read_prompt_file(path)
    assert "write it again with `cuewise import prompts`" in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"tasks": NaN}', b'{"format": "\\ud800"}', b"{"],
)
def test_what_is_no_prompt_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "prompts.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"prompts\.json is damaged at "):
        read_prompt_file(path)


def test_files_that_cannot_be_read_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_prompt_file(tmp_path / "nowhere.json")
    with pytest.raises(InputError, match="Is a directory"):
        read_prompt_file(tmp_path)
    with pytest.raises(InputError, match="cannot be read: embedded null byte"):
        read_prompt_file(Path("a\0b"))
    prompts = make_prompts(tmp_path / "checkout", "SA")
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write_prompt_file(prompts, tmp_path / "nowhere" / "prompts.json")
    with pytest.raises(InputError, match="is a folder"):
        write_prompt_file(prompts, Path())
    monkeypatch.setattr("cuewise.interop.prompts.MAX_FILE_BYTES", 3)
    (tmp_path / "large.json").write_bytes(b"1234")
    with pytest.raises(InputError, match="is larger than"):
        read_prompt_file(tmp_path / "large.json")


def test_gold_labels_are_joined_as_in_the_published_files() -> None:
    def sample(task: str, *labels: str) -> str:
        return ground_truth(make_sample(task=task, labels=labels, multi_label=task != "SA", label_set=labels))

    assert sample("SA", "positive") == "positive"
    assert sample("FG-ER", "Anger", "Doubt/Confusion") == "Anger;Doubt/Confusion"
    assert sample("ML-ER", "anger", "fear") == "anger,fear"


@pytest.mark.shared
def test_gold_labels_of_the_whole_benchmark_are_as_published(shared_data: Path) -> None:
    folder = shared_data / "mme-emotion"
    published = {
        (path.parts[-3], entry["video_id"]): entry["label"]
        for path in folder.glob("*/question/*.json")
        for entry in json.loads(path.read_text(encoding="utf-8"))
    }
    samples = read_dataset(str(folder)).samples
    differing = [
        (sample.id, published[sample.task, sample.clip.id], ground_truth(sample))
        for sample in samples
        if ground_truth(sample) != published[sample.task, sample.clip.id]
    ]
    assert len(samples) == 6500
    assert differing == []
