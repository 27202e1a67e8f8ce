"""Duplicates over a real socket: nobody labels the same thing twice."""

import time

import grpc
import numpy as np
import pytest
from PIL import ImageOps

from tests.support.scenes import encoded, noisy, scene
from vicinal.v1 import duplicate_groups_pb2 as v1
from vicinal.v1 import duplicates_pb2 as duplicates
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import ITEM_STATE_EXCLUDED, ITEM_STATE_UNLABELLED, Content, NewItem, PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub


def vector_items(*values: float, first: int = 0) -> list[NewItem]:
    return [
        NewItem(item_id=f"v{row}", content=Content(vector=np.float32([value, 1.0]).tobytes()))
        for row, value in enumerate(values, first)
    ]


def image_items(**images: bytes) -> list[NewItem]:
    return [NewItem(item_id=item_id, content=Content(image=image)) for item_id, image in images.items()]


def create(stub: SamplerServiceStub, pool_id: str, **config: object) -> str:
    stub.CreatePool(service.CreatePoolRequest(config=PoolConfig(pool_id=pool_id, **config)))
    return pool_id


def add(stub: SamplerServiceStub, pool_id: str, items: list[NewItem], **more: str):
    answer = stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items, **more))
    assert not answer.errors
    return answer


def item(stub: SamplerServiceStub, pool_id: str, item_id: str):
    return stub.GetItem(service.GetItemRequest(pool_id=pool_id, item_id=item_id)).item


def groups(stub: SamplerServiceStub, pool_id: str) -> dict[str, list[str]]:
    listed = stub.ListDuplicateGroups(v1.ListDuplicateGroupsRequest(pool_id=pool_id)).groups
    return {group.representative.item_id: [each.item_id for each in group.duplicates] for group in listed}


def find(stub: SamplerServiceStub, pool_id: str) -> list[v1.FindDuplicatesResponse]:
    return list(stub.FindDuplicates(v1.FindDuplicatesRequest(pool_id=pool_id)))


@pytest.fixture
def filled(stub, pool_id) -> str:
    """A pool of vectors in which v2 and v3 are duplicates of v0."""
    create(stub, pool_id, dimension=2, carry_labels=True)
    answer = add(stub, pool_id, vector_items(0.5, 0.1, 0.5, 0.5))
    assert (answer.added, answer.duplicates) == (4, 2)
    return pool_id


@pytest.fixture
def pictures(stub, pool_id) -> str:
    """A pool in which `mirrored` and `noisy` were made from `first`."""
    create(stub, pool_id, featurizer="image-statistics", duplicates=duplicates.DUPLICATES_NEAR)
    first = scene(1)
    images = {
        "first": encoded(first),
        "mirrored": encoded(ImageOps.mirror(first)),
        "other": encoded(scene(2)),
        "noisy": encoded(noisy(first, 6)),
    }
    assert add(stub, pool_id, image_items(**images)).duplicates == 2
    return pool_id


def test_duplicates_are_shown_as_one(stub, filled):
    batch = stub.LeaseBatch(service.LeaseBatchRequest(pool_id=filled, size=9)).batch
    assert sorted(each.item_id for each in batch.items) == ["v0", "v1"]
    told = item(stub, filled, "v3")
    assert (told.duplicate_of.representative_id, told.duplicate_of.kind) == (
        "v0",
        duplicates.DUPLICATE_KIND_DUPLICATE,
    )
    assert (told.state, told.reason) == (ITEM_STATE_EXCLUDED, "duplicate of 'v0'")
    assert not item(stub, filled, "v0").HasField("duplicate_of")
    pool = stub.GetPool(service.GetPoolRequest(pool_id=filled)).pool
    assert (pool.duplicate_counts.groups, pool.duplicate_counts.duplicates) == (1, 2)
    assert (pool.config.duplicates, pool.config.carry_labels) == (duplicates.DUPLICATES_EXACT, True)
    assert groups(stub, filled) == {"v0": ["v2", "v3"]}


def test_imported_duplicates_are_counted(stub, filled):
    header = service.ImportItemsRequest.Header(pool_id=filled)
    chunks = [vector_items(0.5, 0.7, first=4), vector_items(0.7, 0.8, first=6)]
    requests = [service.ImportItemsRequest(header=header)] + [
        service.ImportItemsRequest(chunk=service.ImportItemsRequest.Chunk(items=items)) for items in chunks
    ]
    answer = stub.ImportItems(iter(requests))
    assert (answer.added, answer.duplicates) == (4, 2)
    assert groups(stub, filled) == {"v0": ["v2", "v3", "v4"], "v5": ["v6"]}


def test_a_retry_gets_the_stored_response(stub, filled):
    request = {"request_id": "the-same"}
    first = add(stub, filled, vector_items(0.5, first=4), **request)
    assert first.duplicates == 1
    assert add(stub, filled, vector_items(0.5, first=4), **request) == first


def test_pictures_that_were_changed_are_found_as_they_come(stub, pictures):
    assert groups(stub, pictures) == {"first": ["mirrored", "noisy"]}
    told = item(stub, pictures, "mirrored")
    assert told.reason == "augmentation of 'first'"
    assert told.duplicate_of.evidence.transform.mirrored
    assert told.duplicate_of.evidence.inliers > 20
    assert told.duplicate_of.find_time.seconds > 1_600_000_000


def test_a_search_reports_progress_and_what_it_found(stub, pictures):
    *told, last = find(stub, pictures)
    assert told
    assert all(0 <= each.progress.done <= each.progress.total for each in told)
    assert last.summary == v1.FindDuplicatesResponse.Summary(groups=1, duplicates=2)
    stub.RestoreItems(service.RestoreItemsRequest(pool_id=pictures, item_ids=["noisy"]))
    assert item(stub, pictures, "noisy").duplicate_of.restored
    assert find(stub, pictures)[-1].summary == v1.FindDuplicatesResponse.Summary(groups=1, duplicates=1)


def test_a_picture_that_cannot_be_read_fails_alone(stub, pictures):
    items = image_items(broken=b"no picture", more=encoded(scene(1)))
    answer = stub.AddItems(service.AddItemsRequest(pool_id=pictures, items=items))
    assert (answer.added, answer.duplicates, [each.item_id for each in answer.errors]) == (1, 1, ["broken"])


def test_a_group_is_split_once(stub, filled):
    request = v1.SplitDuplicateGroupRequest(
        pool_id=filled, representative_id="v0", annotator="ana", request_id="split"
    )
    assert stub.SplitDuplicateGroup(request).restored == 2
    assert stub.SplitDuplicateGroup(request).restored == 2
    assert groups(stub, filled) == {}
    assert item(stub, filled, "v3").state == ITEM_STATE_UNLABELLED
    pool = stub.GetPool(service.GetPoolRequest(pool_id=filled)).pool
    assert (pool.duplicate_counts.duplicates, pool.duplicate_counts.restored) == (0, 2)


def test_contents_are_checked_against_the_pool(stub, pictures):
    def check(image: bytes):
        request = v1.CheckContentRequest(pool_id=pictures, content=Content(image=image))
        return list(stub.CheckContent(request).matches)

    likeliest = check(encoded(ImageOps.mirror(scene(1))))[0]
    assert (likeliest.item_id, likeliest.representative_id) == ("mirrored", "first")
    assert likeliest.evidence.similarity == 1
    assert check(encoded(scene(3))) == []
    assert stub.GetPool(service.GetPoolRequest(pool_id=pictures)).pool.counts.total == 4


def test_wrong_requests_say_what_to_do(stub, pictures, failure_of):
    def refused(call, code=grpc.StatusCode.INVALID_ARGUMENT):
        failure = failure_of(call)
        assert failure.code is code
        return failure

    vector = Content(vector=np.float32([0.5, 1.0]).tobytes())
    request = v1.CheckContentRequest(pool_id=pictures, content=vector)
    refused(lambda: stub.CheckContent(request))
    broken = v1.CheckContentRequest(pool_id=pictures, content=Content(image=b"no picture"))
    refused(lambda: stub.CheckContent(broken))
    split = v1.SplitDuplicateGroupRequest(pool_id=pictures, representative_id="mirrored")
    told = refused(lambda: stub.SplitDuplicateGroup(split), grpc.StatusCode.FAILED_PRECONDITION)
    assert "split the group of 'first'" in told.message
    label = service.SubmitLabelsRequest(
        pool_id=pictures, labels=[service.Label(item_id="noisy", label="ripe")]
    )
    told = refused(lambda: stub.SubmitLabels(label), grpc.StatusCode.FAILED_PRECONDITION)
    assert "'noisy' is a duplicate of 'first'" in told.message
    both = service.ExportLabelsRequest(pool_id=pictures, history=True, with_duplicates=True)
    assert refused(lambda: list(stub.ExportLabels(both))).fields == ("with_duplicates",)


def test_augmentations_need_a_pool_that_finds_near_duplicates(stub, pool_id, failure_of):
    failure = failure_of(lambda: create(stub, pool_id, dimension=2, augmentations=["mirror"]))
    assert failure.fields == ("config.augmentations",)
    near = {"dimension": 2, "augmentations": ["mirror"], "duplicates": duplicates.DUPLICATES_NEAR}
    assert failure_of(lambda: create(stub, pool_id, **near)).fields == ("config.augmentations",)


def test_a_pool_may_keep_its_duplicates(stub, pool_id, failure_of):
    create(stub, pool_id, dimension=2, duplicates=duplicates.DUPLICATES_OFF)
    assert add(stub, pool_id, vector_items(0.5, 0.5)).duplicates == 0
    assert failure_of(lambda: find(stub, pool_id)).fields == ("pool_id",)


def test_labels_are_carried_and_exported(stub, filled):
    stub.SubmitLabels(
        service.SubmitLabelsRequest(pool_id=filled, labels=[service.Label(item_id="v0", label="ripe")])
    )
    assert item(stub, filled, "v2").carried_label == "ripe"
    inputs = [service.ClassifyRequest.Input(item_id="v1")]
    asked = service.ClassifyRequest(pool_id=filled, inputs=inputs, with_neighbours=True)
    voters = stub.Classify(asked).predictions[0].neighbours
    assert {(each.item_id, each.carried_from) for each in voters} == {
        ("v0", ""),
        ("v2", "v0"),
        ("v3", "v0"),
    }
    lines = next(
        iter(stub.ExportLabels(service.ExportLabelsRequest(pool_id=filled, with_duplicates=True)))
    ).events
    assert [(each.item_id, each.carried_from) for each in lines] == [("v0", ""), ("v2", "v0"), ("v3", "v0")]


def test_near_vectors_take_no_labels(stub, pool_id):
    """Their distance says that they are near, and nothing of what people call them."""
    create(stub, pool_id, dimension=8, duplicates=duplicates.DUPLICATES_NEAR, carry_labels=True)
    rows = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    rows[41], rows[42] = rows[40], rows[40] + np.float32(1e-4)
    items = [
        NewItem(item_id=f"i{place:03d}", content=Content(vector=row.tobytes()))
        for place, row in enumerate(rows)
    ]
    assert add(stub, pool_id, items).duplicates == 1
    find(stub, pool_id)
    ((representative, others),) = groups(stub, pool_id).items()
    assert {representative, *others} == {"i040", "i041", "i042"}
    given = service.Label(item_id=representative, label="ripe")
    stub.SubmitLabels(service.SubmitLabelsRequest(pool_id=pool_id, labels=[given]))
    carrying = {each for each in others if item(stub, pool_id, each).carried_label}
    assert carrying == ({"i040", "i041"} - {representative} if representative != "i042" else set())
    answers = stub.ExportLabels(service.ExportLabelsRequest(pool_id=pool_id, with_duplicates=True))
    assert {event.item_id for answer in answers for event in answer.events} == {representative, *carrying}


def test_duplicates_are_there_after_a_kill(own_server, pool_id):
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        create(
            stub,
            pool_id,
            featurizer="image-statistics",
            duplicates=duplicates.DUPLICATES_NEAR,
            carry_labels=True,
        )
        add(stub, pool_id, image_items(a=encoded(scene(1)), b=encoded(scene(1)), c=encoded(scene(1), "BMP")))
        stub.RestoreItems(service.RestoreItemsRequest(pool_id=pool_id, item_ids=["b"]))
        stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool_id, size=1))
        before = stub.ListItems(service.ListItemsRequest(pool_id=pool_id))
    own_server.kill()
    own_server.start()
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        assert stub.ListItems(service.ListItemsRequest(pool_id=pool_id)) == before
        assert groups(stub, pool_id) == {"a": ["c"]}
        mirrored = encoded(ImageOps.mirror(scene(1)))
        assert add(stub, pool_id, image_items(d=mirrored, e=encoded(scene(4)))).duplicates == 1
        assert find(stub, pool_id)[-1].summary.duplicates == 2


def test_a_search_that_nobody_waits_for_ends(stub, pool_id):
    create(stub, pool_id, featurizer="image-statistics", duplicates=duplicates.DUPLICATES_NEAR)
    add(stub, pool_id, image_items(**{f"i{row}": encoded(scene(row % 25)) for row in range(50)}))
    before = groups(stub, pool_id)
    search = stub.FindDuplicates(v1.FindDuplicatesRequest(pool_id=pool_id))
    next(search)
    search.cancel()
    # The next one begins as soon as the first has ended.
    summary = first_that_is_begun(stub, pool_id)
    assert (summary.groups, summary.duplicates) == (25, 25)
    assert groups(stub, pool_id) == before


def first_that_is_begun(stub: SamplerServiceStub, pool_id: str) -> v1.FindDuplicatesResponse.Summary:
    for _ in range(3000):
        try:
            return find(stub, pool_id)[-1].summary
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
                raise
            time.sleep(0.1)
    raise AssertionError("the search did not end with its call")
