"""The pool's neighbour graph, and how a vote spreads over it."""

from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

# How fast affinity falls with similarity: exp((similarity - 1) / TEMPERATURE).
TEMPERATURE = 0.1
# The share of a vote that moves on at each step of the walk.
DAMPING = 0.95
# What is left of a vote at a node is dropped below this.
RESIDUAL_CUT = 1e-3
# One unit of mass as an integer: sums of integers are exact, so that a vote can be taken back to the bit.
MASS_UNIT = 1 << 22
REMEMBERED_SPREADS = 2048


@dataclass(frozen=True)
class PoolGraph:
    """Affinities between pool items, as sparse symmetric matrices over positions.

    Attributes:
        affinity: (N, N) float32, W_ij = exp((s_ij - 1) / tau) for i among the K nearest of j or the
            other way round; 0 on the diagonal.
        transition: (N, N) float32, S = D^-1/2 W D^-1/2.
    """

    affinity: csr_array
    transition: csr_array

    def __len__(self) -> int:
        return int(self.affinity.shape[0])


@dataclass(frozen=True)
class Spread:
    """Where one vote's mass went.

    Attributes:
        positions: (n,) int64, ascending.
        mass: (n,) int64, in units of 1 / MASS_UNIT, above 0.
    """

    positions: NDArray[np.int64]
    mass: NDArray[np.int64]


def pool_graph(keys: NDArray[np.int64] | NDArray[np.int32], similarities: NDArray[np.float32]) -> PoolGraph:
    """Builds the graph from each item's nearest neighbours.

    Args:
        keys: (N, K) positions of the neighbours, -1 where there are fewer.
        similarities: (N, K), larger is nearer.

    Source: D. Zhou et al., Learning with Local and Global Consistency, NIPS 2003 (the normalisation).
    """
    shape = (len(keys), len(keys))
    indptr, indices, weights = _both_ways(keys, similarities)
    normalised = _normalised(indptr, indices, weights)
    # The two share their structure, which takes as much memory as the numbers.
    return PoolGraph(
        csr_array((weights, indices, indptr), shape=shape),
        csr_array((normalised, indices, indptr), shape=shape),
    )


@numba.njit(cache=True, nogil=True)
def _both_ways(
    keys: NDArray[np.int64] | NDArray[np.int32], similarities: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """`indptr`, `indices`, ascending within a row, and weights of the affinity matrix.

    scipy could do it too, but holds several copies meanwhile, each as large as the graph.
    """
    count, width = keys.shape
    degree = np.zeros(count, dtype=np.int32)
    for row in range(count):
        for place in range(width):
            other = keys[row, place]
            if other >= 0:
                degree[row] += 1
                if _place_of(row, keys[other]) < 0:
                    degree[other] += 1
    indptr = np.zeros(count + 1, dtype=np.int32)
    indptr[1:] = np.cumsum(degree)
    indices = np.empty(indptr[-1], dtype=np.int32)
    weights = np.empty(indptr[-1], dtype=np.float32)
    free = indptr[:-1].copy()
    for row in range(count):
        for place in range(width):
            other = keys[row, place]
            if other < 0:
                continue
            similarity = similarities[row, place]
            back = _place_of(row, keys[other])
            if back >= 0:
                similarity = max(similarity, similarities[other, back])
            weight = np.exp((np.float64(similarity) - 1.0) / TEMPERATURE)
            indices[free[row]], weights[free[row]] = other, weight
            free[row] += 1
            if back < 0:
                indices[free[other]], weights[free[other]] = row, weight
                free[other] += 1
    for row in range(count):
        edges = slice(indptr[row], indptr[row + 1])
        order = np.argsort(indices[edges])
        indices[edges], weights[edges] = indices[edges][order], weights[edges][order]
    return indptr, indices, weights


@numba.njit(cache=True, nogil=True)
def _place_of(row: int, keys: NDArray[np.int64] | NDArray[np.int32]) -> int:
    for place in range(len(keys)):
        if keys[place] == row:
            return place
    return -1


@numba.njit(cache=True, nogil=True)
def _normalised(
    indptr: NDArray[np.int32], indices: NDArray[np.int32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """D^-1/2 W D^-1/2 of a symmetric matrix W."""
    scale = np.empty(len(indptr) - 1)
    for row in range(len(scale)):
        degree = 0.0
        for edge in range(indptr[row], indptr[row + 1]):
            degree += weights[edge]
        scale[row] = 1.0 / np.sqrt(degree) if degree > 0.0 else 0.0
    normalised = np.empty_like(weights)
    for row in range(len(scale)):
        for edge in range(indptr[row], indptr[row + 1]):
            normalised[edge] = weights[edge] * scale[row] * scale[indices[edge]]
    return normalised


class Spreader:
    """Spreads votes over a graph; holds the work space that makes a spread touch only what it reaches.

    Remembers the last spreads: an item that is leased is labelled soon after. Not thread-safe.
    """

    def __init__(self, graph: PoolGraph) -> None:
        # The spread of a vote at one item, as `spread_from` has it.
        self.spread = lru_cache(REMEMBERED_SPREADS)(self._spread)
        self._edges = (graph.transition.indptr, graph.transition.indices, graph.transition.data)
        self._residual = np.zeros(len(graph))
        self._settled = np.zeros(len(graph))
        self._waits = np.zeros(len(graph), dtype=np.bool_)

    def __len__(self) -> int:
        return len(self._residual)

    def _spread(self, position: int) -> Spread:
        return self.spread_from(np.array([position], dtype=np.int64), np.ones(1))

    def spread_from(self, positions: NDArray[np.int64], weights: NDArray[np.float64]) -> Spread:
        """Personalised PageRank of a vote that begins at some items in parts, by local push.

        Approximates (1 - a) sum_t (a S)^t v with a = DAMPING and v_position = weight; what is left at a node
        below RESIDUAL_CUT is dropped. Depends on the graph and what is given alone, to the last bit.

        Args:
            positions: (n,) different items.
            weights: (n,) above 0, in sum 1.

        Source: R. Andersen, F. Chung, K. Lang, Local Graph Partitioning using PageRank Vectors, FOCS 2006.
        """
        indptr, indices, _ = self._edges
        settled = _push(*self._edges, self._residual, self._settled, self._waits, positions, weights)
        settled.sort()
        return Spread(*_collect(indptr, indices, self._residual, self._settled, settled))


@numba.njit(cache=True)
def _push(  # noqa: PLR0917 - compiled code takes plain arrays
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    transition: NDArray[np.float32],
    residual: NDArray[np.float64],
    settled: NDArray[np.float64],
    waits: NDArray[np.bool_],
    positions: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Works off a queue of nodes with residual to settle; returns them, each as often as it was settled."""
    residual[positions] = weights
    waits[positions] = True
    queue = [position for position in positions]  # noqa: C416 - what is compiled knows no other way
    head = 0
    while head < len(queue):
        node = queue[head]
        head += 1
        waits[node] = False
        amount = residual[node]
        residual[node] = 0.0
        settled[node] += (1.0 - DAMPING) * amount
        for edge in range(indptr[node], indptr[node + 1]):
            target = indices[edge]
            residual[target] += DAMPING * amount * transition[edge]
            if residual[target] >= RESIDUAL_CUT and not waits[target]:
                waits[target] = True
                queue.append(target)
    return np.array(queue, dtype=np.int64)


@numba.njit(cache=True)
def _collect(
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    residual: NDArray[np.float64],
    settled: NDArray[np.float64],
    nodes: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions and mass of a spread that settled at these nodes, ascending; leaves the work space empty.

    Residual lies at these nodes and their neighbours: ten times as many, which need not be listed for that.
    """
    positions, mass = np.empty(len(nodes), dtype=np.int64), np.empty(len(nodes), dtype=np.int64)
    count, last = 0, -1
    for node in nodes:
        if node == last:
            continue
        last = node
        whole = np.int64(np.rint(settled[node] * MASS_UNIT))
        settled[node] = residual[node] = 0.0
        for edge in range(indptr[node], indptr[node + 1]):
            residual[indices[edge]] = 0.0
        if whole > 0:
            positions[count], mass[count] = node, whole
            count += 1
    return positions[:count].copy(), mass[:count].copy()
