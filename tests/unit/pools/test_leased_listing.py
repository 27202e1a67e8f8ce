"""Leased items are listed by their leases: the same ones as a look at every item finds."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from tests.support.sessions import Bench, items_of, vectors_of
from vicinal.pools import queries
from vicinal.pools.gold import list_items_hiding_gold
from vicinal.pools.results import LabelInput, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.pools.state.tables import ItemTable
from vicinal.records.items import FilterReason, Item, ItemState

Listing = Callable[..., tuple[list[Item], int | None]]


def annotated(make_bench: Callable[..., Bench], seed: int, overlap: int) -> PoolSession:
    """A pool in which several annotators label, skip, and hold items, gold ones among them."""
    session = make_bench(overlap=overlap, gold_share=0.4).open()
    session.items.add(items_of(40), vectors_of(40))
    gold = [PreparedItem(f"gold-{row}", f"g-{row}", gold="a") for row in range(5)]
    session.items.add(gold, vectors_of(5, seed=7))
    random = np.random.default_rng(seed)
    for name in [*("ana", "bo", "cy")] * 4:
        batch = session.leases.open(int(random.integers(1, 5)), name)
        for item in batch.items:
            assert batch.lease is not None
            match random.integers(4):
                case 0:
                    label = LabelInput(item.item_id, "ab"[random.integers(2)])
                    session.labels.submit([label], name, batch.lease.lease_id)
                case 1:
                    session.labels.skip([item.item_id], "", name, batch.lease.lease_id)
    return session


def listings(session: PoolSession) -> list[Listing]:
    """As those see it who may know the gold items, and as the others do."""

    def seen(states: tuple[ItemState, ...] = (), after: int = 0, limit: int = 100) -> object:
        return session.read(lambda state: list_items_hiding_gold(state, states, (), after, limit))

    return [session.list_items, seen]  # type: ignore[list-item]


@pytest.mark.parametrize(("seed", "overlap"), list(itertools.product(range(4), (1, 2))))
def test_they_are_those_of_all_items(make_bench: Callable[..., Bench], seed: int, overlap: int) -> None:
    session = annotated(make_bench, seed, overlap)
    for listing in listings(session):
        expected = [item for item in listing()[0] if item.state is ItemState.LEASED]
        assert len(expected) > 2
        assert listing((ItemState.LEASED,)) == (expected, None)
        for limit in (1, 2, len(expected) - 1, len(expected)):
            found: list[Item] = []
            cursor: int | None = 0
            while cursor is not None:
                page, cursor = listing((ItemState.LEASED,), cursor, limit)
                assert len(page) <= limit
                found += page
            assert found == expected
    assert session.list_items([ItemState.LEASED], filtered=tuple(FilterReason)) == ([], None)


def test_nothing_but_the_leases_is_read(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_bench().open()
    session.items.add(items_of(900), vectors_of(900))
    session.labels.submit([LabelInput("item-000", "a")])
    batch = session.leases.open(3)
    looked_at: list[int] = []
    state_of = ItemTable.state
    monkeypatch.setattr(
        ItemTable, "state", lambda table, position: looked_at.append(position) or state_of(table, position)
    )
    monkeypatch.setattr(queries, "filtered", lambda _: pytest.fail("looked at the whole pool"))
    for listing in listings(session):
        assert {item.item_id for item in listing((ItemState.LEASED,))[0]} == {
            item.item_id for item in batch.items
        }
    assert len(set(looked_at)) == 3
