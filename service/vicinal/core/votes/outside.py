"""Vectors that are not in the pool, and the pool items they are nearest to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Vectors
from vicinal.core.graph import TEMPERATURE
from vicinal.core.search import best_first, nearest_among
from vicinal.core.similarity import Metric
from vicinal.core.votes.protocol import Example

# Pool items that an outside vector takes its probabilities from, and that an example's vote begins at.
OUTSIDE_NEIGHBOURS = 10
# Rows of the pool that examples are compared with at a time.
_BLOCK_ROWS = 1 << 16


@dataclass(frozen=True)
class Near:
    """The pool items nearest to a vector.

    Attributes:
        positions: (k,) nearest first; of equals, the smaller position.
        similarities: (k,) float32, exact.
    """

    positions: Positions
    similarities: Vectors

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """(k,) exp(similarity / TEMPERATURE), scaled to sum to 1."""
        return kernel_weights(self.similarities)


class OutsideVectors:
    """Keeps the nearest pool items of vectors by key, as the pool grows.

    Similarities are exact (`similarity_to`): what is kept depends on the vectors and the pool alone, bit by
    bit, not on when either came.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._vectors: dict[str, Vectors] = {}
        self._near: dict[str, Near] = {}

    @property
    def vectors(self) -> Mapping[str, Vectors]:
        """Prepared (d,) vectors by key."""
        return self._vectors

    def near(self, key: str) -> Near:
        """The pool items that a vector is nearest to, OUTSIDE_NEIGHBOURS at most."""
        return self._near[key]

    def grow(self, pool: Vectors) -> None:
        """Takes the pool with new rows at its end; rows seen before are unchanged."""
        first, self._pool = len(self._pool), pool
        self._search(list(self._vectors), first)

    def add(self, examples: Sequence[Example]) -> None:
        """Takes vectors in under new keys."""
        keys = [example.key for example in examples]
        self._vectors.update((example.key, example.vector) for example in examples)
        nothing = Near(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        self._near.update(dict.fromkeys(keys, nothing))
        self._search(keys, 0)

    def remove(self, key: str) -> None:
        """Takes a vector out."""
        del self._vectors[key], self._near[key]

    def _search(self, keys: Sequence[str], first: int) -> None:
        """Compares vectors with the pool from row `first` on."""
        if not keys:
            return
        vectors = np.stack([self._vectors[key] for key in keys])
        for start in range(first, len(self._pool), _BLOCK_ROWS):
            block = self._pool[start : start + _BLOCK_ROWS]
            similarities, rows = nearest_among(vectors, block, OUTSIDE_NEIGHBOURS, self._metric)
            for key, of_key, positions in zip(keys, similarities, rows + start, strict=True):
                self._near[key] = _nearer(self._near[key], Near(positions, of_key))


def kernel_weights(similarities: Vectors) -> NDArray[np.float64]:
    """(..., k) weights that fall with similarity as the graph's affinities do, each row summing to 1."""
    if not similarities.shape[-1]:
        return np.zeros(similarities.shape)
    nearest = similarities.astype(np.float64)
    weights = np.exp((nearest - nearest.max(axis=-1, keepdims=True)) / TEMPERATURE)
    scaled: NDArray[np.float64] = weights / weights.sum(axis=-1, keepdims=True)
    return scaled


def _nearer(before: Near, after: Near) -> Near:
    """The nearest of both; positions of `after` are the larger."""
    positions = np.concatenate([before.positions, after.positions])
    similarities = np.concatenate([before.similarities, after.similarities])
    kept, columns = best_first(similarities[np.newaxis], OUTSIDE_NEIGHBOURS)
    return Near(positions[columns[0]], kept[0])
