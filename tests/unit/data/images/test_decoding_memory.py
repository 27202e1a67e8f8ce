import random
import threading

import pytest

from tests.support.waiting import assert_in_time
from vicinal.data.images.decoding import DecodingMemory


def test_no_more_is_held_than_there_is():
    memory, most = DecodingMemory(), [0]
    sizes = [random.Random(1).randint(1, 60) for _ in range(200)]

    def work(mine):
        for size in mine:
            with memory.take(size, 100):
                most[0] = max(most[0], memory.held_bytes)

    threads = [threading.Thread(target=work, args=(sizes[start::8],)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < most[0] <= 100
    assert memory.held_bytes == 0


def test_one_that_needs_more_than_all_waits_until_it_is_alone():
    memory, order = DecodingMemory(), []
    release = threading.Event()

    def hold(name, size, event):
        with memory.take(size, 100):
            order.append(name)
            event.wait(30)

    first = threading.Thread(target=hold, args=("small", 10, release))
    first.start()
    assert_in_time(lambda: order == ["small"])
    large = threading.Thread(target=hold, args=("large", 500, threading.Event()), daemon=True)
    large.start()
    assert_in_time(lambda: memory.waiting == 1)
    after = threading.Thread(target=hold, args=("after", 10, release), daemon=True)
    after.start()
    assert_in_time(lambda: memory.waiting == 2)
    # Those that come later do not go before it, else it might wait for ever.
    assert order == ["small"]
    release.set()
    assert_in_time(lambda: order == ["small", "large"])
    assert memory.held_bytes == 500


def test_what_fails_gives_back():
    memory = DecodingMemory()
    with pytest.raises(RuntimeError), memory.take(10, 100):
        raise RuntimeError
    assert memory.held_bytes == 0
