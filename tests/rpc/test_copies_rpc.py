"""Copies over the wire: nobody labels the same thing twice."""

import numpy as np
import pytest

from vicinal.v1 import copies_pb2 as copies
from vicinal.v1 import copy_groups_pb2 as groups
from vicinal.v1.resources_pb2 import Content, NewItem, PoolConfig
from vicinal.v1.sampler_service_pb2 import (
    AddItemsRequest,
    CreatePoolRequest,
    GetItemRequest,
    GetPoolRequest,
    LeaseBatchRequest,
)


def vector_items(*values: float) -> list[NewItem]:
    return [
        NewItem(item_id=f"v{row}", content=Content(vector=np.float32([value, 1.0]).tobytes()))
        for row, value in enumerate(values)
    ]


@pytest.fixture
def twins(stub, pool_id):
    """A pool of vectors in which v2 and v3 are copies of v0."""
    config = PoolConfig(pool_id=pool_id, dimension=2, carry_labels=True)
    stub.CreatePool(CreatePoolRequest(config=config))
    added = stub.AddItems(AddItemsRequest(pool_id=pool_id, items=vector_items(0.5, 0.1, 0.5, 0.5)))
    assert (added.added, added.copies) == (4, 2)
    return pool_id


def test_copies_are_shown_as_one(stub, twins):
    batch = stub.LeaseBatch(LeaseBatchRequest(pool_id=twins, size=9)).batch
    assert sorted(item.item_id for item in batch.items) == ["v0", "v1"]
    item = stub.GetItem(GetItemRequest(pool_id=twins, item_id="v3")).item
    assert (item.copy.kept_id, item.copy.kind) == ("v0", copies.COPY_KIND_DUPLICATE)
    assert item.reason == "duplicate of 'v0'"
    assert stub.GetPool(GetPoolRequest(pool_id=twins)).pool.copies.copies == 2
    (group,) = stub.ListGroups(groups.ListGroupsRequest(pool_id=twins)).groups
    assert (group.kept.item_id, [each.item_id for each in group.copies]) == ("v0", ["v2", "v3"])
