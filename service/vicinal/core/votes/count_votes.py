"""How the votes of the nearest labelled items add up to probabilities of the classes.

Each item has few voters, so that few of the classes have a share. Where probabilities of a whole pool are kept, they
are those of each item's own classes alone, in the order of all classes ("compact").
"""

import numba
import numpy as np

from vicinal.core.arrays import Positions, Probabilities, Vectors
from vicinal.core.votes.nearest import FIRST_OUTSIDE, NOBODY

# A neighbour's vote never counts less, so that one at a right angle or beyond still says something.
LEAST_WEIGHT = 1e-6


@numba.njit(cache=True)
def count_votes(  # noqa: PLR0917 - compiled code takes plain arrays
    nearest: Vectors,
    voters: Positions,
    class_of: tuple[Positions, Positions],
    is_uniform: bool,
    rows: Positions,
    probabilities: Probabilities,
) -> None:
    """Adds up votes, nearest first: the order of additions, and with it the last bit, is that of the list.

    Args:
        nearest: (n, k) similarities of the voters.
        voters: (n, k) positions of items, or codes of examples; `NOBODY` where there are fewer.
        class_of: columns of the classes of items by position, and of examples.
        is_uniform: whether each vote counts the same.
        rows: which of the n.
        probabilities: (C, n) where the answer goes.
    """
    of_items, of_examples = class_of
    for row in rows:
        total = 0.0
        probabilities[:, row] = 0.0
        for place in range(voters.shape[1]):
            voter = voters[row, place]
            if voter == NOBODY:
                break
            weight = 1.0 if is_uniform else max(np.float64(nearest[row, place]), 0.0) + LEAST_WEIGHT
            inside = voter < FIRST_OUTSIDE
            column = of_items[voter] if inside else of_examples[voter - FIRST_OUTSIDE]
            probabilities[column, row] += weight
            total += weight
        for of_class in range(len(probabilities)):
            probabilities[of_class, row] /= total


@numba.njit(cache=True)
def count_votes_compact(  # noqa: PLR0917 - compiled code takes plain arrays
    nearest: Vectors,
    voters: Positions,
    class_of: tuple[Positions, Positions],
    is_uniform: bool,
    rows: Positions,
    probabilities: Probabilities,
) -> None:
    """As `count_votes`, but writes to (m, n) the probabilities of each row's own classes alone, to the same bits.

    Args:
        nearest: as in `count_votes`, likewise the others.
        voters: m is at least the number of different classes among a row's.
        class_of: as in `count_votes`.
        is_uniform: as in `count_votes`.
        rows: as in `count_votes`.
        probabilities: (m, n) where the answer goes: in the order of the columns of the row's classes, then zeros.
    """
    of_items, of_examples = class_of
    columns, weights = np.empty(voters.shape[1], np.int64), np.empty(voters.shape[1])
    for row in rows:
        total, count = 0.0, 0
        for place in range(voters.shape[1]):
            voter = voters[row, place]
            if voter == NOBODY:
                break
            weight = 1.0 if is_uniform else max(np.float64(nearest[row, place]), 0.0) + LEAST_WEIGHT
            inside = voter < FIRST_OUTSIDE
            column = of_items[voter] if inside else of_examples[voter - FIRST_OUTSIDE]
            at = 0
            while at < count and columns[at] < column:
                at += 1
            if at == count or columns[at] != column:
                for behind in range(count, at, -1):
                    columns[behind], weights[behind] = columns[behind - 1], weights[behind - 1]
                columns[at], weights[at] = column, 0.0
                count += 1
            weights[at] += weight
            total += weight
        probabilities[:, row] = 0.0
        for at in range(count):
            probabilities[at, row] = weights[at] / total


@numba.njit(cache=True)
def compact_classes(voted: Positions) -> Positions:
    """(n, k) rows of `count_votes_compact` that hold the classes of the voters.

    Args:
        voted: (n, k) columns of the classes that they vote for, `NOBODY` where there are fewer.
    """
    compact = np.full(voted.shape, NOBODY)
    columns = np.empty(voted.shape[1], np.int64)
    for row in range(len(voted)):
        count = 0
        for place in range(voted.shape[1]):
            column = voted[row, place]
            if column == NOBODY:
                break
            at = 0
            while at < count and columns[at] < column:
                at += 1
            if at == count or columns[at] != column:
                for behind in range(count, at, -1):
                    columns[behind] = columns[behind - 1]
                columns[at] = column
                count += 1
        for place in range(voted.shape[1]):
            if voted[row, place] == NOBODY:
                break
            at = 0
            while columns[at] != voted[row, place]:
                at += 1
            compact[row, place] = at
    return compact
