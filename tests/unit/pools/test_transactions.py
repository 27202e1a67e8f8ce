"""A change and the response to its request are written together, or neither is."""

from collections.abc import Callable

import pytest

from tests.support.sessions import Bench, items_of, label, numbers, vectors_of
from vicinal.core.errors import PoolExists, PoolNotFound, RequestIdReused, StorageFailed
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Change
from vicinal.index import PoolNeighbourhoods
from vicinal.pools import changes
from vicinal.pools.registry import Pools
from vicinal.pools.results import BatchRequest, LabelInput
from vicinal.pools.session import PoolSession
from vicinal.records.pool_options import Consensus
from vicinal.storage import MemoryStore
from vicinal.storage.memory import MemoryPoolStore

CHANGES: dict[str, Callable[[PoolSession], object]] = {
    "add": lambda session: session.items.add(items_of(2, first=50), vectors_of(2, seed=5)),
    "label": lambda session: session.labels.submit([LabelInput("item-009", "b")]),
    "remove": lambda session: session.labels.remove(["item-000"]),
    "skip": lambda session: session.labels.skip(["item-009"]),
    "exclude": lambda session: session.items.exclude(["item-009"]),
    "restore": lambda session: session.items.restore(["item-001"]),
    "lease": lambda session: session.leases.open(3),
    "renew": lambda session: session.leases.renew([lease_id(session)], 9999),
    "release": lambda session: session.leases.release([lease_id(session)]),
}


def lease_id(session: PoolSession) -> str:
    return session.read(lambda state: next(iter(state.leases)).lease_id)


def everything(session: PoolSession) -> object:
    leases = session.read(lambda state: list(state.leases))
    return numbers(session), session.view(), session.list_items(), leases, list(session.history())


@pytest.fixture
def used(session: PoolSession) -> PoolSession:
    label(session, _000="a", _002="b")
    session.labels.skip(["item-001"])
    session.leases.open(2)
    session.leases.release([session.leases.open(1).lease.lease_id])  # type: ignore[union-attr]
    taken = {item.item_id for item in session.list_items()[0] if item.lease_id}
    assert not taken & {"item-009", "item-000"}
    return session


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_made_by_its_commit_and_not_before(used: PoolSession, bench: Bench, name: str) -> None:
    before = everything(used)
    with used.transactions.begin("r", "digest") as transaction:
        CHANGES[name](used)
        assert everything(used) == before
        transaction.commit(b"done")
        assert everything(used) != before
    after = everything(used)
    assert used.transactions.stored_response("r", "digest") == b"done"
    assert everything(bench.open()) == after
    label(used, _015="c")
    assert used.view().label_counts["c"] == 1


@pytest.mark.parametrize("name", CHANGES)
def test_without_a_commit_nothing_is_changed(used: PoolSession, bench: Bench, name: str) -> None:
    before = everything(used)
    with used.transactions.begin("r", "digest"):
        CHANGES[name](used)
    assert everything(used) == everything(bench.open()) == before
    assert used.transactions.stored_response("r", "digest") is None
    # The next change is no part of what was given up.
    CHANGES[name](used)
    assert everything(used) != before


@pytest.mark.parametrize("name", CHANGES)
def test_a_commit_that_fails_leaves_all_as_it_was(
    used: PoolSession, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StorageFailed("disk full; free some space")

    before = everything(used)
    with monkeypatch.context() as patched:
        patched.setattr(MemoryPoolStore, "commit", refuse)
        patched.setattr(MemoryPoolStore, "append_items", refuse)
        with used.transactions.begin("r", "digest") as transaction:
            CHANGES[name](used)
            with pytest.raises(StorageFailed):
                transaction.commit(b"done")
    assert everything(used) == before
    assert used.transactions.stored_response("r", "digest") is None


def test_a_change_and_its_response_are_one_write(used: PoolSession, monkeypatch: pytest.MonkeyPatch) -> None:
    written = commits(monkeypatch)
    with used.transactions.begin("r", "digest") as transaction:
        used.labels.submit([LabelInput("item-009", "b")])
        transaction.commit(b"done")
    assert [(len(change.events), change.stored_response.message) for change in written] == [(1, b"done")]


def test_labels_stand_where_the_next_batch_fails(used: PoolSession, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StorageFailed("disk full; free some space")

    written = commits(monkeypatch)
    monkeypatch.setattr(used.leases, "open_lease", refuse)
    with pytest.raises(StorageFailed), used.transactions.begin("r", "digest"):
        used.labels.submit([LabelInput("item-009", "b")], next_batch=BatchRequest(1))
    assert used.view().label_counts == {"a": 1, "b": 2}
    assert [change.stored_response for change in written] == [None]
    assert used.transactions.stored_response("r", "digest") is None


def test_the_response_to_labels_goes_with_the_next_batch(
    used: PoolSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = commits(monkeypatch)
    with used.transactions.begin("r", "digest") as transaction:
        done = used.labels.submit([LabelInput("item-009", "b")], next_batch=BatchRequest(1))
        assert used.view().label_counts == {"a": 1, "b": 2}
        assert done.next is not None
        assert len(done.next.items) == 1
        transaction.commit(b"done")
    assert [change.stored_response is not None for change in written] == [False, True]
    assert [len(change.put_leases) for change in written] == [0, 1]


@pytest.mark.slow
@pytest.mark.parametrize("next_batch", [None, BatchRequest(1)])
def test_labels_are_settled_once_they_are_written(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, next_batch: BatchRequest | None
) -> None:
    session = make_bench(overlap=2, consensus=Consensus.DAWID_SKENE).open()
    session.items.add(items_of(30), vectors_of(30))
    written = commits(monkeypatch)
    counts: list[int] = []
    settle = changes.plan_consensus
    monkeypatch.setattr(
        changes,
        "plan_consensus",
        lambda state, now: counts.append(state.items.annotations.count) or settle(state, now),
    )
    labels = [LabelInput(f"item-{row:03d}", "ab"[row % 2]) for row in range(20)]
    with session.transactions.begin("r", "digest") as transaction:
        session.labels.submit(labels, "ann", next_batch=next_batch)
        transaction.commit(b"done")
    assert counts == [20]
    with_response = [change for change in written if change.stored_response]
    assert [bool(change.events) for change in with_response] == [next_batch is None]


def test_a_transaction_takes_one_change(used: PoolSession) -> None:
    with used.transactions.begin("r", "digest") as transaction:
        used.labels.skip(["item-009"])
        with pytest.raises(RuntimeError, match="one change"):
            used.labels.skip(["item-010"])
        transaction.commit(b"done")
        with pytest.raises(RuntimeError, match="no change"):
            transaction.commit(b"again")
    assert used.transactions.stored_response("r", "digest") == b"done"
    assert used.view().counts.skipped == 2


class TestPools:
    @pytest.fixture
    def pools(self, bench: Bench) -> Pools:
        made = Pools(bench.store, None, PoolNeighbourhoods, bench.clock)  # type: ignore[arg-type]
        made.load_all()
        return made

    def test_pools_come_and_go_with_the_commit(self, pools: Pools) -> None:
        with pools.transactions.begin("r1", "digest") as transaction:
            assert pools.create(PoolConfig("new", 3)).config.pool_id == "new"
            assert [view.config.pool_id for view in pools.list()] == ["fruits"]
            transaction.commit(b"made")
        assert pools.get("new").view().counts.total == 0
        with pools.transactions.begin("r2", "digest") as transaction:
            pools.delete("new")
            assert pools.get("new")
            transaction.commit(b"gone")
        with pytest.raises(PoolNotFound):
            pools.get("new")
        # The response to the pool's making went with it.
        assert pools.transactions.stored_response("r1", "digest") is None
        assert pools.transactions.stored_response("r2", "digest") == b"gone"
        with pytest.raises(RequestIdReused):
            pools.transactions.stored_response("r2", "another digest")

    def test_a_failing_store_changes_no_pools(
        self, pools: Pools, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise StorageFailed("disk full; free some space")

        for method in ("create_pool", "delete_pool"):
            monkeypatch.setattr(MemoryStore, method, refuse)
        with pools.transactions.begin("r1", "digest") as transaction:
            pools.create(PoolConfig("new", 3))
            with pytest.raises(StorageFailed):
                transaction.commit(b"made")
        with pools.transactions.begin("r2", "digest") as transaction:
            pools.delete("fruits")
            with pytest.raises(StorageFailed):
                transaction.commit(b"gone")
        assert [view.config.pool_id for view in pools.list()] == ["fruits"]
        with pytest.raises(PoolExists):
            pools.create(PoolConfig("fruits", 3))
        assert bench.store.stored_response("r1") is bench.store.stored_response("r2") is None


def commits(monkeypatch: pytest.MonkeyPatch) -> list[Change]:
    """What is written from now on, as it is written."""
    written: list[Change] = []
    commit = MemoryPoolStore.commit

    def noted(store: MemoryPoolStore, change: Change) -> object:
        written.append(change)
        return commit(store, change)

    monkeypatch.setattr(MemoryPoolStore, "commit", noted)
    return written
