"""`asr/MODEL`: speech recognition on this machine by faster-whisper (the extra `asr`), for `--transcribe`.

MODEL is a folder with a Whisper model in CTranslate2's form, or a size (`small`) or name (`OWNER/NAME`) that the
library fetches from the model hub. The completion is JSON: the language, and segments with the times of their words.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cuewise.errors import ClipBrokenError, InputError, PermanentModelError
from cuewise.models.failures import without_folders
from cuewise.models.local import check_names
from cuewise.models.protocol import Completion, MediaPart, Modality, ReadMedia, Request

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

BEAM_SIZE: Final = 5
"""Whisper's own default."""
NEEDS: Final = "faster_whisper"
_RATE_HZ: Final = 16_000
_INSTALL: Final = "needs faster-whisper: pip install 'cuewise[asr]'"


class FasterWhisper:
    """Writes down what is said. One clip at a time, in a thread of its own: the library uses several cores for one.

    It decodes by beam search alone, without the library's falling back on chance, and only what its voice detector
    takes for speech: over silence and noise Whisper is known to invent words.

    Args:
        name: `asr/...`, without what belongs to this machine.
        source: a folder, or what the model hub knows.
        read_media: gives the bytes of stored sound.
        language: a code such as `en` or `zh`, or `auto` to have it found for each clip.
        weights: hash of a folder's model, by which it is known wherever it lies.
    """

    takes = frozenset({Modality.AUDIO})
    reads_sample = False

    def __init__(
        self, name: str, source: str, read_media: ReadMedia, language: str, weights: str | None = None
    ) -> None:
        self.name = name
        self.parameters: dict[str, Any] = {
            "language": language,
            "beam_size": BEAM_SIZE,
            "voice_only": True,
            **({"weights": weights} if weights else {}),
        }
        self._source = source
        self._read_media = read_media
        self._language = None if language == "auto" else language
        self._thread = _one_thread()
        self._model: WhisperModel | None = None

    async def generate(self, request: Request) -> Completion:
        """Transcribe the request's sound.

        Raises:
            PermanentModelError: the library or the model is not there, or the request has no sound it can read.
        """
        loop = asyncio.get_running_loop()
        return Completion(text=await loop.run_in_executor(self._thread, self._transcribe, request))

    async def close(self) -> None:
        """Clips that wait are not begun; one under way ends by itself. A later call begins anew."""
        thread, self._thread = self._thread, _one_thread()
        thread.shutdown(wait=False, cancel_futures=True)

    def _transcribe(self, request: Request) -> str:
        from cuewise.media.prosody import read_wav

        parts = [part for message in request.messages for part in message.parts]
        sound = next((part.media for part in parts if isinstance(part, MediaPart)), None)
        if sound is None:
            raise PermanentModelError(f"{self.name} was sent no sound to write down", kind="bad_request")
        try:
            samples, rate = read_wav(self._read_media(sound))
        except ClipBrokenError as error:
            raise PermanentModelError(
                f"{self.name} cannot read the sound: {error}", kind="bad_media"
            ) from error
        if rate != _RATE_HZ:
            raise PermanentModelError(f"{self.name} hears sound at 16 kHz, not {rate} Hz", kind="bad_media")
        model = self._loaded()
        try:
            segments, info = model.transcribe(
                samples,
                language=self._language,
                beam_size=BEAM_SIZE,
                temperature=0.0,
                condition_on_previous_text=False,
                vad_filter=True,
                word_timestamps=True,
            )
            told = [
                {
                    **_timed(segment.start, segment.end, segment.text),
                    "words": [_timed(word.start, word.end, word.word) for word in segment.words or []],
                }
                for segment in segments
            ]
        except (RuntimeError, ValueError) as error:
            raise PermanentModelError(
                f"{self.name} failed: {without_folders(str(error))}", kind="asr"
            ) from error
        return json.dumps({"language": info.language, "segments": told}, ensure_ascii=False)

    def _loaded(self) -> WhisperModel:
        """The model, loaded once; always called from the one thread."""
        if self._model is None:
            try:
                from faster_whisper import WhisperModel
            except ImportError as error:
                raise PermanentModelError(f"{self.name} {_INSTALL}", kind="not_installed") from error
            try:
                self._model = WhisperModel(self._source)
            except Exception as error:
                # The hub's client, CTranslate2 and the tokenizer each have exceptions of their own.
                raise PermanentModelError(
                    f"{self.name} cannot be loaded ({type(error).__name__}): {without_folders(str(error))}. Name a"
                    " folder that has it, or let this machine reach the model hub",
                    kind="not_loaded",
                ) from error
        return self._model


def _one_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="asr")  # which starts at its first call


def _timed(start: float, end: float, text: str) -> dict[str, Any]:
    # The library lets a word end before it starts, by a hundredth.
    return {"start_s": round(float(start), 2), "end_s": round(float(max(start, end)), 2), "text": text}


def open_asr(
    name: str, *, read_media: ReadMedia, args: Mapping[str, str], need_library: bool = True
) -> FasterWhisper:
    """The recogniser of a name; nothing is loaded yet.

    Args:
        name: `asr/FOLDER`, `asr/SIZE` or `asr/OWNER/NAME`.
        read_media: gives the bytes of stored sound.
        args: `language`: a code such as `en`, or `auto`, the default.
        need_library: False where all calls are expected to be stored already.

    Raises:
        InputError: the library is not installed, a folder has no model, or an argument is not valid.
    """
    check_names(args, ("language",), name)
    language = args.get("language", "auto")
    if language != "auto" and not re.fullmatch(r"[a-z]{2,3}", language):
        raise InputError(f"{name}: a language is a code such as en or zh, or auto, not {language!r}")
    if need_library and importlib.util.find_spec(NEEDS) is None:
        raise InputError(f"{name} {_INSTALL}")
    source = name.partition("/")[2]
    folder = Path(source).expanduser()
    if not folder.is_dir():
        if source.startswith(("/", "./", "../", "~")):
            raise InputError(f"{name}: there is no such folder")
        return FasterWhisper(name, source, read_media, language)
    weights = folder / "model.bin"
    if not weights.is_file():
        raise InputError(
            f"{name}: the folder has no model.bin; a Whisper model is brought into CTranslate2's form by its"
            " ct2-transformers-converter"
        )
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FasterWhisper(f"asr/{folder.resolve().name}", str(folder), read_media, language, digest)
