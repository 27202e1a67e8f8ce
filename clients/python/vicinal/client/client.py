"""The client that waits for its answers."""

from vicinal.client.annotators import AnnotatorCalls
from vicinal.client.duplicates import DuplicateCalls
from vicinal.client.examples import ExampleCalls
from vicinal.client.items import ItemCalls
from vicinal.client.labels import LabelCalls
from vicinal.client.measurement import MeasurementCalls
from vicinal.client.pools import PoolCalls
from vicinal.client.snapshots import SnapshotCalls
from vicinal.client.votes import VoteCalls


class Client(
    PoolCalls,
    ItemCalls,
    LabelCalls,
    VoteCalls,
    ExampleCalls,
    DuplicateCalls,
    AnnotatorCalls,
    MeasurementCalls,
    SnapshotCalls,
):
    """A connection to a Vicinal service; use it in a `with` block. Threads may share it.

    Changes carry a request id of their own, so a change that is sent again is made once. Every method
    may raise the errors of `vicinal.client.errors` beyond those it names: UnavailableError and
    DeadlineExceededError above all.

    Args:
        target: "host:port".
        timeout_seconds: for one request with its retries, and for each request of a call that makes
            several; streams may take longer, as long as they are read.
        retries: further tries when the server is not there or asks to come later, after growing pauses.
        key: API key of a server that asks for one (`vcl_...`); it should go over TLS alone.
        tls: connects by TLS; None connects in the clear.
        metadata: sent with each request next to the key.
        credentials: those of gRPC, where `tls` does not do.
    """
