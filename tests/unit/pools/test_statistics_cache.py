"""Looks at pools that never wait for one at work."""

import threading
import time

from tests.support.sessions import Bench, items_of, vectors_of
from vicinal.pools.statistics_cache import StatisticsCache


def test_a_free_pool_is_told_of_as_it_stands(bench: Bench) -> None:
    session = bench.open()
    cache = StatisticsCache()
    assert cache.at({"a": session})["a"].view == session.view()
    session.items.add(items_of(4), vectors_of(4))
    assert cache.at({"a": session})["a"].view.counts.total == 4
    assert cache.at({"a": session})["a"].build_seconds == 0
    session.leases.open()
    assert cache.at({"a": session})["a"].build_seconds > 0


def test_one_at_work_is_told_of_as_it_stood(bench: Bench) -> None:
    session = bench.open()
    cache, held, go_on = StatisticsCache(), threading.Event(), threading.Event()
    session.items.add(items_of(4), vectors_of(4))

    def work():
        with session.lock:
            held.set()
            assert go_on.wait(120)
            session.items.add(items_of(9), vectors_of(9))

    thread = threading.Thread(target=work)
    thread.start()
    assert held.wait(120)
    begun = time.monotonic()
    assert not cache.at({"a": session})
    assert time.monotonic() - begun < 100
    go_on.set()
    thread.join()
    assert cache.at({"a": session})["a"].view.counts.total == 9
    with session.lock:
        assert "a" in cache.at({"a": session})


def test_one_that_is_gone_is_forgotten(bench: Bench) -> None:
    cache, session = StatisticsCache(), bench.open()
    assert list(cache.at({"a": session, "b": session})) == ["a", "b"]
    assert list(cache.at({"b": session})) == ["b"]
