"""Steps beside the evidence that they were held against: times, frames, quotations."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.alignment import AlignedEvidence, Quote, StepAlignment, TimeSpan, align, find_quotes
from cuewise.records import (
    Clip,
    Cue,
    Decision,
    Evidence,
    EvidenceKind,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
    SpokenWord,
    Step,
    Verdict,
    Vote,
)
from cuewise.verdicts.rules import RuleJudge

SAMPLE = Sample(
    id="T/a", task="T", clip=Clip(id="a"), question="?", label_set=("Anger", "Fear"), labels=("Fear",)
)
WORDS = "Who is there? I can't see. Is there anybody?"
EVIDENCE = (
    *(
        Evidence(id=f"F{number}", kind=EvidenceKind.FRAME, start_s=time_s, end_s=time_s)
        for number, time_s in enumerate((0.0, 1.0, 2.0, 3.0), 1)
    ),
    Evidence(id="A1", kind=EvidenceKind.AUDIO, start_s=0, end_s=3.5, text="median pitch 210 Hz"),
    Evidence(id="T1", kind=EvidenceKind.TRANSCRIPT, start_s=0.5, end_s=3.0, text=WORDS),
    Evidence(
        id="C1",
        kind=EvidenceKind.CUE,
        start_s=0.5,
        end_s=2.5,
        cue=Cue(channel="brows", value="raised", start_s=0.5, end_s=2.5),
    ),
)
SHOWN = ("F1", "F2", "F3", "F4", "A1", "T1")


def outcome(text: str, verdict: Verdict | None = None, **more: Any) -> Outcome:
    """One reason and the label step; the label step is never held against anything."""
    steps = (Step(index=1, text=text), Step(index=2, text="Fear", labels=("Fear",)))
    verdicts = (verdict, Verdict(step=2, rating=1, labels=("Fear",))) if verdict else ()
    kind = OutcomeKind.SCORED if verdict else OutcomeKind.JUDGE_FAILURE
    fields = {"steps": steps, "evidence": EVIDENCE, "verdicts": verdicts, **more}
    return Outcome(sample=SAMPLE, protocol=Protocol.GROUNDED, kind=kind, **fields)


def first(text: str, verdict: Verdict | None = None, **more: Any) -> StepAlignment:
    return align(outcome(text, verdict, **more))[0]


def ids(step: StepAlignment, flag: str) -> list[str]:
    return [piece.id for piece in step.evidence if getattr(piece, flag)]


def test_all_that_the_judge_saw_was_checked_and_what_it_names_is_cited() -> None:
    verdict = Verdict(step=1, rating=1, decision=Decision.SUPPORTED, evidence=("F2", "A1"), checked=SHOWN)
    step, label = align(outcome("Her brows are raised.", verdict))
    assert (step.step, step.text, step.decision, step.rating) == (
        1,
        "Her brows are raised.",
        Decision.SUPPORTED,
        1,
    )
    assert ids(step, "checked") == list(SHOWN)
    assert ids(step, "cited") == ["F2", "A1"]
    assert step.evidence[1] == AlignedEvidence("F2", EvidenceKind.FRAME, "face", 1, 1, True, True, False, ())
    assert [(piece.modality, piece.start_s, piece.end_s) for piece in step.evidence[4:]] == [
        ("voice", 0, 3.5),
        ("words", 0.5, 3.0),
    ]
    assert (label.step, label.decision, label.evidence) == (2, None, ())


def test_why_a_supported_step_earns_nothing_is_told() -> None:
    why = {"relevant": False, "repeats": None, "confidence": 0.75, "reason": "True of every clip."}
    verdict = Verdict(step=1, rating=0, decision=Decision.SUPPORTED, evidence=("F2",), **why)
    step, label = align(outcome("Her face can be seen.", verdict))
    assert (step.relevant, step.repeats, step.confidence, step.reason) == (
        False,
        None,
        0.75,
        "True of every clip.",
    )
    assert (label.relevant, label.repeats, label.confidence, label.reason) == (None, None, None, "")
    assert first("She smiles.", verdict.model_copy(update={"repeats": 1})).repeats == 1


def test_the_rules_check_the_cues_of_what_is_claimed() -> None:
    steps = (Step(index=1, text="The brows are raised."), Step(index=2, text="Fear", labels=("Fear",)))
    verdicts = asyncio.run(RuleJudge(Protocol.GROUNDED).judge(SAMPLE, steps, EVIDENCE, None))
    scored = Outcome(
        sample=SAMPLE,
        protocol=Protocol.GROUNDED,
        kind=OutcomeKind.SCORED,
        steps=steps,
        evidence=EVIDENCE,
        verdicts=verdicts,
    )
    (piece,) = align(scored)[0].evidence
    assert piece == AlignedEvidence("C1", EvidenceKind.CUE, "face", 0.5, 2.5, True, True, False, ())


def test_a_quotation_has_the_times_of_its_words_where_they_are_known() -> None:
    words = [("Who", 0.5, 0.7), ("is", 0.7, 0.8), ("there?", 0.8, 1.2), ("Is", 2.0, 2.1), ("he?", 2.1, 2.4)]
    spoken = tuple(SpokenWord(text=text, start_s=start, end_s=end) for text, start, end in words)
    piece = Evidence(
        id="T1",
        kind=EvidenceKind.TRANSCRIPT,
        start_s=0.5,
        end_s=2.4,
        text="Who is there? Is he?",
        words=spoken,
    )
    (aligned,) = first('She asks "is there" and then "is he".', evidence=(piece,)).evidence
    assert aligned.quotes == (Quote("is there", 4, 12, 0.7, 1.2), Quote("Is he", 14, 19, 2.0, 2.4))


def test_what_any_judge_of_a_panel_checked_was_checked() -> None:
    one = Verdict(step=1, rating=1, decision=Decision.SUPPORTED, evidence=("F1",), checked=("F1", "F2"))
    other = Verdict(step=1, rating=0, decision=Decision.CONTRADICTED, evidence=("C1",))
    together = one.model_copy(update={"checked": ()})
    votes = (Vote(judge="a/b", repeat=0, verdicts=(one,)), Vote(judge="c/d", repeat=0, verdicts=(other,)))
    step = first("She looks afraid.", together, votes=votes)
    assert ids(step, "checked") == ["F1", "F2", "C1"]
    assert ids(step, "cited") == ["F1"]


@pytest.mark.parametrize(
    ("text", "times", "frames"),
    [
        ("At 1.2 s the brows are raised.", [(1.2, 1.2)], ["F2"]),
        ("At 1.5 s the brows are raised.", [(1.5, 1.5)], ["F2"]),  # as near to F3: the earlier
        ("From 0.9 to 2.1 s the brows are raised.", [(0.9, 2.1)], ["F2", "F3"]),
        ("From 1.2 to 1.4 s the brows are raised.", [(1.2, 1.4)], ["F2"]),
        ("At 4 s the brows are raised.", [(4.0, 4.0)], ["F4"]),
        ("At 4.1 s the brows are raised.", [(4.1, 4.1)], []),  # more than a second from the last frame
        ("At 0.1 s and at 2.9 s she blinks.", [(0.1, 0.1), (2.9, 2.9)], ["F1", "F4"]),
        ("The brows are raised.", [], []),
        ("She blinks for 2 seconds.", [], []),
    ],
)
def test_frames_nearest_to_stated_times_are_marked(
    text: str, times: list[tuple[float, float]], frames: list[str]
) -> None:
    step = first(text)
    assert step.times == tuple(TimeSpan(*time) for time in times)
    assert ids(step, "nearest") == frames
    assert ids(step, "checked") == []


def test_an_unjudged_step_has_no_decision() -> None:
    step = first("She smiles.")
    assert (step.decision, step.rating, step.evidence) == (None, None, ())
    assert align(Outcome(sample=SAMPLE, protocol=Protocol.GROUNDED, kind=OutcomeKind.REFUSED)) == ()


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        # Counted by hand: "Who is there" are the first 12 characters, "Is there" begins at 27.
        ('She asks "Who is there?" twice.', [("Who is there", 0, 12)]),
        ("She asks “who   is, THERE”.", [("Who is there", 0, 12)]),
        ("She says 'I can't see' in the dark.", [("I can't see", 14, 25)]),
        ('She says "is there".', [("is there", 4, 12), ("Is there", 27, 35)]),
        ('She says "he" and "any".', []),  # only whole words
        ('She says "come here".', []),
        ("She asks who is there.", []),
        ('She says "?!".', []),
        ("It's Anna's isn't.", []),
    ],
)
def test_quoted_words_are_found_in_the_transcript(text: str, quotes: list[tuple[str, int, int]]) -> None:
    step = first(text)
    assert [quote for piece in step.evidence for quote in piece.quotes] == [Quote(*quote) for quote in quotes]
    assert [piece.id for piece in step.evidence] == (["T1"] if quotes else [])


def test_scripts_without_spaces_are_quoted_from_any_place() -> None:
    assert find_quotes("他说「没事」。", "我真的没事啊") == (Quote("没事", 3, 5),)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_quotation_is_a_piece_of_the_transcript(text: str, transcript: str) -> None:
    for quote in find_quotes(f'"{text}" {text}', transcript):
        assert transcript[quote.start : quote.end] == quote.text


@given(st.text(max_size=200))
def test_any_step_is_aligned(text: str) -> None:
    step = first(text)
    assert {piece.id for piece in step.evidence} <= {piece.id for piece in EVIDENCE}
