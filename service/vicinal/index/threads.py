"""Bounds on the threads of FAISS and of numpy's matrix products."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

import faiss
from threadpoolctl import ThreadpoolController


@contextmanager
def faiss_threads(threads: int) -> Iterator[None]:
    """Runs the calling thread's FAISS work on at most so many threads, and then as before."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


class _SingleProducts:
    """Counts who needs matrix products on one thread each: the bound is the whole process's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._limit: Any = None

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            if self._holders == 0:
                self._limit = _blas().limit(limits=1)
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if self._holders == 0:
                    self._limit.restore_original_limits()


_single_products = _SingleProducts()


def single_products() -> AbstractContextManager[None]:
    """While it is held, matrix products run on the thread that asks for them alone.

    For work that is shared out to threads already: products that are shared out once more wait for one
    another, and take many times as long. The bound holds for all threads of the process, and is lifted when
    the last holder is done.
    """
    return _single_products.held()


@cache
def _blas() -> ThreadpoolController:
    # Looks at all libraries that are loaded, which takes some milliseconds.
    return ThreadpoolController().select(user_api="blas")
