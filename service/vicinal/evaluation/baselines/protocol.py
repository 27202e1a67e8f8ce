"""What a method of choosing what to label offers, so that a simulation can run it next to ours."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors


class Baseline(Protocol):
    """Chooses rows of one pool. What it picks depends on pool, seed, labels and probabilities alone."""

    def pick(self, labelled: Mapping[int, str], size: int) -> list[int]:
        """The rows to label next.

        Args:
            labelled: class by row, of all rows that are labelled.
            size: how many rows are wanted, at least 1.

        Returns:
            Rows of the pool, best first, each once and none labelled; fewer than `size` if fewer are left.
        """
        ...


class Classifier(Protocol):
    """Predicts classes. A baseline that does so is judged by its own predictions."""

    def predict(self, labelled: Mapping[int, str], vectors: Vectors) -> list[str]:
        """The class of each vector.

        Args:
            labelled: class by row, at least one.
            vectors: (n, d) prepared.

        Returns:
            n classes.

        Raises:
            ValueError: nothing is labelled.
        """
        ...


# Makes a baseline of (N, d) prepared unit rows and a seed. The function that it is given besides answers with
# the present (N, C) class probabilities of the pool's rows; it is not called while nothing is labelled.
BaselineMaker = Callable[[Vectors, int, Callable[[], NDArray[np.float64]]], Baseline]
