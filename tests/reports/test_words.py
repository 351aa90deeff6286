"""What the report says in words, how it writes numbers, and what it keeps to itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cuewise.records import Decision, Grounding, LabelMeans, LabelStatus, OutcomeKind, Protocol
from cuewise.reports.charts import WIDTH, score_charts
from cuewise.reports.formats import decimal, heat
from cuewise.reports.private import scrub, scrub_all, scrub_command
from cuewise.reports.words.comparison import comparison_sentences, title
from cuewise.reports.words.grounding import DECISIONS, grounding_sentences, lost_sentence
from cuewise.reports.words.judges import unchecked_warning
from cuewise.reports.words.labels import MEANS, STATUSES
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.reports.words.protocols import NAMES, RULES
from cuewise.reports.words.published import covers_benchmark
from cuewise.reports.words.summary import summarise
from cuewise.runs.manifest import ModelSettings, Settings
from cuewise.samples.tasks import tasks
from cuewise.scores.figures import Figures
from cuewise.scores.grounding_figures import GroundingTally
from cuewise.scores.summary import SummaryTally
from support.outcomes import make_manifest, make_outcomes, make_samples


def _figures(skill: float, seed: str = "", n: int = 200, **how: Any) -> Figures:
    tally = SummaryTally()
    for outcome in make_outcomes(make_samples(n), seed=seed, skill=skill, **how):
        tally.add(outcome)
    return tally.summary().overall()


def _settings(model: str, judge: str = "offline/rules", n: int = 200, **how: Any) -> Settings:
    return make_manifest("r", make_samples(n), model=model, judge=judge, **how).settings


def _said(
    settings: Settings, figures: Figures, withheld: dict[str, int] | None = None, unasked: int = 0
) -> dict[str, str]:
    """What is said of each topic."""
    told = summarise(
        settings, figures, finished=True, withheld=withheld or {}, cued=figures.count, unasked=unasked
    )
    return {paragraph.topic: paragraph.text.replace("\u00a0", " ") for paragraph in told}


def test_everything_that_has_a_word_has_one() -> None:
    assert set(OUTCOMES) == set(OutcomeKind)
    assert set(STATUSES) == set(LabelStatus)
    assert set(MEANS) == set(LabelMeans)
    assert set(DECISIONS) == set(Decision)
    assert set(NAMES) == set(RULES) == set(Protocol)


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
    assert said in " ".join(_said(_settings(model, judge), _figures(0.5)).values())


def test_how_many_samples_the_model_was_really_asked() -> None:
    figures = _figures(0.5, n=16)
    assert "openai/gpt-4o was asked 16 samples of mme" in _said(_settings("openai/gpt-4o", n=16), figures)[""]
    said = _said(_settings("openai/gpt-4o", n=16), figures, unasked=5)[""]
    assert said.startswith("openai/gpt-4o was asked 11 of 16 samples of mme-emotion (")
    assert "); 5 never reached it. It was sent" in said
    imported = _said(_settings("imported/x", n=16), figures, unasked=5)[""]
    assert "was asked 16 samples" in imported and "never" not in imported, "it was asked elsewhere"


@pytest.mark.parametrize(("coverage", "low"), [(94.94, True), (94.96, False), (100.0, False), (0.0, True)])
def test_a_low_coverage_stands_with_the_scores(coverage: float, low: bool) -> None:
    figures = replace(_figures(0.5, n=16), coverage=coverage)
    settings = _settings("x/a", n=16)
    told = summarise(settings, figures, finished=True, withheld={}, cued=16, unasked=0)
    (paragraph,) = [paragraph for paragraph in told if paragraph.topic == "Coverage"]
    assert paragraph.first is low
    compared = " ".join(comparison_sentences([("a", settings, figures), ("b", settings, figures)], []))
    sentence = f"Coverage is low: {coverage:.1f}\u00a0% for a and {coverage:.1f}\u00a0% for b."
    assert (sentence in compared) is low


def test_different_families_need_no_remark() -> None:
    said = _said(_settings("openai/gpt-4o", "google/gemini-2.5-pro"), _figures(0.5))
    assert "Caution" not in said
    assert "Rules are no judge" not in said["Judges"]


def test_each_judge_of_a_panel_is_held_against_the_models_family() -> None:
    def caution(*judges: str, model: str = "openai/gpt-4o") -> str | None:
        settings = _settings(model, judges[0], more_judges=judges[1:])
        return _said(settings, _figures(0.5, n=16)).get("Caution")

    assert caution("google/gemini-2.5-pro", "openai/gpt-4.1", "openai/gpt-4o-mini") == (
        "Model and the judges openai/gpt-4.1 and openai/gpt-4o-mini are of one family (gpt), which may favour the"
        " model."
    )
    assert caution("google/gemini-2.5-pro", "openai/gpt-4.1") is not None
    assert caution("google/gemini-2.5-pro", "anthropic/claude-sonnet-4") is None
    assert caution("simulated/judge", model="simulated/careful") is None, "neither shares training"


def test_who_describes_clips_is_held_against_the_models_family_too() -> None:
    settings = _settings("openai/gpt-4o", "google/gemini-2.5-pro").model_copy(
        update={"describe": ModelSettings(name="openai/gpt-4.1"), "audio_clue": ModelSettings(name="x/y")}
    )
    assert _said(settings, _figures(0.5, n=16))["Caution"] == (
        "Model and openai/gpt-4.1, which describes clips for the judge, are of one family (gpt): what the model sees or"
        " hears wrongly the other may too."
    )


def test_judge_and_describers_of_the_models_family_are_both_named() -> None:
    """As the terminal warns of all three."""
    describers = {
        "describe": ModelSettings(name="openai/gpt-4.1"),
        "audio_clue": ModelSettings(name="openai/gpt-4o"),
    }
    settings = _settings("openai/gpt-4o", "openai/gpt-4.1").model_copy(update=describers)
    assert _said(settings, _figures(0.5, n=16))["Caution"] == (
        "Model and judge are of one family (gpt), which may favour the model. Model and openai/gpt-4o and"
        " openai/gpt-4.1, which describe clips for the judge, are of one family (gpt): what the model sees or hears"
        " wrongly the others may too."
    )


def test_who_told_of_the_clips_is_named() -> None:
    blind = " This was done blind: from the clip alone, without question, candidates or gold label."
    figures = _figures(0.5, n=16)

    def told(**agents: str) -> str | None:
        agents_settings = {part: ModelSettings(name=name) for part, name in agents.items()}
        return _said(_settings("x/a").model_copy(update=agents_settings), figures).get("Evidence")

    assert told() is None
    assert told(transcribe="asr/small") == "The words were written down by asr/small." + blind
    assert told(describe="x/v", audio_clue="y/{}", transcribe="asr/small") == (
        "Of the sound, y/{} told; of the frames, x/v told; the words were written down by asr/small." + blind
    )


def test_the_rules_of_each_protocol_are_told() -> None:
    paper = _said(_settings("x/a"), _figures(0.5))["Rules"]
    assert "the judge knows the gold label" in paper
    assert "unless it is clearly contradicted" in paper
    settings = _settings("x/a", protocol=Protocol.GROUNDED)
    grounded = _said(settings, _figures(0.5, protocol=Protocol.GROUNDED), {"audio clue": 12})["Rules"]
    assert "the judge did not know the gold label" in grounded
    assert "supported by evidence that the judge cites, and bears on the label" in grounded
    assert "earns nothing as a reason" in grounded
    assert grounded.endswith("the audio clue of 12 samples.")


def test_the_label_reading_is_told() -> None:
    figures = _figures(0.5, protocol=Protocol.GROUNDED)
    labels = figures.labels
    assert labels is not None
    assert labels.exact is not None
    assert labels.mapped is not None
    assert labels.judge is not None
    said = _said(_settings("x/a", "x/b"), figures)["Labels"]
    assert f"could map {labels.mapped.percent:.1f} % of {labels.mapped.count} answers" in said
    assert f"outside the candidates, {labels.statuses['outside']}" in said
    assert f"named in {labels.exact.percent:.1f} % of all samples" in said
    assert "the right emotion family in" in said
    assert f"the same points on {labels.judge.equal.percent:.1f} % of" in said
    assert "independent" not in said
    assert "no independent check" in _said(_settings("x/a"), figures)["Labels"]


def test_reasons_are_told_only_under_grounded() -> None:
    figures = _figures(0.5, protocol=Protocol.GROUNDED)
    assert figures.grounding is not None
    shares = [
        getattr(figures.grounding, name).percent for name in ("supported", "contradicted", "unverifiable")
    ]
    assert sum(shares) == pytest.approx(100)
    said = _said(_settings("x/a", protocol=Protocol.GROUNDED), figures)["Reasons"]
    assert (
        "{:.1f} % are supported by evidence, {:.1f} % contradicted and {:.1f} % unver".format(*shares) in said
    )
    assert "Reasons" not in _said(_settings("x/a"), _figures(0.5))


def test_steps_said_before_are_counted() -> None:
    """Two answers of three steps before the label, one of which says an earlier one again: 2 of 6."""
    tally = GroundingTally()
    for _ in range(2):
        tally.add(
            Grounding(
                reasons=2,
                repeated=1,
                supported=1,
                contradicted=0,
                unverifiable=1,
                relevant=1,
                earning=1,
                face=1,
                voice=0,
                words=0,
            )
        )
    figures = tally.figures()
    assert figures is not None
    assert (
        grounding_sentences(figures)[-1]
        == "2 more steps say again what earlier ones said, and count nowhere."
    )


def test_a_panel_is_told_with_its_rule_and_its_noise() -> None:
    judges = ("x/j", "x/j", "y/k", "y/k")
    figures = _figures(0.5, protocol=Protocol.GROUNDED, panel=judges)
    settings = _settings("z/a", "x/j", protocol=Protocol.GROUNDED, more_judges=["y/k"], judge_repeats=2)
    said = _said(settings, figures)["Judges"]
    assert "rated by x/j and y/k, twice each; a reason earns its point where more than half" in said
    assert figures.panel is not None
    assert figures.panel.between is not None
    assert figures.panel.retest is not None
    assert figures.panel.split is not None
    assert f"in {figures.panel.between.percent:.1f} % of the pairs" in said
    assert f"agrees with itself in {figures.panel.retest.percent:.1f} %" in said
    assert f"On {figures.panel.split.percent:.1f} % of {figures.panel.steps} reasons" in said


def test_runs_of_different_protocols_are_never_ranked_together() -> None:
    grounded = _settings("x/a", protocol=Protocol.GROUNDED)
    paper = _settings("x/a")
    said = " ".join(
        comparison_sentences(
            [("a", paper, _figures(0.9)), ("b", grounded, _figures(0.1))], ["a is best.", "b is best."]
        )
    )
    assert said.startswith("a is best. b is best. ")
    assert "must not be compared with each other" in said
    assert "Beside the model" not in said, "the protocol is no further difference, but the first one told"


def test_runs_with_other_judges_are_told_apart() -> None:
    runs = [("a", _settings("x/a"), _figures(0.5)), ("b", _settings("x/b", "openai/gpt-4o"), _figures(0.5))]
    assert "differ in the judge;" in " ".join(comparison_sentences(runs, []))


@pytest.mark.parametrize(
    ("percent", "level"), [(0.0, "h0"), (4.99, "h0"), (5.0, "h1"), (99.9, "h19"), (100.0, "h20")]
)
def test_heat(percent: float, level: str) -> None:
    assert heat(percent) == level


def test_decimals_group_thousands() -> None:
    assert decimal(1234.56) == "1,234.6"


def test_bars_are_to_scale() -> None:
    """All scored right: bar and whisker end at 100 %, 206 pixels from the axis at 88."""
    tally = SummaryTally()
    for outcome in make_outcomes(make_samples(12, only=["SA"]), skill=1.0, fail_every=0):
        tally.add(outcome)
    chart = score_charts([("All samples", [tally.summary().overall(), None])], [0, 1])[0]
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
        ("key AKIAIOSFODNN7EXAMPLE", "key (hidden)"),
        ("key github_pat_11ABCDEFG0123456789_abc", "key (hidden)"),
        ("key xoxb-123456789012-abcdef", "key (hidden)"),
        ('{"api_key": "hush", "n": 1}', '{"api_key": "(hidden)", "n": 1}'),
        ("api_key=hush&n=1", "api_key=(hidden)&n=1"),
        ("Authorization: Basic aHVzaA== was refused", "Authorization: (hidden) was refused"),
        ("authorization: denied, as basic emotions are", "authorization: denied, as basic emotions are"),
        ("see ~/y and ~/a/b.mp4", "see …/y and …/b.mp4"),
        ("in /home/ana/My own clips/x.mp4 are no frames", "in …/x.mp4 are no frames"),
        ("read /srv/a/b.mp4 and/or c/d", "read …/b.mp4 and/or c/d"),
        ("the task SA is at fault: sky-high values", "the task SA is at fault: sky-high values"),
    ],
)
def test_scrubbed_messages(said: str, shown: str) -> None:
    assert scrub(said) == shown


def test_secrets_go_by_their_names() -> None:
    """And what has such a name, but is none, stays: texts of no secret, and all that is no text."""
    settings = {
        "api_key": "hush",
        "headers": {"Authorization": "Basic hush", "X-Auth": ["hush", 1]},
        "credentials": {"user": "hush", "tries": 2},
        "tokenizer": "lab/words",
        "keyframes": "all",
        "max_tokens": 400,
        "folder": "/home/ana/My own clips",
    }
    assert scrub_all(settings) == {
        "api_key": "(hidden)",
        "headers": {"Authorization": "(hidden)", "X-Auth": ["(hidden)", 1]},
        "credentials": {"user": "(hidden)", "tries": 2},
        "tokenizer": "lab/words",
        "keyframes": "all",
        "max_tokens": 400,
        "folder": "…/My own clips",
    }


def test_scrubbed_commands() -> None:
    command = ["cuewise", "run", "--data=/srv/x/mme", "--model", "openai/gpt-4o", "--max-tokens", "400"]
    assert scrub_command(command) == "cuewise run --data=…/mme --model openai/gpt-4o --max-tokens 400"
    local = ["cuewise", "run", "--transcribe", "asr//home/ana/models/whisper", "--describe", "openai/gpt-4o"]
    assert scrub_command(local) == "cuewise run --transcribe asr/…/whisper --describe openai/gpt-4o"
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
    named = [
        "cuewise",
        "run",
        "--price",
        "openai-api/local//home/ana/q.gguf=1,2",
        "--rpm",
        "hf//home/ana/emo=3",
    ]
    assert scrub_command(named) == "cuewise run --price openai-api/local/…/q.gguf=1,2 --rpm hf/emo=3"
    prices = {"openai-api/local//home/ana/q.gguf": (1, 2), "openai/gpt-4o": (3, 4)}
    alike = {"hf//models/a/judge": 1, "hf//models/b/judge": 2}
    assert scrub_all(alike) == {"hf/judge": 1, "hf/judge (2)": 2}
    assert scrub_all({"tokens": {"/home/ana/private/f": "x"}}) == {"tokens": {"…/f": "(hidden)"}}
    assert scrub_all(prices) == {"openai-api/local/…/q.gguf": [1, 2], "openai/gpt-4o": [3, 4]}
    assert scrub_command(hidden) == "cuewise run --api-key (hidden) --model-arg token=(hidden) --clips …/c"


def test_a_report_is_titled_by_what_it_is_about() -> None:
    a, b = _settings("x/a"), _settings("x/b")
    also_a, also_b = (_settings(model, protocol=Protocol.GROUNDED) for model in ("x/a", "x/b"))
    assert title([a]) == "x/a"
    assert title([a, also_a]) == "x/a, by both protocols"
    assert title([a, b]) == "2 models compared"
    assert title([a, also_a, b, also_b]) == "2 models, by both protocols"
    assert title([a, a]) == "x/a, 2 runs compared"
    assert title([a, a, also_a]) == "x/a, 3 runs, by both protocols"


def test_why_reasons_earn_nothing_is_what_the_numbers_say() -> None:
    """Of 8 reasons 3 are contradicted (37.5), 1 unverifiable (12.5), 6 bear on the label, so 2 do not (25.0); 2 of 10
    steps say again what was said (20.0).
    """
    grounding = Grounding(
        reasons=8,
        repeated=2,
        supported=4,
        contradicted=3,
        unverifiable=1,
        relevant=6,
        earning=3,
        face=1,
        voice=0,
        words=0,
    )
    tally = GroundingTally()
    tally.add(grounding)
    assert lost_sentence("x/a", tally.figures()) == (
        "x/a: of 8 reasons, 37.5 % are contradicted by the evidence, 12.5 % unverifiable, and 25.0 % not relevant, as"
        " they do not bear on the label; of all steps, 20.0 % only say again what an earlier one said."
    )
    assert lost_sentence("x/a", None) == ""
    assert lost_sentence("x/a", GroundingTally().figures()) == ""


def test_published_figures_need_the_whole_benchmark() -> None:
    whole = {name: task.n_questions for name, task in tasks().items()}
    assert sum(whole.values()) == 6500
    assert covers_benchmark(Protocol.MME_EMOTION, whole)
    assert not covers_benchmark(Protocol.GROUNDED, whole), "other rules"
    assert not covers_benchmark(Protocol.MME_EMOTION, whole | {"SA": 4}), "a part of a task"
    assert not covers_benchmark(Protocol.MME_EMOTION, {"SA": whole["SA"]}), "one task"
    assert not covers_benchmark(Protocol.MME_EMOTION, {})


def test_rules_without_cues_say_that_they_could_hardly_check() -> None:
    figures = _figures(0.5, n=10, protocol=Protocol.GROUNDED)
    grounded = _settings("x/a", protocol=Protocol.GROUNDED)
    said = unchecked_warning(grounded, figures, cued=0)
    assert said.startswith("No sample has annotated cues")
    assert "could hardly check any reason" in said
    assert "no finding about the model" in said
    assert "a high reasoning score is no finding" in unchecked_warning(_settings("x/a"), figures, cued=0)
    assert unchecked_warning(grounded, figures, cued=1).startswith("Only 1 of 10 samples has")
    assert unchecked_warning(grounded, figures, cued=5) == ""
    judged = _settings("x/a", "y/j", protocol=Protocol.GROUNDED)
    assert unchecked_warning(judged, figures, cued=0) == "", "a model judged"
    panel = _settings("x/a", protocol=Protocol.GROUNDED, more_judges=["y/j"])
    assert unchecked_warning(panel, figures, cued=0) == "", "a model judged too"
    assert unchecked_warning(grounded, SummaryTally().summary().overall(), cued=0) == ""
