"""The extractor that asks an LLM, and reads its reply strictly."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from cuewise.errors import ReplyError
from cuewise.labels import candidates_of, find_labels, same_label
from cuewise.models.protocol import Ask, Message, Request, Sampling, TextPart
from cuewise.prompting import fence, load_prompt, read_json_reply
from cuewise.prose import tidy
from cuewise.records import Answer, Sample, Step
from cuewise.replies import ask_until_parsed
from cuewise.steps.protocol import MAX_STEPS, numbered

MAX_CHARS: Final = 2000
"""Characters that one step or label may have."""


class LlmExtractor:
    """Asks a text model for the steps of an answer.

    Args:
        model_name: the model behind `ask`, for names and messages.
        max_tries: how many replies are read at most before giving up.
    """

    def __init__(self, model_name: str, max_tries: int = 3) -> None:
        self.name = model_name
        self.max_tries = max_tries

    async def extract(self, sample: Sample, answer: Answer, ask: Ask | None) -> tuple[Step, ...]:
        """The steps of one answer.

        Raises:
            ReplyError: no reply within `max_tries` was complete and in form.
            ModelError: a call failed.
            ValueError: there is no model to ask.
        """
        if ask is None:
            raise ValueError(f"extractor {self.name} needs a model to ask")
        return await ask_until_parsed(
            ask,
            lambda attempt: extraction_request(sample, answer, attempt),
            lambda text: parse_extraction(text, sample),
            max_tries=self.max_tries,
            what=f"{sample.id}: extractor {self.name}",
        )


def extraction_request(sample: Sample, answer: Answer, attempt: int = 0) -> Request:
    """What the extractor is asked; the answer stands in a fence that it cannot close."""
    text = load_prompt("cuewise.steps", "extract").substitute(
        question=fence(sample.question, "question"),
        label_set=json.dumps(list(sample.label_set), ensure_ascii=False),
        label_rule=(
            "One or several of them may hold at once." if sample.multi_label else "Exactly one of them holds."
        ),
        label_form='["...", "..."]' if sample.multi_label else '"..."',
        answer=fence(answer.text, "answer"),
    )
    return Request(
        messages=(Message(role="user", parts=(TextPart(text=text),)),),
        sampling=Sampling(temperature=0.0),
        json_schema=_reply_schema(sample.multi_label),
        attempt=attempt,
        sample=sample,
    )


def _reply_schema(multi_label: bool) -> dict[str, Any]:
    strings = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "properties": {"steps": strings, "label": strings if multi_label else {"type": "string"}},
        "required": ["steps", "label"],
        "additionalProperties": False,
    }


def parse_extraction(text: str, sample: Sample) -> tuple[Step, ...]:
    """Reads a reply `{"steps": [str, ...], "label": str | [str, ...]}` as steps, the label step last.

    A label that names no candidate gives a label step with no labels. Steps that are nothing but markup, ratings
    or orders to the reader are left out, as `prose.tidy` leaves them out for the rules.

    Raises:
        ReplyError: anything is missing, extra, of another type, empty, too long or too many.
    """
    reply = read_json_reply(text)
    if set(reply) != {"steps", "label"}:
        raise ReplyError('the reply must have exactly the keys "steps" and "label"')
    if not isinstance(reply["steps"], list):
        raise ReplyError('"steps" must be a list of strings')
    if len(reply["steps"]) > MAX_STEPS:
        raise ReplyError(f"{len(reply['steps'])} steps; at most {MAX_STEPS} are taken")
    lines = [_line(step, "a step") for step in reply["steps"]]
    reasons = [line for line, step in zip(lines, reply["steps"], strict=True) if tidy(step)]
    named = reply["label"] if isinstance(reply["label"], list) else [reply["label"]]
    if len(named) > MAX_STEPS:
        raise ReplyError(f"{len(named)} labels; at most {MAX_STEPS} are taken")
    words = [_line(label, "a label") for label in named]
    labels: dict[str, None] = {}
    for word in words:
        labels.update(dict.fromkeys(_candidates(word, candidates_of(sample))))
    return numbered(reasons, ", ".join(words) or "None", tuple(labels))


def _line(value: object, what: str) -> str:
    """A string of one line within bounds."""
    if not isinstance(value, str):
        raise ReplyError(f"{what} must be a string, not {type(value).__name__}")
    line = " ".join(value.split())
    if not line:
        raise ReplyError(f"{what} is empty")
    if len(line) > MAX_CHARS:
        raise ReplyError(f"{what} has {len(line)} characters; at most {MAX_CHARS} are taken")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in line):
        # Lone surrogates cannot be stored, control characters can take over a terminal.
        raise ReplyError(f"{what} has control characters or lone surrogates")
    return line


def _candidates(word: str, label_set: Sequence[str]) -> tuple[str, ...]:
    """The candidates that an extracted label means: itself where it is one, else those it names."""
    exact = [label for label in label_set if label.casefold() == word.casefold()]
    alike = exact or [label for label in label_set if same_label(label, word)]
    return tuple(alike[:1]) or find_labels(word, label_set)
