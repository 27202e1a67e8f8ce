import threading

import faiss
import pytest

from vicinal.index.threads import run_blocks


@pytest.mark.parametrize("threads", [1, 3])
def test_each_block_once_and_progress_to_the_end(threads):
    done: list[int] = []
    told: list[float] = []
    run_blocks(done.append, list(range(20)), threads, told.append)
    assert sorted(done) == list(range(20))
    assert told == sorted(told)
    assert (len(told), told[-1]) == (20, 1.0)


def test_on_so_many_threads():
    meeting = threading.Barrier(3)
    run_blocks(lambda _: meeting.wait(timeout=30) and None, list(range(3)), 3)
    assert not meeting.broken


@pytest.mark.parametrize("threads", [1, 3])
def test_one_faiss_thread_each(threads):
    seen: list[int] = []
    run_blocks(lambda _: seen.append(faiss.omp_get_max_threads()), list(range(6)), threads)
    assert set(seen) == {1}


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_comes_out_and_stops_the_rest(threads):
    begun: list[int] = []

    def fail(block: int) -> None:
        begun.append(block)
        raise RuntimeError(f"block {block}")

    with pytest.raises(RuntimeError, match="block"):
        run_blocks(fail, list(range(1000)), threads)
    assert len(begun) < 1000


def test_nothing_to_do():
    begun: list[int] = []
    run_blocks(begun.append, [], 2)
    assert begun == []
