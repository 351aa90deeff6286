"""A report says of a run whose clips were changed that they were."""

from __future__ import annotations

from pathlib import Path

from cuewise.media.treatments import Treatment, TreatmentKind
from cuewise.reports.html import render
from support.outcomes import make_outcomes, make_run, make_samples


def test_a_page_tells_what_was_done_to_the_clips(tmp_path: Path) -> None:
    run = make_run(tmp_path, "degraded", make_outcomes(make_samples(16)))
    assert "changed before it is sent" not in render([run])
    settings = run.manifest.settings.model_copy(
        update={"treatment": Treatment(kind=TreatmentKind.SOUND_NOISE, level=-5.0)}
    )
    run.manifest = run.manifest.model_copy(update={"settings": settings})
    page = render([run])
    assert "of each clip, changed: sound in noise, −5\u00a0dB." in page.replace("−5 dB", "−5\u00a0dB")
    assert "sound-noise--5dB-seed0-v1" in page, "the exact setting stands among the methods"
