"""Work on a pool in blocks on several threads, and bounds on the threads of FAISS and numpy."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, TypeVar

import faiss
from threadpoolctl import ThreadpoolController

Block = TypeVar("Block")

Report = Callable[[float], None]
"""Takes how much of the work is done, 0 to 1."""


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
    def limited(self) -> Iterator[None]:
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
    """Inside it, matrix products run on the thread that asks for them alone.

    For work that is shared out to threads already: products that are shared out once more wait for one
    another, and take many times as long. The bound holds for all threads of the process, and is lifted when
    the last holder is done.
    """
    return _single_products.limited()


@cache
def _blas() -> ThreadpoolController:
    # Looks at all libraries that are loaded, which takes some milliseconds.
    return ThreadpoolController().select(user_api="blas")


def run_blocks(
    function: Callable[[Block], None], blocks: Sequence[Block], threads: int, report: Report = lambda _: None
) -> None:
    """Does the work on each block, on so many threads.

    FAISS and matrix products keep to the thread that asks: blocks are too small to share out once more.

    Raises:
        Exception: what the work raised first; blocks not yet begun are left undone.
    """

    def alone(block: Block) -> None:
        with faiss_threads(1):
            function(block)

    with single_products():
        if threads == 1 or len(blocks) <= 1:
            for done, block in enumerate(blocks, start=1):
                alone(block)
                report(done / len(blocks))
        else:
            _run_blocks_parallel(alone, blocks, threads, report)


def _run_blocks_parallel(
    function: Callable[[Block], None], blocks: Sequence[Block], threads: int, report: Report
) -> None:
    with ThreadPoolExecutor(threads, thread_name_prefix="vicinal-index") as executor:
        running = [executor.submit(function, block) for block in blocks]
        try:
            for done, future in enumerate(as_completed(running), start=1):
                future.result()
                report(done / len(blocks))
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
