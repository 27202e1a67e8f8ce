"""Known and isolated items over the wire: settings, listing, figures, restoring, and a killed server."""

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
    made = client.create_pool(pool_id, dimension=8, known_share=0.7, isolation=6)
    assert (made.known_share, made.isolation) == (0.7, 6.0)
    client.add_vectors(pool_id, IDS, vectors())
    return pool_id


def test_noise_is_listed_restored_and_suggested_at_last(client, pool):
    assert [item.item_id for item in client.list_items(pool, held_back=["isolated"])] == OUTLIERS
    assert {item.held_back for item in client.list_items(pool, held_back=["isolated"])} == {"isolated"}
    assert client.get_pool(pool).held_back.isolated == NOISE
    told = client.get_item(pool, OUTLIERS[0])
    assert (told.item.held_back, told.score, told.rank, told.eligible_items) == ("isolated", None, None, 72)
    assert told.holding.density < told.holding.least_density
    assert "isolated" in told.holding.message
    assert OUTLIERS[0] not in {item.item_id for item in client.score_pool(pool)}

    assert client.restore_items(pool, [OUTLIERS[0], IDS[0]]) == 1
    assert [item.item_id for item in client.list_items(pool, held_back=["isolated"])] == OUTLIERS[1:]
    assert client.get_item(pool, OUTLIERS[0]).score is not None
    assert [event.kind for event in client.export_labels(pool, history=True)] == ["restored"]
    order = [item.item_id for item in client.lease_batch(pool, len(IDS)).items]
    assert set(order[-3:]) == set(OUTLIERS[1:])


def test_known_items_come_and_go_with_the_labels(client, pool):
    client.submit_labels(pool, LABELS)
    known = [item.item_id for item in client.list_items(pool, held_back=["known"])]
    assert len(known) > 20
    assert client.get_pool(pool).held_back.known == len(known)
    figures = client.get_item(pool, known[0]).holding
    assert figures.held_back == "known"
    assert figures.share >= figures.known_share == 0.7
    assert figures.evidence >= figures.least_evidence > 0
    assert figures.agreement >= 0.7
    free = set(IDS) - set(known) - set(OUTLIERS) - set(LABELS)
    assert {item.item_id for item in client.lease_batch(pool, len(free)).items} == free
    client.remove_labels(pool, list(LABELS))
    assert not list(client.list_items(pool, held_back=["known"]))


def test_reasons_and_states_narrow_a_listing_together(client, pool):
    client.submit_labels(pool, LABELS)
    everything = list(client.list_items(pool, held_back=["known", "isolated"]))
    assert {item.held_back for item in everything} == {"known", "isolated"}
    assert list(client.list_items(pool, states=["unlabelled"], held_back=["known", "isolated"])) == everything
    assert not list(client.list_items(pool, states=["labelled"], held_back=["known", "isolated"]))
    assert {item.item_id for item in client.list_items(pool) if item.held_back} == {
        item.item_id for item in everything
    }


def test_pages_of_one_reason_do_not_go_with_another(stub, pool, failure_of):
    wanted = service.ListItemsRequest(pool_id=pool, page_size=2, held_back=[filters.HELD_BACK_ISOLATED])
    first = stub.ListItems(wanted)
    assert [item.item_id for item in first.items] == OUTLIERS[:2]
    wanted.page_token = first.next_page_token
    assert [item.item_id for item in stub.ListItems(wanted).items] == OUTLIERS[2:]
    wanted.held_back.append(filters.HELD_BACK_KNOWN)
    assert failure_of(lambda: stub.ListItems(wanted)).fields == ("page_token",)


def test_the_default_strategys_own_limits_are_told_and_zero_turns_them_off(client, pool_id):
    client.create_pool(f"{pool_id}-classic", dimension=8, strategy="classic")
    classic = client.get_pool(f"{pool_id}-classic")
    assert (classic.known_share, classic.isolation) == (0.0, 0.0)
    off = client.create_pool(pool_id, dimension=8, known_share=0, isolation=0)
    assert (off.known_share, off.isolation) == (0.0, 0.0)
    client.add_vectors(pool_id, IDS, vectors())
    assert not list(client.list_items(pool_id, held_back=["known", "isolated"]))
    assert client.get_item(pool_id, OUTLIERS[0]).holding is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("known_share", value) for value in (1.5, -0.1, float("nan"))),
        *(("isolation", value) for value in (-1.0, float("inf"), float("nan"))),
    ],
)
def test_limits_out_of_range_are_refused_by_name(stub, pool_id, failure_of, field, value):
    config = PoolConfig(pool_id=pool_id, dimension=8, **{field: value})
    failure = failure_of(lambda: stub.CreatePool(service.CreatePoolRequest(config=config)))
    assert failure.fields == (f"config.{field}",)


def test_unknown_reasons_are_refused_by_place(stub, client, pool, failure_of):
    for value in (0, 99):
        request = service.ListItemsRequest(pool_id=pool, held_back=[1, value])
        assert failure_of(lambda request=request: stub.ListItems(request)).fields == ("held_back[1]",)
    with pytest.raises(InvalidArgumentError, match="known, isolated"):
        list(client.list_items(pool, held_back=["noise"]))


def test_the_asyncio_client_lists_them_too(server, pool):
    async def listed():
        async with AsyncClient(server.target) as client:
            items = [item.item_id async for item in client.list_items(pool, held_back=["isolated"])]
            return items, (await client.get_item(pool, items[0])).holding

    items, holding = asyncio.run(listed())
    assert items == OUTLIERS
    assert holding.held_back == "isolated"


def test_what_was_restored_stays_in_after_the_server_was_killed(own_server):
    with Client(own_server.target) as client:
        client.create_pool("a", dimension=8, known_share=0.7, isolation=6)
        client.add_vectors("a", IDS, vectors())
        assert client.restore_items("a", [OUTLIERS[2]]) == 1
        client.submit_labels("a", LABELS)
        before = list(client.list_items("a", held_back=["known", "isolated"]))
    own_server.kill()
    own_server.start()
    with Client(own_server.target) as client:
        after = list(client.list_items("a", held_back=["known", "isolated"]))
        assert after == before
        assert OUTLIERS[2] not in {item.item_id for item in after}
