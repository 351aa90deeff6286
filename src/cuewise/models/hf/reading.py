"""Configuration and processor of a model: what it takes, read before the first call and without its weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cuewise.errors import InputError
from cuewise.models.folders import fingerprint, folder_of, shown_name
from cuewise.models.hf.names import hub_name
from cuewise.models.protocol import Modality

SOUND_HZ: Final = 16_000
"""Rate of the sound that models are given."""
_WEIGHTS: Final = ("*.safetensors", "*.bin")
_INDEXES: Final = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
_PARTS: Final = {
    "image": ("image_processor",),
    "video": ("video_processor",),
    "audio": ("feature_extractor", "audio_processor"),
}
"""The attributes by which a processor shows that it takes a kind of media."""


class FramesAs(StrEnum):
    """How the frames of a clip are given to a model."""

    IMAGES = "images"
    """One picture after the other."""
    VIDEO = "video"
    """One video, with the frames' times where the processor takes them."""


@dataclass(frozen=True)
class Opened:
    """A model whose weights are not loaded yet."""

    name: str
    """As it is shown; see `shown_name`."""
    where: str
    """Name on the hub, or path of the folder. In no message that is kept."""
    revision: str | None
    """The commit of a model of the hub."""
    trust_remote_code: bool
    config: Any
    """Of the part that writes: a model that also speaks has others."""
    loader: Any
    """The class of transformers that loads it."""
    processor: Any
    """What renders, tokenizes and decodes: a transformers processor, or for a model of text a tokenizer."""
    chat_template: str | None
    """In place of the processor's own."""
    multimodal: bool
    takes: frozenset[Modality]
    takes_images: bool
    frames_as: FramesAs | None
    """None for a model that takes no pictures."""
    fingerprint: str | None
    """Of a folder's configuration and weights; None for a model of the hub, which has its revision."""

    @property
    def version(self) -> str | None:
        """The exact commit of a model of the hub, where it is known."""
        known = self.fingerprint is None and self.revision is not None
        return f"{self.where}@{self.revision}" if known else None

    @property
    def tokenizer(self) -> Any:
        return getattr(self.processor, "tokenizer", self.processor)


def read(
    name: str, *, revision: str | None, trust_remote_code: bool, frames_as: FramesAs | None = None
) -> Opened:
    """Open what tells about a model; its weights are looked for and not read.

    Args:
        name: `hf/MODEL` as the user wrote it.
        revision: branch, tag or commit on the hub.
        trust_remote_code: whether code in the model's repository may run here.
        frames_as: how it is to be given frames; None for a video where it takes one.

    Raises:
        InputError: there is no such model, or it cannot be asked.
    """
    folder = folder_of(name)
    if folder is not None:
        _check_folder(name, folder, revision)
    where = hub_name(name) if folder is None else str(folder)
    settings = {"revision": revision, "trust_remote_code": trust_remote_code}
    config, processor = _load(name, where, settings)
    config = getattr(config, "thinker_config", config)
    if folder is None:
        _check_weights_within_reach(name, where, revision)
        # The weights, which are fetched later, are to be those of the same commit.
        revision = _commit(where, revision) or revision
    _check_tokenizer(name, getattr(processor, "tokenizer", processor))
    template = _chat_template(name, processor)
    kinds = _kinds(processor, template)
    takes = {Modality.TEXT}
    if kinds & {"image", "video"}:
        takes.add(Modality.VIDEO)
    if "audio" in kinds:
        takes.add(Modality.AUDIO)
    return Opened(
        name=shown_name(name),
        where=where,
        revision=revision,
        trust_remote_code=trust_remote_code,
        config=config,
        loader=_loader(name, config),
        processor=processor,
        chat_template=template,
        multimodal=_is_multimodal(processor),
        takes=frozenset(takes),
        takes_images="image" in kinds,
        frames_as=_frames_as(name, kinds, frames_as),
        fingerprint=None if folder is None else fingerprint(folder),
    )


def _check_folder(name: str, folder: Path, revision: str | None) -> None:
    if not folder.is_dir():
        raise InputError(f"{name}: there is no such folder")
    if not (folder / "config.json").is_file():
        raise InputError(f"{name}: the folder has no config.json; name the one that save_pretrained wrote")
    if not any(True for pattern in _WEIGHTS for _ in folder.glob(pattern)):
        raise InputError(
            f"{name}: the folder has no weights (*.safetensors or *.bin); of an adapter, merge it into its model first"
        )
    if revision is not None:
        raise InputError(f"{name} is a folder, which has no revisions: leave revision={revision} out")


def _load(name: str, where: str, settings: dict[str, Any]) -> tuple[Any, Any]:
    from transformers import AutoConfig, AutoProcessor

    try:
        config = AutoConfig.from_pretrained(where, **settings)
        return config, AutoProcessor.from_pretrained(where, **settings)
    except Exception as error:
        raise InputError(_advice(name, error)) from error


def _advice(name: str, error: Exception) -> str:
    """What to do about a model that cannot be opened."""
    from huggingface_hub import errors as hub

    causes = list(_chain(error))
    text = str(error)
    if any(isinstance(cause, hub.GatedRepoError) for cause in causes):
        return (
            f"the hub gives {name} only to those who accepted its terms: accept them there and set HF_TOKEN"
        )
    if any(isinstance(cause, hub.RevisionNotFoundError) for cause in causes):
        return f"the hub has no such revision of {name}: mend revision=..."
    if any(isinstance(cause, hub.RepositoryNotFoundError) for cause in causes):
        return f"the hub has no model {name}, or it is private: check the name, or set HF_TOKEN"
    if offline() and any(isinstance(cause, OSError | hub.OfflineModeIsEnabled) for cause in causes):
        return f"{name} is not on this machine, and HF_HUB_OFFLINE forbids to fetch it: fetch it first, or unset it"
    if "couldn't connect" in text:
        return f"the hub cannot be reached to fetch {name}: check the connection and try again, or fetch it elsewhere"
    if "trust_remote_code" in text:
        return (
            f"{name} brings Python code of its own, which would run here: read it, and if you trust it say --model-arg"
            " trust_remote_code=true"
        )
    if any(isinstance(cause, ImportError) for cause in causes):
        needed = "torchvision" if "torchvision" in text.lower() else _first_line(text)
        return (
            f"the processor of {name} needs a package that is not installed or does not load: {needed}. Install it in"
            " the version that fits your torch"
        )
    if "does not recognize this architecture" in text or "Unrecognized" in text:
        return f"the installed transformers does not know {name}: {_first_line(text)} A newer version may"
    return f"{name} cannot be opened by transformers: {type(error).__name__}: {_first_line(text)}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:300]


def offline() -> bool:
    """Whether nothing may be fetched."""
    from huggingface_hub import is_offline_mode

    return bool(is_offline_mode())


def _check_weights_within_reach(name: str, where: str, revision: str | None) -> None:
    """Without a network, the weights must have been fetched before."""
    from huggingface_hub import try_to_load_from_cache

    if offline() and not any(
        isinstance(try_to_load_from_cache(where, file, revision=revision), str) for file in _INDEXES
    ):
        raise InputError(
            f"the weights of {name} are not on this machine, and HF_HUB_OFFLINE forbids to fetch them: fetch them"
            " first, or unset it"
        )


def _commit(where: str, revision: str | None) -> str | None:
    """The commit of which a model's configuration was fetched."""
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(where, "config.json", revision=revision)
    return Path(path).parent.name if isinstance(path, str) else None


def _loader(name: str, config: Any) -> Any:
    """The class that loads models of this configuration.

    Raises:
        InputError: they do not write.
    """
    from transformers import AutoModelForCausalLM, AutoModelForMultimodalLM

    own_code = getattr(config, "auto_map", None) or {}
    for loader in (AutoModelForMultimodalLM, AutoModelForCausalLM):
        if type(config) in loader._model_mapping or loader.__name__ in own_code:
            return loader
    raise InputError(f"{name} is a {config.model_type}, which writes no answers: choose a language model")


def _check_tokenizer(name: str, tokenizer: Any) -> None:
    """Where its files are missing, transformers makes up a tokenizer that knows no word, and says nothing."""
    ids = tokenizer("Which emotion?", add_special_tokens=False).input_ids
    if not set(ids) - {tokenizer.unk_token_id}:
        raise InputError(
            f"{name} has no tokenizer that knows words: put the tokenizer's files (tokenizer.json and others) beside"
            " its config.json, as its processor's save_pretrained writes them"
        )


def _is_multimodal(processor: Any) -> bool:
    return hasattr(processor, "tokenizer")


def _chat_template(name: str, processor: Any) -> str | None:
    """The template to render, where it is not the processor's own as it stands; checked by rendering a word.

    Templates that leave the start of the text to the tokenizer are given it: text is tokenized without special
    tokens of the tokenizer's own, so that words in a request cannot become any.
    """
    if not getattr(processor, "chat_template", None):
        tokenizer = getattr(processor, "tokenizer", processor)
        if not getattr(tokenizer, "chat_template", None):
            raise InputError(
                f"{name} has no chat template, so there is no way to ask it a question: choose its -Instruct or -chat"
                " version, or put a chat_template.jinja beside its config.json"
            )
        processor.chat_template = tokenizer.chat_template
    content = [{"type": "text", "text": "word"}] if _is_multimodal(processor) else "word"
    try:
        rendered = _render(processor, None, content)
    except Exception as error:
        raise InputError(
            f"the chat template of {name} cannot be rendered: {type(error).__name__}: {_first_line(str(error))}"
        ) from error
    if not _is_multimodal(processor):
        return None  # a tokenizer adds nothing to what its template gives
    tokenizer = processor.tokenizer
    start = tokenizer.bos_token
    begins = start is not None and tokenizer("word").input_ids[:1] == [tokenizer.bos_token_id]
    template = processor.chat_template
    if begins and not rendered.startswith(start) and isinstance(template, str):
        return "{{ bos_token }}" + template
    return None


def _render(processor: Any, template: str | None, content: Any) -> str:
    return str(
        processor.apply_chat_template(
            [{"role": "user", "content": content}],
            chat_template=template,
            add_generation_prompt=True,
            tokenize=False,
        )
    )


def _kinds(processor: Any, template: str | None) -> set[str]:
    """The kinds of media for which the processor has a part and its chat template a place.

    Sound at another rate than `SOUND_HZ` is none of them.
    """
    if not _is_multimodal(processor):
        return set()
    words = {"type": "text", "text": "word"}
    bare = _render(processor, template, [words])
    kinds = set()
    for kind, attributes in _PARTS.items():
        part = next((p for name in attributes if (p := getattr(processor, name, None)) is not None), None)
        if part is None or (kind == "audio" and getattr(part, "sampling_rate", SOUND_HZ) != SOUND_HZ):
            continue
        try:
            rendered = _render(processor, template, [{"type": kind}, words])
        except Exception:  # noqa: BLE001, S112 - a template raises whatever it likes at what it has no place for
            continue
        if rendered != bare:
            kinds.add(kind)
    return kinds


def _frames_as(name: str, kinds: set[str], wanted: FramesAs | None) -> FramesAs | None:
    """How frames are given: as asked for, else as a video where that is possible.

    Raises:
        InputError: the model cannot be given them so.
    """
    possible = [
        form for form, kind in ((FramesAs.VIDEO, "video"), (FramesAs.IMAGES, "image")) if kind in kinds
    ]
    if wanted is not None and wanted not in possible:
        can = f"it takes them as {' or '.join(possible)}" if possible else "it takes no pictures"
        raise InputError(f"{name} cannot be given frames as {wanted}: {can}")
    return wanted or next(iter(possible), None)
