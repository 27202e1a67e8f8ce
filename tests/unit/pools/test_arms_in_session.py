"""Holdout and control arm in the session: what they change, and above all what they do not."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.sessions import Bench, items_of, label, numbers, vectors_of
from vicinal.core.arms import is_in_holdout
from vicinal.core.errors import ItemExists, NoLabelsYet
from vicinal.core.pool_config import PoolConfig
from vicinal.pools.items import has_item
from vicinal.pools.results import BatchRequest, LabelInput
from vicinal.pools.session import PoolSession
from vicinal.pools.suggesting import ControlSampler
from vicinal.records.labels import Arm

ITEMS = 60


def filled(bench: Bench, holdout: int = 0) -> PoolSession:
    """A session with items, of which the last ones are named for the holdout."""
    session = bench.open()
    items = [replace(item, holdout=row >= ITEMS - holdout) for row, item in enumerate(items_of(ITEMS))]
    assert session.items.add(items, vectors_of(ITEMS)).added == ITEMS
    return session


def arms(session: PoolSession, count: int, size: int = 1) -> list[Arm]:
    """The arms of so many suggestions, each labelled at once."""
    told: list[Arm] = []
    while len(told) < count:
        batch = session.leases.open(size)
        assert batch.lease is not None
        given = [LabelInput(item.item_id, "ab"[int(item.item_id[-1]) % 2]) for item in batch.items]
        session.labels.submit(given, lease_id=batch.lease.lease_id)
        told += [item.arm for item in batch.items]
    return told


def test_holdout_labels_change_no_suggestion_and_no_prediction(make_bench):
    session = filled(make_bench(), holdout=20)
    label(session, _000="a", _001="b", _002="a")
    before = numbers(session)
    batch = session.leases.open(10, arm=Arm.HOLDOUT)
    assert numbers(session) == before
    assert batch.lease is not None
    given = [LabelInput(item.item_id, "c") for item in batch.items]
    session.labels.submit(given, lease_id=batch.lease.lease_id)
    assert numbers(session) == before
    session.labels.submit([LabelInput(batch.items[0].item_id, "b", relabel=True)])
    session.labels.remove([batch.items[1].item_id])
    session.labels.skip([batch.items[1].item_id])
    assert numbers(session) == before
    assert session.view().holdout.labelled == 9
    assert "c" not in session.explain("item-030").probabilities


def test_holdout_items_are_never_suggested_to_learn_from(make_bench):
    session = filled(make_bench(control_share=0.5), holdout=20)
    batch = session.leases.open(1000)
    assert {item.item_id for item in batch.items} == {f"item-{row:03d}" for row in range(40)}
    assert {item.item_id for item in session.leases.open(1000, arm=Arm.HOLDOUT).items} == {
        f"item-{row:03d}" for row in range(40, 60)
    }


def test_holdout_items_come_in_random_order_without_what_the_votes_say(make_bench):
    session = filled(make_bench(), holdout=20)
    label(session, _000="a", _001="b")
    first, second = session.leases.open(10, arm=Arm.HOLDOUT), session.leases.open(10, arm=Arm.HOLDOUT)
    order = [item.item_id for item in (*first.items, *second.items)]
    assert order != sorted(order)
    other = filled(make_bench(seed=1), holdout=20).leases.open(20, arm=Arm.HOLDOUT)
    assert [item.item_id for item in other.items] != order
    assert {item.arm for item in first.items} == {Arm.HOLDOUT}
    assert not any(item.probabilities for item in first.items)


def test_a_share_of_the_pool_is_kept_however_items_are_added(make_bench):
    at_once = make_bench(holdout_share=0.3).open()
    at_once.items.add(items_of(ITEMS), vectors_of(ITEMS))
    one_by_one = make_bench(holdout_share=0.3).open()
    for row in reversed(range(ITEMS)):
        one_by_one.items.add(items_of(1, first=row), vectors_of(1, seed=row))
    kept = [
        {item.item_id for item in session.list_items(limit=ITEMS)[0] if item.holdout}
        for session in (at_once, one_by_one)
    ]
    assert (
        kept[0]
        == kept[1]
        == {item.item_id for item in items_of(ITEMS) if is_in_holdout(0, item.item_id, 0.3)}
    )
    assert at_once.view().holdout.items == len(kept[0]) > 0


def test_an_item_to_learn_from_cannot_join_the_holdout(make_bench):
    session = filled(make_bench(), holdout=1)
    again = [replace(item, holdout=True) for item in (items_of(1)[0], items_of(ITEMS)[-1])]
    added = session.items.add(again, vectors_of(2))
    assert (added.added, added.existing) == (0, 1)
    assert isinstance(added.failures[0], ItemExists)
    asked = [*again[:2], items_of(ITEMS)[-1]]
    assert session.read(lambda state: [has_item(state, item) for item in asked]) == [False, True, True]


def test_holdout_labels_alone_are_nothing_to_predict_from(make_bench):
    session = filled(make_bench(), holdout=20)
    label(session, _045="a")
    with pytest.raises(NoLabelsYet):
        session.classify(vectors_of(1))


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["default", "random", "classic"])
@pytest.mark.parametrize("size", [1, 7])
def test_a_set_share_of_the_suggestions_is_drawn_at_random(make_bench, strategy, size):
    told = arms(filled(make_bench(control_share=0.3, strategy=strategy)), 40, size)
    assert abs(told[:40].count(Arm.CONTROL) - 12) <= 1


def test_without_a_control_share_nothing_is_drawn(make_bench):
    assert set(arms(filled(make_bench()), 30)) == {Arm.ACTIVE}


@pytest.mark.parametrize("strategy", ["default", "random", "classic"])
def test_a_batch_draws_as_singles_do(make_bench, strategy):
    singles, batch = (filled(make_bench(control_share=0.4, strategy=strategy)) for _ in range(2))
    label(singles, _000="a", _001="b")
    label(batch, _000="a", _001="b")
    one_by_one = [singles.leases.open().items[0] for _ in range(12)]
    together = batch.leases.open(12).items
    assert [(item.item_id, item.arm) for item in one_by_one] == [
        (item.item_id, item.arm) for item in together
    ]
    assert {item.arm for item in together} == {Arm.ACTIVE, Arm.CONTROL}


def test_control_draws_reach_every_open_item_alike():
    """By the square deviation that one in a thousand runs would exceed."""
    is_open, counts = np.arange(40) % 2 == 0, np.zeros(40)
    for seed in range(2000):
        control_sampler = ControlSampler(PoolConfig("pool", 8, control_share=0.99, seed=seed), earlier=7)
        drawn = next(
            row
            for row in (control_sampler.pick(0, is_open), control_sampler.pick(1, is_open))
            if row is not None
        )
        counts[drawn] += 1
    assert counts[~is_open].sum() == 0
    assert ((counts[is_open] - 100) ** 2 / 100).sum() < 43.8


def test_a_restart_draws_the_same(make_bench):
    bench = make_bench(control_share=0.4, holdout_share=0.2)
    session = filled(bench)
    arms(session, 10)
    held = session.leases.open(3)
    again = bench.open()
    assert replace(again.view(), graph=None) == replace(session.view(), graph=None)
    assert [item.item_id for item in again.leases.open(5).items] == [
        item.item_id for item in bench.sessions[0].leases.open(5).items
    ]
    assert held.lease is not None


def test_the_log_tells_of_each_label_how_it_was_suggested(make_bench):
    session = filled(make_bench(control_share=0.4), holdout=20)
    label(session, _000="a", _001="b")
    batch = session.leases.open(6)
    holdout = session.leases.open(1, arm=Arm.HOLDOUT)
    said = {item.item_id: next(iter(item.probabilities)) for item in batch.items} | {
        item_id: session.classify_items([item_id])[0].label for item_id in [holdout.items[0].item_id]
    }
    for each in (batch, holdout):
        assert each.lease is not None
        given = [LabelInput(item.item_id, "a") for item in each.items]
        session.labels.submit(given, lease_id=each.lease.lease_id)
    events = {event.item_id: event for event in session.export_labels()}
    assert events["item-000"].suggestion is None
    assert events["item-000"].predicted == ""
    for number, item in enumerate((*batch.items, *holdout.items), start=1):
        event = events[item.item_id]
        assert event.suggestion is not None
        assert (event.suggestion.number, event.suggestion.arm, event.predicted) == (
            number,
            item.arm,
            said[item.item_id],
        )
    eligible = [events[item.item_id].suggestion.eligible for item in batch.items]
    assert eligible == [38, 37, 36, 35, 34, 33]
    assert events[holdout.items[0].item_id].suggestion.eligible == 20


def test_a_relabelled_item_keeps_what_was_predicted_before_its_first_label(make_bench):
    session = filled(make_bench())
    label(session, _000="a", _001="b")
    item = session.leases.open().items[0]
    lease = session.explain(item.item_id).item.lease_id
    session.labels.submit([LabelInput(item.item_id, "a")], lease_id=lease)
    first = session.export_labels()[-1]
    session.labels.submit([LabelInput(item.item_id, "b", relabel=True)])
    second = session.export_labels()[-1]
    assert (second.label, second.suggestion, second.predicted) == ("b", first.suggestion, first.predicted)


def test_the_next_batch_can_be_of_the_holdout(make_bench):
    session = filled(make_bench(), holdout=20)
    done = session.labels.submit([LabelInput("item-000", "a")], next_batch=BatchRequest(2, arm=Arm.HOLDOUT))
    assert done.next is not None
    assert {item.arm for item in done.next.items} == {Arm.HOLDOUT}
