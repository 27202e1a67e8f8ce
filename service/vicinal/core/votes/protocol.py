"""What every vote model offers, and the words they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.uncertainty import Uncertainty

Vectors = NDArray[np.float32]


class Weighting(StrEnum):
    """How much a labelled neighbour's vote counts.

    SIMILARITY: as much as it is similar, never below a millionth.
    UNIFORM: each the same.
    """

    SIMILARITY = "similarity"
    UNIFORM = "uniform"


class VoteModel(StrEnum):
    """What turns labels into shares.

    DIRECT: the nearest labelled items vote.
    DIFFUSED: each label's vote spreads over the pool's neighbour graph.
    BLENDED: diffused votes, blended with a linear head.
    """

    DIRECT = "direct"
    DIFFUSED = "diffused"
    BLENDED = "blended"


@dataclass(frozen=True)
class Vote:
    """One labelled item's part in a prediction.

    Attributes:
        position: of the labelled item in the pool.
        label: what it votes for.
        similarity: to the vector asked about, in the pool's metric.
        weight: its part of all votes, 0 to 1.
    """

    position: int
    label: str
    similarity: float
    weight: float


class Votes(Protocol):
    """Learns from labels without training: each is an instant, exactly reversible append.

    The state depends on the pool and on the labels that stand, never on how they came about.
    Positions are row numbers of the pool. How a model is told of a pool that grew, by its vectors or also by
    its graph, is its own: each has a `grow`.
    """

    def append(self, position: int, label: str) -> None:
        """Lets an item vote.

        Raises:
            ValueError: the item votes already, or is not in the pool.
        """
        ...

    def remove(self, position: int) -> None:
        """Takes an item's vote back, as if it had never been.

        Raises:
            ValueError: the item has no vote.
        """
        ...

    def relabel(self, position: int, label: str) -> None:
        """Changes what an item votes for.

        Raises:
            ValueError: the item has no vote.
        """
        ...

    @property
    def labelled(self) -> Mapping[int, str]:
        """Labels that stand, by position."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order."""
        ...

    def shares(self, positions: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Shares of the classes for items of the pool.

        Args:
            positions: (n,) which items; all when None.

        Returns:
            (n, C) in 0 to 1, columns in the order of `classes`, rows sum to 1; C = 0 without labels.
        """
        ...

    def uncertainty(self, measure: Uncertainty) -> NDArray[np.float64]:
        """Uncertainty of every item of the pool, as `core.uncertainty` has it of the shares.

        Returns:
            (N,) larger is less sure; all zeros with fewer than two classes.
        """
        ...

    def predict(self, vectors: Vectors) -> NDArray[np.float64]:
        """Shares of the classes for prepared vectors from anywhere.

        Args:
            vectors: (n, d).

        Returns:
            (n, C), as `shares`.
        """
        ...

    def voters(self, vector: Vectors) -> list[Vote]:
        """The labelled items that vote on a prepared (d,) vector.

        Returns:
            Heaviest first, weights sum to 1; empty without labels.
        """
        ...
