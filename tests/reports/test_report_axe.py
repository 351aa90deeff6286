"""What axe has to say of a report, with everything unfolded, where its colours are strongest."""

from __future__ import annotations

import pytest

from cuewise.reports.html import write_report
from support.axe import COLOURS, NEEDED, complaints
from support.browser import CHROMIUM, Browser
from support.outcomes import make_outcomes, make_run, make_samples

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the report with"),
    pytest.mark.skipif(NEEDED[0], reason=NEEDED[1]),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two runs with nearly all right, so that most cells have the darkest colours."""
    folder = tmp_path_factory.mktemp("strong")
    samples = make_samples(12, only=["SA", "ER-Lab"])
    runs = [
        make_run(
            folder, name, make_outcomes(samples, seed=name, skill=0.99, fail_every=0), model=f"lab/{name}"
        )
        for name in ("one", "two")
    ]
    path = folder / "report.html"
    write_report(runs, path)
    return path.as_uri()


def _theme(browser: Browser, theme: str) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])


def test_axe_finds_nothing_in_a_report_and_a_sample(process: Browser, address: str) -> None:
    browser = process
    browser.open(address)
    strong = "document.querySelectorAll('.heat.h18, .heat.h19, .heat.h20').length"
    assert browser.evaluate(strong) > 10
    browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    _theme(browser, "dark")
    assert complaints(browser) == []
    _theme(browser, "light")
    assert complaints(browser, rules=COLOURS) == []
    _theme(browser, "dark")
    browser.open(f"{address}#/run/0/sample/0")
    browser.wait_for("!document.getElementById('sample').hidden")
    assert complaints(browser) == []
    reduced = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.call("Emulation.setEmulatedMedia", features=reduced)
    assert browser.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
