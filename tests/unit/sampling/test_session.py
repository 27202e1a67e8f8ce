from dataclasses import replace

import numpy as np
import pytest

from tests.unit.sampling.conftest import Bench, items_of, vectors_of
from vicinal.core.errors import (
    InvalidInput,
    ItemExists,
    ItemLeased,
    ItemNotFound,
    LeaseNotFound,
    NoLabelsYet,
    RequestIdReused,
    StorageFailed,
    VicinalError,
    WrongItemState,
)
from vicinal.core.ports import EventKind
from vicinal.sampling.results import ItemState, LabelInput, NewItem, NextBatch, Retry, Submitted
from vicinal.sampling.session import PoolSession


def label(session: PoolSession, **labels: str) -> Submitted:
    return session.submit_labels([LabelInput(f"item-{key[1:]}", value) for key, value in labels.items()])


def numbers(session: PoolSession) -> object:
    """All that suggestions and predictions depend on."""
    queries = vectors_of(5, seed=9)
    predictions = session.classify(queries, with_neighbours=True) if session.view().label_counts else []
    return list(session.score_pool()), list(session.score_pool("classic")), predictions


def test_first_suggestion_is_the_densest_and_has_no_shares(session: PoolSession) -> None:
    best = next(iter(session.score_pool()))
    batch = session.lease_batch()
    assert batch.items[0].item_id == best.item_id
    assert batch.items[0].shares == ()
    assert batch.items[0].score.density_cdf == 1.0


def test_leased_items_are_not_suggested_again(session: PoolSession) -> None:
    seen = [item.item_id for _ in range(6) for item in session.lease_batch(5).items]
    assert len(set(seen)) == len(seen) == 30
    nothing = session.lease_batch(5)
    assert nothing.lease is None
    assert not nothing.items


def test_a_batch_is_what_single_leases_would_have_given(bench: Bench) -> None:
    one, many = bench.open(), bench.open()
    one.add_items(items_of(30), vectors_of(30))
    many = bench.open()
    singles = [one.lease_batch().items[0] for _ in range(10)]
    assert list(many.lease_batch(10).items) == singles


def test_a_batch_larger_than_the_pool_gives_what_there_is(session: PoolSession) -> None:
    assert len(session.lease_batch(1000).items) == 30


def test_a_lease_expires_and_its_items_come_back(bench: Bench, session: PoolSession) -> None:
    batch = session.lease_batch(30, lease_seconds=10)
    bench.clock.pass_seconds(9.9)
    assert not session.lease_batch().items
    bench.clock.pass_seconds(0.2)
    again = session.lease_batch(30)
    assert [item.item_id for item in again.items] == [item.item_id for item in batch.items]


def test_a_renewed_lease_lasts_from_now(bench: Bench, session: PoolSession) -> None:
    lease = session.lease_batch(30, lease_seconds=10).lease
    assert lease is not None
    bench.clock.pass_seconds(9)
    (renewed,) = session.renew_leases([lease.lease_id], 10)
    assert renewed.expires_at == bench.clock.now() + 10
    bench.clock.pass_seconds(9)
    assert session.view().counts.leased == 30
    bench.clock.pass_seconds(2)
    assert session.view().counts.leased == 0
    with pytest.raises(LeaseNotFound, match=r"lease_ids\[0\]"):
        session.renew_leases([lease.lease_id])


def test_a_released_lease_frees_its_open_items_only(session: PoolSession) -> None:
    batch = session.lease_batch(3)
    assert batch.lease is not None
    first = batch.items[0].item_id
    session.submit_labels([LabelInput(first, "a")], lease_id=batch.lease.lease_id)
    assert session.release_leases([batch.lease.lease_id, "never-was"]) == 2
    assert session.view().counts.labelled == 1
    assert session.view().counts.unlabelled == 29


def test_a_lease_ends_with_its_last_item(session: PoolSession) -> None:
    batch = session.lease_batch(2)
    assert batch.lease is not None
    one, two = (item.item_id for item in batch.items)
    session.submit_labels([LabelInput(one, "a")], lease_id=batch.lease.lease_id)
    session.skip_items([two], "too dark", lease_id=batch.lease.lease_id)
    assert session.view().open_leases == 0


def test_labels_answer_with_the_next_batch(session: PoolSession) -> None:
    batch = session.lease_batch(2)
    assert batch.lease is not None
    labels = [LabelInput(item.item_id, "a") for item in batch.items]
    done = session.submit_labels(labels, "ann", batch.lease.lease_id, NextBatch(3))
    assert (done.labelled, done.relabelled, done.unchanged) == (2, 0, 0)
    assert done.next_batch is not None
    assert len(done.next_batch.items) == 3
    assert [share.label for share in done.next_batch.items[0].shares] == ["a"]


def test_a_late_label_is_taken_while_nobody_else_has_the_item(bench: Bench, session: PoolSession) -> None:
    batch = session.lease_batch(1, lease_seconds=5)
    assert batch.lease is not None
    bench.clock.pass_seconds(6)
    (item,) = batch.items
    done = session.submit_labels([LabelInput(item.item_id, "a")], lease_id=batch.lease.lease_id)
    assert done.labelled == 1


def test_a_late_label_is_refused_once_another_has_the_item(bench: Bench, session: PoolSession) -> None:
    batch = session.lease_batch(1, lease_seconds=5)
    assert batch.lease is not None
    bench.clock.pass_seconds(6)
    (item,) = batch.items
    session.lease_batch(1)
    with pytest.raises(ItemLeased, match=r"labels\[0\]\.item_id"):
        session.submit_labels([LabelInput(item.item_id, "a")], lease_id=batch.lease.lease_id)


def test_wrong_labels_change_nothing_and_are_all_named(session: PoolSession) -> None:
    label(session, _000="a")
    before = numbers(session), session.view()
    held = session.lease_batch(1)
    assert held.lease is not None
    session.release_leases([held.lease.lease_id])
    with pytest.raises(VicinalError) as caught:
        session.submit_labels(
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
    assert session.submit_labels([LabelInput("item-000", "b", relabel=True)]).relabelled == 1
    assert session.view().label_counts == {"b": 1}


def test_labels_outside_the_pools_classes_are_refused(make_bench) -> None:
    session = make_bench(classes=("a", "b")).open()
    session.add_items(items_of(3), vectors_of(3))
    with pytest.raises(InvalidInput, match=r"labels\[0\]\.label"):
        label(session, _000="c")


def test_a_removed_label_leaves_no_trace(bench: Bench) -> None:
    kept, other = bench.open(), None
    kept.add_items(items_of(30), vectors_of(30))
    label(kept, _001="a", _002="b", _003="a")
    expected = numbers(kept)
    label(kept, _004="c", _005="b")
    kept.submit_labels([LabelInput("item-001", "c", relabel=True)])
    assert numbers(kept) != expected
    kept.submit_labels([LabelInput("item-001", "a", relabel=True)])
    kept.remove_labels(["item-005", "item-004"])
    assert numbers(kept) == expected
    other = bench.open()
    assert numbers(other) == expected


def test_removing_a_label_that_is_not_there_is_refused(session: PoolSession) -> None:
    with pytest.raises(WrongItemState, match="no label to remove"):
        session.remove_labels(["item-000"])


def test_skipped_and_excluded_items_wait_until_restored(session: PoolSession) -> None:
    assert session.skip_items(["item-000"], "blurred", "ann") == 1
    assert session.exclude_items(["item-001"], "wrong folder") == 1
    assert {item.item_id for item in session.score_pool()}.isdisjoint({"item-000", "item-001"})
    told = session.explain("item-000")
    assert (told.item.state, told.item.reason, told.item.annotator) == (ItemState.SKIPPED, "blurred", "ann")
    assert told.score is None
    with pytest.raises(WrongItemState, match="restore it first"):
        label(session, _001="a")
    assert session.restore_items(["item-000", "item-001", "item-002"]) == 2
    assert session.view().counts.unlabelled == 30


def test_a_skipped_item_may_be_labelled_after_all(session: PoolSession) -> None:
    session.skip_items(["item-000"])
    label(session, _000="a")
    assert session.explain("item-000").item.label == "a"


def test_items_in_anothers_hands_cannot_be_skipped_or_excluded(session: PoolSession) -> None:
    batch = session.lease_batch(1, "ann")
    (item,) = batch.items
    with pytest.raises(ItemLeased):
        session.skip_items([item.item_id], "no")
    with pytest.raises(ItemLeased):
        session.exclude_items([item.item_id], "no")
    assert batch.lease is not None
    assert session.skip_items([item.item_id], lease_id=batch.lease.lease_id) == 1


def test_adding_tells_new_from_existing_from_wrong(session: PoolSession) -> None:
    vectors = vectors_of(5, seed=3)
    vectors[1] = np.nan
    vectors[2] = 0
    items = [*items_of(3, first=29), NewItem("item-000", "other"), NewItem("new", "hash")]
    items[0] = NewItem("item-029", "hash-29")
    outcome = session.add_items(items, vectors)
    assert (outcome.added, outcome.existing) == (1, 1)
    assert {row: type(error) for row, error in outcome.failures.items()} == {
        1: InvalidInput,
        2: InvalidInput,
        3: ItemExists,
    }
    assert session.view().counts.total == 31


def test_added_items_can_be_suggested_and_voted_on(session: PoolSession) -> None:
    label(session, _000="a", _001="b")
    session.add_items(items_of(10, first=30), vectors_of(10, seed=4))
    assert len(list(session.score_pool())) == 38
    assert session.classify_items(["item-035"])[0].label in {"a", "b"}


def test_classify_needs_a_label(session: PoolSession) -> None:
    with pytest.raises(NoLabelsYet):
        session.classify(vectors_of(1))


def test_explain_gives_rank_voters_and_neighbours(session: PoolSession) -> None:
    label(session, _000="a", _001="b", _002="a")
    ranked = list(session.score_pool())
    told = session.explain(ranked[4].item_id)
    assert (told.rank, told.eligible_items) == (5, 27)
    assert told.score == ranked[4].score
    assert {vote.item_id for vote in told.voters} == {"item-000", "item-001", "item-002"}
    assert sum(vote.weight for vote in told.voters) == pytest.approx(1)
    assert len(told.pool_neighbours) == 5
    similarities = [near.similarity for near in told.pool_neighbours]
    assert similarities == sorted(similarities, reverse=True)


def test_items_come_in_pages(session: PoolSession) -> None:
    label(session, _003="a", _007="a", _011="b")
    page, cursor = session.list_items([ItemState.LABELLED], limit=2)
    assert [item.item_id for item in page] == ["item-003", "item-007"]
    assert cursor is not None
    page, cursor = session.list_items([ItemState.LABELLED], after=cursor, limit=2)
    assert [item.item_id for item in page] == ["item-011"]
    assert cursor is None


def test_the_log_keeps_everything_and_the_export_what_stands(session: PoolSession) -> None:
    label(session, _000="a", _001="b")
    session.submit_labels([LabelInput("item-000", "c", relabel=True)])
    session.remove_labels(["item-001"])
    kinds = [event.kind for event in session.history()]
    assert kinds == [EventKind.LABELLED, EventKind.LABELLED, EventKind.RELABELLED, EventKind.LABEL_REMOVED]
    assert [(event.item_id, event.label) for event in session.export_labels()] == [("item-000", "c")]
    assert session.metadata("item-000") == {"n": "0"}


def test_a_restart_restores_everything(bench: Bench, session: PoolSession) -> None:
    label(session, _000="a", _001="b")
    session.skip_items(["item-002"], "dark")
    session.exclude_items(["item-003"])
    batch = session.lease_batch(4, "ann")
    assert batch.lease is not None
    session.submit_labels([LabelInput(batch.items[0].item_id, "a")], "ann", batch.lease.lease_id)
    again = bench.open()
    assert numbers(again) == numbers(session)
    assert again.view() == session.view()
    assert again.list_items(limit=100) == session.list_items(limit=100)
    assert again.submit_labels(
        [LabelInput(batch.items[1].item_id, "a")], "ann", batch.lease.lease_id
    ).labelled


def test_leases_that_expired_while_down_are_gone(bench: Bench, session: PoolSession) -> None:
    session.lease_batch(4, lease_seconds=5)
    bench.clock.pass_seconds(6)
    assert bench.open().view().counts.leased == 0


def test_the_random_strategy_is_the_same_after_a_restart(bench: Bench, session: PoolSession) -> None:
    order = [item.item_id for item in session.score_pool("random")]
    assert [item.item_id for item in bench.open().lease_batch(30, strategy="random").items] == order
    assert order != sorted(order)


def test_unknown_strategy_is_refused_before_labels_are_taken(session: PoolSession) -> None:
    with pytest.raises(InvalidInput, match="strategy"):
        session.submit_labels([LabelInput("item-000", "a")], next_batch=NextBatch(strategy="best"))
    assert not session.view().label_counts


def test_a_retry_finds_the_kept_answer(session: PoolSession) -> None:
    retry = Retry[Submitted]("id-1", "digest", lambda outcome: str(outcome.labelled).encode())
    assert session.replay("id-1", "digest") is None
    session.submit_labels([LabelInput("item-000", "a")], retry=retry)
    assert session.replay("id-1", "digest") == b"1"
    with pytest.raises(RequestIdReused):
        session.replay("id-1", "another digest")


def test_an_answer_that_changed_nothing_is_kept_too(bench: Bench, session: PoolSession) -> None:
    session.add_items([], vectors_of(0), Retry("id-2", "digest", lambda outcome: b"nothing"))
    assert bench.open().replay("id-2", "digest") == b"nothing"


def test_a_failing_store_leaves_the_state_as_it_was(session: PoolSession, monkeypatch) -> None:
    label(session, _000="a", _001="b")
    batch = session.lease_batch(2)
    assert batch.lease is not None
    before = numbers(session), session.view(), session.list_items()

    def refuse(*_: object, **__: object) -> None:
        raise StorageFailed("disk full; free some space")

    store = session._journal._store
    monkeypatch.setattr(store, "commit", refuse)
    monkeypatch.setattr(store, "append_items", refuse)
    attempts = (
        lambda: label(session, _009="a"),
        lambda: session.submit_labels([LabelInput("item-000", "c", relabel=True)]),
        lambda: session.remove_labels(["item-000"]),
        lambda: session.skip_items(["item-009"]) if _free(session, "item-009") else session.lease_batch(),
        lambda: session.lease_batch(3),
        lambda: session.renew_leases([batch.lease.lease_id]),
        lambda: session.release_leases([batch.lease.lease_id]),
        lambda: session.add_items(items_of(1, first=77), vectors_of(1)),
    )
    for attempt in attempts:
        with pytest.raises(StorageFailed):
            attempt()
    assert (numbers(session), session.view(), session.list_items()) == before


def _free(session: PoolSession, item_id: str) -> bool:
    return session.explain(item_id).item.state is ItemState.UNLABELLED


def test_euclidean_pools_work_alike(make_bench) -> None:
    from vicinal.core.similarity import Metric

    session = make_bench(metric=Metric.EUCLIDEAN).open()
    vectors = vectors_of(10)
    vectors[0] = 0
    assert session.add_items(items_of(10), vectors).added == 10
    label(session, _000="a", _001="b")
    assert session.classify(vectors[:2])[0].label == "a"
    assert replace(session.lease_batch(2).items[0].score).score > 0
