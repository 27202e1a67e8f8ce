import faiss
import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from vicinal.index.exact import nearest
from vicinal.index.threads import faiss_threads, single_products
from vicinal.records.pool_options import Metric


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
    rows = np.ones((1, 2), dtype=np.float32)
    nearest(rows, rows, 1, Metric.EUCLIDEAN, threads=3)
    assert seen == [3]


def product_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_products_on_one_thread_until_the_last_holder_is_done():
    with threadpool_limits(2, "blas"):
        first, second = single_products(), single_products()
        first.__enter__()
        second.__enter__()
        assert product_threads() == {1}
        first.__exit__(None, None, None)
        assert product_threads() == {1}
        second.__exit__(None, None, None)
        assert product_threads() == {2}


def test_products_as_before_after_an_error():
    def fail() -> None:
        with single_products():
            raise RuntimeError("stop")

    with threadpool_limits(2, "blas"):
        with pytest.raises(RuntimeError, match="stop"):
            fail()
        assert product_threads() == {2}
