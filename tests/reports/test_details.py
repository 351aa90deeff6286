"""What a sample's page is given of its label reading, votes, evidence and their times."""

from __future__ import annotations

from typing import Any

import pytest

from cuewise.analysis.digest import predicted
from cuewise.records import (
    Cue,
    Decision,
    Evidence,
    EvidenceKind,
    Grounding,
    LabelMeans,
    LabelReading,
    LabelStatus,
    Outcome,
    Protocol,
    Step,
    Verdict,
)
from cuewise.reports.details import MAX_TEXT, detail
from support.outcomes import make_outcome, make_samples


@pytest.fixture
def outcome() -> Outcome:
    (sample,) = make_samples(1, only=["ER-Lab"])
    return make_outcome(sample, protocol=Protocol.GROUNDED)


def _with_first(outcome: Outcome, text: str, **verdict: Any) -> dict[str, Any]:
    """The first step's detail, of another wording and with another verdict."""
    step = Step(index=1, text=text)
    first = outcome.verdicts[0].model_copy(update=verdict)
    changed = outcome.model_copy(
        update={"steps": (step, *outcome.steps[1:]), "verdicts": (first, *outcome.verdicts[1:])}
    )
    told: dict[str, Any] = detail(changed)["steps"][0]
    return told


def test_the_label_reading(outcome: Outcome) -> None:
    reading = LabelReading(
        status=LabelStatus.OUTSIDE, outside=("nostalgia",), certain=False, origin="step", taxonomy=1
    )
    changed = outcome.model_copy(update={"reading": reading})
    assert detail(changed)["reading"] == {
        "status": "outside",
        "doubt": True,
        "outside": ["nostalgia"],
        "from": "step",
    }
    assert predicted(changed) == (), "recognition is scored by the reading, whatever the extractor says"
    plain = LabelReading(
        status=LabelStatus.MATCHED, labels=("Anger",), means=LabelMeans.INFLECTED, taxonomy=1
    )
    changed = outcome.model_copy(update={"reading": plain})
    assert detail(changed)["reading"] == {"status": "matched", "means": "inflected"}
    assert predicted(changed) == ("Anger",)


def test_levels_of_the_label(outcome: Outcome) -> None:
    assert outcome.score is not None
    assert outcome.score.labels is not None
    labels = outcome.score.labels.model_copy(update={"family": 1.0, "valence": None})
    score = outcome.score.model_copy(update={"labels": labels})
    assert detail(outcome.model_copy(update={"score": score}))["levels"] == [100.0, None]
    labels = labels.model_copy(update={"family": None})
    score = outcome.score.model_copy(update={"labels": labels})
    assert "levels" not in detail(outcome.model_copy(update={"score": score}))


def test_a_grounded_verdict(outcome: Outcome) -> None:
    told = _with_first(
        outcome,
        "She frowns.",
        decision=Decision.SUPPORTED,
        rating=1.0,
        relevant=True,
        confidence=0.875,
        evidence=("F2",),
        checked=("F1", "F2", "A1"),
        reason="Seen.",
    )
    assert told == {
        "text": "She frowns.",
        "rating": 1.0,
        "relevant": True,
        "sure": 0.88,
        "decision": "supported",
        "cites": ["F2"],
        "reason": "Seen.",
        "checked": ["F1", "A1"],
    }
    last = detail(outcome)["steps"][-1]
    assert last["read"] == list(outcome.steps[-1].labels or ())


def test_times_and_quotations_of_a_step(outcome: Outcome) -> None:
    told = _with_first(outcome, 'At 1.2 s she says "believe you said".')
    assert told["times"] == [[1.2, 1.2]]
    assert told["near"] == ["F2"]
    assert told["quotes"] == ["believe you said"]
    assert not {"times", "near", "quotes"} & set(_with_first(outcome, "She frowns."))


def test_what_a_panel_checked_is_what_its_judges_checked() -> None:
    (sample,) = make_samples(1, only=["ER-Lab"])
    outcome = make_outcome(sample, protocol=Protocol.GROUNDED, panel=("x/j", "x/j", "y/k"))
    assert outcome.verdicts[0].checked == (), "combining keeps what a verdict rests on"
    told = detail(outcome)
    first = told["steps"][0]
    assert sorted([*first["cites"], *first["checked"]]) == sorted(piece.id for piece in outcome.evidence)
    assert [(judge, repeat) for judge, repeat, _ in told["votes"]] == [("x/j", 0), ("x/j", 1), ("y/k", 0)]
    for (_, _, verdicts), vote in zip(told["votes"], outcome.votes, strict=True):
        assert [verdict["rating"] for verdict in verdicts] == [verdict.rating for verdict in vote.verdicts]
        assert verdicts[0]["reason"] == vote.verdicts[0].reason


def test_steps_that_say_again_what_was_said(outcome: Outcome) -> None:
    steps = [
        Step(index=1, text="She frowns."),
        Step(index=2, text="she frowns"),
        Step(index=3, text="It is so."),
    ]
    verdicts = tuple(
        Verdict(step=at, rating=0, decision=Decision.UNVERIFIABLE, relevant=True) for at in (1, 2)
    )
    counts = dict.fromkeys(Grounding.model_fields, 0) | {"schema_version": 1, "reasons": 1, "repeated": 1}
    assert outcome.score is not None
    score = outcome.score.model_copy(update={"grounding": Grounding(**counts)})
    changed = outcome.model_copy(
        update={"steps": tuple(steps), "verdicts": (*verdicts, Verdict(step=3, rating=0)), "score": score}
    )
    assert ["again" in step for step in detail(changed)["steps"]] == [False, True, False]


def test_what_was_withheld_is_named(outcome: Outcome) -> None:
    changed = outcome.model_copy(update={"withheld": ("audio clue: names Anger", "x" * 9999)})
    named, long = detail(changed)["withheld"]
    assert named == "audio clue: names Anger"
    assert len(long) < MAX_TEXT + 9


def test_a_cue_brings_its_channel(outcome: Outcome) -> None:
    cue = Cue(channel="brows", value="raised", start_s=0, end_s=1)
    piece = Evidence(
        id="C1", kind=EvidenceKind.CUE, start_s=0, end_s=1, text="the eyebrows are raised", cue=cue
    )
    (told,) = detail(outcome.model_copy(update={"evidence": (piece,)}))["evidence"]
    assert (told["channel"], told["value"], told["text"]) == ("brows", "raised", "the eyebrows are raised")
