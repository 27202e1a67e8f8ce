"""Vote mass by class: a matrix while it fits, only what votes reach when there are too many classes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from vicinal.core.arrays import Mass, Positions, Probabilities
from vicinal.core.graph import MASS_UNIT, Spread
from vicinal.core.votes.base import Voter

Slots = NDArray[np.int32]
# (rows + 1,) the first entry of each row; of each entry its slot and its mass.
Entries = tuple[Positions, Slots, Mass]
WideEntries = tuple[Positions, Slots, NDArray[np.int64]]

# A matrix of more entries (256 MiB) is not made: 256 classes in a pool of more than 262,000 items, say.
DENSE_ENTRIES = 1 << 26
# Nor one of more classes: each item is reached by votes of few of them, so that a matrix is mostly zeros.
FEW_CLASSES = 256
# Votes are added to the entries one after the other until they bring so many times fewer of their own.
_FEW_TIMES = 4
# A vote brings an item one unit at most: int32 holds one more while there is no more than this.
_MOST_IN_INT32 = np.iinfo(np.int32).max - MASS_UNIT


class SparseMass:
    """Sums of spreads in whole units, by item and by the slot of a class; entries without mass are not kept.

    Args:
        rows: items of the pool.
        votes: to begin with: slot, spread, and 1 or -1, what it counts.

    Attributes:
        entries: what there is. Within a row, slots ascend.
    """

    def __init__(self, rows: int, votes: Sequence[tuple[int, Spread, int]]) -> None:
        self._rows = rows
        self.entries: WideEntries = _summed(rows, votes)

    def __len__(self) -> int:
        return len(self.entries[1])

    def change(self, votes: Sequence[tuple[int, Spread, int]]) -> None:
        """Takes votes in and out; the rest is copied as it is."""
        self.entries = _merged(*self.entries, *_summed(self._rows, votes))

    def at(self, slots: Positions, positions: Positions) -> Positions:
        """(C, n) mass of items, for the classes in these slots."""
        found = np.zeros((len(slots), len(positions)), dtype=np.int64)
        _fill(*self.entries, positions, _columns(slots), found)
        return found

    def mean_probabilities(
        self, slots: Positions, positions: Positions, weights: Probabilities
    ) -> Probabilities:
        """(n, C) weighted means of the probabilities of (n, k) items; without mass, all classes are equal.

        Args:
            slots: (C,) of the classes, all that have mass.
            positions: (n, k).
            weights: (n, k).
        """
        probabilities = np.zeros((len(positions), len(slots)))
        _add_probabilities(*self.entries, positions, weights, _columns(slots), probabilities)
        return probabilities


def _columns(slots: Positions) -> Positions:
    """The place in `slots` of each slot."""
    columns = np.zeros(int(slots.max(initial=-1)) + 1, dtype=np.int64)
    columns[slots] = np.arange(len(slots))
    return columns


def _summed(rows: int, votes: Iterable[tuple[int, Spread, int]]) -> WideEntries:
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
        for entry in range(first[positions[place]], first[positions[place] + 1]):
            found[columns[slots[entry]], place] = mass[entry]


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
            entries = range(first[position], first[position + 1])
            total = 0
            for entry in entries:
                total += mass[entry]
            if total == 0:
                even += weight / probabilities.shape[1]
            for entry in entries:
                probabilities[row, columns[slots[entry]]] += weight * (mass[entry] / total)
        if even > 0.0:
            for of_class in range(probabilities.shape[1]):
                probabilities[row, of_class] += even


@dataclass(frozen=True)
class MassByClass:
    """What a pass over the whole pool reads.

    Attributes:
        dense: (slots, N) mass, or (0, 0) where it is in `entries`.
        entries: (N + 1,) int64 first entry of each row, and of each entry its int32 slot and its mass.
        slots: (C,) the slots that are classes, in their order.
        total: (N,) mass of all classes.

    Mass is int32, or int64 throughout where int32 cannot hold it.
    """

    dense: Mass
    entries: Entries
    slots: Positions
    total: Mass


class VoteMass:
    """Sums of the spreads of votes, in whole units: a sum does not depend on the order of votes.

    Args:
        rows: items of the pool.
        dense_entries: the largest matrix that is made.
    """

    def __init__(self, rows: int, dense_entries: int = DENSE_ENTRIES) -> None:
        self._rows = rows
        self._dense_entries = dense_entries
        self._votes: dict[Voter, tuple[int, Spread]] = {}
        # What items' votes bring themselves: asked for of all of them after each label.
        self._own: dict[Voter, int] = {}
        # By slot, (slots, N): a vote touches a run of one row.
        self._dense: Mass | None = np.zeros((0, rows), dtype=np.int32)
        self._sparse: SparseMass | None = None
        # Votes that came and went since, with their signs.
        self._waiting: list[tuple[int, Spread, int]] = []
        self.total: Mass = np.zeros(rows, dtype=np.int32)

    def __len__(self) -> int:
        return self._rows

    @property
    def spreads(self) -> dict[Voter, Spread]:
        """The votes' spreads by voter: items in the order of positions, then examples by key."""
        return {voter: self._votes[voter][1] for voter in sorted(self._votes, key=voter_sort_key)}

    def spread(self, voter: Voter) -> Spread:
        """Where a vote went that was taken in."""
        return self._votes[voter][1]

    def add(self, voter: Voter, slot: int, spread: Spread) -> None:
        """Takes a vote in, for the class in that slot."""
        self._votes[voter] = slot, spread
        if not isinstance(voter, str):
            self._own[voter] = find_mass(spread, voter)
        self._make_room(slot)
        self._sum(slot, spread, 1)

    def remove(self, voter: Voter) -> None:
        """Takes a vote out."""
        slot, spread = self._votes.pop(voter)
        self._own.pop(voter, None)
        self._sum(slot, spread, -1)

    def at(self, slots: Positions, positions: Positions) -> Positions:
        """(C, n) int64 mass of items of the pool, for the classes in these slots."""
        if self._dense is not None:
            return self._dense[np.ix_(slots, positions)].astype(np.int64)
        return self._sparse_mass().at(slots, positions)

    def mean_probabilities(
        self, slots: Positions, positions: Positions, weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """As `SparseMass.mean_probabilities`: reads only what votes reached, not each class for each item."""
        return self._sparse_mass().mean_probabilities(slots, positions, weights)

    def own(self, positions: Positions) -> Positions:
        """(n,) mass that labelled items have given themselves."""
        return np.array([self._own[position] for position in positions.tolist()], dtype=np.int64)

    def by_class(self, slots: Positions) -> MassByClass:
        """The mass of the whole pool, for the classes in these slots."""
        if self._dense is not None:
            no_entries = np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, self.total.dtype)
            return MassByClass(self._dense, no_entries, slots, self.total)
        first, entry_slots, wide = self._sparse_mass().entries
        mass: Mass = wide if self.total.dtype == np.int64 else wide.astype(np.int32)
        return MassByClass(
            np.zeros((0, 0), dtype=self.total.dtype), (first, entry_slots, mass), slots, self.total
        )

    def _make_room(self, slot: int) -> None:
        if self._dense is None or slot < len(self._dense):
            return
        if slot >= FEW_CLASSES or (slot + 1) * self._rows > self._dense_entries:
            self._dense = None
            return
        # Twice as many, so that classes that come one by one do not copy the matrix each time.
        most = min(FEW_CLASSES, self._dense_entries // max(1, self._rows))
        slots = max(slot + 1, min(2 * len(self._dense), most))
        grown = np.zeros((slots, self._rows), dtype=self._dense.dtype)
        grown[: len(self._dense)] = self._dense
        self._dense = grown

    def _sum(self, slot: int, spread: Spread, sign: int) -> None:
        if self._sparse is not None:
            self._waiting.append((slot, spread, sign))
        if sign > 0 and self.total.dtype == np.int32:
            self._widen_if_needed(spread)
        self.total[spread.positions] += sign * spread.mass
        if self._dense is not None:
            self._dense[slot, spread.positions] += sign * spread.mass

    def _widen_if_needed(self, spread: Spread) -> None:
        # Items have one label each, but any number of examples can be near the same few items.
        if self.total[spread.positions].max(initial=0) > _MOST_IN_INT32:
            self.total = self.total.astype(np.int64)
            self._dense = None if self._dense is None else self._dense.astype(np.int64)

    def _sparse_mass(self) -> SparseMass:
        brought = sum(len(spread.positions) for _, spread, _ in self._waiting)
        if self._sparse is None or brought * _FEW_TIMES > len(self._sparse):
            everything = [(slot, spread, 1) for slot, spread in self._votes.values()]
            self._sparse = SparseMass(self._rows, everything)
        elif self._waiting:
            self._sparse.change(self._waiting)
        self._waiting = []
        return self._sparse


def find_mass(spread: Spread, position: int) -> int:
    """The mass that a spread brings to an item."""
    place = int(np.searchsorted(spread.positions, position))
    found = place < len(spread.positions) and spread.positions[place] == position
    return int(spread.mass[place]) if found else 0


def find_masses(spread: Spread, positions: Positions) -> Positions:
    """(n,) the mass that a spread brings to each of some items."""
    places = np.searchsorted(spread.positions, positions)
    places[places == len(spread.positions)] = 0
    if not len(spread.positions):
        return np.zeros(len(positions), dtype=np.int64)
    return np.where(spread.positions[places] == positions, spread.mass[places], 0)


def voter_sort_key(voter: Voter) -> tuple[bool, int, str]:
    """What voters are sorted by: items by position, then examples by key."""
    return (True, 0, voter) if isinstance(voter, str) else (False, voter, "")
