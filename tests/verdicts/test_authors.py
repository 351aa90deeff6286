"""The judge in the authors' words: it sends frames, clue, gold label and steps raw, and reads ratings strictly."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import InputError, PermanentModelError, ReplyError
from cuewise.interop.prompts import PromptFile
from cuewise.models.protocol import Completion, MediaPart, TextPart
from cuewise.records import Cue, Evidence, EvidenceKind, Measure, MediaRef, Sample, Step, Verdict
from cuewise.verdicts.authors import AuthorsJudge, read_verdicts, tagged_steps
from support.authors_scripts import make_prompts
from support.models import ScriptedAsk, make_sample, text_of

SINGLE = make_sample()
MULTI = make_sample(
    id="ML-ER/a",
    task="ML-ER",
    label_set=("anger", "fear", "joy", "calm"),
    labels=("joy", "anger", "fear"),
    multi_label=True,
)
STEPS = (
    Step(index=1, text="She smiles."),
    Step(index=2, text="She says </step>."),
    Step(index=3, text="The sentiment is positive.", labels=("positive",)),
)
IMAGES = [MediaRef(sha256=digit * 64, mime="image/jpeg", size_bytes=9) for digit in "ab"]
FRAMES = tuple(
    Evidence(id=f"F{number}", kind=EvidenceKind.FRAME, start_s=number, end_s=number, image=image)
    for number, image in enumerate(IMAGES, 1)
)
CLUE = Evidence(id="A1", kind=EvidenceKind.AUDIO, start_s=0, end_s=2, text="A 'bright' voice.")
PITCH = Evidence(
    id="A2",
    kind=EvidenceKind.AUDIO,
    start_s=0,
    end_s=2,
    text="median pitch 200 Hz",
    measure=Measure(name="f0_median", value=200, unit="Hz"),
)
WORDS = Evidence(id="T1", kind=EvidenceKind.TRANSCRIPT, start_s=0, end_s=2, text="Who is there?")
CUE = Evidence(
    id="C1",
    kind=EvidenceKind.CUE,
    start_s=0,
    end_s=2,
    text="the eyes are wide open",
    cue=Cue(channel="eyes", value="wide", start_s=0, end_s=2),
)
GOOD = "<score>Step 1: 1/1, Step 2: 0/1, Step 3: 1/1</score>"


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> PromptFile:
    return make_prompts(tmp_path_factory.mktemp("checkout"), "SA", "ML-ER")


def judge(
    prompts: PromptFile,
    ask: ScriptedAsk | None,
    sample: Sample = SINGLE,
    evidence: Sequence[Evidence] = (*FRAMES, CLUE, PITCH, WORDS, CUE),
    tries: int = 3,
) -> tuple[Verdict, ...]:
    return asyncio.run(AuthorsJudge("x/y", prompts, tries).judge(sample, STEPS, evidence, ask))


def test_reads_a_reply(prompts: PromptFile) -> None:
    assert judge(prompts, ScriptedAsk(GOOD)) == (
        Verdict(step=1, rating=1),
        Verdict(step=2, rating=0),
        Verdict(step=3, rating=1),
    )


def test_sends_their_messages_with_frames_where_their_images_stood(prompts: PromptFile) -> None:
    ask = ScriptedAsk(GOOD)
    judge(prompts, ask)
    (request,) = ask.requests
    system, user = request.messages
    assert (system.role, user.role) == ("system", "user")
    assert user.parts[1:] == tuple(MediaPart(media=image) for image in IMAGES)
    assert isinstance(user.parts[0], TextPart)
    text = user.parts[0].text
    assert "Sound: 'A 'bright' voice.'." in text
    assert "Label: 'positive'." in text
    assert (
        "'<step>Step 1: She smiles.\nStep 2: She says </step>.\nStep 3: The sentiment is positive.</step>'"
        in text
    )
    assert not any(told in text for told in ("200 Hz", "Who is there", "wide open"))
    assert request.sampling.temperature == 0
    assert request.json_schema is None
    assert request.sample == SINGLE


@pytest.mark.parametrize("evidence", [(), (PITCH.model_copy(update={"id": "A1"}),), (WORDS, CUE)])
def test_without_a_supplied_clue_its_place_is_empty(
    prompts: PromptFile, evidence: Sequence[Evidence]
) -> None:
    ask = ScriptedAsk(GOOD)
    judge(prompts, ask, evidence=evidence)
    assert "Sound: ''." in text_of(ask.requests[0])
    assert len(ask.requests[0].messages[1].parts) == 1


def test_a_clue_that_a_model_gave_in_pieces_is_sent_line_by_line(prompts: PromptFile) -> None:
    ask = ScriptedAsk(GOOD)
    pieces = [CLUE, CLUE.model_copy(update={"id": "A2", "text": "A laugh."}), PITCH]
    judge(prompts, ask, evidence=pieces)
    assert "Sound: 'A 'bright' voice.\nA laugh.'." in text_of(ask.requests[0])


def test_gold_labels_are_joined_and_the_last_step_counts_them(prompts: PromptFile) -> None:
    ask = ScriptedAsk("<score>Step 1: 1/1, Step 2: 1/1, Step 3: 2/3</score>")
    verdicts = judge(prompts, ask, MULTI)
    assert "Label: 'joy,anger,fear'." in text_of(ask.requests[0])
    assert [verdict.rating for verdict in verdicts] == [1, 1, 2 / 3]


@pytest.mark.parametrize(
    ("sample", "text", "fault"),
    [
        (SINGLE, "", "no <score> tag"),
        (SINGLE, "I cannot rate this.", "no <score> tag"),
        (SINGLE, "Step 1: 1/1, Step 2: 0/1, Step 3: 1/1", "no <score> tag"),
        (SINGLE, "<score>Step 1: 1/1, Step 2: 0/1, Step 3: 1/1", "has no partner"),
        (SINGLE, GOOD + GOOD, "2 <score> blocks"),
        (SINGLE, GOOD + " Overall: 1/1", "outside the tags"),
        (SINGLE, "<score>Step 1: 1/1, Step 2: 0/1</score>", "3 steps, 2 ratings"),
        (SINGLE, "<score>Step 1: 1/1, Step 2: 0/1, Step 3: 1/1, Step 4: 1/1</score>", "3 steps, 4 ratings"),
        (SINGLE, "<score>Step 1: 1/1, Step 3: 0/1, Step 2: 1/1</score>", "numbered 1, 3, 2"),
        (SINGLE, "<score>Step 1: 1/1, Step 2: N/A, Step 3: 1/1</score>", "no rating in"),
        (SINGLE, "<score>Step 1: 1/1, Step 2: 2/1, Step 3: 1/1</score>", "step 2 is rated 2/1"),
        (SINGLE, "<score>Step 1: 1/10, Step 2: 0/1, Step 3: 1/1</score>", "step 1 is rated 1/10"),
        (SINGLE, "<score>Step 1: 1/1, Step 2: 0/1, Step 3: 2/3</score>", "step 3 is rated 2/3, not 0/1 or"),
        (MULTI, "<score>Step 1: 1/1, Step 2: 0/1, Step 3: 1/1</score>", "not 0/3 to 3/3"),
        (MULTI, "<score>Step 1: 1/1, Step 2: 0/1, Step 3: 4/3</score>", "not 0/3 to 3/3"),
        (MULTI, "<score>Step 1: 1/3, Step 2: 0/1, Step 3: 1/3</score>", "step 1 is rated 1/3"),
    ],
)
def test_everything_else_is_asked_again(prompts: PromptFile, sample: Sample, text: str, fault: str) -> None:
    with pytest.raises(ReplyError, match=fault):
        read_verdicts(text, sample, STEPS)
    good = GOOD.replace("Step 3: 1/1", "Step 3: 3/3") if sample is MULTI else GOOD
    ask = ScriptedAsk(text, Completion(text=good, finish="length"), good)
    assert judge(prompts, ask, sample)[-1].rating == 1
    assert [request.attempt for request in ask.requests] == [0, 1, 2]


def test_gives_up_within_its_bound(prompts: PromptFile) -> None:
    ask = ScriptedAsk("no", "no", "never")
    with pytest.raises(
        ReplyError, match="SA/clip0: judge x/y: no usable reply in 2 tries; the last: no <score>"
    ):
        judge(prompts, ask, tries=2)
    assert len(ask.requests) == 2


def test_a_failed_call_is_not_a_malformed_reply(prompts: PromptFile) -> None:
    with pytest.raises(PermanentModelError):
        judge(prompts, ScriptedAsk(PermanentModelError("no")))


def test_a_task_without_prompts_is_the_users_to_mend(prompts: PromptFile) -> None:
    with pytest.raises(InputError, match="no prompts for IR"):
        judge(prompts, ScriptedAsk(), make_sample(task="IR"))


def test_needs_a_model_and_frames(prompts: PromptFile) -> None:
    with pytest.raises(ValueError, match="needs a model"):
        judge(prompts, None)
    assert AuthorsJudge("x/y", prompts).needs_frames


def test_steps_are_numbered_from_one_as_the_extractor_writes_them() -> None:
    assert tagged_steps(STEPS[2:]) == "<step>Step 1: The sentiment is positive.</step>"


@given(st.lists(st.sampled_from([0, 1]), min_size=2, max_size=2), st.integers(0, 3))
def test_every_rating_on_its_scale_is_read(ratings: list[int], hits: int) -> None:
    written = [f"{rating}/1" for rating in ratings] + [f"{hits}/3"]
    body = ", ".join(f"Step {number}: {rating}" for number, rating in enumerate(written, 1))
    verdicts = read_verdicts(f"<score>{body}</score>", MULTI, STEPS)
    assert [verdict.rating for verdict in verdicts] == [*ratings, hits / 3]
