"""What raters did, and what they are split over: hand arithmetic, scipy, and raters made up to be of a kind."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from scipy.stats import hypergeom

from cuewise.agreement.chance import LEVEL, MIN_RATINGS, PERMUTATIONS
from cuewise.agreement.cohen import cohen_kappa
from cuewise.agreement.matrix import Ratings
from cuewise.agreement.quality import consensus, disputed_units, rater_quality
from cuewise.errors import InputError
from support.ratings import made_up

EMOTIONS = ("anger", "fear", "joy")


def test_by_hand() -> None:
    # Unit 1: ana x, ben x, cem y. Unit 2: ana y, ben x. Unit 3: ana x alone. Unit 4: ana x, ben y, cem x, dan y.
    # ana: unit 1 others x y tied, 1/2; unit 2 others x, 0; unit 4 others y x y, 0: 1/6 of three.
    # cem: unit 1 others x, 0; unit 4 others x y y, 0. dan: unit 4 others x y x, 0.
    # ben: unit 1 others x y, 1/2; unit 2 others y, 0; unit 4 others x x y, 0: 1/6.
    rows = [
        *((1, rater, said) for rater, said in (("ana", "x"), ("ben", "x"), ("cem", "y"))),
        *((2, rater, said) for rater, said in (("ana", "y"), ("ben", "x"))),
        (3, "ana", "x"),
        *((4, rater, said) for rater, said in (("ana", "x"), ("ben", "y"), ("cem", "x"), ("dan", "y"))),
    ]
    ana, ben, cem, dan = rater_quality(Ratings.from_rows(rows))
    for one, agreement, count in ((ana, 1 / 6, 3), (ben, 1 / 6, 3), (cem, 0, 2), (dan, 0, 1)):
        assert one.agreement is not None
        assert one.agreement.count == count
        assert one.agreement.value == pytest.approx(agreement)
        assert one.p_chance is None
        assert one.only_answer is None
        assert not one.not_shown_better_than_chance
    # ana's answers x y x given to units 1, 2, 4 at random: x earns 1/2, 1, 0, y 1/2, 0, 1 (on 4 the others say y x y).
    # Mean of x 1/2, of y 1/2.
    assert ana.by_chance == pytest.approx(1 / 2)
    assert (ana.n_ratings, ana.median_seconds) == (4, None)


def test_cannot_tell_is_no_answer_and_attention_items_count_for_nothing_else() -> None:
    rows = [
        *(("s1", rater, "right") for rater in "ab"),
        ("s1", "c", "cannot tell"),
        ("s2", "a", "cannot tell"),
        ("s2", "b", "wrong"),
        ("check 1", "a", "right"),
        ("check 2", "a", "cannot tell"),
        ("check 2", "b", "wrong"),
    ]
    seconds = np.array([3.0, 8.0, 2.0, 5.0, np.nan, 4.0, 60.0, 1.0])
    a, b, c = rater_quality(
        Ratings.from_rows(rows), attention={"check 1": "right", "check 2": "wrong"}, seconds=seconds
    )
    assert (a.n_ratings, a.cannot_tell) == (2, 0.5)
    assert (b.n_ratings, b.cannot_tell) == (2, 0)
    assert (c.n_ratings, c.cannot_tell, c.agreement) == (1, 1, None)
    assert (a.attention_right, a.attention_items) == (1, 2)
    assert (b.attention_right, b.attention_items) == (1, 1)
    assert (c.attention_right, c.attention_items) == (0, 0)
    assert a.agreement is not None
    assert b.agreement is not None
    assert (a.agreement.value, a.agreement.count) == (1, 1)
    assert (b.agreement.value, b.agreement.count) == (1, 1)  # of s2 none of the others could tell
    assert (a.median_seconds, b.median_seconds, c.median_seconds) == (4.5, 4.5, 2)  # 3 4 5 60, 1 8, 2


def people(dice: np.random.Generator, n_units: int, clicker: str) -> Ratings:
    """Four raters who are right in 80 %, and one who does what `clicker` says."""
    truth = dice.integers(0, 3, n_units)
    rows: list[tuple[int, str, str]] = []
    for unit in range(n_units):
        for rater in range(4):
            said = truth[unit] if dice.random() < 0.8 else dice.integers(0, 3)
            rows.append((unit, f"rater {rater}", EMOTIONS[said]))
        said = {"random": int(dice.integers(0, 3)), "constant": 2, "good": int(truth[unit])}[clicker]
        rows.append((unit, "clicker", EMOTIONS[said]))
    return Ratings.from_rows(rows)


def test_those_who_click_are_told_from_those_who_look() -> None:
    dice = np.random.default_rng(1)
    found = rater_quality(people(dice, 40, "random"))
    assert [one.rater for one in found if one.not_shown_better_than_chance] == ["clicker"]
    assert not any(one.always_the_same for one in found)
    found = rater_quality(people(dice, 40, "constant"))
    assert [one.rater for one in found if one.always_the_same] == ["clicker"]
    assert (found[-1].only_answer, found[-1].p_chance) == ("joy", None)
    assert found[-1].p_constant == pytest.approx(0, abs=1e-9)
    assert not any(one.not_shown_better_than_chance for one in found)
    found = rater_quality(people(dice, 40, "good"))
    assert not any(one.not_shown_better_than_chance or one.always_the_same for one in found)


def test_always_right_is_likely_where_nearly_all_is_right() -> None:
    # The others say right in 95 of 100 answers: twelve alike have probability 0.95^12 = 0.54, a hundred 0.006.
    def found(n_own: int) -> tuple[float, bool]:
        rows = [(unit, "other", "wrong" if unit < 5 else "right") for unit in range(100)]
        one = rater_quality(Ratings.from_rows([*rows, *((unit, "own", "right") for unit in range(n_own))]))[1]
        assert one.only_answer == "right"
        assert one.p_constant is not None
        return one.p_constant, one.always_the_same

    likely, unlikely = found(12), found(100)
    assert (likely[1], unlikely[1]) == (False, True)
    assert (likely[0], unlikely[0]) == pytest.approx((0.95**12, 0.95**100))


def test_p_value_is_that_of_all_permutations() -> None:
    # Ten units where all others are of one mind, and own answers x x x x x x x x y y: T is how many of the y fall on
    # the two units that the others call y, which is hypergeometric: both 1/45, one or both 17/45.
    for hits in (2, 1):
        exact = float(hypergeom.sf(hits - 1, 10, 2, 2))
        others = ["x"] * 8 + ["y"] * 2
        own = ["x"] * 8 + ["y"] * 2 if hits == 2 else ["y", *["x"] * 8, "y"]
        rows = [
            (unit, rater, said)
            for unit in range(10)
            for rater, said in (("own", own[unit]), ("b", others[unit]), ("c", others[unit]))
        ]
        one = rater_quality(Ratings.from_rows(rows))[0]
        error = np.sqrt(exact * (1 - exact) / PERMUTATIONS)
        assert one.p_chance == pytest.approx(exact, abs=3 * error + 1 / PERMUTATIONS)
        # By chance: 8 x 8 + 2 x 2 of 100.
        assert one.by_chance == pytest.approx(0.68)


@pytest.mark.slow
def test_the_level_of_the_test_of_chance() -> None:
    """Raters who answer by lot pass for better than chance in 5 % or less, where answers are skewed too."""
    dice = np.random.default_rng(26)
    passed = tested = 0
    for run in range(300):
        ratings = made_up(dice, clips=25, steps=1, accuracy=(0.9, 0.9, 0.9), right=0.85)
        lot = [(unit, "lot", ("wrong", "right")[int(dice.random() < 0.8)]) for unit in range(25)]
        one = rater_quality(Ratings.from_rows([*ratings.rows(), *lot]), seed=run)[-1]
        if one.p_chance is not None:
            tested += 1
            passed += one.p_chance < LEVEL
    assert tested > 250
    assert passed / tested <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / tested)


def answers_by(
    who: str, dice: np.random.Generator, sizes: np.ndarray[tuple[int], np.dtype[np.int64]], right: float
) -> Ratings:
    """Steps of clips of these sizes, all of a clip right or all wrong, as three people say who are right in 90 %, and
    one more: `careful` as they; `clip` and `step` answer each by lot, as often right as is right."""
    clip = np.repeat(np.arange(len(sizes)), sizes)
    truth = (dice.random(len(sizes)) < right)[clip]
    said = {
        "careful": truth ^ (dice.random(len(clip)) < 0.1),
        "clip": (dice.random(len(sizes)) < right)[clip],
        "step": dice.random(len(clip)) < right,
    }[who]
    columns = [truth ^ (dice.random(len(clip)) < 0.1) for _ in range(3)]
    return Ratings.from_rows(
        (
            (step, rater, ("wrong", "right")[int(column[step])])
            for rater, column in enumerate([*columns, said])
            for step in range(len(clip))
        ),
        cluster_of=lambda step: clip[hash(step)],
        cluster_kind="clip",
        categories=("wrong", "right"),
    )


@pytest.mark.slow
@pytest.mark.parametrize("unequal", [False, True])
def test_the_level_where_answers_to_a_clip_are_alike(unequal: bool) -> None:
    """15 clips of 6 steps, or of 1 to 9: raters who answer clip by clip by lot pass in 5 % or less."""
    dice = np.random.default_rng(27)
    passed, runs = 0, 200
    for run in range(runs):
        sizes = dice.integers(1, 10, 15) if unequal else np.full(15, 6)
        one = rater_quality(answers_by("clip", dice, sizes, 0.7), seed=run)[-1]
        passed += one.p_chance is not None and one.p_chance < LEVEL
    assert passed / runs <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / runs)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "clips", "steps", "right", "least", "most"),
    [
        ("careful", 20, 1, 0.9, 0.0, 0.08),
        ("careful", 15, 6, 0.9, 0.0, 0.08),
        ("careful", 40, 1, 0.9, 0.0, 0.08),
        ("step", 60, 1, 0.7, 0.85, 1.0),
        ("clip", 40, 3, 0.7, 0.75, 1.0),
    ],
)
def test_who_is_flagged(who: str, clips: int, steps: int, right: float, least: float, most: float) -> None:
    """Careful raters hardly ever, also where p is often above 5 %; those who click mostly, where it can be told."""
    dice = np.random.default_rng(28)
    runs, flagged, above = 120, 0, 0
    for run in range(runs):
        one = rater_quality(answers_by(who, dice, np.full(clips, steps), right), seed=run)[-1]
        flagged += one.not_shown_better_than_chance
        above += one.p_chance is not None and one.p_chance >= LEVEL
    assert least <= flagged / runs <= most
    if clips < 40:
        assert above / runs > 0.25


def test_clips_are_dealt_out_whole() -> None:
    # Ten clips of three steps, of which all others call two wrong, throughout; the rater too. That both are hit has
    # probability 1 / 45. Step by step it would be that six of thirty are hit by six, below 1 in 100,000.
    rows = [
        ((clip, step), rater, "wrong" if clip < 2 else "right")
        for clip in range(10)
        for step in range(3)
        for rater in "abc"
    ]
    ratings = Ratings.from_rows(rows, cluster_of=lambda unit: unit[0], cluster_kind="clip")  # type: ignore[index]
    one = rater_quality(ratings)[0]
    assert one.p_chance == pytest.approx(1 / 45, abs=3 * np.sqrt(1 / 45 / PERMUTATIONS) + 1 / PERMUTATIONS)
    assert one.by_chance == pytest.approx(0.68)


def test_always_the_same_counts_clips() -> None:
    # The others call one of eight clips wrong, throughout. Five clips that are all right: (7/8)^5, not (7/8)^20.
    rows = [
        ((clip, step), "other", "wrong" if clip == 0 else "right") for clip in range(8) for step in range(4)
    ]
    rows += [((clip, step), "own", "right") for clip in range(1, 6) for step in range(4)]
    ratings = Ratings.from_rows(rows, cluster_of=lambda unit: unit[0], cluster_kind="clip")  # type: ignore[index]
    one = rater_quality(ratings)[1]
    assert one.p_constant == pytest.approx((7 / 8) ** 5)
    assert not one.always_the_same


def test_raters_who_can_tell_nothing_have_no_figures() -> None:
    rows = [(unit, rater, "cannot tell") for unit in range(12) for rater in "ab"]
    for one in rater_quality(Ratings.from_rows(rows)):
        assert (one.cannot_tell, one.agreement, one.by_chance, one.only_answer) == (1, None, None, None)
        assert not one.not_shown_better_than_chance


def test_of_few_ratings_nothing_is_tested() -> None:
    found = rater_quality(people(np.random.default_rng(2), MIN_RATINGS - 1, "constant"))
    assert all(one.p_chance is None and one.only_answer is None for one in found)


def test_order_of_rows_changes_nothing_but_draws() -> None:
    ratings = people(np.random.default_rng(3), 30, "good")
    rows = list(ratings.rows())
    again = Ratings.from_rows(rows[::-1])
    by_name = {one.rater: one for one in rater_quality(again)}
    for one in rater_quality(ratings):
        assert by_name[one.rater].agreement == one.agreement


def test_disputed_units_are_ranked_by_entropy_then_order() -> None:
    said = {"a": "xxyy", "b": "xxxx", "c": "xxxy", "d": "xyzz", "e": "yyxx", "f": "z"}
    rows = [(unit, rater, letter) for unit, letters in said.items() for rater, letter in enumerate(letters)]
    found = disputed_units(Ratings.from_rows(rows))
    assert [one.unit for one in found] == ["d", "a", "e", "c"]
    assert [one.entropy for one in found] == pytest.approx(
        [1.5, 1, 1, -(0.75 * log2(0.75) + 0.25 * log2(0.25))]
    )
    assert list(found[0].answers.items()) == [("z", 2), ("x", 1), ("y", 1)]
    assert [one.unit for one in disputed_units(Ratings.from_rows(rows), limit=2)] == ["d", "a"]


def test_consensus() -> None:
    rows = [("a", 1, "x"), ("a", 2, "x"), ("a", 3, "y"), ("b", 1, "x"), ("b", 2, "y"), ("c", 1, "y")]
    ratings = Ratings.from_rows(rows, cluster_of=str, cluster_kind="clip")
    found = consensus(ratings, name="people")
    assert found is not None
    assert list(found.rows()) == [("a", "people", "x")]
    assert found.cluster_kind == "clip"
    alone = consensus(ratings, minimum=1)
    assert alone is not None
    assert list(alone.rows()) == [("a", "raters", "x"), ("c", "raters", "y")]
    assert consensus(Ratings.from_rows(rows[3:5])) is None
    assert consensus(Ratings.from_rows(rows[5:])) is None
    numbers = consensus(Ratings.from_rows([("a", 1, 1.0), ("a", 2, 0.5), ("b", 1, 0)]))
    assert numbers is not None
    assert list(numbers.rows()) == [("a", "raters", 0.75)]


def test_to_be_unable_to_tell_is_to_abstain() -> None:
    said = {"a": "??xxy", "b": "??x", "c": "???", "d": "?xy", "e": "xx"}
    rows = [
        (unit, rater, "cannot tell" if letter == "?" else letter)
        for unit, letters in said.items()
        for rater, letter in enumerate(letters)
    ]
    found = consensus(Ratings.from_rows(rows))
    assert found is not None
    assert list(found.rows()) == [("a", "raters", "x"), ("e", "raters", "x")]
    assert found.categories == ("x", "y")
    assert consensus(Ratings.from_rows(rows[8:11])) is None


def test_a_judge_beside_what_people_come_to() -> None:
    # Four units, people x x y y: the judge agrees on three; kappa = (3/4 - 1/2) / (1 - 1/2).
    people = Ratings.from_rows((unit, rater, "xxyy"[unit]) for unit in range(4) for rater in range(3))
    agreed = consensus(people)
    assert agreed is not None
    pair = agreed.with_rater("judge", {0: "x", 1: "y", 2: "y", 3: "y", 99: "x"})
    assert pair.rater_names == ("judge", "raters")
    assert cohen_kappa(pair).value == pytest.approx(0.5)
    assert people.with_rater("judge", {0: "x"}).n_raters == 4
    with pytest.raises(InputError, match="there is a rater judge already"):
        pair.with_rater("judge", {})


def test_a_judge_may_say_what_no_person_says() -> None:
    people = Ratings.from_rows((unit, rater, "xxyy"[unit]) for unit in range(4) for rater in range(3))
    both = people.with_rater("judge", {0: "z", 1: "a", 2: "y", 99: "nowhere"})
    assert both.categories == ("x", "y", "a", "z")
    assert list(both.rows())[:3] == [(0, "judge", "z"), (1, "judge", "a"), (2, "judge", "y")]
    with pytest.raises(InputError, match="where others or the categories are names"):
        people.with_rater("judge", {0: 0.5})


def test_attention_items_that_nobody_gets_right_are_missed_by_all() -> None:
    rows = [("s1", "a", "right"), ("s1", "b", "cannot tell"), ("s2", "a", "right")]
    a, b = rater_quality(Ratings.from_rows(rows), attention={"s1": "wrong", "s9": "wrong"})
    assert (a.attention_right, a.attention_items, a.n_ratings) == (0, 1, 1)
    assert (b.attention_right, b.attention_items, b.n_ratings) == (0, 1, 0)
