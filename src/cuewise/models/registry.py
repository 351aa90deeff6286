"""Names to models: `provider/model` as the user writes it, to something that can be asked."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Final

from cuewise.errors import InputError, UnknownModelError
from cuewise.models.addresses import check_base_url, is_local
from cuewise.models.cards import Card, card_for, cards, family
from cuewise.models.protocol import Modality, Model, ReadMedia

if TYPE_CHECKING:
    from cuewise.records import Sample

__all__ = ["PLUGIN_GROUP", "PROVIDERS", "Provider", "family", "open_model", "plugins"]

PLUGIN_GROUP: Final = "cuewise.models"
OPENAI_BASE_URL: Final = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Provider:
    """A first part of model names."""

    name: str
    call: str
    """How its models are written."""
    key_variable: str | None
    """The environment variable with its key; None where it needs none."""
    about: str


PROVIDERS: Final = (
    Provider("openai", "openai/MODEL", "OPENAI_API_KEY", "OpenAI's own server, or OPENAI_BASE_URL"),
    Provider("openai-api", "openai-api/NAME/MODEL", "NAME_API_KEY", "a compatible server at NAME_BASE_URL"),
    Provider("baseline", "baseline/NAME", None, "runs without a server and shows what little effort scores"),
    Provider("simulated", "simulated/NAME", None, "for validating the evaluator, not a model"),
    Provider("gaming", "gaming/NAME", None, "raises a score without merit, to try the evaluator; not a model"),
)


def open_model(
    name: str,
    *,
    read_media: ReadMedia,
    samples: Sequence[Sample] = (),
    base_url: str | None = None,
    args: Mapping[str, str] | None = None,
    connections: int = 64,
    timeout_s: float = 300,
    need_key: bool = True,
    environ: Mapping[str, str] = os.environ,
) -> Model:
    """The model of that name, ready to be asked. Nothing is sent yet.

    Args:
        name: `openai/MODEL`, `openai-api/NAME/MODEL`, `baseline/...`, `simulated/...`, `gaming/...`,
            `PREFIX/...` of an installed plug-in, or any name at all together with a base URL.
        read_media: gives the bytes of stored media.
        samples: the run's samples, for baselines that learn from them what is frequent.
        base_url: address of an OpenAI-compatible server, up to and without `/chat/completions`.
        args: settings of the model as the user wrote them; which exist depends on the provider.
        connections: calls that may be open at once.
        timeout_s: seconds a call may take; `timeout_s` in `args` goes before it.
        need_key: False where all calls are expected to be stored already.
        environ: where keys and addresses are looked up.

    Raises:
        UnknownModelError: no provider has such a name.
        InputError: a key is missing, or an address or an argument is not valid.
    """
    args = dict(args or {})
    prefix, _, rest = name.partition("/")
    if prefix in ("baseline", "simulated", "gaming"):
        if base_url is not None:
            raise InputError(f"{name} runs without a server: leave its base URL out")
        return _open_local(name, read_media=read_media, samples=samples, args=args)
    if prefix == "openai" and rest:
        server = _openai(rest, base_url, environ)
    elif prefix == "openai-api" and "/" in rest.strip("/"):
        server = _named_server(rest, base_url, environ)
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
    elif base_url is not None and name.strip("/ ") and prefix not in ("openai", "openai-api"):
        # Who runs a server of their own seldom guards it; a guarded one says 401, and that which key to set.
        server = _Server(name, base_url, "OPENAI_API_KEY", key_required=False)
    else:
        raise UnknownModelError(_unknown(name))
    key = environ.get(server.key_variable)
    if not key and server.key_required and need_key:
        raise InputError(
            f"{name} needs a key: set the environment variable {server.key_variable}"
            " (or give the base URL of a server of your own)"
        )
    from cuewise.models.openai_compatible import OpenAICompatible  # brings aiohttp with it

    settings = _Settings.parse(args, card_for(server.model_id), timeout_s)
    return OpenAICompatible(
        name,
        server.model_id,
        base_url=server.base_url,
        api_key=key,
        read_media=read_media,
        takes=settings.card.takes,
        connections=connections,
        timeout_s=settings.timeout_s,
        parameters=settings.fields,
        card=settings.card,
        key_variable=server.key_variable,
    )


def plugins() -> dict[str, EntryPoint]:
    """Installed plug-ins by the prefix they serve; a built-in provider's prefix stays with it."""
    own = {provider.name for provider in PROVIDERS}
    return {point.name: point for point in entry_points(group=PLUGIN_GROUP) if point.name not in own}


@dataclass(frozen=True)
class _Server:
    model_id: str
    base_url: str
    key_variable: str
    key_required: bool


def _openai(model_id: str, base_url: str | None, environ: Mapping[str, str]) -> _Server:
    url = check_base_url(base_url or environ.get("OPENAI_BASE_URL") or OPENAI_BASE_URL)
    return _Server(model_id, url, "OPENAI_API_KEY", key_required=not is_local(url))


def _named_server(rest: str, base_url: str | None, environ: Mapping[str, str]) -> _Server:
    server, _, model_id = rest.partition("/")
    variable = re.sub(r"[^A-Z0-9]", "_", server.upper())
    url = base_url or environ.get(f"{variable}_BASE_URL")
    if not url:
        raise InputError(
            f"openai-api/{rest} has no address: set the environment variable {variable}_BASE_URL"
        )
    url = check_base_url(url)
    return _Server(model_id, url, f"{variable}_API_KEY", key_required=not is_local(url))


def _open_local(
    name: str, *, read_media: ReadMedia, samples: Sequence[Sample], args: Mapping[str, str]
) -> Model:
    if name.startswith("baseline/"):
        from cuewise.models.baselines import open_baseline

        return open_baseline(name, samples=samples, read_media=read_media, args=args)
    if name.startswith("gaming/"):
        from cuewise.models.gaming import open_gaming

        return open_gaming(name, samples=samples, args=args)
    from cuewise.models.simulated import open_simulated

    return open_simulated(name, args=args)


def _open_plugin(plugin: EntryPoint, name: str, **settings: Any) -> Model:
    try:
        factory: Callable[..., Model] = plugin.load()
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"the plug-in for {plugin.name}/ cannot be loaded ({plugin.value}): {error}"
        ) from error
    return factory(name, **settings)


def _unknown(name: str) -> str:
    prefix, slash, rest = name.partition("/")
    known = [*(provider.name for provider in PROVIDERS), *plugins()]
    ways = ", ".join([*(provider.call for provider in PROVIDERS), *(f"{other}/..." for other in plugins())])
    hint = ""
    if not slash and card_for(name) in cards():
        hint = f" Did you mean openai/{name}, or a server of yours with a base URL?"
    elif close := difflib.get_close_matches(prefix.lower(), known, n=1):
        hint = f" Did you mean {close[0]}/{rest or 'MODEL'}?"
    return f"unknown model {name!r}.{hint} Models are written {ways}; with a base URL any name will do."


# --- arguments -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Settings:
    """What the arguments of a served model come to."""

    card: Card
    timeout_s: float
    fields: dict[str, Any]
    """Further fields of each request's body."""

    @classmethod
    def parse(cls, args: Mapping[str, str], card: Card, timeout_s: float) -> _Settings:
        values: dict[str, Any] = {}
        for key, text in args.items():
            if key not in _ARGS:
                close = difflib.get_close_matches(key, _ARGS, n=1)
                hint = f" (did you mean {close[0]}?)" if close else ""
                raise InputError(f"unknown model argument {key!r}{hint}: there are {', '.join(_ARGS)}")
            read, form = _ARGS[key]
            try:
                values[key] = read(text)
            except ValueError:
                raise InputError(f"model argument {key}={text!r}: it must be {form}") from None
        timeout_s = values.pop("timeout_s", timeout_s)
        on_card = {key: values.pop(key) for key in _ON_CARD if key in values}
        return cls(replace(card, **on_card), timeout_s, values)


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


_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
_LIMITS = ("max_tokens", "max_completion_tokens")
_ON_CARD: Final = ("takes", "json_schema", "fixed_temperature", "max_tokens_field")
_ARGS: Final[dict[str, tuple[Callable[[str], Any], str]]] = {
    "takes": (_takes, "a comma-separated list of video, audio and text"),
    "json_schema": (_yes_or_no, "true or false: whether the server can hold replies to a JSON schema"),
    "fixed_temperature": (_yes_or_no, "true or false: whether the model refuses a temperature"),
    "max_tokens_field": (_choice(*_LIMITS), " or ".join(_LIMITS)),
    "image_detail": (_choice("auto", "low", "high"), "auto, low or high"),
    "reasoning_effort": (_choice(*_EFFORTS), f"one of {', '.join(_EFFORTS)}"),
    "top_p": (_number(0, 1), "a number above 0 and up to 1"),
    "timeout_s": (_number(0, 86_400), "a number of seconds above 0 and up to 86400"),
}
