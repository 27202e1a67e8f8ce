"""Small random inputs for numerics; tied values on purpose."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from vicinal.core.similarity import prepare
from vicinal.records.pool_options import Metric

Cloud = Callable[..., NDArray[np.float32]]


@pytest.fixture(params=list(Metric))
def metric(request: pytest.FixtureRequest) -> Metric:
    return Metric(request.param)


@pytest.fixture
def cloud(metric: Metric) -> Cloud:
    """Makes prepared vectors: `cloud(count, dimension, seed, grid)`; a grid has many duplicates and ties."""

    def make(count: int, dimension: int, seed: int = 0, grid: bool = False) -> NDArray[np.float32]:
        random = np.random.default_rng(seed)
        vectors = random.standard_normal((count, dimension))
        if grid:
            vectors = np.rint(vectors)
            vectors[~vectors.any(axis=1), 0] = 1.0
        return prepare(vectors, dimension, metric)

    return make
