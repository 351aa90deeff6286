"""A study's findings, read from its runs on disk."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.analysis.modality import ModalityFindings, analyse
from cuewise.analysis.study_runs import read_condition, study_among
from cuewise.result import RunResult
from cuewise.runs.outcomes import by_sample


def read_findings(runs: Sequence[RunResult]) -> ModalityFindings | None:
    """What the runs say together; None where they are not those of one study.

    Raises:
        RunError: outcomes cannot be read.
    """
    # Settings tell whether it is a study; only then are outcomes worth reading.
    ways = {(run.manifest.settings.modalities, str(run.manifest.settings.treatment)) for run in runs}
    if len(ways) < 2:
        return None
    study = study_among(
        [read_condition(run.name, run.manifest.settings, by_sample(run.outcomes())) for run in runs]
    )
    return None if study is None else analyse(study)
