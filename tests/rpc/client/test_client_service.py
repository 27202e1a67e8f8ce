"""Both clients through the real service: every method does what it says."""

import asyncio
import threading

import numpy as np
import pytest

from tests.support.clouds import ITEMS, cloud_of, picture, two_clouds
from vicinal.client import (
    AlreadyExistsError,
    AsyncClient,
    Client,
    FailedPreconditionError,
    InvalidArgumentError,
    NewItem,
    NotFoundError,
)


@pytest.fixture
def filled(client, pool_id) -> str:
    client.create_pool(
        pool_id, dimension=8, classes=["even", "odd"], seed=3, confidence_filter=0, outlier_filter=0
    )
    client.add_vectors(pool_id, [f"i{n}" for n in range(ITEMS)], two_clouds())
    return pool_id


def test_the_label_loop(client, filled):
    batch = client.lease_batch(filled, 4, annotator="ana", lease_seconds=60)
    assert len(batch.items) == 4
    for _ in range(3):
        labels = {item.item_id: cloud_of(item.item_id) for item in batch.items}
        submitted = client.submit_labels(
            filled, labels, annotator="ana", lease_id=batch.lease_id, next_size=4, next_lease_seconds=60
        )
        assert submitted.labelled == 4
        assert set(labels).isdisjoint(item.item_id for item in submitted.next.items)
        batch = submitted.next
    pool = client.get_pool(filled)
    assert (pool.counts.total, pool.counts.labelled, pool.counts.leased) == (ITEMS, 12, 4)
    assert sum(pool.label_counts.values()) == 12
    predictions = client.classify(filled, two_clouds(), with_neighbours=True).predictions
    right = [each.label == cloud_of(f"i{n}") for n, each in enumerate(predictions)]
    assert np.mean(right) > 0.9
    assert sum(predictions[0].probabilities.values()) == pytest.approx(1)
    assert sum(voter.weight for voter in predictions[0].neighbours) == pytest.approx(1)


def test_pools_are_made_listed_and_deleted(client, pool_id):
    made = client.create_pool(
        pool_id, dimension=3, metric="euclidean", vote_weighting="uniform", vote_neighbours=5, seed=2**40
    )
    assert (made.metric, made.vote_weighting, made.vote_neighbours, made.seed) == (
        "euclidean",
        "uniform",
        5,
        2**40,
    )
    assert client.get_pool(pool_id) == made
    assert pool_id in [pool.pool_id for pool in client.list_pools()]
    with pytest.raises(AlreadyExistsError) as caught:
        client.create_pool(pool_id, dimension=4)
    assert caught.value.reason == "POOL_EXISTS"
    client.delete_pool(pool_id)
    with pytest.raises(NotFoundError) as caught:
        client.get_pool(pool_id)
    assert caught.value.reason == "POOL_NOT_FOUND"


def test_leases_are_renewed_and_released(client, filled):
    batch = client.lease_batch(filled, 3, annotator="ana", lease_seconds=60)
    (renewed,) = client.renew_leases(filled, [batch.lease_id], lease_seconds=600)
    assert renewed.expires_at > batch.expires_at
    assert set(renewed.item_ids) == {item.item_id for item in batch.items}
    with pytest.raises(FailedPreconditionError) as caught:
        client.submit_labels(filled, {renewed.item_ids[0]: "even"})
    assert caught.value.reason == "ITEM_LEASED"
    assert client.release_leases(filled, [batch.lease_id]) == 3
    with pytest.raises(NotFoundError):
        client.renew_leases(filled, [batch.lease_id])


def test_items_are_skipped_excluded_restored_and_labels_removed(client, filled):
    assert client.skip_items(filled, ["i0"], reason="blurred", annotator="ana") == 1
    assert client.exclude_items(filled, ["i1", "i2"], reason="duplicate") == 2
    client.submit_labels(filled, {"i3": "odd"})
    states = {item.item_id: item.state for item in client.list_items(filled)}
    assert [states[f"i{n}"] for n in range(5)] == [
        "skipped",
        "excluded",
        "excluded",
        "labelled",
        "unlabelled",
    ]
    assert [item.item_id for item in client.list_items(filled, states=["skipped"])] == ["i0"]
    assert client.get_item(filled, "i0").item.reason == "blurred"
    assert client.restore_items(filled, ["i0", "i1"]) == 2
    assert client.remove_labels(filled, ["i3"]) == 1
    assert list(client.export_labels(filled)) == []
    kinds = [event.kind for event in client.export_labels(filled, history=True)]
    assert kinds == ["skipped", "excluded", "excluded", "labelled", "restored", "restored", "label_removed"]


def test_relabelling_must_be_asked_for(client, filled):
    client.submit_labels(filled, {"i1": "even"})
    with pytest.raises(FailedPreconditionError):
        client.submit_labels(filled, {"i1": "odd"})
    assert client.submit_labels(filled, {"i1": "odd"}, relabel=True).relabelled == 1
    assert client.submit_labels(filled, {"i1": "odd"}).unchanged == 1
    (event,) = client.export_labels(filled)
    assert (event.item_id, event.label) == ("i1", "odd")


def test_scores_come_best_first_and_agree_with_the_item(client, filled):
    client.submit_labels(filled, {"i0": "even", "i1": "odd"})
    scored = list(client.score_pool(filled))
    assert [item.rank for item in scored] == list(range(1, ITEMS - 1))
    assert scored == sorted(scored, key=lambda item: -item.score.score)
    details = client.get_item(filled, scored[4].item_id)
    assert (details.rank, details.score, details.probabilities) == (
        5,
        scored[4].score,
        scored[4].probabilities,
    )
    assert details.eligible_items == ITEMS - 2
    assert details.pool_neighbours
    assert client.lease_batch(filled).items[0].item_id == scored[0].item_id


def test_predictions_of_items_name_those_that_are_not_there(client, filled):
    with pytest.raises(FailedPreconditionError) as caught:
        client.classify_items(filled, ["i0"])
    assert caught.value.reason == "NO_LABELS_YET"
    client.submit_labels(filled, {"i0": "even"})
    classified = client.classify_items(filled, ["i2", "nobody"])
    assert classified.predictions[0].label == "even"
    assert classified.predictions[1] is None
    assert [(error.index, error.item_id) for error in classified.errors] == [(1, "nobody")]


def test_wrong_fields_are_named(client, filled):
    with pytest.raises(InvalidArgumentError) as caught:
        client.submit_labels(filled, {"i0": "neither"})
    assert caught.value.reason == "INVALID_INPUT"
    assert caught.value.violations[0].field.startswith("labels[0]")


def test_broken_vectors_fail_alone(client, pool_id):
    client.create_pool(pool_id, dimension=2)
    vectors = np.array([[1, 0], [np.nan, 0], [0, 0], [0, 1]])
    added = client.add_vectors(pool_id, ["a", "b", "c", "d"], vectors)
    assert (added.added, [error.index for error in added.errors]) == (2, [1, 2])
    again = client.add_vectors(pool_id, ["a", "d"], vectors[[0, 3]])
    assert (again.added, again.existing) == (0, 2)


def test_import_and_pages_beyond_one(client, pool_id):
    client.create_pool(pool_id, dimension=2)
    angles = np.linspace(0, 1, 1100)
    items = [NewItem(f"i{n}", np.array([np.cos(a), np.sin(a)]), {"n": str(n)}) for n, a in enumerate(angles)]
    items[700] = NewItem("i700", np.zeros(2))
    added = client.import_items(pool_id, items)
    assert (added.added, added.error_count) == (1099, 1)
    assert (added.errors[0].index, added.errors[0].item_id) == (700, "i700")
    listed = {item.item_id: item.metadata["n"] for item in client.list_items(pool_id)}
    assert listed == {f"i{n}": str(n) for n in range(1100) if n != 700}


def test_images_are_embedded_and_added_raw_or_as_vectors(client, pool_id):
    pool = client.create_pool(pool_id, featurizer="image-statistics")
    embeddings = client.embed("image-statistics", [picture(10), b"no image", picture(200)])
    assert embeddings.vectors.shape == (3, pool.dimension)
    assert np.isnan(embeddings.vectors[1]).all()
    assert np.isfinite(embeddings.vectors[[0, 2]]).all()
    assert embeddings.fingerprint == pool.fingerprint
    raw = client.add_items(pool_id, [NewItem("a", picture(10)), NewItem("b", b"no image")])
    assert (raw.added, raw.errors[0].item_id) == (1, "b")
    with pytest.raises(FailedPreconditionError) as caught:
        client.add_vectors(pool_id, ["c"], embeddings.vectors[2:])
    assert caught.value.reason == "FINGERPRINT_MISMATCH"
    digest = embeddings.fingerprint.digest
    assert client.add_vectors(pool_id, ["c"], embeddings.vectors[2:], fingerprint_digest=digest).added == 1
    client.submit_labels(pool_id, {"a": "dark"})
    assert client.classify(pool_id, [picture(20), b"no image"]).predictions[1] is None


def test_a_call_outlasts_a_restart_of_the_server(own_server):
    with Client(own_server.target, retries=60, timeout_seconds=180) as client:
        client.create_pool("p", dimension=2)
        client.add_vectors("p", ["a", "b"], np.eye(2))
        own_server.kill()
        restart = threading.Thread(target=own_server.start)
        restart.start()
        assert client.submit_labels("p", {"a": "x"}).labelled == 1
        restart.join()
        assert [event.item_id for event in client.export_labels("p")] == ["a"]


async def test_the_label_loop_awaited(server, pool_id):
    async with AsyncClient(server.target) as client:
        await client.wait_ready()
        await client.create_pool(pool_id, dimension=8, confidence_filter=0, outlier_filter=0)
        added = await client.import_items(
            pool_id, [NewItem(f"i{n}", row) for n, row in enumerate(two_clouds())]
        )
        assert added.added == ITEMS
        batches = await asyncio.gather(
            *(client.lease_batch(pool_id, 5, annotator=f"a{n}", lease_seconds=60) for n in range(4))
        )
        leased = [item.item_id for batch in batches for item in batch.items]
        assert len(leased) == len(set(leased)) == 20
        for batch in batches:
            labels = {item.item_id: cloud_of(item.item_id) for item in batch.items}
            await client.submit_labels(pool_id, labels, lease_id=batch.lease_id)
        classified = await client.classify(pool_id, two_clouds())
        assert np.mean([p.label == cloud_of(f"i{n}") for n, p in enumerate(classified.predictions)]) > 0.9
        assert len([item async for item in client.score_pool(pool_id)]) == ITEMS - 20
        assert len([event async for event in client.export_labels(pool_id)]) == 20
        assert len([item async for item in client.list_items(pool_id)]) == ITEMS
        await client.delete_pool(pool_id)
        with pytest.raises(NotFoundError):
            await client.get_pool(pool_id)
        with pytest.raises(NotFoundError) as caught:
            await client.import_items(pool_id, [NewItem("a", np.ones(8))])
        assert caught.value.reason == "POOL_NOT_FOUND"


def test_ids_and_labels_may_be_whole_numbers(client, pool_id):
    client.create_pool(pool_id, dimension=2, classes=range(3))
    vectors = {row: [1.0, row] for row in range(6)}
    client.add_items(pool_id, (NewItem(row, vector, {"row": row}) for row, vector in vectors.items()))
    client.submit_labels(pool_id, {0: 0, np.int64(1): np.int32(2)}, annotator=7)
    labels = {event.item_id: (event.label, event.annotator) for event in client.export_labels(pool_id)}
    assert labels == {"0": ("0", "7"), "1": ("2", "7")}
    assert client.get_item(pool_id, 0).item.metadata == {"row": "0"}
    assert [each.label for each in client.classify_items(pool_id, range(2)).predictions] == ["0", "2"]
    with pytest.raises(InvalidArgumentError, match=r"labels\[1\].label \(of item 3\): is the number 1.5"):
        client.submit_labels(pool_id, {2: 1, 3: 1.5})
    assert client.get_pool(pool_id).counts.labelled == 2


async def test_ids_and_labels_may_be_whole_numbers_in_asyncio(server, pool_id):
    async with AsyncClient(server.target, timeout_seconds=120) as client:
        await client.create_pool(pool_id, dimension=2)
        await client.add_vectors(pool_id, np.arange(4), np.arange(8).reshape(4, 2) + 1)
        await client.submit_labels(pool_id, {0: 0})
        assert await client.skip_items(pool_id, [np.int64(3)]) == 1
        with pytest.raises(InvalidArgumentError, match="is of bytes"):
            await client.submit_labels(pool_id, {b"0": "a"})
        with pytest.raises(InvalidArgumentError, match="not the single one"):
            await client.skip_items(pool_id, "123")
        assert (await client.get_pool(pool_id)).label_counts == {"0": 1}
