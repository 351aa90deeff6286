"""Own datasets: manifests in CSV and JSON Lines, and what is asked of each entry."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuewise.cues import channels
from cuewise.errors import DatasetError, UnknownTaskError
from cuewise.records import Cue
from cuewise.samples.dataset import Dataset, read_dataset
from cuewise.samples.tasks import get_task

Row = Mapping[str, Any]


def as_jsonl(rows: Sequence[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def as_csv(rows: Sequence[Row]) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                key: json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
                for key, value in row.items()
            }
        )
    return out.getvalue()


def read(folder: Path, rows: Sequence[Row], *, tasks: Sequence[str] | None = None) -> Dataset:
    (folder / "manifest.jsonl").write_text(as_jsonl(rows), encoding="utf-8")
    return read_dataset(str(folder), tasks=tasks)


def good(number: int = 0, **more: Any) -> Row:
    return {"clip": f"good{number}.mp4", "label": "happy", "task": "Noise-ER", **more}


# --- what a manifest may say ------------------------------------------------------------------------


def test_a_full_entry(tmp_path: Path) -> None:
    cue = {"channel": "brows", "value": "raised", "start_s": 0.5, "end_s": 1}
    (tmp_path / "day").mkdir()
    (tmp_path / "day/a.mp4").write_bytes(b"media")
    rows: list[Row] = [
        {
            "clip": "day/a.mp4",
            "label": "joy; calm",
            "task": "fg_er",
            "label_set": ["calm", "joy", "rage"],
            "question": "What now?",
            "transcript": "你好\n再见",
            "cues": [cue],
        }
    ]
    (sample,) = read(tmp_path, rows).samples
    assert sample.id == "FG-ER/day/a.mp4"
    assert sample.labels == ("joy", "calm")
    assert sample.label_set == ("calm", "joy", "rage")
    assert sample.multi_label
    assert (sample.question, sample.transcript, sample.source) == ("What now?", "你好\n再见", "day")
    assert sample.cues == (Cue(channel="brows", value="raised", start_s=0.5, end_s=1),)
    assert sample.clip.path == str(tmp_path.resolve() / "day/a.mp4")


def test_labels_may_be_joined_listed_or_contain_a_slash(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"clip": "1", "label": "Doubt/Confusion", "task": "FG-ER"},
        {"clip": "2", "label": " Anger ;Doubt/Confusion; ", "task": "FG-ER"},
        {"clip": "3", "label": ["Anger", "Fear"], "task": "FG-ER"},
        {"clip": "CMU-MOSEI/4", "label": "happy , sad", "task": "ML-ER"},
        {"clip": "5", "label": "well, then", "task": "ML-ER", "label_set": ["well, then", "well"]},
    ]
    labels = [sample.labels for sample in read(tmp_path, rows).samples]
    assert labels == [
        ("Doubt/Confusion",),
        ("Anger", "Doubt/Confusion"),
        ("Anger", "Fear"),
        ("happy", "sad"),
        ("well, then",),
    ]


def test_a_label_takes_its_candidates_spelling(tmp_path: Path) -> None:
    (sample,) = read(tmp_path, [good(label="HAPPY")]).samples
    assert sample.labels == ("happy",)


def test_of_own_clips_the_same_is_asked_as_of_the_benchmarks(tmp_path: Path) -> None:
    """Not to choose among the few labels that happen to occur in the file."""
    (tmp_path / "m.csv").write_text(
        "clip,label,task\na.mp4,Anger,ER-Lab\nb.mp4,saad,ER-Lab\nc.mp4,Fear,ER-Lab\nd.mp4,Other,ER-Lab\n"
    )
    dataset = read_dataset(str(tmp_path / "m.csv"))
    nine = get_task("ER-Lab").labels
    assert len(nine) == 9
    assert [sample.labels for sample in dataset.samples] == [("Anger",), ("Fear",), ("Other",)]
    assert {sample.label_set for sample in dataset.samples} == {nine}
    (problem,) = dataset.problems
    assert problem.where == "m.csv, line 3 (b.mp4)"
    assert problem.what == (
        "the label 'saad' is not among its candidates, those of ER-Lab "
        "(Anger, Sadness, Surprise, Happiness, Excited, Fear, Frustration, Neutral, Other)"
    )
    assert problem.hint == (
        "did you mean Sadness? mend the label, or give a `label_set` if these labels are your own"
    )


@pytest.mark.parametrize("task", ["ER-Lab", "Noise-ER", "FG-ER", "SA", "FG-SA", "IR"])
def test_tasks_whose_corpora_agree_have_their_published_candidates(tmp_path: Path, task: str) -> None:
    first = get_task(task).sources[0].label_set
    assert {frozenset(source.label_set) for source in get_task(task).sources} == {frozenset(first)}
    rows = [{"clip": f"{n}.mp4", "label": label, "task": task} for n, label in enumerate(first[:3])]
    dataset = read(tmp_path, rows)
    assert dataset.problems == ()
    assert [sample.label_set for sample in dataset.samples] == [first] * 3


def test_a_corpus_has_its_own_order_of_candidates(tmp_path: Path) -> None:
    rows = [{"clip": f"{folder}/1.mp4", "label": "neutral", "task": "SA"} for folder in ("MELD", "mine")]
    meld, mine = read(tmp_path, rows).samples
    assert meld.label_set == ("neutral", "negative", "positive")
    assert mine.label_set == ("neutral", "positive", "negative")


@pytest.mark.parametrize(
    ("task", "label", "corpora"),
    [
        ("ER-Wild", "joy", r"CAER, MC-EIU, E3, MELD, MAFW, DFEW"),  # in MELD's alone, but that is a guess
        ("ML-ER", "anger", r"MAFW, CMU-MOSEI"),
    ],
)
def test_where_corpora_differ_the_folder_or_a_label_set_must_tell(
    tmp_path: Path, task: str, label: str, corpora: str
) -> None:
    source = get_task(task).sources[-1]
    rows: list[Row] = [
        {"clip": "mine/1.mp4", "label": label, "task": task},
        {"clip": "mine/2.mp4", "label": label, "task": task, "label_set": [label, "other"]},
        {"clip": f"{source.name}/3.mp4", "label": source.label_set[2], "task": task},
    ]
    dataset = read(tmp_path, rows)
    assert [sample.label_set for sample in dataset.samples] == [(label, "other"), source.label_set]
    (problem,) = dataset.problems
    assert problem.where == "manifest.jsonl, line 1 (mine/1.mp4)"
    assert f"those of {task} differ by corpus" in problem.what
    assert "give a `label_set`" in problem.hint
    assert problem.hint.endswith(f"({corpora})")


def test_another_form_of_a_published_word_is_that_candidate(tmp_path: Path) -> None:
    words = ["angry", "SAD", "happy", "fearful", "joy", "calm", "Angrry"]
    rows = [{"clip": f"{n}.mp4", "label": word, "task": "ER-Lab"} for n, word in enumerate(words)]
    dataset = read(tmp_path, rows)
    assert [sample.labels for sample in dataset.samples] == [
        ("Anger",),
        ("Sadness",),
        ("Happiness",),
        ("Fear",),
    ]
    # What only means the same is told: it may have been meant as another label.
    assert [problem.what.split(" is ")[0] for problem in dataset.problems] == [
        "the label 'joy'",
        "the label 'calm'",
        "the label 'Angrry'",
    ]
    assert [problem.hint.startswith("did you mean Anger?") for problem in dataset.problems] == [
        False,
        False,
        True,
    ]
    # Candidates that the entry itself names are there to be copied.
    with pytest.raises(DatasetError, match="'angry' is not among its candidates"):
        read(tmp_path, [{"clip": "1", "label": "angry", "task": "ER-Lab", "label_set": ["Anger", "Fear"]}])


def test_a_file_that_evidently_has_labels_of_its_own_is_asked_with_them_and_told(tmp_path: Path) -> None:
    words = ["glee", "calm", "Glee", "calm", "sad"]
    dataset = read(tmp_path, [good(n, label=word) for n, word in enumerate(words)])
    assert {sample.label_set for sample in dataset.samples} == {("calm", "glee", "sad")}
    assert [sample.labels[0] for sample in dataset.samples] == ["glee", "calm", "glee", "calm", "sad"]
    (problem,) = dataset.problems
    assert problem.where == "manifest.jsonl"
    assert "labels such as glee, calm are none of Noise-ER's" in problem.what
    assert "3 labels that occur in it (calm, glee, sad)" in problem.what
    assert "label_set" in problem.hint


@pytest.mark.parametrize(
    "words",
    [
        ["glee", "calm", "sad"],  # each of one clip
        ["glee", "glee", "sad"],  # only one that is none of the task's
        ["saad", "saad", "happpy", "happpy", "sad"],  # often, but close to one of the task's
        ["glee;calm", "glee;calm", "calm,glee", "calm,glee", "sad"],  # several in one
    ],
)
def test_errors_are_not_taken_for_labels_of_ones_own(tmp_path: Path, words: list[str]) -> None:
    dataset = read(tmp_path, [good(n, label=word) for n, word in enumerate(words)])
    (sample,) = dataset.samples
    assert sample.label_set == get_task("Noise-ER").labels
    assert len(dataset.problems) == len(words) - 1


def test_one_clip_asked_about_often_is_one_clip(tmp_path: Path) -> None:
    rows = [
        good(0, label=word, question=f"{n}?")
        for n, word in enumerate(["glee", "glee", "calm", "calm", "sad"])
    ]
    assert [sample.labels for sample in read(tmp_path, rows).samples] == [("sad",)]


def test_problems_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    rows: list[Row] = [
        good(1, label="saad"),
        good(2, task="Taste"),
        good(0),
        good(3, label="glee"),
        good(0),
        good(4, label=""),
        {"clip": "x", "label": "fear", "task": "ER-Wild"},
        good(5, cues="often"),
    ]
    lines = [problem.where.split(" (")[0] for problem in read(tmp_path, rows).problems]
    assert lines == [f"manifest.jsonl, line {number}" for number in (1, 2, 4, 5, 6, 7, 8)]


@pytest.mark.parametrize("text", ["a;b;c", "a,b,c", '["a", "b", "c"]', " a ; b ; c "])
def test_label_sets_in_csv(tmp_path: Path, text: str) -> None:
    file = tmp_path / "own.csv"
    file.write_text(as_csv([good(label="b", label_set=text)]))
    dataset = read_dataset(str(file))
    assert dataset.name == "own"
    assert dataset.samples[0].label_set == ("a", "b", "c")


def test_byte_order_mark_windows_line_ends_and_quoted_line_breaks(tmp_path: Path) -> None:
    file = tmp_path / "manifest.csv"
    text = 'File , Label,task,transcript\r\na.mp4, wishing,IR,"1\r\n2"\r\n\r\nb.mp4,agreeing,IR,\r\nc.mp4,neutral\r\n'
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    dataset = read_dataset(str(tmp_path), tasks=["IR"])
    assert [sample.clip.id for sample in dataset.samples] == ["a.mp4", "b.mp4", "c.mp4"]
    assert dataset.samples[0].transcript == "1\r\n2"
    assert [sample.labels for sample in dataset.samples] == [("wishing",), ("agreeing",), ("neutral",)]
    file.unlink()
    (tmp_path / "manifest.jsonl").write_bytes(
        b"\xef\xbb\xbf" + as_jsonl([good(transcript="a\u2028b")]).replace("\n", "\r\n\r\n").encode()
    )
    assert read_dataset(str(tmp_path)).samples[0].transcript == "a\u2028b"


def test_the_task_may_come_from_the_caller(tmp_path: Path) -> None:
    row = {"clip": "a.mp4", "label": "sad"}
    assert read(tmp_path, [row], tasks=["Noise-ER"]).samples[0].task == "Noise-ER"
    with pytest.raises(DatasetError, match=r"manifest\.jsonl, line 1 \(a\.mp4\): names no task"):
        read(tmp_path, [row])
    with pytest.raises(DatasetError, match="as `--task ER-Lab` does") as told:
        read(tmp_path, [row, {**row, "clip": "b.mp4"}])
    assert len(str(told.value).splitlines()) == 1
    with pytest.raises(DatasetError, match="choose exactly one task"):
        read(tmp_path, [row], tasks=["Noise-ER", "SA"])


def test_tasks_are_kept_in_the_benchmarks_order_and_filtered(tmp_path: Path) -> None:
    rows = [
        {"clip": "1", "label": "neutral", "task": "IR"},
        {"clip": "2", "label": "positive", "task": "SA"},
        {"clip": "3", "label": "wishing", "task": "IR"},
    ]
    assert [sample.clip.id for sample in read(tmp_path, rows).samples] == ["2", "1", "3"]
    assert [sample.clip.id for sample in read(tmp_path, rows, tasks=["IR"]).samples] == ["1", "3"]
    with pytest.raises(DatasetError, match="has nothing of ER-Lab; it has SA, IR"):
        read(tmp_path, rows, tasks=["ER-Lab", "SA"])
    with pytest.raises(UnknownTaskError, match="did you mean SA"):
        read(tmp_path, rows, tasks=["SAA"])


def test_the_hash_knows_what_is_asked_but_not_where_clips_lie(tmp_path: Path) -> None:
    bare = read(tmp_path, [good(0), good(1)])
    (tmp_path / "good0.mp4").write_bytes(b"media")
    found = read(tmp_path, [good(0), good(1)])
    assert found.samples[0].clip.path is not None
    assert bare.samples[0].clip.path is None
    assert bare.sha256 == found.sha256
    assert read(tmp_path, [good(0), good(1, label="sad")]).sha256 != bare.sha256
    # The same entries as CSV are the same dataset.
    (tmp_path / "own.csv").write_text(as_csv([good(0), good(1)]))
    assert read_dataset(str(tmp_path / "own.csv")).sha256 == bare.sha256


def test_the_same_clip_with_another_question_is_another_sample(tmp_path: Path) -> None:
    rows = [good(question="one?"), good(question="two?"), good(question="three?"), good(1)]
    dataset = read(tmp_path, rows)
    assert [sample.id for sample in dataset.samples] == [
        "Noise-ER/good0.mp4",
        "Noise-ER/good0.mp4#2",
        "Noise-ER/good0.mp4#3",
        "Noise-ER/good1.mp4",
    ]
    assert dataset.problems == ()


def test_limit_must_leave_something(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="limit of 0"):
        read_dataset(str(tmp_path), limit=0)


def test_a_clips_folder_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/good0.mp4").write_bytes(b"media")
    (tmp_path / "m").mkdir()
    (tmp_path / "m/manifest.jsonl").write_text(as_jsonl([good()]))
    assert read_dataset(str(tmp_path / "m")).samples[0].clip.path is None
    found = read_dataset(str(tmp_path / "m"), clips=tmp_path / "elsewhere").samples[0].clip.path
    assert found == str(tmp_path.resolve() / "elsewhere/good0.mp4")
    with pytest.raises(DatasetError, match="clips folder"):
        read_dataset(str(tmp_path / "m"), clips=tmp_path / "nowhere")


# --- what is wrong with an entry ---------------------------------------------------------------------

BAD: list[tuple[Row, str]] = [
    ({}, "names no task"),
    ({"label": "happy", "task": "IR"}, "names no clip"),
    ({"clip": 7, "label": "happy", "task": "IR"}, "names no clip"),
    ({"clip": "../x.mp4", "label": "happy", "task": "IR"}, "would leave the clips folder"),
    ({"clip": "/x.mp4", "label": "happy", "task": "IR"}, "absolute path"),
    ({"clip": "x\n\x1b[2J.mp4", "label": "happy", "task": "IR"}, "control characters"),
    ({"clip": "\ud800.mp4", "label": "happy", "task": "IR"}, "control characters"),
    ({"clip": "x.mp4", "task": "Noise-ER"}, "has no label"),
    ({"clip": "x.mp4", "label": "", "task": "Noise-ER"}, "has no label"),
    ({"clip": "x.mp4", "label": "  ", "task": "Noise-ER"}, "empty label"),
    ({"clip": "x.mp4", "label": [], "task": "Noise-ER"}, "has no label"),
    ({"clip": "x.mp4", "label": ["happy", ""], "task": "Noise-ER"}, "empty label"),
    ({"clip": "x.mp4", "label": 3, "task": "Noise-ER"}, "not text"),
    ({"clip": "x.mp4", "label": ";", "task": "FG-ER"}, "has no label"),
    ({"clip": "x.mp4", "label": "[happy", "task": "Noise-ER"}, "starts like a JSON list"),
    (
        {"clip": "x.mp4", "label": ["happy", "sad"], "task": "Noise-ER"},
        "has 2 labels, and Noise-ER takes one",
    ),
    (
        {"clip": "x.mp4", "label": "happy, sad", "task": "Noise-ER", "label_set": ["happy", "sad"]},
        "has 2 labels, and Noise-ER takes one",
    ),
    ({"clip": "x.mp4", "label": "happy;sad", "task": "Noise-ER"}, "has 2 labels, and Noise-ER takes one"),
    ({"clip": "x.mp4", "label": "glee, calm; sad", "task": "SA"}, "has 3 labels, and SA takes one"),
    ({"clip": "x.mp4", "label": "Anger;anger", "task": "FG-ER"}, "gold label twice"),
    ({"clip": "x.mp4", "label": "Anger;angry", "task": "FG-ER"}, "gold label twice"),
    ({"clip": "x.mp4", "label": "Anger;glee", "task": "FG-ER"}, "'glee' is not among its candidates"),
    ({"clip": "E3/x.mp4", "label": "joy", "task": "ER-Wild"}, "candidates, those of E3 in ER-Wild"),
    (
        {"clip": "x.mp4", "label": "c", "task": "IR", "label_set": ["a", "b"]},
        "'c' is not among its candidates",
    ),
    ({"clip": "MER2024/x.mp4", "label": "shy", "task": "Noise-ER"}, "'shy' is not among its candidates"),
    ({"clip": "x.mp4", "label": "a", "task": "IR", "label_set": ["a"]}, "fewer than two"),
    ({"clip": "x.mp4", "label": "a", "task": "IR", "label_set": {"a": 1}}, "not a list"),
    ({"clip": "x.mp4", "label": "a", "task": "IR", "label_set": ["a", "A"]}, "candidate twice"),
    ({"clip": "x.mp4", "label": "a", "task": "IR", "label_set": ["a", None]}, "not text"),
    ({"clip": "x.mp4", "label": "a", "task": "IR", "label_set": ["a", "b\nc"]}, "control characters"),
    ({"clip": "x.mp4", "label": "happy", "task": "ER-Lob"}, "unknown task 'ER-Lob'"),
    ({"clip": "x.mp4", "label": "happy", "task": 5}, "`task` is not text"),
    ({"clip": "x.mp4", "label": "happy"}, "names no task"),
    (good(9, question=5), "`question` is not text"),
    (good(9, transcript=["a"]), "`transcript` is not text"),
    (good(9, transcript="\ud800"), "`transcript` has halves of characters"),
    (good(9, cues="often"), "`cues` is not a list"),
    (good(9, cues="[{"), "starts like a JSON list"),
    (good(9, cues=["smile"]), "cue 1 is malformed"),
    (good(9, cues=[{"channel": "brows", "value": "raised", "start_s": -1, "end_s": 1}]), "start_s"),
    (good(9, cues=[{"channel": "brows", "value": "raised", "start_s": 0, "end_s": float("nan")}]), "end_s"),
    (good(9, cues=[{"channel": "ears", "value": "red", "start_s": 0, "end_s": 1}]), "unknown channel 'ears'"),
    (good(9, cues=[{"channel": "eyes", "value": "red", "start_s": 0, "end_s": 1}]), "unknown value 'red'"),
    (good(9, cues=[{"channel": "eyes", "value": "wide", "start_s": 2, "end_s": 1}]), "ends before it starts"),
    (good(0), "repeats an earlier entry"),
    (good(0, label="sad"), "contradicts an earlier entry"),
]


@pytest.mark.parametrize(("row", "what"), BAD)
def test_a_bad_entry_is_told_and_left_out(tmp_path: Path, row: Row, what: str) -> None:
    (tmp_path / "manifest.jsonl").write_text(
        "".join(json.dumps(one) + "\n" for one in [good(0), row, good(1)]), encoding="utf-8"
    )
    dataset = read_dataset(str(tmp_path))
    assert [sample.id for sample in dataset.samples] == ["Noise-ER/good0.mp4", "Noise-ER/good1.mp4"]
    (problem,) = dataset.problems
    assert problem.where.startswith("manifest.jsonl, line 2")
    assert what in problem.what
    assert problem.hint
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "is not JSON"),
        ("[1]", "JSON list"),
        ("1" * 5000, "is not JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_line_is_told_and_left_out(tmp_path: Path, line: str, what: str) -> None:
    (tmp_path / "manifest.jsonl").write_text(as_jsonl([good(0)]) + line + "\n" + as_jsonl([good(1)]))
    dataset = read_dataset(str(tmp_path))
    assert len(dataset.samples) == 2
    assert dataset.problems[0].where == "manifest.jsonl, line 2"
    assert what in dataset.problems[0].what


def test_a_bad_csv_row_is_told_with_the_line_it_starts_on(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text(
        'clip,label,task,transcript\na.mp4,happy,Noise-ER,"one\ntwo"\nb.mp4,happy,Noise-ER,x,y\nc.mp4,,Noise-ER,\n'
    )
    dataset = read_dataset(str(tmp_path))
    assert [sample.clip.id for sample in dataset.samples] == ["a.mp4"]
    assert [(problem.where, problem.what) for problem in dataset.problems] == [
        ("clips.csv, line 4", "has 5 cells under 4 columns"),
        ("clips.csv, line 5 (c.mp4)", "has no label"),
    ]


def test_a_file_of_labels_that_nobody_knows_is_told_to_give_a_label_set(tmp_path: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"'glee' is not among its candidates.* give a `label_set` if these labels"
    ):
        read(tmp_path, [good(0, label="glee"), good(1, label="glee")])


def test_a_link_out_of_the_clips_folder_costs_only_the_clip(tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").write_bytes(b"media")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "good0.mp4").symlink_to(tmp_path / "secret.mp4")
    (folder / "good1.mp4").write_bytes(b"media")
    dataset = read(folder, [good(0), good(1)])
    assert [sample.clip.path is None for sample in dataset.samples] == [True, False]
    assert "leads out of the clips folder" in dataset.problems[0].what


def test_huge_text_is_kept_whole_but_told_short(tmp_path: Path) -> None:
    long = "字" * 1_000_000
    (tmp_path / "manifest.csv").write_text(
        as_csv([good(0, transcript=long), good(1, label_set="happy;" + long)])
    )
    dataset = read_dataset(str(tmp_path))
    assert dataset.samples[0].transcript == long
    assert len(dataset.samples[1].label_set[1]) == 1_000_000
    limit = csv.field_size_limit()
    with pytest.raises(DatasetError) as caught:
        read(tmp_path / "..", [good(label=long, label_set=["a", "b"])])
    assert len(str(caught.value)) < 500
    assert limit == csv.field_size_limit() == 131_072


# --- round trips ---------------------------------------------------------------------------------------

# Names survive both formats if they have no control characters and no space around them.
NAMES = (
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda name: name != "" and not name.startswith("["))
)
CLIPS = NAMES.filter(
    lambda name: not set("/\\:") & set(name) and name not in (".", "..") and not name.startswith(".")
)


@st.composite
def cues(draw: st.DrawFn) -> dict[str, Any]:
    channel = draw(st.sampled_from(list(channels().values())))
    start = draw(st.floats(0, 1e6))
    end = draw(st.floats(start, 2e6))
    value = draw(st.sampled_from(list(channel.values)))
    return {"channel": channel.name, "value": value, "start_s": start, "end_s": end}


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    task = draw(st.sampled_from(["ER-Lab", "ER-Wild", "FG-ER", "ML-ER", "SA", "FG-SA"]))
    label_set = draw(st.lists(NAMES, min_size=2, max_size=5, unique_by=str.casefold))
    several = task in ("FG-ER", "ML-ER")
    labels = draw(st.lists(st.sampled_from(label_set), min_size=1, max_size=3 if several else 1, unique=True))
    row: dict[str, Any] = {"clip": draw(CLIPS), "task": task, "label": labels, "label_set": label_set}
    if draw(st.booleans()):
        row["transcript"] = draw(NAMES)
    if draw(st.booleans()):
        row["cues"] = draw(st.lists(cues(), min_size=1, max_size=3))
    return row


def task_and_clip(row: dict[str, Any]) -> tuple[str, str]:
    return row["task"], row["clip"]


@settings(deadline=None, max_examples=60)
@given(st.lists(rows(), min_size=1, max_size=6, unique_by=task_and_clip))
def test_manifests_round_trip(entries: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "a.jsonl").write_text(as_jsonl(entries), encoding="utf-8", newline="")
        (Path(folder) / "a.csv").write_text(as_csv(entries), encoding="utf-8", newline="")
        lines = read_dataset(f"{folder}/a.jsonl")
        table = read_dataset(f"{folder}/a.csv")
    assert lines.problems == table.problems == ()
    assert lines == table
    wanted = {(row["task"], row["clip"]): row for row in entries}
    assert len(lines.samples) == len(wanted)
    for sample in lines.samples:
        row = wanted[sample.task, sample.clip.id]
        assert list(sample.labels) == row["label"]
        assert list(sample.label_set) == row["label_set"]
        assert sample.transcript == row.get("transcript")
        assert [cue.model_dump(exclude={"schema_version"}) for cue in sample.cues] == row.get("cues", [])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["clip", "file", "video_id", "label", "task", "label_set", "question", "transcript", "cues"]
)


@settings(deadline=None, max_examples=75)
@given(st.lists(st.dictionaries(KEYS, JSON_VALUES, max_size=9), max_size=4))
def test_no_entry_can_break_the_reading_of_another(entries: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        text = "".join(json.dumps(row) + "\n" for row in [*entries, good()])
        (Path(folder) / "a.jsonl").write_text(text, encoding="utf-8")
        dataset = read_dataset(f"{folder}/a.jsonl")
    assert "Noise-ER/good0.mp4" in {sample.id for sample in dataset.samples}
    assert len(dataset.samples) + len(dataset.problems) == len(entries) + 1
    assert all(str(problem).isprintable() for problem in dataset.problems)


# --- memory --------------------------------------------------------------------------------------------


def test_reading_takes_little_more_than_the_samples_themselves(tmp_path: Path) -> None:
    number, words = 3000, "x" * 100
    text = as_jsonl([good(at, label_set=["happy", "sad", "calm"], transcript=words) for at in range(number)])
    (tmp_path / "manifest.jsonl").write_text(text)
    read_dataset(str(tmp_path), limit=1)  # what is loaded once does not count
    tracemalloc.start()
    try:
        dataset = read_dataset(str(tmp_path))
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(dataset.samples) == number
    # Raw entries, drafts or validated samples all in memory beside the rest would take 1,000 bytes or more each.
    assert (peak - kept) / number < 800
