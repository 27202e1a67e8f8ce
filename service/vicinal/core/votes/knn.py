"""Nearest-neighbour votes: the nearest labelled items of each item, weighted by similarity."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Probabilities, Vectors
from vicinal.core.scoring.filters import LEAST_NEAR, Confidence, PoolAssessment, mark_confident_by_neighbours
from vicinal.core.scoring.uncertainty import Uncertainty, uncertainty
from vicinal.core.search import nearest_among
from vicinal.core.similarity import PoolSimilarity
from vicinal.core.votes.base import LabelledVector, Vote, check_new_examples
from vicinal.records.pool_options import Metric, Weighting

# Rows copied out of the pool at a time.
_BLOCK_ROWS = 4096
NO_VOTER = -1
# Codes of vectors from outside begin here: beyond all positions, so that of equals, the pool's come first.
FIRST_OUTSIDE = 1 << 40
# More vectors than this are not compared with the pool one by one.
_FEW = 8

# A neighbour's vote never counts less, so that one at a right angle or beyond still says something.
LEAST_WEIGHT = 1e-6


class NearestLabelled:
    """For each pool row the `count` labelled items most similar to it; of equals, the smaller position.

    Labelled vectors that are not in the pool are among them: the one in row r of `outside` under the code
    FIRST_OUTSIDE + r in place of a position.

    The lists depend on the pool and the labelled vectors alone, bit by bit, not on the order of calls.
    Appending costs one pass over the pool and work on the rows it enters. Removing searches again for the
    rows that lose a neighbour, about N * count / n of them among n labelled items.

    Attributes:
        similarities: (N, count) float32, nearest first, -inf where there are fewer.
        positions: (N, count) int64 of labelled items, `NO_VOTER` where there are fewer.
        labelled: (n,) int64 positions, ascending.
        outside: labelled (d,) vectors that are not in the pool.
    """

    def __init__(self, metric: Metric, count: int, near: PoolSimilarity | None = None) -> None:
        self._metric = metric
        self._near = near or PoolSimilarity(metric)
        self._count = count
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self.labelled: Positions = np.zeros(0, dtype=np.int64)
        self.outside: list[Vectors] = []
        self.similarities, self.positions = _empty_lists(0, count)

    def grow(self, pool: Vectors) -> Positions:
        """Takes the pool with new rows at its end; returns the new rows."""
        rows = np.arange(len(self.positions), len(pool))
        self._pool = pool
        self._near.grow(pool)
        similarities, positions = _empty_lists(len(rows), self._count)
        self.similarities = np.concatenate([self.similarities, similarities])
        self.positions = np.concatenate([self.positions, positions])
        self._fill(rows)
        return rows

    def extend(self, positions: Positions) -> None:
        """Adds many labelled items at once; all lists are made again."""
        self.labelled = np.union1d(self.labelled, positions)
        self._fill(np.arange(len(self.positions)))

    def append(self, position: int) -> Positions:
        """Adds a labelled item; returns the rows whose lists it entered."""
        self.labelled = np.insert(self.labelled, np.searchsorted(self.labelled, position), position)
        similarity = self._near.to(position)
        return _enter(self.similarities, self.positions, similarity, position)

    def remove(self, position: int) -> Positions:
        """Takes a labelled item out; returns the rows whose lists it left."""
        self.labelled = self.labelled[self.labelled != position]
        rows = np.flatnonzero((self.positions == position).any(axis=1))
        self._fill(rows)
        return rows

    def insert_outside_vectors(self, rows: Sequence[int], vectors: Sequence[Vectors]) -> None:
        """Inserts vectors at these ascending rows of `outside`; they enter no list yet."""
        others = np.setdiff1d(np.arange(len(self.outside) + len(rows)), rows)
        outside = self.positions >= FIRST_OUTSIDE
        self.positions[outside] = FIRST_OUTSIDE + others[self.positions[outside] - FIRST_OUTSIDE]
        for row, vector in zip(rows, vectors, strict=True):
            self.outside.insert(row, vector)

    def add_outside_to_lists(self, rows: Sequence[int]) -> Positions:
        """Adds the inserted vectors to the lists; returns the rows whose lists changed."""
        if len(rows) > _FEW:
            everywhere = np.arange(len(self.positions))
            self._fill(everywhere)
            return everywhere
        entered = [
            _enter(
                self.similarities,
                self.positions,
                self._near.to_vector(self.outside[row]),
                FIRST_OUTSIDE + row,
            )
            for row in rows
        ]
        return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *entered]))

    def remove_outside_vector(self, row: int) -> Positions:
        """Removes a vector from `outside`; returns the rows whose lists contained it."""
        code = FIRST_OUTSIDE + row
        rows = np.flatnonzero((self.positions == code).any(axis=1))
        del self.outside[row]
        self.positions[self.positions > code] -= 1
        self._fill(rows)
        return rows

    def voters(self) -> tuple[Vectors, Positions]:
        """All labelled vectors, and their positions or codes, ascending."""
        codes = np.concatenate([self.labelled, FIRST_OUTSIDE + np.arange(len(self.outside))])
        inside = self._pool[self.labelled]
        if not self.outside:
            return inside, codes
        outside = np.stack(self.outside)
        return np.concatenate([inside, outside]) if len(inside) else outside, codes

    def _fill(self, rows: Positions) -> None:
        """Makes the lists of these rows again."""
        others, codes = self.voters()
        self.similarities[rows], self.positions[rows] = _empty_lists(len(rows), self._count)
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = rows[start : start + _BLOCK_ROWS]
            nearest, places = nearest_among(self._pool[block], others, self._count, self._metric)
            self.similarities[block, : nearest.shape[1]] = nearest
            self.positions[block, : places.shape[1]] = codes[places]


@numba.njit(cache=True)
def _enter(
    similarities: Vectors, positions: Positions, similarity: Vectors, position: int
) -> NDArray[np.int64]:
    """Puts an item into the lists that it is near enough for; what was last in them falls out.

    Returns:
        The rows of those lists, ascending.
    """
    rows, entered = np.empty(len(positions), dtype=np.int64), 0
    last = positions.shape[1] - 1
    for row in range(len(positions)):
        near, place = similarity[row], last + 1
        while place > 0:
            before = similarities[row, place - 1]
            if before > near or (before == near and positions[row, place - 1] < position):
                break
            place -= 1
        if place > last:
            continue
        for behind in range(last, place, -1):
            similarities[row, behind] = similarities[row, behind - 1]
            positions[row, behind] = positions[row, behind - 1]
        similarities[row, place], positions[row, place] = near, position
        rows[entered] = row
        entered += 1
    return rows[:entered].copy()


def _empty_lists(rows: int, count: int) -> tuple[Vectors, Positions]:
    similarities = np.full((rows, count), -np.inf, dtype=np.float32)
    return similarities, np.full((rows, count), NO_VOTER, dtype=np.int64)


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
        voters: (n, k) positions of items, or codes of examples; `NO_VOTER` where there are fewer.
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
            if voter == NO_VOTER:
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
    """As `count_votes`, but writes the probabilities of each row's own classes alone, to the same bits.

    Args:
        nearest: as in `count_votes`, likewise the others.
        voters: m is at least the number of different classes among a row's.
        class_of: as in `count_votes`.
        is_uniform: as in `count_votes`.
        rows: as in `count_votes`.
        probabilities: (m, n) where the answer goes: in the order of the columns of the row's classes, then
            zeros.
    """
    of_items, of_examples = class_of
    columns, weights = np.empty(voters.shape[1], np.int64), np.empty(voters.shape[1])
    for row in rows:
        total, count = 0.0, 0
        for place in range(voters.shape[1]):
            voter = voters[row, place]
            if voter == NO_VOTER:
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
        voted: (n, k) columns of the classes that they vote for, `NO_VOTER` where there are fewer.
    """
    compact = np.full(voted.shape, NO_VOTER)
    columns = np.empty(voted.shape[1], np.int64)
    for row in range(len(voted)):
        count = 0
        for place in range(voted.shape[1]):
            column = voted[row, place]
            if column == NO_VOTER:
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
            if voted[row, place] == NO_VOTER:
                break
            at = 0
            while columns[at] != voted[row, place]:
                at += 1
            compact[row, place] = at
    return compact


class DirectVotes:
    """k-nearest-neighbour votes over the labelled items, as `Votes`.

    Every pool item keeps its nearest labelled items and its probabilities of the classes; a label changes
    only the items that it is among the nearest of. A labelled item is its own nearest neighbour.

    Formula: probability of class c = sum of w_j over the nearest j with label c / sum of w_j over all of
    them, with w = max(similarity, 0) + 1e-6, or 1 when uniform. Of equally near items, the smaller position
    votes; an example is one more neighbour, behind items that are as near.
    Source: Cover and Hart, "Nearest neighbor pattern classification", 1967; weights: Dudani, 1976.

    >>> votes = DirectVotes(Metric.COSINE, neighbours=2)
    >>> votes.grow(np.float32([[1, 0], [0.6, 0.8], [0, 1]]))
    >>> votes.append(0, "cat")
    >>> votes.append(2, "dog")
    >>> votes.classes, votes.probabilities(np.array([1])).round(2)
    (('cat', 'dog'), array([[0.43, 0.57]]))
    """

    def __init__(
        self,
        metric: Metric,
        neighbours: int = 10,
        weighting: Weighting = Weighting.SIMILARITY,
        near: PoolSimilarity | None = None,
    ) -> None:
        if neighbours < 1:
            raise ValueError(f"neighbours is {neighbours}; at least 1 must vote")
        self._metric = metric
        self._neighbours = neighbours
        self._weighting = weighting
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._nearest = NearestLabelled(metric, neighbours, near)
        self._labels: dict[int, str] = {}
        self._counts: Counter[str] = Counter()
        self._classes: list[str] = []
        self._class_of = np.zeros(0, dtype=np.int64)
        # Keys of examples, ascending, then their labels, and their classes by the order of keys.
        self._keys: list[str] = []
        self._examples: dict[str, str] = {}
        self._class_of_example = np.zeros(0, dtype=np.int64)
        # Of each item's own classes alone, (m, N) with m at most k: of all there are, it would be a matrix.
        self._probabilities: Probabilities = np.zeros((0, 0))
        self._voters: tuple[Vectors, Positions] | None = None

    def grow(self, pool: Vectors) -> None:
        """Takes the (N, d) pool with new rows at its end; rows seen before are unchanged."""
        self._pool = pool
        rows = self._nearest.grow(pool)
        self._class_of = np.concatenate([self._class_of, np.zeros(len(rows), dtype=np.int64)])
        self._probabilities = np.concatenate(
            [self._probabilities, np.zeros((len(self._probabilities), len(rows)))], axis=1
        )
        self._count_again(rows)

    def append(self, position: int, label: str) -> None:
        """Lets an item vote; see `Votes.append`."""
        self._check_new(position)
        self._join(position, label)
        self._count_again(self._nearest.append(position))

    def extend(self, labels: Mapping[int, str]) -> None:
        """Lets many items vote at once: the same as `append` for each, and faster for more than a few.

        Raises:
            ValueError: an item votes already, or is not in the pool. Then none is added.
        """
        for position in labels:
            self._check_new(position)
        positions = np.fromiter(labels, dtype=np.int64, count=len(labels))
        self._labels.update(labels)
        columns = self._count_in(list(labels.values()))
        self._class_of[positions] = columns
        self._nearest.extend(positions)
        self._count_again(np.arange(len(self._pool)))

    def remove(self, position: int) -> None:
        """Takes an item's vote back; see `Votes.remove`."""
        self._check_labelled(position)
        rows = self._nearest.remove(position)
        self._leave(self._labels.pop(position))
        self._count_again(rows)

    def relabel(self, position: int, label: str) -> None:
        """Changes what an item votes for; see `Votes.relabel`."""
        self._check_labelled(position)
        before = self._labels[position]
        self._join(position, label)
        self._leave(before)
        self._count_again(np.flatnonzero((self._nearest.positions == position).any(axis=1)))

    def append_examples(self, examples: Sequence[LabelledVector]) -> None:
        """Lets labelled vectors vote that are not in the pool; see `Votes.append_examples`."""
        check_new_examples(examples, self._examples)
        if not examples:
            return
        new = sorted(examples, key=lambda example: example.key)
        columns = self._count_in([example.label for example in new])
        self._examples.update((example.key, example.label) for example in new)
        self._keys = sorted(self._examples)
        rows = [bisect_left(self._keys, example.key) for example in new]
        # numpy counts in the array as it was before any of them.
        self._class_of_example = np.insert(self._class_of_example, rows - np.arange(len(rows)), columns)
        self._nearest.insert_outside_vectors(rows, [example.vector for example in new])
        self._count_again(self._nearest.add_outside_to_lists(rows))

    def remove_example(self, key: str) -> None:
        """Takes an example's vote back; see `Votes.remove_example`."""
        if key not in self._examples:
            raise ValueError(f"there is no example {key!r}")
        row = bisect_left(self._keys, key)
        rows = self._nearest.remove_outside_vector(row)
        del self._keys[row]
        self._class_of_example = np.delete(self._class_of_example, row)
        self._leave(self._examples.pop(key))
        self._count_again(rows)

    @property
    def labelled(self) -> Mapping[int, str]:
        """Current labels of items, by position."""
        return MappingProxyType(self._labels)

    @property
    def examples(self) -> Mapping[str, str]:
        """Labels of examples, by key."""
        return MappingProxyType(self._examples)

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order."""
        return tuple(self._classes)

    def probabilities(self, positions: Positions | None = None) -> Probabilities:
        """Probabilities of the classes for items of the pool; see `Votes.probabilities`."""
        which = np.arange(len(self._pool)) if positions is None else positions
        probabilities = np.zeros((len(self._classes), len(which)))
        nearest, voters = self._nearest.similarities[which], self._nearest.positions[which]
        self._count_votes(nearest, voters, np.arange(len(which)), probabilities)
        return probabilities.T

    def uncertainty(self, measure: Uncertainty) -> Probabilities:
        """Uncertainty of every item of the pool; see `Votes.uncertainty`."""
        return uncertainty(self._own_probabilities().T, measure, len(self._classes))

    def assess(
        self, measure: Uncertainty, confidence_filter: float = 0.0, near: Probabilities | None = None
    ) -> PoolAssessment:
        """As `Votes.assess`; `near`: (N,) similarity from which voters are near; without it, no item is."""
        confident = np.zeros(len(self._pool), dtype=np.bool_)
        if confidence_filter > 0 and near is not None and len(self._classes) > 1:
            confident[:] = self._own_probabilities().max(axis=0) >= confidence_filter
            sure = np.flatnonzero(confident)
            nearest, voted = self._nearest.similarities[sure], compact_classes(self._voted_for(sure))
            of_sure = np.zeros(len(sure), dtype=np.bool_)
            probabilities = self._own_probabilities()[:, sure]
            mark_confident_by_neighbours(
                probabilities, nearest, voted, near[sure], confidence_filter, of_sure
            )
            confident[sure] = of_sure
        return PoolAssessment(self.uncertainty(measure), confident)

    def confidence(self, position: int, near: float = np.inf) -> Confidence:
        """As `Votes.confidence`; `near` as in `assess`."""
        probabilities = self.probabilities(np.array([position]))[0]
        if not len(probabilities):
            return Confidence("", 0.0, 0.0, 0.0, LEAST_NEAR)
        likeliest, voted = int(probabilities.argmax()), self._voted_for(np.array([position]))[0]
        voted = voted[(voted != NO_VOTER) & (self._nearest.similarities[position] >= near)]
        found = float(probabilities[likeliest]), int(np.count_nonzero(voted == likeliest)), len(voted)
        return Confidence(self._classes[likeliest], *found, LEAST_NEAR)

    def predict(self, vectors: Vectors) -> Probabilities:
        """Probabilities of the classes for prepared vectors; see `Votes.predict`."""
        nearest, voters = self._nearest_of(vectors)
        probabilities = np.zeros((len(self._classes), len(vectors)))
        self._count_votes(nearest, voters, np.arange(len(vectors)), probabilities)
        return probabilities.T

    def voters(self, vector: Vectors) -> list[Vote]:
        """The labelled items that vote on a prepared (d,) vector; see `Votes.voters`."""
        nearest, voters = self._nearest_of(vector[np.newaxis])
        weights = self._weights(nearest[0])
        return [
            self._vote(int(voter), float(similarity), float(weight / weights.sum()))
            for voter, similarity, weight in zip(voters[0], nearest[0], weights, strict=True)
        ]

    def _check_new(self, position: int) -> None:
        if position in self._labels:
            raise ValueError(f"position {position} votes already; relabel it instead")
        if not 0 <= position < len(self._pool):
            raise ValueError(f"position {position} is not in the pool of {len(self._pool)} rows")

    def _check_labelled(self, position: int) -> None:
        if position not in self._labels:
            raise ValueError(f"position {position} has no vote")

    def _vote(self, voter: int, similarity: float, weight: float) -> Vote:
        if voter < FIRST_OUTSIDE:
            return Vote(voter, self._labels[voter], similarity, weight)
        key = self._keys[voter - FIRST_OUTSIDE]
        return Vote(None, self._examples[key], similarity, weight, key)

    def _join(self, position: int, label: str) -> None:
        self._labels[position] = label
        self._class_of[position] = self._count_in([label])[0]

    def _count_in(self, labels: Sequence[str]) -> list[int]:
        """Adds to labels' counts; returns the columns of their classes."""
        self._voters = None
        new = {label for label in labels if not self._counts[label]}
        self._counts.update(labels)
        if new:
            before, self._classes = self._classes, sorted([*self._classes, *new])
            column_of = {label: column for column, label in enumerate(self._classes)}
            moved = np.array([column_of[label] for label in before] or [0], dtype=np.int64)
            self._class_of = moved[self._class_of]
            self._class_of_example = moved[self._class_of_example]
            self._make_room()
            return [column_of[label] for label in labels]
        return [bisect_left(self._classes, label) for label in labels]

    def _make_room(self) -> None:
        more = min(self._neighbours, len(self._classes)) - len(self._probabilities)
        if more > 0:
            self._probabilities = np.concatenate(
                [self._probabilities, np.zeros((more, self._probabilities.shape[1]))]
            )

    def _leave(self, label: str) -> None:
        """Takes one from a label's count; its class goes with the last."""
        self._voters = None
        self._counts[label] -= 1
        if self._counts[label] == 0:
            column = bisect_left(self._classes, label)
            del self._counts[label]
            del self._classes[column]
            for class_of in (self._class_of, self._class_of_example):
                class_of[(class_of >= column) & (class_of > 0)] -= 1

    def _count_again(self, rows: Positions) -> None:
        nearest, voters, is_uniform = (*self._lists(), self._weighting is Weighting.UNIFORM)
        class_of = self._class_of, self._class_of_example
        count_votes_compact(nearest, voters, class_of, is_uniform, rows, self._probabilities)

    def _lists(self) -> tuple[Vectors, Positions]:
        return self._nearest.similarities, self._nearest.positions

    def _own_probabilities(self) -> Probabilities:
        """(m, N) probabilities of each item's own classes; no item has more of them than there are."""
        return self._probabilities[: len(self._classes)]

    def _count_votes(
        self, nearest: Vectors, voters: Positions, rows: Positions, probabilities: Probabilities
    ) -> None:
        """Writes the (C, n) probabilities of some rows of (n, k) neighbours."""
        is_uniform = self._weighting is Weighting.UNIFORM
        count_votes(
            nearest, voters, (self._class_of, self._class_of_example), is_uniform, rows, probabilities
        )

    def _weights(self, nearest: Vectors) -> NDArray[np.float64]:
        if self._weighting is Weighting.UNIFORM:
            return np.ones(nearest.shape)
        return np.maximum(nearest.astype(np.float64), 0.0) + LEAST_WEIGHT

    def _voted_for(self, rows: Positions) -> Positions:
        """(n, k) columns of the classes that the items' voters vote for; `NO_VOTER` where there are fewer."""
        voters = self._nearest.positions[rows]
        voted, outside = np.full(voters.shape, NO_VOTER), voters >= FIRST_OUTSIDE
        inside = (voters != NO_VOTER) & ~outside
        voted[inside] = self._class_of[voters[inside]]
        voted[outside] = self._class_of_example[voters[outside] - FIRST_OUTSIDE]
        return voted

    def _nearest_of(self, vectors: Vectors) -> tuple[Vectors, Positions]:
        """Nearest labelled items and examples of (n, d) vectors, as the lists of pool items have them."""
        if self._voters is None:
            self._voters = self._nearest.voters()
        voters, codes = self._voters
        nearest, rows = nearest_among(vectors, voters, self._neighbours, self._metric)
        return nearest, codes[rows]


class DirectVoteCounter:
    """The votes of `DirectVotes` on a pool's items, to the last bit, without holding the pool.

    One search finds both who votes and how near the nearest labelled item is.

    Args:
        vectors: (m, d) prepared vectors of the labelled items, in the order of their places in the pool.
        labels: m of them.
        metric: the pool's.
        neighbours: how many vote.
        weighting: of their votes.

    >>> counter = DirectVoteCounter(np.float32([[1, 0], [0, 1]]), ["cat", "dog"], Metric.COSINE, neighbours=2)
    >>> probabilities, nearest = counter.ask(np.float32([[0.6, 0.8]]))
    >>> counter.classes, probabilities.round(2), nearest
    (('cat', 'dog'), array([[0.43, 0.57]]), array([0.8], dtype=float32))
    """

    def __init__(
        self,
        vectors: Vectors,
        labels: Sequence[str],
        metric: Metric,
        neighbours: int = 10,
        weighting: Weighting = Weighting.SIMILARITY,
    ) -> None:
        self.classes = tuple(sorted(set(labels)))
        column = {label: place for place, label in enumerate(self.classes)}
        self._class_of = np.array([column[label] for label in labels], dtype=np.int64)
        self._vectors = vectors
        self._metric = metric
        self._neighbours = neighbours
        self._is_uniform = weighting is Weighting.UNIFORM

    def ask(self, vectors: Vectors) -> tuple[Probabilities, Vectors]:
        """Probabilities of the classes for (n, d) prepared vectors, and what is nearest to them.

        Returns:
            (n, C) probabilities, and (n,) float32 similarities to the nearest labelled item; the metric's
            least where there is none.
        """
        probabilities = np.zeros((len(self.classes), len(vectors)))
        if not len(self._vectors):
            return probabilities.T, np.full(len(vectors), self._metric.least_similarity, dtype=np.float32)
        nearest, voters = nearest_among(vectors, self._vectors, self._neighbours, self._metric)
        class_of = self._class_of, np.zeros(0, dtype=np.int64)
        count_votes(nearest, voters, class_of, self._is_uniform, np.arange(len(vectors)), probabilities)
        return probabilities.T, nearest[:, 0]
