from datetime import UTC, datetime

import numpy as np
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from vicinal.client import (
    Added,
    Fingerprint,
    InvalidArgumentError,
    ItemCounts,
    ItemError,
    responses,
)
from vicinal.client.items import join_added
from vicinal.client.votes import join_embeddings, parse_embeddings
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire import codecs

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)


def timestamp() -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(MOMENT)
    return stamp


def score() -> resources.ScoreParts:
    names = [field.name for field in resources.ScoreParts.DESCRIPTOR.fields]
    return resources.ScoreParts(**{name: place / 10 for place, name in enumerate(names, 1)})


def test_a_pool_is_read_whole():
    message = resources.Pool(
        config=resources.PoolConfig(
            pool_id="p",
            featurizer="m",
            dimension=3,
            metric=resources.METRIC_EUCLIDEAN,
            strategy="classic",
            vote_neighbours=7,
            vote_weighting=resources.VOTE_WEIGHTING_UNIFORM,
            classes=["a", "b"],
            seed=2**63,
        ),
        fingerprint=resources.Fingerprint(
            name="m", version="1", preprocessing="rgb", dimension=3, medium=resources.MEDIUM_IMAGE, digest="d"
        ),
        create_time=timestamp(),
        counts=resources.ItemCounts(total=15, unlabelled=5, leased=4, labelled=3, skipped=2, excluded=1),
        label_counts={"a": 3},
        open_leases=2,
    )
    pool = codecs.POOL.decode(message)
    assert (pool.pool_id, pool.featurizer, pool.dimension, pool.metric) == ("p", "m", 3, "euclidean")
    assert (pool.strategy, pool.vote_neighbours, pool.vote_weighting) == ("classic", 7, "uniform")
    assert (pool.classes, pool.seed, pool.created_at) == (("a", "b"), 2**63, MOMENT)
    assert pool.fingerprint == Fingerprint("m", "1", "rgb", 3, "image")
    assert pool.counts == ItemCounts(5, 4, 3, 2, 1)
    assert (pool.label_counts, pool.open_leases) == ({"a": 3}, 2)


def test_a_pool_of_plain_vectors_has_no_fingerprint():
    pool = codecs.POOL.decode(resources.Pool())
    assert (pool.fingerprint, pool.created_at) == (None, None)


def test_each_score_part_lands_in_its_field():
    parts = codecs.SCORE_PARTS.decode(score())
    for field in resources.ScoreParts.DESCRIPTOR.fields:
        assert getattr(parts, field.name) == field.number / 10


def test_a_batch_is_read_whole():
    item = resources.SuggestedItem(
        item_id="a",
        metadata={"k": "v"},
        score=score(),
        probabilities=[
            resources.ClassProbability(label="z", probability=0.7),
            resources.ClassProbability(label="b", probability=0.3),
        ],
    )
    lease = resources.Lease(lease_id="l", annotator="ana", expire_time=timestamp(), item_ids=["a"])
    batch = codecs.BATCH.decode(resources.Batch(lease=lease, items=[item], strategy="default"))
    assert (batch.lease_id, batch.expires_at, batch.strategy) == ("l", MOMENT, "default")
    (suggested,) = batch.items
    assert (suggested.item_id, suggested.metadata, suggested.score.score) == ("a", {"k": "v"}, 1.0)
    assert list(suggested.probabilities.items()) == [("z", 0.7), ("b", 0.3)]
    read = codecs.LEASE.decode(lease)
    assert (read.lease_id, read.annotator, read.expires_at, read.item_ids) == ("l", "ana", MOMENT, ("a",))


def test_no_batch_left_reads_as_empty():
    batch = codecs.BATCH.decode(v1.LeaseBatchResponse().batch)
    assert (batch.lease_id, batch.expires_at, batch.items) == ("", None, [])


def test_item_details_of_an_item_that_is_not_eligible():
    details = codecs.ITEM_DETAILS.decode(
        v1.GetItemResponse(
            item=resources.Item(item_id="a", state=resources.ITEM_STATE_EXCLUDED, reason="blurred"),
            voters=[resources.Neighbour(item_id="b", label="x", similarity=0.5, weight=1)],
            pool_neighbours=[resources.Neighbour(item_id="c", similarity=0.25)],
            eligible_items=4,
        )
    )
    assert (details.item.state, details.item.reason, details.item.updated_at) == ("excluded", "blurred", None)
    assert (details.score, details.rank, details.eligible_items) == (None, None, 4)
    assert [(one.item_id, one.label, one.weight) for one in details.voters] == [("b", "x", 1)]
    assert [(one.item_id, one.similarity) for one in details.pool_neighbours] == [("c", 0.25)]


def test_item_details_of_an_eligible_item():
    details = codecs.ITEM_DETAILS.decode(
        v1.GetItemResponse(item=resources.Item(update_time=timestamp()), score=score(), rank=2)
    )
    assert details.score is not None
    assert (details.rank, details.item.updated_at) == (2, MOMENT)


def test_a_label_event_is_read_whole():
    (event,) = responses.rows_of("events", codecs.LABEL_EVENT)(
        v1.ExportLabelsResponse(
            events=[
                resources.LabelEvent(
                    sequence=5,
                    kind=resources.LabelEvent.KIND_LABEL_REMOVED,
                    item_id="a",
                    label="x",
                    annotator="ana",
                    reason="wrong",
                    time=timestamp(),
                    metadata={"k": "v"},
                )
            ]
        )
    )
    assert (event.sequence, event.kind, event.item_id, event.label) == (5, "label_removed", "a", "x")
    assert (event.annotator, event.reason, event.at, event.metadata) == ("ana", "wrong", MOMENT, {"k": "v"})


def test_a_state_of_a_newer_server_reads_as_its_number():
    assert codecs.ITEM.decode(resources.Item(state=99)).state == "99"


def test_vectors_are_a_copy_that_may_be_written():
    message = v1.EmbedResponse(
        fingerprint=resources.Fingerprint(dimension=2),
        embeddings=[v1.EmbedResponse.Embedding(index=0, vector=np.ones(2, "<f4").tobytes())],
    )
    vectors = parse_embeddings(message, count=1, offset=0).vectors
    vectors += 1
    assert vectors.tolist() == [[2, 2]]


def test_added_parts_are_joined_in_the_order_of_items():
    def error(index):
        return ItemError(index, f"i{index}", "R", "m")

    parts = [Added(1, 2, [error(4)], 1), Added(3, 4, [error(9)], 5)]
    joined = join_added(parts, unsent=[error(7)])
    assert (joined.added, joined.existing, joined.error_count) == (4, 6, 7)
    assert [error.index for error in joined.errors] == [4, 7, 9]


def test_no_embeddings_to_join_are_an_error():
    with pytest.raises(InvalidArgumentError, match="at least one"):
        join_embeddings([])
