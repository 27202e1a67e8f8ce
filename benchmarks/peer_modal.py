"""Query and teach of modAL; see `benchmarks.peer_steps`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from modAL.models import ActiveLearner  # type: ignore[import-not-found]
from modAL.uncertainty import margin_sampling  # type: ignore[import-not-found]
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from benchmarks.peer_steps import NEIGHBOURS, rows_to_begin_with, time_steps


def make_step(vectors: NDArray[np.float32], classes: NDArray[Any]) -> Callable[[], None]:
    first = rows_to_begin_with(classes)
    learner = ActiveLearner(
        estimator=KNeighborsClassifier(NEIGHBOURS),
        query_strategy=margin_sampling,
        X_training=vectors[first],
        y_training=classes[first],
    )

    def step() -> None:
        rows = np.atleast_1d(learner.query(vectors)[0])
        learner.teach(vectors[rows], classes[rows])

    return step


if __name__ == "__main__":
    time_steps(make_step)
