"""A sample's page in a browser: the clip plays, and steps light up what they rest on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from urllib.request import urlopen

import av
import pytest
from av.video.stream import VideoStream

from cuewise.demo import demo_data
from cuewise.media.store import MediaStore
from cuewise.models.protocol import Completion, call_key
from cuewise.records import (
    Answer,
    Evidence,
    EvidenceKind,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
)
from cuewise.runs.store import CallLabel, CallStore
from cuewise.runs.workspace import Workspace
from cuewise.viewer.app import make_app
from support import axe, chromium
from support.chromium import wait_until
from support.clip_runs import clip_outcome, clip_sample, decode
from support.outcomes import make_run
from support.viewer_app import served_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.slow, pytest.mark.skipif(chromium.NEEDED[0], reason=chromium.NEEDED[1])]

HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'> **bold** ‮evil‬ مرحبا "
LONG = HOSTILE + "a" * 100_000
CALL = {
    "model": "openai/gpt-4o",
    "parameters": {},
    "request": {"messages": [{"role": "user", "parts": [{"text": HOSTILE}]}]},
}


def remade(clip: Path, path: Path, codec: str, *, with_sound: bool) -> Path:
    """The clip with its picture in another codec, and its sound as it is or left out."""
    with av.open(str(clip)) as source, av.open(str(path), "w") as target:
        video = target.add_stream(codec, rate=25)
        assert isinstance(video, VideoStream)
        video.width, video.height = 256, 256
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        sound = target.add_stream_from_template(source.streams.audio[0]) if with_sound else None
        for at, frame in enumerate(source.decode(video=0)):
            picture = av.VideoFrame.from_ndarray(frame.to_ndarray(format="rgb24"), "rgb24")
            picture.pts = at
            target.mux(video.encode(picture))
        target.mux(video.encode(None))
        if sound is not None:
            source.seek(0)
            for packet in source.demux(audio=0):
                if packet.dts is not None:
                    packet.stream = sound
                    target.mux(packet)
    return path


def hostile(sample: Sample, outcome: Outcome) -> Outcome:
    """The outcome with every text of a model hostile and one of each long."""
    steps = (
        outcome.steps[0].model_copy(update={"text": LONG}),
        *(step.model_copy(update={"text": HOSTILE}) for step in outcome.steps[1:]),
    )
    verdicts = tuple(verdict.model_copy(update={"reason": LONG}) for verdict in outcome.verdicts)
    evidence = (
        *outcome.evidence,
        Evidence(id="D1", kind=EvidenceKind.DESCRIPTION, start_s=1, end_s=2, text=LONG),
    )
    return outcome.model_copy(
        update={
            "sample": sample,
            "steps": steps,
            "verdicts": verdicts,
            "evidence": evidence,
            "answer": Answer(text=LONG, thinking=LONG),
            "withheld": (HOSTILE,),
            "calls": {"answer": (call_key(json.dumps(CALL)),)},
        }
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    clip = demo_data() / "clips" / "demo_016.mp4"
    store = MediaStore(root / "media")
    files = {
        "plays.mp4": clip,
        "old.avi": remade(clip, root / "old.avi", "mjpeg", with_sound=True),
        "mute.avi": remade(clip, root / "mute.avi", "mjpeg", with_sound=False),
        "codec.mp4": remade(clip, root / "codec.mp4", "mpeg4", with_sound=True),
    }
    media = {name: decode(store, path) for name, path in files.items()}
    outcomes = [clip_outcome(clip_sample(name), one) for name, one in media.items()]
    outcomes.append(
        Outcome(
            sample=clip_sample("gone.mp4"),
            protocol=Protocol.GROUNDED,
            kind=OutcomeKind.MISSING_CLIP,
            message="no file for clip 'gone.mp4': put it under the clips folder",
        )
    )
    labels = (HOSTILE, "Anger", "b" * 3000, *(f"label {at}" for at in range(60)))
    bad = clip_sample("bad.mp4", id=f"ER-Lab/{HOSTILE[:60]}", question=LONG, label_set=labels)
    outcomes.append(hostile(bad, clip_outcome(bad, media["plays.mp4"])))
    make_run(root, "first", outcomes)
    described = outcomes[0].model_copy(
        update={
            "evidence": (
                *outcomes[0].evidence,
                Evidence(id="D1", kind=EvidenceKind.DESCRIPTION, start_s=1.5, end_s=2, text="She frowns."),
            ),
            "verdicts": (
                outcomes[0].verdicts[0].model_copy(update={"evidence": ("D1",)}),
                *outcomes[0].verdicts[1:],
            ),
        }
    )
    make_run(root, "second", [described])
    with closing(CallStore(Workspace(root).calls_path)) as calls:
        text = json.dumps(CALL)
        label = CallLabel(call_key(text), "openai/gpt-4o", "answer", bad.id)
        asyncio.run(calls.put(label, text, Completion(text=LONG), finished_at=0.0, latency_s=1.0))
    return root


@pytest.fixture(scope="module")
def address(workspace: Path) -> Iterator[str]:
    with served_app(lambda access: make_app(Workspace(workspace), access)) as found:
        while b"<b>7</b> answers" not in urlopen(f"{found}/samples").read():
            pass
        yield found


def of_first(sample: str) -> str:
    """A sample's address in the first run, among the samples of that run."""
    return f"/runs/first/samples/{quote(sample)}?list=run%3Dfirst"


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    # After the workspace is made: the driver keeps an event loop running, beside which no other can.
    with chromium.chromium() as found:
        yield found


@pytest.fixture
def plays(browser: Browser, address: str) -> Iterator[Page]:
    with chromium.opened(browser, address + of_first("ER-Lab/plays.mp4")) as page:
        wait_until(page, "document.querySelector('video').readyState > 0")
        yield page


def played_from(start_s: float) -> str:
    """JavaScript for whether the video has played from there, be it over by now or not."""
    return (
        "(({ played }) => [...Array(played.length).keys()].some((at) => Math.abs(played.start(at) -"
        f" {start_s}) < 0.1))(document.querySelector('video'))"
    )


def lit(page: Page, state: str) -> set[str]:
    """Ids of evidence on the timeline that is in the state."""
    marks = page.locator(f"[data-layer]:not([hidden]) [data-evidence][aria-pressed={state}]").all()
    return {mark.get_attribute("data-evidence") or "" for mark in marks}


def test_choosing_a_step_lights_up_its_evidence_and_goes_there(plays: Page) -> None:
    plays.click("#step-1 .number")
    wait_until(plays, "document.querySelector('video').currentTime === 0.5")
    assert lit(plays, "true") == {"C2"}
    assert lit(plays, "mixed") == {"F1", "C1"}
    assert plays.get_attribute("#step-1 .number", "aria-pressed") == "true"
    assert plays.url.endswith("#step-1")
    said = plays.inner_text(".player-said")
    assert said.startswith("Step 1: rests on C2, 0.5–1.5 s")
    assert "2 other pieces checked" in said
    assert "states 1 s, next to F2" in said
    assert plays.locator("[data-evidence=F2].player-near").count() == 1
    plays.click("#step-1 .number")
    assert lit(plays, "true") == set()
    assert "#" not in plays.url


def test_a_link_to_a_step_chooses_it(browser: Browser, address: str) -> None:
    with chromium.opened(browser, f"{address}/runs/first/samples/ER-Lab/plays.mp4#step-2") as page:
        page.wait_for_selector("#step-2 .number[aria-pressed=true]")
        assert lit(page, "true") == {"T1"}


def test_evidence_that_is_clicked_plays_from_its_beginning(plays: Page) -> None:
    plays.click("[data-evidence=F3]")
    wait_until(plays, played_from(2.0))
    assert lit(plays, "true") == {"F3"}
    plays.click("#step-1 [data-cite=C2]")
    wait_until(plays, played_from(0.5))


@pytest.mark.parametrize("chosen", ["C2", "F3"])
def test_what_is_chosen_can_be_looped_and_slowed(plays: Page, chosen: str) -> None:
    """The cue ends within the clip; the second from the last frame on would go beyond its end."""
    assert plays.is_disabled("[data-do=loop]")
    plays.click(f"[data-evidence={chosen}]")
    plays.click("[data-rate='0.5']")
    assert plays.evaluate("document.querySelector('video').playbackRate") == 0.5
    plays.click("[data-rate='1']")
    plays.click("[data-do=loop]")
    # Over the second that is looped it comes back, again and again.
    plays.evaluate(
        "document.querySelector('video').addEventListener('seeked', () => { window.n = (window.n || 0) + 1; })"
    )
    wait_until(plays, "window.n >= 2")


def test_the_page_and_the_player_have_keys(plays: Page) -> None:
    # Counted, as a clip that plays is over before a slow machine looks.
    plays.evaluate(
        "document.querySelector('video').addEventListener('play', () => { window.n = (window.n || 0) + 1; })"
    )
    plays.keyboard.press("1")
    assert lit(plays, "true") == {"C2"}
    plays.keyboard.press("Escape")
    assert lit(plays, "true") == set()
    plays.keyboard.press("?")
    assert plays.is_visible("dialog.keys")
    plays.keyboard.press("Escape")
    assert not plays.is_visible("dialog.keys")
    plays.keyboard.press(" ")
    wait_until(plays, "window.n === 1")
    plays.keyboard.press(" ")
    wait_until(plays, "document.querySelector('video').paused")
    plays.focus("[data-do=loop], [data-do=toggle]")
    plays.evaluate("cuewisePlayer(document.querySelector('[data-player]')).seek(0.5)")
    plays.keyboard.press("ArrowRight")
    wait_until(plays, "document.querySelector('video').currentTime === 1.5")
    plays.keyboard.press("ArrowLeft")
    plays.keyboard.press(".")
    wait_until(plays, "Math.abs(document.querySelector('video').currentTime - 0.54) < 1e-3")
    before = plays.evaluate("window.n")
    plays.keyboard.press("k")
    wait_until(plays, f"window.n === {before + 1}")
    plays.evaluate("document.activeElement.blur()")
    plays.keyboard.press("j")
    plays.wait_for_url("**" + of_first("ER-Lab/old.avi"))


def test_where_no_browser_plays_the_file_what_was_decoded_plays(browser: Browser, address: str) -> None:
    with chromium.opened(browser, f"{address}/runs/first/samples/ER-Lab/old.avi") as page:
        assert page.locator("video").count() == 0
        assert "Browsers do not play AVI files." in page.inner_text(".player-stage")
        wait_until(page, "document.querySelector('.player-decoded audio').readyState > 0")
        for at, frame in ((0.5, "F1"), (1.2, "F2"), (2.1, "F3")):
            page.evaluate(f"cuewisePlayer(document.querySelector('[data-player]')).seek({at})")
            page.wait_for_selector(f".player-decoded img[alt^='{frame},']")
        page.click("#step-1 .number")
        wait_until(page, "document.querySelector('.player-decoded audio').currentTime === 0.5")
        assert page.evaluate("document.querySelector('.player-decoded img').naturalWidth") == 256


def test_a_picture_that_the_browser_does_not_know_is_found_out(browser: Browser, address: str) -> None:
    with chromium.opened(browser, f"{address}/runs/first/samples/ER-Lab/codec.mp4#step-1") as page:
        page.wait_for_selector(".player-failed", state="visible")
        assert page.locator("video").count() == 0
        wait_until(page, "document.querySelector('.player-decoded audio').currentTime === 0.5")
        assert page.is_visible(".player-decoded img[alt^='F1,']")


@pytest.mark.parametrize(
    ("held", "until"),
    [
        pytest.param(
            "**/player.js*", "document.querySelector('video')?.readyState > 0", id="script-comes-late"
        ),
        pytest.param("**/clip/*", "'cuewisePlayer' in window", id="file-comes-late"),
    ],
)
def test_it_is_found_out_whatever_comes_first(browser: Browser, address: str, held: str, until: str) -> None:
    with chromium.opened(browser, "about:blank") as page:
        # Goes to a time once the file's length is known, and before the player hears of it.
        page.add_init_script(
            "document.addEventListener('loadedmetadata', ({ target }) => {"
            " if (target.tagName === 'VIDEO') target.currentTime = 0.5; }, true)"
        )
        waiting: list[Route] = []
        may_go = False
        page.route(held, lambda route: route.continue_() if may_go else waiting.append(route))
        page.goto(f"{address}/runs/first/samples/ER-Lab/codec.mp4", wait_until="commit")
        wait_until(page, until)
        may_go = True
        for route in waiting:
            route.continue_()
        page.wait_for_selector(".player-failed", state="visible")
        assert page.locator("video").count() == 0
        wait_until(page, "document.querySelector('.player-decoded audio').currentTime === 0.5")


def test_frames_without_sound_have_a_clock_of_their_own(browser: Browser, address: str) -> None:
    with chromium.opened(browser, f"{address}/runs/first/samples/ER-Lab/mute.avi") as page:
        assert page.locator(".player-decoded audio").count() == 0
        page.click("[data-evidence=F2]")
        page.wait_for_selector(".player-decoded img[alt^='F3,']")
        wait_until(page, "document.querySelector('[data-do=toggle]').textContent === 'Play'")
        assert page.inner_text(".player-time").startswith("2.")


def test_a_clip_that_is_missing_says_why(browser: Browser, address: str) -> None:
    with chromium.opened(browser, f"{address}/runs/first/samples/ER-Lab/gone.mp4") as page:
        assert "no file for clip 'gone.mp4'" in page.inner_text(".player-stage")
        assert not page.is_visible(".player-timeline")
        page.keyboard.press(" ")
        page.keyboard.press("1")


def test_runs_with_other_evidence_have_a_timeline_of_their_own(browser: Browser, address: str) -> None:
    with chromium.opened(browser, f"{address}/runs/first/samples/ER-Lab/plays.mp4?with=second") as page:
        assert not page.is_visible("[data-evidence=D1]")
        page.click("#step-1-in-2 .number")
        assert lit(page, "true") == {"D1"}
        assert page.is_visible("[data-evidence=D1]")
        assert page.inner_text(".player-said").startswith("Step 1 of second: rests on D1")
        page.keyboard.press("[")
        assert lit(page, "true") == {"C2"}
        page.keyboard.press("1")  # lets it go
        assert lit(page, "true") == set()
        page.keyboard.press("]")
        assert lit(page, "true") == set()
        page.keyboard.press("1")
        assert lit(page, "true") == {"D1"}


def test_calls_are_fetched_when_they_are_opened(browser: Browser, address: str) -> None:
    url = address + of_first(f"ER-Lab/{HOSTILE[:60]}")
    with chromium.opened(browser, url) as page:
        assert page.locator(".calls").count() == 0
        page.click(".on-demand summary")
        page.wait_for_selector(".calls .call")
        assert "openai/gpt-4o" in page.inner_text(".calls")
        assert HOSTILE.split(" ")[0] in page.inner_text(".calls")
        assert page.evaluate("window.hacked") is None
        assert axe.overflowing(page) == []


@pytest.mark.parametrize("sample", ["plays.mp4?with=second", "old.avi", HOSTILE[:60]])
def test_pages_fit_and_pass_axe(browser: Browser, address: str, sample: str) -> None:
    name, _, query = sample.partition("?") if sample.startswith("plays") else (sample, "", "")
    url = f"{address}{of_first(f'ER-Lab/{name}')}&{query}"
    with chromium.opened(browser, url) as page:
        page.click("#step-1 .number")
        for dark, widths in ((False, (375, 1024, 1600)), (True, (1600, 1024, 375))):
            page.emulate_media(color_scheme="dark" if dark else "light")
            # Rules on colours and names are the same at every width; each look is tried at one of them.
            for width in widths:
                page.set_viewport_size({"width": width, "height": 1000})
                assert axe.overflowing(page) == []
                height = page.evaluate("document.querySelector('.columns').getBoundingClientRect().height")
                assert height < 8000
            if not axe.NEEDED[0]:
                assert axe.complaints(page, rules=axe.COLOURS if dark else ()) == []
        assert page.evaluate("window.hacked") is None
