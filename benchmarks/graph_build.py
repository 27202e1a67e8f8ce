"""How long the pool's graph takes to build, beside exact search, and how much of it is right."""

import os
import time
from dataclasses import dataclass

import faiss
import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.records import Neighbours
from vicinal.index import PoolNeighbourhoods
from vicinal.records.pool_options import Metric

COUNT = 20
# Pairs times dimension that exact search is timed on in full: some minutes on two cores.
_WHOLE_SEARCH = 1.3e13
_FEWEST_QUERIES = 2000


@dataclass(frozen=True)
class ExactSearch:
    """FAISS exact search for the same graph.

    Attributes:
        seconds: for all rows; where `queries` is less than N, those of the queries times N / queries.
        queries: how many rows were searched for.
        recall: part of the queries' true neighbours that the built lists have.
    """

    seconds: float
    queries: int
    recall: float


def build(vectors: Vectors) -> tuple[Neighbours, float]:
    """The neighbour lists as a service with all cores builds them, and the seconds it took."""
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, COUNT, threads=os.cpu_count() or 1)
    start = time.perf_counter()
    neighbourhoods.grow(vectors)
    return neighbourhoods.neighbours, time.perf_counter() - start


def search_exactly(vectors: Vectors, built: Neighbours, seed: int) -> ExactSearch:
    """Times exact search and compares the built lists with what it finds."""
    items, dimension = vectors.shape
    affordable = int(_WHOLE_SEARCH / (items * dimension))
    count = min(items, max(_FEWEST_QUERIES, affordable))
    rows = np.sort(np.random.default_rng(seed).permutation(items)[:count])
    queries = vectors if count == items else vectors[rows]
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    start = time.perf_counter()
    _, found = faiss.knn(queries, vectors, min(COUNT + 1, items), metric=faiss.METRIC_INNER_PRODUCT)
    seconds = (time.perf_counter() - start) * items / count
    shared = [_shared(found[place], built.keys[row], row) for place, row in enumerate(rows.tolist())]
    return ExactSearch(seconds, count, sum(shared) / (count * min(COUNT, items - 1)))


def _shared(found: np.ndarray, built: np.ndarray, own: int) -> int:
    """How many of the nearest others are in the built list."""
    others = [key for key in found.tolist() if key != own][:COUNT]
    return len(set(others) & set(built.tolist()))
