"""How the process keeps memory that it has freed."""

import ctypes
import sys

# Names and numbers of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_KEPT_BYTES = 1 << 20
_OWN_MAPPING_BYTES = 1 << 22
_ARENAS = 2


def give_memory_back() -> None:
    """Has freed memory go back to the system, where the C library is glibc; does nothing elsewhere.

    By default glibc raises the size from which arrays get a mapping of their own up to 32 MiB, and keeps
    what threads free for each of them: after a graph was built, a process would keep what the build needed.

    Source: mallopt(3).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_MMAP_THRESHOLD, _OWN_MAPPING_BYTES)
        mallopt(_M_ARENA_MAX, _ARENAS)
