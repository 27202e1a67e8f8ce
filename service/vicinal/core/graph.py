"""The pool's neighbour graph, and how a vote spreads over it."""

from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

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
    count = len(keys)
    rows, columns = np.nonzero(keys >= 0)
    weights = np.exp((similarities[rows, columns].astype(np.float64) - 1.0) / TEMPERATURE)
    one_way = csr_array(
        (weights.astype(np.float32), (rows.astype(np.int32), keys[rows, columns].astype(np.int32))),
        shape=(count, count),
    )
    affinity = csr_array(one_way.maximum(one_way.T))
    affinity.sort_indices()
    degrees = np.asarray(affinity.sum(axis=1, dtype=np.float64)).ravel()
    scale = diags_array(1.0 / np.sqrt(np.maximum(degrees, np.finfo(np.float64).tiny)))
    transition = csr_array((scale @ affinity @ scale).astype(np.float32))
    transition.sort_indices()
    return PoolGraph(affinity, transition)


class Spreader:
    """Spreads votes over a graph; holds the work space that makes a spread touch only what it reaches.

    Remembers the last spreads: an item that is leased is labelled soon after. Not thread-safe.
    """

    def __init__(self, graph: PoolGraph) -> None:
        self.spread = lru_cache(REMEMBERED_SPREADS)(self._spread)
        self._edges = (graph.transition.indptr, graph.transition.indices, graph.transition.data)
        self._residual = np.zeros(len(graph))
        self._settled = np.zeros(len(graph))
        self._waits = np.zeros(len(graph), dtype=np.bool_)

    def __len__(self) -> int:
        return len(self._residual)

    def _spread(self, position: int) -> Spread:
        """Personalised PageRank of a vote at one item, by local push.

        Approximates (1 - a) sum_t (a S)^t e_position with a = DAMPING; what is left at a node below
        RESIDUAL_CUT is dropped. Depends on the graph and the position alone, to the last bit.

        Source: R. Andersen, F. Chung, K. Lang, Local Graph Partitioning using PageRank Vectors, FOCS 2006.
        """
        reached = _push(*self._edges, self._residual, self._settled, self._waits, position)
        positions = np.unique(np.array(reached, dtype=np.int64))
        mass = np.rint(self._settled[positions] * MASS_UNIT).astype(np.int64)
        self._settled[positions] = 0.0
        self._residual[positions] = 0.0
        return Spread(positions[mass > 0], mass[mass > 0])


@numba.njit(cache=True)
def _push(  # noqa: PLR0917 - compiled code takes plain arrays
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    transition: NDArray[np.float32],
    residual: NDArray[np.float64],
    settled: NDArray[np.float64],
    waits: NDArray[np.bool_],
    position: int,
) -> list[int]:
    """Works off a queue of nodes with residual to settle; returns every node that was reached."""
    residual[position] = 1.0
    waits[position] = True
    reached = [position]
    queue = [position]
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
            if residual[target] == 0.0 and settled[target] == 0.0:
                reached.append(target)
            residual[target] += DAMPING * amount * transition[edge]
            if residual[target] >= RESIDUAL_CUT and not waits[target]:
                waits[target] = True
                queue.append(target)
    return reached
