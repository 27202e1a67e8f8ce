"""What was acknowledged is there after the process was killed."""

import threading
from collections.abc import Iterator

import grpc
import numpy as np

from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub


def _fill(stub: SamplerServiceStub, count: int) -> None:
    stub.CreatePool(service.CreatePoolRequest(config=PoolConfig(pool_id="a", dimension=8)))
    vectors = np.random.default_rng(0).normal(size=(count, 8)).astype("<f4")
    items = [{"item_id": f"{row}", "content": {"vector": v.tobytes()}} for row, v in enumerate(vectors)]
    stub.AddItems(service.AddItemsRequest(pool_id="a", items=items))


def _exported(stub: SamplerServiceStub, *, history: bool) -> Iterator[tuple[str, str]]:
    for response in stub.ExportLabels(service.ExportLabelsRequest(pool_id="a", history=history)):
        for event in response.events:
            yield event.item_id, event.label


def test_no_acknowledged_label_is_lost_when_the_server_is_killed(own_server):
    acknowledged: dict[str, str] = {}
    enough = threading.Event()

    def label_until_the_server_dies() -> None:
        with grpc.insecure_channel(own_server.target) as channel:
            stub = SamplerServiceStub(channel)
            lease = stub.LeaseBatch(service.LeaseBatchRequest(pool_id="a")).batch
            try:
                while lease.items:
                    item_id = lease.items[0].item_id
                    label = ["cat", "dog"][int(item_id) % 2]
                    answer = stub.SubmitLabels(
                        service.SubmitLabelsRequest(
                            pool_id="a",
                            labels=[service.Label(item_id=item_id, label=label)],
                            lease_id=lease.lease.lease_id,
                            next=service.SubmitLabelsRequest.Next(size=1),
                        )
                    )
                    acknowledged[item_id] = label
                    if len(acknowledged) == 25:
                        enough.set()
                    lease = answer.next
            except grpc.RpcError:
                enough.set()

    with grpc.insecure_channel(own_server.target) as channel:
        _fill(SamplerServiceStub(channel), 2000)
    labelling = threading.Thread(target=label_until_the_server_dies)
    labelling.start()
    enough.wait(60)
    own_server.kill()
    labelling.join()
    own_server.start()
    assert len(acknowledged) >= 25
    with grpc.insecure_channel(own_server.target) as channel:
        kept = dict(_exported(SamplerServiceStub(channel), history=False))
    assert acknowledged.items() <= kept.items()
    assert len(kept) <= len(acknowledged) + 1


def test_after_a_restart_all_is_as_it_was(own_server):
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        _fill(stub, 50)
        labels = [service.Label(item_id=f"{row}", label="cat") for row in range(4)]
        stub.SubmitLabels(service.SubmitLabelsRequest(pool_id="a", labels=labels))
        stub.SkipItems(service.SkipItemsRequest(pool_id="a", item_ids=["7"], reason="blurred"))
        request = service.LeaseBatchRequest(pool_id="a", size=3, request_id="lease-once")
        leased = stub.LeaseBatch(request)
        before = stub.GetPool(service.GetPoolRequest(pool_id="a"))
        scored = [r.SerializeToString() for r in stub.ScorePool(service.ScorePoolRequest(pool_id="a"))]
    own_server.kill()
    own_server.start()
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        assert stub.LeaseBatch(request) == leased
        again = [r.SerializeToString() for r in stub.ScorePool(service.ScorePoolRequest(pool_id="a"))]
        assert again == scored
        assert stub.GetPool(service.GetPoolRequest(pool_id="a")) == before
        free = stub.LeaseBatch(service.LeaseBatchRequest(pool_id="a", size=50)).batch
    assert not {item.item_id for item in free.items} & set(leased.batch.lease.item_ids)
