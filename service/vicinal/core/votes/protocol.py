"""What every vote model offers, and the words they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.confidence import Confidence, PoolAssessment
from vicinal.core.uncertainty import Uncertainty


class Weighting(StrEnum):
    """How much a labelled neighbour's vote counts.

    SIMILARITY: as much as it is similar, never below a millionth.
    UNIFORM: each the same.
    """

    SIMILARITY = "similarity"
    UNIFORM = "uniform"


class VoteModel(StrEnum):
    """What turns labels into probabilities.

    DIRECT: the nearest labelled items vote.
    DIFFUSED: each label's vote spreads over the pool's neighbour graph.
    BLENDED: diffused votes, blended with a linear head.
    """

    DIRECT = "direct"
    DIFFUSED = "diffused"
    BLENDED = "blended"


@dataclass(frozen=True, eq=False)
class Example:
    """A labelled vector that is not in the pool.

    Attributes:
        key: tells it from all other examples; of equally near ones, the smaller key votes first.
        vector: (d,) prepared.
        label: what it votes for.
    """

    key: str
    vector: Vectors
    label: str


@dataclass(frozen=True)
class Vote:
    """One labelled item's or example's part in a prediction.

    Attributes:
        position: of the labelled item in the pool; None for an example.
        label: what it votes for.
        similarity: to the vector asked about, in the pool's metric.
        weight: its part of all votes, 0 to 1.
        example: key of the example; empty for an item.
    """

    position: int | None
    label: str
    similarity: float
    weight: float
    example: str = ""


class Votes(Protocol):
    """Learns from labels without training: each is an instant, exactly reversible append.

    Beside the pool's labelled items, examples vote: labelled vectors that are not in the pool, each under
    a key. The state depends on the pool, the labels and the examples that stand, never on how they came
    about.
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

    def append_examples(self, examples: Sequence[Example]) -> None:
        """Lets labelled vectors vote that are not in the pool.

        Raises:
            ValueError: a key votes already, or comes twice. Then none is added.
        """
        ...

    def remove_example(self, key: str) -> None:
        """Takes an example's vote back, as if it had never been.

        Raises:
            ValueError: there is none of that key.
        """
        ...

    @property
    def labelled(self) -> Mapping[int, str]:
        """Labels of items that stand, by position."""
        ...

    @property
    def examples(self) -> Mapping[str, str]:
        """Labels of examples, by key."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order."""
        ...

    def probabilities(self, positions: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Probabilities of the classes for items of the pool.

        Args:
            positions: (n,) which items; all when None.

        Returns:
            (n, C) in 0 to 1, columns in the order of `classes`, rows sum to 1; C = 0 without labels.
        """
        ...

    def uncertainty(self, measure: Uncertainty) -> NDArray[np.float64]:
        """Uncertainty of every item of the pool, as `core.uncertainty` has it of the probabilities.

        Returns:
            (N,) larger is less sure; all zeros with fewer than two classes.
        """
        ...

    def assess(self, measure: Uncertainty, confidence_filter: float = 0.0) -> PoolAssessment:
        """Uncertainty of every item of the pool, and which of them are known (`core.known`).

        Args:
            measure: of uncertainty.
            confidence_filter: of the likeliest class, from which an item may be known, to 1; 0 for none.

        Returns:
            None is known with fewer than two classes.
        """
        ...

    def confidence(self, position: int) -> Confidence:
        """What makes an item of the pool known, or not."""
        ...

    def predict(self, vectors: Vectors) -> NDArray[np.float64]:
        """Probabilities of the classes for prepared vectors from anywhere.

        Args:
            vectors: (n, d).

        Returns:
            (n, C), as `probabilities`.
        """
        ...

    def voters(self, vector: Vectors) -> list[Vote]:
        """The labelled items and examples that vote on a prepared (d,) vector.

        Returns:
            Heaviest first, weights sum to 1; empty without labels.
        """
        ...


def check_new_examples(examples: Sequence[Example], known: Mapping[str, str]) -> None:
    """Refuses examples whose keys are taken.

    Raises:
        ValueError: a key votes already, or comes twice.
    """
    seen = set(known)
    for example in examples:
        if example.key in seen:
            raise ValueError(f"example {example.key!r} votes already; remove it first")
        seen.add(example.key)
