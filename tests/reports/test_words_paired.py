"""What is said of the difference between two runs: real, unclear, none."""

from __future__ import annotations

from dataclasses import replace

from cuewise.analysis.comparison import ScoreDifference, compare_runs, share_samples
from cuewise.analysis.paired import PairedResult
from cuewise.records import Protocol
from cuewise.reports.words.paired import (
    conclusions,
    grouped,
    left_out,
    overall_sentence,
    task_sentences,
    warnings,
)
from cuewise.runs.manifest import ModelSettings
from cuewise.scores.intervals import Interval
from support.outcomes import make_manifest, make_samples
from support.written_answers import answer, table


def difference(
    points: float,
    low: float,
    high: float,
    p: float,
    *,
    task: str = "",
    score: str = "recognition",
    detectable: float | None = 5.1,
    count: int = 500,
) -> ScoreDifference:
    moved = int(points != 0)
    result = PairedResult(
        difference=points,
        interval=Interval(low, high, "t"),
        p_value=p / 2,
        test="sign-flip",
        count=count,
        clusters=count,
        better=moved,
        worse=moved,
        p_adjusted=p,
    )
    return ScoreDifference(score, task, 40.0, 40.0 + points, result, detectable)


def test_a_real_difference_is_told_with_its_interval_and_what_p_is_corrected_for() -> None:
    better = difference(3.14, 1.0, 5.2, 0.0041)
    assert overall_sentence(better, "A", "B", 8) == (
        "B is better than A in recognition by 3.1 points (95 % interval 1.0 to 5.2), p = 0.004 after correction over 8"
        " tests."
    )
    worse = difference(-3.14, -5.2, -1.0, 0.0001, score="cot")
    assert overall_sentence(worse, "A", "B", 1) == (
        "B is worse than A in CoT by 3.1 points (95 % interval 1.0 to 5.2), p < 0.001."
    )


def test_an_unclear_difference_is_not_called_equality_and_says_what_would_be_missed() -> None:
    unclear = difference(1.2, -3.9, 6.3, 0.64)
    assert overall_sentence(unclear, "A", "B", 3) == (
        "In recognition, B and A cannot be told apart: +1.2 points (95 % interval −3.9 to +6.3), p = 0.64 after"
        " correction over 3 tests; with 500 samples a true difference under 5.1 points can well be missed."
    )
    alone = difference(1.2, 0.1, 2.3, 0.064)
    assert "+1.2 points (95 % interval +0.1 to +2.3, not corrected), p = 0.064 after correction over 3" in (
        overall_sentence(alone, "A", "B", 3)
    )
    few = replace(unclear, detectable=None)
    assert overall_sentence(few, "A", "B", 3).endswith("; 500 samples are too few to show any difference.")


def test_of_samples_most_of_which_are_of_a_few_videos_the_real_reason_is_told() -> None:
    unclear = difference(1.2, -3.9, 6.3, 0.64, count=1600, detectable=None)
    uneven = replace(unclear, result=replace(unclear.result, interval=None, clusters=1402))
    assert overall_sentence(uneven, "A", "B", 3).endswith(
        "; most of the 1,600 samples belong to a few of 1,402 groups, so that no difference can be shown."
    )
    assert not replace(uneven, result=replace(uneven.result, p_adjusted=0.001)).real


def test_runs_that_score_alike_on_every_sample_are_said_to() -> None:
    same = difference(0.0, 0.0, 0.0, 1.0, count=1200, detectable=None)
    assert overall_sentence(same, "A", "B", 3) == (
        "In recognition, B and A have the same points on each of the 1,200 samples."
    )


def test_tasks_are_told_where_they_differ_and_where_nothing_can_be_concluded() -> None:
    found = [
        difference(5.0, 2.0, 8.0, 0.01, task="SA"),
        difference(-6.0, -9.0, -3.0, 0.001, task="IR"),
        difference(1.0, -4.0, 6.0, 0.9, task="ER-Lab"),
        difference(1.0, -3.0, 5.0, 0.9, task="ER-Wild", detectable=2.9, count=1800),
        difference(1.0, -9.0, 9.0, 1.0, task="FG-ER", detectable=None, count=7),
        difference(0.0, 0.0, 0.0, 1.0, task="ML-ER", detectable=None),
    ]
    assert task_sentences(found, "A", "B", 24) == [
        "By task, B is better than A in recognition in SA by 5.0 points (95 % interval 2.0 to 8.0), p = 0.010 after"
        " correction over 24 tests.",
        "By task, B is worse than A in recognition in IR by 6.0 points (95 % interval 3.0 to 9.0), p = 0.001 after"
        " correction over 24 tests.",
        "In recognition, both have the same points on every sample of ML-ER.",
        "In recognition, nothing can be concluded for ER-Lab and ER-Wild: with 500 and 1,800 samples, true differences"
        " under 5.1 and 2.9 points can well be missed.",
    ]
    assert task_sentences([], "A", "B", 0) == []


def test_of_many_tasks_the_numbers_are_told_by_their_ends() -> None:
    found = [
        difference(1.0, -4.0, 6.0, 0.9, task=task, detectable=least, count=count)
        for task, least, count in (
            ("ER-Lab", 9.8, 500),
            ("SA", 4.6, 1600),
            ("IR", 8.3, 500),
            ("ER-Wild", 4.7, 1800),
        )
    ]
    assert task_sentences(found, "A", "B", 12) == [
        "In recognition, nothing can be concluded for ER-Lab, SA, IR and ER-Wild: with 500 to 1,800 samples, true"
        " differences under 4.6 to 9.8 points can well be missed."
    ]


def test_of_runs_alike_everywhere_nothing_is_told_by_task() -> None:
    one = table(answer("x", 1.0, task="SA"), answer("y", 0.0, task="IR"))
    found = compare_runs(one, one)
    assert found is not None
    assert conclusions(found, "A", "B") == [
        f"In {name}, B and A have the same points on each of the 2 samples."
        for name in ("recognition", "reasoning", "CoT")
    ]


def test_tasks_of_too_few_samples_are_told_once_for_all_scores() -> None:
    a, b = (
        table(
            *(
                answer(str(n), float(n < right), 0.5 * (n < right), task="SA", clip=f"a{n}")
                for n in range(40)
            ),
            *(answer(str(n), float(n < right), 0.5 * (n < right), task="IR", clip=f"b{n}") for n in range(3)),
        )
        for right in (1, 2)
    )
    found = compare_runs(a, b)
    assert found is not None
    told = conclusions(found, "A", "B")
    assert [sentence for sentence in told if "too few" in sentence] == [
        "The samples of IR (3) are too few to show any difference in recognition, reasoning and CoT."
    ]
    assert any(
        "nothing can be concluded for SA: with 40 samples, true differences under" in one for one in told
    )


def test_what_is_left_out_is_counted() -> None:
    a = table(answer("x", 1.0), answer("y", 1.0), answer("z", 1.0, gold=("happy",)))
    b = table(answer("x", 1.0), answer("w", 1.0), answer("z", 1.0))
    assert left_out(share_samples(a, b), "A", "B") == (
        "Compared: 1 sample that both runs have; left out: 1 only in A, 1 only in B and 1 with other candidates"
        " or gold labels."
    )
    assert left_out(share_samples(a, a), "A", "B") == ""


def test_what_samples_belong_together_is_told() -> None:
    together = table(answer("x", 1.0, clip="c"), answer("y", 1.0, clip="c"), answer("z", 1.0, clip="d"))
    assert grouped(share_samples(together, together)) == (
        "3 samples of 2 clips: those of one clip are not independent, and are taken together."
    )
    alone = table(answer("x", 1.0), answer("y", 1.0))
    assert grouped(share_samples(alone, alone)) == "Every sample is of a clip of its own."


def test_other_rules_and_judges_are_warned_of() -> None:
    samples = make_samples(2)
    base = make_manifest("a", samples).settings
    assert warnings(base, base) == []
    assert warnings(base, make_manifest("b", samples, model="openai/other").settings) == []
    grounded = make_manifest("b", samples, protocol=Protocol.GROUNDED).settings
    (rules,) = warnings(base, grounded)
    assert "scored by different rules (mme-emotion and grounded)" in rules
    judged = base.model_copy(update={"judge": ModelSettings(name="openai/judge")})
    assert warnings(base, judged) == ["The runs differ in the judge, which can change what an answer earns."]
    both = judged.model_copy(update={"model": ModelSettings(name="openai/other")})
    assert warnings(base, both) == [
        "The runs also differ in the judge, so that a difference is not the model’s alone."
    ]
