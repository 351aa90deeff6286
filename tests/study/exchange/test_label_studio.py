"""Label Studio: what it is given, and what it gives back, in the form of its own exports (JSON, not JSON-MIN)."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cuewise.errors import InputError
from cuewise.records import LabelReading, LabelStatus
from cuewise.study.exchange.bringing_in import FileFormat, bring_in, format_of, read_ratings
from cuewise.study.exchange.label_studio import interface, tasks
from cuewise.study.questions import plain_question
from cuewise.study.records import Gold, Item, Study, StudyKind
from cuewise.study.store import RatingStore
from support.studies import rated_run, study_of


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def study(workspace: Path) -> Study:
    return study_of([rated_run(workspace, n=40)], workspace, n=12, attention=4)


@pytest.fixture(scope="module")
def question(workspace: Path, study: Study) -> Study:
    return study_of([rated_run(workspace, "asked", n=40)], workspace, n=12, kind=StudyKind.QUESTION)


def clip_name(item: Item) -> str:
    return item.sample.clip.id


def test_tasks_hold_what_raters_see_and_nothing_of_the_judge(study: Study) -> None:
    made = tasks(study, clip_name)
    assert [task["data"]["item"] for task in made] == [item.id for item in study.items]
    text = json.dumps(made)
    for hidden in ("gpt-4o", "mine", "verdict", "rating", "expected", "predictions", "repeats"):
        assert hidden not in text
    for task, item in zip(made, study.items, strict=True):
        data = task["data"]
        assert [step["step"] for step in data["steps"]] == list(item.rated)
        assert data["label"] == item.steps[-1].text
        options = [option["value"] for option in data["label_options"]]
        assert options == ([*item.named, "none of them", "cannot tell"] if item.named else [])


def test_gold_labels_are_there_only_where_they_are_shown(workspace: Path) -> None:
    run = rated_run(workspace, "shown", n=20)
    for gold in Gold:
        study = study_of([run], workspace, n=12, gold=gold)
        for task, item in zip(tasks(study, clip_name), study.items, strict=True):
            options = {option["value"] for option in task["data"]["label_options"]}
            options -= {"none of them", "cannot tell"}
            assert options == set(item.named if gold is Gold.HIDDEN else item.sample.labels)


def test_addresses_of_clips_are_encoded(study: Study) -> None:
    item = study.drawn[0]
    [data] = [
        task["data"]
        for task in tasks(study, lambda _: 'a b/ü?"#.mp4', "https://lab.example/clips/")
        if task["data"]["item"] == item.id
    ]
    assert data["clip"] == "https://lab.example/clips/a%20b/%C3%BC%3F%22%23.mp4"
    local = tasks(study, clip_name)[0]["data"]["clip"]
    assert local == f"/data/local-files/?d={study.items[0].sample.clip.id}"


def controls(xml: str) -> dict[str, tuple[str, dict[str, str]]]:
    root = ET.fromstring(xml)
    return {tag.attrib["name"]: (tag.tag, tag.attrib) for tag in root.iter() if "name" in tag.attrib}


def test_the_interface_asks_of_each_step(study: Study) -> None:
    xml = interface(study)
    found = controls(xml)
    assert found["clip"][0] == "Video"
    # As in the documentation of Repeater: https://labelstud.io/tags/repeater
    repeater = ET.fromstring(xml).find("Repeater")
    assert repeater is not None
    assert repeater.attrib == {"on": "$steps", "indexFlag": "{{idx}}"}
    assert found["text_{{idx}}"] == ("Text", {"name": "text_{{idx}}", "value": "$steps[{{idx}}].text"})
    tag, attributes = found["step_{{idx}}"]
    assert (tag, attributes["toName"], attributes["choice"]) == ("Choices", "text_{{idx}}", "single-radio")
    values = [choice.attrib["value"] for choice in repeater.iter("Choice")]
    assert values == ["right", "wrong", "cannot tell"]
    assert found["label"][1]["value"] == "$label_options"
    assert "nothing that can be seen or heard in the clip contradicts the step" in xml
    for _, attributes in found.values():
        assert attributes.get("toName", "clip") in found
    asked = {
        value[1:].split("[")[0]
        for _, each in found.values()
        if (value := each.get("value", "")).startswith("$")
    }
    assert asked <= tasks(study, clip_name)[0]["data"].keys()


def test_the_interface_asks_the_question(question: Study) -> None:
    found = controls(interface(question))
    assert found.keys() == {"clip", "asked", "label", "reasons", "note"}
    several = any(item.sample.multi_label for item in question.items)
    assert found["label"][1]["choice"] == ("multiple" if several else "single-radio")
    for task, item in zip(tasks(question, clip_name), question.items, strict=True):
        options = [option["value"] for option in task["data"]["label_options"]]
        assert options == list(item.sample.label_set)
        assert "steps" not in task["data"]
        # As people are asked it, without what models are told of how to answer.
        assert task["data"]["question"] == plain_question(item.sample) != item.sample.question
        assert question.plan.name not in task["data"].values()  # it may tell what is compared


def choices(name: str, to: str, *values: str) -> dict[str, Any]:
    """An answer as Label Studio 1.2x writes it."""
    return {
        "value": {"choices": list(values)},
        "id": "kIH1fJxG7H",
        "from_name": name,
        "to_name": to,
        "type": "choices",
        "origin": "manual",
    }


def annotation(result: list[dict[str, Any]], completed_by: object = 1, **more: object) -> dict[str, Any]:
    return {
        "id": 4,
        "completed_by": completed_by,
        "result": result,
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2026-03-09T22:16:08.728353Z",
        "updated_at": "2026-03-09T22:16:08.728378Z",
        "draft_created_at": "2026-03-09T22:15:58.100000Z",
        "lead_time": 42.51,
        "prediction": {},
        "result_count": 3,
        "unique_id": "0a8c3c1e-52de-4b0c-9d1f-5a1e2f5b1f6a",
        "import_id": None,
        "last_action": None,
        "bulk_created": False,
        "task": 8,
        "project": 2,
        "updated_by": 1,
        "parent_prediction": None,
        "parent_annotation": None,
        "last_created_by": None,
        **more,
    }


def exported(data: dict[str, Any], *annotations: object) -> dict[str, Any]:
    return {
        "id": 8,
        "annotations": list(annotations),
        "file_upload": "2f4e7c1d-study.json",
        "drafts": [],
        "predictions": [],
        "data": data,
        "meta": {},
        "created_at": "2026-03-09T21:52:49.513742Z",
        "updated_at": "2026-03-09T22:16:08.746926Z",
        "inner_id": 1,
        "total_annotations": len(annotations),
        "cancelled_annotations": 0,
        "total_predictions": 0,
        "comment_count": 0,
        "unresolved_comment_count": 0,
        "last_comment_updated_at": None,
        "project": 2,
        "updated_by": 1,
        "comment_authors": [],
    }


def of_item(study: Study, item: Item) -> dict[str, Any]:
    return next(task["data"] for task in tasks(study, clip_name) if task["data"]["item"] == item.id)


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "project-2-at-2026-03-09.json"
    path.write_text(json.dumps(content))
    return path


def test_an_export_becomes_ratings(study: Study, tmp_path: Path) -> None:
    item = next(item for item in study.drawn if len(item.rated) >= 2 and item.named)
    note = {
        "value": {"text": ["The voice is hard to hear.", "Twice."]},
        "id": "x8Ty",
        "from_name": "note",
        "to_name": "named",
        "type": "textarea",
        "origin": "manual",
    }
    first = annotation(
        [
            choices("step_0", "text_0", "right"),
            choices("step_1", "text_1", "cannot tell"),
            choices("label", "named", *item.named),
            note,
        ]
    )
    second = annotation(
        [choices("step_0", "text_0", "wrong"), choices("label", "named", "none of them")],
        {"id": 7, "email": "someone@lab.example", "first_name": "", "last_name": ""},
        lead_time=None,
    )
    third = annotation([choices("label", "named", "cannot tell")], {"email": "someone@lab.example"})
    skipped = annotation([], 9, was_cancelled=True)
    path = written(tmp_path, [exported(of_item(study, item), first, second, third, skipped)])
    assert format_of(path) is FileFormat.LABEL_STUDIO
    with closing(RatingStore(tmp_path / "ratings.sqlite")) as store:
        reads = read_ratings(path, FileFormat.LABEL_STUDIO, study)
        brought = bring_in(study, store, reads)
        # 2 steps, label, note, done; 1 step, label, done; label, done.
        assert brought.clicks == 10
        assert bring_in(study, store, reads).clicks == 0
        said = {each.rater: each for each in store.all_said()}
    assert "someone" not in json.dumps(list(said))
    one, seven = said["label-studio-1"], said["label-studio-7"]
    [other] = said.keys() - {"label-studio-1", "label-studio-7"}
    assert one.steps == {item.rated[0]: "right", item.rated[1]: "cannot tell"}
    assert (one.label, one.note, one.spent_s, one.done) == (
        item.named,
        "The voice is hard to hear.\nTwice.",
        42.51,
        True,
    )
    assert (seven.steps, seven.label, seven.spent_s) == ({item.rated[0]: "wrong"}, (), 0.0)
    assert said[other].cannot_tell_label


def test_answers_to_the_question(question: Study, tmp_path: Path) -> None:
    item = question.drawn[0]
    label = item.sample.label_set[0]
    result = [choices("label", "asked", label)]
    path = written(tmp_path, [exported(of_item(question, item), annotation(result))])
    [read] = read_ratings(path, FileFormat.LABEL_STUDIO, question)
    assert (read.said.label, read.said.steps, read.said.done) == ((label,), {}, True)


def test_a_label_that_is_spelled_like_another_choice(study: Study, tmp_path: Path) -> None:
    """The choice is spelled in another way there."""
    first, *others = study.items
    reading = LabelReading(status=LabelStatus.MATCHED, labels=("cannot tell", "none of them"), taxonomy=1)
    judged = next(item.judged for item in study.items if item.judged).model_copy(update={"reading": reading})
    item = first.model_copy(update={"judged": judged, "expected": None})
    made = study.model_copy(update={"items": (item, *others)})
    data = of_item(made, item)
    options = [option["value"] for option in data["label_options"]]
    assert options == ["cannot tell", "none of them", "(none of them)", "(cannot tell)"]
    chosen = (["cannot tell"], ["cannot tell", "none of them"], ["(none of them)"], ["(cannot tell)"])
    by = [annotation([choices("label", "named", *each)], number) for number, each in enumerate(chosen)]
    reads = read_ratings(written(tmp_path, [exported(data, *by)]), FileFormat.LABEL_STUDIO, made)
    assert [read.said.label for read in reads] == [
        ("cannot tell",),
        ("cannot tell", "none of them"),
        (),
        None,
    ]
    assert [read.said.cannot_tell_label for read in reads] == [False, False, False, True]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"completed_by": True}, "`completed_by`"),
        ({"completed_by": -1}, "`completed_by`"),
        ({"completed_by": None}, "`completed_by`"),
        ({"lead_time": -3}, "`lead_time`"),
        ({"lead_time": 10**400}, "`lead_time`"),
        ({"completed_by": " "}, "`completed_by`"),
        ({"result": [choices("step_0", "text_0", "right")] * 2}, "answers step_0 twice"),
        ({"result": [choices("label", "named", "cannot tell")] * 2}, "answers label twice"),
        ({"result": [choices("step_00", "text_00", "right")]}, "answer to 'step_00', which our"),
        ({"result": [choices("label", "named", "cannot tell", "Happy")]}, "`cannot tell` beside labels"),
        ({"lead_time": "soon"}, "`lead_time`"),
        ({"lead_time": float("inf")}, "`lead_time`"),
        ({"result": None}, "no list of `result`s"),
        ({"result": ["x"]}, "without `from_name` and `value`"),
        ({"result": [choices("step_0", "text_0")]}, "0 answers to step_0"),
        ({"result": [choices("step_0", "text_0", "right", "wrong")]}, "2 answers to step_0"),
        ({"result": [choices("step_0", "text_0", "good")]}, "a step is 'good'"),
        ({"result": [choices("step_99", "text_99", "right")]}, "rates step number 100"),
        ({"result": [choices("label", "named", "Blissful")]}, "'Blissful' is no label"),
        ({"result": [choices("sentiment\x1b[2J", "named", "x")]}, r"answer to 'sentiment\\x1b\[2J'"),
        ({"result": [choices("label", "named", "none of them", "Happy")]}, "beside labels"),
        ({"result": [{**choices("step_0", "t"), "value": {"choices": [{}]}}]}, "without readable `choices`"),
        ({"result": [choices("step_0", "t", "\ud800")]}, "not UTF-8|readable"),
    ],
)
def test_hostile_annotations(study: Study, tmp_path: Path, change: dict[str, Any], told: str) -> None:
    item = study.drawn[0]
    sound = annotation([choices("step_0", "text_0", "right")], 5)
    path = written(tmp_path, [exported(of_item(study, item), sound, {**annotation([]), **change})])
    with pytest.raises(InputError, match=told):
        read_ratings(path, FileFormat.LABEL_STUDIO, study)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        # JSON-MIN has the data at the top.
        ({"item": "i0001", "step_0": "right", "annotator": 1}, "not as JSON-MIN"),
        ({"data": {"item": "i0001"}, "annotations": []}, "no task of this study"),
        ({"data": {"item": "i9999", "study_sha256": "OURS"}, "annotations": []}, "no item of this study"),
        ({"data": {"item": ["i0001"], "study_sha256": "OURS"}, "annotations": []}, "no item of this study"),
        ({"data": {"item": "i0001", "study_sha256": "OURS"}}, "no list of `annotations`"),
        ("task", "is a JSON str"),
    ],
)
def test_hostile_tasks(study: Study, tmp_path: Path, task: Any, told: str) -> None:
    content = json.loads(json.dumps([task]).replace("OURS", study.sha256()))
    with pytest.raises(InputError, match=told):
        read_ratings(written(tmp_path, content), FileFormat.LABEL_STUDIO, study)


def test_one_person_rates_an_item_once(study: Study, tmp_path: Path) -> None:
    twice = [annotation([choices("step_0", "text_0", "right")]) for _ in range(2)]
    path = written(tmp_path, [exported(of_item(study, study.drawn[0]), *twice)])
    with pytest.raises(
        InputError, match=r"annotation 2: rater label-studio-1 rates item i[0-9]+ a second time"
    ):
        read_ratings(path, FileFormat.LABEL_STUDIO, study)
