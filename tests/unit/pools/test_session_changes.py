import numpy as np
import pytest

from tests.support.sessions import Bench, items_of, label, numbers, vectors_of
from vicinal.core.errors import (
    InvalidInput,
    ItemExists,
    ItemLeased,
    ItemNotFound,
    RequestIdReused,
    StorageFailed,
    VicinalError,
    WrongItemState,
)
from vicinal.pools.results import BatchRequest, LabelInput, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.items import ItemState


def test_labels_answer_with_the_next_batch(session: PoolSession) -> None:
    batch = session.leases.open(2)
    assert batch.lease is not None
    labels = [LabelInput(item.item_id, "a") for item in batch.items]
    done = session.labels.submit(labels, "ann", batch.lease.lease_id, BatchRequest(3))
    assert (done.labelled, done.relabelled, done.unchanged) == (2, 0, 0)
    assert done.next is not None
    assert len(done.next.items) == 3
    assert list(done.next.items[0].probabilities) == ["a"]


def test_wrong_labels_change_nothing_and_are_all_named(session: PoolSession) -> None:
    label(session, _000="a")
    held = session.leases.open(1)
    assert held.lease is not None
    session.leases.release([held.lease.lease_id])
    before = numbers(session), session.view()
    with pytest.raises(VicinalError) as caught:
        session.labels.submit(
            [
                LabelInput("nobody", "a"),
                LabelInput("item-000", "b"),
                LabelInput("item-001", "a"),
                LabelInput("item-001", "a"),
            ]
        )
    assert isinstance(caught.value, ItemNotFound)
    assert [violation.field for violation in caught.value.violations] == [
        "labels[0].item_id",
        "labels[1].item_id",
        "labels[3].item_id",
    ]
    assert (numbers(session), session.view()) == before


def test_another_label_needs_relabel(session: PoolSession) -> None:
    label(session, _000="a")
    with pytest.raises(WrongItemState, match="set relabel"):
        label(session, _000="b")
    assert label(session, _000="a").unchanged == 1
    assert session.labels.submit([LabelInput("item-000", "b", relabel=True)]).relabelled == 1
    assert session.view().label_counts == {"b": 1}


def test_labels_outside_the_pools_classes_are_refused(make_bench) -> None:
    session = make_bench(classes=("a", "b")).open()
    session.items.add(items_of(3), vectors_of(3))
    with pytest.raises(InvalidInput, match=r"labels\[0\]\.label"):
        label(session, _000="c")


def test_of_very_many_wrong_labels_the_first_are_named_and_all_counted(make_bench) -> None:
    session = make_bench(classes=("cat", "dog")).open()
    labels = [LabelInput(f"item-{row}", "cow") for row in range(250)]
    with pytest.raises(InvalidInput, match=r"\(and 249 more\)") as caught:
        session.labels.submit(labels)
    assert len(caught.value.violations) == 100


def test_a_removed_label_leaves_no_trace(bench: Bench) -> None:
    kept, other = bench.open(), None
    kept.items.add(items_of(30), vectors_of(30))
    label(kept, _001="a", _002="b", _003="a")
    expected = numbers(kept)
    label(kept, _004="c", _005="b")
    kept.labels.submit([LabelInput("item-001", "c", relabel=True)])
    assert numbers(kept) != expected
    kept.labels.submit([LabelInput("item-001", "a", relabel=True)])
    kept.labels.remove(["item-005", "item-004"])
    assert numbers(kept) == expected
    other = bench.open()
    assert numbers(other) == expected


def test_removing_a_label_that_is_not_there_is_refused(session: PoolSession) -> None:
    with pytest.raises(WrongItemState, match="no label to remove"):
        session.labels.remove(["item-000"])


def test_skipped_and_excluded_items_wait_until_restored(session: PoolSession) -> None:
    assert session.labels.skip(["item-000"], "blurred", "ann") == 1
    assert session.items.exclude(["item-001"], "wrong folder") == 1
    assert {item.item_id for item in session.score_pool()}.isdisjoint({"item-000", "item-001"})
    told = session.explain("item-000")
    assert (told.item.state, told.item.reason, told.item.annotator) == (ItemState.SKIPPED, "blurred", "ann")
    assert told.score is None
    with pytest.raises(WrongItemState, match="restore it first"):
        label(session, _001="a")
    assert session.items.restore(["item-000", "item-001", "item-002"]) == 2
    assert session.view().counts.unlabelled == 30


def test_a_skipped_item_may_be_labelled_after_all(session: PoolSession) -> None:
    session.labels.skip(["item-000"])
    label(session, _000="a")
    assert session.explain("item-000").item.label == "a"


def test_items_in_anothers_hands_cannot_be_skipped_or_excluded(session: PoolSession) -> None:
    batch = session.leases.open(1, "ann")
    (item,) = batch.items
    with pytest.raises(ItemLeased):
        session.labels.skip([item.item_id], "no")
    with pytest.raises(ItemLeased):
        session.items.exclude([item.item_id], "no")
    assert batch.lease is not None
    assert session.labels.skip([item.item_id], lease_id=batch.lease.lease_id) == 1


def test_adding_tells_new_from_existing_from_wrong(session: PoolSession) -> None:
    vectors = vectors_of(5, seed=3)
    vectors[1] = np.nan
    vectors[2] = 0
    items = [*items_of(3, first=29), PreparedItem("item-000", "other"), PreparedItem("new", "hash")]
    items[0] = PreparedItem("item-029", "hash-29")
    outcome = session.items.add(items, vectors)
    assert (outcome.added, outcome.existing) == (1, 1)
    assert {row: type(error) for row, error in outcome.failures.items()} == {
        1: InvalidInput,
        2: InvalidInput,
        3: ItemExists,
    }
    assert session.view().counts.total == 31


def test_added_items_can_be_suggested_and_voted_on(session: PoolSession) -> None:
    label(session, _000="a", _001="b")
    session.items.add(items_of(10, first=30), vectors_of(10, seed=4))
    assert len(list(session.score_pool())) == 38
    assert session.classify_items(["item-035"])[0].label in {"a", "b"}


def test_unknown_strategy_is_refused_before_labels_are_taken(session: PoolSession) -> None:
    with pytest.raises(InvalidInput, match="strategy"):
        session.labels.submit([LabelInput("item-000", "a")], next_batch=BatchRequest(strategy="best"))
    assert not session.view().label_counts


def test_a_retry_finds_the_stored_response(session: PoolSession) -> None:
    assert session.transactions.stored_response("id-1", "digest") is None
    with session.transactions.begin("id-1", "digest") as transaction:
        assert transaction.stored_response is None
        outcome = session.labels.submit([LabelInput("item-000", "a")])
        transaction.commit(str(outcome.labelled).encode())
    assert session.transactions.stored_response("id-1", "digest") == b"1"
    with session.transactions.begin("id-1", "digest") as again:
        assert again.stored_response == b"1"
    with pytest.raises(RequestIdReused):
        session.transactions.stored_response("id-1", "another digest")
    with pytest.raises(RequestIdReused), session.transactions.begin("id-1", "another digest"):
        pass


def test_a_response_to_what_changed_nothing_is_stored_too(bench: Bench, session: PoolSession) -> None:
    with session.transactions.begin("id-2", "digest") as transaction:
        session.items.add([], vectors_of(0))
        transaction.commit(b"nothing")
    assert bench.open().transactions.stored_response("id-2", "digest") == b"nothing"


def test_a_failing_store_leaves_the_state_as_it_was(session: PoolSession, monkeypatch) -> None:
    label(session, _000="a", _001="b")
    batch = session.leases.open(2)
    assert batch.lease is not None
    before = numbers(session), session.view(), session.list_items()

    def refuse(*_: object, **__: object) -> None:
        raise StorageFailed("disk full; free some space")

    store = session.store
    monkeypatch.setattr(store, "commit", refuse)
    monkeypatch.setattr(store, "append_items", refuse)
    attempts = (
        lambda: label(session, _009="a"),
        lambda: session.labels.submit([LabelInput("item-000", "c", relabel=True)]),
        lambda: session.labels.remove(["item-000"]),
        lambda: session.labels.skip(["item-009"]) if _free(session, "item-009") else session.leases.open(),
        lambda: session.leases.open(3),
        lambda: session.leases.renew([batch.lease.lease_id]),
        lambda: session.leases.release([batch.lease.lease_id]),
        lambda: session.items.add(items_of(1, first=77), vectors_of(1)),
    )
    for attempt in attempts:
        with pytest.raises(StorageFailed):
            attempt()
    assert (numbers(session), session.view(), session.list_items()) == before


def _free(session: PoolSession, item_id: str) -> bool:
    return session.explain(item_id).item.state is ItemState.UNLABELLED
