"""Vectors under keys, in one block of memory."""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput

Keys = NDArray[np.int64]


class KeyedVectors:
    """Vectors that come and go under non-negative keys, in no order.

    Args:
        dimension: of the vectors.
    """

    def __init__(self, dimension: int) -> None:
        self._rows: dict[int, int] = {}
        self._keys: Keys = np.empty(0, dtype=np.int64)
        self._vectors: Vectors = np.empty((0, dimension), dtype=np.float32)

    def __len__(self) -> int:
        """Number of vectors held."""
        return len(self._rows)

    @property
    def keys(self) -> Keys:
        """(n,) the key of each row of `vectors`."""
        return self._keys[: len(self)]

    @property
    def vectors(self) -> Vectors:
        """(n, dimension) float32; a view that the next change may alter."""
        return self._vectors[: len(self)]

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Adds prepared vectors under new, non-negative keys.

        Raises:
            InvalidInput: a key is there already, twice, or negative; shapes do not match. Nothing is added.
        """
        if keys.shape != (len(vectors),):
            raise InvalidInput.at(
                "keys", f"have shape {keys.shape} for {len(vectors)} vectors; give one each"
            )
        self.check_dimension(vectors, "vectors")
        new = _once_each(keys)
        for row, key in enumerate(new):
            if key < 0 or key in self._rows:
                fault = "is negative" if key < 0 else "is there already; remove it first"
                raise InvalidInput.at(f"keys[{row}]", f"{key} {fault}")
        start, end = len(self), len(self) + len(new)
        self._make_room(end)
        self._keys[start:end] = keys
        self._vectors[start:end] = vectors
        self._rows.update(zip(new, range(start, end), strict=True))

    def remove(self, keys: Keys) -> None:
        """Takes vectors out.

        Raises:
            InvalidInput: a key is not there, or comes twice. Nothing is removed.
        """
        gone = _once_each(keys)
        for row, key in enumerate(gone):
            if key not in self._rows:
                raise InvalidInput.at(f"keys[{row}]", f"{key} is not there")
        for key in gone:
            self._remove_one(key)

    def check_dimension(self, vectors: Vectors, field: str) -> None:
        """Vectors are (any number, dimension).

        Raises:
            InvalidInput: at `field`, they are not.
        """
        dimension = self._vectors.shape[1]
        if vectors.ndim != 2 or vectors.shape[1] != dimension:
            raise InvalidInput.at(field, f"have shape {vectors.shape}; give an (n, {dimension}) array")

    def _remove_one(self, key: int) -> None:
        row, last = self._rows.pop(key), len(self._rows)
        if row != last:
            # The last row moves into the gap.
            self._keys[row] = self._keys[last]
            self._vectors[row] = self._vectors[last]
            self._rows[int(self._keys[row])] = row

    def _make_room(self, total: int) -> None:
        if total > len(self._keys):
            grown, dimension = max(total, 2 * len(self._keys)), self._vectors.shape[1]
            keys, vectors = self.keys, self.vectors
            self._keys = np.empty(grown, dtype=np.int64)
            self._vectors = np.empty((grown, dimension), dtype=np.float32)
            self._keys[: len(keys)] = keys
            self._vectors[: len(keys)] = vectors


def _once_each(keys: Keys) -> list[int]:
    listed: list[int] = keys.tolist()
    seen: set[int] = set()
    for row, key in enumerate(listed):
        if key in seen:
            raise InvalidInput.at(f"keys[{row}]", f"{key} comes twice")
        seen.add(key)
    return listed
