"""Passes over a large pool: on all cores, and with no more of a mapped file in memory than needed."""

import mmap
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Result = TypeVar("Result")

# Handing work to a thread costs about as much as a pass over so many rows.
WORTH_ROWS = 1 << 17


class _Allowed:
    threads = os.cpu_count() or 1


_allowed = _Allowed()


def use_threads(threads: int) -> None:
    """Sets how many threads the passes of this process may take; the machine's cores until then."""
    _allowed.threads = threads


def over_rows(
    work: Callable[[int, int], Result], rows: int, multiple: int = 1, row_cost: int = 1
) -> list[Result]:
    """Runs compiled work, which lets other threads run, on blocks of rows at the same time.

    As many threads as `use_threads` allows share the rows; small pools take one.

    Args:
        work: called with the first row of a block and the one after its last.
        rows: of the whole.
        multiple: blocks begin at multiples of this.
        row_cost: what a row costs, where one of a few operations costs 1.

    Returns:
        What each block gave, in order; what it gives as a whole must not depend on where blocks begin.
    """
    threads = _allowed.threads if rows * row_cost >= WORTH_ROWS else 1
    length = -(-rows // (threads * multiple)) * multiple
    blocks = [(start, min(start + length, rows)) for start in range(0, rows, length)] if rows else []
    if len(blocks) < 2:
        return [work(*block) for block in blocks]
    return list(_threads().map(lambda block: work(*block), blocks))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(_allowed.threads, os.cpu_count() or 1), "vicinal-rows")


def release_pages(array: NDArray[np.generic]) -> None:
    """Lets the system drop a mapped file's pages from memory; does nothing for other arrays.

    The array stays as it is: what is read again comes from the system's file cache, or from disk. Long
    passes over a large pool call this as they go, so that a process needs no more memory than it works on.

    Args:
        array: a view of a file that is mapped read-only, or any other array.
    """
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, memoryview):
        owner = owner.obj
    # Not every system knows the advice.
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)
