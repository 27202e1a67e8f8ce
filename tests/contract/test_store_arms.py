"""What every `Store` keeps of holdout, suggestions and what was predicted."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from vicinal.core.arms import SuggestionRecord
from vicinal.core.errors import PoolNotFound, StorageFailed
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import PoolStore, Store
from vicinal.core.records import Change, Event, ItemRecord
from vicinal.records.labels import Arm, EventKind
from vicinal.storage import MemoryStore, SqlStore


class StandingClock:
    def now(self) -> float:
        return 1_000_000.0


@pytest.fixture(params=["memory", "sql"])
def store(request, tmp_path: Path) -> Iterator[Store]:
    clock = StandingClock()
    made: Store = MemoryStore(clock) if request.param == "memory" else SqlStore(tmp_path / "data", clock)
    yield made
    made.close()


@pytest.fixture
def pool(store: Store) -> PoolStore:
    made = store.create_pool(PoolConfig("fruits", 3, holdout_share=0.25, control_share=0.125))
    records = [ItemRecord("a", "hash"), ItemRecord("b", "hash", {"k": "v"}, holdout=True)]
    made.append_items(records, np.zeros((2, 3), dtype=np.float32))
    return made


SUGGESTIONS = [
    SuggestionRecord(1, "a", Arm.ACTIVE, 7),
    SuggestionRecord(2, "b", Arm.HOLDOUT, 1),
    SuggestionRecord(3, "a", Arm.CONTROL, 6),
]


def test_shares_are_kept_with_the_pool(store, pool):
    (config,) = store.pools()
    assert (config.holdout_share, config.control_share) == (0.25, 0.125)


def test_the_holdout_is_kept_with_its_items(pool):
    assert [item.holdout for item in pool.items()] == [False, True]
    assert pool.items()[1].metadata == {"k": "v"}


def test_suggestions_are_kept_in_order(pool):
    assert list(pool.suggestions()) == []
    pool.commit(Change(suggestions=SUGGESTIONS[:2]))
    pool.commit(Change(suggestions=SUGGESTIONS[2:]))
    assert list(pool.suggestions()) == SUGGESTIONS


def test_labels_keep_their_suggestion_and_what_was_predicted(pool):
    pool.commit(Change(suggestions=SUGGESTIONS))
    answer = Event(EventKind.LABELLED, "a", 5.0, "ripe", suggestion=SUGGESTIONS[2], predicted="rotten")
    unasked = Event(EventKind.LABELLED, "b", 6.0, "ripe")
    written = pool.commit(Change(events=[answer, unasked]))
    assert list(pool.events()) == list(written)
    assert [(event.suggestion, event.predicted) for event in written] == [
        (SUGGESTIONS[2], "rotten"),
        (None, ""),
    ]


def test_suggestions_are_of_one_pool_and_go_with_it(store, pool):
    pool.commit(Change(suggestions=SUGGESTIONS))
    assert list(store.create_pool(PoolConfig("other", 3)).suggestions()) == []
    store.delete_pool("fruits")
    with pytest.raises(PoolNotFound):
        pool.suggestions()
    assert list(store.create_pool(PoolConfig("fruits", 3)).suggestions()) == []


def test_suggestions_are_refused_after_the_end(store, pool):
    store.close()
    with pytest.raises(StorageFailed, match="closed"):
        pool.suggestions()
