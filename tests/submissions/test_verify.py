"""Submissions: what a run gives reproduces, and whatever is changed in it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.records import Clip, Outcome, Protocol
from cuewise.result import RunResult
from cuewise.samples.dataset import read_dataset
from cuewise.submissions.verify import Difference, Verification, verify
from support.outcomes import make_outcomes, make_samples
from support.submissions import Document, made_run, sound_run, submission_of, tampered

Lines = list[Document]


@pytest.fixture(scope="module")
def submission(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 samples of all tasks, two of them without a score."""
    folder = tmp_path_factory.mktemp("submission")
    return submission_of(made_run(folder, n=40), folder / "run.jsonl")


def told(found: Verification) -> set[tuple[str | None, str]]:
    return {(one.sample, one.what) for one in found.differences}


def scored(lines: Lines, *, task: str | None = None) -> Document:
    """The first scored outcome with two reasons or more."""
    return next(
        line
        for line in lines[1:]
        if line["kind"] == "scored" and len(line["verdicts"]) > 2 and task in (None, line["sample"]["task"])
    )


def grounded_run(workspace: Path, n: int) -> RunResult:
    return made_run(workspace, n=n, how={"protocol": Protocol.GROUNDED}, protocol=Protocol.GROUNDED)


@pytest.mark.parametrize(
    ("how", "manifest", "epochs"),
    [
        ({}, {}, 1),
        ({"protocol": Protocol.GROUNDED}, {"protocol": Protocol.GROUNDED}, 1),
        ({}, {}, 3),
        ({"panel": ("a", "a", "b", "b")}, {"judge": "a", "more_judges": ["b"], "judge_repeats": 2}, 1),
    ],
    ids=["paper", "grounded", "epochs", "panel"],
)
@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz"])
def test_what_a_run_gives_reproduces(
    how: Document, manifest: Document, epochs: int, ending: str, tmp_path: Path
) -> None:
    run = made_run(tmp_path, n=24, epochs=epochs, how=how, **manifest)
    found = verify(submission_of(run, tmp_path / f"run.{ending}"))
    assert (found.reproduces, found.differences) == (True, [])
    assert (found.samples, found.answers) == (24, 24 * epochs)
    assert found.summary.to_json() == run.summary.to_json()


def test_nothing_local_is_in_it(tmp_path: Path) -> None:
    run = made_run(tmp_path / "secret-folder", n=16, model="hf//home/ana/ckpt/emo-7b")
    text = submission_of(run, tmp_path / "run.jsonl").read_text(encoding="utf-8")
    for private in ("/home", "ana", "secret-folder", "/tmp", '"options"', '"command"', '"path"'):
        assert private not in text
    assert json.loads(text.splitlines()[0])["settings"]["model"]["name"] == "hf/emo-7b"


def test_messages_and_calls_are_not_passed_on(tmp_path: Path) -> None:
    outcomes = make_outcomes(make_samples(16))
    failed = next(at for at, one in enumerate(outcomes) if one.score is None)
    told = {"message": "no file /home/ana/clips/x.mp4", "calls": {"answer": ("0123abcd" * 8,)}}
    outcomes[failed] = outcomes[failed].model_copy(update=told)
    path = submission_of(sound_run(tmp_path, "run", outcomes), tmp_path / "run.jsonl")
    line = _read(path)[1 + failed]
    assert line["message"].startswith("no file ")
    assert "ana" not in line["message"]
    assert "calls" not in line


def test_a_judge_that_lies_in_a_folder_is_named_alike_everywhere(tmp_path: Path) -> None:
    judge = "openai-api/local//home/ana/qwen.gguf"
    run = made_run(tmp_path, n=16, how={"panel": (judge, "b")}, judge=judge, more_judges=["b"])
    path = submission_of(run, tmp_path / "run.jsonl")
    assert "/home" not in path.read_text(encoding="utf-8")
    assert verify(path).reproduces


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    run = made_run(tmp_path, n=16)
    first, second = (submission_of(run, tmp_path / f"{at}.jsonl.gz").read_bytes() for at in range(2))
    assert first == second


def test_an_unfinished_run_is_no_submission(tmp_path: Path) -> None:
    run = made_run(tmp_path, n=16)
    run.finished = False
    with pytest.raises(InputError, match="not finished"):
        submission_of(run, tmp_path / "run.jsonl")
    assert not (tmp_path / "run.jsonl").exists()


# --- what somebody might change --------------------------------------------------------------------


def test_a_rating(submission: Path) -> None:
    def change(lines: Lines) -> None:
        verdict = scored(lines)["verdicts"][0]
        verdict["rating"] = 1 - verdict["rating"]

    found = verify(tampered(submission, change))
    assert {what for _, what in told(found)} >= {"score, reasoning", "score, cot"}
    assert {sample for sample, _ in told(found)} == {scored(_read(submission))["sample"]["id"]}


def test_a_rating_that_no_judge_gives(submission: Path) -> None:
    def change(lines: Lines) -> None:
        scored(lines)["verdicts"][0]["rating"] = 0.999

    assert any(what == "rating of step 1" for _, what in told(verify(tampered(submission, change))))


def test_a_label(submission: Path) -> None:
    """A wrong answer's reading becomes the gold label, and points and figures follow."""

    def change(lines: Lines) -> None:
        wrong = next(
            line
            for line in lines[1:]
            if line["kind"] == "scored"
            and not line["sample"].get("multi_label")
            and line["score"]["recognition"] == 0
        )
        wrong["reading"]["labels"] = wrong["sample"]["labels"]
        wrong["score"]["recognition"] = 1.0
        wrong["score"]["cot"] += 0.5
        wrong["score"]["labels"]["exact"] = 1.0

    found = verify(tampered(submission, change))
    assert any(what == "reading, labels" for _, what in told(found))


def test_a_label_step_and_its_reading(submission: Path) -> None:
    """What the answer says plainly is read from the answer, whatever the step says."""

    def change(lines: Lines) -> None:
        line = scored(lines)
        other = next(one for one in line["sample"]["label_set"] if one not in line["sample"]["labels"])
        line["reading"]["labels"] = line["steps"][-1]["labels"] = [other]

    assert not verify(tampered(submission, change)).reproduces


def test_a_score(submission: Path) -> None:
    def change(lines: Lines) -> None:
        scored(lines)["score"]["reasoning"] = 0.987

    found = verify(tampered(submission, change))
    wanted = scored(_read(submission))["sample"]["id"]
    assert (wanted, "score, reasoning") in told(found)
    assert any(one.stated == "0.987" for one in found.differences)


def test_a_figure(submission: Path) -> None:
    def change(lines: Lines) -> None:
        lines[0]["overall"]["recognition"] += 1
        lines[0]["overall"]["intervals"]["cot"][1] += 1

    assert told(verify(tampered(submission, change))) == {
        (None, "all samples, recognition"),
        (None, "all samples, intervals"),
    }


@pytest.mark.parametrize("off", [-5.0, -0.01, 0.01, 5.0])
def test_a_figure_of_a_task(off: float, submission: Path) -> None:
    """Too low as well as too high, and by little."""

    def change(lines: Lines) -> None:
        lines[0]["tasks"]["SA"]["reasoning"] += off

    assert told(verify(tampered(submission, change))) == {(None, "SA, reasoning")}


def test_an_interval_left_out(submission: Path) -> None:
    found = verify(tampered(submission, lambda lines: lines[0]["overall"]["intervals"].pop("cot")))
    assert told(found) == {(None, "all samples, intervals")}


def test_figures_of_a_task_too_few_and_too_many(submission: Path) -> None:
    def change(lines: Lines) -> None:
        lines[0]["tasks"]["XX"] = lines[0]["tasks"].pop("SA")

    found = verify(tampered(submission, change))
    assert {(one.what, one.stated, one.found) for one in found.differences} == {
        ("figures of SA", "absent", "there"),
        ("figures of XX", "there", "absent"),
    }


def test_a_failed_sample_left_out(submission: Path) -> None:
    """The hash and the number of samples tell, and the figures."""

    def change(lines: Lines) -> None:
        lines.remove(next(line for line in lines[1:] if line["kind"] != "scored"))

    whats = {what for _, what in told(verify(tampered(submission, change)))}
    assert "number of samples" in whats
    assert "hash of the questions and gold labels, in their order" in whats
    assert "all samples, count" in whats


def test_a_second_outcome_of_a_sample(submission: Path) -> None:
    right_after = verify(tampered(submission, lambda lines: lines.insert(2, deepcopy(lines[1]))))
    assert any(what == "outcomes" for _, what in told(right_after))
    at_the_end = verify(tampered(submission, lambda lines: lines.append(deepcopy(lines[1]))))
    assert any(what == "place in the file" for _, what in told(at_the_end))


def test_an_epoch_left_out(tmp_path: Path) -> None:
    whole = submission_of(made_run(tmp_path, n=16, epochs=2), tmp_path / "run.jsonl")
    found = verify(tampered(whole, lambda lines: lines.pop(2)))
    assert any(what == "outcomes" for _, what in told(found))


def test_an_epoch_that_is_there_twice_in_place_of_another(tmp_path: Path) -> None:
    whole = submission_of(made_run(tmp_path, n=16, epochs=2), tmp_path / "run.jsonl")
    found = verify(tampered(whole, lambda lines: lines.__setitem__(2, deepcopy(lines[1]))))
    first = _read(whole)[1]["sample"]["id"]
    (one,) = [each for each in found.differences if each.what == "outcomes"]
    assert (one.sample, one.stated) == (first, "2 (epochs 0, 0)")


def test_epochs_in_another_order(tmp_path: Path) -> None:
    whole = submission_of(made_run(tmp_path, n=16, epochs=2), tmp_path / "run.jsonl")
    found = verify(tampered(whole, lambda lines: lines.insert(1, lines.pop(2))))
    assert "2 (epochs 1, 0)" in {each.stated for each in found.differences}


def test_a_question_that_is_another_one_in_the_second_epoch(tmp_path: Path) -> None:
    whole = submission_of(made_run(tmp_path, n=16, epochs=2), tmp_path / "run.jsonl")
    found = verify(tampered(whole, lambda lines: lines[2]["sample"].update(question="What else?")))
    assert (_read(whole)[1]["sample"]["id"], "question") in told(found)


def test_several_gold_labels_where_the_task_has_one(submission: Path) -> None:
    """Whichever of the two the answer names, it would earn something."""

    def change(lines: Lines) -> None:
        sample = scored(lines, task="SA")["sample"]
        sample["labels"] = sample["label_set"][:2]

    found = verify(tampered(submission, change))
    wanted = scored(_read(submission), task="SA")["sample"]["id"]
    assert [(one.sample, one.found) for one in found.differences if one.what == "gold labels"] == [
        (wanted, "one label, as the task has one")
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"labels": []}, "some of"),
        ({"labels": ["bliss"]}, "some of"),
        ({"label_set": ["neutral"], "labels": ["neutral"]}, "2 to 500 candidates"),
        ({"label_set": [f"label {at}" for at in range(501)]}, "2 to 500 candidates"),
    ],
    ids=["none", "none of the candidates", "one candidate", "too many candidates"],
)
def test_gold_labels_that_cannot_be(change: Document, fault: str, submission: Path) -> None:
    found = verify(tampered(submission, lambda lines: scored(lines, task="SA")["sample"].update(change)))
    (one,) = [each for each in found.differences if each.what == "gold labels"]
    assert one.found.startswith(fault)


@pytest.mark.parametrize(
    ("change", "what", "fault"),
    [
        (lambda line: line["sample"].update(task="XX"), "task", "one of "),
        (lambda line: line.pop("score"), "outcome", "a score exactly where it is scored"),
        (lambda line: line.update(kind="refused"), "outcome", "a score exactly where it is scored"),
        (lambda line: line.pop("answer"), "outcome", "no answer or no reading of it"),
        (lambda line: line.pop("reading"), "outcome", "no answer or no reading of it"),
        (
            lambda line: line["answer"].update(text=" \n"),
            "outcome",
            "unparseable_answer: the answer is empty",
        ),
        (lambda line: line.update(steps=[]), "reading", "no answer or no steps to read them from"),
        (lambda line: line["steps"][-1].update(labels=["nobody"]), "steps", "labels among the candidates"),
        (lambda line: line.update(verdicts=[]), "verdicts", "one per step"),
    ],
    ids=[
        "task",
        "no score",
        "refused",
        "no answer",
        "no reading",
        "empty",
        "no steps",
        "label",
        "no verdicts",
    ],
)
def test_what_no_run_gives(
    change: Callable[[Document], object], what: str, fault: str, submission: Path
) -> None:
    found = verify(tampered(submission, lambda lines: change(scored(lines))))
    own = {one.found for one in found.differences if one.sample is not None and one.what == what}
    assert any(one.startswith(fault) for one in own)


def test_a_reason_earns_its_point_by_what_was_decided(tmp_path: Path) -> None:
    """Under `grounded` a supported reason that bears on the label has 1, and every other 0."""
    path = submission_of(grounded_run(tmp_path, n=16), tmp_path / "run.jsonl")
    line = scored(_read(path))
    verdict = line["verdicts"][0]
    earned = float(verdict["decision"] == "supported" and verdict["relevant"])
    found = verify(tampered(path, lambda lines: scored(lines)["verdicts"][0].update(rating=1 - earned)))
    (one,) = [each for each in found.differences if each.what == "rating of step 1"]
    assert (one.stated, one.found) == (f"{1 - earned:g}", f"{earned:g}")


def test_a_label_has_its_share_of_the_gold_labels(submission: Path) -> None:
    """Of one gold label 0 or 1: 0.7 is neither, and nearer to 1."""
    found = verify(
        tampered(submission, lambda lines: scored(lines, task="SA")["verdicts"][-1].update(rating=0.7))
    )
    (one,) = [each for each in found.differences if each.what.startswith("rating of step")]
    assert (one.stated, one.found) == ("0.7", "1")


def test_under_grounded_a_label_has_the_f1_of_those_that_the_judge_reads(tmp_path: Path) -> None:
    """One of two gold labels: 2 x 1 / (1 + 2)."""
    path = submission_of(grounded_run(tmp_path, n=40), tmp_path / "run.jsonl")

    def change(lines: Lines) -> None:
        line = next(
            line for line in lines[1:] if line["kind"] == "scored" and len(line["sample"]["labels"]) == 2
        )
        line["verdicts"][-1].update(labels=line["sample"]["labels"][:1], rating=0.5)

    (one,) = [
        each for each in verify(tampered(path, change)).differences if each.what.startswith("rating of step")
    ]
    assert (one.stated, one.found) == ("0.5", "0.666667")


def test_the_weight_of_recognition(submission: Path) -> None:
    """Even where every score follows from it."""

    def change(lines: Lines) -> None:
        lines[0]["settings"]["alpha"] = 1.0
        for line in lines[1:]:
            if "score" in line:
                line["score"]["cot"] = line["score"]["recognition"]

    assert (None, "weight of recognition in CoT") in told(verify(tampered(submission, change)))


def test_so_many_differences_that_not_all_are_kept(submission: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(lines: Lines) -> None:
        for line in lines[1:]:
            line["epoch"] = 1

    whole = verify(tampered(submission, change))
    monkeypatch.setattr("cuewise.submissions.verify.KEPT", 3)
    few = verify(tampered(submission, change))
    assert few.n_differences == whole.n_differences > 40
    assert few.differences == whole.differences[:3]


@pytest.mark.parametrize("place", ["sample", "what", "stated", "found"])
def test_what_is_told_steers_no_terminal(place: str) -> None:
    fields = dict.fromkeys(("sample", "what", "stated", "found"), "plain") | {
        place: "\x1b[2J\u202e" + "x" * 5_000
    }
    told_of = str(Difference(epoch=None, **fields))
    assert told_of.isprintable()
    assert len(told_of) < 1_000


def test_the_order(submission: Path) -> None:
    found = verify(tampered(submission, lambda lines: lines.append(lines.pop(1))))
    assert told(found) == {(None, "hash of the questions and gold labels, in their order")}


def test_the_protocol(submission: Path) -> None:
    def change(lines: Lines) -> None:
        lines[0]["settings"]["protocol"] = "grounded"

    assert any(what == "protocol" for _, what in told(verify(tampered(submission, change))))


def test_a_refusal_that_is_scored(submission: Path) -> None:
    def change(lines: Lines) -> None:
        scored(lines)["answer"]["text"] = "I'm sorry, but I cannot help with identifying emotions."

    whats = {what for _, what in told(verify(tampered(submission, change)))}
    assert "outcome" in whats


def test_a_gold_label_is_found_with_the_dataset_alone(tmp_path: Path) -> None:
    """Whoever changes a gold label, and all that follows from it, gives a file that follows from itself."""
    data = tmp_path / "manifest.jsonl"
    entries = [
        {"clip": f"{at}.mp4", "task": "SA", "label": label, "label_set": ["negative", "neutral", "positive"]}
        for at, label in enumerate(("negative", "neutral", "positive", "positive"))
    ]
    data.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    samples = list(read_dataset(str(data), with_clips=False).samples)
    true = submission_of(
        sound_run(tmp_path, "true", make_outcomes(samples, fail_every=0)), tmp_path / "true.jsonl"
    )
    assert verify(true, data=str(data)).reproduces
    samples[0] = samples[0].model_copy(update={"labels": ("positive",)})
    false = submission_of(
        sound_run(tmp_path, "false", make_outcomes(samples, fail_every=0)), tmp_path / "false.jsonl"
    )
    assert verify(false).reproduces
    found = verify(false, data=str(data))
    assert told(found) == {(samples[0].id, "gold labels"), (None, "hash of the dataset")}
    assert (found.differences[0].stated, found.differences[0].found) == ("positive", "negative")
    # A flip that only touches the label is found by the hash, the points and the figures.
    careless = verify(tampered(true, lambda lines: lines[1]["sample"].update(labels=["positive"])))
    assert (None, "hash of the questions and gold labels, in their order") in told(careless)


def test_a_sample_that_the_dataset_has_not_and_one_that_is_missing(tmp_path: Path) -> None:
    data = tmp_path / "manifest.csv"
    data.write_text("clip,task,label\n0.mp4,SA,neutral\n1.mp4,SA,neutral\n", encoding="utf-8")
    samples = list(read_dataset(str(data), with_clips=False).samples)
    samples[1] = samples[1].model_copy(update={"id": "SA/2.mp4"})
    path = submission_of(
        sound_run(tmp_path, "run", make_outcomes(samples, fail_every=0)), tmp_path / "run.jsonl"
    )
    found = verify(path, data=str(data))
    assert told(found) == {("SA/2.mp4", "sample"), (None, "samples"), (None, "hash of the dataset")}
    assert "1 missing, the first SA/1.mp4" in {one.found for one in found.differences}


def test_clips_are_the_datasets(tmp_path: Path) -> None:
    """By their ids samples of one video are taken together, so that others would change the intervals."""
    data = tmp_path / "manifest.csv"
    data.write_text("clip,task,label\n0.mp4,SA,neutral\n1.mp4,SA,neutral\n", encoding="utf-8")
    samples = list(read_dataset(str(data), with_clips=False).samples)
    forged = [one.model_copy(update={"clip": Clip(id=f"forged/{one.clip.id}")}) for one in samples]
    path = submission_of(
        sound_run(tmp_path, "run", make_outcomes(forged, fail_every=0)), tmp_path / "run.jsonl"
    )
    assert verify(path).reproduces
    found = verify(path, data=str(data))
    assert told(found) == {(one.id, "clip") for one in samples} | {(None, "hash of the dataset")}
    assert (found.differences[0].stated, found.differences[0].found) == ("forged/0.mp4", "0.mp4")


def test_another_order_than_the_datasets(tmp_path: Path) -> None:
    """Each sample is the dataset's own; only the hash of all of them is not."""
    data = tmp_path / "manifest.csv"
    data.write_text("clip,task,label\n0.mp4,SA,neutral\n1.mp4,SA,neutral\n", encoding="utf-8")
    samples = read_dataset(str(data), with_clips=False).samples[::-1]
    path = submission_of(
        sound_run(tmp_path, "run", make_outcomes(samples, fail_every=0)), tmp_path / "run.jsonl"
    )
    assert told(verify(path, data=str(data))) == {(None, "hash of the dataset")}


def test_what_was_sent_is_of_what_the_settings_name(submission: Path) -> None:
    found = verify(tampered(submission, lambda lines: lines[0]["settings"].update(modalities=["audio"])))
    assert {what for _, what in told(found)} == {"sent to the model"}
    assert (found.differences[0].stated, found.differences[0].found) == ("video, audio", "some of audio")


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line["votes"].pop(),
        lambda line: line["votes"][0].update(judge="somebody"),
        lambda line: [vote["verdicts"][0].update(rating=0.5) for vote in line["votes"]],
        lambda line: line["votes"][1]["verdicts"].pop(),
        lambda line: line.pop("votes"),
        lambda line: line["verdicts"].pop(),
    ],
    ids=["one less", "another judge", "a rating", "a verdict less", "none", "a verdict of all less"],
)
def test_a_panels_votes(change: Callable[[Document], object], tmp_path: Path) -> None:
    run = made_run(tmp_path, n=16, how={"panel": ("a", "b", "c")}, judge="a", more_judges=["b", "c"])
    path = submission_of(run, tmp_path / "run.jsonl")
    found = verify(tampered(path, lambda lines: change(scored(lines))))
    assert {sample for sample, _ in told(found)} - {None} == {scored(_read(path))["sample"]["id"]}


def test_a_vote_that_no_judge_gives(tmp_path: Path) -> None:
    run = made_run(tmp_path, n=16, how={"panel": ("a", "b", "c")}, judge="a", more_judges=["b", "c"])
    path = submission_of(run, tmp_path / "run.jsonl")
    found = verify(tampered(path, lambda lines: scored(lines)["votes"][2]["verdicts"][0].update(rating=0.5)))
    (one,) = [each for each in found.differences if each.what == "rating of step 1"]
    assert (one.stated, one.found) == ("0.5", "0 or 1")


def test_a_judge_that_votes_in_place_of_another(tmp_path: Path) -> None:
    """Two judges whose names are the same without their folders; the third votes in place of one of them."""
    one, other = (f"openai-api/local//home/{who}/judge.gguf" for who in ("ana", "bob"))
    run = made_run(tmp_path, n=16, how={"panel": (one, other, "b")}, judge=one, more_judges=[other, "b"])
    path = submission_of(run, tmp_path / "run.jsonl")
    assert verify(path).reproduces
    found = verify(tampered(path, lambda lines: scored(lines)["votes"][1].update(judge="b")))
    (votes,) = [each for each in found.differences if each.what == "votes"]
    named = "openai-api/local/…/judge.gguf (0)"
    assert (votes.stated, votes.found) == (f"{named}, b (0), b (0)", f"{named}, {named}, b (0)")


def test_votes_where_one_judge_judges_once(submission: Path) -> None:
    def change(lines: Lines) -> None:
        line = scored(lines)
        line["votes"] = [{"judge": "a", "repeat": 0, "verdicts": line["verdicts"]}]

    assert "votes" in {what for _, what in told(verify(tampered(submission, change)))}


def test_a_vote_that_changes_no_verdict(tmp_path: Path) -> None:
    """It changes how far the judges agree."""
    how = {"panel": ("a", "b", "c"), "fail_every": 0}
    run = made_run(tmp_path, n=16, how=how, judge="a", more_judges=["b", "c"])
    path = submission_of(run, tmp_path / "run.jsonl")

    def change(lines: Lines) -> None:
        """One of three that agree on a point no longer does."""
        for line in lines[1:]:
            votes = line["votes"]
            for place, verdict in enumerate(line["verdicts"][:-1]):
                said = [vote["verdicts"][place] for vote in votes]
                if all(one["rating"] == verdict["rating"] for one in said):
                    said[2]["rating"] = 1 - said[2]["rating"]
                    return

    found = verify(tampered(path, change))
    assert "all samples, panel_agreement" in {what for _, what in told(found)}


def test_another_taxonomy_is_not_guessed_at(submission: Path) -> None:
    other = tampered(submission, lambda lines: lines[0]["settings"].update(taxonomy=999))
    with pytest.raises(InputError, match="version 999 of the label taxonomy"):
        verify(other)


def test_every_outcome_is_given_on(submission: Path) -> None:
    taken: list[Outcome] = []
    verify(submission, take=lambda outcomes: taken.extend(outcomes))
    assert [outcome.sample.id for outcome in taken] == [
        line["sample"]["id"] for line in _read(submission)[1:]
    ]


def _read(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
