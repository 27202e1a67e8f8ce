import pytest

from tests.support.sessions import Bench, items_of, vectors_of
from vicinal.core.errors import (
    ItemLeased,
    LeaseNotFound,
)
from vicinal.pools.clock import moment_of
from vicinal.pools.results import LabelInput
from vicinal.pools.session import PoolSession


def test_first_suggestion_is_the_densest_and_has_no_probabilities(session: PoolSession) -> None:
    best = next(iter(session.score_pool()))
    batch = session.leases.open()
    assert batch.items[0].item_id == best.item_id
    assert batch.items[0].probabilities == {}
    assert batch.items[0].score.density_cdf == 1.0


def test_leased_items_are_not_suggested_again(session: PoolSession) -> None:
    seen = [item.item_id for _ in range(6) for item in session.leases.open(5).items]
    assert len(set(seen)) == len(seen) == 30
    nothing = session.leases.open(5)
    assert nothing.lease is None
    assert not nothing.items


def test_a_batch_is_what_single_leases_would_have_given(bench: Bench) -> None:
    one, many = bench.open(), bench.open()
    one.items.add(items_of(30), vectors_of(30))
    many = bench.open()
    singles = [one.leases.open().items[0] for _ in range(10)]
    assert list(many.leases.open(10).items) == singles


def test_a_batch_larger_than_the_pool_gives_what_there_is(session: PoolSession) -> None:
    assert len(session.leases.open(1000).items) == 30


def test_a_lease_expires_and_its_items_come_back(bench: Bench, session: PoolSession) -> None:
    batch = session.leases.open(30, lease_seconds=10)
    bench.clock.pass_seconds(9.9)
    assert not session.leases.open().items
    bench.clock.pass_seconds(0.2)
    again = session.leases.open(30)
    assert [item.item_id for item in again.items] == [item.item_id for item in batch.items]


def test_a_renewed_lease_lasts_from_now(bench: Bench, session: PoolSession) -> None:
    lease = session.leases.open(30, lease_seconds=10).lease
    assert lease is not None
    bench.clock.pass_seconds(9)
    (renewed,) = session.leases.renew([lease.lease_id], 10)
    assert renewed.expires_at == moment_of(bench.clock.now() + 10)
    bench.clock.pass_seconds(9)
    assert session.view().counts.leased == 30
    bench.clock.pass_seconds(2)
    assert session.view().counts.leased == 0
    with pytest.raises(LeaseNotFound, match=r"lease_ids\[0\]"):
        session.leases.renew([lease.lease_id])


def test_a_released_lease_frees_its_open_items_only(session: PoolSession) -> None:
    batch = session.leases.open(3)
    assert batch.lease is not None
    first = batch.items[0].item_id
    session.labels.submit([LabelInput(first, "a")], lease_id=batch.lease.lease_id)
    assert session.leases.release([batch.lease.lease_id, "never-was"]) == 2
    assert session.view().counts.labelled == 1
    assert session.view().counts.unlabelled == 29


def test_a_lease_ends_with_its_last_item(session: PoolSession) -> None:
    batch = session.leases.open(2)
    assert batch.lease is not None
    one, two = (item.item_id for item in batch.items)
    session.labels.submit([LabelInput(one, "a")], lease_id=batch.lease.lease_id)
    session.labels.skip([two], "too dark", lease_id=batch.lease.lease_id)
    assert session.view().open_leases == 0


def test_a_late_label_is_taken_while_nobody_else_has_the_item(bench: Bench, session: PoolSession) -> None:
    batch = session.leases.open(1, lease_seconds=5)
    assert batch.lease is not None
    bench.clock.pass_seconds(6)
    (item,) = batch.items
    done = session.labels.submit([LabelInput(item.item_id, "a")], lease_id=batch.lease.lease_id)
    assert done.labelled == 1


def test_a_late_label_is_refused_once_another_has_the_item(bench: Bench, session: PoolSession) -> None:
    batch = session.leases.open(1, lease_seconds=5)
    assert batch.lease is not None
    bench.clock.pass_seconds(6)
    (item,) = batch.items
    session.leases.open(1)
    with pytest.raises(ItemLeased, match=r"labels\[0\]\.item_id"):
        session.labels.submit([LabelInput(item.item_id, "a")], lease_id=batch.lease.lease_id)


def test_leases_that_expired_while_down_are_gone(bench: Bench, session: PoolSession) -> None:
    session.leases.open(4, lease_seconds=5)
    bench.clock.pass_seconds(6)
    assert bench.open().view().counts.leased == 0


def test_the_random_strategy_is_the_same_after_a_restart(bench: Bench, session: PoolSession) -> None:
    order = [item.item_id for item in session.score_pool("random")]
    assert [item.item_id for item in bench.open().leases.open(30, strategy="random").items] == order
    assert order != sorted(order)
