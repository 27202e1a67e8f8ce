"""k-means clusters of a pool, as TypiClust and ProbCover ask for them."""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors

# Beyond it clusters are found from batches of rows.
MOST_BY_ALL_ROWS = 50


def k_means(vectors: Vectors, count: int, seed: int) -> NDArray[np.int64]:
    """(N,) the cluster of each row, 0 to `count` - 1; some may be empty.

    Args:
        vectors: (N, d), N at least 1.
        count: how many clusters; no more than N are made.
        seed: of the first centres.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans  # noqa: PLC0415 - of the extra `evaluation`

    count = min(count, len(vectors))
    if count <= MOST_BY_ALL_ROWS:
        method = KMeans(count, n_init=1, random_state=seed)
    else:
        method = MiniBatchKMeans(count, n_init=1, batch_size=1024, random_state=seed)
    found: NDArray[np.int64] = method.fit_predict(vectors).astype(np.int64)
    return found
