"""Every record survives a trip through JSON, whatever is in it."""

from __future__ import annotations

import inspect
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from cuewise import records
from cuewise.media.treatments import Treatment, TreatmentKind
from cuewise.models import protocol
from cuewise.records import SCHEMA_VERSION, Record
from cuewise.runs import manifest

RECORDS = sorted(
    {
        kind
        for module in (records, protocol, manifest)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Record) and kind is not Record
    },
    key=lambda kind: kind.__name__,
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
finite = st.floats(min_value=0, max_value=1e6, allow_nan=False)

st.register_type_strategy(str, text)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False, width=32))


TREATMENTS = st.sampled_from(
    [
        Treatment(kind=TreatmentKind.BLUR, level=0.02),
        Treatment(kind=TreatmentKind.SOUND_NOISE, level=-5.0, spectrum="speech", seed=3),
        Treatment(kind=TreatmentKind.SHUFFLED),
    ]
)


@cache
def instances(kind: type[Record]) -> st.SearchStrategy[Record]:
    """Values of a record, field by field."""
    if kind is Treatment:  # its level fits its kind
        return TREATMENTS
    return st.builds(
        lambda values: kind.model_validate(values),
        st.fixed_dictionaries({name: field_values(info) for name, info in kind.model_fields.items()}),
    )


def field_values(info: Any) -> st.SearchStrategy[Any]:
    hint = info.rebuild_annotation()
    if hint == dict[str, Any] or hint == dict[str, Any] | None:
        values = st.dictionaries(text, st.integers() | text | st.booleans(), max_size=3)
        return values | st.none() if "None" in str(hint) else values
    return st.deferred(lambda: values_of(hint))


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """A strategy from a type hint; constraints are met by what the fields of the records ask for."""
    import types
    import typing

    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        described = str(hint)
        if "0-9a-f" in described:
            return st.text("0123456789abcdef", min_size=64, max_size=64)
        if "FATCD" in described:
            return st.from_regex(r"\A[FATCD][1-9][0-9]{0,2}\Z")
        base = arguments[0]
        if base is int:
            return st.integers(min_value=16, max_value=1000 if "le=1000)" in described else 10**9)
        if base is float:
            return st.floats(min_value=0.001, max_value=1, allow_nan=False)
        return values_of(base)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(values_of(part) for part in arguments))
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
        return st.tuples(*(values_of(part) for part in arguments))
    if origin is dict:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=2)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if inspect.isclass(hint) and issubclass(hint, Record):
        return instances(hint)
    return st.from_type(hint)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_round_trip(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(instances(kind))
    written = record.model_dump_json()
    assert kind.model_validate_json(written) == record
    assert json.loads(written)["schema_version"] == SCHEMA_VERSION
    assert kind.model_validate_json(record.model_dump_json(exclude_defaults=True)) == record


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_public_record_says_what_it_is(kind: type[BaseModel]) -> None:
    assert kind.__doc__
    assert kind.__doc__ != Record.__doc__


def test_another_version_is_refused() -> None:
    with pytest.raises(ValidationError):
        records.Clip.model_validate({"schema_version": 2, "id": "x"})


def test_unknown_fields_and_nan_are_refused() -> None:
    with pytest.raises(ValidationError):
        records.Clip.model_validate({"id": "x", "colour": "red"})
    with pytest.raises(ValidationError):
        records.Score(recognition=float("nan"), reasoning=0, cot=0, n_steps=1)
    with pytest.raises(ValidationError):
        records.Score(recognition=1.5, reasoning=0, cot=0, n_steps=1)


def test_records_cannot_be_changed() -> None:
    clip = records.Clip(id="x")
    with pytest.raises(ValidationError):
        clip.id = "y"  # type: ignore[misc]


def test_half_a_surrogate_pair_in_a_reply_does_not_reach_the_store() -> None:
    completion = protocol.Completion.model_validate({"text": "happy \ud83d, or \U0001f600"})
    assert completion.text == "happy \ufffd, or \U0001f600"
    assert protocol.Completion.model_validate_json(completion.model_dump_json()) == completion


def test_evidence_and_measures_of_earlier_versions_still_open() -> None:
    """As 0.1 wrote them, before there were words with times, descriptions and courses of the voice."""
    evidence = records.Evidence.model_validate_json(
        '{"schema_version":1,"id":"T1","kind":"transcript","start_s":0.0,"end_s":3.2,"text":"Who is there?",'
        '"image":null,"cue":null,"measure":null}'
    )
    assert evidence.words == ()
    prosody = records.Prosody.model_validate_json(
        '{"schema_version":1,"duration_s":3.0,"f0_median_hz":210.4,"f0_p10_hz":150.0,"f0_p90_hz":300.0,'
        '"f0_slope_st_per_s":-1.25,"loudness_db":-21.5,"loudness_range_db":12.0,"rate_syllables_per_s":4.2,'
        '"voiced_fraction":0.625,"pauses":[{"schema_version":1,"start_s":0.5,"end_s":0.9}]}'
    )
    assert (prosody.pitch_moves, prosody.loud_stretches, prosody.rates) == ((), (), ())
