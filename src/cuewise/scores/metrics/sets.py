"""Metrics of one answer that may name several labels, against its set of gold labels.

An answer that names none is an empty set and earns 0. Their means over samples are the example-based metrics of
multi-label classification (Tsoumakas and Vlahavas, ECML 2007), scikit-learn's average="samples".
"""

from __future__ import annotations

from collections.abc import Collection


def set_precision(gold: Collection[str], predicted: Collection[str]) -> float:
    """C / P, 0..1: C labels in both sets, P predicted ones; 0 where nothing is predicted."""
    said = set(predicted)
    return len(said & set(gold)) / len(said) if said else 0.0


def set_recall(gold: Collection[str], predicted: Collection[str]) -> float:
    """C / K, 0..1, K gold labels. The benchmark's own figure: naming every candidate scores 1.

    Raises:
        ValueError: there is no gold label.
    """
    truth = _truth(gold)
    return len(truth & set(predicted)) / len(truth)


def set_f1(gold: Collection[str], predicted: Collection[str]) -> float:
    """2 C / (P + K), 0..1 (Dice, Ecology 26, 1945).

    Raises:
        ValueError: there is no gold label.

    >>> set_f1({"sad", "afraid"}, {"sad", "angry", "glad"})
    0.4
    """
    truth, said = _truth(gold), set(predicted)
    return 2 * len(truth & said) / (len(truth) + len(said))


def set_jaccard(gold: Collection[str], predicted: Collection[str]) -> float:
    """Size of the intersection over size of the union, 0..1 (Jaccard 1912).

    Raises:
        ValueError: there is no gold label.

    >>> set_jaccard({"sad", "afraid"}, {"sad", "angry", "glad"})
    0.25
    """
    truth, said = _truth(gold), set(predicted)
    return len(truth & said) / len(truth | said)


def set_match(gold: Collection[str], predicted: Collection[str]) -> float:
    """1 if exactly the gold labels are predicted, else 0 (its mean is the subset accuracy).

    Raises:
        ValueError: there is no gold label.
    """
    return float(_truth(gold) == set(predicted))


def _truth(gold: Collection[str]) -> set[str]:
    if not gold:
        raise ValueError("a sample without a gold label cannot be scored")
    return set(gold)
