"""The confusion matrix: gold labels by predicted ones, with a place for answers that name none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Cells:
    """The cell of the confusion matrix that each of n samples falls in, from which matrices under any weights are made.

    Args:
        gold: gold labels, (n,), each of `labels`.
        predicted: predicted labels, (n,). None and any that is not of `labels` count in the last column, so that no
            answer vanishes.
        labels: the classes, in the order of rows and columns.

    Raises:
        ValueError: the sequences are not of one length, a gold label is not of `labels`, or a class is named twice.

    >>> Cells(["sad", "sad", "glad"], ["sad", None, "sad"], ["sad", "glad"]).counts().tolist()
    [[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(self, gold: Sequence[str], predicted: Sequence[str | None], labels: Sequence[str]) -> None:
        if len(gold) != len(predicted):
            raise ValueError(f"{len(gold)} gold labels and {len(predicted)} predictions cannot be paired")
        place = {label: at for at, label in enumerate(labels)}
        if len(place) != len(labels):
            raise ValueError("a class is named twice")
        unknown = next((label for label in gold if label not in place), None)
        if unknown is not None:
            raise ValueError(f"gold label {unknown!r} is not one of the classes")
        self.labels = tuple(labels)
        k = len(place)
        self.gold = np.array([place[one] for one in gold], dtype=np.int64)
        """Place of each gold label, (n,)."""
        self.predicted = np.array(
            [k if other is None else place.get(other, k) for other in predicted], dtype=np.int64
        )
        """Place of each predicted label, k for none, (n,)."""
        self._used, self._cell = np.unique(self.gold * (k + 1) + self.predicted, return_inverse=True)

    def __len__(self) -> int:
        return len(self._cell)

    def counts(self, weights: npt.NDArray[np.float32] | Floats | None = None) -> Floats:
        """The matrix, (k, k + 1): rows gold, columns predicted, the last for no label.

        Args:
            weights: of the samples, (n,), or (b, n) for b matrices, (b, k, k + 1), such as a resample's; None: 1 each.
        """
        k = len(self.labels)
        if weights is None:
            weights = np.ones(len(self), dtype=np.float32)
        hot = np.zeros((len(self), len(self._used)), dtype=weights.dtype)
        hot[np.arange(len(self)), self._cell] = 1
        found = np.zeros((*weights.shape[:-1], k * (k + 1)))
        found[..., self._used] = weights @ hot
        return found.reshape(*weights.shape[:-1], k, k + 1)
