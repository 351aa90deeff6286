"""Which conditions a study has."""

from __future__ import annotations

import pytest

from cuewise.ablation.conditions import Condition, ConditionKind, Levels, conditions_of, parse_kinds
from cuewise.errors import InputError


def names(modalities: tuple[str, ...], **levels: object) -> list[str]:
    found, _ = conditions_of(tuple(ConditionKind), modalities, Levels(**levels))  # type: ignore[arg-type]
    return [condition.name for condition in found]


def left_out(modalities: tuple[str, ...]) -> dict[str, str]:
    _, left = conditions_of(tuple(ConditionKind), modalities, Levels())
    return {each.kind.value: each.why for each in left}


def test_all_conditions_of_a_model_that_takes_all() -> None:
    assert names(("video", "audio", "text"), blur=(0.01,)) == [
        *("together", "video", "audio", "words", "nothing", "conflict", "shuffled", "blur-0.01"),
        *("picture-noise-5dB", "picture-noise--5dB", "sound-noise-5dB", "sound-noise--5dB"),
    ]
    assert left_out(("video", "audio", "text")) == {}


def test_a_level_that_is_named_twice_is_one() -> None:
    assert names(("video",), blur=(0.01, 0.01)).count("blur-0.01") == 1


def test_what_a_model_cannot_be_given_is_left_out_with_the_reason() -> None:
    assert left_out(("video",)) == {
        "video": "it is the same as together",
        "audio": "the model is given no sound",
        "words": "the model is given no transcript",
        "conflict": "the model is given no sound",
        "sound-noise": "the model is given no sound",
    }
    assert left_out(("audio", "text")).keys() == {"video", "conflict", "shuffled", "blur", "picture-noise"}


def test_the_modalities_of_each_condition() -> None:
    found, _ = conditions_of(tuple(ConditionKind), ("text", "audio", "video"), Levels(blur=(0.02,)))
    given = {condition.kind: condition.modalities for condition in found}
    whole = ("video", "audio", "text")
    assert (
        given[ConditionKind.TOGETHER] == given[ConditionKind.BLUR] == given[ConditionKind.SHUFFLED] == whole
    )
    assert given[ConditionKind.WORDS] == ("text",)
    assert given[ConditionKind.NOTHING] == ()
    assert given[ConditionKind.CONFLICT] == ("video", "audio"), "a transcript would give one side two voices"


def test_together_is_always_among_them() -> None:
    assert parse_kinds(("nothing",)) == (ConditionKind.TOGETHER, ConditionKind.NOTHING)
    assert parse_kinds(None) == tuple(ConditionKind)
    with pytest.raises(InputError, match="no condition smell"):
        parse_kinds(("video", "smell"))


@pytest.mark.parametrize("levels", [{"blur": (0.9,)}, {"blur": (-0.1,)}, {"sound_noise_db": (float("nan"),)}])
def test_levels_out_of_range_are_the_user_s_error(levels: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(InputError, match="lies from"):
        names(("video", "audio"), **levels)


def test_the_spectrum_and_the_seed_go_into_the_treatment() -> None:
    levels = Levels(sound_noise_db=(0.0,), spectrum="speech", seed=4)
    found, _ = conditions_of((ConditionKind.SOUND_NOISE,), ("audio",), levels)
    (condition,) = found
    assert isinstance(condition, Condition)
    assert condition.treatment is not None
    assert condition.name == "sound-noise-speech-0dB"
    assert condition.treatment.seed == 4
