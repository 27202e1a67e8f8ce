"""Direct votes of labels that stay as they are, for vectors that come in any number and any order."""

from collections.abc import Sequence

import numpy as np

from vicinal.core.arrays import Probabilities, Vectors
from vicinal.core.search import nearest_among
from vicinal.core.similarity import Metric
from vicinal.core.votes.count_votes import count_votes
from vicinal.core.votes.protocol import Weighting


class DirectVoteCounter:
    """What `DirectVotes` says of a pool's items, to the last bit, without holding the pool.

    One search tells both who votes and how near the nearest labelled item is.

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
            (n, C) probabilities, and (n,) float32 similarities to the nearest labelled item; the metric's least
            where there is none.
        """
        probabilities = np.zeros((len(self.classes), len(vectors)))
        if not len(self._vectors):
            return probabilities.T, np.full(len(vectors), self._metric.least_similarity, dtype=np.float32)
        nearest, voters = nearest_among(vectors, self._vectors, self._neighbours, self._metric)
        class_of = self._class_of, np.zeros(0, dtype=np.int64)
        count_votes(nearest, voters, class_of, self._is_uniform, np.arange(len(vectors)), probabilities)
        return probabilities.T, nearest[:, 0]
