"""The label loop: LeaseBatch, SubmitLabels, leases, skipping, excluding, taking back, exporting."""

import time
from uuid import uuid4

import grpc
import pytest

from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import LabelEvent


def _lease(stub, pool_id, size=1, **fields):
    return stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool_id, size=size, **fields)).batch


def _ids(batch):
    return [item.item_id for item in batch.items]


def _label(stub, pool_id, labels, relabel=False, **fields):
    given = [service.Label(item_id=key, label=label, relabel=relabel) for key, label in labels.items()]
    return stub.SubmitLabels(service.SubmitLabelsRequest(pool_id=pool_id, labels=given, **fields))


def _state(stub, pool_id, item_id):
    return stub.GetItem(service.GetItemRequest(pool_id=pool_id, item_id=item_id)).item


def test_a_batch_is_leased_with_its_reasons(stub, make_pool):
    pool = make_pool(20)
    batch = _lease(stub, pool.pool_id, 3, annotator="ana", lease_duration={"seconds": 90})
    assert (len(batch.items), batch.strategy) == (3, "default")
    assert list(batch.lease.item_ids) == _ids(batch)
    assert batch.lease.annotator == "ana"
    assert 60 < batch.lease.expire_time.seconds - time.time() < 91
    for item in batch.items:
        assert item.metadata == {"path": item.item_id}
        assert 0 < item.score.score <= 1
    assert _state(stub, pool.pool_id, batch.items[0].item_id).state == resources.ITEM_STATE_LEASED


def test_labels_are_learned_and_the_next_batch_comes_along(stub, make_pool):
    pool = make_pool(20)
    batch = _lease(stub, pool.pool_id, 2)
    response = _label(
        stub,
        pool.pool_id,
        dict(zip(_ids(batch), ["cat", "dog"], strict=True)),
        lease_id=batch.lease.lease_id,
        next={"size": 3, "strategy": "margin"},
    )
    assert (response.labelled, response.relabelled, response.unchanged) == (2, 0, 0)
    assert (len(response.next.items), response.next.strategy) == (3, "margin")
    assert not set(_ids(response.next)) & set(_ids(batch))
    probabilities = response.next.items[0].probabilities
    assert {share.label for share in probabilities} == {"cat", "dog"}
    assert sum(share.probability for share in probabilities) == pytest.approx(1)
    assert probabilities[0].probability >= probabilities[1].probability


def test_without_being_asked_there_is_no_next_batch(stub, make_pool):
    response = _label(stub, make_pool(3).pool_id, {"item-0": "cat"})
    assert not response.HasField("next")


def test_an_empty_pool_gives_an_empty_batch(stub, make_pool):
    batch = _lease(stub, make_pool(0).pool_id, 5)
    assert (len(batch.items), batch.HasField("lease"), batch.strategy) == (0, False, "default")


def test_a_retried_lease_is_the_same_lease(stub, make_pool):
    pool, request_id = make_pool(10), uuid4().hex
    first = _lease(stub, pool.pool_id, 2, request_id=request_id)
    assert _lease(stub, pool.pool_id, 2, request_id=request_id) == first
    assert stub.GetPool(service.GetPoolRequest(pool_id=pool.pool_id)).pool.open_leases == 1


def test_retried_labels_give_the_same_next_batch(stub, make_pool):
    pool, request_id = make_pool(10), uuid4().hex
    asked = {"labels": {"item-0": "cat"}, "request_id": request_id, "next": {"size": 2}}
    first = _label(stub, pool.pool_id, **asked)
    assert _label(stub, pool.pool_id, **asked) == first
    assert first.labelled == 1


def test_a_leased_item_is_labelled_under_its_lease_alone(stub, make_pool, failure_of):
    pool = make_pool(5)
    batch = _lease(stub, pool.pool_id)
    labels = {_ids(batch)[0]: "cat"}
    failure = failure_of(lambda: _label(stub, pool.pool_id, labels))
    assert (failure.code, failure.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ITEM_LEASED")
    assert failure.fields == ("labels[0].item_id",)
    assert _label(stub, pool.pool_id, labels, lease_id=batch.lease.lease_id).labelled == 1


def test_another_label_needs_leave_to_relabel(stub, make_pool, failure_of):
    pool_id = make_pool(5).pool_id
    _label(stub, pool_id, {"item-0": "cat"})
    assert _label(stub, pool_id, {"item-0": "cat"}).unchanged == 1
    failure = failure_of(lambda: _label(stub, pool_id, {"item-0": "dog"}))
    assert (failure.code, failure.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_ITEM_STATE")
    assert _label(stub, pool_id, {"item-0": "dog"}, relabel=True).relabelled == 1


def test_labels_are_taken_all_or_none(stub, make_pool, failure_of):
    pool_id = make_pool(5).pool_id
    failure = failure_of(lambda: _label(stub, pool_id, {"item-0": "cat", "who": "cat", "what": "dog"}))
    assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "ITEM_NOT_FOUND")
    assert failure.fields == ("labels[1].item_id", "labels[2].item_id")
    assert _state(stub, pool_id, "item-0").state == resources.ITEM_STATE_UNLABELLED


def test_only_the_classes_of_the_pool_are_taken(stub, make_pool, failure_of):
    pool_id = make_pool(5, classes=["cat", "dog"]).pool_id
    failure = failure_of(lambda: _label(stub, pool_id, {"item-0": "cow"}))
    assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("labels[0].label",))


def test_leases_are_renewed_and_released(stub, make_pool, failure_of):
    pool_id = make_pool(5).pool_id
    lease = _lease(stub, pool_id, 2, lease_duration={"seconds": 3000}).lease
    about = {"pool_id": pool_id, "lease_ids": [lease.lease_id]}
    renewed = stub.RenewLeases(service.RenewLeasesRequest(**about, lease_duration={"seconds": 30_000})).leases
    # The longer term counts from the second call, however long that took to come.
    assert renewed[0].expire_time.seconds - lease.expire_time.seconds in range(26_999, 28_000)
    assert stub.ReleaseLeases(service.ReleaseLeasesRequest(**about)).released_items == 2
    assert stub.ReleaseLeases(service.ReleaseLeasesRequest(**about)).released_items == 0
    failure = failure_of(lambda: stub.RenewLeases(service.RenewLeasesRequest(**about)))
    assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "LEASE_NOT_FOUND")
    assert failure.fields == ("lease_ids[0]",)


def test_a_lease_ends_by_itself(stub, make_pool):
    pool_id = make_pool(2).pool_id
    first = _lease(stub, pool_id, 2, lease_duration={"nanos": 100_000_000})
    time.sleep(0.15)
    second = _lease(stub, pool_id, 2)
    assert set(_ids(second)) == set(_ids(first))
    assert second.lease.lease_id != first.lease.lease_id


def test_items_are_skipped_and_restored(stub, make_pool):
    pool_id = make_pool(3).pool_id
    batch = _lease(stub, pool_id)
    about = {"pool_id": pool_id, "item_ids": _ids(batch)}
    skip = service.SkipItemsRequest(**about, reason="blurred", annotator="ana", lease_id=batch.lease.lease_id)
    assert stub.SkipItems(skip).skipped == 1
    item = _state(stub, pool_id, _ids(batch)[0])
    assert (item.state, item.reason, item.annotator) == (resources.ITEM_STATE_SKIPPED, "blurred", "ana")
    assert stub.RestoreItems(service.RestoreItemsRequest(**about)).restored == 1
    assert _state(stub, pool_id, _ids(batch)[0]).state == resources.ITEM_STATE_UNLABELLED


def test_excluded_items_are_not_suggested(stub, make_pool):
    pool = make_pool(4)
    out = pool.item_ids[:3]
    request = service.ExcludeItemsRequest(pool_id=pool.pool_id, item_ids=out, reason="duplicates")
    assert stub.ExcludeItems(request).excluded == 3
    assert _ids(_lease(stub, pool.pool_id, 4)) == [pool.item_ids[3]]


def test_a_label_is_taken_back(stub, make_pool, failure_of):
    pool_id = make_pool(3).pool_id
    _label(stub, pool_id, {"item-0": "cat"})
    request = service.RemoveLabelsRequest(pool_id=pool_id, item_ids=["item-0"])
    assert stub.RemoveLabels(request).removed == 1
    assert _state(stub, pool_id, "item-0").state == resources.ITEM_STATE_UNLABELLED
    assert failure_of(lambda: stub.RemoveLabels(request)).reason == "WRONG_ITEM_STATE"


def test_each_mutation_is_carried_out_once(stub, make_pool):
    pool_id = make_pool(6).pool_id
    about = {"pool_id": pool_id, "item_ids": ["item-0"]}

    def twice(call, kind, **fields):
        request = kind(**fields, request_id=uuid4().hex)
        first = call(request)
        assert call(request) == first
        return first

    assert twice(stub.SkipItems, service.SkipItemsRequest, **about).skipped == 1
    assert twice(stub.RestoreItems, service.RestoreItemsRequest, **about).restored == 1
    assert twice(stub.ExcludeItems, service.ExcludeItemsRequest, **about).excluded == 1
    stub.RestoreItems(service.RestoreItemsRequest(**about))
    _label(stub, pool_id, {"item-0": "cat"})
    assert twice(stub.RemoveLabels, service.RemoveLabelsRequest, **about).removed == 1
    leases = {"pool_id": pool_id, "lease_ids": [_lease(stub, pool_id, 2).lease.lease_id]}
    assert len(twice(stub.RenewLeases, service.RenewLeasesRequest, **leases).leases) == 1
    assert twice(stub.ReleaseLeases, service.ReleaseLeasesRequest, **leases).released_items == 2


def test_labels_are_exported_with_or_without_their_history(stub, make_pool):
    pool_id = make_pool(5).pool_id
    _label(stub, pool_id, {"item-0": "cat", "item-1": "dog"}, annotator="ana")
    _label(stub, pool_id, {"item-0": "dog"}, relabel=True)
    stub.RemoveLabels(service.RemoveLabelsRequest(pool_id=pool_id, item_ids=["item-1"]))

    def exported(history):
        stream = stub.ExportLabels(service.ExportLabelsRequest(pool_id=pool_id, history=history))
        return [event for response in stream for event in response.events]

    (standing,) = exported(False)
    assert (standing.item_id, standing.label, standing.metadata) == ("item-0", "dog", {"path": "item-0"})
    history = exported(True)
    assert [event.kind for event in history] == [
        LabelEvent.KIND_LABELLED,
        LabelEvent.KIND_LABELLED,
        LabelEvent.KIND_RELABELLED,
        LabelEvent.KIND_LABEL_REMOVED,
    ]
    assert [event.sequence for event in history] == [1, 2, 3, 4]
    assert history[0].annotator == "ana"


def test_a_long_log_comes_in_several_messages(stub, make_pool):
    pool = make_pool(1200)
    for begin in (0, 600):
        _label(stub, pool.pool_id, dict.fromkeys(pool.item_ids[begin : begin + 600], "cat"))
    stream = stub.ExportLabels(service.ExportLabelsRequest(pool_id=pool.pool_id, history=True))
    sizes = [len(response.events) for response in stream]
    assert sum(sizes) == 1200
    assert len(sizes) > 1
