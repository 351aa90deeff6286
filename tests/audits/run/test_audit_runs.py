"""What weakens the figures of runs: counts by hand, or by a plain loop over the outcomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cuewise.analysis.table import SampleRow
from cuewise.audits.run.audit import audit_runs
from cuewise.audits.run.findings import Kind, RunFinding, add_up
from cuewise.audits.run.samples import sample_findings
from cuewise.records import Protocol
from cuewise.result import RunResult
from support.outcomes import make_outcomes, make_run, make_samples

EMOTIONS = ("anger", "happiness", "neutral")


def _row(task: str, clip: str, label: str, label_set: tuple[str, ...] = EMOTIONS) -> SampleRow:
    return SampleRow(
        f"{task}/{clip}", task, clip, "X", label_set, (label,), False, (), duration_s=None, has_audio=None
    )


def _found(rows: list[SampleRow]) -> dict[Kind, RunFinding]:
    return {one.kind: one for one in sample_findings(rows, (0, 1))}


def test_shared_clips_and_labels_that_contradict_each_other() -> None:
    sentiments = ("negative", "neutral", "positive")
    found = _found(
        [
            _row("ER-Lab", "a", "anger"),
            _row("SA", "a", "positive", sentiments),  # anger is negative
            _row("ER-Lab", "b", "happiness"),
            _row("SA", "b", "positive", sentiments),
            _row("ER-Lab", "c", "neutral"),
        ]
    )
    assert found[Kind.SHARED_CLIPS] == RunFinding(Kind.SHARED_CLIPS, 2, 3, (0, 1), ("ER-Lab", "SA"))
    assert found[Kind.LABELS_CONTRADICT] == RunFinding(Kind.LABELS_CONTRADICT, 1, 2, (0, 1), ("ER-Lab", "SA"))


def test_tasks_where_one_label_does() -> None:
    half = [
        _row("ER-Lab", clip, label)
        for clip, label in zip("abcd", ("anger", "anger", "neutral", "happiness"), strict=True)
    ]
    third = [_row("ER-Wild", clip, label) for clip, label in zip("efg", EMOTIONS, strict=True)]
    assert _found([*half, *third])[Kind.EASY_TASK] == RunFinding(Kind.EASY_TASK, 1, 2, (0, 1), ("ER-Lab",))
    assert set(_found(third)) == set()


def test_labels_that_cannot_be_right_or_read() -> None:
    rows = [
        _row("ER-Lab", clip, label) for clip, label in zip("abc", ("anger", "fear", "neutral"), strict=True)
    ]
    odd = _row("ER-Lab", "d", "happiness", ("happiness", "zqx"))
    found = _found([*rows, odd])
    # Gold: anger, fear, neutral, happiness. Known of all labels: those and zqx.
    assert found[Kind.GOLD_OUTSIDE] == RunFinding(Kind.GOLD_OUTSIDE, 1, 4, (0, 1), ("fear",))
    assert found[Kind.UNKNOWN_LABEL] == RunFinding(Kind.UNKNOWN_LABEL, 1, 5, (0, 1), ("zqx",))


def test_no_sample_no_finding() -> None:
    assert _found([]) == {}


def test_adding_up_counts_runs_without_any() -> None:
    (found,) = add_up(Kind.UNVERIFIABLE, [(0, 1, 4), (1, 0, 6), (2, 3, 6), (3, 0, 0)])
    assert found == RunFinding(Kind.UNVERIFIABLE, 4, 16, (0, 2), (), (2, 50.0))
    assert add_up(Kind.UNVERIFIABLE, [(0, 0, 4), (1, 0, 0)]) == []


def _kinds(*runs: RunResult) -> dict[Kind, RunFinding]:
    found = audit_runs(runs)
    kinds = [one.kind for one in found]
    assert kinds == sorted(kinds, key=list(Kind).index)
    return {one.kind: one for one in found}


def test_reasons_that_pass_unchecked(tmp_path: Path) -> None:
    outcomes = make_outcomes(make_samples(40))
    found = _kinds(make_run(tmp_path, "one", outcomes, judge="openai/gpt-4.1"))
    rated = [one.verdicts[:-1] for one in outcomes if one.score is not None]
    passed = sum(verdict.rating for verdicts in rated for verdict in verdicts)
    assert (found[Kind.UNCHECKED].count, found[Kind.UNCHECKED].of) == (passed, sum(map(len, rated)))
    assert found[Kind.SAME_FAMILY] == RunFinding(
        Kind.SAME_FAMILY, 1, 1, (0,), ("openai/gpt-4.1",), (0, 100.0)
    )
    assert Kind.RULES_JUDGE not in found
    assert Kind.UNVERIFIABLE not in found


def test_grounded_reasons_and_clues(tmp_path: Path) -> None:
    outcomes = make_outcomes(make_samples(60), protocol=Protocol.GROUNDED)
    other = make_outcomes(make_samples(60), seed="other", protocol=Protocol.GROUNDED)
    found = _kinds(
        make_run(tmp_path, "one", outcomes, protocol=Protocol.GROUNDED),
        make_run(tmp_path, "two", other, protocol=Protocol.GROUNDED),
    )
    groundings = [one.score.grounding for one in (*outcomes, *other) if one.score and one.score.grounding]
    reasons = sum(one.reasons for one in groundings)
    for kind, count in (
        (Kind.UNVERIFIABLE, sum(one.unverifiable for one in groundings)),
        (Kind.OFF_LABEL, sum(one.reasons - one.relevant for one in groundings)),
    ):
        assert count
        assert (found[kind].count, found[kind].of, found[kind].runs) == (count, reasons, (0, 1))
    withheld = sum(bool(one.withheld) for one in (*outcomes, *other))
    assert withheld
    assert (found[Kind.CLUE_WITHHELD].count, found[Kind.CLUE_WITHHELD].of) == (withheld, 120)
    assert found[Kind.RULES_JUDGE].runs == (0, 1)
    assert Kind.UNCHECKED not in found


def test_a_panel_that_parts(tmp_path: Path) -> None:
    panel = ("openai/gpt-4.1", "google/gemini-2.5-pro")
    outcomes = make_outcomes(make_samples(40), panel=panel)
    run = make_run(tmp_path, "one", outcomes, judge=panel[0], more_judges=panel[1:])
    votes = [one.votes for one in outcomes if one.score is not None]
    apart = [
        (a.rating, a.decision) != (b.rating, b.decision)
        for one, other in votes
        for a, b in zip(one.verdicts[:-1], other.verdicts[:-1], strict=True)
    ]
    assert any(apart)
    found = _kinds(run)[Kind.PANEL_SPLIT]
    assert (found.count, found.of) == (sum(apart), len(apart))


def test_runs_with_the_same_figures(tmp_path: Path) -> None:
    samples = make_samples(80)
    one = make_run(tmp_path, "one", make_outcomes(samples))
    again = make_run(tmp_path, "again", make_outcomes(samples))
    other = make_run(tmp_path, "other", make_outcomes(samples, seed="other"))
    assert _kinds(one, other, again)[Kind.SAME_SCORES] == RunFinding(Kind.SAME_SCORES, 1, 3, (0, 2))
    assert Kind.SAME_SCORES not in _kinds(one, other)
    # Every set of samples is looked at once, however many runs were asked it.
    audited = audit_runs([one, other, again])
    assert sum(found.kind is Kind.EASY_TASK for found in audited) <= 1


def test_a_mean_that_its_parts_do_not_give(tmp_path: Path) -> None:
    run = make_run(tmp_path, "one", make_outcomes(make_samples(80)))
    assert Kind.MEAN_OFF not in _kinds(run)
    summary = run.digest.summary
    assert summary.of_all.cot is not None
    wrong = replace(summary, of_all=replace(summary.of_all, cot=summary.of_all.cot + 5))
    run.digest = replace(run.digest, summary=wrong)
    # CoT is neither the mean of the tasks nor that of its two parts.
    assert _kinds(run)[Kind.MEAN_OFF].count == 2


@pytest.mark.parametrize("skill", [0.0, 1.0])
def test_tasks_below_a_baseline(tmp_path: Path, skill: float) -> None:
    run = make_run(tmp_path, "one", make_outcomes(make_samples(80), skill=skill, fail_every=0))
    found = _kinds(run).get(Kind.BELOW_BASELINE)
    assert (found is None) == (skill == 1.0)
