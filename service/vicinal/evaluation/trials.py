"""A pool to label and a test set that shares no source with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Neighbours
from vicinal.core.search import nearest_among
from vicinal.core.similarity import Metric, prepare
from vicinal.evaluation.composition import NEIGHBOURS, pool_neighbours
from vicinal.evaluation.labelled import LabelledVectors
from vicinal.evaluation.splits import Split

METRIC = Metric.COSINE
VOTERS = 10


@dataclass(frozen=True, eq=False)
class Trial:
    """One pool and one test set, the same for all methods.

    Attributes:
        seed: of the pool's random choices.
        ids: of the pool's N items, by their place in it. Ties go by id, and names of files are often in the
            order of classes.
        sources: the N items' ids in the data.
        pool: (N, d).
        classes: of the pool's N items.
        test: (n, d).
        test_classes: (n,) names.
    """

    seed: int
    ids: Sequence[str]
    sources: Sequence[str]
    pool: Vectors
    classes: Sequence[str]
    test: Vectors
    test_classes: NDArray[np.str_]
    _neighbours: dict[int, Neighbours] = field(default_factory=dict, init=False, repr=False)

    def neighbours(self, count: int = NEIGHBOURS) -> Neighbours:
        """Each pool item's nearest others; found once for all methods."""
        if count not in self._neighbours:
            self._neighbours[count] = pool_neighbours(self.prepared, METRIC, count)
        return self._neighbours[count]

    @property
    def prepared(self) -> Vectors:
        """(N, d) float32, the pool's rows at unit length."""
        return prepare(self.pool, self.pool.shape[1], METRIC)


def make_trial(data: LabelledVectors, split: Split, pool_size: int | None, seed: int) -> Trial:
    """Draws and shuffles the pool.

    Args:
        data: all items.
        split: which are learned from and which tested on.
        pool_size: items of the train set that go into the pool, at most; None is all.
        seed: of the draw, and of the pool's random choices.
    """
    train = np.random.default_rng(seed).permutation(split.train)[:pool_size]
    names = np.array(data.classes)
    return Trial(
        seed,
        [f"{place:08d}" for place in range(len(train))],
        [data.ids[row] for row in train],
        data.vectors[train],
        names[train].tolist(),
        data.vectors[split.test],
        names[split.test],
    )


def accuracy_with_all(trial: Trial) -> float:
    """Test accuracy of `VOTERS`-NN, weighted by similarity, with every pool item labelled."""
    test = prepare(trial.test, trial.test.shape[1], METRIC)
    similarity, rows = nearest_among(test, trial.prepared, VOTERS, METRIC)
    names, columns = np.unique(trial.classes, return_inverse=True)
    probabilities = np.zeros((len(test), len(names)))
    np.add.at(probabilities, (np.arange(len(test))[:, np.newaxis], columns[rows]), np.maximum(similarity, 0))
    return float((names[probabilities.argmax(axis=1)] == trial.test_classes).mean())
