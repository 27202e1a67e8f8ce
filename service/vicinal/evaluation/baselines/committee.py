"""Query by committee: the point that nearest-neighbour classifiers disagree on most.

Sources: H. S. Seung, M. Opper and H. Sompolinsky, "Query by Committee", 1992; vote entropy, which is
-sum over classes of V/C log V/C with V of the C members voting for the class: I. Dagan and S. P. Engelson,
"Committee-Based Sampling for Training Probabilistic Classifiers", 1995.

What differs: those committees are drawn from the classifiers that agree with the labels; a nearest-neighbour
classifier has nothing to draw. The members here differ in what they call near and in how many they ask:
1, 3 and 9 nearest labelled points by cosine, by cosine of vectors centred at the pool's mean, and by
Euclidean distance along the leading principal directions. (On unit vectors as they are, cosine and Euclidean
distance agree.)
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.scoring.uncertainty import Uncertainty, uncertainty
from vicinal.core.votes.knn import NearestLabelled
from vicinal.core.votes.ridge_head import fit_reduction
from vicinal.evaluation.baselines.coverage import best, random_order, unlabelled
from vicinal.records.pool_options import Metric

NEIGHBOURS = (1, 3, 9)
# What a neighbour's vote counts for besides 1, halved with each place: it breaks ties, and only ties.
NEARER_COUNTS = 1e-3


class Committee:
    """Picks by vote entropy; ties, the first pick among them, go by chance."""

    def __init__(
        self, vectors: Vectors, seed: int, _probabilities: Callable[[], NDArray[np.float64]]
    ) -> None:
        self._order = random_order(len(vectors), seed)
        self._spaces = [_searched(*space) for space in _spaces(vectors)]
        self._seen: set[int] = set()

    def pick(self, labelled: Mapping[int, str], size: int) -> list[int]:
        """As `Baseline.pick`."""
        is_open = unlabelled(len(self._order), labelled)
        return best(self._entropy(labelled), is_open, size, self._order)

    def _entropy(self, labelled: Mapping[int, str]) -> NDArray[np.float64]:
        self._follow(labelled)
        classes, codes = np.unique(list(labelled.values()), return_inverse=True)
        if len(classes) < 2:
            return np.zeros(len(self._order))
        code_of_row = np.zeros(len(self._order), dtype=np.int64)
        code_of_row[list(labelled)] = codes
        votes = np.zeros((len(self._order), len(classes)))
        for space in self._spaces:
            near = code_of_row[space.positions[:, : len(labelled)]]
            for neighbours in NEIGHBOURS:
                votes[np.arange(len(votes)), majority(near[:, :neighbours], len(classes))] += 1
        members = len(self._spaces) * len(NEIGHBOURS)
        # Equal votes in another order of classes would differ by rounding.
        return uncertainty(votes / members, Uncertainty.ENTROPY).round(9)

    def _follow(self, labelled: Mapping[int, str]) -> None:
        """Brings the members' lists of nearest labelled rows up to these labels."""
        for space in self._spaces:
            for row in sorted(self._seen - labelled.keys()):
                space.remove(row)
            for row in sorted(labelled.keys() - self._seen):
                space.append(row)
        self._seen = set(labelled)


def majority(codes: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """The class most of each row's neighbours are of; of equally many, that of the nearest one.

    Args:
        codes: (n, k) classes of the neighbours, nearest first, each 0 to `classes` - 1.
        classes: how many there are.

    Returns:
        (n,) classes.

    >>> majority(np.array([[2, 0, 0], [2, 0, 1]]), 3)
    array([0, 2])
    """
    counts = np.zeros((len(codes), classes))
    for place, column in enumerate(codes.T):
        counts[np.arange(len(codes)), column] += 1 + NEARER_COUNTS * 0.5**place
    most: NDArray[np.int64] = counts.argmax(axis=1)
    return most


def _spaces(vectors: Vectors) -> list[tuple[Vectors, Metric]]:
    centred = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    centred /= np.maximum(lengths, np.finfo(np.float32).tiny)
    reduction = fit_reduction(vectors)
    short = np.ascontiguousarray((vectors - reduction.mean) @ reduction.directions)
    return [(vectors, Metric.COSINE), (centred, Metric.COSINE), (short, Metric.EUCLIDEAN)]


def _searched(vectors: Vectors, metric: Metric) -> NearestLabelled:
    nearest = NearestLabelled(metric, max(NEIGHBOURS))
    nearest.grow(vectors)
    return nearest
