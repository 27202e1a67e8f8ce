"""One suite for every `Store`."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.support.stored_records import labelled, lease, records, response, rows
from vicinal.core.errors import (
    ItemExists,
    ItemNotFound,
    PoolExists,
    PoolNotFound,
    RequestIdReused,
    StorageFailed,
)
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import PoolStore
from vicinal.core.records import Change, Event, Neighbours, StoredResponse
from vicinal.records.labels import EventKind
from vicinal.records.pool_options import Metric, VoteModel, Weighting
from vicinal.records.pools import Fingerprint, Medium

HOUR = 3600.0


class TestPools:
    def test_listed_by_id_with_all_settings(self, store):
        full = PoolConfig(
            "a pool/../ü'; --",
            1280,
            Metric.EUCLIDEAN,
            "classic",
            7,
            Weighting.UNIFORM,
            VoteModel.DIFFUSED,
            ("ripe", "ÿ"),
            42,
            "mobilenet-v2",
            fingerprint=Fingerprint("mobilenet-v2", "1", "224 px", 1280, Medium.IMAGE),
            created_at=12.25,
        )
        store.create_pool(PoolConfig("z", 3))
        store.create_pool(full)
        assert store.pools() == [full, PoolConfig("z", 3)]

    def test_taken_id(self, store):
        store.create_pool(PoolConfig("a", 3))
        with pytest.raises(PoolExists, match="'a'"):
            store.create_pool(PoolConfig("a", 4))
        assert store.pools() == [PoolConfig("a", 3)]

    def test_same_object_each_time(self, store):
        assert store.create_pool(PoolConfig("a", 3)) is store.open_pool("a") is store.open_pool("a")

    def test_unknown(self, store):
        for call in (store.open_pool, store.delete_pool):
            with pytest.raises(PoolNotFound, match="'nope'"):
                call("nope")

    def test_deleted(self, store, pool):
        store.create_pool(PoolConfig("other", 3)).append_items(records("a"), rows(1))
        pool.append_items(records("a"), rows(1))
        pool.commit(Change(events=[labelled("a")], put_leases=[lease("l", "a")]))
        kept = pool.vectors()
        store.delete_pool("fruits")
        assert [config.pool_id for config in store.pools()] == ["other"]
        assert len(store.open_pool("other").items()) == 1
        np.testing.assert_array_equal(kept, rows(1))
        again = store.create_pool(PoolConfig("fruits", 3))
        assert (list(again.items()), list(again.events()), list(again.leases())) == ([], [], [])
        assert again.vectors().shape == (0, 3)

    def test_a_deleted_pool_takes_nothing_more(self, store, pool):
        pool.append_items(records("a"), rows(1))
        store.delete_pool("fruits")
        store.create_pool(PoolConfig("fruits", 3)).append_items(records("a"), rows(1))
        for call in every_call(pool):
            with pytest.raises(PoolNotFound):
                call()
        assert list(store.open_pool("fruits").events()) == []

    def test_closed(self, store, pool):
        store.close()
        store.close()
        for call in (
            store.pools,
            lambda: store.stored_response("r"),
            lambda: store.open_pool("fruits"),
            *every_call(pool),
        ):
            with pytest.raises(StorageFailed, match="closed"):
                call()


def every_call(pool: PoolStore) -> list[Callable[[], object]]:
    return [
        pool.items,
        pool.vectors,
        pool.leases,
        lambda: list(pool.events()),
        lambda: pool.append_items(records("b"), rows(1)),
        lambda: pool.commit(Change(events=[labelled("a")])),
    ]


class TestItems:
    def test_in_order_with_vectors(self, pool):
        pool.append_items(records("b", "a"), rows(2))
        pool.append_items(records("ç"), rows(1, start=2))
        assert list(pool.items()) == records("b", "a", "ç")
        np.testing.assert_array_equal(pool.vectors(), rows(3))

    def test_vectors_are_one_read_only_block(self, pool):
        for i in range(20):
            pool.append_items(records(f"i{i}"), rows(1, start=i))
        vectors = pool.vectors()
        assert vectors.dtype == np.float32
        assert vectors.flags.c_contiguous
        assert not vectors.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            vectors[0, 0] = 1
        np.testing.assert_array_equal(vectors, rows(20))
        assert np.shares_memory(pool.vectors(), pool.vectors())

    def test_a_view_stays_as_it_was(self, pool):
        pool.append_items(records("a"), rows(1))
        before = pool.vectors()
        for i in range(20):
            pool.append_items(records(f"i{i}"), rows(1, start=i))
        np.testing.assert_array_equal(before, rows(1))

    def test_no_items(self, pool):
        pool.append_items([], rows(0))
        assert list(pool.items()) == []
        assert pool.vectors().shape == (0, 3)
        assert not pool.vectors().flags.writeable

    def test_rows_need_not_be_contiguous(self, pool):
        pool.append_items(records("a", "b"), np.asfortranarray(rows(2)))
        pool.append_items(records("c", "d"), rows(4)[::2])
        np.testing.assert_array_equal(pool.vectors(), np.concatenate((rows(2), rows(4)[::2])))

    @pytest.mark.parametrize("ids", [("new", "a"), ("new", "new")])
    def test_taken_id(self, store, pool, ids):
        pool.append_items(records("a"), rows(1))
        with pytest.raises(ItemExists, match=repr(ids[1])):
            pool.append_items(records(*ids), rows(2), response("r"))
        assert list(pool.items()) == records("a")
        assert pool.vectors().shape == (1, 3)
        assert store.stored_response("r") is None
        pool.append_items(records("new"), rows(1, start=7))
        np.testing.assert_array_equal(pool.vectors()[1:], rows(1, start=7))

    @pytest.mark.parametrize(
        "vectors", [rows(2), np.zeros((1, 4), np.float32), np.zeros((1, 3)), np.zeros(3, np.float32)]
    )
    def test_vectors_that_do_not_fit(self, pool, vectors):
        with pytest.raises(ValueError, match="vectors are"):
            pool.append_items(records("a"), vectors)
        assert list(pool.items()) == []

    def test_the_same_id_in_two_pools(self, store, pool):
        other = store.create_pool(PoolConfig("other", 2))
        pool.append_items(records("a"), rows(1))
        other.append_items(records("a"), np.ones((1, 2), np.float32))
        assert pool.vectors().shape == (1, 3)
        assert other.vectors().shape == (1, 2)

    def test_several_pools_from_several_threads(self, store):
        def fill(pool: PoolStore) -> None:
            for i in range(15):
                pool.append_items(records(f"i{i}"), rows(1, start=i))
                pool.commit(Change([labelled(f"i{i}")], stored_response=response(f"{id(pool)} {i}")))

        pools = [store.create_pool(PoolConfig(f"p{i}", 3)) for i in range(4)]
        threads = [threading.Thread(target=fill, args=(pool,)) for pool in pools]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for pool in pools:
            np.testing.assert_array_equal(pool.vectors(), rows(15))
            assert [event.sequence for event in pool.events()] == list(range(1, 16))

    def test_one_pool_from_several_threads(self, pool):
        def fill(name: str) -> None:
            for i in range(10):
                pool.append_items(records(f"{name}{i}"), np.full((2, 3), i, np.float32)[:1])

        threads = [threading.Thread(target=fill, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expected = [[float(record.item_id[1:])] * 3 for record in pool.items()]
        np.testing.assert_array_equal(pool.vectors(), np.array(expected, np.float32))


class TestChanges:
    def test_events_are_numbered_in_order(self, pool):
        pool.append_items(records("a", "b"), rows(2))
        first = pool.commit(Change(events=[labelled("b"), labelled("a", "rotten")]))
        second = pool.commit(Change(events=[Event(EventKind.LABEL_REMOVED, "b", 6.0)]))
        assert [event.sequence for event in [*first, *second]] == [1, 2, 3]
        assert list(pool.events()) == [*first, *second]
        assert first[1] == Event(EventKind.LABELLED, "a", 5.5, "rotten", "ann", "looks it", 2)

    def test_each_pool_counts_for_itself(self, store, pool):
        other = store.create_pool(PoolConfig("other", 3))
        for each in (pool, other):
            each.append_items(records("a"), rows(1))
            assert each.commit(Change(events=[labelled("a")]))[0].sequence == 1

    def test_the_log_is_read_as_it_was_when_asked_for(self, pool):
        pool.append_items(records("a"), rows(1))
        pool.commit(Change(events=[labelled("a")]))
        log = pool.events()
        pool.commit(Change(events=[labelled("a")]))
        assert [event.sequence for event in log] == [1]

    def test_unknown_item(self, store, pool):
        pool.append_items(records("a"), rows(1))
        change = Change([labelled("a"), labelled("nope")], [lease("l", "a")], (), response("r"))
        with pytest.raises(ItemNotFound, match="'nope'"):
            pool.commit(change)
        assert (list(pool.events()), list(pool.leases()), store.stored_response("r")) == ([], [], None)
        assert pool.commit(Change(events=[labelled("a")]))[0].sequence == 1

    def test_leases_put_changed_and_dropped(self, pool):
        pool.append_items(records("a", "b"), rows(2))
        pool.commit(Change(put_leases=[lease("l2", "b"), lease("l1", "b", "a")]))
        assert list(pool.leases()) == [lease("l1", "b", "a"), lease("l2", "b")]
        pool.commit(Change(put_leases=[lease("l1", "a", expires_at=99.0)], drop_leases=["l2", "unknown"]))
        assert list(pool.leases()) == [lease("l1", "a", expires_at=99.0)]

    def test_leases_come_in_the_order_they_were_opened(self, pool):
        pool.append_items(records("a", "b"), rows(2))
        opened = [replace(lease(lease_id, "b"), number=number) for number, lease_id in enumerate("zmak", 9)]
        pool.commit(Change(put_leases=[opened[2], opened[0]]))
        pool.commit(Change(put_leases=[opened[3], opened[1], lease("old-2"), lease("old-1")]))
        changed = replace(opened[0], expires_at=99.0)
        pool.commit(Change(put_leases=[changed]))
        assert list(pool.leases()) == [lease("old-1"), lease("old-2"), changed, *opened[1:]]

    def test_nothing(self, pool):
        assert list(pool.commit(Change())) == []


class TestStoredResponses:
    def test_kept_with_every_kind_of_change(self, store):
        pool = store.create_pool(PoolConfig("a", 3), response("r1"))
        pool.append_items(records("a"), rows(1), response("r2"))
        pool.commit(Change(stored_response=response("r3")))
        for request_id in ("r1", "r2", "r3"):
            assert store.stored_response(request_id) == response(request_id)
        store.delete_pool("a", response("r4"))
        assert store.stored_response("r4") == response("r4")
        assert store.stored_response("r5") is None

    def test_gone_with_the_pool_that_they_are_about(self, store):
        """What was said of a pool says nothing of the next one of its name; that it was deleted stays."""
        for turn in range(2):
            pool = store.create_pool(PoolConfig("a", 3), response("r1"))
            other = store.create_pool(PoolConfig("b", 3), response(f"other{turn}"))
            pool.append_items(records("a"), rows(1), response("r2"))
            pool.commit(Change(stored_response=response("r3")))
            other.commit(Change(stored_response=response(f"others{turn}")))
            store.delete_pool("a", response(f"deleted{turn}"))
            assert [store.stored_response(request_id) for request_id in ("r1", "r2", "r3")] == [None] * 3
            for request_id in (f"other{turn}", f"others{turn}", f"deleted{turn}"):
                assert store.stored_response(request_id) == response(request_id)
            store.delete_pool("b")
            assert store.stored_response(f"others{turn}") is None
        assert store.stored_response("deleted0") == response("deleted0")

    def test_a_live_one_is_not_overwritten(self, store, pool):
        pool.append_items(records("a"), rows(1), response("r"))
        other = StoredResponse("r", "other digest", b"other", 1_000_001.0)
        for call in (
            lambda: store.create_pool(PoolConfig("b", 3), other),
            lambda: store.delete_pool("fruits", other),
            lambda: pool.append_items(records("b"), rows(1), other),
            lambda: pool.commit(Change(events=[labelled("a")], stored_response=other)),
        ):
            with pytest.raises(RequestIdReused, match="'r'"):
                call()
        assert store.stored_response("r") == response("r")
        assert [config.pool_id for config in store.pools()] == ["fruits"]
        assert (len(pool.items()), len(pool.vectors()), list(pool.events())) == (1, 1, [])

    def test_kept_for_24_hours(self, store, pool, clock):
        pool.commit(Change(stored_response=response("r")))
        clock.time += 24 * HOUR - 1
        assert store.stored_response("r") is not None
        clock.time += 1
        assert store.stored_response("r") is None
        pool.commit(Change(stored_response=response("r", at=clock.time)))
        assert store.stored_response("r") == response("r", at=clock.time)


class TestNeighbours:
    """Lists that can be built again, kept so that they need not be."""

    @staticmethod
    def lists(row_count: int, seed: int = 0) -> Neighbours:
        rng = np.random.default_rng(seed)
        keys = rng.integers(-1, max(1, row_count), (row_count, 4)).astype(np.int32)
        return Neighbours(keys, rng.standard_normal((row_count, 4), dtype=np.float32))

    @staticmethod
    def assert_same(found: Neighbours | None, expected: Neighbours) -> None:
        assert found is not None
        np.testing.assert_array_equal(found.keys, expected.keys)
        np.testing.assert_array_equal(found.similarities, expected.similarities)
        assert found.similarities.dtype == np.float32

    def test_none_before_any_were_saved(self, pool):
        pool.append_items(records("a", "b"), rows(2))
        assert pool.neighbours() is None

    def test_what_was_saved(self, pool):
        pool.save_neighbours(self.lists(3))
        self.assert_same(pool.neighbours(), self.lists(3))

    def test_wide_keys_and_missing_neighbours(self, pool):
        saved = Neighbours(np.array([[1, -1], [0, -1]]), np.float32([[0.5, -np.inf], [0.5, -np.inf]]))
        pool.save_neighbours(saved)
        self.assert_same(pool.neighbours(), saved)

    def test_the_last_ones_replace_those_before(self, pool):
        for row_count in (5, 3, 8, 0):
            pool.save_neighbours(self.lists(row_count, seed=row_count))
            self.assert_same(pool.neighbours(), self.lists(row_count, seed=row_count))

    def test_each_pool_has_its_own(self, store, pool):
        other = store.create_pool(PoolConfig("other", 3))
        pool.save_neighbours(self.lists(3))
        assert other.neighbours() is None

    def test_gone_with_the_pool(self, store, pool):
        pool.save_neighbours(self.lists(3))
        store.delete_pool("fruits")
        for call in (pool.neighbours, lambda: pool.save_neighbours(self.lists(3))):
            with pytest.raises(PoolNotFound):
                call()
        assert store.create_pool(PoolConfig("fruits", 3)).neighbours() is None

    def test_refused_after_the_end(self, store, pool):
        store.close()
        for call in (pool.neighbours, lambda: pool.save_neighbours(self.lists(3))):
            with pytest.raises(StorageFailed, match="closed"):
                call()
