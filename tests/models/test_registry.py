"""Names to models: which are found, what they need, and what is said of those that are not."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from cuewise.errors import InputError, PermanentModelError, TransientModelError, UnknownModelError
from cuewise.models import registry
from cuewise.models.anthropic import Anthropic
from cuewise.models.cards import UNKNOWN, card_for, cards
from cuewise.models.google import Google
from cuewise.models.openai_compatible import OpenAICompatible
from cuewise.models.openai_responses import OpenAIResponses
from cuewise.models.protocol import Completion, Message, Modality, Model, Request, Sampling, TextPart
from cuewise.models.registry import family, open_model
from cuewise.models.scripted import Scripted
from cuewise.models.served import ServedModel
from cuewise.records import MediaRef
from support.chat_server import ChatServer
from support.vendor_servers import AnthropicServer, GoogleServer, ResponsesServer

KEYS = {"OPENAI_API_KEY": "sk-test-123456", "LAB_API_KEY": "lab-key-123456"}
REQUEST = Request(
    messages=(Message(role="user", parts=(TextPart(text="?"),)),), sampling=Sampling(max_tokens=8)
)


def no_media(_: MediaRef) -> bytes:
    raise AssertionError("no media is read when a model is opened")


def open_(name: str, **settings: Any) -> Model:
    return open_model(name, read_media=no_media, **{"environ": KEYS, **settings})


def base_url(model: Model) -> str:
    assert isinstance(model, OpenAICompatible)
    return model.base_url


def ask(model: Model) -> Completion:
    async def once() -> Completion:
        try:
            return await model.generate(REQUEST)
        finally:
            await model.close()

    return asyncio.run(once())


# --- servers ---------------------------------------------------------------------------------------


def test_openai_and_where_it_is() -> None:
    model = open_("openai/gpt-4o")
    assert base_url(model) == "https://api.openai.com/v1"
    assert (model.name, model.reads_sample) == ("openai/gpt-4o", False)
    assert model.takes == {Modality.VIDEO, Modality.TEXT}
    proxy = {**KEYS, "OPENAI_BASE_URL": "https://proxy.example/v1/"}
    assert base_url(open_("openai/gpt-4o", environ=proxy)) == "https://proxy.example/v1"
    assert base_url(open_("openai/gpt-4o", environ=proxy, base_url="http://[::1]/v1")) == "http://[::1]/v1"


@pytest.mark.parametrize(
    ("name", "base_url", "model_id", "authorization"),
    [
        ("openai/gpt-4o", True, "gpt-4o", "Bearer sk-test-123456"),
        ("openai-api/lab/org/big-model", True, "org/big-model", "Bearer lab-key-123456"),
        ("openai-api/lab/big-model", False, "big-model", "Bearer lab-key-123456"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", True, "Qwen/Qwen2.5-VL-7B-Instruct", "Bearer sk-test-123456"),
    ],
)
def test_what_a_server_is_asked_for(name: str, base_url: bool, model_id: str, authorization: str) -> None:
    with ChatServer() as server:
        environ = {**KEYS, "LAB_BASE_URL": server.base_url}
        model = open_(name, environ=environ, base_url=server.base_url if base_url else None)
        assert ask(model).text == "happy"
    assert model.name == name
    assert server.problems == []
    assert server.calls[0].request["model"] == model_id
    assert server.calls[0].authorization == authorization


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("openai/gpt-4o", "OPENAI_API_KEY"),
        ("openai-api/my-lab.2/m", "MY_LAB_2_API_KEY"),
    ],
)
def test_a_missing_key_is_named(name: str, variable: str) -> None:
    environ = {"MY_LAB_2_BASE_URL": "https://lab.example/v1"}
    with pytest.raises(InputError, match=variable):
        open_(name, environ=environ)
    assert open_(name, environ=environ, need_key=False).name == name


def test_a_server_next_door_needs_no_key() -> None:
    with ChatServer() as server:
        assert ask(open_("openai/x", environ={}, base_url=server.base_url)).text == "happy"
    assert server.calls[0].authorization is None


def test_a_guarded_server_says_which_key_to_set() -> None:
    with ChatServer(api_key="another") as server, pytest.raises(PermanentModelError) as caught:
        ask(open_("openai-api/lab/m", base_url=server.base_url))
    assert "LAB_API_KEY" in str(caught.value)
    assert "lab-key-123456" not in str(caught.value)  # the server repeats it


# --- makers with an interface of their own ---------------------------------------------------------

MAKERS = {
    "GEMINI_API_KEY": "gemini-key-123456",
    "ANTHROPIC_API_KEY": "sk-ant-123456",
    "OPENAI_API_KEY": "sk-test-123456",
}


@pytest.mark.parametrize(
    ("name", "adapter", "address", "takes"),
    [
        ("openai/gpt-4o", OpenAICompatible, "https://api.openai.com/v1", "video"),
        ("openai/o3-pro", OpenAIResponses, "https://api.openai.com/v1", "video"),
        ("openai/gpt-5.5-pro", OpenAIResponses, "https://api.openai.com/v1", "video"),
        ("google/gemini-2.5-pro", Google, "https://generativelanguage.googleapis.com", "video audio"),
        ("google/gemma-3-27b-it", Google, "https://generativelanguage.googleapis.com", "video"),
        ("anthropic/claude-sonnet-4-5", Anthropic, "https://api.anthropic.com", "video"),
    ],
)
def test_makers_are_asked_in_their_own_way(
    name: str, adapter: type[ServedModel], address: str, takes: str
) -> None:
    model = open_(name, environ=MAKERS)
    assert type(model) is adapter
    assert isinstance(model, ServedModel)
    assert model.base_url == address
    assert model.takes == {Modality.TEXT, *map(Modality, takes.split())}
    assert model.parameters == {}


@pytest.mark.parametrize(
    ("name", "server_class", "variable"),
    [
        ("google/gemini-2.5-pro", GoogleServer, "GOOGLE_GEMINI_BASE_URL"),
        ("anthropic/claude-sonnet-4-5", AnthropicServer, "ANTHROPIC_BASE_URL"),
        ("openai/o3-pro", ResponsesServer, "OPENAI_BASE_URL"),
    ],
)
def test_where_makers_are(name: str, server_class: type[ChatServer], variable: str) -> None:
    with server_class() as server:
        assert ask(open_(name, environ={**MAKERS, variable: server.base_url})).text == "happy"
        assert ask(open_(name, environ={}, base_url=server.base_url)).text == "happy"
    assert server.problems == []
    assert [call.authorization is None for call in server.calls] == [False, True]


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"GEMINI_API_KEY": "gemini-key"}, "gemini-key"),
        ({"GOOGLE_API_KEY": "google-key"}, "google-key"),
        (
            {"GEMINI_API_KEY": "gemini-key", "GOOGLE_API_KEY": "google-key"},
            "google-key",
        ),  # as Google's own tools
    ],
)
def test_the_key_for_gemini(environ: dict[str, str], key: str) -> None:
    with GoogleServer(api_key=key) as server:
        ask(open_("google/gemini-2.5-pro", environ=environ, base_url=server.base_url))
    assert server.calls[0].authorization == key


def test_a_missing_key_of_a_maker_is_named() -> None:
    for name, variable in (
        ("google/gemini-x", "GEMINI_API_KEY"),
        ("anthropic/claude-x", "ANTHROPIC_API_KEY"),
    ):
        with pytest.raises(InputError, match=variable):
            open_(name, environ={})
        assert open_(name, environ={}, need_key=False).name == name


def test_open_weights_under_a_makers_name_are_served_by_anybody() -> None:
    with ChatServer() as server:
        model = open_("google/gemma-3-27b-it", base_url=server.base_url)
        assert ask(model).text == "happy"
    assert server.calls[0].request["model"] == "google/gemma-3-27b-it"


@pytest.mark.parametrize("name", ["google/", "anthropic/", "google", "anthropic"])
def test_makers_without_a_model(name: str) -> None:
    with pytest.raises(UnknownModelError, match="google/MODEL, anthropic/MODEL"):
        open_(name, environ=MAKERS)


def test_models_of_makers_are_recognised_without_provider() -> None:
    for name, meant in (
        ("gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("claude-opus-4-6", "anthropic/claude-opus-4-6"),
    ):
        with pytest.raises(UnknownModelError, match=f"Did you mean {meant}"):
            open_(name)


@pytest.mark.parametrize(
    ("name", "args", "hint"),
    [
        ("openai/gpt-4o", {"show_thinking": "true"}, "needs api=responses"),
        ("openai/gpt-4o", {"api": "assistants"}, "chat or responses"),
        ("openai/gpt-4o", {"api": "responses", "takes": "audio"}, "cannot be sent audio"),
        ("anthropic/claude-x", {"takes": "video,audio"}, "cannot be sent audio"),
        ("anthropic/claude-x", {"video_files": "true"}, "cannot be sent video files"),
        ("openai/o3-pro", {"style": "dashscope"}, "style belongs to chat completions alone"),
        ("openai/gpt-4o", {"media": "file"}, "for a server on this machine"),
        ("openai/gpt-4o", {"media": "disk"}, "inline or file"),
        ("anthropic/claude-x", {"top_p": "0.5"}, "unknown model argument 'top_p'"),
        ("google/gemini-x", {"image_detail": "low"}, "unknown model argument 'image_detail'"),
        ("google/gemini-x", {"api": "responses"}, "unknown model argument 'api'"),
    ],
)
def test_arguments_that_an_interface_has_no_place_for(name: str, args: dict[str, str], hint: str) -> None:
    with pytest.raises(InputError) as caught:
        open_(name, args=args, environ=MAKERS)
    assert hint in str(caught.value)


def test_the_interface_can_be_chosen_and_is_part_of_the_key() -> None:
    with ResponsesServer() as server:
        args = {"api": "responses", "show_thinking": "true"}
        model = open_("openai/gpt-4o", base_url=server.base_url, args=args)
        assert ask(model).thinking == "I look at the mouth."
    assert model.parameters == {"api": "responses", "show_thinking": True}
    assert type(open_("openai/o3-pro", args={"api": "chat"})) is OpenAICompatible
    # Another server may serve by chat completions what OpenAI does not.
    assert type(open_("openai-api/lab/o3-pro", base_url="http://localhost/v1")) is OpenAICompatible
    assert (
        type(open_("openai-api/lab/x", base_url="http://localhost/v1", args={"api": "responses"}))
        is OpenAIResponses
    )


def test_what_the_responses_api_cannot_carry_is_not_taken() -> None:
    assert open_("openai/gpt-audio").takes == {Modality.AUDIO, Modality.TEXT}
    assert open_("openai/gpt-audio", args={"api": "responses"}).takes == {Modality.TEXT}


def test_a_server_without_address() -> None:
    with pytest.raises(InputError, match="LAB_BASE_URL"):
        open_("openai-api/lab/m")


# --- names that are none ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("opanai/gpt-4o", "Did you mean openai/gpt-4o?"),
        ("gpt-4o", "Did you mean openai/gpt-4o, or a server of yours with a base URL?"),
        ("basline/majority", "Did you mean baseline/majority?"),
        ("zzz/model", "unknown model 'zzz/model'. Models are written openai/MODEL"),
        ("openai/", "openai-api/NAME/MODEL"),
        ("openai", "openai-api/NAME/MODEL"),
        ("openai-api/m", "openai-api/NAME/MODEL"),
        ("", "unknown model ''"),
        ("\x1b[2Jx", r"'\x1b[2Jx'"),
    ],
)
def test_unknown_names(name: str, hint: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        open_(name)
    assert hint in str(caught.value)
    assert "simulated/NAME" in str(caught.value)


@pytest.mark.parametrize("name", ["baseline/majority", "simulated/careful"])
def test_what_runs_here_has_no_address(name: str) -> None:
    with pytest.raises(InputError, match="leave its base URL out"):
        open_(name, base_url="http://localhost/v1")


# --- arguments -------------------------------------------------------------------------------------


def test_arguments_reach_the_wire_and_the_key_of_calls() -> None:
    args = {
        "takes": "video, audio",
        "json_schema": "true",
        "fixed_temperature": "True",
        "max_tokens_field": "max_completion_tokens",
        "reasoning_effort": "low",
        "top_p": "0.5",
        "timeout_s": "20",
    }
    with ChatServer() as server:
        model = open_("local-model", base_url=server.base_url, args=args)
        ask(model)
    assert model.takes == frozenset(Modality)
    assert model.parameters == {
        "fixed_temperature": True,
        "json_schema": True,
        "reasoning_effort": "low",
        "top_p": 0.5,
    }
    request = server.calls[0].request
    assert server.problems == []
    assert {key: value for key, value in request.items() if key != "messages"} == {
        "model": "local-model",
        "max_completion_tokens": 8,
        "reasoning_effort": "low",
        "top_p": 0.5,
    }


def test_the_time_limit_of_the_arguments_goes_first() -> None:
    with ChatServer(latency_s=2) as server, pytest.raises(TransientModelError, match=r"within 0\.1 s"):
        ask(open_("m", base_url=server.base_url, timeout_s=60, args={"timeout_s": "0.1"}))


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("temprature", "1", "unknown model argument 'temprature'"),
        ("takes_", "video", "did you mean takes?"),
        ("takes", "video,smell", "a comma-separated list of video, audio and text"),
        ("json_schema", "maybe", "true or false"),
        ("max_tokens_field", "tokens", "max_tokens or max_completion_tokens"),
        ("image_detail", "ultra", "auto, low or high"),
        ("reasoning_effort", "", "one of none, minimal"),
        ("top_p", "nan", "above 0 and up to 1"),
        ("top_p", "0", "above 0 and up to 1"),
        ("timeout_s", "forever", "a number of seconds"),
        ("timeout_s", "inf", "a number of seconds"),
        ("api_key", "x", "unknown model argument"),
    ],
)
def test_arguments_that_are_none(key: str, value: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        open_("openai/gpt-4o", args={key: value})
    assert hint in str(caught.value)


# --- plug-ins --------------------------------------------------------------------------------------


def plug(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    found = [
        EntryPoint(name.replace("_", "-"), value, registry.PLUGIN_GROUP) for name, value in points.items()
    ]
    monkeypatch.setattr(
        registry, "entry_points", lambda group: found if group == registry.PLUGIN_GROUP else []
    )


def open_plugged(name: str, **settings: Any) -> Model:
    model = Scripted(name, ["hello"])
    model.parameters = settings
    return model


def test_a_plugin_serves_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, my_lab=f"{__name__}:open_plugged", openai="nowhere:nothing")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    model = open_("my-lab/best", base_url="http://localhost/v1", args={"depth": "3"}, connections=5)
    assert ask(model).text == "hello"
    given = model.parameters
    assert (given["base_url"], given["args"], given["connections"]) == (
        "http://localhost/v1",
        {"depth": "3"},
        5,
    )
    assert given["read_media"] is no_media
    assert isinstance(open_("openai/gpt-4o"), OpenAICompatible)  # a built-in prefix stays built in
    with pytest.raises(UnknownModelError, match=r"my-lab/\.\.\."):
        open_("zzz/model")


def test_a_broken_plugin_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, lab="no_such_package_anywhere:open")
    with pytest.raises(InputError, match="no_such_package_anywhere:open"):
        open_("lab/best")


# --- cards and families ----------------------------------------------------------------------------


def test_every_card_is_reached_by_a_name_of_its_own() -> None:
    for card in cards():
        name = re.sub(r"\[[^]]*(.)\]", r"\1", card.pattern).replace("*", "")
        assert card_for(f"provider/{name.upper()}") == card, card.pattern
        assert Modality.TEXT in card.takes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openai/gpt-4o-mini", "gpt"),
        ("openai/o3", "gpt"),
        ("openai-api/gemini/gemini-2.5-pro", "gemini"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwen"),
        ("openai-api/lab/Mistral-Large", "mistral"),
        ("baseline/majority", "baseline"),
        ("simulated/careful", "simulated"),
        ("lab/7b", "7b"),
        ("", ""),
    ],
)
def test_families(name: str, expected: str) -> None:
    assert family(name) == expected
    assert card_for("lab/7b") is UNKNOWN


def test_looking_models_up_does_not_load_the_network() -> None:
    code = "import sys, cuewise.models.registry; sys.exit('aiohttp' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- scripted --------------------------------------------------------------------------------------


def test_a_script_is_followed_and_ends() -> None:
    model = Scripted("test/x", ["a", TransientModelError("busy", kind="rate_limit"), Completion(text="b")])

    async def follow() -> None:
        assert (await model.generate(REQUEST)).text == "a"
        with pytest.raises(TransientModelError, match="busy"):
            await model.generate(REQUEST)
        assert (await model.generate(REQUEST)).text == "b"
        with pytest.raises(PermanentModelError, match="more often than the 3 times"):
            await model.generate(REQUEST)

    asyncio.run(follow())
    assert model.requests == [REQUEST] * 4


def test_a_function_answers() -> None:
    model = Scripted("test/x", lambda request: f"{len(request.messages)} message", takes=[Modality.AUDIO])
    assert ask(model).text == "1 message"
    assert model.takes == {Modality.AUDIO}


def test_a_models_card_is_no_part_of_its_calls_keys_but_what_the_user_says_is() -> None:
    def parameters(**args: str) -> dict[str, object]:
        model = open_model(
            "openai/gpt-5", read_media=no_media, args=args, environ={"OPENAI_API_KEY": "sk-" + "x" * 40}
        )
        return model.parameters

    assert parameters() == {}
    assert parameters(fixed_temperature="true") == {}, "what the card says anyway"
    assert parameters(fixed_temperature="false") == {"fixed_temperature": False}
