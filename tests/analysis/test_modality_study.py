"""A study of ten samples whose every figure is worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cuewise.ablation.conditions import ConditionKind
from cuewise.analysis.citing import Sense
from cuewise.analysis.modality import analyse
from cuewise.analysis.study_runs import studies_among
from cuewise.media.treatments import Treatment, TreatmentKind
from support.study import SAMPLES, condition, said, study_runs


@pytest.fixture(scope="module")
def findings():  # type: ignore[no-untyped-def]
    (study,) = studies_among(study_runs())
    return analyse(study)


def test_conditions_stand_in_order_and_by_level(findings) -> None:  # type: ignore[no-untyped-def]
    assert [line.run.name for line in findings.lines] == [
        *("together", "video", "audio", "nothing", "conflict", "shuffled", "blur-0.02", "blur-0.04"),
    ]


def test_scores_over_the_samples_that_take_part(findings) -> None:  # type: ignore[no-untyped-def]
    """A refusal counts as 0; a clip without sound takes no part."""
    scores = {line.run.name: (line.count, line.scores["recognition"].percent) for line in findings.lines}
    assert scores["together"] == (10, pytest.approx(80))
    assert scores["audio"] == (9, pytest.approx(100 * 3 / 9))
    assert scores["conflict"] == (9, pytest.approx(100 * 4 / 9))
    coverage = {line.run.name: line.coverage for line in findings.lines}
    assert coverage["together"] == pytest.approx(90)
    assert coverage["audio"] == pytest.approx(100)


def test_differences_are_over_the_samples_that_both_have(findings) -> None:  # type: ignore[no-untyped-def]
    audio, shuffled = findings.line(ConditionKind.AUDIO), findings.line(ConditionKind.SHUFFLED)
    # Without sample 8: together has 8 of 9, sound alone 3 of 9.
    assert audio.difference.count == 9
    assert audio.difference.difference == pytest.approx(100 * (3 - 8) / 9)
    # Without sample 4: 7 of 9 both times, on the same samples.
    assert shuffled.difference.count == 9
    assert shuffled.difference.difference == pytest.approx(0)
    assert shuffled.difference.p_value == 1
    # Seven comparisons by Holm: the smallest p of together against nothing, 6 worse and none better: 2/64 x 7.
    nothing = findings.line(ConditionKind.NOTHING)
    assert nothing.difference.p_value == pytest.approx(2 / 64)
    assert nothing.difference.p_adjusted == pytest.approx(7 * 2 / 64)


def test_fusion_over_the_samples_of_all_single_modalities(findings) -> None:  # type: ignore[no-untyped-def]
    """Without sample 8, which has no sound: together 8, picture 4, sound 3 of 9."""
    task, overall = findings.fusion
    assert (task.task, overall.task) == ("T", "")
    assert overall.count == 9
    assert overall.together == pytest.approx(100 * 8 / 9)
    assert overall.alone == {"video": pytest.approx(100 * 4 / 9), "audio": pytest.approx(100 * 3 / 9)}


def test_conflict_shares(findings) -> None:  # type: ignore[no-untyped-def]
    """9 answers: 4 name the picture's label, 3 the sound's, 2 neither's (one of them declines)."""
    overall, task = findings.conflict
    assert task.task == "T"
    assert {way: round(share.percent * 9 / 100) for way, share in overall.shares.items()} == {
        "picture": 4,
        "sound": 3,
        "both": 0,
        "neither": 2,
    }
    assert overall.sound_of_decided.percent == pytest.approx(100 * 3 / 7)
    assert overall.sound_of_decided.count == 7
    # Pictures 0 to 8 alone: 4 of 9. Their sounds are those of 4 to 9 and 0 to 2; 8 has none alone: of the other 8
    # sounds (4, 5, 6, 7, 9, 0, 1, 2) those of 4, 5 and 6 were named.
    assert overall.picture_alone == pytest.approx(100 * 4 / 9)
    assert overall.sound_alone == pytest.approx(100 * 3 / 8)
    assert overall.expected_sound == pytest.approx(100 * (3 / 8) / (3 / 8 + 4 / 9))


def test_invented_evidence(findings) -> None:  # type: ignore[no-untyped-def]
    """Of the picture alone: samples 0 and 1 cite a voice, in 2 of 5 steps; a denial is none."""
    by_name = {each.run.name: each for each in findings.invented}
    assert "together" not in by_name, "nothing that is cited was not given"
    video = by_name["video"]
    assert video.missing == (Sense.HEARD, Sense.SAID)
    assert (video.answers.count, video.answers.percent) == (10, pytest.approx(20))
    assert video.steps is not None
    assert (video.steps.count, video.steps.percent) == (5, pytest.approx(40))
    assert video.by_sense == {Sense.HEARD: 2, Sense.SAID: 0}
    assert [(one.sample, one.step) for one in video.examples] == [
        ("T/0", "Her voice trembles."),
        ("T/1", "Her voice trembles."),
    ]
    assert by_name["audio"].answers.percent == 0


def test_the_curve_goes_from_weak_to_strong(findings) -> None:  # type: ignore[no-untyped-def]
    """Clean 80, 60 at 0.02, 40 at 0.04; the most frequent label has 40: nothing is left at the strongest level."""
    (curve,) = findings.curves
    assert curve.levels == (0.02, 0.04)
    assert [score.percent for score in curve.scores] == pytest.approx([60, 40])
    assert curve.chance == pytest.approx(40)
    assert [curve.retained(0), curve.retained(1)] == pytest.approx([50, 0])


def test_the_question_alone_against_the_most_frequent_label(findings) -> None:  # type: ignore[no-untyped-def]
    """2 of 10 against 4 of 10."""
    assert findings.blind.difference == pytest.approx(-20)


def test_runs_of_other_settings_are_no_study() -> None:
    first, second, *_ = study_runs()
    assert studies_among([first]) == []
    assert studies_among([first, first]) == [], "the same way twice"
    other = replace(second, settings=second.settings.model_copy(update={"alpha": 0.4}))
    assert studies_among([first, other]) == []
    assert len(studies_among([first, second])) == 1


def test_noise_is_weak_where_its_level_is_high() -> None:
    """Decibels above the noise, in contrast to a blur."""
    noisy = [
        condition(
            SAMPLES,
            said("xxxx......"),
            ("video",),
            treatment=Treatment(kind=TreatmentKind.PICTURE_NOISE, level=level),
        )
        for level in (-5.0, 5.0, 0.0)
    ]
    (study,) = studies_among([*noisy, condition(SAMPLES, said("xxxxxx...."), ("video",))])
    assert [run.treatment.level for run in study.others if run.treatment is not None] == [5, 0, -5]


def test_a_model_that_sees_only_has_its_picture_for_together() -> None:
    (study,) = studies_among(
        [condition(SAMPLES, said("xxxx......"), ("video",)), condition(SAMPLES, said("x........."), ())]
    )
    assert study.together.modalities == ("video",)
    found = analyse(study)
    assert found.fusion == ()
    assert found.conflict == ()


def test_a_study_in_which_nothing_could_be_given() -> None:
    gone = [condition(SAMPLES, said("-" * 10), given) for given in (("video", "audio"), ("video",))]
    (study,) = studies_among(gone)
    found = analyse(study)
    assert [line.count for line in found.lines] == [0, 0]
    assert found.lines[0].scores == {}
    assert found.lines[0].coverage is None
    assert found.fusion == ()
