"""Bounds on the threads of FAISS."""

from collections.abc import Iterator
from contextlib import contextmanager

import faiss


@contextmanager
def faiss_threads(threads: int) -> Iterator[None]:
    """Runs the calling thread's FAISS work on at most so many threads, and then as before."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
