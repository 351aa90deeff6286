"""Audits of datasets: every part on a few samples by hand, then all figures of the published annotations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuewise.audits.data.audit import DataAudit, audit_data, most_frequent_scores
from cuewise.audits.data.baselines import Expected, compute_baselines
from cuewise.audits.data.clues import find_leaks
from cuewise.audits.data.labels import count_gold, find_label_sets, find_unmapped, reordered
from cuewise.audits.data.share import Share
from cuewise.audits.data.shared import Agreement, Overlap, find_shared_clips, summarize_shared
from cuewise.audits.table.audit import audit_table
from cuewise.audits.table.files import read_task_scores
from cuewise.records import Clip, Sample
from cuewise.samples.dataset import read_dataset

EMOTIONS = ("anger", "happiness", "neutral", "surprise")


def sample(
    task: str,
    clip: str,
    *labels: str,
    label_set: tuple[str, ...] = EMOTIONS,
    clue: str | None = None,
    multi: bool = False,
) -> Sample:
    return Sample(
        id=f"{task}/{clip}",
        task=task,
        clip=Clip(id=clip),
        question="Which?",
        label_set=label_set,
        labels=labels,
        multi_label=multi,
        source=clip.split("/")[0],
        audio_clue=clue,
    )


# --- baselines ---


def expected(points: float, f1: float, exact: float) -> Expected:
    return Expected(pytest.approx(points), pytest.approx(f1), pytest.approx(exact))  # type: ignore[arg-type]


def test_baselines_of_single_labels() -> None:
    label_set = ("anger", "happiness", "neutral")
    gold = ("happiness", "anger", "happiness")
    (found,) = compute_baselines(
        [sample("ER-Lab", f"X/{n}", label, label_set=label_set) for n, label in enumerate(gold)]
    )
    assert found.label == "happiness"
    assert found.most_frequent == expected(*[200 / 3] * 3)
    assert found.random == expected(*[100 / 3] * 3)
    assert found.prior == expected(*[500 / 9] * 3)  # (2/3)^2 + (1/3)^2 = 5/9
    assert found.all_labels is None


def test_of_equally_frequent_labels_the_first_is_taken() -> None:
    (found,) = compute_baselines([sample("ER-Lab", "X/1", "neutral"), sample("ER-Lab", "X/2", "anger")])
    assert found.label == "anger"


def test_candidates_that_differ_by_corpus() -> None:
    (found,) = compute_baselines(
        [
            sample("ER-Wild", "A/1", "anger", label_set=("anger", "fear")),
            sample("ER-Wild", "B/1", "sad", label_set=("happy", "sad", "angry", "fear")),
        ]
    )
    assert found.random.points == pytest.approx(100 * (1 / 2 + 1 / 4) / 2)
    assert found.most_frequent.points == pytest.approx(
        50
    )  # "anger" is not even among the second's candidates


def test_baselines_of_several_labels() -> None:
    label_set = ("anger", "fear", "sad")
    (found,) = compute_baselines(
        [
            sample("ML-ER", "X/1", "anger", label_set=label_set, multi=True),
            sample("ML-ER", "X/2", "anger", "fear", label_set=label_set, multi=True),
        ]
    )
    # Always "anger": C/K is 1 and 1/2, F1 is 1 and 2/3; the first is exact.
    assert found.most_frequent == expected(75, 100 * 5 / 6, 50)
    # One or two labels, each half of the time, out of three.
    # C/K: 1/3 for one and 2/3 for two, whatever K. F1 = 2 E[C] / (P + K):
    #   K = 1: 2 (1/3) / 2 = 1/3, 2 (2/3) / 3 = 4/9; K = 2: 2 (2/3) / 3 = 4/9, 2 (4/3) / 4 = 2/3.
    # Exact: half of 1/3 for either question.
    assert found.random == expected(50, 100 * (1 / 3 + 4 / 9 + 4 / 9 + 2 / 3) / 4, 100 / 6)
    # {anger} or {anger, fear}: C/K is 1, 1 and 1/2, 1; F1 is 1, 2/3 and 2/3, 1.
    assert found.prior == expected(87.5, 100 * 5 / 6, 50)
    # All three: F1 is 2 / 4 and 4 / 5.
    assert found.all_labels == expected(100, 65, 0)


# --- shared clips ---


def shared(first: Sample, second: Sample) -> tuple[Agreement, Overlap | None]:
    (one,) = find_shared_clips([first, second])
    return one.agreement, one.overlap


SENTIMENTS = ("negative", "neutral", "positive", "weak positive")


@pytest.mark.parametrize(
    ("sa", "fg_sa", "agreement"),
    [
        ("positive", "weak positive", Agreement.AGREE),
        ("positive", "negative", Agreement.DISAGREE),
        ("neutral", "weak positive", Agreement.DISAGREE),
        ("neutral", "neutral", Agreement.AGREE),
    ],
)
def test_sentiments_agree_by_valence(sa: str, fg_sa: str, agreement: Agreement) -> None:
    first = sample("SA", "X/1", sa, label_set=SENTIMENTS)
    assert shared(first, sample("FG-SA", "X/1", fg_sa, label_set=SENTIMENTS)) == (agreement, None)


def test_an_emotion_and_a_sentiment() -> None:
    positive = sample("SA", "X/1", "positive", label_set=SENTIMENTS)
    assert shared(sample("ER-Wild", "X/1", "happiness"), positive) == (Agreement.AGREE, None)
    assert shared(sample("ER-Wild", "X/1", "anger"), positive) == (Agreement.DISAGREE, None)
    assert shared(sample("ER-Wild", "X/1", "surprise"), positive) == (Agreement.NOT_COMPARABLE, None)
    mixed = sample("ML-ER", "X/1", "anger", "happiness", multi=True)
    assert shared(mixed, positive) == (Agreement.NOT_COMPARABLE, None)


def test_a_neutral_intent_is_no_neutral_feeling() -> None:
    intent = sample("IR", "X/1", "neutral", label_set=("neutral", "questioning"))
    assert shared(sample("ER-Wild", "X/1", "neutral"), intent) == (Agreement.NOT_COMPARABLE, None)


def test_emotions_overlap_too() -> None:
    one = sample("ER-Wild", "X/1", "anger")
    assert (
        shared(one, sample("ML-ER", "X/1", "Anger", label_set=("Anger", "Fear"), multi=True))[1]
        is Overlap.SAME
    )
    assert shared(one, sample("ML-ER", "X/1", "anger", "surprise", multi=True))[1] is Overlap.PARTLY
    assert shared(one, sample("ML-ER", "X/1", "surprise", multi=True))[1] is Overlap.NONE


def test_a_clip_of_three_questions_gives_three_pairs() -> None:
    samples = [
        sample("ER-Wild", "X/1", "anger"),
        sample("ML-ER", "X/1", "anger"),
        sample("IR", "X/1", "neutral"),
    ]
    found = find_shared_clips(samples)
    assert [one.tasks for one in found] == [("ER-Wild", "ML-ER"), ("ER-Wild", "IR"), ("ML-ER", "IR")]
    assert audit_data(samples).n_shared_clips == 1
    assert [pair.n_clips for pair in summarize_shared(found)] == [1, 1, 1]


# --- labels ---


def test_label_sets() -> None:
    samples = [
        sample("ER-Wild", "A/1", "anger", label_set=("anger", "fear", "sad")),
        sample("ER-Wild", "A/2", "anger", label_set=("anger", "fear", "sad")),
        sample("ER-Wild", "A/3", "zest", label_set=("sad", "fear", "anger")),
        sample("ER-Wild", "B/1", "sad", label_set=("fear", "sad", "anger")),
        sample("ER-Wild", "C/1", "joy", label_set=("joy", "grief-stricken-qzx")),
    ]
    a, b, c = find_label_sets(samples)
    assert (a.source, a.n_samples, a.n_sets, a.n_orders) == ("A", 3, 1, 2)
    assert a.label_set == ("anger", "fear", "sad")
    assert a.never_gold == ("fear", "sad")
    assert a.outside == ("zest",)
    assert (b.never_gold, b.outside) == (("fear", "anger"), ())
    assert reordered([a, b, c]) == {"ER-Wild": ("A", "B")}
    assert "grief-stricken-qzx" in find_unmapped(samples)["ER-Wild"]
    assert "anger" not in find_unmapped(samples)["ER-Wild"]


def test_numbers_of_gold_labels() -> None:
    (gold,) = count_gold(
        [
            sample("FG-ER", "X/1", "anger", multi=True),
            sample("FG-ER", "X/2", "anger", "surprise", multi=True),
            sample("FG-ER", "X/3", "anger", "neutral", multi=True),
        ],
        {"FG-ER": ";"},
    )
    assert (gold.by_count, gold.several, gold.separator) == ({1: 1, 2: 2}, 2, ";")


# --- clues ---


def leak(clue: str | None, *labels: str, task: str = "ER-Wild") -> tuple[int, int | None, int]:
    multi = task in ("FG-ER", "ML-ER")
    (found,) = find_leaks(
        [sample(task, "X/1", *labels, clue=clue, multi=multi)], {task: ";" if multi else None}
    )
    return found.any_label.count, None if found.joined is None else found.joined.count, found.as_word.count


def test_rules_for_clues() -> None:
    assert leak(None, "anger") == (0, None, 0)
    assert leak("A voice full of ANGER.", "anger") == (1, None, 1)
    assert leak("He sounds happy.", "happiness") == (0, None, 1)  # happi is not in it
    assert leak("She danger ously shouts.", "anger") == (1, None, 0)  # inside another word
    assert leak("There is no anger in it.", "anger") == (1, None, 0)
    assert leak("A flat voice.", "anger") == (0, None, 0)
    # Joined, the text is `anger;surprise`, whose first five letters are `anger`.
    assert leak("A surprised cry.", "anger", "surprise", task="FG-ER") == (1, 0, 1)
    assert leak("An angered cry.", "anger", "surprise", task="FG-ER")[:2] == (1, 1)


def test_shares_are_rounded_half_up() -> None:
    assert str(Share(1380, 1600)) == "86.3"  # 86.25
    assert str(Share(1, 3)) == "33.3"
    assert str(Share(500, 500)) == "100.0"


# --- the published annotations ---


@pytest.fixture(scope="module")
def published(shared_data: Path) -> DataAudit:
    dataset = read_dataset(str(shared_data / "mme-emotion"))
    return audit_data(dataset.samples, dataset.problems)


@pytest.mark.shared
def test_published_counts(published: DataAudit) -> None:
    assert (published.n_questions, published.clips.n_clips) == (6500, 6017)
    assert all(count.n_questions == count.n_published for count in published.counts)
    assert len(published.counts) == 17  # 1 + 6 + 1 + 1 + 2 + 4 + 1 + 1 corpora
    assert all(count.n_repeated == 0 for count in published.counts)
    assert published.problems == ()


@pytest.mark.shared
def test_published_shared_clips(published: DataAudit) -> None:
    assert published.n_shared_clips == len(published.shared) == 483
    by_tasks = {pair.tasks: pair for pair in published.pairs}
    assert {tasks: pair.n_clips for tasks, pair in by_tasks.items()} == {
        ("SA", "FG-SA"): 298,
        ("ER-Wild", "SA"): 64,
        ("ER-Wild", "IR"): 60,
        ("ER-Wild", "ML-ER"): 41,
        ("ML-ER", "SA"): 20,
    }
    assert by_tasks["SA", "FG-SA"].agreement == {"agree": 298, "disagree": 0, "not comparable": 0}
    assert by_tasks["ER-Wild", "IR"].agreement["not comparable"] == 60
    assert by_tasks["ER-Wild", "ML-ER"].overlap == {"same": 0, "partly": 41, "none": 0}
    assert by_tasks["ML-ER", "SA"].agreement["disagree"] == 6


@pytest.mark.shared
def test_published_labels(published: DataAudit) -> None:
    several = {gold.task: (gold.several, gold.separator) for gold in published.gold}
    assert several["FG-ER"] == (242, ";")
    assert several["ML-ER"] == (600, ",")
    assert several["ER-Lab"] == (0, None)
    assert "Doubt/Confusion" in next(one.label_set for one in published.label_sets if one.task == "FG-ER")
    assert published.unmapped == {}
    assert set(published.reordered) == {"ER-Wild", "SA"}
    assert all(one.n_orders == 1 and not one.outside for one in published.label_sets)


@pytest.mark.shared
def test_published_clues(published: DataAudit) -> None:
    by_task = {leaks.task: leaks for leaks in published.leaks}
    assert {task: str(leaks.any_label) for task, leaks in by_task.items() if task != "FG-ER"} == {
        "ER-Lab": "99.6",
        "ER-Wild": "86.9",
        "Noise-ER": "63.2",
        "ML-ER": "94.7",
        "SA": "86.3",
        "FG-SA": "67.8",
        "IR": "84.2",
    }
    # 93.2 is what looking for the first letters of the joined text gives; of any label they are found more often.
    fg_er = by_task["FG-ER"]
    assert fg_er.joined is not None
    assert (str(fg_er.joined), str(fg_er.any_label)) == ("93.2", "98.6")
    assert all(leaks.with_clue.percent == 100 for leaks in by_task.values())


@pytest.mark.shared
def test_published_baselines(published: DataAudit, shared_data: Path) -> None:
    always = most_frequent_scores(published.baselines)
    single = {task: score for task, (_, score) in always.items() if task not in ("FG-ER", "ML-ER")}
    assert single == {
        "ER-Lab": pytest.approx(24.0),
        "ER-Wild": pytest.approx(20.5),
        "Noise-ER": pytest.approx(23.8),
        "SA": pytest.approx(39.25),
        "FG-SA": pytest.approx(23.8),
        "IR": pytest.approx(26.6),
    }
    rows = read_task_scores(shared_data / "published" / "task_scores.csv")
    below = {one.task: len(one.models) for one in audit_table(rows, baselines=always).below_baseline}
    assert (below["FG-SA"], below["SA"], below["ER-Lab"]) == (19, 14, 17)


@pytest.mark.shared
def test_the_document_holds_everything(published: DataAudit) -> None:
    document = json.loads(json.dumps(published.to_json(), allow_nan=False))
    assert len(document["shared_clips"]) == 483
    assert document["shared_clips"][0].keys() == {"clip", "uses", "agreement", "overlap"}
    assert len(document["clips"]["missing"]) == 6017
