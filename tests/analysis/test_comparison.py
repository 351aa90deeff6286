"""Two runs over the same samples: differences by hand and by scipy, and what changed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev

import numpy as np
import pytest
from scipy.stats import binomtest, norm
from scipy.stats import t as student

from cuewise.analysis.comparison import (
    Change,
    Comparison,
    ScoreDifference,
    compare_runs,
    detectable_difference,
    share_samples,
)
from cuewise.analysis.table import RunTable
from support.written_answers import answer, table


def compared(a: RunTable, b: RunTable) -> Comparison:
    found = compare_runs(a, b)
    assert found is not None
    return found


def the(found: Comparison, score: str, task: str = "") -> ScoreDifference:
    (one,) = [one for one in (*found.overall, *found.tasks) if (one.score, one.task) == (score, task)]
    return one


def run(points: Sequence[float | None], *, task: str = "ER-Lab", reasoning: float = 0.5) -> RunTable:
    return table(*(answer(str(n), value, reasoning, task=task) for n, value in enumerate(points)))


def test_ten_samples_by_hand() -> None:
    # b is right where a is wrong in 6 of 10, wrong where a is right in 1, and both are right in 3.
    found = compared(run([0.0] * 6 + [1.0] * 4), run([1.0] * 6 + [0.0] + [1.0] * 3))
    one = the(found, "recognition")
    assert (one.a, one.b, one.result.difference) == pytest.approx((40, 90, 50))
    assert (one.result.better, one.result.worse, one.result.count) == (6, 1, 10)
    # McNemar exactly: 2 P(X <= 1), X of 7 tosses: 2 x (1 + 7) / 128 = 0.125.
    assert one.result.test == "mcnemar-exact"
    assert one.result.p_value == pytest.approx(0.125)
    assert one.result.p_value == pytest.approx(binomtest(1, 7).pvalue)
    # Of three scores: recognition and CoT 0.125 (the same signs), reasoning 1. Holm: 3 x 0.125 = 0.375 for both.
    assert the(found, "cot").result.p_value == pytest.approx(0.125)
    assert the(found, "reasoning").result.p_value == 1
    assert [one.result.p_adjusted for one in found.overall] == pytest.approx([0.375, 1, 0.375])
    assert not any(one.real for one in found.overall)
    assert found.tasks == ()  # of one task, which is all samples


def test_a_planted_difference_is_found_in_its_task_alone() -> None:
    dice = random.Random(7)
    of_a, of_b = [], []
    for task in ("ER-Lab", "IR"):
        for n in range(300):
            right = dice.random() < 0.4
            mended = task == "IR" and not right and dice.random() < 0.2
            other = right if dice.random() < 0.97 else not right  # a little noise, both ways
            of_a.append(answer(str(n), float(right), task=task, clip=f"{task}/{n}"))
            of_b.append(answer(str(n), float(other or mended), task=task, clip=f"{task}/{n}"))
    found = compared(table(*of_a), table(*of_b))
    assert the(found, "recognition").real
    assert the(found, "recognition", "IR").real
    assert the(found, "recognition", "IR").result.difference > 0
    assert not the(found, "recognition", "ER-Lab").real
    # Of one task the p-values are adjusted over all six tests by task.
    smallest = min(one.result.p_value for one in found.tasks)
    assert min(one.result.p_adjusted or 1 for one in found.tasks) == pytest.approx(6 * smallest)


@pytest.mark.parametrize("seed", range(5))
def test_runs_of_one_model_are_not_called_different(seed: int) -> None:
    dice = random.Random(f"null {seed}")
    a, b = (run([float(dice.random() < 0.5) for _ in range(200)], reasoning=0.3) for _ in range(2))
    assert not any(one.real for one in compared(a, b).overall)


def test_the_same_run_twice_has_nothing_to_show() -> None:
    one = run([1.0, 0.0, None, 1.0])
    found = compared(one, one)
    assert [each.result.difference for each in found.overall] == [0, 0, 0]
    assert [each.result.p_value for each in found.overall] == [1, 1, 1]
    assert [each.detectable for each in found.overall] == [None, None, None]
    assert found.changed == ()
    assert all(not n for of in found.counts().values() for n in of.values())


def test_answers_to_one_sample_are_one_sample() -> None:
    # Two answers each: a has means 1/2, 0 and 1, b 1, 0 and 1. Difference (1/2 + 0 + 0) / 3 = 16.7 points of 3 samples.
    a = table(
        [answer("x", 1.0), answer("x", 0.0, epoch=1)],
        [answer("y", 0.0), answer("y", None, epoch=1)],
        [answer("z", 1.0), answer("z", 1.0, epoch=1)],
    )
    b = table(
        [answer("x", 1.0), answer("x", 1.0, epoch=1)],
        [answer("y", 0.0), answer("y", 0.0, epoch=1)],
        [answer("z", 1.0), answer("z", 1.0, epoch=1)],
    )
    found = compared(a, b)
    one = the(found, "recognition")
    assert (one.a, one.b) == pytest.approx((50, 200 / 3))
    assert one.result.difference == pytest.approx(50 / 3)
    assert (one.result.count, one.result.test) == (3, "sign-flip")
    assert one.result.p_value == 1  # one sample moved: half of all flips are as large either way
    assert {each.row.id: each.changes for each in found.changed} == {
        "ER-Lab/x": (Change.WRONG_TO_RIGHT, Change.LABEL),  # it was not right in every answer, and is
        "ER-Lab/y": (Change.LABEL, Change.OUTCOME),  # one answer was refused, and is not
    }


def test_samples_of_one_clip_are_taken_together() -> None:
    # 12 clips of two samples each that gain and lose together: 2^12 ways to flip, not 2^24.
    def of(points: list[float]) -> RunTable:
        return table(*(answer(f"{n}", value, clip=f"clip{n // 2}.mp4") for n, value in enumerate(points)))

    found = compared(of([0.0] * 24), of([1.0] * 20 + [0.0] * 4))
    one = the(found, "recognition")
    assert (found.shared.unit, one.result.clusters, one.result.count) == ("clip", 12, 24)
    # Ten clips moved, all one way: 2 of 2^10 flips are as large.
    assert one.result.test == "sign-flip"
    assert one.result.p_value == pytest.approx(2 / 2**10)


def test_source_videos_are_taken_together_where_ids_tell_them() -> None:
    # MELD names its files test_diaX_uttY: utterances of one dialogue are of one scene.
    def of(points: list[float]) -> RunTable:
        outcomes = [
            answer(str(n), value, task="SA", clip=f"MELD/test_dia{n // 3}_utt{n}.mp4")
            for n, value in enumerate(points)
        ]
        return table(
            *(
                one.model_copy(update={"sample": one.sample.model_copy(update={"source": "MELD"})})
                for one in outcomes
            )
        )

    shared = share_samples(of([0.0] * 9), of([1.0] * 9))
    assert (shared.unit, len(set(shared.groups))) == ("video", 3)


def test_what_only_one_run_has_and_what_is_another_question_is_left_out() -> None:
    a = table(answer("x", 1.0), answer("y", 1.0), answer("only-a", 1.0), answer("w", 1.0, gold=("happy",)))
    b = table(
        answer("y", 0.0), answer("only-b", 1.0), answer("also-b", 1.0), answer("w", 1.0), answer("x", 1.0)
    )
    shared = share_samples(a, b)
    assert (len(shared), shared.only_a, shared.only_b, shared.other_question) == (2, 1, 2, 1)
    assert [row.id for row in shared.rows] == ["ER-Lab/y", "ER-Lab/x"]
    found = compared(a, b)
    assert the(found, "recognition").result.difference == pytest.approx(-50)  # y alone was lost
    assert found.counts()["ER-Lab"][Change.RIGHT_TO_WRONG] == 1
    assert compare_runs(table(answer("x", 1.0)), table(answer("y", 1.0))) is None
    assert compare_runs(table(), table()) is None


def test_what_became_of_each_sample() -> None:
    def two(id_: str, recognition: float, *said: str) -> object:
        return answer(id_, recognition, gold=("sad", "calm"), said=said, multi_label=True)

    a = [
        answer("lost", 1.0),
        answer("won", 0.0),
        answer("refused", 1.0),
        answer("other", 0.0, said=("angry",)),
        answer("same", 0.0),
        two("part", 0.0, "angry"),
        two("order", 1.0, "sad", "calm"),
    ]
    b = [
        answer("lost", 0.0),
        answer("won", 1.0),
        answer("refused", None),
        answer("other", 0.0, said=("happy",)),
        answer("same", 0.0),
        two("part", 0.5, "sad", "angry"),
        two("order", 1.0, "calm", "sad"),
    ]
    found = compared(table(*a), table(*b))  # type: ignore[arg-type]
    assert {each.row.id.partition("/")[2]: each.changes for each in found.changed} == {
        "lost": (Change.RIGHT_TO_WRONG, Change.LABEL),
        "won": (Change.WRONG_TO_RIGHT, Change.LABEL),
        "refused": (Change.RIGHT_TO_WRONG, Change.LABEL, Change.OUTCOME),
        "other": (Change.LABEL,),
        "part": (Change.POINTS, Change.LABEL),
    }
    refused = found.changed[2]
    assert (refused.labels_a, refused.labels_b) == ((("sad",),), (None,))
    assert (refused.kinds_b, refused.points_b) == (("refused",), (0, 0, 0))


def test_what_can_be_shown_is_so_many_standard_errors() -> None:
    # Bloom (1995): 1.96 + 0.84 = 2.80 standard errors of the mean difference, by Student's t with 399 degrees of
    # freedom 1.9659 + 0.8427; of 24 tests, with 5 % / 48 = 0.00104 to either side, 3.0984 + 0.8427 (SciPy).
    dice = random.Random(3)
    differences = [dice.choice((-0.5, 0.0, 0.25)) for _ in range(400)]
    found = detectable_difference(np.array(differences), range(400), "sign-flip")
    error = 100 * stdev(differences) / sqrt(400)
    assert found == pytest.approx(error * (student.ppf(0.975, 399) + student.ppf(0.8, 399)))
    assert found == pytest.approx(2.8086 * error, rel=1e-4)
    several = detectable_difference(np.array(differences), range(400), "sign-flip", 24)
    assert several == pytest.approx(error * (student.ppf(1 - 0.05 / 48, 399) + student.ppf(0.8, 399)))


def test_of_points_of_0_and_1_it_is_that_of_mcnemars_test() -> None:
    # w = 0.3, n = 500. z_a sqrt(w) + z_b sqrt(w - d^2) = sqrt(n) d: with d = 0.068
    #   1.95996 x 0.547723 + 0.841621 x sqrt(0.3 - 0.004624) = 1.07352 + 0.45741 = 1.53093, and sqrt(500) d = 1.52053;
    #   with d = 0.0685: 1.07352 + 0.45735 = 1.53087, and 1.53171. Between them.
    differences = np.array([1.0] * 100 + [-1.0] * 50 + [0.0] * 350)
    found = detectable_difference(differences, range(500), "mcnemar-exact")
    assert found is not None
    assert 6.8 < found < 6.85
    assert fmean(differences) == pytest.approx(0.1)


@pytest.mark.parametrize("tests", [1, 24])
def test_the_level_of_mcnemars_test_is_corrected(tests: int) -> None:
    """It solves z(1 - 0.05 / 2 m) sqrt(w) + z(0.8) sqrt(w - d^2) = sqrt(n) d, m being the number of tests."""
    differences = np.array([1.0] * 100 + [-1.0] * 50 + [0.0] * 350)
    found = detectable_difference(differences, range(500), "mcnemar-exact", tests)
    assert found is not None
    d, w = found / 100, 0.3
    needed = norm.ppf(1 - 0.05 / 2 / tests) * sqrt(w) + norm.ppf(0.8) * sqrt(w - d * d)
    assert sqrt(500) * d == pytest.approx(needed)


def test_what_a_task_can_show_is_corrected_for_all_scores_of_all_tasks() -> None:
    """Two tasks, three scores: six tests."""
    alike = [
        answer(str(n), float(n % 3 == 0), task=task, clip=f"{task}/{n}")
        for task in ("IR", "SA")
        for n in range(60)
    ]
    other = [
        answer(str(n), float(n % 4 == 0), task=task, clip=f"{task}/{n}")
        for task in ("IR", "SA")
        for n in range(60)
    ]
    found = the(compared(table(*alike), table(*other)), "recognition", "SA")
    differences = np.array([float(n % 4 == 0) - float(n % 3 == 0) for n in range(60)])
    assert found.result.test == "mcnemar-exact"
    assert found.detectable == detectable_difference(differences, range(60), "mcnemar-exact", 6)
    assert found.detectable != detectable_difference(differences, range(60), "mcnemar-exact", 3)


def test_where_few_samples_differ_it_is_so_many_standard_errors() -> None:
    # 2 of 43: McNemar's would need more samples to differ than do. s = sqrt((2/43 - 0) / 42), by one up and one down; t
    # with 42 degrees of freedom: 2.0181 + 0.8501.
    differences = np.array([1.0, -1.0] + [0.0] * 41)
    found = detectable_difference(differences, range(43), "mcnemar-exact")
    assert found == pytest.approx(100 * (2.0181 + 0.8501) * sqrt(2 / 43 / 42), rel=1e-3)


def test_too_few_show_nothing() -> None:
    assert detectable_difference(np.zeros(20), range(20), "mcnemar-exact") is None
    assert detectable_difference(np.array([0.5]), [0], "sign-flip") is None
    assert (
        detectable_difference(np.array([0.5, 0.0] * 4), range(8), "sign-flip") is None
    )  # fewer than 10 groups
    # Of nine that all differ McNemar's test finds a difference of 82 points so often, but nothing is said of nine.
    assert detectable_difference(np.ones(9), range(9), "mcnemar-exact") is None


def test_a_few_videos_that_hold_most_samples_show_nothing() -> None:
    # Twelve videos, two of which hold 200 clips each: hardly more than one degree of freedom.
    groups = [0] * 200 + [1] * 200 + list(range(2, 12))
    assert detectable_difference(np.array([1.0, 0.0] * 205), groups, "sign-flip") is None
