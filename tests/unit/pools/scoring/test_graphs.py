"""The pool's graph: built beside the calls that need it, stored, and taken up again."""

import threading

import numpy as np
import pytest

from tests.unit.pools.conftest import Bench, items_of, vectors_of
from tests.unit.pools.sessions import label, numbers
from vicinal.core.arrays import Vectors
from vicinal.core.errors import StorageFailed, StorageFull
from vicinal.core.records import Neighbours
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.scoring import graphs
from vicinal.pools.session import PoolSession


class GatedNeighbourhoods(PoolNeighbourhoods):
    """Builds only once it is let."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.config.metric, 5)
        self.gate = threading.Event()
        self.grown: list[int] = []
        self.restored: list[int] = []

    def grow(self, pool: Vectors) -> None:
        assert self.gate.wait(30)
        self.grown.append(len(pool))
        super().grow(pool)

    def restore(self, pool: Vectors, neighbours: Neighbours) -> None:
        self.restored.append(len(pool))
        super().restore(pool, neighbours)


def session_over(bench: Bench, neighbourhoods: PoolNeighbourhoods) -> PoolSession:
    return PoolSession(
        bench.config,
        bench.store.open_pool(bench.config.pool_id),
        neighbourhoods,
        bench.clock,
        bench.store.stored_response,
    )


@pytest.fixture
def all_builds_are_long(monkeypatch) -> None:
    monkeypatch.setattr(graphs, "QUICK_WORK", 0)


def build(session: PoolSession, gated: GatedNeighbourhoods) -> None:
    gated.gate.set()
    session._state.scorer.graphs.wait()


@pytest.mark.usefixtures("all_builds_are_long")
def test_the_pool_answers_while_its_graph_is_built(bench: Bench) -> None:
    gated = GatedNeighbourhoods(bench)
    session = session_over(bench, gated)
    session.add_items(items_of(30), vectors_of(30))
    assert session.view().graph is None
    batch = session.lease_batch(2)
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
    session.add_items(items_of(30), vectors_of(30))
    session.lease_batch()
    label(session, _004="a", _005="b")
    session.remove_labels(["item-005"])
    label(session, _006="c")
    build(session, gated)
    fresh = bench.open()
    fresh._state.scorer.refresh()
    fresh._state.scorer.graphs.wait()
    assert numbers(session) == numbers(fresh)


@pytest.mark.usefixtures("all_builds_are_long")
def test_new_items_are_suggested_once_the_graph_has_them(bench: Bench) -> None:
    gated = GatedNeighbourhoods(bench)
    session = session_over(bench, gated)
    session.add_items(items_of(20), vectors_of(20))
    session.lease_batch()
    build(session, gated)
    label(session, _004="a", _005="b")
    gated.gate.clear()
    session.add_items(items_of(10, first=20), vectors_of(10, seed=1))
    assert len(list(session.score_pool())) == 17
    label(session, _025="a")
    assert session.classify_items(["item-021"])[0].label in {"a", "b"}
    assert session.explain("item-021").score is None
    build(session, gated)
    assert len(list(session.score_pool())) == 26
    assert next(iter(session.explain("item-025").probabilities)) == "a"


def test_a_stored_graph_is_taken_up_again_instead_of_built(bench: Bench, monkeypatch) -> None:
    monkeypatch.setattr(graphs, "_STORED_ROWS", 10)
    first = GatedNeighbourhoods(bench)
    first.gate.set()
    session = session_over(bench, first)
    session.add_items(items_of(20), vectors_of(20))
    label(session, _004="a", _005="b")
    expected = numbers(session)
    second = GatedNeighbourhoods(bench)
    second.gate.set()
    again = session_over(bench, second)
    assert numbers(again) == expected
    assert second.restored == [20]
    again.add_items(items_of(1, first=20), vectors_of(1, seed=2))
    assert len(list(again.score_pool())) == 19
    assert second.grown[-1] == 21


def test_a_failed_build_leaves_direct_votes(bench: Bench, monkeypatch, caplog) -> None:
    monkeypatch.setattr(graphs, "QUICK_WORK", 0)
    gated = GatedNeighbourhoods(bench)

    def fail(pool: Vectors) -> None:
        raise MemoryError("no room for the graph")

    monkeypatch.setattr(gated, "grow", fail)
    session = session_over(bench, gated)
    session.add_items(items_of(20), vectors_of(20))
    session.lease_batch()
    session._state.scorer.graphs.wait()
    label(session, _004="a", _005="b")
    assert session.classify(vectors_of(1))[0].label in {"a", "b"}
    assert len(caplog.records) == 1


def test_a_graph_that_cannot_be_stored_serves_and_is_stored_later(bench: Bench, monkeypatch, caplog) -> None:
    """Reading a pool must not fail because the disk is full."""
    monkeypatch.setattr(graphs, "_STORED_ROWS", 10)
    gated = GatedNeighbourhoods(bench)
    gated.gate.set()
    session = session_over(bench, gated)
    session.add_items(items_of(20), vectors_of(20))
    store = bench.store.open_pool(bench.config.pool_id)

    def refuse(neighbours: Neighbours) -> None:
        raise StorageFull("neighbours.bin: no room")

    with monkeypatch.context() as full:
        full.setattr(type(store), "save_neighbours", lambda self, neighbours: refuse(neighbours))
        assert len(session.lease_batch(2).items) == 2
        graph = session.view().graph
        assert graph is not None
        assert graph.covered_items == 20
        assert "neighbours.bin: no room; the next start builds them again" in caplog.text
    session.add_items(items_of(1, first=20), vectors_of(1, seed=2))
    session.lease_batch()
    saved = store.neighbours()
    assert saved is not None
    assert len(saved.keys) == 21


def test_the_whole_pool_counts_in_probabilities(session: PoolSession) -> None:
    label(session, _000="a", _001="b")
    probabilities = session._state.scorer.votes.probabilities()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


class ClosedStore(GatedNeighbourhoods):
    def grow(self, pool: Vectors) -> None:
        assert self.gate.wait(30)
        raise StorageFailed("the store is closed")


@pytest.mark.usefixtures("all_builds_are_long")
@pytest.mark.parametrize("is_let_go", [True, False])
def test_a_build_let_go_ends_without_an_alarm(
    bench: Bench, caplog: pytest.LogCaptureFixture, is_let_go: bool
) -> None:
    caplog.set_level("INFO")
    gated = ClosedStore(bench)
    session = session_over(bench, gated)
    session.add_items(items_of(30), vectors_of(30))
    session.lease_batch()
    if is_let_go:
        assert session._state.scorer.graphs.let_go()
    build(session, gated)
    assert ("was let go" in caplog.text) is is_let_go
    assert any(record.levelname == "ERROR" for record in caplog.records) is not is_let_go


def test_stored_lists_of_another_width_are_built_again(bench: Bench, caplog) -> None:
    """A snapshot may bring lists that are none of this server's."""
    bench.open().add_items(items_of(12), vectors_of(12))
    odd = Neighbours(np.zeros((12, 3), np.int32), np.zeros((12, 3), np.float32))
    bench.store.open_pool(bench.config.pool_id).save_neighbours(odd)
    assert len(bench.open().lease_batch(3).items) == 3
    assert "are built again" in caplog.text
