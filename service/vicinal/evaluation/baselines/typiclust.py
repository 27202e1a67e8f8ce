"""TypiClust: the most typical point of the largest cluster that has no label.

Source: G. Hacohen, A. Dekel and D. Weinshall, "Active Learning on a Budget: Opposite Strategies Suit High
and Low Budgets", 2022, arXiv 2202.02794. For a batch of B, k-means makes |L| + B clusters, 500 at most; the
points come from the largest clusters without labels, from each the one of highest typicality: the inverse of
the mean distance to its 20 nearest neighbours in the cluster. Clusters of 5 points or fewer come last; once
all have labels, those with the fewest come first (both as in the authors' own code, which leaves the small
ones out).

What differs: labels come one at a time here, and new clusters for each would cost much and differ more by
chance than by the label. So clusters are made for batches: the first of 10, each later one of a fifth of the
labels before it. Within a batch that is the paper's own choice. The authors' code takes fewer neighbours in
clusters below 40 points than the paper, which is followed here: min(20, size).
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.search import nearest_among
from vicinal.evaluation.baselines.coverage import k_means
from vicinal.records.pool_options import Metric

NEIGHBOURS = 20
MOST_CLUSTERS = 500
TOO_SMALL = 5
FIRST_BATCH = 10
BATCH_GROWTH = 1.2


class TypiClust:
    """Picks typical points of clusters; of equally typical ones, the smaller row."""

    def __init__(
        self, vectors: Vectors, seed: int, _probabilities: Callable[[], NDArray[np.float64]]
    ) -> None:
        self._vectors = vectors
        self._seed = seed
        self._count = 0
        self._members: list[NDArray[np.int64]] = []
        self._typicality: dict[int, NDArray[np.float64]] = {}

    def pick(self, labelled: Mapping[int, str], size: int) -> list[int]:
        """As `Baseline.pick`."""
        self._cluster(cluster_count(len(labelled) + size, len(self._vectors)))
        taken = set(labelled)
        picks: list[int] = []
        for _ in range(min(size, len(self._vectors) - len(labelled))):
            picks.append(self._next(taken))
            taken.add(picks[-1])
        return picks

    def _cluster(self, count: int) -> None:
        if count == self._count:
            return
        cluster_of_row = k_means(self._vectors, count, self._seed)
        self._members = [np.flatnonzero(cluster_of_row == cluster) for cluster in range(count)]
        self._typicality = {}
        self._count = count

    def _next(self, taken: set[int]) -> int:
        is_taken = np.zeros(len(self._vectors), dtype=bool)
        is_taken[list(taken)] = True
        ranks = []
        for cluster, members in enumerate(self._members):
            labels = int(is_taken[members].sum())
            if labels < len(members):
                ranks.append((len(members) <= TOO_SMALL, labels, -len(members), cluster))
        cluster = min(ranks)[-1]
        members = self._members[cluster]
        values = np.where(is_taken[members], -1.0, self._typicality_in(cluster))
        return int(members[values.argmax()])

    def _typicality_in(self, cluster: int) -> NDArray[np.float64]:
        if cluster not in self._typicality:
            self._typicality[cluster] = typicality(self._vectors[self._members[cluster]])
        return self._typicality[cluster]


def cluster_count(labels: int, rows: int) -> int:
    """How many clusters serve until there are so many labels: the end of the batch that they fall into.

    >>> [cluster_count(labels, 4000) for labels in (1, 10, 11, 100, 1000)]
    [10, 10, 12, 101, 500]
    """
    end = FIRST_BATCH
    while end < labels:
        end = int(np.ceil(end * BATCH_GROWTH))
    return min(end, MOST_CLUSTERS, rows)


def typicality(members: Vectors) -> NDArray[np.float64]:
    """Inverse mean Euclidean distance of each row to its nearest other rows, `NEIGHBOURS` at most.

    Source: the paper's equation of typicality. Infinite among equal rows; 0 for a row on its own.

    Args:
        members: (n, d) unit rows of one cluster, n at least 1.
    """
    count = min(NEIGHBOURS, len(members) - 1)
    if count == 0:
        return np.zeros(1)
    similarities, _ = nearest_among(members, members, count + 1, Metric.COSINE)
    # The nearest of all is the row itself, or one that equals it.
    distances = np.sqrt(2.0 - 2.0 * similarities[:, 1:].astype(np.float64))
    with np.errstate(divide="ignore"):
        inverse: NDArray[np.float64] = 1.0 / distances.mean(axis=1)
    return inverse
