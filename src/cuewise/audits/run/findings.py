"""What an audit of runs finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was found, in the order in which it weakens figures most."""

    MEAN_OFF = "mean-off"
    """A printed mean that its printed parts do not give. Counts figures."""
    SAME_SCORES = "same-scores"
    """Two runs with the same figures throughout. Counts pairs of runs."""
    SAME_COLUMNS = "same-columns"
    """A run of which one score repeats another in all tasks. Counts runs."""
    GOLD_OUTSIDE = "gold-outside"
    """Gold labels that are not among the candidates. Counts labels by task and corpus."""
    RULES_JUDGE = "rules-judge"
    """No model judged, only fixed rules. Counts runs."""
    SAME_FAMILY = "same-family"
    """A judge is of the model's own family. Counts runs."""
    UNCHECKED = "unchecked"
    """Reasons that passed by rules which ask for no evidence. Counts reasons."""
    LABEL_READ_APART = "label-read-apart"
    """The judge reads another label than the label taxonomy. Counts answers."""
    PANEL_SPLIT = "panel-split"
    """Judgements of one reason differ. Counts reasons."""
    LABELS_CONTRADICT = "labels-contradict"
    """Gold labels of two questions on one clip have different valences. Counts pairs of questions."""
    SHARED_CLIPS = "shared-clips"
    """Clips that serve several questions. Counts clips."""
    UNVERIFIABLE = "unverifiable"
    """Reasons that the evidence neither supports nor contradicts. Counts reasons."""
    CLUE_WITHHELD = "clue-withheld"
    """Something was kept from the judge as it names a label. Counts samples."""
    EASY_TASK = "easy-task"
    """Tasks in which always naming one label scores half or more. Counts tasks."""
    UNKNOWN_LABEL = "unknown-label"
    """Labels that the taxonomy does not know. Counts labels."""
    BELOW_BASELINE = "below-baseline"
    """Recognition of a task below a baseline. Counts tasks, of each run."""
    OFF_LABEL = "off-label"
    """Reasons that bear on no label, as truisms do. Counts reasons."""


@dataclass(frozen=True)
class RunFinding:
    """One thing that weakens the figures of some runs."""

    kind: Kind
    count: int
    """How many; at least 1."""
    of: int
    """Out of how many, over all runs that were looked at."""
    runs: tuple[int, ...]
    """Places of the runs that it concerns."""
    names: tuple[str, ...] = ()
    """Tasks, labels or models that it is about."""
    most: tuple[int, float] | None = None
    """The run with the greatest share, and that share in percent; None where runs share what was counted."""


def add_up(
    kind: Kind, counted: Iterable[tuple[int, int, int]], names: tuple[str, ...] = ()
) -> list[RunFinding]:
    """One finding over runs; none where nothing was found.

    Args:
        counted: place of a run, how many it has, out of how many.
    """
    looked_at = [one for one in counted if one[2]]
    kept = [one for one in looked_at if one[1]]
    if not kept:
        return []
    run, count, of = max(kept, key=lambda one: one[1] / one[2])
    total, whole = sum(one[1] for one in kept), sum(one[2] for one in looked_at)
    return [RunFinding(kind, total, whole, tuple(one[0] for one in kept), names, (run, 100 * count / of))]
