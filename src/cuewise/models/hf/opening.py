"""`hf/MODEL` with its arguments, to a model that can be asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec

from cuewise.errors import InputError
from cuewise.models.arguments import HF, Arguments
from cuewise.models.cards import card_for
from cuewise.models.hf.reading import FramesAs, read
from cuewise.models.protocol import Model, ReadMedia


def open_transformers(name: str, *, read_media: ReadMedia, args: Mapping[str, str]) -> Model:
    """The model of that name, with its configuration and processor read and its weights not yet.

    Args:
        name: `hf/OWNER/MODEL`, or a folder as `hf/./FOLDER` or `hf//FOLDER`.
        args: `takes`, `frames`, `device`, `dtype`, `batch`, `revision`, `trust_remote_code`.

    Raises:
        InputError: packages are missing, an argument is not valid, or there is no such model that can be asked.
    """
    settings = Arguments.parse(args, HF, card_for(name), timeout_s=0)
    fields = settings.fields
    _check_packages(name)
    from cuewise.models.hf.generation import device_named
    from cuewise.models.hf.model import TransformersModel

    try:
        device = device_named(wanted := fields.pop("device", "auto"))
    except ValueError:
        raise InputError(f"{name}: torch finds no device {wanted} on this machine") from None
    batch, dtype = fields.pop("batch", 1), fields.pop("dtype", "auto")
    frames_as = FramesAs(fields.pop("frames")) if "frames" in fields else None
    opened = read(
        name,
        revision=fields.get("revision"),
        trust_remote_code=fields.get("trust_remote_code", False),
        frames_as=frames_as,
    )
    takes = settings.card.takes if "takes" in args else None
    if takes is not None and (beyond := sorted(takes - opened.takes)):
        raise InputError(
            f"{name} cannot be given {', '.join(beyond)}: its processor and chat template take"
            f" {', '.join(sorted(opened.takes))}"
        )
    # What decides how the same request reaches the model: set by the user, or read from its files.
    parameters = {key: value for key, value in fields.items() if value}
    if dtype != "auto":
        parameters["dtype"] = dtype
    if opened.frames_as is FramesAs.VIDEO:
        parameters["frames"] = opened.frames_as.value
    if opened.fingerprint is not None:
        parameters["fingerprint"] = opened.fingerprint
    return TransformersModel(
        opened,
        read_media=read_media,
        parameters=parameters,
        takes=takes,
        device=device,
        dtype=dtype,
        batch=batch,
    )


def _check_packages(name: str) -> None:
    """Import what is needed, and keep transformers from writing its hints between Cuewise's own lines."""
    try:
        import PIL
        import torch
        from transformers import AutoProcessor, logging
    except ImportError as error:
        if error.name is None and find_spec("torchvision"):
            raise InputError(
                f"{name} runs in this process by transformers, which cannot be imported; most likely the installed"
                " torchvision does not fit the installed torch: install the one that does, or none"
            ) from error
        raise InputError(
            f"{name} runs in this process by transformers and torch, and {error.name or 'one of them'} cannot be"
            " imported: pip install 'cuewise[hf]'"
        ) from error
    del PIL, torch, AutoProcessor
    if "TRANSFORMERS_VERBOSITY" not in os.environ:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
