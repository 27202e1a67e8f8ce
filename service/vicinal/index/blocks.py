"""Work on a pool in blocks, on several threads, with word of how far it has come."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from vicinal.index.threads import faiss_threads, single_products

Block = TypeVar("Block")

Report = Callable[[float], None]
"""Takes how much of the work is done, 0 to 1."""


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
