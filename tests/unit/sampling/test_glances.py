"""Looks at pools that never wait for one at work."""

import threading
import time

from tests.unit.sampling.conftest import Bench, items_of, vectors_of
from vicinal.sampling.glances import Glances


def test_a_free_pool_is_told_of_as_it_stands(bench: Bench) -> None:
    session = bench.open()
    glances = Glances()
    assert glances.at({"a": session})["a"].view == session.view()
    session.add_items(items_of(4), vectors_of(4))
    assert glances.at({"a": session})["a"].view.counts.total == 4
    assert glances.at({"a": session})["a"].build_seconds == 0
    session.lease_batch()
    assert glances.at({"a": session})["a"].build_seconds > 0


def test_one_at_work_is_told_of_as_it_stood(bench: Bench) -> None:
    session = bench.open()
    glances, held, go_on = Glances(), threading.Event(), threading.Event()
    session.add_items(items_of(4), vectors_of(4))

    def work():
        with session.exclusive():
            held.set()
            assert go_on.wait(120)
            session.add_items(items_of(9), vectors_of(9))

    thread = threading.Thread(target=work)
    thread.start()
    assert held.wait(120)
    begun = time.monotonic()
    assert not glances.at({"a": session})
    assert time.monotonic() - begun < 100
    go_on.set()
    thread.join()
    assert glances.at({"a": session})["a"].view.counts.total == 9
    with session.exclusive():
        assert "a" in glances.at({"a": session})


def test_one_that_is_gone_is_forgotten(bench: Bench) -> None:
    glances, session = Glances(), bench.open()
    assert list(glances.at({"a": session, "b": session})) == ["a", "b"]
    assert list(glances.at({"b": session})) == ["b"]
