"""Filtered items over the wire: settings, listing, figures, restoring, and a killed server."""

import asyncio

import numpy as np
import pytest

from vicinal.client import AsyncClient, Client, InvalidArgumentError
from vicinal.v1 import filters_pb2 as filters
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import PoolConfig

CLUSTERED, NOISE = 72, 4
IDS = [f"i{row:02}" for row in range(CLUSTERED + NOISE)]
OUTLIERS = IDS[CLUSTERED:]
# Of two of the three clusters.
LABELS = {IDS[row]: "abc"[row % 3] for row in range(12) if row % 3}


def vectors():
    """Three clusters, and some items that are like nothing else."""
    random = np.random.default_rng(5)
    rows = np.eye(8)[np.arange(CLUSTERED) % 3] + random.normal(scale=0.1, size=(CLUSTERED, 8))
    return np.concatenate([rows, np.eye(8)[4 + np.arange(NOISE)] - 0.3]).astype(np.float32)


@pytest.fixture
def pool(client, pool_id):
    made = client.create_pool(pool_id, dimension=8, confidence_filter=0.7, outlier_filter=6)
    assert (made.confidence_filter, made.outlier_filter) == (0.7, 6.0)
    client.add_vectors(pool_id, IDS, vectors())
    return pool_id


def test_noise_is_listed_restored_and_suggested_at_last(client, pool):
    assert [item.item_id for item in client.list_items(pool, filtered=["outlier"])] == OUTLIERS
    assert {item.filtered for item in client.list_items(pool, filtered=["outlier"])} == {"outlier"}
    assert client.get_pool(pool).filtered.outliers == NOISE
    told = client.get_item(pool, OUTLIERS[0])
    assert (told.item.filtered, told.score, told.rank, told.eligible_items) == ("outlier", None, None, 72)
    assert told.filter_decision.density < told.filter_decision.least_density
    assert "outlier" in told.filter_decision.message
    assert OUTLIERS[0] not in {item.item_id for item in client.score_pool(pool)}

    assert client.restore_items(pool, [OUTLIERS[0], IDS[0]]) == 1
    assert [item.item_id for item in client.list_items(pool, filtered=["outlier"])] == OUTLIERS[1:]
    assert client.get_item(pool, OUTLIERS[0]).score is not None
    assert [event.kind for event in client.export_labels(pool, history=True)] == ["restored"]
    order = [item.item_id for item in client.lease_batch(pool, len(IDS)).items]
    assert set(order[-3:]) == set(OUTLIERS[1:])


def test_known_items_come_and_go_with_the_labels(client, pool):
    client.submit_labels(pool, LABELS)
    confident = [item.item_id for item in client.list_items(pool, filtered=["confident"])]
    assert len(confident) > 20
    assert client.get_pool(pool).filtered.confident == len(confident)
    figures = client.get_item(pool, confident[0]).filter_decision
    assert figures.filtered == "confident"
    assert figures.probability >= figures.confidence_filter == 0.7
    assert figures.evidence >= figures.min_evidence > 0
    assert figures.agreement >= 0.7
    free = set(IDS) - set(confident) - set(OUTLIERS) - set(LABELS)
    assert {item.item_id for item in client.lease_batch(pool, len(free)).items} == free
    client.remove_labels(pool, list(LABELS))
    assert not list(client.list_items(pool, filtered=["confident"]))


def test_reasons_and_states_narrow_a_listing_together(client, pool):
    client.submit_labels(pool, LABELS)
    everything = list(client.list_items(pool, filtered=["confident", "outlier"]))
    assert {item.filtered for item in everything} == {"confident", "outlier"}
    assert (
        list(client.list_items(pool, states=["unlabelled"], filtered=["confident", "outlier"])) == everything
    )
    assert not list(client.list_items(pool, states=["labelled"], filtered=["confident", "outlier"]))
    assert {item.item_id for item in client.list_items(pool) if item.filtered} == {
        item.item_id for item in everything
    }


def test_pages_of_one_reason_do_not_go_with_another(stub, pool, failure_of):
    wanted = service.ListItemsRequest(pool_id=pool, page_size=2, filtered=[filters.FILTER_REASON_OUTLIER])
    first = stub.ListItems(wanted)
    assert [item.item_id for item in first.items] == OUTLIERS[:2]
    wanted.page_token = first.next_page_token
    assert [item.item_id for item in stub.ListItems(wanted).items] == OUTLIERS[2:]
    wanted.filtered.append(filters.FILTER_REASON_CONFIDENT)
    assert failure_of(lambda: stub.ListItems(wanted)).fields == ("page_token",)


def test_the_default_strategys_own_limits_are_shown_and_zero_turns_them_off(client, pool_id):
    client.create_pool(f"{pool_id}-classic", dimension=8, strategy="classic")
    classic = client.get_pool(f"{pool_id}-classic")
    assert (classic.confidence_filter, classic.outlier_filter) == (0.0, 0.0)
    off = client.create_pool(pool_id, dimension=8, confidence_filter=0, outlier_filter=0)
    assert (off.confidence_filter, off.outlier_filter) == (0.0, 0.0)
    client.add_vectors(pool_id, IDS, vectors())
    assert not list(client.list_items(pool_id, filtered=["confident", "outlier"]))
    assert client.get_item(pool_id, OUTLIERS[0]).filter_decision is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("confidence_filter", value) for value in (1.5, -0.1, float("nan"))),
        *(("outlier_filter", value) for value in (-1.0, float("inf"), float("nan"))),
    ],
)
def test_limits_out_of_range_are_refused_by_name(stub, pool_id, failure_of, field, value):
    config = PoolConfig(pool_id=pool_id, dimension=8, **{field: value})
    failure = failure_of(lambda: stub.CreatePool(service.CreatePoolRequest(config=config)))
    assert failure.fields == (f"config.{field}",)


def test_unknown_reasons_are_refused_by_place(stub, client, pool, failure_of):
    for value in (0, 99):
        request = service.ListItemsRequest(pool_id=pool, filtered=[1, value])
        assert failure_of(lambda request=request: stub.ListItems(request)).fields == ("filtered[1]",)
    with pytest.raises(InvalidArgumentError, match="confident, outlier"):
        list(client.list_items(pool, filtered=["noise"]))


def test_the_asyncio_client_lists_them_too(server, pool):
    async def listed():
        async with AsyncClient(server.target) as client:
            items = [item.item_id async for item in client.list_items(pool, filtered=["outlier"])]
            return items, (await client.get_item(pool, items[0])).filter_decision

    items, filter_decision = asyncio.run(listed())
    assert items == OUTLIERS
    assert filter_decision.filtered == "outlier"


def test_what_was_restored_stays_in_after_the_server_was_killed(own_server):
    with Client(own_server.target) as client:
        client.create_pool("a", dimension=8, confidence_filter=0.7, outlier_filter=6)
        client.add_vectors("a", IDS, vectors())
        assert client.restore_items("a", [OUTLIERS[2]]) == 1
        client.submit_labels("a", LABELS)
        before = list(client.list_items("a", filtered=["confident", "outlier"]))
    own_server.kill()
    own_server.start()
    with Client(own_server.target) as client:
        after = list(client.list_items("a", filtered=["confident", "outlier"]))
        assert after == before
        assert OUTLIERS[2] not in {item.item_id for item in after}
