"""The confusion matrix: gold labels by predicted ones, with a place for answers that name none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Cells:
    """The cell of the confusion matrix that each of n samples falls in, from which matrices under any weights are made.

    Args:
        gold: place of each gold label among the classes, (n,).
        predicted: the same of the predicted label, `classes` for none, (n,).
        classes: k, how many there are.
    """

    def __init__(self, gold: Integers, predicted: Integers, classes: int) -> None:
        self.gold, self.predicted, self.classes = gold, predicted, classes
        self._cell = gold * (classes + 1) + predicted

    @classmethod
    def of_labels(cls, gold: Sequence[str], predicted: Sequence[str | None], labels: Sequence[str]) -> Cells:
        """From the labels themselves.

        Args:
            gold: (n,), each of `labels`.
            predicted: (n,). None and any that is not of `labels` count in the last column, so that no answer vanishes.
            labels: the classes, in the order of rows and columns.

        Raises:
            ValueError: the sequences are not of one length, a gold label is not of `labels`, or a class is named twice.

        >>> Cells.of_labels(["sad", "sad", "glad"], ["sad", None, "sad"], ["sad", "glad"]).counts().tolist()
        [[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
        """
        if len(gold) != len(predicted):
            raise ValueError(f"{len(gold)} gold labels and {len(predicted)} predictions cannot be paired")
        place: dict[str | None, int] = {label: at for at, label in enumerate(labels)}
        if len(place) != len(labels):
            raise ValueError("a class is named twice")
        unknown = next((label for label in gold if label not in place), None)
        if unknown is not None:
            raise ValueError(f"gold label {unknown!r} is not one of the classes")
        return cls(
            np.array([place[label] for label in gold], dtype=np.int64),
            np.array([place.get(label, len(place)) for label in predicted], dtype=np.int64),
            len(place),
        )

    def __len__(self) -> int:
        return len(self._cell)

    def counts(self, weights: npt.NDArray[np.float32] | Floats | None = None) -> Floats:
        """The matrix, (k, k + 1): rows gold, columns predicted, the last for no label.

        Args:
            weights: of the samples, (n,), or (b, n) for b matrices, (b, k, k + 1), such as a resample's; None: 1 each.
        """
        k = self.classes
        if weights is None:
            return np.bincount(self._cell, minlength=k * (k + 1)).reshape(k, k + 1).astype(np.float64)
        used, place = np.unique(self._cell, return_inverse=True)
        hot = np.zeros((len(self), len(used)), dtype=weights.dtype)
        hot[np.arange(len(self)), place] = 1
        found = np.zeros((*weights.shape[:-1], k * (k + 1)))
        found[..., used] = weights @ hot
        return found.reshape(*weights.shape[:-1], k, k + 1)
