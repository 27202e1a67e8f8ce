"""The service: the handlers of all subjects in one class, checked by mypy against the generated one."""

from vicinal.server.rpc.annotators import AnnotatorHandlers
from vicinal.server.rpc.duplicates import DuplicateHandlers
from vicinal.server.rpc.examples import ExampleHandlers
from vicinal.server.rpc.items import ItemHandlers
from vicinal.server.rpc.labels import LabelHandlers
from vicinal.server.rpc.measurement import MeasurementHandlers
from vicinal.server.rpc.pools import PoolHandlers
from vicinal.server.rpc.snapshots import SnapshotHandlers
from vicinal.server.rpc.votes import VoteHandlers
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceServicer


class SamplerServicer(
    PoolHandlers,
    ItemHandlers,
    ExampleHandlers,
    LabelHandlers,
    DuplicateHandlers,
    VoteHandlers,
    AnnotatorHandlers,
    MeasurementHandlers,
    SnapshotHandlers,
    SamplerServiceServicer,
):
    """Serves calls on pools. A call without a handler here ends as UNIMPLEMENTED."""
