"""Baselines and the skill above them: hand arithmetic."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import Clip, Outcome, OutcomeKind, Protocol, Sample, Score
from cuewise.scores.baselines import GoldTally, baseline_figures, skill
from cuewise.scores.figures import Figures
from cuewise.scores.summary import Summary, SummaryTally

PAPER, GROUNDED = Protocol.MME_EMOTION, Protocol.GROUNDED


def gold(*questions: tuple[str, ...], candidates: int | None = 4, multi_label: bool = False) -> GoldTally:
    tally = GoldTally()
    for labels in questions:
        tally.add(labels, candidates, multi_label=multi_label)
    return tally


def test_one_label_of_several() -> None:
    # "sad" is right in 3 of 5; one of four candidates by lot in 1 of 4.
    tally = gold(("sad",), ("sad",), ("sad",), ("happy",), ("angry",))
    found = baseline_figures([tally], 70.0, PAPER)
    assert found is not None
    assert found.label == "sad"
    assert (found.majority, found.random) == pytest.approx((60, 25))
    assert found.over_majority == pytest.approx(25)  # 100 x (70 - 60) / 40
    assert found.over_random == pytest.approx(60)  # 100 x (70 - 25) / 75
    assert not found.below


def test_recognition_below_the_baseline_has_a_negative_skill() -> None:
    found = baseline_figures([gold(("sad",), ("sad",), ("sad",), ("happy",))], 50.0, PAPER)
    assert found is not None
    assert found.over_majority == pytest.approx(-100)  # 100 x (50 - 75) / 25
    assert found.below


def test_level_with_the_baseline_is_not_below_it() -> None:
    # A third of three questions: 33.333... less itself may be -1e-15.
    found = baseline_figures([gold(("a",), ("b",), ("c",))], 100 * (1 / 3), PAPER)
    assert found is not None
    assert not found.below


def test_several_labels_under_the_papers_rules_and_by_f1() -> None:
    # Two questions, gold {a, b} and {a}, of 4 candidates.
    # Naming "a": recall (1/2 + 1) / 2 = 3/4; F1 (2/3 + 1) / 2 = 5/6.
    # By lot: as many labels as a question has, 1 or 2. Recall is m / 4 whatever the gold labels: (1/4 + 2/4) / 2 = 3/8.
    # F1 2C / (m + K) with E[C] = m K / 4. K = 2: m = 1: 2 x 0.5 / 3 = 1/3; m = 2: 2 x 1 / 4 = 1/2.
    #   K = 1: m = 1: 2 x 0.25 / 2 = 1/4; m = 2: 2 x 0.5 / 3 = 1/3. Mean of the four: (4 + 6 + 3 + 4) / 48 = 17/48.
    tally = gold(("a", "b"), ("a",), multi_label=True)
    paper, grounded = (baseline_figures([tally], 50.0, protocol) for protocol in (PAPER, GROUNDED))
    assert paper is not None
    assert grounded is not None
    assert (paper.majority, paper.random) == pytest.approx((75, 37.5))
    assert (grounded.majority, grounded.random) == pytest.approx((500 / 6, 1700 / 48))


def test_where_labels_by_lot_score_more_they_are_the_baseline_to_beat() -> None:
    # Gold {a, b}, {c, d}, {e, f}, {g, h} of 8: naming "a" recalls 1/2 in one of four, two by lot 2/8 in each.
    tally = gold(("a", "b"), ("c", "d"), ("e", "f"), ("g", "h"), candidates=8, multi_label=True)
    found = baseline_figures([tally], 20.0, PAPER)
    assert found is not None
    assert (found.majority, found.random, found.best) == (12.5, 25, 25)
    assert found.below  # above 12.5, and below 25


def test_tasks_are_pooled_by_questions_and_have_no_common_label() -> None:
    # 4 questions at 50 and 1 at 100: (4 x 50 + 100) / 5 = 60. By lot (4 x 25 + 50) / 5 = 30.
    first = gold(("a",), ("a",), ("b",), ("c",))
    second = gold(("x",), candidates=2)
    found = baseline_figures([first, second], 80.0, PAPER)
    assert found is not None
    assert found.label is None
    assert (found.majority, found.random) == pytest.approx((60, 30))
    assert found.over_majority == pytest.approx(50)


def test_what_is_not_known_is_none() -> None:
    assert baseline_figures([], 50.0, PAPER) is None
    assert baseline_figures([GoldTally()], 50.0, PAPER) is None
    assert baseline_figures([gold(())], 50.0, PAPER) is None  # no gold label is known
    found = baseline_figures([gold(("a",), ("b",), candidates=None)], None, PAPER)
    assert found is not None
    assert (found.random, found.over_majority, found.over_random) == (None, None, None)
    certain = baseline_figures([gold(("a",), ("a",))], 100.0, PAPER)
    assert certain is not None
    assert certain.over_majority is None  # nothing is left to gain


@given(st.floats(0, 100), st.floats(0, 99))
def test_skill_is_100_at_best_0_at_the_baseline_and_has_its_sign(percent: float, baseline: float) -> None:
    found = skill(percent, baseline)
    assert found is not None
    assert found <= 100 + 1e-9
    assert skill(baseline, baseline) == 0
    assert skill(100, baseline) == pytest.approx(100)
    assert (found > 0) == (percent > baseline)


def outcome(number: int, label: str, recognition: float | None, *, task: str = "SA") -> Outcome:
    sample = Sample(
        id=f"{task}/{number}",
        task=task,
        clip=Clip(id=str(number)),
        question="?",
        label_set=("positive", "neutral", "negative", "mixed"),
        labels=(label,),
    )
    if recognition is None:
        return Outcome(sample=sample, protocol=PAPER, kind=OutcomeKind.REFUSED)
    score = Score(recognition=recognition, reasoning=0.0, cot=recognition / 2, n_steps=1)
    return Outcome(sample=sample, protocol=PAPER, kind=OutcomeKind.SCORED, score=score)


def figures(*outcomes: Outcome) -> Summary:
    tally = SummaryTally()
    for one in outcomes:
        tally.add(one)
    return tally.summary()


def test_a_runs_figures_carry_their_baselines_whatever_was_scored() -> None:
    # SA: "neutral" 2 of 4, and 3 of 4 right: 100 x (75 - 50) / 50 = 50. IR: one question, all right, nothing to gain.
    # Both: (4 x 50 + 100) / 5 = 60, 4 of 5 right: 100 x (80 - 60) / 40 = 50.
    summary = figures(
        outcome(1, "neutral", 1.0),
        outcome(2, "neutral", None),
        outcome(3, "positive", 1.0),
        outcome(4, "negative", 1.0),
        outcome(5, "mixed", 1.0, task="IR"),
    )
    overall: Figures = summary.overall()
    assert overall.baselines is not None
    assert asdict(overall.baselines) == {
        "label": None,
        "majority": pytest.approx(60),
        "random": pytest.approx(25),
        "over_majority": pytest.approx(50),
        "over_random": pytest.approx(100 * 55 / 75),
    }
    of_sa = summary.tasks()["SA"].baselines
    assert of_sa is not None
    assert of_sa.label == "neutral"
    assert of_sa.over_majority == pytest.approx(50)
    assert summary.to_json()["tasks"]["SA"]["baselines"]["majority"] == pytest.approx(50)
    assert summary.categories("SA")["neutral"].baselines is None
