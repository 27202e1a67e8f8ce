"""Empirical distribution: puts quantities of any scale on one from 0 to 1."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def empirical_cdf(values: ArrayLike) -> NDArray[np.float64]:
    """How large each value is among all: P(v <= v_i).

    Ties share the upper rank, so that a constant becomes all ones and drops out of a product.

    Args:
        values: (n,) real numbers, infinities included.

    Returns:
        (n,) in 1/n to 1.

    Raises:
        ValueError: a value is NaN.

    >>> empirical_cdf([5.0, 2.0, 2.0, 9.0])
    array([0.75, 0.5 , 0.5 , 1.  ])
    """
    ranks = upper_ranks(values)
    return ranks / max(1, len(ranks))


def upper_ranks(values: ArrayLike) -> NDArray[np.int64]:
    """How many values are no larger than each, itself included.

    Args:
        values: (n,) real numbers, infinities included.

    Returns:
        (n,) in 1 to n.

    Raises:
        ValueError: a value is NaN.

    >>> upper_ranks([5.0, 2.0, 2.0, 9.0])
    array([3, 2, 2, 4])
    """
    array = np.asarray(values)
    if np.isnan(array).any():
        raise ValueError(f"value {int(np.isnan(array).argmax())} is NaN, which has no rank")
    _, rank, counts = np.unique(array, return_inverse=True, return_counts=True)
    return np.cumsum(counts)[rank]
