from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from tests.support.sessions import Bench, items_of, label, numbers, vectors_of
from vicinal.core.errors import (
    NoLabelsYet,
)
from vicinal.core.search import REPORTED_CLASSES
from vicinal.pools import queries
from vicinal.pools.results import LabelInput
from vicinal.pools.session import PoolSession
from vicinal.records.items import ItemState
from vicinal.records.labels import EventKind


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
    session.labels.submit([LabelInput("item-000", "c", relabel=True)])
    session.labels.remove(["item-001"])
    kinds = [event.kind for event in session.history()]
    assert kinds == [EventKind.LABELLED, EventKind.LABELLED, EventKind.RELABELLED, EventKind.LABEL_REMOVED]
    assert [(event.item_id, event.label) for event in session.export_labels()] == [("item-000", "c")]
    assert session.read(partial(queries.record_of, item_id="item-000")).metadata == {"n": "0"}


def test_a_restart_restores_everything(bench: Bench, session: PoolSession) -> None:
    label(session, _000="a", _001="b")
    session.labels.skip(["item-002"], "dark")
    session.items.exclude(["item-003"])
    batch = session.leases.open(4, "ann")
    assert batch.lease is not None
    session.labels.submit([LabelInput(batch.items[0].item_id, "a")], "ann", batch.lease.lease_id)
    again = bench.open()
    assert numbers(again) == numbers(session)
    assert again.view() == session.view()
    assert again.list_items(limit=100) == session.list_items(limit=100)
    assert again.labels.submit(
        [LabelInput(batch.items[1].item_id, "a")], "ann", batch.lease.lease_id
    ).labelled


def test_euclidean_pools_work_alike(make_bench) -> None:
    from vicinal.records.pool_options import Metric

    session = make_bench(metric=Metric.EUCLIDEAN).open()
    vectors = vectors_of(10)
    vectors[0] = 0
    assert session.items.add(items_of(10), vectors).added == 10
    label(session, _000="a", _001="b")
    assert session.classify(vectors[:2])[0].label == "a"
    assert replace(session.leases.open(2).items[0].score).score > 0


def test_scored_items_tell_the_likeliest_of_many_classes(make_bench: Callable[..., Bench]) -> None:
    session = make_bench().open()
    session.items.add(items_of(100), vectors_of(100))
    label(session, **{f"_{row:03d}": f"class-{row:02d}" for row in range(60)})
    scored = list(session.score_pool())
    predicted = session.classify_items([item.item_id for item in scored])
    assert len(scored) == 40
    for item, prediction in zip(scored, predicted, strict=True):
        assert list(item.probabilities) == list(prediction.probabilities)[:REPORTED_CLASSES]
