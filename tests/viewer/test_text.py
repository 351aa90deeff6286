from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuewise.records import Answer
from cuewise.runs.workspace import Workspace
from cuewise.viewer import tables
from cuewise.viewer.filters import Filters
from cuewise.viewer.index import ViewIndex
from support.outcomes import make_outcome, make_run, make_samples

ANSWERS = {
    "english": "She raises the eyebrows, then smiles. It isn't anger.",
    "chinese": "他皱着眉头，声音低沉，看起来很悲伤。",
    "japanese": "彼女はとても嬉しそうです。",
    "thai": "เธอดูเศร้า",
    "german": "Er wirkt traurig, fast VERÄRGERT.",
    "syntax": 'NEAR(anger sad) AND "quoted" OR said:joy* -not ^first {a b} 100% snake_case \\ \'; DROP TABLE runs',
    "nul": "before\0after",
    "long": "filler " * 15_000 + "needle " + "filler " * 15_000,
}

FOUND = [
    ("eyebrows", ["english"]),
    ("EYEB", ["english"]),  # the beginning of a word, in any case
    ("brows", []),  # no word begins so
    ("smiles raises", ["english"]),
    ('"raises smiles"', []),
    ('"the eyebrows then"', ["english"]),
    ('"the eyebr"', []),
    ("isn't", ["english"]),
    ("悲伤", ["chinese"]),
    ("眉", ["chinese"]),
    ("声音低", ["chinese"]),
    ("音声", []),
    ("嬉しそう", ["japanese"]),
    ("เศร้า", ["thai"]),
    ("verärgert", ["german"]),
    ("verargert", ["german"]),  # without its marks
    ("NEAR(anger", ["syntax"]),
    ("OR", ["syntax"]),
    ("near AND", ["syntax"]),
    ("joy*", ["syntax"]),
    ("-not", ["syntax"]),
    ("said:joy", ["syntax"]),
    ("{a", ["syntax"]),
    ('"unclosed', []),
    ('"quoted', ["syntax"]),
    ("'; DROP TABLE runs", ["syntax"]),
    ("snake_c", ["syntax"]),
    ("before", ["nul"]),
    ("after", ["nul"]),
    ("before\0after", ["nul"]),
    ("needle", ["long"]),
    ("ER-Lab/", sorted(ANSWERS)),
    ("clip-00003", ["thai"]),
    ("clip-00003.mp4 ดู", ["thai"]),
]


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[str]]]:
    index = _index(tmp_path_factory.mktemp("workspace"))
    yield lambda text: _names(index, text)
    index.close()


def _index(root: Path) -> ViewIndex:
    samples = make_samples(len(ANSWERS), only=["ER-Lab"])
    outcomes = [
        make_outcome(sample).model_copy(update={"answer": Answer(text=text), "steps": (), "verdicts": ()})
        for sample, text in zip(samples, ANSWERS.values(), strict=True)
    ]
    make_run(root, "one", outcomes)
    index = ViewIndex(Workspace(root))
    assert index.refresh() == []
    return index


def _names(index: ViewIndex, text: str) -> list[str]:
    names = list(ANSWERS)
    page = index.page(Filters(text=text))
    assert page.total == len(page.rows)
    return sorted(names[row.position] for row in page.rows)


@pytest.mark.parametrize(("text", "names"), FOUND)
def test_words_are_found(search: Callable[[str], list[str]], text: str, names: list[str]) -> None:
    assert search(text) == names


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(deadline=None)
def test_no_text_is_an_error(search: Callable[[str], list[str]], text: str) -> None:
    assert set(search(text)) <= set(ANSWERS)


@given(st.text(st.sampled_from("\"*-^():{}+'%_\\, aANDORTE悲\0"), max_size=12))
@settings(deadline=None)
def test_no_text_is_a_command(search: Callable[[str], list[str]], text: str) -> None:
    filters, _ = Filters.from_query([("q", text)])
    assert set(search(filters.text)) <= set(ANSWERS)


def test_steps_and_reasons_and_ids_are_searched(tmp_path: Path) -> None:
    (sample,) = make_samples(1, only=["ER-Lab"])
    outcome = make_outcome(sample)
    step = outcome.steps[0].model_copy(update={"text": "The extractor's wording."})
    reason = outcome.verdicts[0].model_copy(update={"reason": "The judge's wording."})
    steps, verdicts = (step, *outcome.steps[1:]), (reason, *outcome.verdicts[1:])
    make_run(tmp_path, "one", [outcome.model_copy(update={"steps": steps, "verdicts": verdicts})])
    index = ViewIndex(Workspace(tmp_path))
    index.refresh()
    for text, total in {
        "extractor's": 1,
        "judge's": 1,
        "extractor judge": 1,  # one word in each
        '"wording judge"': 0,  # no phrase reaches from one into another
        f'"{sample.id}"': 1,
    }.items():
        assert index.page(Filters(text=text)).total == total
    index.close()


def test_an_sqlite_without_full_text_search_reads_texts_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_it = _index(tmp_path)
    assert _names(with_it, "smiles") == ["english"]
    monkeypatch.setattr(tables, "has_full_text", lambda db: False)
    without = ViewIndex(Workspace(tmp_path))  # made anew, as the other is of no use to it
    without.refresh()
    for text, names in {
        "RAISES smiles": ["english"],
        "悲伤": ["chinese"],
        "100%": ["syntax"],
        "s_miles": [],
        "snake_case": ["syntax"],
        '"\\ \'; drop"': ["syntax"],
        '"the eyebrows"': ["english"],
    }.items():
        assert _names(without, text) == names
    with_it.close()
    without.close()
