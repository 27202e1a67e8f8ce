"""The pool's graph: built beside the calls that need it, stored, and taken up again."""

import numpy as np
import pytest

from tests.support.gated_graphs import GatedNeighbourhoods, build, session_over
from tests.support.sessions import Bench, items_of, label, numbers, vectors_of
from vicinal.core.arrays import Vectors
from vicinal.core.errors import StorageFailed, StorageFull
from vicinal.core.records import Neighbours
from vicinal.pools.scoring import graphs
from vicinal.pools.session import PoolSession


@pytest.fixture
def all_builds_are_long(monkeypatch) -> None:
    monkeypatch.setattr(graphs, "QUICK_WORK", 0)


@pytest.mark.usefixtures("all_builds_are_long")
def test_the_pool_answers_while_its_graph_is_built(bench: Bench) -> None:
    gated = GatedNeighbourhoods(bench)
    session = session_over(bench, gated)
    session.items.add(items_of(30), vectors_of(30))
    assert session.view().graph is None
    batch = session.leases.open(2)
    assert len(batch.items) == 2
    label(session, _004="a", _005="b")
    assert session.classify(vectors_of(1, seed=9))[0].label in {"a", "b"}
    graph = session.view().graph
    assert graph is not None
    assert graph.covered_items == 0
    build(session, gated)
    assert session.classify(vectors_of(1, seed=9))[0].label in {"a", "b"}
    graph = session.view().graph
    assert graph is not None
    assert (graph.covered_items, graph.progress) == (30, 1.0)


@pytest.mark.usefixtures("all_builds_are_long")
def test_labels_given_meanwhile_are_in_the_spread_votes(bench: Bench) -> None:
    gated = GatedNeighbourhoods(bench)
    session = session_over(bench, gated)
    session.items.add(items_of(30), vectors_of(30))
    session.leases.open()
    label(session, _004="a", _005="b")
    session.labels.remove(["item-005"])
    label(session, _006="c")
    build(session, gated)
    fresh = bench.open()
    fresh.read(lambda state: state.scorer.refresh())
    fresh.read(lambda state: state.scorer.graphs).wait()
    assert numbers(session) == numbers(fresh)


@pytest.mark.usefixtures("all_builds_are_long")
def test_new_items_are_suggested_once_the_graph_has_them(bench: Bench) -> None:
    gated = GatedNeighbourhoods(bench)
    session = session_over(bench, gated)
    session.items.add(items_of(20), vectors_of(20))
    session.leases.open()
    build(session, gated)
    label(session, _004="a", _005="b")
    gated.gate.clear()
    session.items.add(items_of(10, first=20), vectors_of(10, seed=1))
    assert len(list(session.score_pool())) == 17
    label(session, _025="a")
    assert session.classify_items(["item-021"])[0].label in {"a", "b"}
    assert session.explain("item-021").score is None
    build(session, gated)
    assert len(list(session.score_pool())) == 26
    assert next(iter(session.explain("item-025").probabilities)) == "a"


def test_a_stored_graph_is_taken_up_again_instead_of_built(bench: Bench, monkeypatch) -> None:
    monkeypatch.setattr(graphs, "STORED_ROWS", 10)
    first = GatedNeighbourhoods(bench)
    first.gate.set()
    session = session_over(bench, first)
    session.items.add(items_of(20), vectors_of(20))
    label(session, _004="a", _005="b")
    expected = numbers(session)
    second = GatedNeighbourhoods(bench)
    second.gate.set()
    again = session_over(bench, second)
    assert numbers(again) == expected
    assert second.restored == [20]
    again.items.add(items_of(1, first=20), vectors_of(1, seed=2))
    assert len(list(again.score_pool())) == 19
    assert second.grown[-1] == 21


def test_a_failed_build_leaves_direct_votes(bench: Bench, monkeypatch, caplog) -> None:
    monkeypatch.setattr(graphs, "QUICK_WORK", 0)
    gated = GatedNeighbourhoods(bench)

    def fail(pool: Vectors) -> None:
        raise MemoryError("no room for the graph")

    monkeypatch.setattr(gated, "grow", fail)
    session = session_over(bench, gated)
    session.items.add(items_of(20), vectors_of(20))
    session.leases.open()
    session.read(lambda state: state.scorer.graphs).wait()
    label(session, _004="a", _005="b")
    assert session.classify(vectors_of(1))[0].label in {"a", "b"}
    assert len(caplog.records) == 1


def test_a_graph_that_cannot_be_stored_serves_and_is_stored_later(bench: Bench, monkeypatch, caplog) -> None:
    """Reading a pool must not fail because the disk is full."""
    monkeypatch.setattr(graphs, "STORED_ROWS", 10)
    gated = GatedNeighbourhoods(bench)
    gated.gate.set()
    session = session_over(bench, gated)
    session.items.add(items_of(20), vectors_of(20))
    store = bench.store.open_pool(bench.config.pool_id)

    def refuse(neighbours: Neighbours) -> None:
        raise StorageFull("neighbours.bin: no room")

    with monkeypatch.context() as full:
        full.setattr(type(store), "save_neighbours", lambda self, neighbours: refuse(neighbours))
        assert len(session.leases.open(2).items) == 2
        graph = session.view().graph
        assert graph is not None
        assert graph.covered_items == 20
        assert "neighbours.bin: no room; the next start builds them again" in caplog.text
    session.items.add(items_of(1, first=20), vectors_of(1, seed=2))
    session.leases.open()
    saved = store.neighbours()
    assert saved is not None
    assert len(saved.keys) == 21


def test_the_whole_pool_counts_in_probabilities(session: PoolSession) -> None:
    label(session, _000="a", _001="b")
    probabilities = session.read(lambda state: state.scorer.votes.probabilities())
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


class ClosedStore(GatedNeighbourhoods):
    def grow(self, pool: Vectors) -> None:
        assert self.gate.wait(30)
        raise StorageFailed("the store is closed")


@pytest.mark.usefixtures("all_builds_are_long")
@pytest.mark.parametrize("is_abandoned", [True, False])
def test_an_abandoned_build_ends_without_an_alarm(
    bench: Bench, caplog: pytest.LogCaptureFixture, is_abandoned: bool
) -> None:
    caplog.set_level("INFO")
    gated = ClosedStore(bench)
    session = session_over(bench, gated)
    session.items.add(items_of(30), vectors_of(30))
    session.leases.open()
    if is_abandoned:
        assert session.read(lambda state: state.scorer.graphs.abandon())
    build(session, gated)
    assert ("was abandoned" in caplog.text) is is_abandoned
    assert any(record.levelname == "ERROR" for record in caplog.records) is not is_abandoned


def test_stored_lists_of_another_width_are_built_again(bench: Bench, caplog) -> None:
    """A snapshot may bring lists that are none of this server's."""
    bench.open().items.add(items_of(12), vectors_of(12))
    odd = Neighbours(np.zeros((12, 3), np.int32), np.zeros((12, 3), np.float32))
    bench.store.open_pool(bench.config.pool_id).save_neighbours(odd)
    assert len(bench.open().leases.open(3).items) == 3
    assert "are built again" in caplog.text
