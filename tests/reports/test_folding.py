"""What of a section stays open."""

from __future__ import annotations

from cuewise.reports.blocks import Block, Details, Section, Table, Words
from cuewise.reports.sections.folding import folded


def table(id_: str) -> Table:
    return Table(id_, f"Title of {id_}", (), ())


def words(text: str) -> Words:
    return Words((text,))


def blocks(*given: Block) -> tuple[Block, ...]:
    return folded(Section("s", "S", given)).blocks


def test_the_first_after_each_paragraph_stays_open() -> None:
    first, second, third, fourth = map(table, "abcd")
    assert blocks(words("x"), first, second, third, words("y"), fourth) == (
        words("x"),
        first,
        Details("Title of b", (second,)),
        Details("Title of c", (third,)),
        words("y"),
        fourth,
    )


def test_without_words_the_first_stays_open_and_what_is_folded_stays_so() -> None:
    first, second = table("a"), table("b")
    more = Details("More", (second,))
    assert blocks(first, more) == (first, more)
    assert blocks(more, first) == (more, first)
