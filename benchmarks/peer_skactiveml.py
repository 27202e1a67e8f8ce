"""Query of scikit-activeml, whose classifier learns the labels on the way; see `benchmarks.peer_steps`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skactiveml.classifier import SklearnClassifier  # type: ignore[import-not-found]
from skactiveml.pool import UncertaintySampling  # type: ignore[import-not-found]
from sklearn.neighbors import KNeighborsClassifier

from benchmarks.peer_steps import NEIGHBOURS, rows_to_begin_with, time_steps


def make_step(vectors: NDArray[np.float32], classes: NDArray[Any]) -> Callable[[], None]:
    first = rows_to_begin_with(classes)
    known = np.full(len(classes), np.nan)
    known[first] = classes[first]
    classifier = SklearnClassifier(KNeighborsClassifier(NEIGHBOURS), classes=np.unique(classes))
    strategy = UncertaintySampling(method="margin_sampling", random_state=0)

    def step() -> None:
        rows = strategy.query(X=vectors, y=known, clf=classifier)
        known[rows] = classes[rows]

    return step


if __name__ == "__main__":
    time_steps(make_step)
