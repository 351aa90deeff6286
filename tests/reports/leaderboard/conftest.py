"""A leaderboard to look at: two runs judged alike, one judged otherwise, a submission, and the published models."""

from __future__ import annotations

import numpy as np
import pytest

from cuewise.media.images import encode_jpeg
from cuewise.media.store import MediaStore
from cuewise.records import Answer, Protocol, Step
from cuewise.reports.leaderboard.entries import Entry, Slugs, published_entries, run_entry, submission_entry
from cuewise.reports.leaderboard.site import write_site
from support.board import HOSTILE, Board
from support.outcomes import make_outcomes, make_samples
from support.submissions import sound_run, submission_of


@pytest.fixture(scope="session")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """64 samples of all tasks. The submission is of a hostile model, and its answer to sample 3 is hostile too."""
    folder = tmp_path_factory.mktemp("board")
    store = MediaStore(folder / "media")
    frames = [store.put(encode_jpeg(np.full((90, 160, 3), 99, np.uint8), 90), "image/jpeg")]
    samples = make_samples(64)
    weak = make_outcomes(samples, seed="weak", skill=0.2, frames=frames)
    strong = make_outcomes(samples, seed="strong", skill=0.9, frames=frames)
    other = make_outcomes(samples, seed="other", skill=0.5)
    foreign = make_outcomes(samples, seed="foreign", skill=0.5, protocol=Protocol.GROUNDED)
    steps = (Step(index=1, text="w" * 5_000 + "\u202e" + HOSTILE), *foreign[3].steps[1:])
    answer = Answer(text=f"{HOSTILE}{'x' * 20_000} {foreign[3].answer.text if foreign[3].answer else ''}")
    foreign[3] = foreign[3].model_copy(update={"answer": answer, "steps": steps})
    slugs = Slugs()
    runs = [
        sound_run(folder, "weak", weak, model="vllm/lab/emo-vl-7b", judge="openai/gpt-4.1"),
        sound_run(folder, "strong", strong, model="openai/gpt-4o", judge="openai/gpt-4.1"),
        sound_run(folder, "other", other, model="openai/gpt-4o"),
    ]
    submitted = sound_run(
        folder,
        "hostile",
        foreign,
        model=f"openai-api/lab/{HOSTILE}",
        protocol=Protocol.GROUNDED,
        judge=HOSTILE,
    )
    path = submission_of(submitted, folder / "submission.jsonl.gz")
    return [
        *(run_entry(run, slugs, {}, store.read) for run in runs),
        submission_entry(path, slugs, {}, None),
        *published_entries(slugs),
    ]


@pytest.fixture(scope="session")
def board(entries: list[Entry], tmp_path_factory: pytest.TempPathFactory) -> Board:
    folder = tmp_path_factory.mktemp("site") / "board"
    write_site(entries, folder, title="Board", cases=8)
    return Board(folder, entries)
