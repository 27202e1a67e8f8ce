"""Duplicates through both clients and the real service."""

import asyncio

import numpy as np
import pytest

from vicinal.client import (
    AsyncClient,
    DuplicateProgress,
    DuplicateSummary,
    FailedPreconditionError,
    InvalidArgumentError,
    NewItem,
)

# Items 0, 2 and 3 have one content.
VECTORS = np.float32([[1, 0], [0, 1], [1, 0], [1, 0]])


@pytest.fixture
def duplicates(client, pool_id) -> str:
    pool = client.create_pool(pool_id, dimension=2, carry_labels=True)
    assert (pool.duplicates, pool.carry_labels, pool.augmentations) == ("exact", True, ())
    added = client.add_vectors(pool_id, [f"i{n}" for n in range(4)], VECTORS)
    assert (added.added, added.duplicates) == (4, 2)
    return pool_id


def test_groups_are_read_whole(client, duplicates):
    (group,) = client.list_duplicate_groups(duplicates)
    assert (group.representative.item_id, [each.item_id for each in group.duplicates]) == ("i0", ["i2", "i3"])
    copy = client.get_item(duplicates, "i3").item.duplicate_of
    assert (copy.representative_id, copy.kind, copy.compared_with) == ("i0", "duplicate", "i0")
    assert (copy.restored, copy.found_at.year > 2000) == (False, True)
    assert (copy.evidence.similarity, copy.evidence.inliers, copy.evidence.transform) == (1.0, 0, None)
    (first, *_) = client.check_content(duplicates, VECTORS[0])
    assert (first.item_id, first.representative_id, first.kind) == ("i0", "i0", "duplicate")
    assert client.check_content(duplicates, np.float32([3, 4])) == []
    counts = client.get_pool(duplicates).duplicate_counts
    assert (counts.groups, counts.duplicates, counts.restored) == (1, 2, 0)


def test_a_group_that_no_page_holds_is_given_whole(client, server, pool_id):
    client.create_pool(pool_id, dimension=2)
    ids = ["a0", *(f"b{n:04d}" for n in range(2500)), "c0", "c1"]
    vectors = np.float32([[1, 0], *([[1, 1]] * 2500), [0, 1], [0, 1]])
    client.add_vectors(pool_id, ids, vectors)
    groups = list(client.list_duplicate_groups(pool_id))
    assert [
        [group.representative.item_id, *(each.item_id for each in group.duplicates)] for group in groups
    ] == [
        ids[1:2501],
        ids[2501:],
    ]
    assert len(client.check_content(pool_id, vectors[1])) < 100

    async def listed() -> list:
        async with AsyncClient(server.target) as other:
            return [group async for group in other.list_duplicate_groups(pool_id)]

    assert asyncio.run(listed()) == groups


def test_labels_are_carried(client, duplicates):
    client.submit_labels(duplicates, {"i0": "ripe"})
    assert client.get_item(duplicates, "i2").item.carried_label == "ripe"
    voters = client.get_item(duplicates, "i1").voters
    assert {(each.item_id, each.carried_from) for each in voters} >= {("i2", "i0"), ("i0", "")}
    lines = list(client.export_labels(duplicates, with_duplicates=True))
    assert [(line.item_id, line.carried_from) for line in lines] == [("i0", ""), ("i2", "i0"), ("i3", "i0")]


def test_found_split_and_imported(client, duplicates):
    *told, summary = client.find_duplicates(duplicates)
    assert all(isinstance(each, DuplicateProgress) for each in told)
    assert summary == DuplicateSummary(1, 2, 0, 0)
    imported = client.import_items(duplicates, [NewItem("i4", VECTORS[1]), NewItem("i5", VECTORS[1])])
    assert (imported.added, imported.duplicates) == (2, 2)
    assert client.split_duplicate_group(duplicates, "i0", annotator="ana") == 2
    with pytest.raises(FailedPreconditionError, match="stands for no other item"):
        client.split_duplicate_group(duplicates, "i0")
    assert client.get_pool(duplicates).duplicate_counts.restored == 2


def test_a_pool_that_keeps_its_duplicates_says_so(client, pool_id):
    assert client.create_pool(pool_id, dimension=2, duplicates="off").duplicates == "off"
    with pytest.raises(InvalidArgumentError, match="does not look for duplicates"):
        list(client.find_duplicates(pool_id))
    with pytest.raises(InvalidArgumentError, match="off, exact, near"):
        client.create_pool(pool_id, dimension=2, duplicates="some")


def test_the_asyncio_client_does_the_same(server, duplicates):
    async def use() -> tuple[list, list, int]:
        async with AsyncClient(server.target) as client:
            told = [step async for step in client.find_duplicates(duplicates)]
            groups = [group async for group in client.list_duplicate_groups(duplicates)]
            matches = await client.check_content(duplicates, VECTORS[0])
            assert len(matches) == 3
            return told, groups, await client.split_duplicate_group(duplicates, "i0")

    told, groups, restored = asyncio.run(use())
    assert told[-1] == DuplicateSummary(1, 2, 0, 0)
    assert (len(groups), restored) == (1, 2)
