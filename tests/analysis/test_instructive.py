"""Samples worth looking at: what is chosen, in which order, from which run."""

from __future__ import annotations

from cuewise.analysis.instructive import KINDS, PER_KIND, Pick, instructive
from support.small_tables import Row, small_table


def _of(picks: tuple[Pick, ...], kind: str) -> list[tuple[str, int]]:
    return [(pick.id, pick.run) for pick in picks if pick.kind == kind]


def test_one_run() -> None:
    rows = [
        Row("best", ("sad",), ("sad",), reasoning=1.0, steps=4),
        Row("worst", ("sad",), ("fear",), reasoning=0.0, steps=4),
        Row("lucky", ("sad",), ("sad",), reasoning=0.25, steps=5, contradicted=3.0),
        Row("argued", ("sad",), ("fear",), reasoning=1.0, steps=3),
        Row("half argued", ("sad",), ("fear",), reasoning=0.5, steps=3),
        Row("half right", ("sad",), ("sad",), reasoning=0.5, steps=3),
        Row("disputed", ("sad",), ("sad",), reasoning=0.6, steps=3, judged=0.0),
        Row("bare", ("sad",), ("sad",)),
        Row("lost", ("sad",), None, kind="refused"),
    ]
    picks = instructive([small_table(rows)])
    assert [(pick.kind, pick.id) for pick in picks] == [
        ("best", "best"),
        ("worst", "worst"),
        ("right_for_wrong_reasons", "lucky"),
        ("wrong_for_good_reasons", "argued"),
        ("wrong_for_good_reasons", "half argued"),
        ("judge_apart", "disputed"),
    ]
    why = {pick.id: pick.reason for pick in picks}
    assert why["lucky"] == "The label is right; its 4 reasons earn 25 %. 3 contradict the evidence."
    assert why["disputed"] == "The judge gives the label 0 %, the label taxonomy 100 %."
    assert all(pick.kind in KINDS for pick in picks)


def test_runs_beside_each_other() -> None:
    said = {
        "only the first fails": ("fear", "sad", "sad"),
        "only the last is right": ("fear", None, "sad"),
        "all differ": ("fear", "anger", "sad"),
        "hopeless": ("fear", "fear", "anger"),
        "easy": ("sad", "sad", "sad"),
    }
    tables = [
        small_table(
            [
                Row(id, ("sad",), None, kind="refused")
                if labels[run] is None
                else Row(id, ("sad",), (str(labels[run]),))
                for id, labels in said.items()
            ]
        )
        for run in range(3)
    ]
    picks = instructive(tables)
    assert _of(picks, "alone_wrong") == [("only the first fails", 0)]
    assert _of(picks, "alone_right") == [("only the last is right", 2), ("all differ", 2)]
    assert _of(picks, "disagreement") == [("all differ", 0)]
    assert _of(picks, "hardest") == [("hopeless", 0)]
    reasons = {pick.kind: pick.reason for pick in picks}
    assert reasons["disagreement"] == "3 runs give 3 different answers; 1 is right."
    assert reasons["hardest"] == "No run of 3 is right; 2 give the same wrong answer."
    assert instructive(tables) == picks
    # Two runs cannot outvote each other.
    assert not {"alone_wrong", "hardest"} & {pick.kind for pick in instructive(tables[:2])}


def test_runs_on_different_samples_share_what_they_share() -> None:
    first = small_table([Row("a", ("sad",), ("fear",)), Row("b", ("sad",), ("fear",))])
    second = small_table([Row("b", ("sad",), ("sad",)), Row("a", ("fear",), ("fear",))])
    picks = instructive([first, second, second])
    assert _of(picks, "alone_wrong") == [("b", 0)]  # a has another gold label there


def test_tasks_take_turns() -> None:
    rows = [Row(f"big{n}", ("sad",), ("sad",), reasoning=1.0, steps=9, task="big") for n in range(50)]
    rows += [Row(f"small{n}", ("sad",), ("sad",), reasoning=1.0, steps=2, task="small") for n in range(3)]
    picks = [pick for pick in instructive([small_table(rows)]) if pick.kind == "best"]
    assert len(picks) == PER_KIND
    assert [pick.task for pick in picks] == ["big", "small"] * 3 + ["big"] * 2
    assert [pick.id for pick in picks][:3] == ["big0", "small0", "big1"]


def test_a_sample_asked_again_stands_with_its_first_scored_answer() -> None:
    rows = [
        Row("a", ("sad",), None, kind="refused"),
        Row("a", ("sad",), ("sad",), reasoning=1.0, steps=2),
        Row("a", ("sad",), ("fear",), reasoning=0.0, steps=2),
    ]
    assert [pick.kind for pick in instructive([small_table(rows)])] == ["best"]
