"""One sample's points for its labels alone: exact, by family, by valence, as sets, and along a scale."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache

from cuewise.labels.taxonomy import family_of, scale_of, valence_of
from cuewise.records import LabelScore, Sample
from cuewise.scores.metrics.sets import set_f1, set_jaccard, set_match, set_precision, set_recall


def score_labels(sample: Sample, predicted: Collection[str]) -> LabelScore:
    """Points for predicted labels; a sample without a usable answer has predicted none.

    At the level of families (and of valences alike) each label is replaced by its family; a label without one
    stands for itself, so that naming it beside the right family still costs. A single-label sample earns 1 if
    the predicted set then equals the gold set, so that two words of one family ("angry or irritated") count as
    that family; a multi-label sample earns F1 = 2C/(P + K), C = families in both sets, P and K = their sizes.
    The level does not apply to a sample of whose gold labels none has a family, nor where the candidates are not
    of two families at least: `neutral` among intents is no emotion.

    Args:
        predicted: candidates in the label set's spelling.

    >>> from cuewise.records import Clip
    >>> clip = Clip(id="a")
    >>> sample = Sample(id="T/a", task="T", clip=clip, question="?", label_set=("anger", "sadness", "fear"),
    ...                 labels=("anger", "sadness"), multi_label=True)
    >>> points = score_labels(sample, ["anger", "fear"])
    >>> points.exact, points.precision, points.recall, points.f1
    (0.0, 0.5, 0.5, 0.5)
    """
    said, gold = set(predicted), set(sample.labels)
    fields: dict[str, float] = {}
    if sample.multi_label:
        fields = {
            "precision": set_precision(gold, said),
            "recall": set_recall(gold, said),
            "f1": set_f1(gold, said),
            "jaccard": set_jaccard(gold, said),
        }
    return LabelScore(
        exact=set_match(gold, said),
        family=_at_level(family_of, sample.label_set, gold, said, multi_label=sample.multi_label),
        valence=valence_points(sample.label_set, gold, said, multi_label=sample.multi_label),
        distance=_distance(sample, said),
        **fields,
    )


def scale_of_sample(sample: Sample) -> tuple[str, ...]:
    """The candidates from lowest to highest where they are an ordinal scale, else empty."""
    return sample.scale or _scale_of_set(sample.label_set)


@lru_cache(maxsize=1024)
def _scale_of_set(label_set: tuple[str, ...]) -> tuple[str, ...]:
    return scale_of(label_set)


@lru_cache(maxsize=1024)
def _levels(level_of: Callable[[str], str | None], label_set: tuple[str, ...]) -> dict[str, str]:
    """Candidates that have a level, with it; empty where they are not of two different levels at least."""
    found = {label: level for label in label_set if (level := level_of(label)) is not None}
    return found if len(set(found.values())) > 1 else {}


def valence_points(
    label_set: tuple[str, ...],
    gold: Collection[str],
    predicted: Collection[str],
    *,
    multi_label: bool = False,
) -> float | None:
    """`LabelScore.valence` from labels alone."""
    return _at_level(valence_of, label_set, set(gold), set(predicted), multi_label=multi_label)


def _at_level(
    level_of: Callable[[str], str | None],
    label_set: tuple[str, ...],
    gold: set[str],
    said: set[str],
    *,
    multi_label: bool,
) -> float | None:
    levels = _levels(level_of, label_set)
    if levels.keys().isdisjoint(gold):
        return None
    # A label without a level stands for itself, in a pair of another shape, so that no name can be taken for it.
    found, wanted = (
        {(levels[label],) if label in levels else (None, label) for label in labels}
        for labels in (said, gold)
    )
    if multi_label:
        return 2 * len(found & wanted) / (len(found) + len(wanted))
    return float(found == wanted)


def _distance(sample: Sample, said: set[str]) -> int | None:
    """Steps of the scale between the predicted and the gold label."""
    scale = scale_of_sample(sample)
    if not scale or len(said) != 1 or len(sample.labels) != 1:
        return None
    (label,), (gold,) = said, sample.labels
    return abs(scale.index(label) - scale.index(gold))
