"""What is known of models by name, read from `cards.toml`: what they take and how they want to be asked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Literal

from cuewise.models.protocol import Modality

MaxTokensField = Literal["max_tokens", "max_completion_tokens"]
Api = Literal["chat", "responses"]
Access = Literal["open", "closed"]


@dataclass(frozen=True)
class Card:
    """What is known of all models whose name fits a pattern."""

    pattern: str
    """Shell pattern over the last part of the name, in lower case."""
    takes: frozenset[Modality]
    """What such a model can be given; text is always among it."""
    max_tokens_field: MaxTokensField = "max_tokens"
    """The field that bounds the output tokens."""
    fixed_temperature: bool = False
    """Whether the server refuses to be told a temperature."""
    video_files: bool = False
    """Whether it can be given a clip as a video file."""
    json_schema: bool = False
    """Whether the server can hold a reply to a JSON schema."""
    api: Api = "chat"
    """Which of OpenAI's interfaces serves it: chat completions or responses."""
    family: str | None = None
    """Models of one family share training and should not judge each other; None where unknown."""
    access: Access | None = None
    """Whether its weights can be had; None where models of this name are of both kinds, or it is not known."""
    note: str = ""


UNKNOWN = Card(
    "*",
    frozenset({Modality.VIDEO, Modality.TEXT}),
    note="models that no other row names; `takes=...` corrects it",
)


@cache
def cards() -> tuple[Card, ...]:
    """All cards in the order of the file, in which the first that fits holds."""
    table = tomllib.loads(files("cuewise.models").joinpath("cards.toml").read_text(encoding="utf-8"))
    return tuple(
        Card(**{**entry, "takes": frozenset({Modality.TEXT, *map(Modality, entry["takes"])})})
        for entry in table["card"]
    )


def card_for(model: str) -> Card:
    """The card of a model by its name, with or without provider; `UNKNOWN` where none fits.

    >>> card_for("openai/gpt-4o-mini").json_schema
    True
    >>> sorted(card_for("Qwen/Qwen2-Audio-7B-Instruct").takes)
    [<Modality.AUDIO: 'audio'>, <Modality.TEXT: 'text'>]
    """
    last = _last_part(model)
    return next((card for card in cards() if fnmatchcase(last, card.pattern)), UNKNOWN)


def family(model: str) -> str:
    """The family a model belongs to: its card's, else the first word of its name.

    >>> family("openai/gpt-4o"), family("openai-api/lab/Mistral-Large-2411"), family("baseline/majority")
    ('gpt', 'mistral', 'baseline')
    """
    if not is_served(model):
        return model.partition("/")[0]
    last = _last_part(model)
    word = re.match(r"[^\W\d_]+", last)
    return card_for(model).family or (word[0] if word else last)


def is_served(model: str) -> bool:
    """Whether a name is that of a model that is asked, not of one that answers here: to test the evaluator, from
    answers that were collected elsewhere, or in words that it heard."""
    return model.partition("/")[0] not in ("asr", "baseline", "gaming", "imported", "offline", "simulated")


def kin(model: str, others: Sequence[str]) -> tuple[str, ...]:
    """Which of the others, each once, are of the model's own family and share its training."""
    if not is_served(model):
        return ()
    return tuple(dict.fromkeys(name for name in others if is_served(name) and family(name) == family(model)))


def is_imported(model: str) -> bool:
    """Whether a name is that of answers which were collected elsewhere."""
    return model.startswith("imported/")


def is_own(model: str) -> bool:
    """Whether Cuewise runs a real model itself, on the user's machine, for which nobody sends a bill."""
    return model.partition("/")[0] in ("hf", "vllm")


def _last_part(model: str) -> str:
    return model.rstrip("/").rpartition("/")[2].lower()
