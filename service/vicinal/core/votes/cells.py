"""Vote mass where classes are many: of each item, only the classes that votes have brought to it."""

from collections.abc import Iterable, Sequence

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from vicinal.core.arrays import Positions, Probabilities
from vicinal.core.graph import Spread

Slots = NDArray[np.int32]
Mass = NDArray[np.int32] | NDArray[np.int64]
# (rows + 1,) the first cell of each row; of each cell its slot and its mass.
Cells = tuple[Positions, Slots, Mass]
WideCells = tuple[Positions, Slots, NDArray[np.int64]]


class MassCells:
    """Sums of spreads in whole units, by item and by the slot of a class; cells without mass are not kept.

    Args:
        rows: items of the pool.
        votes: to begin with: slot, spread, and 1 or -1, what it counts.

    Attributes:
        cells: what there is. Within a row, slots ascend.
    """

    def __init__(self, rows: int, votes: Sequence[tuple[int, Spread, int]]) -> None:
        self._rows = rows
        self.cells: WideCells = _summed(rows, votes)

    def __len__(self) -> int:
        return len(self.cells[1])

    def change(self, votes: Sequence[tuple[int, Spread, int]]) -> None:
        """Takes votes in and out; the rest is copied as it is."""
        self.cells = _merged(*self.cells, *_summed(self._rows, votes))

    def at(self, slots: Positions, positions: Positions) -> Positions:
        """(C, n) mass of items, for the classes in these slots."""
        found = np.zeros((len(slots), len(positions)), dtype=np.int64)
        _fill(*self.cells, positions, _columns(slots), found)
        return found

    def mean_probabilities(
        self, slots: Positions, positions: Positions, weights: Probabilities
    ) -> Probabilities:
        """(n, C) weighted means of the probabilities of (n, k) items; an item without mass has equal probabilities.

        Args:
            slots: (C,) of the classes, all that have mass.
            positions: (n, k).
            weights: (n, k).
        """
        probabilities = np.zeros((len(positions), len(slots)))
        _add_probabilities(*self.cells, positions, weights, _columns(slots), probabilities)
        return probabilities


def _columns(slots: Positions) -> Positions:
    """The place in `slots` of each slot."""
    columns = np.zeros(int(slots.max(initial=-1)) + 1, dtype=np.int64)
    columns[slots] = np.arange(len(slots))
    return columns


def _summed(rows: int, votes: Iterable[tuple[int, Spread, int]]) -> WideCells:
    votes = list(votes)
    none = np.zeros(0, dtype=np.int64)
    at = np.concatenate([none, *(spread.positions for _, spread, _ in votes)])
    of_votes = np.array([slot for slot, _, _ in votes], dtype=np.int64)
    slots = np.repeat(of_votes, [len(spread.positions) for _, spread, _ in votes])
    mass = np.concatenate([none, *(sign * spread.mass for _, spread, sign in votes)])
    summed = csr_array(coo_array((mass, (at, slots)), shape=(rows, int(slots.max(initial=0)) + 1)))
    summed.sum_duplicates()
    return summed.indptr.astype(np.int64), summed.indices.astype(np.int32), summed.data


@numba.njit(cache=True, nogil=True)
def _merged(  # noqa: PLR0917 - compiled code takes plain arrays
    first: Positions,
    slots: Slots,
    mass: NDArray[np.int64],
    first_change: Positions,
    changed_slots: Slots,
    change: NDArray[np.int64],
) -> tuple[Positions, Slots, NDArray[np.int64]]:
    """The sum of both; what lies between two rows that change goes over in one piece."""
    rows = len(first) - 1
    most = len(slots) + len(changed_slots)
    merged_first, merged_slots = np.zeros(rows + 1, np.int64), np.empty(most, np.int32)
    merged_mass = np.empty(most, np.int64)
    count, row = 0, 0
    while row < rows:
        begin = row
        while row < rows and first_change[row] == first_change[row + 1]:
            row += 1
        length = first[row] - first[begin]
        merged_slots[count : count + length] = slots[first[begin] : first[row]]
        merged_mass[count : count + length] = mass[first[begin] : first[row]]
        for same in range(begin, row):
            merged_first[same + 1] = count + first[same + 1] - first[begin]
        count += length
        if row == rows:
            break
        old, new = first[row], first_change[row]
        while old < first[row + 1] or new < first_change[row + 1]:
            is_old = old < first[row + 1]
            is_new = new < first_change[row + 1]
            if is_old and is_new:
                is_old = slots[old] <= changed_slots[new]
                is_new = changed_slots[new] <= slots[old]
            slot = slots[old] if is_old else changed_slots[new]
            amount = (mass[old] if is_old else 0) + (change[new] if is_new else 0)
            old, new = old + is_old, new + is_new
            if amount != 0:
                merged_slots[count], merged_mass[count] = slot, amount
                count += 1
        row += 1
        merged_first[row] = count
    return merged_first, merged_slots[:count], merged_mass[:count]


@numba.njit(cache=True, nogil=True)
def _fill(  # noqa: PLR0917 - compiled code takes plain arrays
    first: Positions,
    slots: Slots,
    mass: NDArray[np.int64],
    positions: Positions,
    columns: Positions,
    found: Positions,
) -> None:
    for place in range(len(positions)):
        for cell in range(first[positions[place]], first[positions[place] + 1]):
            found[columns[slots[cell]], place] = mass[cell]


@numba.njit(cache=True, nogil=True)
def _add_probabilities(  # noqa: PLR0917 - compiled code takes plain arrays
    first: Positions,
    slots: Slots,
    mass: NDArray[np.int64],
    positions: Positions,
    weights: Probabilities,
    columns: Positions,
    probabilities: Probabilities,
) -> None:
    for row in range(len(positions)):
        even = 0.0
        for place in range(positions.shape[1]):
            position, weight = positions[row, place], weights[row, place]
            cells = range(first[position], first[position + 1])
            total = 0
            for cell in cells:
                total += mass[cell]
            if total == 0:
                even += weight / probabilities.shape[1]
            for cell in cells:
                probabilities[row, columns[slots[cell]]] += weight * (mass[cell] / total)
        if even > 0.0:
            for of_class in range(probabilities.shape[1]):
                probabilities[row, of_class] += even
