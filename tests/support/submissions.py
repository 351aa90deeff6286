"""Runs whose outcomes follow from their answers, as a real run's do, so that a submission of them reproduces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cuewise.labels import candidates_of, taxonomy
from cuewise.labels.reading import settle_label
from cuewise.records import Outcome
from cuewise.result import RunResult
from cuewise.samples.dataset import hashed_part
from cuewise.scores.sample import score_verdicts
from cuewise.submissions.export import write_submission
from support.outcomes import make_outcomes, make_run, make_samples, repeat_outcomes

Document = dict[str, Any]


def sound(outcome: Outcome) -> Outcome:
    """The same outcome with labels read from its answer, and scored by them."""
    if outcome.score is None or outcome.answer is None:
        return outcome
    sample = outcome.sample
    reading = settle_label(
        outcome.answer.text, outcome.steps[-1], candidates_of(sample), multi_label=sample.multi_label
    )
    score = score_verdicts(
        sample,
        outcome.steps,
        outcome.verdicts,
        reading,
        protocol=outcome.protocol,
        evidence=outcome.evidence,
    )
    return outcome.model_copy(update={"reading": reading, "score": score})


def sound_run(
    workspace: Path,
    name: str,
    outcomes: Sequence[Outcome],
    **manifest: Any,
) -> RunResult:
    """A run's folder whose manifest has the right hash of its samples; `manifest` goes to `make_run`."""
    result = make_run(workspace, name, [sound(outcome) for outcome in outcomes], **manifest)
    digest = hashlib.sha256()
    for sample in dict.fromkeys(outcome.sample.id for outcome in outcomes):
        digest.update(hashed_part(next(one.sample for one in outcomes if one.sample.id == sample)))
    settings = result.manifest.settings.model_copy(
        update={"dataset_sha256": digest.hexdigest(), "taxonomy": taxonomy.VERSION}
    )
    result.manifest = result.manifest.model_copy(update={"settings": settings})
    result.manifest.write(result.folder.manifest_path)
    return result


def made_run(
    workspace: Path,
    name: str = "run",
    n: int = 40,
    *,
    epochs: int = 1,
    how: Document | None = None,
    **manifest: Any,
) -> RunResult:
    """A run over `n` samples; `how` goes to `make_outcomes`, `manifest` to `make_run`."""
    samples = make_samples(n)
    outcomes = (
        make_outcomes(samples, **(how or {}))
        if epochs == 1
        else repeat_outcomes(samples, epochs, **(how or {}))
    )
    return sound_run(workspace, name, outcomes, epochs=epochs, **manifest)


def submission_of(run: RunResult, path: Path) -> Path:
    """Its submission."""
    write_submission(run, path)
    return path


def tampered(path: Path, change: Callable[[list[Document]], object]) -> Path:
    """A copy of a submission, changed; the first document is its header."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    change(lines)
    copy = path.with_name(f"tampered-{path.name}")
    copy.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return copy
