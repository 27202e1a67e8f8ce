"""How the votes of the nearest labelled items add up to shares of the classes."""

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.votes.nearest import FIRST_OUTSIDE, NOBODY
from vicinal.core.votes.protocol import Vectors

Positions = NDArray[np.int64]
Shares = NDArray[np.float64]

# A neighbour's vote never counts less, so that one at a right angle or beyond still says something.
LEAST_WEIGHT = 1e-6


@numba.njit(cache=True)
def tally(  # noqa: PLR0917 - compiled code takes plain arrays
    nearest: Vectors,
    voters: Positions,
    class_of: tuple[Positions, Positions],
    is_uniform: bool,
    rows: Positions,
    shares: Shares,
) -> None:
    """Adds up votes, nearest first: the order of additions, and with it the last bit, is that of the list.

    Args:
        nearest: (n, k) similarities of the voters.
        voters: (n, k) positions of items, or codes of examples; `NOBODY` where there are fewer.
        class_of: columns of the classes of items by position, and of examples.
        is_uniform: whether each vote counts the same.
        rows: which of the n.
        shares: (C, n) where the answer goes.
    """
    of_items, of_examples = class_of
    for row in rows:
        total = 0.0
        shares[:, row] = 0.0
        for place in range(voters.shape[1]):
            voter = voters[row, place]
            if voter == NOBODY:
                break
            weight = 1.0 if is_uniform else max(np.float64(nearest[row, place]), 0.0) + LEAST_WEIGHT
            inside = voter < FIRST_OUTSIDE
            column = of_items[voter] if inside else of_examples[voter - FIRST_OUTSIDE]
            shares[column, row] += weight
            total += weight
        for of_class in range(len(shares)):
            shares[of_class, row] /= total
