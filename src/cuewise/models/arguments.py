"""Settings of models as the user writes them, `--model-arg KEY=VALUE`."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from cuewise.errors import InputError
from cuewise.models.cards import Card
from cuewise.models.protocol import Modality


@dataclass(frozen=True)
class Arguments:
    """What the arguments of a served model come to."""

    card: Card
    """The model's card with what the user corrected."""
    timeout_s: float
    fields: dict[str, Any]
    """Settings that change what is asked of the model; part of each call's key."""
    delivery: dict[str, str]
    """How requests travel, which changes no answer: `style` and `media`."""

    @classmethod
    def parse(
        cls, args: Mapping[str, str], names: tuple[str, ...], card: Card, timeout_s: float
    ) -> Arguments:
        """Read arguments strictly.

        Args:
            names: those that this kind of server has.

        Raises:
            InputError: naming the argument and what it may be.
        """
        values: dict[str, Any] = {}
        for key, text in args.items():
            if key not in names:
                close = difflib.get_close_matches(key, names, n=1)
                hint = f" (did you mean {close[0]}?)" if close else ""
                raise InputError(f"unknown model argument {key!r}{hint}: there are {', '.join(names)}")
            read, form = _FORMS[key]
            try:
                values[key] = read(text)
            except ValueError:
                raise InputError(f"model argument {key}={text!r}: it must be {form}") from None
        timeout_s = values.pop("timeout_s", timeout_s)
        delivery: dict[str, str] = {key: values.pop(key) for key in _DELIVERY if key in values}
        on_card = {key: values.pop(key) for key in _ON_CARD if key in values}
        return cls(replace(card, **on_card), timeout_s, values, delivery)


def _takes(text: str) -> frozenset[Modality]:
    return frozenset({Modality.TEXT, *(Modality(word.strip()) for word in text.split(",") if word.strip())})


def _yes_or_no(text: str) -> bool:
    return _choice("true", "false")(text.lower()) == "true"


def _choice(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return read


def _number(low: float, high: float) -> Callable[[str], float]:
    """A number above `low` and up to `high`; NaN is neither."""

    def read(text: str) -> float:
        value = float(text)
        if not low < value <= high:
            raise ValueError(text)
        return value

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read


def _matching(pattern: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(text)
        return text

    return read


_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_LIMITS = ("max_tokens", "max_completion_tokens")
_APIS = ("chat", "responses")
_DTYPES = ("auto", "float32", "bfloat16", "float16")
_STYLES = ("openai", "dashscope")
_MEDIA = ("inline", "file")
_DELIVERY: Final = ("style", "media")
_ON_CARD: Final = ("takes", "video_files", "json_schema", "fixed_temperature", "max_tokens_field", "api")
_FORMS: Final[dict[str, tuple[Callable[[str], Any], str]]] = {
    "takes": (_takes, "a comma-separated list of video, audio and text"),
    "video_files": (_yes_or_no, "true or false: whether the model can be given clips as video files"),
    "json_schema": (_yes_or_no, "true or false: whether the server can hold replies to a JSON schema"),
    "fixed_temperature": (_yes_or_no, "true or false: whether the model refuses a temperature"),
    "max_tokens_field": (_choice(*_LIMITS), " or ".join(_LIMITS)),
    "api": (_choice(*_APIS), " or ".join(_APIS)),
    "style": (_choice(*_STYLES), " or ".join(_STYLES)),
    "media": (_choice(*_MEDIA), "inline or file: whether a server on this machine reads media from its disk"),
    "image_detail": (_choice("auto", "low", "high"), "auto, low or high"),
    "reasoning_effort": (_choice(*_EFFORTS), f"one of {', '.join(_EFFORTS)}"),
    "show_thinking": (_yes_or_no, "true or false: whether to ask for the model's thinking in words"),
    "top_p": (_number(0, 1), "a number above 0 and up to 1"),
    "timeout_s": (_number(0, 86_400), "a number of seconds above 0 and up to 86400"),
    # of a model that Cuewise runs itself
    "frames": (_choice("images", "video"), "images or video: how the frames of a clip are given"),
    "device": (_matching(r"auto|cpu|mps|cuda(:\d{1,3})?"), "auto, cpu, cuda, cuda:NUMBER or mps"),
    "batch": (_whole(1, 256), "a whole number from 1 to 256: calls that are made together"),
    "dtype": (_choice(*_DTYPES), f"one of {', '.join(_DTYPES)}"),
    "trust_remote_code": (_yes_or_no, "true or false: whether code that comes with the weights may run here"),
    "revision": (_matching(r"\w[\w./-]*"), "a branch, tag or commit on the hub"),
    # of a server that is started here
    "executable": (_matching(r"[^\0]+"), "the path of the vllm command"),
    "devices": (_matching(r"[\w-]+(,[\w-]+)*"), "a comma-separated list of GPUs, as in CUDA_VISIBLE_DEVICES"),
    "max_model_len": (_whole(1, 10**9), "a whole number of tokens"),
    "reasoning_parser": (_matching(r"\w[\w-]*"), "the name of one of vLLM's parsers, such as qwen3"),
    "tensor_parallel_size": (_whole(1, 10**4), "a whole number of GPUs"),
    "gpu_memory_utilization": (_number(0, 1), "a share above 0 and up to 1"),
    "startup_timeout_s": (_number(0, 86_400), "a number of seconds above 0 and up to 86400"),
    "flags": (shlex.split, "arguments of `vllm serve`, quoted as in a shell"),
}
_EVERY: Final = ("takes", "video_files", "json_schema", "fixed_temperature", "reasoning_effort", "timeout_s")
OPENAI: Final = (
    *_EVERY,
    "max_tokens_field",
    "image_detail",
    "top_p",
    "api",
    "show_thinking",
    "style",
    "media",
)
GOOGLE: Final = (*_EVERY, "top_p", "show_thinking")
ANTHROPIC: Final = (*_EVERY, "show_thinking")
HF: Final = ("takes", "frames", "device", "dtype", "batch", "trust_remote_code", "revision")
VLLM: Final = (*_EVERY, "top_p", "media")
