"""Many annotators through the network: no item twice in the same hands, no label lost, one consensus."""

import random
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc
import numpy as np
import pytest

from vicinal.client import Client, FailedPreconditionError, InvalidArgumentError, NewItem, NotFoundError
from vicinal.v1 import annotators_pb2 as v1
from vicinal.v1 import sampler_service_pb2 as service

CLIENTS = 64


def vectors(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)


def fill(client, pool_id, count, first="item"):
    client.add_vectors(pool_id, [f"{first}-{row}" for row in range(count)], vectors(count))


@pytest.mark.parametrize("overlap", [1, 3])
def test_64_at_once_lose_no_label_and_no_item(server, client, pool_id, overlap):
    count = 256 if overlap == 1 else 100
    client.create_pool(pool_id, dimension=8, strategy="random", overlap=overlap)
    fill(client, pool_id, count)
    given = defaultdict(list)
    vanished = []

    def annotate(number):
        name, chance = f"annotator-{number}", random.Random(number)
        with Client(server.target, timeout_seconds=240) as mine:
            if number % 8 == 0:
                # Takes items and is never heard of again; the lease is short, so they come back.
                batch = mine.lease_batch(pool_id, 2, annotator=name, lease_seconds=2.0)
                vanished.extend(item.item_id for item in batch.items)
                return
            while True:
                batch = mine.lease_batch(pool_id, chance.randint(1, 4), annotator=name, lease_seconds=3600.0)
                if not batch.items:
                    return
                if chance.random() < 0.2:
                    mine.renew_leases(pool_id, [batch.lease_id], lease_seconds=3600.0)
                labels = {item.item_id: chance.choice("ab") for item in batch.items}
                mine.submit_labels(pool_id, labels, annotator=name, lease_id=batch.lease_id)
                for item_id, label in labels.items():
                    given[item_id].append((name, label))

    with ThreadPoolExecutor(CLIENTS) as annotators:
        list(annotators.map(annotate, range(CLIENTS)))
    time.sleep(2.1)
    rest = [number for number in range(CLIENTS) if number % 8]
    with ThreadPoolExecutor(8) as annotators:
        list(annotators.map(annotate, rest))

    assert vanished
    names = {item_id: [name for name, _ in said] for item_id, said in given.items()}
    assert len(given) == count
    assert all(len(set(each)) == len(each) == overlap for each in names.values())
    log = [
        (event.item_id, event.annotator, event.label) for event in client.export_labels(pool_id, history=True)
    ]
    wanted = [(item_id, name, label) for item_id, said in given.items() for name, label in said]
    assert sorted(log) == sorted(wanted)
    if overlap > 1:
        items = {item.item_id: item for item in client.list_items(pool_id)}
        for item_id, said in given.items():
            assert {(each.annotator, each.label) for each in items[item_id].annotations} == set(said)
            best = max(Counter(label for _, label in said).values())
            assert Counter(label for _, label in said)[items[item_id].label] == best


def test_a_lease_that_is_renewed_is_not_taken_away(client, pool_id):
    client.create_pool(pool_id, dimension=8, strategy="random")
    fill(client, pool_id, 4)
    lease_id, seconds = renewed_in_time(client, pool_id)
    time.sleep(seconds)
    assert not client.lease_batch(pool_id, 1, annotator="bo").items
    client.renew_leases(pool_id, [lease_id], lease_seconds=0.1)
    time.sleep(0.2)
    assert len(client.lease_batch(pool_id, 4, annotator="bo").items) == 4


def renewed_in_time(client, pool_id):
    """A lease of all items that goes on for an hour, and how short it was before."""
    # A slow machine may need longer than the first of them between two calls.
    for seconds in (1.0, 5.0, 25.0):
        lease_id = client.lease_batch(pool_id, 4, annotator="ana", lease_seconds=seconds).lease_id
        with suppress(NotFoundError):
            client.renew_leases(pool_id, [lease_id], lease_seconds=3600.0)
            return lease_id, seconds
    raise AssertionError("no lease was renewed in time")


class TestDisputes:
    @pytest.fixture
    def disputed(self, client, pool_id):
        client.create_pool(pool_id, dimension=8, overlap=2, gold_share=0.25)
        fill(client, pool_id, 8)
        gold = [NewItem(f"gold-{row}", vectors(3, 5)[row], gold_label="a") for row in range(3)]
        client.add_items(pool_id, gold)
        for name, label in (("ana", "a"), ("bo", "b")):
            client.submit_labels(pool_id, {"item-1": label, "item-2": "a", "gold-0": label}, annotator=name)
        return pool_id

    def test_are_listed_reviewed_and_resolved(self, client, disputed):
        (item,) = client.list_disputed_items(disputed)
        assert (item.item_id, item.label) == ("item-1", "a")
        assert [(each.annotator, each.label) for each in item.annotations] == [("ana", "a"), ("bo", "b")]
        assert item.annotations[0].at is not None
        batch = client.lease_batch(disputed, 5, annotator="cy", arm="review")
        assert [(each.item_id, each.arm, dict(each.probabilities)) for each in batch.items] == [
            ("item-1", "review", {})
        ]
        client.submit_labels(disputed, {"item-1": "b"}, annotator="cy", lease_id=batch.lease_id)
        assert client.get_item(disputed, "item-1").item.label == "b"
        assert client.resolve_items(disputed, {"item-1": "a"}, annotator="eve") == 1
        assert client.get_item(disputed, "item-1").item.label == "a"
        assert list(client.list_disputed_items(disputed)) == []
        last = list(client.export_labels(disputed, history=True))[-1]
        assert (last.kind, last.item_id, last.annotator) == ("resolved", "item-1", "eve")

    def test_annotators_are_measured(self, client, disputed):
        ana, bo = client.list_annotators(disputed)
        assert (ana.annotator, ana.labels, bo.labels) == ("ana", 3, 3)
        assert ana.gold is not None
        assert bo.gold is not None
        assert (ana.gold.value, bo.gold.value, ana.gold.items) == (1.0, 0.0, 1)
        assert ana.agreement is not None
        assert (ana.agreement.value, ana.agreement.items) == (0.5, 2)
        pool = client.get_pool(disputed)
        assert (pool.overlap, pool.consensus, pool.gold_share) == (2, "majority", 0.25)

    def test_a_consensus_over_all_annotations_settles_them(self, client, disputed):
        pytest.importorskip("crowdkit")
        assert client.settle_labels(disputed) in (0, 1)
        assert client.get_item(disputed, "item-2").item.label == "a"

    def test_what_cannot_be_is_named(self, stub, client, disputed, failure_of):
        with pytest.raises(InvalidArgumentError, match="annotator"):
            client.submit_labels(disputed, {"item-3": "a"})
        with pytest.raises(InvalidArgumentError, match="annotator"):
            client.lease_batch(disputed)
        with pytest.raises(FailedPreconditionError, match="no annotations"):
            client.resolve_items(disputed, {"item-3": "a"}, annotator="eve")
        with pytest.raises(FailedPreconditionError, match="gold"):
            client.resolve_items(disputed, {"gold-0": "b"}, annotator="eve")
        both = NewItem("both", vectors(1)[0], holdout=True, gold_label="a")
        (error,) = client.add_items(disputed, [both]).errors
        assert "gold_label" in error.message
        request = v1.ResolveItemsRequest(pool_id=disputed, resolutions=[v1.Resolution(item_id="item-1")])
        failure = failure_of(lambda: stub.ResolveItems(request))
        assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
        assert set(failure.fields) == {"annotator", "resolutions[0].label"}


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ({"overlap": 101}, "config.overlap"),
        ({"gold_share": 1.0}, "config.gold_share"),
        ({"consensus": 7}, "config.consensus"),
    ],
)
def test_wrong_settings_are_named(stub, failure_of, pool_id, setting, field):
    config = {"pool_id": pool_id, "dimension": 8, **setting}
    failure = failure_of(lambda: stub.CreatePool(service.CreatePoolRequest(config=config)))
    assert failure.fields == (field,)


def test_without_keys_all_may_see_gold(client, pool_id):
    client.create_pool(pool_id, dimension=8, gold_share=0.25)
    fill(client, pool_id, 4)
    client.add_items(pool_id, [NewItem("gold", vectors(1, 5)[0], gold_label="a")])
    assert client.get_item(pool_id, "gold").item.gold_label == "a"
    assert {item.item_id: item.gold_label for item in client.list_items(pool_id)}["gold"] == "a"
    client.submit_labels(pool_id, {"gold": "b"}, annotator="ana")
    assert client.list_annotators(pool_id)[0].gold is not None


def test_all_of_it_survives_a_kill(own_server):
    with Client(own_server.target) as client:
        client.create_pool("scans", dimension=8, overlap=2, gold_share=0.3)
        fill(client, "scans", 12)
        client.add_items("scans", [NewItem("gold", vectors(1, 4)[0], gold_label="a")])
        for name, label in (("ana", "a"), ("bo", "b")):
            client.submit_labels("scans", {"item-1": label, "item-2": label, "gold": label}, annotator=name)
        client.resolve_items("scans", {"item-2": "c"}, annotator="eve")
        client.lease_batch("scans", 3, annotator="cy")
        before = [*client.list_items("scans")], client.list_annotators("scans")
    own_server.kill()
    own_server.start()
    with Client(own_server.target) as client:
        client.wait_ready()
        assert ([*client.list_items("scans")], client.list_annotators("scans")) == before
        with pytest.raises(FailedPreconditionError, match="relabel"):
            client.submit_labels("scans", {"item-1": "b"}, annotator="ana")
