import faiss
import numpy as np
import pytest

from vicinal.core.similarity import Metric
from vicinal.index import FaissIndex
from vicinal.index.threads import faiss_threads


def test_bounded_and_then_as_before():
    before = faiss.omp_get_max_threads()
    with faiss_threads(before + 2):
        assert faiss.omp_get_max_threads() == before + 2
    assert faiss.omp_get_max_threads() == before


def test_as_before_after_an_error():
    before = faiss.omp_get_max_threads()

    def fail() -> None:
        with faiss_threads(before + 2):
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert faiss.omp_get_max_threads() == before


def test_searches_stay_within_the_bound(monkeypatch):
    seen = []
    knn = faiss.knn

    def spying(*arguments, **options):
        seen.append(faiss.omp_get_max_threads())
        return knn(*arguments, **options)

    monkeypatch.setattr(faiss, "knn", spying)
    index = FaissIndex(2, Metric.EUCLIDEAN, threads=3)
    index.add(np.array([1]), np.ones((1, 2), dtype=np.float32))
    index.search(np.ones((1, 2), dtype=np.float32), 1)
    assert seen == [3]
