# Generated from client.py by tools/generate_async_client.py; do not edit.
"""The client whose answers are awaited."""

from vicinal.client.asynchronous.annotators import AsyncAnnotatorCalls
from vicinal.client.asynchronous.duplicates import AsyncDuplicateCalls
from vicinal.client.asynchronous.examples import AsyncExampleCalls
from vicinal.client.asynchronous.items import AsyncItemCalls
from vicinal.client.asynchronous.labels import AsyncLabelCalls
from vicinal.client.asynchronous.measurement import AsyncMeasurementCalls
from vicinal.client.asynchronous.pools import AsyncPoolCalls
from vicinal.client.asynchronous.snapshots import AsyncSnapshotCalls
from vicinal.client.asynchronous.votes import AsyncVoteCalls


class AsyncClient(
    AsyncPoolCalls,
    AsyncItemCalls,
    AsyncLabelCalls,
    AsyncVoteCalls,
    AsyncExampleCalls,
    AsyncDuplicateCalls,
    AsyncAnnotatorCalls,
    AsyncMeasurementCalls,
    AsyncSnapshotCalls,
):
    """`Client` for asyncio: the same methods, awaited; iterators are read with `async for`.

    Make it inside a running event loop and use it in an `async with` block. Items passed to
    `add_items` are read in the loop's thread, those passed to `import_items` in another.

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
