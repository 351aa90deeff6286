"""The judge in the benchmark authors' own words, for a run that follows the paper to the letter."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.errors import ReplyError
from cuewise.interop.prompts import EntryField, PromptFile, ground_truth
from cuewise.models.protocol import Ask, Request, Sampling
from cuewise.records import Evidence, EvidenceKind, Sample, Step, Verdict
from cuewise.replies import ask_until_parsed
from cuewise.tagged import JudgementError, check_count, points_on_scale, written_ratings


class AuthorsJudge:
    """Asks a multimodal model for a rating of every step, with the messages of a prompt file.

    The model sees the frames, the audio clue, the gold label and the steps, all raw, as in the paper's
    own runs: a step that carries `<score>` tags or instructions can decide its own rating. Cuewise's own prompts
    fence the steps in, and cannot be gamed in this way; these are for comparison with published figures alone.

    Args:
        model_name: the model behind `ask`, for names and messages.
        prompts: the authors' prompts; the model and temperature that they name are left aside.
        max_tries: how many replies are read at most before giving up.
    """

    needs_frames = True

    def __init__(self, model_name: str, prompts: PromptFile, max_tries: int = 3) -> None:
        self.name = model_name
        self.prompts = prompts
        self.max_tries = max_tries

    async def judge(
        self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], ask: Ask | None
    ) -> tuple[Verdict, ...]:
        """One verdict per step: a rating without a reason, which these prompts do not ask for.

        Raises:
            InputError: the prompt file has no prompts for the sample's task.
            ReplyError: no reply within `max_tries` was complete and in form.
            ModelError: a call failed.
            ValueError: there is no model to ask.
        """
        if ask is None:
            raise ValueError(f"judge {self.name} needs a model to ask")
        prompt = self.prompts.task(sample.task).judge
        messages = prompt.fill(
            {
                EntryField.AUDIO_CLUE: _audio_clue(evidence),
                EntryField.GROUND_TRUTH: ground_truth(sample),
                EntryField.STEP: tagged_steps(steps),
            },
            [piece.image for piece in evidence if piece.image is not None],
        )
        return await ask_until_parsed(
            ask,
            lambda attempt: Request(
                messages=messages, sampling=Sampling(temperature=0.0), attempt=attempt, sample=sample
            ),
            lambda text: read_verdicts(text, sample, steps),
            max_tries=self.max_tries,
            what=f"{sample.id}: judge {self.name}",
        )


def tagged_steps(steps: Sequence[Step]) -> str:
    """The steps as the authors' extractor writes them.

    >>> tagged_steps([Step(index=1, text="She smiles."), Step(index=2, text="Happy.")])
    '<step>Step 1: She smiles.\\nStep 2: Happy.</step>'
    """
    lines = "\n".join(f"Step {number}: {step.text}" for number, step in enumerate(steps, 1))
    return f"<step>{lines}</step>"


def _audio_clue(evidence: Sequence[Evidence]) -> str:
    """The text about the sound, the dataset's or a model's pieces line by line; what was measured is left out."""
    clues = (piece.text for piece in evidence if piece.kind is EvidenceKind.AUDIO and piece.measure is None)
    return "\n".join(filter(None, clues))


def read_verdicts(text: str, sample: Sample, steps: Sequence[Step]) -> tuple[Verdict, ...]:
    """Reads `<score>Step 1: 0/1, ..., Step N: C/K</score>` as one verdict per step.

    Reasoning steps are rated 0/1 or 1/1; the last step too, or for a multi-label sample with K gold labels
    0/K to K/K.

    Raises:
        ReplyError: the reply can mean anything else, or has not one rating per step, each on its scale.
    """
    scales = [1] * len(steps)
    if sample.multi_label:
        scales[-1] = len(sample.labels)
    try:
        written = written_ratings(text)
        check_count(written, len(steps))
        ratings = points_on_scale(written, scales)
    except JudgementError as error:
        raise ReplyError(str(error)) from error
    return tuple(Verdict(step=step.index, rating=rating) for step, rating in zip(steps, ratings, strict=True))
