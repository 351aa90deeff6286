"""What the report says in words, how it writes numbers, and what it keeps to itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuewise.records import OutcomeKind
from cuewise.reports.charts import WIDTH, score_charts
from cuewise.reports.formats import decimal, heat
from cuewise.reports.private import scrub, scrub_command
from cuewise.reports.words import OUTCOMES, comparison_sentences, summary_sentences
from cuewise.runs.manifest import Settings
from cuewise.scores.figures import Figures
from cuewise.scores.summary import Summary
from support.outcomes import make_manifest, make_outcomes, make_samples


def _figures(skill: float, seed: str = "", n: int = 200) -> Figures:
    summary = Summary()
    for outcome in make_outcomes(make_samples(n), seed=seed, skill=skill):
        summary.add(outcome)
    return summary.overall()


def _settings(model: str, judge: str = "offline/rules", n: int = 200) -> Settings:
    return make_manifest("r", make_samples(n), model=model, judge=judge).settings


def test_every_kind_of_outcome_has_words() -> None:
    assert set(OUTCOMES) == set(OutcomeKind)


@pytest.mark.parametrize(
    ("model", "judge", "said"),
    [
        ("simulated/careful", "offline/rules", "simulated/careful (simulated, validates the evaluator)"),
        (
            "baseline/majority",
            "offline/rules",
            "baseline/majority (baseline, shows what little effort scores)",
        ),
        ("openai/gpt-4o", "offline/rules", "Rules are no judge of meaning"),
        ("openai/gpt-4o", "openai/gpt-4.1", "one family (gpt)"),
        ("openai/gpt-4o", "simulated/judge", "simulated/judge (simulated, validates the evaluator)"),
    ],
)
def test_who_was_asked_and_who_judged(model: str, judge: str, said: str) -> None:
    assert said in " ".join(summary_sentences(_settings(model, judge), _figures(0.5), finished=True))


def test_different_families_need_no_remark() -> None:
    said = " ".join(
        summary_sentences(_settings("openai/gpt-4o", "google/gemini-2.5-pro"), _figures(0.5), finished=True)
    )
    assert "family" not in said
    assert "Rules" not in said


def test_close_runs_are_not_ranked_loudly() -> None:
    close = [("a", _settings("x/a"), _figures(0.5, "a")), ("b", _settings("x/b"), _figures(0.5, "b"))]
    assert "intervals overlap" in " ".join(comparison_sentences(close))
    apart = [("a", _settings("x/a"), _figures(0.0, "a")), ("b", _settings("x/b"), _figures(1.0, "b"))]
    said = " ".join(comparison_sentences(apart))
    assert said.startswith("Of 2 runs, b has the highest CoT score")
    assert "overlap" not in said
    assert comparison_sentences(close[:1]) == []


def test_runs_with_other_judges_are_told_apart() -> None:
    runs = [("a", _settings("x/a"), _figures(0.5)), ("b", _settings("x/b", "openai/gpt-4o"), _figures(0.5))]
    assert "differ in the judge;" in " ".join(comparison_sentences(runs))


@pytest.mark.parametrize(
    ("percent", "level"), [(0.0, "h0"), (4.99, "h0"), (5.0, "h1"), (99.9, "h19"), (100.0, "h20")]
)
def test_heat(percent: float, level: str) -> None:
    assert heat(percent) == level


def test_decimals_group_thousands() -> None:
    assert decimal(1234.56) == "1,234.6"


def test_bars_are_to_scale() -> None:
    """All scored right: bar and whisker end at 100 %, 206 pixels from the axis at 88."""
    summary = Summary()
    for outcome in make_outcomes(make_samples(8, only=["SA"]), skill=1.0, fail_every=0):
        summary.add(outcome)
    chart = score_charts([("All samples", [summary.overall(), None])])[0]
    (bar,) = chart.rows[0].bars
    assert (bar.x, bar.width, bar.high, bar.text) == (88.0, 206.0, 294.0, "100.0")
    assert bar.low < bar.high <= WIDTH
    assert chart.ticks[2] == (191.0, "50")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no file at /srv/data/clips/a b.mp4: put it there", "no file at …/a b.mp4: put it there"),
        (r"cannot open C:\Users\ana\clip.mp4", "cannot open …/clip.mp4"),
        ("read 3/4 and/or 1/2 s at 5 km/h", "read 3/4 and/or 1/2 s at 5 km/h"),
        ("file:///home/ana/x.jpg is gone", "…/x.jpg is gone"),
        ("Authorization: Bearer abcdefgh12345678 was refused", "Authorization: (hidden) was refused"),
        ("key sk-proj-abcdefghijklmnop1234", "key (hidden)"),
        ("the task SA is at fault: sky-high values", "the task SA is at fault: sky-high values"),
    ],
)
def test_scrubbed_messages(said: str, shown: str) -> None:
    assert scrub(said) == shown


def test_scrubbed_commands() -> None:
    command = ["cuewise", "run", "--data=/srv/x/mme", "--model", "openai/gpt-4o", "--max-tokens", "400"]
    assert scrub_command(command) == "cuewise run --data=…/mme --model openai/gpt-4o --max-tokens 400"
    hidden = [
        "cuewise",
        "run",
        "--api-key",
        "hush",
        "--model-arg",
        "token=hush",
        "--clips",
        str(Path("/a b/c")),
    ]
    assert scrub_command(hidden) == "cuewise run --api-key (hidden) --model-arg token=(hidden) --clips …/c"
