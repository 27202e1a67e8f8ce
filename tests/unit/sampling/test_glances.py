"""Looks at pools that never wait for one at work."""

import threading
import time

from tests.unit.sampling.conftest import Bench, items_of, vectors_of
from vicinal.sampling.glances import Glances


def test_a_free_pool_is_told_of_as_it_stands(bench: Bench) -> None:
    session = bench.open()
    glances = Glances()
    assert glances.at("a", session).view == session.view()
    session.add_items(items_of(4), vectors_of(4))
    assert glances.at("a", session).view.counts.total == 4
    assert glances.at("a", session).build_seconds == 0
    session.lease_batch()
    assert glances.at("a", session).build_seconds > 0


def test_one_at_work_is_told_of_as_it_stood(bench: Bench) -> None:
    session = bench.open()
    glances, held, go_on = Glances(), threading.Event(), threading.Event()
    session.add_items(items_of(4), vectors_of(4))

    def work():
        with session.exclusive():
            held.set()
            assert go_on.wait(30)
            session.add_items(items_of(9), vectors_of(9))

    thread = threading.Thread(target=work)
    thread.start()
    assert held.wait(30)
    begun = time.monotonic()
    assert glances.at("a", session) is None
    assert time.monotonic() - begun < 10
    go_on.set()
    thread.join()
    assert glances.at("a", session).view.counts.total == 9
    with session.exclusive():
        assert glances.at("a", session) is not None
