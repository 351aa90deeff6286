"""Keys of calls never change: what was paid for must be found again by every later version."""

from __future__ import annotations

import pytest

from cuewise.models.protocol import MediaPart, Message, Request, Sampling, TextPart, call_key, canonical_call
from cuewise.models.registry import open_model
from cuewise.records import MediaRef

MESSAGES = (
    Message(role="system", parts=(TextPart(text="You judge."),)),
    Message(
        role="user",
        parts=(
            MediaPart(media=MediaRef(sha256="ab" * 32, mime="image/jpeg", size_bytes=3)),
            MediaPart(media=MediaRef(sha256="cd" * 32, mime="audio/wav", size_bytes=5)),
            TextPart(text="Ü?"),
        ),
    ),
)
PLAIN = Request(messages=MESSAGES)
FULL = Request(
    messages=MESSAGES, sampling=Sampling(max_tokens=9, seed=3), json_schema={"type": "object"}, epoch=1
)
ENVIRON = {
    "OPENAI_API_KEY": "sk-x" * 5,
    "LAB_BASE_URL": "http://localhost/v1",
    "ANTHROPIC_API_KEY": "sk-ant-x" * 5,
    "GEMINI_API_KEY": "key-x" * 5,
}


def keys(name: str, **args: str) -> tuple[str, str]:
    model = open_model(name, read_media=lambda _: b"", args=args, environ=ENVIRON)
    return call_key(canonical_call(model, PLAIN)), call_key(canonical_call(model, FULL))


# Recorded with version 0.1.0, before models of other makers than OpenAI had interfaces of their own.
@pytest.mark.parametrize(
    ("name", "args", "plain", "full"),
    [
        (
            "openai/gpt-4o",
            {},
            "f827b0bf9617a84a23aedc566ee579a029b4da9ff7f37474a465f31edd06100f",
            "fc1f25e03d4023963a8a4254ef51e61d36cac96f59765e3b039b3a10481f97c2",
        ),
        (
            "openai/o3",
            {"reasoning_effort": "low"},
            "667918cccc50bc9fe91dc00b3ff872e903a4b38619ee10f5276796da2add3491",
            "cef7875f2558718db19c42ff6606e1213b8093082db0bdbb5134797eec6dfa48",
        ),
        (
            "openai-api/lab/org/m",
            {"takes": "video,audio", "json_schema": "true", "top_p": "0.5", "image_detail": "low"},
            "7cd4d3c8f3973e003141cbfa12fc50d780d63a627623240c1b27aac98f34bc2c",
            "eb4f3fc26dee26432ba73859668f2c6ce573e79f749a85f3cf4929a6ea7fd82a",
        ),
        # Recorded when these interfaces came.
        (
            "openai/gpt-4o",
            {"api": "responses"},
            "890f7abd9c805432326c953fa30e4501a02b805a4f9c5e0307560b170709a751",
            "f5eff9964081650c8ed2f015554c690deb5a06723f26b4ad57ea12a50652b735",
        ),
        (
            "openai/o3-pro",
            {},
            "b614963ce381b90d4696ebc106fa407b43dd94ab09b44196f6765b9ec008ef0c",
            "789b03a087dea01c9d55f1338d8e1df4fbdae889e621b534278e2c55eccf775a",
        ),
        (
            "google/gemini-2.5-pro",
            {},
            "c3b9011ee9962f8916bbec6f37d49ec6560e1ece1729bd9f988017ccdbe61900",
            "4b0529eaebc9c77a976809071888e902367246338ac98f84dd1b8ced1098e5e1",
        ),
        (
            "anthropic/claude-opus-5",
            {"reasoning_effort": "low", "show_thinking": "true"},
            "aba2c8a5f6d35e6ea56aa5eb785cb09f87bdd2e872278022d15c1624c592d9a4",
            "24cc13f3bcf288908bf13eddc5546cadaedf474a5a7aa57df1f9f35e99470af1",
        ),
    ],
)
def test_keys_stay(name: str, args: dict[str, str], plain: str, full: str) -> None:
    assert keys(name, **args) == (plain, full)


def test_when_a_frame_was_taken_is_no_part_of_a_key() -> None:
    picture, *others = MESSAGES[1].parts
    timed = picture.model_copy(update={"time_s": 1.5})
    model = open_model("openai/gpt-4o", read_media=lambda _: b"", environ=ENVIRON)
    request = Request(messages=(MESSAGES[0], Message(role="user", parts=(timed, *others))))
    assert canonical_call(model, request) == canonical_call(model, PLAIN)
