"""The extractor in the benchmark authors' own words, for a run that follows the paper to the letter."""

from __future__ import annotations

from cuewise.errors import ReplyError
from cuewise.interop.prompts import EntryField, PromptFile
from cuewise.labels import candidates_of, find_labels
from cuewise.models.protocol import Ask, Request, Sampling
from cuewise.records import Answer, Sample, Step
from cuewise.replies import ask_until_parsed, read_line
from cuewise.steps.llm import MAX_CHARS
from cuewise.steps.protocol import MAX_STEPS, numbered
from cuewise.tagged import in_step_tags, split_steps


class AuthorsExtractor:
    """Asks a text model for the steps of an answer, with the messages of a prompt file.

    The answer stands in them raw, as it does in the paper's own runs: an answer that carries `<step>` tags or
    instructions can decide what is extracted from it. Cuewise's own prompts fence an answer in, and cannot be
    gamed in this way; these are for comparison with published figures alone.

    Args:
        model_name: the model behind `ask`, for names and messages.
        prompts: the authors' prompts; the model and temperature that they name are left aside.
        max_tries: how many replies are read at most before giving up.
    """

    def __init__(self, model_name: str, prompts: PromptFile, max_tries: int = 3) -> None:
        self.name = model_name
        self.prompts = prompts
        self.max_tries = max_tries

    async def extract(self, sample: Sample, answer: Answer, ask: Ask | None) -> tuple[Step, ...]:
        """The steps of one answer.

        Raises:
            InputError: the prompt file has no prompts for the sample's task.
            ReplyError: no reply within `max_tries` was complete and in form.
            ModelError: a call failed.
            ValueError: there is no model to ask.
        """
        if ask is None:
            raise ValueError(f"extractor {self.name} needs a model to ask")
        prompt = self.prompts.task(sample.task).extract
        messages = prompt.fill({EntryField.MODEL_RESPONSE: answer.text})
        return await ask_until_parsed(
            ask,
            lambda attempt: Request(
                messages=messages, sampling=Sampling(temperature=0.0), attempt=attempt, sample=sample
            ),
            lambda text: read_steps(text, sample),
            max_tries=self.max_tries,
            what=f"{sample.id}: extractor {self.name}",
        )


def read_steps(text: str, sample: Sample) -> tuple[Step, ...]:
    """Reads `<step>Step 1: ... Step N: ...</step>` as steps; the last is the label step.

    Its labels are the candidates that it names: none where it says None, as the prompts ask for a refusal.

    Raises:
        ReplyError: there are no such tags, the steps in them are not numbered 1 to N, or one is empty, too long
            or not storable, or there are too many.
    """
    body = in_step_tags(text)
    if body is None:
        raise ReplyError("the reply has no <step></step> tags, or one lacks its partner")
    steps = split_steps(body)
    if steps is None:
        raise ReplyError("the steps are not numbered Step 1, Step 2, ..., each once")
    if len(steps) > MAX_STEPS + 1:
        raise ReplyError(f"{len(steps)} steps; at most {MAX_STEPS + 1} are taken")
    *reasons, last = [read_line(step, f"step {number}", MAX_CHARS) for number, step in enumerate(steps, 1)]
    return numbered(reasons, last, find_labels(last, candidates_of(sample)))
