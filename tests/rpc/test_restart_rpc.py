"""A killed server, a copy of its data directory and a restored snapshot continue as the server would have."""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import numpy as np
import pytest

from tests.support.servers import ServerProcess
from vicinal.v1 import annotators_pb2 as annotators
from vicinal.v1 import duplicates_pb2 as duplicates
from vicinal.v1 import measurement_pb2 as measurement
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1 import snapshots_pb2 as snapshots
from vicinal.v1.resources_pb2 import NewItem, PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

NAMES = ("ana", "bo", "cy")
CLASSES = "abc"
ITEMS, DIMENSION = 90, 6
KINDS = {
    "classic": {"strategy": "classic"},
    "default": {"confidence_filter": 0.5, "outlier_filter": 2.0},
    "measured": {"control_share": 0.3, "holdout_share": 0.3},
    "overlap": {"overlap": 2, "gold_share": 0.25},
    "three": {"overlap": 3, "strategy": "classic", "holdout_share": 0.2},
    "carried": {"overlap": 2, "duplicates": duplicates.DUPLICATES_EXACT, "carry_labels": True},
}
REFUSED = (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND)
# Of the leases that end while the server runs, and of those that outlive the test.
SHORT, LONG = 0.05, 3600


@contextmanager
def connected(server: ServerProcess) -> Iterator[SamplerServiceStub]:
    with grpc.insecure_channel(server.target) as channel:
        grpc.channel_ready_future(channel).result(60)
        yield SamplerServiceStub(channel)


@contextmanager
def running(data_dir: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(data_dir)
    server.start()
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def truth(item_id: str) -> str:
    return CLASSES[int(item_id.rpartition("-")[2]) % 3]


def fill(stub: SamplerServiceStub, pool_id: str) -> None:
    """A pool of three classes; each fifth item is a duplicate of one before it, and some items are gold."""
    stub.CreatePool(
        service.CreatePoolRequest(config=PoolConfig(pool_id=pool_id, dimension=DIMENSION, **KINDS[pool_id]))
    )
    chance = np.random.default_rng(4)
    centres = chance.normal(size=(3, DIMENSION)) * 1.5
    vectors = (centres[np.arange(ITEMS) % 3] + chance.normal(size=(ITEMS, DIMENSION))).astype("<f4")
    vectors[5::5] = vectors[2:-3:5]
    items = [
        NewItem(
            item_id=f"item-{row}",
            content={"vector": vector.tobytes()},
            gold_label=truth(f"item-{row}") if row % 9 == 4 and pool_id == "overlap" else "",
        )
        for row, vector in enumerate(vectors)
    ]
    stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items))


class Annotators:
    """Three of them do all that can be done, in the same order each time; what is refused changes nothing."""

    def __init__(self, stub: SamplerServiceStub, pool_id: str) -> None:
        self.stub, self.pool_id = stub, pool_id
        self.chance = random.Random(pool_id)
        self.hands: list[tuple[str, str, list[str]]] = []

    def work(self, steps: int) -> None:
        ways = [self.lease, self.lease, self.label, self.label, self.label, self.skip, self.renew]
        ways += [self.release, self.label_unasked, self.take_back, self.resolve, self.put_aside]
        for _ in range(steps):
            try:
                self.chance.choice(ways)()
            except grpc.RpcError as error:
                if error.code() not in REFUSED:
                    raise

    def item(self) -> str:
        return f"item-{self.chance.randrange(ITEMS)}"

    def lease(self) -> None:
        name, arm = self.chance.choice(NAMES), self.chance.choice([0, 0, 0, 3, 4])
        request = service.LeaseBatchRequest(
            pool_id=self.pool_id, size=self.chance.randint(1, 4), annotator=name, arm=arm
        )
        seconds = self.chance.choice([SHORT, LONG, LONG, LONG])
        request.lease_duration.FromMilliseconds(round(1000 * seconds))
        self.take(name, self.stub.LeaseBatch(request).batch)

    def take(self, name: str, batch) -> None:
        if batch.items:
            self.hands.append((name, batch.lease.lease_id, [each.item_id for each in batch.items]))

    def in_hand(self) -> tuple[str, str, list[str]]:
        """A batch that was leased, or an item that somebody has in mind."""
        if not self.hands:
            return "ana", "none", [self.item()]
        return self.hands.pop(self.chance.randrange(len(self.hands)))

    def label(self) -> None:
        name, lease_id, item_ids = self.in_hand()
        labels = [self.said(each) for each in item_ids]
        request = service.SubmitLabelsRequest(
            pool_id=self.pool_id, labels=labels, annotator=name, lease_id=lease_id
        )
        request.next.size = 1
        request.next.lease_duration.seconds = LONG
        self.take(name, self.stub.SubmitLabels(request).next)

    def said(self, item_id: str) -> service.Label:
        """Right four times of five."""
        label = truth(item_id) if self.chance.random() < 0.8 else self.chance.choice(CLASSES)
        return service.Label(item_id=item_id, label=label, relabel=True)

    def label_unasked(self) -> None:
        request = service.SubmitLabelsRequest(
            pool_id=self.pool_id, labels=[self.said(self.item())], annotator=self.chance.choice(NAMES)
        )
        self.stub.SubmitLabels(request)

    def skip(self) -> None:
        name, lease_id, item_ids = self.in_hand()
        self.stub.SkipItems(
            service.SkipItemsRequest(
                pool_id=self.pool_id, item_ids=item_ids, annotator=name, lease_id=lease_id
            )
        )

    def renew(self) -> None:
        if self.hands:
            request = service.RenewLeasesRequest(
                pool_id=self.pool_id, lease_ids=[self.chance.choice(self.hands)[1]]
            )
            request.lease_duration.seconds = LONG
            self.stub.RenewLeases(request)

    def release(self) -> None:
        if self.hands:
            self.stub.ReleaseLeases(
                service.ReleaseLeasesRequest(pool_id=self.pool_id, lease_ids=[self.in_hand()[1]])
            )

    def take_back(self) -> None:
        name = self.chance.choice(["", *NAMES])
        self.stub.RemoveLabels(
            service.RemoveLabelsRequest(pool_id=self.pool_id, item_ids=[self.item()], annotator=name)
        )

    def resolve(self) -> None:
        disputed = annotators.ListDisputedItemsRequest(pool_id=self.pool_id)
        for item in self.stub.ListDisputedItems(disputed).items[:1]:
            resolution = annotators.Resolution(item_id=item.item_id, label=truth(item.item_id))
            self.stub.ResolveItems(
                annotators.ResolveItemsRequest(
                    pool_id=self.pool_id, resolutions=[resolution], annotator="dora"
                )
            )

    def put_aside(self) -> None:
        item_ids = [self.item()]
        if self.chance.random() < 0.5:
            self.stub.ExcludeItems(service.ExcludeItemsRequest(pool_id=self.pool_id, item_ids=item_ids))
        else:
            self.stub.RestoreItems(service.RestoreItemsRequest(pool_id=self.pool_id, item_ids=item_ids))


def shown(stub: SamplerServiceStub, pool_id: str) -> list[bytes]:
    """All that a pool shows, but for its id and those of leases."""
    of = {"pool_id": pool_id}
    pool = stub.GetPool(service.GetPoolRequest(**of)).pool
    pool.config.pool_id = ""
    items = stub.ListItems(service.ListItemsRequest(page_size=1000, **of)).items
    disputed = stub.ListDisputedItems(annotators.ListDisputedItemsRequest(page_size=1000, **of)).items
    for item in (*items, *disputed):
        item.lease_id = "a lease" if item.lease_id else ""
    answers = [pool, *items, *disputed]
    answers += stub.ScorePool(service.ScorePoolRequest(**of))
    answers += stub.ExportLabels(service.ExportLabelsRequest(history=True, **of))
    answers += [
        stub.ListAnnotators(annotators.ListAnnotatorsRequest(**of)),
        stub.GetLearningCurve(measurement.GetLearningCurveRequest(**of)),
        stub.GetAdvice(measurement.GetAdviceRequest(**of)),
    ]
    return [
        type(answer).__name__.encode() + answer.SerializeToString(deterministic=True) for answer in answers
    ]


def suggested(stub: SamplerServiceStub, pool_id: str) -> list[bytes]:
    """What each annotator gets next, one by one and in batches, of each arm."""
    batches = []
    for size in (1, 1, 4):
        for name in NAMES:
            for arm in (measurement.ARM_ACTIVE, measurement.ARM_HOLDOUT, measurement.ARM_REVIEW):
                request = service.LeaseBatchRequest(pool_id=pool_id, size=size, annotator=name, arm=arm)
                request.lease_duration.seconds = LONG
                batch = stub.LeaseBatch(request).batch
                batch.ClearField("lease")
                batches.append(batch.SerializeToString(deterministic=True))
    return batches


@pytest.fixture
def worked(own_server: ServerProcess) -> ServerProcess:
    """A server with pools of all kinds that have been worked on, and leases that go on."""
    with connected(own_server) as stub:
        for pool_id in KINDS:
            fill(stub, pool_id)
            Annotators(stub, pool_id).work(120)
    # What is to end in between has ended, whatever else the machine does.
    time.sleep(2 * SHORT)
    return own_server


def restore(stub: SamplerServiceStub, pool_id: str) -> str:
    """Its snapshot under another name."""
    pieces = [answer.data for answer in stub.CreateSnapshot(snapshots.CreateSnapshotRequest(pool_id=pool_id))]
    header = snapshots.RestoreSnapshotRequest.Header(new_pool_id=f"{pool_id}-again")
    requests = [snapshots.RestoreSnapshotRequest(header=header)]
    requests += [snapshots.RestoreSnapshotRequest(data=piece) for piece in pieces]
    return stub.RestoreSnapshot(iter(requests)).pool_ids[0]


def test_all_go_on_the_same(worked, tmp_path):
    copy = tmp_path / "copy" / "data"
    with connected(worked) as stub:
        again = {pool_id: restore(stub, pool_id) for pool_id in KINDS}
        # Nothing is written meanwhile, so that the copy is whole.
        shutil.copytree(worked.data_dir, copy)
        with running(copy) as other:
            for _ in range(2):
                with connected(other) as elsewhere:
                    for pool_id in KINDS:
                        expected = shown(stub, pool_id)
                        assert shown(elsewhere, pool_id) == expected
                        assert shown(stub, again[pool_id]) == expected
                        expected = suggested(stub, pool_id)
                        assert suggested(elsewhere, pool_id) == expected
                        assert suggested(stub, again[pool_id]) == expected
                other.kill()
                other.start()
