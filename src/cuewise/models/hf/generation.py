"""The weights of a model, and what they write. Everything here runs in the model's worker thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch

from cuewise.errors import CuewiseError, ModelError, PermanentModelError
from cuewise.models.failures import without_folders
from cuewise.models.hf.conversation import Conversation, conversation
from cuewise.models.hf.reading import SOUND_HZ, Opened
from cuewise.models.hf.sampling import OwnDice, OwnLimit
from cuewise.models.protocol import Completion, ReadMedia, Request
from cuewise.models.thinking import split_thinking

MAX_TOKENS: Final = 2048
"""Limit of a reply whose request has none."""


@dataclass(frozen=True)
class Call:
    """One call, as the worker needs it."""

    request: Request
    seed: int
    """Of its dice, 0 to 2**63 - 1."""


def device_named(name: str) -> str:
    """The device that a name means here; `auto` is the fastest there is.

    Raises:
        ValueError: this machine has no such device.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, number = name.partition(":")
    there = {
        "cpu": 1,
        "cuda": torch.cuda.device_count() if torch.cuda.is_available() else 0,
        "mps": int(torch.backends.mps.is_available()),
    }
    if int(number or 0) >= there.get(kind, 0):
        raise ValueError(name)
    return name


class Weights:
    """A loaded model.

    Raises:
        PermanentModelError: it cannot be loaded.
    """

    def __init__(self, opened: Opened, *, device: str, dtype: str) -> None:
        self._opened = opened
        self._device = device
        try:
            model = opened.loader.from_pretrained(
                opened.where,
                config=opened.config,
                dtype=dtype,
                revision=opened.revision,
                trust_remote_code=opened.trust_remote_code,
            )
            self._model = model.to(device).eval()
        except Exception as error:
            raise _failure(opened, error, "cannot be loaded", "load_failed") from error
        self._dtype = self._model.dtype
        self._tokenizer = opened.tokenizer
        self._tokenizer.padding_side = "left"
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self._hidden = set(self._tokenizer.all_special_ids) - set(
            self._tokenizer.convert_tokens_to_ids(_thinking_marks(self._tokenizer.all_special_tokens))
        )
        self._positions = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        self._heard_at_once = getattr(getattr(opened.processor, "feature_extractor", None), "n_samples", None)
        self._settings = self._model.generation_config
        ends = self._settings.eos_token_id
        if ends is None:
            ends = self._tokenizer.eos_token_id
        self._ends = frozenset(ends if isinstance(ends, list) else [] if ends is None else [ends])

    def complete(
        self, calls: Sequence[Call], read_media: ReadMedia, abandoned: Sequence[Callable[[], bool]]
    ) -> list[Completion]:
        """Make calls as one batch, padded on the left.

        Args:
            abandoned: for each call, whether nobody waits for it any more.

        Raises:
            PermanentModelError: saying what to do; which call is at fault it cannot say.
        """
        try:
            with torch.inference_mode():
                return self._complete(calls, read_media, abandoned)
        except CuewiseError:
            raise
        except Exception as error:
            raise _failure(self._opened, error, "failed at a call", "generation_failed") from error

    def _complete(
        self, calls: Sequence[Call], read_media: ReadMedia, abandoned: Sequence[Callable[[], bool]]
    ) -> list[Completion]:
        conversations = [conversation(call.request, self._opened, read_media) for call in calls]
        for each in conversations:
            self._check_heard(each)
        inputs = self._encode(conversations)
        start = inputs["input_ids"].shape[1]
        self._check_length(start)
        limits = [call.request.sampling.max_tokens or MAX_TOKENS for call in calls]
        temperatures = [self._temperature(call.request) for call in calls]
        dice = OwnDice(
            temperatures,
            [call.seed for call in calls],
            top_k=self._settings.top_k,
            top_p=self._settings.top_p,
        )
        written = self._model.generate(
            **inputs,
            max_new_tokens=max(limits),
            # The dice are ours, so for transformers every token is the most likely one.
            do_sample=False,
            num_beams=1,
            temperature=None,
            top_k=None,
            top_p=None,
            logits_processor=[dice],
            stopping_criteria=[OwnLimit(start, limits, abandoned)],
            pad_token_id=self._tokenizer.pad_token_id,
            eos_token_id=sorted(self._ends) or None,
            return_dict_in_generate=False,
        )
        prompts = inputs["input_ids"].tolist()
        lengths = inputs["attention_mask"].sum(dim=1).tolist()
        return [
            self._completion(prompt, length, ids[start : start + limit])
            for prompt, length, ids, limit in zip(prompts, lengths, written.tolist(), limits, strict=True)
        ]

    def _temperature(self, request: Request) -> float:
        """What the request asks for; one that leaves it open is drawn as the model's maker has set."""
        wanted = request.sampling.temperature
        if wanted is not None:
            return wanted
        return float(self._settings.temperature or 1.0) if self._settings.do_sample else 0.0

    def _encode(self, conversations: Sequence[Conversation]) -> dict[str, Any]:
        """The model's inputs, shape (calls, tokens) for the tokens.

        What stands in a request is text: control tokens in it are tokenized as words, so that no answer that a judge
        is shown ends its turn or brings in a picture.
        """
        processor = self._opened.processor
        settings: dict[str, Any] = {"padding": True}
        if self._opened.multimodal:
            settings["padding_side"] = "left"
            settings["return_tensors"] = "pt"
            videos = [each.videos for each in conversations]
            if any(videos):
                settings["video_metadata"] = [video for each in videos for video in each]
                settings["do_sample_frames"] = False
                settings["fps"] = max(each.fps for each in conversations)  # all alike
            if self._opened.chat_template is not None:
                settings["add_special_tokens"] = False
            arguments: dict[str, Any] = {"processor_kwargs": settings}
        else:
            arguments = {**settings, "return_tensors": "pt"}
        encoded = processor.apply_chat_template(
            [each.messages for each in conversations],
            chat_template=self._opened.chat_template,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            sanitize_control_tokens=True,
            **arguments,
        )
        # Only a processor's output has pictures and sounds, which the model wants in its own type.
        dtype = {"dtype": self._dtype} if self._opened.multimodal else {}
        return dict(encoded.to(self._device, **dtype))

    def _check_heard(self, conversation: Conversation) -> None:
        """Refuse sounds of which the processor would leave out the end without a word, as Whisper's does after 30 s.

        Raises:
            PermanentModelError: naming both lengths.
        """
        for sound in conversation.sounds:
            if not self._heard_at_once or len(sound) <= self._heard_at_once:
                continue
            # Some processors take longer sounds in pieces: those have more tokens for more sound.
            whole, start = (
                self._encode(
                    [Conversation([{"role": "user", "content": [{"type": "audio", "audio": part}]}])]
                )
                for part in (sound, sound[: self._heard_at_once])
            )
            if whole["input_ids"].shape == start["input_ids"].shape:
                raise PermanentModelError(
                    f"{self._opened.name} hears {self._heard_at_once / SOUND_HZ:g} s of sound, and this one lasts"
                    f" {len(sound) / SOUND_HZ:.1f} s: leave the clip out, or leave audio out of --modalities",
                    kind="too_long",
                )

    def _check_length(self, tokens: int) -> None:
        """Refuse prompts beyond the positions that the model knows.

        Raises:
            PermanentModelError: naming both lengths.
        """
        if self._positions is not None and tokens >= self._positions:
            raise PermanentModelError(
                f"a prompt for {self._opened.name} has {tokens} tokens, and the model takes fewer than"
                f" {self._positions}: send fewer or smaller pictures (--max-frames, --max-side)",
                kind="too_long",
            )

    def _completion(self, prompt: list[int], prompt_length: int, ids: list[int]) -> Completion:
        """Read what was written after a prompt, up to the token that ends it."""
        end = next((i for i, token in enumerate(ids) if token in self._ends), None)
        body = ids if end is None else ids[:end]
        thinking, answer = split_thinking(self._opened_thinking(prompt) + self._text(body))
        return Completion(
            text=answer,
            thinking=thinking,
            finish="length" if end is None else "stop",
            model=self._opened.version,
            input_tokens=prompt_length,
            output_tokens=len(ids) if end is None else end + 1,
            thinking_tokens=None if thinking is None else self._tokens_before(answer, body),
        )

    def _text(self, ids: Sequence[int]) -> str:
        """Tokens as text, without control tokens, but with those that enclose thinking."""
        return str(self._tokenizer.decode([token for token in ids if token not in self._hidden]))

    def _opened_thinking(self, prompt: Sequence[int]) -> str:
        """The mark by which a template opened the thinking itself, at the end of the prompt; else nothing."""
        last = self._text(prompt[-8:]).rstrip().rpartition("\n")[2]
        return last if _opens(last) else ""

    def _tokens_before(self, answer: str, ids: Sequence[int]) -> int:
        """How many tokens were written before the answer, which ends them."""
        if not answer:
            return len(ids)
        low, high = 0, len(ids)  # the answer is whole in what follows `low`, and not in what follows `high`
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (middle, high) if answer in self._text(ids[middle:]) else (low, middle)
        return low


def _opens(mark: str) -> bool:
    """Whether a text opens thinking."""
    return split_thinking(mark + "x") == ("x", "")


def _thinking_marks(tokens: Sequence[str]) -> list[str]:
    """Those of a tokenizer's control tokens that open or close thinking."""
    opening = [token for token in tokens if _opens(token)]
    closing = [
        token for token in tokens if any(split_thinking(f"{o}x{token}y") == ("x", "y") for o in opening)
    ]
    return opening + closing


def release_memory() -> None:
    """Give what a failed batch held back to the device."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _failure(opened: Opened, error: Exception, what: str, kind: str) -> ModelError:
    """An error in words that say what to do, and not where anything lies here."""
    text = " ".join(without_folders(str(error).replace(opened.where, opened.name)).split())[:300]
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "not enough memory" in text:
        return PermanentModelError(
            f"{opened.name} {what}: not enough memory. Give it fewer or smaller pictures (--max-frames, --max-side),"
            " a smaller --model-arg batch or dtype, or another device",
            kind="out_of_memory",
        )
    return PermanentModelError(f"{opened.name} {what}: {type(error).__name__}: {text}", kind=kind)
