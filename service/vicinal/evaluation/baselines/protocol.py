"""What every baseline offers."""

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vicinal.core.ports import Vectors

PoolShares = Callable[[], NDArray[np.float64]]


class Baseline(Protocol):
    """Chooses what to label next in one pool."""

    def pick(self, labelled: Mapping[int, str], size: int) -> list[int]:
        """The next rows of the pool to label.

        Args:
            labelled: labels so far, by row.
            size: how many rows at most.

        Returns:
            Rows, best first, none of them labelled; fewer than `size` where there are no more.
        """
        ...


@runtime_checkable
class Classifier(Protocol):
    """A baseline that classifies by itself, instead of by the session's votes."""

    def predict(self, labelled: Mapping[int, str], vectors: Vectors) -> list[str]:
        """The class of each of (n, d) prepared vectors, given at least one label."""
        ...


class BaselineMaker(Protocol):
    """Makes a baseline for one pool."""

    def __call__(self, vectors: Vectors, seed: int, shares: PoolShares | None) -> Baseline:
        """Makes it.

        Args:
            vectors: (N, d) float32 prepared unit rows.
            seed: of all that is random.
            shares: gives the present (N, C) shares of the classes for the pool's rows; None where there
                are none to be had.
        """
        ...
