"""How far the order of the models depends on which score they are ordered by, and what moves with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import fsum, sqrt


@dataclass(frozen=True)
class OrderComparison:
    """Two scores of the same models, and how far they order them alike."""

    first: str
    second: str
    n_models: int
    n_pairs: int
    swapped: int
    """Pairs of models of which one is ahead by one score and the other by the other."""
    tau: float | None
    """Kendall's tau-b, -1..1; None where one of the scores is the same for all."""
    furthest: str | None
    """The model that changes most places, the first by name of several; None where none does."""
    furthest_from: int
    furthest_to: int
    """Its ranks by either score, 1 is best."""


def compare_orders(first: str, second: str, scores: Mapping[str, Mapping[str, float]]) -> OrderComparison:
    """Compare two orders of the models.

    Args:
        first: name of a score.
        second: name of another.
        scores: by name of the score, then by model.
    """
    models = sorted(scores[first].keys() & scores[second].keys())
    a = [scores[first][model] for model in models]
    b = [scores[second][model] for model in models]
    from_ranks, to_ranks = ranks(a), ranks(b)
    moves = [abs(to - start) for start, to in zip(from_ranks, to_ranks, strict=True)]
    at = moves.index(max(moves)) if any(moves) else None
    return OrderComparison(
        first=first,
        second=second,
        n_models=len(models),
        n_pairs=len(models) * (len(models) - 1) // 2,
        swapped=swapped_pairs(a, b),
        tau=kendall_tau(a, b),
        furthest=None if at is None else models[at],
        furthest_from=0 if at is None else from_ranks[at],
        furthest_to=0 if at is None else to_ranks[at],
    )


def ranks(values: Sequence[float]) -> list[int]:
    """Places from 1 for the greatest; equal values share the best place of theirs.

    >>> ranks([30.0, 50.0, 30.0, 10.0])
    [2, 1, 2, 4]
    """
    return [1 + sum(other > value for other in values) for value in values]


def swapped_pairs(a: Sequence[float], b: Sequence[float]) -> int:
    """Pairs of places that `a` and `b` order in opposite ways; ties are no such pair.

    >>> swapped_pairs([1, 2, 3], [2, 1, 3])
    1
    """
    return sum((a[i] - a[j]) * (b[i] - b[j]) < 0 for i, j in combinations(range(len(a)), 2))


def kendall_tau(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Kendall's tau-b (Biometrika 33, 1945): (C - D) / sqrt((C + D + A) (C + D + B)).

    C and D count the pairs in the same and in opposite order, A and B those tied in one of the two alone. None
    where the denominator would be 0.

    >>> kendall_tau([1, 2, 3, 4], [1, 2, 4, 3])  # 5 of 6 pairs agree: (5 - 1) / 6
    0.6666666666666666
    """
    same = opposite = tied_a = tied_b = 0
    for i, j in combinations(range(len(a)), 2):
        by_a, by_b = a[i] - a[j], b[i] - b[j]
        if by_a and by_b:
            same += by_a * by_b > 0
            opposite += by_a * by_b < 0
        elif by_a:
            tied_b += 1
        elif by_b:
            tied_a += 1
    whole = same + opposite
    spread = (whole + tied_a) * (whole + tied_b)
    return (same - opposite) / sqrt(spread) if spread else None


def pearson(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Pearson's correlation, -1..1; None where either does not vary.

    >>> pearson([1, 2, 3], [2, 4, 6])
    1.0
    """
    if len(a) < 2:
        return None
    mean_a, mean_b = fsum(a) / len(a), fsum(b) / len(b)
    square_a = fsum((x - mean_a) ** 2 for x in a)
    square_b = fsum((y - mean_b) ** 2 for y in b)
    if not square_a or not square_b:
        return None
    both = fsum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    return both / sqrt(square_a * square_b)
