"""Ratings out of a study and into it again: nothing is lost, doubled or overwritten, and unsound files are told of."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuewise.agreement.cells import as_cell
from cuewise.errors import InputError, RunError
from cuewise.study.exchange.bringing_in import FileFormat, bring_in, format_of, read_ratings
from cuewise.study.exchange.document import document
from cuewise.study.exchange.table import write_table
from cuewise.study.records import Click, Item, Said, Study, StudyKind
from cuewise.study.store import RatingStore
from support.studies import rated_run, study_of

_NUMBERS = count(1)
HOSTILE = '=HYPERLINK("http://x"),\n<script>\u202e"\x1b[31m | none of them'


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    workspace = tmp_path_factory.mktemp("workspace")
    return study_of([rated_run(workspace, n=40)], workspace, n=12, attention=4)


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Study:
    workspace = tmp_path_factory.mktemp("workspace")
    return study_of([rated_run(workspace, n=40)], workspace, n=12, kind=StudyKind.QUESTION)


def click(item: str, question: str, value: object, spent_s: float = 0.0) -> Click:
    return Click(id=f"click-{next(_NUMBERS):06d}", item=item, question=question, value=value, spent_s=spent_s)


def rate(store: RatingStore, study: Study, dice: Random, raters: tuple[str, ...] = ("ana", "ben")) -> None:
    """Raters say something of most of what they are asked."""
    for rater in raters:
        clicks = []
        for id in study.assigned[rater]:
            item = study.item(id)
            assert item is not None
            said: list[tuple[str, object]] = [
                (str(step), dice.choice(["right", "wrong", "cannot tell"]))
                for step in item.rated
                if dice.random() < 0.8
            ]
            if study.labels_asked(item) and dice.random() < 0.7:
                said += [("label", some_labels(study, item, dice))]
            answered = bool(said)
            said += [("note", dice.choice([HOSTILE, "plain"]))] if dice.random() < 0.4 else []
            said += [("reasons", "I saw it.")] if study.plan.kind is StudyKind.QUESTION else []
            said += [("done", True)] if answered and dice.random() < 0.8 else []
            clicks += [click(id, *each, spent_s=dice.randrange(400) / 4) for each in said]
        store.add(rater, clicks)


def some_labels(study: Study, item: Item, dice: Random) -> object:
    asked = study.labels_asked(item)
    labels = [label for label in asked if dice.random() < 0.5]
    if study.plan.kind is StudyKind.STEPS:
        return dice.choice([labels, "cannot tell"])
    return labels if item.sample.multi_label and labels else [dice.choice(asked)]


def said_in(store: RatingStore) -> dict[tuple[str, str], Said]:
    """Without the time of the last click, which is that of the import."""
    return {(said.rater, said.item): said.model_copy(update={"at": ""}) for said in store.all_said()}


def table(study: Study, store: RatingStore) -> str:
    file = io.StringIO()
    write_table(study, store.all_said(), file)
    return file.getvalue()


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def two_stores(folder: Path) -> Iterator[tuple[RatingStore, RatingStore]]:
    """One to write ratings out of, and an empty one to bring them into."""
    with (
        closing(RatingStore(folder / "a.sqlite")) as here,
        closing(RatingStore(folder / "b.sqlite")) as there,
    ):
        yield here, there


ROUND = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ROUND
@given(seed=st.integers(0, 10_000), asked=st.booleans())
def test_the_document_carries_everything(
    study: Study, question: Study, tmp_path_factory: pytest.TempPathFactory, seed: int, asked: bool
) -> None:
    of, tmp_path = question if asked else study, tmp_path_factory.mktemp("round")
    with two_stores(tmp_path) as (here, there):
        rate(here, of, Random(seed))
        path = written(tmp_path, "ratings.json", json.dumps(document(of, here)))
        assert format_of(path) is FileFormat.JSON
        reads = read_ratings(path, FileFormat.JSON, of)
        assert bring_in(of, there, reads).clicks > 0
        assert said_in(there) == said_in(here)
        n_clicks = len(list(there.trail()))
        assert bring_in(of, there, reads).clicks == 0
        assert bring_in(of, here, reads).clicks == 0
        assert len(list(there.trail())) == n_clicks


@ROUND
@given(seed=st.integers(0, 10_000), asked=st.booleans())
def test_the_table_carries_what_is_said_of_drawn_items(
    study: Study, question: Study, tmp_path_factory: pytest.TempPathFactory, seed: int, asked: bool
) -> None:
    of, tmp_path = question if asked else study, tmp_path_factory.mktemp("round")
    with two_stores(tmp_path) as (here, there):
        rate(here, of, Random(seed))
        path = written(tmp_path, "ratings.csv", table(of, here))
        bring_in(of, there, read_ratings(path, format_of(path), of))
        drawn = {item.id for item in of.drawn}
        expected = {key: said for key, said in said_in(here).items() if said.item in drawn}
        found = said_in(there)
        # An item of which nothing is said but the time leaves no click.
        for key, said in expected.items():
            brought = found.pop(key, Said(rater=said.rater, item=said.item, spent_s=said.spent_s))
            assert brought == said.model_copy(update={"note": as_cell(said.note)})
        assert not found
        assert bring_in(of, here, read_ratings(path, FileFormat.CSV, of)).clicks == 0


def test_no_cell_is_a_formula_or_steers_a_terminal(study: Study, tmp_path: Path) -> None:
    with closing(RatingStore(tmp_path / "a.sqlite")) as store:
        item = study.drawn[0]
        store.add("ana", [click(item.id, "note", HOSTILE), click(item.id, str(item.rated[0]), "right")])
        text = table(study, store)
    assert "\x1b" not in text
    [row] = csv.DictReader(io.StringIO(text))
    assert row["note"].startswith("'=HYPERLINK")
    assert (row["right"], row["step"], row["rater"], row["run"]) == ("1", str(item.rated[0]), "ana", "mine")


def test_a_table_made_by_hand(study: Study, tmp_path: Path) -> None:
    """Samples will do for items, a name for a rater; of three steps two are rated, so that the item is not done."""
    item = next(item for item in study.drawn if len(item.rated) >= 3)
    a, b, _ = item.rated[:3]
    rows = (
        f"sample,step,right,rater\n{item.sample.id},{a},1,Ana B.\n{item.sample.id},{b},cannot tell,Ana B.\n"
    )
    [read] = read_ratings(written(tmp_path, "sheet.csv", rows), FileFormat.CSV, study)
    assert read.said.steps == {a: "right", b: "cannot tell"}
    assert read.said.item == item.id
    assert not read.said.done
    # The first 8 digits of the SHA-256 of "Ana B.", by sha256sum.
    assert read.said.rater == "rater-07d35a0c"


def test_ratings_never_overwrite_others(study: Study, tmp_path: Path) -> None:
    item = study.drawn[0]
    step = item.rated[0]
    with closing(RatingStore(tmp_path / "a.sqlite")) as store:
        store.add("ana", [click(item.id, str(step), "wrong")])
        path = written(
            tmp_path, "more.csv", f"item,step,right,rater\n{item.id},{step},1,ana\n{item.id},{step},1,ben\n"
        )
        with pytest.raises(
            InputError, match=rf"line 2: rater ana has said something else of step {step} of item"
        ):
            bring_in(study, store, read_ratings(path, FileFormat.CSV, study))
        assert len(list(store.trail())) == 1
        store.add("ana", [click(item.id, str(step), "right")])
        brought = bring_in(study, store, read_ratings(path, FileFormat.CSV, study))
        assert brought.raters == ("ana", "ben")
        assert {said.rater: said.steps for said in store.all_said()} == {
            "ana": {step: "right"},
            "ben": {step: "right"},
        }
        with path.open("a") as file:
            file.write(f"{item.id},{step},0,eva\n")
        brought = bring_in(study, store, read_ratings(path, FileFormat.CSV, study))
        # Of eva alone there is something new: the step, and that the item is done.
        assert (brought.raters, brought.items, brought.clicks) == (("eva",), 1, 2)


def test_of_several_raters_all_is_kept_or_nothing(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up at the second rater."""
    item = study.drawn[0]
    row = f"{item.id},{item.rated[0]},1"
    path = written(tmp_path, "more.csv", f"item,step,right,rater\n{row},ana\n{row},ben\n")
    reads = read_ratings(path, FileFormat.CSV, study)
    with closing(RatingStore(tmp_path / "a.sqlite")) as store:
        add = store.add

        def full(rater: str, clicks: Sequence[Click]) -> int:
            if rater == "ben":
                raise RunError("the disk is full")
            return add(rater, clicks)

        monkeypatch.setattr(store, "add", full)
        with pytest.raises(RunError, match="full"):
            bring_in(study, store, reads)
        assert not list(store.trail())


def test_what_a_rater_says_meanwhile_is_not_overwritten(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check and what is added, nobody else can write."""
    item = study.drawn[0]
    step = str(item.rated[0])
    path = written(tmp_path, "more.csv", f"item,step,right,rater\n{item.id},{step},1,ana\n")
    reads = read_ratings(path, FileFormat.CSV, study)
    with (
        closing(RatingStore(tmp_path / "a.sqlite")) as store,
        closing(RatingStore(tmp_path / "a.sqlite")) as page,
    ):
        said = store.said

        def meanwhile(rater: str, item: str) -> Said:
            before = said(rater, item)
            clicking.start()
            clicking.join(0.1)
            return before

        monkeypatch.setattr(store, "said", meanwhile)
        clicking = threading.Thread(target=page.add, args=("ana", [click(item.id, step, "wrong")]))
        bring_in(study, store, reads)
        clicking.join(10)
        assert [kept.value for kept in page.trail() if kept.question == step] == ["right", "wrong"]
        assert page.said("ana", item.id).steps == {int(step): "wrong"}


def test_what_was_taken_back_here_is_left_so_and_told(study: Study, tmp_path: Path) -> None:
    item = study.drawn[0]
    step = str(item.rated[0])
    path = written(tmp_path, "more.csv", f"item,step,right,rater,done\n{item.id},{step},1,ana,0\n")
    reads = read_ratings(path, FileFormat.CSV, study)
    with closing(RatingStore(tmp_path / "a.sqlite")) as store:
        assert bring_in(study, store, reads).clicks == 1
        last = store.last("ana", item.id)
        assert last is not None
        store.add("ana", [Click(id="click-undo", item=item.id, question=step, undoes=last)])
        again = bring_in(study, store, reads)
        assert (again.clicks, again.taken_back) == (0, 1)
        assert store.said("ana", item.id).steps == {}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("i9999,1,1,ana,", "line 3: the study has no item i9999"),
        ("ITEM,99,1,ana,", "item i[0-9]+: step 99 is not rated; these are: 1"),
        ("ITEM,STEP,maybe,ana,", "`right` is 'maybe'"),
        ("ITEM,0,1,ana,", "`step` is '0'"),
        ("ITEM,STEP,1,,", "line 3: has no `rater`"),
        ("ITEM,STEP,1, ,", "line 3: has no `rater`"),
        ("ITEM,,1,ana,", "has no `step`"),
        ("ITEM,STEP,1,ana,Joyful nonsense", "item i[0-9]+: 'Joyful nonsense' is no label of the item"),
        ("ITEM,STEP,1,ben,", "is rated by ben a second time"),
        ('ITEM,STEP,1,ana,"', "not CSV"),
        ("x\x1b[2J,1,1,ana,", r"no item x\\x1b\[2J"),
    ],
)
def test_one_bad_row_and_nothing_is_imported(study: Study, tmp_path: Path, row: str, told: str) -> None:
    item = study.drawn[0]
    good = f"{item.id},{item.rated[0]},1,ben,"
    row = row.replace("ITEM", item.id).replace("STEP", str(item.rated[0]))
    path = written(tmp_path, "bad.csv", f"item,step,right,rater,label_holds\n{good}\n{row}\n")
    with pytest.raises(InputError, match=told):
        read_ratings(path, FileFormat.CSV, study)


def test_ratings_of_another_study_are_refused(study: Study, question: Study, tmp_path: Path) -> None:
    item = study.drawn[0]
    rows = f"item,step,right,rater,text\n{item.id},{item.rated[0]},1,ana,Another text.\n"
    with pytest.raises(InputError, match="has another text in this study"):
        read_ratings(written(tmp_path, "other.csv", rows), FileFormat.CSV, study)
    other = written(tmp_path, "other.json", json.dumps(document(question, None)))
    with pytest.raises(InputError, match="of another study than study"):
        read_ratings(other, FileFormat.JSON, study)


def test_in_a_study_of_the_question_one_label_is_named(question: Study, tmp_path: Path) -> None:
    """As on its pages."""
    item = next(item for item in question.drawn if not item.sample.multi_label)
    one, other = item.sample.label_set[:2]
    for labels, told in (
        (f"{one} | {other}", "2 labels are named, and one is asked for"),
        ("none of them", "no label is named"),
        ("cannot tell", "a list of labels is meant"),
    ):
        path = written(tmp_path, "asked.csv", f"item,rater,labels\n{item.id},ana,{labels}\n")
        with pytest.raises(InputError, match=told):
            read_ratings(path, FileFormat.CSV, question)
    [read] = read_ratings(
        written(tmp_path, "good.csv", f"item,rater,labels\n{item.id},ana,{one}\n"), FileFormat.CSV, question
    )
    assert read.said.label == (one,)


AMBIGUOUS = ("calm|bored", "Sad | Angry", "none of them", "cannot tell", "[sure]", "(cannot tell)", "=1+1")


def with_labels(question: Study, labels: tuple[str, ...]) -> tuple[Study, Item]:
    """The study with other candidates in its first item, of which several may hold."""
    first, *others = question.items
    sample = first.sample.model_copy(update={"label_set": labels, "labels": labels[:1], "multi_label": True})
    item = first.model_copy(update={"sample": sample})
    return question.model_copy(update={"items": (item, *others)}), item


@pytest.mark.parametrize("n", range(1, len(AMBIGUOUS) + 1))
def test_labels_that_look_like_other_words_come_back_as_they_are(
    question: Study, tmp_path: Path, n: int
) -> None:
    """From the table, and from Label Studio, whose choices are all spelled differently."""
    study, item = with_labels(question, (*AMBIGUOUS, "Sad"))
    for labels in (list(AMBIGUOUS[:n]), [AMBIGUOUS[n - 1]], [AMBIGUOUS[n - 1], "Sad"]):
        with closing(RatingStore(tmp_path / f"{len(labels)}.sqlite")) as store:
            store.add("ana", [click(item.id, "label", labels)])
            path = written(tmp_path, "out.csv", table(study, store))
        [read] = read_ratings(path, FileFormat.CSV, study)
        assert read.said.label == tuple(labels)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.json", "{", "is not JSON"),
        ("x.json", "[" * 100_000, "not usable JSON|not JSON"),
        ("x.json", '{"format": 1}', "is no document of ratings"),
        ("x.json", '{"format": "cuewise-study-ratings", "version": 9}', "upgrade Cuewise"),
        ("x.csv", "", "is empty"),
        ("x.csv", "item,step,right,rater\n", "holds no ratings"),
    ],
)
def test_files_that_are_none(study: Study, tmp_path: Path, name: str, text: str, told: str) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(InputError, match=told):
        read_ratings(path, format_of(path), study)


@pytest.mark.parametrize(
    ("rating", "told"),
    [
        ({"rater": "ana", "item": "i0001", "steps": {"1": "perhaps"}}, "a step is 'perhaps'"),
        ({"rater": "ana", "item": "i0001", "steps": {"x": "right"}}, "rating 1: is not in form"),
        ({"rater": "ana", "item": "i0001", "spent_s": -1}, "spent_s"),
        ({"rater": "ana", "item": "i0001", "spent_s": float("nan")}, "is not in form"),
        ({"rater": "ana", "item": "i0001", "spent_s": 10**400}, "is not in form"),
        ({"rater": "", "item": "i0001"}, "rating 1: has no `rater`"),
        ({"rater": " \t", "item": "i0001"}, "rating 1: has no `rater`"),
        ({"rater": "ana", "item": "i0001", "note": "x" * 4001}, "the note must have at most 4,000"),
        ({"rater": "ana", "item": "i0001", "note": "\ud800"}, "not in form|Unicode text"),
        ({"rater": "ana", "item": "i0001", "steps": {"-1": "right"}}, "step -1 is not rated; these are: 1"),
        ({"rater": "ana", "item": "i0001", "label": ["NAMED", "NAMED"]}, "a label is named twice"),
        ({"rater": "ana", "item": "i0001", "reasons": "I saw it."}, "reasons are not asked for"),
        ({"rater": "\ud800", "item": "i0001"}, "not in form|not Unicode"),
        ("ana", "rating 1: is not in form"),
    ],
)
def test_hostile_documents(study: Study, tmp_path: Path, rating: object, told: str) -> None:
    named = next(item.named[0] for item in study.items if item.id == "i0001")
    whole = {**document(study, None), "ratings": [rating]}
    path = written(tmp_path, "x.json", json.dumps(whole).replace("NAMED", named))
    with pytest.raises(InputError, match=told):
        read_ratings(path, FileFormat.JSON, study)


def test_what_cannot_be_read_is_told(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_ratings(tmp_path / "none.csv", FileFormat.CSV, study)
    with pytest.raises(InputError, match="does not tell its format"):
        format_of(tmp_path / "ratings.xlsx")
    monkeypatch.setattr("cuewise.study.exchange.bringing_in.MOST_BYTES", 10)
    with pytest.raises(InputError, match="larger than 10 bytes"):
        read_ratings(written(tmp_path, "x.csv", "item,step,right,rater\n"), FileFormat.CSV, study)
