"""A int8 quantised vectors of the pool's vectors: one byte for each of a few directions."""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.index.kernels import Rows, second_neighbours

_LARGEST = 127
# So large a part of the coordinates is within the scale; the rest is cut to it.
_WITHIN_SCALE = 0.999


def fitting_scale(sample: Vectors) -> NDArray[np.float32]:
    """(r,) what a step of one is worth along each direction, by (n, r) coordinates of a sample."""
    # One direction after the other: all at once would take copies of the sample.
    reach = np.array([np.quantile(np.abs(along), _WITHIN_SCALE) for along in sample.T], dtype=np.float32)
    scale: NDArray[np.float32] = np.maximum(reach / np.float32(_LARGEST), np.finfo(np.float32).tiny)
    return scale


class ScalarQuantiser:
    """Coordinates and offsets of a `Projection`, the former as whole numbers of steps, -127 to 127.

    A step is small beside what tells neighbours from others: one byte does for candidates.

    Args:
        rows: N.
        scale: (r,) what a step is worth.
    """

    def __init__(self, rows: int, scale: NDArray[np.float32]) -> None:
        self._scale = scale
        self._steps = np.zeros((rows, len(scale)), dtype=np.int8)
        self._offsets = np.zeros(rows, dtype=np.float32)

    def put(self, start: int, short: Vectors) -> None:
        """Takes (n, r + 1) coordinates and offsets for the rows from `start` on."""
        here = slice(start, start + len(short))
        steps = np.rint(short[:, :-1] / self._scale)
        self._steps[here] = np.clip(steps, -_LARGEST, _LARGEST, out=steps)
        self._offsets[here] = short[:, -1]

    def weighted(self, coordinates: Vectors) -> Vectors:
        """(n, r) coordinates in the form that `nearness` takes."""
        return coordinates * self._scale

    def nearness(self, weighted: Vectors, rows: Rows) -> NDArray[np.float32]:
        """(n, m) how near m rows seem to n queries."""
        near = weighted @ self._steps[rows].astype(np.float32).T
        near += self._offsets[rows]
        return near

    def second_neighbours(self, keys: Rows, rows: Rows, count: int) -> Rows:
        """See `kernels.second_neighbours`."""
        return second_neighbours(keys, rows, self._steps, self._scale**2, self._offsets, count)
