"""The findings of the studies among runs, from their digests."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.analysis.modality import ModalityFindings, analyse
from cuewise.analysis.study_runs import condition_of, studies_among
from cuewise.result import RunResult


def read_findings(runs: Sequence[RunResult]) -> list[ModalityFindings]:
    """What the runs of each study say together, the studies in order of their first run; none for a run of no study."""
    read = [condition_of(run.name, run.manifest.settings, run.digest) for run in runs]
    return [analyse(study) for study in studies_among(read)]
