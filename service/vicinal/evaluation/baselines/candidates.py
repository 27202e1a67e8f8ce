"""The rows that may be picked, and the best of them."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

_STREAM = 0xBA5E


def unlabelled(count: int, labelled: Collection[int]) -> NDArray[np.bool_]:
    """(count,) True for each row that is not labelled."""
    is_open = np.ones(count, dtype=bool)
    is_open[list(labelled)] = False
    return is_open


def random_order(count: int, seed: int) -> NDArray[np.int64]:
    """(count,) each row's place in an order by chance: what breaks ties and fills up, the same for a seed."""
    # A stream of its own: whoever shuffled the pool by the same seed would have it unshuffled here.
    return np.random.default_rng((seed, _STREAM)).permutation(count)


def best(
    scores: NDArray[np.floating], is_open: NDArray[np.bool_], size: int, order: NDArray[np.int64]
) -> list[int]:
    """The open rows of the largest scores, largest first.

    Args:
        scores: (N,).
        is_open: (N,) rows that may be picked.
        size: how many at most.
        order: (N,) of equal scores, the row with the smaller place comes first.

    >>> best(np.array([1.0, 3.0, 3.0, 9.0]), np.array([True, True, True, False]), 2, np.array([0, 2, 1, 3]))
    [2, 1]
    """
    rows = np.flatnonzero(is_open)
    if len(rows) == 0:
        return []
    ranked = np.lexsort((order[rows], -scores[rows]))
    return [int(row) for row in rows[ranked[:size]]]
