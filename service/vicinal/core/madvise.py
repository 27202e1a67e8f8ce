"""What part of a mapped file is kept in memory."""

import mmap

import numpy as np
from numpy.typing import NDArray


def release_pages(array: NDArray[np.generic]) -> None:
    """Tells the system that a mapped file's contents need not stay in memory; does nothing for other arrays.

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
