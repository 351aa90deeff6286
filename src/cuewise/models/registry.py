"""Names to models: `provider/model` as the user writes it, to something that can be asked."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from cuewise.errors import InputError, UnknownModelError
from cuewise.models.addresses import check_base_url, is_local
from cuewise.models.arguments import ANTHROPIC, GOOGLE, OPENAI, VLLM, Arguments
from cuewise.models.cards import Card, card_for, cards, family
from cuewise.models.folders import folder_of, shown_name, told_apart_by
from cuewise.models.hosting import Hosting
from cuewise.models.local import check_names
from cuewise.models.protocol import MediaPath, Model, ReadMedia
from cuewise.models.vllm_server import vllm_card

if TYPE_CHECKING:
    from cuewise.models.served import ServedModel
    from cuewise.records import Sample

__all__ = ["PLUGIN_GROUP", "PROVIDERS", "Provider", "family", "open_model", "plugins", "provider"]

PLUGIN_GROUP: Final = "cuewise.models"
OPENAI_BASE_URL: Final = "https://api.openai.com/v1"
GOOGLE_BASE_URL: Final = "https://generativelanguage.googleapis.com"
ANTHROPIC_BASE_URL: Final = "https://api.anthropic.com"


@dataclass(frozen=True)
class Provider:
    """A first part of model names."""

    name: str
    call: str
    """How its models are written."""
    key_variable: str | None
    """The environment variable with its key; None where it needs none."""
    about: str
    before: tuple[str, ...] = ()
    """Other variables that its maker's own tools read the key from, and before that one."""

    def key(self, environ: Mapping[str, str]) -> tuple[str, str | None]:
        """The variable that holds its key, and the key; None where none is set."""
        assert self.key_variable is not None
        for variable in (*self.before, self.key_variable):
            if environ.get(variable):
                return variable, environ[variable]
        return self.key_variable, None


PROVIDERS: Final = (
    Provider("openai", "openai/MODEL", "OPENAI_API_KEY", "OpenAI's own server, or OPENAI_BASE_URL"),
    Provider(
        "google", "google/MODEL", "GEMINI_API_KEY", "Gemini (GOOGLE_API_KEY goes before)", ("GOOGLE_API_KEY",)
    ),
    Provider(
        "anthropic", "anthropic/MODEL", "ANTHROPIC_API_KEY", "Claude, at Anthropic or ANTHROPIC_BASE_URL"
    ),
    Provider("openai-api", "openai-api/NAME/MODEL", "NAME_API_KEY", "a compatible server at NAME_BASE_URL"),
    Provider("hf", "hf/MODEL", None, "transformers in this process: a hub name, or a folder as hf/./FOLDER"),
    Provider(
        "vllm",
        "vllm/MODEL",
        None,
        "starts `vllm serve` on this machine: a hub name, or a folder as vllm/./FOLDER",
    ),
    Provider("baseline", "baseline/NAME", None, "runs without a server and shows what little effort scores"),
    Provider("simulated", "simulated/NAME", None, "for validating the evaluator, not a model"),
    Provider(
        "gaming", "gaming/NAME", None, "raises a score without merit, to try the evaluator; not a model"
    ),
    Provider("imported", "imported/NAME", None, "answers collected elsewhere; see `cuewise import answers`"),
    Provider(
        "asr", "asr/MODEL", None, "faster-whisper on this machine, for --transcribe; not a model to test"
    ),
)


def open_model(
    name: str,
    *,
    read_media: ReadMedia,
    media_path: MediaPath | None = None,
    samples: Sequence[Sample] = (),
    answers: Path | None = None,
    base_url: str | None = None,
    args: Mapping[str, str] | None = None,
    connections: int = 64,
    timeout_s: float = 300,
    need_key: bool = True,
    hosting: Hosting | None = None,
    url_option: str = "a base URL",
    environ: Mapping[str, str] = os.environ,
) -> Model:
    """The model of that name, ready to be asked. Nothing is sent yet.

    Args:
        name: `openai/MODEL`, `google/MODEL`, `anthropic/MODEL`, `openai-api/NAME/MODEL`, `vllm/MODEL`, `hf/MODEL`,
            `baseline/...`, `simulated/...`, `gaming/...`, `imported/...`, `asr/...`, `PREFIX/...` of an
            installed plug-in, or any name at all together with a base URL.
        read_media: gives the bytes of stored media.
        media_path: tells where stored media lies, for servers that read it from this machine's disk.
        samples: the run's samples, for baselines that learn from them what is frequent.
        answers: folder of imported answers.
        base_url: address of an OpenAI-compatible server, up to and without `/chat/completions`; of a server
            that speaks as Google or Anthropic do, up to and without the version. With one, `google/` is Google's
            interface for `gemini-*` alone: servers of open weights call others so, as `google/gemma-3-27b-it`.
        args: settings of the model as the user wrote them; which exist depends on the provider.
        connections: calls that may be open at once.
        timeout_s: seconds a call may take; `timeout_s` in `args` goes before it.
        need_key: False where all calls are expected to be stored already.
        hosting: what a server that is started for the model must be told.
        url_option: what a message calls that by which the user gives `base_url`.
        environ: where keys and addresses are looked up.

    Raises:
        UnknownModelError: no provider has such a name.
        InputError: a key or vLLM is missing, or an address or an argument is not valid.
    """
    args = dict(args or {})
    prefix, _, rest = name.partition("/")
    if prefix in ("baseline", "simulated", "gaming", "imported"):
        if base_url is not None:
            raise InputError(f"{name} runs without a server: leave its base URL out")
        return _open_local(name, read_media=read_media, samples=samples, answers=answers, args=args)
    if prefix == "hf" and rest:
        if base_url is not None:
            raise InputError(
                f"{name} runs in this process: leave its base URL out, or name it openai-api/NAME/MODEL"
            )
        from cuewise.models.hf.opening import open_transformers

        return open_transformers(name, read_media=read_media, args=args)
    if prefix == "asr" and rest:
        if base_url is not None:
            raise InputError(f"{name} runs without a server: leave its base URL out")
        from cuewise.models.asr import open_asr

        return open_asr(name, read_media=read_media, args=args, need_library=need_key)
    if prefix == "openai" and rest:
        server = _openai(rest, base_url, environ)
    elif prefix == "anthropic" and rest:
        server = _anthropic(rest, base_url, environ)
    elif prefix == "google" and rest and (base_url is None or family(rest) == "gemini"):
        server = _google(rest, base_url, environ)
    elif prefix == "openai-api" and "/" in rest.strip("/"):
        server = _named_server(rest, base_url, environ)
    elif prefix == "vllm" and rest and base_url is None:
        from cuewise.models.vllm import open_vllm

        return open_vllm(
            name,
            rest,
            args,
            hosting or Hosting(),
            read_media=read_media,
            media_path=media_path,
            connections=connections,
            timeout_s=timeout_s,
            must_be_there=need_key,
            environ=environ,
        )
    elif prefix == "vllm" and rest and base_url is not None:
        key = environ.get("VLLM_API_KEY")
        server = _Server(
            rest,
            check_base_url(base_url),
            "VLLM_API_KEY",
            key,
            guarded=False,
            arguments=VLLM,
            card=vllm_card(rest),
        )
    elif plugin := plugins().get(prefix):
        return _open_plugin(
            plugin,
            name,
            read_media=read_media,
            samples=samples,
            base_url=base_url,
            args=args,
            connections=connections,
            timeout_s=timeout_s,
            need_key=need_key,
            environ=environ,
        )
    elif (
        base_url is not None
        and name.strip("/ ")
        and prefix not in ("openai", "openai-api", "anthropic", "vllm")
    ):
        # Who runs a server of their own seldom guards it; a guarded one says 401, and that which key to set.
        server = _Server(name, base_url, "OPENAI_API_KEY", environ.get("OPENAI_API_KEY"), guarded=False)
    else:
        raise UnknownModelError(_unknown(name, url_option))
    if not server.key and server.guarded and need_key:
        raise InputError(
            f"{name} needs a key: set the environment variable {server.key_variable}"
            " (or give the base URL of a server of your own)"
        )
    usual = server.card or card_for(server.model_id)
    settings = Arguments.parse(args, server.arguments, usual, timeout_s)
    adapter = _adapter(name, server, settings, args)
    model = adapter(
        shown_name(name),
        server.model_id,
        base_url=server.base_url,
        api_key=server.key,
        read_media=read_media,
        takes=settings.card.takes & adapter.carries,
        connections=connections,
        timeout_s=settings.timeout_s,
        parameters=settings.fields,
        delivery=settings.delivery,
        media_path=media_path,
        card=settings.card,
        usual=usual,
        key_variable=server.key_variable,
        places=(hosting or Hosting()).places(folder_of(name)),
    )
    model.parameters |= told_apart_by(name)
    if server.maker == "openai":
        from cuewise.models.openai_batches import OpenAIBatches

        model.batches = OpenAIBatches(model)
    elif server.maker == "anthropic":
        from cuewise.models.anthropic_batches import AnthropicBatches

        model.batches = AnthropicBatches(model)
    return model


def provider(name: str) -> Provider:
    """The built-in provider of that name."""
    return next(provider for provider in PROVIDERS if provider.name == name)


def plugins() -> dict[str, EntryPoint]:
    """Installed plug-ins by the prefix they serve; a built-in provider's prefix stays with it."""
    own = {provider.name for provider in PROVIDERS}
    return {point.name: point for point in entry_points(group=PLUGIN_GROUP) if point.name not in own}


@dataclass(frozen=True)
class _Server:
    model_id: str
    base_url: str
    key_variable: str
    key: str | None
    guarded: bool
    """Whether it takes no call without a key."""
    maker: Literal["google", "anthropic", "openai", None] = None
    """Whose own interface it speaks; None for whoever speaks OpenAI's too."""
    arguments: tuple[str, ...] = OPENAI
    card: Card | None = None
    """What is known of the model as it is served there; None for what its name tells."""


def _openai(model_id: str, base_url: str | None, environ: Mapping[str, str]) -> _Server:
    url = check_base_url(base_url or environ.get("OPENAI_BASE_URL") or OPENAI_BASE_URL)
    key = environ.get("OPENAI_API_KEY")
    return _Server(model_id, url, "OPENAI_API_KEY", key, guarded=not is_local(url), maker="openai")


def _google(model_id: str, base_url: str | None, environ: Mapping[str, str]) -> _Server:
    url = check_base_url(base_url or environ.get("GOOGLE_GEMINI_BASE_URL") or GOOGLE_BASE_URL)
    variable, key = provider("google").key(environ)
    return _Server(model_id, url, variable, key, guarded=not is_local(url), maker="google", arguments=GOOGLE)


def _anthropic(model_id: str, base_url: str | None, environ: Mapping[str, str]) -> _Server:
    url = check_base_url(base_url or environ.get("ANTHROPIC_BASE_URL") or ANTHROPIC_BASE_URL)
    variable, key = provider("anthropic").key(environ)
    return _Server(
        model_id, url, variable, key, guarded=not is_local(url), maker="anthropic", arguments=ANTHROPIC
    )


def _named_server(rest: str, base_url: str | None, environ: Mapping[str, str]) -> _Server:
    server, _, model_id = rest.partition("/")
    variable = re.sub(r"[^A-Z0-9]", "_", server.upper())
    url = base_url or environ.get(f"{variable}_BASE_URL")
    if not url:
        raise InputError(
            f"openai-api/{rest} has no address: set the environment variable {variable}_BASE_URL"
        )
    url = check_base_url(url)
    key_variable = f"{variable}_API_KEY"
    return _Server(model_id, url, key_variable, environ.get(key_variable), guarded=not is_local(url))


def _adapter(name: str, server: _Server, settings: Arguments, args: Mapping[str, str]) -> type[ServedModel]:
    """Who speaks with a server.

    Raises:
        InputError: the user asks for something that its interface has no place for.
    """
    # What OpenAI serves by one interface alone, other servers may well serve by the common one.
    by_responses = settings.card.api == "responses" and (server.maker == "openai" or "api" in args)
    adapter = _interface(server, by_responses)
    if (
        "show_thinking" in settings.fields
        and server.maker not in ("google", "anthropic")
        and not by_responses
    ):
        raise InputError(f"{name}: show_thinking needs api=responses; chat completions have no such field")
    if args.get("video_files") == "true" and not adapter.carries_files:
        raise InputError(f"{name} cannot be sent video files: its interface has no place for them")
    if settings.delivery.get("media") == "file" and not is_local(server.base_url):
        raise InputError(
            f"{name}: media=file is for a server on this machine or beside it, which reads its disk"
        )
    if settings.delivery and by_responses:
        raise InputError(f"{name}: {', '.join(settings.delivery)} belongs to chat completions alone")
    if "takes" in args and (beyond := sorted(settings.card.takes - adapter.carries)):
        raise InputError(f"{name} cannot be sent {', '.join(beyond)}: its interface has no place for it")
    return adapter


def _interface(server: _Server, by_responses: bool) -> type[ServedModel]:
    """The adapter; imported here, because it brings aiohttp with it."""
    if server.maker == "google":
        from cuewise.models.google import Google

        return Google
    if server.maker == "anthropic":
        from cuewise.models.anthropic import Anthropic

        return Anthropic
    if by_responses:
        from cuewise.models.openai_responses import OpenAIResponses

        return OpenAIResponses
    from cuewise.models.openai_compatible import OpenAICompatible

    return OpenAICompatible


def _open_local(
    name: str,
    *,
    read_media: ReadMedia,
    samples: Sequence[Sample],
    answers: Path | None,
    args: Mapping[str, str],
) -> Model:
    if name.startswith("baseline/"):
        from cuewise.models.baselines import open_baseline

        return open_baseline(name, samples=samples, read_media=read_media, args=args)
    if name.startswith("gaming/"):
        from cuewise.models.gaming import open_gaming

        return open_gaming(name, samples=samples, args=args)
    if name.startswith("imported/"):
        from cuewise.models.imported import open_imported

        check_names(args, (), name)
        return open_imported(name, folder=answers, samples=samples)
    from cuewise.models import attending
    from cuewise.models.simulated import open_simulated

    if name == attending.NAME:
        return attending.Attending(args)
    return open_simulated(name, args=args)


def _open_plugin(plugin: EntryPoint, name: str, **settings: Any) -> Model:
    try:
        factory: Callable[..., Model] = plugin.load()
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"the plug-in for {plugin.name}/ cannot be loaded ({plugin.value}): {error}"
        ) from error
    return factory(name, **settings)


_MAKERS: Final = {"gemini": "google", "claude": "anthropic"}


def _unknown(name: str, url_option: str) -> str:
    prefix, slash, rest = name.partition("/")
    known = [*(provider.name for provider in PROVIDERS), *plugins()]
    ways = ", ".join([*(provider.call for provider in PROVIDERS), *(f"{other}/..." for other in plugins())])
    hint = ""
    if not slash and card_for(name) in cards():
        maker = _MAKERS.get(family(name), "openai")
        hint = f" Did you mean {maker}/{name}, or a server of yours with {url_option}?"
    elif close := difflib.get_close_matches(prefix.lower(), known, n=1):
        hint = f" Did you mean {close[0]}/{rest or 'MODEL'}?"
    return f"unknown model {name!r}.{hint} Models are written {ways}; with {url_option} any name will do."
