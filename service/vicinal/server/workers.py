"""The threads that do the work, so that the event loop stays free to take calls."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Calls on one pool take turns at its lock: some waiting threads must not keep other pools from working.
COMPUTING_THREADS = 8
# A model spreads its work over the cores by itself; the second thread lets another model load meanwhile.
EMBEDDING_THREADS = 2
# Searches through whole pools take minutes, and nobody waits for them at an annotator's desk.
SEARCHING_THREADS = 2


class Workers:
    """Bounded groups of threads: for the use cases, for models, and for searches, which may take long.

    A call that is cancelled while it waits for a thread is never begun; one that runs is finished.
    """

    def __init__(self) -> None:
        self._computing = ThreadPoolExecutor(COMPUTING_THREADS, "vicinal-computing")
        self._embedding = ThreadPoolExecutor(EMBEDDING_THREADS, "vicinal-embedding")
        self._searching = ThreadPoolExecutor(SEARCHING_THREADS, "vicinal-searching")

    async def compute(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a use case."""
        return await _run(self._computing, lambda: work(*args, **kwargs))

    async def embed(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of loading a model or running it."""
        return await _run(self._embedding, lambda: work(*args, **kwargs))

    async def search(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a search through a whole pool."""
        return await _run(self._searching, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Lets running work end and begins no more."""
        self._computing.shutdown(wait=True, cancel_futures=True)
        self._embedding.shutdown(wait=True, cancel_futures=True)
        self._searching.shutdown(wait=True, cancel_futures=True)


async def _run(threads: ThreadPoolExecutor, work: Callable[[], R]) -> R:
    return await asyncio.get_running_loop().run_in_executor(threads, work)
