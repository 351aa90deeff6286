"""A sample's page is made while somebody waits for it."""

from __future__ import annotations

import time
from pathlib import Path

from starlette.testclient import TestClient

from cuewise.records import Protocol
from cuewise.runs.workspace import Workspace
from cuewise.viewer.app import make_app
from cuewise.web.guard import Access
from support.outcomes import make_outcomes, make_run, make_samples

HOST = "127.0.0.1:8765"
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
    beside = "&".join(f"with={name}" for name in names[1:])
    app = make_app(Workspace(tmp_path), Access(frozenset({HOST})))
    with TestClient(app, base_url=f"http://{HOST}") as client:
        while f">{RUNS * len(samples)}</b> answers" not in client.get("/samples").text:
            pass

        def took(sample: str) -> float:
            start = time.process_time()
            html = client.get(f"/runs/{names[0]}/samples/{sample}?{beside}").text
            assert html.count("data-column=") == RUNS
            return time.process_time() - start

        took(samples[0].id)  # templates are read and compiled once
        assert min(took(sample.id) for sample in samples[1:6]) < MOST_S
