"""A sample's page is made while somebody waits for it."""

from __future__ import annotations

import time
from pathlib import Path

from cuewise.records import Protocol
from cuewise.viewer.sample_page import Around, Links, find_clip, sample_view
from support.outcomes import make_outcomes, make_run, make_samples
from support.viewer_app import SampleSite

RUNS = 20
MOST_S = 0.3
"""Of processor time, reading included; a machine that does other things as well takes longer by the clock."""


def test_a_sample_in_twenty_runs_is_shown_at_once(tmp_path: Path) -> None:
    samples = make_samples(40)
    names = [f"run-{at}" for at in range(RUNS)]
    for name in names:
        make_run(
            tmp_path, name, make_outcomes(samples, seed=name, protocol=Protocol.GROUNDED, panel=["a", "b"])
        )
    site = SampleSite(tmp_path)
    links = Links(calls=lambda run, epoch: "/calls", epoch=lambda epoch: "/epoch", run=lambda run: "/run")

    def took(sample: str) -> float:
        start = time.process_time()
        asked = site.asked(names, sample)
        view = sample_view(
            asked, find_clip(asked, site.media, site.paths), around=Around(back="/"), links=links
        )
        html = site.pages.text("sample.html", view=view)
        assert html.count("data-column=") == RUNS
        return time.process_time() - start

    took(samples[0].id)  # templates are read and compiled once
    assert min(took(sample.id) for sample in samples[1:6]) < MOST_S
