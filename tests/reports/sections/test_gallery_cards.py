"""Cards of chosen samples: what stands on them, and that a page shows few of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from cuewise.media.store import MediaStore
from cuewise.records import MediaRef
from cuewise.reports.blocks import Gallery, Section, Table, Text
from cuewise.reports.linked import linked_places
from cuewise.reports.sections.cards import LENGTH, MOST
from cuewise.reports.sections.gallery import gallery_section
from cuewise.reports.sections.groups import PageRuns
from cuewise.reports.sections.page import analysed
from cuewise.result import RunResult
from support.outcomes import make_outcomes, make_run, make_samples
from support.report_page import WriteReport


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def _frames(store: MediaStore) -> list[MediaRef]:
    pictures = [np.full((48, 64, 3), grey, dtype=np.uint8) for grey in (20, 120, 220)]
    return [store.put(simplejpeg.encode_jpeg(each), "image/jpeg") for each in pictures]


def _section(*runs: RunResult, store: MediaStore | None = None) -> Section:
    read_media = None if store is None else store.read
    section = gallery_section(PageRuns(analysed(runs)), [run.outcomes_of for run in runs], read_media)
    assert section is not None
    return section


def _gallery(section: Section) -> Gallery:
    return next(block for block in section.blocks if isinstance(block, Gallery))


def test_cards_hold_what_was_said_and_judged(tmp_path: Path) -> None:
    outcomes = {one.sample.clip.id: one for one in make_outcomes(make_samples(80), seed="x")}
    run = make_run(tmp_path, "one", list(outcomes.values()))
    cards = _gallery(_section(run)).cards
    assert 5 < len(cards) <= MOST
    assert len({card.title for card in cards}) == len(cards)
    for card in cards:
        outcome, lines = outcomes[card.title], dict(card.lines)
        assert lines["Gold label"] == ", ".join(outcome.sample.labels)
        step = lines.get("Step") or lines["Label step"]
        number = int(step.split(" ", 1)[0])
        assert step == f"{number} of {len(outcome.steps)}, “{outcome.steps[number - 1].text}”"
        verdict = next(one for one in outcome.verdicts if one.step == number)
        assert f"{100 * verdict.rating:.0f}\u00a0%" in lines["Verdict"]
        assert not card.jpeg


def test_a_frame_is_shown_where_pictures_are(tmp_path: Path, store: MediaStore) -> None:
    run = make_run(tmp_path, "one", make_outcomes(make_samples(40), frames=_frames(store)))
    for card in _gallery(_section(run, store=store)).cards:
        assert card.jpeg
        assert card.spoken.startswith("Frame at ")
        assert card.spoken.endswith(f" s of {card.title}")
    assert all(not card.jpeg and not card.spoken for card in _gallery(_section(run)).cards)


def test_long_and_hostile_words_are_cut_and_escaped(
    tmp_path: Path, store: MediaStore, report: WriteReport
) -> None:
    odd = "<img src=x onerror=alert(1)>\n\n" + "a" * 5000
    outcomes = [
        one.model_copy(
            update={
                "steps": tuple(step.model_copy(update={"text": odd}) for step in one.steps),
                "verdicts": tuple(each.model_copy(update={"reason": odd}) for each in one.verdicts),
            }
        )
        for one in make_outcomes(make_samples(40), frames=_frames(store))
    ]
    run = make_run(tmp_path, "one", outcomes)
    lines = [text for card in _gallery(_section(run)).cards for _, text in card.lines]
    assert max(map(len, lines)) <= LENGTH + len("12 of 12, “ …”")
    page = report(run, read_media=store.read)
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert pictures
    assert all((one["src"] or "").startswith("data:image/jpeg;base64,") for one in pictures)
    assert all("onerror" not in one for one in pictures)


def test_samples_on_cards_come_first_on_the_page(tmp_path: Path) -> None:
    run = make_run(tmp_path, "one", make_outcomes(make_samples(80)))
    section = _section(run)
    places = [int(card.href.rpartition("/")[2]) for card in _gallery(section).cards]
    assert linked_places([section])[: len(places)] == places


def test_the_tables_of_links_stay(tmp_path: Path) -> None:
    run = make_run(tmp_path, "one", make_outcomes(make_samples(80)))
    section = _section(run)
    listed = {
        cell.href
        for block in section.blocks
        if isinstance(block, Table)
        for row in block.rows
        if isinstance(cell := row[0], Text)
    }
    assert {card.href for card in _gallery(section).cards} <= listed
