"""The model of a sample's page, from outcomes and manifests."""

from __future__ import annotations

import json
from typing import Any

from cuewise.records import (
    ClipFacts,
    ClipMedia,
    Decision,
    Evidence,
    EvidenceKind,
    Outcome,
    OutcomeKind,
    Protocol,
    SoundSource,
    Step,
    Verdict,
    Vote,
)
from cuewise.viewer.sample_page import Around, ClipHere, InRun, Links, SamplePage, sample_view
from cuewise.viewer.steps import step_views, verdict_words
from support.clip_runs import clip_outcome, clip_sample
from support.outcomes import make_manifest, make_outcome, make_samples

FACTS = ClipFacts(
    sha256="ab" * 32,
    size_bytes=9,
    duration_s=4.0,
    has_video=True,
    has_audio=True,
    fps=25,
    width=640,
    height=360,
)
MEDIA = ClipMedia(facts=FACTS, frames=(), audio=None)
LINKS = Links(
    calls=lambda run, epoch: f"/{run}/{epoch}/calls",
    epoch=lambda epoch: f"?epoch={epoch}",
    run=lambda run: f"/runs/{run}",
)


def page(*runs: tuple[Outcome, ...], epoch: int = 0, **manifest: Any) -> SamplePage:
    asked = [
        InRun(f"run-{at}", make_manifest(f"run-{at}", [outcomes[0].sample], **manifest), outcomes)
        for at, outcomes in enumerate(runs)
    ]
    return sample_view(
        asked, ClipHere(file_type="video/mp4"), around=Around(back="/"), links=LINKS, epoch=epoch
    )


def test_gold_and_predicted_labels_are_marked() -> None:
    sample = clip_sample("a.mp4")
    shown = page((clip_outcome(sample, MEDIA),), (clip_outcome(sample, MEDIA, label="Sadness"),))
    assert [(one.label, one.is_gold, one.by) for one in shown.candidates] == [
        ("Anger", True, 1),
        ("Sadness", False, 1),
        ("Neutral", False, 0),
    ]
    assert [(column.ended, column.look) for column in shown.columns] == [
        ("right", "right"),
        ("wrong", "wrong"),
    ]
    assert shown.about == ("ER-Lab", "from clips", "4.0 s", "640 × 360", "25 frames/s")


def test_a_step_tells_its_verdict_and_what_lights_up() -> None:
    first, second, label = page((clip_outcome(clip_sample("a.mp4"), MEDIA),)).columns[0].steps
    assert (first.sign, first.look) == ("✓", "right")
    assert first.verdict == "supported, bears on the label, earns 1, 80 % sure"
    assert [(cite.id, cite.when) for cite in first.cites] == [("C2", "0.5–1.5 s")]
    # Of what was checked F1 is no piece of this evidence, as the clip gave no frames.
    assert json.loads(first.selection) == {
        "cited": ["C2"],
        "checked": ["C1"],
        "near": [],
        "times": [[1.0, 1.0]],
    }
    assert (second.sign, second.look) == ("✗", "wrong")
    assert (label.sign, label.is_label) == ("label", True)
    assert label.verdict == "label: Anger, the judge reads Anger, earns nothing as a reason"


def test_under_the_papers_rules_what_nothing_can_check_counts_as_right() -> None:
    def words(rating: float, decision: Decision | None = None) -> str:
        verdict = Verdict(step=1, rating=rating, decision=decision)
        return verdict_words(None, verdict, Protocol.MME_EMOTION, again=False)

    assert words(1.0, Decision.UNVERIFIABLE) == "unverifiable, counts as right"
    assert words(0.0, Decision.CONTRADICTED) == "contradicted, counts as wrong"
    assert words(0.5) == "rated 0.5"
    assert verdict_words(None, None, Protocol.MME_EMOTION, again=False) == "not judged"


def test_evidence_that_is_cited_and_not_there_is_told_as_such() -> None:
    outcome = clip_outcome(clip_sample("a.mp4"), MEDIA)
    cites = outcome.verdicts[0].model_copy(update={"evidence": ("F7",)})
    step = step_views(outcome.model_copy(update={"verdicts": (cites, *outcome.verdicts[1:])}))[0]
    assert [(cite.id, cite.told) for cite in step.cites] == [("F7", "F7, which is not among the evidence")]


def test_what_was_said_before_does_not_count() -> None:
    again = ("The brows are drawn together at 1.0 s.", Decision.SUPPORTED, ("C2",))
    first, second, _ = step_views(clip_outcome(clip_sample("a.mp4"), MEDIA, [again, again]))
    assert (first.look, second.look) == ("right", "open")
    assert second.verdict == "supported, bears on the label, said before, does not count, 80 % sure"


def test_each_judge_of_a_panel_is_told_apart() -> None:
    (sample,) = make_samples(1)
    outcome = make_outcome(sample, protocol=Protocol.GROUNDED, panel=["j/a", "j/b", "j/b"])
    votes = step_views(outcome)[0].votes
    assert [vote.judge for vote in votes] == ["j/a", "j/b, judgement 1", "j/b, judgement 2"]
    alike = Vote(judge="j/a", repeat=0, verdicts=outcome.verdicts)
    both = outcome.model_copy(update={"votes": (alike, alike.model_copy(update={"judge": "j/b"}))})
    assert all(step.votes_alike for step in step_views(both))
    other = outcome.verdicts[0].model_copy(update={"rating": 0.5})
    split = Vote(judge="j/b", repeat=0, verdicts=(other, *outcome.verdicts[1:]))
    assert not step_views(outcome.model_copy(update={"votes": (alike, split)}))[0].votes_alike
    local = Vote(judge="hf//home/ana/judge-7b", repeat=0, verdicts=outcome.verdicts)
    shown = step_views(outcome.model_copy(update={"votes": (alike, local)}))[0].votes
    assert [vote.judge for vote in shown] == ["j/a", "hf/judge-7b"]


def test_runs_with_the_same_evidence_share_the_timeline() -> None:
    sample = clip_sample("a.mp4")
    one, other = clip_outcome(sample, MEDIA), clip_outcome(sample, MEDIA, label="Sadness")
    more = Evidence(id="D1", kind=EvidenceKind.DESCRIPTION, start_s=1, end_s=2, text="She frowns.")
    described = one.model_copy(update={"evidence": (*one.evidence, more)})
    shown = page((one,), (described,), (other,))
    assert [column.layer for column in shown.columns] == [0, 1, 0]
    assert [name for name, _ in shown.evidence] == ["Evidence of run-0, run-2", "Evidence of run-1"]
    assert len(shown.clip.layers) == 2


def test_an_answer_without_a_score_says_why_and_hides_no_other() -> None:
    sample = clip_sample("a.mp4")
    lost = Outcome(
        sample=sample,
        protocol=Protocol.GROUNDED,
        kind=OutcomeKind.MODEL_FAILURE,
        message="cannot read '/home/ana/clips/a.mp4': key sk-abcdefghijklmnopqrstuvwx was refused",
    )
    shown = page((lost,), (clip_outcome(sample, MEDIA),))
    column = shown.columns[0]
    assert (column.ended, column.look, column.steps) == ("call to the model failed", "open", ())
    assert column.message == "cannot read '…/a.mp4': key (hidden) was refused"
    assert (column.layer, column.calls_url) == (0, None)
    assert [row.name for row in shown.clip.layers[0].rows] == ["Words", "brows"]


def test_a_clip_that_was_missing_everywhere() -> None:
    lost = Outcome(
        sample=clip_sample("a.mp4"),
        protocol=Protocol.GROUNDED,
        kind=OutcomeKind.MISSING_CLIP,
        message="no file for clip 'a.mp4'",
    )
    assert page((lost,)).clip.notes == ("no file for clip 'a.mp4'",)


def test_one_epoch_is_shown_and_the_others_are_links() -> None:
    sample = clip_sample("a.mp4")
    asked = tuple(
        clip_outcome(sample, MEDIA, label=label, epoch=at) for at, label in enumerate(("Anger", "Sadness"))
    )
    shown = page(asked, (clip_outcome(sample, MEDIA),), epoch=1)
    first, second = shown.columns
    assert [(one.number, one.url, one.is_shown, one.said) for one in first.epochs] == [
        (1, "?epoch=0", False, "Anger, right"),
        (2, "?epoch=1", True, "Sadness, wrong"),
    ]
    assert first.predicted == ("Sadness",)
    # The other run asked once: its one answer stands beside every epoch.
    assert (second.predicted, second.epochs) == (("Anger",), ())


def test_what_two_runs_do_not_have_in_common_is_said() -> None:
    sample = clip_sample("a.mp4")
    other = FACTS.model_copy(update={"sha256": "cd" * 32})
    asked = clip_sample("a.mp4", question="What does she want?")
    shown = page(
        (clip_outcome(sample, MEDIA),), (clip_outcome(asked, MEDIA.model_copy(update={"facts": other})),)
    )
    assert shown.columns[0].remarks == ()
    assert len(shown.columns[1].remarks) == 2


def test_a_clip_given_anothers_sound_says_so() -> None:
    sample = clip_sample("a.mp4", sound_from=SoundSource(sample="ER-Lab/b.mp4", labels=("Sadness",)))
    (note,) = page((clip_outcome(sample, MEDIA),)).clip.notes
    assert "that of ER-Lab/b.mp4 (Sadness)" in note


def test_an_answer_without_evidence_or_verdicts_still_has_its_steps() -> None:
    whole = clip_outcome(clip_sample("a.mp4"), MEDIA)
    unjudged = whole.model_copy(
        update={"evidence": (), "verdicts": (), "score": None, "kind": OutcomeKind.JUDGE_FAILURE}
    )
    column = page((unjudged,)).columns[0]
    assert [step.verdict for step in column.steps] == ["not judged", "not judged", "label: Anger, not judged"]
    assert column.steps[0].sign == "–"
    bare = whole.model_copy(
        update={"steps": (Step(index=1, text="Sad.", labels=()),), "verdicts": (), "score": None}
    )
    assert page((bare,)).columns[0].steps[0].verdict == "label: no candidate, not judged"


def test_what_a_model_was_given_is_told_where_it_is_known() -> None:
    def given(model: str, **fields: Any) -> str:
        outcome = clip_outcome(clip_sample("a.mp4"), MEDIA, **fields)
        return page((outcome,), model=model).columns[0].given

    assert given("openai/gpt-4o", sent=("video", "audio")) == "given picture and sound"
    assert given("openai/gpt-4o", sent=()) == "given the question only"
    assert given("imported/lab-a", sent=("video",)) == "given picture only, as its import says"
    assert given("imported/lab-a", sent=()) == "what it was given is not told"
