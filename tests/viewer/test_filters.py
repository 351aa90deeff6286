from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import MOST, OutcomeKind
from cuewise.viewer.filters import (
    LONGEST_TEXT,
    LONGEST_VALUE,
    MOST_VALUES,
    NO_LABEL,
    Disagreement,
    Filters,
    Range,
    Rightness,
)

words = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip),
    unique=True,
    max_size=4,
).map(tuple)


def members(kind: type) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(kind), unique=True, max_size=3).map(tuple)


percents = st.floats(0, 100)
ranges = st.none() | st.tuples(percents, percents).map(lambda ends: Range(min(ends), max(ends)))
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(
    lambda text: " ".join(text.split()) if any(map(str.isalnum, text)) else ""
)
any_filters = st.builds(
    Filters,
    runs=words,
    tasks=words,
    labels=words,
    predictions=words,
    kinds=members(OutcomeKind),
    rightness=members(Rightness),
    recognition=ranges,
    reasoning=ranges,
    cot=ranges,
    disagreements=members(Disagreement),
    epoch=st.none() | st.integers(0, MOST),
    text=texts,
)


@given(any_filters)
def test_a_query_says_the_filters_again(filters: Filters) -> None:
    address = urlencode(filters.to_query())
    assert Filters.from_query(parse_qsl(address, keep_blank_values=True)) == (filters, ())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["run", "kind", "right", "disagree", "epoch", "q", "cot-min", "cot-max", "label", "x"]
            ),
            st.text() | st.sampled_from(["nan", "inf", "-1", "1e999", "٣", "1_000", "9" * 5000, "\ud800"]),
        )
    )
)
def test_any_query_is_read_and_can_be_written(items: list[tuple[str, str]]) -> None:
    filters, messages = Filters.from_query(items)
    assert Filters.from_query(parse_qsl(urlencode(filters.to_query()))) == (filters, ())
    assert all(message.isprintable() and len(message) < 300 for message in messages)


def test_no_filter_is_an_empty_query() -> None:
    assert Filters().to_query() == ()
    # What a form sends whose fields are empty, and what is none of ours.
    assert Filters.from_query([("q", " "), ("cot-min", ""), ("page", "3"), ("sort", "cot")]) == (
        Filters(),
        (),
    )


def test_all_of_a_query() -> None:
    filters, messages = Filters.from_query(
        parse_qsl(
            "run=a&run=b&run=a&task=ER-Lab&label=anger&predicted=(none)&kind=refused&right=partly&cot-min=25"
            "&reasoning-max=50.&recognition-min=0&recognition-max=100&disagree=judges&epoch=2&q=she+%22looks+at%22"
        )
    )
    assert messages == ()
    assert filters == Filters(
        runs=("a", "b"),
        tasks=("ER-Lab",),
        labels=("anger",),
        predictions=(NO_LABEL,),
        kinds=(OutcomeKind.REFUSED,),
        rightness=(Rightness.PARTLY,),
        recognition=Range(0, 100),
        reasoning=Range(0, 50),
        cot=Range(25, 100),
        disagreements=(Disagreement.JUDGES,),
        epoch=2,
        text='she "looks at"',
    )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("kind=sc%1Bored", "kind=sc\\x1bored is none of scored, refused"),
        ("right=maybe", "right=maybe is none of right, partly, wrong: it is ignored"),
        ("cot-min=nan", "cot-min=nan is no number from 0 to 100: it is ignored"),
        ("cot-max=100.1", "cot-max=100.1 is no number"),
        ("cot-min=.9&cot-max=.1", "cot-min=0.9 is above cot-max=0.1: both are ignored"),
        ("epoch=-1", "epoch=-1 is no whole number from 0: it is ignored"),
        ("epoch=%D9%A3", "is no whole number from 0"),  # an Arabic digit
        ("epoch=" + "9" * 5000, "is no whole number from 0"),
        ("q=--+*", "q=-- * has no letter or digit to search for: it is ignored"),
        ("run=" + "a" * (LONGEST_VALUE + 1), "is too long: it is ignored"),
    ],
)
def test_bad_values_are_told_and_ignored(query: str, message: str) -> None:
    filters, (told,) = Filters.from_query(parse_qsl(query))
    assert filters == Filters()
    assert message in told


def test_long_queries_are_cut_and_told() -> None:
    filters, messages = Filters.from_query(
        [("q", "ab " * LONGEST_TEXT), *(("run", str(number)) for number in range(MOST_VALUES + 1))]
    )
    assert len(filters.text) == LONGEST_TEXT - 1  # which would end in a space
    assert len(filters.runs) == MOST_VALUES
    assert len(messages) == 2


@pytest.mark.parametrize("ends", [(-0.1, 1), (0, 100.1), (0.6, 0.5), (float("nan"), 1)])
def test_a_range_lies_within_0_and_100(ends: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="is no range"):
        Range(*ends)
