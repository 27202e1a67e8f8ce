"""Threads of a worker."""

from threadpoolctl import threadpool_limits

from vicinal.core.parallel import use_threads


def keep_to(threads: int) -> None:
    """Keeps all work of this process to so many threads: others are beside it."""
    use_threads(threads)
    threadpool_limits(threads)
