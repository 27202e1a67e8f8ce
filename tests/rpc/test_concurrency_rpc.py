"""Many annotators at once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from vicinal.v1 import sampler_service_pb2 as service

ANNOTATORS = 8


def test_two_annotators_never_get_the_same_item(stub, make_pool):
    pool = make_pool(160)

    def lease_and_label(annotator):
        got = []
        batch = stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool.pool_id, size=3)).batch
        while batch.items:
            got += [item.item_id for item in batch.items]
            labels = [service.Label(item_id=item.item_id, label="cat") for item in batch.items]
            request = service.SubmitLabelsRequest(
                pool_id=pool.pool_id,
                labels=labels,
                annotator=annotator,
                lease_id=batch.lease.lease_id,
                next=service.SubmitLabelsRequest.Next(size=3),
            )
            batch = stub.SubmitLabels(request).next
        return got

    with ThreadPoolExecutor(ANNOTATORS) as annotators:
        probabilities = list(annotators.map(lease_and_label, [f"annotator-{n}" for n in range(ANNOTATORS)]))
    handed_out = [item_id for share in probabilities for item_id in share]
    assert sorted(handed_out) == sorted(pool.item_ids)


def test_the_same_request_at_the_same_time_is_carried_out_once(stub, make_pool):
    pool = make_pool(40)
    request = service.LeaseBatchRequest(pool_id=pool.pool_id, size=5, request_id=uuid4().hex)
    with ThreadPoolExecutor(ANNOTATORS) as callers:
        answers = list(callers.map(stub.LeaseBatch, [request] * ANNOTATORS))
    assert all(answer == answers[0] for answer in answers)
    assert stub.GetPool(service.GetPoolRequest(pool_id=pool.pool_id)).pool.counts.leased == 5


def test_pools_are_used_side_by_side(stub, make_pool):
    make_pool(0)
    ids = [f"side-{uuid4().hex[:8]}" for _ in range(4)]

    def make_and_delete(pool_id):
        config = {"pool_id": pool_id, "dimension": 2, "duplicates": "DUPLICATES_OFF"}
        stub.CreatePool(service.CreatePoolRequest(config=config))
        items = [{"item_id": f"{row}", "content": {"vector": bytes(4) + b"\0\0\x80?"}} for row in range(9)]
        added = stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items)).added
        leased = stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool_id, size=4)).batch
        stub.DeletePool(service.DeletePoolRequest(pool_id=pool_id))
        return added, len(leased.items)

    with ThreadPoolExecutor(4) as callers:
        assert list(callers.map(make_and_delete, ids)) == [(9, 4)] * 4
