"""What is told before the first call: of folders, of the hub, of arguments."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.models.cards import family, is_own, is_served
from cuewise.models.prices import FREE, Price, price_of
from cuewise.models.protocol import Modality, Model
from cuewise.models.registry import open_model
from cuewise.records import MediaRef
from support.hf_calls import ask

Tiny = Callable[[str], Path]


def no_media(_: MediaRef) -> bytes:
    raise AssertionError("no media is read when a model is opened")


def open_(name: str, **args: str) -> Model:
    return open_model(name, read_media=no_media, args={"device": "cpu", **args})


def test_without_the_packages_their_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(InputError, match=r"PIL cannot be imported: pip install 'cuewise\[hf\]'"):
        open_("hf/Qwen/Qwen2.5-VL-3B-Instruct")


def test_a_model_of_ones_own_is_a_real_one_and_costs_nothing() -> None:
    name = "hf/Qwen/Qwen2.5-Omni-7B"
    assert is_own(name) and is_served(name) and family(name) == "qwen"
    assert not is_own("Qwen/Qwen2.5-Omni-7B")
    # gpt-4o has a price in the table, which is not that of a fine-tune of that name on one's own machine.
    assert price_of(name) == price_of("hf/gpt-4o") == FREE
    assert price_of(name, {"hf/*": Price(1, 2)}) == Price(1, 2)


def test_a_base_url_is_for_servers() -> None:
    with pytest.raises(InputError, match="runs in this process: leave its base URL out"):
        open_model("hf/lab/emo", read_media=no_media, base_url="http://localhost:8000/v1")


@pytest.mark.parametrize(
    ("argument", "value", "form"),
    [
        ("device", "gpu", "auto, cpu, cuda"),
        ("device", "cuda:x", "auto, cpu, cuda"),
        ("dtype", "int8", "auto, float32"),
        ("batch", "0", "a whole number from 1 to 256"),
        ("batch", "two", "a whole number from 1 to 256"),
        ("trust_remote_code", "perhaps", "true or false"),
        ("revision", "-rf", "a branch, tag or commit"),
        ("frames", "gif", "images or video"),
        ("top_k", "3", "there are takes, frames"),
    ],
)
def test_arguments_are_read_strictly(argument: str, value: str, form: str) -> None:
    with pytest.raises(InputError, match=form):
        open_("hf/lab/emo", **{argument: value})


# --- folders -----------------------------------------------------------------------------------------


@pytest.mark.hf
def test_a_device_that_is_not_there_is_told(tiny: Tiny) -> None:
    with pytest.raises(InputError, match="no device cuda:99 on this machine"):
        open_(f"hf/{tiny('text')}", device="cuda:99")


@pytest.mark.hf
@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("config.json", "no config.json"),
        ("model.safetensors", r"no weights \(\*.safetensors or \*.bin\)"),
        ("chat_template.jinja", "no chat template.*chat_template.jinja beside its config.json"),
        ("tokenizer.json", "no tokenizer that knows words"),
    ],
)
def test_what_a_folder_lacks_is_told(tiny: Tiny, tmp_path: Path, without: str, said: str) -> None:
    shutil.copytree(tiny("text"), folder := tmp_path / "emo")
    (folder / without).unlink()
    with pytest.raises(InputError, match=said):
        open_(f"hf/{folder}")


@pytest.mark.hf
def test_a_missing_folder_and_a_revision_of_one_are_told(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such folder"):
        open_(f"hf/{tmp_path}/nowhere")
    with pytest.raises(InputError, match="leave revision=main out"):
        open_(f"hf/{tiny('text')}", revision="main")


@pytest.mark.hf
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "emotron9"}, "the installed transformers does not know"),
        ({"model_type": "t5"}, "which writes no answers"),
        ({"model_type": "emotron9", "auto_map": {"AutoConfig": "code.Config"}}, "trust_remote_code=true"),
    ],
)
def test_models_that_transformers_does_not_know_are_told(
    tiny: Tiny, tmp_path: Path, change: Mapping[str, object], said: str
) -> None:
    shutil.copytree(tiny("text"), folder := tmp_path / "emo")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **change}))
    (folder / "code.py").write_text("raise SystemExit('must not run')")
    with pytest.raises(InputError, match=said):
        open_(f"hf/{folder}")


@pytest.mark.hf
def test_a_template_that_cannot_be_rendered_is_told(tiny: Tiny, tmp_path: Path) -> None:
    shutil.copytree(tiny("text"), folder := tmp_path / "emo")
    (folder / "chat_template.jinja").write_text("{{ raise_exception('tools only') }}")
    with pytest.raises(InputError, match="cannot be rendered: TemplateError: tools only"):
        open_(f"hf/{folder}")


@pytest.mark.hf
def test_a_template_without_a_place_for_pictures_takes_none(tiny: Tiny, tmp_path: Path) -> None:
    shutil.copytree(tiny("image"), folder := tmp_path / "emo")
    shutil.copy(tiny("text") / "chat_template.jinja", folder / "chat_template.jinja")
    assert open_(f"hf/{folder}").takes == {Modality.TEXT}


@pytest.mark.hf
def test_what_a_model_takes_can_be_narrowed_and_not_widened(tiny: Tiny) -> None:
    assert open_(f"hf/{tiny('image')}", takes="text").takes == {Modality.TEXT}
    with pytest.raises(
        InputError, match="cannot be given audio: its processor and chat template take text, video"
    ):
        open_(f"hf/{tiny('image')}", takes="video,audio")
    with pytest.raises(InputError, match="frames as video: it takes them as images"):
        open_(f"hf/{tiny('image')}", frames="video")
    with pytest.raises(InputError, match="frames as images: it takes no pictures"):
        open_(f"hf/{tiny('audio')}", frames="images")


@pytest.mark.hf
def test_sound_at_another_rate_is_not_taken(tiny: Tiny, tmp_path: Path) -> None:
    shutil.copytree(tiny("audio"), folder := tmp_path / "emo")
    path = folder / "processor_config.json"
    path.write_text(path.read_text().replace("16000", "24000"))
    assert open_(f"hf/{folder}").takes == {Modality.TEXT}


@pytest.mark.hf
def test_what_changes_answers_is_part_of_the_key_and_nothing_else(tiny: Tiny, tmp_path: Path) -> None:
    folder = tiny("text")
    plain = open_(f"hf/{folder}").parameters
    assert list(plain) == ["fingerprint"]
    assert open_(f"hf/{folder}", batch="8", dtype="auto", trust_remote_code="false").parameters == plain
    assert open_(f"hf/{folder}", dtype="bfloat16").parameters == {**plain, "dtype": "bfloat16"}
    shutil.copytree(folder, moved := tmp_path / "moved")
    assert open_(f"hf/{moved}").parameters == plain
    weights = bytearray((moved / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (moved / "model.safetensors").write_bytes(weights)
    assert open_(f"hf/{moved}").parameters != plain


# --- the hub -----------------------------------------------------------------------------------------


@contextmanager
def hub(errors: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """A hub on loopback that answers every request with the error of the repository that it is about."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, code = next(error for name, error in errors.items() if f"/{name}" in self.path)
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


OPEN_EACH = """
import json, sys
from cuewise.errors import InputError
from cuewise.models.registry import open_model
from support.tiny_models import load_torchvision
load_torchvision()
said = {}
for name in sys.argv[1:]:
    try:
        open_model(f"hf/{name}", read_media=None, args={"device": "cpu", "revision": "old"})
    except InputError as error:
        said[name] = str(error)
print(json.dumps(said))
"""


@pytest.mark.hf
def test_what_the_hub_says_is_told(tiny: Tiny, tmp_path: Path) -> None:
    tiny("text")  # skips without the packages
    errors = {
        "lab/gated": (403, "GatedRepo"),
        "lab/missing": (404, "RepoNotFound"),
        "lab/unrevised": (404, "RevisionNotFound"),
    }
    with hub(errors) as address:
        # A process of its own, since huggingface_hub reads its settings when it is imported.
        environ = {
            **os.environ,
            "HF_ENDPOINT": address,
            "HF_HOME": str(tmp_path),
            "HF_HUB_OFFLINE": "0",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-c", OPEN_EACH, *errors],
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "lab/gated": "the hub gives hf/lab/gated only to those who accepted its terms: accept them there and set"
        " HF_TOKEN",
        "lab/missing": "the hub has no model hf/lab/missing, or it is private: check the name, or set HF_TOKEN",
        "lab/unrevised": "the hub has no such revision of hf/lab/unrevised: mend revision=...",
    }


@pytest.mark.hf
def test_offline_nothing_is_fetched(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny("text")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match="HF_HUB_OFFLINE forbids to fetch it"):
        open_("hf/lab/emo")
    snapshot = tmp_path / "models--lab--emo" / "snapshots" / ("ab" * 20)
    snapshot.parent.mkdir(parents=True)
    (tmp_path / "models--lab--emo" / "refs").mkdir()
    (tmp_path / "models--lab--emo" / "refs" / "main").write_text("ab" * 20)
    shutil.copytree(folder, snapshot)
    model = open_("hf/lab/emo")
    assert (model.name, model.parameters) == ("hf/lab/emo", {})
    # The commit that answered is kept with what it said.
    assert asyncio.run(model.generate(ask("Which emotion?"))).model == f"lab/emo@{'ab' * 20}"
    (snapshot / "model.safetensors").unlink()
    with pytest.raises(InputError, match="the weights of hf/lab/emo are not on this machine"):
        open_("hf/lab/emo")
