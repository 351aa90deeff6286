"""Answers collected elsewhere: which sample each is matched to, what is told, and that nothing of them is changed."""

from __future__ import annotations

import asyncio
import csv
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import InputError, PermanentModelError, UnknownModelError, UnknownTaskError
from cuewise.interop.answers import MAX_KEPT, Collected, collect_answers
from cuewise.models.imported import (
    ImportedAnswer,
    ImportedAnswers,
    imported_names,
    open_imported,
    read_head,
    write_answers,
)
from cuewise.models.protocol import Modality, Request
from cuewise.records import Clip, Sample
from cuewise.samples.dataset import Dataset
from cuewise.samples.own_tasks import read_task_file
from support.models import make_sample


def sample(task: str, clip: str, number: int = 1, **fields: Any) -> Sample:
    identifier = f"{task}/{clip}" + (f"#{number}" if number > 1 else "")
    return make_sample(id=identifier, task=task, clip=Clip(id=clip), **fields)


EMOTIONS = ("Anger", "Fear", "Doubt/Confusion")
SAMPLES = (
    sample("SA", "a/1.mp4"),
    sample("SA", "a/2.mp4"),
    sample("SA", "a/2.mp4", 2),
    sample("FG-SA", "a/1.mp4"),
    sample("FG-ER", "b.mp4", label_set=EMOTIONS, labels=("Fear", "Doubt/Confusion"), multi_label=True),
)
DATASET = Dataset("d", SAMPLES, (), "0" * 64)


def collect(folder: Path, *files: Path, dataset: Dataset = DATASET, **options: Any) -> Collected:
    with write_answers(folder / "answers", "x", ()) as out:
        return collect_answers(files, dataset, out, **options)


def answers(folder: Path) -> list[tuple[str, str]]:
    _, *lines = (folder / "answers" / "x.jsonl").read_text(encoding="utf-8").splitlines()
    return [(entry["sample"], entry.get("answer", "")) for entry in map(json.loads, lines)]


def json_file(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".json":
        path.write_text(json.dumps(rows))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def csv_file(path: Path, rows: list[dict[str, Any]]) -> Path:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


# --- matching --------------------------------------------------------------------------------------


def test_the_authors_files_are_read_as_they_are(tmp_path: Path) -> None:
    files = [
        json_file(
            tmp_path / "SA_answers.json",
            [
                {
                    "video_id": "a/1.mp4",
                    "ground_truth": "Positive",
                    "model_response": " glad \n",
                    "output_tokens": 9,
                },
                {"video_id": "a/2.mp4", "ground_truth": "positive", "model_response": "which?"},
            ],
        ),
        json_file(
            tmp_path / "fg_er.json",
            [
                {
                    "video_id": "b.mp4",
                    "ground_truth": "Doubt/Confusion;Fear",
                    "label_set": list(EMOTIONS[::-1]),
                    "model_response": "both",
                }
            ],
        ),
    ]
    collected = collect(tmp_path, *files)
    assert answers(tmp_path) == [("SA/a/1.mp4", " glad \n"), ("FG-ER/b.mp4", "both")]
    assert (collected.answers, collected.samples, collected.of) == (2, 2, 5)
    (problem,) = collected.problems
    assert problem.where == "SA_answers.json, entry 2 (a/2.mp4)"
    assert problem.what == "may answer 2 samples, such as SA/a/2.mp4 and SA/a/2.mp4#2"
    assert problem.hint == "give the `sample`"
    assert (
        "output_tokens" not in (tmp_path / "answers" / "x.jsonl").read_text()
    )  # in judged files the judge's


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_rows_name_a_sample_or_a_clip_and_its_task(tmp_path: Path, kind: str) -> None:
    rows: list[dict[str, Any]] = [
        {"sample": "SA/a/2.mp4#2", "answer": "A"},
        {"clip": "a/1.mp4", "task": "fg_sa", "answer": "B"},
        {"clip": "b.mp4", "answer": "C", "finish": "length", "output_tokens": 7},  # the clip of one sample
        {"clip": "b.mp4", "answer": "D", "epoch": 1, "thinking": "Hm."},
        {"clip": "a\\1.mp4", "task": "SA", "refusal": "I must not."},
    ]
    path = tmp_path / f"mine.{kind}"
    collected = collect(tmp_path, csv_file(path, rows) if kind == "csv" else json_file(path, rows))
    assert collected.problems == []
    assert (collected.answers, collected.samples) == (5, 4)
    _, *lines = (tmp_path / "answers" / "x.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"sample": "SA/a/2.mp4#2", "answer": "A"},
        {"sample": "FG-SA/a/1.mp4", "answer": "B"},
        {"sample": "FG-ER/b.mp4", "answer": "C", "finish": "length", "output_tokens": 7},
        {"sample": "FG-ER/b.mp4", "answer": "D", "epoch": 1, "thinking": "Hm."},
        {"sample": "SA/a/1.mp4", "answer": "", "refusal": "I must not."},
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"answer": "x"}, "names no sample; give a `sample`, or a `clip` and its `task`"),
        ({"sample": "SA/c.mp4", "answer": "x"}, "names the sample 'SA/c.mp4', which the dataset has not"),
        ({"clip": "c.mp4", "answer": "x"}, "is about a clip that the dataset has not"),
        ({"clip": "b.mp4", "task": "SA", "answer": "x"}, "is about a clip that SA has not in the dataset"),
        ({"clip": "b.mp4", "task": "SAA", "answer": "x"}, "unknown task 'SAA': did you mean SA"),
        ({"clip": "a/1.mp4", "answer": "x"}, "such as SA/a/1.mp4 and FG-SA/a/1.mp4; give its `task`"),
        ({"clip": "b.mp4"}, "has no answer"),
        ({"clip": "b.mp4", "answer": " \n"}, "has no answer"),
        ({"clip": "b.mp4", "answer": 3}, "`answer` is not text"),
        ({"clip": "b.mp4", "answer": "\ud800"}, "`answer` has halves of characters"),
        ({"clip": "b.mp4", "answer": "x" * 1_000_001}, "`answer` has 1,000,001 characters"),
        (
            {"clip": "b.mp4", "answer": "x", "finish": "\x1b[2J"},
            r"`finish` is '\\x1b[2J'; write one of stop,",
        ),
        ({"clip": "b.mp4", "answer": "x", "epoch": -1}, "`epoch` is '-1'; write it as a whole number"),
        ({"clip": "b.mp4", "answer": "x", "epoch": True}, "`epoch` is 'True'"),
        ({"clip": "b.mp4", "answer": "x", "output_tokens": "9.5"}, "`output_tokens` is '9.5'"),
        ({"sample": "FG-ER/b.mp4", "answer": "again"}, "is a second answer to FG-ER/b.mp4"),
    ],
)
def test_rows_that_do_not_fit_are_told_by_file_and_line(
    tmp_path: Path, row: dict[str, Any], told: str
) -> None:
    rows = [{"clip": "b.mp4", "answer": "good", "epoch": 0}, row]
    if "second" not in told:
        rows.reverse()
    collected = collect(tmp_path, json_file(tmp_path / "mine.jsonl", rows))
    assert answers(tmp_path) == [("FG-ER/b.mp4", "good")]
    (problem,) = collected.problems
    assert problem.where.startswith(f"mine.jsonl, line {2 if 'second' in told else 1}")
    assert told in str(problem)
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"ground_truth": "Fear"}, "states the gold label 'Fear', and the dataset has Fear, Doubt/Confusion"),
        ({"ground_truth": "fear; DOUBT/confusion"}, None),
        ({"label_set": "Anger;Fear"}, "was asked with other candidates than the dataset's"),
        ({"label_set": '["Doubt/Confusion", "fear", "Anger"]'}, None),
        ({"label_set": "Anger, Fear, Doubt/Confusion"}, None),
        ({"label_set": "["}, None),
    ],
)
def test_what_answers_another_question_is_told_and_taken(
    tmp_path: Path, fields: dict[str, str], told: str | None
) -> None:
    collected = collect(tmp_path, csv_file(tmp_path / "m.csv", [{"clip": "b.mp4", "answer": "x", **fields}]))
    assert answers(tmp_path) == [("FG-ER/b.mp4", "x")]
    assert [problem.what.partition(" (")[0] for problem in collected.problems] == ([told] if told else [])


def test_the_task_of_rows_that_name_none(tmp_path: Path) -> None:
    rows = [{"clip": "a/1.mp4", "answer": "x"}]
    collect(tmp_path, json_file(tmp_path / "FG-SA.jsonl", rows))
    assert answers(tmp_path) == [("FG-SA/a/1.mp4", "x")]
    other = tmp_path / "other"
    collect(other, tmp_path / "FG-SA.jsonl", task="sa")  # said by the user
    assert answers(other) == [("SA/a/1.mp4", "x")]
    with pytest.raises(UnknownTaskError):
        collect(other, tmp_path / "FG-SA.jsonl", task="taste")


def test_answers_to_a_task_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "tasks.toml").write_text(
        '[Tone]\nkind = "multi"\nseparator = "|"\nlabels = ["dry", "warm"]\nquestion = "?"\n'
    )
    own = tuple(read_task_file(tmp_path / "tasks.toml").values())
    mine = sample("Tone", "c.mp4", label_set=("dry", "warm"), labels=("dry", "warm"), multi_label=True)
    rows = [{"clip": "c.mp4", "task": "tone", "answer": "x", "ground_truth": "warm|dry"}]
    dataset = Dataset("d", (mine,), (), "0" * 64, own_tasks=own)
    assert collect(tmp_path, csv_file(tmp_path / "m.csv", rows), dataset=dataset).problems == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("m.txt", b"", r"m\.txt is no file of answers: name a \.json, \.jsonl or \.csv file"),
        ("nowhere.csv", None, r"nowhere\.csv cannot be read: No such file"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        collect(tmp_path, tmp_path / name)
    assert not list((tmp_path / "answers").iterdir())


def test_other_encodings_cost_what_they_spoil(tmp_path: Path) -> None:
    good = b'{"clip": "b.mp4", "answer": "sch\xc3\xb6n"}\n'
    (tmp_path / "m.jsonl").write_bytes(b'{"clip": "b.mp4", "answer": "sch\xf6n"}\n' + good)
    (problem,) = collect(tmp_path, tmp_path / "m.jsonl").problems
    assert str(problem) == "m.jsonl, line 1: has bytes that are not UTF-8; save the file as UTF-8"
    assert answers(tmp_path) == [("FG-ER/b.mp4", "schön")]
    (tmp_path / "utf16.csv").write_bytes("clip,answer\nb.mp4,x\n".encode("utf-16"))
    assert collect(tmp_path / "2", tmp_path / "utf16.csv").answers == 0


def test_many_rows_need_little_memory(tmp_path: Path) -> None:
    """What is kept grows with the dataset, not with the file."""
    with (tmp_path / "m.jsonl").open("w") as file:
        for number in range(20_000):
            file.write(json.dumps({"sample": f"SA/{number}", "answer": "x" * 500}) + "\n")
    tracemalloc.start()
    try:
        collected = collect(tmp_path, tmp_path / "m.jsonl")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (collected.n_problems, len(collected.problems)) == (20_000, MAX_KEPT)
    assert peak < 2_000_000  # of 10 MB


# --- round trip ------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ANSWER = st.fixed_dictionaries(
    {"answer": TEXT.filter(str.strip)},
    optional={
        "thinking": TEXT.filter(str.strip),
        "output_tokens": st.integers(0, 10**9),
        "finish": st.sampled_from(["stop", "length", "filter", "other"]),
        "refusal": TEXT.filter(str.strip).map(str.strip),
    },
)
KEYS = st.tuples(st.sampled_from([sample.id for sample in SAMPLES]), st.integers(0, 3))


@given(rows=st.dictionaries(KEYS, ANSWER, min_size=1))
def test_what_is_written_is_what_the_model_says(
    tmp_path_factory: pytest.TempPathFactory, rows: dict[tuple[str, int], dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("round")
    path = json_file(
        folder / "m.jsonl", [{"sample": one, "epoch": epoch, **row} for (one, epoch), row in rows.items()]
    )
    assert collect(folder, path).problems == []
    # The file can itself be imported: past its first line it is such a file.
    again = folder / "again.jsonl"
    again.write_bytes((folder / "answers" / "x.jsonl").read_bytes().split(b"\n", 1)[1])
    assert collect(folder, again).problems == []
    model = open_imported("imported/x", folder=folder / "answers", samples=SAMPLES)
    for (one, epoch), row in rows.items():
        asked = next(sample for sample in SAMPLES if sample.id == one)
        said = asyncio.run(model.generate(Request(messages=(), sample=asked, epoch=epoch)))
        assert (said.text, said.thinking, said.output_tokens) == (
            row["answer"],
            row.get("thinking"),
            row.get("output_tokens"),
        )
        assert (said.finish, said.refusal) == (row.get("finish", "stop"), row.get("refusal"))


@given(text=st.text(min_size=1).filter(lambda text: text.strip() and "\x00" not in text))
def test_csv_keeps_answers_but_for_their_edges(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("csv")
    collected = collect(folder, csv_file(folder / "m.csv", [{"clip": "b.mp4", "answer": text}]))
    assert (collected.problems, answers_exactly(folder)) == ([], [text.strip()])


def answers_exactly(folder: Path) -> list[str]:
    lines = (folder / "answers" / "x.jsonl").read_bytes().split(b"\n")[1:-1]
    return [json.loads(line)["answer"] for line in lines]


# --- the model -------------------------------------------------------------------------------------


def store(folder: Path, name: str, *rows: ImportedAnswer, modalities: tuple[Modality, ...] = ()) -> None:
    with write_answers(folder, name, modalities) as out:
        for row in rows:
            out.add(row)


def ask(model: ImportedAnswers, about: Sample, epoch: int = 0) -> str:
    return asyncio.run(model.generate(Request(messages=(), sample=about, epoch=epoch))).text


ONE = ImportedAnswer(sample=SAMPLES[0].id, answer="one")


def test_a_sample_without_an_answer_is_a_failure_with_a_cause(tmp_path: Path) -> None:
    store(tmp_path, "x", ONE)
    model = open_imported("imported/x", folder=tmp_path, samples=SAMPLES)
    assert ask(model, SAMPLES[0]) == "one"
    for about, epoch in ((SAMPLES[0], 1), (SAMPLES[1], 0)):
        with pytest.raises(PermanentModelError, match="has no answer to SA/a") as caught:
            ask(model, about, epoch)
        assert caught.value.kind == "not_imported"


def test_its_key_is_its_content(tmp_path: Path) -> None:
    store(tmp_path, "x", ONE)
    store(tmp_path, "y", ONE)
    store(tmp_path, "z", ONE, modalities=(Modality.AUDIO,))
    x, y, z = (open_imported(f"imported/{name}", folder=tmp_path, samples=SAMPLES) for name in "xyz")
    assert x.parameters == y.parameters != z.parameters
    assert z.takes == {Modality.AUDIO}
    assert read_head(tmp_path / "z.jsonl").modalities == (Modality.AUDIO,)


def test_answers_are_never_written_over(tmp_path: Path) -> None:
    store(tmp_path, "x", ONE)
    store(tmp_path, "x", ONE)  # the same again is nothing new
    with pytest.raises(InputError, match="other answers were imported as x before"):
        store(tmp_path, "x", ONE, ONE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.jsonl"]
    assert list(imported_names(tmp_path)) == ["x"]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "/x", "a\\b", ".hidden", "x" * 129, "a\n", "ü", "ends.", "a b", "a:b"],
)
def test_names_that_are_no_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="is no name for answers"):
        store(tmp_path / "answers", name, ONE)
    assert not list(tmp_path.iterdir())
    with pytest.raises(UnknownModelError):
        open_imported(f"imported/{name}", folder=tmp_path / "answers", samples=SAMPLES)


def damaged() -> Iterator[tuple[str, bytes]]:
    head = b'{"format":"cuewise-answers","version":1}\n'
    yield "empty", b""
    yield "foreign", b'{"sample": "x", "answer": "y"}\n'
    yield "later", head.replace(b"1", b"2")
    yield "cut", head + b'{"sample": "SA/a/1.mp4", "ans'
    yield "bytes", head + b"\xff\n"


@pytest.mark.parametrize(("name", "content"), list(damaged()))
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / f"{name}.jsonl").write_bytes(content)
    with pytest.raises(
        InputError, match=rf"the imported answers {name}\.jsonl are damaged .* import them anew"
    ):
        open_imported(f"imported/{name}", folder=tmp_path, samples=SAMPLES)


def test_a_file_that_changes_under_a_run_answers_nothing_else(tmp_path: Path) -> None:
    store(tmp_path, "x", ONE, ImportedAnswer(sample=SAMPLES[1].id, answer="two"))
    model = open_imported("imported/x", folder=tmp_path, samples=SAMPLES)
    lines = (tmp_path / "x.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "x.jsonl").write_bytes(lines[0] + lines[2] + lines[1])
    with pytest.raises(PermanentModelError, match=r"x\.jsonl has changed"):
        ask(model, SAMPLES[0])
